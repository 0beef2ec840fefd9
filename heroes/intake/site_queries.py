"""The queries of an import as a list to send to the sites: site, patient, rule, what was found, what to do, where."""

import csv
import io
from collections.abc import Iterable, Mapping

import pandas as pd

from heroes.intake.findings import Finding
from heroes.model.terms import Severity

COLUMNS = ("site_id", "subject_id", "rule", "found", "what_to_do", "file", "row", "column", "table")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def query_table(findings: Iterable[Finding], subjects: pd.DataFrame | None = None) -> pd.DataFrame:
    """Queries in the order of site, patient and rule. subjects: subject_id and site_id, where the patients are known.

    A query about no patient, or about one who is not delivered any more, has no site: it is for the data manager.
    """
    site_of: Mapping[str, str] = {} if subjects is None else dict(zip(subjects["subject_id"], subjects["site_id"], strict=True))
    rows = [
        (site_of.get(finding.subject_id), finding.subject_id, finding.rule, finding.message, finding.remedy, finding.file, finding.row, finding.column, finding.table)
        for finding in findings if finding.severity is Severity.QUERY
    ]  # fmt: skip
    return pd.DataFrame(sorted(rows, key=lambda row: tuple(cell or "" for cell in row)), columns=list(COLUMNS), dtype=object)


def issues_table(issues: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """The same from the findings that a data cut keeps (`import_issue`)."""
    findings = [
        Finding(Severity(row.severity), row.rule, row.message, row.remedy, file=_told(row.file), table=_told(row.table_name), row=_told(row.row_ref),
                column=_told(row.column_name), subject_id=_told(row.subject_id))
        for row in issues.itertuples()
    ]  # fmt: skip
    return query_table(findings, subjects)


def _told(cell) -> str | None:
    return None if cell is None or pd.isna(cell) else str(cell)


def as_csv(table: pd.DataFrame) -> str:
    """A table as CSV that a spreadsheet shows and does not execute: a cell that would begin a formula has ' before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([_plain(cell) for cell in row] for row in table.itertuples(index=False))
    return text.getvalue()


def _plain(cell) -> str:
    text = "" if cell is None or (not isinstance(cell, str) and pd.isna(cell)) else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
