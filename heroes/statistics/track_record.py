"""What earlier forecasts had said against what came: the only honest measure of a forecast.

Each earlier data cut is forecast from as it stood then, and held against what a later cut counted. Cuts near each other see
much the same weeks, so that twelve comparisons are worth fewer than twelve trials.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from heroes.statistics.accrual_outlook import NO_END, look_ahead, months_between, usable_sites
from heroes.statistics.forecast import forecast_accrual
from heroes.statistics.proportions import Proportion, estimate_wilson
from heroes.statistics.site_rates import Spread, fit_rates

LEVELS = (0.8, 0.95)
DRAWS = 5_000


@dataclass(frozen=True)
class EarlierCut:
    """A data cut as it stood: its sites (as the question accrual_exposure answers) and the planned size of then."""

    cut_off: date
    sites: pd.DataFrame
    planned: int | None

    @property
    def n_included(self) -> int:
        return int(self.sites["n_included"].fillna(0).sum())


@dataclass(frozen=True)
class TrackRecord:
    """compared: one row per earlier cut that a later one can be held against: cut_off, n_then, later_cut_off, median, lower_80,
    upper_80, lower_95, upper_95 (inclusions forecast for then), n_later (that came), inside_80, inside_95.
    last: one row per cut, its own forecast of the last planned inclusion: cut_off, last, lower_80, upper_80 (dates, missing
    where there was none). coverage: level → how many of the compared lay inside.
    """

    compared: pd.DataFrame
    last: pd.DataFrame
    coverage: dict[float, Proportion]


def judge_track_record(cuts: list[EarlierCut], steps: int, seed: int) -> TrackRecord:
    """Forecasts of each cut for the cut that comes `steps` later, against what that one counted.

    cuts: oldest first, at even distances, the last being the one on the screen.
    """
    rows, lasts = [], []
    for place, cut in enumerate(cuts):
        outlook = None if cut.planned is None else look_ahead(cut.sites, cut.cut_off, cut.planned, seed=seed, n_draws=DRAWS)
        if outlook is not None:
            lower, upper = outlook.intervals.get(0.8, (None, None))
            lasts.append({"cut_off": cut.cut_off, "last": outlook.last, "lower_80": lower, "upper_80": upper})
        if place + steps < len(cuts):
            row = _compare(cut, cuts[place + steps], seed)
            rows += [row] if row else []
    compared = pd.DataFrame(rows, columns=[
        "cut_off", "n_then", "later_cut_off", "median", "lower_80", "upper_80", "lower_95", "upper_95", "n_later", "inside_80", "inside_95"])
    return TrackRecord(
        compared, pd.DataFrame(lasts, columns=["cut_off", "last", "lower_80", "upper_80"]),
        {level: estimate_wilson(int(compared[f"inside_{100 * level:g}"].sum()), len(compared)) for level in LEVELS})


def _compare(cut: EarlierCut, later: EarlierCut, seed: int) -> dict | None:
    """One comparison; None where there was nothing to forecast from, or nothing left to include."""
    n, months, opens, closes, _ = usable_sites(cut.sites, "n_included")
    model = fit_rates(n, months)
    if model.spread is Spread.NONE or cut.planned is not None and cut.n_included >= cut.planned:
        return None
    still = NO_END if cut.planned is None else cut.planned - cut.n_included
    found = forecast_accrual(
        model, n, months, still=still, seed=seed, opens=opens, closes=closes, at=[months_between(cut.cut_off, later.cut_off)], n_draws=DRAWS)
    if found.counts.empty:
        return None
    counts = found.counts.iloc[0]
    row = {"cut_off": cut.cut_off, "n_then": cut.n_included, "later_cut_off": later.cut_off, "n_later": later.n_included}
    for name in ("median", "lower_80", "upper_80", "lower_95", "upper_95"):
        row[name] = cut.n_included + int(counts[name])
    for level in ("80", "95"):
        row[f"inside_{level}"] = row[f"lower_{level}"] <= later.n_included <= row[f"upper_{level}"]
    return row
