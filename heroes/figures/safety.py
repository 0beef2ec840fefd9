"""Adverse events: patients with each term or organ class by worst grade, and events per 100 patient-months by phase of therapy."""

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words
from heroes.model.terms import Phase
from heroes.statistics.safety import GRADES

PITCH = 24
MOST_ROWS = 25
LONGEST_NAME = 34


def terms_chart(counts: pd.DataFrame, by: str, n: int, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """One bar for each term or class: patients by worst grade, the darker the worse; fatal ones in ink.

    counts: count_by(events, by), most patients first; the first 25 are drawn and the heading says how many are not.
    n: patients of the population, for the shares.
    """
    title = words.say("Patients with an adverse event, by term and worst grade") if by == "term" else words.say(
        "Patients with an adverse event, by organ class and worst grade")
    if not len(counts):
        return theme.empty_chart(title, words.say("No adverse event has been recorded since inclusion."), caption, words, look)
    shown = counts.head(MOST_ROWS)
    shades = _shades(look)
    named = {f"grade_{grade}": words.say("grade {grade}", grade=grade) for grade in GRADES} | {"grade_unknown": words.say("grade not given")}
    there = [column for column in ("grade_unknown", *(f"grade_{grade}" for grade in GRADES)) if shown[column].any()]
    left_out = len(counts) - len(shown)
    notes = [words.count("{n} more in the table.", "{n} more in the table.", left_out)] if left_out else []
    lines = theme.heading(title, caption, words, look, notes, [theme.key(shades[column], named[column]) for column in there])
    top = theme.title_height(lines) + 8
    rows = list(range(len(shown)))
    names = [_short(name, words) for name in shown[by]]
    whole = [words.say("not coded") if pd.isna(name) else str(name) for name in shown[by]]
    reach = 1.02 * float(shown["n_patients"].max())
    bars = [
        {
            "type": "bar", "orientation": "h", "meta": column, "y": rows, "x": [int(count) for count in shown[column]], "width": 0.66,
            "marker": {"color": shades[column], "line": {"width": 0}},
            "hovertext": [f"<b>{name}</b><br>{named[column]}: {words.number(int(count))}" for name, count in zip(whole, shown[column], strict=True)],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
        for column in there
    ]
    patients = [f"{words.number(int(count))} ({words.percent(count / n, 0)})" if n else words.number(int(count)) for count in shown["n_patients"]]
    columns, ends = theme.columns(patients, [words.number(int(count)).rjust(4, theme.FIGURE_SPACE) for count in shown["n_events"]], gap=3)
    return theme.chart(
        [
            *bars,
            theme.row_texts(rows, names, look, x=0, side="left", meta="labels", textfont={"size": theme.SMALL_SIZE, "color": theme.palette(look).ink}),
            theme.row_texts(rows, columns, look, x=reach, side="right", meta="columns"),
        ],
        look, words, heading=lines, height=top + 26 + PITCH * max(len(rows), 2) + 40, barmode="stack",
        margin={"t": top + 26, "b": 40, "l": 16 + round(6.4 * max(map(len, names))), "r": ends[-1] + 14},
        xaxis=theme.axis(look, range=[0, reach], fixedrange=True, tickformat=",d", nticks=6, **({"dtick": 1} if reach < 6 else {})),
        yaxis=theme.bare_axis(range=[max(len(rows), 2) - 0.5, -0.5]),
        annotations=[
            theme.column_head(words.say("patients"), look, shift=ends[0], most=10),
            theme.column_head(words.say("events"), look, shift=ends[1], most=10),
        ],
    )


def alt_terms(counts: pd.DataFrame, by: str, n: int, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    if not len(counts):
        return words.say("Adverse events: none has been recorded since inclusion.")
    first = counts.iloc[0]
    name = words.say("not coded") if pd.isna(first[by]) else str(first[by])
    return words.say(
        "Adverse events, n = {n}, data cut of {date}: {events} events; most patients with {term}, {patients}.", n=words.number(n),
        date=words.date(caption.cut_off), events=words.number(int(counts["n_events"].sum())), term=name,
        patients=words.number(int(first["n_patients"])))


def rates_chart(rates: pd.DataFrame, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """Events per 100 patient-months with their limits, one row per phase of therapy and kind of event.

    rates: rows of estimate_rates that are to be drawn, in order.
    """
    title = words.say("Events per 100 patient-months, by phase of therapy")
    known = rates[rates["rate"].notna()].reset_index(drop=True)
    if not len(known):
        return theme.empty_chart(title, words.say("Nobody has been followed yet."), caption, words, look)
    colours = theme.palette(look)
    lines = theme.heading(title, caption, words, look)
    top = theme.title_height(lines) + 26
    rows = list(range(len(known)))
    names = [f"{phase_name(row.phase, words)}, {kind_name(row.kind, words)}" for row in known.itertuples()]
    reach = 1.05 * float(max(known["upper"].max(), 1.0))
    columns, ends = theme.columns(
        [words.number(int(n)) for n in known["n_events"]], [words.number(months, 0) for months in known["months"]], gap=3)
    return theme.chart(
        [
            {
                "type": "scatter", "mode": "markers", "meta": "rates", "y": rows, "x": known["rate"].tolist(), "cliponaxis": False,
                "marker": {"size": 10, "color": colours.teal, "symbol": "square"},
                "error_x": {
                    "type": "data", "symmetric": False, "array": (known["upper"] - known["rate"]).tolist(),
                    "arrayminus": (known["rate"] - known["lower"]).tolist(), "color": colours.teal, "thickness": 1.8, "width": 4},
                "hovertext": [
                    f"<b>{name}</b><br>{words.number(row.rate, 2)} ({words.number(row.lower, 2)}–{words.number(row.upper, 2)})"
                    for name, row in zip(names, known.itertuples(), strict=True)],
                "hovertemplate": "%{hovertext}<extra></extra>",
            },
            theme.row_texts(rows, names, look, x=0, side="left", meta="labels", textfont={"size": theme.SMALL_SIZE, "color": colours.ink}),
            theme.row_texts(rows, columns, look, x=reach, side="right", meta="columns"),
        ],
        look, words, heading=lines, height=top + PITCH * max(len(rows), 2) + 44,
        margin={"t": top, "b": 44, "l": 16 + round(6.3 * max(map(len, names))), "r": ends[-1] + 14},
        xaxis=theme.axis(look, range=[0, reach], fixedrange=True, nticks=6), yaxis=theme.bare_axis(range=[max(len(rows), 2) - 0.5, -0.5]),
        annotations=[
            theme.column_head(words.say("events"), look, shift=ends[0], most=10),
            theme.column_head(words.say("months"), look, shift=ends[1], most=10),
        ],
    )


def alt_event_rates(rates: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    known = rates[rates["rate"].notna()]
    if not len(known):
        return words.say("Events per 100 patient-months: nobody has been followed yet.")
    said = "; ".join(
        f"{phase_name(row.phase, words)}, {kind_name(row.kind, words)} {words.number(row.rate, 1)}" for row in known.itertuples())
    return words.say("Events per 100 patient-months, data cut of {date}: {list}.", date=words.date(caption.cut_off), list=said)


def phase_name(phase: str, words: Words) -> str:
    """A phase of therapy, all of follow-up, or before it, as people say it."""
    if phase == "ALL":
        return words.say("All follow-up")
    if phase == "BEFORE":
        return words.say("Before inclusion")
    return words.term(Phase(phase))


def kind_name(kind: str, words: Words) -> str:
    """A kind of event as people say it."""
    return {"any": words.say("any event"), "severe": words.say("grade 3 or more"), "serious": words.say("serious"),
            "fatal": words.say("fatal")}[kind]


def _shades(look: Look) -> dict[str, str]:
    """The worse, the darker (on a dark screen the stronger); grade 5 in ink."""
    colours = theme.palette(look)
    red, green, blue = (int(colours.rust[place : place + 2], 16) for place in (1, 3, 5))
    tints = {f"grade_{grade}": f"rgba({red},{green},{blue},{share})" for grade, share in ((1, 0.22), (2, 0.45), (3, 0.72), (4, 1))}
    return {"grade_unknown": colours.neutral, **tints, "grade_5": colours.ink}


def _short(name: object, words: Words) -> str:
    text = words.say("not coded") if pd.isna(name) else str(name)
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1].rstrip() + "…"
