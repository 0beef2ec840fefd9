"""One dataset of a delivery: cells as they came, with the row of the file each came from."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

_SPLIT = re.compile(r"(QS)[A-Z\d]{1,2}")
"""SDTM splits a large dataset under its domain and up to two signs more."""

XPT_NAME_LENGTH = 8
"""SAS transport cuts dataset names here: `RS_ONCO_RECIST` arrives as `RS_ONCO_`."""


@dataclass(frozen=True)
class SourceColumn:
    """A column as delivered. label: its description in the file, where the format has one.

    kind: text, number, date, datetime or boolean, as the file declares it (everything is text in a CSV).
    is_identifier: whoever defined the column marked it as one that can name a person.
    """

    name: str
    label: str | None
    kind: str
    is_identifier: bool = False


@dataclass
class Dataset:
    """A dataset as delivered.

    name: dataset name in capitals (that of the file where the format has none inside: its stem).
    file: path inside the delivery; of a file that holds several datasets, with the dataset behind it (`week.xlsx/DM`).
    columns: in the order of the file.
    frame: column names as delivered; cells are str, int, float, bool, date, datetime or None (empty text is None).
    rows: for each row of the frame, its row in the file: the line it starts on for CSV, where the header is row 1;
        the record's number from 1 for the other formats.
    """

    name: str
    file: str
    columns: tuple[SourceColumn, ...]
    frame: pd.DataFrame
    rows: np.ndarray


def table_names(dataset: Dataset) -> tuple[str, ...]:
    """Names by which a dataset may be recognised, the most telling first, in capitals.

    The dataset's own name, its file's stem, then each before the first `_`: `rs_onco_recist.xpt` with the dataset
    `RS_ONCO_` gives RS_ONCO_, RS_ONCO_RECIST, RS. A split dataset of questionnaires (QSC3, QSBR) is QS too.
    """
    return names_of(dataset.name, dataset.file)


def names_of(name: str, file: str) -> tuple[str, ...]:
    """`table_names` of a dataset that is not read yet."""
    whole = whole_names(name, file)
    starts = [part.split("_")[0] for part in whole if part.split("_")[0]]
    splits = [found[1] for part in starts if (found := _SPLIT.fullmatch(part))]
    return tuple(dict.fromkeys([*whole, *starts, *splits]))


def whole_names(name: str, file: str) -> tuple[str, ...]:
    """A dataset's own name and its file's stem, in capitals."""
    stem = file.rsplit("/", 1)[-1].split(".")[0]
    return tuple(dict.fromkeys(part.strip().upper() for part in (name, stem) if part.strip()))


def is_named(dataset: Dataset, name: str) -> bool:
    """Does a name given by a person (in a mapping, say) mean this dataset? Capitals or not do not matter."""
    return name.strip().upper() in table_names(dataset)
