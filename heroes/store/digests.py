"""Digests of a data cut: what it says, whatever file format, column type or row order it came in.

A cell becomes text in one way only: whole numbers without a point, decimals to 12 significant digits (so that 15 digits
in a CSV and eight bytes in a transport file agree), ISO dates, true or false; nothing at all is told apart from an
empty text. A row is its cells in the order of the record model; a table is its rows in sorted order.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache

from heroes.model.records import CLINICAL_TABLES, RECORDS
from heroes.store.schema import Column, Kind, columns_of

MISSING = "\\N"


def digest_table(columns: Sequence[Column], cells: Sequence[Iterable]) -> str:
    """SHA-256 of one table. cells: one sequence per column, in order, of plain values; None where there is nothing."""
    texts = [_texts(column.kind, values) for column, values in zip(columns, cells, strict=True)]
    rows = sorted(map("\t".join, zip(*texts, strict=True)))
    head = "\t".join(column.name for column in columns)
    return hashlib.sha256("\n".join([head, *rows]).encode()).hexdigest()


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
