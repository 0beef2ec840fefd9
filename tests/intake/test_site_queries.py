"""The queries as a table to send to sites, and as CSV that no spreadsheet executes."""

import csv
import io

import pytest

from heroes.cli import main
from heroes.intake.findings import Finding
from heroes.intake.site_queries import COLUMNS, as_csv, issues_table, query_table
from heroes.model.terms import Severity
from tests.intake.deliveries import STEPS, house, read

LATE = STEPS + "A-001,DEATH,2025-06-01\nA-002,CONSENT2,2025-03-01\n"
VISITS = "subject_id,visit_code,date,status\nA-001,M6,2025-08-01,DONE\n"


def test_queries_come_by_site_and_patient_and_nothing_else_does(tmp_path):
    delivery = read(house(tmp_path / "d", milestone=LATE, visit=VISITS))
    table = query_table(delivery.findings, delivery.contents.tables["subject"])
    assert table[["site_id", "subject_id", "rule", "table"]].values.tolist() == [
        ["01", "A-001", "after_death", "visit"], ["02", "A-002", "order_of_steps", "milestone"]]
    assert table["file"].tolist() == ["visit.csv", "milestone.csv"] and table["row"].tolist() == ["2", "6"]
    kept = issues_table(delivery.contents.tables["import_issue"], delivery.contents.tables["subject"])
    assert kept.equals(table)


def test_a_query_about_no_known_patient_has_no_site():
    finding = Finding(Severity.QUERY, "site_closed_before_opened", "x", "y", table="site")
    note = Finding(Severity.NOTE, "relative_times", "x", "y")
    assert query_table([finding, note]).values.tolist() == [[None, None, "site_closed_before_opened", "x", "y", None, None, None, "site"]]
    assert list(query_table([]).columns) == list(COLUMNS)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_would_begin_a_formula_is_text(start):
    finding = Finding(Severity.QUERY, "rule", f"{start}HYPERLINK(0)", 'say "hello", please', file=f"{start}1.csv", subject_id=f"{start}A")
    (row,) = list(csv.DictReader(io.StringIO(as_csv(query_table([finding])), newline="")))
    assert (row["found"], row["file"], row["subject_id"]) == (f"'{start}HYPERLINK(0)", f"'{start}1.csv", f"'{start}A")
    assert row["what_to_do"] == 'say "hello", please' and row["row"] == ""


def test_the_command_writes_them_also_where_it_only_checks(tmp_path, capsys):
    folder = house(tmp_path / "d", milestone=LATE, visit=VISITS)
    file = tmp_path / "queries.csv"
    assert main(["import", str(folder), "--data", str(tmp_path / "data"), "--check", "--queries", str(file)]) == 0
    with file.open(encoding="utf-8", newline="") as text:
        assert [row["site_id"] for row in csv.DictReader(text)] == ["01", "02"]
    capsys.readouterr()
