"""A delivery as a data manager sends it: a folder of files."""

import hashlib
import json

import pandas as pd
import pyreadstat
import pytest

from heroes.errors import MisuseError
from heroes.intake.files import is_named, read_files, table_names
from heroes.intake.files import delivery as delivery_module
from heroes.intake.findings import is_refused
from heroes.model.terms import Severity
from tests.intake.files.examples import CDISC, a_column, a_dataset_json, as_ndjson, read_one, rules, written


def test_a_folder_is_read_in_the_order_of_names_with_digests(tmp_path):
    written(tmp_path, "rs.csv", "USUBJID,RSORRES\nS-1,PD\n")
    dm = written(tmp_path, "dm.csv", "USUBJID,AGE\nS-1,61\n")
    written(tmp_path, "README.md", "# words")
    written(tmp_path, "LICENSE_of_the_data.txt", "words")
    written(tmp_path, ".hidden.csv", "x")
    (tmp_path / "old").mkdir()
    datasets, sources, findings = read_files([tmp_path])
    assert [dataset.name for dataset in datasets] == ["DM", "RS"]
    assert [source.name for source in sources] == ["dm.csv", "rs.csv"]
    assert sources[0].sha256 == hashlib.sha256(dm.read_bytes()).hexdigest() and sources[0].size == len(dm.read_bytes())
    assert rules(findings) == ["folder_in_folder", "not_data", "not_data"]
    assert {finding.severity for finding in findings} == {Severity.NOTE}


def test_content_speaks_before_the_suffix(tmp_path):
    for name, source in (("a.dat", "dm.xpt"), ("b.txtx", "dm.json"), ("c.bin", "dm.dsjc")):
        dataset, findings = read_one(written(tmp_path, name, (CDISC / source).read_bytes()))
        assert dataset.name == "DM" and findings == []


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("dm.7z", b"7z\xbc\xaf\x27\x1crest", "7z"),
        ("dm.xls", b"\xd0\xcf\x11\xe0rest", "Excel"),
        ("dm.dta", b"<stata_dta><header>", "Stata"),
        ("dm.cpt", b"**COMPRESSED** **COMPRESSED**", "CPORT"),
        ("protocol.pdf", b"%PDF-1.7", "PDF"),
        ("notes.docm", b"some words", "not read"),
    ],
)
def test_a_file_of_unknown_type_is_an_error_that_says_what_to_do(tmp_path, name, content, words):
    dataset, findings = read_one(written(tmp_path, name, content))
    assert dataset is None and rules(findings) == ["unknown_file_type"] and is_refused(findings)
    assert words in findings[0].message and "Nothing was imported" in findings[0].remedy


def test_one_bad_file_does_not_hide_what_is_wrong_with_the_next(tmp_path):
    written(tmp_path, "a.csv", "id,x\nS-1\n")
    written(tmp_path, "b.json", json.dumps(a_dataset_json(records=9)))
    written(tmp_path, "c.csv", "id\nS-1\n")
    datasets, sources, findings = read_files([tmp_path])
    assert rules(findings) == ["ragged_rows", "wrong_record_count"] and len(datasets) == 1 and len(sources) == 3


def test_damaged_files_are_recognised_by_their_suffix(tmp_path):
    assert rules(read_one(written(tmp_path, "dm.xpt", b"x" * 800))[1]) == ["damaged_xpt"]
    assert rules(read_one(written(tmp_path, "dm.json", b"xyz"))[1]) == ["damaged_json"]
    assert rules(read_one(written(tmp_path, "dm.dsjc", b"xyz"))[1]) == ["damaged_json"]


def test_an_empty_folder_and_a_missing_path(tmp_path):
    _, _, findings = read_files([tmp_path])
    assert rules(findings) == ["no_files"] and is_refused(findings)
    with pytest.raises(MisuseError, match="does not exist"):
        read_files([tmp_path / "nothing.csv"])


def test_files_of_one_name_from_two_folders_are_told_apart(tmp_path):
    for folder, content in (("a", "id,x\nS-1,1\n"), ("b", "id,x\nS-1,2\n")):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, "dm.csv", content)
    datasets, sources, findings = read_files([tmp_path / "a", tmp_path / "b"])
    assert [source.name for source in sources] == ["a/dm.csv", "b/dm.csv"]
    assert rules(findings) == ["table_twice_differs"]


def test_sizes_and_numbers_have_bounds(tmp_path, monkeypatch):
    written(tmp_path, "a.csv", "id\nS-1\n")
    written(tmp_path, "b.csv", "id\nS-1\n")
    monkeypatch.setattr(delivery_module, "LARGEST_FILE", 3)
    assert rules(read_files([tmp_path])[2]) == ["file_too_large"] * 2
    monkeypatch.setattr(delivery_module, "MOST_FILES", 1)
    assert rules(read_files([tmp_path])[2]) == ["too_many_files"]


def test_names_by_which_a_table_is_recognised(tmp_path):
    path = tmp_path / "rs_onco_recist.xpt"
    pyreadstat.write_xport(pd.DataFrame({"USUBJID": ["S-1"]}), str(path), table_name="RS_ONCO_", file_format_version=5)
    dataset, _ = read_one(path)
    assert table_names(dataset) == ("RS_ONCO_", "RS_ONCO_RECIST", "RS")
    assert is_named(dataset, "rs") and not is_named(dataset, "TR")
    dataset, _ = read_one(written(tmp_path, "site_plan.csv", "site_id\n01\n"))
    assert table_names(dataset) == ("SITE_PLAN", "SITE")


def test_the_same_table_in_two_formats_is_used_once(tmp_path):
    columns = [a_column("USUBJID"), a_column("ADT", "date", targetDataType="integer"), a_column("AVAL", "double")]
    document = a_dataset_json(columns, [["S-1", "2020-01-01", 1.5], ["S-2", "", 2]])
    written(tmp_path, "dm.csv", "AVAL,USUBJID,ADT\n2.0,S-2,\n1.50,S-1,2020-01-01\n")
    written(tmp_path, "dm.json", json.dumps(document))
    written(tmp_path, "dm.ndjson", as_ndjson(document))
    datasets, sources, findings = read_files([tmp_path])
    assert [dataset.file for dataset in datasets] == ["dm.json"]  # the one with real dates
    assert rules(findings) == ["table_twice"] * 2 and not is_refused(findings) and len(sources) == 3


def test_dates_as_sas_days_are_the_same_table_and_real_dates_are_used(tmp_path):
    columns = [a_column("USUBJID"), a_column("ADT", "date", targetDataType="integer")]
    numbers = [a_column("USUBJID"), a_column("ADT", "double")]
    written(tmp_path, "adtte_a.json", json.dumps(a_dataset_json(numbers, [["S-1", 21915.0], ["S-2", None]], name="ADTTE")))
    written(tmp_path, "adtte_b.json", json.dumps(a_dataset_json(columns, [["S-1", "2020-01-01"], ["S-2", ""]], name="ADTTE")))
    datasets, _, findings = read_files([tmp_path])
    assert [dataset.file for dataset in datasets] == ["adtte_b.json"]
    assert rules(findings) == ["table_twice"] and "SAS day numbers" in findings[0].message and findings[0].file == "adtte_a.json"


@pytest.mark.parametrize(
    "other, words", [("id,x\nS-1,2\n", "cells of 1 of 2 columns"), ("id,x\nS-1,1\nS-2,1\n", "1 and 2 rows"), ("id,y\nS-1,1\n", "columns")]
)
def test_two_different_tables_of_one_name_are_refused_by_name(tmp_path, other, words):
    written(tmp_path, "dm.csv", "id,x\nS-1,1\n")
    written(tmp_path, "dm.tsv", other)
    datasets, _, findings = read_files([tmp_path])
    assert rules(findings) == ["table_twice_differs"] and is_refused(findings)
    assert "dm.csv and dm.tsv" in findings[0].message and words in findings[0].message


def test_a_leading_zero_makes_a_difference_between_texts(tmp_path):
    written(tmp_path, "dm.csv", "id\n007\n")
    written(tmp_path, "dm.tsv", "id\n7\n")
    assert rules(read_files([tmp_path])[2]) == ["table_twice_differs"]


def test_tables_that_share_only_the_beginning_of_their_names_are_two(tmp_path):
    written(tmp_path, "site.csv", "site_id,label\n01,A\n")
    written(tmp_path, "site_plan.csv", "site_id,month\n01,2025-01-01\n")
    datasets, _, findings = read_files([tmp_path])
    assert len(datasets) == 2 and findings == []


def test_the_published_trials_are_read_without_an_error(reference):
    expected = {
        "trial_rcd/xpt": 5, "trial_rcd/csv": 2, "trial_rcd/dataset_json": 4,
        "trial_pharmaverse/xpt": 11, "trial_pharmaverse/csv": 2, "trial_pharmaverse/dataset_json": 9,
    }
    for folder, n in expected.items():
        datasets, _, findings = read_files([reference / folder])
        assert len(datasets) == n and not is_refused(findings), folder
    twice = read_files([reference / "trial_rcd/dataset_json"])[2] + read_files([reference / "trial_pharmaverse/dataset_json"])[2]
    assert rules(twice) == ["table_twice"] * 3
    assert twice[2].file == "adtte_onco_dates_as_sas_days.json"


def test_one_trial_in_two_formats_at_once_is_one_trial(reference):
    folder = reference / "trial_rcd"
    datasets, _, findings = read_files([folder / "xpt", folder / "csv", folder / "dataset_json"])
    assert len(datasets) == 5 and not is_refused(findings)
    assert rules(findings) == ["table_twice"] * 8


SPECIMEN = "255081416802538"


def test_an_identifier_in_a_file_name_is_refused_and_repeated_nowhere(tmp_path):
    written(tmp_path, "dm.csv", "USUBJID,AGE\nS-1,61\n")
    written(tmp_path, f"dm_{SPECIMEN}.csv", "USUBJID,AGE\nS-1,61\n")
    written(tmp_path, f"notes {SPECIMEN}.pdf", "%PDF-1.4")
    written(tmp_path, f"README_{SPECIMEN}.txt", "words")
    (tmp_path / f"old {SPECIMEN}").mkdir()
    datasets, sources, findings = read_files([tmp_path])
    assert rules(findings).count("identifier_in_file_name") == 3 and is_refused(findings)
    told = f"{findings}{sources}{[(dataset.name, dataset.file) for dataset in datasets]}"
    assert SPECIMEN not in told and "file 3" in told


def test_a_file_name_cannot_write_lines_of_its_own(tmp_path):
    written(tmp_path, "x\nERROR fake\x1b[31m.bin", "x")
    _, sources, findings = read_files([tmp_path])
    assert all(text.isprintable() for text in (sources[0].name, findings[0].file))
