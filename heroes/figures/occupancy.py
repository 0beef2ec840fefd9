"""Where patients are over time: off therapy, resumed, progressed or dead, as shares stacked to one."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from heroes.figures import milestone, theme, time_axis
from heroes.figures.clearance import PLOT_WIDTH
from heroes.figures.reasons import reason_in_months
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.protocol import DAYS_PER_MONTH

PLOT_HEIGHT = 360  # pixels
LETTER, LABEL_HEIGHT, NARROW_PLOT = 7.2, 24, 200  # pixels

_NAMES = {
    "ON_TREATMENT": mark("On treatment"),
    "OFF_THERAPY": mark("Off therapy"),
    "RESUMED": mark("Therapy resumed"),
    "PROGRESSED": mark("Progressed"),
    "DEAD": mark("Dead"),
}


def state_name(state: str, words: Words) -> str:
    """A state of the way through the trial, as people say it."""
    return words.say(_NAMES[state]) if state in _NAMES else words.answer(state)


def state_colours(state: str, look: Look) -> tuple[str, str]:
    """The colour of a state's area, and of a text on it. From off therapy to dead they part in greyscale too."""
    colours = theme.palette(look)
    area = {
        "OFF_THERAPY": colours.off_therapy, "RESUMED": colours.resumed, "PROGRESSED": colours.muted, "DEAD": colours.ink,
    }.get(state, colours.neutral)
    return area, colours.halo if state in ("PROGRESSED", "DEAD") else colours.ink


def occupancy_chart(
    curves,
    counts: pd.DataFrame,
    caption: Caption,
    words: Words,
    *,
    at: Sequence | None = None,
    reliable_until: float | None = None,
    origin: str = "INCLUDED",
    title: str | None = None,
    tail_note: str | None = None,
    look: Look = Look(),
) -> go.Figure:
    """Shares of patients in each state over months of 30.4375 days from the named origin, stacked from the bottom.

    curves: OccupancyCurves in days; its states from the bottom up. A state that nobody was ever in is left out.
    counts: tick (days), a column per state, left: the table below, its rows in the order of the areas; its ticks are the
        axis' ticks.
    at: StateShare of each state at the milestone: marked by a line and said in the heading, or why there is none.
    reliable_until: days after which the areas lie under a grey veil; tail_note says why, in the reader's language.
    A state is named on its area where there is room, and with its colour beside the table always.
    """
    title = title or words.say("Where the patients are: off therapy, resumed, progressed, dead")
    if curves is None or not curves.n:
        return theme.empty_chart(title, words.say("No patient of this population is followed yet."), caption, words, look)
    days, shares = _from_the_origin(curves)
    is_grey = reliable_until is not None and reliable_until < days[-1]
    shown = [state for state in curves.states if shares[state].any() or counts[state].any()]
    notes = [_at_milestone(at, words)] if at else []
    if is_grey:
        notes.append(tail_note or words.say("Grey: too few patients are followed to read the shares closely."))
    lines = theme.heading(title, caption, words, look, notes=notes)
    rows = [*reversed(shown), "left"]
    names = [*(state_name(state, words) for state in reversed(shown)), words.say("No longer followed")]
    marked = [*(theme.key(state_colours(state, look)[0], name) for state, name in zip(rows[:-1], names[:-1], strict=True)), names[-1]]
    frame = time_axis.Frame(theme.title_height(lines) + 10, PLOT_HEIGHT, len(rows))
    last = time_axis.last_month(days[-1], float(counts["tick"].max()), at[0].time if at else None)
    axis = time_axis.months_axis(counts, last, origin, words, look)
    shapes = _milestone_line(at[0].time / DAYS_PER_MONTH, look) if at else []
    if is_grey:
        shapes.append(_veil(reliable_until, float(days[-1]), look))
    return theme.chart(
        [
            *(_area(state, days, shares[state], words, look) for state in shown),
            _hover(curves, shown, days, shares, words),
            time_axis.numbers_below(counts, rows, words, look, strong=len(shown)),
        ],
        look, words, heading=lines, height=frame.height, hovermode="x",
        margin={"t": frame.top, "b": time_axis.FOOT, "l": time_axis.left_margin(["■ " + name for name in names]), "r": 16, "pad": 0},
        xaxis=axis,
        yaxis=theme.axis(
            look, title=words.say("Share of patients"), range=[0, 1], tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1],
            ticktext=[words.percent(share, 0) for share in (0, 0.2, 0.4, 0.6, 0.8, 1)], domain=[frame.plot_bottom, 1], fixedrange=True),
        yaxis2=time_axis.rows_axis(marked, frame, look),
        annotations=_labels(shown, days, shares, reliable_until if is_grey else None, at, axis["range"], words, look), shapes=shapes,
    )


def alt_occupancy(curves, at: Sequence | None, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence, for those who cannot see it."""
    if curves is None or not curves.n:
        return words.say("Shares of patients in each state: no patients.")
    values = {"n": words.number(caption.n if caption.n is not None else curves.n), "date": words.date(caption.cut_off)}
    if not at:
        return words.say("Shares of patients in each state over time, n = {n}, data cut of {date}.", **values)
    return words.say(
        "Shares of patients in each state over time, n = {n}, data cut of {date}. {finding}",
        finding=_at_milestone(at, words, with_interval=False), **values)


def _from_the_origin(curves) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Days from the origin on, and each state's share from each of them to the next."""
    shares = np.vstack([curves.initial, curves.probability])
    return np.append(0.0, curves.time), {state: shares[:, place] for place, state in enumerate(curves.states)}


def _at_milestone(at: Sequence, words: Words, *, with_interval: bool = True) -> str:
    """The shares at the milestone in one sentence, without states that nobody is in; or why there are none."""
    months = milestone.months_said(at[0].time / DAYS_PER_MONTH, words)
    if at[0].estimate is None:
        return reason_in_months(at[0].reason, words)
    said = []
    for share in at:
        values = {"state": state_name(share.state, words), "share": words.percent(share.estimate)}
        if with_interval and milestone.exists(share.lower):
            said.append(words.say(
                "{state} {share} ({lower}–{upper})", lower=words.number(100 * share.lower, 1), upper=words.number(100 * share.upper, 1),
                **values))
        elif share.estimate > 0:
            said.append(words.say("{state} {share}", **values))
    if not with_interval:
        return words.say("At {months} months: {shares}.", months=months, shares=", ".join(said))
    level = words.percent(at[0].conf_level, 0)
    return words.say("At {months} months, with {level} CI: {shares}.", months=months, level=level, shares=", ".join(said))


def _area(state: str, days: np.ndarray, share: np.ndarray, words: Words, look: Look) -> dict:
    colour, _ = state_colours(state, look)
    pattern = {"fillpattern": {"shape": ".", "size": 7, "solidity": 0.2, "fgcolor": theme.palette(look).muted, "fillmode": "overlay"}}
    return {
        "type": "scatter", "mode": "lines", "meta": state, "name": state_name(state, words), "stackgroup": "states",
        "x": theme.months(days).tolist(), "y": share.tolist(), "fillcolor": colour, "hoverinfo": "skip",
        "line": {"shape": "hv", "color": theme.palette(look).halo, "width": 1.2}, **(pattern if state == "ON_TREATMENT" else {}),
    }


def _hover(curves, shown: Sequence[str], days: np.ndarray, shares: dict[str, np.ndarray], words: Words) -> dict:
    """One text for each time: every state from the top, its share and how many were at risk in it."""
    number, percent = cache(words.number), cache(words.percent)  # most times share their values; a locale is slow to ask
    heading, living, final = words.say("<b>{months} months</b>"), words.say("{state} {share}, {n} at risk"), words.say("{state} {share}")
    names = {state: state_name(state, words) for state in shown}
    place = {state: curves.states.index(state) for state in shown}
    at_risk = np.vstack([curves.at_risk[:1], curves.at_risk])
    stories = []
    for row, day in enumerate(days.tolist()):
        lines = [heading.format(months=number(round(day / DAYS_PER_MONTH, 1), 1))]
        for state in reversed(shown):
            line = final if state in curves.absorbing else living
            n = number(int(at_risk[row, place[state]]))
            lines.append(line.format(state=names[state], share=percent(round(float(shares[state][row]), 6)), n=n))
        stories.append("<br>".join(lines))
    return {
        "type": "scatter", "mode": "lines", "meta": "hover", "x": theme.months(days).tolist(), "y": [0.5] * len(days),
        "line": {"width": 0, "color": theme.INVISIBLE, "shape": "hv"}, "text": stories, "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }


def _milestone_line(month: float, look: Look) -> list[dict]:
    """A dotted line with a rim, which can be seen on the palest area and on the darkest."""
    colours = theme.palette(look)
    rim, dots = (theme.upright(month, look, colour=colour, dash=dash, layer="above") for colour, dash in
                 ((colours.halo, "solid"), (colours.ink, "dot")))
    rim["line"]["width"] = 2.2
    return [rim, dots]


def _veil(since: float, until: float, look: Look) -> dict:
    return {
        "type": "rect", "x0": since / DAYS_PER_MONTH, "x1": until / DAYS_PER_MONTH, "y0": 0, "y1": 1, "yref": "y", "layer": "above",
        "fillcolor": theme.palette(look).greyed, "opacity": 0.5, "line": {"width": 0},
    }


def _labels(
    shown: Sequence[str], days: np.ndarray, shares: dict, until: float | None, at: Sequence | None, reach: Sequence[float],
    words: Words, look: Look,
) -> list[dict]:
    """The names of the states on their areas, each where its area is thickest, if it is thick enough; rather before the veil,
    and never across the milestone's line or the veil's edge."""
    months = theme.months(days)
    upper = np.cumsum([shares[state] for state in shown], axis=0)
    lower = upper - np.array([shares[state] for state in shown])
    lines = [day / DAYS_PER_MONTH for day in (at[0].time if at else None, until) if day is not None]
    notes = []
    for place, state in enumerate(shown):
        name = state_name(state, words)
        wide = (LETTER * len(name) + 12) * (reach[1] - reach[0]) / (NARROW_PLOT if look.narrow else PLOT_WIDTH)
        ends = [months[-1]] if until is None else [until / DAYS_PER_MONTH, months[-1]]
        spots = (_thickest(months, lower[place], upper[place], wide, end, lines) for end in ends)
        spot = next((spot for spot in spots if spot is not None), None)
        if spot is not None:
            font = {"size": theme.TEXT_SIZE, "color": state_colours(state, look)[1]}
            notes.append(theme.note(name, look, x=spot[0], y=spot[1], align="center", font=font))
    return notes


def _thickest(
    months: np.ndarray, lower: np.ndarray, upper: np.ndarray, wide: float, end: float, lines: Sequence[float]
) -> tuple[float, float] | None:
    """The middle of the place, up to a last month and off the lines, where a text as wide as this has most room in an area; None
    without room."""
    room, spot = LABEL_HEIGHT / PLOT_HEIGHT, None
    for left in np.linspace(0, end - wide, 80) if end > wide else ():
        if any(left < line < left + wide for line in lines):
            continue
        first, last = (int(np.searchsorted(months, edge, side="right")) - 1 for edge in (left, left + wide))
        low, high = float(lower[first : last + 1].max()), float(upper[first : last + 1].min())
        if high - low > room:
            room, spot = high - low, (float(left + wide / 2), (low + high) / 2)
    return spot
