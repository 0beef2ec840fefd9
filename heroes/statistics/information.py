"""How much information the curve holds at the milestone, compared with a trial in which all are followed that far.

n_eff = S(1−S)/V: so many fully followed patients would give the same variance. On the log(−log) scale information is
1/Var[ln(−ln S)] = (ln S)²·S²/V. At one and the same S the two fractions are equal.
"""

from dataclasses import dataclass

import numpy as np

from heroes.statistics.binomial import check_count, check_probability
from heroes.statistics.reasons import NO_EFFECTIVE_NUMBER, Reason
from heroes.statistics.survival import SurvivalCurve, survival_at


@dataclass(frozen=True)
class EffectiveNumber:
    """n_eff: fully followed patients worth as much as the censored ones; None, with a reason, where the curve is not
    known, at 1 or at 0. stand_in: n_eff where it exists; the number at risk at the milestone where the curve is still at
    1; the number at risk at the last event where it is at 0; None where the curve is not known."""

    time: float
    survival: float | None
    n_eff: float | None
    stand_in: float | None
    reason: str | None


@dataclass(frozen=True)
class InformationFraction:
    """effective: n_eff / planned patients. cloglog: information on the log(−log) scale against that of all planned
    patients followed to the milestone at survival planned_survival. Above 1 means more than planned. None with a reason."""

    n_planned: int
    planned_survival: float
    n_eff: float | None
    effective: float | None
    information: float | None
    planned_information: float
    cloglog: float | None
    reason: str | None


def effective_number(curve: SurvivalCurve, time: float) -> EffectiveNumber:
    """The number of fully followed patients that would know survival at this time as precisely.

    Raises OutsideStudyError for a negative time.
    """
    at = survival_at(curve, time)
    if at.estimate is None:
        return EffectiveNumber(at.time, None, None, None, at.reason)
    if 0 < at.estimate < 1:
        n_eff = at.estimate * (1 - at.estimate) / at.std_error**2
        return EffectiveNumber(at.time, at.estimate, n_eff, n_eff, None)
    at_risk = at.at_risk if at.estimate == 1 else int(curve.at_risk[-1])
    reason = Reason(NO_EFFECTIVE_NUMBER, survival=at.estimate)
    return EffectiveNumber(at.time, at.estimate, None, float(at_risk), reason)


def information_fraction(curve: SurvivalCurve, time: float, n_planned: int, planned_survival: float) -> InformationFraction:
    """How far the curve is on the way to the final analysis, in information about survival at the milestone.

    planned_survival: survival at which the planned information is reckoned, such as p0 or p1. Raises MisuseError for
    no planned patients or a survival outside 0–1.
    """
    n_planned = check_count(n_planned, "The planned number of patients", 1)
    check_probability(planned_survival, "The planned survival")
    planned = n_planned * _information_per_patient(planned_survival)
    found = effective_number(curve, time)
    if found.n_eff is None:
        return InformationFraction(n_planned, planned_survival, None, None, None, planned, None, found.reason)
    information = found.n_eff * _information_per_patient(found.survival)
    return InformationFraction(
        n_planned, planned_survival, found.n_eff, found.n_eff / n_planned, information, planned, information / planned, None)


def _information_per_patient(survival: float) -> float:
    """1/Var[ln(−ln S)] from one patient followed to the milestone."""
    return float(survival * np.log(survival) ** 2 / (1 - survival))
