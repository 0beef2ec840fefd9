"""Time to event in groups of patients: one small panel each, all on the same axes, with the whole behind. No test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from heroes.figures import milestone, theme
from heroes.figures.clearance import TOP
from heroes.figures.reasons import reason_in_months
from heroes.figures.steps import Steps, outline
from heroes.figures.theme import Caption, Look
from heroes.figures.time_axis import ORIGINS
from heroes.labels import Words
from heroes.protocol import DAYS_PER_MONTH

PANEL_HEIGHT, TICK_ROOM, ROW_GAP, LINE = 150, 24, 16, 16  # pixels
COLUMN_GAP = 0.06  # of the width
LETTERS = {1: 60, 2: 44, 3: 30}  # that fit over a panel on the narrowest screen, by panels in a row


def subgroup_chart(
    groups: Sequence,
    labels: Mapping[str | None, str],
    caption: Caption,
    words: Words,
    *,
    by_said: str,
    whole=None,
    parameter: str = "PFS",
    origin: str = "INCLUDED",
    milestone_days: float,
    look: Look = Look(),
) -> go.Figure:
    """One panel for each group, in the order given: its curve, band, censor ticks, and its estimate at the milestone.

    groups: Subgroup of `estimate_subgroups`. labels: code → what people call it; None → "not recorded" where it is not there.
    by_said: by what they are grouped, in the reader's language. whole: SurvivalCurve of all patients, drawn thin behind each
    curve. origin: the milestone that is time 0, or "DELIVERED". A group too small has an empty panel that says its size and
    why. The estimate of a group stands over its panel with its interval, the events and the number at risk.
    """
    title = words.say("{parameter} by {by}: exploratory, no test", parameter=parameter, by=by_said)
    if not groups:
        return theme.empty_chart(title, words.say("No patient of this population is followed yet."), caption, words, look)
    per_row = panels_in_a_row(len(groups), look)
    heads = [_head(group, labels, parameter, milestone_days, LETTERS[per_row], words) for group in groups]
    lines = theme.heading(title, caption, words, look, keys=_keys(groups, whole, words, look))
    grid = _Grid.of([len(head) for head in heads], per_row, theme.title_height(lines) + 6)
    reach = _reach(groups, whole, milestone_days)
    traces, annotations, shapes, axes = [], [], [], {}
    for place, (group, head) in enumerate(zip(groups, heads, strict=True)):
        number = "" if place == 0 else str(place + 1)
        on = {"xaxis": f"x{number}", "yaxis": f"y{number}", "showlegend": False}
        traces += [trace | on for trace in _panel(group, _name(group, labels, words), whole, words, look)]
        annotations.append(_over(head, number, grid.heads[place // per_row], look))
        if group.curve is None:
            annotations.append(_inside(group, number, LETTERS[per_row], words, look))
        else:
            shapes.append(theme.upright(milestone_days / DAYS_PER_MONTH, look, xref=f"x{number}", yref=f"y{number} domain"))
        axes |= _axes(place, grid, reach, words, look)
    origin_said, month_said = words.say(ORIGINS.get(origin, ORIGINS["INCLUDED"])), words.say("(1 month = 30.4375 days)")
    annotations.append(theme.note(
        f"{origin_said} {month_said}", look, x=0.5, xref="paper", xanchor="center", y=0, yref="paper", yanchor="top", yshift=-TICK_ROOM - 2,
        font={"size": theme.TEXT_SIZE, "color": theme.palette(look).ink}))
    return theme.chart(
        traces, look, words, heading=lines, height=grid.height, margin={"t": grid.top, "b": grid.bottom, "l": 52, "r": 18, "pad": 0},
        annotations=annotations, shapes=shapes, **axes)


def alt_subgroups(
    groups: Sequence, labels: Mapping[str | None, str], caption: Caption, words: Words, *, by_said: str, parameter: str = "PFS",
    milestone_days: float,
) -> str:
    """What the picture of the groups says, for those who cannot see it."""
    if not groups:
        return words.say("{parameter} by {by}, without patients.", parameter=parameter, by=by_said)
    first = words.say(
        "{parameter} by {by}, exploratory, without a test, data cut of {date}.", parameter=parameter, by=by_said,
        date=words.date(caption.cut_off))
    return " ".join([first, *(
        f"{_name(group, labels, words)}: {'; '.join(part.rstrip('.') for part in _facts(group, parameter, milestone_days, words))}."
        for group in groups)])


def panels_in_a_row(n: int, look: Look) -> int:
    """How many panels stand beside each other: three at most, two where that leaves no gap, one on a narrow screen."""
    if look.narrow:
        return 1
    return n if n <= 3 else 2 if n == 4 else 3


@dataclass(frozen=True)
class _Grid:
    """Where the panels lie. heads: pixels over the panels of each row. top, bottom, height: of the figure."""

    per_row: int
    heads: list[int]
    top: int
    bottom: int
    height: int

    @classmethod
    def of(cls, lines: list[int], per_row: int, top: int) -> "_Grid":
        """The grid of panels with so many lines over each."""
        heads = [LINE * max(lines[first : first + per_row]) + 6 for first in range(0, len(lines), per_row)]
        inside = sum(heads) + PANEL_HEIGHT * len(heads) + (TICK_ROOM + ROW_GAP) * (len(heads) - 1)
        bottom = TICK_ROOM + 28
        return cls(per_row, heads, top, bottom, top + inside + bottom)

    def domains(self, place: int) -> tuple[list[float], list[float]]:
        """The part of the width and of the height that the plot of a panel takes."""
        row, column = divmod(place, self.per_row)
        width = (1 - COLUMN_GAP * (self.per_row - 1)) / self.per_row
        inside = self.height - self.top - self.bottom
        above = sum(self.heads[: row + 1]) + row * (PANEL_HEIGHT + TICK_ROOM + ROW_GAP)
        left = column * (width + COLUMN_GAP)
        return [left, min(left + width, 1.0)], [max(1 - (above + PANEL_HEIGHT) / inside, 0.0), 1 - above / inside]


def _axes(place: int, grid: _Grid, reach: float, words: Words, look: Look) -> dict:
    """Both axes of a panel; the scale is said once for each row, at its left."""
    number = "" if place == 0 else str(place + 1)
    across, up = grid.domains(place)
    ticks = _ticks(reach)
    is_first = place % grid.per_row == 0
    return {
        f"xaxis{number}": theme.axis(
            look, domain=across, anchor=f"y{number}", range=[-0.02 * reach, reach * 1.02], tickvals=ticks, ticklen=4,
            ticktext=[words.number(tick) for tick in ticks], fixedrange=True),
        f"yaxis{number}": theme.axis(
            look, domain=up, anchor=f"x{number}", range=[0, TOP], tickvals=[0, 0.25, 0.5, 0.75, 1], ticklen=4, fixedrange=True,
            showgrid=True, gridwidth=1, showticklabels=is_first,
            ticktext=[words.percent(share, 0) for share in (0, 0.25, 0.5, 0.75, 1)]),
    }


def _ticks(reach: float) -> list[int]:
    """Whole months, at most six of them."""
    step = next((step for step in (1, 2, 3, 6, 12, 24, 60) if reach / step <= 5), 120)
    return list(range(0, int(reach) + 1, step))


def _reach(groups: Sequence, whole, milestone_days: float) -> float:
    """The month at which all axes end: the longest follow-up drawn, or the milestone."""
    curves = [curve for curve in (whole, *(group.curve for group in groups)) if curve is not None and curve.n]
    return max([milestone_days, *(float(curve.time[-1]) for curve in curves)]) / DAYS_PER_MONTH


def _panel(group, name: str, whole, words: Words, look: Look) -> list[dict]:
    """The marks of one panel; of a group too small a point that is not seen, so that the panel is there."""
    if group.curve is None:
        return [{"type": "scatter", "mode": "markers", "x": [None], "y": [None], "meta": "withheld", "hoverinfo": "skip"}]
    colours, curve, until = theme.palette(look), group.curve, group.reliable_until
    steps = Steps.of(curve)
    stories = _stories(steps, curve, name, words)
    traces = [_whole(whole, look)] if whole is not None and whole.n else []
    lines = []
    for part, rows, days in steps.parts(until):
        xs, ys = outline(theme.months(days), steps.lower[rows], steps.upper[rows])
        if xs:
            traces.append({
                "type": "scatter", "mode": "lines", "x": xs, "y": ys, "fill": "toself", "meta": f"band of {part}", "line": {"width": 0},
                "fillcolor": colours.band if part == "curve" else colours.greyed_band, "hoverinfo": "skip"})
        lines.append({
            "type": "scatter", "mode": "lines", "x": theme.months(days).tolist(), "y": steps.survival[rows].tolist(), "meta": part,
            "line": {"shape": "hv", "color": colours.teal if part == "curve" else colours.greyed, "width": 2.2},
            "text": [stories[row] for row in rows], "hovertemplate": "%{text}<extra></extra>"})
    return [*traces, *lines, _censor_ticks(curve, until, look), *_estimate(group.at, look)]


def _whole(whole, look: Look) -> dict:
    steps = Steps.of(whole)
    return {
        "type": "scatter", "mode": "lines", "meta": "whole", "hoverinfo": "skip", "x": theme.months(steps.time).tolist(),
        "y": steps.survival.tolist(), "line": {"shape": "hv", "color": theme.palette(look).muted, "width": 1.1, "dash": "2px,2px"}}


def _censor_ticks(curve, until: float | None, look: Look) -> dict:
    colours = theme.palette(look)
    seen = np.asarray(curve.censored) > 0
    days = np.asarray(curve.time, float)[seen]
    grey = days > until if until is not None else np.zeros(len(days), bool)
    return {
        "type": "scatter", "mode": "markers", "x": theme.months(days).tolist(), "meta": "censored", "hoverinfo": "skip",
        "y": np.asarray(curve.survival, float)[seen].tolist(),
        "marker": {"symbol": "line-ns-open", "size": 7, "line": {"width": 1},
                   "color": [colours.greyed if tail else colours.teal for tail in grey.tolist()]}}


def _estimate(at, look: Look) -> list[dict]:
    """The point at the milestone with its interval, smaller than on a curve that has the page for itself."""
    if at is None or at.estimate is None:
        return []
    drawn = milestone.estimate_mark(at, look)
    smaller = {"marker": drawn["marker"] | {"size": 8, "line": drawn["marker"]["line"] | {"width": 2}}}
    if "error_y" in drawn:
        smaller["error_y"] = drawn["error_y"] | {"thickness": 1.6, "width": 5}
    return [drawn | smaller]


def _stories(steps: Steps, curve, name: str, words: Words) -> list[str]:
    """What the hover says at the start and at each distinct time."""
    at_risk = [curve.n, *np.asarray(curve.at_risk).tolist()]
    return [
        words.say("<b>{group}</b><br>{months} months: {survival}<br>{n} at risk", group=name, survival=words.percent(survival),
                  months=words.number(round(day / DAYS_PER_MONTH, 1), 1 if day else 0), n=words.number(n))
        for day, survival, n in zip(steps.time.tolist(), steps.survival.tolist(), at_risk, strict=True)
    ]


def _name(group, labels: Mapping[str | None, str], words: Words) -> str:
    if group.code is None:
        return labels.get(None) or words.say("Not recorded")
    return labels.get(group.code, group.code)


def _facts(group, parameter: str, milestone_days: float, words: Words) -> list[str]:
    """Size and events; estimate and interval; number at risk. Or size, and why there is no more."""
    size = words.say("n = {n}", n=words.number(group.n))
    if group.curve is None:
        return [size, words.say(group.reason)]
    at = group.at
    events = words.count("{n} event", "{n} events", group.n_events)
    values = {"months": milestone.months_said(milestone_days / DAYS_PER_MONTH, words), "parameter": parameter}
    if at.estimate is None:
        return [f"{size}, {events}", reason_in_months(at.reason, words)]
    return [
        f"{size}, {events}",
        words.say("{months}-month {parameter} {estimate}", estimate=words.percent(at.estimate), **values),
        milestone.interval_said(at, group.curve, words),
        words.say("{at_risk} at risk at {months} months", at_risk=words.number(at.at_risk), **values),
    ]


def _head(group, labels, parameter: str, milestone_days: float, most: int, words: Words) -> list[str]:
    """The lines over a panel: the group's name, and its facts; why a group is withheld stands inside."""
    facts = _facts(group, parameter, milestone_days, words)
    facts = facts[:1] if group.curve is None else facts
    names = theme.wrapped_words(_name(group, labels, words), Look(), most=most)
    return [*(f"<b>{line}</b>" for line in names), *(line for fact in facts for line in theme.wrapped_words(fact, Look(), most=most))]


def _over(head: list[str], number: str, above: int, look: Look) -> dict:
    """The head of a panel, flush left with its plot; heads of one row begin at one height."""
    return theme.note(
        "<br>".join(head), look, x=0, xref=f"x{number} domain", xanchor="left", y=1, yref=f"y{number} domain", yanchor="top",
        yshift=above, font={"size": theme.SMALL_SIZE, "color": theme.palette(look).ink})


def _inside(group, number: str, most: int, words: Words, look: Look) -> dict:
    """Why a panel is empty, in its middle."""
    return theme.note(
        "<br>".join(theme.wrapped_words(words.say(group.reason), look, most=most - 4)), look, x=0.5, xref=f"x{number} domain",
        y=0.5, yref=f"y{number} domain", align="center", bgcolor=theme.palette(look).halo)


def _keys(groups: Sequence, whole, words: Words, look: Look) -> list[str]:
    """What the lines are, of those that occur."""
    colours, drawn = theme.palette(look), [group for group in groups if group.curve is not None]
    if not drawn:
        return []
    level = words.percent(drawn[0].curve.conf_level, 0)
    keys = [theme.key(colours.teal, words.say("the group, with {level} CI", level=level), sign="━")]
    if whole is not None and whole.n:
        keys.append(theme.key(colours.muted, words.say("all patients"), sign="┄"))
    if any(group.curve.n_censored for group in drawn):
        keys.append(theme.key(colours.teal, words.say("censored"), sign="|"))
    if any(group.reliable_until < group.curve.time[-1] for group in drawn):
        keys.append(theme.key(colours.greyed, words.say("too few remain at risk to read it closely"), sign="━"))
    return keys
