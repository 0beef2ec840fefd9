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

ANSWER = "answer"
"""Rows of questionnaires under any test code. Answers to items become `qs_item`, forms `qs_form`; scores are only counted."""

ANSWER_COLUMNS = ("subject_id", "instrument", "code", "test", "visit_code", "day", "value", "status", "reason")

LABORATORY = "laboratory_result"
"""Rows of the central laboratory's file of results: they become `ctdna_result` and `specimen`."""

LABORATORY_COLUMNS = (
    "subject_id", "accession", "specimen_id", "design_version", "visit_code", "day", "received_day", "resulted_day", "status", "call",
    "quantity", "qualifier", "mean_vaf_pct", "variants_tracked", "variants_detected", "report_version", "amended", "failure_reason",
)  # fmt: skip

PASSING = {MEASUREMENT: MEASUREMENT_COLUMNS, ANSWER: ANSWER_COLUMNS, LABORATORY: LABORATORY_COLUMNS}
"""Tables that a reading may fill though no data cut has them: what they are for is made of their rows."""

EXTRA_COLUMNS = {"subject": ("reference_date",)}
"""Columns that a reading may fill though they are not stored: the date from which CDISC study days are counted."""


def target_columns(table: str) -> tuple[str, ...]:
    """Columns that a reading into this table may fill."""
    if table in PASSING:
        return PASSING[table]
    return tuple(RECORDS[table].model_fields) + EXTRA_COLUMNS.get(table, ())


@dataclass(frozen=True)
class ColumnKind:
    """kind: text, code (closed list), whole, decimal, truth, date, or time (a patient's day). empty: it may be empty."""

    kind: str
    empty: bool
    codes: tuple[str, ...] = ()


_PASSING_KINDS = {
    "day": "time", "received_day": "time", "resulted_day": "time", "amended": "truth",
    "mean_vaf_pct": "decimal", "variants_tracked": "whole", "variants_detected": "whole",
}  # fmt: skip
"""Kinds of their columns; the others are text."""
_EXTRA_KINDS = {("subject", "reference_date"): ColumnKind("time", True)}


@cache
def column_kinds(table: str) -> dict[str, ColumnKind]:
    """The columns of a table with their kinds, in order."""
    if table in PASSING:
        return {name: ColumnKind(_PASSING_KINDS.get(name, "text"), True) for name in PASSING[table]}
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
