"""Densities of the posteriors of the milestone rate."""

import plotly.graph_objects as go
import pytest

from heroes.figures.posterior import alt_posterior, posterior_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.statistics.hypotheses import posterior_density
from heroes.statistics.interim import estimate_posterior
from tests.figures.frames import a_caption

WORDS = words_in("en")
TWO = [estimate_posterior(52, 60, 0.8), estimate_posterior(52, 54, 0.8)]
NAMES = ["lost as failures", "lost left out"]


def chart(posteriors=TWO, names=NAMES, look=Look()):
    return posterior_chart(posteriors, names, posterior_density, a_caption(), WORDS, p0=0.8, months="12", look=look)


@pytest.mark.parametrize("look", [Look(), Look(dark=True), Look(narrow=True)])
def test_the_figure_is_valid(look):
    go.Figure(chart(look=look).to_dict())


def test_each_line_has_its_peak_at_its_mode_and_p0_stands_in_the_picture():
    figure = chart()
    peak = figure.data[0].x[figure.data[0].y.index(max(figure.data[0].y))]
    assert peak == pytest.approx(52 / 60, abs=0.005)
    assert figure.layout.shapes[0].x0 == 0.8 and figure.layout.xaxis.range[0] < 0.8
    assert "P(rate > 80.0%) 88.5%" in figure.layout.title.text


def test_all_or_none_succeeding_is_drawn_too():
    go.Figure(chart([estimate_posterior(20, 20, 0.8), estimate_posterior(0, 20, 0.8)]).to_dict())


def test_nobody_counted_is_an_empty_picture():
    assert not chart([], []).data
    assert "No patient can be counted yet" in alt_posterior([], [], a_caption(), WORDS, p0=0.8, months="12")


def test_the_text_names_every_posterior():
    assert "lost as failures: P(rate > 80.0%) 88.5%" in alt_posterior(TWO, NAMES, a_caption(), WORDS, p0=0.8, months="12")
