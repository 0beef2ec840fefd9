"""Where sites lie in France, how much they have included, and which are open: plain lines and circles, no map service."""

import csv
import math
from functools import cache
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark

_OUTLINE = Path(__file__).with_name("outlines") / "france.csv"
SQUEEZE = math.cos(math.radians(46.5))
"""A degree of longitude in the middle of France, in degrees of latitude."""
HEIGHT, LEAST_SIZE, MOST_SIZE = 560, 9, 30
STATUSES = {
    "ACTIVE": mark("including"),
    "SILENT": mark("no inclusion for {days} days"),
    "NEVER": mark("open, never included"),
    "NOT_OPEN": mark("not open yet"),
    "CLOSED": mark("closed"),
}
_SYMBOLS = {"ACTIVE": "circle", "SILENT": "circle", "NEVER": "diamond", "NOT_OPEN": "circle-open", "CLOSED": "x-thin-open"}


@cache
def outline() -> tuple[list[float | None], list[float | None]]:
    """Longitudes and latitudes of the coasts and borders, None between the mainland and each island."""
    longitudes: list[float | None] = []
    latitudes: list[float | None] = []
    with _OUTLINE.open(newline="", encoding="utf-8") as file:
        ring = "1"
        for row in csv.DictReader(file):
            if row["ring"] != ring:
                longitudes.append(None)
                latitudes.append(None)
                ring = row["ring"]
            longitudes.append(float(row["longitude"]))
            latitudes.append(float(row["latitude"]))
    return longitudes, latitudes


def sites_map(sites: pd.DataFrame, caption: Caption, words: Words, *, silent_days: int, look: Look = Look()) -> go.Figure:
    """Sites as marks in the outline of France: area by inclusions, colour and shape by status.

    sites: site_id, label, region, latitude, longitude, n_included, status (as the question site_map). Sites elsewhere than in
    metropolitan France are not drawn and are named in a note.
    """
    title = words.say("Sites in France")
    if not len(sites):
        return theme.empty_chart(title, words.say("No site's place was delivered."), caption, words, look)
    colours = theme.palette(look)
    borders_x, borders_y = outline()
    xs, ys = [x for x in borders_x if x is not None], [y for y in borders_y if y is not None]
    west, east, south, north = min(xs) - 0.4, max(xs) + 0.4, min(ys) - 0.3, max(ys) + 0.3
    inside = sites["longitude"].between(west, east) & sites["latitude"].between(south, north)
    shown, elsewhere = sites[inside], sites.loc[~inside, "site_id"].astype(str).tolist()
    colour_of = {"ACTIVE": colours.teal, "SILENT": colours.amber, "NEVER": colours.red, "NOT_OPEN": colours.muted, "CLOSED": colours.muted}
    statuses = [status for status in STATUSES if (shown["status"] == status).any()]
    signs = {"NEVER": "◆", "NOT_OPEN": "○", "CLOSED": "×"}
    keys = [
        theme.key(colour_of[status], words.say(STATUSES[status], days=silent_days) if status == "SILENT" else words.say(STATUSES[status]),
                  sign=signs.get(status, "●"))
        for status in statuses]
    notes = [words.say("Area of a circle: inclusions.")]
    if elsewhere:
        notes.append(words.say("Outside this map: {sites}.", sites=theme.listed(elsewhere, 12, words)))
    lines = theme.heading(title, caption, words, look, notes, keys)
    top = theme.title_height(lines) + 10
    most = max(float(shown["n_included"].max()) if len(shown) else 0.0, 1.0)
    traces = [{
        "type": "scatter", "mode": "lines", "x": borders_x, "y": borders_y, "meta": "outline", "hoverinfo": "skip", "connectgaps": False,
        "line": {"color": colours.muted, "width": 1}}]
    for status in statuses:
        part = shown[shown["status"] == status].sort_values("n_included", ascending=False)
        said = words.say(STATUSES[status], days=silent_days) if status == "SILENT" else words.say(STATUSES[status])
        traces.append({
            "type": "scatter", "mode": "markers", "meta": status, "x": part["longitude"].astype(float).tolist(),
            "y": part["latitude"].astype(float).tolist(),
            "customdata": ["<br>".join([
                f"<b>{words.say('Site {site}', site=row.label)}</b>", *([str(row.region)] if not pd.isna(row.region) else []),
                words.count("{n} included", "{n} included", int(row.n_included)), said]) for row in part.itertuples()],
            "hovertemplate": "%{customdata}<extra></extra>",
            "marker": {
                "size": [max(LEAST_SIZE, MOST_SIZE * math.sqrt(float(n) / most)) for n in part["n_included"]], "opacity": 0.85,
                "symbol": _SYMBOLS[status], "color": colour_of[status], "line": {"color": colours.halo, "width": 1}}})
    return theme.chart(
        traces, look, words, heading=lines, height=top + HEIGHT + 10, margin={"t": top, "b": 10, "l": 10, "r": 10},
        xaxis=theme.bare_axis(range=[west, east], constrain="domain"),
        yaxis=theme.bare_axis(range=[south, north], scaleanchor="x", scaleratio=1 / SQUEEZE, constrain="domain"),
    )


def alt_map(sites: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the map in one sentence."""
    counts = sites["status"].value_counts()
    return words.say(
        "Map of sites in France, data cut of {date}: {sites}, of which {active} including, {silent} silent, {never} never included.",
        date=words.date(caption.cut_off), sites=words.count("{n} site", "{n} sites", len(sites)), active=words.number(int(counts.get("ACTIVE", 0))),
        silent=words.number(int(counts.get("SILENT", 0))), never=words.number(int(counts.get("NEVER", 0))))
