"""The picture of where patients are: what it draws is what the estimate says."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures import theme
from heroes.figures.occupancy import alt_occupancy, occupancy_chart, state_colours, state_name
from heroes.figures.pfs import risk_ticks
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.statistics.state_occupancy import count_in_states, estimate_occupancy, occupancy_at
from tests.figures.frames import MONTH, a_caption
from tests.figures.test_theme import luminance

WORDS = words_in("en")
STATES = ["ON_TREATMENT", "OFF_THERAPY", "RESUMED", "PROGRESSED", "DEAD"]
OFF, RESUMED, PROGRESSED, DEAD = STATES[1:]
# Of four off therapy one resumes on day 100, one progresses on day 200 and dies on day 300, two are followed to day 500.
FOUR = [
    ("a", 0, 100, OFF, RESUMED), ("a", 100, 400, RESUMED, None), ("b", 0, 200, OFF, PROGRESSED), ("b", 200, 300, PROGRESSED, DEAD),
    ("b", 300, 300, DEAD, None), ("c", 0, 500, OFF, None), ("d", 0, 500, OFF, None),
]


def curves_of(spells=FOUR):
    frame = pd.DataFrame(spells, columns=["subject_id", "start_day", "end_day", "state", "next_state"])
    return estimate_occupancy(frame, STATES, absorbing=[DEAD])


def many(n: int = 150, seed: int = 7) -> list[tuple]:
    chance, spells = np.random.default_rng(seed), []
    for number in range(n):
        end, resumed, progressed = chance.integers(200, 760), int(chance.exponential(500)) + 1, int(chance.exponential(700)) + 1
        if resumed < min(end, progressed):
            spells += [(number, 0, resumed, OFF, RESUMED)]
            spells += [(number, resumed, min(progressed, end), RESUMED, PROGRESSED if progressed < end else None)]
        else:
            spells += [(number, 0, min(progressed, end), OFF, PROGRESSED if progressed < end else None)]
        if progressed < end:
            spells += [(number, progressed, end, PROGRESSED, None)]
    return spells


def drawn(spells=FOUR, milestone: float | None = 365.25, **options) -> go.Figure:
    curves = curves_of(spells)
    counts = count_in_states(curves, risk_ticks(curves.last_time, milestone))
    at = occupancy_at(curves, milestone) if milestone else None
    return occupancy_chart(curves, counts, a_caption(curves.n), WORDS, at=at, **options)


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize(
    "options", [{}, {"reliable_until": 150.0}, {"reliable_until": 0.0}, {"look": Look(dark=True, narrow=True)}, {"milestone": None}]
)
def test_the_figure_is_valid(options):
    go.Figure(drawn(**options).to_dict())


def test_the_states_are_stacked_from_the_bottom_in_steps_and_make_one():
    figure = drawn()
    areas = [trace for trace in figure.data if trace.stackgroup]
    assert [trace.meta for trace in areas] == [OFF, RESUMED, PROGRESSED, DEAD]
    assert {trace.line.shape for trace in areas} == {"hv"}
    assert list(areas[0].x) == pytest.approx([day / MONTH for day in (0, 100, 200, 300, 400, 500)])
    assert list(areas[0].y) == pytest.approx([1, 3 / 4, 2 / 4, 2 / 4, 2 / 4, 2 / 4])
    assert np.sum([trace.y for trace in areas], axis=0) == pytest.approx(1)


def test_a_state_nobody_is_in_is_left_out_of_picture_and_table():
    figure = drawn()
    assert not [trace for trace in figure.data if trace.meta == "ON_TREATMENT"]
    assert not any("On treatment" in row for row in figure.layout.yaxis2.ticktext)
    with_it = [*FOUR, ("e", 0, 20, "ON_TREATMENT", OFF), ("e", 20, 90, OFF, None)]
    assert part(drawn(with_it), "ON_TREATMENT").fillpattern.shape == "."
    assert "On treatment" in drawn(with_it).layout.yaxis2.ticktext[-2]


def test_the_numbers_below_stand_under_the_ticks_and_count_everybody():
    figure = drawn()
    numbers, ticks = part(figure, "risk table"), list(figure.layout.xaxis.tickvals)
    rows = [row.split("</span>")[-1].strip("\u2007") for row in figure.layout.yaxis2.ticktext]
    assert rows == ["Dead", "Progressed", "Therapy resumed", "Off therapy", "No longer followed"]
    assert list(numbers.x) == ticks * 5 and numbers.yaxis == "y2"
    table = np.array(numbers.text, int).reshape(5, -1)
    assert set(table.sum(axis=0)) == {4}
    assert table[:, 0].tolist() == [0, 0, 0, 4, 0]
    assert table[:, ticks.index(pytest.approx(12))].tolist() == [1, 0, 1, 2, 0]  # day 365


def test_the_rows_of_the_table_are_the_key_of_the_colours():
    rows = drawn().layout.yaxis2.ticktext
    for row, state in zip(rows, [DEAD, PROGRESSED, RESUMED, OFF]):
        assert state_colours(state, Look())[0] in row


def test_hovering_tells_every_share_and_who_is_at_risk():
    text = part(drawn(), "hover").text
    assert text[0].startswith("<b>0.0 months</b>") and "Off therapy 100.0%, 4 at risk" in text[0]
    assert "Off therapy 50.0%, 3 at risk" in text[2] and "Progressed 25.0%, 0 at risk" in text[2]  # day 200
    assert "Dead 25.0%" in text[3] and "Dead 25.0%, " not in text[3]


def test_the_milestone_is_said_with_its_interval():
    figure = drawn(many())
    shares = {share.state: share for share in occupancy_at(curves_of(many()), 365.25)}
    text = figure.layout.title.text.replace("</span><br>", " ")
    off = shares[OFF]
    assert "At 12 months, with 95% CI:" in text
    assert f"Off therapy {100 * off.estimate:.1f}% ({100 * off.lower:.1f}–{100 * off.upper:.1f})" in text
    assert "On treatment" not in text and "Dead" not in text
    lines = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert [line.x0 for line in lines] == pytest.approx([12, 12])  # the line and its rim


def test_a_milestone_nobody_has_reached_is_no_share_and_says_why():
    short = [("a", 0, 91, OFF, None), ("b", 0, 60, OFF, RESUMED), ("b", 60, 80, RESUMED, None)]
    figure = drawn(short)
    assert "Not estimable at 12 months: the longest follow-up is 3.0 months." in figure.layout.title.text
    assert max(part(figure, OFF).x) == pytest.approx(91 / MONTH)  # nothing is drawn beyond
    assert figure.layout.xaxis.range[1] > 12


def test_where_few_are_followed_a_grey_veil_lies_over_it_and_says_so():
    figure = drawn(reliable_until=300.0)
    [veil] = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert (veil.x0, veil.x1) == (pytest.approx(300 / MONTH), pytest.approx(500 / MONTH))
    assert veil.fillcolor == theme.palette(Look()).greyed
    assert "Grey: too few" in figure.layout.title.text
    assert "Grey" not in drawn(reliable_until=500.0).layout.title.text
    assert "Fewer than a tenth." in drawn(reliable_until=300.0, tail_note="Fewer than a tenth.").layout.title.text


def test_names_stand_on_areas_that_hold_them_clear_of_line_and_veil():
    figure = drawn(many(), reliable_until=600.0)
    labels = figure.layout.annotations
    assert {label.text for label in labels} >= {"Off therapy", "Progressed"}
    areas = [trace for trace in figure.data if trace.stackgroup]
    upper = np.cumsum([trace.y for trace in areas], axis=0)
    for label in labels:
        place = [state_name(trace.meta, WORDS) for trace in areas].index(label.text)
        row = int(np.searchsorted(areas[0].x, label.x, side="right")) - 1
        low = upper[place][row] - areas[place].y[row]
        assert low < label.y < upper[place][row]
        assert abs(label.x - 12) > 0.5 and abs(label.x - 600 / MONTH) > 0.5


def test_an_area_too_thin_for_its_name_has_none():
    thin = [(number, 0, 500, OFF, None) for number in range(60)] + [("x", 0, 100, OFF, RESUMED), ("x", 100, 500, RESUMED, None)]
    assert [label.text for label in drawn(thin).layout.annotations] == ["Off therapy"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_states_part_in_greyscale_in_one_direction(dark):
    shades = [luminance(state_colours(state, Look(dark=dark))[0]) for state in (OFF, RESUMED, PROGRESSED, DEAD)]
    assert shades == sorted(shades, reverse=not dark)
    steps = [(max(pair) + 0.05) / (min(pair) + 0.05) for pair in zip(shades, shades[1:])]
    assert min(steps) > 1.2


@pytest.mark.parametrize("dark", [False, True])
def test_a_name_can_be_read_on_its_area(dark):
    for state in STATES:
        area, text = (luminance(colour) for colour in state_colours(state, Look(dark=dark)))
        assert (max(area, text) + 0.05) / (min(area, text) + 0.05) >= 4.5


def test_heading_and_axes_say_what_is_shown():
    figure = drawn(origin="TX_STOP")
    for piece in ("n = 4", "16 March 2026", "SIMULATED DATA", "included patients"):
        assert piece in figure.layout.title.text
    assert "Months since treatment stop" in figure.layout.xaxis.title.text
    assert list(figure.layout.yaxis.range) == [0, 1] and figure.layout.yaxis.ticktext[-1] == "100%"


def test_nobody_is_named():
    named = [(f"01-{subject}", *rest) for subject, *rest in FOUR]
    assert "01-" not in drawn(named).to_json()


def test_no_patients_give_a_figure_that_says_so():
    curves = curves_of([])
    for nothing in (None, curves):
        figure = occupancy_chart(nothing, None, a_caption(0), WORDS)
        assert not figure.data and "No patient" in figure.layout.annotations[0].text
    assert alt_occupancy(curves, None, a_caption(0), WORDS) == "Shares of patients in each state: no patients."


def test_the_text_for_those_who_cannot_see_says_the_finding():
    curves = curves_of()
    text = alt_occupancy(curves, occupancy_at(curves, 365.25), a_caption(4), WORDS)
    assert "n = 4, data cut of 16 March 2026." in text
    assert "At 12 months: Off therapy 50.0%, Therapy resumed 25.0%, Dead 25.0%." in text
    assert "Not estimable at 24 months" in alt_occupancy(curves, occupancy_at(curves, 730.5), a_caption(4), WORDS)
    assert "over time, n = 4" in alt_occupancy(curves, None, a_caption(4), WORDS)
