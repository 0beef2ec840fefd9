"""The record of who did what: append-only, each entry sealed to the one before it.

`DIR/audit.sqlite` holds one row per event; its hash is SHA-256 over the hash before it and the event as canonical JSON, so
an entry that was changed, removed or moved breaks the chain from there on. `DIR/audit.head` repeats the last number and
hash, so that a tail that was cut off shows as well; export it daily (`head`) to a place that others keep.
Events say what was done to what, never what was seen: no clinical value belongs in `params`.
Source: ICH E6(R3) 4.2.2; 21 CFR 11.10(e); ALCOA+.
"""

import hashlib
import json
import os
import sqlite3
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pandas as pd

from heroes.errors import AuditError, MisuseError
from heroes.store.locks import held

FIRST = "0" * 64
"""What stands before the first entry."""

COLUMNS = (
    "seq", "event_id", "ts_utc", "actor_id", "actor_role", "session_id", "action", "object", "params_json",
    "snapshot_hash", "config_hash", "reason", "prev_hash", "hash",
)

_SEALED = tuple(name for name in COLUMNS if name not in ("prev_hash", "hash"))

_TABLE = """
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    ts_utc TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    session_id TEXT,
    action TEXT NOT NULL,
    object TEXT,
    params_json TEXT NOT NULL,
    snapshot_hash TEXT,
    config_hash TEXT,
    reason TEXT,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER IF NOT EXISTS event_is_not_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the record of who did what is never changed'); END;
CREATE TRIGGER IF NOT EXISTS event_is_not_removed BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the record of who did what is never removed'); END;
"""


class Action(StrEnum):
    """What can be done that is recorded."""

    LOGIN = "LOGIN"
    LOGOUT = "LOGOUT"
    LOGIN_FAIL = "LOGIN_FAIL"
    ROLE_CHANGE = "ROLE_CHANGE"
    VIEW_PAGE = "VIEW_PAGE"
    VIEW_CLOSED = "VIEW_CLOSED"
    EXPORT = "EXPORT"
    IMPORT_ACCEPT = "IMPORT_ACCEPT"
    IMPORT_REFUSE = "IMPORT_REFUSE"
    CONFIG_CHANGE = "CONFIG_CHANGE"
    UNLOCK = "UNLOCK"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    PURGE = "PURGE"


@dataclass(frozen=True)
class AuditState:
    """Whether the record is whole. n: entries read. broken_at: number of the first entry that does not fit, if one is known."""

    n: int
    ok: bool
    broken_at: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Head:
    """The end of the chain: number and hash of the last entry."""

    seq: int
    hash: str


def record(
    directory: Path,
    *,
    at: datetime,
    actor: str,
    role: str,
    session_id: str | None = None,
    action: str,
    object: str | None = None,
    params: Mapping[str, object] | None = None,
    snapshot_hash: str | None = None,
    config_hash: str | None = None,
    reason: str | None = None,
) -> int:
    """Appends one event and returns its number. Processes that record at the same time wait for one another.

    at: with a time zone. params: what the action was given, as plain JSON values without clinical content.
    snapshot_hash: digest of the data cut. config_hash: digest of the protocol or access file.
    Raises AuditError where the record cannot be written; whoever asked must then not do what was to be recorded.
    """
    if at.tzinfo is None:
        raise MisuseError("An event of the audit needs a time with its zone.")
    if action not in set(Action):
        raise MisuseError(f'There is no action "{action}". There are: {", ".join(Action)}.')
    event = {
        "event_id": str(uuid.uuid4()),
        "ts_utc": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": actor,
        "actor_role": str(role),
        "session_id": session_id,
        "action": str(action),
        "object": object,
        "params_json": _canonical(dict(params or {})),
        "snapshot_hash": snapshot_hash,
        "config_hash": config_hash,
        "reason": reason,
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with held(directory / ".audit.lock"), closing(_connect(_file(directory))) as connection:
            return _append(connection, event, directory)
    except (sqlite3.Error, OSError) as error:
        raise AuditError(f"The record of who did what cannot be written ({error}). Nothing was done.") from None


def check_writable(directory: Path) -> None:
    """Makes sure that an event can be recorded, before what is to be recorded is done. Raises AuditError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with held(directory / ".audit.lock"), closing(_connect(_file(directory))) as connection:
            connection.executescript(_TABLE)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except (sqlite3.Error, OSError) as error:
        raise AuditError(f"The record of who did what cannot be written ({error}). Nothing was done.") from None


def _append(connection: sqlite3.Connection, event: dict, directory: Path) -> int:
    connection.executescript(_TABLE)
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        last = connection.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone() or (0, FIRST)
        event = {"seq": last[0] + 1, **event, "prev_hash": last[1]}
        event["hash"] = _seal(event)
        marks = ", ".join(f":{name}" for name in COLUMNS)
        connection.execute(f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES ({marks})", event)
    _write_head(directory, Head(event["seq"], event["hash"]))
    return event["seq"]


def _connect(path: Path, *, mode: str = "rwc") -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=30, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _file(directory: Path) -> Path:
    return directory / "audit.sqlite"


def _canonical(value) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _seal(event: Mapping) -> str:
    text = event["prev_hash"] + _canonical({name: event[name] for name in _SEALED})
    return hashlib.sha256(text.encode()).hexdigest()


def _write_head(directory: Path, end: Head) -> None:
    unfinished = directory / ".audit.head.writing"
    unfinished.write_text(_canonical({"seq": end.seq, "hash": end.hash}) + "\n", encoding="utf-8")
    os.replace(unfinished, directory / "audit.head")


def _read_head(directory: Path) -> Head | None:
    """The end as the side file has it; None where there is no such file. Raises ValueError for an unreadable one."""
    try:
        noted = json.loads((directory / "audit.head").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(noted, dict) or set(noted) != {"seq", "hash"}:
        raise ValueError
    return Head(**noted)


def head(directory: Path) -> Head:
    """The end of the chain, for the daily export; number 0 and a hash of zeros while nothing has been recorded."""
    events = list_audit(directory)
    return Head(int(events["seq"].iloc[-1]), str(events["hash"].iloc[-1])) if len(events) else Head(0, FIRST)


def list_audit(directory: Path) -> pd.DataFrame:
    """Every event, first to last, with the columns of `COLUMNS`; ts_utc as moments with zone. Raises AuditError."""
    try:
        rows = _read(directory)
    except sqlite3.Error as error:
        raise AuditError(f"The record of who did what cannot be read ({error}).") from None
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["ts_utc"] = pd.to_datetime(frame["ts_utc"], utc=True, format="ISO8601", errors="coerce")
    return frame


def _read(directory: Path) -> list[tuple]:
    if not _file(directory).exists():
        return []
    with closing(_connect(_file(directory), mode="ro")) as connection:
        return connection.execute(f"SELECT {', '.join(COLUMNS)} FROM event ORDER BY rowid").fetchall()


def verify_audit(directory: Path, *, exported: Head | None = None) -> AuditState:
    """Walks the chain: is every entry the one that was written, and is none missing? An empty record is whole.

    exported: an end of the chain that was kept elsewhere; it must be in the chain too.
    """
    try:
        noted = _read_head(directory)  # before the rows: an event recorded meanwhile must not look like a missing one
    except (ValueError, OSError):
        return AuditState(0, False, None, "audit.head cannot be read, so the end of the record is not proven.")
    try:
        rows = _read(directory)
    except sqlite3.Error as error:
        return AuditState(0, False, None, f"The record cannot be read: {error}.")
    previous = FIRST
    for expected, row in enumerate(rows, start=1):
        event = dict(zip(COLUMNS, row, strict=True))
        if event["seq"] != expected:
            return AuditState(len(rows), False, expected, f"Entry {expected} is missing.")
        if event["prev_hash"] != previous:
            return AuditState(len(rows), False, expected, f"Entry {expected} is not sealed to the entry before it.")
        if _seal(event) != event["hash"]:
            return AuditState(len(rows), False, expected, f"Entry {expected} was changed.")
        previous = event["hash"]
    if noted is None and len(rows) > 1:
        return AuditState(len(rows), False, None, "audit.head is missing, so the end of the record is not proven.")
    for end, where in ((noted, "audit.head"), (exported, "the exported end")):
        if end is None or end.seq == 0:
            continue
        if end.seq > len(rows):
            return AuditState(
                len(rows), False, len(rows) + 1, f"The record ends at entry {len(rows)}; {where} knows entry {end.seq}."
            )
        if dict(zip(COLUMNS, rows[end.seq - 1], strict=True))["hash"] != end.hash:
            return AuditState(len(rows), False, end.seq, f"Entry {end.seq} is not the one that {where} knows.")
    return AuditState(len(rows), True)
