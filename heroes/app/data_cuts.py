"""What the Data page says of the cuts in the folder and of their imports. Never a count that the person's scope does not hold."""

import json

import pandas as pd

from heroes.app import session
from heroes.model.records import CLINICAL_TABLES
from heroes.model.terms import Severity
from heroes.store import audit
from heroes.store.cuts import DataCut, list_cuts


def table_counts(cut: DataCut) -> pd.DataFrame:
    """Tables of a cut with their row counts and the first twelve letters of their digests."""
    return pd.DataFrame({
        "table": CLINICAL_TABLES,
        "rows": [cut.row_counts.get(table, 0) for table in CLINICAL_TABLES],
        "digest": [cut.table_digests.get(table, "")[:12] for table in CLINICAL_TABLES],
    })


def list_of_cuts(*, with_findings: bool) -> pd.DataFrame:
    """Every good cut of the folder, newest first. with_findings: how many, counted over all patients of a cut."""
    shown = pd.DataFrame([
        {
            "cut_off": cut.cut_off, "sequence": cut.sequence, "imported_at": cut.imported_at, "study_id": cut.study_id,
            "simulated": cut.simulated, "digest": cut.digest[:12],
            "queries": cut.findings.get(Severity.QUERY, 0), "notes": cut.findings.get(Severity.NOTE, 0),
        }
        for cut in reversed(list_cuts(session.settings().directory).cuts)
    ])
    return shown if with_findings else shown.drop(columns=["queries", "notes"])


def list_of_imports() -> pd.DataFrame:
    """Every import and refusal of the audit record, newest first: when, who, outcome, cut, findings, and each file with the
    first twelve letters of its SHA-256."""
    events = audit.list_audit(session.settings().directory)
    events = events[events["action"].isin([audit.Action.IMPORT_ACCEPT, audit.Action.IMPORT_REFUSE])]
    rows = []
    for event in events.iloc[::-1].itertuples():
        params = json.loads(event.params_json)
        found = params.get("findings", {})
        rows.append({
            "recorded_at": pd.Timestamp(event.ts_utc).tz_localize(None).floor("s"), "actor_id": event.actor_id, "actor_role": event.actor_role,
            "is_accepted": event.action == audit.Action.IMPORT_ACCEPT, "object": event.object,
            "errors": found.get(Severity.ERROR, 0), "queries": found.get(Severity.QUERY, 0), "notes": found.get(Severity.NOTE, 0),
            "files": "; ".join(f"{name} {digest[:12]}" for name, digest in params.get("sources", {}).items()) or None,
        })
    columns = ["recorded_at", "actor_id", "actor_role", "is_accepted", "object", "errors", "queries", "notes", "files"]
    return pd.DataFrame(rows, columns=columns)
