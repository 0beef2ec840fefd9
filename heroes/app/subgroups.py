"""The curve in groups of patients known at inclusion. Exploratory, never a test."""

import pandas as pd
import streamlit as st

from heroes.app import endpoint
from heroes.app.controls import choose_between
from heroes.app.curve import endpoint_of
from heroes.app.page import Page
from heroes.app.times import Choice
from heroes.figures.subgroups import alt_subgroups, subgroup_chart
from heroes.statistics.subgroups import STRATA, estimate_subgroups


def show_subgroups(page: Page, choice: Choice, times: pd.DataFrame) -> None:
    """One small curve per group of the characteristic that is picked."""
    words, protocol = page.words, page.trial.protocol
    strata = page.ask("subject_strata")
    said = {
        "line": words.say("line of therapy"), "hormone_receptor": words.say("hormone receptor"),
        "response_at_entry": words.say("response at entry"), "site_group": words.say("site group"),
    }
    offered = {by: said[by] for by in STRATA if strata[by].notna().any()}
    if not offered:
        st.info(words.say("No characteristic at inclusion was delivered by which patients could be grouped."))
        return
    by = choose_between(words.say("Grouped by"), offered, name="by")
    groups = page.keep(("subgroups", choice, by), lambda: estimate_subgroups(times, strata, by=by, protocol=protocol))
    labels = {
        "FIRST": words.say("first line"), "SECOND_OR_LATER": words.say("second line or later"), None: words.say("not recorded"),
    }
    if by == "hormone_receptor":
        labels |= {"POSITIVE": words.say("hormone receptor positive"), "NEGATIVE": words.say("hormone receptor negative")}
    caption = page.caption(len(times), endpoint.population(page, choice), endpoint.method(page, choice))
    parameter = words.answer(choice.paramcd)
    milestone = protocol.endpoint.milestone_days
    figure = page.keep(
        ("subgroup_chart", choice, by),
        lambda: subgroup_chart(
            groups, labels, caption, words, by_said=said[by], whole=endpoint_of(page, choice, times).curve, parameter=parameter,
            origin=endpoint.axis_origin(page, choice), milestone_days=milestone, look=page.look,
        ),
    )
    alt = alt_subgroups(groups, labels, caption, words, by_said=said[by], parameter=parameter, milestone_days=milestone)
    page.show_chart(figure, alt, key="subgroup_chart")
    st.caption(words.say(
        "Exploratory: groups were not planned for comparison, no test is made. Below {n} patients no curve is drawn.",
        n=words.number(protocol.privacy.smallest_stratum)))
