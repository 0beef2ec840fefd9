"""What earlier forecasts had said, against what came."""

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words
from heroes.statistics.track_record import TrackRecord

HEIGHT = 290


def track_record_chart(record: TrackRecord, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """Each earlier forecast as a bar at the date it was for, thick 80 % and thin 95 %, and what came as a line through the dates.

    A forecast whose 80 % interval missed is red. record: as judge_track_record gives it.
    """
    title, compared = words.say("Earlier forecasts against what came"), record.compared
    if not len(compared):
        return theme.empty_chart(title, words.say("No earlier data cut had anything to forecast from."), caption, words, look)
    colours = theme.palette(look)
    days = [pd.Timestamp(day).date() for day in compared["later_cut_off"]]
    keys = [
        theme.key(colours.teal, words.say("came"), sign="━"), theme.key(colours.muted, words.say("forecast, 80 and 95 %"), sign="┃"),
        theme.key(colours.red, words.say("came outside the 80 % interval"), sign="┃")]
    lines = theme.heading(title, caption, words, look, keys=keys)
    top = theme.title_height(lines) + 10
    shade = [colours.muted if inside else colours.red for inside in compared["inside_80"]]
    story = [
        "<br>".join([
            f"<b>{words.date(day)}</b>", words.say("forecast on {date}", date=words.date(pd.Timestamp(row.cut_off).date())),
            words.say("{median} ({lower} to {upper}, 80 %)", median=words.number(row.median), lower=words.number(row.lower_80),
                      upper=words.number(row.upper_80)),
            words.say("{n} came", n=words.number(row.n_later))])
        for day, row in zip(days, compared.itertuples(), strict=True)]
    traces = []
    for level, width in (("95", 2), ("80", 7)):
        xs, ys = [], []
        for day, lower, upper in zip(days, compared[f"lower_{level}"], compared[f"upper_{level}"], strict=True):
            xs += [day.isoformat(), day.isoformat(), None]
            ys += [float(lower), float(upper), None]
        for missed in (False, True):
            kept = [index for index, colour in enumerate(shade) if (colour == colours.red) is missed]
            if kept:
                traces.append({
                    "type": "scatter", "mode": "lines", "x": [x for index in kept for x in xs[3 * index: 3 * index + 3]],
                    "y": [y for index in kept for y in ys[3 * index: 3 * index + 3]], "meta": f"interval {level}{' missed' if missed else ''}",
                    "line": {"color": colours.red if missed else colours.muted, "width": width}, "opacity": 0.75, "hoverinfo": "skip",
                })
    traces.append({
        "type": "scatter", "mode": "markers", "x": [day.isoformat() for day in days], "y": compared["median"].astype(float).tolist(),
        "meta": "median", "marker": {"symbol": "line-ew-open", "size": 15, "color": shade, "line": {"width": 2.4}},
        "customdata": story, "hovertemplate": "%{customdata}<extra></extra>"})
    traces.append({
        "type": "scatter", "mode": "lines+markers", "x": [day.isoformat() for day in days], "y": compared["n_later"].astype(float).tolist(),
        "meta": "came", "line": {"color": colours.teal, "width": 2.4}, "marker": {"color": colours.teal, "size": 6},
        "customdata": story, "hovertemplate": "%{customdata}<extra></extra>"})
    low, high = float(compared["lower_95"].min()), float(compared[["upper_95", "n_later"]].max().max())
    room = 0.08 * (high - low or 1)
    return theme.chart(
        traces, look, words, heading=lines, height=top + HEIGHT + 40, margin={"t": top, "b": 40, "l": 48, "r": 16},
        xaxis=theme.axis(look, type="date", fixedrange=True, tickvals=[day.isoformat() for day in days][::max(1, -(-len(days) // 5))],
                         ticktext=[words.date(day) for day in days][::max(1, -(-len(days) // 5))]),
        yaxis=theme.axis(
            look, title=words.say("inclusions"), range=[max(low - room, 0), high + room], nticks=7, tickformat=",d", fixedrange=True),
    )


def alt_track_record(record: TrackRecord, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    inside = record.coverage[0.8]
    return words.say(
        "Earlier forecasts against what came, data cut of {date}: {x} of {n} lay inside their 80 % interval.",
        date=words.date(caption.cut_off), x=words.number(inside.x), n=words.number(inside.n))
