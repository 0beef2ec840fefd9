"""SAS numbers that are dates."""

from datetime import date, datetime

import pytest

from heroes.intake.files.sas_dates import date_kind, date_of_sas_day, dates_of_sas_numbers, datetime_of_sas_second


@pytest.mark.parametrize("sas_format", ["DATE9.", "DATE9", "DATE", "E8601DA", "E8601DA10.", "YYMMDD10.", "YYMMDDD10", "DDMMYYS8.", "B8601DA8.", "date9."])
def test_formats_of_dates(sas_format):
    assert date_kind(sas_format) == "date"


@pytest.mark.parametrize("sas_format", ["DATETIME20.", "DATETIME", "DATETIME22.3", "E8601DT19.", "B8601DT", "IS8601DT"])
def test_formats_of_date_times(sas_format):
    assert date_kind(sas_format) == "datetime"


@pytest.mark.parametrize("sas_format", ["BEST12.", "8.2", "$20.", "", None, "TIME5.", "E8601TM8.", "COMMA10.", "YEAR4.", "DATEX9."])
def test_formats_of_other_things(sas_format):
    assert date_kind(sas_format) is None


def test_day_0_is_the_first_of_january_1960():
    assert date_of_sas_day(0) == date(1960, 1, 1)
    assert date_of_sas_day(-1) == date(1959, 12, 31)
    assert date_of_sas_day(21915.75) == date(2020, 1, 1)
    assert datetime_of_sas_second(86_399.5) == datetime(1960, 1, 1, 23, 59, 59, 500_000)


@pytest.mark.parametrize("number", [9e9, -9e9, float("nan"), float("inf"), 10**400])
def test_numbers_outside_the_calendar_are_no_dates(number):
    assert date_of_sas_day(number) is None


def test_a_column_says_which_rows_are_no_dates():
    assert dates_of_sas_numbers([0, None, 9e9, "x"], "date") == ([date(1960, 1, 1), None, None, "x"], [3])
    assert dates_of_sas_numbers([10**400], "datetime") == ([None], [1])
