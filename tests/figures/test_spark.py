"""The spark line of enrolment: its steps, its end, and the last meeting."""

from datetime import date

import pandas as pd

from heroes.figures.spark import alt_spark, spark_chart
from heroes.labels import words_in
from tests.figures.frames import a_caption

WEEKS = pd.DataFrame({
    "week": pd.to_datetime(["2026-01-05", "2026-01-12", "2026-02-02", "2026-02-02"]), "step": ["INCLUDED", "INCLUDED", "INCLUDED", "CONSENT1"],
    "n": [2, 1, 4, 9], "cumulative": [2, 3, 7, 9],
})
WORDS = words_in("en")


def test_the_line_steps_through_the_inclusions_up_to_the_cut():
    figure = spark_chart(WEEKS, a_caption(7), WORDS, last_meeting=date(2026, 3, 9), planned=170)
    line = figure.data[0]
    assert list(line.y) == [2, 3, 7, 7]
    assert line.x[-1] == "2026-03-16" and line.line.shape == "hv"
    assert "7 of 170" in [note.text for note in figure.layout.annotations]
    assert figure.layout.shapes[0].x0 == "2026-03-09"


def test_without_inclusions_it_says_so():
    figure = spark_chart(WEEKS.iloc[:0], a_caption(0), WORDS)
    assert not figure.data and "Nobody" in figure.layout.annotations[0].text


def test_it_is_told_to_those_who_cannot_see_it():
    assert alt_spark(WEEKS, a_caption(7), WORDS, planned=170) == "Inclusions so far, by week: 7 of 170 at the data cut of 16 March 2026."
