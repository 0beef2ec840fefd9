"""Datasets as CSV files: commas, UTF-8, one file a dataset."""

import csv
from collections.abc import Iterable
from pathlib import Path

from heroes.simulate.deliveries.dataset import RawDataset, text_of


def write_csv(folder: Path, datasets: Iterable[RawDataset]) -> None:
    """<name>.csv for each dataset."""
    for dataset in datasets:
        with (folder / f"{dataset.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(dataset.names)
            writer.writerows([text_of(cell) for cell in row] for row in dataset.rows)
