"""The record of who did what: appended to, never changed, and any change shows."""

import hashlib
import json
import multiprocessing
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from heroes.access import Role
from heroes.errors import AuditError, MisuseError
from heroes.store import audit
from heroes.store.audit import COLUMNS, FIRST, AuditState, Head, head, list_audit, record, verify_audit

AT = datetime(2026, 2, 2, 8, 30, tzinfo=UTC)


def an_event(directory, number=1, **other):
    given = {
        "at": AT + timedelta(minutes=number), "actor": "local", "role": Role.STATISTICIAN, "session_id": "s1",
        "action": "IMPORT_ACCEPT", "object": f"2026-01-31_00{number}", "params": {"mapping": "rcd.toml", "n": number},
        "snapshot_hash": "a" * 64, "config_hash": "b" * 64, "reason": "weekly",
    }
    return record(directory, **{**given, **other})


@pytest.fixture
def five(tmp_path):
    for number in range(1, 6):
        an_event(tmp_path, number)
    return tmp_path


def tamper(directory, *statements):
    """Changes the file as somebody with a shell would, past the triggers."""
    with closing(sqlite3.connect(directory / "audit.sqlite")) as connection, connection:
        for trigger in ("event_is_not_changed", "event_is_not_removed"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)


def test_an_empty_record_is_whole(tmp_path):
    assert verify_audit(tmp_path) == AuditState(0, True)
    assert head(tmp_path) == Head(0, FIRST)
    assert list(list_audit(tmp_path).columns) == list(COLUMNS)
    assert len(list_audit(tmp_path)) == 0
    assert not (tmp_path / "audit.sqlite").exists()


def test_events_are_numbered_and_kept_as_they_were(five):
    events = list_audit(five)
    assert events["seq"].tolist() == [1, 2, 3, 4, 5]
    first = events.iloc[0]
    assert first["ts_utc"] == pd.Timestamp("2026-02-02T08:31:00Z")
    assert (first["actor_id"], first["actor_role"], first["action"]) == ("local", "statistician", "IMPORT_ACCEPT")
    assert json.loads(first["params_json"]) == {"mapping": "rcd.toml", "n": 1}
    assert events["event_id"].is_unique
    assert verify_audit(five) == AuditState(5, True)


def test_a_seal_is_sha256_over_the_seal_before_and_the_canonical_event(tmp_path):
    an_event(tmp_path)
    an_event(tmp_path, 2)
    with closing(sqlite3.connect(tmp_path / "audit.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM event ORDER BY seq")]
    previous = "0" * 64
    for row in rows:
        sealed = {name: value for name, value in row.items() if name not in ("hash", "prev_hash")}
        text = json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert row["hash"] == hashlib.sha256((previous + text).encode()).hexdigest()
        assert row["prev_hash"] == previous
        previous = row["hash"]
    assert head(tmp_path) == Head(2, previous)


def test_the_table_refuses_to_be_changed(five):
    with closing(sqlite3.connect(five / "audit.sqlite")) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute("UPDATE event SET actor_id = 'nobody'")
        with pytest.raises(sqlite3.IntegrityError, match="never removed"):
            connection.execute("DELETE FROM event WHERE seq = 3")
    assert verify_audit(five).ok


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in ("seq", "hash", "prev_hash")])
def test_a_changed_cell_shows(five, column):
    tamper(five, f"UPDATE event SET {column} = 'x' WHERE seq = 3")
    assert verify_audit(five) == AuditState(5, False, 3, "Entry 3 was changed.")
    assert len(list_audit(five)) == 5


@pytest.mark.parametrize("column", ["session_id", "object", "snapshot_hash", "config_hash", "reason"])
def test_an_emptied_cell_shows(five, column):
    tamper(five, f"UPDATE event SET {column} = NULL WHERE seq = 3")
    assert verify_audit(five).broken_at == 3


def test_a_changed_seal_shows(five):
    tamper(five, "UPDATE event SET hash = 'x' WHERE seq = 3")
    assert verify_audit(five).broken_at == 3


def test_a_changed_link_shows(five):
    tamper(five, "UPDATE event SET prev_hash = 'x' WHERE seq = 3")
    assert verify_audit(five) == AuditState(5, False, 3, "Entry 3 is not sealed to the entry before it.")


def test_an_entry_changed_and_sealed_again_shows_at_the_next(five):
    with closing(sqlite3.connect(five / "audit.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM event WHERE seq = 3").fetchone())
    row["actor_id"] = "somebody else"
    tamper(five, f"UPDATE event SET actor_id = 'somebody else', hash = '{audit._seal(row)}' WHERE seq = 3")
    assert verify_audit(five).broken_at == 4


@pytest.mark.parametrize("seq", [1, 3])
def test_a_removed_entry_shows(five, seq):
    tamper(five, f"DELETE FROM event WHERE seq = {seq}")
    assert verify_audit(five) == AuditState(4, False, seq, f"Entry {seq} is missing.")


def test_a_removed_entry_with_the_rest_moved_up_shows(five):
    tamper(five, "DELETE FROM event WHERE seq = 3", "UPDATE event SET seq = 3 WHERE seq = 4", "UPDATE event SET seq = 4 WHERE seq = 5")
    assert verify_audit(five).broken_at == 3


def test_swapped_entries_show(five):
    tamper(
        five, "UPDATE event SET seq = 99 WHERE seq = 2", "UPDATE event SET seq = 2 WHERE seq = 3", "UPDATE event SET seq = 3 WHERE seq = 99"
    )
    assert verify_audit(five).broken_at == 2


def test_a_tail_that_was_cut_off_shows(five):
    tamper(five, "DELETE FROM event WHERE seq >= 4")
    assert verify_audit(five) == AuditState(3, False, 4, "The record ends at entry 3; audit.head knows entry 5.")


def test_a_record_that_was_removed_shows(five):
    (five / "audit.sqlite").unlink()
    assert verify_audit(five).broken_at == 1


def test_a_removed_or_unreadable_head_shows(five):
    (five / "audit.head").write_text("[]")
    assert "cannot be read" in verify_audit(five).reason
    (five / "audit.head").unlink()
    assert "audit.head is missing" in verify_audit(five).reason


def test_a_record_and_head_rewritten_together_do_not_fit_the_exported_end(five, tmp_path_factory):
    exported = head(five)
    other = tmp_path_factory.mktemp("other")
    for number in range(1, 7):
        an_event(other, number, actor="somebody else")
    for name in ("audit.sqlite", "audit.head"):
        shutil.copy(other / name, five / name)
    assert verify_audit(five).ok
    assert verify_audit(five, exported=exported) == AuditState(6, False, 5, "Entry 5 is not the one that the exported end knows.")


def test_a_record_that_went_on_since_the_export_fits(five):
    exported = head(five)
    an_event(five, 6)
    assert verify_audit(five, exported=exported) == AuditState(6, True)


def test_a_crash_between_the_entry_and_its_head_is_no_tampering(five):
    before = (five / "audit.head").read_bytes()
    an_event(five, 6)
    (five / "audit.head").write_bytes(before)
    assert verify_audit(five) == AuditState(6, True)


def test_another_kind_of_file_is_said_to_be_unreadable(five):
    (five / "audit.sqlite").write_bytes(b"not a database " * 500)
    assert not verify_audit(five).ok
    with pytest.raises(AuditError, match="cannot be read"):
        list_audit(five)
    with pytest.raises(AuditError, match="Nothing was done"):
        an_event(five, 6)


def test_an_event_needs_a_zone_and_is_kept_in_utc(tmp_path):
    with pytest.raises(MisuseError, match="zone"):
        an_event(tmp_path, at=datetime(2026, 2, 2, 8, 30))
    an_event(tmp_path, at=datetime(2026, 2, 2, 9, 30, tzinfo=timezone(timedelta(hours=1))))
    assert list_audit(tmp_path)["ts_utc"].iloc[0] == pd.Timestamp("2026-02-02T08:30:00Z")


def test_only_known_actions_are_recorded(tmp_path):
    with pytest.raises(MisuseError, match="There are: LOGIN, "):
        an_event(tmp_path, action="SNEAK")
    assert verify_audit(tmp_path).n == 0


def test_letters_of_every_kind_are_sealed(tmp_path):
    an_event(tmp_path, actor="Zoë Ångström", reason="déblocage « urgent » 解除")
    assert verify_audit(tmp_path).ok
    assert list_audit(tmp_path)["actor_id"].iloc[0] == "Zoë Ångström"


def _record_in_a_process(directory, actor):
    for number in range(10):
        an_event(directory, number + 1, actor=actor)


def test_processes_that_record_at_once_make_one_chain(tmp_path):
    context = multiprocessing.get_context("spawn")
    crowd = [context.Process(target=_record_in_a_process, args=(tmp_path, f"p{number}")) for number in range(3)]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join()
    assert verify_audit(tmp_path) == AuditState(30, True)
    assert list_audit(tmp_path)["actor_id"].value_counts().to_dict() == {"p0": 10, "p1": 10, "p2": 10}


def test_whether_it_can_be_written_is_known_beforehand_and_leaves_no_entry(tmp_path):
    audit.check_writable(tmp_path)
    assert verify_audit(tmp_path) == AuditState(0, True)
    (tmp_path / "audit.sqlite").unlink()
    (tmp_path / "audit.sqlite").mkdir()
    with pytest.raises(AuditError, match="Nothing was done"):
        audit.check_writable(tmp_path)
