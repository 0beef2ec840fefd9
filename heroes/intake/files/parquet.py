"""Apache Parquet, read by pyarrow: one dataset a file.

Text columns are read as dictionaries: a file of a few bytes can say "this text, a billion times", and so it stays small
in memory too. DuckDB would read the same file; it wants a path, and these bytes have none.
"""

import io
import math
from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal

import pyarrow
from pyarrow import parquet

from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import LARGEST_UNPACKED, LONGEST_CELL, MEGABYTE, MOST_CELLS, MOST_COLUMNS
from heroes.intake.files.parquet_pages import unpacked_size
from heroes.intake.files.reading import assemble, dropped_columns, dropped_note, error, note, whole_numbers
from heroes.intake.findings import Finding

PARQUET = b"PAR1"
_WRITE_AGAIN = "have it written again by the source system"


def read_parquet(
    content: bytes, file: str, stem: str, *, drop: Mapping[str, set[str]] | None = None
) -> tuple[Dataset | None, list[Finding]]:
    """One dataset named after the file's stem. Null and NaN are a missing cell; decimals stay the text they are; times of
    day are text (HH:MM:SS); a time with a zone is the clock time of that zone. Columns of lists, structures or raw bytes are an ERROR unless dropped.
    """
    if len(content) < 12 or not content.endswith(PARQUET):
        return None, [_damaged(file)]
    try:
        opened = parquet.ParquetFile(io.BytesIO(content))
        schema, n_rows = opened.schema_arrow, opened.metadata.num_rows
        size = _unpacked_size(content, opened.metadata)
    except Exception:  # noqa: BLE001 pyarrow's own errors are many, and their words may hold a cell
        return None, [_damaged(file)]
    names = [name.strip() for name in schema.names]
    too_large = n_rows * max(len(names), 1) > MOST_CELLS or n_rows < 0 or size > LARGEST_UNPACKED
    if too_large:
        return None, [error(file, "unpacks_too_large", f"The file holds more than {MOST_CELLS:,} cells or {LARGEST_UNPACKED // MEGABYTE} MB.", "divide it.")]
    if len(names) > MOST_COLUMNS:
        return None, [error(file, "too_many_columns", f"More than {MOST_COLUMNS:,} columns.", "split the dataset.")]
    if len(set(names)) < len(names) or not all(names):
        return None, [error(file, "duplicate_column", "Two columns have the same name, or one has none.", "give each column its own name.")]
    findings: list[Finding] = []
    unread = dropped_columns(names, drop or {}, stem, file)
    if unread:
        findings.append(dropped_note(file, len(unread)))
    places = [place for place in range(len(names)) if place not in unread]
    strange = [place for place in places if _kind(schema.field(place).type) is None]
    if strange:
        where = ", ".join(str(place + 1) for place in strange[:5])
        return None, [
            *findings,
            error(file, "unknown_data_type", f"Column {where} holds lists, structures or raw bytes where one value belongs.",
                  f"{_WRITE_AGAIN} with one value a cell, or list the column under drop in the mapping file."),
        ]  # fmt: skip
    try:
        cells = _read_cells(content, schema, places)
    except Exception:  # noqa: BLE001 as above
        return None, [*findings, _damaged(file)]
    kinds = [_kind(schema.field(place).type) for place in places]
    columns = [SourceColumn(names[place], None, kind) for place, kind in zip(places, kinds, strict=True)]
    if any(len(values) != n_rows for values in cells):
        return None, [*findings, _damaged(file)]
    infinite = [row for values in cells for row, value in enumerate(values, 1) if type(value) is float and value in (math.inf, -math.inf)]
    if infinite:
        return None, [*findings, error(file, "damaged_parquet", "Cells hold infinite numbers.", f"{_WRITE_AGAIN}.", infinite)]
    too_long = [row for values in cells for row, value in enumerate(values, 1) if isinstance(value, str) and len(value) > LONGEST_CELL]
    if too_long:
        return None, [*findings, error(file, "damaged_parquet", f"Cells of more than {LONGEST_CELL:,} characters.", f"{_WRITE_AGAIN}.", too_long)]
    if n_rows == 0:
        findings.append(note(file, "no_records", "The dataset has columns and no rows.", "Check that this is meant."))
    return assemble(stem, file, columns, cells, range(1, n_rows + 1)), findings


def _unpacked_size(content: bytes, metadata: parquet.FileMetaData) -> int:
    size = 0
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            starts = [at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at]
            size += unpacked_size(content, min(starts), chunk.total_compressed_size)
    return size


def _damaged(file: str) -> Finding:
    return error(file, "damaged_parquet", "The Parquet file is damaged or was cut short.", f"send the file again, or {_WRITE_AGAIN}.")


def _kind(type_: pyarrow.DataType) -> str | None:
    """Kind of a column by its Arrow type; None where a cell is no single value."""
    is_ = pyarrow.types
    if is_.is_dictionary(type_):
        return _kind(type_.value_type)
    if is_.is_string(type_) or is_.is_large_string(type_) or is_.is_decimal(type_) or is_.is_time(type_) or is_.is_null(type_):
        return "text"
    if is_.is_integer(type_) or is_.is_floating(type_):
        return "number"
    if is_.is_boolean(type_):
        return "boolean"
    if is_.is_date(type_):
        return "date"
    return "datetime" if is_.is_timestamp(type_) else None


def _read_cells(content: bytes, schema: pyarrow.Schema, places: list[int]) -> list[list]:
    """Cells by column, in the order of `places`, each distinct text once in memory."""
    wanted = [schema.field(place) for place in places]
    texts = [field.name for field in wanted if pyarrow.types.is_string(field.type) or pyarrow.types.is_large_string(field.type)]
    opened = parquet.ParquetFile(io.BytesIO(content), read_dictionary=texts)
    cells: list[list] = [[] for _ in wanted]
    for batch in opened.iter_batches(columns=[field.name for field in wanted], use_threads=False):
        for values, field in zip(cells, wanted, strict=True):
            values += _cells(batch.column(field.name))
    return [
        whole_numbers([None if value is None or value != value else value for value in values]) if _kind(field.type) == "number" else values
        for values, field in zip(cells, wanted, strict=True)
    ]


def _cells(array: pyarrow.Array) -> list:
    if pyarrow.types.is_dictionary(array.type):
        distinct = [_cell(value) for value in _plain(array.dictionary)]
        return [None if place is None else distinct[place] for place in array.indices.to_pylist()]
    return [_cell(value) for value in _plain(array)]


def _plain(array: pyarrow.Array) -> list:
    """Cells as Python has them; fractions of a second beyond the microsecond are cut."""
    if pyarrow.types.is_timestamp(array.type) and array.type.unit == "ns":
        array = array.cast(pyarrow.timestamp("us", tz=array.type.tz), safe=False)
    if pyarrow.types.is_time64(array.type) and array.type.unit == "ns":
        array = array.cast(pyarrow.time64("us"), safe=False)
    return array.to_pylist()


def _cell(value):
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.replace(tzinfo=None)
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    return value
