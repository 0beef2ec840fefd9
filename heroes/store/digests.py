"""Digests of a data cut: what it says, whatever file format, column type or row order it came in.

A cell becomes text in one way only: whole numbers without a point, decimals to 12 significant digits (so that 15 digits
in a CSV and eight bytes in a transport file agree), ISO dates, true or false; nothing at all is told apart from an
empty text. A row is its cells in the order of the record model; a table is its rows in sorted order.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from heroes.model.records import CLINICAL_TABLES, RECORDS
from heroes.store.schema import Column, Kind, columns_of

MISSING = "\\N"

MANY = 10_000
"""From so many rows on a table is digested by batches: several times faster, in a tenth of the memory, to the same digest."""

BATCH = 50_000


def digest_table(columns: Sequence[Column], cells: Sequence[pa.Array] | Sequence[Sequence]) -> str:
    """SHA-256 of one table. cells: one Arrow array or sequence per column, in order, of plain values; None where there is nothing."""
    if len(cells[0]) >= MANY and all(isinstance(values, pa.Array) for values in cells):
        whole = pa.record_batch(cells, names=[column.name for column in columns])
        return digest_batches(columns, (whole.slice(start, BATCH) for start in range(0, len(whole), BATCH)))
    plain = (values.to_pylist() if isinstance(values, pa.Array) else values for values in cells)
    texts = [_texts(column.kind, values) for column, values in zip(columns, plain, strict=True)]
    rows = sorted(map("\t".join, zip(*texts, strict=True)))
    return hashlib.sha256("\n".join([_head(columns), *rows]).encode()).hexdigest()


def digest_batches(columns: Sequence[Column], batches: Iterable[pa.RecordBatch]) -> str:
    """The same SHA-256 of one table from its rows in batches.

    Every different cell becomes text once, by the rules above; Arrow joins and sorts the rows. Text in UTF-8 sorts by its
    bytes as by its characters.
    """
    texts = [pa.array([], pa.large_string()), *(_row_texts(columns, batch) for batch in batches)]
    rows = pa.chunked_array(texts).combine_chunks()
    del texts
    order = pc.array_sort_indices(rows)
    digest = hashlib.sha256(_head(columns).encode())
    for start in range(0, len(order), BATCH):
        digest.update("\n".join(["", *rows.take(order[start : start + BATCH]).to_pylist()]).encode())
    return digest.hexdigest()


def _head(columns: Sequence[Column]) -> str:
    return "\t".join(column.name for column in columns)


def _row_texts(columns: Sequence[Column], batch: pa.RecordBatch) -> pa.Array:
    texts = [_texts_at_once(column.kind, values) for column, values in zip(columns, batch.columns, strict=True)]
    return pc.binary_join_element_wise(*texts, pa.scalar("\t", pa.large_string()), null_handling="replace", null_replacement=MISSING)


def _texts_at_once(kind: Kind, values: pa.Array) -> pa.Array:
    """A column as text, null where there is nothing."""
    if kind is Kind.TEXT and not pc.any(pc.match_substring_regex(values, r"[\\\t\n]")).as_py():
        return values.cast(pa.large_string())
    distinct = values.dictionary_encode()
    return pa.array(_texts(kind, distinct.dictionary.to_pylist()), pa.large_string()).take(distinct.indices)


def digest_cut(study_id: str, cut_off: date, table_digests: dict[str, str]) -> str:
    """SHA-256 of a cut: its study, its cut-off date and its clinical tables; not how and when they came.

    A table that a later schema version brought counts only where it has rows, so that the same records have the same
    digest in every version.
    """
    lines = [study_id, cut_off.isoformat(), *(f"{t}\t{table_digests[t]}" for t in CLINICAL_TABLES if _counts(t, table_digests))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _counts(table: str, table_digests: dict[str, str]) -> bool:
    return RECORDS[table].since == 1 or table_digests.get(table, _empty(table)) != _empty(table)


@cache
def _empty(table: str) -> str:
    columns = columns_of(table)
    return digest_table(columns, [()] * len(columns))


def _texts(kind: Kind, values: Iterable) -> list[str]:
    if kind is Kind.TEXT:
        return [MISSING if value is None else _escaped(value) for value in values]
    if kind is Kind.WHOLE:
        return [MISSING if value is None else str(value) for value in values]
    if kind is Kind.NUMBER:
        return [MISSING if value is None else f"{value + 0.0:.12g}" for value in values]
    if kind is Kind.YES_NO:
        return [MISSING if value is None else "true" if value else "false" for value in values]
    return [MISSING if value is None else value.isoformat() for value in values]


def _escaped(text: str) -> str:
    """Text in which a tab, a line break or the sign for nothing cannot be mistaken for one of ours."""
    if "\\" in text or "\t" in text or "\n" in text:
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return text
