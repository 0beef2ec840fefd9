"""How fast the protocol's clocks are, as ratios within one run: `python -m benchmarks.clocks [--patients N]`.

Ten visits a patient, each with a draw and a questionnaire, eight of them with a scan, at 900 sites; a twentieth of the draws is not
made. The yardstick is what any engine must do at least: put as many rows of planned visits in order (cross join of patients and plan, sorted
by patient and day, written as a table). The clocks of the draws alone are timed beside all clocks. Aim: the 76,000 patients' draws under 1 s
on an idle machine of two cores. Not part of the tests; a run is in docs/benchmarks.md.
"""

import argparse

import duckdb

from benchmarks.survival import fastest, report
from heroes.protocol import read_protocol
from heroes.store.parameters import KNOWN
from heroes.store.questions import parameters_of, text_of_question
from heroes.store.schema import TABLES, columns_of

RECORDS = (
    "INSERT INTO subject (subject_id, site_id, origin_kind, origin_to_cut_off_days) "
    "SELECT 'S' || lpad(i::VARCHAR, 6, '0'), (i % 900)::VARCHAR, 'INCLUSION', (i * 37) % 900 FROM range({n}) AS patients (i)",
    "INSERT INTO visit_plan SELECT 'M' || m, round(m * 30.4375), 7, 14, true, m::INTEGER % 3 = 0 AND m > 2, true "
    "FROM (VALUES (1.5), (3), (6), (9), (12), (15), (18), (21), (24), (27)) AS plan (m)",
    "INSERT INTO milestone SELECT subject_id, kind, 1, day FROM subject, "
    "(VALUES ('CONSENT1', -60), ('CONSENT2', -3), ('INCLUDED', 0), ('TX_STOP', 5), ('BASELINE_DRAW', -30)) AS steps (kind, day)",
    "INSERT INTO milestone SELECT subject_id, 'DEATH', 1, origin_to_cut_off_days - 3 FROM subject "
    "WHERE hash(subject_id) % 23 = 0 AND origin_to_cut_off_days > 100",
    "INSERT INTO specimen SELECT subject_id || visit_code, subject_id, visit_code, "
    "planned_day + (hash(subject_id || visit_code) % 12)::INTEGER - 5 AS day, day + 2 FROM subject, visit_plan "
    "WHERE planned_day < origin_to_cut_off_days AND hash(visit_code || subject_id) % 20 <> 0",
    "INSERT INTO ctdna_result (result_id, specimen_id, subject_id, visit_code, day, call, marker, amended, resulted_day) "
    "SELECT specimen_id, specimen_id, subject_id, visit_code, collected_day, "
    "CASE WHEN hash(specimen_id) % 25 = 0 THEN 'POSITIVE' ELSE 'NEGATIVE' END, 'Signatera', false, collected_day + 8 "
    "FROM specimen JOIN subject USING (subject_id) WHERE collected_day < origin_to_cut_off_days - 8",
    "INSERT INTO response (subject_id, day, evaluator, criteria, seq, visit_code, overall, evaluable) "
    "SELECT subject_id, planned_day + (hash(visit_code || subject_id) % 12)::INTEGER - 5, 'INVESTIGATOR', 'RECIST 1.1', 1, visit_code, "
    "CASE WHEN hash(subject_id || visit_code) % 30 = 0 THEN 'PD' ELSE 'PR' END, true FROM subject, visit_plan "
    "WHERE needs_imaging AND planned_day < origin_to_cut_off_days - 10",
    "INSERT INTO qs_form SELECT subject_id, 'QLQ-C30', visit_code, planned_day, 'DONE', NULL FROM subject, visit_plan "
    "WHERE planned_day < origin_to_cut_off_days - 10",
)


def a_large_trial(patients: int) -> duckdb.DuckDBPyConnection:
    """The tables of a data cut in memory, with so many patients."""
    connection = duckdb.connect()
    for table in TABLES:
        columns = ", ".join(f"{column.name} {column.kind}" for column in columns_of(table))
        connection.execute(f"CREATE TABLE {table} ({columns})")
    for statement in RECORDS:
        connection.execute(statement.format(n=patients))
    return connection


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=76_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    connection, protocol = a_large_trial(options.patients), read_protocol()

    def made(sql: str, values: dict | None = None) -> int:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS {sql}", values or {})
        return connection.execute("SELECT count(*) FROM made").fetchone()[0]

    def clocks(question: str) -> int:
        return made(text_of_question(question), {name: KNOWN[name](None, protocol) for name in parameters_of(question)})

    def sorted_rows(times: int) -> int:
        return made(
            "SELECT subject_id, site_id, visit_code, planned_day, window_minus, window_plus, origin_to_cut_off_days, copy "
            f"FROM subject, visit_plan, range({times}) AS copies (copy) ORDER BY subject_id, planned_day, copy"
        )

    n_draws, n_all = clocks("draw_schedule"), clocks("protocol_clocks")
    took = fastest({
        "sort": lambda: sorted_rows(1), "draws": lambda: clocks("draw_schedule"),
        "sort all": lambda: sorted_rows(3), "all": lambda: clocks("protocol_clocks"),
    }, options.repeats)
    print(f"{options.patients:,} patients, {connection.execute('SELECT count(*) FROM visit_plan').fetchone()[0]} visits each, DuckDB {duckdb.__version__}")
    report(f"planned visits in order, {10 * options.patients:,} rows", took["sort"])
    report(f"clocks of the draws, {n_draws:,} rows", took["draws"], "sort", took["sort"])
    report(f"planned visits in order, {30 * options.patients:,} rows", took["sort all"])
    report(f"every clock of the schedule, {n_all:,} rows", took["all"], "sort", took["sort all"])


if __name__ == "__main__":
    main()
