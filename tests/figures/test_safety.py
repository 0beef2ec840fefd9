"""Pictures of adverse events: counts, shades and limits as they are given."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures.safety import alt_event_rates, alt_terms, phase_name, rates_chart, terms_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from tests.figures.frames import a_caption

WORDS = words_in("en")


def counted(n_terms: int) -> pd.DataFrame:
    rows = [{"term": f"Term {number:02}", "n_events": 2 * n_terms, "n_patients": n_terms - number + 1, "grade_1": n_terms - number, "grade_2": 0,
             "grade_3": 1, "grade_4": 0, "grade_5": 0, "grade_unknown": 0, "n_serious": 0, "n_related": 0} for number in range(n_terms)]
    return pd.DataFrame(rows)


RATES = pd.DataFrame([
    {"phase": "OFF_THERAPY", "kind": "any", "n_exposed": 10, "months": 100.0, "n_events": 5, "n_patients": 4, "rate": 5.0, "lower": 1.6, "upper": 11.7},
    {"phase": "ALL", "kind": "any", "n_exposed": 0, "months": 0.0, "n_events": 0, "n_patients": 0, "rate": None, "lower": None, "upper": None},
])


def part(figure, meta):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize("look", [Look(), Look(dark=True, narrow=True)])
def test_the_figures_are_valid(look):
    for figure in (terms_chart(counted(3), "term", 20, a_caption(), WORDS, look=look), rates_chart(RATES, a_caption(), WORDS, look=look),
                   terms_chart(counted(3)[:0], "term", 20, a_caption(), WORDS, look=look), rates_chart(RATES[1:], a_caption(), WORDS, look=look)):
        go.Figure(figure.to_dict())


def test_each_row_has_its_patients_by_worst_grade_with_share_and_events():
    figure = terms_chart(counted(3), "term", 20, a_caption(), WORDS)
    assert list(part(figure, "grade_1").x) == [3, 2, 1] and list(part(figure, "grade_3").x) == [1, 1, 1]
    assert not [trace for trace in figure.data if trace.meta in ("grade_2", "grade_5")]
    assert "4 (20%)" in part(figure, "columns").text[0] and part(figure, "columns").text[0].endswith("6")


def test_more_terms_than_fit_are_named_as_a_number():
    figure = terms_chart(counted(30), "term", 99, a_caption(), WORDS)
    assert len(part(figure, "labels").y) == 25 and "5 more in the table" in figure.layout.title.text


def test_a_phase_without_exposure_has_no_rate():
    rates = part(rates_chart(RATES, a_caption(), WORDS), "rates")
    assert list(rates.x) == [5.0] and list(rates.error_x.array) == [pytest.approx(6.7)] and list(rates.error_x.arrayminus) == [pytest.approx(3.4)]


def test_the_alternative_texts_tell_the_finding():
    assert "18 events; most patients with Term 00, 4" in alt_terms(counted(3), "term", 20, a_caption(), WORDS)
    assert "Off therapy, any event 5.0" in alt_event_rates(RATES, a_caption(), WORDS)
    assert "none has been recorded" in alt_terms(counted(3)[:0], "term", 20, a_caption(), WORDS)
    assert "nobody has been followed" in alt_event_rates(RATES[1:], a_caption(), WORDS)
    assert phase_name("BEFORE", WORDS) == "Before inclusion"
