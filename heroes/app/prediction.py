"""The panels that look ahead to the final test: predictive probability of success, conditional power, information."""

import streamlit as st

from heroes.app.interim import (
    LOST, NEEDS_PATIENTS, final_size_said, is_on, late_events_said, lost_said, months, open_patients_said, probability, show_lines,
    show_source, why_not)
from heroes.app.page import Page
from heroes.statistics.hypotheses import Drift, Outlook, Power, Prediction, judge_power, predict_success
from heroes.statistics.readout import Standing
from heroes.statistics.single_arm import RejectionRule


def show_prediction(page: Page, standing: Standing) -> None:
    """The probability that the final test will reject p0."""
    words, protocol = page.words, page.trial.protocol
    gives = words.say("the probability that the final test will reject p0, in closed form and by simulation.")
    if not is_on(page, standing, "prediction", words.say("Predictive probability of success"), gives):
        return
    if standing.patients.is_pooled:
        st.markdown(words.say("Predictive probability: {why}.", why=words.say(NEEDS_PATIENTS)))
        return
    seed = int(page.trial.cut.digest[:15], 16)
    found: Prediction = page.keep(("prediction",), lambda: predict_success(standing, protocol, seed))
    rows = []
    for outlook in found.outlooks:
        rows.append(_closed_row(page, outlook, found, protocol.interim.prior))
    for outlook in found.outlooks:
        rows.append(_simulated_row(page, outlook, found))
    show_lines(rows, words.say("Predictive probability of success"))
    said = [
        words.say(
            "Final test: exact binomial over all patients, one-sided alpha {alpha}, p0 {p0}; the protocol’s own final test is not public.",
            alpha=words.percent(protocol.hypotheses.alpha), p0=words.percent(protocol.hypotheses.p0)),
        *final_size_said(page, standing),
        words.say(
            "Closed form: complete cases so far, everybody else as still to come, also those included too recently who have already had "
            "an event."),
        *open_patients_said(page, standing, standing.n_final - standing.cases.n_with_lost),
        words.say(
            "Simulation: every patient completed from where they are, with piecewise-constant hazards from everybody’s follow-up; those "
            "who left before {months} months are lost as well. A clean scan up to {days} days before the planned day is the "
            "{months}-month scan.", months=months(page), days=words.number(standing.window)),
        *lost_said(page, standing),
        late_events_said(page),
        words.say("Seed of the simulation from the data cut: the same cut gives the same number."),
    ]
    lines = {"ppos_futility": found.futility, "ppos_success": found.success}
    unset = [f"`[interim] {name}`" for name, value in lines.items() if value is None]
    if unset:
        said.append(words.say("No line for go or no-go is drawn: {entries} not set.", entries=", ".join(unset)))
    st.caption(" ".join(said))
    show_source(page, standing, words.say("beta-binomial; piecewise-exponential with gamma posteriors"))


def show_power(page: Page, standing: Standing) -> None:
    """Conditional power under three assumptions, and the information fraction."""
    words, h = page.words, page.trial.protocol.hypotheses
    gives = words.say("the chance that the final test rejects if the trend goes on, at p1 and at p0; and the information fraction.")
    if not is_on(page, standing, "power", words.say("Conditional power and information"), gives):
        return
    power: Power = page.keep(("power",), lambda: judge_power(standing, page.trial.protocol))
    names = {None: words.say("The trend so far"), h.p1: words.say("p1, {rate}", rate=words.percent(h.p1)),
             h.p0: words.say("p0, {rate}", rate=words.percent(h.p0))}
    by_count = {} if standing.patients.is_pooled else {words.say("By count (exact binomial, lost as failures)"): _by_count}
    show_lines([{
        words.say("Patients to come follow"): names[drift.rate],
        words.say("By z (B-value)"): _by_z(page, drift, power),
        **{heading: said(page, drift, standing) for heading, said in by_count.items()},
    } for drift in power.drifts], words.say("Conditional power"))
    information = power.information
    if information.effective is None:
        said = words.say("Information fraction: {why}", why=why_not(page, information.reason))
    else:
        said = words.say(
            "Information fraction: {effective} (n_eff {n_eff} of {n} patients); on the log(−log) scale, against all patients "
            "followed at p1, {cloglog}.",
            effective=words.percent(information.effective), n_eff=words.number(information.n_eff, 1), n=words.number(information.n_planned),
            cloglog=words.percent(information.cloglog))
    st.caption(" ".join([
        said,
        words.say("z of the log(−log) test now: {z}.", z=why_not(page, power.z_reason) if power.z is None else words.number(power.z, 3)),
        words.say(
            "By z: the drift at p1 is {drift}, the z to be expected of all {n} patients followed to {months} months if the rate is p1; at "
            "p0 it is 0.", drift=words.number(power.drift, 3), n=words.number(standing.n_final), months=months(page)),
        *final_size_said(page, standing),
        *([words.say("By count: {why}.", why=words.say(NEEDS_PATIENTS))] if standing.patients.is_pooled else [
            words.say(
                "By count: successes still needed among all patients not yet counted, also those included too recently who have already "
                "had an event."),
            *open_patients_said(page, standing, standing.n_final - standing.cases.n_with_lost)]),
    ]))
    show_source(page, standing, words.say("Lan & Wittes 1988; exact binomial"))


def _closed_row(page: Page, outlook: Outlook, found: Prediction, prior: tuple[float, float]) -> dict[str, str]:
    words, rule = page.words, outlook.rule
    jeffreys = None if outlook.jeffreys is None or prior == (0.5, 0.5) else words.say(
        "{probability} with Jeffreys’ prior", probability=probability(page, outlook.jeffreys.probability))
    return _row(
        page, words.say("Closed form, {lost}", lost=words.say(LOST[outlook.convention])), rule,
        None if outlook.reason else (outlook.protocol_prior.needed, outlook.protocol_prior.remaining),
        None if outlook.reason else outlook.protocol_prior.probability, jeffreys, found, outlook.reason)


def _simulated_row(page: Page, outlook: Outlook, found: Prediction) -> dict[str, str]:
    words, rule, simulated = page.words, outlook.simulated_rule, outlook.simulated
    error, left = None, None
    if simulated is not None:
        left = (max(rule.r - simulated.n_successes, 0), simulated.n_partly + simulated.n_future)
        if simulated.reason:
            error = words.say(simulated.reason)
        elif 0 < left[0] <= left[1]:
            error = words.say(
                "Monte Carlo error ± {error}, {n} draws", error=words.percent(simulated.std_error, 2), n=words.number(simulated.n_draws))
    return _row(
        page, words.say("Simulation, {lost}", lost=words.say(LOST[outlook.convention])), rule, left,
        None if simulated is None else simulated.probability, error, found, rule.reason)


def _row(
    page: Page, name: str, rule: RejectionRule, left: tuple[int, int] | None, value: float | None, note: str | None, found: Prediction,
    reason: str | None,
) -> dict[str, str]:
    """One way to reckon it. left: successes still needed, of patients still open. reason: why there is no value."""
    words = page.words
    if left is None or value is None:
        said, needed = why_not(page, reason), "–"
    else:
        needed = words.say("{needed} of {left}", needed=words.number(left[0]), left=words.number(left[1]))
        said = f"**{probability(page, value)}**"
        if left[0] > left[1]:
            said += " · " + words.say("more are needed than patients are left")
        elif left[0] == 0:
            said += " · " + words.say("enough already")
        verdict = _verdict(page, value, found)
        said = " · ".join(part for part in (said, note, verdict) if part)
    return {
        words.say("Method"): name,
        words.say("Final test rejects at"): "–" if rule.r is None else words.say(
            "{r} or more of {n}", r=words.number(rule.r), n=words.number(rule.n)),
        words.say("Still needed"): needed,
        words.say("Probability"): said,
    }


def _verdict(page: Page, value: float, found: Prediction) -> str | None:
    words = page.words
    if found.futility is not None and value < found.futility:
        return words.say("below the futility line of {line}", line=words.percent(found.futility, 0))
    if found.success is not None and value > found.success:
        return words.say("above the success line of {line}", line=words.percent(found.success, 0))
    if found.futility is not None and found.success is not None:
        return words.say("between the lines")
    return None


def _by_z(page: Page, drift: Drift, power: Power) -> str:
    if drift.by_z is None:
        return why_not(page, power.z_reason or power.information.reason)
    return probability(page, drift.by_z.probability, drift.by_z.reason)


def _by_count(page: Page, drift: Drift, standing: Standing) -> str:
    words = page.words
    if drift.by_count is None:
        nothing = words.say("not estimable: no number of successes rejects p0")
        return why_not(page, standing.cases.reason) if standing.cases.reason else nothing
    found = drift.by_count
    if found.probability is None:
        return why_not(page, found.reason)
    return words.say(
        "{probability} ({needed} more of {left})", probability=probability(page, found.probability), needed=words.number(found.needed),
        left=words.number(found.remaining))
