"""The manifest of a data cut: the one row of its table `data_cut`, and what the rest of the program reads of it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from heroes.model.contents import SourceFile
from heroes.model.records import Code, Record, column, required

SCHEMA_VERSION = 3
"""Counts up when the tables of a cut change so that an older program could misread them. Cuts of earlier versions are read
as they are: the tables that came later (`Record.since`) have no rows in them."""


class Manifest(Record):
    """The row of `data_cut`. JSON columns hold objects with sorted keys."""

    table = "data_cut"
    key = ("digest",)
    about = "The manifest: what this data cut is, what it was made from, and the digests that prove it whole. One row."
    study_id: Code = required("STUDYID of the trial")
    cut_off: date = required("Cut-off date: what was known at the end of this day")
    sequence: int = required("1 for the first cut of this cut-off date, 2 for the next", ge=1)
    digest: str = required("SHA-256 over cut-off date, study and the digests of the clinical tables")
    simulated: bool = required("The patients are invented")
    imported_at: datetime = required("When the cut was made, UTC")
    marker: str | None = column("What ctdna_result measures")
    marker_unit: str | None = column("Unit of its quantity")
    row_counts: str = required("JSON: number of rows of each table")
    table_digests: str = required("JSON: SHA-256 of each table's records, whatever file format they came in")
    sources: str = required("JSON: files of the delivery with SHA-256 and size in bytes")
    findings: str = required("JSON: number of findings of the import by severity")
    importer_version: Code = required("Version of the program that made the cut")
    schema_version: int = required("Version of the tables", ge=1)
    protocol_digest: str = required("SHA-256 of the protocol's values at the import")
    manifest_digest: str = required("SHA-256 over all other columns of this row")


@dataclass(frozen=True)
class DataCut:
    """A data cut that has been found whole. stem: its file name without ending, which is how people name it.

    row_counts, table_digests: by table. findings: number by severity. imported_at: with zone, UTC.
    """

    path: Path
    stem: str
    cut_off: date
    sequence: int
    digest: str
    study_id: str
    simulated: bool
    imported_at: datetime
    marker: str | None
    marker_unit: str | None
    row_counts: dict[str, int]
    table_digests: dict[str, str]
    sources: tuple[SourceFile, ...]
    findings: dict[str, int]
    importer_version: str
    schema_version: int
    protocol_digest: str

    def __hash__(self) -> int:
        return hash((self.stem, self.digest))


def manifest_row(cut: DataCut) -> dict:
    """The row of `data_cut` that says what a DataCut says (its path apart), with its own digest."""
    row = {
        "study_id": cut.study_id,
        "cut_off": cut.cut_off,
        "sequence": cut.sequence,
        "digest": cut.digest,
        "simulated": cut.simulated,
        "imported_at": cut.imported_at.astimezone(UTC).replace(tzinfo=None),
        "marker": cut.marker,
        "marker_unit": cut.marker_unit,
        "row_counts": _json(cut.row_counts),
        "table_digests": _json(cut.table_digests),
        "sources": _json([{"name": s.name, "sha256": s.sha256, "size": s.size} for s in cut.sources]),
        "findings": _json(cut.findings),
        "importer_version": cut.importer_version,
        "schema_version": cut.schema_version,
        "protocol_digest": cut.protocol_digest,
    }
    return {**row, "manifest_digest": manifest_digest(row)}


def manifest_digest(row: dict) -> str:
    """SHA-256 over a manifest row without its own digest: an altered flag or count shows."""
    kept = {name: value for name, value in row.items() if name != "manifest_digest"}
    kept["cut_off"] = row["cut_off"].isoformat()
    kept["imported_at"] = row["imported_at"].isoformat()
    return hashlib.sha256(_json(kept).encode()).hexdigest()


def data_cut_of(row: dict, path: Path, stem: str) -> DataCut:
    """The DataCut that a row of `data_cut` describes. Raises ValueError where its JSON cannot be read."""
    return DataCut(
        path=path,
        stem=stem,
        cut_off=row["cut_off"],
        sequence=row["sequence"],
        digest=row["digest"],
        study_id=row["study_id"],
        simulated=row["simulated"],
        imported_at=row["imported_at"].replace(tzinfo=UTC),
        marker=row["marker"],
        marker_unit=row["marker_unit"],
        row_counts=json.loads(row["row_counts"]),
        table_digests=json.loads(row["table_digests"]),
        sources=tuple(SourceFile(**source) for source in json.loads(row["sources"])),
        findings=json.loads(row["findings"]),
        importer_version=row["importer_version"],
        schema_version=row["schema_version"],
        protocol_digest=row["protocol_digest"],
    )


def _json(value) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
