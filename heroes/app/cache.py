"""Results kept by data cut, scope and question.

A data cut never changes under its name, so what was computed from it is right for as long as it is kept. Everything
kept is shared between sessions and read-only; the key always holds the cut and the scope, so nobody is handed what was
made for another scope.
"""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from heroes.access import Person, Policy, Role
from heroes.protocol import Protocol
from heroes.store.connection import OpenCut, Trial, open_cut
from heroes.store.cuts import DataCut
from heroes.store.scope import Scope, scope_of

T = TypeVar("T")


@st.cache_resource(max_entries=24, show_spinner=False, on_release=OpenCut.close)
def _opened(key: str, _cut: DataCut, _scope: Scope, _protocol: Protocol) -> OpenCut:
    return open_cut(_cut, _scope, _protocol)


@st.cache_resource(max_entries=400, show_spinner=False)
def _kept(key: str, _make: Callable[[], T]) -> T:
    return _make()


def _key(cut: DataCut, scope: Scope, protocol: Protocol) -> tuple:
    """Its `repr` is the key: codes from files stay in quotes there, and no two scopes can be spelled alike."""
    sites = None if scope.sites is None else tuple(sorted(scope.sites))
    rights = tuple(sorted(right.value for right in scope.rights))
    return (str(cut.path), cut.digest, scope.role.value, sites, rights, protocol.digest)


def trial_of(cut: DataCut, scope: Scope, protocol: Protocol) -> Trial:
    """The data cut as this scope may see it, with a cursor of this run's own."""
    return _opened(repr(_key(cut, scope, protocol)), cut, scope, protocol).trial()


def sites_of(cut: DataCut, protocol: Protocol) -> list[str]:
    """Site codes of a data cut, for the role switch. Names of sites only; nothing of theirs is shown by it."""
    trial = trial_of(cut, scope_of(Person(Role.SPONSOR), Policy()), protocol)
    return kept(trial, ("sites",), lambda: sorted(trial.ask("enrolment_by_site").site_id))


def answer_of(cut: DataCut, scope: Scope, protocol: Protocol, question: str):
    """One answer of another data cut than the one on the screen, kept by its digest; the cut itself is let go again, so that
    looking back over many does not push out those in use."""
    key = repr((_key(cut, scope, protocol), (question,)))

    def ask():
        opened = open_cut(cut, scope, protocol)
        try:
            return opened.trial().ask(question)
        finally:
            opened.close()

    return _kept(key, ask)


def kept(trial: Trial, question: tuple, make: Callable[[], T]) -> T:
    """What `make` returned for this cut, scope, protocol and question; made once. The result is shared: do not change it.

    question: everything else the result depends on (name, parameters, language, look).
    """
    return _kept(repr((_key(trial.cut, trial.scope, trial.protocol), question)), make)
