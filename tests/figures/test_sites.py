"""Inclusions of each site."""

from datetime import timedelta

import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures import theme
from heroes.figures.sites import alt_sites, sites_chart
from heroes.figures.theme import Look
from heroes.labels import words_in
from tests.figures.frames import CUT_OFF, a_caption, enrolment_by_site

WORDS = words_in("en")


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


@pytest.mark.parametrize("n", [1, 2, 35, 95])
def test_the_figure_is_valid_and_as_high_as_its_sites_need(n):
    figure = sites_chart(enrolment_by_site(n), a_caption(), WORDS, look=Look(dark=n == 2))
    go.Figure(figure.to_dict())
    assert figure.layout.height - figure.layout.margin.t - figure.layout.margin.b == 20 * max(n, 2)


def test_sites_stand_in_the_order_given_and_all_of_them_with_their_count():
    sites = enrolment_by_site()
    figure = sites_chart(sites, a_caption(), WORDS)
    assert [row[0] for row in part(figure, "rows").customdata] == sites.site_id.tolist()
    assert list(part(figure, "numbers").text) == [str(n) for n in sites.n_included]
    assert "0" in part(figure, "numbers").text


def test_each_row_can_be_picked_anywhere_and_lights_up():
    rows = part(sites_chart(enrolment_by_site(), a_caption(), WORDS), "rows")
    assert len(set(rows.x)) == 1 and min(rows.x) > 0
    assert rows.selected.marker.color != theme.INVISIBLE


def test_the_shade_says_how_long_ago_the_last_inclusion_was():
    sites = enrolment_by_site(4).assign(n_included=3, days_since_last_inclusion=pd.array([30, 31, 61, 91], dtype="Int64"))
    figure = sites_chart(sites, a_caption(), WORDS)
    bars = [trace for trace in figure.data if trace.meta == "included"]
    assert [list(bar.y) for bar in bars] == [[0], [1], [2], [3]]
    assert [bar.marker.color for bar in bars] == list(theme.palette(Look()).recency[:4])
    for name in ("30 days or less", "31–60 days", "61–90 days", "over 90 days"):
        assert name in figure.layout.title.text  # the key


def test_the_expected_number_is_a_tick_where_it_is_known():
    sites = enrolment_by_site(5).assign(expected_by_now=[1.0, None, 2.5, None, 0.0])
    ticks = part(sites_chart(sites, a_caption(), WORDS), "expected")
    assert list(ticks.y) == [0, 2, 4] and list(ticks.x) == [1.0, 2.5, 0.0]
    assert ticks.marker.color == theme.palette(Look()).rust
    none = sites_chart(sites.assign(expected_by_now=None), a_caption(), WORDS)
    assert not part(none, "expected").x and "expected" not in none.layout.title.text


def test_sites_without_a_delivered_activation_are_named():
    sites = enrolment_by_site(5)
    sites.loc[[1, 3], ["activated_on"]] = None
    sites.loc[[1, 3], ["days_since_activation"]] = pd.NA
    figure = sites_chart(sites, a_caption(), WORDS)
    assert f"* Activation not delivered: {sites.site_id[1]}, {sites.site_id[3]}." in figure.layout.title.text
    assert part(figure, "labels").text[1].rstrip("\u2007").endswith("*")


def test_inclusions_that_were_not_delivered_are_not_zero():
    figure = sites_chart(enrolment_by_site(2).assign(n_included=pd.array([None, None], dtype="Int64")), a_caption(), WORDS)
    assert list(part(figure, "numbers").text) == ["?", "?"]


def test_a_site_that_was_closed_is_not_open_until_the_data_cut():
    sites = enrolment_by_site(2).assign(
        activated_on=CUT_OFF - timedelta(days=400), days_since_activation=400, closed_on=[CUT_OFF - timedelta(days=300), None])
    figure = sites_chart(sites, a_caption(), WORDS)
    columns = [text.replace("\u2007", " ").split()[0] for text in part(figure, "columns").text]
    assert columns == ["3.3", "13.1"]  # 100 and 400 days
    assert "open for 3.3 months" in part(figure, "rows").hovertext[0]


def test_few_inclusions_have_whole_numbers_on_the_axis():
    few = sites_chart(enrolment_by_site(3).assign(n_included=[1, 0, 0], expected_by_now=0.4), a_caption(), WORDS)
    assert few.layout.xaxis.dtick == 1
    assert sites_chart(enrolment_by_site(35), a_caption(), WORDS).layout.xaxis.dtick is None


def test_that_the_site_was_not_delivered_can_be_read_in_full():
    sites = enrolment_by_site(1).assign(site_id="1", label="site not delivered", activated_on=None, days_since_activation=pd.NA)
    assert part(sites_chart(sites, a_caption(), WORDS), "labels").text[0].startswith("1 site not delivered")


def test_a_long_name_is_cut_on_the_axis_and_whole_in_the_hover():
    sites = enrolment_by_site(2).assign(label="Centre Eugène Marquis, Rennes", closed_on=CUT_OFF)
    figure = sites_chart(sites, a_caption(), WORDS)
    assert "…" in part(figure, "labels").text[0] and "(closed)" in part(figure, "labels").text[0]
    assert "Centre Eugène Marquis, Rennes" in part(figure, "rows").hovertext[0]


def test_no_site_is_said():
    figure = sites_chart(enrolment_by_site(2).head(0), a_caption(0), WORDS)
    assert not figure.data and "No site" in figure.layout.annotations[0].text


def test_the_text_for_those_who_cannot_see_says_the_finding():
    sites = enrolment_by_site(3).assign(n_included=pd.array([5, 2, 0], dtype="Int64"), site_id=["07", "01", "02"])
    assert alt_sites(sites, a_caption(), WORDS) == (
        "Inclusions by site, data cut of 16 March 2026: 3 sites, 7 included, 1 without inclusion; most at site 07, 5."
    )
