"""Where accrual is going: the forecast of a data cut as dates, and how it would move if something were done.

From one row per site (inclusions, site-months, when it opens and closes) to the date of the last planned inclusion and the
cumulative inclusions at the end of each month. A what-if changes the sites or their rates, nothing else: what it moves is
seen beside the forecast that nobody touched, from the same seed.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from heroes.errors import MisuseError
from heroes.protocol import DAYS_PER_MONTH
from heroes.statistics.forecast import DRAWS, LEVELS, Forecast, forecast_accrual
from heroes.statistics.screening import Expected, Passage, draw_whole_passage
from heroes.statistics.site_rates import RateModel, fit_rates

LEAST_MONTHS = 1 / DAYS_PER_MONTH
LEAST_AFTER_START_UP = 0.5
ASKED_MONTHS = 60
_NOT_AT_ALL = float("inf")
NO_END = 1_000_000
"""More inclusions than there will ever be: a forecast that nothing ends."""


@dataclass(frozen=True)
class WhatIf:
    """What is imagined. open_sites more sites, open_in months after the cut; sites without an inclusion for silent_days are
    closed; the share of positive baseline tests becomes positivity. Each is left alone at 0 or None."""

    open_sites: int = 0
    open_in: float = 0.0
    silent_days: int | None = None
    positivity: float | None = None

    @property
    def is_nothing(self) -> bool:
        return not self.open_sites and self.silent_days is None and self.positivity is None


NOTHING_IMAGINED = WhatIf()


@dataclass(frozen=True)
class Outlook:
    """A forecast as of a data cut.

    n_included, planned: so far, and in all. n_left_out: sites that are in no rate and in no future, for their opening is not
    known. n_closed: sites that the what-if closes. curve: one row per month end, day and cumulative inclusions: median and
    lower_/upper_ 80, 90, 95; gained, gained_lower, gained_upper (80): inclusions since the month end before.
    last: date of the last planned inclusion; intervals: level → dates. None where it is not reached; the reason is the
    forecast's. p_by_end: probability that it comes by the planned end of inclusion.
    """

    cut_off: date
    n_included: int
    planned: int
    model: RateModel
    forecast: Forecast
    n_left_out: int
    n_closed: int
    curve: pd.DataFrame
    last: date | None
    intervals: dict[float, tuple[date | None, date | None]]
    ends_on: date | None

    @property
    def p_by_end(self) -> float | None:
        return self.forecast.p_by


def look_ahead(
    sites: pd.DataFrame, cut_off: date, planned: int, *, seed: int, ends_on: date | None = None, what_if: WhatIf = NOTHING_IMAGINED,
    baseline: tuple[int, int] = (0, 0), n_draws: int = DRAWS,
) -> Outlook:
    """The outlook of a trial from its sites.

    sites: site_id, n_included, months, opens_in, closes_in, days_since_last_inclusion (as the question accrual_exposure).
    planned: inclusions in all. ends_on: the planned end of inclusion, a day of interest: nothing stops there.
    baseline: positive and evaluable baseline tests so far; what a what-if about positivity is compared with. The rates were
    seen at this share, so each draw multiplies them by (1 − imagined)/(1 − drawn from Beta(½ + positive, ½ + negative)).
    Raises MisuseError for a positivity outside 0–1 or without evaluable tests to compare it with.
    """
    total = int(sites["n_included"].fillna(0).sum())
    n, months, opens, closes, usable = usable_sites(sites, "n_included")
    silent = sites["days_since_last_inclusion"].to_numpy(float, na_value=np.nan)[usable]
    model = fit_rates(n, months)
    is_open = (months > 0) & (closes > 0)
    n_closed = 0
    if what_if.silent_days is not None:
        quiet = np.where(np.isnan(silent), months * DAYS_PER_MONTH, silent)  # nobody so far: since the opening
        shut = is_open & (quiet >= what_if.silent_days)
        closes, n_closed = np.where(shut, 0.0, closes), int(shut.sum())
    if what_if.open_sites:
        more = what_if.open_sites
        n, months = np.concatenate((n, np.zeros(more))), np.concatenate((months, np.zeros(more)))
        opens = np.concatenate((opens, np.full(more, max(what_if.open_in, 0.0))))
        closes = np.concatenate((closes, np.full(more, _NOT_AT_ALL)))
    ends = month_ends(cut_off, ASKED_MONTHS)
    found = forecast_accrual(
        model, n, months, still=planned - total, seed=seed, opens=opens, closes=closes,
        by=None if ends_on is None else months_between(cut_off, ends_on),
        at=[months_between(cut_off, day) for day in ends], factor=_factor(what_if.positivity, baseline, seed, n_draws), n_draws=n_draws,
    )
    waiting = found.waiting
    return Outlook(
        cut_off=cut_off, n_included=total, planned=planned, model=model, forecast=found, n_left_out=int((~usable).sum()),
        n_closed=n_closed, curve=_curve(found, ends, total), last=None if waiting is None else day_after(cut_off, waiting.median),
        intervals={} if waiting is None else {
            level: (day_after(cut_off, lower), day_after(cut_off, upper)) for level, (lower, upper) in waiting.intervals.items()},
        ends_on=ends_on,
    )


def after_start_up(sites: pd.DataFrame, days: float) -> pd.DataFrame:
    """The same sites, their time counted from so many days after each opening: nobody can be included before the way from consent
    to inclusion has been walked, and counting that time makes every young trial look slower than it is.

    Columns months and opens_in are moved; a site that is open but not so long opens for inclusions when the days have passed. A
    site that has included all the same has been at it for half a month at least.
    """
    lag = max(days, 0) / DAYS_PER_MONTH
    months, opens = sites["months"].to_numpy(float), sites["opens_in"].to_numpy(float)
    has = sites["n_included"].fillna(0).to_numpy(float) > 0
    is_young = (opens <= 0) & (months < lag) & ~has
    return sites.assign(
        months=np.maximum(months - lag, np.where(has & (months > 0), np.minimum(LEAST_AFTER_START_UP, months), 0.0)),
        opens_in=np.where(opens > 0, opens + lag, np.where(is_young, lag - months, opens)))


def look_ahead_at_consents(sites: pd.DataFrame, cut_off: date, seed: int, n_months: int = 6) -> pd.DataFrame:
    """First consents to expect until the end of each of the next months: day, median, lower_80, upper_80; empty where there is no rate.

    sites: as in `look_ahead`, with n_consented; sites whose consents were not delivered count as without any.
    """
    n, months, opens, closes, _ = usable_sites(sites, "n_consented")
    ends = month_ends(cut_off, n_months)
    found = forecast_accrual(
        fit_rates(n, months), n, months, still=NO_END, seed=seed, opens=opens, closes=closes, at=[months_between(cut_off, day) for day in ends])
    counts = found.counts[["median", "lower_80", "upper_80"]].reset_index(drop=True)
    return pd.concat([pd.DataFrame({"day": ends[: len(counts)]}), counts], axis=1)


def look_ahead_at_site(
    sites: pd.DataFrame, site: str, cut_off: date, seed: int, *, model: RateModel | None = None, n_months: int = 12
) -> pd.DataFrame:
    """One site's cumulative inclusions to the end of each of the next months, as the curve of an Outlook.

    sites: as in `look_ahead`. model: of the rates; None fits it to all of these sites. Empty where the site's opening is not known,
    where it is closed, or where there is no rate.
    """
    n, months, opens, closes, usable = usable_sites(sites, "n_included")
    place = np.flatnonzero(sites.loc[usable, "site_id"].astype(str).to_numpy() == site)
    total = int(sites.loc[sites["site_id"].astype(str) == site, "n_included"].fillna(0).sum())
    ends = month_ends(cut_off, n_months)
    found = forecast_accrual(
        model or fit_rates(n, months), n[place], months[place], still=NO_END, seed=seed, opens=opens[place], closes=closes[place],
        at=[months_between(cut_off, day) for day in ends])
    return _curve(found, ends, total)


@dataclass(frozen=True)
class ByScreening:
    """The last planned inclusion by way of screening: median and 80 and 95 % limits, None where it is not reached; reason
    where there is no forecast at all. still: inclusions that new consents have to bring."""

    last: date | None
    intervals: dict[float, tuple[date | None, date | None]]
    still: int
    reason: str | None = None


def look_ahead_by_screening(
    sites: pd.DataFrame, cut_off: date, planned: int, passages: list[Passage], coming: Expected, lag_days: float, seed: int,
    n_draws: int = DRAWS,
) -> ByScreening:
    """When the last planned inclusion comes if new first consents come on as often as those whose screening has ended.

    The consents of each site are forecast like inclusions and thinned by the passages, drawn from their Beta posteriors; each
    patient takes lag_days from consent to inclusion. Who is in screening now counts with the number expected of them.
    """
    if coming.estimate is None:
        return ByScreening(None, {}, 0, coming.reason)
    still = max(planned - int(sites["n_included"].fillna(0).sum()) - round(coming.estimate), 0)
    n, months, opens, closes, _ = usable_sites(sites, "n_consented")
    found = forecast_accrual(
        fit_rates(n, months), n, months, still=still, seed=seed, opens=opens, closes=closes,
        factor=draw_whole_passage(passages, seed, n_draws), n_draws=n_draws)
    if found.waiting is None:
        return ByScreening(None, {}, still, found.reason)
    lag = lag_days / DAYS_PER_MONTH

    def day(months: float | None) -> date | None:
        return day_after(cut_off, None if months is None else months + lag)

    return ByScreening(
        day(found.waiting.median), {level: (day(lower), day(upper)) for level, (lower, upper) in found.waiting.intervals.items()}, still)


def usable_sites(sites: pd.DataFrame, counted: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Counts, months, openings and closures of the sites whose opening is known, and which sites of the frame they are."""
    n = sites[counted].fillna(0).to_numpy(float)
    months, opens = sites["months"].to_numpy(float), sites["opens_in"].to_numpy(float)
    closes = np.where(sites["closes_in"].isna(), _NOT_AT_ALL, sites["closes_in"].to_numpy(float))
    usable = ~np.isnan(opens) & ((n == 0) | (months >= LEAST_MONTHS))
    return n[usable], months[usable], opens[usable], closes[usable], usable


def months_between(cut_off: date, day: date) -> float:
    """Months of 30.4375 days from a cut-off to a day."""
    return (day - cut_off).days / DAYS_PER_MONTH


def day_after(cut_off: date, months: float | None) -> date | None:
    """The day on which so many months after the cut-off have passed; None stays None."""
    return None if months is None else cut_off + timedelta(days=int(np.ceil(months * DAYS_PER_MONTH)))


def month_ends(cut_off: date, n: int) -> list[date]:
    """The next n ends of calendar months after a cut-off."""
    first = cut_off.year * 12 + cut_off.month - 1
    ends = [date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1) for month in range(first, first + n + 1)]
    return [day for day in ends if day > cut_off][:n]


def _curve(found: Forecast, ends: list[date], total: int) -> pd.DataFrame:
    counts = found.counts
    curve = pd.DataFrame({"day": ends[: len(counts)]})
    for name in ("median", *(f"{side}_{100 * level:g}" for level in LEVELS for side in ("lower", "upper"))):
        curve[name] = counts[name].to_numpy(float) + total
    for name in ("median", "lower", "upper"):
        curve["gained" if name == "median" else f"gained_{name}"] = counts[f"{name}_in"].to_numpy(float)
    return curve


def _factor(positivity: float | None, baseline: tuple[int, int], seed: int, n_draws: int):
    """What rates are multiplied by if so many baseline tests were positive; None where nothing is imagined."""
    if positivity is None:
        return None
    positive, evaluable = baseline
    if not 0 <= positivity < 1:
        raise MisuseError(f"A share of positive tests lies between 0 and 1; {positivity} does not.")
    if evaluable <= 0:
        raise MisuseError("There is no evaluable baseline test to compare a share of positives with.")
    seen = np.random.default_rng([seed, 1]).beta(0.5 + positive, 0.5 + evaluable - positive, n_draws)
    return (1 - positivity) / (1 - np.minimum(seen, 0.99))
