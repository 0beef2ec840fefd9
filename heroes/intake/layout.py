"""What kind of cell each column of our tables holds, and the house layout: files named as our tables need no mapping."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, get_args

from heroes.intake.files.dataset import Dataset
from heroes.intake.mapping import EXTRA_COLUMNS, MEASUREMENT, ColumnEntries, TableRule, target_columns
from heroes.model.records import RECORDS

MANIFEST = "DATA_CUT"
"""`data_cut.csv`: one row with study_id, cut_off, simulated; marker and marker_unit may be there too."""

MANIFEST_COLUMNS = ("study_id", "cut_off", "simulated", "marker", "marker_unit")

PRINCIPAL_TIME = {
    "milestone": "day",
    "visit": "day",
    "specimen": "collected_day",
    "ctdna_result": "day",
    MEASUREMENT: "day",
    "lesion_measure": "day",
    "response": "day",
    "treatment": "start_day",
    "tte": "end_day",
}
"""The time that says when a row happened: by it a row lies before or after the cut-off."""

TIMELESS = frozenset({"screen_outcome", "subject", "lesion", "site", "site_plan", "visit_plan"})


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


def house_table(dataset: Dataset) -> str | None:
    """The table of ours that a dataset is by its whole name, or None. `rs_onco.csv` is none; `site_plan.csv` is one."""
    stem = dataset.file.rsplit("/", 1)[-1].split(".")[0]
    for name in (dataset.name.strip().lower(), stem.strip().lower()):
        if name in RECORDS and name != "import_issue":
            return name
    return None


def is_manifest(dataset: Dataset) -> bool:
    """Is this `data_cut.csv`, which describes the delivery and is no table?"""
    return MANIFEST in (dataset.name.strip().upper(), dataset.file.rsplit("/", 1)[-1].split(".")[0].strip().upper())


def house_rule(dataset: Dataset, table: str) -> tuple[TableRule | None, list[str]]:
    """The reading of a dataset in our own layout, and the columns that are none of ours.

    `<x>_date` stands for `<x>_day` and `date` for `day` (then ISO dates); `mtm_per_ml` is a quantity in MTM/mL. Where a
    date and a day are both delivered the date is believed and the day fills its gaps.
    """
    delivered = {name.strip().lower(): name for name in dataset.frame.columns}
    columns: dict[str, ColumnEntries] = {}
    used: set[str] = set()
    for name, column in column_kinds(table).items():
        rules = []
        dated = (name.removesuffix("day") + "date") if column.kind == "time" and name.endswith("day") else None
        if dated in delivered:
            rules.append(ColumnEntries(column=delivered[dated]))
            used.add(dated)
        if name in delivered:
            relative = column.kind == "time" and name.endswith("day")
            rules.append(ColumnEntries(column=delivered[name], unit="days" if relative else None))
            used.add(name)
        if rules:
            columns[name] = rules[0] if len(rules) == 1 else ColumnEntries(either=rules)
    if table == "ctdna_result" and "mtm_per_ml" in delivered:
        columns["quantity"] = ColumnEntries(column=delivered["mtm_per_ml"])
        columns["unit"] = ColumnEntries(constant="MTM/mL")
        used.add("mtm_per_ml")
    rule = TableRule.model_construct(from_=dataset.name, to=table, columns=columns, unpivot=[], where={}) if columns else None
    return rule, [delivered[name] for name in delivered if name not in used]
