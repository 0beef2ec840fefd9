"""Enrolment as a spark line: inclusions so far, week by week, with the last meeting marked."""

from datetime import date

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words

PLOT, BELOW = 84, 30  # pixels


def spark_chart(
    weekly: pd.DataFrame, caption: Caption, words: Words, *, last_meeting: date | None = None, planned: int | None = None, look: Look = Look()
) -> go.Figure:
    """Inclusions up to the end of each week as steps, the total at their end.

    weekly: the answer of accrual; only the step INCLUDED is drawn. last_meeting: a cut-off, drawn as a line. planned: the size that
    the total is told against; None where it is not set.
    """
    title = words.say("Inclusions so far")
    included = weekly[weekly["step"] == "INCLUDED"]
    if included.empty:
        return theme.empty_chart(title, words.say("Nobody with a known date is included yet."), caption, words, look)
    colours = theme.palette(look)
    days = [week.date() for week in pd.to_datetime(included["week"])]
    totals = [int(n) for n in included["cumulative"]]
    days, totals = [*days, caption.cut_off], [*totals, totals[-1]]
    lines = theme.heading(title, caption, words, look)
    top = theme.title_height(lines) + 8
    told = words.say("{n} of {planned}", n=words.number(totals[-1]), planned=words.number(planned)) if planned else words.number(totals[-1])
    traces = [{
        "type": "scatter", "mode": "lines", "x": [day.isoformat() for day in days], "y": totals, "meta": "included",
        "line": {"shape": "hv", "color": colours.teal, "width": 2}, "fill": "tozeroy", "fillcolor": colours.band,
        "text": [words.count("{n} patient included", "{n} patients included", n) + " · " + words.month(day) for n, day in zip(totals, days, strict=True)],
        "hovertemplate": "%{text}<extra></extra>",
    }]
    shapes = [theme.upright(last_meeting.isoformat(), look, colours.rust)] if last_meeting and last_meeting >= days[0] else []
    notes = [theme.note(told, look, x=1, xref="paper", xanchor="left", xshift=6, y=totals[-1], font={"size": theme.TEXT_SIZE + 1, "color": colours.teal})]
    if shapes:
        notes.append(theme.note(words.say("last meeting"), look, x=last_meeting.isoformat(), xanchor="right", xshift=-4, y=0, yanchor="bottom"))
    ends = [days[0], days[-1]]
    return theme.chart(
        traces, look, words, heading=lines, height=top + PLOT + BELOW, margin={"t": top, "b": BELOW, "l": 34, "r": 74, "pad": 0},
        xaxis=theme.axis(
            look, type="date", range=[ends[0].isoformat(), ends[1].isoformat()], tickvals=[day.isoformat() for day in ends],
            ticktext=[words.month(day) for day in ends], fixedrange=True, ticklabeloverflow="allow",
        ),
        yaxis=theme.bare_axis(range=[0, max(1.08 * totals[-1], 1)]), shapes=shapes, annotations=notes,
    )


def alt_spark(weekly: pd.DataFrame, caption: Caption, words: Words, *, planned: int | None = None) -> str:
    """What the line says, for those who cannot see it."""
    included = weekly[weekly["step"] == "INCLUDED"]
    n = int(included["cumulative"].iloc[-1]) if len(included) else 0
    total = words.say("{n} of {planned}", n=words.number(n), planned=words.number(planned)) if planned else words.number(n)
    return words.say("Inclusions so far, by week: {total} at the data cut of {date}.", total=total, date=words.date(caption.cut_off))
