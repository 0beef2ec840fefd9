"""Frames of records as plain Python cells, typed by the record models: what is written and what digests are taken of."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd

from heroes.errors import RefusedDeliveryError
from heroes.store.schema import Column, Kind, columns_of


def cells_of(table: str, frame: pd.DataFrame) -> list[list]:
    """One list of plain values per column of the table's record model; None for missing cells.

    frame: the columns of the record model in any order and of any dtype that holds such values (whole numbers may come
    as floats, dates as dates, timestamps or ISO text). A column that may be empty may be absent.
    Raises RefusedDeliveryError naming table and column, never a value.
    """
    columns = columns_of(table)
    unknown = [name for name in frame.columns if name not in {column.name for column in columns}]
    if unknown:
        raise RefusedDeliveryError(
            f"Table {table} has columns that it does not know: {', '.join(map(str, unknown))}. Nothing was published."
        )
    return [_cells(table, column, frame) for column in columns]


def _cells(table: str, column: Column, frame: pd.DataFrame) -> list:
    if column.name not in frame.columns:
        if column.may_be_empty or column.default is not None:
            return [None if column.default is None else column.default == "true"] * len(frame)
        raise RefusedDeliveryError(f'Table {table} lacks the column "{column.name}". Nothing was published.')
    try:
        return _typed(column.kind, frame[column.name])
    except (TypeError, ValueError, OverflowError):
        raise RefusedDeliveryError(
            f'Table {table}, column "{column.name}": a cell is not of the kind that belongs there '
            f"({_IN_WORDS[column.kind]}). Nothing was published."
        ) from None


_IN_WORDS = {
    Kind.TEXT: "text",
    Kind.WHOLE: "a whole number",
    Kind.NUMBER: "a number",
    Kind.YES_NO: "true or false",
    Kind.DATE: "a date",
    Kind.INSTANT: "a moment",
}


def _typed(kind: Kind, series: pd.Series) -> list:
    missing = series.isna().to_numpy()
    values = series.astype(object).to_numpy(dtype=object)
    turn = {
        Kind.TEXT: _text, Kind.WHOLE: _whole, Kind.NUMBER: _number, Kind.YES_NO: _yes_no, Kind.DATE: _date, Kind.INSTANT: _same
    }[kind]
    return [None if gone else turn(value) for value, gone in zip(values, missing, strict=True)]


def _same(value):
    return value


def _text(value) -> str:
    if not isinstance(value, str):
        raise TypeError
    if not value.isascii():
        value.encode()  # half a character cannot be stored: ValueError
    return str(value)


def _whole(value) -> int:
    whole = int(value)
    if isinstance(value, (bool, np.bool_, str)) or whole != value:
        raise ValueError
    return whole


def _number(value) -> float:
    if isinstance(value, (bool, np.bool_, str)):
        raise TypeError
    return float(value)


def _yes_no(value) -> bool:
    if not isinstance(value, (bool, np.bool_)) and value not in (0, 1):
        raise ValueError
    return bool(value)


def _date(value) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime):
        if (value.hour, value.minute, value.second) != (0, 0, 0):
            raise ValueError
        return value.date()
    if not isinstance(value, date):
        raise TypeError
    return value


def as_frame(table: str, cells: Sequence[Sequence]) -> pd.DataFrame:
    """Cells as a frame whose dtypes a database reads without guessing."""
    dtypes = {
        Kind.TEXT: "str", Kind.WHOLE: "Int64", Kind.NUMBER: "Float64", Kind.YES_NO: "boolean",
        Kind.DATE: "datetime64[us]", Kind.INSTANT: "datetime64[us]",
    }
    return pd.DataFrame(
        {
            column.name: pd.Series(list(values), dtype=object).astype(dtypes[column.kind])
            for column, values in zip(columns_of(table), cells, strict=True)
        }
    )
