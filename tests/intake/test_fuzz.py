"""Deliveries damaged at random: always a whole result or findings; never a traceback, a hang, a flood of memory, half a cut.

A few hundred mutants here; ten thousand by hand (`make test-long`), over every file that others made and over one
delivery in each format that is written by its own library.
"""

import gzip
import io
import os
import random
import re
import resource
import time
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heroes.intake.files import read_files
from heroes.intake.findings import is_refused
from heroes.intake.identifiers import check_identifiers
from heroes.intake.route import import_delivery, read_delivery
from heroes.store.cuts import list_cuts, verify_cut
from tests.intake import test_delivered_formats as formats
from tests.intake.deliveries import PROTOCOL
from tests.intake.test_reference_files import PROJECT, REFERENCE, files

CUT_OFF = date(2026, 1, 31)
LONGEST = 10.0
"""Seconds for one file."""
MOST_GROWTH = 600 * 1024
"""Kilobytes by which the process may grow over all mutants of a test."""
MUTANTS, LONG_MUTANTS = 150, int(os.environ.get("HEROES_MUTANTS", "10000"))
WRITERS = {"csv": formats.as_csv, "xlsx": formats.as_xlsx, "parquet": formats.as_parquet, "sas7bdat": formats.as_sas7bdat, "zip": formats.as_zip}
_TOKENS = (
    b"\x00", b"\xff\xfe", b'"', b"\n", b"\r", b";", b",", b"\t", b"<", b"]]>", b"<!DOCTYPE x [", b"&a;", b"9" * 400, b"-", b"NaN", b"1e999",
    b"\xed\xa0\x80", b"{", b"[" * 300, b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08", b"2550814168025 38", b"=cmd()",
)  # fmt: skip
_CONTACT = re.compile(rb"[\w.]+@[\w.]+\.[a-z]{2,}")


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A few of the accidents of transfer and of the tricks of an attacker, one after another."""
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        at, n = chance.randrange(len(content) + 1), chance.choice((1, 1, 2, 7, 16, 80, 500))
        what = chance.randrange(9)
        part = content[at : at + n]
        if what == 0:
            content = content[:at] + bytes(chance.randrange(256) for _ in part) + content[at + n :]
        elif what == 1:
            content = content[:at] + content[at + n :]
        elif what == 2:
            content = content[:at] + part * chance.choice((2, 3, 50)) + content[at + n :]
        elif what == 3:
            content = content[:at] + bytes(len(part)) + content[at + n :]
        elif what == 4:
            content = content[:at]
        elif what == 5:
            content = content[:at] + chance.choice(_TOKENS) + content[at:]
        elif what == 6:
            other = chance.randrange(len(content) + 1)
            content = content[:at] + content[other : other + n] + content[at + n :]
        elif what == 7 and part:
            content = content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
        else:
            content = content[:at] + b"\xff" * len(part) + content[at + n :]
        content = content or b"\x00"
    return content


def damaged(content: bytes, chance: random.Random) -> bytes:
    """A file damaged: its bytes, or where it is packed also what is inside, so that the packing itself is whole."""
    if content.startswith(b"\x1f\x8b") and chance.random() < 0.7:
        return gzip.compress(mutated(gzip.decompress(content), chance), 1)
    if not content.startswith(b"PK") or chance.random() < 0.3:
        return mutated(content, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        meant = chance.choice(old.namelist())
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), chance) if name == meant else old.read(name))
    return out.getvalue()


def company(source: Path) -> tuple[list[Path], Path | None]:
    """The files that a file is delivered with, so that it would be taken if it were whole; and the mapping that they need."""
    folder = source.parent
    mapping = PROJECT / "examples" / "mappings" / f"{folder.parent.name}.toml"
    patients = [folder / f"{name}{source.suffix}" for name in ("adsl", "dm")] + [folder / name for name in ("adsl.json", "dm.json")]
    there = [path for path in patients if path.is_file() and path.stem != source.stem and "redcap" not in str(path)]
    return there[:1], mapping if mapping.is_file() else None


def answered(path: Path, whole: bytes, others: list[Path], mapping: Path | None) -> bool:
    """Reads one damaged file the whole way; was it refused? Fails where the answer is neither a result nor findings."""
    started = time.monotonic()
    delivery = read_delivery([path, *others], protocol=PROTOCOL, mapping=mapping, cut_off=CUT_OFF)
    took = time.monotonic() - started
    assert took < LONGEST, f"{took:.1f} s"
    refused = is_refused(delivery.findings)
    assert (delivery.contents is None) == refused
    said = "".join(f"{finding.message}{finding.remedy}{finding.column}{finding.subject_id}" for finding in delivery.findings)
    assert all(len(finding.message) < 2_000 and finding.message.isprintable() and finding.remedy.isprintable() for finding in delivery.findings)
    assert not any(contact.decode() in said for contact in set(_CONTACT.findall(whole)[:50]))
    return refused


def run(folder: Path, n: int, seed: int) -> tuple[int, int]:
    """n mutants of the reference files, each file in its turn; how many were taken and how many refused."""
    chance, sources = random.Random(seed), [REFERENCE / path for path in files()]
    chance.shuffle(sources)
    before, refused = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
    for number in range(n):
        source = sources[number % len(sources)]
        whole = source.read_bytes()
        path = folder / source.name
        path.write_bytes(damaged(whole, chance))
        try:
            refused += answered(path, whole, *company(source))
        except BaseException as problem:
            problem.add_note(f"mutant {number} of seed {seed}: {source.name}")
            raise
        path.unlink()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH
    return n - refused, refused


def test_damaged_reference_files_give_a_result_or_findings(reference, tmp_path):
    taken, refused = run(tmp_path, MUTANTS, seed=20260301)
    assert taken + refused == MUTANTS and taken > MUTANTS / 20 and refused > MUTANTS / 4


@pytest.mark.long
@pytest.mark.parametrize("piece", range(10))
def test_ten_thousand_damaged_reference_files_give_a_result_or_findings(reference, tmp_path, piece):
    taken, refused = run(tmp_path, LONG_MUTANTS // 10, seed=1000 + piece)
    print(f"{LONG_MUTANTS // 10} mutants: {taken} taken, {refused} refused")


def damage_one(folder: Path, chance: random.Random) -> None:
    """Damages one file of a delivery."""
    path = chance.choice(sorted(folder.iterdir()))
    path.write_bytes(damaged(path.read_bytes(), chance))


def publish_damaged(folder: Path, form: str, n: int, seed: int) -> tuple[int, int]:
    """n damaged deliveries of one format, each imported into a folder of its own; how many were published, how many refused."""
    chance, published = random.Random(seed), 0
    for number in range(n):
        source, data = folder / f"{form}_{number}", folder / f"data_{form}_{number}"
        source.mkdir()
        WRITERS[form](source)
        damage_one(source, chance)
        result = import_delivery([source], data, imported_at=datetime(2026, 2, 1, tzinfo=UTC), actor="test", role="statistician", cut_off=CUT_OFF)
        listed = list_cuts(data)
        assert listed.damaged == () and len(listed.cuts) == (result.published is not None)
        assert (result.published is None) == is_refused(result.delivery.findings)
        for cut in listed.cuts:
            verify_cut(cut)
        left = [path.name for path in data.rglob("*") if path.is_file() and "duckdb" in path.name and path not in {cut.path for cut in listed.cuts}]
        assert left == []
        published += len(listed.cuts)
    return published, n - published


@pytest.mark.parametrize("form", WRITERS)
def test_a_damaged_delivery_is_one_whole_cut_or_none(tmp_path, form):
    published, refused = publish_damaged(tmp_path, form, 6, seed=7)
    assert published + refused == 6


@pytest.mark.long
@pytest.mark.parametrize("form", WRITERS)
def test_hundreds_of_damaged_deliveries_are_whole_cuts_or_none(tmp_path, form):
    published, refused = publish_damaged(tmp_path, form, LONG_MUTANTS // 50, seed=8)
    assert refused > 0 and published + refused == LONG_MUTANTS // 50


def read_damaged(folder: Path, form: str, n: int, seed: int) -> int:
    """n times one file of a delivery damaged and read; how many were refused. Each answer is datasets or an error."""
    WRITERS[form](folder)
    chance, sources, refused = random.Random(seed), [(path, path.read_bytes()) for path in sorted(folder.iterdir())], 0
    for number in range(n):
        path, whole = sources[number % len(sources)]
        path.write_bytes(damaged(whole, chance))
        started = time.monotonic()
        datasets, _, findings = read_files([path])
        told = check_identifiers(datasets)[1]
        assert time.monotonic() - started < LONGEST
        assert datasets or is_refused(findings)
        assert all(finding.message.isprintable() for finding in (*findings, *told))
        refused += is_refused(findings)
    return refused


@pytest.mark.parametrize("form", WRITERS)
def test_damaged_files_of_each_format_give_datasets_or_an_error(tmp_path, form):
    assert 10 < read_damaged(tmp_path, form, 120, seed=5) < 120


@pytest.mark.long
@pytest.mark.parametrize("form", WRITERS)
def test_thousands_of_damaged_files_of_each_format_give_datasets_or_an_error(tmp_path, form):
    assert read_damaged(tmp_path, form, LONG_MUTANTS // 5, seed=6) > LONG_MUTANTS / 100


SUFFIXES = (".csv", ".txt", ".json", ".ndjson", ".dsjc", ".xpt", ".xml", ".xlsx", ".parquet", ".sas7bdat", ".zip", ".csv.gz", ".bin", "")
_HEADS = (
    b"", b"{", b'<?xml version="1.0"?>', b'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3">', b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08\x00", b"x\x9c",
    bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c\x18\x1f\x10\x11", b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!",
    b"record,field_name,value\n", b"record_id,redcap_repeat_instrument,redcap_repeat_instance,x\n", b"\xef\xbb\xbf", b"\xff\xfe", b"#comment\n",
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from(SUFFIXES), head=st.sampled_from(_HEADS), body=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode()))
def test_any_bytes_under_any_name_are_answered(tmp_path, suffix, head, body):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(head + body)
    datasets, sources, findings = read_files([path])
    assert datasets or is_refused(findings)
    check_identifiers(datasets)
    for dataset in datasets:
        assert len(dataset.frame) == len(dataset.rows) and list(dataset.frame.columns) == [column.name for column in dataset.columns]
        assert not {type(cell) for name in dataset.frame for cell in dataset.frame[name]} - {str, int, float, bool, date, datetime, type(None)}
