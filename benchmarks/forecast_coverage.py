"""How often the forecast's 80 % interval holds what comes, on trials that break its assumptions: `python -m benchmarks.forecast_coverage`.

The simulated trial has a start-up at each site, summer and Christmas, sites that never include, sites that close, and inclusions
some two months after consent. Each trial is forecast at fixed shares of its accrual for 13 weeks ahead and for the date of
the last inclusion, with a site's time counted from its opening and from the usual way from consent to inclusion after it. No
bar is set: the figures are in docs/forecast.md.
"""

import argparse
from datetime import date, timedelta

import numpy as np
import pandas as pd

from heroes.protocol import DAYS_PER_MONTH
from heroes.simulate.patients import invite
from heroes.simulate.sites import open_sites
from heroes.statistics.accrual_outlook import after_start_up
from heroes.statistics.forecast import forecast_accrual
from heroes.statistics.site_rates import Spread, fit_rates

SITES, SUBJECTS, AHEAD = 35, 170, timedelta(weeks=13)
SHARES = (0.25, 0.5, 0.75)


def forecasts(seed: int):
    """(share of accrual, counted after the start-up, inside for 13 weeks or None where it was over, inside for the last)."""
    hospitals = open_sites(seed, SITES, SUBJECTS)
    patients = [patient for patient in invite(seed, hospitals, SUBJECTS) if patient.screening.included]
    included = sorted((date.fromordinal(patient.screening.included), patient.site.site_id) for patient in patients)
    for share in SHARES:
        cut_off = included[int(share * len(included))][0]
        way = np.median([p.screening.included - p.screening.consent1 for p in patients if p.screening.included <= cut_off.toordinal()])
        sites = as_known(hospitals, included, cut_off)
        for start_up in (0, way):
            inside = hold(after_start_up(sites, start_up), included, cut_off, seed)
            if inside:
                yield share, bool(start_up), *inside


def as_known(hospitals, included, cut_off: date) -> pd.DataFrame:
    """Sites as a data cut of that day would have them: a closure to come is not known, an opening to come is."""
    rows = []
    for hospital in hospitals:
        opened = date.fromordinal(hospital.activated_on)
        closed = date.fromordinal(hospital.closed_on) if hospital.closed_on and hospital.closed_on <= cut_off.toordinal() else None
        rows.append({
            "n_included": sum(day <= cut_off and site == hospital.site_id for day, site in included),
            "months": max(((closed or cut_off) - opened).days, 0) / DAYS_PER_MONTH,
            "opens_in": max((opened - cut_off).days, 0) / DAYS_PER_MONTH, "closes_in": 0.0 if closed else np.inf})
    return pd.DataFrame(rows)


def hold(sites: pd.DataFrame, included, cut_off: date, seed: int) -> tuple[bool | None, bool] | None:
    """Whether the 80 % intervals hold what came; None where there was nothing to forecast from."""
    n, months = sites.n_included.to_numpy(float), sites.months.to_numpy(float)
    model, so_far = fit_rates(n, months), int(n.sum())
    if model.spread is Spread.NONE:
        return None
    found = forecast_accrual(
        model, n, months, still=len(included) - so_far, seed=seed, opens=sites.opens_in, closes=sites.closes_in,
        at=[AHEAD.days / DAYS_PER_MONTH], n_draws=5_000)
    lower, upper = found.waiting.intervals[0.8]
    last = (included[-1][0] - cut_off).days / DAYS_PER_MONTH
    came = sum(cut_off < day <= cut_off + AHEAD for day, _ in included)
    counts = None if found.counts.empty or cut_off + AHEAD >= included[-1][0] else found.counts.iloc[0]
    return None if counts is None else bool(counts.lower_80 <= came <= counts.upper_80), bool(lower <= last <= upper)


def main() -> None:
    """Prints the coverage at each share of accrual, both ways of counting time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=100)
    options = parser.parse_args()
    rows = [row for seed in range(1, options.trials + 1) for row in forecasts(seed)]
    for after in (False, True):
        for share in SHARES:
            ahead = [inside for at, counted, inside, _ in rows if (at, counted) == (share, after) and inside is not None]
            last = [inside for at, counted, _, inside in rows if (at, counted) == (share, after)]
            print(
                f"time from {'the usual way after the opening' if after else 'the opening'}, {share:.0%} included: "
                f"13 weeks ahead {np.mean(ahead):.0%} of {len(ahead)}, last inclusion {np.mean(last):.0%} of {len(last)}")


if __name__ == "__main__":
    main()
