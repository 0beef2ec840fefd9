"""Sites side by side: activation, rates, small multiples and the map."""

from datetime import date

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from heroes.figures.site_activation import activation_chart, alt_activation
from heroes.figures.site_map import SQUEEZE, alt_map, outline, sites_map
from heroes.figures.site_panels import alt_panels, panels_chart
from heroes.figures.site_rates import alt_rates, rates_chart
from heroes.figures.theme import Look
from heroes.figures.time_ticks import month_ticks
from heroes.labels import words_in
from heroes.statistics.site_rates import estimate_rates, fit_rates
from tests.figures.frames import CUT_OFF, a_caption

WORDS = words_in("en")
LOOKS = [Look(), Look(dark=True, narrow=True)]


def part(figure: go.Figure, meta: str):
    return next(trace for trace in figure.data if trace.meta == meta)


CHANGES = pd.DataFrame({
    "day": pd.to_datetime(["2025-02-01", "2025-04-01", "2025-09-01", "2025-03-01", "2026-06-01"]),
    "kind": ["OPEN"] * 3 + ["PLANNED"] * 2, "n": [1, 2, -1, 2, 3], "cumulative": [1, 3, 2, 2, 5]})


@pytest.mark.parametrize("look", LOOKS)
def test_open_sites_step_to_the_data_cut_and_the_plan_goes_on(look):
    figure = activation_chart(CHANGES, a_caption(5), WORDS, planned_sites=35, look=look)
    go.Figure(figure.to_dict())
    opened = part(figure, "open")
    assert list(opened.y) == [0, 1, 3, 2, 2] and opened.x[-1] == CUT_OFF.isoformat() and opened.line.shape == "hv"
    assert list(part(figure, "planned").y) == [0, 2, 5, 5] and part(figure, "planned").x[-1] == "2026-06-01"
    assert "2 open, 2 planned to be open by then" in alt_activation(CHANGES, a_caption(5), WORDS)
    assert any("planned 35" in note.text for note in figure.layout.annotations)


N, MONTHS = [12, 0, 1, 8, 0, 5, 2, 15, 0, 3], [9, 9, 3, 8, 6, 9, 2, 9, 5, 7]


def some_rates(expected=0.5):
    frame = pd.DataFrame({"site_id": [f"{row + 1:02d}" for row in range(10)], "n_included": N, "months": [float(m) for m in MONTHS]})
    return pd.concat([frame, estimate_rates(fit_rates(N, MONTHS), N, MONTHS, np.array(MONTHS) * expected)], axis=1)


@pytest.mark.parametrize("look", LOOKS)
def test_each_site_has_its_likely_rate_with_interval_raw_rate_and_target(look):
    rates = some_rates()
    figure = rates_chart(rates, a_caption(46), WORDS, is_shrunken=True, look=look)
    go.Figure(figure.to_dict())
    drawn = part(figure, "rates")
    assert list(drawn.x) == pytest.approx(rates.rate.tolist()) and list(part(figure, "raw").x) == pytest.approx(rates.raw.tolist())
    assert list(part(figure, "intervals").x)[:3] == [pytest.approx(rates.lower[0]), pytest.approx(rates.upper[0]), None]
    assert set(part(figure, "targets").x) == {0.5}
    assert drawn.marker.symbol[1] == "diamond" and drawn.marker.symbol[4] == "square" and drawn.marker.symbol[6] == "circle-open"
    assert drawn.marker.color[1] != drawn.marker.color[0] and drawn.marker.color[4] != drawn.marker.color[1]
    assert "slow: 02; behind: 05" in alt_rates(rates, a_caption(46), WORDS)


def test_sites_without_time_are_not_drawn_and_no_rate_is_said():
    nobody = pd.DataFrame({"site_id": ["01", "02"], "n_included": [0, 0], "months": [4.0, 0.0]})
    rates = pd.concat([nobody, estimate_rates(fit_rates([0, 0], [4, 0]), [0, 0], [4, 0])], axis=1)
    assert "No site's rate can be estimated yet" in rates_chart(rates, a_caption(0), WORDS, is_shrunken=True).layout.annotations[0].text


PANELS = pd.DataFrame({"site_id": ["01", "02", "03"], "n_included": pd.array([3, 0, 1], dtype="Int64")})
BY_MONTH = pd.DataFrame({
    "site_id": ["01", "01", "03"], "month": pd.to_datetime(["2025-12-01", "2026-02-01", "2026-03-01"]), "n": [1, 2, 1], "cumulative": [1, 3, 1]})
PLAN = pd.DataFrame({"site_id": ["02", "02"], "month": pd.to_datetime(["2026-01-01", "2026-02-01"]), "planned": [1.0, 6.0]})


@pytest.mark.parametrize("look", LOOKS)
def test_panels_share_one_scale_and_no_site_is_left_out(look):
    figure = panels_chart(PANELS, BY_MONTH, PLAN, a_caption(4), WORDS, look=look)
    go.Figure(figure.to_dict())
    names = part(figure, "names")
    assert [text.split()[0] for text in names.text] == ["<b>01</b>", "<b>02</b>", "<b>03</b>"] and list(names.x) == [0, 1, 2]
    actual, floors = part(figure, "actual"), part(figure, "floors")
    ends = [index for index, x in enumerate(actual.x) if x is None]
    assert len(ends) == 3
    base = floors.y[0]
    height = actual.y[ends[0] - 1] - base
    assert height == pytest.approx(3 / 6 * 0.66)  # 3 inclusions on a scale to 6, the highest plan
    assert actual.y[ends[1] - 1] == base and actual.y[ends[2] - 1] - base == pytest.approx(1 / 6 * 0.66)
    assert max(y for y in part(figure, "plans").y if y is not None) - base == pytest.approx(0.66)
    assert "3 sites" in alt_panels(PANELS, a_caption(4), WORDS)


def test_more_than_seven_panels_go_on_in_the_next_row():
    sites = pd.DataFrame({"site_id": [f"{n:02d}" for n in range(9)], "n_included": [1] * 9})
    figure = panels_chart(sites, BY_MONTH.assign(site_id=["00", "01", "08"]), PLAN.head(0), a_caption(9), WORDS)
    names = part(figure, "names")
    assert (names.x[8], round(names.y[8] - names.y[0], 6)) == (1, -1)
    assert part(figure, "plans").x is None or len(part(figure, "plans").x) == 0


def some_places():
    return pd.DataFrame({
        "site_id": ["01", "02", "03", "04"], "label": ["01", "02", "<a href='x'>", "04"], "region": ["Bretagne", None, "Corse", "Martinique"],
        "latitude": [48.1, 45.7, 41.9, 14.6], "longitude": [-1.7, 4.9, 8.7, -61.0], "n_included": [16, 4, 0, 1],
        "days_since_last_inclusion": [3, 100, None, 5], "status": ["ACTIVE", "SILENT", "NEVER", "ACTIVE"]})


@pytest.mark.parametrize("look", LOOKS)
def test_sites_lie_where_they_are_and_areas_follow_inclusions(look):
    figure = sites_map(some_places(), a_caption(21), WORDS, silent_days=90, look=look)
    go.Figure(figure.to_dict())
    assert not {trace.type for trace in figure.data} - {"scatter"}
    active, silent = part(figure, "ACTIVE"), part(figure, "SILENT")
    assert (list(active.x), list(active.y)) == ([-1.7], [48.1])
    assert active.marker.size[0] / silent.marker.size[0] == pytest.approx(2)  # √(16/4)
    assert part(figure, "NEVER").marker.symbol == "diamond" and "&lt;a" in part(figure, "NEVER").customdata[0]
    assert figure.layout.yaxis.scaleratio == pytest.approx(1 / SQUEEZE) and figure.layout.yaxis.scaleanchor == "x"
    assert "Outside this map: 04." in figure.layout.title.text
    assert "2 including, 1 silent, 1 never included" in alt_map(some_places(), a_caption(21), WORDS)


def test_the_outline_is_france_with_corsica():
    longitudes, latitudes = outline()
    rings, ring = [], []
    for point in zip(longitudes, latitudes):
        if point[0] is None:
            rings.append(ring)
            ring = []
        else:
            ring.append(point)
    rings.append(ring)

    def holds(ring, x, y):
        inside = False
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1]):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                inside = not inside
        return inside

    within = {
        "Rennes": (-1.68, 48.11), "Villejuif": (2.36, 48.79), "Toulouse": (1.44, 43.6), "Ajaccio": (8.75, 41.95),
        "Strasbourg": (7.7, 48.57)}
    beyond = {"London": (-0.12, 51.5), "Geneva": (6.15, 46.2), "Turin": (7.68, 45.07), "Barcelona": (2.15, 41.4), "Cagliari": (9.1, 39.2)}
    assert {name for name, place in within.items() if any(holds(ring, *place) for ring in rings)} == set(within)
    assert not {name for name, place in beyond.items() if any(holds(ring, *place) for ring in rings)}
    assert all(ring[0] == ring[-1] for ring in rings)


def test_no_place_is_said():
    assert "No site's place was delivered" in sites_map(some_places().head(0), a_caption(0), WORDS, silent_days=90).layout.annotations[0].text


def test_ticks_are_few_and_quarters_begin_in_january():
    assert month_ticks(date(2025, 1, 15), date(2026, 9, 16)) == [
        date(2025, 4, 1), date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)]
    assert len(month_ticks(date(2025, 1, 1), date(2035, 1, 1))) <= 7
