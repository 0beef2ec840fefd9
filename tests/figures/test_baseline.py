"""The picture of the characteristics: shares of all included, hidden counts as dashes, failed screenings as ticks."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures.baseline import NAMES, alt_characteristics, characteristics_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from heroes.statistics.baseline import add_shares
from tests.figures.frames import a_caption

WORDS = words_in("en")


def counts(*rows):
    frame = pd.DataFrame(rows, columns=["population", "characteristic", "category", "place", "n", "n_total"])
    return frame.astype({"n": "Int64", "n_total": "Int64"})


TOLD = counts(
    ("INCLUDED", "er_status", "POSITIVE", 1, 30, 40), ("INCLUDED", "er_status", "NEGATIVE", 2, 10, 40), ("INCLUDED", "er_status", None, 99, 0, 40),
    ("INCLUDED", "bone_only", "NO", 1, None, 40), ("INCLUDED", "bone_only", "YES", 2, None, 40), ("INCLUDED", "bone_only", None, 99, 0, 40),
    ("FAILED", "er_status", "POSITIVE", 1, 4, 10), ("FAILED", "er_status", "NEGATIVE", 2, None, 10), ("FAILED", "er_status", None, 99, 0, 10),
)


def part(figure, meta):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize("look", [Look(), Look(dark=True, narrow=True)])
def test_the_figure_is_valid(look):
    go.Figure(characteristics_chart(add_shares(TOLD), a_caption(), WORDS, look=look).to_dict())
    go.Figure(characteristics_chart(add_shares(TOLD[:0]), a_caption(), WORDS, look=look).to_dict())


def test_bars_are_shares_of_all_included_and_hidden_counts_are_dashes():
    figure = characteristics_chart(add_shares(TOLD), a_caption(), WORDS)
    assert list(part(figure, "included").x) == [75, 25]
    texts = [text.strip("\u2007") for text in part(figure, "counts").text]
    names = [text.strip("\u2007") for text in part(figure, "categories").text]
    assert dict(zip(names, texts, strict=True)) == {
        "positive": "30 (75%)", "negative": "10 (25%)", "no": "–", "yes": "–"}  # nobody is not recorded
    assert "too few patients to show" in figure.layout.title.text
    assert list(part(figure, "failed").x) == [40]


def test_the_alternative_text_names_what_is_most_frequent():
    assert "Oestrogen receptor: positive 75%" in alt_characteristics(add_shares(TOLD), a_caption(), WORDS)
    assert "none can be shown" in alt_characteristics(add_shares(TOLD[3:6]), a_caption(), WORDS)


def test_every_characteristic_that_the_store_counts_has_a_name(project):
    text = (project / "heroes/store/aggregates/baseline_count.sql").read_text(encoding="utf-8")
    assert set(NAMES) == set(text.split("FOR characteristic IN (")[1].split(")")[0].replace(" ", "").split(","))
