"""The survival curve: steps, band, censor ticks, the estimate at the milestone, and the numbers at risk below it."""

import math
from dataclasses import replace
from functools import cache
from itertools import groupby

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from heroes.figures import milestone, theme, time_axis
from heroes.figures.clearance import PLOT_HEIGHT, PLOT_WIDTH, TOP, Box, Plot
from heroes.figures.steps import Steps, outline
from heroes.figures.theme import Caption, Look
from heroes.labels import Words
from heroes.protocol import DAYS_PER_MONTH

SHOWN_SUBJECTS = 8
LEGEND_SIZE = 190, 66  # pixels

def risk_ticks(last_day: float, milestone_days: float | None = None) -> list[float]:
    """Days at which the axis has a tick and the table a column: whole months, at most about ten of them.

    last_day: the longest follow-up. The milestone is always within the axis.
    """
    last = max(last_day, milestone_days or 0, DAYS_PER_MONTH) / DAYS_PER_MONTH
    step = next((step for step in (1, 2, 3, 6, 12, 24, 60) if last / step <= 10), 120)
    return [month * DAYS_PER_MONTH for month in range(0, math.ceil(last - 1e-9) + 1, step)]


def survival_chart(
    curve,
    estimate,
    risk_table: pd.DataFrame,
    caption: Caption,
    words: Words,
    *,
    reliable_until: float | None = None,
    who: pd.DataFrame | None = None,
    origin: str = "INCLUDED",
    parameter: str = "PFS",
    title: str | None = None,
    event_free: str | None = None,
    tail_note: str | None = None,
    band=None,
    compared=None,
    compared_name: str | None = None,
    look: Look = Look(),
) -> go.Figure:
    """Kaplan–Meier curve of one population, in months of 30.4375 days from the named origin.

    curve: SurvivalCurve, times in days. estimate: FixedTimeEstimate at the milestone; where its estimate is None the
        picture says "not estimable" with the reason and draws no point.
    risk_table: tick (days), at_risk, censored, events; its ticks are the axis' ticks, so the two cannot part.
    origin: the milestone that is time 0, or "DELIVERED" where the delivery's own origin is kept.
    reliable_until: days after which curve and band are grey; tail_note says why, in the reader's language.
    who: subject_id, time_days, event: named in the hover. Only for those who may know; None names nobody.
    event_free: title of the vertical axis, what it means to be above the curve's fall.
    band: a SimultaneousBand drawn instead of the pointwise interval, and named so.
    compared: a second SurvivalCurve (other conventions, the delivered parameter), drawn thin and dashed under compared_name.
    A click on a step or a censor tick gives its day as the point's customdata.
    """
    title = title or words.say("{parameter}, ctDNA-negative cohort", parameter=parameter)
    if curve is None or not curve.n:
        return theme.empty_chart(title, words.say("No patient of this population is followed yet."), caption, words, look)
    lines = theme.heading(title, caption, words, look)
    top = theme.title_height(lines) + 6
    rows = [words.say("At risk"), words.say("Censored"), words.say("Events")]
    frame = time_axis.Frame(top, PLOT_HEIGHT, len(rows))
    last = time_axis.last_month(float(curve.time[-1]), float(risk_table["tick"].max()), estimate.time if estimate else None)
    reach = 1.035 * last
    steps = Steps.of(curve)
    traces = [
        *_bands(curve, band, reliable_until, words, look),
        *_curve(steps, _stories(curve, who, words), reliable_until, words, look),
        _censor_ticks(curve, reliable_until, words, look),
        _steps_to_click(curve),
    ]
    if compared is not None and compared.n:
        traces.append(_second_curve(compared, compared_name or words.say("As delivered"), look))
    annotations, shapes = [], []
    legend_is_high = _falls_early(curve, reach)
    tail, tail_box = [], ()
    if reliable_until is not None and reliable_until < curve.time[-1]:
        text = tail_note or words.say("Grey: too few patients remain at risk to read the curve closely.")
        tail, tail_box = _tail_note(text, curve, legend_is_high, look)
    plot = Plot(curve, -0.045 * reach, reach, (_legend_box(legend_is_high), *tail_box))
    if estimate is not None:
        shapes.append(theme.upright(estimate.time / DAYS_PER_MONTH, look))
        if estimate.estimate is None:
            annotations.append(milestone.no_estimate(estimate, parameter, plot, words, look))
        else:
            traces.append(milestone.estimate_mark(estimate, look))
            annotations.append(milestone.estimate_label(estimate, parameter, plot, words, look))
    annotations += tail
    traces.append(time_axis.numbers_below(risk_table, ["at_risk", "censored", "events"], words, look))
    return theme.chart(
        traces, look, words, heading=lines, height=frame.height, showlegend=True, hovermode="x",
        margin={"t": top, "b": time_axis.FOOT, "l": time_axis.left_margin(rows), "r": 16, "pad": 0},
        xaxis=time_axis.months_axis(risk_table, last, origin, words, look),
        yaxis=theme.axis(
            look, title=event_free or words.say("Event-free"), range=[0, TOP], tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1],
            ticktext=[words.percent(share, 0) for share in (0, 0.2, 0.4, 0.6, 0.8, 1)], domain=[frame.plot_bottom, 1],
            fixedrange=True),
        yaxis2=time_axis.rows_axis(rows, frame, look), legend=_legend(legend_is_high, frame.plot_bottom, look),
        annotations=annotations, shapes=shapes,
    )


def alt_survival(curve, estimate, caption: Caption, words: Words, *, parameter: str = "PFS") -> str:
    """The finding of the survival curve in one sentence, for those who cannot see it."""
    if curve is None or not curve.n:
        return words.say("{parameter} curve without patients.", parameter=parameter)
    values = {
        "parameter": parameter, "n": words.number(caption.n), "date": words.date(caption.cut_off),
        "events": words.count("{n} event", "{n} events", curve.n_events),
    }
    if estimate is None:
        return words.say("Kaplan–Meier curve of {parameter}, n = {n}, {events}, data cut of {date}.", **values)
    values["months"] = milestone.months_said(estimate.time / DAYS_PER_MONTH, words)
    if estimate.estimate is None:
        return words.say(
            "Kaplan–Meier curve, n = {n}, {events}, data cut of {date}: {months}-month {parameter} is not estimable.",
            **values)
    return words.say(
        "Kaplan–Meier curve, n = {n}, {events}, data cut of {date}: {months}-month {parameter} is {estimate}, {interval}, "
        "{at_risk} at risk.",
        estimate=words.percent(estimate.estimate), interval=milestone.interval_said(estimate, curve, words),
        at_risk=words.number(estimate.at_risk), **values)


def _curve(steps: Steps, stories: list[str], until: float | None, words: Words, look: Look) -> list[dict]:
    """The curve, and its greyed tail."""
    colours = theme.palette(look)
    return [
        {
            "type": "scatter", "mode": "lines", "meta": name, "name": words.say("Kaplan–Meier estimate"),
            "x": theme.months(days).tolist(), "y": steps.survival[rows].tolist(), "showlegend": name == _named(until),
            "line": {"shape": "hv", "color": colours.teal if name == "curve" else colours.greyed, "width": 2.6},
            "customdata": [[day] for day in days.tolist()], "text": [stories[row] for row in rows],
            "hovertemplate": "%{text}<extra></extra>", "legendrank": 1,
        }
        for name, rows, days in steps.parts(until)
    ]


def _named(until: float | None) -> str:
    """The part that stands in the legend: the curve, unless all of it is grey."""
    return "tail" if until is not None and until <= 0 else "curve"


def _stories(curve, who, words: Words) -> list[str]:
    """What the hover says at the start and at each distinct time."""
    number, percent = cache(words.number), cache(words.percent)  # most rows share their values; a locale is slow to ask
    subjects = _subjects(curve, who)
    heading, at_risk = words.say("<b>{months} months: {survival}</b>"), words.say("{n} at risk")
    interval = words.say("{level} CI {lower}–{upper}")
    event, censored = words.say("{n} with event"), words.say("{n} censored")
    level = percent(curve.conf_level, 0)
    stories = ["<br>".join([heading.format(months=number(0), survival=percent(1.0)), at_risk.format(n=number(curve.n))])]
    columns = (curve.time, curve.survival, curve.lower, curve.upper, curve.at_risk, curve.events, curve.censored)
    for day, survival, low, high, n_at_risk, n_events, n_censored in zip(
        *(np.asarray(column).tolist() for column in columns), strict=True
    ):
        lines = [heading.format(months=number(round(day / DAYS_PER_MONTH, 1), 1), survival=percent(survival))]
        if milestone.exists(low) and milestone.exists(high):
            lines.append(interval.format(level=level, lower=number(round(100 * low, 1), 1), upper=percent(high)))
        lines.append(at_risk.format(n=number(n_at_risk)))
        for n, say, seen in ((n_events, event, True), (n_censored, censored, False)):
            if n:
                names = subjects.get((float(day), seen))
                lines.append(say.format(n=number(n)) + (f": {theme.listed(names, SHOWN_SUBJECTS, words)}" if names else ""))
        stories.append("<br>".join(lines))
    return stories


def _subjects(curve, who) -> dict[tuple[float, bool], list[str]]:
    """Subject ids by distinct time of the curve and by event or not."""
    if who is None or not len(who):
        return {}
    days = np.asarray(curve.time, float)
    nearest = np.abs(days[None, :] - who["time_days"].to_numpy(float)[:, None]).argmin(axis=1)
    rows = sorted(zip(days[nearest].tolist(), who["event"].astype(bool), who["subject_id"].astype(str), strict=True))
    return {key: [row[2] for row in group] for key, group in groupby(rows, key=lambda row: (row[0], bool(row[1])))}


def _bands(curve, band, until: float | None, words: Words, look: Look) -> list[dict]:
    """The interval or band as steps, before and in the tail; where it has no limits nothing is drawn."""
    colours = theme.palette(look)
    if band is None:
        steps = Steps.of(curve)
        label = words.say("{level} CI ({method})", level=words.percent(curve.conf_level, 0),
                          method=milestone.method_name(curve.conf_type, words))
    else:
        steps = Steps.of(replace(curve, lower=band.lower, upper=band.upper))
        label = words.say("Simultaneous {level} band ({method})", level=words.percent(band.conf_level, 0),
                          method=milestone.method_name(band.method, words))
    traces = []
    for name, rows, days in steps.parts(until):
        xs, ys = outline(theme.months(days), steps.lower[rows], steps.upper[rows])
        if xs:
            traces.append({
                "type": "scatter", "mode": "lines", "meta": f"band of {name}", "name": label, "x": xs, "y": ys,
                "fill": "toself", "fillcolor": colours.band if name == "curve" else colours.greyed_band,
                "line": {"width": 0}, "hoverinfo": "skip", "showlegend": name == _named(until), "legendrank": 2,
            })
    return traces


def _censor_ticks(curve, until, words: Words, look: Look) -> dict:
    colours = theme.palette(look)
    seen = np.asarray(curve.censored) > 0
    days = np.asarray(curve.time, float)[seen]
    grey = days > until if until is not None else np.zeros(len(days), bool)
    return {
        "type": "scatter", "mode": "markers", "x": theme.months(days).tolist(),
        "y": np.asarray(curve.survival, float)[seen].tolist(), "hoverinfo": "none", "meta": "censored",
        "customdata": [[day] for day in days.tolist()], "unselected": {"marker": {"opacity": 1}},
        "name": words.say("Censored"), "legendrank": 3,
        "marker": {"symbol": "line-ns-open", "size": 11,
                   "color": [colours.greyed if tail else colours.teal for tail in grey.tolist()], "line": {"width": 1.3}},
    }


def _steps_to_click(curve) -> dict:
    """Unseen marks at the steps: a line alone cannot be clicked."""
    seen = np.asarray(curve.events) > 0
    days = np.asarray(curve.time, float)[seen]
    return {
        "type": "scatter", "mode": "markers", "x": theme.months(days).tolist(), "y": np.asarray(curve.survival, float)[seen].tolist(),
        "customdata": [[day] for day in days.tolist()], "hoverinfo": "none", "showlegend": False, "meta": "steps",
        "marker": {"size": 14, "opacity": 0}, "selected": {"marker": {"opacity": 0.25}}, "unselected": {"marker": {"opacity": 0}},
    }


def _second_curve(compared, name: str, look: Look) -> dict:
    steps = Steps.of(compared)
    return {
        "type": "scatter", "mode": "lines", "meta": "compared", "name": name, "hoverinfo": "skip",
        "x": theme.months(steps.time).tolist(), "y": steps.survival.tolist(),
        "line": {"shape": "hv", "color": theme.palette(look).muted, "width": 1.4, "dash": "4px,3px"},
    }


def _tail_note(text: str, curve, legend_is_high: bool, look: Look) -> tuple[list[dict], tuple[Box, ...]]:
    """Why the tail is grey: bottom right; top right over a curve that ends low, under the legend where that is there."""
    lines = theme.wrapped_words(text, look, most=38)
    high = float(curve.survival[-1]) < 0.3
    down = LEGEND_SIZE[1] + 8 if high and legend_is_high else 4
    tall = 15 * len(lines)
    box = Box(PLOT_WIDTH - 240, PLOT_WIDTH, *((PLOT_HEIGHT - down - tall, PLOT_HEIGHT) if high else (0, 6 + tall)))
    return [theme.note(
        "<br>".join(lines), look, x=1, xref="x domain", xanchor="right", y=1 if high else 0, yref="y domain",
        yanchor="top" if high else "bottom", align="right", yshift=-down if high else 6,
        bgcolor=theme.palette(look).halo)], (box,)


def _falls_early(curve, reach: float) -> bool:
    """Whether the curve is low so soon that its legend stands over it, top right, instead of under it, bottom left."""
    early = np.asarray(curve.time, float) / DAYS_PER_MONTH < 0.4 * reach
    return bool(early.any() and float(np.asarray(curve.survival, float)[early][-1]) < 0.5)


def _legend_box(high: bool) -> Box:
    width, tall = LEGEND_SIZE
    return Box(PLOT_WIDTH - width, PLOT_WIDTH, PLOT_HEIGHT - tall, PLOT_HEIGHT) if high else Box(0, width, 0, tall)


def _legend(high: bool, bottom: float, look: Look) -> dict:
    return {
        "x": 0.985 if high else 0.012, "xanchor": "right" if high else "left", "y": 1 if high else bottom + 0.01,
        "yanchor": "top" if high else "bottom", "itemclick": False,
        "itemdoubleclick": False, "bgcolor": theme.palette(look).halo if high else theme.INVISIBLE, "tracegroupgap": 0,
        "font": {"size": theme.SMALL_SIZE, "color": theme.palette(look).ink},
    }
