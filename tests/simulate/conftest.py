"""The default simulated trial, made once."""

import pytest

from heroes.simulate import SimulatedTrial, simulate_trial


@pytest.fixture(scope="session")
def trial() -> SimulatedTrial:
    return simulate_trial()
