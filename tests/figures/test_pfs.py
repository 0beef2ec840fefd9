"""The survival curve: what it draws is what the statistic says."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures import theme
from heroes.figures.pfs import alt_survival, risk_ticks, survival_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from tests.figures.frames import MONTH, a_caption, a_result, times_to_event

WORDS = words_in("en")
# Three patients: event on day 100 of 3 at risk, censored on day 200, event on day 400 of 1 at risk.
THREE = pd.DataFrame({"subject_id": ["01-001", "01-002", "02-001"], "time_days": [100, 200, 400], "event": [True, False, True]})


def drawn(times=THREE, **options) -> go.Figure:
    curve, estimate, table = a_result(times)
    return survival_chart(curve, estimate, table, a_caption(len(times)), WORDS, **options)


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize("options", [{}, {"reliable_until": 150.0}, {"reliable_until": 0.0}, {"who": THREE}, {"look": Look(dark=True)}])
def test_the_figure_is_valid(options):
    go.Figure(drawn(**options).to_dict())


def test_the_curve_starts_at_one_and_falls_in_steps_of_months():
    curve = part(drawn(), "curve")
    assert curve.line.shape == "hv"
    assert list(curve.x) == pytest.approx([0, 100 / MONTH, 200 / MONTH, 400 / MONTH])
    assert list(curve.y) == pytest.approx([1, 2 / 3, 2 / 3, 0])  # 1 − 1/3, then all gone


def test_the_axis_of_probability_runs_from_0_to_100_percent():
    axis = drawn().layout.yaxis
    assert axis.range[0] == 0 and list(axis.ticktext)[0] == "0%" and list(axis.ticktext)[-1] == "100%"


def test_censored_patients_are_ticks_on_the_curve():
    ticks = part(drawn(), "censored")
    assert list(ticks.x) == pytest.approx([200 / MONTH]) and list(ticks.y) == pytest.approx([2 / 3])


def test_the_estimate_is_marked_on_the_curve_and_said_with_its_interval():
    times = times_to_event(118)
    curve, estimate, _ = a_result(times)
    figure = drawn(times)
    mark = part(figure, "estimate")
    assert list(mark.x) == pytest.approx([12]) and list(mark.y) == [estimate.estimate]
    assert estimate.estimate + mark.error_y.array[0] == pytest.approx(estimate.upper)
    assert estimate.estimate - mark.error_y.arrayminus[0] == pytest.approx(estimate.lower)
    text = figure.layout.annotations[0].text
    assert f"12-month PFS {100 * estimate.estimate:.1f}%" in text
    assert f"95% CI {100 * estimate.lower:.1f}–{100 * estimate.upper:.1f}%" in text
    assert f"{estimate.at_risk} at risk at 12 months" in text


def test_an_estimate_that_does_not_exist_is_not_drawn_and_says_why():
    short = THREE.assign(time_days=[30, 60, 91], event=[True, False, False])
    figure = drawn(short)
    assert not [trace for trace in figure.data if trace.meta == "estimate"]
    text = figure.layout.annotations[0].text.replace("<br>", " ")
    assert "12-month PFS: not estimable" in text
    assert "longest follow-up is 3.0 months" in text  # 91 / 30.4375 = 2.99
    assert figure.layout.xaxis.range[1] > 12


def test_an_interval_of_another_method_is_named():
    nobody_yet = THREE.assign(time_days=[400, 500, 600], event=False)
    assert "(beta product)" in drawn(nobody_yet).layout.annotations[0].text


def test_the_numbers_below_stand_under_the_ticks_of_the_axis():
    figure = drawn(times_to_event(118))
    numbers, axis = part(figure, "risk table"), figure.layout.xaxis
    ticks = list(axis.tickvals)
    assert list(numbers.x) == ticks * 3 and numbers.xaxis == "x" and numbers.yaxis == "y2"
    assert list(figure.layout.yaxis2.ticktext) == ["At risk", "Censored", "Events"]
    at_risk, censored, events = np.array(numbers.text, int).reshape(3, -1)
    assert at_risk[0] == 118 and set(at_risk + censored + events) == {118}


def test_the_tail_is_grey_and_joins_the_curve():
    figure = drawn(reliable_until=150.0)
    curve, tail = part(figure, "curve"), part(figure, "tail")
    assert curve.x[-1] == tail.x[0] == pytest.approx(150 / MONTH)
    assert curve.y[-1] == tail.y[0] == pytest.approx(2 / 3)
    assert tail.line.color == theme.palette(Look()).greyed != curve.line.color
    assert "few" in figure.layout.annotations[1].text


def test_a_curve_that_is_grey_from_the_start_is_grey_in_the_legend():
    figure = drawn(reliable_until=0.0)
    assert part(figure, "tail").showlegend and not part(figure, "curve").showlegend


def test_the_band_is_drawn_in_steps_between_the_limits():
    times = times_to_event(118)
    curve, _, _ = a_result(times)
    band = part(drawn(times), "band of curve")
    assert band.fill == "toself"
    assert max(band.y) == pytest.approx(curve.upper[:-1].max()) and min(band.y) == pytest.approx(curve.lower[:-1].min())


def test_limits_that_do_not_exist_are_not_drawn():
    curve, estimate, table = a_result(times_to_event(60))
    holed = type(curve)(**{name: getattr(curve, name) for name in curve.__dataclass_fields__} | {
        "lower": np.where(curve.time < 200, np.nan, curve.lower)})
    band = part(survival_chart(holed, estimate, table, a_caption(60), WORDS), "band of curve")
    first = curve.time[curve.time >= 200][0]
    assert min(x for x in band.x if x is not None) == pytest.approx(first / MONTH)


def test_nobody_is_named_unless_the_page_says_who():
    assert "01-001" not in drawn().to_json()
    assert "2 at risk" in drawn().to_json()


def test_a_step_names_its_patients_to_those_who_may_know():
    curve = part(drawn(who=THREE), "curve")
    assert "1 with event: 01-001" in curve.text[1]
    assert "1 censored: 01-002" in curve.text[2]


def test_a_long_list_of_patients_is_cut():
    many = pd.DataFrame({"subject_id": [f"01-{n:03d}" for n in range(20)], "time_days": 91, "event": False})
    text = part(drawn(many, who=many), "curve").text[1]
    assert "01-007 and 12 more" in text and "01-008" not in text


def test_the_axis_names_its_origin():
    assert "Months since inclusion" in drawn().layout.xaxis.title.text
    assert "Months since treatment stop" in drawn(origin="TX_STOP").layout.xaxis.title.text
    assert "30.4375" in drawn().layout.xaxis.title.text


def test_the_heading_says_cut_patients_method_and_simulated():
    text = drawn().layout.title.text
    for piece in ("n = 3", "16 March 2026", "treatment policy", "SIMULATED DATA"):
        assert piece in text


def test_the_delivered_curve_lies_beside_it_thin_and_dashed():
    other, _, _ = a_result(THREE.assign(time_days=[110, 210, 410]))
    trace = part(drawn(compared=other), "compared")
    assert trace.line.dash and trace.line.width < 2 and trace.x[1] == pytest.approx(110 / MONTH)


def test_an_event_on_day_0_falls_at_0():
    curve = part(drawn(THREE.assign(time_days=[0, 200, 400])), "curve")
    assert list(curve.x)[:2] == [0, 0] and list(curve.y)[:2] == pytest.approx([1, 2 / 3])


def test_no_patients_give_a_figure_that_says_so():
    figure = survival_chart(None, None, None, a_caption(0), WORDS)
    assert not figure.data and "No patient" in figure.layout.annotations[0].text


@pytest.mark.parametrize(("last", "step"), [(200, 1), (365, 1), (800, 3), (2000, 6), (4000, 24)])
def test_ticks_are_whole_months_and_few(last, step):
    ticks = risk_ticks(last)
    assert len(ticks) <= 12 and ticks[0] == 0 and ticks[-1] <= max(last, MONTH) + MONTH
    assert len(ticks) < 2 or (ticks[1] / MONTH) % 1 == pytest.approx(0)


def test_the_milestone_is_always_within_the_ticks():
    assert risk_ticks(91, 365.25)[-1] == pytest.approx(365.25, abs=MONTH)


def test_the_text_for_those_who_cannot_see_says_the_finding():
    times = times_to_event(118)
    curve, estimate, _ = a_result(times)
    text = alt_survival(curve, estimate, a_caption(118), WORDS)
    assert f"12-month PFS is {100 * estimate.estimate:.1f}%" in text and "at risk" in text
    assert alt_survival(None, None, a_caption(0), WORDS)


def few_then_zero() -> pd.DataFrame:
    """Nearly all censored at once, the last one followed has the event: the curve is 0 long before 12 months."""
    days = [0] * 240 + [11, 22, 41, 60, 63, 85, 174]
    return pd.DataFrame({"subject_id": [f"01-{n:03d}" for n in range(247)], "time_days": days,
                         "event": [False] * 240 + [True, False, True, True, True, False, True]})


def falling(n: int = 400, seed: int = 2) -> pd.DataFrame:
    """A curve that falls steadily to nearly nothing within three years."""
    chance = np.random.default_rng(seed)
    days = np.minimum(chance.exponential(700, n), 1095).round()
    return pd.DataFrame({"subject_id": [f"01-{k:03d}" for k in range(n)], "time_days": days, "event": days < 1095})


def test_the_estimate_stands_inside_the_frame_where_the_curve_reached_0_before_it():
    figure = drawn(few_then_zero(), reliable_until=0.0)
    label = figure.layout.annotations[0]
    assert "12-month PFS 0.0%" in label.text and "beta product" in label.text
    assert label.ax < 0 and label.ay <= 0  # left of the milestone, which is at the right edge; not below the axis


@pytest.mark.parametrize("times", [falling(), times_to_event(118), times_to_event(60, share=0.6)])
def test_the_estimate_does_not_cover_the_curve(times):
    curve, estimate, _ = a_result(times)
    label = drawn(times).layout.annotations[0]
    assert label.ax in (40, -40)
    middle = estimate.estimate - label.ay / 400 * 1.02
    reach = drawn(times).layout.xaxis.range[1]
    aside, wide = 45 / 560 * reach * MONTH, 170 / 560 * reach * MONTH
    near = sorted((estimate.time + sign * aside, estimate.time + sign * wide)) if (sign := np.sign(label.ax)) else []
    rows = (curve.time >= near[0]) & (curve.time <= near[1])
    assert middle - 0.06 > curve.upper[rows].max() or middle + 0.06 < curve.lower[rows].min()


def test_legend_and_note_on_the_tail_do_not_share_a_corner():
    figure = drawn(few_then_zero(), reliable_until=0.0)
    legend, note = figure.layout.legend, next(text for text in figure.layout.annotations if "Grey" in text.text)
    assert legend.yanchor == note.yanchor == "top" and legend.xanchor == note.xanchor == "right"
    assert note.yshift <= -60  # below three rows of legend
