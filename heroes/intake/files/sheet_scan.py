"""One worksheet looked through before its values are read: how large it is, and what a reader would leave out in silence."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from heroes.intake.files.limits import LARGEST_UNPACKED, MOST_CELLS, MOST_COLUMNS
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


def shared_lengths(content: bytes) -> list[int]:
    """Characters of each text that the sheets of a workbook share. Raises XmlError."""
    lengths: list[int] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        if local(name) == "si":
            lengths.append(0)

    def text(characters: str) -> None:
        if lengths:
            lengths[-1] += len(characters)

    parse_xml(content, start=start, text=text)
    return lengths


def scan_sheet(content: bytes, shared: list[int]) -> SheetScan:
    """Looks through a worksheet's XML. shared: lengths of the texts it may refer to.

    Raises XmlError where it is damaged, larger than a dataset may be, or says a long text again and again.
    """
    scan = SheetScan()
    at = _Place(shared)
    short: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        name = short.get(name) or short.setdefault(name, local(name))
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
        name = short[name]
        if name == "c":
            at.close_cell(scan)
        elif name in ("v", "t"):
            at.in_value = False
        elif name == "row" and at.is_hidden and at.row_has_cells:
            scan.hidden_rows += 1

    def text(characters: str) -> None:
        if at.in_value:
            at.value += characters

    parse_xml(content, start=start, end=end, text=text)
    if scan.last_row > MOST_ROWS or scan.last_column > MOST_COLUMNS or scan.last_row * scan.last_column > MOST_CELLS:
        raise XmlError("sheet_too_large", f"Its cells reach to row {scan.last_row:,} and column {scan.last_column:,}.")
    if at.shared_characters > LARGEST_UNPACKED:
        raise XmlError("unpacks_too_large", f"Its texts are longer than {LARGEST_UNPACKED:,} characters together.")
    return scan


class _Place:
    """Where the scan is. Rows and cells without a reference follow the one before them."""

    def __init__(self, shared: list[int]):
        self.shared = shared
        self.shared_characters = 0
        self.row = self.column = 0
        self.value = self.kind = ""
        self.is_hidden = self.row_has_cells = self.in_cell = self.in_value = self.has_formula = False

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
        self.in_cell, self.in_value, self.has_formula = True, False, False
        self.value, self.kind = "", attributes.get("t", "n")

    def close_cell(self, scan: SheetScan) -> None:
        self.in_cell = False
        if not self.value and not self.has_formula:
            return
        self.row_has_cells = True
        scan.last_row, scan.last_column = max(scan.last_row, self.row), max(scan.last_column, self.column)
        if self.kind == "s" and self.value.isdecimal() and len(self.value) < 9:
            self.shared_characters += self.shared[int(self.value)] if int(self.value) < len(self.shared) else 0
        elif self.kind == "e":
            scan.errors.append((self.row, self.column))
        elif not self.value and self.kind != "str":  # a formula may give an empty text
            scan.unvalued.append((self.row, self.column))


@lru_cache(maxsize=MOST_COLUMNS)
def _number_of(letters: str) -> int:
    """A column's number from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
