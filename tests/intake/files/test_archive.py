"""Deliveries in an archive: unpacked within bounds, or refused in words."""

import gzip
import io
import zipfile
import zlib

import pytest

from heroes.intake.files import archive as archive_module
from heroes.intake.files import read_files
from heroes.intake.findings import is_refused
from tests.intake.files.examples import CDISC, read_one, rules, written
from tests.intake.files.test_excel import a_workbook


def a_zip(method=zipfile.ZIP_DEFLATED, **files) -> bytes:
    """An archive; `__` in a name stands for `/`, `_dot_` for a point."""
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return saved.getvalue()


def test_the_files_of_an_archive_are_a_delivery(tmp_path):
    content = a_zip(
        week_1__dm_dot_csv="USUBJID,AGE\nS-1,61\n", week_1__ie_dot_xpt=(CDISC / "ie.xpt").read_bytes(), lab_dot_xlsx=a_workbook(lb=[["id"], ["S-1"]]),
        README_dot_md="words", _dot_DS_Store="x",
    )  # fmt: skip
    datasets, sources, findings = read_files([written(tmp_path, "monday.zip", content)])
    assert [(dataset.name, dataset.file) for dataset in datasets] == [
        ("DM", "monday.zip/week_1/dm.csv"), ("IE", "monday.zip/week_1/ie.xpt"), ("LB", "monday.zip/lab.xlsx/lb")]  # fmt: skip
    assert [source.name for source in sources] == ["monday.zip"] and rules(findings) == ["not_data"]


def test_one_bad_file_of_an_archive_is_named_by_its_place(tmp_path):
    _, _, findings = read_files([written(tmp_path, "d.zip", a_zip(a_dot_csv="id,x\nS-1\n", b_dot_pdf=b"%PDF-1.4"))])
    assert [(finding.rule, finding.file) for finding in findings] == [("ragged_rows", "d.zip/a.csv"), ("unknown_file_type", "d.zip/b.pdf")]


def test_a_compressed_file_is_read_as_what_is_in_it(tmp_path):
    dataset, findings = read_one(written(tmp_path, "dm.csv.gz", gzip.compress(b"USUBJID,AGE\nS-1,61\n")))
    assert findings == [] and dataset.name == "DM" and dataset.frame.values.tolist() == [["S-1", "61"]]
    dataset, _ = read_one(written(tmp_path, "dm.json.gz", gzip.compress((CDISC / "dm.json").read_bytes())))
    assert dataset.name == "DM" and len(dataset.frame) == 18
    dataset, _ = read_one(written(tmp_path, "ie.xpt.gz", gzip.compress((CDISC / "ie.xpt").read_bytes())))
    assert dataset.name == "IE"


def test_archives_within_archives_are_refused(tmp_path):
    inner = a_zip(dm_dot_csv="id\nS-1\n")
    for name, content in (("a.zip", a_zip(inner_dot_zip=inner)), ("b.zip.gz", gzip.compress(inner)), ("c.csv.gz", gzip.compress(gzip.compress(b"id\nS-1\n")))):
        datasets, _, findings = read_files([written(tmp_path, name, content)])
        assert datasets == [] and rules(findings) == ["nested_archive"]


@pytest.mark.parametrize("inside", [b"0" * 150_000_000, b"id\n" + b"S-1\n" * 30_000_000])
def test_bombs_are_given_up_early(tmp_path, inside):
    for name, content in (("a.zip", a_zip(dm_dot_csv=inside)), ("b.csv.gz", gzip.compress(inside, 1)), ("c.dsjc", zlib.compress(inside, 1))):
        datasets, _, findings = read_files([written(tmp_path, name, content)])
        assert datasets == [] and rules(findings) == ["unpacks_too_large"]


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path):
    content = bytearray(a_zip(dm_dot_csv="id\n" + "S-1\n" * 1000))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size that the directory tells
    _, _, findings = read_files([written(tmp_path, "d.zip", bytes(content))])
    assert rules(findings) == ["damaged_archive"]


def test_many_small_files_have_a_bound_too(tmp_path, monkeypatch):
    content = a_zip(**{f"f{n}_dot_csv": "id\nS-1\n" for n in range(4)})
    monkeypatch.setattr(archive_module, "MOST_FILES", 3)
    assert rules(read_files([written(tmp_path, "d.zip", content)])[2]) == ["too_many_files"]
    monkeypatch.setattr(archive_module, "MOST_FILES", 5)
    monkeypatch.setattr(archive_module, "LARGEST_ARCHIVE", 20)
    assert rules(read_files([written(tmp_path, "d.zip", content)])[2]) == ["unpacks_too_large"]


def test_paths_out_of_the_archive_and_damage_are_refused(tmp_path):
    assert rules(read_files([written(tmp_path, "a.zip", a_zip(**{"..__..__dm_dot_csv": "id\nS-1\n"}))])[2]) == ["damaged_archive"]
    whole = a_zip(dm_dot_csv="id\nS-1\n" * 99)
    assert rules(read_files([written(tmp_path, "b.zip", whole[:-30])])[2]) == ["damaged_archive"]
    damaged = whole[:45] + bytes(8) + whole[53:]
    assert rules(read_files([written(tmp_path, "c.zip", damaged)])[2]) == ["damaged_archive"]
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    assert rules(read_files([written(tmp_path, "d.zip", bytes(encrypted))])[2]) == ["encrypted_archive"]


def test_other_packed_files_are_named(tmp_path):
    for inside, words in (("content.xml", "OpenDocument"), ("word/document.xml", "Word"), ("xl/workbook.bin", "xlsb")):
        saved = io.BytesIO()
        with zipfile.ZipFile(saved, "w") as archive:
            archive.writestr(inside, "x")
        _, _, findings = read_files([written(tmp_path, "x.bin", saved.getvalue())])
        assert rules(findings) == ["unknown_file_type"] and words in findings[0].message


def test_an_identifier_in_a_name_inside_is_refused_and_not_repeated(tmp_path):
    _, _, findings = read_files([written(tmp_path, "d.zip", a_zip(dm_255081416802538_dot_csv="id\nS-1\n", ok_dot_csv="id\nS-1\n"))])
    assert rules(findings) == ["identifier_in_file_name"] and is_refused(findings) and "255081416802538" not in str(findings)
