"""Tests of the survival curve at the milestone against a rate p0, with every patient counted, censored or not.

A large z speaks for survival above p0; p is one-sided. The one-sided test at alpha agrees with the lower limit of the
two-sided 1 − 2·alpha interval of the same transformation (`single_arm.agreeing_conf_level`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from heroes.statistics.binomial import check_count, check_probability
from heroes.statistics.reasons import NO_TEST_AT_ONE, NO_TEST_AT_ZERO, Reason
from heroes.statistics.survival import SurvivalCurve, row_at, survival_at


@dataclass(frozen=True)
class MilestoneTest:
    """survival: the Kaplan–Meier estimate at time; hazard: the cumulative hazard the test is made on. z and its
    one-sided p are None, with a reason, where the curve is not known, at 1 or at 0."""

    time: float
    p0: float
    survival: float | None
    hazard: float | None
    z: float | None
    p: float | None
    reason: str | None


def cloglog_test(curve: SurvivalCurve, time: float, p0: float) -> MilestoneTest:
    """Survival at the milestone against p0 on the log(−log) scale, with Greenwood's variance.

    z = {ln(−ln p0) − ln(−ln S)}·S·|ln S| / s. Raises OutsideStudyError for a negative time, MisuseError for p0 outside 0–1.
    Method: the test that inverts the log(−log) interval, Borgan & Liestøl 1990; Klein et al. 2007.
    """
    at, refused = _start(curve, time, p0)
    if refused:
        return refused
    hazard = -np.log(at.estimate)
    return _tested(at, p0, hazard, at.std_error / at.estimate)


def nelson_aalen_test(curve: SurvivalCurve, time: float, p0: float) -> MilestoneTest:
    """The cumulative hazard up to the milestone against −ln p0, on the log scale (Lin; Case & Morgan).

    Λ̂ is Nelson and Aalen's Σ d/n, its variance Σ d/n². Raises what `cloglog_test` raises.
    Method: Lin et al. 1996; Case & Morgan 2003.
    """
    at, refused = _start(curve, time, p0)
    if refused:
        return refused
    rows = slice(0, row_at(curve, at.time) + 1)
    events, at_risk = curve.events[rows].astype(float), curve.at_risk[rows]
    return _tested(at, p0, np.sum(events / at_risk), np.sqrt(np.sum(events / at_risk / at_risk)))


def expected_z(n: int, p0: float, p1: float) -> float:
    """The z of the log(−log) test against p0 to be expected when n patients are all followed to the milestone and the rate is p1.

    {ln(−ln p0) − ln(−ln p1)}·√(n·p1·ln²p1 / (1 − p1)); above 0 for p1 above p0, 0 for p1 = p0. The drift of the conditional power.
    Raises MisuseError for no patients or rates outside 0–1.
    """
    n = check_count(n, "The number of patients", 1)
    check_probability(p0, "p0")
    check_probability(p1, "p1")
    distance = np.log(-np.log(p0)) - np.log(-np.log(p1))
    return float(distance * np.sqrt(n * p1 * np.log(p1) ** 2 / (1 - p1)))


def _start(curve, time, p0):
    """The estimate at the milestone, and the test that cannot be made, if so."""
    check_probability(p0, "p0")
    at = survival_at(curve, time)
    reason = at.reason if at.estimate is None else None
    if at.estimate == 1:
        reason = Reason(NO_TEST_AT_ONE)
    elif at.estimate == 0:
        reason = Reason(NO_TEST_AT_ZERO)
    return at, MilestoneTest(at.time, p0, at.estimate, None, None, None, reason) if reason else None


def _tested(at, p0, hazard, std_error) -> MilestoneTest:
    z = (np.log(-np.log(p0)) - np.log(hazard)) * hazard / std_error
    return MilestoneTest(at.time, p0, at.estimate, float(hazard), float(z), float(ndtr(-z)), None)
