"""What kind of cell each column holds that a reading may fill: text, code, number, yes/no, date of a site, time of a patient."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, get_args

from heroes.model.records import RECORDS

MEASUREMENT = "measurement"
"""Laboratory rows under any test code. Those of the marker become `ctdna_result`; the others are only counted."""

MEASUREMENT_COLUMNS = (
    "subject_id", "code", "test", "specimen_id", "visit_code", "day", "quantity", "unit", "text", "status", "reason",
)  # fmt: skip

EXTRA_COLUMNS = {"subject": ("reference_date",)}
"""Columns that a reading may fill though they are not stored: the date from which CDISC study days are counted."""


def target_columns(table: str) -> tuple[str, ...]:
    """Columns that a reading into this table may fill."""
    if table == MEASUREMENT:
        return MEASUREMENT_COLUMNS
    return tuple(RECORDS[table].model_fields) + EXTRA_COLUMNS.get(table, ())


@dataclass(frozen=True)
class ColumnKind:
    """kind: text, code (closed list), whole, decimal, truth, date, or time (a patient's day). empty: it may be empty."""

    kind: str
    empty: bool
    codes: tuple[str, ...] = ()


_MEASUREMENT_KINDS = {"day": ColumnKind("time", True), "quantity": ColumnKind("text", True)}
_EXTRA_KINDS = {("subject", "reference_date"): ColumnKind("time", True)}


@cache
def column_kinds(table: str) -> dict[str, ColumnKind]:
    """The columns of a table with their kinds, in order."""
    if table == MEASUREMENT:
        return {name: _MEASUREMENT_KINDS.get(name, ColumnKind("text", True)) for name in target_columns(MEASUREMENT)}
    kinds = {}
    for name, field in RECORDS[table].model_fields.items():
        types = _flat(field.annotation)
        empty = type(None) in types or not field.is_required()
        kinds[name] = ColumnKind(_kind(name, types), empty, _codes(types))
    return kinds | {name: _EXTRA_KINDS[table, name] for name in EXTRA_COLUMNS.get(table, ())}


def _flat(annotation: Any) -> set[type]:
    inner = get_args(annotation)
    if isinstance(annotation, type) or not inner:
        return {annotation}
    return set().union(*(_flat(part) for part in inner if isinstance(part, type) or get_args(part)))


def _codes(types: set[type]) -> tuple[str, ...]:
    return tuple(member.value for kind in types if issubclass(kind, Enum) for member in kind)


def _kind(name: str, types: set[type]) -> str:
    if _codes(types):
        return "code"
    if (name == "day" or name.endswith("_day")) and name != "planned_day":
        return "time"
    for kind, word in ((bool, "truth"), (int, "whole"), (float, "decimal")):
        if kind in types:
            return word
    return "date" if any(kind.__name__ == "date" for kind in types) else "text"


def times_of(table: str) -> tuple[str, ...]:
    """The columns of a table that are days of a patient."""
    return tuple(name for name, column in column_kinds(table).items() if column.kind == "time")
