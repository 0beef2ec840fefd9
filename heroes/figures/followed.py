"""Who has been followed long enough to be counted at the milestone: one bar, from the planned patients."""

from collections.abc import Mapping

import plotly.graph_objects as go

from heroes.figures import milestone, theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.protocol import DAYS_PER_MONTH
from heroes.statistics.complete_cases import COUNTED, Outcome

BAR, ABOVE, BELOW = 44, 30, 34  # pixels
ROOM_FOR_NUMBER = 0.022  # of the bar: narrower parts are numbered in the key alone

_NAMES = {
    Outcome.EVENT_FREE: mark("event-free at {months} months"),
    Outcome.EVENT: mark("event by {months} months"),
    Outcome.LOST: mark("no event, last scan before the {months}-month window ({on_study} still on study)"),
    Outcome.EARLY_EVENT: mark("event, too recent to be counted"),
    Outcome.TOO_EARLY: mark("no event, too recent to be counted"),
    Outcome.UNKNOWN: mark("time to the data cut unknown"),
}


def followed_chart(
    outcomes: Mapping[Outcome, int], caption: Caption, words: Words, *, milestone_days: float, n_planned: int | None = None,
    required: float | None = None, n_lost_on_study: int = 0, look: Look = Look(),
) -> go.Figure:
    """One bar of all planned patients: those counted at the milestone first, then those too recent, then those still to come.

    outcomes: patients of each kind. n_planned: None when not set, then the bar ends with the included. required: share of
    the planned whose window must have closed before the primary figure, drawn as a mark; None draws none. n_lost_on_study: of
    the lost, those who have not left.
    """
    parts = _parts(outcomes, n_planned)
    total = sum(n for _, n in parts)
    months = milestone.months_said(milestone_days / DAYS_PER_MONTH, words)
    title = _title(outcomes, total, months, n_planned, words)
    if not total:
        return theme.empty_chart(title, words.say("No patient of this population is followed yet."), caption, words, look)
    colours = theme.palette(look)
    keys = [theme.key(_colour(kind, look), f"{_name(kind, months, n_lost_on_study, words)} {words.number(n)}") for kind, n in parts if n]
    lines = theme.heading(title, caption, words, look, keys=keys)
    top = theme.title_height(lines) + (ABOVE if required else 8)
    traces, shapes, notes, start = [], [], [], 0
    for kind, n in parts:
        if not n:
            continue
        said = words.count("{name}: {n} patient", "{name}: {n} patients", n, name=_name(kind, months, n_lost_on_study, words))
        traces.append({
            "type": "bar", "orientation": "h", "x": [n], "y": [0], "base": [start], "meta": kind.value if kind else "to come",
            "marker": {"color": _colour(kind, look), "line": {"width": 1, "color": colours.halo}}, "width": [0.9],
            "text": [said], "textposition": "none", "hovertemplate": "%{text}<extra></extra>"})
        if n / total >= ROOM_FOR_NUMBER:
            font = {"size": theme.TEXT_SIZE, "color": _on(kind, look)}
            notes.append(theme.note(words.number(n), look, x=start + n / 2, y=0, font=font))
        start += n
    if required:
        at = required * total
        shapes.append(theme.upright(at, look, colours.rust, "solid", y1=1.18, yref="paper", layer="above"))
        notes.append(theme.note(
            words.say("{share} wanted for the primary figure", share=words.percent(required, 0)), look, x=at, y=1, yref="paper", yshift=8,
            xanchor="right" if required > 0.5 else "left", yanchor="bottom", font={"size": theme.SMALL_SIZE, "color": colours.rust}))
    ticks = _ticks(total)
    return theme.chart(
        traces, look, words, heading=lines, height=top + BAR + BELOW, barmode="overlay",
        margin={"t": top, "b": BELOW, "l": 8, "r": 14, "pad": 0},
        xaxis=theme.axis(look, range=[0, total], tickvals=ticks, fixedrange=True, ticktext=[words.number(n) for n in ticks]),
        yaxis=theme.bare_axis(range=[-0.55, 0.55]), shapes=shapes, annotations=notes)


def alt_followed(
    outcomes: Mapping[Outcome, int], caption: Caption, words: Words, *, milestone_days: float, n_planned: int | None = None,
    required: float | None = None, n_lost_on_study: int = 0,
) -> str:
    """What the bar says, for those who cannot see it."""
    parts = _parts(outcomes, n_planned)
    months = milestone.months_said(milestone_days / DAYS_PER_MONTH, words)
    told = "; ".join(f"{_name(kind, months, n_lost_on_study, words)} {words.number(n)}" for kind, n in parts if n)
    return words.say(
        "{title}, data cut of {date}: {parts}.", title=_title(outcomes, sum(n for _, n in parts), months, n_planned, words),
        date=words.date(caption.cut_off), parts=told)


def _parts(outcomes: Mapping[Outcome, int], n_planned: int | None) -> list[tuple[Outcome | None, int]]:
    """Parts of the bar in order; None is who is still to come."""
    included = sum(outcomes.values())
    return [*((kind, outcomes.get(kind, 0)) for kind in Outcome), (None, max((n_planned or 0) - included, 0))]


def _title(outcomes: Mapping[Outcome, int], total: int, months: str, n_planned: int | None, words: Words) -> str:
    counted = sum(outcomes.get(kind, 0) for kind in COUNTED)
    if outcomes.get(Outcome.UNKNOWN) and not counted:
        return words.say("How many followed long enough for {months} months is not known", months=months)
    values = {"n": words.number(counted), "total": words.number(total), "months": months}
    if n_planned is None:
        return words.say("{n} of {total} included patients followed long enough for {months} months", **values)
    if total > n_planned:
        return words.say(
            "{n} of {total} included patients ({planned} planned) followed long enough for {months} months", **values,
            planned=words.number(n_planned))
    return words.say("{n} of {total} planned patients followed long enough for {months} months", **values)


def _name(kind: Outcome | None, months: str, n_lost_on_study: int, words: Words) -> str:
    if kind is None:
        return words.say("not included yet")
    if kind is Outcome.LOST:
        return words.say(_NAMES[kind], months=months, on_study=words.number(n_lost_on_study))
    return words.say(_NAMES[kind], months=months)


def _colour(kind: Outcome | None, look: Look) -> str:
    colours = theme.palette(look)
    return {
        Outcome.EVENT_FREE: colours.teal, Outcome.EVENT: colours.ink, Outcome.LOST: colours.amber, Outcome.EARLY_EVENT: colours.greyed,
        Outcome.TOO_EARLY: colours.off_therapy, Outcome.UNKNOWN: colours.neutral, None: colours.faint,
    }[kind]


def _on(kind: Outcome | None, look: Look) -> str:
    """Colour of a number on its part of the bar."""
    colours = theme.palette(look)
    return colours.halo if kind in (Outcome.EVENT_FREE, Outcome.EVENT, Outcome.LOST, Outcome.EARLY_EVENT) else colours.ink


def _ticks(total: int) -> list[int]:
    """Round numbers and the whole."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**9) if total / step <= 8)
    return [n for n in range(0, total, step) if total - n > step / 2 or n == 0] + [total]
