"""Quality of life by planned visit: completion, mean change from baseline, and how many improved or deteriorated."""

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import milestone, theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.protocol import DAYS_PER_MONTH

PLOT_HEIGHT = 300
ROW = 20
SMALL_CHANGE = 5.0  # points; the band within which a change is small

SCALE_NAMES = {
    "QL": mark("Global health and quality of life"), "PF": mark("Physical functioning"), "RF": mark("Role functioning"),
    "EF": mark("Emotional functioning"), "CF": mark("Cognitive functioning"), "SF": mark("Social functioning"), "FA": mark("Fatigue"),
    "NV": mark("Nausea and vomiting"), "PA": mark("Pain"), "DY": mark("Dyspnoea"), "SL": mark("Insomnia"), "AP": mark("Appetite loss"),
    "CO": mark("Constipation"), "DI": mark("Diarrhoea"), "FI": mark("Financial difficulties"), "SUMMARY": mark("Summary score"),
    "BRBI": mark("Body image"), "BRSEF": mark("Sexual functioning"), "BRSEE": mark("Sexual enjoyment"), "BRFU": mark("Future perspective"),
    "BRST": mark("Systemic therapy side effects"), "BRBS": mark("Breast symptoms"), "BRAS": mark("Arm symptoms"),
    "BRHL": mark("Upset by hair loss"), "INDEX": mark("EQ-5D-5L index (France)"), "VAS": mark("EQ-5D-5L visual analogue scale"),
}


@dataclass(frozen=True)
class Measure:
    """One score as it is drawn: its code, whether high is good, the minimal important difference (None: none is set for it), and the
    level of its intervals."""

    code: str
    is_better_high: bool
    difference: float | None
    conf_level: float = 0.95

    def name(self, words: Words) -> str:
        """Its name in the reader's language."""
        return words.say(SCALE_NAMES[self.code])

    @property
    def digits(self) -> int:
        """Decimals with which a change is said: the index runs to 1, the others to 100."""
        return 3 if self.code == "INDEX" else 1


def change_chart(means: pd.DataFrame, measure: Measure, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """Mean change from baseline at each planned visit, with its interval; the number of patients under each.

    means: estimate_mean_changes of one scale, by planned day. A visit without an interval has a mark without bars. The band within 5
    points is shaded, the minimal important difference drawn on both sides; the axis says which way is better.
    """
    title = words.say("{scale}: mean change from baseline", scale=measure.name(words))
    if not len(means):
        return theme.empty_chart(title, words.say("No patient has both a baseline and a later score of this scale."), caption, words, look)
    colours = theme.palette(look)
    months = [day / DAYS_PER_MONTH for day in means["planned_day"]]
    shades = [words.say("shaded: within {points} points", points=words.number(SMALL_CHANGE))] if measure.code != "INDEX" else []
    if measure.difference:
        shades.append(words.say("dashed: minimal important difference, {points} points", points=words.number(measure.difference)))
    notes = ["; ".join(shades)] if shades else []
    lines = theme.heading(title, caption, words, look, notes=notes)
    top = theme.title_height(lines) + 12
    rows = [words.say("Patients")] + ([words.say("on therapy or PD")] if means["n_not_off"].any() else [])
    height = top + PLOT_HEIGHT + 62 + ROW * len(rows) + 8
    inside = height - top - 8
    table_top, plot_bottom = ROW * len(rows) / inside, (ROW * len(rows) + 62) / inside
    limits = [value for name in ("mean", "lower", "upper") for value in means[name].dropna()]
    reach = 1.15 * max([abs(value) for value in limits] + [measure.difference or 0, 0.05 if measure.code == "INDEX" else 12])
    lower, upper = (means[name].astype(float) for name in ("lower", "upper"))
    span = max(months[-1], 1.0)
    stories = [_story(row, measure, words) for row in means.itertuples()]
    left = 16 + max(76, round(6.2 * max(map(len, rows))))
    return theme.chart(
        [
            {
                "type": "scatter", "mode": "lines+markers", "meta": "mean change", "x": months, "y": means["mean"].tolist(),
                "line": {"color": colours.teal, "width": 2}, "marker": {"size": 9, "color": colours.teal},
                "error_y": {
                    "type": "data", "symmetric": False, "array": [_gap(high, mean) for high, mean in zip(upper, means["mean"], strict=True)],
                    "arrayminus": [_gap(mean, low) for low, mean in zip(lower, means["mean"], strict=True)],
                    "color": colours.teal, "thickness": 1.6, "width": 5,
                },
                "text": stories, "hovertemplate": "%{text}<extra></extra>", "cliponaxis": False,
            },
            {
                "type": "scatter", "mode": "text", "meta": "numbers", "yaxis": "y2", "hoverinfo": "skip", "cliponaxis": False,
                "x": months * len(rows), "y": [row for row in range(len(rows)) for _ in months],
                "text": [words.number(n) for column in ("n", "n_not_off")[: len(rows)] for n in means[column]],
                "textfont": {"size": theme.SMALL_SIZE, "color": colours.ink},
            },
        ],
        look, words, heading=lines, height=height, margin={"t": top, "b": 8, "l": left, "r": 16},
        xaxis=theme.axis(
            look, title=words.say("Planned months since inclusion"), range=[-0.06 * span, 1.06 * span], fixedrange=True, anchor="y",
            tickvals=months, ticktext=[milestone.months_said(round(2 * month) / 2, words) for month in months]),
        yaxis=theme.axis(
            look, title=_direction(measure, words), range=[-reach, reach], domain=[plot_bottom, 1], fixedrange=True,
            zeroline=False),
        yaxis2=theme.axis(
            look, range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))), ticktext=rows, domain=[0, table_top], showline=False,
            ticks="", anchor="x", fixedrange=True),
        shapes=_bands(measure, look),
    )


def alt_changes(means: pd.DataFrame, measure: Measure, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    if not len(means):
        return words.say("{scale}: no change from baseline can be shown.", scale=measure.name(words))
    last = means.iloc[-1]
    return words.say(
        "{scale}, mean change from baseline, data cut of {date}: {change} at visit {visit} ({n} patients).", scale=measure.name(words),
        date=words.date(caption.cut_off), change=_interval(last, measure, words), visit=last["visit_code"], n=words.number(int(last["n"])))


def responders_chart(counts: pd.DataFrame, measure: Measure, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """At each planned visit the share of patients who improved, stayed stable, deteriorated, with their numbers.

    counts: count_responders of one scale, by planned day.
    """
    title = words.say("{scale}: improved, stable, deteriorated", scale=measure.name(words))
    if not len(counts):
        return theme.empty_chart(title, words.say("No patient has both a baseline and a later score of this scale."), caption, words, look)
    colours = theme.palette(look)
    kinds = (
        ("deteriorated", words.say("deteriorated"), colours.rust, "/"), ("stable", words.say("stable"), colours.neutral, ""),
        ("improved", words.say("improved"), colours.teal, "."),
    )
    lines = theme.heading(title, caption, words, look, keys=[theme.key(colour, name) for _, name, colour, _ in kinds])
    rows = list(range(len(counts)))
    names = [_visit(visit, n, words) for visit, n in zip(counts["visit_code"], counts["n"], strict=True)]
    return _stacked(counts, kinds, counts["n"], names, rows, lines, words, look, ink_on={"stable": colours.ink})


def alt_responders(counts: pd.DataFrame, measure: Measure, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    if not len(counts):
        return words.say("{scale}: no change from baseline can be shown.", scale=measure.name(words))
    last = counts.iloc[-1]
    return words.say(
        "{scale}, data cut of {date}, visit {visit}: of {n} patients {improved} improved, {stable} stable, {deteriorated} deteriorated.",
        scale=measure.name(words), date=words.date(caption.cut_off), visit=last["visit_code"],
        **{name: words.number(int(last[name])) for name in ("n", "improved", "stable", "deteriorated")})


def completion_chart(completion: pd.DataFrame, instrument: str, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """Questionnaires received, recorded as missed, and without any record, of those expected at each planned visit.

    completion: count_completion of one instrument, by planned day.
    """
    title = words.say("{instrument}: questionnaires received of those expected", instrument=instrument)
    shown = completion[completion["n_expected"] > 0] if len(completion) else completion
    if not len(shown):
        return theme.empty_chart(title, words.say("No questionnaire was expected yet."), caption, words, look)
    colours = theme.palette(look)
    kinds = (
        ("n_received", words.say("received"), colours.teal, ""), ("n_missed", words.say("missed, recorded"), colours.amber, "/"),
        ("n_no_record", words.say("no record"), colours.greyed, "x"),
    )
    lines = theme.heading(title, caption, words, look, keys=[theme.key(colour, name) for _, name, colour, _ in kinds])
    rows = list(range(len(shown)))
    names = [
        f"{visit}{theme.FIGURE_SPACE * 2}{words.number(done)}/{words.number(n)}{theme.FIGURE_SPACE}"
        for visit, done, n in zip(shown["visit_code"], shown["n_received"], shown["n_expected"], strict=True)
    ]
    return _stacked(shown, kinds, shown["n_expected"], names, rows, lines, words, look, 
                    ink_on=dict.fromkeys(("n_missed", "n_no_record"), theme.LIGHT.ink))


def alt_completion(completion: pd.DataFrame, instrument: str, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    expected, received = (int(completion[name].sum()) if len(completion) else 0 for name in ("n_expected", "n_received"))
    if not expected:
        return words.say("{instrument}: no questionnaire was expected yet.", instrument=instrument)
    return words.say(
        "{instrument}, data cut of {date}: {received} of {expected} expected questionnaires received, {share}.", instrument=instrument,
        date=words.date(caption.cut_off), received=words.number(received), expected=words.number(expected),
        share=words.percent(received / expected, 0))


def rates_chart(rates: pd.DataFrame, instrument: str, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """The share of expected questionnaires that were received at each planned visit, in whole percent and without counts.

    rates: questionnaire_rates of one instrument. A visit of which too few were expected has no bar and says so.
    """
    title = words.say("{instrument}: share of expected questionnaires received", instrument=instrument)
    if not len(rates):
        return theme.empty_chart(title, words.say("No questionnaire was expected yet."), caption, words, look)
    colours = theme.palette(look)
    lines = theme.heading(title, caption, words, look)
    top = theme.title_height(lines) + 8
    rows = list(range(len(rates)))
    known = [row for row, share in zip(rows, rates["percent"], strict=True) if pd.notna(share)]
    texts = [words.percent(share / 100, 0) if pd.notna(share) else words.say("too few to show") for share in rates["percent"]]
    return theme.chart(
        [
            {"type": "bar", "orientation": "h", "meta": "percent", "y": known, "x": [float(rates["percent"].iloc[row]) for row in known],
             "width": 0.6, "marker": {"color": colours.teal}, "hoverinfo": "skip"},
            {"type": "scatter", "mode": "text", "meta": "texts", "y": rows, "x": [0 if pd.isna(share) else float(share) for share in rates["percent"]],
             "text": [f" {text}" for text in texts], "textposition": "middle right", "hoverinfo": "skip", "cliponaxis": False,
             "textfont": {"size": theme.SMALL_SIZE, "color": colours.ink}},
        ],
        look, words, heading=lines, height=top + 26 * len(rows) + 50,
        margin={"t": top, "b": 50, "l": 24 + round(7.4 * max(len(str(visit)) for visit in rates["visit_code"])), "r": 60},
        xaxis=_percent_axis(words, look), yaxis=_visits_axis(rows, [str(visit) for visit in rates["visit_code"]], look),
    )


def alt_rates(rates: pd.DataFrame, instrument: str, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    known = rates[rates["percent"].notna()] if len(rates) else rates
    if not len(known):
        return words.say("{instrument}: no share of received questionnaires can be shown.", instrument=instrument)
    return words.say(
        "{instrument}, data cut of {date}: between {low} and {high} of the expected questionnaires received, by visit.",
        instrument=instrument, date=words.date(caption.cut_off), low=words.percent(known["percent"].min() / 100, 0),
        high=words.percent(known["percent"].max() / 100, 0))


def _stacked(frame, kinds, totals, names, rows, lines, words: Words, look: Look, *, ink_on: dict[str, str]) -> go.Figure:
    """Bars of 100 %, one per visit, split by kind; a part too narrow for its number goes without. ink_on: kind → colour of its numbers."""
    colours = theme.palette(look)
    bars = []
    for column, name, colour, pattern in kinds:
        counts = [int(n) for n in frame[column]]
        shares = [100 * n / total for n, total in zip(counts, totals, strict=True)]
        ink = ink_on.get(column, colours.halo)
        bars.append({
            "type": "bar", "orientation": "h", "meta": column, "name": name, "y": rows, "x": shares, "width": 0.62,
            "marker": {"color": colour, "line": {"width": 0}, "pattern": {
                "shape": pattern, "fillmode": "overlay", "fgcolor": colours.halo, "size": 8, "solidity": 0.12}},
            "text": [words.number(n) if share >= 6 else "" for n, share in zip(counts, shares, strict=True)], "textposition": "inside",
            "insidetextanchor": "middle", "textangle": 0, "textfont": {"size": theme.SMALL_SIZE, "color": ink}, "constraintext": "none",
            "hovertext": [
                f"<b>{visit}</b><br>{name}: {words.number(n)} ({words.percent(share / 100, 0)})"
                for visit, n, share in zip(frame["visit_code"], counts, shares, strict=True)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
        })
    top = theme.title_height(lines) + 8
    return theme.chart(
        bars, look, words, heading=lines, height=top + 26 * len(rows) + 50, barmode="stack",
        margin={"t": top, "b": 50, "l": 24 + round(7.4 * max(map(len, names))), "r": 20},
        xaxis=_percent_axis(words, look), yaxis=_visits_axis(rows, names, look),
    )


def _percent_axis(words: Words, look: Look) -> dict:
    ticks = [0, 25, 50, 75, 100]  # percent
    return theme.axis(look, range=[0, 100], tickvals=ticks, ticktext=[words.percent(tick / 100, 0) for tick in ticks], fixedrange=True)


def _visits_axis(rows, names, look: Look) -> dict:
    return theme.axis(
        look, range=[len(rows) - 0.5, -0.5], tickvals=rows, ticktext=names, showline=False, ticks="", fixedrange=True)


def _visit(visit: str, n: int, words: Words) -> str:
    return f"{visit}{theme.FIGURE_SPACE * 2}{words.say('n = {n}', n=words.number(int(n)))}{theme.FIGURE_SPACE}"


def _gap(high: float, low: float) -> float:
    return 0.0 if pd.isna(high) or pd.isna(low) else float(high - low)


def _bands(measure: Measure, look: Look) -> list[dict]:
    """The band of small changes, the line of no change, and the minimal important difference on both sides."""
    colours = theme.palette(look)
    across = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "layer": "below"}
    shapes = [across | {"y0": 0, "y1": 0, "line": {"color": colours.muted, "width": 1}}]
    if measure.code != "INDEX":
        shapes.append({"type": "rect", "x0": 0, "x1": 1, "xref": "paper", "y0": -SMALL_CHANGE, "y1": SMALL_CHANGE, "layer": "below",
                       "fillcolor": colours.greyed_band, "line": {"width": 0}})
    for side in (-1, 1) if measure.difference else ():
        shapes.append(across | {"y0": side * measure.difference, "y1": side * measure.difference,
                                "line": {"color": colours.rust, "width": 1.2, "dash": "dash"}})
    return shapes


def _direction(measure: Measure, words: Words) -> str:
    return words.say("Change, points (up is better)") if measure.is_better_high else words.say("Change, points (up is worse)")


def signed(value: float, digits: int, words: Words) -> str:
    """A change with its sign; 0 has none."""
    rounded = round(float(value), digits)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return sign + words.number(abs(rounded), digits)


def _interval(row, measure: Measure, words: Words) -> str:
    mean = signed(row["mean"], measure.digits, words)
    if pd.isna(row["lower"]):
        return mean
    return words.say(
        "{mean} ({level} CI {lower} to {upper})", mean=mean, level=words.percent(measure.conf_level, 0), lower=signed(row["lower"], measure.digits, words),
        upper=signed(row["upper"], measure.digits, words))


def _story(row, measure: Measure, words: Words) -> str:
    values = row._asdict()
    parts = [f"<b>{values['visit_code']}</b>", _interval(values, measure, words), words.say("n = {n}", n=words.number(values["n"]))]
    reason = values["reason"]
    if isinstance(reason, str):
        parts.append(words.say(reason))
    return "<br>".join(parts)
