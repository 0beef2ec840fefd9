"""One worksheet looked through before its values are read: how large it is, and what a reader would leave out in silence."""

import re
from dataclasses import dataclass, field

from heroes.intake.files.limits import MOST_CELLS, MOST_COLUMNS
from heroes.intake.files.xml_stream import XmlError, local, parse_xml

_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})$")
MOST_ROWS = 1_048_576
"""Rows of a worksheet, as Excel has them."""


@dataclass
class SheetScan:
    """What stands in a worksheet, by row and column (both from 1).

    errors: cells with an Excel error (#N/A, #REF! …). unvalued: formulas saved without their value.
    hidden_rows: rows with cells that a filter or a hand hides; hidden_columns: whether columns are hidden.
    """

    last_row: int = 0
    last_column: int = 0
    errors: list[tuple[int, int]] = field(default_factory=list)
    unvalued: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: bool = False


def scan_sheet(content: bytes) -> SheetScan:
    """Looks through a worksheet's XML. Raises XmlError where it is damaged or larger than a dataset may be."""
    scan = SheetScan()
    at = _Place()

    def start(name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name == "c":
            at.next_cell(attributes)
        elif name in ("v", "t"):
            at.in_value = at.in_cell
        elif name == "f":
            at.has_formula = True
        elif name == "row":
            at.next_row(attributes)
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            scan.hidden_columns = True

    def end(name: str) -> None:
        name = local(name)
        if name == "c":
            at.close_cell(scan)
        elif name in ("v", "t"):
            at.in_value = False
        elif name == "row" and at.is_hidden and at.row_has_cells:
            scan.hidden_rows += 1

    def text(_characters: str) -> None:
        if at.in_value:
            at.has_value = True

    parse_xml(content, start=start, end=end, text=text)
    if scan.last_row > MOST_ROWS or scan.last_column > MOST_COLUMNS or scan.last_row * scan.last_column > MOST_CELLS:
        raise XmlError("sheet_too_large", f"Its cells reach to row {scan.last_row:,} and column {scan.last_column:,}.")
    return scan


class _Place:
    """Where the scan is. Rows and cells without a reference follow the one before them."""

    def __init__(self):
        self.row = self.column = 0
        self.is_hidden = self.row_has_cells = self.in_cell = self.in_value = False
        self.has_value = self.has_formula = self.is_error = self.is_text = False

    def next_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self.row = int(number) if number is not None and number.isascii() and number.isdigit() and len(number) < 8 else self.row + 1
        self.column = 0
        self.is_hidden, self.row_has_cells = attributes.get("hidden") in ("1", "true"), False

    def next_cell(self, attributes: dict[str, str]) -> None:
        found = _REFERENCE.match(attributes.get("r", ""))
        if found:
            self.column, self.row = _number_of(found[1]), int(found[2])
        else:
            self.column += 1
        self.in_cell, self.in_value, self.has_value, self.has_formula = True, False, False, False
        self.is_error, self.is_text = attributes.get("t") == "e", attributes.get("t") == "str"

    def close_cell(self, scan: SheetScan) -> None:
        self.in_cell = False
        if self.has_value or self.has_formula:
            self.row_has_cells = True
            scan.last_row, scan.last_column = max(scan.last_row, self.row), max(scan.last_column, self.column)
            if self.is_error:
                scan.errors.append((self.row, self.column))
            elif self.has_formula and not self.has_value and not self.is_text:  # a formula may give an empty text
                scan.unvalued.append((self.row, self.column))


def _number_of(letters: str) -> int:
    """A column's number from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
