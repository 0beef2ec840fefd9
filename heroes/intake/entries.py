"""Entries of a mapping that could not act where they stand: each is refused in words, for none may be passed over in silence."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from heroes.intake.kinds import column_kinds

if TYPE_CHECKING:
    from heroes.intake.rules import ColumnEntries

DAY_NUMBERS = ("sas", "excel")
"""Formats of dates that are written as day numbers."""

_REPORT = datetime(2001, 11, 23, 13, 45, tzinfo=UTC)
_ARITHMETIC = ("plus", "minus", "scale", "offset", "round", "decimal")
_CODES = ("codes", "others", "otherwise")
_NO_ACTION = {
    "constant": (*_CODES, *_ARITHMETIC, "default"),
    "join": _CODES,
    "either": (*_CODES, *_ARITHMETIC, "format", "unit"),
}
_TIMES_ONLY = ("format", "unit", "study_day")


def complaint_of_pattern(pattern: str) -> str | None:
    """Why a text is no regular expression, or None."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f'"{pattern}" is no regular expression ({error}); correct it'
    return None


def complaint_of_format(form: str, *, is_month: bool = False) -> str | None:
    """Why a format cannot date a day (or, where is_month, a month), or None."""
    if form in DAY_NUMBERS and not is_month:
        return None
    wanted = "year and month" if is_month else "year, month and day"
    try:
        read = datetime.strptime(_REPORT.strftime(form), form)
    except (ValueError, re.error):
        return f'"{form}" is no format of a date; write it in strptime letters, as "%d/%m/%Y"'
    if (read.year, read.month) != (_REPORT.year, _REPORT.month) or not is_month and read.day != _REPORT.day:
        return f'"{form}" does not say {wanted}; a date is never completed'
    return None


def complaint_of_sources(rule: "ColumnEntries") -> str | None:
    """Entries that do not go with the source beside them, whatever column they fill."""
    for source, others in _NO_ACTION.items():
        idle = _set(rule, others) if getattr(rule, source) is not None else []
        if idle:
            where = "; write it into the rules of either" if source == "either" else ""
            return f"names {idle[0]} beside {source}, where it does not act{where}"
    if rule.join is None and _set(rule, ("separator",)):
        return "names separator without join"
    if rule.column is None and _set(rule, _CODES):
        return "names codes without column"
    if rule.otherwise is not None and _set(rule, ("others",)):
        return "names others and otherwise; give one of them"
    return None


def complaint_of_column(table: str, name: str, rule: "ColumnEntries", *, is_relative: bool) -> str | None:
    """Entries that do not go with the kind of the column they fill. is_relative: the mapping has [time]."""
    kind = column_kinds(table)[name].kind
    for inner in rule.either or ():
        found = complaint_of_column(table, name, inner, is_relative=is_relative)
        if found:
            return found
    if kind == "time":
        return _complaint_of_time(rule, is_relative=is_relative)
    if kind == "date":
        idle = _set(rule, ("unit", "study_day", *_ARITHMETIC))
        if idle:
            return f"names {idle[0]}, which does not act on a date of a site"
        return complaint_of_format(rule.format, is_month=name == "month") if rule.format else None
    idle = _set(rule, _TIMES_ONLY)
    return f"names {idle[0]}, which acts on times only; {name} is none" if idle else None


def _complaint_of_time(rule: "ColumnEntries", *, is_relative: bool) -> str | None:
    if rule.either is not None:
        return "names default, which does not act on a time; give another rule in either" if rule.default is not None else None
    counted = rule.unit is not None or isinstance(rule.constant, int | float)
    if counted or (is_relative and rule.format is None and rule.column is not None):
        return 'names others = "skip", which does not act on a time; filter with where' if rule.others == "skip" else None
    idle = _set(rule, (*_CODES, "join", "default", *_ARITHMETIC))
    if idle:
        return f"names {idle[0]}, which does not act on a written date; a relative time has a unit"
    return complaint_of_format(rule.format) if rule.format else None


def _set(rule: "ColumnEntries", names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in rule.model_fields_set and getattr(rule, name) is not None]
