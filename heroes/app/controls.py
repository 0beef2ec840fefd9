"""Filters that more than one page uses. Each is bound to the link, so that a link shows the same thing."""

import pandas as pd
import streamlit as st

from heroes.labels import Words


def choose_sites(sites: list[str], words: Words, *, key: str) -> list[str]:
    """Sites picked by the person; none picked means all."""
    return st.multiselect(
        words.say("Sites"), sites, key=key, bind="query-params", placeholder=words.say("All sites")
    )


def choose_one(label: str, options: dict[str, str], *, key: str, default: str | None = None) -> str:
    """One of several ways to see the same thing. options: code → words."""
    codes = list(options)
    chosen = st.segmented_control(
        label, codes, format_func=options.get, default=default or codes[0], key=key, bind="query-params", required=True
    )
    return chosen or codes[0]


def show_table(frame: pd.DataFrame, columns: dict[str, str], *, key: str, alt: str) -> None:
    """A table under its own words. columns: column → heading; columns without one are left out."""
    st.dataframe(frame[list(columns)].rename(columns=columns), hide_index=True, key=key, alt=alt)
