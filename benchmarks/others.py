"""Times Kaplan–Meier with its interval in lifelines and scikit-survival: started by `benchmarks.survival --others PYTHON`.

Runs in an environment of its own (requirements-bench.txt) and imports nothing of this project. Reads the arrays that
the benchmark wrote, prints one JSON object: each package's version and, per case, the fastest of some runs in seconds
and survival and its limits at the median of all times, for comparison.
"""

import json
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np


def lifelines_curve(times, events):
    from lifelines import KaplanMeierFitter

    fitted = KaplanMeierFitter().fit(times, events)
    lower, upper = fitted.confidence_interval_.to_numpy().T
    return fitted.timeline, fitted.survival_function_.iloc[:, 0].to_numpy(), lower, upper


def scikit_survival_curve(times, events):
    from sksurv.nonparametric import kaplan_meier_estimator

    at, survival, (lower, upper) = kaplan_meier_estimator(events, times, conf_type="log-log")
    return at, survival, lower, upper


PACKAGES = {"lifelines": lifelines_curve, "scikit-survival": scikit_survival_curve}


def middle(times, curve) -> list[float]:
    """Survival and limits at the median of all times."""
    at, *columns = curve
    row = int(np.searchsorted(at, np.median(times), side="right")) - 1
    return [float(column[row]) for column in columns]


def main(path: str) -> None:
    warnings.simplefilter("ignore")
    data = np.load(path)
    found = {}
    for name, estimate in PACKAGES.items():
        cases = {}
        for case in data["cases"]:
            times, events = data[f"{case} times"], data[f"{case} events"]
            estimate(times[:10], events[:10])
            fastest, spent = float("inf"), 0.0
            while spent < 2 or fastest == float("inf"):
                start = time.perf_counter()
                curve = estimate(times, events)
                took = time.perf_counter() - start
                fastest, spent = min(fastest, took), spent + took
            cases[str(case)] = {"seconds": fastest, "middle": middle(times, curve)}
        found[name] = {"version": version(name), "cases": cases}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
