"""What the data say of the protocol's hypotheses: design, tests, posterior, predictive probability, conditional power.

Each function needs values of the protocol that may be "not set"; `entries_not_set` names them, and asking for the number all
the same is a mistake of the program. The final test assumed throughout is the exact binomial one: p0 is rejected at r or
more successes among all patients.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy.special import betaln

from heroes.protocol import Protocol
from heroes.statistics.complete_cases import LOST_AS_FAILURES, LOST_LEFT_OUT, Outcome
from heroes.statistics.cumulative_hazard import cumulative_hazard_at, estimate_cumulative_hazard
from heroes.statistics.information import InformationFraction, information_fraction
from heroes.statistics.interim import (
    JEFFREYS, BetaPrior, ConditionalPower, FinalSuccess, Posterior, conditional_power, conditional_power_at,
    conditional_power_on_trend, estimate_censored_posterior, estimate_posterior, predictive_probability)
from heroes.statistics.milestone_z import cloglog_test, expected_z, nelson_aalen_test
from heroes.statistics.one_sample_logrank import OneSampleLogRank, exponential_reference, one_sample_logrank
from heroes.statistics.predictive import SimulatedSuccess, simulate_success
from heroes.statistics.proportions import estimate_clopper_pearson
from heroes.statistics.readout import Standing
from heroes.statistics.single_arm import (
    RejectionRule, SingleArmDesign, agreeing_conf_level, design_single_arm, exact_binomial_test, find_rejection_number,
    probability_of_rejection)
from heroes.statistics.survival import estimate_survival, survival_at

PLANNED = "accrual.planned_inclusions"
NEEDS = {
    "design": ("hypotheses.p0", "hypotheses.p1", "hypotheses.alpha", "hypotheses.power"),
    "tests": ("hypotheses.p0", "hypotheses.alpha"),
    "posterior": ("hypotheses.p0",),
    "prediction": ("hypotheses.p0", "hypotheses.alpha", PLANNED),
    "power": ("hypotheses.p0", "hypotheses.p1", "hypotheses.alpha", PLANNED),
    "failure_rule": ("interim.failure_limit", "interim.failure_prior", "interim.failure_certainty", "interim.failure_looks"),
}
"""Panel → the entries of the protocol file without which it is off."""


class Method(StrEnum):
    """A test of the milestone rate against p0."""

    EXACT_LOST_FAILED = "exact, lost as failures"
    EXACT_LOST_OUT = "exact, lost left out"
    CLOGLOG = "Kaplan–Meier, log(−log)"
    NELSON_AALEN = "Nelson–Aalen, log"
    LOGRANK = "one-sample log-rank"
    LOGRANK_WU = "one-sample log-rank, Wu"


@dataclass(frozen=True)
class Design:
    """smallest: the smallest exact design for the four hypotheses. rule: how many successes of the planned patients reject
    p0, and power: its exact P(reject) at p1; None when no size is planned or nothing rejects."""

    smallest: SingleArmDesign
    rule: RejectionRule | None
    power: float | None


@dataclass(frozen=True)
class TestResult:
    """One test against p0. n: patients in it. estimate: the rate it is made on; statistic: its z, None for the exact test.

    p: one-sided, small when the rate lies above p0. lower: lower limit of the two-sided interval that agrees with the test;
    None for a test without one. What does not exist is None, with a reason.
    """

    method: Method
    n: int
    estimate: float | None
    statistic: float | None
    p: float | None
    lower: float | None
    reason: str | None


@dataclass(frozen=True)
class Tests:
    """rows: the tests, exact ones first. conf_level: of the intervals that agree with one-sided alpha. logrank: events seen
    and expected. is_counted: patients are known one by one, so that the exact tests exist."""

    rows: tuple[TestResult, ...]
    conf_level: float
    logrank: OneSampleLogRank
    is_counted: bool


@dataclass(frozen=True)
class Belief:
    """A posterior and where it is from. convention: what became of the lost (a sentence), None with every patient in, the
    censored through the effective number. prior: its name is the page's to say; is_protocol: it is the protocol's."""

    convention: str | None
    prior: BetaPrior
    is_protocol: bool
    posterior: Posterior


@dataclass(frozen=True)
class Outlook:
    """The probability that the final test will reject p0, under one convention for the lost.

    x of n: complete cases so far. rule: of the final test in closed form; protocol_prior, jeffreys: None with a reason when
    nobody can be counted or nothing rejects. simulated_rule, simulated: the same by simulation, over its own number of
    patients, for it knows more of them as lost; None when nothing rejects (simulated_rule.reason).
    """

    convention: str
    x: int
    n: int
    rule: RejectionRule
    protocol_prior: FinalSuccess | None
    jeffreys: FinalSuccess | None
    reason: str | None
    simulated_rule: RejectionRule
    simulated: SimulatedSuccess | None


@dataclass(frozen=True)
class Prediction:
    """outlooks: one per convention, the cautious first. futility, success: the protocol's lines, None when not set."""

    outlooks: tuple[Outlook, ...]
    futility: float | None
    success: float | None


@dataclass(frozen=True)
class Drift:
    """Conditional power under one assumption about the patients to come. rate: p1 or p0, None for the trend so far.

    by_z: B-value on the log(−log) z of the curve; by_count: exact, of the successes still needed, the lost as failures. None
    where nobody can be counted, or where nothing rejects.
    """

    rate: float | None
    by_z: ConditionalPower | None
    by_count: FinalSuccess | None


@dataclass(frozen=True)
class Power:
    """drifts: trend, p1, p0. z: of the log(−log) test; z_reason: why there is none. drift: the z to be expected of all
    patients of the final test at p1. information: fractions of the plan."""

    drifts: tuple[Drift, ...]
    z: float | None
    z_reason: str | None
    drift: float
    information: InformationFraction


def entries_not_set(panel: str, protocol: Protocol, n_planned: int | None) -> tuple[str, ...]:
    """The entries of the protocol file that a panel needs and that are "not set", as section.entry; none: it is on."""
    values = {PLANNED: n_planned}
    return tuple(name for name in NEEDS[panel] if _value(name, protocol, values) is None)


def design_trial(protocol: Protocol, n_planned: int | None) -> Design:
    """The smallest exact design for the protocol's hypotheses, and the rejection number of the planned size."""
    h = protocol.hypotheses
    rule = None if n_planned is None else find_rejection_number(n_planned, h.p0, h.alpha)
    power = None if rule is None or rule.r is None else probability_of_rejection(rule.n, rule.r, h.p1)
    return Design(design_single_arm(h.p0, h.p1, h.alpha, h.power), rule, power)


def run_tests(standing: Standing, protocol: Protocol) -> Tests:
    """Every test of the milestone rate against p0, on the data so far.

    The exact tests count complete cases; the others use every patient. p is one-sided throughout, for a rate above p0, and
    agrees with the lower limit of the two-sided 1 − 2·alpha interval of its own method.
    """
    p0, alpha, milestone, patients = protocol.hypotheses.p0, protocol.hypotheses.alpha, standing.milestone, standing.patients
    level = agreeing_conf_level(alpha)
    curve = estimate_survival(patients.time, patients.event, conf_level=level)
    at, cloglog, hazards = survival_at(curve, milestone), cloglog_test(curve, milestone, p0), nelson_aalen_test(curve, milestone, p0)
    upper = cumulative_hazard_at(estimate_cumulative_hazard(curve), milestone).upper
    ranks = one_sample_logrank(patients.time, patients.event, exponential_reference(p0, milestone))
    exact = [] if patients.is_pooled else [
        _exact(Method.EXACT_LOST_FAILED, standing.cases.x, standing.cases.n_with_lost, p0, level, standing.cases.reason),
        _exact(Method.EXACT_LOST_OUT, standing.cases.x, standing.cases.n, p0, level, standing.cases.reason),
    ]
    n = patients.n
    return Tests((
        *exact,
        TestResult(Method.CLOGLOG, n, at.estimate, cloglog.z, cloglog.p, at.lower if cloglog.z is not None else None, cloglog.reason),
        TestResult(
            Method.NELSON_AALEN, n, None if hazards.hazard is None else float(np.exp(-hazards.hazard)), hazards.z, hazards.p,
            float(np.exp(-upper)) if hazards.z is not None and upper is not None else None, hazards.reason),
        TestResult(Method.LOGRANK, n, None, ranks.statistic, ranks.p, None, ranks.reason),
        TestResult(Method.LOGRANK_WU, n, None, ranks.modified, ranks.p_modified, None, ranks.reason),
    ), level, ranks, not patients.is_pooled)


def estimate_beliefs(standing: Standing, protocol: Protocol) -> tuple[Belief, ...]:
    """Posteriors of the milestone rate: complete cases under both conventions, then all patients; each with both priors."""
    p0, level = protocol.hypotheses.p0, protocol.endpoint.conf_level
    cases, curve, found = standing.cases, standing.patients.curve, []
    for prior, is_protocol in _priors(protocol):
        if not standing.patients.is_pooled:
            for convention, n in ((LOST_AS_FAILURES, cases.n_with_lost), (LOST_LEFT_OUT, cases.n)):
                posterior = estimate_posterior(cases.x, n, p0, prior, level)
                if posterior.a is None and cases.reason:
                    posterior = replace(posterior, reason=cases.reason)
                found.append(Belief(convention, prior, is_protocol, posterior))
        found.append(Belief(None, prior, is_protocol, estimate_censored_posterior(curve, standing.milestone, p0, prior, level)))
    order = {LOST_AS_FAILURES: 0, LOST_LEFT_OUT: 1, None: 2}
    return tuple(sorted(found, key=lambda belief: (order[belief.convention], not belief.is_protocol)))


def posterior_density(posterior: Posterior, rates: np.ndarray) -> np.ndarray:
    """The density of a posterior at rates strictly between 0 and 1. The posterior must exist."""
    a, b = posterior.a, posterior.b
    return np.exp((a - 1) * np.log(rates) + (b - 1) * np.log1p(-rates) - betaln(a, b))


def predict_success(standing: Standing, protocol: Protocol, chance: int) -> Prediction:
    """The probability that the final test will reject p0, in closed form and by simulation, under both conventions for the lost.

    Closed form: complete cases so far, everybody else taken as still to come. Simulation: everybody's follow-up so far counts;
    lost are those of the complete cases, and those who left before the milestone; a clean scan within the window before the
    milestone is the milestone's. Lost patients are failures of the final test, or left out of it, which then has a rejection
    number of its own; the hazards come from everybody's follow-up in both cases. chance: the seed. Not for pooled patients.
    """
    h, cases, n_final, patients = protocol.hypotheses, standing.cases, standing.n_final, standing.patients
    at_visit, nobody = standing.is_event_free_at_visit, np.zeros(patients.n, dtype=bool)
    lost = (standing.outcome == Outcome.LOST) | (patients.has_left & ~patients.event & ~at_visit)
    time, prior = np.where(at_visit, np.maximum(patients.time, standing.milestone), patients.time), BetaPrior(*protocol.interim.prior)
    outlooks = []
    for convention, n, n_left_out, left_out in (
        (LOST_AS_FAILURES, cases.n_with_lost, 0, nobody), (LOST_LEFT_OUT, cases.n, cases.n_lost, lost),
    ):
        rule = find_rejection_number(n_final - n_left_out, h.p0, h.alpha)
        simulated_rule = find_rejection_number(n_final - int(left_out.sum()), h.p0, h.alpha)
        reason = cases.reason or rule.reason
        both = (None, None) if reason else (predictive_probability(cases.x, n, rule.n, rule.r, used) for used in (prior, JEFFREYS))
        simulated = None if simulated_rule.r is None else simulate_success(
            time, patients.event, milestone=standing.milestone, n_planned=simulated_rule.n, r=simulated_rule.r, chance=chance,
            lost=lost, left_out=left_out)
        outlooks.append(Outlook(convention, cases.x, n, rule, *both, reason, simulated_rule, simulated))
    return Prediction(tuple(outlooks), protocol.interim.ppos_futility, protocol.interim.ppos_success)


def judge_power(standing: Standing, protocol: Protocol) -> Power:
    """Conditional power if the trend goes on, at p1 and at p0; and how much of the planned information is in.

    The z-based one takes the log(−log) z of the curve and n_eff / patients of the final test as the fraction; at p1 the drift is
    the z to be expected of all those patients (`expected_z`), at p0 it is 0.
    """
    h, cases, n_final = protocol.hypotheses, standing.cases, standing.n_final
    test = cloglog_test(standing.patients.curve, standing.milestone, h.p0)
    information = information_fraction(standing.patients.curve, standing.milestone, n_final, h.p1)
    rule = find_rejection_number(n_final, h.p0, h.alpha)
    counts = cases.reason is None and rule.r is not None
    so_far = (cases.x, cases.n_with_lost, n_final, rule.r)

    def of(rate: float | None, drift: float | None) -> Drift:
        by_z = None if test.z is None or information.effective is None else conditional_power(test.z, information.effective, h.alpha, drift)
        by_count = None
        if counts:
            by_count = conditional_power_on_trend(*so_far) if rate is None else conditional_power_at(*so_far, rate)
        return Drift(rate, by_z, by_count)

    drift = expected_z(n_final, h.p0, h.p1)
    return Power((of(None, None), of(h.p1, drift), of(h.p0, 0.0)), test.z, test.reason, drift, information)


def _exact(method: Method, x: int, n: int, p0: float, level: float, reason: str | None) -> TestResult:
    test, interval = exact_binomial_test(x, n, p0), estimate_clopper_pearson(x, n, level)
    return TestResult(method, n, interval.estimate, None, test.p, interval.lower, reason or test.reason)


def _priors(protocol: Protocol) -> list[tuple[BetaPrior, bool]]:
    """The protocol's prior, and Jeffreys' beside it unless they are one."""
    prior = BetaPrior(*protocol.interim.prior)
    return [(prior, True)] if prior == JEFFREYS else [(prior, True), (JEFFREYS, False)]


def _value(name: str, protocol: Protocol, values: dict):
    if name in values:
        return values[name]
    section, entry = name.split(".")
    return getattr(getattr(protocol, section), entry)
