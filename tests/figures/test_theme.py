"""Colours, captions and the settings that every figure shares."""

import colorsys

import plotly.graph_objects as go
import pytest

from heroes.figures import theme
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.model.terms import Phase
from tests.figures.frames import a_caption

WORDS = words_in("en")
SCREENS = {False: "#ffffff", True: "#11181f"}


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_texts_can_be_read_on_their_screen(dark):
    colours = theme.palette(Look(dark=dark))
    for colour in (colours.ink, colours.muted, colours.rust):
        assert contrast(colour, SCREENS[dark]) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_marks_stand_out_from_the_lanes_they_lie_on(dark):
    look = Look(dark=dark)
    colours = theme.palette(look)
    for mark in (colours.ink, colours.teal):
        for phase in Phase:
            assert contrast(mark, theme.lane_colour(phase, look)) >= 2.4


@pytest.mark.parametrize("dark", [False, True])
def test_recent_and_old_inclusions_differ_in_greyscale_in_one_direction(dark):
    shades = [luminance(shade) for shade in theme.palette(Look(dark=dark)).recency[:4]]
    assert shades == sorted(shades, reverse=dark)


def test_each_phase_has_its_own_hue_on_both_screens():
    for dark in (False, True):
        colours = [theme.lane_colour(phase, Look(dark=dark)) for phase in (Phase.OFF_THERAPY, Phase.RESUMED, Phase.NEW_TREATMENT)]
        hues = [round(colorsys.rgb_to_hls(*(int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0], 1) for c in colours]
        assert len(set(hues)) == 3


def test_no_chart_can_be_sent_to_a_server_of_plotlys_makers():
    assert theme.CONFIG["showSendToCloud"] is False
    assert theme.CONFIG["plotlyServerURL"] == ""
    assert "sendChartToCloud" in theme.CONFIG["modeBarButtonsToRemove"]


def test_a_footnote_says_cut_patients_population_method_and_simulated():
    assert theme.footnote(a_caption(81), WORDS) == (
        "n = 81 · included patients · data cut of 16 March 2026 · treatment policy · SIMULATED DATA"
    )


def test_real_data_are_not_called_simulated():
    assert "SIMULATED" not in theme.footnote(a_caption(81, simulated=False), WORDS)


def test_a_caption_is_broken_between_its_parts_where_room_is_short():
    lines = theme.heading("PFS", a_caption(81), WORDS, Look(narrow=True))
    assert len(lines) == 3
    assert "treatment policy" in lines[2] and "16 March 2026" in lines[1]


def test_an_empty_figure_says_why_and_keeps_its_caption():
    figure = theme.empty_chart("Inclusions", "No patient is included yet.", a_caption(0), WORDS, Look())
    go.Figure(figure.to_dict())
    assert figure.layout.annotations[0].text == "No patient is included yet."
    assert "n = 0" in figure.layout.title.text


def test_french_figures_use_a_decimal_comma():
    assert theme.empty_chart("x", "y", a_caption(0), words_in("fr"), Look()).layout.separators[0] == ","


def test_figures_carry_no_template_and_no_background():
    figure = theme.empty_chart("x", "y", a_caption(0), WORDS, Look())
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == theme.INVISIBLE
    assert not figure.to_dict()["layout"]["template"].get("data")
