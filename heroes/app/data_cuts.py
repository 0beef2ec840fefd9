"""What the Data page says of the cuts in the folder. Never a count that the person's scope does not hold."""

import pandas as pd

from heroes.app import session
from heroes.model.records import CLINICAL_TABLES
from heroes.model.terms import Severity
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
