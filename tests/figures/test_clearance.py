"""Where a text fits on a survival curve."""

import pytest

from heroes.figures.clearance import MARGIN, PLOT_HEIGHT, PLOT_WIDTH, TOP, Box, Plot
from tests.figures.frames import MONTH, a_result, times_to_event

NOBODY_FAILED = times_to_event(20).assign(event=False, time_days=300)


def plot(taken=(), times=NOBODY_FAILED) -> Plot:
    return Plot(a_result(times)[0], 0, 20, taken)


def test_a_text_is_put_where_it_is_wished_when_nothing_is_there():
    after = plot().pixels(300 / MONTH) + 1  # beyond the follow-up there is no curve
    assert plot().free_middle(after, after + 100, 50, 200) == 200


def test_a_text_gives_way_to_curve_and_band():
    middle = plot().free_middle(10, 110, 50, 390)
    assert middle == pytest.approx(1 / TOP * PLOT_HEIGHT - 25 - MARGIN)  # before the first event the curve is at 1
    few = times_to_event(40, share=0.5)
    curve = plot(times=few).curve
    left, right = (plot().pixels(month) for month in (6, 11))
    rows = (curve.time >= 5.9 * MONTH) & (curve.time <= 11.1 * MONTH)
    found = plot(times=few).free_middle(left, right, 50, curve.survival[rows][0] / TOP * PLOT_HEIGHT) / PLOT_HEIGHT * TOP
    assert found > curve.upper[rows].max() + 0.06 or found < curve.lower[rows].min() - 0.06


def test_a_text_gives_way_to_another_text():
    after = plot().pixels(300 / MONTH) + 1
    assert plot((Box(after, PLOT_WIDTH, 150, 250),)).free_middle(after, after + 100, 50, 220) == 250 + 25 + MARGIN


def test_a_text_never_leaves_the_plot():
    assert plot().free_middle(PLOT_WIDTH - 50, PLOT_WIDTH + 50, 50, 200) is None
    assert plot().free_middle(-10, 90, 50, 200) is None
    after = plot().pixels(300 / MONTH) + 1
    assert plot().free_middle(after, after + 100, 50, -80) == 29  # half its height, and a little


def test_where_there_is_no_room_there_is_no_place():
    after = plot().pixels(300 / MONTH) + 1
    assert plot((Box(0, PLOT_WIDTH, 0, PLOT_HEIGHT),)).free_middle(after, after + 100, 50, 200) is None
