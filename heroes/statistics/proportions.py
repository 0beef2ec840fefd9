"""A proportion x/n with its confidence interval."""

from dataclasses import dataclass

from scipy.special import betaincinv

from heroes.errors import MisuseError
from heroes.statistics.intervals import normal_quantile
from heroes.statistics.reasons import NO_PATIENTS, Reason


@dataclass(frozen=True)
class Proportion:
    """x of n; estimate and limits 0–1, None with a reason when n is 0."""

    x: int
    n: int
    estimate: float | None
    lower: float | None
    upper: float | None
    reason: str | None


def estimate_clopper_pearson(x: int, n: int, conf_level: float = 0.95) -> Proportion:
    """The proportion with its exact interval, which covers at least the stated level (Clopper & Pearson 1934)."""
    _check(x, n, conf_level)
    if n == 0:
        return Proportion(x, n, None, None, None, Reason(NO_PATIENTS))
    tail = (1 - conf_level) / 2
    lower = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, tail))
    upper = 1.0 if x == n else float(betaincinv(x + 1, n - x, 1 - tail))
    return Proportion(x, n, x / n, lower, upper, None)


def estimate_wilson(x: int, n: int, conf_level: float = 0.95) -> Proportion:
    """The proportion with its score interval, which covers about the stated level (Wilson 1927)."""
    _check(x, n, conf_level)
    if n == 0:
        return Proportion(x, n, None, None, None, Reason(NO_PATIENTS))
    z = normal_quantile(conf_level)
    centre = (x + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (x * (n - x) / n + z**2 / 4) ** 0.5
    lower = 0.0 if x == 0 else max(centre - half, 0.0)
    upper = 1.0 if x == n else min(centre + half, 1.0)
    return Proportion(x, n, x / n, lower, upper, None)


def _check(x: int, n: int, conf_level: float) -> None:
    if not 0 <= x <= n:
        raise MisuseError(f"{x} of {n} is not a proportion.")
    if not 0 < conf_level < 1:
        raise MisuseError(f"A confidence level lies between 0 and 1, such as 0.95; {conf_level} does not.")
