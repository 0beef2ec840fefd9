"""Pictures of quality of life: their numbers, their direction, and what they say where there is nothing."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures.quality_of_life import (
    SCALE_NAMES, Measure, alt_changes, alt_completion, alt_rates, alt_responders, change_chart, completion_chart, rates_chart,
    responders_chart)
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.statistics.quality_of_life import CODES
from tests.figures.frames import a_caption

WORDS = words_in("en")
QL, FATIGUE, INDEX = Measure("QL", True, 10.0), Measure("FA", False, 10.0), Measure("INDEX", True, None)

MEANS = pd.DataFrame([
    {"scale": "QL", "visit_code": "M3", "planned_day": 91, "n": 40, "mean": 3.25, "std": 9.0, "lower": 0.5, "upper": 6.0, "reason": None, "n_not_off": 0},
    {"scale": "QL", "visit_code": "M6", "planned_day": 183, "n": 1, "mean": -8.0, "std": None, "lower": None, "upper": None,
     "reason": "One patient: an interval needs two.", "n_not_off": 1},
])  # fmt: skip
COUNTS = pd.DataFrame([
    {"scale": "QL", "visit_code": "M3", "planned_day": 91, "n": 40, "improved": 10, "stable": 25, "deteriorated": 5},
    {"scale": "QL", "visit_code": "M6", "planned_day": 183, "n": 3, "improved": 0, "stable": 3, "deteriorated": 0},
])
COMPLETION = pd.DataFrame([
    {"instrument": "QLQ-C30", "visit_code": "BASE", "planned_day": 0, "n_expected": 10, "n_received": 8, "n_missed": 1, "n_no_record": 1,
     "n_due": 0},
    {"instrument": "QLQ-C30", "visit_code": "M3", "planned_day": 91, "n_expected": 0, "n_received": 0, "n_missed": 0, "n_no_record": 0,
     "n_due": 3},
])
RATES = pd.DataFrame({"instrument": "QLQ-C30", "visit_code": ["BASE", "M3"], "planned_day": [0, 91], "percent": pd.array([88, None], dtype="Int64")})


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize("look", [Look(), Look(dark=True, narrow=True)])
def test_the_figures_are_valid(look):
    for figure in (
        change_chart(MEANS, QL, a_caption(), WORDS, look=look), responders_chart(COUNTS, QL, a_caption(), WORDS, look=look),
        completion_chart(COMPLETION, "QLQ-C30", a_caption(), WORDS, look=look), rates_chart(RATES, "QLQ-C30", a_caption(None), WORDS, look=look),
        change_chart(MEANS.iloc[:0], QL, a_caption(), WORDS, look=look), responders_chart(COUNTS.iloc[:0], QL, a_caption(), WORDS, look=look),
        completion_chart(COMPLETION.iloc[1:], "QLQ-C30", a_caption(), WORDS, look=look),
        rates_chart(RATES.iloc[:0], "QLQ-C30", a_caption(), WORDS, look=look),
    ):
        go.Figure(figure.to_dict())


def test_the_mean_stands_at_its_month_with_its_interval_and_its_patients():
    figure = change_chart(MEANS, QL, a_caption(), WORDS)
    mean = part(figure, "mean change")
    assert list(mean.y) == [3.25, -8.0] and list(mean.x) == pytest.approx([91 / 30.4375, 183 / 30.4375])
    assert list(mean.error_y.array) == [2.75, 0.0] and list(mean.error_y.arrayminus) == [2.75, 0.0]
    assert list(part(figure, "numbers").text) == ["40", "1", "0", "1"]
    assert "One patient" in mean.text[1] and "95% CI +0.5 to +6.0" in mean.text[0]


def test_the_bands_of_5_and_of_the_minimal_important_difference_are_drawn():
    shapes = change_chart(MEANS, QL, a_caption(), WORDS).layout.shapes
    assert [(shape.y0, shape.y1) for shape in shapes if shape.type == "rect"] == [(-5.0, 5.0)]
    assert sorted(shape.y0 for shape in shapes if shape.type == "line") == [-10.0, 0, 10.0]
    assert [shape.y0 for shape in change_chart(MEANS, INDEX, a_caption(), WORDS).layout.shapes] == [0]


def test_the_axis_says_which_way_is_better():
    assert "up is better" in change_chart(MEANS, QL, a_caption(), WORDS).layout.yaxis.title.text
    assert "up is worse" in change_chart(MEANS, FATIGUE, a_caption(), WORDS).layout.yaxis.title.text


def test_responders_add_up_to_everybody():
    figure = responders_chart(COUNTS, QL, a_caption(), WORDS)
    assert [list(part(figure, kind).x) for kind in ("improved", "stable", "deteriorated")] == [[25, 0], [62.5, 100], [12.5, 0]]
    assert list(figure.layout.yaxis.ticktext)[0].startswith("M3") and "n = 40" in figure.layout.yaxis.ticktext[0]


def test_completion_shows_visits_at_which_something_was_expected():
    figure = completion_chart(COMPLETION, "QLQ-C30", a_caption(), WORDS)
    assert list(part(figure, "n_received").x) == [80] and "8/10" in figure.layout.yaxis.ticktext[0]


def test_the_open_rate_shows_no_count_and_no_bar_where_too_few_were_expected():
    figure = rates_chart(RATES, "QLQ-C30", a_caption(None), WORDS)
    assert list(part(figure, "percent").x) == [88] and list(part(figure, "texts").text) == [" 88%", " too few to show"]
    assert "n =" not in figure.layout.title.text


def test_the_alternative_texts_tell_the_finding():
    assert "−8.0 at visit M6 (1 patients)" in alt_changes(MEANS, QL, a_caption(), WORDS)
    assert "of 3 patients 0 improved, 3 stable, 0 deteriorated" in alt_responders(COUNTS, QL, a_caption(), WORDS)
    assert "8 of 10 expected questionnaires received, 80%" in alt_completion(COMPLETION, "QLQ-C30", a_caption(), WORDS)
    assert "between 88% and 88%" in alt_rates(RATES, "QLQ-C30", a_caption(), WORDS)
    for said in (
        alt_changes(MEANS.iloc[:0], QL, a_caption(), WORDS), alt_responders(COUNTS.iloc[:0], QL, a_caption(), WORDS),
        alt_completion(COMPLETION.iloc[1:], "QLQ-C30", a_caption(), WORDS), alt_rates(RATES.iloc[1:], "QLQ-C30", a_caption(), WORDS),
    ):
        assert "no " in said


def test_every_score_has_a_name():
    assert {code for codes in CODES.values() for code in codes} == set(SCALE_NAMES)
