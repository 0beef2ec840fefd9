"""What changed between two cuts, on the screen: counts by kind, then every change, by patient."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app import cache, session
from heroes.app.controls import choose_one, choose_some, show_table
from heroes.app.issues_panel import csv_of
from heroes.app.page import Page, cut_label, problems_in_words
from heroes.labels import Words, mark
from heroes.model.terms import ChangeKind, CtdnaCall
from heroes.store import audit
from heroes.store.changes import Changes, compare_cuts
from heroes.store.cuts import list_cuts

TABLES = {
    "site": mark("Site"), "site_plan": mark("Plan of a site"), "subject": mark("Patient"), "milestone": mark("Milestone"),
    "screen_outcome": mark("Outcome of screening"), "visit_plan": mark("Visit schedule"), "visit": mark("Visit"),
    "specimen": mark("Blood drawn"), "ctdna_result": mark("ctDNA result"), "lesion": mark("Lesion"),
    "lesion_measure": mark("Measure of a lesion"), "response": mark("Tumour assessment"), "treatment": mark("Treatment"),
    "tte": mark("Delivered time to event"), "qs_item": mark("Answers to a questionnaire"), "qs_form": mark("Questionnaire expected"),
    "ae": mark("Adverse event"), "deviation": mark("Protocol deviation"), "eligibility": mark("Eligibility criterion"),
    "query_item": mark("Query to the site"), "page_entry": mark("Page of the form"), "subject_site": mark("Site of a patient"),
    "subject_link": mark("Screened again"), "site_location": mark("Location of a site"),
}


def show_changes(page: Page) -> None:
    """Two cuts to choose, and what changed from one to the other as this person may see it."""
    words, say = page.words, page.words.say
    cuts = [cut for cut in reversed(list_cuts(session.settings().directory).cuts) if cut.study_id == page.cut.study_id]
    earlier = [cut for cut in cuts if (cut.cut_off, cut.sequence) < (page.cut.cut_off, page.cut.sequence)]
    if page.may(Right.PEOPLE):
        st.info(say("Changes name patients; your role sees none."))
        return
    if not earlier:
        st.info(say("There is no earlier data cut to compare with."))
        return
    by_stem = {cut.stem: cut for cut in earlier}
    older = by_stem[choose_one(
        say("Compared with"), {cut.stem: cut_label(cut, words) for cut in earlier}, name="older",
        help=say("The newer of the two is the data cut chosen at the left."),
    )]
    with problems_in_words(words):
        changes = cache.kept(
            page.trial, ("changes", older.digest, older.stem),
            lambda: compare_cuts(older, page.cut, page.trial.scope, page.trial.protocol),
        )
    st.caption(say(
        "From {older} to {newer}. Days are compared on the calendar and counted from day 0 of the newer cut; a patient's calendar time is shown by month.",
        older=cut_label(older, words), newer=cut_label(page.cut, words),
    ))
    show_change_tables(changes, words, name="changes")
    if page.may(Right.EXPORT) and not changes.frame.empty:
        _offer_file(page, changes)


def show_change_tables(changes: Changes, words: Words, *, name: str) -> None:
    """Counts by kind; then the changes of the kinds chosen. name: of its controls."""
    say = words.say
    if changes.left_out:
        left_out = [words.answer(each) if each == each.upper() else say(TABLES[each]) for each in changes.left_out]
        st.info(say("Not in your scope, so not compared: {list}.", list=", ".join(left_out)), icon=":material/visibility_off:")
    if changes.frame.empty:
        st.success(say("Nothing differs between the two data cuts."))
        return
    counts = changes.counts()
    show_table(_spoken(counts, words), {
        "kind": say("Change"), "event": say("Event"), "n_changes": say("Changes"), "n_patients": say("Patients"),
    }, key=f"{name}_counts", alt=say("Changes by kind"))
    kinds = list(dict.fromkeys(counts["kind"]))
    chosen = choose_some(
        say("Kinds of change"), kinds, name=f"{name}_kinds", said={kind: words.answer(kind) for kind in kinds}, nothing=say("All kinds")
    )
    frame = changes.frame[changes.frame["kind"].isin(chosen or kinds)]
    weight = {kind.value: place for place, kind in enumerate(ChangeKind)}
    frame = frame.sort_values("kind", key=lambda column: column.map(weight), kind="stable")
    frame = frame.assign(month=[words.month(month) if pd.notna(month) else None for month in frame["new_month"].fillna(frame["old_month"])])
    show_table(_spoken(frame, words), {
        "site_id": say("Site"), "subject_id": say("Patient"), "kind": say("Change"), "event": say("Event"), "table_name": say("Record"),
        "record": say("Which"), "old_code": say("Was"), "new_code": say("Is"), "old_day": say("Day, was"), "new_day": say("Day, is"),
        "moved_days": say("Moved by days"), "month": say("Month"), "what": say("Column"),
    }, key=f"{name}_table", alt=say("Every change, by kind and patient"), height=420)


def _spoken(frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    told = {name: frame[name].map(words.answer) for name in ("kind", "event") if name in frame}
    if "table_name" in frame:
        told |= {
            name: [_code(table, code, words) for table, code in zip(frame["table_name"], frame[name], strict=True)]
            for name in ("record", "old_code", "new_code")
        }
        told["table_name"] = frame["table_name"].map(lambda table: words.say(TABLES[table]))
    return frame.assign(**told)


def _code(table: str, code: object, words: Words) -> object:
    """A code as people say it, where it has one meaning in its table; else as it stands in the record."""
    if table == "ctdna_result" and code in set(CtdnaCall):
        return words.term(CtdnaCall(code))
    return words.answer(code) if table == "milestone" else code


def _offer_file(page: Page, changes: Changes) -> None:
    def told():
        audit.record(
            session.settings().directory, at=session.utc_now(), actor=session.actor(), role=page.trial.scope.role.value,
            session_id=session.session_id(), action=audit.Action.EXPORT, object="changes", params={"older": changes.older.stem},
            snapshot_hash=changes.newer.digest,
        )

    months = {name: changes.frame[name].dt.strftime("%Y-%m") for name in ("old_month", "new_month")}
    st.download_button(
        page.words.say("Changes as CSV"), csv_of(changes.frame.assign(**months)), mime="text/csv", on_click=told,
        file_name=f"changes_{changes.older.stem}_{changes.newer.stem}.csv", icon=":material/download:",
    )
