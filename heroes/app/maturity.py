"""How mature the endpoint is: events, information, follow-up, and the milestone scans that should be there."""

import streamlit as st

from heroes.app import endpoint
from heroes.app.curve import endpoint_of
from heroes.app.interim import NEEDS_PATIENTS, choice_of, months
from heroes.app.page import Page
from heroes.figures.followed import alt_followed, followed_chart
from heroes.figures.milestone import method_name
from heroes.figures.reasons import reason_in_months
from heroes.protocol import DAYS_PER_MONTH
from heroes.statistics.complete_cases import milestone_window
from heroes.statistics.maturity import Share
from heroes.statistics.readout import Standing


def show_maturity(page: Page, standing: Standing) -> None:
    """The maturity panel: eight numbers, the bar of who has been followed long enough, and the cautions."""
    words, maturity = page.words, standing.maturity
    st.subheader(words.say("Maturity"), anchor=False)
    first, second = st.columns(4), st.columns(4)
    with first[0]:
        _show_estimate(page)
    with first[1]:
        _show_share(page, words.say("Events / patients"), maturity.events)
    with first[2]:
        _show_share(
            page, words.say("Effective patients / patients"), maturity.effective, digits=1,
            note=words.say("n_eff = S(1 − S)/V, the fully followed patients that would tell as much"))
    with first[3]:
        st.metric(words.say("At risk at {months} months", months=months(page)), words.number(maturity.n_at_risk))
    with second[0]:
        _show_share(
            page, words.say("Potential follow-up ≥ {months} months", months=months(page)), _by_patient(standing, maturity.potential))
    with second[1]:
        _show_share(
            page, _closed_label(page, standing),
            _by_patient(standing, maturity.closed), note=_required(page, standing))
    with second[2]:
        _show_follow_up(page, standing)
    with second[3]:
        _show_share(
            page, words.say("{months}-month scan missing / due", months=months(page)), _by_patient(standing, maturity.missing),
            note=_amber(page, standing))
    _show_followed(page, standing)
    _show_cautions(page, standing)


def _closed_label(page: Page, standing: Standing) -> str:
    """What the closed windows are a share of: the planned patients, or the included ones where they are more."""
    words = page.words
    if not standing.n_planned:
        return words.say("{months}-month window closed / patients", months=months(page))
    if standing.patients.n > standing.n_planned:
        return words.say(
            "{months}-month window closed / included ({planned} planned)", months=months(page), planned=words.number(standing.n_planned))
    return words.say("{months}-month window closed / planned", months=months(page))


def _by_patient(standing: Standing, share: Share) -> Share:
    """A share that needs each patient's calendar; with counts only, that is the reason why it is not there."""
    return Share(None, share.total, None, NEEDS_PATIENTS) if standing.patients.is_pooled else share


def _show_share(page: Page, label: str, share: Share, *, digits: int = 0, note: str | None = None) -> None:
    words = page.words
    if share.count is None:
        st.metric(label, "–" if share.reason == NEEDS_PATIENTS else words.say("not estimable"))
        st.caption(reason_in_months(share.reason, words))
        return
    st.metric(label, f"{words.number(share.count, digits)} / {words.number(share.total)}")
    if share.share is None:
        st.caption(reason_in_months(share.reason, words))
        return
    st.caption(words.percent(share.share) + (f" · {note}" if note else ""))


def _show_estimate(page: Page) -> None:
    """The number itself, with its interval: the endpoint's own."""
    words, choice = page.words, choice_of(page)
    result = endpoint_of(page, choice)
    at = result.at
    st.metric(
        endpoint.milestone_name(page, choice), words.say("not estimable") if at.estimate is None else words.percent(at.estimate))
    if at.estimate is None:
        st.caption(reason_in_months(at.reason, words))
    elif at.lower is not None and at.upper is not None:
        st.caption(words.say(
            "{level} CI {lower} to {upper} ({method})", level=words.percent(result.curve.conf_level, 0), lower=words.percent(at.lower),
            upper=words.percent(at.upper), method=method_name(at.interval_method, words)))


def _show_follow_up(page: Page, standing: Standing) -> None:
    words, found = page.words, standing.maturity.follow_up
    said = {name: None if value is None else words.number(value / DAYS_PER_MONTH, 1) for name, value in (
        ("median", found.median), ("lower", found.lower), ("upper", found.upper))}
    st.metric(
        words.say("Median follow-up"),
        words.say("not reached") if said["median"] is None else words.say("{months} months", months=said["median"]))
    if said["median"] is None:
        st.caption(reason_in_months(found.reason, words))
    else:
        st.caption(words.say(
            "{level} CI {lower} to {upper} months (reverse Kaplan–Meier)", level=words.percent(page.trial.protocol.endpoint.conf_level, 0),
            lower=said["lower"] or "–", upper=said["upper"] or words.say("not reached")))


def _required(page: Page, standing: Standing) -> str:
    words, maturity = page.words, standing.maturity
    if maturity.required is None:
        return words.say("share wanted for the primary figure: not set")
    wanted = words.percent(maturity.required, 0)
    if maturity.is_ready:
        return words.say("{share} wanted for the primary figure: reached", share=wanted)
    return words.say("{share} wanted for the primary figure", share=wanted)


def _amber(page: Page, standing: Standing) -> str:
    words, maturity = page.words, standing.maturity
    if maturity.amber is None:
        return words.say("limit not set")
    limit = words.percent(maturity.amber, 0)
    if maturity.is_amber:
        return words.say(":orange-badge[above {limit}: amber]", limit=limit)
    return words.say("limit {limit}", limit=limit)


def _show_followed(page: Page, standing: Standing) -> None:
    """The delayed-outcome bar; without patients one by one it cannot be drawn."""
    words = page.words
    if standing.patients.is_pooled:
        st.caption(words.say("Who has been followed long enough: {why}.", why=words.say(NEEDS_PATIENTS)))
        return
    caption = page.caption(standing.patients.n, endpoint.population(page, choice_of(page)), _window(page, standing))
    values = {
        "milestone_days": standing.milestone, "n_planned": standing.n_planned, "required": standing.maturity.required,
        "n_lost_on_study": standing.n_lost_on_study}
    figure = page.keep(
        ("followed_chart",), lambda: followed_chart(standing.outcomes, caption, words, look=page.look, **values))
    page.show_chart(figure, alt_followed(standing.outcomes, caption, words, **values), key="followed_chart")


def _window(page: Page, standing: Standing) -> str:
    words, (_, closes) = page.words, milestone_window(standing.milestone, standing.window, standing.window)
    return words.say("long enough: {days} days from the origin to the data cut", days=words.number(closes))


def _show_cautions(page: Page, standing: Standing) -> None:
    words, maturity, cautions = page.words, standing.maturity, []
    if maturity.is_amber:
        st.warning(words.say(
            "{share} of the {months}-month scans that are due are missing, more than {limit}. Scans at {months} months are not missing "
            "at random, so the estimate may be distorted.", share=words.percent(maturity.missing.share), months=months(page),
            limit=words.percent(maturity.amber, 0)))
    if not standing.patients.is_pooled and maturity.potential.reason:
        st.warning(words.say(
            "This delivery has relative times only for some or all patients: how long they could have been followed is not known. "
            "Whatever needs it is not estimable, and nobody is taken to be followed long enough."))
    if standing.n_planned and standing.patients.n > standing.n_planned:
        cautions.append(words.say(
            "{n} patients are followed, more than the {planned} planned: the final test is taken over all of them.",
            n=words.number(standing.patients.n), planned=words.number(standing.n_planned)))
    if not standing.patients.is_pooled:
        opens, closes = milestone_window(standing.milestone, standing.window, standing.window)
        cautions.append(words.say(
            "{months}-month scan: an evaluable one from day {opens} to day {closes}; a later one does not make up for it. Due once the "
            "window has closed, unless the patient progressed before it, or died or left by its end without a scan.",
            months=months(page), opens=words.number(opens), closes=words.number(closes)))
    if maturity.required is None:
        cautions.append(words.say(
            "Whether this may be called the primary figure is not said: `[endpoint] primary_when_closed` is not set."))
    elif maturity.is_ready is False:
        cautions.append(words.say("**Interim, not the primary figure.**"))
    if cautions:
        st.caption("  \n".join(cautions))
