"""Datasets as sheets of one Excel workbook, written as Office Open XML by hand: cells of texts and numbers need no more."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from heroes.simulate.deliveries.dataset import Cell, RawDataset, text_of

_START = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def write_xlsx(path: Path, datasets: Sequence[RawDataset]) -> None:
    """One sheet for each dataset, names of columns in the first row. The same datasets give the same bytes."""
    numbers = range(1, len(datasets) + 1)
    types = "".join(f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_SHEET_TYPE}"/>' for number in numbers)
    sheets = "".join(
        f'<sheet name={quoteattr(dataset.name)} sheetId="{number}" r:id="rId{number}"/>' for number, dataset in zip(numbers, datasets, strict=True)
    )
    links = "".join(f'<Relationship Id="rId{number}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>' for number in numbers)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK_TYPE}"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
    }  # fmt: skip
    parts |= {f"xl/worksheets/sheet{number}.xml": _sheet(dataset) for number, dataset in zip(numbers, datasets, strict=True)}
    with ZipFile(path, "w") as book:
        for name, text in parts.items():
            part = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            part.compress_type = ZIP_DEFLATED
            book.writestr(part, _START + text)


def _sheet(dataset: RawDataset) -> str:
    letters = [_letters(place) for place in range(len(dataset.names))]
    rows = [_row(1, letters, dataset.names)]
    rows += [_row(number, letters, row) for number, row in enumerate(dataset.rows, start=2)]
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


def _row(number: int, letters: Sequence[str], cells: Sequence[Cell]) -> str:
    inside = "".join(_cell(f"{letter}{number}", cell) for letter, cell in zip(letters, cells, strict=True) if cell is not None)
    return f'<row r="{number}">{inside}</row>'


def _cell(place: str, cell: Cell) -> str:
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{text_of(cell)}</v></c>'


def _letters(place: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    first, last = divmod(place, 26)
    return (_letters(first - 1) if first else "") + chr(ord("A") + last)
