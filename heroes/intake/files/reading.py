"""What every reader needs: findings about one file, and cells gathered into a dataset."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from heroes.intake.files.dataset import Dataset, SourceColumn, names_of
from heroes.intake.findings import Finding, name_rows
from heroes.intake.personal import shown_file
from heroes.model.terms import Severity

NOTHING_IMPORTED = "Nothing was imported"


class UnreadableFileError(Exception):
    """A reader gives up on a file; carries the finding that says why. Never leaves `heroes.intake.files`."""

    def __init__(self, finding: Finding):
        super().__init__(finding.rule)
        self.finding = finding


def error(file: str, rule: str, message: str, remedy: str, rows: Iterable[int] | None = None) -> Finding:
    """A finding that publishes nothing. `rows`: rows of the file it is about."""
    row = None if rows is None else name_rows(rows)
    return Finding(Severity.ERROR, rule, message, f"{NOTHING_IMPORTED}; {remedy}", file=file, row=row)


def note(file: str, rule: str, message: str, remedy: str, rows: Iterable[int] | None = None) -> Finding:
    """A finding for the data manager; the file is used."""
    row = None if rows is None else name_rows(rows)
    return Finding(Severity.NOTE, rule, message, remedy, file=file, row=row)


def name_inside(name: str, place: int) -> str:
    """A dataset's name within its file as findings may show it: signs of a path, and names that hold an identifier, are none."""
    return shown_file("".join(sign if sign.isalnum() or sign in "_-" else "_" for sign in name), place)


def dropped_columns(names: Sequence[str], drop: Mapping[str, set[str]], dataset_name: str, file: str) -> set[int]:
    """Places (from 0) of the columns that are never read; capitals or not do not matter, `*` means every dataset."""
    meant = {*names_of(dataset_name, file), "*"}
    unwanted = {column.strip().casefold() for key, columns in drop.items() if key.strip().upper() in meant for column in columns}
    return {place for place, name in enumerate(names) if name.casefold() in unwanted}


def dropped_note(file: str, count: int) -> Finding:
    """What is said of columns that the mapping file drops. They are counted, not named: a name could say too much."""
    what = "1 column was" if count == 1 else f"{count} columns were"
    return note(file, "dropped_by_mapping", f"{what} left unread because the mapping file drops them.", "No action needed.")


def assemble(
    name: str, file: str, columns: Sequence[SourceColumn], cells: Sequence[Sequence], rows: Sequence[int] | np.ndarray
) -> Dataset:
    """A dataset from its cells, column by column. Empty text becomes None; equal texts share their memory."""
    seen: dict[str, str] = {}
    content = {}
    for column, values in zip(columns, cells, strict=True):
        kept = np.empty(len(values), dtype=object)
        kept[:] = [_tidy(value, seen) if isinstance(value, str) else value for value in values]
        content[column.name] = kept
    frame = pd.DataFrame(content, columns=[column.name for column in columns], dtype=object, index=range(len(rows)))
    return Dataset(name.strip().upper(), file, tuple(columns), frame, np.asarray(rows, dtype=np.int64))


def _tidy(text: str, seen: dict[str, str]) -> str | None:
    if not text or text.isspace():
        return None
    return seen.setdefault(text, text)


_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")
_FULL_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$")


def is_full_date(text: str) -> bool:
    """Year, month and day as ISO 8601 writes them, and no more?"""
    return _FULL_DATE.match(text) is not None


def is_full_datetime(text: str) -> bool:
    """Date and clock time as ISO 8601 writes them, without a time zone?"""
    return _FULL_DATETIME.match(text) is not None


def whole_numbers(values: list) -> list:
    """A column of floats that are all whole becomes one of integers, so that 701 stays 701 in every format."""
    if any(type(value) is float for value in values) and all(
        value is None or (type(value) is int) or (type(value) is float and value.is_integer() and abs(value) < 2**53)
        for value in values
    ):
        return [None if value is None else int(value) for value in values]
    return values
