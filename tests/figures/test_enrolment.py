"""Accrual against plan, on the calendar and since activation."""

from datetime import date

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures.enrolment import accrual_chart, alt_accrual, planned_at
from heroes.figures.theme import Look
from heroes.labels import words_in
from tests.figures.frames import CUT_OFF, MONTH, a_caption, accrual, accrual_plan, accrual_since_activation, enrolment_by_site

WORDS = words_in("en")
WEEKS = pd.DataFrame({
    "week": [date(2026, 2, 2), date(2026, 3, 16)], "step": "INCLUDED", "n": [2, 1], "cumulative": [2, 3],
})


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize("look", [Look(), Look(dark=True, narrow=True)])
@pytest.mark.parametrize("plan", [None, accrual_plan(), accrual_plan().head(0)])
def test_the_figure_is_valid_with_and_without_a_plan(look, plan):
    figure = accrual_chart(accrual(), plan, a_caption(66), WORDS, planned_inclusions=170, look=look)
    go.Figure(figure.to_dict())
    assert ("plan" in {trace.meta for trace in figure.data}) == (plan is not None and len(plan) > 0)


def test_a_week_counts_when_it_has_ended_but_never_after_the_data_cut():
    steps = part(accrual_chart(WEEKS, None, a_caption(3), WORDS), "included")
    assert steps.line.shape == "hv"
    assert list(steps.x) == ["2026-02-02", "2026-02-08", CUT_OFF.isoformat(), CUT_OFF.isoformat()]
    assert list(steps.y) == [0, 2, 3, 3]


def test_nothing_but_the_plan_goes_beyond_the_data_cut():
    figure = accrual_chart(accrual(), accrual_plan(), a_caption(66), WORDS)
    for trace in figure.data:
        assert trace.meta == "plan" or max(trace.x) <= CUT_OFF.isoformat()
    assert figure.layout.shapes[0].x0 == CUT_OFF.isoformat()


def test_the_label_says_how_many_of_how_many_and_the_share_of_plan():
    text = accrual_chart(WEEKS, accrual_plan(), a_caption(3), WORDS, planned_inclusions=170).layout.annotations[-1].text
    # 425 of 730 days have passed: 170 * 425 / 730 = 98.97 planned, 3 / 98.97 = 3 %
    assert "3 of 170 included" in text and "3% of plan" in text


def test_without_a_plan_there_is_no_share_of_it():
    text = accrual_chart(WEEKS, None, a_caption(3), WORDS).layout.annotations[-1].text
    assert "3 included" in text and "plan" not in text


def test_the_plan_is_read_off_its_line():
    plan = accrual_plan()
    assert planned_at(plan, date(2025, 1, 15)) == 0
    assert planned_at(plan, date(2026, 1, 15)) == pytest.approx(85)  # half of 730 days
    assert planned_at(plan, date(2024, 1, 1)) == 0
    assert planned_at(plan, date(2030, 1, 1)) == 170
    assert planned_at(None, CUT_OFF) is None


def test_dates_of_any_dtype_are_read():
    stamped = WEEKS.assign(week=pd.to_datetime(WEEKS["week"]))
    plan = accrual_plan().assign(day=lambda frame: pd.to_datetime(frame["day"]))
    assert accrual_chart(stamped, plan, a_caption(3), WORDS).to_json() == accrual_chart(
        WEEKS, accrual_plan(), a_caption(3), WORDS).to_json()


def test_nobody_yet_is_said():
    figure = accrual_chart(WEEKS.head(0), accrual_plan(), a_caption(0), WORDS)
    assert not figure.data and "No patient" in figure.layout.annotations[0].text


def test_consents_alone_leave_inclusions_at_zero():
    figure = accrual_chart(WEEKS.assign(step="CONSENT1"), accrual_plan(), a_caption(0), WORDS, planned_inclusions=170)
    go.Figure(figure.to_dict())
    assert "0 of 170 included" in figure.layout.annotations[-1].text


def test_sites_since_activation_are_one_trace_with_gaps():
    sites = enrolment_by_site()
    figure = accrual_chart(accrual_since_activation(sites), None, a_caption(81), WORDS, axis="since activation", sites=sites)
    go.Figure(figure.to_dict())
    lines = part(figure, "sites")
    assert list(lines.x).count(None) == 35
    assert {row[0] for row in lines.customdata} == set(sites.site_id)


def test_a_sites_line_goes_on_to_the_data_cut_also_without_inclusions():
    sites = enrolment_by_site().tail(1)
    steps = accrual_since_activation(sites.head(0)) if len(sites.head(0)) else pd.DataFrame(
        columns=["site_id", "weeks_since_activation", "n", "cumulative"])
    lines = part(accrual_chart(steps, None, a_caption(0), WORDS, axis="since activation", sites=sites), "sites")
    assert list(lines.y) == [0, 0, None]
    assert lines.x[1] == pytest.approx(sites.days_since_activation.iloc[0] / MONTH)


def test_a_selected_site_is_strong_and_named():
    sites = enrolment_by_site()
    chosen = sites.site_id[20]
    figure = accrual_chart(accrual_since_activation(sites), None, a_caption(81), WORDS, axis="since activation", sites=sites,
                           selected=[chosen])
    assert part(figure, "selected").line.width > part(figure, "sites").line.width
    assert any(chosen in text for text in part(figure, "labels").text)


def test_sites_without_activation_are_counted_in_words():
    sites = enrolment_by_site().assign(days_since_activation=lambda frame: frame.days_since_activation.where(frame.index > 1))
    steps = accrual_since_activation(sites.dropna(subset="days_since_activation"))
    text = accrual_chart(steps, None, a_caption(81), WORDS, axis="since activation", sites=sites).layout.title.text
    assert "2 sites without a delivered activation date are not drawn." in text


def test_an_inclusion_before_the_activation_is_shown_where_it_is():
    steps = pd.DataFrame({"site_id": ["01", "01"], "weeks_since_activation": [-2, 3], "n": [1, 1], "cumulative": [1, 2]})
    figure = accrual_chart(steps, None, a_caption(2), WORDS, axis="since activation")
    assert min(x for x in part(figure, "sites").x if x is not None) == pytest.approx(-14 / MONTH)
    assert figure.layout.xaxis.range[0] <= -14 / MONTH


def test_the_text_for_those_who_cannot_see_says_the_finding():
    assert "3 of 170 included, 3% of plan" in alt_accrual(WEEKS, accrual_plan(), a_caption(3), WORDS, planned_inclusions=170)


def test_while_the_count_is_low_the_legend_stands_over_it():
    first_weeks = accrual().head(3)
    low = accrual_chart(first_weeks, accrual_plan(), a_caption(3), WORDS, planned_inclusions=170).layout.legend
    high = accrual_chart(accrual(), accrual_plan(), a_caption(), WORDS, planned_inclusions=170).layout.legend
    assert low.yanchor == "top" and low.xanchor == "left" and low.y > 0.8
    assert high.yanchor == "bottom" and high.xanchor == "right"
