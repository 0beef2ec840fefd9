"""The marks of the swimmer plot: which records share a mark, how it looks, what its legend and its hover say."""

from collections.abc import Iterator
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from heroes.figures import theme
from heroes.figures.theme import Look
from heroes.labels import Words, mark

Rows = dict[str, np.ndarray]  # columns by name: plain values, None where missing

# Kinds that share one mark, in the order they are painted: what matters most comes last, on top.
GROUPS = {
    "DRAW_NOT_YET_DUE": ("DRAW_NOT_YET_DUE",),
    "DRAW_PENDING": ("DRAW_PENDING",),
    "DRAW_LATE": ("DRAW_DUE", "DRAW_OVERDUE", "DRAW_MISSED"),
    "CTDNA_NOT_EVALUABLE": ("CTDNA_NOT_EVALUABLE",),
    "CTDNA_NEGATIVE": ("CTDNA_NEGATIVE",),
    "CTDNA_POSITIVE": ("CTDNA_POSITIVE",),
    "LEFT": ("LTFU", "WITHDRAWN", "COMPLETED", "DISCONTINUED"),
    "ONGOING": ("ONGOING",),
    "PROGRESSION": ("PROGRESSION",),
    "DEATH": ("DEATH",),
}
_READ = ("CTDNA_NEGATIVE", "CTDNA_POSITIVE", "CTDNA_NOT_EVALUABLE", "DRAW_PENDING", "DRAW_LATE", "DRAW_NOT_YET_DUE",
         "PROGRESSION", "DEATH", "LEFT", "ONGOING")
LEGEND_RANK = {group: 10 + place for place, group in enumerate(_READ)}

_LEGEND = {
    "CTDNA_NEGATIVE": mark("{marker} negative"),
    "CTDNA_POSITIVE": mark("{marker} positive"),
    "CTDNA_NOT_EVALUABLE": mark("{marker} not evaluable"),
    "DRAW_PENDING": mark("Drawn, result pending"),
    "DRAW_NOT_YET_DUE": mark("Draw not yet due"),
    "PROGRESSION": mark("Progression"),
    "DEATH": mark("Death"),
    "LEFT": mark("Follow-up ended"),
    "ONGOING": mark("Ongoing"),
}
_TOLD = {
    **{kind: _LEGEND[kind] for kind in _LEGEND if kind != "LEFT"},
    "DRAW_DUE": mark("Draw due"),
    "DRAW_OVERDUE": mark("Draw overdue"),
    "DRAW_MISSED": mark("Draw missed"),
    "LTFU": mark("Lost to follow-up"),
    "WITHDRAWN": mark("Consent withdrawn"),
    "COMPLETED": mark("Follow-up completed"),
    "DISCONTINUED": mark("Left the study"),
}
_LATE_SYMBOL = {"DRAW_DUE": "circle-open", "DRAW_OVERDUE": "circle-open", "DRAW_MISSED": "circle-x-open"}
_LATE_WIDTH = {"DRAW_DUE": 1.4, "DRAW_OVERDUE": 3.0, "DRAW_MISSED": 1.6}

# A positive's diameter in pixels grows with log10 of its quantity, between these quantities.
SMALLEST, LARGEST = (0.1, 7.0), (1000.0, 16.0)
UNKNOWN_SIZE = 8.0


def grouped(marks: Rows) -> Iterator[tuple[str, Rows]]:
    """(group, its rows) of each group that occurs, in the order of painting."""
    for group, kinds in GROUPS.items():
        here = np.isin(marks["kind"], kinds)
        if here.any():
            yield group, {name: column[here] for name, column in marks.items()}


def positive_sizes(quantity) -> np.ndarray:
    """Diameters of positive calls in pixels; one size where the quantity is not delivered."""
    values = np.array([np.nan if value is None else value for value in quantity], dtype=float)
    (least, small), (most, large) = SMALLEST, LARGEST
    place = np.log10(np.clip(values, least, most) / least) / np.log10(most / least)
    return np.where(np.isnan(values), UNKNOWN_SIZE, np.round(small + (large - small) * place, 1))


def mark_style(group: str, rows: Rows, look: Look) -> dict:
    """Symbol, size and colour of a group's marks."""
    colours = theme.palette(look)
    rim = {"color": colours.halo, "width": 1}
    if group == "DRAW_LATE":
        kinds = rows["kind"].tolist()
        return {"symbol": [_LATE_SYMBOL[kind] for kind in kinds], "size": 11, "color": colours.amber,
                "line": {"width": [_LATE_WIDTH[kind] for kind in kinds]}}
    if group == "CTDNA_POSITIVE":
        return {"symbol": "circle", "size": positive_sizes(rows["quantity"]).tolist(), "color": colours.red, "opacity": 1,
                "line": rim}
    return {
        "CTDNA_NEGATIVE": {"symbol": "circle-open", "size": 9, "color": colours.teal, "line": {"width": 1.8}},
        "CTDNA_NOT_EVALUABLE": {"symbol": "x-thin-open", "size": 7, "color": colours.muted, "line": {"width": 2}},
        "DRAW_PENDING": {"symbol": "circle-open-dot", "size": 9, "color": colours.muted, "line": {"width": 1.4}},
        "DRAW_NOT_YET_DUE": {"symbol": "line-ns-open", "size": 8, "color": colours.greyed, "line": {"width": 1}},
        "LEFT": {"symbol": "line-ns-open", "size": 13, "color": colours.ink, "line": {"width": 3}},
        "ONGOING": {"symbol": "triangle-right", "size": 9, "color": colours.teal, "line": {"width": 0}},
        "PROGRESSION": {"symbol": "diamond", "size": 13, "color": colours.ink, "line": rim},
        "DEATH": {"symbol": "square", "size": 11, "color": colours.ink, "line": rim},
    }[group]


def legend_name(group: str, rows: Rows, words: Words, marker: str) -> str:
    """The group's name in the legend; positives say what their size means, late draws which of three they are."""
    if group == "CTDNA_POSITIVE" and (unit := _unit(rows, words)):
        return words.say("{marker} positive (by {unit})", marker=marker, unit=unit)
    if group == "DRAW_LATE":
        kinds = set(rows["kind"])
        if len(kinds) == 1:
            return words.say(_TOLD[kinds.pop()])
        return words.say("Draw due or missed")
    return words.say(_LEGEND[group], marker=marker)


def size_note(marks: Rows, words: Words) -> str | None:
    """How the size of a positive is to be read; None when no quantity was delivered."""
    positive = marks["kind"] == "CTDNA_POSITIVE"
    unit = _unit({name: marks[name][positive] for name in ("quantity", "unit")}, words)
    return unit and words.say("Size of a positive: logarithm of {unit}, from {least} or less to {most} or more.",
                              unit=unit, least=words.number(SMALLEST[0], 1), most=words.number(LARGEST[0]))


def _unit(rows: Rows, words: Words) -> str | None:
    """The unit of these quantities, where all have the same; None without quantities."""
    units = {unit for unit, quantity in zip(rows["unit"], rows["quantity"], strict=True) if quantity is not None}
    if not units:
        return None
    unit = units.pop()
    return str(unit) if unit and not units else words.say("quantity")


def told(marks: Rows, words: Words, marker: str) -> list[str]:
    """What the hover says of each mark: call or event, quantity with unit, visit, detail, calendar month.

    marks also has `ordinal`, the day as a day number, NaN for patients with relative times only.
    """
    number, month = cache(words.number), cache(words.month)
    said = cache(lambda kind: words.say(_TOLD[kind], marker=marker))
    visit_said = words.say("visit {visit}")
    texts = []
    for kind, quantity, unit, qualifier, visit, detail, ordinal in zip(
        *(marks[name].tolist() for name in ("kind", "quantity", "unit", "qualifier", "visit_code", "detail", "ordinal")),
        strict=True,
    ):
        text = said(kind)
        if quantity:
            sign = f"{qualifier} " if qualifier and qualifier != "=" else ""
            digits = 2 if quantity < 10 else 1 if quantity < 100 else 0
            text += f": {sign}{number(round(float(quantity), digits), digits)} {unit or ''}".rstrip()
        if visit:
            text += " · " + visit_said.format(visit=visit)
        if detail:
            text += " · " + _detail(kind, str(detail), words)
        if ordinal == ordinal:
            text += " · " + month(date.fromordinal(int(ordinal)).replace(day=1))
        texts.append(text)
    return texts


def _detail(kind: str, detail: str, words: Words) -> str:
    """Days of delay of an overdue draw; a code in small letters."""
    if kind == "DRAW_OVERDUE" and detail.isdigit():
        return words.count("{n} day late", "{n} days late", int(detail))
    return detail.replace("_", " ").lower() if detail.isupper() else detail


def plain(column: pd.Series) -> np.ndarray:
    """A column as plain values, None where it is missing, whatever its dtype."""
    values = column.to_numpy(object, copy=True)
    values[column.isna().to_numpy(bool)] = None
    return values
