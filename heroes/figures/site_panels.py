"""One small picture for each site, all on the same scales: inclusions month by month against the site's own plan."""

from datetime import date

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words

COLUMNS, ROW_HEIGHT = 7, 92
WIDTH, HEIGHT = 0.86, 0.66  # of a cell, for the picture; the rest is room


def panels_chart(
    sites: pd.DataFrame, months: pd.DataFrame, plan: pd.DataFrame, caption: Caption, words: Words, *, look: Look = Look()
) -> go.Figure:
    """Small multiples of cumulative inclusions, in the order of `sites`, seven in a row, drawn as lines in one plane.

    sites: site_id, n_included. months: site_id, month, n, cumulative. plan: site_id, month, planned (cumulative). All panels run
    from the first month of any to the data cut and up to the highest count or plan of any.
    """
    title = words.say("Inclusions of each site over time")
    if not len(sites) or not len(months):
        return theme.empty_chart(title, words.say("No patient has a dated inclusion in this data cut."), caption, words, look)
    colours = theme.palette(look)
    starts = [pd.Timestamp(day).date() for part in (months, plan) if len(part) for day in part["month"]]
    first, last = min(starts), caption.cut_off
    span = max((last - first).days, 28)
    highest = max(float(months["cumulative"].max()), float(plan["planned"].max()) if len(plan) else 0.0, 1.0)
    ids = sites["site_id"].astype(str).tolist()
    cells = {site: (place % COLUMNS, place // COLUMNS) for place, site in enumerate(ids)}

    def at(site: str, day: date, value: float) -> tuple[float, float]:
        column, row = cells[site]
        return column + WIDTH * min((day - first).days / span, 1), -row - HEIGHT * (1 - value / highest)

    actual, planned, floor = _Pen(), _Pen(), _Pen()
    by_site = {str(site): part for site, part in months.groupby("site_id")}
    by_plan = {str(site): part for site, part in plan.groupby("site_id")} if len(plan) else {}
    for site in ids:
        floor.draw([at(site, first, 0), at(site, last, 0)])
        steps = [(first, 0.0)]
        for row in by_site.get(site, months.head(0)).itertuples():
            end = min(_month_end(pd.Timestamp(row.month).date()), last)
            steps += [(end, steps[-1][1]), (end, float(row.cumulative))]
        actual.draw([at(site, day, value) for day, value in [*steps, (last, steps[-1][1])]])
        own = [(pd.Timestamp(row.month).date(), float(row.planned)) for row in by_plan.get(site, plan.head(0)).itertuples()]
        if own:
            planned.draw([at(site, own[0][0], 0), *(at(site, min(_month_end(day), last), value) for day, value in own)])
    keys = [theme.key(colours.teal, words.say("included"), sign="━")]
    if planned.x:
        keys.append(theme.key(colours.rust, words.say("the site's own plan"), sign="╍"))
    scale = words.say("All on one scale: {first} to {last}, 0 to {n}.", first=words.month(first), last=words.month(last), n=words.number(highest))
    lines = theme.heading(title, caption, words, look, [scale], keys)
    top = theme.title_height(lines) + 14
    n_rows = -(-len(ids) // COLUMNS)
    counts = dict(zip(ids, sites["n_included"], strict=True))
    names = [f"<b>{site}</b>  {words.number(int(counts[site])) if not pd.isna(counts[site]) else '?'}" for site in ids]
    return theme.chart(
        [
            {**floor.trace(), "meta": "floors", "line": {"color": colours.faint, "width": 1}, "hoverinfo": "skip"},
            {**planned.trace(), "meta": "plans", "line": {"color": colours.rust, "width": 1.3, "dash": "4px,3px"}, "hoverinfo": "skip"},
            {**actual.trace(), "meta": "actual", "line": {"color": colours.teal, "width": 2}, "hoverinfo": "skip"},
            {"type": "scatter", "mode": "text", "x": [cells[site][0] for site in ids], "y": [-cells[site][1] + 0.1 for site in ids],
             "text": names, "textposition": "middle right", "hoverinfo": "skip", "meta": "names", "cliponaxis": False,
             "textfont": {"size": theme.SMALL_SIZE, "color": colours.ink}},
        ],
        look, words, heading=lines, height=top + ROW_HEIGHT * n_rows + 10, margin={"t": top, "b": 10, "l": 12, "r": 8},
        xaxis=theme.bare_axis(range=[0, min(len(ids), COLUMNS) if len(ids) >= 4 else 4]),
        yaxis=theme.bare_axis(range=[-n_rows + 0.25, 0.25]),
    )


def alt_panels(sites: pd.DataFrame, caption: Caption, words: Words) -> str:
    """What the panels show, in one sentence; the table beside them has the numbers."""
    return words.say("Inclusions of each site over time against its own plan, data cut of {date}: {sites}.", date=words.date(caption.cut_off),
                     sites=words.count("{n} site", "{n} sites", len(sites)))


class _Pen:
    """Lines of many panels in one trace, with gaps between them."""

    def __init__(self):
        self.x: list[float | None] = []
        self.y: list[float | None] = []

    def draw(self, points: list[tuple[float, float]]) -> None:
        self.x += [*(x for x, _ in points), None]
        self.y += [*(y for _, y in points), None]

    def trace(self) -> dict:
        return {"type": "scatter", "mode": "lines", "x": self.x, "y": self.y, "connectgaps": False}


def _month_end(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
