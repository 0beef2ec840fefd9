"""What lies behind the curve, one view at a time: steps and records, sensitivity, subgroups, states, numbers."""

import pandas as pd

from heroes.access import Right
from heroes.app.controls import choose_between, show_table
from heroes.app.curve import endpoint_of
from heroes.app.page import Page
from heroes.app.provenance import say_differences, show_curve_numbers, show_differences, show_steps, time_headings
from heroes.app.sensitivity import show_sensitivity
from heroes.app.states import show_states
from heroes.app.subgroups import show_subgroups
from heroes.app.times import Choice, is_derivable, was_delivered
from heroes.model.terms import Parameter


def show_behind(page: Page, choice: Choice, times: pd.DataFrame, clicked: float | None) -> None:
    """The views that this source and this person allow, and the one that is picked. The curve is of `choice`, `times` its rows."""
    words = page.words
    patients = page.may(Right.ALL_PATIENTS)
    views = {}
    if patients:
        views["steps"] = words.say("Steps and records")
        if choice.estimand and choice.parameter is not Parameter.CIF_PD_OFF:
            views["sensitivity"] = words.say("Sensitivity")
        if choice.is_derived and not choice.has_competing_events:
            views["subgroups"] = words.say("Subgroups")
        if choice.estimand:
            views["states"] = words.say("Therapy states")
        views["patients"] = words.say("Every patient")
        if was_delivered(page, "tte") and is_derivable(page, Parameter.PFS):
            views["delivered"] = words.say("Delivered against derived")
    if not choice.has_competing_events:
        views["numbers"] = words.say("Curve as numbers")
    if not views:
        return
    if patients:
        say_differences(page)
    view = choose_between(words.say("Behind the curve"), views, name="behind")
    if view == "steps":
        show_steps(page, times, clicked)
    elif view == "sensitivity":
        show_sensitivity(page, choice)
    elif view == "subgroups":
        show_subgroups(page, choice, times)
    elif view == "states":
        show_states(page, choice)
    elif view == "patients":
        show_table(times, time_headings(words, times), key="times_table", alt=words.say("Time to event per patient"))
    elif view == "delivered":
        show_differences(page)
    else:
        show_curve_numbers(page, endpoint_of(page, choice, times).curve)
