"""How exactly a birth date is known: to the day it names a person, by year or month it is an age."""

import re
from datetime import date

_YEARS = range(1880, 2036)
_MONTH_AND_YEAR = re.compile(r"(?:\d{4}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{4})$")
_DAY = re.compile(
    r"\d{1,4}\s*[-/. ]\s*(?:\d{1,2}|[^\W\d_]{3,9}\.?)\s*[-/. ]\s*\d{2,4}|\d{1,2}[^\W\d_]{3,9}\d{2,4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}"
)


def has_birth_day(value, *, header_says_date: bool) -> bool:
    """Does a cell under a header of birth give the day?

    Years, year and month, and words without a day do not. header_says_date: a bare number is then taken for a day
    number (SAS, Excel) unless it is a year or a year with month; a birth weight is none.
    """
    if isinstance(value, date):
        return True
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"[+-]?\d+(?:\.0*)?", text):
            return _is_day_number(int(float(text)), header_says_date)
        return _MONTH_AND_YEAR.match(text) is None and _DAY.search(text) is not None
    if isinstance(value, bool) or value != value // 1:
        return False
    return _is_day_number(int(value), header_says_date)


def _is_day_number(number: int, header_says_date: bool) -> bool:
    digits = str(abs(number))
    if number in _YEARS:
        return False
    if len(digits) == 6 and int(digits[:4]) in _YEARS and 1 <= int(digits[4:]) <= 12:
        return False
    if len(digits) == 8 and (int(digits[:4]) in _YEARS or int(digits[4:]) in _YEARS):
        return True
    return header_says_date and abs(number) > 366
