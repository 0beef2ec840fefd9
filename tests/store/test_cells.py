"""Frames as typed cells, and digests that do not care how the same records came."""

import random
import time
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import RefusedDeliveryError
from heroes.model.records import CLINICAL_TABLES
from heroes.store.cells import TYPES, cells_of, typed, typed_at_once
from heroes.store.digests import digest_batches, digest_cut, digest_table
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


def test_whole_numbers_stay_whole_where_some_are_missing():
    cells = cells_of("site", a_frame("site", [{"site_id": "01", "target_n": 5}, {"site_id": "02"}]))
    held = dict(zip((column.name for column in columns_of("site")), cells, strict=True))
    assert str(held["target_n"].type) == "int64" and held["target_n"].to_pylist() == [5, None]
    assert {column.kind for column in columns_of("site")} == {Kind.TEXT, Kind.DATE, Kind.WHOLE}


CELLS = st.one_of(
    st.none(), st.text(alphabet="ab\\\t\n\r\x00éN\U0001f600", max_size=3), st.integers(-(2**62), 2**62), st.floats(), st.booleans(), st.dates(),
    st.sampled_from([np.nan, pd.NaT, pd.NA, np.int64(3), np.float64(2.0), np.bool_(True), "2025-01-15", b"ab", "\ud800", 10**30, 3 + 0j]),
)
ALIKE = st.one_of(*(
    st.lists(st.one_of(st.sampled_from([None, np.nan]), kind), max_size=6)
    for kind in (st.text(alphabet="ab\\\té", max_size=3), st.integers(-9, 9), st.floats(), st.booleans(), st.dates())
))


def both_ways(kind: Kind, series: pd.Series):
    """The cells of a column as each way reads them; None for a column that is refused, "…" for one left to the other way."""
    try:
        plain = pa.array(typed(kind, series), TYPES[kind]).to_pylist()
    except (TypeError, ValueError, OverflowError):
        plain = None
    try:
        at_once = typed_at_once(kind, series)
    except (TypeError, ValueError, OverflowError):
        return plain, None
    return plain, "…" if at_once is None else at_once.to_pylist()


@settings(deadline=None)
@given(st.sampled_from([kind for kind in Kind if kind is not Kind.INSTANT]), st.one_of(ALIKE, st.lists(CELLS, max_size=5)))
def test_a_column_read_at_once_is_what_it_is_cell_by_cell(kind, cells):
    plain, at_once = both_ways(kind, pd.Series(cells, dtype=object))
    assert at_once == "…" or repr(at_once) == repr(plain)


@pytest.mark.parametrize(("kind", "series"), [
    (Kind.TEXT, pd.Series(["a", None, "b"], dtype="str")), (Kind.TEXT, pd.Series(["a", None], dtype=object)), (Kind.WHOLE, pd.Series([1, 2])),
    (Kind.WHOLE, pd.Series([1, None], dtype="Int64")), (Kind.NUMBER, pd.Series([0.5, np.nan])),
    (Kind.YES_NO, pd.Series([True, None], dtype="boolean")), (Kind.YES_NO, pd.Series([True, False])), (Kind.WHOLE, pd.Series([3, None], dtype=object)),
])  # fmt: skip
def test_the_usual_columns_are_read_at_once(kind, series):
    plain, at_once = both_ways(kind, series)
    assert at_once != "…" and at_once == plain


ROWS = st.lists(
    st.tuples(
        st.text(alphabet="ab\\\t\n\ré\U0001f600\uffffN", max_size=3), st.none() | st.text(alphabet="\\N\t", max_size=2), st.none() | st.text(max_size=2),
        st.none() | st.dates(date(1900, 1, 1)), st.none() | st.dates(date(1900, 1, 1)), st.none() | st.integers(-5, 2**31 - 1),
    ), max_size=8,
)  # fmt: skip
NUMBERS = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 0.1 + 0.2, 1e-7, 1e22, 123456789012.5])


@settings(deadline=None)
@given(ROWS, st.integers(1, 4))
def test_a_digest_by_batches_is_the_digest_of_the_table(rows, size):
    columns = columns_of("site")
    arrays = cells_of("site", pd.DataFrame(rows, columns=[column.name for column in columns], dtype=object))
    whole = pa.record_batch(arrays, names=[column.name for column in columns])
    batches = [whole.slice(start, size) for start in range(0, len(whole), size)]
    assert digest_batches(columns, batches) == digest_table(columns, [values.to_pylist() for values in arrays])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.none() | NUMBERS, st.none() | st.booleans()), max_size=8))
def test_numbers_and_truths_have_one_digest_too(rows):
    columns = [column for name in ("day", "diameter_mm") for column in columns_of("lesion_measure") if column.name == name]
    columns += [column for column in columns_of("response") if column.name == "equivocal"]
    cells = [list(values) for values in zip(*rows, strict=True)] or [[], [], []]
    arrays = [pa.array(values, kind) for values, kind in zip(cells, (pa.int32(), pa.float64(), pa.bool_()), strict=True)]
    assert digest_batches(columns, [pa.record_batch(arrays, names=["a", "b", "c"])]) == digest_table(columns, cells)


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
