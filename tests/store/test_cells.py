"""Frames as typed cells, and digests that do not care how the same records came."""

import random
import time
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heroes.errors import RefusedDeliveryError
from heroes.model.records import CLINICAL_TABLES
from heroes.store.cells import as_frame, cells_of
from heroes.store.digests import digest_cut, digest_table
from heroes.store.schema import Kind, columns_of
from tests.builders import a_frame, a_subject, a_trial


def digest(table, frame):
    return digest_table(columns_of(table), cells_of(table, frame))


MILESTONES = [
    {"subject_id": "01-001", "kind": "CONSENT1", "seq": 1, "day": -21},
    {"subject_id": "01-001", "kind": "INCLUDED", "seq": 1, "day": 0},
    {"subject_id": "01-002", "kind": "CONSENT1", "seq": 1, "day": 0},
]


@pytest.mark.parametrize("dtype", ["int64", "Int64", "int32", "float64", object])
def test_whole_numbers_are_the_same_whatever_their_dtype(dtype):
    frame = a_frame("milestone", MILESTONES)
    assert digest("milestone", frame.astype({"day": dtype, "seq": dtype})) == digest("milestone", frame)


@pytest.mark.parametrize("dtype", ["str", "string", "category", object])
def test_text_is_the_same_whatever_its_dtype(dtype):
    frame = a_frame("milestone", MILESTONES)
    assert digest("milestone", frame.astype({"kind": dtype})) == digest("milestone", frame)


def test_the_order_of_rows_and_columns_does_not_matter():
    frame = a_frame("milestone", MILESTONES)
    assert digest("milestone", frame.iloc[::-1][["day", "seq", "kind", "subject_id"]]) == digest("milestone", frame)


def test_dates_are_the_same_as_dates_timestamps_and_text():
    rows = [{"site_id": "01", "activated_on": date(2025, 1, 15)}, {"site_id": "02"}]
    frame = a_frame("site", rows)
    stamps = frame.assign(activated_on=pd.to_datetime(frame["activated_on"]))
    texts = frame.assign(activated_on=["2025-01-15", None])
    assert digest("site", stamps) == digest("site", texts) == digest("site", frame)


def test_decimals_agree_to_twelve_digits_and_differ_before():
    def of(value):
        return digest("site_plan", a_frame("site_plan", [{"site_id": "01", "month": date(2025, 1, 1), "planned_inclusions": value}]))

    assert of(0.1 + 0.2) == of(0.3)  # 0.30000000000000004
    assert of(1 / 3) == of(0.333333333333333)  # fifteen digits, as a CSV has them
    assert of(0.3) != of(0.30000000001)
    assert of(0.0) == of(-0.0)
    assert of(2) == of(2.0)


def test_nothing_is_not_an_empty_text_and_not_the_sign_for_nothing():
    def of(value):
        return digest("site", a_frame("site", [{"site_id": "01", "label": value}]))

    assert len({of(None), of(""), of("\\N"), of("None"), of("nan")}) == 5


@given(st.lists(st.text(alphabet="ab\\\t\n\rN", max_size=4), min_size=2, max_size=2), st.lists(st.text(alphabet="ab\\\t\n\rN", max_size=4), min_size=2, max_size=2))
def test_different_text_never_has_the_same_digest(one, other):
    def of(pair):
        return digest("site", a_frame("site", [{"site_id": "01", "label": pair[0], "region": pair[1]}]))

    assert (of(one) == of(other)) == (one == other)


def test_missing_values_are_the_same_however_they_are_written():
    frames = [a_frame("site", [{"site_id": "01", "target_n": gap}]) for gap in (None, np.nan, pd.NA, pd.NaT)]
    assert len({digest("site", frame) for frame in frames}) == 1


def test_a_table_without_rows_has_a_digest_of_its_own_name():
    assert digest("lesion", a_frame("lesion", [])) != digest("visit", a_frame("visit", []))


def test_a_column_that_may_be_empty_may_be_absent():
    assert digest("site", pd.DataFrame({"site_id": ["01"]})) == digest("site", a_frame("site", [{"site_id": "01"}]))


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("milestone", "day", 1.5, "a whole number"),
        ("milestone", "day", "12", "a whole number"),
        ("milestone", "day", True, "a whole number"),
        ("milestone", "day", float("inf"), "a whole number"),
        ("milestone", "kind", 7, "text"),
        ("milestone", "kind", "\ud800", "text"),
        ("site", "activated_on", "15/01/2025", "a date"),
        ("site", "activated_on", datetime(2025, 1, 15, 10), "a date"),
        ("subject", "bone_only", "yes", "true or false"),
        ("subject", "months_on_anti_her2", "12", "a number"),
    ],
)
def test_a_cell_of_another_kind_is_refused_without_being_quoted(table, column, value, said):
    rows = {
        "milestone": MILESTONES[0],
        "site": {"site_id": "01"},
        "subject": {"subject_id": "01-001", "site_id": "01", "origin_kind": "INCLUSION"},
    }
    with pytest.raises(RefusedDeliveryError) as refused:
        cells_of(table, a_frame(table, [{**rows[table], column: value}]))
    assert f'Table {table}, column "{column}"' in str(refused.value)
    assert said in str(refused.value)
    assert "15/01" not in str(refused.value)


def test_columns_that_a_table_does_not_know_are_refused():
    with pytest.raises(RefusedDeliveryError, match="does not know: initials"):
        cells_of("site", pd.DataFrame({"site_id": ["01"], "initials": ["x"]}))


def test_a_column_that_must_be_there_is_missed():
    with pytest.raises(RefusedDeliveryError, match='lacks the column "kind"'):
        cells_of("milestone", pd.DataFrame({"subject_id": ["01"], "seq": [1], "day": [0]}))


def test_frames_for_the_database_keep_whole_numbers_whole_where_some_are_missing():
    frame = as_frame("site", cells_of("site", a_frame("site", [{"site_id": "01", "target_n": 5}, {"site_id": "02"}])))
    assert str(frame["target_n"].dtype) == "Int64"
    assert {column.kind for column in columns_of("site")} == {Kind.TEXT, Kind.DATE, Kind.WHOLE}


def test_the_digest_of_a_cut_covers_records_study_and_date_and_not_the_findings():
    contents = a_trial(a_subject(included="2025-01-10"))
    tables = {name: "0" * 64 for name in ("import_issue", *contents.tables)}
    tables |= dict.fromkeys(CLINICAL_TABLES, "a")
    day = date(2026, 1, 31)
    whole = digest_cut("S", day, tables)
    assert whole == digest_cut("S", day, {**tables, "import_issue": "b"})
    assert whole != digest_cut("T", day, tables)
    assert whole != digest_cut("S", date(2026, 2, 1), tables)
    assert all(whole != digest_cut("S", day, {**tables, table: "b"}) for table in CLINICAL_TABLES)


def test_a_hundred_thousand_rows_take_about_a_second():
    n, chance = 100_000, random.Random(1)
    frame = pd.DataFrame(
        {
            "lesion_id": [f"L{i}" for i in range(n)], "day": range(n), "seq": 1, "subject_id": [f"{i % 500:03}" for i in range(n)],
            "evaluator": "INVESTIGATOR", "diameter_mm": [chance.random() * 50 for _ in range(n)], "state": None,
        }
    )
    begun = time.process_time()
    digest("lesion_measure", frame)
    assert time.process_time() - begun < 3  # about 0.7 s on an idle machine
