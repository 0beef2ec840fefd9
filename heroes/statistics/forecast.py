"""When will so many more be included? Counts by month and the date of the last one, from the sites' own rates.

Each simulated future draws a rate for every site from what is known of it (Poisson–gamma, Anisimov & Fedorov 2007), lets
sites open and close on their days, and draws the inclusions. The K-th inclusion comes when the expected number that the
drawn rates have reached is as large as the K-th arrival of a unit Poisson process: exact, nothing is stepped through.
Where all sites are open and stay so, the same answer exists in closed form, with the sum of the rates moment-matched to
one gamma distribution; it is given beside the simulation.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import betaprime, nbinom

from heroes.errors import MisuseError
from heroes.labels import mark
from heroes.statistics.binomial import check_count
from heroes.statistics.reasons import Reason
from heroes.statistics.site_rates import RateModel, Spread

DRAWS = 20_000
LEVELS = (0.8, 0.9, 0.95)
LONGEST_MONTHS = 120
MOST_POINTS = 60

REACHED = mark("All planned inclusions are reached.")
NO_SITE_OPEN = mark("No site is open and none is to open: nobody more is to be expected.")


@dataclass(frozen=True)
class Waiting:
    """Months to the last inclusion that is still needed: median and central intervals, level → (lower, upper).

    None stands for "not at all": so many of the simulated futures never get there, because sites close.
    """

    median: float | None
    intervals: dict[float, tuple[float | None, float | None]]


@dataclass(frozen=True)
class ClosedForm:
    """The total rate as one Gamma(shape, rate) distribution per month, matched in mean and variance."""

    shape: float
    rate: float

    def waiting(self, still: int, levels=LEVELS) -> Waiting:
        """Months to the K-th further inclusion: rate × BetaPrime(K, shape)."""
        at = [*_tails(levels), 0.5]
        months = (self.rate * betaprime.ppf(at, still, self.shape)).tolist()
        return Waiting(months[-1], _as_intervals(months[:-1], levels))

    def count(self, horizon: float, levels=LEVELS) -> tuple[int, dict[float, tuple[int, int]]]:
        """Inclusions within so many months: negative binomial (shape, rate/(rate + horizon)); median and intervals."""
        at = [*_tails(levels), 0.5]
        counts = [int(k) for k in nbinom.ppf(at, self.shape, self.rate / (self.rate + horizon))]
        return counts[-1], _as_intervals(counts[:-1], levels)


@dataclass(frozen=True)
class Forecast:
    """What is to be expected after a data cut.

    still: inclusions still needed. rate_now: expected inclusions per month of the sites open now. waiting: months to the last
    one, from the simulation; None with a reason where there is none. p_reached: probability that it comes at all, before
    the end where one is set; p_by: that it comes by the month asked, None where none was. counts: one row per asked month:
    month, median and lower_/upper_ 80, 90, 95 of further inclusions up to then, and median_in, lower_in, upper_in (80) of those since the row before; never beyond what is needed.
    closed_form: where it holds, else None. seed, n_draws: what repeats the simulation.
    """

    still: int
    rate_now: float | None
    waiting: Waiting | None
    p_reached: float | None
    p_by: float | None
    counts: pd.DataFrame
    closed_form: ClosedForm | None
    n_open: int
    n_to_open: int
    seed: int
    n_draws: int
    reason: str | None = None
    cautions: tuple[str, ...] = ()


def match_total_rate(model: RateModel, n, months) -> ClosedForm:
    """The sum of the given sites' rates as one gamma distribution of the same mean and variance."""
    if model.spread is Spread.COMMON:
        return ClosedForm(model.alpha, model.beta / max(len(np.atleast_1d(n)), 1))
    shape, rate = model.posterior(n, months)
    mean, variance = float((shape / rate).sum()), float((shape / rate**2).sum())
    return ClosedForm(mean**2 / variance, mean / variance)


def forecast_accrual(
    model: RateModel, n, months, *, still: int, seed: int, opens=None, closes=None, ends: float | None = None,
    by: float | None = None, at=(), factor=None, known_spread: bool = False, n_draws: int = DRAWS,
) -> Forecast:
    """Inclusions after the data cut, from the sites' rates.

    n, months: of each site, as in `fit_rates`; 0 and 0 for a site that is not open yet. still: inclusions still needed.
    opens, closes: months from the data cut at which each site opens (0 or less: open already) and closes (infinity: stays;
    0 or less: closed already). ends: months to the end of inclusion, where everything stops; None where nothing is to stop.
    by: months to a day of interest. at: months from the data cut, ascending, at which counts are asked. factor: what every rate
    is multiplied by (a number, or one per draw), for what-if questions and thinning. known_spread: alpha and beta are taken as known (as the closed form must);
    else each draw has a pair of its own, as likely as the counts make it, without which intervals are too short. seed: the same
    seed gives the same answer.
    Raises MisuseError for arrays of unequal length, months out of order, or fewer than 100 draws.
    """
    n, months = np.asarray(n, dtype=float).reshape(-1), np.asarray(months, dtype=float).reshape(-1)
    still, n_draws = max(check_count(max(still, 0), "A number of inclusions"), 0), check_count(n_draws, "A number of draws", 100)
    opens = np.zeros(len(n)) if opens is None else np.maximum(np.asarray(opens, dtype=float), 0)
    closes = np.full(len(n), np.inf) if closes is None else np.asarray(closes, dtype=float)
    if not len(n) == len(months) == len(opens) == len(closes):
        raise MisuseError("Counts, site-months, openings and closures must be given for the same sites.")
    at = np.asarray(at, dtype=float).reshape(-1)
    if len(at) and (at[0] <= 0 or (np.diff(at) <= 0).any()):
        raise MisuseError("Months at which counts are asked must ascend from above 0.")
    ends = np.inf if ends is None else max(float(ends), 0.0)
    active = np.minimum(closes, ends) > opens
    is_open = active & (opens <= 0)
    said = {"still": still, "n_open": int(is_open.sum()), "n_to_open": int((active & ~is_open).sum()), "seed": seed,
            "n_draws": n_draws, "cautions": model.cautions}
    no_counts = pd.DataFrame({name: [] for name in _count_names()}, dtype=float)
    nothing = {"waiting": None, "p_reached": None, "p_by": None, "counts": no_counts, "closed_form": None}
    if still == 0:
        return Forecast(rate_now=None, **nothing, reason=Reason(REACHED), **said)
    if model.spread is Spread.NONE:
        return Forecast(rate_now=None, **nothing, reason=model.reason, **said)
    if not active.any():
        return Forecast(rate_now=0.0, **nothing, reason=Reason(NO_SITE_OPEN), **said)
    n, months, opens, closes, is_open = n[active], months[active], opens[active], np.minimum(closes, ends)[active], is_open[active]
    factor = np.asarray(1.0 if factor is None else factor, dtype=float)
    generator = np.random.default_rng(seed)
    rates = _draw_rates(model, n, months, factor, n_draws, generator, known_spread)
    waiting = _draw_waiting(rates, opens, closes, still, generator)
    found = Waiting(*_summed_up(waiting))
    shape, rate = model.posterior(n, months)
    whole = bool(is_open.all() and np.isinf(closes).all() and factor.ndim == 0)
    closed = match_total_rate(model, n, months) if whole else None
    return Forecast(
        rate_now=float((shape / rate)[is_open].sum() * factor.mean()), waiting=found, p_reached=float(np.isfinite(waiting).mean()),
        p_by=None if by is None else float((waiting <= by).mean()),
        counts=_draw_counts(rates, opens, closes, still, _worth_asking(at, found), generator),
        closed_form=ClosedForm(closed.shape, closed.rate / float(factor)) if closed else None, **said,
    )


def forecast_sites(model: RateModel, n, months, horizon: float, *, level: float = 0.8) -> pd.DataFrame:
    """Further inclusions of each site within so many months, were it open for all of them: mean, median, lower, upper.

    Negative binomial with the site's own posterior; NaN where there is no rate. One row per site, in the order given.
    """
    n, months = np.asarray(n, dtype=float), np.asarray(months, dtype=float)
    if model.spread is Spread.NONE:
        return pd.DataFrame(np.nan, index=range(len(n)), columns=["mean", "median", "lower", "upper"])
    shape, rate = model.posterior(n, months)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(rate > 0, rate / (rate + horizon), np.nan)
        mean = np.where(rate > 0, shape / rate * horizon, np.nan)
    places = {"median": 0.5, "lower": (1 - level) / 2, "upper": (1 + level) / 2}
    return pd.DataFrame({"mean": mean, **{name: nbinom.ppf(place, shape, share) for name, place in places.items()}})


def _draw_rates(
    model: RateModel, n, months, factor, n_draws: int, chance: np.random.Generator, known_spread: bool
) -> np.ndarray:
    """Rates, one row per site and one column per draw; with a common rate all rows are the same."""
    shape, rate = model.posterior(n, months)
    if model.spread is Spread.COMMON:
        return np.broadcast_to(chance.standard_gamma(shape[0], n_draws) / rate[0] * factor, (len(n), n_draws))
    rates = np.empty((len(n), n_draws))
    if known_spread or model.spreads is None:
        for row, (a, b) in enumerate(zip(shape.tolist(), rate.tolist(), strict=True)):
            chance.standard_gamma(a, out=rates[row])
            rates[row] /= b
    else:
        alpha, beta = model.spreads.draw(n_draws, chance)
        for row, (count, time) in enumerate(zip(n.tolist(), months.tolist(), strict=True)):
            chance.standard_gamma(alpha + count, out=rates[row])
            rates[row] /= beta + time
    if factor.ndim or factor != 1:
        rates *= factor
    return rates


def _expected_until(rates, opens, closes, moments) -> np.ndarray:
    """Expected inclusions from the data cut to each moment, one row per moment and one column per draw."""
    open_for = np.clip(np.asarray(moments)[:, None], opens, closes) - opens
    return open_for @ rates


def _draw_waiting(rates, opens, closes, still: int, chance: np.random.Generator) -> np.ndarray:
    """Months to the last inclusion needed, one per draw; infinite where it never comes."""
    turns = np.unique(np.concatenate(([0.0], opens, closes[np.isfinite(closes)])))
    reached = _expected_until(rates, opens, closes, turns)
    needed = chance.standard_gamma(still, rates.shape[1])
    stretch = (reached <= needed).sum(axis=0) - 1
    draws = np.arange(rates.shape[1])
    left = needed - reached[stretch, draws]
    slopes = np.stack([((opens <= turn) & (turn < closes)).astype(float) for turn in turns]) @ rates
    slope = slopes[stretch, draws]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(slope > 0, turns[stretch] + left / slope, np.inf)


def _draw_counts(rates, opens, closes, still: int, at: np.ndarray, chance: np.random.Generator) -> pd.DataFrame:
    if not len(at):
        return pd.DataFrame({name: [] for name in _count_names()}, dtype=float)
    steps = np.diff(_expected_until(rates, opens, closes, np.concatenate(([0.0], at))), axis=0)
    drawn = np.minimum(np.cumsum(chance.poisson(np.maximum(steps, 0)), axis=0), still)
    gained = np.diff(drawn, axis=0, prepend=0)
    places = [*_tails(LEVELS), 0.5]
    columns = {"month": at}
    quantiles = _whole_quantiles(drawn, places)
    for row, level in enumerate(LEVELS):
        columns[f"lower_{100 * level:g}"], columns[f"upper_{100 * level:g}"] = quantiles[2 * row], quantiles[2 * row + 1]
    columns["median"] = quantiles[-1]
    columns["lower_in"], columns["upper_in"], columns["median_in"] = _whole_quantiles(gained, (0.1, 0.9, 0.5))
    return pd.DataFrame(columns)[_count_names()]


def _worth_asking(at: np.ndarray, waiting: Waiting) -> np.ndarray:
    """Asked months up to the one after which nearly every future has all inclusions; at most MOST_POINTS of them."""
    last = waiting.intervals[0.95][1]
    if last is not None:
        at = at[: int(np.searchsorted(at, last)) + 1]
    return at[at <= LONGEST_MONTHS][:MOST_POINTS]


def _whole_quantiles(drawn: np.ndarray, places) -> list[np.ndarray]:
    """Quantiles of whole numbers, row by row: the smallest number that at least this share of draws does not exceed."""
    ordered = np.sort(drawn, axis=1)
    size = drawn.shape[1]
    return [ordered[:, min(max(int(np.ceil(place * size - 1e-9)) - 1, 0), size - 1)] for place in places]


def _summed_up(waiting: np.ndarray) -> tuple[float | None, dict[float, tuple[float | None, float | None]]]:
    ordered = np.sort(waiting)

    def at(place: float) -> float | None:
        position = place * (len(ordered) - 1)
        low, high = ordered[int(np.floor(position))], ordered[int(np.ceil(position))]
        return float(low + (high - low) * (position % 1)) if np.isfinite(high) else None

    limits = [at(place) for place in _tails(LEVELS)]
    return at(0.5), _as_intervals(limits, LEVELS)


def _tails(levels) -> list[float]:
    return [place for level in levels for place in ((1 - level) / 2, (1 + level) / 2)]


def _as_intervals(limits, levels) -> dict:
    return {level: (limits[2 * row], limits[2 * row + 1]) for row, level in enumerate(levels)}


def _count_names() -> list[str]:
    sides = [f"{side}_{100 * level:g}" for level in LEVELS for side in ("lower", "upper")]
    return ["month", "median", *sides, "median_in", "lower_in", "upper_in"]
