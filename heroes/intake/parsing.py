"""Cells as delivered → text, numbers, truth values and dates of ours. One cell value is read once, however often it occurs.

Nothing is guessed: 03/04/2025 is no date until a mapping says which part is the day, a five-figure number in a text
file is no SAS date until a mapping says so, and a partial date (2014-02) stays partial.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from heroes.protocol import DAYS_PER_MONTH

DAYS_PER = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH, "years": 12 * DAYS_PER_MONTH}
"""Days in one unit of a relative time; twelve months are 365.25 days."""

SAS_EPOCH = date(1960, 1, 1)
EXCEL_EPOCH = date(1899, 12, 30)
LAST_DAY_NUMBER = 60_000
"""Largest SAS day number taken for a date (in the year 2124); above it a number may be SAS seconds."""

SIGNIFICANT_DIGITS = 15
"""Decimals are kept to as many digits as R, SAS and Excel write, so that CSV, XPT and JSON of one table give one number."""

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_PARTIAL = re.compile(r"\d{4}(?:-\d{2})?|\d{4}-(?:\d{2}|-)?-?(?:\d{2}|-)?(?:T.*)?|\d{4}-\d{2}-(?:UN|UNK|XX)|\d{4}-(?:UN|UNK|XX)-(?:UN|UNK|XX)", re.I)
_NUMBER = re.compile(r"([<>~=≤≥]?)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_SIGNED = re.compile(r"\s*([<>~=≤≥])\s*([\d.,+-].*)", re.DOTALL)
_BETWEEN = " /.,-"
_UNKNOWN_PART = re.compile(r"(?<![A-Za-z\d])(?:UN|UNK|XX|NK|00|\?\?|--)(?![A-Za-z\d])[ /.,-]?", re.I)
_TRUE = frozenset({"y", "yes", "true", "1", "t", "oui"})
_FALSE = frozenset({"n", "no", "false", "0", "f", "non"})


def is_empty(cell: Any) -> bool:
    """Does a cell hold nothing?"""
    return cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)) or cell == ""


def cells(values: Iterable) -> np.ndarray:
    """Any column as an object array whose empty cells are None."""
    array = np.array(pd.Series(values, dtype=object), dtype=object)
    array[pd.isna(array)] = None
    return array


_ALIKE = frozenset({"string", "integer", "floating", "boolean"})


def different(values: np.ndarray) -> tuple[np.ndarray, list]:
    """Where each cell stands among the different cells of a column (-1: empty), and those, as they first occur.

    Equal numbers of different types (1, 1.0, True) are different cells.
    """
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) in _ALIKE:
        places, cells_there = pd.factorize(values)
        return places, list(cells_there)
    known: dict[tuple[type, Any], int] = {}
    places = np.array(
        [-1 if cell is None or is_empty(cell) else known.setdefault((cell.__class__, cell), len(known)) for cell in values], dtype=np.intp
    )
    return places, [cell for _, cell in known]


def each(values: np.ndarray, read: Callable[[Any], Any]) -> np.ndarray:
    """Reads each different cell once; empty cells stay None."""
    places, distinct = different(values)
    found = np.empty(len(distinct) + 1, dtype=object)  # the last stays None: an empty cell's place is -1
    found[:-1] = [None if cell.__class__ is str and not cell else read(cell) for cell in distinct]
    return found[places]


def texts(values: np.ndarray) -> np.ndarray:
    """Each cell as text; a column that is text already, without blanks at the ends, as it is."""
    _, distinct = different(values)
    if set(map(type, distinct)) <= {str} and "" not in distinct and list(map(str.strip, distinct)) == distinct:
        return values
    return each(values, text_of)


def lacking(read: np.ndarray, cells_read: np.ndarray) -> np.ndarray:
    """Where a cell holds something of which nothing could be read."""
    return pd.isna(read) & ~pd.isna(cells_read)


def text_of(cell: Any) -> str:
    """A cell as text: 701.0 is "701", a date is written ISO, blanks at the ends are no part of it."""
    if cell.__class__ is str:
        return cell.strip()
    if isinstance(cell, bool | np.bool_):
        return "Y" if cell else "N"
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()


def number_of(cell: Any, decimal: str = ".") -> float | None:
    """A cell as a number, or None where it is none. `<0.3` is no number here: see `qualified_number`."""
    if isinstance(cell, bool | np.bool_ | date):
        return None
    if isinstance(cell, Limited):
        return number_of(cell.written, decimal)
    if isinstance(cell, int | float | np.number):
        value = float(cell)
    else:
        found = _NUMBER.fullmatch(str(cell).strip().replace(decimal, ".") if decimal != "." else str(cell).strip())
        if not found or found[1]:
            return None
        value = float(found[2])
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None


_COMMA = re.compile(r"[+-]?(\d+)(?:,(\d+))?")


def has_decimal_commas(values: Iterable[Any]) -> bool:
    """Are a column's numbers all written with a comma for the point, so that none can mean thousands?

    No cell has a point or anything else, and in at least one the comma parts no group of three digits: `1,5` or `0,125`
    decide, `1,234` alone does not.
    """
    decided = False
    for value in values:
        if value is None:
            continue
        found = _COMMA.fullmatch(text_of(value.written if isinstance(value, Limited) else value))
        if found is None:
            return False
        decided = decided or (found[2] is not None and (len(found[2]) != 3 or not found[1].strip("0")))
    return decided


def qualified_number(cell: Any) -> tuple[str | None, float | None]:
    """A quantity with its qualifier as written: `<0.3` is ("<", 0.3), `0.42` is (None, 0.42), a word is (None, None)."""
    if not isinstance(cell, str):
        return None, number_of(cell)
    found = _NUMBER.fullmatch(cell.strip())
    if not found:
        return None, None
    return found[1] or None, number_of(found[2])


@dataclass(frozen=True)
class Limited:
    """A quantity that is written with a sign before it: `<0.3` is sign "<" and written "0.3"."""

    sign: str
    written: Any

    def __str__(self) -> str:
        return f"{self.sign}{text_of(self.written)}"


def limited(cell: Any) -> Any:
    """A cell with a sign before its quantity as Limited; any other cell as it is."""
    found = _SIGNED.fullmatch(cell) if isinstance(cell, str) else None
    return Limited(found[1], found[2].strip()) if found else cell


def truth_of(cell: Any) -> bool | Any:
    """Y/N, true/false, 1/0 as a truth value; anything else stays as it is for the checks to refuse."""
    if isinstance(cell, bool | np.bool_):
        return bool(cell)
    word = text_of(cell).casefold()
    return True if word in _TRUE else False if word in _FALSE else cell


@dataclass
class Dates:
    """A column of dates. values: datetime64[D], NaT where empty or unreadable.

    partial, unreadable: masks of cells that hold something else than a full date. counted: mask of dates that were
    written as day numbers.
    """

    values: np.ndarray
    partial: np.ndarray
    unreadable: np.ndarray
    counted: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))


def parse_dates(values: np.ndarray, form: str | None = None) -> Dates:
    """A column of delivered dates.

    form: None for ISO 8601 text, dates and (in columns of numbers) SAS day numbers; a strptime pattern; "sas" or
        "excel" for day numbers in text.
    """
    places, distinct = different(values)
    n = len(distinct) + 1  # the last stands for an empty cell
    days = np.full(n, np.datetime64("NaT"), dtype="datetime64[D]")
    partial, unreadable, counted = (np.zeros(n, dtype=bool) for _ in range(3))
    for place, cell in enumerate(distinct):
        if is_empty(cell):
            continue
        day, kind = _date_of(cell, form)
        if kind == "partial":
            partial[place] = True
        elif day is None:
            unreadable[place] = True
        else:
            days[place], counted[place] = day, kind == "counted"
    return Dates(days[places], partial[places], unreadable[places], counted[places])


def _date_of(cell: Any, form: str | None) -> tuple[np.datetime64 | None, str]:
    """(day, "date" | "counted"), (None, "partial") or (None, "unreadable")."""
    try:
        day, kind = _read_date(cell, form)
    except (ValueError, OverflowError):
        return None, "unreadable"
    if day is None:
        return None, kind
    if not 1900 <= day.year <= 2200:
        return None, "unreadable"
    return np.datetime64(day, "D"), kind


def _read_date(cell: Any, form: str | None) -> tuple[date | None, str]:
    if isinstance(cell, datetime):
        return cell.date(), "date"
    if isinstance(cell, date):
        return cell, "date"
    if isinstance(cell, np.datetime64):
        return cell.astype("datetime64[D]").item(), "date"
    if form in ("sas", "excel"):
        number = number_of(cell)
        return (_from_day_number(number, EXCEL_EPOCH if form == "excel" else SAS_EPOCH), "date")
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        return _from_day_number(float(cell), SAS_EPOCH), "counted"
    text = str(cell).strip()
    if form:
        try:
            return datetime.strptime(text, form).date(), "date"
        except ValueError:
            return None, "partial" if _is_partial(text, form) else "unreadable"
    found = _ISO.fullmatch(text)
    if found:
        return date(int(found[1]), int(found[2]), int(found[3])), "date"
    return None, "partial" if _PARTIAL.fullmatch(text) else "unreadable"


def _is_partial(text: str, form: str) -> bool:
    """Is a text that does not follow its format a date that lacks the day, or day and month?

    So is `02/2025` or `UN/02/2025` under `%d/%m/%Y`, and `2025-02` under any format.
    """
    if _PARTIAL.fullmatch(text):
        return True
    known = _UNKNOWN_PART.sub("", text).strip(_BETWEEN)
    for absent in ("d", "dmbB"):
        shorter = re.sub(rf"%[{absent}][{re.escape(_BETWEEN)}]*", "", form).strip(_BETWEEN)
        try:
            datetime.strptime(known, shorter)
        except (ValueError, re.error):
            continue
        return shorter != form
    return False


def _from_day_number(number: float | None, epoch: date) -> date | None:
    if number is None:
        return None
    if abs(number) > LAST_DAY_NUMBER:
        number /= 86_400
    return epoch + timedelta(days=math.floor(number))


def whole_days(values: np.ndarray, unit: str) -> np.ndarray:
    """Relative times in a unit as whole days, to the nearest day; NaN where empty."""
    numbers = np.asarray(values, dtype=float) * DAYS_PER[unit]
    return np.floor(numbers + 0.5)
