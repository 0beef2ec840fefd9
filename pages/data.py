"""Data cuts: which there are, what the last import found, and the queries kept with the cut."""

import streamlit as st

from heroes.access import Right
from heroes.app.controls import show_table
from heroes.app.data_cuts import list_of_cuts, table_counts
from heroes.app.page import open_page

page = open_page("data")
words, say = page.words, page.words.say

if page.may(Right.ALL_PATIENTS):
    st.subheader(say("What this data cut holds"), anchor=False)
    show_table(table_counts(page.cut), {
        "table": say("Table"), "rows": say("Rows"), "digest": say("Digest"),
    }, key="table_counts", alt=say("Tables of the data cut with row counts"))

st.subheader(say("Queries and notes of the import"), anchor=False)
if page.may(Right.PEOPLE):
    st.info(say("Queries name patients; your role sees none."))
elif (issues := page.ask("import_issues")).empty:
    st.info(
        say("The import of this data cut raised no query and no note.") if page.may(Right.ALL_PATIENTS)
        else say("There is no query and no note that your role sees.")
    )
else:
    show_table(issues, {
        "severity": say("Severity"), "rule": say("Rule"), "file": say("File"), "row_ref": say("Row"), "column_name": say("Column"),
        "subject_id": say("Patient"), "message": say("What was found"), "remedy": say("What to do"),
    }, key="import_issues", alt=say("Queries and notes of the import"))

st.subheader(say("All data cuts"), anchor=False)
counted = {"queries": say("Queries"), "notes": say("Notes")} if page.may(Right.ALL_PATIENTS) else {}
show_table(list_of_cuts(with_findings=bool(counted)), {
    "cut_off": say("Cut-off"), "sequence": say("Sequence"), "imported_at": say("Imported (UTC)"), "study_id": say("Study"),
    "simulated": say("Simulated"), "digest": say("Digest"), **counted,
}, key="all_cuts", alt=say("All data cuts of this folder"))
