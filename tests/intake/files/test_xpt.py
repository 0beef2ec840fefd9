"""SAS transport files, whole and damaged."""

import struct
from datetime import date, datetime

import pandas as pd
import pyreadstat
import pytest

from heroes.intake.files.transport import OBSERVATIONS, RECORD
from heroes.model.terms import Severity
from tests.intake.files.examples import CDISC, read_one, rules, written

DM = CDISC / "dm.xpt"


def an_xpt(path, frame, name="DM", **options):
    """The frame as a transport file."""
    pyreadstat.write_xport(frame, str(path), table_name=name, file_format_version=5, **options)
    return path


@pytest.fixture
def small(tmp_path):
    """Twelve subjects, 17 bytes a row: the last record is filled up with blanks."""
    frame = pd.DataFrame({"USUBJID": [f"S-{n:07d}" for n in range(12)], "AGE": [50.0 + n for n in range(12)]})
    return an_xpt(tmp_path / "dm.xpt", frame)


def test_a_published_dataset_with_labels_and_record_numbers():
    dataset, findings = read_one(DM)
    assert findings == [] and dataset.name == "DM"
    assert dataset.frame.shape == (18, 26) and dataset.rows.tolist() == list(range(1, 19))
    labels = {column.name: column.label for column in dataset.columns}
    assert labels["USUBJID"] == "Unique Subject Identifier"
    assert dataset.frame["AGE"].iloc[0] == 84 and isinstance(dataset.frame["AGE"].iloc[0], int)


def test_dates_are_told_by_their_format(tmp_path):
    frame = pd.DataFrame({"RANDDT": [21915.0, None], "TRTSDTM": [1893456000.0 + 1.5, 0.0], "AVAL": [21915.5, -1.0], "ID": ["S-1", "S-2"]})
    formats = {"RANDDT": "E8601DA10.", "TRTSDTM": "DATETIME20."}
    dataset, findings = read_one(an_xpt(tmp_path / "adsl.xpt", frame, "ADSL", variable_format=formats))
    assert findings == []
    assert dataset.frame["RANDDT"].tolist() == [date(2020, 1, 1), None]  # 21,915 days after 1960-01-01
    assert dataset.frame["TRTSDTM"].tolist() == [datetime(2020, 1, 1, 0, 0, 1, 500_000), datetime(1960, 1, 1)]
    assert dataset.frame["AVAL"].tolist() == [21915.5, -1.0]
    assert [column.kind for column in dataset.columns] == ["date", "datetime", "number", "text"]


def test_sas_missing_codes_are_missing(small, read_bytes):
    content = bytearray(small.read_bytes())
    first_row = content.index(OBSERVATIONS) + RECORD
    for row, code in enumerate(b"._AZ"):
        at = first_row + 17 * row + 9  # nine bytes of text, then the number
        content[at : at + 8] = bytes([code]) + bytes(7)
    small.write_bytes(content)
    dataset, findings = read_one(small)
    assert findings == []
    assert dataset.frame["AGE"].tolist() == [None] * 4 + list(range(54, 62))


def test_whole_numbers_stay_whole_and_others_keep_their_digits(tmp_path):
    frame = pd.DataFrame({"SITEID": [701.0, 702.0], "AVAL": [119.630116922781, 2.0]})
    dataset, _ = read_one(an_xpt(tmp_path / "x.xpt", frame, "X"))
    assert [repr(value) for value in dataset.frame["SITEID"]] == ["701", "702"]
    assert dataset.frame["AVAL"].tolist() == pytest.approx([119.630116922781, 2.0], rel=1e-15)


def test_accents_in_either_encoding(tmp_path, read_bytes):
    path = an_xpt(tmp_path / "dm.xpt", pd.DataFrame({"USUBJID": ["S-1"], "COUNTRY": ["Côte d'Or"]}))
    dataset, findings = read_one(path)
    assert dataset.frame["COUNTRY"].tolist() == ["Côte d'Or"] and findings == []
    western = path.read_bytes().replace("Côte".encode(), "Côte ".encode("latin-1"))
    path.write_bytes(western)
    dataset, findings = read_one(path)
    assert dataset.frame["COUNTRY"].tolist() == ["Côte  d'Or"] and rules(findings) == ["not_utf8"]
    dataset, findings = read_one(path, encoding="latin-1")
    assert dataset.frame["COUNTRY"].tolist() == ["Côte  d'Or"] and findings == []
    dataset, findings = read_one(path, encoding="utf-8")
    assert dataset is None and rules(findings) == ["wrong_encoding"]


def test_dropped_variables_are_never_decoded():
    dataset, findings = read_one(DM, drop={"dm": {"brthdtc", "INVNAM"}})
    assert "BRTHDTC" not in dataset.frame and dataset.frame.shape == (18, 25)
    assert rules(findings) == ["dropped_by_mapping"]


@pytest.fixture
def read_bytes(tmp_path):
    """Reads these bytes as dm.xpt."""
    return lambda content: read_one(written(tmp_path, "dm.xpt", content))


@pytest.mark.parametrize("cut", [1, 40, 79, 81, 1000])
def test_a_file_that_is_not_whole_records_was_cut(cut, read_bytes):
    whole = DM.read_bytes()
    dataset, findings = read_bytes(whole[:-cut])
    assert dataset is None and rules(findings) == ["truncated_xpt"] and findings[0].severity is Severity.ERROR
    assert "binary mode" in findings[0].remedy


def test_most_cuts_between_records_are_noticed_too(read_bytes):
    """At a whole record only a cut that falls between two rows is invisible."""
    whole = DM.read_bytes()
    outcomes = [read_bytes(whole[:at]) for at in range(RECORD, len(whole), RECORD)]
    unnoticed = [dataset for dataset, _ in outcomes if dataset is not None]
    assert len(outcomes) > 100 and len(unnoticed) <= 2
    assert all(len(dataset.frame) < 18 for dataset in unnoticed)
    assert all(len(findings) == 1 for dataset, findings in outcomes if dataset is None)


def test_rows_lost_to_blanks_or_zeros_are_noticed(small, read_bytes):
    whole = small.read_bytes()
    for lost in (b" ", b"\x00"):
        dataset, findings = read_bytes(whole[: -2 * RECORD] + lost * 2 * RECORD)
        assert dataset is None and rules(findings) in (["damaged_xpt"], ["truncated_xpt"])


@pytest.mark.parametrize("record", [0, 3, 4, 7])
def test_a_flipped_bit_in_a_header_is_a_sentence(record, read_bytes):
    content = bytearray(DM.read_bytes())
    content[record * RECORD + 22] ^= 0x10
    dataset, findings = read_bytes(bytes(content))
    assert dataset is None and rules(findings) == ["damaged_xpt"]
    assert "header" in findings[0].message and "Nothing was imported" in findings[0].remedy


def test_damage_in_the_list_of_variables_is_noticed(read_bytes):
    at = 8 * RECORD
    for place, value in ((at, struct.pack(">h", 9)), (at + 4, struct.pack(">h", -5)), (at + 84, struct.pack(">i", 7)), (at + 8, b"\xff")):
        content = bytearray(DM.read_bytes())
        content[place : place + len(value)] = value
        dataset, findings = read_bytes(bytes(content))
        assert dataset is None and rules(findings) == ["damaged_xpt"]


def test_version_8_and_two_datasets_in_one_file_are_refused_in_words(small, read_bytes):
    whole = small.read_bytes()
    _, findings = read_bytes(whole.replace(b"LIBRARY HEADER", b"LIBV8   HEADER"))
    assert rules(findings) == ["xpt_version_8"]
    _, findings = read_bytes(whole + whole[3 * RECORD :])
    assert rules(findings) == ["several_datasets"]


def test_a_number_that_is_no_date_is_an_error_with_its_rows(tmp_path):
    frame = pd.DataFrame({"ADT": [21915.0, 9e9, None]})
    dataset, findings = read_one(an_xpt(tmp_path / "x.xpt", frame, "X", variable_format={"ADT": "DATE9."}))
    assert rules(findings) == ["impossible_date"] and findings[0].row == "2"
    assert dataset.frame["ADT"].tolist() == [date(2020, 1, 1), None, None]


def test_a_dataset_of_no_rows(tmp_path):
    dataset, findings = read_one(an_xpt(tmp_path / "x.xpt", pd.DataFrame({"A": pd.Series([], dtype=float), "B": pd.Series([], dtype=str)}), "X"))
    assert dataset.frame.shape == (0, 2) and rules(findings) == ["no_records"]


def test_every_reference_file_holds_what_its_independent_reader_says(reference):
    """Second witness: ReadStat's own frames, read from the path without our structure check."""
    paths = sorted(reference.glob("trial_*/xpt/*.xpt"))
    assert len(paths) >= 16
    for path in paths:
        dataset, findings = read_one(path)
        frame, meta = pyreadstat.read_xport(str(path))
        assert findings == [] and dataset.name == meta.table_name
        for name in frame.columns:
            ours = dataset.frame[name].tolist()
            theirs = [None if value != value or value == "" or value is pd.NaT else value for value in frame[name].tolist()]
            assert len(ours) == len(theirs)
            assert all(a == b or (a is None and b is None) for a, b in zip(ours, theirs)), (path.name, name)
