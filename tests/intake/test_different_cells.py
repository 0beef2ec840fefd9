"""Each different cell is read once, however often it occurs: to the same answer as cell by cell."""

from datetime import date, datetime

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.intake import completing, personal
from heroes.intake.identifiers import _judge, _Text
from heroes.intake.parsing import cells, each, is_empty, number_of, parse_dates, text_of, texts

TEXTS = st.sampled_from(["a", "A", "1", "1.0", "2025-01-31", "2025-02-30", "2025-02", "0012", "", " ", "nan", "é", "\ud800", "31/01/2025", "22000"])
NUMBERS = st.one_of(st.integers(-2, 2), st.just(10**30), st.sampled_from([np.int64(1), np.int64(22000)]))
DECIMALS = st.sampled_from([0.0, 1.0, 1.5, np.nan, float("inf"), np.float64(1.0)])
OTHERS = st.sampled_from([True, False, None, pd.NaT, pd.NA, date(2025, 1, 31), datetime(2025, 1, 31, 5), np.datetime64("2025-01-31")])
COLUMN = st.one_of(*(st.lists(st.none() | kind, max_size=8) for kind in (TEXTS, NUMBERS, DECIMALS, OTHERS, st.one_of(TEXTS, NUMBERS, DECIMALS, OTHERS))))


def one_by_one(values: np.ndarray, read) -> list:
    return [None if is_empty(cell) else read(cell) for cell in values]


@settings(deadline=None)
@given(COLUMN)
def test_a_column_reads_as_its_cells_do(column):
    values = cells(column)
    for read in (text_of, number_of, lambda cell: (isinstance(cell, str), isinstance(cell, float), isinstance(cell, bool), str(cell))):
        assert repr(each(values, read).tolist()) == repr(one_by_one(values, read))


@settings(deadline=None)
@given(COLUMN)
def test_a_column_as_text_is_each_cell_as_text(column):
    values = cells(column)
    assert texts(values).tolist() == one_by_one(values, text_of)


KEYS = st.tuples(st.text(alphabet="aAé\U0001f600\uffff0 ", max_size=2), st.integers(-3, 3), st.text(alphabet="ab", max_size=1))


@settings(deadline=None)
@given(st.lists(KEYS, max_size=12), st.permutations(["text", "day", "more"]), st.integers(1, 3))
def test_many_rows_are_sorted_as_a_few_are(rows, names, n):
    """Text in the order of its characters, equal keys in the order they had."""
    frame = pd.DataFrame(rows, columns=["text", "day", "more"], dtype=object).astype({"day": "Int64"}).assign(place=range(len(rows)))
    key, limit = list(names[:n]), completing.MANY
    plain = sorted(frame.to_dict("records"), key=lambda row: [row[name] for name in key])
    try:
        for completing.MANY in (0, 10**9):
            assert completing.sorted_by(frame, key).to_dict("records") == plain
    finally:
        completing.MANY = limit


@settings(deadline=None)
@given(COLUMN, st.sampled_from([None, "%d/%m/%Y", "sas"]))
def test_dates_of_a_column_are_those_of_its_cells(column, form):
    values = cells(column)
    whole = parse_dates(values, form)
    for index in range(len(values)):
        alone = parse_dates(values[index : index + 1], form)
        for name in ("values", "partial", "unreadable", "counted"):
            one, same = getattr(whole, name)[index], getattr(alone, name)[0]
            assert one == same or (np.isnat(one) and np.isnat(same))


PIECES = st.sampled_from([
    "1", "2", "85", "05", "78", "006", "084", "36", "2A", "2b", "06 12 34 56 78", "+33", "0612345678", "@", "a.b", "x.fr", "FR", "FR76 3000 6000 0112 3456 7890 189",
    "M.", "Mme", "Dr", "Pr.", "Professeur", "Monsieur", " ", "\x0b", "\x1c", "\t", "\n", "-", ".", ",", "Durand", "Élise", "é", "٣", "\u2003", "R0000001", "2025-01-31",
    "255.0", "185057800608436",
])  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=12), min_size=1, max_size=5))
def test_nothing_is_overlooked_in_a_text_that_is_not_looked_at_closely(texts):
    for text, is_looked_at in zip(texts, personal.may_hold_any(texts), strict=True):
        assert is_looked_at or _judge(text) == _Text(None, False, False)


def test_plain_codes_dates_and_quantities_need_no_closer_look_and_identifiers_do():
    plain = ["R0000001", "012-000345", "2025-01-31", "0.345", "NEGATIVE", "MTM/mL", "C10", ""]
    close = ["185057800608436", "06 12 34 56 78", "x@y.fr", "FR7630006000011234567890189", "Dr Durand", "Mme\x1cDurand", "é"]
    assert not personal.may_hold_any(plain).any() and personal.may_hold_any(close).all()
