"""Findings of an import on the screen: grouped by rule, filtered by severity, and each one; queries as a file for the sites."""

import pandas as pd
import streamlit as st

from heroes.app.controls import choose_some, show_table
from heroes.intake.findings import group_findings
from heroes.labels import Words
from heroes.model.terms import Severity


def show_issues(issues: pd.DataFrame, words: Words, *, name: str) -> None:
    """Groups of findings, then every finding behind a fold. issues: columns of `import_issue`. name: of its controls."""
    say = words.say
    there = [severity.value for severity in Severity if severity.value in set(issues["severity"])]
    said = {severity.value: words.term(severity) for severity in Severity}
    chosen = choose_some(say("Severity"), there, name=f"{name}_severity", default=there, said=said, nothing=say("No severity chosen"))
    issues = issues[issues["severity"].isin(chosen)]
    if issues.empty:
        st.info(say("No finding of the chosen severity."))
        return
    show_table(group_findings(issues), {
        "severity": say("Severity"), "rule": say("Rule"), "n": say("Findings"), "n_patients": say("Patients"),
        "message": say("What was found (first of them)"), "where": say("Where: file, rows, column"), "remedy": say("What to do"),
    }, key=f"{name}_groups", alt=say("Findings of the import grouped by rule"))
    with st.expander(words.count("Every finding: {n}", "Every finding: {n}", len(issues))):
        show_table(issues, {
            "severity": say("Severity"), "rule": say("Rule"), "file": say("File"), "row_ref": say("Row"), "column_name": say("Column"),
            "subject_id": say("Patient"), "message": say("What was found"), "remedy": say("What to do"),
        }, key=f"{name}_issues", alt=say("Queries and notes of the import"))


def csv_of(frame: pd.DataFrame) -> bytes:
    """A table as a CSV file that a spreadsheet reads without obeying it: UTF-8 with its mark, no cell that starts a formula."""
    safe = frame.map(lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell)
    return safe.to_csv(index=False).encode("utf-8-sig")
