"""What an interim look says about the final test: posterior, predictive probability of success, conditional power.

Successes and patients come from `complete_cases`, the rejection number from `single_arm`; patients who are only partly
followed are completed in `predictive`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc, betaincinv, betaln, gammaln, ndtr, ndtri

from heroes.errors import MisuseError
from heroes.statistics.binomial import check_count, check_part, check_probability, probability_at_least
from heroes.statistics.information import effective_number
from heroes.statistics.reasons import AT_RISK_STANDS_IN, INFORMATION_COMPLETE, NO_INFORMATION, NO_PATIENTS, Reason
from heroes.statistics.survival import SurvivalCurve


@dataclass(frozen=True)
class BetaPrior:
    """A beta prior for the success rate: as if a successes and b failures had been seen before."""

    a: float
    b: float

    def __post_init__(self):
        if not (0 < self.a < np.inf and 0 < self.b < np.inf):
            raise MisuseError(f"Both numbers of a beta prior are above 0; ({self.a}, {self.b}) are not.")


UNIFORM = BetaPrior(1.0, 1.0)
JEFFREYS = BetaPrior(0.5, 0.5)


@dataclass(frozen=True)
class Posterior:
    """What is believed of the success rate: Beta(a, b), its mean, its equal-tailed credible interval, and above, the
    probability that the rate exceeds p0. x successes of n went in; n need not be whole when patients are censored.

    All but x, n and p0 are None when nobody has been followed, and reason says why. A reason beside numbers says what
    stood in for the effective number of patients.
    """

    x: float | None
    n: float | None
    p0: float
    a: float | None
    b: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    above: float | None
    reason: str | None


@dataclass(frozen=True)
class FinalSuccess:
    """The probability that at least `needed` of the `remaining` patients succeed, so that the final test rejects.

    needed is 0 when success is already certain. reason says why there is no probability.
    """

    needed: int
    remaining: int
    probability: float | None
    reason: str | None


@dataclass(frozen=True)
class ConditionalPower:
    """P(the final z exceeds its critical value | z now), with the remaining drift assumed to be `drift`."""

    z: float
    fraction: float
    alpha: float
    drift: float | None
    probability: float | None
    reason: str | None


def estimate_posterior(x: int, n: int, p0: float, prior: BetaPrior = UNIFORM, conf_level: float = 0.95) -> Posterior:
    """What x successes of n complete cases say of the success rate.

    Raises MisuseError for x outside 0–n and rates or levels outside 0–1. Method: beta-binomial conjugacy.
    """
    x, n = check_part(x, n)
    if n == 0:
        check_probability(p0, "p0")
        return Posterior(x, n, p0, *[None] * 6, Reason(NO_PATIENTS))
    return _posterior(x, n, p0, prior, conf_level, None)


def estimate_censored_posterior(
    curve: SurvivalCurve, time: float, p0: float, prior: BetaPrior = UNIFORM, conf_level: float = 0.95
) -> Posterior:
    """What the whole curve says of the success rate at the milestone, censored patients included.

    The curve counts as n_eff = S(1−S)/V patients of whom n_eff·S succeeded. Where it is at 1 or 0 n_eff does not exist,
    the number at risk stands in, and reason says so. Raises OutsideStudyError for a negative time.
    """
    check_probability(p0, "p0")
    found = effective_number(curve, time)
    if found.stand_in is None:
        return Posterior(None, None, p0, *[None] * 6, found.reason)
    reason = None if found.reason is None else Reason(AT_RISK_STANDS_IN, survival=found.survival, n=found.stand_in)
    return _posterior(found.stand_in * found.survival, found.stand_in, p0, prior, conf_level, reason)


def predictive_probability(x: int, n: int, n_planned: int, r: int, prior: BetaPrior = UNIFORM) -> FinalSuccess:
    """The probability that the final test will reject, all that is believed of the success rate taken into account.

    x of n so far; the final test rejects at r or more successes of n_planned. Every patient yet to come is taken to reach
    the milestone. Raises MisuseError for counts that do not fit together. Method: beta-binomial, Lee & Liu 2008.
    """
    x, n, remaining, needed = _outlook(x, n, n_planned, r)
    y = np.arange(needed, remaining + 1)
    a, b = prior.a + x, prior.b + n - x
    ways = gammaln(remaining + 1) - gammaln(y + 1) - gammaln(remaining - y + 1)
    terms = np.exp(ways + betaln(a + y, b + remaining - y) - betaln(a, b))
    probability = 1.0 if needed == 0 else min(float(terms.sum()), 1.0)
    return FinalSuccess(needed, remaining, probability, None)


def conditional_power_at(x: int, n: int, n_planned: int, r: int, p: float) -> FinalSuccess:
    """The probability that the final test will reject if every further patient succeeds with probability p, exactly.

    Input and errors as `predictive_probability`; p may be 0 or 1.
    """
    x, n, remaining, needed = _outlook(x, n, n_planned, r)
    if not 0 <= p <= 1:
        raise MisuseError(f"A success rate lies between 0 and 1; {p} does not.")
    return FinalSuccess(needed, remaining, float(probability_at_least(needed, remaining, p)), None)


def conditional_power_on_trend(x: int, n: int, n_planned: int, r: int) -> FinalSuccess:
    """The probability that the final test will reject if further patients succeed at the rate seen so far, x / n.

    None with a reason when nobody has been seen. Input and errors as `predictive_probability`.
    """
    x, n, remaining, needed = _outlook(x, n, n_planned, r)
    if n == 0:
        return FinalSuccess(needed, remaining, None, Reason(NO_PATIENTS))
    return conditional_power_at(x, n, n_planned, r, x / n)


def conditional_power(z: float, fraction: float, alpha: float, drift: float | None = None) -> ConditionalPower:
    """The probability that the final z-test rejects at one-sided alpha, given z at an information fraction.

    fraction: of the planned information, between 0 and 1; at 0 nothing is known and at 1 nothing remains: None with a
    reason. drift: expected z at full information (`milestone_z.expected_z` of all patients at p1; 0 at p0); None
    continues the current trend, z/√fraction. Raises MisuseError for an infinite z or an alpha outside 0–1.
    Method: B-value, Lan & Wittes 1988.
    """
    check_probability(alpha, "alpha")
    if not np.isfinite([z, fraction, 0.0 if drift is None else drift]).all():
        raise MisuseError("z, the information fraction and the drift must be finite numbers.")
    if not 0 < fraction < 1:
        reason = Reason(NO_INFORMATION) if fraction <= 0 else Reason(INFORMATION_COMPLETE)
        return ConditionalPower(z, fraction, alpha, drift, None, reason)
    drift = z / np.sqrt(fraction) if drift is None else drift
    excess = z * np.sqrt(fraction) + drift * (1 - fraction) - ndtri(1 - alpha)
    return ConditionalPower(z, fraction, alpha, float(drift), float(ndtr(excess / np.sqrt(1 - fraction))), None)


def _posterior(x, n, p0, prior: BetaPrior, conf_level, reason) -> Posterior:
    check_probability(p0, "p0")
    check_probability(conf_level, "A credible level")
    a, b, tail = prior.a + x, prior.b + n - x, (1 - conf_level) / 2
    lower, upper = betaincinv(a, b, tail), betaincinv(a, b, 1 - tail)
    return Posterior(
        x, n, p0, float(a), float(b), float(a / (a + b)), float(lower), float(upper), float(betaincc(a, b, p0)), reason)


def _outlook(x: int, n: int, n_planned: int, r: int) -> tuple[int, int, int, int]:
    """Counts checked, with patients remaining and successes still needed."""
    x, n = check_part(x, n)
    n_planned, r = check_count(n_planned, "The planned number of patients"), check_count(r, "A rejection number")
    if n > n_planned:
        raise MisuseError(f"{n} patients are more than the {n_planned} planned: the final test needs another rejection number.")
    return x, n, n_planned - n, max(r - x, 0)
