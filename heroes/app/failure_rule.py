"""The protocol's stopping rule for failures: its boundary, where the data stand, and what the rule does."""

import streamlit as st

from heroes.app import endpoint
from heroes.app.interim import (
    NEEDS_PATIENTS, beta_said, choice_of, is_on, lost_said, months, probability, show_lines, show_source)
from heroes.app.page import Page
from heroes.figures.interim import alt_boundary, alt_characteristics, boundary_chart, characteristics_chart
from heroes.figures.theme import Look
from heroes.statistics.failure_rule import FailureRule, judge_failures
from heroes.statistics.readout import Standing
from heroes.statistics.stopping import BoundaryStatus


def show_failure_rule(page: Page, standing: Standing) -> None:
    """Boundary per look, where the data stand, operating characteristics as table and picture."""
    words, protocol = page.words, page.trial.protocol
    gives = words.say("how many failures stop the trial at each look, where the data stand, and what the rule does at each true rate.")
    if not is_on(page, standing, "failure_rule", words.say("Stopping rule for failures"), gives):
        return
    rule: FailureRule = page.keep(("failure_rule",), lambda: judge_failures(standing, protocol))
    st.markdown(_status(page, standing, rule))
    with st.container(key="side_by_side"):
        left, right = st.columns(2)
    look = Look(dark=page.look.dark, narrow=True)
    caption = page.caption(standing.patients.n, endpoint.population(page, choice_of(page)))
    with left:
        figure = page.keep(("boundary_chart",), lambda: boundary_chart(rule, caption, words, months=months(page), look=look))
        page.show_chart(figure, alt_boundary(rule, caption, words, months=months(page)), key="boundary_chart")
    with right:
        figure = page.keep(("characteristics_chart",), lambda: characteristics_chart(rule, caption, words, look=look))
        page.show_chart(figure, alt_characteristics(rule, caption, words), key="characteristics_chart")
    show_lines(_looks(page, rule), words.say("The boundary, look by look"))
    show_lines(_characteristics(page, rule), words.say("Operating characteristics"))
    st.caption(" ".join([words.say(
        "Rule: stop when P(failure rate > {limit}, given the data) > {certainty}, prior {prior} of the failure rate. A failure is an "
        "event by {months} months; counted are patients whose {months}-month window has closed, in the order of inclusion, so that the "
        "patients of an earlier look are the first of every later one. Operating characteristics are exact; the boundary "
        "is a guide, the board decides.",
        limit=words.percent(rule.boundary.f0), certainty=words.percent(rule.certainty), months=months(page),
        prior=beta_said(page, rule.prior)), *lost_said(page, standing)]))
    show_source(page, standing, words.say("beta-binomial monitoring, Thall & Simon 1994"))


def _status(page: Page, standing: Standing, rule: FailureRule) -> str:
    words = page.words
    if standing.patients.is_pooled:
        return words.say("Where the data stand: {why}.", why=words.say(NEEDS_PATIENTS))
    if rule.lost_failed is None:
        return words.say(
            "Where the data stand: not estimable, for the order of inclusion is not known (relative times only).")
    return "  \n".join([
        _stands(page, words.say("Lost as failures"), rule.lost_failed),
        _stands(page, words.say("Lost left out"), rule.lost_out),
        *([words.say(rule.boundary.reason)] if rule.boundary.reason else []),
    ])


def _stands(page: Page, name: str, status: BoundaryStatus) -> str:
    words = page.words
    so_far = words.say(
        "{name}: {failures} of {n} counted patients failed.", name=f"**{name}**", n=words.number(status.n),
        failures=words.number(status.n_failures))
    if status.is_crossed:
        verdict = words.say(":red-badge[boundary crossed at the look of {n}]", n=words.number(status.crossed_at))
    elif status.is_crossed is None:
        verdict = words.say("No look has been reached yet.")
    else:
        verdict = words.say("No boundary crossed at the looks reached.")
    parts = [so_far, verdict]
    if status.failures_to_next == 0:
        parts.append(words.say(
            "At the next look ({next} patients) the trial would stop: there are failures enough.", next=words.number(status.next_look)))
    elif status.failures_to_next is not None:
        parts.append(words.count(
            "At the next look ({next} patients), {n} more failure would stop.",
            "At the next look ({next} patients), {n} more failures would stop.", status.failures_to_next,
            next=words.number(status.next_look)))
    return " ".join(parts)


def _looks(page: Page, rule: FailureRule) -> list[dict[str, str]]:
    words = page.words
    statuses = ((words.say("Failures, lost as failures"), rule.lost_failed), (words.say("Failures, lost left out"), rule.lost_out))
    rows = []
    for at, (n, stop_at) in enumerate(zip(rule.boundary.looks, rule.boundary.stop_at, strict=True)):
        row = {
            words.say("Look at"): words.count("{n} patient", "{n} patients", n),
            words.say("Stops at"): words.say("never") if stop_at is None else words.say(
                "{n} or more failures ({share})", n=words.number(stop_at), share=words.percent(stop_at / n, 0)),
        }
        rows.append(row | {heading: _said(page, status.looks[at]) for heading, status in statuses if status is not None})
    return rows


def _said(page: Page, look) -> str:
    words = page.words
    if look.failures is None:
        return words.say("not reached yet")
    return words.number(look.failures) + (" · " + words.say("**stops**") if look.is_crossed else "")


def _characteristics(page: Page, rule: FailureRule) -> list[dict[str, str]]:
    words = page.words
    looks = [words.say("Stops at {n}", n=words.number(n)) for n in rule.boundary.looks]
    return [{
        words.say("True failure rate"): words.percent(row.failure_rate),
        **{look: probability(page, p) for look, p in zip(looks, row.at_look, strict=True)},
        words.say("Stops in all"): f"**{probability(page, row.overall)}**",
        words.say("Expected patients"): words.number(row.expected_n, 1),
    } for row in rule.characteristics]

