"""Off therapy, resumed, progressed, dead: which share of the patients is where, over time."""

import streamlit as st

from heroes.app import endpoint
from heroes.app.controls import show_table
from heroes.app.page import Page
from heroes.app.times import Choice
from heroes.figures.occupancy import alt_occupancy, occupancy_chart, state_name
from heroes.figures.pfs import risk_ticks
from heroes.protocol import DAYS_PER_MONTH
from heroes.statistics.state_occupancy import (
    OccupancyCurves, count_in_states, estimate_occupancy, estimate_time_in_states, occupancy_at, occupancy_reliable_until)

STATES = ("ON_TREATMENT", "OFF_THERAPY", "RESUMED", "PROGRESSED", "DEAD")
CONVENTIONS = ("origin", "population", "evaluator", "pd_confirmation")


def show_states(page: Page, choice: Choice) -> None:
    """The picture, the expected months in each state, and every spell with its record."""
    words, protocol = page.words, page.trial.protocol
    tried = tuple((name, value) for name, value in choice.conventions if name in CONVENTIONS)
    spells = page.ask("therapy_states", **dict(tried))
    curves: OccupancyCurves = page.keep(("states", tried), lambda: estimate_occupancy(spells, STATES, absorbing=("DEAD",)))
    milestone = protocol.endpoint.milestone_days
    at = occupancy_at(curves, milestone)
    ticks = risk_ticks(curves.last_time or 0.0, milestone)
    caption = page.caption(
        curves.n, endpoint.population(page, choice),
        words.say("state occupancy · Aalen–Johansen, infinitesimal-jackknife standard error"),
    )
    figure = page.keep(
        ("states_chart", tried),
        lambda: occupancy_chart(
            curves, count_in_states(curves, ticks), caption, words, at=at, origin=endpoint.axis_origin(page, choice), look=page.look,
            reliable_until=occupancy_reliable_until(curves, protocol.endpoint.grey_below_drop, protocol.endpoint.grey_below_share),
        ),
    )
    page.show_chart(figure, alt_occupancy(curves, at, caption, words), key="states_chart")
    _say_months(page, curves, milestone)
    shown = spells.assign(**{
        name: spells[name].map(lambda state: state_name(state, words), na_action="ignore") for name in ("state", "next_state")
    })
    show_table(shown, {
        "subject_id": words.say("Patient"), "site_id": words.say("Site"), "state": words.say("State"), "start_day": words.say("From day"),
        "end_day": words.say("To day"), "next_state": words.say("Then"), "source_table": words.say("Record"),
        "source_day": words.say("Day of the record"), "source_detail": words.say("What the record says"), "flag": words.say("Flag"),
    }, key="states_table", alt=words.say("Therapy states of every patient, with the record that ends each"))


def _say_months(page: Page, curves: OccupancyCurves, horizon: float) -> None:
    words = page.words
    times = estimate_time_in_states(curves, horizon)
    months = words.number(page.trial.protocol.milestone_months, 0)
    if times and times[0].estimate is None:
        st.caption(words.say("Expected months in each state: {reason}", reason=endpoint.reason_in_days(times[0].reason, words)))
        return
    said = [
        words.say(
            "{state} {months} (standard error {error})", state=state_name(time.state, words),
            months=words.number(time.estimate / DAYS_PER_MONTH, 1), error=words.number((time.std_error or 0) / DAYS_PER_MONTH, 2))
        for time in times if time.estimate
    ]
    st.caption(words.say("Expected months in each state within the first {months}: {list}.", months=months, list="; ".join(said)))
