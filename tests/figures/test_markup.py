"""Texts in pictures: our own tags stay, any other is shown as letters."""

import pytest

from heroes.figures.markup import only_our_tags
from heroes.figures.theme import Look, chart, heading, key
from heroes.labels import Words
from tests.figures.frames import a_caption

WORDS = Words("en")
LINK = '<a href="http://evil.example">x</a>'


@pytest.mark.parametrize("text", [LINK, "<img src=x>", '<span style="background:url(x)">x', "<i>x</i>", "a < b"])
def test_foreign_tags_are_letters(text):
    shown = only_our_tags(text)
    assert "<" not in shown and shown.replace("&lt;", "<") == text


def test_every_tag_of_our_own_headings_and_hovers_stays():
    lines = heading("Title", a_caption(), WORDS, Look(), ["a note"], [key("#0f6e84", "key"), key("rgba(0,0,0,0.5)", "none")])
    ours = "<br>".join([*lines, "<b>x</b>", "%{hovertext}<extra></extra>"])
    assert only_our_tags(ours) == ours


def test_no_delivered_text_becomes_a_link_anywhere_in_a_figure():
    figure = chart(
        [{"type": "scatter", "x": [1], "y": [1], "text": [LINK], "customdata": [[LINK]], "name": LINK}], Look(), WORDS, height=300,
        heading=heading(LINK, a_caption(population=LINK), WORDS, Look()), annotations=[{"text": LINK}],
    )
    assert "<a" not in figure.to_json().replace("\\u003c", "<")
