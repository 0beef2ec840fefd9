"""The stopping boundary with the data on it, and what the rule does."""

import numpy as np
import plotly.graph_objects as go
import pytest

from heroes.figures import theme
from heroes.figures.interim import alt_boundary, alt_characteristics, boundary_chart, characteristics_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.statistics.failure_rule import judge_failures
from tests.figures.frames import a_caption
from tests.statistics.test_failure_rule import RULE, failures, standing

WORDS = words_in("en")


def part(figure, meta):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize("look", [Look(), Look(dark=True), Look(narrow=True)])
@pytest.mark.parametrize("n", [0, 1, 84, 120])
def test_the_figures_are_valid(look, n):
    rule = judge_failures(failures(n=n), RULE)
    boundary = boundary_chart(rule, a_caption(n), WORDS, months="12", look=look)
    for figure in (boundary, characteristics_chart(rule, a_caption(n), WORDS, look=look)):
        go.Figure(figure.to_dict())
        assert "data cut of 16 March 2026" in figure.layout.title.text and "SIMULATED DATA" in figure.layout.title.text


def test_each_look_has_its_limit_and_the_region_above_it():
    figure = boundary_chart(judge_failures(failures(n=30), RULE), a_caption(), WORDS, months="12")
    assert list(part(figure, "boundary").x) == [20, 40, 60, 80, 100]
    assert list(part(figure, "boundary").y) == [7, 12, 17, 22, 26]
    assert list(part(figure, "boundary").text) == ["≥ 7", "≥ 12", "≥ 17", "≥ 22", "≥ 26"]
    assert part(figure, "boundary").marker.color == theme.palette(Look()).red


def test_failures_are_drawn_patient_by_patient():
    figure = boundary_chart(judge_failures(failures(1, 3, n=5), RULE), a_caption(), WORDS, months="12")
    path = part(figure, "failures so far")
    assert list(path.x) == [0, 1, 2, 3, 4, 5] and list(path.y) == [0, 0, 1, 1, 2, 2]


def test_the_lost_make_two_lines_named_in_the_key():
    lost = standing([100.0] + [400.0] * 9, np.zeros(10, bool), [500.0] * 10)
    figure = boundary_chart(judge_failures(lost, RULE), a_caption(), WORDS, months="12")
    assert part(figure, "failures, lost as failures").y[-1] == 1 and part(figure, "failures, lost left out").y[-1] == 0
    assert "lost left out" in figure.layout.title.text


def test_data_beyond_the_boundary_stay_in_the_picture():
    figure = boundary_chart(judge_failures(failures(*range(60), n=120), RULE), a_caption(), WORDS, months="12")
    assert figure.layout.yaxis.range[1] > 60 and figure.layout.xaxis.range[1] > 120


def test_without_an_order_of_inclusion_the_data_are_not_drawn_and_it_says_so():
    unknown = judge_failures(standing([400.0] * 30, np.zeros(30, bool), [None] * 30), RULE)
    figure = boundary_chart(unknown, a_caption(), WORDS, months="12")
    assert [trace.meta for trace in figure.data] == ["stopping region", "boundary"]
    assert "the order of inclusion is not known" in figure.layout.title.text


def test_a_rule_that_never_stops_says_so():
    strict = RULE.model_copy(update={"interim": RULE.interim.model_copy(update={"failure_looks": [1], "failure_certainty": 0.999999})})
    figure = boundary_chart(judge_failures(failures(n=3), strict), a_caption(), WORDS, months="12")
    assert not figure.data and "would any number of failures stop" in figure.layout.annotations[0].text.replace("<br>", " ")


def test_the_curve_of_the_rule_passes_through_its_table():
    rule = judge_failures(failures(n=30), RULE)
    figure = characteristics_chart(rule, a_caption(), WORDS)
    curve, table = part(figure, "curve"), part(figure, "table")
    for rate, stops in zip(table.x, table.y, strict=True):
        assert curve.y[list(curve.x).index(rate)] == pytest.approx(stops)
    assert "n = 170" not in figure.layout.title.text  # no patient enters


def test_the_texts_name_the_limits_the_data_and_the_chances():
    rule = judge_failures(failures(2, n=30), RULE)
    assert "stops at 7 or more of 20" in alt_boundary(rule, a_caption(), WORDS, months="12")
    assert "failures so far: 1 of 30 patients" in alt_boundary(rule, a_caption(), WORDS, months="12")
    assert "19.6% at 20.0%" in alt_characteristics(rule, a_caption(), WORDS)
