"""A dataset on its way into a file: named columns with labels, cells as text, whole numbers or decimals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | float | None


@dataclass(frozen=True)
class RawDataset:
    """name: as CDISC names it. columns: name → label. kinds: name → str, int or float. rows: cells in the order of the columns."""

    name: str
    label: str
    columns: Mapping[str, str]
    kinds: Mapping[str, type]
    rows: Sequence[Sequence[Cell]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)


def raw_dataset(name: str, label: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> RawDataset:
    """A dataset of cells as a trial holds them: dates become ISO text, truth values Y and N. A column of whole numbers is
    one of whole numbers; with a decimal among them one of decimals; with a text among them one of text."""
    plain = [[_plain(cell) for cell in row] for row in rows]
    kinds = {column: _kind(row[place] for row in plain) for place, column in enumerate(columns)}
    told = list(kinds.values())
    cells = [[None if cell is None else kind(cell) for cell, kind in zip(row, told, strict=True)] for row in plain]
    return RawDataset(name, label, columns, kinds, cells)


def _plain(cell: object) -> Cell:
    if isinstance(cell, bool):
        return "Y" if cell else "N"
    if isinstance(cell, date):
        return cell.isoformat()
    return cell


def _kind(cells) -> type:
    kinds = {type(cell) for cell in cells if cell is not None}
    return str if str in kinds or not kinds else float if float in kinds else int


def text_of(cell: Cell) -> str:
    """A cell as a file of text holds it: decimals with the fewest digits that tell the number, empty where there is none."""
    return "" if cell is None else repr(float(cell)) if isinstance(cell, float) else str(cell)
