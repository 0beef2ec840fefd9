"""What a data cut is made of before it is written, and what its manifest says afterwards."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath

import pandas as pd


@dataclass(frozen=True)
class SourceFile:
    """A file of a delivery. name: its path inside the delivery; sha256: hexadecimal; size: bytes."""

    name: str
    sha256: str
    size: int

    def __post_init__(self):
        if PurePath(self.name).is_absolute():
            raise ValueError("a source file is named inside its delivery, never by a path of the machine")


@dataclass(frozen=True)
class CutContents:
    """Everything one data cut will hold, checked and finished.

    tables: table name → frame with exactly the columns of its record model, in that order; one row per record; missing
        cells are None/NaN/NaT; days are whole numbers. Tables without rows may be absent. "import_issue" holds the
        queries and notes.
    findings: count of findings by severity, e.g. {"QUERY": 3, "NOTE": 1}.
    marker, marker_unit: what `ctdna_result` measures, if anything was delivered.
    """

    study_id: str
    cut_off: date
    tables: dict[str, pd.DataFrame]
    protocol_digest: str
    sources: tuple[SourceFile, ...] = ()
    findings: dict[str, int] = field(default_factory=dict)
    simulated: bool = False
    marker: str | None = None
    marker_unit: str | None = None
