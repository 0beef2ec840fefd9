"""SAS datasets: one that SAS wrote, where a package ships it, and small ones by ReadStat's writer, read by pandas too."""

import io
import struct
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from heroes.intake.files import sas7bdat
from tests.intake.files.examples import read_one, rules, written
from tests.intake.files.sas7bdat_writer import write_sas7bdat

IRIS = Path("/usr/lib/R/site-library/haven/examples/iris.sas7bdat")
"""Written by SAS; in the Debian package r-cran-haven."""

DM = {
    "USUBJID": (None, ["S-1", "S-2", "S-é"]),
    "AGE": (None, [61.0, None, ".A"]),
    "DOSE": (None, [1.5, 2.25, ".Z"]),
    "ADT": ("DATE9", [21915.0, ".Z", -1.0]),
    "ADTM": ("DATETIME20", [21915.0 * 86_400 + 3_661, None, None]),
    "ATM": ("TIME8", [3_661.0, None, 100_000.0]),
}


def test_cells_labels_and_special_missings(tmp_path):
    dataset, findings = read_one(written(tmp_path, "dm.sas7bdat", write_sas7bdat(DM, {"AGE": "Age (y)"})))
    assert findings == [] and dataset.rows.tolist() == [1, 2, 3]
    assert [(column.name, column.kind) for column in dataset.columns] == [
        ("USUBJID", "text"), ("AGE", "number"), ("DOSE", "number"), ("ADT", "date"), ("ADTM", "datetime"), ("ATM", "text")]  # fmt: skip
    assert dataset.columns[1].label == "Age (y)" and dataset.columns[0].label is None
    assert dataset.frame.to_dict("list") == {
        "USUBJID": ["S-1", "S-2", "S-é"], "AGE": [61, None, None], "DOSE": [1.5, 2.25, None],
        "ADT": [date(2020, 1, 1), None, date(1959, 12, 31)], "ADTM": [datetime(2020, 1, 1, 1, 1, 1), None, None],
        "ATM": ["01:01:01", None, "27:46:40"],
    }  # fmt: skip


def test_pandas_own_reader_sees_the_same(tmp_path):
    content = write_sas7bdat(DM)
    other = pd.read_sas(io.BytesIO(content), format="sas7bdat", encoding="utf-8")
    dataset, _ = read_one(written(tmp_path, "dm.sas7bdat", content))
    assert list(other.columns) == list(dataset.frame.columns)
    for name in ("USUBJID", "AGE", "DOSE"):
        ours, theirs = dataset.frame[name].tolist(), other[name].tolist()
        assert [None if cell != cell else cell for cell in theirs] == ours
    assert [None if cell is pd.NaT else cell.date() for cell in other["ADT"]] == dataset.frame["ADT"].tolist()


def test_a_file_that_sas_wrote(tmp_path):
    if not IRIS.is_file():
        pytest.skip("no dataset written by SAS is here: install the Debian package r-cran-haven")
    dataset, findings = read_one(IRIS)
    theirs = pd.read_sas(IRIS, encoding="latin-1")
    assert findings == [] and dataset.name == "IRIS" and dataset.frame.shape == (150, 5)
    assert dataset.frame.values.tolist() == theirs.values.tolist()
    assert dataset.frame.groupby("Species").size().to_dict() == {"setosa": 50, "versicolor": 50, "virginica": 50}


def test_dropped_columns_are_never_read(tmp_path):
    dataset, findings = read_one(written(tmp_path, "dm.sas7bdat", write_sas7bdat(DM)), drop={"*": {"age", "dose"}})
    assert list(dataset.frame.columns) == ["USUBJID", "ADT", "ADTM", "ATM"] and rules(findings) == ["dropped_by_mapping"]


def test_a_date_format_over_an_impossible_number_is_an_error(tmp_path):
    _, findings = read_one(written(tmp_path, "x.sas7bdat", write_sas7bdat({"D": ("DATE9", [1.0, 9e9])})))
    assert rules(findings) == ["impossible_date"] and findings[0].row == "2"


def test_a_file_cut_short_or_damaged_is_refused(tmp_path):
    content = write_sas7bdat({"ID": (None, [f"S-{n:04d}" for n in range(2_000)])})
    assert rules(read_one(written(tmp_path, "a.sas7bdat", content[:-4096]))[1]) == ["truncated_sas7bdat"]
    assert rules(read_one(written(tmp_path, "b.sas7bdat", content[:300]))[1]) == ["damaged_sas7bdat"]
    assert rules(read_one(written(tmp_path, "c.sas7bdat", b"x" * 5000))[1]) == ["damaged_sas7bdat"]
    assert rules(read_one(written(tmp_path, "d.sas7bdat", content[:2000] + bytes(8000) + content[10_000:]))[1]) == ["damaged_sas7bdat"]


def test_rows_that_the_header_conceals_are_missed(tmp_path):
    content = write_sas7bdat({"ID": (None, [f"S-{n:04d}" for n in range(2_000)])})
    told = struct.pack("<q", 2_000)
    assert content.count(told) == 2  # of all rows, and of those that a page with descriptions may hold
    _, findings = read_one(written(tmp_path, "x.sas7bdat", content.replace(told, struct.pack("<q", 1_500), 1)))
    assert rules(findings) == ["damaged_sas7bdat"] and "1,500" in findings[0].message and "2,000" in findings[0].message


def test_rows_wider_than_any_dataset_are_not_unpacked(tmp_path, monkeypatch):
    path = written(tmp_path, "x.sas7bdat", write_sas7bdat(DM))
    monkeypatch.setattr(sas7bdat, "_LARGEST_ROWS", 100)
    assert rules(read_one(path)[1]) == ["unpacks_too_large"]


def test_deleted_observations_are_not_brought_back(tmp_path):
    content = bytearray(write_sas7bdat({"ID": (None, ["S-1", "S-2"])}))
    wide, shift = content[32] == 0x33, 4 if content[35] == 0x33 else 0
    header, page = struct.unpack_from("<ii", content, 196 + shift)
    for at in range(header + (32 if wide else 16), len(content), page):
        (kind,) = struct.unpack_from("<H", content, at)
        if kind & 0x0F00:
            struct.pack_into("<H", content, at, kind | 0x80)
    dataset, findings = read_one(written(tmp_path, "x.sas7bdat", bytes(content)))
    assert dataset is None and rules(findings) == ["deleted_observations"]
