"""Who is at the screen, in which language, over which data, and what time it is.

Sign-in, secrets, the clock and session state are read here and nowhere else.
"""

import secrets
from datetime import UTC, datetime

import streamlit as st

from heroes.access import SITE_BOUND, Person, Role
from heroes.labels import LANGUAGES, Words, mark, words_in
from heroes.settings import Settings, read_settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ROLE_HELP = mark("Nobody is signed in: each role can be tried. What a role may not see is not in its connection.")


def settings() -> Settings:
    """Where the data are; read from the environment."""
    return read_settings()


def utc_now() -> datetime:
    """The only clock of the dashboard."""
    return datetime.now(UTC)


def session_id() -> str:
    """A random name of this browser session, for the audit record."""
    return st.session_state.setdefault("session_id", secrets.token_hex(8))


def language() -> str:
    """Language chosen on the page or in the link, else English."""
    chosen = st.session_state.get("lang") or st.query_params.get("lang") or "en"
    return chosen if chosen in LANGUAGES else "en"


def words() -> Words:
    """How this session says things."""
    return words_in(language())


def is_dark() -> bool:
    """Whether the browser shows the dark theme."""
    return st.context.theme.type == "dark"


def is_loopback() -> bool:
    """Whether the server answers on this machine only."""
    return st.get_option("server.address") in LOOPBACK


def show_language_choice() -> None:
    """The language switch, in the link as ?lang=."""
    st.segmented_control(
        words().say("Language"), list(LANGUAGES), format_func=LANGUAGES.get, default="en", key="lang",
        bind="query-params", required=True, label_visibility="collapsed",
    )


def person_at_screen(sites: tuple[str, ...]) -> Person:
    """Who is here. With no sign-in configured: the role picked in the switch, starting as statistician.

    sites: site codes of the data cut, offered to roles that are bound to sites.
    """
    say = words()
    roles = list(Role)
    role = st.selectbox(
        say.say("Role"), roles, index=roles.index(Role.STATISTICIAN), format_func=say.term, key="role",
        bind="query-params", help=say.say(_ROLE_HELP),
    )
    if role not in SITE_BOUND:
        return Person(role)
    single = role is not Role.MONITOR
    chosen = st.multiselect(
        say.say("Own site") if single else say.say("Assigned sites"), sites, default=list(sites[: 1 if single else 3]),
        key="own_site" if single else "assigned_sites", bind="query-params",
    )
    return Person(role, sites=frozenset(chosen) & frozenset(sites))
