"""Who is at the screen, in which language, over which data, and what time it is.

Sign-in, secrets, the clock and session state are read here and nowhere else.
"""

import secrets
from datetime import UTC, datetime

import streamlit as st

from heroes.labels import LANGUAGES, Words, words_in
from heroes.settings import Settings, read_settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def settings() -> Settings:
    """Where the data are; read from the environment."""
    return read_settings()


def utc_now() -> datetime:
    """The only clock of the dashboard."""
    return datetime.now(UTC)


def session_id() -> str:
    """A random name of this browser session, for the audit record."""
    return st.session_state.setdefault("session_id", secrets.token_hex(8))


def actor() -> str:
    """Who is at the screen, for the audit record; without sign-in the person at this machine."""
    return "local"


def hold(name: str, value: object) -> None:
    """Keeps something for this browser session only; None lets it go."""
    if value is None:
        st.session_state.pop(f"held_{name}", None)
    else:
        st.session_state[f"held_{name}"] = value


def held(name: str) -> object:
    """What this browser session keeps under a name, or None."""
    return st.session_state.get(f"held_{name}")


def widget(key: str) -> object:
    """What a control holds, by its key; None where it has not been drawn."""
    return st.session_state.get(key)


def set_widget(key: str, value: object) -> None:
    """Puts a value into a control by its key, before it is drawn (from a callback)."""
    st.session_state[key] = value


def recall(name: str) -> str | None:
    """What the person chose under this name: what the link says, else what was chosen earlier in this session."""
    linked = st.query_params.get(name)
    return st.session_state.get(f"chosen_{name}") if linked is None else linked


def remember(name: str, value: str | None) -> None:
    """Keeps a choice for the session and in the link; None (the default) takes it out of both.

    Streamlit's own binding would put the translated label into the link, and a link must not depend on a language.
    """
    st.session_state[f"chosen_{name}"] = value
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def language() -> str:
    """Language chosen on the page or in the link, else English."""
    chosen = recall("lang")
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


def take_redrawn_notice(name: str) -> bool:
    """Whether the page was redrawn for this cut and has not said so yet."""
    if st.session_state.get("redrawn_for") != name:
        return False
    del st.session_state["redrawn_for"]
    return True


def leave_redrawn_notice(name: str) -> None:
    """Notes that the next run redraws the page for this cut."""
    st.session_state["redrawn_for"] = name
    st.session_state["redrawn"] = name


def was_redrawn_for(name: str) -> bool:
    """Whether this session saw this cut arrive."""
    return st.session_state.get("redrawn") == name
