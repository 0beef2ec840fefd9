"""The time to event as a picture with its headline: a survival curve, or cumulative incidences where events compete."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app import endpoint
from heroes.app.false_converters import show_false_converters
from heroes.app.markdown import literal
from heroes.app.page import Page
from heroes.app.times import CAUSES, Choice, times_of
from heroes.figures.incidence import Cause, alt_incidence, incidence_chart
from heroes.figures.milestone import method_name
from heroes.figures.pfs import alt_survival, risk_ticks, survival_chart
from heroes.model.terms import Parameter
from heroes.statistics.endpoint import EndpointEstimate, IncidenceEstimate, estimate_causes, estimate_endpoint
from heroes.statistics.numbers_at_risk import count_by_cause
from heroes.statistics.simultaneous_bands import estimate_band


def endpoint_of(page: Page, choice: Choice, times: pd.DataFrame | None = None) -> EndpointEstimate:
    """The curve of a choice, kept."""
    def make() -> EndpointEstimate:
        rows = times_of(page, choice) if times is None else times
        return estimate_endpoint(rows.time_days.to_numpy(float), rows.event.to_numpy(bool), page.trial.protocol, conf_type=choice.conf_type)

    return page.keep(("endpoint", choice), make)


def show_curve(page: Page, choice: Choice, times: pd.DataFrame) -> float | None:
    """Headline, curve and cautions; the day that was clicked on the curve."""
    words = page.words
    result = endpoint_of(page, choice, times)
    endpoint.show_headline(page, result, choice)
    band = choice.band and page.keep(("band", choice), lambda: estimate_band(result.curve, choice.band))
    usual = None if not choice.conventions else endpoint_of(page, choice.by_protocol())
    caption = page.caption(result.curve.n, endpoint.population(page, choice), endpoint.method(page, choice))
    who = times if page.may(Right.ALL_PATIENTS) else None
    parameter = words.answer(choice.paramcd)
    figure = page.keep(
        ("survival_chart", choice, who is None),
        lambda: survival_chart(
            result.curve, result.at, endpoint.risk_table(page, result), caption, words, reliable_until=result.reliable_until,
            who=who, origin=endpoint.axis_origin(page, choice), title=endpoint.title(page, choice), parameter=parameter,
            event_free=endpoint.event_free(page, choice), band=band, compared=usual and usual.curve,
            compared_name=words.say("By the protocol"), look=page.look,
        ),
    )
    alt = alt_survival(result.curve, result.at, caption, words, parameter=parameter)
    clicked = page.show_chart(figure, alt, key="pfs_chart", on_select="rerun" if who is not None else "ignore")
    if band and band.reason:
        st.caption(words.say("No simultaneous band: {reason}", reason=words.say(band.reason)))
    if usual:
        _show_both(page, usual, result)
    endpoint.show_cautions(page, times, choice, result)
    return _day_of(clicked) if who is not None else None


def show_incidence(page: Page, choice: Choice, times: pd.DataFrame) -> None:
    """Headline, cumulative incidences of all causes, and cautions."""
    words = page.words
    names = [words.say(name) for name, _ in CAUSES[choice.parameter]]
    result: IncidenceEstimate = page.keep(
        ("incidence", choice),
        lambda: estimate_causes(times.time_days.to_numpy(float), times.cause.to_numpy(int), len(names), page.trial.protocol),
    )
    _show_incidence_headline(page, result, names)
    caption = page.caption(result.curves.n, endpoint.population(page, choice), endpoint.method(page, choice))
    causes = [Cause(number, name, meaning) for number, (name, (_, meaning)) in enumerate(zip(names, CAUSES[choice.parameter]), start=1)]
    ticks = risk_ticks(float(result.curves.time[-1]), page.trial.protocol.endpoint.milestone_days)
    figure = page.keep(
        ("incidence_chart", choice),
        lambda: incidence_chart(
            result.curves, result.at, count_by_cause(result.curves, ticks), causes, caption, words, title=endpoint.title(page, choice),
            origin=endpoint.axis_origin(page, choice), look=page.look,
        ),
    )
    page.show_chart(figure, alt_incidence(result.curves, result.at, causes, caption, words), key="incidence_chart")
    if choice.parameter is Parameter.TTMR:
        show_false_converters(page)
    endpoint.show_cautions(page, times, choice, None)


def _show_incidence_headline(page: Page, result: IncidenceEstimate, names: list[str]) -> None:
    words = page.words
    months = words.number(page.trial.protocol.milestone_months, 0)
    level = words.percent(result.curves.conf_level, 0)
    for column, name, at in zip(st.columns(len(names)), names, result.at, strict=True):
        with column:
            st.metric(
                words.say("{what} at {months} months", what=literal(name), months=months),
                words.say("not estimable") if at.estimate is None else words.percent(at.estimate),
            )
            if at.lower is None:
                st.caption(endpoint.reason_in_days(at.reason, words))
            else:
                st.caption(words.say(
                    "{level} CI {lower} to {upper} (delta method); {lower_aalen} to {upper_aalen} (Aalen’s variance)", level=level,
                    lower=words.percent(at.lower), upper=words.percent(at.upper),
                    lower_aalen=words.percent(at.lower_aalen), upper_aalen=words.percent(at.upper_aalen),
                ))


def _show_both(page: Page, usual: EndpointEstimate, tried: EndpointEstimate) -> None:
    """The protocol's number beside the one tried."""
    words = page.words
    st.caption(words.say(
        "By the protocol: {usual}. As tried: {tried}.", usual=_said(page, usual), tried=_said(page, tried),
    ))


def _said(page: Page, result: EndpointEstimate) -> str:
    words, at = page.words, result.at
    events = words.count("{n} event", "{n} events", result.curve.n_events)
    if at.estimate is None:
        return words.say("not estimable, {events} of {n} patients", events=events, n=words.number(result.curve.n))
    return words.say(
        "{estimate} ({lower} to {upper}, {method}), {events} of {n} patients", estimate=words.percent(at.estimate),
        lower=words.percent(at.lower), upper=words.percent(at.upper), method=method_name(at.interval_method, words), events=events,
        n=words.number(result.curve.n),
    )


def _day_of(clicked) -> float | None:
    return next((float(point["customdata"][0]) for point in clicked.selection.points if point.get("customdata")), None)
