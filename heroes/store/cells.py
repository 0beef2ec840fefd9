"""Frames of records as columns of cells, typed by the record models: what is written and what digests are taken of."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from heroes.errors import RefusedDeliveryError
from heroes.store.schema import Column, Kind, columns_of


TYPES = {
    Kind.TEXT: pa.string(), Kind.WHOLE: pa.int64(), Kind.NUMBER: pa.float64(), Kind.YES_NO: pa.bool_(), Kind.DATE: pa.date32(),
    Kind.INSTANT: pa.timestamp("us"),
}  # fmt: skip
"""How each kind of cell is held."""


def cells_of(table: str, frame: pd.DataFrame) -> list[pa.Array]:
    """One typed array per column of the table's record model; null for missing cells.

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


def no_cells(table: str) -> list[pa.Array]:
    """The columns of a table without rows."""
    return arrays_of(table, [[] for _ in columns_of(table)])


def arrays_of(table: str, cells: Sequence[Sequence]) -> list[pa.Array]:
    """Typed arrays from one sequence of plain values per column, None where there is nothing."""
    return [pa.array(values, TYPES[column.kind]) for column, values in zip(columns_of(table), cells, strict=True)]


def _cells(table: str, column: Column, frame: pd.DataFrame) -> pa.Array:
    kind = TYPES[column.kind]
    if column.name not in frame.columns:
        if column.may_be_empty or column.default is not None:
            return pa.array([None if column.default is None else column.default == "true"] * len(frame), kind)
        raise RefusedDeliveryError(f'Table {table} lacks the column "{column.name}". Nothing was published.')
    try:
        values = typed_at_once(column.kind, frame[column.name])
        return pa.array(typed(column.kind, frame[column.name]), kind) if values is None else values
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


def typed_at_once(kind: Kind, series: pd.Series) -> pa.Array | None:
    """A column whose cells are all alike, without looking at each in Python; None where `typed` has to look.

    Takes over what `typed` takes over, to the same cells, and leaves to it whatever it would refuse or convert.
    """
    held = pd.api.types.infer_dtype(series, skipna=True)
    if kind is Kind.TEXT and held == "string":
        return pa.array(series.to_numpy(dtype=object), pa.string(), from_pandas=True)
    if kind is Kind.WHOLE and held == "integer" and isinstance(series.dtype, np.dtype | pd.Int64Dtype):
        values = series.to_numpy(dtype=object) if series.dtype == object else series
        return pa.array(values, pa.int64(), from_pandas=True)
    if kind is Kind.NUMBER and held == "floating" and isinstance(series.dtype, np.dtype):
        return pa.array(series.to_numpy(dtype=float), pa.float64(), from_pandas=True)
    if kind is Kind.YES_NO and held == "boolean" and (series.dtype == bool or isinstance(series.dtype, pd.BooleanDtype)):
        return pa.array(series, pa.bool_(), from_pandas=True)
    return None


def typed(kind: Kind, series: pd.Series) -> list:
    """A column cell by cell as plain values. Raises TypeError, ValueError or OverflowError for a cell of another kind."""
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
