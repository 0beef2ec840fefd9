"""SAS dates: days or seconds since 1 January 1960, told from other numbers by the variable's format alone."""

import re
from datetime import date, datetime, timedelta

from heroes.intake.files.reading import whole_numbers

SAS_DAY_0 = date(1960, 1, 1)
_SAS_SECOND_0 = datetime(1960, 1, 1)
_FIRST_DAY = (date(1582, 1, 1) - SAS_DAY_0).days
_LAST_DAY = (date(2999, 12, 31) - SAS_DAY_0).days

_DATE_FORMAT = re.compile(
    r"(?:DATE|DAY|(?:DDMMYY|MMDDYY|YYMMDD)[BCDNPS]?|[EB]8601DA|IS8601DA|WEEKDATE|WEEKDATX|WORDDATE|WORDDATX"
    r"|JULIAN|NLDATE|EURDF\w{2})\d*(?:\.\d*)?$",
    re.IGNORECASE,
)
_DATETIME_FORMAT = re.compile(
    r"(?:DATETIME|[EB]8601D[TNXZ]|IS8601DT|DATEAMPM|MDYAMPM|DTDATE|NLDATM)\d*(?:\.\d*)?$", re.IGNORECASE
)
_TIME_FORMAT = re.compile(r"(?:TIME|TIMEAMPM|TOD|HHMM|[EB]8601TM|IS8601TM|NLTIME|NLTIMAP)\d*(?:\.\d*)?$", re.IGNORECASE)


def date_kind(sas_format: str | None) -> str | None:
    """`date` or `datetime` for a SAS format such as DATE9., E8601DA10. or DATETIME20.; None for any other."""
    text = (sas_format or "").strip()
    if _DATE_FORMAT.match(text):
        return "date"
    return "datetime" if _DATETIME_FORMAT.match(text) else None


def is_time_format(sas_format: str | None) -> bool:
    """Does a number under this format (TIME8., HHMM5. …) count seconds since midnight?"""
    return _TIME_FORMAT.match((sas_format or "").strip()) is not None


def time_of_sas_second(second: float) -> str:
    """A SAS clock time or duration as `HH:MM:SS`; more than 24 hours stay more than 24."""
    whole = round(abs(second))
    return f"{'-' if second < 0 else ''}{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def typed_cells(values: list, is_text: bool, sas_format: str | None) -> tuple[str, list, list[int]]:
    """Kind of a SAS variable, its cells, and the rows (from 1) whose number cannot be the date its format promises."""
    if is_text:
        return "text", values, []
    numbers = [None if value is None or value != value else value for value in values]
    kind = date_kind(sas_format)
    if kind is not None:
        return kind, *dates_of_sas_numbers(numbers, kind)
    if is_time_format(sas_format):
        return "text", [None if value is None else time_of_sas_second(value) for value in numbers], []
    return "number", whole_numbers(numbers), []


def date_of_sas_day(day: float) -> date | None:
    """The date of a SAS day number; None outside the years 1582 to 2999."""
    if not _FIRST_DAY <= day < _LAST_DAY + 1:
        return None
    return SAS_DAY_0 + timedelta(days=int(day // 1))


def datetime_of_sas_second(second: float) -> datetime | None:
    """The date and time of a SAS date-time, to the millisecond; None outside the years 1582 to 2999."""
    if date_of_sas_day(second // 86_400) is None:
        return None
    return _SAS_SECOND_0 + timedelta(milliseconds=round(second * 1000))


def dates_of_sas_numbers(values: list, kind: str) -> tuple[list, list[int]]:
    """Numbers of a column as dates or date-times, and the rows (from 1) whose number is none. Other cells stay."""
    convert = date_of_sas_day if kind == "date" else datetime_of_sas_second
    converted = [convert(value) if type(value) in (int, float) else value for value in values]
    bad = [row for row, (before, after) in enumerate(zip(values, converted, strict=True), 1) if after is None and before is not None]
    return converted, bad
