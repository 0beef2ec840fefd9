"""Findings as they are shown and kept."""

from heroes.intake.findings import ISSUE_COLUMNS, TEXT_LIMIT, Finding, findings_frame, is_refused, name_rows, summary
from heroes.model.records import ImportIssue
from heroes.model.terms import Severity

ERROR = Finding(Severity.ERROR, "nir", "A number.", "Remove it.", file="lb.csv", row="41", column="COMMENT")
QUERY = Finding(Severity.QUERY, "visit_after_death", "A visit after death.", "Ask the site.", table="visit", subject_id="S-1")
NOTE = Finding(Severity.NOTE, "dropped", "x" * 2_000, "No action needed.", file="dm.csv", row="2, 3")


def test_a_finding_says_where_what_and_what_to_do():
    assert str(ERROR) == "lb.csv, row 41, column COMMENT: A number. Remove it."
    assert str(NOTE).startswith("dm.csv, rows 2, 3: x")
    assert str(QUERY) == "A visit after death. Ask the site."


def test_only_an_error_refuses():
    assert is_refused([NOTE, ERROR]) and not is_refused([NOTE, QUERY]) and not is_refused([])


def test_findings_are_counted_by_severity():
    assert summary([NOTE, ERROR, NOTE, QUERY]) == {"ERROR": 1, "QUERY": 1, "NOTE": 2}
    assert summary([]) == {}


def test_rows_are_named_in_order_and_then_counted():
    assert name_rows([41]) == "41"
    assert name_rows([9, 3, 3]) == "3, 9"
    assert name_rows(range(2, 12)) == "2, 3, 4, 5, 6 and 5 more"


def test_queries_and_notes_are_kept_as_records_and_errors_are_not():
    frame = findings_frame([ERROR, QUERY, NOTE])
    assert tuple(frame.columns) == ISSUE_COLUMNS and frame["seq"].tolist() == [1, 2]
    records = [ImportIssue(**{key: value for key, value in row.items() if value is not None}) for row in frame.to_dict("records")]
    assert [record.rule for record in records] == ["visit_after_death", "dropped"]
    assert len(records[1].message) == TEXT_LIMIT and records[0].subject_id == "S-1"
    assert findings_frame([]).shape == (0, len(ISSUE_COLUMNS))
