"""The door of every page: who may enter, over which data cut, and the line that says so."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from heroes.access import Right, read_policy
from heroes.app import cache, session
from heroes.app.controls import choose_language, choose_one, choose_person
from heroes.app.markdown import literal
from heroes.errors import HeroesError
from heroes.figures.theme import CONFIG, Caption, Look
from heroes.labels import Words, mark
from heroes.protocol import Protocol, protocol_of
from heroes.store import cuts
from heroes.store.connection import Trial
from heroes.store.cuts import DataCut
from heroes.store.scope import Scope, scope_of

POLL_SECONDS = 2
STYLE = """<style>
.stMainBlockContainer { padding-top: 3.2rem; }
[data-testid=stMetricLabel] p { white-space: normal; overflow: visible; }
@media (max-width: 1100px) {
  .stMainBlockContainer { padding-left: 1.5rem; padding-right: 1.5rem; }
  [class*=st-key-side_by_side] [data-testid=stColumn] { min-width: 100%; }
  .st-key-tiles [data-testid=stColumn] { min-width: 45%; }
}
</style>"""
"""Less empty room at the top; long labels of tiles go on in a second line; pictures side by side on a wide screen stand one above the other on a narrow one (containers whose key begins with side_by_side)."""
NEWEST = "newest"

TITLES = {
    "meeting": mark("Weekly meeting"),
    "enrolment": mark("Enrolment"),
    "swimmer": mark("Swimmer plot"),
    "patient": mark("Patient"),
    "pfs": mark("Progression-free survival"),
    "quality_of_life": mark("Quality of life"),
    "baseline": mark("Baseline characteristics"),
    "safety": mark("Safety"),
    "interim": mark("Interim read-out"),
    "data": mark("Data cuts"),
}
Instead = Callable[[Words, Scope, Protocol, Path], None]
"""What a page shows without a data cut: for these words and this scope, by this protocol, over this folder."""

_log = logging.getLogger(__name__)


def show_problem(error: HeroesError, words: Words) -> None:
    """An error in words; the log gets its kind, never its data."""
    _log.warning("%s on a page", type(error).__name__)
    st.error(words.say("This cannot be shown: {problem}", problem=literal(error)))


@contextmanager
def problems_in_words(words: Words) -> Iterator[None]:
    """Turns this program's own errors into words on the page."""
    try:
        yield
    except HeroesError as error:
        show_problem(error, words)
        st.stop()


@dataclass(frozen=True)
class Page:
    """What a page works with: one data cut as this person may see it, the words, and the look of the browser.

    trial: the cut within the person's scope. cut: its whole manifest, for what was delivered at all.
    """

    trial: Trial
    cut: DataCut
    words: Words
    look: Look

    @property
    def is_own_trial(self) -> bool:
        """Whether the protocol is that of the study in the data cut."""
        return self.trial.protocol.describes(self.cut.study_id)

    @property
    def marker(self) -> str:
        """What the serial marker is called: ctDNA where it is one, else the delivery's own name for it."""
        name = self.cut.marker
        is_ctdna = self.is_own_trial or not name or "ctdna" in name.lower()
        return self.words.say("ctDNA") if is_ctdna else name

    def may(self, right: Right) -> bool:
        """Whether the person at the screen has this right."""
        return right in self.trial.scope.rights

    def ask(self, question: str, **parameters: Any) -> pd.DataFrame:
        """The answer to a named question, kept by cut and scope. Shared: do not change it."""
        key = (question, *sorted(parameters.items()))
        with problems_in_words(self.words):
            return cache.kept(self.trial, key, lambda: self.trial.ask(question, **parameters))

    def keep(self, question: tuple, make):
        """A figure or statistic kept by cut, scope, language, look and `question`."""
        with problems_in_words(self.words):
            return cache.kept(self.trial, (*question, self.words.language, self.look.dark), make)

    def caption(self, n: int | None, population: str, method: str | None = None) -> Caption:
        """What every picture says of itself. n: None where the person may not see a total."""
        return Caption(
            cut_off=self.trial.cut.cut_off, n=n, population=population, simulated=self.trial.cut.simulated, method=method
        )

    def show_chart(self, figure, alt: str, *, key: str, on_select="ignore"):
        """A figure at the width of its container, with its text for those who cannot see it."""
        return st.plotly_chart(
            figure, theme=None, alt=alt, key=key, on_select=on_select, selection_mode="points", config=CONFIG
        )

    def show_missing(self, tables: dict[str, str]) -> None:
        """Says which of the tables that this page needs were not delivered. tables: table → what it would give."""
        lacking = [what for table, what in tables.items() if not self.cut.row_counts.get(table)]
        if lacking:
            st.info(self.words.say("This delivery lacks: {list}.", list="; ".join(lacking)), icon=":material/rule:")


def cut_label(cut: DataCut, words: Words) -> str:
    """A data cut as people call it: its date, and its number where it is not the first of that date."""
    return f"{words.date(cut.cut_off)} · {cut.sequence}" if cut.sequence > 1 else words.date(cut.cut_off)


def _pick_cut(listed: cuts.CutList, words: Words) -> tuple[DataCut, bool]:
    """The cut to show, and whether the person has pinned it."""
    by_name = {cut.stem: cut for cut in reversed(listed.cuts)}
    newest = listed.cuts[-1]
    said = {stem: cut_label(cut, words) for stem, cut in by_name.items()}
    name = choose_one(
        words.say("Data cut"), {NEWEST: words.say("Newest ({date})", date=said[newest.stem]), **said}, name="cut",
        help=words.say("The newest is followed as it comes; an older one stays until you change it."),
    )
    return (newest, False) if name == NEWEST else (by_name[name], True)


@st.fragment(run_every=POLL_SECONDS)
def _watch(noticed: str | None, pinned: bool) -> None:
    """Looks at the folder; when another cut is the newest, redraws the page, or says so where one is pinned."""
    words = session.words()
    name = cuts.newest_name(session.settings().directory)
    if name == noticed:
        return
    if pinned:
        st.info(words.say("A newer data cut has been published. You are looking at an older one."), icon=":material/update:")
    elif name is not None:
        session.leave_redrawn_notice(name)
        st.rerun()


def _show_line(page: Page, words: Words) -> None:
    """The line under every title: cut-off, patients, trial, and SIMULATED where it is so."""
    cut = page.trial.cut
    parts = [words.say("Data cut-off {date}", date=words.date(cut.cut_off))]
    if page.may(Right.TRIAL_ENROLMENT):
        counts = page.ask("headline").iloc[0]
        if pd.notna(counts.n_consented):
            parts.append(words.count("{n} patient consented", "{n} patients consented", int(counts.n_consented)))
        parts.append(words.say("{n} included", n=words.number(int(counts.n_included))))
    elif page.trial.scope.sites is not None:
        parts.append(words.say("sites {list}", list=literal(", ".join(sorted(page.trial.scope.sites))) or "–"))
    trial = page.trial.protocol.trial
    parts.append(literal(f"{trial.name} {trial.registry_id or ''}" if page.is_own_trial else cut.study_id))
    parts.append(words.say("cut {digest}", digest=cut.digest[:12]))
    simulated = words.say("SIMULATED DATA")
    badge = f":orange-badge[**{simulated}**] " if cut.simulated else ""
    st.markdown(badge + " · ".join(parts))
    if session.take_redrawn_notice(cut.stem):
        st.toast(words.say("New data cut of {date}: the page was redrawn.", date=words.date(cut.cut_off)), icon=":material/update:")
    if session.was_redrawn_for(cut.stem):
        st.caption(words.say("Redrawn when this data cut was published."))


def _stop_without_data(directory: Path, listed: cuts.CutList, protocol: Protocol, words: Words, instead: Instead | None) -> None:
    st.info(words.say(
        "There is no data cut in the folder {folder} yet. Import a delivery with “heroes import PATH”, or make a "
        "simulated trial with “heroes simulate”. This page will notice.", folder=literal(directory.name),
    ))
    _show_damaged(listed, words)
    if instead is not None:
        with st.sidebar:
            person = choose_person(lambda: [], words)
        instead(words, scope_of(person, read_policy(directory)), protocol, directory)
    _watch(cuts.newest_name(session.settings().directory), False)
    st.stop()


def _show_damaged(listed: cuts.CutList, words: Words) -> None:
    for name, reason in listed.damaged:
        st.warning(words.say("Data cut {name} cannot be used and is left out: {reason}", name=literal(name), reason=literal(reason)))


def may_show_real_data() -> bool:
    """Whether patients who are not simulated may be on the screen: without sign-in on the loopback address only, and only when
    somebody has said so."""
    return session.is_loopback() and session.settings().open_acknowledged


def _stop_unless_allowed(cut: DataCut, words: Words) -> None:
    """Stops the page, in words, where these data may not be on the screen."""
    if cut.simulated or may_show_real_data():
        return
    if not session.is_loopback():
        st.error(words.say("No sign-in is configured: real data are served on the loopback address only."))
        st.stop()
    st.error(words.say(
        "These are not simulated data, and no sign-in is configured. Whoever may see everything on this machine "
        "can start the dashboard with “heroes serve --open” (or HEROES_OPEN=1)."
    ))
    st.stop()


def open_page(name: str, *, without_data: Instead | None = None) -> Page:
    """The first call on every page: picks the data cut, guards it, and writes title and data-cut line.

    name: one of TITLES. without_data: what the page shows where the folder holds no cut yet. Stops the page, in words, when there is nothing to show or nobody may see it.
    """
    words = session.words()
    directory = session.settings().directory
    st.set_page_config(page_title=f"{words.say(TITLES[name])} · HEROES", layout="wide")
    st.html(STYLE)
    st.title(words.say(TITLES[name]), anchor=False)
    with problems_in_words(words):
        noticed = cuts.newest_name(directory)
        listed = cuts.list_cuts(directory)
        protocol: Protocol = protocol_of(directory)
        with st.sidebar:
            choose_language()
            if listed.cuts:
                cut, pinned = _pick_cut(listed, words)
        if not listed.cuts:
            _stop_without_data(directory, listed, protocol, words, without_data)
        _stop_unless_allowed(cut, words)
        with st.sidebar:
            person = choose_person(lambda: cache.sites_of(cut, protocol), words)
        page = Page(
            trial=cache.trial_of(cut, scope_of(person, read_policy(directory)), protocol.applied_to(cut.study_id)), cut=cut,
            words=words, look=Look(dark=session.is_dark()),
        )
        _show_line(page, words)
        _show_damaged(listed, words)
        _watch(noticed, pinned)
    return page
