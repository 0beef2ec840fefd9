"""Large delimited text at once: the records that Python's `csv` finds, by Arrow, where the file is plain enough to be sure.

Plain enough: the header stands on the first line, every quote opens at the start of a cell and closes at its end (none is
doubled inside), no carriage return stands alone, and every record has as many cells as the header. Whatever is not so is
left to `csv`, which also says what is wrong with it.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from heroes.intake.files.limits import LONGEST_CELL, MOST_COLUMNS

LARGE = 1_000_000
"""Bytes from which on a file is read this way. A smaller one is read as fast by `csv`."""

_MAY_BE_BLANK = r"^$|^[^!-~]"
_RETURN, _RETURN_AND_LINE_END = b"\r", b"\r\n"
_QUOTE, _LINE_END = ord('"'), ord("\n")


@dataclass(frozen=True)
class Columns:
    """What was read: names and cells (None where empty) of the columns, how many were left out, the line each record starts on."""

    names: list[str]
    n_unread: int
    cells: list[np.ndarray]
    rows: np.ndarray


def read_at_once(raw: bytes, separator: str, unread: Callable[[list[str]], set[int]]) -> Columns | None:
    """All records after the header, or None where the file is not plain enough. raw: UTF-8. unread: places of the columns left out."""
    names = _names(raw, separator)
    if names is None or raw.count(_RETURN) != raw.count(_RETURN_AND_LINE_END):
        return None
    lines = _record_lines(np.frombuffer(raw, np.uint8), separator)
    if lines is None:
        return None
    rows, has_quoted_breaks = lines
    left_out = unread(names)
    wanted = [str(place) for place in range(len(names)) if place not in left_out]
    if not wanted:
        return None
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(raw),
            read_options=arrow_csv.ReadOptions(column_names=[str(place) for place in range(len(names))], skip_rows=1, use_threads=False),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=has_quoted_breaks),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if not len(rows) or table.num_rows != len(rows):
        return None
    cells = []
    for _ in wanted:
        cells.append(_cells(table.column(0)))
        table = table.remove_column(0)
    return Columns([names[int(place)] for place in wanted], len(left_out), cells, rows)


def _names(raw: bytes, separator: str) -> list[str] | None:
    """The names of the header where it is one line of different names, and more than one."""
    end = raw.find(b"\n")
    if end < 0 or end > LONGEST_CELL or raw.startswith((b"#", b'"#')):
        return None
    try:
        line = raw[:end].decode()
        (header,) = csv.reader([line.removesuffix("\r")], delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        return None
    names = [" ".join(name.split()) for name in header]
    return names if 1 < len(names) <= MOST_COLUMNS and all(names) and len(set(names)) == len(names) else None


def _record_lines(raw: np.ndarray, separator: str) -> tuple[np.ndarray, bool] | None:
    """The line on which each record after the header starts, and whether a quoted cell holds a line break."""
    quotes = np.flatnonzero(raw == _QUOTE)
    ends = np.flatnonzero(raw == _LINE_END)
    if not _are_plain(raw, quotes, separator):
        return None
    outside = np.ones(len(ends), dtype=bool)
    if len(quotes):
        outside = np.searchsorted(quotes, ends) % 2 == 0
    starts = np.concatenate([[0], ends[outside] + 1])
    lines = np.concatenate([[1], np.flatnonzero(outside) + 2])
    stops = np.append(ends[outside], len(raw))
    longest = stops - starts
    if longest.max() > LONGEST_CELL:
        return None
    returns = (longest > 0) & (raw[np.maximum(stops - 1, 0)] == ord("\r"))
    filled = longest - returns > 0
    return lines[1:][filled[1:]], not outside.all()


def _are_plain(raw: np.ndarray, quotes: np.ndarray, separator: str) -> bool:
    """Does every quote open at the start of a cell or close at its end?"""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = raw[opening[opening > 0] - 1]
    after = raw[closing[closing < len(raw) - 1] + 1]
    return bool(np.isin(before, [ord(separator), _LINE_END]).all() and np.isin(after, [ord(separator), _LINE_END, ord("\r")]).all())


def _cells(column: pa.ChunkedArray) -> np.ndarray:
    """Cells as texts, equal ones sharing their memory; None where there is nothing but blanks."""
    distinct = column.combine_chunks().dictionary_encode()
    texts = distinct.dictionary.to_numpy(zero_copy_only=False)
    if pc.any(pc.match_substring_regex(distinct.dictionary, _MAY_BE_BLANK)).as_py():
        texts = np.array([None if not text or text.isspace() else text for text in texts], dtype=object)
    return texts[distinct.indices.to_numpy()]
