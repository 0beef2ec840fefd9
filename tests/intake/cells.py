"""Datasets of a few cells, and what the door says of them."""

import numpy as np
import pandas as pd

from heroes.intake.files import Dataset, SourceColumn
from heroes.intake.identifiers import check_identifiers


def a_dataset(name="LB", labels=None, **columns) -> Dataset:
    """Columns of cells; rows are numbered from 2, as in a CSV."""
    frame = pd.DataFrame({key: pd.Series(cells, dtype=object) for key, cells in columns.items()})
    described = tuple(SourceColumn(key, (labels or {}).get(key), "text") for key in columns)
    return Dataset(name, f"{name.lower()}.csv", described, frame, np.arange(2, 2 + len(frame)))


def found_in(**columns):
    """Remaining columns and findings of one dataset."""
    datasets, findings = check_identifiers([a_dataset(**columns)])
    return list(datasets[0].frame.columns), findings
