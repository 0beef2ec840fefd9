"""The screening funnel."""

import re

import plotly.graph_objects as go
import pytest

from heroes.figures.funnel import alt_funnel, funnel_chart
from heroes.figures.theme import FIGURE_SPACE, Look
from heroes.labels import words_in
from tests.figures.frames import a_caption, screening_funnel

WORDS = words_in("en")


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


def shares(figure: go.Figure) -> list[list[str]]:
    return [text.replace(FIGURE_SPACE, " ").split() for text in part(figure, "columns").text]


@pytest.mark.parametrize("look", [Look(), Look(dark=True)])
def test_the_figure_is_valid(look):
    go.Figure(funnel_chart(screening_funnel(), a_caption(215), WORDS, look=look).to_dict())


def test_each_step_shows_its_share_of_the_step_before_and_of_the_first():
    figure = funnel_chart(screening_funnel(), a_caption(215), WORDS)
    assert shares(figure)[0] == []
    assert shares(figure)[5] == ["177/195", "91%", "82%"]  # 177/195 = .908, 177/215 = .823
    assert list(part(figure, "reached").x) == [215, 212, 201, 199, 195, 177, 172, 170, 168]


def test_who_did_not_come_on_is_the_pale_end_of_the_bar():
    lost = part(funnel_chart(screening_funnel(), a_caption(215), WORDS), "lost")
    assert list(lost.x) == [0, 3, 11, 2, 4, 18, 5, 2, 2]
    assert lost.text[5] == "−18"


def test_a_step_that_was_not_delivered_is_absent_and_the_next_counts_from_the_last_that_was():
    funnel = screening_funnel().query("step not in ['TISSUE_SENT', 'ASSAY_READY']")
    figure = funnel_chart(funnel, a_caption(215), WORDS)
    assert len(part(figure, "reached").x) == 7
    assert shares(figure)[1][0] == "199/215"


def test_more_at_a_step_than_before_is_shown_as_it_is():
    figure = funnel_chart(screening_funnel().assign(n=[5, 6, 6, 6, 6, 6, 6, 6, 6]), a_caption(5), WORDS)
    assert shares(figure)[1][0] == "6/5" and min(part(figure, "lost").x) == 0


def test_who_skipped_a_step_is_named_and_not_in_its_share():
    funnel = screening_funnel().assign(n_without_step_before=[0, 0, 0, 0, 0, 0, 1, 0, 0])
    figure = funnel_chart(funnel, a_caption(215), WORDS)
    assert shares(figure)[6][0] == "171/177"  # 172 at the second consent, one of them without a negative baseline
    assert part(figure, "lost").text[6] == "−6" and list(part(figure, "lost").x)[6] == 5
    said = re.sub("<[^>]*>", "", figure.layout.title.text.replace("<br>", " "))
    assert "1 patient at “Second consent” has no “Baseline ctDNA negative” on record." in said
    assert "or not yet" in said


def test_nothing_is_said_of_pale_ends_where_everybody_came_on():
    assert "Pale" not in funnel_chart(screening_funnel().assign(n=5), a_caption(5), WORDS).layout.title.text


def test_a_step_that_nobody_reached_keeps_its_number():
    figure = funnel_chart(screening_funnel().assign(n=[5, 0, 0, 0, 0, 0, 0, 0, 0]), a_caption(5), WORDS)
    go.Figure(figure.to_dict())
    assert "<b>0</b>" in part(figure, "lost").text[1]


def test_no_step_is_said():
    figure = funnel_chart(screening_funnel().head(0), a_caption(0), WORDS)
    assert not figure.data and "No screening step" in figure.layout.annotations[0].text


def test_the_text_for_those_who_cannot_see_says_the_finding():
    assert alt_funnel(screening_funnel(), a_caption(), WORDS).endswith("First consent 215, Treatment stopped 168.")
