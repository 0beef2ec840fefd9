"""How fast Kaplan–Meier with its interval is, as ratios within one run: `python -m benchmarks.survival [--rows N]`.

Aims on ten million rows: real times at most 1.5 times numpy's argsort of the same array, whole days at most 2.5 times
one bincount of the days as int64; 170 patients under a millisecond. Absolute times vary between machines; the ratios
should not. With `--others PYTHON`, the Python of an environment made from requirements-bench.txt, lifelines and
scikit-survival are timed on the same data in the same run. Not part of the tests; a run is in docs/benchmarks.md.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from heroes.statistics.survival import estimate_survival, row_at

SEED = 170
WHOLE = (np.int64, np.int32, np.int16, np.uint16, np.float64, np.float32)
METHODS = ("log-log", "beta-product", "thomas-grunkemeier")


def fastest(works: dict, repeats: int) -> dict[str, float]:
    """The fastest of some rounds, in seconds; each round does every work once, so that all meet the same weather."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(repeats):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def report(name: str, took: float, unit: str = "", base: float | None = None, aim: str = "") -> None:
    ratio = f"{took / base:10.2f} × {unit}" if base else ""
    print(f"{name:<50}{took * 1000:12.3f} ms {ratio:<26}{aim}".rstrip())


def against_numpy(real, days, events, repeats: int) -> None:
    """Many rows, beside the one numpy operation that any such estimator needs."""
    took = fastest({"sort": lambda: np.argsort(real), "ours": lambda: estimate_survival(real, events)}, repeats)
    report("np.argsort, real times", took["sort"])
    report("estimate_survival, real times", took["ours"], "argsort", took["sort"], "aim 1.5")
    works = {"count": lambda: np.bincount(days)}
    for kind in WHOLE:
        works[np.dtype(kind).name] = lambda typed=days.astype(kind): estimate_survival(typed, events)
    took = fastest(works, 3 * repeats)
    count = took.pop("count")
    report("np.bincount, whole days, int64", count)
    for name, seconds in took.items():
        report(f"estimate_survival, whole days, {name}", seconds, "bincount", count, "aim 2.5")


def small_trials(days, events) -> None:
    works = {kind: lambda kind=kind: estimate_survival(days[:170], events[:170], conf_type=kind) for kind in METHODS}
    for kind, seconds in fastest(works, 200).items():
        report(f"estimate_survival, 170 patients, {kind}", seconds, aim="aim 1 ms" if kind == "log-log" else "")


def against_others(python: str, cases: dict) -> None:
    """Other packages beside ours on the same data, and how far their survival and limits are from ours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.npz"
        arrays = {f"{case} {name}": array for case, data in cases.items() for name, array in zip(("times", "events"), data)}
        np.savez(path, cases=np.array(list(cases)), **arrays)
        done = subprocess.run(
            [python, str(Path(__file__).with_name("others.py")), str(path)], check=True, stdout=subprocess.PIPE, text=True)
    others = json.loads(done.stdout)
    for case, (times, events) in cases.items():
        own = fastest({case: lambda: estimate_survival(times, events)}, 200 if len(times) < 1_000 else 10)[case]
        report(f"estimate_survival, {case}", own)
        curve = estimate_survival(times, events)
        row = row_at(curve, float(np.median(times)))
        ours = np.array([curve.survival[row], curve.lower[row], curve.upper[row]])
        for name, found in others.items():
            theirs = found["cases"][case]
            report(f"{name} {found['version']}, {case}", theirs["seconds"], "ours", own)
            apart = np.abs(ours - theirs["middle"]).max()
            if not apart < 1e-8:
                print(f"    survival or a limit at the middle differs by {apart:.2g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--others", metavar="PYTHON", help="a Python that has requirements-bench.txt installed")
    options = parser.parse_args()
    chance = np.random.default_rng(SEED)
    real = chance.exponential(300, options.rows)
    days = np.minimum(real.astype(np.int64), 1_500)
    events = chance.random(options.rows) < 0.6

    print(f"{options.rows:,} rows, {np.__name__} {np.__version__}")
    against_numpy(real, days, events, options.repeats)
    small_trials(days, events)
    if not options.others:
        print("lifelines and scikit-survival are left out: --others PYTHON times them too")
        return
    sizes = {"170": 170, "10,000": 10_000, "1,000,000": 1_000_000}
    whole = {f"{name} whole days": (days[:n], events[:n]) for name, n in sizes.items() if n <= options.rows}
    few = min(options.rows, 100_000)
    against_others(options.others, whole | {f"{few:,} real times": (real[:few], events[:few])})


if __name__ == "__main__":
    main()
