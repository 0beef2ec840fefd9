"""The structure of a SAS transport file (XPT version 5), checked before a cell of it is believed.

Readers of this format take a truncated file as a shorter one without a word. Here the headers, the length of a row and
the bytes that follow the last row must fit together (SAS Technical Support TS-140).
"""

import struct
from dataclasses import dataclass

import numpy as np

RECORD = 80
_HEADER = b"HEADER RECORD*******%s HEADER RECORD!!!!!!!"
LIBRARY = _HEADER % b"LIBRARY"
LIBRARY_V8 = _HEADER % b"LIBV8  "
MEMBER = _HEADER % b"MEMBER "
DESCRIPTOR = _HEADER % b"DSCRPTR"
VARIABLES = _HEADER % b"NAMESTR"
OBSERVATIONS = _HEADER % b"OBS    "
_VARIABLES_AT = 8 * RECORD
_VARIABLE_LENGTHS = (140, 136)


class TransportStructureError(Exception):
    """The bytes are no whole transport file; `rule` and the sentence say why, without any cell."""

    def __init__(self, rule: str, sentence: str):
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


@dataclass(frozen=True)
class TransportVariable:
    """One variable: its place and bytes within a row."""

    name: str
    is_text: bool
    start: int
    length: int


@dataclass(frozen=True)
class TransportStructure:
    """What the headers promise. name: of the dataset. observations: rows × bytes of a row, as stored."""

    name: str
    variables: tuple[TransportVariable, ...]
    labels: bytes
    observations: np.ndarray

    def text_bytes(self) -> bytes:
        """Every byte that stands for text, labels included: what an encoding is told from."""
        parts = [self.observations[:, v.start : v.start + v.length].tobytes() for v in self.variables if v.is_text]
        return b" ".join([self.labels, *parts])


def check_transport(content: bytes) -> TransportStructure:
    """The structure of a version 5 transport file with one dataset. Raises TransportStructureError otherwise."""
    if content.startswith(LIBRARY_V8):
        raise TransportStructureError(
            "xpt_version_8", "This is a SAS transport file of version 8; version 5, as authorities ask for it, is read."
        )
    if not content.startswith(LIBRARY):
        raise TransportStructureError("damaged_xpt", "The file does not begin like a SAS transport file: its header is damaged.")
    if len(content) % RECORD:
        raise TransportStructureError(
            "truncated_xpt",
            f"The file is truncated or altered: {len(content):,} bytes are not whole records of {RECORD}.",
        )
    for at, header, what in ((3, MEMBER, "member"), (4, DESCRIPTOR, "dataset"), (7, VARIABLES, "variables")):
        if not content.startswith(header, at * RECORD):
            raise TransportStructureError("damaged_xpt", f"The header of the {what} (record {at + 1}) is missing or damaged.")
    variables, labels, rows_at = _variables(content)
    name = content[5 * RECORD + 8 : 5 * RECORD + 16].decode("latin-1").strip(" \x00")
    return TransportStructure(name, variables, labels, _observations(content, variables, rows_at))


def _variables(content: bytes) -> tuple[tuple[TransportVariable, ...], bytes, int]:
    damaged = TransportStructureError("damaged_xpt", "The list of variables in the header is damaged.")
    size = content[3 * RECORD + 75 : 3 * RECORD + 78]
    count = content[7 * RECORD + 54 : 7 * RECORD + 58]
    if not size.isdigit() or int(size) not in _VARIABLE_LENGTHS or not count.isdigit() or int(count) == 0:
        raise damaged
    size, count = int(size), int(count)
    end = _VARIABLES_AT + -(-size * count // RECORD) * RECORD
    if not content.startswith(OBSERVATIONS, end):
        raise damaged
    variables, labels, width = [], b"", 0
    for number in range(count):
        entry = content[_VARIABLES_AT + number * size :][:size]
        kind, _, length, _ = struct.unpack(">hhhh", entry[:8])
        (start,) = struct.unpack(">i", entry[84:88])
        name = entry[8:16].rstrip(b" \x00")
        possible = 2 <= length <= 8 if kind == 1 else kind == 2 and length > 0
        if not possible or start != width or not name.decode("latin-1").isidentifier() or not name.isascii():
            raise damaged
        variables.append(TransportVariable(name.decode("ascii"), kind == 2, start, length))
        labels += entry[16:56]
        width += length
    if len({variable.name.upper() for variable in variables}) < count:
        raise TransportStructureError("duplicate_column", "Two variables have the same name.")
    return tuple(variables), labels, end + RECORD


def _observations(content: bytes, variables: tuple[TransportVariable, ...], rows_at: int) -> np.ndarray:
    width = sum(variable.length for variable in variables)
    cells = np.frombuffer(content, dtype=np.uint8, offset=rows_at)
    starts = cells.reshape(-1, RECORD)[:, : len(MEMBER)]
    if (starts == np.frombuffer(MEMBER, dtype=np.uint8)).all(axis=1).any():
        raise TransportStructureError("several_datasets", "The file holds more than one dataset.")
    count, rest = divmod(len(cells), width)
    if rest >= RECORD or (cells[len(cells) - rest :] != ord(" ")).any():
        raise TransportStructureError("truncated_xpt", f"The file ends within a row, after {count:,} whole rows: it was cut short.")
    rows = cells[: count * width].reshape(count, width)
    written = np.flatnonzero((rows != ord(" ")).any(axis=1))
    rows = rows[: written[-1] + 1 if len(written) else 0]
    if (count - len(rows)) * width + rest >= RECORD:
        raise TransportStructureError("damaged_xpt", f"After {len(rows):,} rows the file goes on with blanks: its end was lost.")
    for variable in variables:
        holes = (rows[:, variable.start : variable.start + variable.length] == 0).any(axis=1) if variable.is_text else ()
        if np.any(holes):
            row = int(np.argmax(holes)) + 1
            raise TransportStructureError("damaged_xpt", f"In row {row:,} a text cell holds NUL bytes: the file is damaged.")
    return rows
