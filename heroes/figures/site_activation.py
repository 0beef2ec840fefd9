"""How many sites are open by when, against how many were planned."""

from datetime import date

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.figures.time_ticks import month_ticks
from heroes.labels import Words

HEIGHT = 230


def activation_chart(
    changes: pd.DataFrame, caption: Caption, words: Words, *, planned_sites: int | None = None, look: Look = Look()
) -> go.Figure:
    """Open sites as steps to the data cut, planned openings dashed.

    changes: day, kind (OPEN, PLANNED), n, cumulative, as the question site_activation. planned_sites: a reference line; None
    draws none.
    """
    title = words.say("Sites open: actual and plan")
    opened, planned = (changes[changes["kind"] == kind] for kind in ("OPEN", "PLANNED"))
    if not len(changes):
        return theme.empty_chart(title, words.say("No site's activation or plan was delivered."), caption, words, look)
    colours = theme.palette(look)
    keys = [theme.key(colours.teal, words.say("open"), sign="━")]
    if len(planned):
        keys.append(theme.key(colours.rust, words.say("planned, by each site's first planned inclusion"), sign="╍"))
    lines = theme.heading(title, caption, words, look, keys=keys)
    top = theme.title_height(lines) + 10
    days = [pd.Timestamp(day).date() for day in changes["day"]]
    first, last = min([*days, caption.cut_off]), max([*days, caption.cut_off])
    traces, highest = [], float(max(changes["cumulative"].max(), planned_sites or 0))
    if len(planned):
        x = [pd.Timestamp(day).date() for day in planned["day"]]
        traces.append({
            "type": "scatter", "mode": "lines", "meta": "planned", "x": [first.isoformat(), *(day.isoformat() for day in x), last.isoformat()],
            "y": [0, *planned["cumulative"].astype(int).tolist(), int(planned["cumulative"].iloc[-1])],
            "line": {"shape": "hv", "color": colours.rust, "width": 1.8, "dash": "9px,6px"},
            "hovertemplate": words.say("{n} planned").format(n="%{y}") + "<extra></extra>"})
    if len(opened):
        x = [pd.Timestamp(day).date() for day in opened["day"]]
        counts = opened["cumulative"].astype(int).tolist()
        story = [words.say("{date}: {n} open", date=words.date(day), n=words.number(n)) for day, n in zip(x, counts, strict=True)]
        traces.append({
            "type": "scatter", "mode": "lines", "meta": "open", "line": {"shape": "hv", "color": colours.teal, "width": 2.8},
            "x": [x[0].isoformat(), *(day.isoformat() for day in x), caption.cut_off.isoformat()], "y": [0, *counts, counts[-1]],
            "customdata": [story[0], *story, words.say("{n} open at the data cut", n=words.number(counts[-1]))],
            "hovertemplate": "%{customdata}<extra></extra>"})
    shapes, annotations = [theme.upright(caption.cut_off.isoformat(), look)], []
    if planned_sites:
        shapes.append({"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "y0": planned_sites, "y1": planned_sites, "layer": "below",
                       "line": {"color": colours.rust, "width": 1, "dash": "dot"}})
        annotations.append(theme.note(
            words.say("planned {n}", n=words.number(planned_sites)), look, x=0, xref="x domain", xanchor="left", xshift=6, y=planned_sites,
            yanchor="bottom", font={"size": theme.SMALL_SIZE, "color": colours.rust}))
    ticks = month_ticks(first, last)
    return theme.chart(
        traces, look, words, heading=lines, height=top + HEIGHT + 40, margin={"t": top, "b": 40, "l": 48, "r": 16},
        xaxis=theme.axis(look, type="date", fixedrange=True, range=[first.isoformat(), last.isoformat()],
                         tickvals=[day.isoformat() for day in ticks], ticktext=[words.month(day) for day in ticks]),
        yaxis=theme.axis(look, range=[0, highest * 1.12 or 1], nticks=7, tickformat=",d", fixedrange=True),
        shapes=shapes, annotations=annotations)


def alt_activation(changes: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    now = changes[pd.to_datetime(changes["day"]) <= pd.Timestamp(caption.cut_off)]
    counts = {kind: int(part["cumulative"].iloc[-1]) for kind, part in now.groupby("kind")}
    return words.say("Sites open, data cut of {date}: {n} open, {planned} planned to be open by then.", date=words.date(caption.cut_off),
                     n=words.number(counts.get("OPEN", 0)), planned=words.number(counts.get("PLANNED", 0)))
