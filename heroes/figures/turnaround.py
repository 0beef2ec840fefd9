"""How long each leg of screening takes: median and quartiles in days, one row for each leg."""

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words

PITCH = 40


def turnaround_chart(times: pd.DataFrame, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """A box from quartile to quartile with the median as a line, and how many are waiting at the leg's beginning.

    times: leg (its name, said already), n, median_days, q1_days, q3_days, longest_days, n_waiting (null where nobody can wait),
    in the order of the way.
    """
    title = words.say("Days between the steps of screening")
    if not len(times):
        return theme.empty_chart(title, words.say("No two steps are known of anybody."), caption, words, look)
    colours = theme.palette(look)
    rows = list(range(len(times)))
    legs = times["leg"].tolist()
    width = times["q3_days"] - times["q1_days"]
    reach = float(max(times["q3_days"].max(), times["median_days"].max(), 1)) * 1.12
    lowest = min(float(times["q1_days"].min()), 0.0)
    story = [
        "<br>".join([
            f"<b>{row.leg}</b>",
            words.say("median {median} days, quartiles {q1} to {q3}", median=words.number(row.median_days), q1=words.number(row.q1_days),
                      q3=words.number(row.q3_days)),
            words.say("longest {n} days", n=words.number(row.longest_days)), words.say("n = {n}", n=words.number(row.n))])
        for row in times.itertuples()]
    lines = theme.heading(title, caption, words, look)
    top = theme.title_height(lines) + 40
    n = [words.number(value) for value in times["n"]]
    waiting = ["" if pd.isna(value) else words.number(value) for value in times["n_waiting"]]
    medians = [words.number(value) for value in times["median_days"]]
    columns, ends = theme.columns(medians, n, [text.rjust(3, theme.FIGURE_SPACE) for text in waiting], gap=6)
    return theme.chart(
        [
            {"type": "bar", "orientation": "h", "y": rows, "base": times["q1_days"].astype(float).tolist(), "x": width.astype(float).tolist(),
             "width": 0.36, "marker": {"color": colours.band, "line": {"color": colours.teal, "width": 1.2}}, "meta": "quartiles",
             "hovertext": story, "hovertemplate": "%{hovertext}<extra></extra>"},
            {"type": "scatter", "mode": "markers", "y": rows, "x": times["median_days"].astype(float).tolist(), "meta": "median",
             "marker": {"symbol": "line-ns-open", "size": 13, "color": colours.teal, "line": {"width": 3}},
             "hovertext": story, "hovertemplate": "%{hovertext}<extra></extra>"},
            theme.row_texts([row - 0.44 for row in rows], legs, look, x=lowest, side="right", meta="labels",
                            textfont={"size": theme.SMALL_SIZE, "color": colours.ink}),
            theme.row_texts(rows, columns, look, x=reach, side="right", meta="columns",
                            textfont={"size": theme.SMALL_SIZE, "color": colours.ink}),
        ],
        look, words, heading=lines, height=top + PITCH * len(rows) + 56, barmode="overlay",
        margin={"t": top, "b": 48, "l": 16, "r": ends[-1] + 16},
        xaxis=theme.axis(look, title=words.say("days"), range=[lowest, reach], fixedrange=True, nticks=8),
        yaxis=theme.bare_axis(range=[len(rows) - 0.5, -0.7]),
        annotations=[
            theme.column_head(words.say("median"), look, shift=ends[0]),
            theme.column_head(words.say("n"), look, shift=ends[1]),
            theme.column_head(words.say("waiting"), look, shift=ends[2]),
        ],
    )


def alt_turnaround(times: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    longest = times.loc[times["median_days"].idxmax()]
    return words.say(
        "Days between the steps of screening, data cut of {date}: {legs}, the longest {leg} with a median of {median} days.",
        date=words.date(caption.cut_off), legs=words.count("{n} leg", "{n} legs", len(times)), leg=longest["leg"],
        median=words.number(longest["median_days"]))
