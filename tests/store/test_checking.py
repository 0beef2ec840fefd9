"""Files that are not what was published: named, left out, and never trusted; and no file is read more often than needed."""

import os
import shutil
from datetime import date

import duckdb
import pytest

from heroes.errors import DamagedDataCutError, UnknownDataCutError
from heroes.store import checking
from heroes.store.cuts import find_cut, list_cuts, newest_cut, newest_name, verify_cut
from tests.builders import a_subject, a_trial, publish

ONE = a_subject("01-001", included="2025-01-10", calls=[("2025-02-20", "NEGATIVE"), ("2025-05-20", "POSITIVE", 1.5)])
TWO = a_subject("02-001", included="2025-03-03", progressed="2025-09-01")


def alter(path, sql):
    """Changes a published file behind the program's back."""
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)


def damage_by_cutting_off(path):
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_by_emptying(path):
    path.chmod(0o644)
    path.write_bytes(b"")


def damage_by_rubbish(path):
    path.chmod(0o644)
    path.write_bytes(b"not a database" * 1000)


def damage_by_a_changed_record(path):
    alter(path, "UPDATE milestone SET day = 1 WHERE kind = 'INCLUDED'")


def damage_by_a_removed_record(path):
    alter(path, "DELETE FROM ctdna_result")


def damage_by_an_added_finding(path):
    alter(path, "INSERT INTO import_issue VALUES (1, 'NOTE', 'r', null, null, null, null, null, 'm', 'r')")


def damage_by_another_flag(path):
    alter(path, "UPDATE data_cut SET simulated = NOT simulated")


def damage_by_another_schema_version(path):
    alter(path, "UPDATE data_cut SET schema_version = 99")


def damage_by_a_missing_table(path):
    alter(path, "DROP TABLE tte")


def damage_by_a_view_in_place_of_a_table(path):
    alter(path, "CREATE TABLE t2 AS FROM tte; DROP TABLE tte; CREATE VIEW tte AS FROM t2")


def damage_by_a_missing_manifest(path):
    alter(path, "DELETE FROM data_cut")


def damage_by_being_another_database(path):
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE whatever (n INTEGER)")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (damage_by_cutting_off, "cannot be read"),
        (damage_by_emptying, "cannot be read|not a data cut"),
        (damage_by_rubbish, "cannot be read"),
        (damage_by_a_changed_record, "table milestone does not have the digest"),
        (damage_by_a_removed_record, "table ctdna_result does not have the digest"),
        (damage_by_an_added_finding, "table import_issue does not have the digest"),
        (damage_by_another_flag, "its manifest does not have the digest"),
        (damage_by_another_schema_version, "has schema version 99, and this program reads 1 to"),
        (damage_by_a_missing_table, "does not have the tables of a data cut"),
        (damage_by_a_view_in_place_of_a_table, "does not have the tables of a data cut"),
        (damage_by_a_missing_manifest, "does not have one manifest"),
        (damage_by_being_another_database, "not a data cut: it has no manifest"),
    ],
)
def test_a_damaged_cut_is_named_and_the_last_good_one_stays_in_service(tmp_path, damage, said):
    good = publish(a_trial(ONE), tmp_path).cut
    bad = publish(a_trial(ONE, TWO, cut_off="2026-02-28"), tmp_path).cut
    damage(bad.path)
    listed = list_cuts(tmp_path)
    assert listed.cuts == (good,)
    assert [name for name, _ in listed.damaged] == [bad.path.name]
    assert newest_cut(tmp_path) == good
    with pytest.raises(DamagedDataCutError, match=said):
        verify_cut(bad)
    with pytest.raises(DamagedDataCutError, match=said):
        find_cut(tmp_path, bad.stem)


def test_any_flipped_byte_is_either_without_effect_or_noticed(tmp_path):
    cut = publish(a_trial(ONE, TWO), tmp_path).cut
    whole = cut.path.read_bytes()
    copy = tmp_path / cut.path.name
    for place in range(0, len(whole), len(whole) // 41):
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        copy.write_bytes(flipped)
        try:
            assert verify_cut(copy).digest == cut.digest
        except DamagedDataCutError:
            pass


def test_a_renamed_file_and_a_copy_under_another_date_are_not_trusted(tmp_path):
    cut = publish(a_trial(ONE), tmp_path).cut
    newer = cut.path.with_name(cut.path.name.replace("2026-01-31", "2026-12-31"))
    shutil.copy(cut.path, newer)
    listed = list_cuts(tmp_path)
    assert listed.cuts == (cut,)
    assert listed.damaged[0][0] == newer.name
    assert "renamed" in listed.damaged[0][1]


def test_strangers_in_the_folder_are_named(tmp_path):
    cut = publish(a_trial(ONE), tmp_path).cut
    (tmp_path / "cuts" / "notes.txt").write_text("hello")
    (tmp_path / "cuts" / "2026-13-45_001_0123456789ab.duckdb").write_text("no such date")
    listed = list_cuts(tmp_path)
    assert listed.cuts == (cut,)
    assert [name for name, _ in listed.damaged] == ["2026-13-45_001_0123456789ab.duckdb", "notes.txt"]
    assert newest_name(tmp_path) == cut.stem


def test_a_damaged_name_is_not_used_again(tmp_path):
    cut = publish(a_trial(ONE), tmp_path).cut
    damage_by_rubbish(cut.path)
    again = publish(a_trial(ONE), tmp_path)
    assert again.is_new
    assert again.cut.sequence == 2


def test_verify_does_not_trust_what_was_seen_before(tmp_path):
    cut = publish(a_trial(ONE), tmp_path).cut
    before = cut.path.stat()
    alter(cut.path, "UPDATE milestone SET day = 1")
    os.utime(cut.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DamagedDataCutError):
        verify_cut(cut)


def test_a_cut_that_is_gone_is_unknown(tmp_path):
    cut = publish(a_trial(ONE), tmp_path).cut
    cut.path.unlink()
    with pytest.raises(UnknownDataCutError, match="gone"):
        verify_cut(cut)
    with pytest.raises(UnknownDataCutError):
        find_cut(tmp_path, cut.stem)
    assert list_cuts(tmp_path).cuts == ()


def test_a_file_is_read_once_for_each_state_it_is_in(tmp_path, monkeypatch):
    for day in (10, 17, 24, 31):
        publish(a_trial(ONE, cut_off=f"2026-01-{day}"), tmp_path)
    monkeypatch.setattr(checking, "_seen", {})
    read = []
    real = checking._examine_over
    monkeypatch.setattr(checking, "_examine_over", lambda *given: read.append(given[1].name) or real(*given))
    assert len(list_cuts(tmp_path).cuts) == 4
    assert len(read) == 4
    list_cuts(tmp_path)
    newest_cut(tmp_path)
    find_cut(tmp_path, "2026-01-10")
    assert len(read) == 4
    os.utime(tmp_path / "cuts" / read[0], ns=(1, 1))
    list_cuts(tmp_path)
    assert len(read) == 5


def test_the_newest_cut_is_found_without_reading_the_older_ones(tmp_path, monkeypatch):
    for day in (10, 17, 24):
        publish(a_trial(ONE, cut_off=f"2026-01-{day}"), tmp_path)
    monkeypatch.setattr(checking, "_seen", {})
    assert newest_cut(tmp_path).cut_off == date(2026, 1, 24)
    assert len(checking._seen) == 1


def test_a_pipe_named_like_a_cut_is_named_and_not_waited_for(tmp_path):
    good = publish(a_trial(a_subject("A-1", included="2025-01-10")), tmp_path).cut
    os.mkfifo(tmp_path / "cuts" / "2099-01-01_001_0123456789ab.duckdb")
    listed = list_cuts(tmp_path)
    assert listed.cuts == (good,) and listed.damaged[0][0].startswith("2099-01-01") and newest_cut(tmp_path) == good
