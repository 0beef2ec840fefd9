"""One patient's tracks: which are drawn, where a negative stands, what is planned, and names that do not run into each other."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures.patient import Tracks, _rows_for, alt_patient, patient_chart
from heroes.labels import words_in
from heroes.protocol import DAYS_PER_MONTH
from tests.figures.frames import a_caption

WORDS = words_in("en")


def frame(columns, *rows):
    return pd.DataFrame(list(rows), columns=columns.split())


def a_patient(**changes) -> Tracks:
    told = {
        "spans": frame("phase start_day end_day", ("ON_TREATMENT", 0, 3), ("OFF_THERAPY", 3, 120)),
        "marks": frame(
            "kind day quantity unit qualifier visit_code", ("CTDNA_NEGATIVE", -30, None, None, None, "BASELINE"),
            ("CTDNA_POSITIVE", 46, 0.5, "MTM/mL", "=", "M1.5"), ("CTDNA_NOT_EVALUABLE", 91, None, None, None, "M3"),
        ),
        "scans": frame("day overall evaluable equivocal confirmed", (90, "PR", True, False, False), (118, "PD", True, True, False)),
        "clocks": frame(
            "kind visit_code instrument planned_day status done_day", ("DRAW", "M6", None, 183, "NOT_YET_DUE", None),
            ("DRAW", "M3", None, 91, "OVERDUE", None), ("SCAN", "M24", None, 730, "NOT_YET_DUE", None),
        ),
        "lesions": frame("day evaluator sum_mm", (0, "INVESTIGATOR", 27.0), (90, "INVESTIGATOR", 20.5), (118, "INVESTIGATOR", None)),
        "quality": frame("day score", (0, 75.0), (90, 66.7)),
        "events": frame("term grade serious start_day end_day", ("FATIGUE", 2, False, 20, None), ("SEPSIS", 4, True, 60, 66)),
        "steps": frame("what day", ("CONSENT1", -60), ("INCLUDED", 0), ("TX_STOP", 3)),
        "cut_off_day": 120,
    }
    return Tracks(**{**told, **changes})


def drawn(tracks=None, **how):
    return patient_chart(tracks or a_patient(), a_caption(1), WORDS, title="Patient 01-005", marker="ctDNA", unit="MTM/mL", limit=0.3, **how)


def trace(figure, meta):
    return next(item for item in figure.data if item.meta == meta)


def test_a_valid_figure_with_every_track():
    figure = drawn()
    go.Figure(figure.to_dict())  # validates
    assert len([name for name in figure.layout.to_plotly_json() if name.startswith("yaxis")]) == 7


def test_quantities_stand_on_a_log_axis_and_what_was_not_detected_at_the_floor_as_open_symbols():
    figure = drawn(floor=0.05)
    assert figure.layout.yaxis2.type == "log"
    assert list(trace(figure, "CTDNA_POSITIVE").y) == [0.5] and trace(figure, "CTDNA_POSITIVE").marker.symbol == "circle"
    assert list(trace(figure, "CTDNA_NEGATIVE").y) == [0.05] and trace(figure, "CTDNA_NEGATIVE").marker.symbol == "circle-open"
    assert trace(figure, "CTDNA_POSITIVE").x[0] == pytest.approx(46 / DAYS_PER_MONTH)


def test_the_limit_of_detection_is_drawn_for_its_own_unit_only():
    def texts(figure):
        return [note.text for note in figure.layout.annotations]

    assert "limit of detection 0.3 MTM/mL" in texts(drawn())
    other = a_patient(marks=a_patient().marks.assign(unit="copies/mL"))
    assert not [text for text in texts(drawn(other)) if "limit of detection" in text]


def test_an_overdue_draw_is_an_amber_ring_and_a_far_one_is_left_out():
    figure = drawn()
    planned = [item for item in figure.data if item.meta == "planned"]
    assert [list(item.x) for item in planned] == [[pytest.approx(183 / DAYS_PER_MONTH), pytest.approx(91 / DAYS_PER_MONTH)]]
    assert list(planned[0].marker.symbol) == ["line-ns-open", "circle-open"]


def test_a_suspected_progression_is_open_and_marked_as_a_question():
    figure = drawn()
    assert list(trace(figure, "responses").texttemplate) == ["PR", "PD?"]
    assert list(trace(figure, "scans").marker.symbol) == ["square-open", "diamond-open"]


def test_a_sum_that_is_not_known_is_not_drawn():
    assert list(trace(drawn(), "lesions").y) == [27.0, 20.5]


def test_what_was_not_delivered_has_no_track():
    bare = a_patient(
        lesions=a_patient().lesions.iloc[:0], quality=a_patient().quality.iloc[:0], events=a_patient().events.iloc[:0],
    )
    figure = drawn(bare)
    assert not {"lesions", "quality", "event"} & {item.meta for item in figure.data}
    assert "Adverse events" not in alt_patient(bare, a_caption(1), WORDS, title="Patient 01-005", marker="ctDNA")


def test_without_any_day_the_picture_says_so():
    empty = Tracks(**{
        name: value.iloc[:0] if isinstance(value, pd.DataFrame) else None for name, value in a_patient().__dict__.items()
    })
    figure = drawn(empty)
    assert not figure.data and "Nothing with a day" in figure.layout.annotations[0].text


def test_relative_times_have_no_line_of_the_data_cut():
    assert "data cut" in [note.text for note in drawn().layout.annotations]
    assert "data cut" not in [note.text for note in drawn(a_patient(cut_off_day=None)).layout.annotations]


def test_steps_of_screening_keep_their_mark_without_their_name():
    steps = frame("what day", ("CONSENT1", -60), ("TISSUE_SENT", -50), ("INCLUDED", 0))
    figure = drawn(a_patient(steps=steps))
    assert [text.strip() for text in trace(figure, "step names").texttemplate] == ["First consent", "", "Inclusion"]
    assert len(trace(figure, "steps").x) == 3


def test_names_of_steps_take_free_rows_and_give_way_where_there_is_none():
    rows, room = _rows_for(["a" * 10] * 7, [0, 1, 2, 3, 4, 5, 300], days_per_pixel=1.0)
    assert rows == [0, 1, 2, 3, 4, 4, 0] and room == [True] * 5 + [False, True]
