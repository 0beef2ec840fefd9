"""The steps of a curve, its grey tail, and its stepped band."""

import numpy as np
import pandas as pd
import pytest

from heroes.figures.steps import Steps, outline
from tests.figures.frames import a_result

# Event on day 100 of 3 at risk, censored on day 200, event on day 400 of 1 at risk.
THREE = pd.DataFrame({"time_days": [100, 200, 400], "event": [True, False, True]})


@pytest.fixture
def steps():
    return Steps.of(a_result(THREE)[0])


def test_the_steps_begin_at_time_0_at_1_without_limits(steps):
    assert steps.time.tolist() == [0, 100, 200, 400]
    assert steps.survival.tolist() == pytest.approx([1, 2 / 3, 2 / 3, 0])
    assert np.isnan(steps.lower[0]) and np.isnan(steps.upper[0])


@pytest.mark.parametrize("until", [None, 400, 500])
def test_without_a_tail_there_is_one_part(steps, until):
    assert [(name, rows.tolist()) for name, rows, _ in steps.parts(until)] == [("curve", [0, 1, 2, 3])]


def test_curve_and_tail_meet_at_the_height_of_the_curve(steps):
    (_, rows, days), (tail, tail_rows, tail_days) = steps.parts(150)
    assert (rows.tolist(), days.tolist()) == ([0, 1, 1], [0, 100, 150])
    assert (tail, tail_rows.tolist(), tail_days.tolist()) == ("tail", [1, 2, 3], [150, 200, 400])


def test_all_may_be_tail(steps):
    (_, rows, days), (_, tail_rows, _) = steps.parts(0)
    assert days.tolist() == [0, 0] and rows.tolist() == [0, 0] and tail_rows.tolist() == [0, 1, 2, 3]


def test_the_band_goes_out_along_the_upper_limit_and_back_along_the_lower():
    xs, ys = outline(np.array([0.0, 1.0, 3.0]), np.array([0.6, 0.5, 0.4]), np.array([0.9, 0.8, 0.7]))
    assert xs == [0, 1, 1, 3, 3, 1, 1, 0] and ys == [0.9, 0.9, 0.8, 0.8, 0.5, 0.5, 0.6, 0.6]


def test_limits_that_do_not_exist_leave_a_gap():
    low = np.array([0.6, np.nan, 0.4, 0.3])
    xs, _ = outline(np.array([0.0, 1.0, 2.0, 3.0]), low, low + 0.2)
    assert xs == [0, 1, 1, 0, None, 2, 3, 3, 2]
    assert outline(np.array([0.0, 1.0]), np.array([np.nan] * 2), np.array([0.5] * 2)) == ([], [])
