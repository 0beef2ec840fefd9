"""The time, event, cause and group columns of any table, or words about what is wrong with them.

Rows are named as a person finds them in a file whose first row is the header. Codes are named, times never are.
"""

import numpy as np
import pandas as pd

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.grid import check_times

_EVENT_CODES = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
_ENTRY_COLUMNS = {"entry", "entry_time", "entrytime", "tstart", "start_time", "start", "time_start", "left", "truncation"}
_LARGEST_CAUSE = 2.0**53  # above it not every whole number is itself
_SHOWN = 5  # rows or codes named in a message
_LONGEST_CODE = 20


def read_times(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Lengths of follow-up from 0; MisuseError for missing or unreadable cells, OutsideStudyError for impossible times."""
    cells = _column(frame, column)
    _refuse_missing(cells, column)
    if cells.dtype == bool:
        raise MisuseError(f'The column "{column}" holds true and false, not times. Are the columns swapped?')
    times = pd.to_numeric(cells, errors="coerce")
    _refuse(times.isna(), column, "is not a number", "are not numbers")
    return check_times(times.to_numpy(dtype=float))


def read_events(frame: pd.DataFrame, column: str) -> np.ndarray:
    """True where the event was seen, from 0/1 or true/false; MisuseError names any other code it finds."""
    cells = _column(frame, column)
    if cells.dtype == bool:
        return cells.to_numpy()
    _refuse_missing(cells, column)
    events = cells.map({cell: _EVENT_CODES.get(str(cell).strip().lower()) for cell in cells.unique()})
    if events.isna().any():
        raise MisuseError(
            f'The column "{column}" must hold 0 or 1, or true or false, 1 and true for an event that was seen; '
            f"it holds {_codes(cells)}. Recode it first."
        )
    return events.to_numpy(dtype=bool)


def read_causes(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Numbers of causes, 0 for censored; MisuseError names the codes it finds when some are not whole numbers from 0."""
    cells = _column(frame, column)
    _refuse_missing(cells, column)
    causes = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float)
    if not np.all((causes >= 0) & (causes == np.floor(causes)) & (causes < _LARGEST_CAUSE)):
        raise MisuseError(
            f'The column "{column}" must hold 0 for censored and 1, 2 … for the causes; '
            f"it holds {_codes(cells)}. Recode it first."
        )
    return causes.astype(np.int64)


def read_groups(frame: pd.DataFrame, column: str | None) -> tuple[np.ndarray, list[str]]:
    """Each row's group as a number, and the groups' names in ascending order; without a column one group, "all"."""
    if column is None:
        return np.zeros(len(frame), dtype=np.int64), ["all"]
    cells = _column(frame, column)
    _refuse_missing(cells, column)
    numbers, names = pd.factorize(cells, sort=True)
    as_numbers = pd.to_numeric(pd.Series(names), errors="coerce")
    if as_numbers.notna().all():  # numbered groups stand in the order of their numbers, whatever type the column has
        order = np.argsort(as_numbers.to_numpy(), kind="stable")
        numbers, names = np.argsort(order)[numbers], names[order]
    return numbers, [str(name) for name in names]


def refuse_late_entry(frame: pd.DataFrame, chosen: set[str], entry: str | None) -> None:
    """Raises OutsideStudyError when patients come under observation after time 0 (left truncation).

    entry: the column that says when; None looks for a column by the usual names that is not one of those chosen.
    """
    names = [entry] if entry else [n for n in frame.columns if str(n).lower() in _ENTRY_COLUMNS and n not in chosen]
    for name in names:
        late = pd.to_numeric(_column(frame, name), errors="coerce") > 0
        if late.any():
            raise OutsideStudyError(
                f'The column "{name}" says that {int(late.sum())} of {len(frame)} patients entered after time 0. '
                "Late entry (left truncation) needs another estimator, which is not offered: counted as here, those "
                "patients would seem to have been at risk before anyone watched them. Use times from each patient's "
                "own entry, or leave the column out if it means something else."
            )


def _column(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame.columns:
        raise MisuseError(f'There is no column "{column}"; there are {", ".join(map(str, frame.columns))}.')
    return frame[column]


def _refuse_missing(cells: pd.Series, column: str) -> None:
    is_missing = cells.isna()
    if not pd.api.types.is_numeric_dtype(cells):
        is_missing |= cells.map(lambda cell: isinstance(cell, str) and not cell.strip()).astype(bool)
    _refuse(is_missing, column, "is empty", "are empty")


def _refuse(is_wrong: pd.Series, column: str, one: str, several: str) -> None:
    rows = np.flatnonzero(is_wrong.to_numpy(dtype=bool)) + 2
    if len(rows):
        shown = ", ".join(str(row) for row in rows[:_SHOWN]) + (" …" if len(rows) > _SHOWN else "")
        raise MisuseError(
            f'In the column "{column}" {len(rows)} {"cell" if len(rows) == 1 else "cells"} '
            f'{one if len(rows) == 1 else several}: row{"" if len(rows) == 1 else "s"} {shown} '
            "(the header is row 1). Complete or leave out those patients first."
        )


def _codes(cells: pd.Series) -> str:
    codes = sorted({str(cell)[:_LONGEST_CODE] for cell in cells.unique()})
    shown = ", ".join(codes[:_SHOWN])
    return f"{shown} and {len(codes) - _SHOWN} more" if len(codes) > _SHOWN else shown
