"""One-stage design and exact test of a single arm: successes at the milestone out of n, against a rate p0.

A success is a patient known to be event-free at the milestone; which patients count is `complete_cases`. The test
rejects p0 in favour of a higher rate when successes ≥ r. R: binom.test(x, n, p0, "greater"); clinfun::ph2single gives
the same design and states its rule as "> r", one less than here.
"""

from dataclasses import dataclass

from scipy.special import betainc

from heroes.errors import MisuseError
from heroes.statistics.binomial import (
    check_count, check_part, check_probability, is_at_least, is_at_most, probability_at_least, smallest_critical)
from heroes.statistics.reasons import NO_DESIGN_SO_SMALL, NO_PATIENTS, NO_REJECTION, Reason


@dataclass(frozen=True)
class SingleArmDesign:
    """p0 is rejected at r or more successes of n. size, attained_power: exact P(reject) at p0 and at p1.

    n, r, size and attained_power are None with a reason when no design within the search exists.
    """

    p0: float
    p1: float
    alpha: float
    power: float
    n: int | None
    r: int | None
    size: float | None
    attained_power: float | None
    reason: str | None


@dataclass(frozen=True)
class RejectionRule:
    """p0 is rejected at r or more successes of n; size is the exact P(reject) at p0, at most alpha.

    r and size are None with a reason when not even n successes of n would reject.
    """

    n: int
    p0: float
    alpha: float
    r: int | None
    size: float | None
    reason: str | None


@dataclass(frozen=True)
class ExactTest:
    """x successes of n against p0: p is the one-sided P(X ≥ x) at p0, None with a reason when n is 0."""

    x: int
    n: int
    p0: float
    p: float | None
    reason: str | None


def design_single_arm(p0: float, p1: float, alpha: float, power: float, n_max: int = 100_000) -> SingleArmDesign:
    """The smallest number of patients, with the rejection number, for an exact one-sided test of p0 against p1.

    alpha: one-sided. Exact power rises with n in saws, so a slightly larger n may have slightly less than the power
    wanted; `probability_of_rejection` shows it. Raises MisuseError unless 0 < p0 < p1 < 1 and alpha, power are in 0–1.
    Method: exact binomial, A'Hern 2001.
    """
    check_hypotheses(p0, p1, alpha, power)
    r = 1
    for n in range(1, check_count(n_max, "n_max", 1) + 1):
        if r <= n and not is_at_most(betainc(r, n - r + 1, p0), alpha):
            r += 1  # one patient more never moves the rejection number by more than one
        if r <= n and is_at_least(betainc(r, n - r + 1, p1), power):
            size, attained = (float(probability_at_least(r, n, p)) for p in (p0, p1))
            return SingleArmDesign(p0, p1, alpha, power, n, r, size, attained, None)
    return SingleArmDesign(p0, p1, alpha, power, None, None, None, None, Reason(NO_DESIGN_SO_SMALL, n=n_max))


def find_rejection_number(n: int, p0: float, alpha: float) -> RejectionRule:
    """How many successes of n reject p0 at one-sided alpha, and the exact size of that test.

    Raises MisuseError for a rate or an alpha outside 0–1.
    """
    n = check_count(n, "A number of patients")
    check_probability(p0, "p0")
    check_probability(alpha, "alpha")
    if n == 0:
        return RejectionRule(n, p0, alpha, None, None, Reason(NO_PATIENTS))
    r = smallest_critical(n, p0, alpha)
    if r > n:
        return RejectionRule(n, p0, alpha, None, None, Reason(NO_REJECTION, n=n, p0=p0, alpha=alpha))
    return RejectionRule(n, p0, alpha, r, float(probability_at_least(r, n, p0)), None)


def exact_binomial_test(x: int, n: int, p0: float) -> ExactTest:
    """One-sided p-value of x successes of n against p0, large x speaking for a higher rate.

    Raises MisuseError for x outside 0–n and p0 outside 0–1.
    """
    x, n = check_part(x, n)
    check_probability(p0, "p0")
    if n == 0:
        return ExactTest(x, n, p0, None, Reason(NO_PATIENTS))
    return ExactTest(x, n, p0, float(probability_at_least(x, n, p0)), None)


def probability_of_rejection(n: int, r: int, p: float) -> float:
    """P(r or more successes of n) when the true rate is p: the size at p0, the power at p1."""
    return float(probability_at_least(r, check_count(n, "A number of patients"), p))


def agreeing_conf_level(alpha: float) -> float:
    """The level of the two-sided interval whose lower limit agrees with a one-sided test: 0.90 for alpha 0.05.

    Raises MisuseError for an alpha of one half or more.
    """
    if not 0 < alpha < 0.5:
        raise MisuseError(f"A one-sided alpha lies between 0 and 0.5; {alpha} does not.")
    return round(1 - 2 * alpha, 12)


def check_hypotheses(p0: float, p1: float, alpha: float, power: float) -> None:
    """Raises MisuseError unless 0 < p0 < p1 < 1 and alpha < power are both in 0–1."""
    for value, name in ((p0, "p0"), (p1, "p1"), (alpha, "alpha"), (power, "The power")):
        check_probability(value, name)
    if not p0 < p1:
        raise MisuseError(f"p1 ({p1}) must exceed p0 ({p0}).")
    if not alpha < power:
        raise MisuseError(f"The power ({power}) must exceed alpha ({alpha}).")
