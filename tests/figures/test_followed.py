"""The bar of who has been followed long enough."""

import plotly.graph_objects as go
import pytest

from heroes.figures.followed import alt_followed, followed_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.statistics.complete_cases import Outcome
from tests.figures.frames import a_caption

WORDS = words_in("en")
SOME = {Outcome.EVENT_FREE: 50, Outcome.EVENT: 8, Outcome.LOST: 2, Outcome.EARLY_EVENT: 3, Outcome.TOO_EARLY: 37, Outcome.UNKNOWN: 0}


def chart(outcomes=SOME, **changes):
    return followed_chart(outcomes, a_caption(sum(outcomes.values())), WORDS, **{"milestone_days": 365.25, "n_planned": 170, **changes})


@pytest.mark.parametrize("look", [Look(), Look(dark=True), Look(narrow=True)])
def test_the_figure_is_valid(look):
    go.Figure(chart(look=look, required=0.9).to_dict())


def test_the_parts_lie_one_behind_the_other_and_end_at_the_planned_size():
    figure = chart()
    assert [(trace.base[0], trace.x[0]) for trace in figure.data] == [(0, 50), (50, 8), (58, 2), (60, 3), (63, 37), (100, 70)]
    assert figure.layout.xaxis.range == (0, 170) and figure.layout.xaxis.tickvals[-1] == 170
    assert figure.data[-1].meta == "to come"


def test_the_title_counts_those_followed_long_enough():
    assert "60 of 170 planned patients" in chart().layout.title.text
    assert "60 of 100 included patients" in chart(n_planned=None).layout.title.text


def test_more_patients_than_planned_make_a_longer_bar():
    assert chart(n_planned=80).layout.xaxis.range == (0, 100)
    assert "60 of 100 included patients (80 planned)" in chart(n_planned=80).layout.title.text
    assert "60 of 100 planned patients" in chart(n_planned=100).layout.title.text


def test_the_share_wanted_is_a_mark_only_where_it_is_set():
    assert chart(required=0.9).layout.shapes[0].x0 == pytest.approx(153)
    assert "90% wanted" in chart(required=0.9).layout.annotations[-1].text
    assert not chart().layout.shapes


def test_an_unknown_calendar_is_said_and_not_zero():
    unknown = dict.fromkeys(Outcome, 0) | {Outcome.UNKNOWN: 12}
    assert "not known" in chart(unknown).layout.title.text
    assert "time to the data cut unknown 12" in alt_followed(unknown, a_caption(12), WORDS, milestone_days=365.25)


def test_nobody_at_all_is_an_empty_picture():
    assert not chart(dict.fromkeys(Outcome, 0), n_planned=None).data


def test_the_text_names_every_part():
    text = alt_followed(SOME, a_caption(100), WORDS, milestone_days=365.25, n_planned=170, n_lost_on_study=1)
    for said in ("event-free at 12 months 50", "event by 12 months 8", "not included yet 70",
                 "no event, last scan before the 12-month window (1 still on study) 2"):
        assert said in text
