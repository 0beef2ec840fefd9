"""Whole columns against their records say what rows one by one say: the same rows, the same findings, in the same order."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from heroes.intake.checks import PATIENT_TABLES, _complaints, check_records
from heroes.intake.kinds import column_kinds
from heroes.model.records import RECORDS


def row_by_row(tables: dict[str, pd.DataFrame]) -> list:
    """The findings of the plain way: every row becomes a record."""
    findings, patients = [], set(tables["subject"]["subject_id"]) if "subject" in tables else set()
    for table, frame in tables.items():
        if table in PATIENT_TABLES:
            frame = frame[frame["subject_id"].isin(patients) | frame["subject_id"].isna()]
        rows = [{name: plain(cell) for name, cell in zip(frame.columns, row) if not name.startswith("_")} for row in frame.itertuples(index=False, name=None)]
        try:
            TypeAdapter(list[RECORDS[table]]).validate_python(rows)
        except ValidationError as error:
            findings += _complaints(table, frame, error.errors(include_url=False, include_input=True))
    return findings


def plain(cell):
    """A cell as pydantic sees it: nothing is None, a number is Python's."""
    return None if pd.isna(cell) else cell.item() if isinstance(cell, np.generic) else cell


def a_table(table: str, rows: list[dict]) -> pd.DataFrame:
    """Cells as they came to the checks, with the file and row each row is from."""
    frame = pd.DataFrame(rows, columns=list(RECORDS[table].model_fields), dtype=object)
    return frame.assign(_file=["a.csv", "b.csv"][: len(rows)] * len(frame) if len(frame) == 1 else [f"{'ab'[i % 2]}.csv" for i in range(len(frame))], _row=np.arange(2, 2 + len(frame)))


STRANGE = st.sampled_from([
    None, np.nan, pd.NA, "", " ", "x", "x" * 201, "x" * 1001, "12", "1.5", "true", "yes", "\ud800", "NaN", True, False, 0, 1, -1, 3, 50, 101, 40_001,
    -40_001, 10**20, 0.5, 2.0, 1e300, float("inf"), np.int64(7), np.float64(0.25), np.bool_(True), b"x", "2025-01-15", "2025-13-40", date(2025, 1, 15),
    datetime(2025, 1, 15, 3), (1,), 1 + 2j,
])  # fmt: skip


def fitting(table: str, name: str) -> st.SearchStrategy:
    """Cells that a column takes."""
    kind = column_kinds(table)[name]
    of_kind = {
        "code": lambda: st.sampled_from(kind.codes), "time": lambda: st.integers(-400, 400), "whole": lambda: st.integers(1, 3), "truth": st.booleans,
        "decimal": lambda: st.floats(0, 50), "date": lambda: st.dates(date(2020, 1, 1), date(2030, 1, 1)), "text": lambda: st.sampled_from(["A-1", "A-2"]),
    }[kind.kind]()  # fmt: skip
    return st.none() | of_kind if kind.empty else of_kind


@st.composite
def tables(draw):
    """A subject table of two patients, and one table of which a cell in some is strange."""
    table = draw(st.sampled_from([name for name in RECORDS if name != "import_issue"]))
    rows = draw(st.lists(st.fixed_dictionaries({name: st.one_of(fitting(table, name), fitting(table, name), STRANGE) for name in RECORDS[table].model_fields}), max_size=4))
    subjects = pd.DataFrame({"subject_id": ["A-1", "A-2"]}, dtype=object)
    subjects = subjects.reindex(columns=list(RECORDS["subject"].model_fields)).astype(object).assign(site_id="01", origin_kind="INCLUSION")
    frame = a_table(table, rows)
    return {table: frame} if table == "subject" else {"subject": subjects, table: frame}


@settings(max_examples=300, deadline=None)
@given(tables())
def test_columns_at_once_say_what_rows_one_by_one_say(found):
    assert check_records(found) == row_by_row(found)


@pytest.mark.parametrize(("name", "cell", "rule"), [
    ("day", None, "missing_value"), ("day", 40_001, "outside_limits"), ("day", "x", "wrong_type"), ("call", "MAYBE", "not_in_list"),
    ("quantity", -0.5, "outside_limits"), ("quantity", float("inf"), "outside_limits"), ("variants_detected", 17, "outside_limits"),
    ("mean_vaf_pct", 100.5, "outside_limits"), ("result_id", "", "missing_value"), ("subject_id", "x" * 201, "unknown"), ("result_id", "x" * 201, "too_long"),
    ("amended", "perhaps", "wrong_type"), ("variants_tracked", 2.5, "wrong_type"), ("marker", 5, "wrong_type"), ("failure_reason", "NONE", "not_in_list"),
])  # fmt: skip
def test_each_rule_of_a_result_holds_both_ways(name, cell, rule):
    good = {"result_id": "R1", "subject_id": "A-1", "day": 5, "call": "NEGATIVE", "marker": "ctDNA", "amended": False}
    subjects = pd.DataFrame({"subject_id": ["A-1"], "site_id": ["01"], "origin_kind": ["INCLUSION"]}, dtype=object)
    subjects = subjects.reindex(columns=list(RECORDS["subject"].model_fields)).astype(object)
    found = {"subject": subjects, "ctdna_result": a_table("ctdna_result", [good, {**good, "result_id": "R2", name: cell}])}
    at_once = check_records(found)
    assert at_once == row_by_row(found)
    if rule == "unknown":  # a row of nobody is refused as such
        assert at_once == []
    else:
        assert [(one.rule, one.column, one.row, one.file) for one in at_once] == [(rule, name, "3", "b.csv")]


def test_no_record_has_a_rule_over_several_columns():
    """What the check of single columns rests on."""
    for record in RECORDS.values():
        decorators = record.__pydantic_decorators__
        assert not decorators.model_validators and not decorators.root_validators and not decorators.field_validators and not decorators.validators
