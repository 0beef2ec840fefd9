"""Published files beside the tests, and small files written by them."""

import json
from pathlib import Path

from heroes.intake.files import Dataset, read_files
from heroes.intake.findings import Finding

PUBLISHED = Path(__file__).resolve().parents[2] / "reference"
CDISC = PUBLISHED / "cdisc_dataset_json"
REDCAP = PUBLISHED / "redcap"


def written(folder: Path, name: str, content: bytes | str) -> Path:
    """A file of that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_one(path: Path, **options) -> tuple[Dataset | None, list[Finding]]:
    """The one dataset of a file, if it gave one, and the findings."""
    datasets, _, findings = read_files([path], **options)
    assert len(datasets) <= 1
    return (datasets[0] if datasets else None), findings


def rules(findings: list[Finding]) -> list[str]:
    """The rules that spoke, in order."""
    return [finding.rule for finding in findings]


def a_dataset_json(described: list[dict] | None = None, rows: list | None = None, **changes) -> dict:
    """A Dataset-JSON document of two subjects; None in `changes` removes an attribute."""
    rows = [["S-1", 61], ["S-2", 58]] if rows is None else rows
    document = {
        "datasetJSONCreationDateTime": "2026-01-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.DM",
        "records": len(rows),
        "name": "DM",
        "label": "Demographics",
        "columns": described or [a_column("USUBJID"), a_column("AGE", "integer")],
        "rows": rows,
        **changes,
    }
    return {key: value for key, value in document.items() if value is not None}


def a_column(name: str, data_type: str = "string", **more) -> dict:
    """One column of a Dataset-JSON document."""
    return {"itemOID": f"IT.DM.{name}", "name": name, "label": name.title(), "dataType": data_type, **more}


def as_ndjson(document: dict) -> str:
    """The same document, one row a line."""
    header = {key: value for key, value in document.items() if key != "rows"}
    return "\n".join(json.dumps(part) for part in [header, *document["rows"]]) + "\n"
