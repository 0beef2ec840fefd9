"""Cells become dates, numbers and truth values of ours; nothing is guessed."""

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heroes.intake.parsing import cells, has_decimal_commas, number_of, parse_dates, qualified_number, text_of, truth_of, whole_days


def one(cell, form=None):
    read = parse_dates(cells([cell]), form)
    if read.partial[0]:
        return "partial"
    if read.unreadable[0]:
        return "unreadable"
    return read.values[0].item()


@pytest.mark.parametrize(
    ("cell", "form", "wanted"),
    [
        ("2025-03-31", None, date(2025, 3, 31)),
        ("2025-03-31T11:45", None, date(2025, 3, 31)),
        (" 2025-03-31 ", None, date(2025, 3, 31)),
        (date(2025, 3, 31), None, date(2025, 3, 31)),
        (datetime(2025, 3, 31, 23, 59), None, date(2025, 3, 31)),
        ("31/03/2025", "%d/%m/%Y", date(2025, 3, 31)),
        (0, None, date(1960, 1, 1)),
        (19725.0, None, date(2014, 1, 2)),  # SAS: 1 January 2014 is day 19 724
        (1704240000.0, None, date(2014, 1, 2)),  # SAS seconds
        ("19725", "sas", date(2014, 1, 2)),
        ("45658", "excel", date(2025, 1, 1)),
        ("2014-02", None, "partial"),
        ("2014", None, "partial"),
        ("2014-02-UN", None, "partial"),
        ("2014---15", None, "partial"),
        ("31/03/2025", None, "unreadable"),  # who knows which is the month
        ("19725", None, "unreadable"),  # in a text it may be Excel's
        ("2025-02-30", None, "unreadable"),
        ("soon", None, "unreadable"),
        (None, None, None),
    ],
)
def test_a_date_is_read_as_it_is_written(cell, form, wanted):
    assert one(cell, form) == wanted


@pytest.mark.parametrize(
    ("cell", "decimal", "wanted"),
    [("1.5", ".", 1.5), ("1,5", ",", 1.5), ("1,5", ".", None), ("<0.3", ".", None), (3, ".", 3.0), ("-2e3", ".", -2000.0),
     ("ten", ".", None), (True, ".", None), (float("inf"), ".", None)],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written(cell, decimal, wanted):
    assert number_of(cell, decimal) == wanted


def test_a_number_is_the_same_from_text_and_from_binary():
    # R writes 15 significant digits; XPT holds the double itself.
    assert number_of("119.630116922781") == number_of(119.63011692278087)


@given(st.floats(min_value=-1e9, max_value=1e9, allow_nan=False))
def test_a_number_survives_being_written_with_15_digits(value):
    assert number_of(f"{value:.15g}") == number_of(value)


def test_a_quantity_keeps_its_qualifier():
    assert qualified_number("<0.3") == ("<", 0.3)
    assert qualified_number("0.42") == (None, 0.42)
    assert qualified_number("NOT DETECTED") == (None, None)


def test_text_of_a_number_is_a_code():
    assert [text_of(cell) for cell in (701.0, 3.5, " a ", True, date(2025, 1, 1))] == ["701", "3.5", "a", "Y", "2025-01-01"]


def test_truth_stays_as_it_is_where_it_is_neither():
    assert [truth_of(cell) for cell in ("Y", "no", "1", "perhaps", False)] == [True, False, True, "perhaps", False]


def test_relative_times_go_to_the_nearest_day():
    assert whole_days(np.array([1.0, 0.5, np.nan]), "weeks")[:2].tolist() == [7.0, 4.0]  # half a week is 3.5 days
    assert whole_days(np.array([12.0]), "months").tolist() == [365.0]  # 12 * 30.4375 = 365.25


@pytest.mark.parametrize(
    "values, read",
    [
        (["1,5", "2"], True), (["0,125", None], True), (["-0,5", "12,345"], True), (["1,2345"], True),
        (["1,234"], False), (["12,345", "1,234"], False),  # thousands as likely as thousandths: nobody can tell
        (["1,5", "2.5"], False), (["1,5", "x"], False), (["1,5,3"], False), (["1;5"], False), (["1", "2"], False), ([None], False),
    ],
)
def test_a_comma_is_a_decimal_point_only_where_it_cannot_part_thousands(values, read):
    assert has_decimal_commas(values) is read
