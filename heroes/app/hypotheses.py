"""The panels that set the data so far against the protocol's hypotheses: design, tests, posterior."""

import streamlit as st

from heroes.app import endpoint
from heroes.app.interim import (
    LOST, NEEDS_PATIENTS, beta_said, choice_of, final_size_said, is_on, late_events_said, lost_said, months, p_value, probability,
    show_lines, show_source, why_not)
from heroes.app.page import Page
from heroes.figures.posterior import alt_posterior, posterior_chart
from heroes.labels import mark
from heroes.statistics.hypotheses import Belief, Method, design_trial, estimate_beliefs, posterior_density, run_tests
from heroes.statistics.interim import BetaPrior
from heroes.statistics.readout import Standing

METHODS = {
    Method.EXACT_LOST_FAILED: mark("Exact binomial, complete cases, lost as failures"),
    Method.EXACT_LOST_OUT: mark("Exact binomial, complete cases, lost left out"),
    Method.CLOGLOG: mark("Kaplan–Meier, log(−log) z"),
    Method.NELSON_AALEN: mark("Nelson–Aalen, log z"),
    Method.LOGRANK: mark("One-sample log-rank, (O − E)/√E"),
    Method.LOGRANK_WU: mark("One-sample log-rank, Wu, (O − E)/√((O + E)/2)"),
}


def show_design(page: Page, standing: Standing) -> None:
    """The smallest exact design for the hypotheses, beside the planned size."""
    words, h = page.words, page.trial.protocol.hypotheses
    gives = words.say("the smallest exact one-stage design for the hypotheses, beside the planned size.")
    if not is_on(page, standing, "design", words.say("Design"), gives):
        return
    design = page.keep(("design", standing.n_planned), lambda: design_trial(page.trial.protocol, standing.n_planned))
    rows = [(words.say("Smallest exact design (A’Hern)"), design.smallest.n, design.smallest.r, design.smallest.size,
             design.smallest.attained_power, design.smallest.reason)]
    if design.rule:
        rows.append((words.say("Planned size"), design.rule.n, design.rule.r, design.rule.size, design.power, design.rule.reason))
    show_lines([{
        words.say("Design"): name,
        words.say("Patients"): "–" if n is None else words.number(n),
        words.say("p0 is rejected at"): why_not(page, reason) if r is None else words.say(
            "{r} or more successes ({share})", r=words.number(r), share=words.percent(r / n)),
        words.say("Exact P(reject) at p0"): "–" if size is None else words.percent(size, 2),
        words.say("Exact P(reject) at p1"): "–" if power is None else words.percent(power, 2),
    } for name, n, r, size, power, reason in rows], words.say("Exact one-stage designs"))
    looks = h.interim_looks
    st.caption(" ".join([
        words.say(
            "Hypotheses of the protocol file: p0 {p0}, p1 {p1}, one-sided alpha {alpha}, power {power}.", p0=words.percent(h.p0),
            p1=words.percent(h.p1), alpha=words.percent(h.alpha), power=words.percent(h.power)),
        *final_size_said(page, standing),
        words.say("Several pairs of p0 and p1 lead to about 170 patients, so the planned size does not tell the hypotheses."),
        words.say("Interim looks planned at {looks} patients.", looks=", ".join(words.number(n) for n in looks)) if looks
        else words.say("Interim looks: `[hypotheses] interim_looks` is not set."),
        words.say("Method: exact binomial, one stage (A’Hern 2001); no outcome enters."),
    ]))


def show_tests(page: Page, standing: Standing) -> None:
    """Every test of the milestone rate against p0, now."""
    words, h = page.words, page.trial.protocol.hypotheses
    gives = words.say("exact binomial, log(−log) and Nelson–Aalen z, one-sample log-rank against p0, on the data so far.")
    if not is_on(page, standing, "tests", words.say("Tests against p0, so far"), gives):
        return
    tests = page.keep(("tests",), lambda: run_tests(standing, page.trial.protocol))
    level = words.percent(tests.conf_level, 0 if abs(tests.conf_level * 100 - round(tests.conf_level * 100)) < 1e-9 else 1)
    limit = words.say("Lower limit of the {level} CI", level=level)
    show_lines([{
        words.say("Test"): words.say(METHODS[row.method]),
        words.say("Patients"): words.number(row.n),
        words.say("{months}-month rate", months=months(page)): "–" if row.estimate is None else words.percent(row.estimate),
        words.say("z"): "–" if row.statistic is None else words.number(row.statistic, 3),
        words.say("One-sided p"): p_value(page, row.p, row.reason),
        limit: "–" if row.lower is None or row.p is None else words.percent(row.lower),
    } for row in tests.rows], words.say("Tests of the milestone rate against p0"))
    ranks, said = tests.logrank, []
    said.append(words.say(
        "p0 = {p0}. Every p is one-sided, for a rate above p0; one-sided alpha {alpha} agrees with the lower limit of the two-sided "
        "{level} interval of the same method. Sign: a large positive z of Kaplan–Meier and Nelson–Aalen favours the treatment; a "
        "negative z of the one-sample log-rank does (fewer events than expected).", p0=words.percent(h.p0),
        alpha=words.percent(h.alpha), level=level))
    if ranks.expected is not None:
        said.append(words.count(
            "One-sample log-rank: {n} event seen, {expected} expected at a constant rate that leaves {p0} event-free at {months} months.",
            "One-sample log-rank: {n} events seen, {expected} expected at a constant rate that leaves {p0} event-free at {months} months.",
            ranks.observed, expected=words.number(ranks.expected, 2), p0=words.percent(h.p0), months=months(page)))
    said.append(words.say(
        "The one-sample log-rank test compares the whole curve with a constant event rate, not the rate at {months} months alone.",
        months=months(page)))
    if tests.is_counted:
        said += [*lost_said(page, standing), late_events_said(page)]
    if not tests.is_counted:
        said.append(words.say("Exact tests: {why}.", why=words.say(NEEDS_PATIENTS)))
    said.append(words.say("At an interim look a p below alpha is not a result: what a look may spend is the protocol’s to say."))
    st.caption(" ".join(said))
    show_source(page, standing, words.say("complete cases for the exact tests, all patients for the others"))


def show_belief(page: Page, standing: Standing) -> None:
    """The posterior of the milestone rate, from complete cases and from all patients."""
    words, p0 = page.words, page.trial.protocol.hypotheses.p0
    gives = words.say("the probability that the rate exceeds p0, given the data so far, with the protocol’s prior and with Jeffreys’.")
    if not is_on(page, standing, "posterior", words.say("Posterior"), gives):
        return
    beliefs = page.keep(("beliefs",), lambda: estimate_beliefs(standing, page.trial.protocol))
    level = words.percent(page.trial.protocol.endpoint.conf_level, 0)
    above = words.say("P(rate > {p0})", p0=words.percent(p0))
    show_lines([{
        words.say("From"): _basis(page, belief),
        words.say("Prior"): _prior(page, belief.prior, belief.is_protocol),
        words.say("Successes / patients"): _of(page, belief),
        words.say("Mean"): why_not(page, belief.posterior.reason) if belief.posterior.mean is None
        else words.percent(belief.posterior.mean),
        words.say("{level} credible interval", level=level): "–" if belief.posterior.lower is None else words.say(
            "{lower} to {upper}", lower=words.percent(belief.posterior.lower), upper=words.percent(belief.posterior.upper)),
        above: probability(page, belief.posterior.above) if belief.posterior.above is not None else "–",
    } for belief in beliefs], words.say("Posteriors of the milestone rate"))
    stand_ins = {belief.posterior.reason for belief in beliefs if belief.posterior.reason and belief.posterior.mean is not None}
    _show_densities(page, standing, beliefs)
    st.caption(" ".join([
        *_cases_said(page, standing),
        words.say("“All patients” counts the curve as n_eff = S(1 − S)/V patients, so that censored patients are in."),
        *(words.say(reason) for reason in sorted(stand_ins)),
    ]))
    show_source(page, standing, words.say("beta-binomial posterior"))


def _cases_said(page: Page, standing: Standing) -> list[str]:
    """Who the complete cases are, and why no more."""
    words, cases = page.words, standing.cases
    if standing.patients.is_pooled:
        return [words.say("Complete cases: {why}.", why=words.say(NEEDS_PATIENTS))]
    said = [words.say(
        "Complete cases are the {n} patients whose {months}-month window has closed, whatever happened to them; the {excluded} included "
        "more recently are left out with their events. Counting their early failures would bias the rate downwards: of late entrants "
        "only failures can be known yet.", n=words.number(cases.n_with_lost), months=months(page), excluded=words.number(cases.n_excluded))]
    if cases.n_unknown:
        said.append(words.count(
            "{n} patient whose time to the data cut is not known is left out too.",
            "{n} patients whose time to the data cut is not known are left out too.", cases.n_unknown))
    return [*said, *lost_said(page, standing), late_events_said(page)]


def _basis(page: Page, belief: Belief) -> str:
    words = page.words
    if belief.convention is None:
        return words.say("All patients (n_eff)")
    return words.say("Complete cases, {lost}", lost=words.say(LOST[belief.convention]))


def _prior(page: Page, prior: BetaPrior, is_protocol: bool) -> str:
    words = page.words
    beta = beta_said(page, prior)
    return words.say("{beta}, the protocol file’s", beta=beta) if is_protocol else words.say("{beta}, Jeffreys’", beta=beta)


def _of(page: Page, belief: Belief) -> str:
    words, posterior = page.words, belief.posterior
    if posterior.n is None:
        return "–"
    digits = 0 if belief.convention else 1
    return f"{words.number(posterior.x, digits)} / {words.number(posterior.n, digits)}"


def _show_densities(page: Page, standing: Standing, beliefs: tuple[Belief, ...]) -> None:
    words = page.words
    shown = [belief for belief in beliefs if belief.is_protocol and belief.posterior.a is not None]
    if not shown:
        return
    names = [_basis(page, belief) for belief in shown]
    caption = page.caption(
        standing.patients.n, endpoint.population(page, choice_of(page)), _prior(page, shown[0].prior, is_protocol=True))
    values = {"months": months(page), "p0": page.trial.protocol.hypotheses.p0}
    posteriors = [belief.posterior for belief in shown]
    figure = page.keep(
        ("posterior_chart",), lambda: posterior_chart(posteriors, names, posterior_density, caption, words, look=page.look, **values))
    page.show_chart(figure, alt_posterior(posteriors, names, caption, words, **values), key="posterior_chart")
