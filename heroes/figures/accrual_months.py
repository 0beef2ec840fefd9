"""Inclusions of each calendar month, with what the plan asked and what is forecast for the months to come."""

from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.figures.time_ticks import month_ticks
from heroes.labels import Words

HEIGHT = 250
AHEAD_MONTHS = 6


def months_chart(
    months: pd.DataFrame, ahead: pd.DataFrame | None, caption: Caption, words: Words, *, look: Look = Look()
) -> go.Figure:
    """One bar for each month since the first inclusion, months without anybody included.

    months: month (its first day), step, n, planned (as the question accrual_months). The month of the data cut is pale where
    it has not ended. ahead: one row per month end to come: day, gained, gained_lower, gained_upper (80 %), drawn as open
    bars with their interval; at most six; in the month of the cut it is what is still to come.
    """
    title = words.say("Inclusions by month")
    included = months[months["step"] == "INCLUDED"]
    if not included["n"].sum():
        return theme.empty_chart(title, words.say("No patient has a dated inclusion in this data cut."), caption, words, look)
    colours = theme.palette(look)
    counts = {pd.Timestamp(row.month).date(): int(row.n) for row in included.itertuples()}
    planned = {pd.Timestamp(row.month).date(): row.planned for row in included.itertuples()}
    current = caption.cut_off.replace(day=1)
    days = _month_starts(min(counts), max(max(counts), current))
    unfinished = (caption.cut_off + timedelta(days=1)).month == caption.cut_off.month
    has_plan = any(not pd.isna(value) for value in planned.values())
    keys = [theme.key(colours.teal, words.say("included"))]
    if has_plan:
        keys.append(theme.key(colours.rust, words.say("planned by the sites"), sign="━"))
    if ahead is not None and len(ahead):
        keys.append(theme.key(colours.muted, words.say("forecast, 80 % interval"), sign="□"))
    notes = [words.say("The month of the data cut is not over.")] if unfinished else []
    lines = theme.heading(title, caption, words, look, notes, keys)
    top = theme.title_height(lines) + 10
    shade = [colours.recency[2] if unfinished and day == current else colours.teal for day in days]
    traces = [{
        "type": "bar", "x": [day.isoformat() for day in days], "y": [counts.get(day, 0) for day in days], "meta": "included",
        "marker": {"color": shade, "line": {"width": 0}}, "hovertemplate": "%{customdata}<extra></extra>",
        "customdata": [
            words.count("{month}: {n} included", "{month}: {n} included", counts.get(day, 0), month=words.month(day)) for day in days],
        "text": [words.number(counts.get(day, 0)) for day in days], "textposition": "outside", "cliponaxis": False,
        "textfont": {"size": theme.SMALL_SIZE, "color": colours.ink},
    }]
    highest = float(max(counts.values()))
    if has_plan:
        known = [day for day in days if not pd.isna(planned.get(day, float("nan")))]
        traces.append({
            "type": "scatter", "mode": "markers", "x": [day.isoformat() for day in known], "y": [float(planned[day]) for day in known],
            "meta": "planned", "hoverinfo": "skip",
            "marker": {"symbol": "line-ew-open", "size": 16, "color": colours.rust, "line": {"width": 2.4}},
        })
        highest = max([highest, *(float(planned[day]) for day in known)])
    if ahead is not None and len(ahead):
        shown = ahead.head(AHEAD_MONTHS)
        traces.append(_ahead_bars(shown, words, look))
        highest = max(highest, float(shown["gained_upper"].max()))
        days = [*days, *(pd.Timestamp(day).date().replace(day=1) for day in shown["day"])]
    ticks = month_ticks(min(days), max(days), most=12)
    return theme.chart(
        traces, look, words, heading=lines, height=top + HEIGHT + 40, barmode="overlay", bargap=0.25,
        margin={"t": top, "b": 40, "l": 48, "r": 16},
        xaxis=theme.axis(look, type="date", fixedrange=True, tickvals=[day.isoformat() for day in ticks],
                         ticktext=[words.month(day) for day in ticks],
                         range=[(min(days) - timedelta(days=20)).isoformat(), (max(days) + timedelta(days=20)).isoformat()]),
        yaxis=theme.axis(look, range=[0, highest * 1.18 or 1], nticks=6, tickformat=",d", fixedrange=True),
    )


def alt_months(months: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the months' picture in one sentence."""
    included = months[(months["step"] == "INCLUDED") & (months["n"] > 0)]
    if not len(included):
        return words.say("Inclusions by month: none is dated.")
    most = included.loc[included["n"].astype(int).idxmax()]
    return words.say(
        "Inclusions by month, data cut of {date}: {n} in {months}; most in {most}, {k}.", date=words.date(caption.cut_off),
        n=words.number(int(included["n"].sum())), months=words.count("{n} month with inclusions", "{n} months with inclusions", len(included)),
        most=words.month(pd.Timestamp(most["month"]).date()), k=words.number(int(most["n"])))


def _ahead_bars(ahead: pd.DataFrame, words: Words, look: Look) -> dict:
    colours = theme.palette(look)
    days = [pd.Timestamp(day).date() for day in ahead["day"]]
    return {
        "type": "bar", "x": [day.replace(day=1).isoformat() for day in days], "y": ahead["gained"].astype(float).tolist(), "meta": "forecast",
        "marker": {"color": theme.INVISIBLE, "line": {"color": colours.muted, "width": 1.4}},
        "error_y": {
            "type": "data", "symmetric": False, "array": (ahead["gained_upper"] - ahead["gained"]).astype(float).tolist(),
            "arrayminus": (ahead["gained"] - ahead["gained_lower"]).astype(float).tolist(), "color": colours.muted, "thickness": 1.4, "width": 4,
        },
        "customdata": [
            words.say("{month}: {n} forecast ({lower} to {upper}, 80 %)", month=words.month(day), n=words.number(row.gained),
                      lower=words.number(row.gained_lower), upper=words.number(row.gained_upper))
            for day, row in zip(days, ahead.itertuples(), strict=True)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _month_starts(first: date, last: date) -> list[date]:
    return [date(month // 12, month % 12 + 1, 1) for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)]
