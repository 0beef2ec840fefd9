"""Choices that pages offer. Each is kept in the link by its code, so that a link shows the same thing in any language."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from heroes.access import SITE_BOUND, Person, Role
from heroes.app import session
from heroes.labels import LANGUAGES, Words

SEPARATOR = ","
SPOKEN = frozenset({
    "status", "what", "reason", "reason_before", "reason_after", "flag", "severity", "source_table", "source_table_after", "danger",
    "rule", "kind", "acknowledged_reason",
})
SHORT_NUMBERS = ("_now", "_days", "_day")


def choose_one(label: str, options: Mapping[str, str], *, name: str, default: str | None = None, help: str | None = None) -> str:
    """One of several, from a list. options: code → words; the first is the default unless another is named."""
    codes, default = list(options), default or next(iter(options))
    return _choose(
        name, codes, default,
        lambda current, key, changed: st.selectbox(
            label, codes, index=codes.index(current), format_func=options.get, key=key, on_change=changed, help=help
        ),
    )


def choose_between(
    label: str, options: Mapping[str, str], *, name: str, default: str | None = None, quiet: bool = False,
    help: str | None = None,
) -> str:
    """One of a few, side by side. options: code → words; quiet hides the label from the eye, not from a screen reader."""
    codes, default = list(options), default or next(iter(options))
    return _choose(
        name, codes, default,
        lambda current, key, changed: st.segmented_control(
            label, codes, default=current, format_func=options.get, key=key, on_change=changed, required=True,
            label_visibility="collapsed" if quiet else "visible", help=help,
        ),
    )


def _choose(name: str, codes: list[str], default: str, show: Callable) -> str:
    chosen = session.recall(name)
    current = chosen if chosen in codes else default
    key = f"{name}:{session.language()}:{SEPARATOR.join(codes)}"  # other options make another control: an old one keeps its own idea

    def changed():
        picked = st.session_state[key]
        session.remember(name, None if picked == default else picked)

    show(current, key, changed)
    return current


def choose_some(
    label: str, options: Sequence[str], *, name: str, default: Sequence[str] = (), nothing: str | None = None,
    said: Mapping[str, str] | None = None,
) -> list[str]:
    """Any number of several, none included; codes that are not on offer are ignored. nothing: what no choice means; said: code → words."""
    chosen = session.recall(name)
    current = list(default) if chosen is None else [code for code in chosen.split(SEPARATOR) if code in options]
    key = f"{name}:{session.language()}"

    def changed():
        picked = list(st.session_state[key])
        session.remember(name, None if picked == list(default) else SEPARATOR.join(picked))

    st.multiselect(
        label, options, default=current, key=key, on_change=changed, placeholder=nothing, format_func=(said or {}).get if said else str
    )
    return current


def choose_language() -> None:
    """The language switch."""
    choose_between(session.words().say("Language"), LANGUAGES, name="lang", quiet=True)


def choose_person(list_sites: Callable[[], list[str]], words: Words) -> Person:
    """Who is here. With no sign-in configured: the role picked in the switch, starting as statistician.

    list_sites: gives the site codes of the data cut, offered to roles that are bound to sites.
    """
    asked = session.recall("role")
    default = Role.STATISTICIAN if asked is None or asked in set(Role) else Role.ADMINISTRATOR  # a mistyped role opens nothing
    role = Role(choose_one(
        words.say("Role"), {role.value: words.term(role) for role in Role}, name="role", default=default.value,
        help=words.say("Nobody is signed in: each role can be tried. What a role may not see is not in its connection."),
    ))
    if role not in SITE_BOUND:
        return Person(role)
    sites = list_sites()
    if role is Role.MONITOR:
        return Person(role, frozenset(choose_some(words.say("Assigned sites"), sites, name="assigned_sites", default=sites[:3])))
    return Person(role, frozenset(choose_some(words.say("Own site"), sites, name="own_site", default=sites[:1])))


def show_table(
    frame: pd.DataFrame, columns: dict[str, str], *, key: str, alt: str, height: int | str = "auto", select: bool = False
) -> list[int]:
    """A table under its own words; what is missing is a dash. columns: column → heading; others are left out.

    select: one row can be picked; returns the picked rows, by their place in the frame.

    Codes in the columns SPOKEN are said in the reader's language.
    """
    shown = frame[list(columns)].copy()
    for column in SPOKEN.intersection(columns):
        shown[column] = shown[column].map(session.words().answer)
    kinds = {}
    for column, heading in columns.items():
        if pd.api.types.is_datetime64_any_dtype(shown[column]) and not column.endswith("_at"):
            kinds[heading] = st.column_config.DateColumn(heading, format="YYYY-MM-DD")
        elif pd.api.types.is_float_dtype(shown[column]) and column.endswith(SHORT_NUMBERS):
            kinds[heading] = st.column_config.NumberColumn(heading, format="%.1f")
    shown_table = st.dataframe(
        shown.rename(columns=columns), hide_index=True, key=key, alt=alt, placeholder="–", column_config=kinds, height=height,
        on_select="rerun" if select else "ignore", selection_mode="single-row",
    )
    return list(shown_table.selection.rows) if select else []
