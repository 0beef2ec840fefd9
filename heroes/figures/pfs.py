"""The survival curve: steps, band, censor ticks, the estimate at the milestone, and the numbers at risk below it."""

import math
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from heroes.figures import milestone, theme
from heroes.figures.clearance import PLOT_HEIGHT, PLOT_WIDTH, TOP, Box, Plot
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.protocol import DAYS_PER_MONTH

TABLE_ROW, AXIS_ROOM = 22, 62  # pixels
SHOWN_SUBJECTS = 8
LEGEND_SIZE = 190, 66  # pixels

_ORIGINS = {
    "INCLUDED": mark("Months since inclusion"),
    "TX_STOP": mark("Months since treatment stop"),
    "BASELINE_DRAW": mark("Months since the baseline draw"),
    "DELIVERED": mark("Months since the delivered origin"),
}


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
    tail_note: str | None = None,
    delivered=None,
    look: Look = Look(),
) -> go.Figure:
    """Kaplan–Meier curve of one population, in months of 30.4375 days from the named origin.

    curve: SurvivalCurve, times in days. estimate: FixedTimeEstimate at the milestone; where its estimate is None the
        picture says "not estimable" with the reason and draws no point.
    risk_table: tick (days), at_risk, censored, events; its ticks are the axis' ticks, so the two cannot part.
    origin: the milestone that is time 0, or "DELIVERED" where the delivery's own origin is kept.
    reliable_until: days after which curve and band are grey; tail_note says why, in the reader's language.
    who: subject_id, time_days, event: named in the hover. Only for those who may know; None names nobody.
    delivered: a second SurvivalCurve (the delivered parameter), drawn thin and dashed.
    """
    title = title or words.say("{parameter}, ctDNA-negative cohort", parameter=parameter)
    if curve is None or not curve.n:
        return theme.empty_chart(title, words.say("No patient of this population is followed yet."), caption, words, look)
    lines = theme.heading(title, caption, words, look)
    top = theme.title_height(lines) + 6
    rows = [words.say("At risk"), words.say("Censored"), words.say("Events")]
    height = top + PLOT_HEIGHT + AXIS_ROOM + TABLE_ROW * len(rows) + 10
    inside = height - top - 10
    table_top, plot_bottom = TABLE_ROW * len(rows) / inside, (TABLE_ROW * len(rows) + AXIS_ROOM) / inside
    colours = theme.palette(look)
    ticks = theme.months(risk_table["tick"].to_numpy(float))
    last = max(float(curve.time[-1]), estimate.time if estimate else 0, float(risk_table["tick"].max())) / DAYS_PER_MONTH
    left = max(78, 14 + round(7.2 * max(len(row) for row in rows)))
    reach = last * 1.035 if last else 1
    steps = _Steps.of(curve)
    traces = [
        *_bands(steps, curve, reliable_until, words, look),
        *_curve(steps, _stories(curve, who, words), reliable_until, words, look),
        _censor_ticks(curve, reliable_until, words, look),
    ]
    if delivered is not None and delivered.n:
        traces.append(_second_curve(delivered, words, look))
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
    traces.append(_risk_numbers(risk_table, words, look))
    origin_said, month_said = words.say(_ORIGINS.get(origin, _ORIGINS["INCLUDED"])), words.say("(1 month = 30.4375 days)")
    return theme.chart(
        traces, look, words, heading=lines, height=height, showlegend=True, hovermode="x",
        margin={"t": top, "b": 10, "l": left, "r": 16, "pad": 0},
        xaxis=theme.axis(
            look, title=f"{origin_said} {month_said}",
            range=[-0.045 * reach, reach], tickvals=ticks.tolist(), ticktext=[milestone.months_said(month, words) for month in ticks],
            anchor="y", fixedrange=True, hoverformat=".1f"),
        yaxis=theme.axis(
            look, title=words.say("Progression-free") if parameter in ("PFS", words.answer("PFS")) else words.say("Event-free"),
            range=[0, TOP], tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1],
            ticktext=[words.percent(share, 0) for share in (0, 0.2, 0.4, 0.6, 0.8, 1)], domain=[plot_bottom, 1],
            fixedrange=True),
        yaxis2=theme.axis(
            look, range=[2.5, -0.5], tickvals=[0, 1, 2], ticktext=rows, domain=[0, table_top], showline=False, ticks="",
            anchor="x", fixedrange=True),
        legend=_legend(legend_is_high, plot_bottom, look), annotations=annotations, shapes=shapes,
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


@dataclass(frozen=True)
class _Steps:
    """The curve from time 0 on: one row for its start, one for each distinct time (days)."""

    time: np.ndarray
    survival: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @classmethod
    def of(cls, curve) -> "_Steps":
        def opened(values, first):
            return np.concatenate(([first], np.asarray(values, float)))

        return cls(opened(curve.time, 0.0), opened(curve.survival, 1.0), opened(curve.lower, np.nan),
                   opened(curve.upper, np.nan))

    def parts(self, until: float | None) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """(name, rows, days) of the curve and of its tail from `until` on; both meet there."""
        rows = np.arange(len(self.time))
        if until is None or until >= self.time[-1]:
            return [("curve", rows, self.time)]
        until = max(until, 0.0)
        known = int(np.searchsorted(self.time, until, side="right"))
        return [
            ("curve", np.append(rows[:known], known - 1), np.append(self.time[:known], until)),
            ("tail", rows[known - 1 :], np.append(until, self.time[known:])),
        ]


def _curve(steps: _Steps, stories: list[str], until: float | None, words: Words, look: Look) -> list[dict]:
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


def _bands(steps: _Steps, curve, until: float | None, words: Words, look: Look) -> list[dict]:
    """The interval as steps, before and in the tail; where it has no limits nothing is drawn."""
    colours = theme.palette(look)
    label = words.say("{level} CI ({method})", level=words.percent(curve.conf_level, 0),
                      method=milestone.method_name(curve.conf_type, words))
    traces = []
    for name, rows, days in steps.parts(until):
        xs, ys = _outline(theme.months(days), steps.lower[rows], steps.upper[rows])
        if xs:
            traces.append({
                "type": "scatter", "mode": "lines", "meta": f"band of {name}", "name": label, "x": xs, "y": ys,
                "fill": "toself", "fillcolor": colours.band if name == "curve" else colours.greyed_band,
                "line": {"width": 0}, "hoverinfo": "skip", "showlegend": name == _named(until), "legendrank": 2,
            })
    return traces


def _outline(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[list, list]:
    """Closed outlines of a stepped band, one for each unbroken run of limits, with gaps between them.

    A limit holds from its time to the next; the last one has no width.
    """
    xs: list = []
    ys: list = []
    there = ~(np.isnan(low) | np.isnan(high))[:-1]
    for known, run in groupby(range(len(there)), key=there.__getitem__):
        if not known:
            continue
        rows = list(run)
        corners = np.repeat(x[rows[0] : rows[-1] + 2], 2)[1:-1]
        gap = [None] if xs else []
        xs += [*gap, *corners.tolist(), *corners[::-1].tolist()]
        ys += [*gap, *np.repeat(high[rows], 2).tolist(), *np.repeat(low[rows], 2)[::-1].tolist()]
    return xs, ys


def _censor_ticks(curve, until, words: Words, look: Look) -> dict:
    colours = theme.palette(look)
    seen = np.asarray(curve.censored) > 0
    days = np.asarray(curve.time, float)[seen]
    grey = days > until if until is not None else np.zeros(len(days), bool)
    return {
        "type": "scatter", "mode": "markers", "x": theme.months(days).tolist(),
        "y": np.asarray(curve.survival, float)[seen].tolist(), "hoverinfo": "skip", "meta": "censored",
        "name": words.say("Censored"), "legendrank": 3,
        "marker": {"symbol": "line-ns-open", "size": 11,
                   "color": [colours.greyed if tail else colours.teal for tail in grey.tolist()], "line": {"width": 1.3}},
    }


def _second_curve(delivered, words: Words, look: Look) -> dict:
    steps = _Steps.of(delivered)
    return {
        "type": "scatter", "mode": "lines", "meta": "delivered", "name": words.say("As delivered"), "hoverinfo": "skip",
        "x": theme.months(steps.time).tolist(), "y": steps.survival.tolist(),
        "line": {"shape": "hv", "color": theme.palette(look).muted, "width": 1.4, "dash": "4px,3px"},
    }


def _risk_numbers(risk_table: pd.DataFrame, words: Words, look: Look) -> dict:
    """The table under the curve, on the same x axis: it stays under its ticks at any width."""
    colours = theme.palette(look)
    ticks = theme.months(risk_table["tick"].to_numpy(float)).tolist()
    columns = [risk_table[name].tolist() for name in ("at_risk", "censored", "events")]
    return {
        "type": "scatter", "mode": "text", "xaxis": "x", "yaxis": "y2", "x": ticks * 3,
        "y": [row for row in range(3) for _ in ticks], "hoverinfo": "skip", "showlegend": False, "meta": "risk table",
        "text": [words.number(n) for column in columns for n in column], "cliponaxis": False,
        "textfont": {"size": theme.SMALL_SIZE,
                     "color": [colours.ink] * len(ticks) + [colours.muted] * (2 * len(ticks))},
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
