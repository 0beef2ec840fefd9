"""Data cuts on disk: published whole or not at all, never changed, found again, and proven."""

import multiprocessing
import os
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import duckdb
import pandas as pd
import pytest

from heroes.errors import DataCutError, MisuseError, RefusedDeliveryError, UnknownDataCutError
from heroes.store import cuts
from heroes.store.cuts import find_cut, list_cuts, newest_cut, newest_name, publish_cut, verify_cut
from tests.builders import IMPORTED_AT, a_subject, a_trial, publish

ONE = a_subject("01-001", included="2025-01-10", calls=[("2025-02-20", "NEGATIVE"), ("2025-05-20", "POSITIVE", 1.5)])
TWO = a_subject("02-001", included="2025-03-03", progressed="2025-09-01")


def files_of(directory):
    return sorted(name for name in os.listdir(directory / "cuts") if not name.startswith("."))


def hidden_files_of(directory):
    return sorted(name for name in os.listdir(directory / "cuts") if name.startswith(".") and name != ".lock")


# Publishing


def test_a_cut_is_one_file_named_by_cut_off_sequence_and_digest(tmp_path):
    published = publish(a_trial(ONE, cut_off="2026-01-31"), tmp_path)
    assert published.is_new
    assert published.cut.stem == f"2026-01-31_001_{published.cut.digest[:12]}"
    assert files_of(tmp_path) == [published.cut.path.name]
    assert hidden_files_of(tmp_path) == []


def test_the_manifest_says_what_was_delivered(tmp_path):
    cut = publish(a_trial(ONE, TWO, issues=[{"severity": "QUERY"}, {}]), tmp_path).cut
    assert (cut.study_id, cut.cut_off, cut.sequence, cut.simulated) == ("UC-BCG-2312", date(2026, 1, 31), 1, False)
    assert (cut.marker, cut.marker_unit) == ("Signatera", "MTM/mL")
    assert cut.imported_at == IMPORTED_AT
    assert cut.findings == {"QUERY": 1, "NOTE": 1}
    assert cut.row_counts["subject"] == 2
    assert cut.row_counts["ctdna_result"] == 2
    assert cut.row_counts["lesion"] == 0
    assert [source.name for source in cut.sources] == ["delivery.csv"]
    assert len(cut.protocol_digest) == 64
    assert verify_cut(cut) == cut


def test_the_records_come_back_as_they_went_in(tmp_path):
    contents = a_trial(ONE, TWO, sites={"03": {"activated_on": "2025-01-15", "target_n": 4}}, site_plan=[("03", "2025-02-01", 0.5)])
    cut = publish(contents, tmp_path).cut
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{cut.path}' AS cut (READ_ONLY)")
        sites = connection.execute("SELECT site_id, activated_on, target_n FROM cut.main.site ORDER BY 1").fetchall()
        calls = connection.execute("SELECT day, call, quantity FROM cut.main.ctdna_result ORDER BY 1").fetchall()
    assert sites == [("01", None, None), ("02", None, None), ("03", date(2025, 1, 15), 4)]
    assert calls == [(41, "NEGATIVE", None), (130, "POSITIVE", 1.5)]


def test_importing_the_same_records_twice_publishes_nothing_new(tmp_path):
    first = publish(a_trial(ONE, TWO), tmp_path)
    again = publish(a_trial(TWO, ONE), tmp_path, imported_at=IMPORTED_AT + timedelta(days=1))
    assert not again.is_new
    assert again.cut == first.cut
    assert len(files_of(tmp_path)) == 1


def test_sources_findings_and_protocol_do_not_make_another_cut(tmp_path):
    contents = a_trial(ONE)
    publish(contents, tmp_path)
    assert not publish(replace(contents, sources=(), findings={"NOTE": 4}, protocol_digest="x"), tmp_path).is_new


def test_sequence_counts_within_one_cut_off(tmp_path):
    assert publish(a_trial(ONE), tmp_path).cut.sequence == 1
    assert publish(a_trial(ONE, TWO), tmp_path).cut.sequence == 2
    assert publish(a_trial(ONE, cut_off="2026-02-28"), tmp_path).cut.sequence == 1


def test_the_same_records_at_a_later_cut_off_are_another_cut(tmp_path):
    assert publish(a_trial(ONE), tmp_path).is_new
    assert publish(a_trial(ONE, cut_off="2026-02-28"), tmp_path).is_new


def test_another_study_does_not_go_into_the_same_folder(tmp_path):
    publish(a_trial(ONE), tmp_path)
    with pytest.raises(RefusedDeliveryError, match='study "OTHER", and the folder holds data cuts of study "UC-BCG-2312"'):
        publish(a_trial(ONE, study_id="OTHER"), tmp_path)
    assert len(files_of(tmp_path)) == 1


def test_simulated_patients_do_not_go_beside_real_ones(tmp_path):
    publish(a_trial(ONE), tmp_path)
    with pytest.raises(RefusedDeliveryError, match="Simulated"):
        publish(a_trial(ONE, TWO, simulated=True), tmp_path)


def test_a_published_file_cannot_be_written_to(tmp_path):
    cut = publish(a_trial(ONE), tmp_path).cut
    assert cut.path.stat().st_mode & 0o227 == 0


def test_an_older_duckdb_can_read_a_cut(tmp_path):
    cut = publish(a_trial(ONE), tmp_path).cut
    # bytes 12 to 20 of a DuckDB file are its storage version: 68 is v1.5.0
    assert int.from_bytes(cut.path.read_bytes()[12:20], "little") == 68


def test_a_small_cut_is_a_small_file(tmp_path):
    assert publish(a_trial(ONE, TWO), tmp_path).cut.path.stat().st_size < 700_000


def test_a_cut_without_a_single_patient_is_a_cut(tmp_path):
    cut = publish(a_trial(), tmp_path).cut
    assert set(cut.row_counts.values()) == {0}
    assert newest_cut(tmp_path) == cut


def test_the_time_of_import_needs_a_zone_and_is_kept_in_utc(tmp_path):
    with pytest.raises(MisuseError, match="time zone"):
        publish_cut(a_trial(ONE), tmp_path, imported_at=datetime(2026, 2, 2, 8, 30))
    paris = timezone(timedelta(hours=1))
    cut = publish_cut(a_trial(ONE), tmp_path, imported_at=datetime(2026, 2, 2, 9, 30, tzinfo=paris)).cut
    assert cut.imported_at == datetime(2026, 2, 2, 8, 30, tzinfo=UTC)
    assert cut.imported_at.utcoffset() == timedelta(0)


# Records that break a rule of the tables


def with_row(table, **cells):
    contents = a_trial(ONE, TWO)
    frame = contents.tables[table]
    extra = pd.DataFrame([{**frame.iloc[0].to_dict(), **cells}], dtype=object)
    return replace(contents, tables={**contents.tables, table: pd.concat([frame, extra], ignore_index=True)})


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (with_row("milestone"), "Table milestone: two records have the same key"),
        (with_row("milestone", subject_id="SECRET-9"), "Table milestone: a record belongs to a patient, site or lesion"),
        (with_row("subject", subject_id="SECRET-9", site_id="77"), "Table subject: a record belongs to a patient, site or lesion"),
        (with_row("milestone", kind="SECRET-9"), "Table milestone: a value is outside its range or closed list"),
        (with_row("milestone", seq=2, day=None), "Table milestone: a cell is empty that may not be"),
        (with_row("ctdna_result", result_id="r9", superseded_by="SECRET-9"), "1 results name a successor"),
    ],
)
def test_records_that_break_a_rule_publish_nothing_and_are_not_quoted(tmp_path, contents, said):
    with pytest.raises(RefusedDeliveryError) as refused:
        publish(contents, tmp_path)
    assert said in str(refused.value)
    assert "Nothing was published" in str(refused.value)
    assert "SECRET-9" not in str(refused.value)
    assert not (tmp_path / "cuts").exists() or files_of(tmp_path) + hidden_files_of(tmp_path) == []


def test_an_unknown_table_publishes_nothing(tmp_path):
    with pytest.raises(RefusedDeliveryError, match="no table genome"):
        publish(replace(a_trial(ONE), tables={"genome": pd.DataFrame()}), tmp_path)


def test_an_amended_result_keeps_the_one_it_replaces(tmp_path):
    amended = a_subject(
        "01-001",
        included="2025-01-10",
        calls=[("2025-02-20", "NEGATIVE", None, {"superseded_by": "01-001-R2"}), ("2025-02-20", "POSITIVE", 0.4, {"amended": True})],
    )
    assert publish(a_trial(amended), tmp_path).cut.row_counts["ctdna_result"] == 2


# Crashes and crowds


def test_a_file_left_by_a_crash_is_hidden_and_cleared_by_the_next_publication(tmp_path):
    publish(a_trial(ONE), tmp_path)
    (tmp_path / "cuts" / ".writing-abc.duckdb").write_bytes(b"half a cut")
    (tmp_path / "cuts" / ".writing-abc.duckdb.wal").write_bytes(b"half a log")
    listed = list_cuts(tmp_path)
    assert len(listed.cuts) == 1 and listed.damaged == ()
    publish(a_trial(ONE, TWO), tmp_path)
    assert hidden_files_of(tmp_path) == []


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    publish(a_trial(ONE), tmp_path)
    monkeypatch.setattr(cuts, "_move", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DataCutError, match="No space left on device. Nothing was published"):
        publish(a_trial(ONE, TWO), tmp_path)
    assert len(files_of(tmp_path)) == 1
    assert hidden_files_of(tmp_path) == []


def test_a_file_that_reads_back_differently_is_not_published(tmp_path, monkeypatch):
    real = cuts._insert

    def forgets_a_row(connection, table, columns):
        real(connection, table, [column[:-1] for column in columns] if table == "milestone" else columns)

    monkeypatch.setattr(cuts, "_insert", forgets_a_row)
    with pytest.raises(DataCutError, match="table milestone does not have the digest"):
        publish(a_trial(ONE), tmp_path)
    assert files_of(tmp_path) + hidden_files_of(tmp_path) == []


def test_a_rename_never_overwrites(tmp_path):
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    with pytest.raises(DataCutError, match="there already"):
        cuts._move(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_text() == "old"


def test_a_file_system_without_hard_links_does(tmp_path, monkeypatch):
    def refuses(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuses)
    assert publish(a_trial(ONE), tmp_path).is_new
    assert publish(a_trial(ONE, TWO), tmp_path).cut.sequence == 2


def test_a_folder_that_cannot_be_written_to_is_said_in_words(tmp_path):
    (tmp_path / "cuts").write_text("a file where the folder should be")
    with pytest.raises(DataCutError, match="could not be written"):
        publish(a_trial(ONE), tmp_path)


def _publish_in_a_process(directory, number, out):
    trial = a_trial(a_subject("01-001", included="2025-01-10", age_y=40 + number))
    out.put(publish(trial, directory).cut.sequence)


def test_importers_that_run_at_once_wait_for_one_another(tmp_path):
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    crowd = [context.Process(target=_publish_in_a_process, args=(tmp_path, number, out)) for number in range(3)]
    for process in crowd:
        process.start()
    sequences = sorted(out.get(timeout=120) for _ in crowd)
    for process in crowd:
        process.join()
    assert sequences == [1, 2, 3]
    assert [cut.sequence for cut in list_cuts(tmp_path).cuts] == [1, 2, 3]


# Finding them again


def test_an_empty_folder_has_no_cuts(tmp_path):
    assert list_cuts(tmp_path / "nowhere").cuts == ()
    assert newest_cut(tmp_path) is None
    assert newest_name(tmp_path) is None
    with pytest.raises(UnknownDataCutError, match="no data cut yet"):
        find_cut(tmp_path, "newest")


@pytest.fixture
def three(tmp_path):
    published = [
        publish(a_trial(ONE, cut_off="2026-02-28"), tmp_path),
        publish(a_trial(ONE), tmp_path),
        publish(a_trial(ONE, TWO), tmp_path),
    ]
    return tmp_path, [entry.cut for entry in published]


def test_cuts_are_listed_oldest_first_by_cut_off_then_sequence(three):
    directory, (february, january, amended) = three
    assert list_cuts(directory).cuts == (january, amended, february)
    assert newest_cut(directory) == february
    assert newest_name(directory) == february.stem
    assert find_cut(directory, "newest") == february


def test_a_cut_is_found_by_its_stem_or_a_beginning_that_only_one_has(three):
    directory, (february, january, amended) = three
    assert find_cut(directory, february.stem) == february
    assert find_cut(directory, "2026-02") == february
    assert find_cut(directory, "2026-01-31_002") == amended
    assert find_cut(directory, february.path.name) == february
    with pytest.raises(UnknownDataCutError, match="may mean 2 data cuts"):
        find_cut(directory, "2026-01")
    for nothing in ("2025", "", "../cuts"):
        with pytest.raises(UnknownDataCutError, match="There are: "):
            find_cut(directory, nothing)


def test_the_newest_name_is_found_in_under_a_millisecond_or_two(tmp_path):
    (tmp_path / "cuts").mkdir()
    for week in range(60):
        day = date(2025, 1, 1) + timedelta(weeks=week)
        (tmp_path / "cuts" / f"{day}_001_{week:012x}.duckdb").touch()
    begun = time.process_time()
    for _ in range(20):
        newest_name(tmp_path)
    assert (time.process_time() - begun) / 20 < 0.005
