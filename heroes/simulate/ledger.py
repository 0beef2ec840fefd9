"""What the trial's database held, and when: every version of every record.

A version is known from the day it was entered until the day another one took its place. Cells are in the house layout:
columns of the record models, with calendar dates (`collected_date`, `date`) in place of days.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date

import pandas as pd

from heroes.model.records import RECORDS

KNOWN_FROM, AMENDED_AT = "known_from", "amended_at"
NOT_DELIVERED = {"subject": ("origin_kind", "origin_to_cut_off_days")}
"""Columns that follow from the dates, so that a dated delivery does without them."""


def house_columns(table: str) -> list[str]:
    """Columns of a table as a dated delivery names them."""
    fields = [name for name in RECORDS[table].model_fields if name not in NOT_DELIVERED.get(table, ())]
    return [house_name(table, name) for name in fields]


def house_name(table: str, column: str) -> str:
    """`date` for `day`, `x_date` for `x_day`. The schedule's planned day is a number of days and stays one."""
    if table == "visit_plan":
        return column
    return "date" if column == "day" else column.removesuffix("_day") + "_date" if column.endswith("_day") else column


def is_date(table: str, column: str) -> bool:
    """Does this column of the house layout hold dates?"""
    return column in ("date", "month", "activated_on", "closed_on") or column.endswith("_date")


class Ledger:
    """Versions of records, oldest first within a record. Days are ordinals until `frames` makes dates of them."""

    def __init__(self):
        self._versions: dict[str, list[dict]] = defaultdict(list)
        self._by_subject: dict[tuple[str, str], list[dict]] = defaultdict(list)

    def add(self, table: str, known_from: int, **cells) -> dict:
        """A new record, known from this day."""
        version = {**cells, KNOWN_FROM: known_from, AMENDED_AT: None}
        self._versions[table].append(version)
        if "subject_id" in cells:
            self._by_subject[table, cells["subject_id"]].append(version)
        return version

    def amend(self, table: str, version: dict, known_from: int, **changes) -> dict:
        """The record as it reads from this day on. Amending on the day of entry, or before it, is not seen by anybody
        and moves to the day after."""
        known_from = max(known_from, version[KNOWN_FROM] + 1)
        version[AMENDED_AT] = known_from
        cells = {name: cell for name, cell in version.items() if name not in (KNOWN_FROM, AMENDED_AT)}
        return self.add(table, known_from, **{**cells, **changes})

    def find(self, table: str, subject_id: str, **cells) -> Iterator[dict]:
        """Versions of one patient's records that hold these cells."""
        for version in self._by_subject[table, subject_id]:
            if all(version.get(name) == cell for name, cell in cells.items()):
                yield version

    def remove(self, table: str, subject_id: str, is_gone: Callable[[dict], bool]) -> None:
        """Takes one patient's versions away as if they had never been entered; what such a version amended stands again."""
        own = self._by_subject[table, subject_id]
        kept = [version for version in own if not is_gone(version)]
        if len(kept) == len(own):
            return
        key = [house_name(table, name) for name in RECORDS[table].key]
        followed = {(*(version[name] for name in key), version[KNOWN_FROM]) for version in kept}
        for version in kept:
            if version[AMENDED_AT] is not None and (*(version[name] for name in key), version[AMENDED_AT]) not in followed:
                version[AMENDED_AT] = None
        gone = {id(version) for version in own} - {id(version) for version in kept}
        self._versions[table] = [version for version in self._versions[table] if id(version) not in gone]
        self._by_subject[table, subject_id] = kept

    def frames(self) -> dict[str, pd.DataFrame]:
        """One frame per table: columns of the house layout, then known_from and amended_at (dates, None if never)."""
        frames = {}
        for table in RECORDS:
            if table not in self._versions:
                continue
            rows, columns = self._versions[table], [*house_columns(table), KNOWN_FROM, AMENDED_AT]
            unknown = set().union(*rows) - set(columns)
            if unknown:
                raise KeyError(f"{table} has no column {sorted(unknown)}")
            cells = {}
            for column in columns:
                values = [row.get(column) for row in rows]
                if is_date(table, column) or column in (KNOWN_FROM, AMENDED_AT):
                    values = [None if value is None else date.fromordinal(value) for value in values]
                cells[column] = pd.Series(values, dtype=object)
            frames[table] = pd.DataFrame(cells)
        return frames
