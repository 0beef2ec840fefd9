"""The small panels of groups: what each draws is what its group says, and nothing of a group too small."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures import theme
from heroes.figures.subgroups import alt_subgroups, panels_in_a_row, subgroup_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.protocol import read_protocol
from heroes.statistics.subgroups import estimate_subgroups
from tests.figures.frames import MONTH, a_caption, a_result, times_to_event

WORDS = words_in("en")
LABELS = {"FIRST": "First line", "SECOND_OR_LATER": "Second line or later"}
TIMES = times_to_event(118)
CODES = ["FIRST"] * 70 + ["SECOND_OR_LATER"] * 43 + [None] * 5


def groups_of(codes=CODES, times=TIMES, by="line"):
    strata = pd.DataFrame({"subject_id": times["subject_id"], by: codes})
    return estimate_subgroups(times, strata, by=by, protocol=read_protocol())


def drawn(groups=None, *, labels=LABELS, **options) -> go.Figure:
    groups = groups_of() if groups is None else groups
    return subgroup_chart(groups, labels, a_caption(118), WORDS, by_said="line of therapy", milestone_days=365.25, **options)


def parts(figure: go.Figure, meta: str) -> list:
    return [trace for trace in figure.data if trace.meta == meta]


def heads(figure: go.Figure) -> list[list[str]]:
    return [note.text.split("<br>") for note in figure.layout.annotations if note.yanchor == "top" and note.xanchor == "left"]


@pytest.mark.parametrize("options", [{}, {"whole": a_result(TIMES)[0]}, {"look": Look(dark=True)}, {"look": Look(narrow=True)}])
def test_the_figure_is_valid(options):
    go.Figure(drawn(**options).to_dict())


def test_the_title_says_that_there_is_no_test():
    text = drawn().layout.title.text
    for piece in ("PFS by line of therapy: exploratory, no test", "n = 118", "16 March 2026", "SIMULATED DATA"):
        assert piece in text


def test_each_panel_draws_the_curve_of_its_group():
    groups = groups_of()
    first, later = parts(drawn(groups), "curve")
    assert (first.xaxis, first.yaxis, later.xaxis, later.yaxis) == ("x", "y", "x2", "y2")
    for trace, group in zip((first, later), groups, strict=False):
        known = group.curve.time <= group.reliable_until
        assert trace.line.shape == "hv" and trace.x[0] == 0 and trace.y[0] == 1
        assert list(trace.x[1 : known.sum() + 1]) == pytest.approx((group.curve.time[known] / MONTH).tolist())
        assert list(trace.y[1 : known.sum() + 1]) == pytest.approx(group.curve.survival[known].tolist())


def test_all_panels_share_both_axes():
    layout = drawn().layout
    assert layout.xaxis.range == layout.xaxis2.range == layout.xaxis3.range
    assert layout.yaxis.range == layout.yaxis2.range == layout.yaxis3.range
    assert layout.yaxis.range[0] == 0 and layout.yaxis.ticktext[-1] == "100%"
    assert layout.xaxis.range[1] >= max(group.curve.time[-1] for group in groups_of() if group.curve) / MONTH


def test_the_milestone_is_within_the_axes_when_nobody_has_come_so_far():
    assert drawn(groups_of(times=TIMES.assign(time_days=TIMES.time_days.clip(upper=100)))).layout.xaxis.range[1] > 12


def test_the_whole_lies_thin_and_muted_behind_every_curve_that_is_shown():
    whole = a_result(TIMES)[0]
    figure = drawn(whole=whole)
    behind = parts(figure, "whole")
    assert [trace.xaxis for trace in behind] == ["x", "x2"]  # not behind the third, which is withheld
    for trace in behind:
        assert trace.line.color == theme.palette(Look()).muted and trace.line.width < 1.5
        assert list(trace.y[1:]) == pytest.approx(whole.survival.tolist())
    metas = [trace.meta for trace in figure.data]
    assert metas.index("whole") < metas.index("curve") and "all patients" in figure.layout.title.text
    assert not parts(drawn(), "whole") and "all patients" not in drawn().layout.title.text


def test_the_tail_is_grey_in_its_panel_only():
    few = groups_of(["FIRST"] * 106 + ["SECOND_OR_LATER"] * 12)
    figure = drawn(few)
    tail = next(trace for trace in parts(figure, "tail") if trace.xaxis == "x2")
    assert tail.line.color == theme.palette(Look()).greyed
    assert tail.x[0] == pytest.approx(few[1].reliable_until / MONTH)
    assert "too few remain" in figure.layout.title.text


def test_the_estimate_stands_over_its_panel_and_on_its_curve():
    group = groups_of()[0]
    figure = drawn()
    mark = parts(figure, "estimate")[0]
    assert list(mark.x) == pytest.approx([12]) and list(mark.y) == [group.at.estimate]
    assert group.at.estimate - mark.error_y.arrayminus[0] == pytest.approx(group.at.lower)
    assert heads(figure)[0] == [
        "<b>First line</b>", f"n = 70, {group.n_events} events", f"12-month PFS {100 * group.at.estimate:.1f}%",
        f"95% CI {100 * group.at.lower:.1f}–{100 * group.at.upper:.1f}%", f"{group.at.at_risk} at risk at 12 months"]


def test_a_small_group_is_an_empty_panel_that_says_its_size_and_why():
    figure = drawn()
    assert heads(figure)[2] == ["<b>Not recorded</b>", "n = 5"]
    why = next(note.text for note in figure.layout.annotations if note.xref == "x3 domain" and note.align == "center")
    assert "Fewer than 10 patients" in why.replace("<br>", " ")
    assert [trace.meta for trace in figure.data if trace.xaxis == "x3"] == ["withheld"]
    assert [shape.xref for shape in figure.layout.shapes] == ["x", "x2"]


def test_a_group_followed_too_short_says_so_in_months_and_has_no_point():
    figure = drawn(groups_of(times=TIMES.assign(time_days=91, event=False)))
    assert not parts(figure, "estimate")
    said = " ".join(heads(figure)[0])
    assert "n = 70, 0 events" in said and "Not estimable at 12 months: the longest follow-up is 3.0 months." in said


def test_only_small_groups_still_make_a_picture():
    figure = drawn(groups_of(["FIRST", None] * 4, times=TIMES.iloc[:8]))
    assert [trace.meta for trace in figure.data] == ["withheld"] * 2 and "censored" not in figure.layout.title.text


def test_nobody_is_named():
    assert "01-" not in drawn(whole=a_result(TIMES)[0]).to_json()


def test_the_own_label_of_those_not_recorded_is_used():
    assert heads(drawn(labels={**LABELS, None: "No line delivered"}))[2][0] == "<b>No line delivered</b>"


@pytest.mark.parametrize(("n", "per_row"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3), (12, 3)])
def test_panels_are_three_in_a_row_at_most(n, per_row):
    assert panels_in_a_row(n, Look()) == per_row
    assert panels_in_a_row(n, Look(narrow=True)) == 1


def test_panels_and_what_stands_over_them_do_not_overlap():
    codes = [f"Region {row % 11}" for row in range(118)]
    figure = drawn(groups_of(codes, by="site_group"))
    inside = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    boxes = [(figure.layout[f"xaxis{k or ''}"].domain, figure.layout[f"yaxis{k or ''}"].domain) for k in [0, *range(2, 12)]]
    tops = [note.yshift for note in figure.layout.annotations if note.yanchor == "top" and note.xanchor == "left"]
    assert len(boxes) == len(tops) == 11
    for place, (across, up) in enumerate(boxes):
        assert 0 <= across[0] < across[1] <= 1 and 0 <= up[0] < up[1] <= 1
        assert (up[1] - up[0]) * inside == pytest.approx(150)
        if place >= 3:
            above = boxes[place - 3][1]
            assert (above[0] - up[1]) * inside >= tops[place] + 24  # the head, and the ticks of the panel above
        else:
            assert (1 - up[1]) * inside >= tops[place] - 0.01


def test_the_axis_names_its_origin():
    said = [note.text for note in drawn(origin="TX_STOP").layout.annotations]
    assert "Months since treatment stop (1 month = 30.4375 days)" in said


def test_without_groups_the_picture_says_so():
    figure = drawn(())
    assert not figure.data and "No patient" in figure.layout.annotations[0].text


def test_the_text_for_those_who_cannot_see_says_every_group():
    groups = groups_of()
    text = alt_subgroups(groups, LABELS, a_caption(118), WORDS, by_said="line of therapy", milestone_days=365.25)
    assert "without a test" in text and f"First line: n = 70, {groups[0].n_events} events; 12-month PFS" in text
    assert "Not recorded: n = 5; Fewer than 10 patients" in text
    assert alt_subgroups((), LABELS, a_caption(0), WORDS, by_said="line of therapy", milestone_days=365.25)
