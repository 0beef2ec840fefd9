"""What goes beyond the data cut, and what lies behind it: fan, months, track record, turnaround."""

from datetime import date

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures.accrual_months import alt_months, months_chart
from heroes.figures.enrolment import accrual_chart, alt_accrual
from heroes.figures.theme import Look
from heroes.figures.track_record import alt_track_record, track_record_chart
from heroes.figures.turnaround import alt_turnaround, turnaround_chart
from heroes.labels import words_in
from heroes.statistics.proportions import estimate_wilson
from heroes.statistics.track_record import TrackRecord
from tests.figures.frames import CUT_OFF, a_caption, accrual, accrual_plan

WORDS = words_in("en")
LOOKS = [Look(), Look(dark=True, narrow=True)]
AHEAD = pd.DataFrame({
    "day": [date(2026, 3, 31), date(2026, 4, 30)], "median": [70.0, 78.0], "lower_80": [68.0, 73.0], "upper_80": [72.0, 83.0],
    "lower_95": [67.0, 71.0], "upper_95": [74.0, 86.0], "gained": [4.0, 8.0], "gained_lower": [2.0, 5.0], "gained_upper": [6.0, 11.0]})
LAST = (date(2027, 6, 12), date(2027, 4, 1), None)


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize("look", LOOKS)
def test_the_fan_begins_at_the_data_cut_with_what_is_included(look):
    frame = accrual()
    n = int(frame.loc[frame.step == "INCLUDED", "cumulative"].max())
    figure = accrual_chart(frame, accrual_plan(), a_caption(n), WORDS, planned_inclusions=170, ahead=AHEAD, last=LAST, look=look)
    go.Figure(figure.to_dict())
    line, band = part(figure, "forecast"), part(figure, "band 80")
    assert list(line.x) == [CUT_OFF.isoformat(), "2026-03-31", "2026-04-30"] and list(line.y) == [n, 70, 78]
    assert list(band.y) == [n, 72, 83, 73, 68, n] and list(part(figure, "band 95").y) == [n, 74, 86, 71, 67, n]
    said = [note.text for note in figure.layout.annotations]
    assert any("170 in <b>Jun 2027</b>" in text and "80 %: Apr 2027 to not reached" in text for text in said)


def test_the_alternative_text_says_when_the_last_one_is_forecast():
    alt = alt_accrual(accrual(), accrual_plan(), a_caption(66), WORDS, planned_inclusions=170, last=LAST)
    assert "last planned inclusion forecast for Jun 2027 (Apr 2027 to not reached)" in alt


MONTHS = pd.DataFrame({
    "month": pd.to_datetime(["2025-12-01", "2026-02-01", "2026-03-01", "2026-02-01"]), "step": ["INCLUDED"] * 3 + ["CONSENT1"],
    "n": [3, 5, 1, 9], "planned": [2.0, np.nan, 4.0, np.nan]})


@pytest.mark.parametrize("look", LOOKS)
def test_months_without_anybody_have_a_place_and_the_current_one_is_paler(look):
    figure = months_chart(MONTHS, AHEAD, a_caption(9), WORDS, look=look)
    go.Figure(figure.to_dict())
    bars = part(figure, "included")
    assert list(bars.x) == ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"] and list(bars.y) == [3, 0, 5, 1]
    assert bars.marker.color[3] != bars.marker.color[0]
    assert list(part(figure, "planned").y) == [2, 4]
    ahead = part(figure, "forecast")
    assert list(ahead.y) == [4, 8] and list(ahead.error_y.array) == [2, 3] and list(ahead.error_y.arrayminus) == [2, 3]
    assert "9 in 3 months with inclusions; most in Feb 2026, 5" in alt_months(MONTHS, a_caption(9), WORDS)


def test_no_dated_inclusion_is_said():
    nobody = MONTHS[MONTHS.step == "CONSENT1"]
    assert "No patient has a dated inclusion" in months_chart(nobody, None, a_caption(0), WORDS).layout.annotations[0].text
    assert "none is dated" in alt_months(nobody, a_caption(0), WORDS)


def a_record():
    compared = pd.DataFrame({
        "cut_off": [date(2025, 9, 1), date(2025, 10, 1)], "n_then": [20, 25], "later_cut_off": [date(2025, 12, 1), date(2026, 1, 1)],
        "median": [30, 36], "lower_80": [27, 32], "upper_80": [33, 40], "lower_95": [25, 30], "upper_95": [36, 43], "n_later": [31, 45],
        "inside_80": [True, False], "inside_95": [True, False]})
    return TrackRecord(compared, pd.DataFrame(columns=["cut_off", "last"]), {0.8: estimate_wilson(1, 2), 0.95: estimate_wilson(1, 2)})


@pytest.mark.parametrize("look", LOOKS)
def test_a_forecast_that_missed_has_another_colour_and_what_came_is_a_line(look):
    figure = track_record_chart(a_record(), a_caption(2), WORDS, look=look)
    go.Figure(figure.to_dict())
    assert list(part(figure, "interval 80").y) == [27, 33, None] and list(part(figure, "interval 80 missed").y) == [32, 40, None]
    assert part(figure, "interval 80").line.color != part(figure, "interval 80 missed").line.color
    assert list(part(figure, "came").y) == [31, 45] and list(part(figure, "came").x) == ["2025-12-01", "2026-01-01"]
    assert "1 of 2 lay inside their 80 % interval" in alt_track_record(a_record(), a_caption(2), WORDS)


TIMES = pd.DataFrame({
    "leg": ["First consent → Tissue sent", "First consent → Inclusion"], "n": [12, 9], "median_days": [10.0, 63.0], "q1_days": [8.0, 60.0],
    "q3_days": [11.0, 70.0], "longest_days": [14, 77], "n_waiting": pd.array([2, None], dtype="Int64")})


@pytest.mark.parametrize("look", LOOKS)
def test_legs_run_from_quartile_to_quartile(look):
    figure = turnaround_chart(TIMES, a_caption(12), WORDS, look=look)
    go.Figure(figure.to_dict())
    box = part(figure, "quartiles")
    assert list(box.base) == [8, 60] and list(box.x) == [3, 10] and list(part(figure, "median").x) == [10, 63]
    assert "2" in part(figure, "columns").text[0]
    assert "2 legs, the longest First consent → Inclusion with a median of 63 days" in alt_turnaround(TIMES, a_caption(12), WORDS)


def test_no_leg_is_said():
    assert "No two steps are known" in turnaround_chart(TIMES.head(0), a_caption(0), WORDS).layout.annotations[0].text
