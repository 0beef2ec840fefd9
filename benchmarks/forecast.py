"""How fast the forecast of accrual is: `python -m benchmarks.forecast`.

Aims: the fit and 20,000 simulated futures with counts for 60 months and the date of the last inclusion in under 200 ms for
35 sites and under one second for 500; some sites yet to open, some to close, which is the slow case. Not part of the
tests; a run is in docs/benchmarks.md. Exit status 1 where an aim is missed.
"""

import argparse
import sys
import time

import numpy as np

from heroes.statistics.forecast import DRAWS, forecast_accrual
from heroes.statistics.site_rates import Spread, fit_rates

SEED = 170
AIMS = {35: 0.2, 500: 1.0}  # seconds


def a_trial(n_sites: int) -> dict:
    """Sites of varying rates in mid-trial: one in five yet to open, one in ten to close."""
    chance = np.random.default_rng(SEED)
    opens = np.where(np.arange(n_sites) % 5 == 4, chance.uniform(0.5, 8, n_sites), 0.0)
    months = np.where(opens > 0, 0.0, chance.uniform(1, 14, n_sites))
    n = chance.poisson(chance.gamma(1.0, 0.25, n_sites) * months)
    closes = np.where(np.arange(n_sites) % 10 == 0, opens + chance.uniform(1, 20, n_sites), np.inf)
    return {"n": n, "months": months, "opens": opens, "closes": closes, "still": 9 * n_sites}


def forecast(trial: dict):
    """What a page asks for: the fit, and the forecast with its counts."""
    model = fit_rates(trial["n"], trial["months"])
    assert model.spread is Spread.VARYING
    return forecast_accrual(
        model, trial["n"], trial["months"], still=trial["still"], seed=SEED, opens=trial["opens"], closes=trial["closes"],
        at=range(1, 61))


def main() -> int:
    """Prints the fastest and the median of the repeats for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    missed = False
    for n_sites, aim in AIMS.items():
        trial, took = a_trial(n_sites), []
        for _ in range(options.repeats):
            start = time.perf_counter()
            found = forecast(trial)
            took.append(time.perf_counter() - start)
        missed |= float(np.median(took)) > aim
        print(
            f"forecast, {n_sites} sites × {DRAWS:,} futures, {len(found.counts)} months: fastest {min(took) * 1000:.0f} ms, "
            f"median {np.median(took) * 1000:.0f} ms, aim {aim * 1000:.0f} ms")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
