"""Datasets as CDISC Dataset-JSON 1.1: one file a dataset, described as the specification asks."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from heroes.simulate.deliveries.dataset import RawDataset

VERSION = "1.1.0"
_TYPES = {str: "string", int: "integer", float: "double"}


def write_dataset_json(folder: Path, datasets: Iterable[RawDataset], *, study_id: str, written_at: datetime) -> None:
    """<name>.json for each dataset. written_at: when the files say they were made."""
    for dataset in datasets:
        document = {
            "datasetJSONCreationDateTime": written_at.isoformat(timespec="seconds"),
            "datasetJSONVersion": VERSION,
            "fileOID": f"{study_id}.{dataset.name.upper()}",
            "originator": "heroes simulate",
            "studyOID": study_id,
            "metaDataVersionOID": f"MDV.{study_id}",
            "itemGroupOID": f"IG.{dataset.name.upper()}",
            "records": len(dataset.rows),
            "name": dataset.name.upper(),
            "label": dataset.label,
            "columns": [_column(dataset, name) for name in dataset.names],
            "rows": [list(row) for row in dataset.rows],
        }
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        (folder / f"{dataset.name}.json").write_text(text, encoding="utf-8")


def _column(dataset: RawDataset, name: str) -> dict[str, object]:
    place, kind = dataset.names.index(name), dataset.kinds[name]
    column = {"itemOID": f"IT.{dataset.name.upper()}.{name}", "name": name, "label": dataset.columns[name], "dataType": _TYPES[kind]}
    if kind is str:
        column["length"] = max((len(row[place]) for row in dataset.rows if row[place]), default=1)
    return column
