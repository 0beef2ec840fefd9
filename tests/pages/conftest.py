"""Runs a page in Streamlit's own AppTest over a data folder."""

import re
import sys
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.builders import a_subject, a_trial, publish

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty data folder that the pages read."""
    monkeypatch.setenv("HEROES_DATA", str(tmp_path))
    monkeypatch.delenv("HEROES_OPEN", raising=False)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # AppTest leaves the page in its place
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture
def run_page(folder):
    """run_page("pfs", role="monitor", …) → the page after one run; keyword arguments are the link's parameters."""

    def run(name: str, **link) -> AppTest:
        page = AppTest.from_file(str(PROJECT / "pages" / f"{name}.py"), default_timeout=60)
        for key, value in link.items():
            page.query_params[key] = value
        page.run()
        assert not page.exception, page.exception
        return page

    return run


@pytest.fixture
def tiny(folder):
    """Three included patients of two sites (one progressed, one positive), one in screening."""
    return publish(a_tiny_trial(), folder).cut


def a_tiny_trial(**changes):
    return a_trial(
        a_subject(
            "01-001", consented="2024-12-01", included="2025-01-10", stopped="2025-01-12", progressed="2025-07-10",
            scans=[("2025-01-05", "PR"), ("2025-04-10", "PR")],
            calls=[("2024-12-20", "NEGATIVE"), ("2025-04-11", "POSITIVE", 1.2)],
        ),
        a_subject(
            "01-002", consented="2024-12-03", included="2025-01-20", stopped="2025-01-25",
            scans=[("2025-01-15", "CR"), ("2026-01-25", "CR")], calls=[("2025-01-02", "NEGATIVE"), ("2026-01-24", "NEGATIVE")],
        ),
        a_subject(
            "02-001", consented="2025-02-01", included="2025-03-01", stopped="2025-03-03", died="2025-11-01",
            scans=[("2025-02-20", "PR"), ("2025-09-01", "SD")], calls=[("2025-02-15", "NEGATIVE")],
        ),
        a_subject("02-002", consented="2026-01-15"),
        **{
            "simulated": True, "study_id": "HEROES-SIM",
            "sites": {"01": {"activated_on": "2024-11-01", "target_n": 5}, "02": {"activated_on": "2024-12-01", "target_n": 5}},
            "visit_plan": [("M3", 91, {"window_minus": 7, "window_plus": 14}), ("M15", 457, {"window_minus": 7, "window_plus": 14})],
            **changes,
        },
    )


def words_on(page: AppTest) -> str:
    """Everything the page says, as a reader sees it: without the signs that keep codes from being Markdown."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    spoken = [element.value for kind in kinds for element in getattr(page, kind)]
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])|\u2060", "", "\n".join([*spoken, *(f"{metric.label} {metric.value}" for metric in page.metric)]))


def charts_on(page: AppTest) -> list:
    """The Plotly charts of a page, as protocol messages with `spec` (JSON) and `alt`."""
    return [element.proto for element in page.get("plotly_chart")]
