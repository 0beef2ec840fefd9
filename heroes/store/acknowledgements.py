"""Alerts that were laid aside with a reason: kept in the record of who did what, never in a data cut.

The record holds the alert's id, a digest: neither the patient nor the rule. The reason is a code of a closed list.
"""

import json
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from heroes.access import Person, Policy, Right, may
from heroes.errors import ClosedDataError
from heroes.model.terms import Acknowledged
from heroes.store import audit
from heroes.store.manifest import DataCut

COLUMNS = ("alert", "reason", "role", "at", "cut_off")


def acknowledge(
    directory: Path, alert: str, reason: Acknowledged, *, person: Person, policy: Policy, cut: DataCut, at: datetime,
    session_id: str | None = None,
) -> int:
    """Records that a person has laid an alert aside, as of a data cut; returns the number of the event.

    Whoever calls makes sure that the alert is one of this person's scope. Raises ClosedDataError for a person who may not,
    AuditError where the record cannot be written: the alert is then not acknowledged.
    """
    if not may(person, Right.ACKNOWLEDGE, policy):
        raise ClosedDataError(
            f'Alerts are acknowledged by investigators, for their own patients; not by the role "{person.role.value.replace("_", " ")}".'
        )
    return audit.record(
        directory, at=at, actor=person.name, role=person.role.value, session_id=session_id, action=audit.Action.ACKNOWLEDGE,
        object=f"alert {alert}", params={"alert": alert, "cut_off": cut.cut_off.isoformat()}, snapshot_hash=cut.digest,
        reason=Acknowledged(reason).value,
    )


def list_acknowledgements(directory: Path) -> pd.DataFrame:
    """Every acknowledgement, first to last: alert, reason (a code), role, at (UTC), cut_off (a date). Raises AuditError."""
    events = audit.list_audit(directory)
    events = events[events["action"] == audit.Action.ACKNOWLEDGE]
    params = [json.loads(text) for text in events["params_json"]]
    return pd.DataFrame({
        "alert": pd.array([given["alert"] for given in params], dtype="str"),
        "reason": events["reason"].to_numpy(object),
        "role": events["actor_role"].to_numpy(object),
        "at": events["ts_utc"].to_numpy(object),
        "cut_off": pd.Series([date.fromisoformat(given["cut_off"]) for given in params], dtype=object),
    }, columns=list(COLUMNS))
