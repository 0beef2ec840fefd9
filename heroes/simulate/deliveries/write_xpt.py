"""Datasets as SAS transport files, version 5: names of eight letters, labels of forty, texts of 200 bytes at most."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyreadstat

from heroes.errors import MisuseError
from heroes.simulate.deliveries.dataset import RawDataset

LONGEST_NAME, LONGEST_LABEL, LONGEST_TEXT = 8, 40, 200


_HEADER = 8 * 80
_STAMP = re.compile(rb"\d{2}[A-Z]{3}\d{2}:\d{2}:\d{2}:\d{2}")
"""When the file was made, four times in its first eight records."""


def write_xpt(folder: Path, datasets: Iterable[RawDataset], *, written_at: datetime) -> None:
    """<name>.xpt for each dataset. written_at: when the files say they were made.

    Raises MisuseError for what the format cannot hold: it would be cut short unsaid.
    """
    stamp = written_at.strftime("%d%b%y:%H:%M:%S").upper().encode()
    for dataset in datasets:
        _check(dataset)
        columns = {}
        for place, (name, kind) in enumerate(dataset.kinds.items()):
            cells = [row[place] for row in dataset.rows]
            texts = kind is str
            columns[name] = pd.Series([cell or "" for cell in cells], dtype=object) if texts else pd.Series(cells, dtype="float64")
        path = folder / f"{dataset.name}.xpt"
        pyreadstat.write_xport(
            pd.DataFrame(columns), str(path), table_name=dataset.name.upper(), file_label=dataset.label[:LONGEST_LABEL],
            column_labels=list(dataset.columns.values()), file_format_version=5,
        )  # fmt: skip
        content = path.read_bytes()
        path.write_bytes(_STAMP.sub(stamp, content[:_HEADER]) + content[_HEADER:])


def _check(dataset: RawDataset) -> None:
    too_long = [name for name in (dataset.name, *dataset.names) if len(name) > LONGEST_NAME]
    too_long += [label for label in dataset.columns.values() if len(label) > LONGEST_LABEL]
    texts = max((len(cell.encode()) for row in dataset.rows for cell in row if isinstance(cell, str)), default=0)
    if too_long or texts > LONGEST_TEXT:
        raise MisuseError(f"{dataset.name} does not fit a SAS transport file of version 5: {', '.join(too_long) or 'a text is longer than 200 bytes'}.")
