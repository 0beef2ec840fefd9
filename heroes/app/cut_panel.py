"""The data cut on the screen: what it holds, what its import found; all cuts of the folder; the record of imports."""

import streamlit as st

from heroes.access import Right
from heroes.app import session
from heroes.app.controls import show_table
from heroes.app.data_cuts import list_of_cuts, list_of_imports, table_counts
from heroes.app.issues_panel import csv_of, show_issues
from heroes.app.page import Page
from heroes.store import audit


def show_cut(page: Page) -> None:
    """Tables of the cut with counts and digests, for those who see all patients; queries and notes of its import."""
    say = page.words.say
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
        show_issues(issues, page.words, name="cut")
        if page.may(Right.EXPORT):
            _offer_queries(page)


def _offer_queries(page: Page) -> None:
    """The queries as a file to send to the sites."""
    queries = page.ask("queries_to_sites")
    if queries.empty:
        return

    def told():
        audit.record(
            session.settings().directory, at=session.utc_now(), actor=session.actor(), role=page.trial.scope.role.value,
            session_id=session.session_id(), action=audit.Action.EXPORT, object="queries", snapshot_hash=page.cut.digest,
        )

    st.download_button(
        page.words.say("Queries to the sites as CSV"), csv_of(queries), file_name=f"queries_{page.cut.stem}.csv", mime="text/csv",
        on_click=told, icon=":material/download:",
    )


def show_cuts(page: Page) -> None:
    """Every good cut of the folder."""
    say = page.words.say
    st.subheader(say("All data cuts"), anchor=False)
    counted = {"queries": say("Queries"), "notes": say("Notes")} if page.may(Right.ALL_PATIENTS) else {}
    show_table(list_of_cuts(with_findings=bool(counted)), {
        "cut_off": say("Cut-off"), "sequence": say("Sequence"), "imported_at": say("Imported (UTC)"), "study_id": say("Study"),
        "simulated": say("Simulated"), "digest": say("Digest"), **counted,
    }, key="all_cuts", alt=say("All data cuts of this folder"))


def show_imports(page: Page) -> None:
    """Who imported what and when, accepted or refused, from the audit record."""
    say = page.words.say
    imports = list_of_imports()
    if imports.empty:
        st.info(say("The record of who did what names no import yet."))
        return
    counted = {"errors": say("Errors"), "queries": say("Queries"), "notes": say("Notes")} if page.may(Right.IMPORT) else {}
    show_table(imports, {
        "recorded_at": say("When (UTC)"), "actor_id": say("Who"), "actor_role": say("Role"), "is_accepted": say("Accepted"),
        "object": say("Data cut"), **counted, "files": say("Files, each with the start of its SHA-256"),
    }, key="imports", alt=say("Imports so far, newest first"))
