"""Findings of an import: where, what was found, what to do. Never the value of a cell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from heroes.model.records import ImportIssue
from heroes.model.terms import Severity

ROWS_NAMED = 5
"""How many rows a finding names before it only counts the rest."""

EXAMPLES = 3
"""How many places a group of findings names before it only counts the rest."""

TEXT_LIMIT = 1_000
"""Longest message or remedy that is kept with a cut (`records.Sentence`)."""

ISSUE_COLUMNS = tuple(ImportIssue.model_fields)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be in a delivery.

    severity: an ERROR publishes nothing; a QUERY is for the site; a NOTE (warnings included) is for the data manager.
    rule: the rule's short name in snake_case, the same for every finding of its kind.
    message, remedy: two sentences for a data manager; they name files, columns, rows and counts, never a cell's value.
    file: path inside the delivery. table: table of the cut or dataset. row: row or rows of the file, as text.
    column: column of the file. subject_id: study code, where the finding is about one patient.
    """

    severity: Severity
    rule: str
    message: str
    remedy: str
    file: str | None = None
    table: str | None = None
    row: str | None = None
    column: str | None = None
    subject_id: str | None = None

    def __str__(self) -> str:
        row = None if not self.row else f"row {self.row}" if self.row.isdigit() else f"rows {self.row}"
        column = f"column {self.column}" if self.column else None
        place = ", ".join(part for part in (self.file, row, column) if part)
        return f"{place}: {self.message} {self.remedy}" if place else f"{self.message} {self.remedy}"


def name_rows(rows: Iterable[int]) -> str:
    """Rows of a file as a finding names them: `41` or `3, 7, 9, 12, 15 and 8 more`."""
    rows = sorted({int(row) for row in rows})
    named = ", ".join(str(row) for row in rows[:ROWS_NAMED])
    return named if len(rows) <= ROWS_NAMED else f"{named} and {len(rows) - ROWS_NAMED} more"


def is_refused(findings: Iterable[Finding]) -> bool:
    """Is there an error among them? Then nothing is published."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings of each severity; severities without a finding are left out."""
    severities = [finding.severity for finding in findings]
    return {severity.value: severities.count(severity) for severity in Severity if severity in severities}


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Queries and notes as rows of the table `import_issue`, in the order found. Errors never reach a cut."""
    kept = [finding for finding in findings if finding.severity is not Severity.ERROR]
    rows = [
        {
            "seq": number,
            "severity": finding.severity.value,
            "rule": finding.rule,
            "file": finding.file,
            "table_name": finding.table,
            "row_ref": finding.row,
            "column_name": finding.column,
            "subject_id": finding.subject_id,
            "message": _shorten(finding.message),
            "remedy": _shorten(finding.remedy),
        }
        for number, finding in enumerate(kept, start=1)
    ]
    frame = pd.DataFrame(rows, columns=list(ISSUE_COLUMNS), dtype=object)
    return frame.astype({"seq": "int64"})


def all_findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Every finding, errors too, as rows with the columns of `import_issue`: what a screen shows of a delivery."""
    plain = [[f.severity.value, f.rule, f.file, f.table, f.row, f.column, f.subject_id, f.message, f.remedy] for f in findings]
    frame = pd.DataFrame(plain, columns=[name for name in ISSUE_COLUMNS if name != "seq"], dtype=object)
    frame.insert(0, "seq", range(1, len(frame) + 1))
    return frame


def group_findings(issues: pd.DataFrame) -> pd.DataFrame:
    """Findings grouped by rule, errors first: severity, rule, n, n_patients, where (up to three places), message, remedy (of the first).

    issues: rows with the columns of `import_issue`. A place is file, rows and column; never a value.
    """
    order = [severity.value for severity in Severity]
    rows = []
    for (severity, rule), members in issues.groupby(["severity", "rule"], sort=False):
        places = [_place(row) for row in members[["file", "row_ref", "column_name"]].itertuples(index=False)]
        named = list(dict.fromkeys(place for place in places if place))
        where = "; ".join(named[:EXAMPLES]) + (f"; +{len(named) - EXAMPLES}" if len(named) > EXAMPLES else "")
        first = members.iloc[0]
        rows.append([severity, rule, len(members), members["subject_id"].nunique(), where or None, first["message"], first["remedy"]])
    frame = pd.DataFrame(rows, columns=["severity", "rule", "n", "n_patients", "where", "message", "remedy"])
    return frame.sort_values("severity", key=lambda column: column.map(order.index), kind="stable", ignore_index=True)


def _place(row) -> str:
    parts = [row.file, f"{row.row_ref}" if isinstance(row.row_ref, str) else None, row.column_name]
    return ", ".join(part for part in parts if isinstance(part, str))


def _shorten(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
