"""One milestone under several analyses: a dot and an interval for each, below one another. Nothing is pooled."""

import math

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import milestone, theme
from heroes.figures.reasons import reason_in_months
from heroes.figures.theme import Caption, Look
from heroes.labels import Words
from heroes.protocol import DAYS_PER_MONTH

LINE, ROW_AIR, BAR_HEIGHT = 16, 16, 14  # pixels
NAME_LETTERS, NARROW_LETTERS, REASON_LETTERS, LETTER = 25, 38, 34, 6.3
N_ENDS, EVENTS_END, ESTIMATE_ENDS, ALONE_ENDS = 30, 80, 220, 136  # pixels right of the plot at which the columns end
NARROWEST_RANGE = 0.3  # of probability: small differences are not blown up
_SAME = 5e-4  # bounds no further apart than this read as one number


def sensitivity_chart(
    rows: pd.DataFrame,
    caption: Caption,
    words: Words,
    *,
    milestone_days: float,
    parameter: str = "PFS",
    conf_level: float = 0.95,
    look: Look = Look(),
) -> go.Figure:
    """The milestone estimate under each analysis, in the order given, beside the protocol's own.

    rows: name (in the reader's language), estimate, lower, upper (0–1), n, n_events, at_risk (at the milestone), n_moved
    (patients whose time or event is not that of the main analysis), is_main, reason (why there is no estimate, said already:
    `reasons.reason_in_months`, for a column of text keeps no Reason), bound_low, bound_high (the value is only known to lie
    between: an open bar without a dot). Any cell but the name may be missing, and any column but name and estimate.
    The main analysis is bold, and a dashed line runs through all rows at its estimate. The axis covers what is drawn, in
    tens of percent, and no less than 30 points. On a narrow screen the names stand over their rows, and patients and events
    under the estimates.
    """
    months = milestone.months_said(milestone_days / DAYS_PER_MONTH, words)
    title = words.say("{months}-month {parameter} under different analyses", months=months, parameter=parameter)
    if not len(rows):
        return theme.empty_chart(title, words.say("No analysis has been made yet."), caption, words, look)
    table = _cleaned(rows)
    names = [theme.wrapped_words(row["name"], look, most=NARROW_LETTERS if look.narrow else NAME_LETTERS) for row in table]
    why = [[] if _has_place(row) else theme.wrapped_words(_why(row, words), look, most=REASON_LETTERS) for row in table]
    lines = theme.heading(title, caption, words, look, _notes(table, months, words), _keys(table, conf_level, words, look))
    top, pitch = theme.title_height(lines) + 24, _pitch(names, why, look)
    low, high = _span(table)
    step = 1 if high - low <= 0.5 else 2
    ticks = [tick / 10 for tick in range(-(-round(low * 10) // step) * step, round(high * 10) + 1, step)]
    return theme.chart(
        [*_bars(table, look), *_bounds(table, pitch, look), *_dots(table, words, look)],
        look, words, heading=lines, height=top + pitch * len(table) + 52,
        margin={"t": top, "b": 52, "r": (ALONE_ENDS if look.narrow else ESTIMATE_ENDS) + 10,
                "l": 18 if look.narrow else 18 + round(LETTER * max(len(line) for name in names for line in name))},
        xaxis=theme.axis(
            look, range=[low, high], tickvals=ticks, ticktext=[words.percent(tick, 0) for tick in ticks], fixedrange=True,
            showgrid=True, title=words.say("{months}-month {parameter}", months=months, parameter=parameter)),
        yaxis=theme.bare_axis(range=[len(table) - 0.5, -0.5]),
        shapes=[theme.upright(row["estimate"], look, theme.palette(look).rust, "dash")
                for row in table if row["is_main"] and row["estimate"] is not None],
        annotations=[*_names(table, names, pitch, look), *_columns(table, words, look), *_reasons(why, look)],
    )


def alt_sensitivity(
    rows: pd.DataFrame, caption: Caption, words: Words, *, milestone_days: float, parameter: str = "PFS", conf_level: float = 0.95
) -> str:
    """What the picture of the analyses says, for those who cannot see it."""
    months = milestone.months_said(milestone_days / DAYS_PER_MONTH, words)
    if not len(rows):
        return words.say("{months}-month {parameter} under different analyses: none has been made.", months=months, parameter=parameter)
    first = words.say(
        "{months}-month {parameter} under different analyses, with {level} intervals, data cut of {date}.", months=months,
        parameter=parameter, level=words.percent(conf_level, 0), date=words.date(caption.cut_off))
    return " ".join([first, *(_sentence(row, words) for row in _cleaned(rows))])


def _sentence(row: dict, words: Words) -> str:
    """One analysis, said."""
    name = words.say("{name} (the protocol's own)", name=row["name"]) if row["is_main"] else row["name"]
    if row["bound_low"] is not None:
        return words.say("{name}: between {low} and {high}.", name=name, low=words.percent(row["bound_low"]),
                         high=words.percent(row["bound_high"]))
    if row["estimate"] is None:
        return f"{name}: {_why(row, words).rstrip('.')}."
    return words.say("{name}: {estimate}.", name=name, estimate=_estimate(row, words))


def _cleaned(rows: pd.DataFrame) -> list[dict]:
    """Rows as plain dictionaries, None for what is missing; bounds that are one number are an estimate."""
    wanted = ("name", "estimate", "lower", "upper", "n", "n_events", "at_risk", "n_moved", "is_main", "reason", "bound_low", "bound_high")
    table = []
    for given in rows.to_dict("records"):
        row = {name: None if (value := given.get(name)) is None or pd.isna(value) else value for name in wanted}
        row["name"], row["is_main"] = str(row["name"]), bool(row["is_main"])
        low, high = row["bound_low"], row["bound_high"]
        if low is None or high is None or row["estimate"] is not None:
            row["bound_low"] = row["bound_high"] = None
        elif high - low < _SAME:
            row |= {"estimate": (low + high) / 2, "bound_low": None, "bound_high": None}
        if row["lower"] is None or row["upper"] is None:
            row["lower"] = row["upper"] = None
        table.append(row)
    return table


def _has_place(row: dict) -> bool:
    return row["estimate"] is not None or row["bound_low"] is not None


def _why(row: dict, words: Words) -> str:
    """Why an analysis has no estimate."""
    return reason_in_months(row["reason"], words) if row["reason"] else words.say("Not estimable.")


def _span(table: list[dict]) -> tuple[float, float]:
    """From where to where the axis runs: all that is drawn, in tens of percent; the whole scale when nothing is."""
    drawn = [row[name] for row in table for name in ("estimate", "lower", "upper", "bound_low", "bound_high") if row[name] is not None]
    if not drawn:
        return 0.0, 1.0
    low, high = math.floor(10 * min(drawn) - 0.1) / 10, math.ceil(10 * max(drawn) + 0.1) / 10
    low, high = max(low, 0.0), min(high, 1.0)
    while high - low < NARROWEST_RANGE - 1e-9:
        low, high = (low - 0.1, high) if low > 0.05 else (low, high + 0.1)
    return round(low, 1), round(high, 1)


def _pitch(names: list[list[str]], why: list[list[str]], look: Look) -> int:
    """Pixels from one row to the next; on a narrow screen a name stands over what is drawn, and as much is free below."""
    if look.narrow:
        return 2 * (10 + LINE * max(len(name) for name in names)) + LINE * max(0, max(len(text) for text in why) - 1)
    return ROW_AIR + LINE * max(2, *(len(text) for text in (*names, *why)))


def _bars(table: list[dict], look: Look) -> list[dict]:
    """The intervals, that of the main analysis thicker."""
    traces = []
    for meta, is_main, width in (("intervals", False, 1.8), ("interval of main", True, 3.4)):
        rows = [(at, row) for at, row in enumerate(table) if row["is_main"] is is_main and row["lower"] is not None]
        if rows:
            traces.append({
                "type": "scatter", "mode": "lines", "meta": meta, "hoverinfo": "skip", "cliponaxis": False,
                "x": [x for _, row in rows for x in (row["lower"], row["upper"], None)],
                "y": [y for at, _ in rows for y in (at, at, None)], "line": {"color": theme.palette(look).teal, "width": width}})
    return traces


def _bounds(table: list[dict], pitch: int, look: Look) -> list[dict]:
    """An open bar from bound to bound: no dot, for no place within it is more likely than another."""
    rows = [(at, row) for at, row in enumerate(table) if row["bound_low"] is not None]
    if not rows:
        return []
    half = BAR_HEIGHT / 2 / pitch
    return [{
        "type": "scatter", "mode": "lines", "meta": "bounds", "hoverinfo": "skip", "cliponaxis": False,
        "x": [x for _, row in rows for x in (*(row[f"bound_{end}"] for end in ("low", "high", "high", "low", "low")), None)],
        "y": [y for at, _ in rows for y in (at - half, at - half, at + half, at + half, at - half, None)],
        "line": {"color": theme.palette(look).teal, "width": 1.8}}]


def _dots(table: list[dict], words: Words, look: Look) -> list[dict]:
    """The estimates, that of the main analysis filled and larger."""
    colours = theme.palette(look)
    rows = [(at, row) for at, row in enumerate(table) if row["estimate"] is not None]
    return [{
        "type": "scatter", "mode": "markers", "meta": "estimates", "x": [row["estimate"] for _, row in rows],
        "y": [at for at, _ in rows], "cliponaxis": False,
        "marker": {"size": [13 if row["is_main"] else 9 for _, row in rows],
                   "color": [colours.teal if row["is_main"] else colours.halo for _, row in rows],
                   "line": {"width": 2, "color": colours.teal}, "opacity": 1},
        "text": [f"<b>{row['name']}</b><br>{_estimate(row, words)}" for _, row in rows], "hovertemplate": "%{text}<extra></extra>",
    }]


def _estimate(row: dict, words: Words) -> str:
    """86.2% (78.6–91.3%); between bounds 82.1–86.0%; – where there is nothing."""
    if row["bound_low"] is not None:
        return f"{words.number(100 * row['bound_low'], 1)}–{words.percent(row['bound_high'])}"
    if row["estimate"] is None:
        return "–"
    estimate = words.percent(row["estimate"])
    if row["lower"] is None:
        return estimate
    return f"{estimate} ({words.number(100 * row['lower'], 1)}–{words.percent(row['upper'])})"


def _beneath(row: dict, words: Words) -> str:
    """What stands under the estimate: who is still at risk, and who moved."""
    at_risk, moved = row["at_risk"], row["n_moved"]
    return ", ".join([
        *([words.say("{n} at risk", n=words.number(int(at_risk)))] if at_risk is not None else []),
        *([words.say("{n} moved", n=words.number(int(moved)))] if moved is not None and not row["is_main"] else []),
    ])


def _names(table: list[dict], names: list[list[str]], pitch: int, look: Look) -> list[dict]:
    """The analyses' names, left of the plot; on a narrow screen over their rows."""
    place = (
        {"xanchor": "left", "xshift": -8, "yanchor": "top", "yshift": pitch // 2} if look.narrow
        else {"xanchor": "right", "xshift": -8, "align": "right", "yanchor": "middle"})
    return [
        theme.note(_bold("<br>".join(name), row["is_main"]), look, x=0, xref="paper", y=at, bgcolor=theme.palette(look).halo, **place,
                   font={"size": theme.SMALL_SIZE, "color": theme.palette(look).ink})
        for at, (row, name) in enumerate(zip(table, names, strict=True))
    ]


def _columns(table: list[dict], words: Words, look: Look) -> list[dict]:
    """Patients, events and estimate, right of the plot, each with its heading."""
    colours = theme.palette(look)
    ink = {"size": theme.SMALL_SIZE, "color": colours.ink}
    style = f"font-size:{theme.SMALL_SIZE - 1}px;color:{colours.muted}"
    ends = {"estimate": ALONE_ENDS} if look.narrow else {"n": N_ENDS, "n_events": EVENTS_END, "estimate": ESTIMATE_ENDS}
    heads = {"n": words.say("n"), "n_events": words.say("events"), "estimate": words.say("estimate (interval)")}
    cells = [theme.column_head(heads[name], look, shift=end, most=20) for name, end in ends.items()]
    for at, row in enumerate(table):
        beneath = [text for text in (_size(row, words) if look.narrow else "", _beneath(row, words)) if text]
        texts = {name: _bold(_count(row[name], words), row["is_main"]) for name in ("n", "n_events")}
        texts["estimate"] = "<br>".join([
            _bold(_estimate(row, words), row["is_main"]), *(f'<span style="{style}">{text}</span>' for text in beneath)])
        cells += [
            theme.note(texts[name], look, x=1, xref="paper", xanchor="right", xshift=end, align="right", y=at, yanchor="middle", font=ink)
            for name, end in ends.items()
        ]
    return cells


def _count(n, words: Words) -> str:
    return "–" if n is None else words.number(int(n))


def _size(row: dict, words: Words) -> str:
    """Patients and events, where they have no columns."""
    if row["n"] is None and row["n_events"] is None:
        return ""
    return words.say("n = {n}, events: {events}", n=_count(row["n"], words), events=_count(row["n_events"], words))


def _reasons(why: list[list[str]], look: Look) -> list[dict]:
    """In the row of an analysis without an estimate, why."""
    return [
        theme.note("<br>".join(text), look, x=0, xref="paper", xanchor="left", xshift=6, y=at, yanchor="middle",
                   bgcolor=theme.palette(look).halo)
        for at, text in enumerate(why) if text
    ]


def _bold(text: str, is_bold: bool) -> str:
    return f"<b>{text}</b>" if is_bold else text


def _notes(table: list[dict], months: str, words: Words) -> list[str]:
    """What a reader needs to know before comparing rows."""
    notes = [words.say("The same patients analysed in several ways: rows are not independent, nothing is pooled.")]
    if any(row["at_risk"] is not None for row in table):
        notes.append(words.say("At risk: at {months} months.", months=months))
    if any(row["n_moved"] is not None and not row["is_main"] for row in table):
        notes.append(words.say("Moved: other time or event than in the protocol's own analysis."))
    return [notes[0], " ".join(notes[1:])] if notes[1:] else notes


def _keys(table: list[dict], conf_level: float, words: Words, look: Look) -> list[str]:
    """What the marks are, of those that occur."""
    colours = theme.palette(look)
    keys = []
    if any(row["estimate"] is not None for row in table):
        keys.append(theme.key(colours.teal, words.say("estimate with {level} CI", level=words.percent(conf_level, 0)), sign="○"))
    if any(row["is_main"] and row["estimate"] is not None for row in table):
        keys += [theme.key(colours.rust, words.say("the protocol's own analysis"), sign="┇")]
    if any(row["bound_low"] is not None for row in table):
        keys.append(theme.key(colours.teal, words.say("known only to lie within"), sign="▭"))
    return keys
