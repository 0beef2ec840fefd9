"""Fixtures that more than one floor uses."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of published reference data, or a skip that says so."""
    folder = Path(os.environ.get("HEROES_REFERENCE") or PROJECT.parent / "shared" / "reference")
    if not folder.is_dir():
        pytest.skip("the reference data are not here: set HEROES_REFERENCE to their folder")
    return folder


@pytest.fixture(scope="session")
def project() -> Path:
    """Root of the project."""
    return PROJECT
