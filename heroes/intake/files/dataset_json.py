"""CDISC Dataset-JSON 1.1: one JSON document, NDJSON (metadata, then one row a line), or DSJC (NDJSON, compressed)."""

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime

from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import LONGEST_CELL, MOST_COLUMNS
from heroes.intake.files.packed import PackedFileError, is_packed, unpack
from heroes.intake.files.reading import (
    UnreadableFileError, assemble, dropped_columns, dropped_note, error, is_full_date, is_full_datetime, note, whole_numbers,
)
from heroes.intake.files.sas_dates import date_kind, dates_of_sas_numbers
from heroes.intake.findings import Finding
from heroes.model.terms import Severity

REQUIRED = ("datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns")
REQUIRED_OF_COLUMN = ("itemOID", "name", "label", "dataType")
KINDS = {
    "string": "text", "time": "text", "uri": "text",
    "integer": "number", "decimal": "number", "float": "number", "double": "number",
    "boolean": "boolean", "date": "date", "datetime": "datetime",
}
_CELL_TYPES = {
    "string": (str,), "time": (str,), "uri": (str,), "integer": (int,), "decimal": (str, int, float),
    "float": (int, float), "double": (int, float), "boolean": (bool,),
    "date": (str, date), "datetime": (str, date, datetime),
}
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_WRITE_AGAIN = "have it written again by the source system"


def read_dataset_json(
    content: bytes, file: str, stem: str, *, suffix: str = ".json", drop: Mapping[str, set[str]] | None = None
) -> tuple[Dataset | None, list[Finding]]:
    """One dataset with its labels. Both `null` and "" are a missing cell.

    Full ISO dates in columns typed date or datetime become dates; partial ones stay text. Numbers become dates where the
    column is typed as a date kept as integer, or carries a SAS date format; under any other type a number stays a number,
    for only the mapping can know better. Decimals stay the text they are, digit for digit.
    A wrong `records`, rows of another length, a missing attribute, a document cut short, or anything that cannot be read
    rightly gives no dataset and an ERROR.
    """
    findings: list[Finding] = []
    try:
        header, rows = _parse(_text(content, file, suffix), file)
        columns = _check_header(header, file)
        _check_rows(header, rows, len(columns), file)
    except UnreadableFileError as problem:
        return None, [problem.finding]

    names = [column["name"].strip() for column in columns]
    unread = dropped_columns(names, drop or {}, header["name"], file)
    if unread:
        findings.append(dropped_note(file, len(unread)))
    if not rows:
        findings.append(note(file, "no_records", "The dataset has columns and no rows.", "Check that this is meant."))
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    described, cells = [], []
    for place, column in enumerate(columns):
        if place in unread:
            continue
        kind, values = _typed(list(by_column[place]), column, place, file, findings)
        label = column["label"].strip() if isinstance(column["label"], str) else None
        described.append(SourceColumn(names[place], label or None, kind))
        cells.append(values)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None, findings
    return assemble(header["name"], file, described, cells, range(1, len(rows) + 1)), findings


def _text(content: bytes, file: str, suffix: str) -> str:
    try:
        if is_packed(content, suffix):
            content = unpack(content)
        return content.decode("utf-8-sig")
    except PackedFileError as problem:
        raise UnreadableFileError(error(file, problem.rule, problem.sentence, "send the file again.")) from None
    except UnicodeDecodeError:
        raise UnreadableFileError(
            error(file, "wrong_encoding", "The file is not UTF-8, as JSON must be.", f"{_WRITE_AGAIN}.")
        ) from None


def _no_constant(_name: str):
    raise ValueError("not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _parse(text: str, file: str) -> tuple[dict, list]:
    """The metadata and the rows of either form."""
    start = len(text) - len(text.lstrip())
    header, end = _decode(text, start, file, 1)
    if not isinstance(header, dict):
        raise UnreadableFileError(
            error(file, "not_dataset_json", "The file is JSON and no Dataset-JSON: it has no metadata.", f"{_WRITE_AGAIN} (version 1.1).")
        )
    rest = text[end:].split("\n")
    line = text.count("\n", 0, end) + 1
    if "rows" in header:
        if any(part.strip() for part in rest):
            raise UnreadableFileError(error(file, "damaged_json", "Behind the end of the dataset stands more text.", f"{_WRITE_AGAIN}."))
        return header, header.pop("rows")
    rows = []
    for number, part in enumerate(rest, start=line):
        part = part.strip()
        if part:
            row, stop = _decode(part, 0, file, number)
            if stop != len(part):
                raise UnreadableFileError(
                    error(file, "damaged_json", f"Line {number} holds more than one row.", f"{_WRITE_AGAIN}.", [number])
                )
            rows.append(row)
    return header, rows


def _decode(text: str, start: int, file: str, line: int):
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as problem:
        line += problem.lineno - 1
    except (ValueError, RecursionError):
        pass
    raise UnreadableFileError(
        error(
            file, "damaged_json", f"At line {line} or after it the file is no valid JSON: it is damaged or was cut short.",
            f"send the file again, or {_WRITE_AGAIN}.", [line],
        )
    )


def _check_header(header: dict, file: str) -> list[dict]:
    if "clinicalData" in header or "referenceData" in header:
        raise UnreadableFileError(
            error(file, "dataset_json_version", "This is Dataset-JSON 1.0; version 1.1 is read.", f"{_WRITE_AGAIN} as version 1.1.")
        )
    missing = [attribute for attribute in REQUIRED if header.get(attribute) is None]
    if missing:
        raise UnreadableFileError(
            error(file, "missing_attribute", f"Dataset-JSON requires {', '.join(missing)}: not there.", f"{_WRITE_AGAIN} (version 1.1).")
        )
    version = header["datasetJSONVersion"]
    if not isinstance(version, str) or version.split(".")[:2] != ["1", "1"]:
        raise UnreadableFileError(
            error(file, "dataset_json_version", "The file is not Dataset-JSON version 1.1.", f"{_WRITE_AGAIN} as version 1.1.")
        )
    records, columns = header["records"], header["columns"]
    wrong = (
        not isinstance(header["name"], str) or not header["name"].strip()
        or type(records) is not int or records < 0
        or not isinstance(columns, list) or not columns
    )
    if wrong:
        raise UnreadableFileError(
            error(file, "missing_attribute", "name must be a text, records a count, columns a list.", f"{_WRITE_AGAIN}.")
        )
    if len(columns) > MOST_COLUMNS:
        raise UnreadableFileError(error(file, "too_many_columns", f"More than {MOST_COLUMNS:,} columns.", "split the dataset."))
    for place, column in enumerate(columns, start=1):
        absent = [a for a in REQUIRED_OF_COLUMN if not isinstance(column, dict) or not isinstance(column.get(a), str)]
        if absent or not column["name"].strip():
            raise UnreadableFileError(
                error(file, "missing_attribute", f"Column {place} lacks {', '.join(absent) or 'a name'}.", f"{_WRITE_AGAIN}.")
            )
        if column["dataType"].lower() not in KINDS:
            raise UnreadableFileError(
                error(file, "unknown_data_type", f"Column {place} has a dataType that Dataset-JSON 1.1 does not know.", f"{_WRITE_AGAIN}.")
            )
    if any(_NOT_TEXT.search(text) for column in columns for text in (header["name"], column["name"], column["label"])):
        raise UnreadableFileError(error(file, "damaged_json", "A name or a label holds broken text.", f"{_WRITE_AGAIN}."))
    if len({column["name"].strip() for column in columns}) < len(columns):
        raise UnreadableFileError(
            error(file, "duplicate_column", "Two columns have the same name.", "give each column its own name.")
        )
    return columns


def _check_rows(header: dict, rows, width: int, file: str) -> None:
    if not isinstance(rows, list):
        raise UnreadableFileError(error(file, "damaged_json", "rows is not a list.", f"{_WRITE_AGAIN}."))
    if header["records"] != len(rows):
        raise UnreadableFileError(
            error(
                file, "wrong_record_count", f"The file says records = {header['records']:,} and holds {len(rows):,} rows.",
                "ask for the complete file; one of the two is wrong.",
            )
        )
    ragged = [number for number, row in enumerate(rows, start=1) if not isinstance(row, list) or len(row) != width]
    if ragged:
        what = "1 row has" if len(ragged) == 1 else f"{len(ragged):,} rows have"
        raise UnreadableFileError(
            error(file, "ragged_rows", f"{what} not as many cells as there are columns ({width}).", f"{_WRITE_AGAIN}.", ragged)
        )
    unusable = [number for number, row in enumerate(rows, start=1) if any(_is_unusable(cell) for cell in row)]
    if unusable:
        raise UnreadableFileError(
            error(
                file, "damaged_json", "Cells hold lists, objects, infinite numbers or broken text where one value belongs.",
                f"{_WRITE_AGAIN}.", unusable,
            )
        )


def _is_unusable(cell) -> bool:
    if isinstance(cell, str):
        return len(cell) > LONGEST_CELL or _NOT_TEXT.search(cell) is not None
    return isinstance(cell, (list, dict)) or (isinstance(cell, float) and not math.isfinite(cell))


def _typed(values: list, column: dict, place: int, file: str, findings: list[Finding]) -> tuple[str, list]:
    """Kind and cells of one column; what does not fit its type is left as it is and counted in a note."""
    data_type = column["dataType"].lower()
    kind = KINDS[data_type]
    formatted = date_kind(column.get("displayFormat") if isinstance(column.get("displayFormat"), str) else None)
    if kind == "number" and formatted:
        kind, data_type = formatted, formatted
    elif kind in ("date", "datetime"):
        values = [_date(value) if isinstance(value, str) else value for value in values]
    if kind in ("date", "datetime") and (formatted or column.get("targetDataType") == "integer"):
        values, bad = dates_of_sas_numbers(values, kind)
        if bad:
            findings.append(
                error(
                    file, "impossible_date", f"Column {place + 1} is typed {kind} and holds numbers that are no dates.",
                    f"{_WRITE_AGAIN}.", bad,
                )
            )
    elif data_type in ("integer", "float", "double"):
        values = whole_numbers(values)
    strange = [
        row for row, value in enumerate(values, start=1)
        if value is not None and value != ""
        and (not isinstance(value, _CELL_TYPES[data_type]) or (isinstance(value, bool) and data_type != "boolean"))
    ]
    if strange:
        findings.append(
            note(
                file, "cell_of_another_type",
                f"Column {place + 1} is typed {data_type}; cells in {len(strange):,} rows are of another type.",
                "Check the export; the cells are read as they are.", strange,
            )
        )
    return kind, values


def _date(text: str) -> date | datetime | str:
    """A full ISO date or date-time as such; anything else stays text, for the parser to judge."""
    text = text.strip()
    try:
        if is_full_date(text):
            return date.fromisoformat(text)
        if is_full_datetime(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    return text
