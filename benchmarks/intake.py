"""How fast a large delivery comes in, as a ratio within one run: `python -m benchmarks.intake [--rows N]`.

A delivery of a million ctDNA results in our own layout, of a tenth as many patients, is imported into an empty folder:
from the files to the published cut. The yardstick is DuckDB's own read_csv of the same file of results and pydantic's
validation of each of its rows by the same record model. Aims: at most four times the yardstick, and under 1.5 GB.

Each part runs in a process of its own, so that its memory (VmHWM: the most it ever held) is its own. Starting Python and
importing libraries are not counted on either side. The delivery is made twice: with days from each patient's day 0, as the
record has them, and with dates, as a delivery of a real trial has them; the yardstick's record then has dates too. On a
machine with other work the processor's seconds say more than the clock's.
Not part of the tests; a run is in docs/benchmarks.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from pydantic import TypeAdapter, create_model

SEED = 170
CUT_OFF = date(2026, 1, 31)
CHUNK = 20_000
AIM_RATIO, AIM_GB = 4.0, 1.5
FAILURES = ("PLASMA_VOLUME_LOW", "HAEMOLYSIS", "CFDNA_YIELD_LOW", "LIBRARY_QC_FAIL")
RESULTS_EACH = 10


def make_delivery(folder: Path, rows: int, *, dated: bool) -> None:
    """Files of a delivery: data_cut, site, subject, milestone and ctdna_result, drawn with a fixed seed.

    Ten draws of each patient, six weeks apart: one in seven positive, one in fifty not evaluable, one in two hundred an
    earlier version of a later result. A few results contradict themselves, so that there are queries too.
    """
    folder.mkdir(parents=True)
    chance = np.random.default_rng(SEED)
    n = max(1, rows // RESULTS_EACH)
    n_sites = max(1, min(100, n // 50))
    site = chance.integers(0, n_sites, n)
    patients = np.array([f"{number + 1:03d}-{index:06d}" for index, number in enumerate(site)], dtype=object)
    included = np.datetime64("2024-01-01") + chance.integers(0, 300, n)
    cut_off = np.datetime64(CUT_OFF)
    _write(folder, "data_cut", pd.DataFrame({"study_id": ["HEROES"], "cut_off": [CUT_OFF], "simulated": ["true"]}))
    _write(folder, "site", pd.DataFrame({"site_id": [f"{number + 1:03d}" for number in range(n_sites)], "activated_on": "2023-10-01"}))
    subject = pd.DataFrame({
        "subject_id": patients, "site_id": [f"{number + 1:03d}" for number in site], "age_y": chance.integers(30, 85, n), "sex": "F",
        "ecog": chance.integers(0, 2, n),
    })
    steps = {"CONSENT1": included - chance.integers(20, 60, n), "INCLUDED": included}
    milestone = pd.concat([pd.DataFrame({"subject_id": patients, "kind": kind, "when": dates}) for kind, dates in steps.items()])

    who = np.arange(rows) % n
    number = np.arange(rows) // n
    drawn = included[who] + 42 * number + chance.integers(-5, 6, rows)
    reported = drawn + chance.integers(5, 15, rows)
    failed, positive = chance.random(rows) < 0.02, chance.random(rows) < 0.14
    positive &= (number > 0) & ~failed
    quantity = np.where(positive, np.round(chance.lognormal(0, 1.5, rows) + 0.01, 3), np.where(failed, np.nan, 0.0))
    quantity[np.flatnonzero(~positive & ~failed)[:: max(1, rows // 500)]] = 0.02  # negative with a quantity: a query each
    detected = np.where(positive, chance.integers(2, 17, rows), np.where(failed, np.nan, 0))
    later = np.full(rows, None, dtype=object)
    old = chance.choice(rows, rows // 200, replace=False)
    names = np.array([f"R{index:07d}" for index in range(rows)], dtype=object)
    later[old] = names[(old + n) % rows]
    result = pd.DataFrame({
        "result_id": names, "specimen_id": [f"L{index:07d}" for index in range(rows)], "subject_id": patients[who],
        "visit_code": np.array([f"C{visit:02d}" for visit in range(RESULTS_EACH + 1)], dtype=object)[np.minimum(number, RESULTS_EACH)],
        "when": drawn, "call": np.where(positive, "POSITIVE", np.where(failed, "NOT_EVALUABLE", "NEGATIVE")), "marker": "ctDNA",
        "quantity": quantity, "unit": np.where(failed, None, "MTM/mL"), "qualifier": np.where(quantity == 0, "=", None),
        "variants_detected": pd.array(detected, dtype="Float64").astype("Int64"), "variants_tracked": 16,
        "mean_vaf_pct": np.where(positive, np.round(chance.random(rows) * 3, 4), np.nan), "design_version": "1",
        "reported": reported, "failure_reason": np.where(failed, chance.choice(FAILURES, rows), None), "amended": "false",
        "superseded_by": later,
    })
    result = result.iloc[chance.permutation(rows)]
    if dated:
        result = result.rename(columns={"when": "date", "reported": "resulted_date"})
        milestone = milestone.rename(columns={"when": "date"})
    else:
        day_0 = pd.Series(included, index=patients)
        for frame, times in ((milestone, {"when": "day"}), (result, {"when": "day", "reported": "resulted_day"})):
            for name, day in times.items():
                frame[day] = (frame.pop(name) - frame["subject_id"].map(day_0)).dt.days
        subject["origin_kind"], subject["origin_to_cut_off_days"] = "INCLUSION", (cut_off - included).astype(int)
    _write(folder, "subject", subject)
    _write(folder, "milestone", milestone)
    _write(folder, "ctdna_result", result)


def _write(folder: Path, table: str, frame: pd.DataFrame) -> None:
    frame.to_csv(folder / f"{table}.csv", index=False)


def run_yardstick(folder: Path) -> dict:
    """DuckDB's read_csv of the results and pydantic's validation of every row, a chunk at a time: nothing is kept."""
    from heroes.model.records import CtdnaResult

    connection = duckdb.connect()
    path = str(folder / "ctdna_result.csv")
    types = {"result_id": "VARCHAR", "design_version": "VARCHAR"}
    result = connection.execute("SELECT * FROM read_csv(?, types = ?)", [path, types])
    names = [entry[0] for entry in result.description]
    record = CtdnaResult
    if "date" in names:  # the same record with dates in the place of days
        fields = {name: (field.annotation, field) for name, field in CtdnaResult.model_fields.items() if not name.endswith("day")}
        record = create_model("Dated", __config__=CtdnaResult.model_config, date=(date, ...), resulted_date=(date | None, None), **fields)
    rows_of = TypeAdapter(list[record])
    n = 0
    while chunk := result.fetchmany(CHUNK):
        rows_of.validate_python([dict(zip(names, row)) for row in chunk])
        n += len(chunk)
    return {"rows": n}


def run_import(folder: Path) -> dict:
    """The whole way into an empty data folder."""
    from heroes.intake.route import import_delivery

    with tempfile.TemporaryDirectory() as data:
        result = import_delivery([folder], Path(data), imported_at=datetime.now(UTC), actor="benchmark", role="ADMIN")
        if result.published is None:
            raise SystemExit("refused: " + "; ".join(str(finding) for finding in result.delivery.findings[:3]))
        cut = result.published.cut
        return {"rows": cut.row_counts["ctdna_result"], "findings": cut.findings, "digest": cut.digest, "bytes": cut.path.stat().st_size}


WORKS = {"yardstick": run_yardstick, "import": run_import}


def most_held() -> float:
    """The most memory that this process ever held, GB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024**2


def run_alone(work: str, folder: Path) -> dict:
    """One work in a process of its own: what it says, seconds on the clock, seconds of the processor, memory."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.intake", "--work", work, "--folder", str(folder)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def work_here(work: str, folder: Path) -> None:
    import heroes.intake.route  # noqa: F401  both sides start with the same libraries

    clock, processor = time.perf_counter(), time.process_time()
    said = WORKS[work](folder)
    print(json.dumps(said | {"seconds": time.perf_counter() - clock, "processor": time.process_time() - processor, "gb": most_held()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", choices=("days", "dates"))
    parser.add_argument("--work", choices=tuple(WORKS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work_here(options.work, options.folder)
        return
    print(f"{options.rows:,} results, duckdb {duckdb.__version__}, pandas {pd.__version__}, {os.cpu_count()} cores")
    print(f"{'':<34}{'clock s':>10}{'processor s':>13}{'GB':>8}")
    for layout in (options.only,) if options.only else ("days", "dates"):
        with tempfile.TemporaryDirectory() as folder:
            delivery = Path(folder) / "delivery"
            make_delivery(delivery, options.rows, dated=layout == "dates")
            best: dict[str, dict] = {}
            for _ in range(options.repeats):
                for work in WORKS:
                    took = run_alone(work, delivery)
                    best[work] = min(best.get(work, took), took, key=lambda one: one["seconds"])
        base, own = best["yardstick"], best["import"]
        for title, took in (("read_csv and pydantic", base), ("files to published cut", own)):
            print(f"{layout + ': ' + title:<34}{took['seconds']:>10.2f}{took['processor']:>13.2f}{took['gb']:>8.2f}")
        print(
            f"{layout}: {own['seconds'] / base['seconds']:.2f} times the yardstick by the clock, {own['processor'] / base['processor']:.2f} by the "
            f"processor (aim {AIM_RATIO:g}), {own['gb']:.2f} GB (aim {AIM_GB:g}); "
            f"{own['rows']:,} results in the cut of {own['bytes'] / 1e6:.0f} MB, findings {own['findings']}, digest {own['digest'][:12]}"
        )


if __name__ == "__main__":
    main()
