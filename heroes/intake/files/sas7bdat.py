"""SAS datasets (.sas7bdat): structure checked here, cells decoded by ReadStat."""

import io
import struct
from collections.abc import Mapping

import pyreadstat

from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import LARGEST_UNPACKED, MEGABYTE, MOST_CELLS, MOST_COLUMNS
from heroes.intake.files.reading import UnreadableFileError, assemble, dropped_columns, dropped_note, error, note
from heroes.intake.files.sas_dates import typed_cells
from heroes.intake.findings import Finding

MAGIC = bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c\x18\x1f\x10\x11"
_SEND_AGAIN = "send the file again in binary mode, or write it as XPT version 5"
_LARGEST_PAGE = 16 * MEGABYTE
_LARGEST_ROWS = 5 * LARGEST_UNPACKED
"""Bytes of all rows at full width: compressed rows (SAS option COMPRESS) are blanks for the most part."""
_DATA, _MIXED, _WITH_DELETED = 0x0100, 0x0200, 0x80
"""Kinds of a page: of rows, of descriptions with rows behind them, and the bit of those with deleted rows."""


def read_sas7bdat(
    content: bytes, file: str, stem: str, *, encoding: str | None = None, drop: Mapping[str, set[str]] | None = None
) -> tuple[Dataset | None, list[Finding]]:
    """One SAS dataset with its labels; dates by their formats, clock times as text, special missings (`.`, `.A` to `.Z`) None.

    The file names its encoding itself; `encoding` is believed where it does not. An ERROR: a file that is cut short,
    damaged or encrypted, or that holds deleted observations, which no reader but SAS tells from the others.
    """
    findings: list[Finding] = []
    try:
        n_on_pages = _rows_on_pages(content, file)
        meta = _decode(content, file, metadataonly=True, encoding=encoding)[1]
        names = [(name or "").strip() for name in meta.column_names]
        if not names or len(set(names)) < len(names) or not all(names) or meta.number_rows is None:
            raise _damaged(file)
        if len(names) > MOST_COLUMNS:
            raise UnreadableFileError(error(file, "too_many_columns", f"More than {MOST_COLUMNS:,} variables.", "split the dataset."))
        if n_on_pages and n_on_pages != meta.number_rows:
            raise UnreadableFileError(
                error(file, "damaged_sas7bdat", f"The header says {meta.number_rows:,} rows, the pages hold {n_on_pages:,}.", f"{_SEND_AGAIN}.")
            )
        width = sum(max(0, bytes_) for bytes_ in meta.variable_storage_width.values())
        if not 0 <= meta.number_rows * len(names) <= MOST_CELLS or meta.number_rows * width > _LARGEST_ROWS:
            raise UnreadableFileError(
                error(file, "unpacks_too_large", f"The file holds more than {MOST_CELLS:,} cells or {_LARGEST_ROWS // MEGABYTE} MB.", "divide it.")
            )
        name = (meta.table_name or "").strip() or stem
        unread = dropped_columns(names, drop or {}, name, file)
        if unread:
            findings.append(dropped_note(file, len(unread)))
        wanted = [given for place, given in enumerate(meta.column_names) if place not in unread]
        cells = _decode(content, file, usecols=wanted, output_format="dict", encoding=encoding)[0] if wanted else {}
        if sorted(cells) != sorted(wanted) or any(len(values) != meta.number_rows for values in cells.values()):
            raise _damaged(file)
    except UnreadableFileError as problem:
        return None, [*findings, problem.finding]

    columns, content_by_column = [], []
    for given in wanted:
        is_text = meta.readstat_variable_types.get(given) == "string"
        kind, values, bad = typed_cells(list(cells.pop(given)), is_text, meta.original_variable_types.get(given))
        if bad:
            findings.append(
                error(file, "impossible_date", f"Variable {given} has a date format and numbers that are no dates.", "correct them or the format.", bad)
            )
        columns.append(SourceColumn(given.strip(), (meta.column_names_to_labels.get(given) or "").strip() or None, kind))
        content_by_column.append(values)
    if meta.number_rows == 0:
        findings.append(note(file, "no_records", "The dataset has variables and no rows.", "Check that this is meant."))
    return assemble(name, file, columns, content_by_column, range(1, meta.number_rows + 1)), findings


def _damaged(file: str) -> UnreadableFileError:
    return UnreadableFileError(error(file, "damaged_sas7bdat", "The SAS dataset is damaged or was cut short.", f"{_SEND_AGAIN}."))


def _decode(content: bytes, file: str, **options):
    """What ReadStat gives; its own words may hold a cell, so they go nowhere."""
    try:
        return pyreadstat.read_sas7bdat(io.BytesIO(content), disable_datetime_conversion=True, **options)
    except Exception:  # noqa: BLE001
        raise _damaged(file) from None


def _rows_on_pages(content: bytes, file: str) -> int:
    """Rows that the pages say they hold; 0 where the rows are compressed, for then the pages do not say it.

    The pages that the header promises must be there, whole, and none may hold deleted observations.

    Layout after "SAS7BDAT Database Binary Format" (Shotwell, R package sas7bdat) and the Parso reader, whose page types
    with the bit 0x80 are pages with deleted rows.
    """
    if len(content) < 288 or not content.startswith(MAGIC):
        raise _damaged(file)
    wide = content[32] == 0x33
    shift = 4 if content[35] == 0x33 else 0
    order = "<" if content[37] == 1 else ">"
    header, page = struct.unpack_from(f"{order}ii", content, 196 + shift)
    (count,) = struct.unpack_from(f"{order}{'q' if wide else 'i'}", content, 204 + shift)
    if header < 288 or not 0 < page <= _LARGEST_PAGE or count < 1 or len(content) < header:
        raise _damaged(file)
    if len(content) < header + page * count:
        whole = (len(content) - header) // page
        raise UnreadableFileError(
            error(file, "truncated_sas7bdat", f"The file was cut short: {whole:,} of {count:,} pages are there.", f"{_SEND_AGAIN}.")
        )
    rows = 0
    for number in range(count):
        kind, blocks, subheaders = struct.unpack_from(f"{order}HHH", content, header + number * page + (32 if wide else 16))
        if kind & 0x0F00 == _DATA:
            rows += blocks
        elif kind & 0x0F00 == _MIXED:
            rows += blocks - subheaders
        if kind & _WITH_DELETED and kind & 0x0F00:
            raise UnreadableFileError(
                error(file, "deleted_observations", "The SAS dataset holds deleted observations, which would come back as records.",
                      "write the dataset anew in a DATA step (it leaves them out), or as XPT version 5.")
            )  # fmt: skip
    return rows
