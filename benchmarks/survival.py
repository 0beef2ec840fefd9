"""How fast Kaplan–Meier with its interval is, as ratios within one run: `python -m benchmarks.survival [--rows N]`.

Aims on ten million rows: real times at most 1.5 times numpy's argsort of the same array, whole days at most 2.5 times
one bincount; 170 patients under a millisecond. Absolute times vary between machines; the ratios should not. Other
packages are timed beside it when they are installed (lifelines and scikit-survival bring older pandas: give them an
environment of their own). Not part of the tests.
"""

import argparse
import time
from importlib import import_module

import numpy as np

from heroes.statistics.survival import estimate_survival

SEED = 170


def seconds(work, repeats: int) -> float:
    """The fastest of some runs."""
    fastest = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


def report(name: str, took: float, unit: str = "", base: float | None = None, aim: str = "") -> None:
    ratio = f"{took / base:8.2f} × {unit}" if base else ""
    print(f"{name:<46}{took * 1000:12.3f} ms {ratio:<26}{aim}")


def others():
    """Name and estimator of each other package that is here."""
    packages = {
        "lifelines": ("lifelines", lambda m, t, e: m.KaplanMeierFitter().fit(t, e)),
        "scikit-survival": (
            "sksurv.nonparametric", lambda m, t, e: m.kaplan_meier_estimator(e, t, conf_type="log-log")),
    }
    for name, (module, estimate) in packages.items():
        try:
            found = import_module(module)
        except ImportError:
            print(f"{name} is not installed here: left out")
            continue
        yield name, lambda t, e, found=found, estimate=estimate: estimate(found, t, e)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    chance = np.random.default_rng(SEED)
    real = chance.exponential(300, options.rows)
    days = np.minimum(real.astype(np.int64), 1_500)
    events = chance.random(options.rows) < 0.6
    rivals = list(others())

    print(f"{options.rows:,} rows, {np.__name__} {np.__version__}")
    sort = seconds(lambda: np.argsort(real), options.repeats)
    report("np.argsort, real times", sort)
    report("estimate_survival, real times", seconds(lambda: estimate_survival(real, events), options.repeats), "argsort", sort, "aim 1.5")
    count = seconds(lambda: np.bincount(days), 3 * options.repeats)
    report("np.bincount, whole days", count)
    for kind in (np.int64, np.int32, np.float64):
        typed = days.astype(kind)
        took = seconds(lambda typed=typed: estimate_survival(typed, events), 3 * options.repeats)
        report(f"estimate_survival, whole days, {np.dtype(kind).name}", took, "bincount", count, "aim 2.5")
    for name, estimate in rivals:
        few = min(options.rows, 100_000)
        own = seconds(lambda few=few: estimate_survival(days[:few], events[:few]), options.repeats)
        took = seconds(lambda few=few, estimate=estimate: estimate(days[:few], events[:few]), options.repeats)
        report(f"{name}, {few:,} whole days", took, "ours", own)

    few_days, few_events = days[:170], events[:170]
    for conf_type in ("log-log", "beta-product", "thomas-grunkemeier"):
        took = seconds(lambda c=conf_type: estimate_survival(few_days, few_events, conf_type=c), 200)
        report(f"estimate_survival, 170 patients, {conf_type}", took, aim="aim 1 ms" if conf_type == "log-log" else "")
    own = seconds(lambda: estimate_survival(few_days, few_events), 200)
    for name, estimate in rivals:
        report(f"{name}, 170 patients", seconds(lambda e=estimate: e(few_days, few_events), 20), "ours", own)


if __name__ == "__main__":
    main()
