"""The import on the screen: drop files, see what was recognised and found, compare, confirm, watch, see the cut."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app import importing, session
from heroes.app.changes_panel import show_change_tables
from heroes.app.controls import show_table
from heroes.app.issues_panel import show_issues
from heroes.app.markdown import literal
from heroes.app.page import may_show_real_data, show_problem
from heroes.errors import HeroesError, MappingError
from heroes.intake.mapping import parse_mapping
from heroes.labels import Words, mark
from heroes.protocol import Protocol
from heroes.store.scope import Scope

STAGES = {"READ": mark("Reading and checking the files"), "PUBLISH": mark("Writing the data cut"), "RECORD": mark("Recording the import")}
CHECKED, OUTCOME, MAPPING_KEY, BATCH, RUNNING = "checked", "import_outcome", "import_mapping", "import_batch", "import_running"
DRAFT_TROUBLE = "import_draft_trouble"
LEFT = "# Left to finish: "
LARGEST_MB = 20

_importers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="import")
"""An import goes on to its end even when the browser that started it is closed; imports into one folder wait for one another."""


def show_import(words: Words, scope: Scope, protocol: Protocol, directory: Path) -> None:
    """The whole panel, for whoever may import."""
    say = words.say
    _follow(words)
    _show_outcome(words)
    batch = session.held(BATCH) or 0
    uploads = [
        importing.Upload(file.name, file.getvalue())
        for file in st.file_uploader(
            say("Files of one delivery"), accept_multiple_files=True, key=f"import_files_{batch}", max_upload_size=LARGEST_MB,
            help=say("All tables, or only those that are new: a partial delivery is laid over the newest data cut. Up to {mb} MB a file.", mb=LARGEST_MB),
        )
    ]
    with st.expander(say("Mapping and cut-off date, where the delivery needs them")):
        cut_off = st.date_input(
            say("Cut-off date"), value=None, key=f"import_cut_off_{batch}", format="YYYY-MM-DD",
            help=say("Empty: that of the mapping or the delivery, else its latest date."),
        )
        mapping = _ask_mapping(uploads, protocol, words)
    if not uploads:
        st.info(say("Nothing is published before you have seen what was found and confirmed it."), icon=":material/upload_file:")
        return
    if st.button(say("Check the delivery"), key="import_check", type="primary"):
        _check(uploads, mapping, cut_off, directory, scope, protocol, words)
    checked = session.held(CHECKED)
    if checked is None:
        return
    if checked.key != importing.key_of(uploads, mapping, cut_off, directory):
        st.warning(say("Files, mapping or the newest data cut are others than those that were checked. Check the delivery again."))
        return
    _show_checked(checked, words, directory)
    if checked.is_refused or not (checked.is_simulated or may_show_real_data()):
        return
    if st.button(say("Import as a new data cut"), key="import_confirm", type="primary", disabled=checked.known_as is not None):
        _import(uploads, mapping, cut_off, directory, checked, scope.role.value, words)


def _ask_mapping(uploads: list[importing.Upload], protocol: Protocol, words: Words) -> str:
    """The mapping's text: uploaded, drafted from the files, written or finished here; checked as it is written."""
    say = words.say

    def take_file():
        file = session.widget("import_mapping_file")
        if file is not None:
            session.set_widget(MAPPING_KEY, file.getvalue().decode("utf-8", errors="replace"))

    def draft():
        try:
            session.set_widget(MAPPING_KEY, importing.draft_upload(uploads, protocol))
        except HeroesError as error:
            session.hold(DRAFT_TROUBLE, error)

    st.file_uploader(say("Mapping file (TOML)"), type=["toml"], key="import_mapping_file", on_change=take_file, max_upload_size=1)
    st.button(
        say("Draft a mapping from the files"), key="import_draft", on_click=draft, disabled=not uploads, icon=":material/draw:",
        help=say("Guesses from names, labels and contents, each marked as a guess with its reason. It replaces the text below."),
    )
    if (trouble := session.held(DRAFT_TROUBLE)) is not None:
        session.hold(DRAFT_TROUBLE, None)
        show_problem(trouble, words)
    mapping = st.text_area(say("Mapping"), key=MAPPING_KEY, height=320, placeholder=say("Empty: files are recognised by their names."))
    if mapping.strip():
        _show_state(mapping, words)
    return mapping


def _show_state(mapping: str, words: Words) -> None:
    """Whether the language accepts the mapping as it stands, and what its draft left to finish."""
    say = words.say
    try:
        parse_mapping(mapping, say("The mapping"))
    except MappingError as error:
        st.error(literal(error))
        return
    n = mapping.count("# guess")
    st.caption(words.count("The mapping can be followed; {n} guess is marked in it.", "The mapping can be followed; {n} guesses are marked in it.", n))
    left = [line.removeprefix(LEFT) for line in mapping.splitlines() if line.startswith(LEFT)]
    if left:
        st.warning(say("Left to finish:") + "\n" + "\n".join(f"- {literal(each)}" for each in left))
    st.download_button(say("Mapping as a file"), mapping, file_name="mapping.toml", mime="application/toml", icon=":material/download:")


def _check(uploads, mapping: str, cut_off: date | None, directory: Path, scope: Scope, protocol: Protocol, words: Words) -> None:
    session.hold(CHECKED, None)
    with st.status(words.say("Reading, checking and comparing"), expanded=False) as status:
        try:
            session.hold(CHECKED, importing.check_upload(uploads, mapping, cut_off, directory, scope, protocol, session.utc_now()))
        except HeroesError as error:
            status.update(label=words.say("This delivery cannot be checked"), state="error")
            show_problem(error, words)
            return
        status.update(label=words.say("Checked"), state="complete")


def _show_checked(checked: importing.Checked, words: Words, directory: Path) -> None:
    say = words.say
    st.subheader(say("What was recognised"), anchor=False)
    show_table(pd.DataFrame([
        {"file": one.file, "dataset": one.dataset, "n_rows": one.n_rows, "tables": ", ".join(one.tables) or None} for one in checked.recognised
    ], columns=["file", "dataset", "n_rows", "tables"]), {
        "file": say("File"), "dataset": say("Dataset"), "n_rows": say("Rows"), "tables": say("Read into"),
    }, key="import_recognised", alt=say("Files of the delivery and the tables they are read into"))
    st.subheader(say("What was found"), anchor=False)
    if checked.issues.empty:
        st.success(say("No error, no query and no note."))
    else:
        show_issues(checked.issues, words, name="import")
    if checked.is_refused:
        st.error(say("This delivery is refused: its errors must be corrected first. Nothing was published."))
        return
    st.subheader(say("What it would change"), anchor=False)
    if not (checked.is_simulated or may_show_real_data()):
        st.error(say("These are not simulated data: start the dashboard with “heroes serve --open” on the loopback address to import them here."))
        return
    st.markdown(say(
        "Study {study}, cut-off {date}: {patients} patients.", study=literal(checked.study_id), date=words.date(checked.cut_off),
        patients=words.number(checked.row_counts.get("subject", 0)),
    ))
    if checked.known_as:
        st.info(say("The same records are already in the newest data cut. There is nothing to import."))
    elif checked.changes is None:
        st.info(say("This is the first data cut of the folder."))
    else:
        show_change_tables(checked.changes, words, name="candidate")


def _import(uploads, mapping: str, cut_off: date | None, directory: Path, checked: importing.Checked, role: str, words: Words) -> None:
    """Starts the import, which ends whatever becomes of this page, and follows it."""
    stages: list[str] = []
    arguments = {
        "at": session.utc_now(), "actor": session.actor(), "role": role, "session_id": session.session_id(), "after": checked.after,
        "progress": stages.append,
    }
    running = _importers.submit(importing.import_upload, uploads, mapping, cut_off, directory, **arguments)
    session.hold(RUNNING, (running, stages))
    _follow(words)


def _follow(words: Words) -> None:
    """Shows how far the import of this session is, if there is one, and what became of it."""
    held = session.held(RUNNING)
    if held is None:
        return
    running, stages = held
    _watch(running, stages, words)
    session.hold(RUNNING, None)
    session.hold(CHECKED, None)
    try:
        result = running.result()
    except HeroesError as error:
        show_problem(error, words)
        return
    if result.published is None:
        st.error(words.say("The delivery was refused on import. Nothing was published."))
        return
    session.hold(OUTCOME, (result.published.cut.stem, result.published.is_new))
    session.hold(BATCH, (session.held(BATCH) or 0) + 1)  # an uploader of another name is an empty one
    st.rerun()


def _watch(running: Future, stages: list[str], words: Words) -> None:
    """A bar until the import ends. The page may be redrawn meanwhile: the next run finds the same import."""
    bar = st.progress(0.0, words.say("Waiting for another import to end"))
    while not running.done():
        if stages:
            bar.progress(len(stages) / (len(STAGES) + 1), words.say(STAGES[stages[-1]]))
        time.sleep(0.1)
    bar.progress(1.0, words.say("Done"))


def _show_outcome(words: Words) -> None:
    outcome = session.held(OUTCOME)
    if outcome is None:
        return
    stem, is_new = outcome
    said = words.say("Published: data cut {stem}.", stem=stem) if is_new else words.say("Nothing new: these records are in {stem}.", stem=stem)
    st.success(said, icon=":material/check_circle:")
    st.button(words.say("Show this data cut"), key="import_show", on_click=_pin(stem))


def _pin(stem: str) -> Callable[[], None]:
    def pin():
        session.remember("cut", stem)
        session.remember("section", None)
        session.hold(OUTCOME, None)

    return pin


def show_first_import(words: Words, scope: Scope, protocol: Protocol, directory: Path) -> None:
    """The panel in a folder that holds no data cut yet, for whoever may import."""
    if Right.IMPORT in scope.rights:
        show_import(words, scope, protocol, directory)
