"""Excel workbooks (.xlsx, .xlsm): one dataset a sheet, names of columns in row 1.

Values are read by calamine, which knows number formats, dates of both epochs, shared and rich text. What it passes over
in silence is looked for first, in `sheet_scan`: a formula saved without its value and a cell with an error are empty to
it, and one stray cell at the end of a sheet makes it fill the memory. It is handed an archive without compression, so
that what was measured is what it reads.
"""

import io
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import python_calamine

from heroes.intake.files.archive import ArchiveError, entries_of, packed_again, unpack_entries
from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import LONGEST_CELL, MOST_DATASETS
from heroes.intake.files.reading import UnreadableFileError, assemble, dropped_columns, dropped_note, error, note, whole_numbers
from heroes.intake.files.sheet_scan import SheetScan, scan_sheet, shared_lengths
from heroes.intake.files.xml_stream import XmlError, local, parse_xml
from heroes.intake.findings import Finding
from heroes.intake.personal import identifier_in
from heroes.model.terms import Severity

WORKBOOK = "xl/workbook.xml"
_SHARED = "sharedstrings.xml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_SAVE_AGAIN = "open it in Excel and save it again as .xlsx, or export the sheets as CSV"
_REMEDIES = {
    "unpacks_too_large": "divide the workbook, or export its sheets as CSV.",
    "encrypted_archive": "save the workbook without a password.",
    "sheet_too_large": "delete the empty rows and columns behind the table, or export the sheet as CSV.",
    "xml_document_type": f"{_SAVE_AGAIN}.",
}


@dataclass(frozen=True)
class _Sheet:
    """One sheet of a workbook. part: its file in the archive."""

    name: str
    is_visible: bool
    part: str


def is_workbook(content: bytes) -> bool:
    """Is a ZIP archive an Excel workbook by what is in it?"""
    try:
        return WORKBOOK in entries_of(content)
    except ArchiveError:
        return False


def read_workbook(
    content: bytes, file: str, *, drop: Mapping[str, set[str]] | None = None
) -> tuple[list[Dataset], list[Finding]]:  # fmt: skip
    """The sheets of a workbook, each a dataset `file/sheet` whose rows are numbered as Excel numbers them.

    Names of columns stand in row 1. Whole numbers stay whole, dates and date-times become such, clock times become text
    (HH:MM:SS), a number typed as text stays text. A hidden sheet and an empty one are left out and noted; hidden rows are read
    and noted. An ERROR: no name above cells, merged cells, a cell with an Excel error, a formula without its value, in a
    column that is read; a damaged, encrypted or oversized workbook. Sheets without an error are read all the same.
    """
    try:
        parts = unpack_entries(content, list(entries_of(content)))
        sheets = _sheets(parts)
        shared = [shared_lengths(inside) for name, inside in parts.items() if name.lower().endswith(_SHARED)]
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(packed_again(parts)))
    except ArchiveError as problem:
        return [], [error(file, problem.rule, problem.sentence, _REMEDIES.get(problem.rule, f"send the file again, or {_SAVE_AGAIN}."))]
    except XmlError as problem:
        return [], [error(file, problem.rule, problem.sentence, _REMEDIES.get(problem.rule, f"send the file again, or {_SAVE_AGAIN}."))]
    except Exception:  # noqa: BLE001 calamine's own errors are many, and their words may hold a cell
        return [], [_damaged(file)]
    datasets: list[Dataset] = []
    findings: list[Finding] = []
    for place, sheet in enumerate(sheets, start=1):
        dataset, found = _read_sheet(workbook, sheet, parts.get(sheet.part), max(shared, key=sum, default=[]), file, place, drop or {})
        findings += found
        if dataset is not None:
            datasets.append(dataset)
    if not datasets and not any(finding.severity is Severity.ERROR for finding in findings):
        findings.append(error(file, "empty_file", "No visible sheet of the workbook holds a table.", "export it again, or leave it out."))
    return datasets, findings


def _damaged(file: str) -> Finding:
    return error(file, "damaged_xlsx", "The workbook is damaged or was cut short.", f"send the file again, or {_SAVE_AGAIN}.")


def _sheets(parts: dict[str, bytes]) -> list[_Sheet]:
    """The worksheets that the workbook lists, in its order; charts are none."""
    if WORKBOOK not in parts:
        raise ArchiveError("damaged_xlsx", "The workbook has no list of its sheets.")
    for name, inside in parts.items():
        if name.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in inside or b"<!ENTITY" in inside):
            raise XmlError("xml_document_type", "A part of the workbook declares a document type or entities; Excel writes none.")
    targets: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if local(name) == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")

    parse_xml(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"), start=relation)
    sheets: list[_Sheet] = []

    def listed(name: str, attributes: dict[str, str]) -> None:
        if local(name) == "sheet":
            key = attributes.get(f"{_RELATIONS} id") or attributes.get(f"{_STRICT_RELATIONS} id") or ""
            if key in targets:
                sheets.append(_Sheet(attributes.get("name", ""), attributes.get("state", "visible") == "visible", targets[key]))

    parse_xml(parts[WORKBOOK], start=listed)
    if not sheets:
        raise ArchiveError("damaged_xlsx", "The workbook lists no worksheet.")
    if len(sheets) > MOST_DATASETS:
        raise ArchiveError("too_many_files", f"The workbook has more than {MOST_DATASETS} sheets.")
    return sheets


def _read_sheet(
    workbook: python_calamine.CalamineWorkbook, sheet: _Sheet, xml: bytes | None, shared: list[int], file: str, place: int,
    drop: Mapping[str, set[str]],
) -> tuple[Dataset | None, list[Finding]]:  # fmt: skip
    named = sheet.name if sheet.name.isprintable() and not identifier_in(sheet.name) else f"sheet {place}"
    inside = f"{file}/{named}"
    if named != sheet.name:
        return None, [error(inside, "identifier_in_file_name", "The name of the sheet cannot be shown: it holds an identifier.", "rename the sheet.")]
    if not sheet.is_visible:
        return None, [note(inside, "hidden_sheet", "The sheet is hidden; it was left out.", "Unhide it if it holds a table of the delivery.")]
    try:
        if xml is None:
            raise XmlError("damaged_xlsx", "The sheet is listed and not there.")
        scan = scan_sheet(xml, shared)
        if not scan.last_row:
            return None, [note(inside, "empty_sheet", "The sheet is empty; it was left out.", "No action needed.")]
        worksheet = workbook.get_sheet_by_name(sheet.name)
        rows = worksheet.to_python(skip_empty_area=False)
        merged = worksheet.merged_cell_ranges or []
    except XmlError as problem:
        return None, [error(inside, problem.rule, problem.sentence, _REMEDIES.get(problem.rule, f"{_SAVE_AGAIN}."))]
    except Exception:  # noqa: BLE001 as above
        return None, [_damaged(inside)]
    try:
        return _table(rows, scan, merged, sheet.name, inside, drop)
    except UnreadableFileError as problem:
        return None, [problem.finding]


def _table(
    rows: list[list], scan: SheetScan, merged: list, name: str, file: str, drop: Mapping[str, set[str]]
) -> tuple[Dataset | None, list[Finding]]:  # fmt: skip
    findings: list[Finding] = []
    width = max((len(row) for row in rows), default=0)
    if not rows or width == 0:
        return None, [note(file, "empty_sheet", "The sheet is empty; it was left out.", "No action needed.")]
    rows = [[_tidy(cell) for cell in row] + [None] * (width - len(row)) for row in rows]
    names = [" ".join(str(cell).split()) if cell is not None else "" for cell in rows[0]]
    body = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(cell is not None for cell in row)]
    _refuse_merged(merged, len(rows), width, file)
    kept = _named_columns(names, body, file)
    unread = dropped_columns(names, drop, name, file)
    if unread & set(kept):
        findings.append(dropped_note(file, len(unread & set(kept))))
    kept = [place for place in kept if place not in unread]
    findings += _unreadable_cells(scan, kept, file)
    if scan.hidden_rows:
        what = "1 row is" if scan.hidden_rows == 1 else f"{scan.hidden_rows:,} rows are"
        findings.append(note(file, "hidden_rows", f"{what} hidden in the sheet (by a filter, say); they were read like the others.", "Check that this is meant."))
    if not body:
        findings.append(note(file, "no_records", "The sheet has a header and no records.", "Check that this is meant."))
    strange = [number for number, row in body if any(isinstance(row[place], str) and (len(row[place]) > LONGEST_CELL or "\x00" in row[place]) for place in kept)]
    if strange:
        findings.append(error(file, "damaged_xlsx", f"Cells of more than {LONGEST_CELL:,} characters, or with NUL bytes.", f"{_SAVE_AGAIN}.", strange))
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None, findings
    columns, cells = [], []
    for place in kept:
        kind, values = _typed([row[place] for _, row in body])
        columns.append(SourceColumn(names[place], None, kind))
        cells.append(values)
    return assemble(name, file, columns, cells, [number for number, _ in body]), findings


def _refuse_merged(merged: list, height: int, width: int, file: str) -> None:
    """Of merged cells only the first holds the value; the others would be empty."""
    touching = [(top, left, bottom) for (top, left), (bottom, _) in merged if top < height and left < width]
    if any(top == 0 for top, _, _ in touching):
        raise UnreadableFileError(
            error(file, "merged_cells", "Cells of the header are merged, so columns have no name of their own.",
                  "unmerge them and name each column in row 1.", [1])
        )  # fmt: skip
    if touching:
        rows = [row + 1 for top, _, bottom in touching for row in range(top, min(bottom, top + 5, height - 1) + 1)]
        raise UnreadableFileError(
            error(file, "merged_cells", "Merged cells in the table: only the first of them holds the value.",
                  "unmerge them and fill each cell.", rows)
        )  # fmt: skip


def _named_columns(names: list[str], body: list[tuple[int, list]], file: str) -> list[int]:
    """Places of the columns that have a name; cells without a name above them are refused."""
    if not any(names):
        raise UnreadableFileError(
            error(file, "no_header", "Row 1 of the sheet is empty; names of columns are wanted there.",
                  "delete the rows above the header.", [1])
        )  # fmt: skip
    unnamed = [place for place, name in enumerate(names) if not name and any(row[place] is not None for _, row in body)]
    if unnamed:
        where = ", ".join(str(place + 1) for place in unnamed[:5]) + (f" and {len(unnamed) - 5} more" if len(unnamed) > 5 else "")
        raise UnreadableFileError(
            error(file, "no_header", f"Cells without a name above them, in column {where} of the sheet.",
                  "name each column in row 1; titles and notes belong outside the table.", [1])
        )  # fmt: skip
    kept = [place for place, name in enumerate(names) if name]
    if len({names[place] for place in kept}) < len(kept):
        places = [str(place + 1) for place in kept if names.count(names[place]) > 1]
        raise UnreadableFileError(
            error(file, "duplicate_column", f"Columns {', '.join(places[:5])} of the header have the same name.", "give each column its own name.", [1])
        )
    return kept


def _unreadable_cells(scan: SheetScan, kept: list[int], file: str) -> list[Finding]:
    """Errors and formulas without value, in the columns that are read."""
    wanted = {place + 1 for place in kept}
    found = []
    for cells, rule, what, remedy in (
        (scan.errors, "error_cells", "hold an Excel error (#N/A, #REF!, #DIV/0! …)", "correct the formulas, or empty the cells."),
        (scan.unvalued, "formula_without_value", "hold a formula that was saved without its value", "open the workbook in Excel and save it, then send it."),
    ):
        rows = [row for row, column in cells if column in wanted]
        if rows:
            found.append(error(file, rule, f"{len(rows):,} cells {what}.", remedy, rows))
    return found


def _tidy(cell):
    """A cell as other formats give it: empty is None, a duration or clock time is text."""
    if isinstance(cell, str):
        return cell if cell and not cell.isspace() else None
    if isinstance(cell, time):
        return cell.replace(microsecond=0).isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, float) and (cell != cell or cell in (float("inf"), float("-inf"))):
        return None
    return cell


def _typed(values: list) -> tuple[str, list]:
    """Kind of a column and its cells; of a column of several kinds each cell stays what it is, whole numbers whole."""
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"number"}:
        return "number", whole_numbers(values)
    if kinds == {"date", "datetime"}:
        return "datetime", values
    if len(kinds) == 1:
        return kinds.pop(), values
    return "text", [int(value) if type(value) is float and value.is_integer() and abs(value) < 2**53 else value for value in values]


def _kind(value) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, datetime):
        return "datetime"
    return "date" if isinstance(value, date) else "number"
