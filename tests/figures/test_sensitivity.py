"""One milestone under several analyses: dots, intervals, open bars, and reasons."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures import theme
from heroes.figures.sensitivity import alt_sensitivity, sensitivity_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from tests.figures.frames import a_caption

WORDS = words_in("en")
ROWS = pd.DataFrame([
    {"name": "Study rules", "estimate": 0.862, "lower": 0.786, "upper": 0.913, "n": 170, "n_events": 23, "at_risk": 68, "is_main": True},
    {"name": "EMA: all events", "estimate": 0.858, "lower": 0.781, "upper": 0.91, "n": 170, "n_events": 24, "at_risk": 69, "n_moved": 1},
    {"name": "No interval", "estimate": 0.9, "n": 12, "n_events": 1, "at_risk": 3, "n_moved": 0},
    {"name": "Interval-censored", "n": 170, "n_events": 23, "bound_low": 0.829, "bound_high": 0.868},
    {"name": "Independent reading", "n": 170, "n_events": 9, "at_risk": 0, "reason": "The longest follow-up is 9.1 months."},
]).assign(is_main=lambda rows: rows["is_main"].eq(True))


def drawn(rows=ROWS, **options) -> go.Figure:
    return sensitivity_chart(rows, a_caption(170), WORDS, milestone_days=365.25, **options)


def part(figure: go.Figure, meta: str):
    return next((trace for trace in figure.data if trace.meta == meta), None)


def said(figure: go.Figure, row: int) -> list[str]:
    return [note.text for note in figure.layout.annotations if note.y == row and note.yref != "paper"]


@pytest.mark.parametrize("look", [Look(), Look(dark=True), Look(narrow=True)])
def test_the_figure_is_valid(look):
    go.Figure(drawn(look=look).to_dict())


def test_each_estimate_is_a_dot_on_its_row():
    dots = part(drawn(), "estimates")
    assert list(dots.x) == [0.862, 0.858, 0.9] and list(dots.y) == [0, 1, 2]


def test_intervals_run_from_limit_to_limit_and_only_where_they_exist():
    figure = drawn()
    assert list(part(figure, "intervals").x) == [0.781, 0.91, None] and list(part(figure, "intervals").y) == [1, 1, None]
    assert list(part(figure, "interval of main").x) == [0.786, 0.913, None]


def test_the_main_analysis_is_bold_filled_and_has_the_line_through_all_rows():
    figure = drawn()
    dots, colours = part(figure, "estimates"), theme.palette(Look())
    assert dots.marker.color[0] == colours.teal and set(dots.marker.color[1:]) == {colours.halo}
    assert dots.marker.size[0] > dots.marker.size[1]
    assert part(figure, "interval of main").line.width > part(figure, "intervals").line.width
    (line,) = figure.layout.shapes
    assert line.x0 == line.x1 == 0.862 and line.line.color == colours.rust and line.line.dash == "dash"
    assert (line.y0, line.y1, line.yref) == (0, 1, "y domain")
    assert all(text.startswith("<b>") for text in said(figure, 0)) and not any("<b>" in text for text in said(figure, 1))


def test_a_value_known_only_to_lie_between_is_an_open_bar_without_a_dot():
    figure = drawn()
    bar = part(figure, "bounds")
    assert set(bar.x[:-1]) == {0.829, 0.868} and bar.fill is None
    assert min(bar.y[:-1]) < 3 < max(bar.y[:-1]) and 3 not in part(figure, "estimates").y
    assert "82.9–86.8%" in said(figure, 3)
    assert "known only to lie within" in figure.layout.title.text
    assert "known only to lie within" not in drawn(ROWS.iloc[:3]).layout.title.text


def test_bounds_that_are_one_number_are_an_estimate():
    figure = drawn(ROWS.iloc[[3]].assign(bound_low=0.85, bound_high=0.8501))
    assert part(figure, "bounds") is None and list(part(figure, "estimates").x) == pytest.approx([0.85005])
    assert "85.0%" in said(figure, 0)


def test_the_columns_say_patients_events_estimate_and_who_is_at_risk_or_moved():
    name, n, events, estimate = said(drawn(), 1)
    assert (name, n, events) == ("EMA: all events", "170", "24")
    assert estimate.startswith("85.8% (78.1–91.0%)<br>") and "69 at risk, 1 moved" in estimate
    assert "moved" not in said(drawn(), 0)[3]  # the main analysis is what others move from
    assert "Moved: " in drawn().layout.title.text and "Moved" not in drawn(ROWS.iloc[[0]]).layout.title.text


def test_columns_are_aligned_at_their_right_ends():
    cells = [note for note in drawn().layout.annotations if note.x == 1 and note.xanchor == "right"]
    by_end = {}
    for note in cells:
        by_end.setdefault(note.xshift, []).append(note)
    assert [len(notes) for notes in by_end.values()] == [6, 6, 6]  # a heading and five rows each


def test_an_analysis_without_estimate_says_why_in_its_row():
    figure = drawn()
    texts = said(figure, 4)
    assert "The longest follow-up is 9.1<br>months." in texts
    assert [text for text in texts if text.startswith("–")] and 4 not in part(figure, "estimates").y
    assert "Not estimable." in said(drawn(ROWS.iloc[[4]].assign(reason=None)), 0)


def test_the_axis_covers_what_is_drawn_and_never_less_than_30_points():
    assert list(drawn().layout.xaxis.range) == [0.7, 1.0]
    close = ROWS.iloc[[0]].assign(estimate=0.5, lower=0.49, upper=0.51)
    low, high = drawn(close).layout.xaxis.range
    assert low < 0.49 and high > 0.51 and high - low == pytest.approx(0.3)
    wide = drawn(ROWS.iloc[[0]].assign(lower=0.03, upper=1.0))
    assert list(wide.layout.xaxis.range) == [0, 1] and list(wide.layout.xaxis.ticktext) == ["0%", "20%", "40%", "60%", "80%", "100%"]


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_estimate_at_the_end_of_the_scale_is_inside_it(value):
    low, high = drawn(ROWS.iloc[[0]].assign(estimate=value, lower=value, upper=value)).layout.xaxis.range
    assert 0 <= low <= value <= high <= 1 and high - low == pytest.approx(0.3)


def test_nothing_estimable_is_the_whole_scale_without_a_line():
    figure = drawn(ROWS.iloc[[4]])
    assert list(figure.layout.xaxis.range) == [0, 1] and not figure.layout.shapes


def test_on_a_narrow_screen_patients_and_events_stand_under_the_estimate():
    texts = said(drawn(look=Look(narrow=True)), 1)
    assert len(texts) == 2 and "n = 170, events: 24" in texts[1]


def test_the_heading_says_cut_patients_and_simulated():
    for piece in ("12-month PFS under different analyses", "n = 170", "16 March 2026", "SIMULATED DATA", "nothing is pooled"):
        assert piece in drawn().layout.title.text


def test_without_analyses_the_picture_says_so():
    figure = drawn(ROWS.iloc[:0])
    assert not figure.data and "No analysis" in figure.layout.annotations[0].text


def test_the_text_for_those_who_cannot_see_says_every_row():
    text = alt_sensitivity(ROWS, a_caption(170), WORDS, milestone_days=365.25)
    assert "Study rules (the protocol's own): 86.2% (78.6–91.3%)." in text
    assert "Interval-censored: between 82.9% and 86.8%." in text
    assert "Independent reading: The longest follow-up is 9.1 months." in text
    assert alt_sensitivity(ROWS.iloc[:0], a_caption(0), WORDS, milestone_days=365.25)
