"""How fast sites include: a rate per site-month for each, drawn towards what sites of this trial do.

A site's inclusions are a Poisson process of constant rate; the rates of sites are spread like a gamma distribution, which
the counts themselves give (Anisimov & Fedorov 2007). A site with little time behind it says little about its rate, and
its estimate stays near that of the others: so nobody is called slow, or fast, after two months.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import gammainc, gammaincc, gammaincinv, gammaln
from scipy.stats import poisson

from heroes.errors import MisuseError
from heroes.labels import mark
from heroes.statistics.reasons import Reason

FEWEST_SITES, FEWEST_INCLUSIONS = 5, 10
LEAST_MONTHS = 3
SLOW_SHARE, SLOW_CERTAINTY, TAIL = 0.5, 0.9, 0.05
_LEAST_LOG, _MOST_LOG = np.log(1e-3), np.log(1e5)
_ALPHAS = np.exp(np.linspace(np.log(0.05), np.log(200), 41))
_AROUND = np.linspace(-4, 4, 33)
_USUAL_VARIATION = 1.0

NO_EXPOSURE = mark("No site has been open yet: there is no rate to speak of.")
TOO_EARLY = mark("Too early: nobody has been included in {months} site-months.")
FEW_SITES = mark("Unreliable: fewer than {least} sites have been open.")
FEW_INCLUSIONS = mark("Unreliable: fewer than {least} inclusions.")
NOT_SPREAD = mark("The sites' counts differ no more than chance makes them: one rate is taken for all of them.")


class Spread(StrEnum):
    """How the rates of sites are taken to differ."""

    VARYING = "varying"  # gamma, fitted to the counts
    COMMON = "common"  # one rate for all: the counts are not over-dispersed
    SEPARATE = "separate"  # each site by itself: the other sites are not to be seen
    NONE = "none"  # no rate yet


class Pace(StrEnum):
    """What is said of a site's rate against its target."""

    SLOW = "SLOW"
    BEHIND = "BEHIND"
    AS_EXPECTED = "AS_EXPECTED"
    TOO_EARLY = "TOO_EARLY"
    NO_TARGET = "NO_TARGET"


@dataclass(frozen=True)
class Spreads:
    """What the counts leave open of alpha and beta: pairs on a grid with their posterior probabilities.

    The prior is flat in the shape of Jeffreys' for the mean rate, and half-normal (1) for the coefficient of variation of the
    sites' rates, 1/√alpha: weak, but it keeps alpha from running away where the counts say little.
    alphas: grid of alpha; centres, errors: for each alpha the most likely logarithm of the mean rate and its standard error;
    weights: alpha × places around the centre (in standard errors), adding up to 1.
    """

    alphas: np.ndarray
    centres: np.ndarray
    errors: np.ndarray
    weights: np.ndarray

    def draw(self, size: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """So many pairs (alpha, beta) of the posterior, spread evenly within their cells."""
        cell = chance.choice(self.weights.size, size, p=self.weights.reshape(-1))
        row, column = np.divmod(cell, self.weights.shape[1])
        width, step = np.log(self.alphas[1] / self.alphas[0]), _AROUND[1] - _AROUND[0]
        alpha = self.alphas[row] * np.exp(width * (chance.random(size) - 0.5))
        mean = np.exp(self.centres[row] + self.errors[row] * (_AROUND[column] + step * (chance.random(size) - 0.5)))
        return alpha, alpha / mean


@dataclass(frozen=True)
class RateModel:
    """Rates of sites as Gamma(alpha, beta), per site-month.

    VARYING: the prior of every site, whose mean is alpha/beta. COMMON: what is known of the one rate, Gamma(½ + N, T).
    SEPARATE: alpha ½ and beta 0, Jeffreys' prior. NONE: alpha and beta are None, and reason says why.
    n_sites, n, months: sites with time behind them, their inclusions and their site-months. cautions: what weakens it.
    spreads: VARYING only, what else alpha and beta may be.
    """

    spread: Spread
    alpha: float | None
    beta: float | None
    n_sites: int
    n: int
    months: float
    reason: str | None = None
    cautions: tuple[str, ...] = ()
    spreads: Spreads | None = field(default=None, compare=False, repr=False)

    @property
    def is_unreliable(self) -> bool:
        """Too few sites or inclusions for an interval to be relied on."""
        return self.n_sites < FEWEST_SITES or self.n < FEWEST_INCLUSIONS

    def posterior(self, n, months) -> tuple[np.ndarray, np.ndarray]:
        """Shape and rate of what is known of each site's rate, from its count and its site-months."""
        n, months = np.asarray(n, dtype=float), np.asarray(months, dtype=float)
        if self.spread is Spread.NONE:
            raise MisuseError("There is no rate yet: ask for the reason first.")
        if self.spread is Spread.COMMON:
            return np.full(n.shape, self.alpha), np.full(n.shape, self.beta)
        return self.alpha + n, self.beta + months


SEPARATE_SITES = RateModel(Spread.SEPARATE, 0.5, 0.0, 0, 0, 0.0)
"""Each site by itself, for whoever may not see the others."""


def fit_rates(n, months) -> RateModel:
    """The spread of the sites' rates by maximum likelihood of the negative binomial that it makes of their counts.

    n, months: inclusions and site-months of each site, to the data cut; a site without time says nothing and is left out.
    When the counts vary no more than Poisson the likelihood has no maximum (alpha grows without end): one common rate
    then, Gamma(½ + N, T). Nobody included yet: no rate, with the reason.
    Raises MisuseError for counts that are negative or not whole, and for inclusions at a site without time.
    """
    n, months = _check(n, months)
    open_sites = months > 0
    n, months = n[open_sites], months[open_sites]
    total, time = int(n.sum()), float(months.sum())
    if not len(n):
        return RateModel(Spread.NONE, None, None, 0, 0, 0.0, Reason(NO_EXPOSURE))
    if not total:
        return RateModel(Spread.NONE, None, None, len(n), 0, time, Reason(TOO_EARLY, months=round(time, 1)))
    cautions = []
    if len(n) < FEWEST_SITES:
        cautions.append(Reason(FEW_SITES, least=FEWEST_SITES))
    if total < FEWEST_INCLUSIONS:
        cautions.append(Reason(FEW_INCLUSIONS, least=FEWEST_INCLUSIONS))
    alpha = _most_likely_alpha(n, months)
    if alpha is None:
        return RateModel(Spread.COMMON, 0.5 + total, time, len(n), total, time, None, (*cautions, Reason(NOT_SPREAD)))
    beta = alpha / _mean_given(alpha, n, months)
    return RateModel(Spread.VARYING, alpha, beta, len(n), total, time, None, tuple(cautions), _spreads(n, months))


def log_likelihood(alpha: float, beta: float, n, months) -> float:
    """Logarithm of the probability of the counts when rates are Gamma(alpha, beta)."""
    n, months = np.asarray(n, dtype=float), np.asarray(months, dtype=float)
    return float(np.sum(
        gammaln(n + alpha) - gammaln(alpha) - gammaln(n + 1)
        - alpha * np.log1p(months / beta) + n * (np.log(months) - np.log(beta + months))
    ))


def estimate_rates(model: RateModel, n, months, expected=None, *, conf_level: float = 0.9) -> pd.DataFrame:
    """Each site's rate per site-month, raw and shrunken, with its interval, and whether it is slow for its target.

    n, months: of each site. expected: inclusions expected of it by now (its target × its time), NaN or 0 where nothing is.
    Columns, one row per site in the order given: raw (n/months, NaN without time), rate, lower, upper (the posterior's
    mean and central interval), p_slow (probability that the rate is below half its target), p_tail (exact probability of
    so few inclusions or fewer at target), pace (a Pace). Below 3 site-months nothing is said of the pace.
    Slow: p_slow above 0.9. Behind: p_tail below 0.05 only.
    """
    n, months = _check(n, months)
    expected = np.full(len(n), np.nan) if expected is None else np.asarray(expected, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(months > 0, n / months, np.nan)
        target = np.where(months > 0, expected / months, np.nan)
    frame = {"raw": raw, "target": target}
    if model.spread is Spread.NONE:
        nothing = np.full(len(n), np.nan)
        frame |= {"rate": nothing, "lower": nothing, "upper": nothing, "p_slow": nothing}
    else:
        shape, rate = model.posterior(n, months)
        tail = (1 - conf_level) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            known = np.where(rate > 0, 1 / np.where(rate > 0, rate, 1), np.nan)
            frame |= {
                "rate": shape * known, "lower": gammaincinv(shape, tail) * known,
                "upper": gammaincinv(shape, 1 - tail) * known,
                "p_slow": np.where(target > 0, gammainc(shape, np.where(target > 0, SLOW_SHARE * target * rate, 0)), np.nan),
            }
    has_target = expected > 0
    frame["p_tail"] = np.where(has_target, gammaincc(n + 1, np.where(has_target, expected, 1.0)), np.nan)
    frame["pace"] = [
        _pace(*site) for site in zip(months.tolist(), has_target.tolist(), frame["p_slow"].tolist(), frame["p_tail"].tolist())
    ]
    return pd.DataFrame(frame)[["raw", "target", "rate", "lower", "upper", "p_slow", "p_tail", "pace"]]


def expect_behind(expected, months) -> float:
    """How many sites would be called behind by chance alone, were every one exactly at target.

    expected: inclusions expected of each site by now. Exact: the counts are whole, so that it is less than 5 % of the sites.
    """
    expected, months = np.asarray(expected, dtype=float), np.asarray(months, dtype=float)
    target = expected[(months >= LEAST_MONTHS) & (expected > 0)]
    first_not_behind = poisson.ppf(TAIL, target)  # the smallest count whose tail is 5 % or more
    return float(poisson.cdf(first_not_behind - 1, target).sum())


def _pace(months: float, has_target: bool, p_slow: float, p_tail: float) -> str:
    if months < LEAST_MONTHS:
        return Pace.TOO_EARLY.value
    if not has_target:
        return Pace.NO_TARGET.value
    if p_slow > SLOW_CERTAINTY:
        return Pace.SLOW.value
    return Pace.BEHIND.value if p_tail < TAIL else Pace.AS_EXPECTED.value


def _most_likely_alpha(n: np.ndarray, months: np.ndarray) -> float | None:
    """The alpha of the highest likelihood, or None where it lies at infinity."""
    mean = n.sum() / months.sum()
    without_spread = float(np.sum(n * np.log(mean * months) - mean * months - gammaln(n + 1)))

    def loss(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        return -log_likelihood(alpha, alpha / _mean_given(alpha, n, months), n, months)

    grid = np.linspace(_LEAST_LOG, _MOST_LOG, 47)
    losses = [loss(point) for point in grid]
    best = int(np.argmin(losses))
    if best == len(grid) - 1:
        return None
    found = minimize_scalar(
        loss, bounds=(grid[max(best - 1, 0)], grid[best + 1]), method="bounded", options={"xatol": 1e-10})
    return float(np.exp(found.x)) if -found.fun > without_spread + 1e-6 else None


def _mean_given(alpha: float, n: np.ndarray, months: np.ndarray) -> float:
    """The most likely mean rate for one alpha: where the score of the mean is 0."""
    mean = n.sum() / months.sum()
    for _ in range(200):
        # weights of the negative binomial: a site counts less the more its own rate is already known
        weight = 1 / (1 + mean * months / alpha)
        renewed = float((weight * n).sum() / (weight * months).sum())
        if abs(renewed - mean) <= 1e-14 * mean:
            return renewed
        mean = renewed
    return mean


def _spreads(n: np.ndarray, months: np.ndarray) -> Spreads:
    """The posterior of alpha and the mean rate, on a grid that follows the likelihood's ridge."""
    means = np.array([_mean_given(alpha, n, months) for alpha in _ALPHAS])
    expected = means[:, None] * months
    errors = 1 / np.sqrt((expected / (1 + expected / _ALPHAS[:, None])).sum(axis=1))
    log_means = np.log(means)[:, None] + errors[:, None] * _AROUND
    betas = _ALPHAS[:, None] * np.exp(-log_means)
    counts, times = np.unique(n, return_counts=True)
    of_alpha = ((gammaln(counts + _ALPHAS[:, None]) - gammaln(_ALPHAS[:, None])) * times).sum(axis=1) + len(n) * _ALPHAS * np.log(_ALPHAS)
    log_weight = of_alpha[:, None] - len(n) * _ALPHAS[:, None] * log_means
    for row, alpha in enumerate(_ALPHAS):
        log_weight[row] -= np.log(betas[row][:, None] + months) @ (alpha + n)
    variation = 1 / np.sqrt(_ALPHAS)
    prior = -0.5 * (variation / _USUAL_VARIATION) ** 2 + np.log(variation)  # density per log alpha
    log_weight += prior[:, None] + 0.5 * log_means + np.log(errors)[:, None]  # Jeffreys' μ^(−½), per log μ, per standard error
    weights = np.exp(log_weight - log_weight.max())
    return Spreads(_ALPHAS, np.log(means), errors, weights / weights.sum())


def _check(n, months) -> tuple[np.ndarray, np.ndarray]:
    n, months = np.asarray(n, dtype=float).reshape(-1), np.asarray(months, dtype=float).reshape(-1)
    if len(n) != len(months):
        raise MisuseError("Inclusions and site-months must be given for the same sites.")
    if not (np.isfinite(n).all() and np.isfinite(months).all() and (n >= 0).all() and (months >= 0).all() and (n == np.floor(n)).all()):
        raise MisuseError("Inclusions are whole numbers from 0, and site-months are not negative.")
    if (n[months == 0] > 0).any():
        raise MisuseError("A site without time has inclusions: its opening is not known, so it has no rate.")
    return n, months
