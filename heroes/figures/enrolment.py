"""Enrolment: cumulative inclusions against plan on the calendar, or site by site since activation.

The bars of each site are in `sites`, the screening funnel in `funnel`; all three are imported from here.
"""

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.fan import fan, interval_said, name_last
from heroes.figures.funnel import alt_funnel, funnel_chart
from heroes.figures.sites import alt_sites, sites_chart
from heroes.figures.theme import Caption, Look
from heroes.figures.time_ticks import month_ticks
from heroes.labels import Words, mark

__all__ = ["accrual_chart", "alt_accrual", "alt_funnel", "alt_sites", "funnel_chart", "planned_at", "sites_chart"]

ACCRUAL_HEIGHT = 400
DIRECT_LABELS = 6
DAYS_PER_WEEK = 7

_PLANS = {"site_plan": mark("Plan (sites)"), "protocol linear": mark("Plan (protocol, linear)"), "": mark("Plan")}


def planned_at(plan: pd.DataFrame, day: date) -> float | None:
    """Cumulative planned inclusions on a day, read off the line through the plan's points; None without a plan.

    plan: day, planned (cumulative), ascending. Before its first point nothing is planned, after its last all is.
    """
    if plan is None or not len(plan):
        return None
    days = _ordinals(plan["day"])
    planned = plan["planned"].to_numpy(float)
    return 0.0 if day.toordinal() < days[0] else float(np.interp(day.toordinal(), days, planned))


def accrual_chart(
    accrual: pd.DataFrame,
    plan: pd.DataFrame | None,
    caption: Caption,
    words: Words,
    *,
    axis: str = "calendar",
    planned_inclusions: int | None = None,
    sites: pd.DataFrame | None = None,
    selected: Collection[str] = (),
    ahead: pd.DataFrame | None = None,
    last: tuple[date | None, date | None, date | None] | None = None,
    look: Look = Look(),
) -> go.Figure:
    """Cumulative inclusions as steps.

    axis "calendar": accrual is week, step, n, cumulative; a week's patients are added where the week ends (or at the
        data cut, when that comes first). plan: day, planned, drawn dashed; first consents are drawn thin. Beyond the data
        cut there is the plan, and the forecast where one is given: ahead (day, median, lower_80, upper_80, lower_95,
        upper_95, cumulative) as a dotted line in two bands; last (date of the last planned inclusion, 80 % limits) is named.
    axis "since activation": accrual is site_id, weeks_since_activation, n, cumulative: one line for each site. sites
        (site_id, days_since_activation) carries each line on to the data cut and brings in sites without inclusions;
        the selected ones are drawn strong and named.
    planned_inclusions: the trial's planned size, drawn as a reference; None draws none.
    """
    if axis == "since activation":
        return _since_activation(accrual, caption, words, sites, set(selected), look)
    included = accrual[accrual["step"] == "INCLUDED"]
    has_ahead = ahead is not None and len(ahead) > 0
    title = words.say("Inclusions: actual and plan") if plan is not None and len(plan) else words.say("Inclusions")
    if has_ahead:
        title = words.say("Inclusions: actual, plan and forecast") if plan is not None and len(plan) else words.say("Inclusions and forecast")
    if not len(accrual):
        why = words.say("No patient has a dated consent or inclusion in this data cut.")
        return theme.empty_chart(title, why, caption, words, look)
    lines = theme.heading(title, caption, words, look)
    top = theme.title_height(lines) + 8
    colours = theme.palette(look)
    n = int(included["cumulative"].max()) if len(included) else 0
    expected = planned_at(plan, caption.cut_off)
    traces = []
    consents = accrual[accrual["step"] == "CONSENT1"]
    if len(consents):
        traces.append(_weekly_steps(consents, caption.cut_off, words.say("First consents"), words,
                                    {"color": colours.muted, "width": 1.2}, "consents"))
    traces.append(_weekly_steps(included, caption.cut_off, words.say("Inclusions"), words,
                                {"color": colours.teal, "width": 2.8}, "included"))
    first = min(_ordinals(accrual["week"]).min(), caption.cut_off.toordinal())
    last_day = caption.cut_off.toordinal()
    highest = float(accrual["cumulative"].max())
    if plan is not None and len(plan):
        traces.append(_plan_line(plan, words, look))
        days = _ordinals(plan["day"])
        first, last_day = min(first, int(days[0])), max(last_day, int(days[-1]))
        highest = max(highest, float(plan["planned"].max()))
    if has_ahead:
        traces = [*fan(ahead, n, caption.cut_off, words, look), *traces]
        last_day = max(last_day, int(_ordinals(ahead["day"])[-1]))
        highest = max(highest, float(ahead["upper_95"].max()))
    annotations, shapes = [], [theme.upright(caption.cut_off.isoformat(), look)]
    if planned_inclusions:
        highest = max(highest, planned_inclusions)
        shapes.append({"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "y0": planned_inclusions,
                       "y1": planned_inclusions, "layer": "below", "line": {"color": colours.rust, "width": 1, "dash": "dot"}})
        annotations.append(theme.note(words.say("planned size {n}", n=words.number(planned_inclusions)), look, x=0,
                                      xref="x domain", xanchor="left", xshift=6, y=planned_inclusions, yanchor="bottom",
                                      font={"size": theme.SMALL_SIZE, "color": colours.rust}))
    span = max(last_day - first, 28)
    place = (caption.cut_off.toordinal() - first) / span
    annotations.append(theme.note(words.say("data cut"), look, x=caption.cut_off.isoformat(), y=0, yref="y domain",
                                  yanchor="bottom", xanchor="right" if place > 0.85 else "left",
                                  xshift=-5 if place > 0.85 else 5))
    annotations.append(_reached(n, expected, planned_inclusions, caption, place, highest, words, look))
    if has_ahead and last is not None and last[0] is not None and planned_inclusions:
        annotations.append(name_last(planned_inclusions, last, first, span, words, look))
    ticks = month_ticks(date.fromordinal(int(first)), date.fromordinal(int(first + span)))
    return theme.chart(
        traces, look, words, heading=lines, height=top + ACCRUAL_HEIGHT + 40, showlegend=True,
        margin={"t": top, "b": 40, "l": 48, "r": 16},
        xaxis=theme.axis(look, type="date", tickvals=[day.isoformat() for day in ticks], fixedrange=True,
                         ticktext=[words.month(day) for day in ticks],
                         range=[_iso(first - 0.01 * span), _iso(first + 1.02 * span)]),
        yaxis=theme.axis(look, range=[0, highest * (1.2 if has_ahead else 1.08) or 1], nticks=10, rangemode="tozero", fixedrange=True,
                         tickformat=",d"),
        legend=_legend(look, 0.94 if place > 0.85 else 0.99, low=not has_ahead and float(accrual["cumulative"].max()) < 0.35 * highest),
        annotations=annotations, shapes=shapes,
    )


def alt_accrual(accrual: pd.DataFrame, plan: pd.DataFrame | None, caption: Caption, words: Words,
                *, planned_inclusions: int | None = None,
                last: tuple[date | None, date | None, date | None] | None = None) -> str:
    """The finding of the accrual picture in one sentence."""
    included = accrual[accrual["step"] == "INCLUDED"] if "step" in accrual else accrual
    n = int(included["cumulative"].max()) if len(included) else 0
    reached = _reached_lines(n, planned_at(plan, caption.cut_off), planned_inclusions, words)
    if last is not None and last[0] is not None:
        reached.append(words.say("last planned inclusion forecast for {interval}", interval=interval_said(last, words)))
    return words.say("Cumulative inclusions by week, data cut of {date}: {finding}.", date=words.date(caption.cut_off),
                     finding=", ".join(reached))


def _reached_lines(n: int, expected: float | None, planned: int | None, words: Words) -> list[str]:
    first = (words.say("{n} of {planned} included", n=words.number(n), planned=words.number(planned)) if planned
             else words.count("{n} included", "{n} included", n))
    return [first, words.say("{share} of plan", share=words.percent(n / expected, 0))] if expected else [first]


def _reached(n: int, expected: float | None, planned: int | None, caption: Caption, place: float, highest: float,
             words: Words, look: Look) -> dict:
    """How far the trial is, with a line to the end of the curve.

    The label stands beyond the data cut, on the side of the plan where the curve is; once the cut is near the right
    edge it stands under the curve, or over it while that is still low.
    """
    first, *rest = _reached_lines(n, expected, planned, words)
    if place < 0.72:
        ax, ay = 40, (-46 if n > (expected or 0) else 12)
    else:
        ax, ay = -16, (150 if n > 0.5 * highest else -110)
    return theme.leader("<br>".join([f"<b>{first}</b>", *rest]), look, x=caption.cut_off.isoformat(), y=n, ax=ax, ay=ay,
                        align="left" if ax > 0 else "right",
                        font={"size": theme.TEXT_SIZE + 1, "color": theme.palette(look).ink})


def _weekly_steps(frame: pd.DataFrame, cut_off: date, name: str, words: Words, line: dict, meta: str) -> dict:
    """A step at the end of each week with somebody in it, from 0 to the data cut."""
    weeks = [date.fromordinal(int(day)) for day in _ordinals(frame["week"])]
    ends = [min(week + timedelta(days=6), cut_off) for week in weeks]
    counts, totals = frame["n"].astype(int).tolist(), frame["cumulative"].astype(int).tolist()
    start = weeks[0] if weeks else cut_off
    sentence = words.say("week of {week}: {n}, {total} in all")
    story = [sentence.format(week=words.date(week), n=n, total=words.number(total))
             for week, n, total in zip(weeks, counts, totals, strict=True)]
    last = totals[-1] if totals else 0
    return {
        "type": "scatter", "mode": "lines", "name": name, "meta": meta, "line": {"shape": "hv", **line},
        "x": [day.isoformat() for day in (start, *ends, cut_off)], "y": [0, *totals, last],
        "text": [words.say("none yet"), *story, words.say("{total} by the data cut", total=words.number(last))],
        "hovertemplate": f"<b>{name}</b><br>%{{text}}<extra></extra>",
    }


def _plan_line(plan: pd.DataFrame, words: Words, look: Look) -> dict:
    basis = str(plan["basis"].iloc[0]) if "basis" in plan else ""
    name = words.say(_PLANS.get(basis, "Plan"))
    return {
        "type": "scatter", "mode": "lines", "name": name, "meta": "plan",
        "x": [_iso(day) for day in _ordinals(plan["day"])], "y": plan["planned"].astype(float).tolist(),
        "line": {"color": theme.palette(look).rust, "width": 1.8, "dash": "9px,6px"},
        "hovertemplate": f"<b>{name}</b><br>%{{y:,.0f}}<extra></extra>",
    }


def _since_activation(frame: pd.DataFrame, caption: Caption, words: Words, sites: pd.DataFrame | None,
                      selected: set[str], look: Look) -> go.Figure:
    """One step line for each site from its activation on, all in one trace."""
    title = words.say("Inclusions since each site's activation")
    open_for = {}
    if sites is not None:
        known = sites[sites["days_since_activation"].notna()]
        open_for = dict(zip(known["site_id"].astype(str), known["days_since_activation"].astype(float), strict=True))
    steps = {str(site): part for site, part in frame.groupby("site_id", sort=False)} if len(frame) else {}
    order = [*open_for, *(site for site in steps if site not in open_for)]
    if not order:
        why = words.say("No site's activation date was delivered.")
        return theme.empty_chart(title, why, caption, words, look)
    missing = len(sites) - len(open_for) if sites is not None else 0
    notes = [words.count("{n} site without a delivered activation date is not drawn.",
                         "{n} sites without a delivered activation date are not drawn.", missing)] if missing else []
    lines = theme.heading(title, caption, words, look, notes)
    top = theme.title_height(lines) + 8
    colours = theme.palette(look)
    drawn = {site: _site_line(steps.get(site), open_for.get(site)) for site in order}
    furthest = max(x[-1] for x, _ in drawn.values())
    highest = max(y[-1] for _, y in drawn.values())
    traces = []
    for meta, chosen, line, opacity in (
        ("sites", [site for site in order if site not in selected],
         {"color": colours.muted if selected else colours.teal, "width": 1.3}, 0.5),
        ("selected", [site for site in order if site in selected], {"color": colours.teal, "width": 3}, 1),
    ):
        if chosen:
            traces.append(_lines_in_one(drawn, chosen, words, meta=meta, opacity=opacity, line={"shape": "hv", **line}))
    named = sorted(order, key=lambda site: (site in selected, drawn[site][1][-1]), reverse=True)
    traces.append(_end_labels(drawn, named[: max(DIRECT_LABELS, len(selected))], selected, highest, look))
    return theme.chart(
        traces, look, words, heading=lines, height=top + ACCRUAL_HEIGHT + 56, hoverdistance=20,
        margin={"t": top, "b": 56, "l": 48, "r": 16},
        xaxis=theme.axis(look, title=words.say("Months since the site's activation"),
                         range=[min(x[0] for x, _ in drawn.values()), furthest * 1.1 or 1], dtick=3 if furthest <= 30 else 6, fixedrange=True),
        yaxis=theme.axis(look, range=[0, highest * 1.08 + 0.4], nticks=8, tickformat=",d", fixedrange=True),
    )


def _site_line(steps: pd.DataFrame | None, open_days: float | None) -> tuple[list[float], list[int]]:
    """Months and counts of one site, from 0 at its activation to the data cut where that is known."""
    weeks = [] if steps is None else (steps["weeks_since_activation"].to_numpy(float) * DAYS_PER_WEEK).tolist()
    totals = [] if steps is None else steps["cumulative"].astype(int).tolist()
    x, y = [min([0.0, *weeks]), *weeks], [0, *totals]  # an inclusion before the activation is shown where it is
    end = max(open_days if open_days is not None else x[-1], x[-1])
    return theme.months(np.array([*x, end])).tolist(), [*y, y[-1]]


def _lines_in_one(drawn: dict, chosen: list[str], words: Words, **style) -> dict:
    xs, ys, rows = [], [], []
    for site in chosen:
        x, y = drawn[site]
        xs += [*x, None]
        ys += [*y, None]
        rows += [[site]] * (len(x) + 1)
    sentence = words.say("<b>Site {site}</b><br>{n} included {months} months after activation")
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": ys, "customdata": rows, "connectgaps": False, **style,
        "hovertemplate": sentence.format(site="%{customdata[0]}", n="%{y}", months="%{x:.1f}") + "<extra></extra>",
    }


def _end_labels(drawn: dict, chosen: list[str], selected: set[str], highest: int, look: Look) -> dict:
    """Site ids at the ends of the highest lines; a label that would sit on another is left to the hover."""
    colours = theme.palette(look)
    placed: list[tuple[float, float, str]] = []
    for site in chosen:
        x, y = drawn[site][0][-1], drawn[site][1][-1]
        if site in selected or all(abs(y - other) > 0.05 * highest or abs(x - at) > 2 for at, other, _ in placed):
            placed.append((x, y, site))
    return {
        "type": "scatter", "mode": "text", "x": [row[0] for row in placed], "y": [row[1] for row in placed],
        "text": [f" <b>{row[2]}</b>" if row[2] in selected else f" {row[2]}" for row in placed],
        "textposition": "middle right", "hoverinfo": "skip", "meta": "labels",
        "textfont": {"size": theme.SMALL_SIZE,
                     "color": [colours.teal if row[2] in selected else colours.ink for row in placed]},
    }


def _ordinals(days) -> np.ndarray:
    """Dates (of whatever dtype the store gave) as whole day numbers."""
    return np.array([day.toordinal() for day in pd.to_datetime(days).dt.date], dtype=int)


def _iso(ordinal: float) -> str:
    return date.fromordinal(round(ordinal)).isoformat()


def _legend(look: Look, right: float, *, low: bool) -> dict:
    """Bottom right, where a growing count leaves room, or top left while the count is low.

    right: its right edge in fractions of the plot.
    """
    place = {"x": 0.02, "xanchor": "left", "y": 0.88, "yanchor": "top"} if low else {
        "x": right, "xanchor": "right", "y": 0.06, "yanchor": "bottom"}
    return {**place, "bgcolor": theme.INVISIBLE, "itemclick": False,
            "itemdoubleclick": False, "font": {"size": theme.SMALL_SIZE, "color": theme.palette(look).ink},
            "traceorder": "normal"}
