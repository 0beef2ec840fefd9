"""Cumulative incidence: the share of patients with each cause first, in steps from 0, with the numbers at risk below."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from heroes.errors import MisuseError
from heroes.figures import milestone, theme, time_axis
from heroes.figures.reasons import reason_in_months
from heroes.figures.steps import Steps, outline
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.protocol import DAYS_PER_MONTH

PLOT_HEIGHT = 360  # pixels
BESIDE = 0.011  # of the axis, between two estimates at the milestone
TOPS = (0.1, 0.25, 0.5, 0.75, 1.0)  # what the axis of probability may end at

LIMITS = {"delta": mark("log–log, standard error by the delta method"), "aalen": mark("log–log, Aalen's standard error")}
_MEANINGS = {
    "progression": ("ink", "solid"), "restart": ("amber", "9px,4px"), "recurrence": ("red", "3px,3px"),
    "death": ("muted", "9px,3px,2px,3px"), "event": ("teal", "solid"),
}


@dataclass(frozen=True)
class Cause:
    """One cause as it is drawn: its number in the curves, its name in the reader's language, and what it means, which
    gives colour and dash: progression, restart (of therapy), recurrence (of ctDNA), death, or event of any kind."""

    number: int
    name: str
    meaning: str = "event"


def incidence_chart(
    curves,
    estimates: Sequence | None,
    risk_table: pd.DataFrame,
    causes: Sequence[Cause],
    caption: Caption,
    words: Words,
    *,
    limits: str = "delta",
    reliable_until: float | None = None,
    origin: str = "INCLUDED",
    title: str | None = None,
    tail_note: str | None = None,
    look: Look = Look(),
) -> go.Figure:
    """Cumulative incidence of one or more causes over months of 30.4375 days from the named origin.

    curves: IncidenceCurves in days. causes: those to draw, in the order of the legend.
    estimates: FixedTimeIncidence of each cause at the milestone: a mark on its curve, its value in the legend; where there is
        none the legend says so and the heading says why.
    risk_table: tick (days), at_risk, censored, cause_1 …; its ticks are the axis' ticks.
    limits: "delta" or "aalen": whose standard error the bands and intervals use, named in the legend.
    reliable_until: days after which curves and bands are grey; tail_note says why, in the reader's language.
    The axis of probability begins at 0 and ends at 10, 25, 50, 75 or 100 %, whichever holds curves and bands.
    Raises MisuseError for other limits.
    """
    title = title or words.say("Cumulative incidence, ctDNA-negative cohort")
    if curves is None or not curves.n or not causes:
        return theme.empty_chart(title, words.say("No patient of this population is followed yet."), caption, words, look)
    drawn = [_Drawn.of(cause, curves, estimates, limits) for cause in causes]
    last = time_axis.last_month(float(curves.time[-1]), float(risk_table["tick"].max()), estimates[0].time if estimates else None)
    lines = theme.heading(title, caption, words, look, notes=_notes(drawn, curves, reliable_until, tail_note, words))
    rows = [words.say("At risk"), words.say("Censored"), *(cause.name for cause in causes)]
    marked = [*rows[:2], *(theme.key(_colour(cause, look), cause.name, "━") for cause in causes)]
    bands = [trace for one in drawn for trace in _bands(one, curves, reliable_until, limits, words, look)]
    bands[:1] = [band | {"showlegend": True} for band in bands[:1]]  # all bands are one entry of the legend
    traces = [
        *bands,
        *(trace for one in drawn for trace in _curve(one, curves, reliable_until, words, look)),
        _censor_ticks(drawn, curves, reliable_until, words, look),
        *_marks(drawn, last, look),
        time_axis.numbers_below(risk_table, ["at_risk", "censored", *(f"cause_{cause.number}" for cause in causes)], words, look),
    ]
    entry_width = 30 + round(6.6 * max(len(trace["name"]) for trace in traces if trace.get("showlegend")))
    n_entries = sum(bool(trace.get("showlegend")) for trace in traces)
    frame = time_axis.Frame(
        theme.title_height(lines) + theme.legend_height(n_entries, entry_width, look) + 6, PLOT_HEIGHT, len(rows))
    top = _top(drawn)
    ticks = [top * share for share in (0, 0.2, 0.4, 0.6, 0.8, 1)]
    legend = theme.legend_above(lines, look, height=frame.height, entry_width=entry_width) | {"traceorder": "normal"}
    return theme.chart(
        traces, look, words, heading=lines, height=frame.height, showlegend=True, hovermode="closest",
        margin={"t": frame.top, "b": time_axis.FOOT, "l": time_axis.left_margin(["━ " + row for row in rows]), "r": 16, "pad": 0},
        xaxis=time_axis.months_axis(risk_table, last, origin, words, look),
        yaxis=theme.axis(
            look, title=words.say("Cumulative incidence"), range=[0, 1.02 * top], tickvals=ticks,
            ticktext=[words.percent(share, 0) for share in ticks], domain=[frame.plot_bottom, 1], fixedrange=True),
        yaxis2=time_axis.rows_axis(marked, frame, look), legend=legend,
        shapes=[theme.upright(estimates[0].time / DAYS_PER_MONTH, look)] if estimates else [],
    )


def alt_incidence(
    curves, estimates: Sequence | None, causes: Sequence[Cause], caption: Caption, words: Words, *, limits: str = "delta"
) -> str:
    """The finding of the picture in one sentence, for those who cannot see it."""
    if curves is None or not curves.n or not causes:
        return words.say("Cumulative incidence without patients.")
    values = {"n": words.number(caption.n if caption.n is not None else curves.n), "date": words.date(caption.cut_off)}
    if not estimates:
        return words.say("Cumulative incidence, n = {n}, data cut of {date}.", **values)
    finding = "; ".join(_entry(_Drawn.of(cause, curves, estimates, limits), curves, words) for cause in causes)
    return words.say("Cumulative incidence, n = {n}, data cut of {date}: {finding}.", finding=finding, **values)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """One cause from time 0 on, with the limits that were chosen."""

    cause: Cause
    steps: Steps
    incidence: np.ndarray
    events: np.ndarray
    estimate: object | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, cause: Cause, curves, estimates: Sequence | None, limits: str) -> "_Drawn":
        if limits not in LIMITS:
            raise MisuseError(f"Limits are {' or '.join(LIMITS)}, not {limits}.")
        suffix = "" if limits == "delta" else f"_{limits}"
        curve = next(curve for curve in curves.causes if curve.cause == cause.number)
        estimate = next((one for one in estimates or () if one.cause == cause.number), None)

        def opened(values, first=0.0) -> np.ndarray:
            return np.append(first, np.asarray(values, float))

        lower, upper = (opened(getattr(curve, f"{side}{suffix}"), np.nan) for side in ("lower", "upper"))
        incidence = opened(curve.incidence)
        return cls(
            cause, Steps(opened(curves.time), incidence, lower, upper), incidence, opened(curve.events), estimate,
            getattr(estimate, f"lower{suffix}", None), getattr(estimate, f"upper{suffix}", None))


def _colour(cause: Cause, look: Look) -> str:
    return getattr(theme.palette(look), _MEANINGS[cause.meaning][0])


def _entry(one: _Drawn, curves, words: Words) -> str:
    """What the legend says of a cause: its name, and its estimate at the milestone."""
    if one.estimate is None:
        return one.cause.name
    values = {"cause": one.cause.name, "months": milestone.months_said(one.estimate.time / DAYS_PER_MONTH, words)}
    if one.estimate.estimate is None:
        return words.say("{cause}: not estimable at {months} months", **values)
    values["share"] = words.percent(one.estimate.estimate)
    if not milestone.exists(one.low):
        return words.say("{cause}: {share} at {months} months", **values)
    return words.say(
        "{cause}: {share} at {months} months ({level} CI {lower}–{upper})", level=words.percent(curves.conf_level, 0),
        lower=words.number(100 * one.low, 1), upper=words.percent(one.high), **values)


def _notes(drawn: Sequence[_Drawn], curves, until: float | None, tail_note: str | None, words: Words) -> list[str]:
    """Sentences under the heading: why an estimate or an interval is missing, and why the tail is grey; each once."""
    reasons: dict[str, list[str]] = {}
    for one in drawn:
        if one.estimate is not None and one.estimate.reason:
            reasons.setdefault(reason_in_months(one.estimate.reason, words), []).append(one.cause.name)
    notes = [
        reason if len(names) == len(drawn) else words.say("{cause}: {reason}", cause=", ".join(names), reason=reason)
        for reason, names in reasons.items()
    ]
    if until is not None and until < curves.time[-1]:
        notes.append(tail_note or words.say("Grey: too few patients remain at risk to read the curves closely."))
    return notes


def _bands(one: _Drawn, curves, until: float | None, limits: str, words: Words, look: Look) -> list[dict]:
    colours = theme.palette(look)
    name = words.say("Bands: {level} CI ({method})", level=words.percent(curves.conf_level, 0), method=words.say(LIMITS[limits]))
    traces = []
    for part, rows, days in one.steps.parts(until):
        xs, ys = outline(theme.months(days), one.steps.lower[rows], one.steps.upper[rows])
        if xs:
            traces.append({
                "type": "scatter", "mode": "lines", "meta": f"band of {part} {one.cause.number}", "name": name, "x": xs, "y": ys,
                "fill": "toself", "fillcolor": _tint(_colour(one.cause, look), look) if part == "curve" else colours.greyed_band,
                "line": {"width": 0}, "hoverinfo": "skip", "legendgroup": "bands", "legendrank": 20, "showlegend": False,
            })
    return traces


def _tint(colour: str, look: Look) -> str:
    """A colour thinned to lie under lines."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{0.2 if look.dark else 0.13})"


def _curve(one: _Drawn, curves, until: float | None, words: Words, look: Look) -> list[dict]:
    colours, dash = theme.palette(look), _MEANINGS[one.cause.meaning][1]
    stories = _stories(one, curves, words)
    all_grey = until is not None and until <= 0
    return [
        {
            "type": "scatter", "mode": "lines", "meta": f"{part} {one.cause.number}", "name": _entry(one, curves, words),
            "x": theme.months(days).tolist(), "y": one.incidence[rows].tolist(), "showlegend": part == ("tail" if all_grey else "curve"),
            "line": {"shape": "hv", "width": 2.4, "dash": dash, "color": _colour(one.cause, look) if part == "curve" else colours.greyed},
            "text": [stories[row] for row in rows], "hovertemplate": "%{text}<extra></extra>", "legendrank": 1,
        }
        for part, rows, days in one.steps.parts(until)
    ]


def _stories(one: _Drawn, curves, words: Words) -> list[str]:
    """What the hover says at the start and at each distinct time."""
    number, percent = cache(words.number), cache(words.percent)  # most rows share their values; a locale is slow to ask
    heading, at_risk = words.say("<b>{months} months, {cause}: {share}</b>"), words.say("{n} at risk")
    interval, event = words.say("{level} CI {lower}–{upper}"), words.say("{n} with event")
    remaining = [curves.n, *np.asarray(curves.at_risk).tolist()]
    stories = []
    for row, day in enumerate(one.steps.time.tolist()):
        share = percent(float(one.incidence[row]))
        lines = [heading.format(months=number(round(day / DAYS_PER_MONTH, 1), 1), cause=one.cause.name, share=share)]
        if milestone.exists(one.steps.lower[row]):
            lines.append(interval.format(
                level=percent(curves.conf_level, 0), lower=number(round(100 * float(one.steps.lower[row]), 1), 1),
                upper=percent(float(one.steps.upper[row]))))
        lines.append(at_risk.format(n=number(remaining[row])))
        if one.events[row]:
            lines.append(event.format(n=number(int(one.events[row]))))
        stories.append("<br>".join(lines))
    return stories


def _censor_ticks(drawn: Sequence[_Drawn], curves, until: float | None, words: Words, look: Look) -> dict:
    """Small ticks on every curve where somebody was censored."""
    seen = np.flatnonzero(np.asarray(curves.censored) > 0)
    days = np.asarray(curves.time, float)[seen]
    grey = theme.palette(look).greyed
    return {
        "type": "scatter", "mode": "markers", "meta": "censored", "name": words.say("Censored"), "legendrank": 30, "hoverinfo": "skip",
        "x": theme.months(days).tolist() * len(drawn), "y": [y for one in drawn for y in one.incidence[seen + 1].tolist()],
        "showlegend": bool(len(seen)),
        "marker": {"symbol": "line-ns-open", "size": 8, "line": {"width": 1.1}, "color": [
            grey if until is not None and day > until else _colour(one.cause, look) for one in drawn for day in days.tolist()]},
    }


def _marks(drawn: Sequence[_Drawn], last: float, look: Look) -> list[dict]:
    """The estimates at the milestone, side by side about its line so that no interval hides another."""
    there = [one for one in drawn if one.estimate is not None and one.estimate.estimate is not None]
    return [_mark(one, BESIDE * last * (place - (len(there) - 1) / 2), look) for place, one in enumerate(there)]


def _mark(one: _Drawn, aside: float, look: Look) -> dict:
    colour, estimate = _colour(one.cause, look), one.estimate
    bars = {}
    if milestone.exists(one.low) and milestone.exists(one.high):
        bars["error_y"] = {"type": "data", "symmetric": False, "array": [one.high - estimate.estimate],
                           "arrayminus": [estimate.estimate - one.low], "color": colour, "thickness": 2, "width": 7}
    return {
        "type": "scatter", "mode": "markers", "meta": f"estimate {one.cause.number}", "x": [estimate.time / DAYS_PER_MONTH + aside],
        "y": [estimate.estimate], "hoverinfo": "skip", "showlegend": False, "cliponaxis": False,
        "marker": {"symbol": "circle", "size": 10, "color": theme.palette(look).halo, "line": {"width": 2.4, "color": colour}}, **bars,
    }


def _top(drawn: Sequence[_Drawn]) -> float:
    """The end of the axis: what holds all that is drawn, of which the last limits have no width."""
    highest = max(float(np.nanmax(np.concatenate([one.steps.upper[:-1], one.incidence, [one.high or 0.0]]))) for one in drawn)
    return next((top for top in TOPS if highest <= top), 1.0)
