"""Delimited text: commas, semicolons, tabs or bars, any line ends, quotes with line breaks inside.

Read by Python's `csv` rather than DuckDB's reader: it keeps the line on which each record starts, takes lone carriage
returns, mixed line ends and quoted line breaks alike, and never guesses. A large file that is plain enough goes through
`csv_at_once`, which finds the same records. Every cell stays text.
"""

import csv
import io
from collections.abc import Mapping

import numpy as np
import pandas as pd

from heroes.intake.files.csv_at_once import LARGE, Columns, read_at_once
from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import LONGEST_CELL, MOST_COLUMNS
from heroes.intake.files.reading import UnreadableFileError, assemble, dropped_columns, dropped_note, error, note
from heroes.intake.findings import Finding

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLE_RECORDS = 50
"""Records looked at to tell the separator."""

_Record = tuple[int, list[str]]


def read_csv(
    content: bytes, file: str, stem: str, *, encoding: str | None = None, drop: Mapping[str, set[str]] | None = None
) -> tuple[Dataset | None, list[Finding]]:
    """A delimited text file as a dataset of text cells, named after its stem.

    Row numbers are lines of the file, so that a quoted line break does not shift them; the header is row 1 unless lines
    that begin with `#` stand above it (cBioPortal's way). Blank lines are passed over. A file that cannot be read
    rightly gives no dataset and an ERROR. encoding: as the mapping names it; otherwise UTF-8, then Windows-1252.
    """
    findings: list[Finding] = []
    try:
        content = _as_utf8(content, file, encoding, findings)
        separator = _find_separator(content)
        if len(content) >= LARGE:
            columns = read_at_once(content, separator, lambda names: dropped_columns(names, drop or {}, stem, file))
            if columns is not None:
                return _large_dataset(columns, stem, file), findings + ([dropped_note(file, columns.n_unread)] if columns.n_unread else [])
        records = _records(content, separator, file)
        above = _skip_comments(records)
        if not records:
            raise UnreadableFileError(
                error(file, "empty_file", "The file holds no header and no records.", "export it again, or leave it out.")
            )
        if above:
            findings.append(
                note(file, "lines_above_header", f"{above} lines that begin with # stand above the header.", "No action needed.")
            )
        names, kept = _header(records, file, findings)
        _refuse_ragged(records, len(names), file)
    except UnreadableFileError as problem:
        return None, [*findings, problem.finding]

    unread = dropped_columns(names, drop or {}, stem, file)
    if unread:
        findings.append(dropped_note(file, len(unread)))
    places = [place for place in kept if place not in unread]
    body = records[1:]
    if not body:
        findings.append(note(file, "no_records", "The file has a header and no records.", "Check that this is meant."))
    columns = [SourceColumn(names[place], None, "text") for place in places]
    cells = [[cells[place] for _, cells in body] for place in places]
    return assemble(stem, file, columns, cells, [row for row, _ in body]), findings


def _large_dataset(columns: Columns, stem: str, file: str) -> Dataset:
    described = tuple(SourceColumn(name, None, "text") for name in columns.names)
    frame = pd.DataFrame(dict(zip(columns.names, columns.cells, strict=True)), dtype=object, copy=False)
    return Dataset(stem.strip().upper(), file, described, frame, columns.rows.astype(np.int64))


def _as_utf8(content: bytes, file: str, encoding: str | None, findings: list[Finding]) -> bytes:
    """A file's text in UTF-8 without byte-order mark."""
    return _decode(content, file, encoding, findings).encode("utf-8", "surrogatepass")


def _decode(content: bytes, file: str, encoding: str | None, findings: list[Finding]) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in content:
        raise UnreadableFileError(
            error(file, "not_text", "The file holds NUL bytes: it is damaged or not a text file.", "export it again as CSV.")
        )
    if encoding is not None:
        try:
            return content.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
        except UnicodeDecodeError:
            raise UnreadableFileError(
                error(file, "wrong_encoding", f"The file is not valid {encoding} text.", "name its encoding in the mapping file.")
            ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        findings.append(
            note(
                file, "not_utf8", "The file is not UTF-8; it was read as Windows-1252 (Western European).",
                "Look at accented letters, or name its encoding in the mapping file.",
            )
        )
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _reader(content: bytes, separator: str):
    csv.field_size_limit(LONGEST_CELL)
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="surrogatepass", newline="")
    return csv.reader(lines, delimiter=separator, strict=True)


def _find_separator(content: bytes) -> str:
    """The separator that cuts the first records most evenly; the wider header wins between equals."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        widths = []
        try:
            for fields in _reader(content, separator):
                if fields and not fields[0].startswith("#"):
                    widths.append(len(fields))
                if len(widths) > SAMPLE_RECORDS:
                    break
        except csv.Error:
            pass
        if widths and widths[0] > 1:
            even = sum(width == widths[0] for width in widths) / len(widths)
            best, best_score = max((best, best_score), (separator, (even, widths[0])), key=lambda pair: pair[1])
    return best


def _records(content: bytes, separator: str, file: str) -> list[_Record]:
    """Each record with the line it starts on."""
    reader = _reader(content, separator)
    records: list[_Record] = []
    start = 1
    try:
        for fields in reader:
            if fields and not (len(fields) == 1 and not fields[0].strip()):
                records.append((start, fields))
            start = reader.line_num + 1
    except csv.Error:
        raise UnreadableFileError(
            error(
                file, "broken_quotes",
                f"From line {start} on, the file is not valid delimited text: a quote that is not closed or stands inside a cell, "
                f"or a cell of more than {LONGEST_CELL:,} characters.",
                "correct the quotes at that line or export the file again.", [start],
            )
        ) from None
    return records


def _skip_comments(records: list[_Record]) -> int:
    """Removes the lines above the header that begin with `#`; their number."""
    above = 0
    while above < len(records) and records[above][1][0].startswith("#"):
        above += 1
    if above == len(records):
        return 0
    del records[:above]
    return above


def _header(records: list[_Record], file: str, findings: list[Finding]) -> tuple[list[str], list[int]]:
    """Column names, and the places of those to keep: a column without name or cells is left out."""
    row, header = records[0]
    if len(header) > MOST_COLUMNS:
        raise UnreadableFileError(
            error(file, "too_many_columns", f"The header has {len(header):,} columns; {MOST_COLUMNS:,} are read at most.",
                  "check the separator, or split the file.", [row])
        )
    names = _told_apart([" ".join(name.split()) for name in header])
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    unnamed = places.pop("", [])
    for same in places.values():
        if len(same) > 1:
            where = ", ".join(str(place + 1) for place in same)
            raise UnreadableFileError(
                error(
                    file, "duplicate_column", f"Columns {where} of the header have the same name.",
                    "give each column its own name.", [row],
                )
            )
    filled = [place for place in unnamed if any(len(cells) > place and cells[place].strip() for _, cells in records[1:])]
    for place in filled:
        names[place] = _free_name(f"column {place + 1}", names)
    if unnamed:
        what = "Column" if len(unnamed) == 1 else "Columns"
        where = ", ".join(str(place + 1) for place in unnamed)
        findings.append(
            note(file, "unnamed_column", f"{what} {where} of the header: no name. Not used.", "Name it if its cells matter.", [row])
        )
    left_out = set(unnamed) - set(filled)
    return names, [place for place in range(len(names)) if place not in left_out]


def _told_apart(names: list[str]) -> list[str]:
    """Names of columns; REDCap's exports with labels have one "Complete?" for each form: the second becomes "Complete? (2)"."""
    count = 0
    told = []
    for name in names:
        count += name == "Complete?"
        told.append(f"{name} ({count})" if name == "Complete?" and count > 1 else name)
    return told


def _free_name(name: str, names: list[str]) -> str:
    while name in names:
        name += "'"
    return name


def _refuse_ragged(records: list[_Record], width: int, file: str) -> None:
    ragged = [row for row, cells in records[1:] if len(cells) != width]
    if ragged:
        what = "1 record has" if len(ragged) == 1 else f"{len(ragged):,} records have"
        raise UnreadableFileError(
            error(
                file, "ragged_rows", f"{what} not as many cells as the header ({width}).",
                "look for a separator inside an unquoted cell, or a line cut in two.", ragged,
            )
        )
