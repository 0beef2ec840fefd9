"""The swimmer plot: a lane for each patient, a mark for each record, few traces."""

import re

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures import theme
from heroes.figures.swimmer import alt_swimmer, swimmer_chart
from heroes.figures.swimmer_marks import positive_sizes
from heroes.figures.theme import Look
from heroes.labels import words_in
from tests.figures.frames import MONTH, a_caption, swimmer

WORDS = words_in("en")


@pytest.fixture(scope="module")
def trial():
    return swimmer(170)


def drawn(frames, **options) -> go.Figure:
    lanes, spans, marks = frames
    return swimmer_chart(lanes, spans, marks, a_caption(len(lanes)), WORDS, **options)


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


def first_lanes(frames, n: int):
    return (frames[0].head(n), *frames[1:])


@pytest.mark.parametrize("options", [
    {}, {"origin": "stop"}, {"axis": "calendar"}, {"look": Look(dark=True)}, {"origin": "stop", "axis": "calendar"},
])
def test_the_figure_is_valid_and_has_at_most_15_traces(trial, options):
    figure = drawn(trial, **options)
    go.Figure(figure.to_dict())
    assert len(figure.data) <= 15


def test_lanes_keep_the_order_given(trial):
    shuffled = trial[0].sample(frac=1, random_state=3)
    assert list(part(drawn((shuffled, *trial[1:])), "names").text) == [f"{name}\u2007" for name in shuffled.subject_id]


def test_every_span_is_a_bar_of_its_phase_and_length(trial):
    lanes, spans, _ = trial
    figure = drawn(trial)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert sum(len(bar.y) for bar in bars) == len(spans)
    resumed = part(figure, "RESUMED")
    first = spans[spans.phase == "RESUMED"].iloc[0]
    assert resumed.base[0] == pytest.approx(first.start_day / MONTH)
    assert resumed.x[0] == pytest.approx((first.end_day - first.start_day) / MONTH)
    assert lanes.subject_id.iloc[resumed.y[0]] == first.subject_id


def test_every_mark_is_drawn_on_its_lane(trial):
    _, _, marks = trial
    figure = drawn(trial)
    scatters = [trace for trace in figure.data if trace.type == "scatter" and trace.meta != "names"]
    assert sum(len(trace.x) for trace in scatters) == len(marks)


def test_meaning_has_its_mark_on_both_screens(trial):
    for dark in (False, True):
        figure, colours = drawn(trial, look=Look(dark=dark)), theme.palette(Look(dark=dark))
        wanted = {
            "CTDNA_NEGATIVE": ("circle-open", colours.teal), "CTDNA_POSITIVE": ("circle", colours.red),
            "CTDNA_NOT_EVALUABLE": ("x-thin-open", colours.muted), "PROGRESSION": ("diamond", colours.ink),
            "DEATH": ("square", colours.ink), "DRAW_NOT_YET_DUE": ("line-ns-open", colours.greyed),
        }
        for meta, (symbol, colour) in wanted.items():
            marker = part(figure, meta).marker
            assert (marker.symbol, marker.color) == (symbol, colour)
        assert part(figure, "DRAW_LATE").marker.color == colours.amber
        assert part(figure, "DEATH").marker.line.color == colours.halo


def test_overdue_due_and_missed_draws_differ_within_their_amber():
    lanes, spans, marks = swimmer(3)
    subject = lanes.subject_id.iloc[0]
    late = pd.DataFrame({"subject_id": subject, "kind": ["DRAW_DUE", "DRAW_OVERDUE", "DRAW_MISSED"], "day": [30, 60, 90],
                         "quantity": None, "unit": None, "qualifier": None, "visit_code": "M3", "detail": [None, "12", None]})
    trace = part(swimmer_chart(lanes, spans, late, a_caption(3), WORDS), "DRAW_LATE")
    assert list(trace.marker.symbol) == ["circle-open", "circle-open", "circle-x-open"]
    assert trace.marker.line.width[1] > trace.marker.line.width[0]
    assert [row[2] for row in trace.customdata][1].startswith("Draw overdue · visit M3 · 12 days late")


def test_a_positive_grows_with_the_logarithm_of_its_quantity_within_bounds():
    sizes = positive_sizes([0.001, 0.1, 10, 1000, 1e6, None])
    assert sizes[0] == sizes[1] < sizes[2] < sizes[3] == sizes[4] <= 16
    assert sizes[2] - sizes[1] == pytest.approx(sizes[3] - sizes[2])
    assert sizes[5] > 0


def test_the_legend_names_the_unit_and_reads_phases_before_marks(trial):
    figure = drawn(trial)
    assert part(figure, "CTDNA_POSITIVE").name == "ctDNA positive (by MTM/mL)"
    assert "MTM/mL" in figure.layout.title.text
    ranked = sorted((trace for trace in figure.data if trace.showlegend is not False), key=lambda trace: trace.legendrank)
    assert [trace.type for trace in ranked] == sorted(trace.type for trace in ranked)  # bars, then scatters


def test_quantities_that_were_not_delivered_get_one_size_and_no_note(trial):
    lanes, spans, marks = trial
    figure = swimmer_chart(lanes, spans, marks.assign(quantity=None, unit=None), a_caption(), WORDS)
    assert len(set(part(figure, "CTDNA_POSITIVE").marker.size)) == 1
    assert part(figure, "CTDNA_POSITIVE").name == "ctDNA positive"
    assert "logarithm" not in figure.layout.title.text


def test_the_first_item_of_each_points_data_is_the_patient(trial):
    ids = set(trial[0].subject_id)
    for trace in drawn(trial).data:
        assert {row[0] for row in trace.customdata} <= ids


def test_the_hover_tells_call_quantity_unit_visit_and_month_but_no_date(trial):
    figure = drawn(trial)
    told = [row[2] for row in part(figure, "CTDNA_POSITIVE").customdata]
    assert all(re.fullmatch(r"ctDNA positive: [\d.,]+ MTM/mL · visit M[\d.]+ · [A-Z][a-z]{2,3} 20\d\d", text) for text in told)
    assert not re.search(r"20\d\d-\d\d-\d\d", figure.to_json())


def test_patients_with_relative_times_have_no_calendar_month(trial):
    lanes, spans, marks = first_lanes(trial, 5)
    lanes = lanes.assign(origin_to_cut_off_days=pd.NA, origin_month=None)
    figure = swimmer_chart(lanes, spans, marks, a_caption(5), WORDS)
    assert not any("20" in row[2] for row in part(figure, "CTDNA_NEGATIVE").customdata)


def test_the_axis_from_the_stop_shifts_each_lane_by_its_own_stop(trial):
    lanes, _, marks = trial
    trace = part(drawn(trial, origin="stop"), "PROGRESSION")
    first = marks[marks.kind == "PROGRESSION"].iloc[0]
    stop = lanes.set_index("subject_id").stop_day[first.subject_id]
    assert trace.x[0] == pytest.approx((first.day - stop) / MONTH)


def test_a_lane_without_a_stop_is_left_out_and_counted(trial):
    lanes, spans, marks = trial
    lanes = lanes.assign(stop_day=lanes.stop_day.where(lanes.index > 2))
    figure = swimmer_chart(lanes, spans, marks, a_caption(), WORDS, origin="stop")
    assert len(part(figure, "names").text) == 167
    assert "3 patients without a known treatment stop are not shown." in re.sub("<[^>]+>", " ", figure.layout.title.text)


def test_axes_say_their_origin_and_that_data_are_simulated(trial):
    assert drawn(trial).layout.xaxis.title.text == "Months since inclusion   (SIMULATED)"
    assert drawn(trial, origin="stop").layout.xaxis.title.text.startswith("Months since treatment stop")
    assert "first day of its month" in drawn(trial, axis="calendar").layout.xaxis.title.text


def test_a_calendar_lane_starts_on_the_first_of_its_month(trial):
    lanes, _, marks = trial
    trace = part(drawn(trial, axis="calendar"), "PROGRESSION")
    first = marks[marks.kind == "PROGRESSION"].iloc[0]
    month = lanes.set_index("subject_id").origin_month[first.subject_id]
    assert trace.x[0] == pytest.approx((month.year - 2000) * 12 + month.month - 1 + first.day / MONTH)


def test_the_milestone_is_a_line_with_its_name_and_not_on_the_calendar(trial):
    figure = drawn(trial)
    assert figure.layout.shapes[0].x0 == 12
    assert any("12 months" in note.text for note in figure.layout.annotations)
    assert not drawn(trial, axis="calendar").layout.shapes
    assert not drawn(trial, milestone_months=None).layout.shapes


def test_height_grows_with_the_lanes(trial):
    one, all_of_them, many = (drawn(first_lanes(trial, 1)), drawn(trial), drawn(swimmer(400)))
    assert one.layout.height < 400
    assert many.layout.height - all_of_them.layout.height == (400 - 170) * 17
    assert len(many.data) <= 15


def test_nobody_included_is_said():
    lanes, spans, marks = swimmer(3)
    figure = drawn((lanes.head(0), spans, marks))
    assert not figure.data and figure.layout.annotations[0].text == "No patient is included yet."


def test_lanes_without_spans_or_marks_are_still_lanes(trial):
    lanes, spans, marks = first_lanes(trial, 4)
    figure = swimmer_chart(lanes, spans.head(0), marks.head(0), a_caption(4), WORDS)
    go.Figure(figure.to_dict())
    assert len(part(figure, "names").text) == 4


def test_therapy_that_was_not_delivered_is_a_neutral_lane(trial):
    lanes, spans, marks = trial
    figure = swimmer_chart(lanes, spans.assign(phase="NOT_DELIVERED"), marks, a_caption(), WORDS)
    assert part(figure, "NOT_DELIVERED").name == "Followed, therapy not delivered"


def test_a_status_that_this_person_may_not_see_is_not_guessed(trial):
    lanes, spans, marks = first_lanes(trial, 2)
    figure = swimmer_chart(lanes.assign(status=None), spans, marks, a_caption(2), WORDS)
    assert part(figure, "names").customdata[0][2].split("<br>")[0].endswith("ctDNA calls")


def test_the_text_for_those_who_cannot_see_says_the_finding(trial):
    assert "170 patients" in alt_swimmer(trial[0], a_caption(), WORDS)


def test_a_marker_that_is_no_ctdna_keeps_its_name(trial):
    lanes, spans, marks = trial
    figure = swimmer_chart(lanes, spans, marks, a_caption(), WORDS, marker="CRP")
    said = [figure.layout.title.text, *(str(trace.name) for trace in figure.data), str(part(figure, "CTDNA_NEGATIVE").customdata[0])]
    assert "CRP status and therapy over time" in said[0] and "CRP negative" in said
    assert "ctDNA" not in figure.to_json()
    assert "positive CRP call" in alt_swimmer(lanes, a_caption(), WORDS, marker="CRP")


def test_the_origin_stands_above_a_tall_picture_too(trial):
    lanes, spans, marks = trial
    assert "Months since treatment stop" in swimmer_chart(lanes, spans, marks, a_caption(), WORDS, origin="stop").layout.title.text
