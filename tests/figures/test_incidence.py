"""The cumulative incidence chart: what it draws is what the statistic says."""

import numpy as np
import plotly.graph_objects as go
import pytest

from heroes.errors import MisuseError
from heroes.figures import theme
from heroes.figures.incidence import Cause, alt_incidence, incidence_chart
from heroes.figures.pfs import risk_ticks
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.statistics.competing_risks import estimate_incidence, incidence_at
from heroes.statistics.numbers_at_risk import count_by_cause
from tests.figures.frames import MONTH, a_caption

WORDS = words_in("en")
TWO = (Cause(1, "Progression or death", "progression"), Cause(2, "Therapy restarted", "restart"))
# The trial of R's cmprsk and survival: 20 patients, causes 1–3, 0 censored.
DAYS = [45, 91, 91, 130, 182, 182, 190, 240, 273, 275, 300, 340, 364, 365, 370, 400, 450, 500, 520, 560]
CAUSES = [1, 1, 2, 0, 1, 3, 0, 2, 1, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0]
THREE = (Cause(1, "Molecular recurrence", "recurrence"), Cause(2, "Progression", "progression"), Cause(3, "Death", "death"))


def a_result(days, causes, drawn):
    curves = estimate_incidence(days, causes, causes=[cause.number for cause in drawn])
    last = float(curves.time[-1])
    return curves, incidence_at(curves, 365.25), count_by_cause(curves, risk_ticks(last, 365.25))


def drawn(days=DAYS, causes=CAUSES, which=THREE, **options) -> go.Figure:
    curves, estimates, table = a_result(days, causes, which)
    return incidence_chart(curves, estimates, table, which, a_caption(len(days)), WORDS, **options)


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


def legend(figure: go.Figure) -> list[str]:
    return [trace.name for trace in figure.data if trace.showlegend]


@pytest.mark.parametrize(
    "options", [{}, {"limits": "aalen"}, {"reliable_until": 200.0}, {"reliable_until": 0.0}, {"look": Look(dark=True, narrow=True)}]
)
def test_the_figure_is_valid(options):
    go.Figure(drawn(**options).to_dict())


def test_a_curve_starts_at_0_and_rises_in_steps_of_months():
    # at 100 one of four has cause 1; at 200 one of three cause 2; at 400 the last one cause 1
    figure = drawn([100, 200, 300, 400], [1, 2, 0, 1], TWO)
    first = part(figure, "curve 1")
    assert first.line.shape == "hv"
    assert list(first.x) == pytest.approx([0, 100 / MONTH, 200 / MONTH, 300 / MONTH, 400 / MONTH])
    assert list(first.y) == pytest.approx([0, 1 / 4, 1 / 4, 1 / 4, 3 / 4])
    assert list(part(figure, "curve 2").y) == pytest.approx([0, 0, 1 / 4, 1 / 4, 1 / 4])


def test_causes_differ_in_colour_and_in_dash():
    lines = [part(drawn(), f"curve {cause.number}").line for cause in THREE]
    assert len({line.color for line in lines}) == len({line.dash for line in lines}) == 3


@pytest.mark.parametrize(
    ("limits", "named", "low", "high"),  # R, cause 1 at 365.25
    [("delta", "standard error by the delta method", 0.0980228, 0.4845062), ("aalen", "Aalen's standard error", 0.0932515, 0.4919472)],
)
def test_the_limits_are_those_asked_for_and_named_in_the_legend(limits, named, low, high):
    figure = drawn(limits=limits)
    assert [entry for entry in legend(figure) if "Bands" in entry] == [f"Bands: 95% CI (log–log, {named})"]
    assert f"Molecular recurrence: 27.3% at 12 months (95% CI {100 * low:.1f}–{100 * high:.1f}%)" in legend(figure)
    bar = part(figure, "estimate 1")
    assert bar.y[0] - bar.error_y.arrayminus[0] == pytest.approx(low, abs=1e-6)
    assert bar.y[0] + bar.error_y.array[0] == pytest.approx(high, abs=1e-6)
    curves = estimate_incidence(DAYS, CAUSES)
    expected = curves.causes[0].upper if limits == "delta" else curves.causes[0].upper_aalen
    assert max(y for y in part(figure, "band of curve 1").y if y is not None) == pytest.approx(np.nanmax(expected[:-1]))


def test_other_limits_are_a_misuse():
    with pytest.raises(MisuseError, match="delta or aalen"):
        drawn(limits="greenwood")


def test_the_band_begins_with_the_first_event_of_its_cause():
    assert min(part(drawn(), "band of curve 2").x) == pytest.approx(91 / MONTH)


def test_the_estimates_are_marked_side_by_side_at_the_milestone():
    figure = drawn()
    marks = [part(figure, f"estimate {number}") for number in (1, 2, 3)]
    assert [mark.y[0] for mark in marks] == pytest.approx([0.2732692308, 0.1780108173, 0.053125])
    assert [mark.x[0] for mark in marks] == sorted({mark.x[0] for mark in marks})
    assert np.mean([mark.x[0] for mark in marks]) == pytest.approx(12) and marks[2].x[0] - marks[0].x[0] < 0.6
    assert part(drawn([100, 400], [1, 0], TWO[:1]), "estimate 1").x[0] == pytest.approx(12)


def test_an_estimate_that_does_not_exist_is_not_drawn_and_says_why_once():
    figure = drawn([30, 60, 91], [1, 2, 0], TWO)
    assert not [trace for trace in figure.data if str(trace.meta).startswith("estimate")]
    assert {f"{cause.name}: not estimable at 12 months" for cause in TWO} <= set(legend(figure))
    assert figure.layout.title.text.count("Not estimable at 12 months: the longest follow-up is 3.0 months.") == 1
    assert figure.layout.xaxis.range[1] > 12


def test_a_cause_without_events_is_flat_without_band_and_says_why():
    figure = drawn([100, 200, 400], [1, 0, 0], TWO)
    assert set(part(figure, "curve 2").y) == {0}
    assert not [trace for trace in figure.data if trace.meta == "band of curve 2"]
    assert "Therapy restarted: 0.0% at 12 months" in legend(figure)
    assert "Therapy restarted: No event of this cause so far" in figure.layout.title.text
    assert part(figure, "estimate 2").error_y.array is None


def test_without_any_event_there_is_no_band_in_the_legend():
    assert not any("Bands" in entry for entry in legend(drawn([100, 400], [0, 0], TWO)))


def test_the_numbers_below_stand_under_the_ticks_and_add_up():
    figure = drawn()
    numbers, ticks = part(figure, "risk table"), list(figure.layout.xaxis.tickvals)
    rows = list(figure.layout.yaxis2.ticktext)
    assert rows[:2] == ["At risk", "Censored"] and "Death" in rows[4]
    assert list(numbers.x) == ticks * 5
    table = np.array(numbers.text, int).reshape(5, -1)
    assert table[:, 0].tolist() == [20, 0, 0, 0, 0] and set(table.sum(axis=0)) == {20}
    assert table[:, ticks.index(pytest.approx(12))].tolist() == [6, 5, 5, 3, 1]  # before day 365.25


def test_censored_patients_are_ticks_on_every_curve():
    ticks = part(drawn([100, 200, 300, 400], [1, 2, 0, 1], TWO), "censored")
    assert list(ticks.x) == pytest.approx([300 / MONTH] * 2) and list(ticks.y) == pytest.approx([1 / 4, 1 / 4])
    assert "Censored" not in legend(drawn([100, 400], [1, 2], TWO))


def test_the_tail_is_grey_and_joins_the_curve():
    figure = drawn(reliable_until=200.0)
    curve, tail = part(figure, "curve 1"), part(figure, "tail 1")
    assert curve.x[-1] == tail.x[0] == pytest.approx(200 / MONTH) and curve.y[-1] == tail.y[0]
    assert tail.line.color == theme.palette(Look()).greyed and tail.line.dash == curve.line.dash
    assert "Grey: too few" in figure.layout.title.text
    assert len(legend(figure)) == len(set(legend(figure)))
    assert part(drawn(reliable_until=0.0), "tail 1").showlegend


@pytest.mark.parametrize(("share", "top"), [(0.02, 0.1), (0.15, 0.25), (0.4, 0.5), (0.65, 0.75), (0.95, 1.0)])
def test_the_axis_of_probability_begins_at_0_and_holds_all_that_is_drawn(share, top):
    n = 400
    events = int(share * n)
    figure = drawn([100] * events + [500] * (n - events), [1] * events + [0] * (n - events), TWO[:1])
    axis = figure.layout.yaxis
    assert axis.range[0] == 0 and axis.range[1] == pytest.approx(1.02 * top)
    assert axis.ticktext[0] == "0%" and axis.ticktext[-1] == f"{100 * top:.0f}%"
    assert max(y for y in part(figure, "band of curve 1").y) <= top


def test_hovering_tells_the_share_its_limits_and_who_is_at_risk():
    text = part(drawn(), "curve 1").text[2]  # day 91: causes 1 and 2 of 19 at risk
    assert "<b>3.0 months, Molecular recurrence: 10.0%</b>" in text
    assert "19 at risk" in text and "1 with event" in text and "95% CI" in text


def test_heading_and_axes_say_what_is_shown():
    figure = drawn(origin="BASELINE_DRAW", title="First of three")
    for piece in ("First of three", "n = 20", "16 March 2026", "treatment policy", "SIMULATED DATA"):
        assert piece in figure.layout.title.text
    assert "Months since the baseline draw" in figure.layout.xaxis.title.text
    assert figure.layout.yaxis.title.text == "Cumulative incidence"


def test_no_patients_give_a_figure_that_says_so():
    nobody = estimate_incidence([], [], causes=(1,))
    for curves in (None, nobody):
        figure = incidence_chart(curves, None, None, TWO, a_caption(0), WORDS)
        assert not figure.data and "No patient" in figure.layout.annotations[0].text
    assert alt_incidence(nobody, None, TWO, a_caption(0), WORDS) == "Cumulative incidence without patients."


def test_the_text_for_those_who_cannot_see_says_the_finding():
    curves, estimates, _ = a_result(DAYS, CAUSES, THREE)
    text = alt_incidence(curves, estimates, THREE, a_caption(20), WORDS, limits="aalen")
    assert "n = 20, data cut of 16 March 2026: Molecular recurrence: 27.3% at 12 months (95% CI 9.3–49.2%);" in text
    assert alt_incidence(curves, None, THREE, a_caption(20), WORDS) == "Cumulative incidence, n = 20, data cut of 16 March 2026."
