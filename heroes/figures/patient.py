"""One patient, every track on one time axis: therapy, ctDNA, scans, lesions, quality of life, adverse events, steps."""

import math
from dataclasses import dataclass, field

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.model.terms import MilestoneKind, Phase
from heroes.protocol import DAYS_PER_MONTH

GAP, BELOW, LEFT, RIGHT = 16, 58, 118, 24  # pixels
HEIGHTS = {"therapy": 30, "ctdna": 170, "scans": 44, "lesions": 84, "quality": 84, "events": 0, "steps": 80}
ROW = 15  # pixels of one adverse event
MOST_EVENTS = 16
STEP_ROWS, USUAL_WIDTH = 5, 700  # rows; pixels of the plot on most screens
_UNNAMED = frozenset({
    MilestoneKind.TISSUE_SENT, MilestoneKind.ASSAY_READY, MilestoneKind.BASELINE_DRAW, MilestoneKind.BASELINE_RESULT,
})
"""Steps of screening that are marked without their name, which is in the hover: they lie close together."""

AHEAD_DAYS = 200
"""Planned visits later than this after the data cut are not drawn: they would make what has happened small."""

_NAMES = {
    "therapy": mark("Therapy"), "ctdna": mark("{marker}"), "scans": mark("Scans"), "lesions": mark("Target lesions, mm"),
    "quality": mark("Global health"), "events": mark("Adverse events"), "steps": mark("Steps"),
}
_GHOSTS = {"OVERDUE": mark("overdue"), "DUE": mark("due"), "NOT_YET_DUE": mark("not yet due"), "MISSED": mark("missed")}
_CALLS = {
    "CTDNA_POSITIVE": mark("{marker} positive"), "CTDNA_NEGATIVE": mark("{marker} negative"),
    "CTDNA_NOT_EVALUABLE": mark("{marker} not evaluable"), "DRAW_PENDING": mark("Drawn, result pending"),
}


@dataclass(frozen=True)
class Tracks:
    """Everything recorded of one patient, as the store answers it; days count from day 0. Empty frames leave their track out.

    spans: status_spans. marks: swimmer_marks. scans: assessments. clocks: protocol_clocks. lesions: patient_lesion_sums. quality:
    quality_of_life_scores of the scale to be drawn. events: patient_adverse_events. steps: milestones (day, what). cut_off_day: None
    where times are relative.
    """

    spans: pd.DataFrame
    marks: pd.DataFrame
    scans: pd.DataFrame
    clocks: pd.DataFrame
    lesions: pd.DataFrame
    quality: pd.DataFrame
    events: pd.DataFrame
    steps: pd.DataFrame
    cut_off_day: int | None


@dataclass
class _Drawing:
    """What is drawn so far, and how to place the next track."""

    words: Words
    look: Look
    marker: str
    traces: list[dict] = field(default_factory=list)
    shapes: list[dict] = field(default_factory=list)
    notes: list[dict] = field(default_factory=list)

    def add(self, axis: str, x, y, told, **style) -> None:
        """Marks or a line on one track; told: what the hover says of each."""
        self.traces.append({
            "type": "scatter", "mode": "markers", "x": [day / DAYS_PER_MONTH for day in x], "y": list(y), "yaxis": axis, "text": list(told),
            "hovertemplate": "%{text}<extra></extra>", "cliponaxis": False, "showlegend": False, **style,
        })

    def day(self, day) -> str:
        return self.words.say("day {day}", day=self.words.number(int(day)))


def patient_chart(
    tracks: Tracks, caption: Caption, words: Words, *, title: str, marker: str, unit: str | None = None, limit: float | None = None,
    floor: float = 0.05, look: Look = Look(),
) -> go.Figure:
    """The tracks that were delivered, one under the other, over months since day 0.

    title: the patient, in the reader's language. limit: the limit of detection, drawn where the quantities have `unit`. floor: where what
    was not detected is drawn on the log axis; it is no value. Planned visits not made are drawn faint, due and overdue ones amber.
    """
    there = [name for name in HEIGHTS if _has(name, tracks)]
    if not there:
        return theme.empty_chart(title, words.say("Nothing with a day is recorded of this patient."), caption, words, look)
    colours = theme.palette(look)
    keys = _keys(tracks, words, look, marker)
    lines = theme.heading(title, caption, words, look, keys=keys)
    top = theme.title_height(lines) + 18
    heights = {name: HEIGHTS[name] or ROW * min(len(tracks.events), MOST_EVENTS) + 8 for name in there}
    inner = sum(heights.values()) + GAP * (len(there) - 1)
    drawing = _Drawing(words, look, marker)
    axes, above = {}, 0
    for place, name in enumerate(there, start=1):
        axis = "y" if place == 1 else f"y{place}"
        domain = [max(1 - (above + heights[name]) / inner, 0), 1 - above / inner]
        settings = _DRAW[name](drawing, axis, tracks, unit, limit, floor)
        axes[f"yaxis{'' if place == 1 else place}"] = {
            **theme.axis(look, showline=False, ticks="", fixedrange=True, anchor="x"), "domain": domain, **settings,
        }
        said = words.say(_NAMES[name], marker=marker)
        drawing.notes.append(theme.note(
            "<br>".join(theme.wrapped_words(said, look, most=14)), look, x=0, xref="paper", xanchor="right",
            xshift=-44 if name in ("ctdna", "lesions", "quality") else -8,
            y=(domain[0] + domain[1]) / 2, yref="paper", yanchor="middle", align="right", font={"size": theme.SMALL_SIZE, "color": colours.ink},
        ))
        above += heights[name] + GAP
    first, last = _reach(tracks)
    drawing.shapes.append(_upright(0, colours.muted, "solid"))
    if tracks.cut_off_day is not None:
        drawing.shapes.append(_upright(tracks.cut_off_day / DAYS_PER_MONTH, colours.rust, "dash"))
        drawing.notes.append(theme.note(
            words.say("data cut"), look, x=tracks.cut_off_day / DAYS_PER_MONTH, y=1, yref="paper", xanchor="center", yanchor="bottom",
            font={"size": theme.SMALL_SIZE, "color": colours.rust},
        ))
    span = last - first
    return theme.chart(
        drawing.traces, look, words, heading=lines, height=top + inner + BELOW, barmode="overlay",
        margin={"t": top, "b": BELOW, "l": LEFT, "r": RIGHT, "pad": 0},
        xaxis=theme.axis(
            look, title=words.say("Months since inclusion"), range=[(first - 0.02 * span) / DAYS_PER_MONTH, (last + 0.03 * span) / DAYS_PER_MONTH],
            dtick=3 if span < 30 * DAYS_PER_MONTH else 6, fixedrange=True, anchor="free", position=0, showgrid=True,
        ),
        shapes=drawing.shapes, annotations=drawing.notes, **axes,
    )


def alt_patient(tracks: Tracks, caption: Caption, words: Words, *, title: str, marker: str) -> str:
    """What the tracks hold, for those who cannot see them; the story itself stands beside the picture in sentences."""
    names = ", ".join(words.say(_NAMES[name], marker=marker) for name in HEIGHTS if _has(name, tracks))
    return words.say(
        "{title}: {list} over months since inclusion, data cut of {date}.", title=title, list=names, date=words.date(caption.cut_off)
    )


def _has(name: str, tracks: Tracks) -> bool:
    return {
        "therapy": len(tracks.spans) > 0,
        "ctdna": tracks.marks["kind"].isin(list(_CALLS)).any() or (tracks.clocks["kind"] == "DRAW").any(),
        "scans": len(tracks.scans) > 0 or (tracks.clocks["kind"] == "SCAN").any(),
        "lesions": tracks.lesions["sum_mm"].notna().any(),
        "quality": len(tracks.quality) > 0 or (tracks.clocks["kind"] == "QUESTIONNAIRE").any(),
        "events": tracks.events["start_day"].notna().any(),
        "steps": len(tracks.steps) > 0,
    }[name]


def _reach(tracks: Tracks) -> tuple[float, float]:
    days = [0.0]
    for frame, column in (
        (tracks.spans, "start_day"), (tracks.spans, "end_day"), (tracks.marks, "day"), (tracks.scans, "day"), (tracks.lesions, "day"),
        (tracks.quality, "day"), (tracks.events, "start_day"), (tracks.steps, "day"),
    ):
        days += frame[column].dropna().astype(float).tolist()
    if tracks.cut_off_day is not None:
        ahead = tracks.clocks["planned_day"].dropna().astype(float)
        days += [tracks.cut_off_day, *ahead[ahead <= tracks.cut_off_day + AHEAD_DAYS].tolist()]
        days = [day for day in days if day <= tracks.cut_off_day + AHEAD_DAYS]
    return min(days), max(max(days), min(days) + 30)


def _upright(month: float, colour: str, dash: str) -> dict:
    return {"type": "line", "x0": month, "x1": month, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
            "line": {"color": colour, "width": 1, "dash": dash}}


def _keys(tracks: Tracks, words: Words, look: Look, marker: str) -> list[str]:
    colours = theme.palette(look)
    phases = [Phase(phase) for phase in dict.fromkeys(tracks.spans["phase"])]
    keys = [theme.key(theme.lane_colour(phase, look), words.term(phase)) for phase in phases]
    kinds = set(tracks.marks["kind"])
    keys += [
        theme.key(colour, words.say(_CALLS[kind], marker=marker), sign)
        for kind, colour, sign in (
            ("CTDNA_POSITIVE", colours.red, "●"), ("CTDNA_NEGATIVE", colours.teal, "○"), ("CTDNA_NOT_EVALUABLE", colours.muted, "×"),
        ) if kind in kinds
    ]
    if tracks.clocks["status"].isin(["DUE", "OVERDUE", "MISSED"]).any():
        keys.append(theme.key(colours.amber, words.say("due, overdue or missed"), "○"))
    return keys


def _therapy(drawing: _Drawing, axis: str, tracks: Tracks, *_) -> dict:
    for span in tracks.spans.itertuples():
        phase = Phase(span.phase)
        name = drawing.words.term(phase)
        start, end = span.start_day / DAYS_PER_MONTH, span.end_day / DAYS_PER_MONTH
        told = drawing.words.say("{phase}: day {start} to day {end}", phase=name, start=drawing.words.number(int(span.start_day)),
                                 end=drawing.words.number(int(span.end_day)))
        drawing.traces.append({
            "type": "bar", "orientation": "h", "x": [end - start], "base": [start], "y": [0], "width": [0.9], "yaxis": axis, "meta": span.phase,
            "marker": {"color": theme.lane_colour(phase, drawing.look), "line": {"width": 0}}, "hovertext": [told],
            "hovertemplate": "%{hovertext}<extra></extra>", "showlegend": False,
        })
    return {"range": [-0.5, 0.5], "showticklabels": False}


def _ghosts(drawing: _Drawing, axis: str, tracks: Tracks, kinds: tuple[str, ...], y: float) -> None:
    """Planned visits that were not made: amber rings for due, overdue and missed ones, faint ticks for those to come."""
    colours = theme.palette(drawing.look)
    ghosts = tracks.clocks[tracks.clocks["kind"].isin(kinds) & tracks.clocks["status"].isin(list(_GHOSTS))]
    if tracks.cut_off_day is not None:
        ghosts = ghosts[ghosts["planned_day"] <= tracks.cut_off_day + AHEAD_DAYS]
    if ghosts.empty:
        return
    symbols = {"OVERDUE": "circle-open", "DUE": "circle-open", "MISSED": "circle-x-open", "NOT_YET_DUE": "line-ns-open"}
    widths = {"OVERDUE": 3.0, "DUE": 1.4, "MISSED": 1.6, "NOT_YET_DUE": 1.0}
    told = [
        f"{ghost.visit_code}: {drawing.words.say(_GHOSTS[ghost.status])} · {drawing.day(ghost.planned_day)}" for ghost in ghosts.itertuples()
    ]
    drawing.add(axis, ghosts["planned_day"].astype(float), [y] * len(ghosts), told, meta="planned", marker={
        "symbol": [symbols[status] for status in ghosts["status"]], "size": 10,
        "color": [colours.greyed if status == "NOT_YET_DUE" else colours.amber for status in ghosts["status"]],
        "line": {"width": [widths[status] for status in ghosts["status"]]},
    })


def _ctdna(drawing: _Drawing, axis: str, tracks: Tracks, unit: str | None, limit: float | None, floor: float) -> dict:
    words, colours = drawing.words, theme.palette(drawing.look)
    calls = tracks.marks[tracks.marks["kind"].isin(list(_CALLS))].sort_values("day")
    measured = calls[(calls["kind"] == "CTDNA_POSITIVE") & calls["quantity"].notna()]
    units = set(measured["unit"].dropna())
    top = max([10.0, *(3 * measured["quantity"].astype(float)).tolist()])
    drawing.shapes.append({
        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": floor / 2, "y1": floor * 2, "layer": "below", "line": {"width": 0},
        "fillcolor": colours.greyed_band,
    })
    drawing.notes.append(theme.note(
        words.say("not detected"), drawing.look, x=1, xref="paper", xanchor="right", y=_log(floor * 1.7), yref=axis, yanchor="middle",
    ))
    if limit and units <= {unit}:
        drawing.shapes.append({
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": limit, "y1": limit, "layer": "below",
            "line": {"color": colours.rust, "width": 1, "dash": "dash"},
        })
        drawing.notes.append(theme.note(
            words.say("limit of detection {limit} {unit}", limit=words.number(limit, 1), unit=unit), drawing.look, x=1, xref="paper",
            xanchor="right", y=_log(limit), yref=axis, yanchor="bottom", font={"size": theme.SMALL_SIZE, "color": colours.rust},
        ))
    styles = {
        "CTDNA_NEGATIVE": {"symbol": "circle-open", "size": 9, "color": colours.teal, "line": {"width": 1.8}},
        "CTDNA_POSITIVE": {"symbol": "circle", "size": 10, "color": colours.red, "line": {"color": colours.halo, "width": 1}},
        "CTDNA_NOT_EVALUABLE": {"symbol": "x-thin-open", "size": 8, "color": colours.muted, "line": {"width": 2}},
        "DRAW_PENDING": {"symbol": "circle-open-dot", "size": 9, "color": colours.muted, "line": {"width": 1.4}},
    }
    if len(measured) > 1:
        drawing.add(axis, measured["day"].astype(float), measured["quantity"].astype(float), [""] * len(measured), mode="lines",
                    meta="quantity", line={"color": colours.red, "width": 1}, hoverinfo="skip", hovertemplate=None)
    for kind, rows in calls.groupby("kind", sort=False):
        heights = [
            float(q) if kind == "CTDNA_POSITIVE" and pd.notna(q) else top / 1.5 if kind == "CTDNA_POSITIVE" else floor for q in rows["quantity"]
        ]
        told = [_call_said(drawing, row) for row in rows.itertuples()]
        drawing.add(axis, rows["day"].astype(float), heights, told, meta=kind, marker=styles[kind])
    _ghosts(drawing, axis, tracks, ("DRAW", "POST_RESTART"), floor)
    ticks = [tick for tick in (0.1, 1, 10, 100, 1_000, 10_000) if tick <= top]
    return {"type": "log", "range": [_log(floor / 2), _log(top)], "tickvals": ticks, "ticktext": [words.number(tick, 1 if tick < 1 else 0) for tick in ticks],
            "showgrid": True}


def _log(value: float) -> float:
    """Where an annotation stands on a logarithmic axis."""
    return math.log10(value)


def _call_said(drawing: _Drawing, row) -> str:
    words = drawing.words
    text = words.say(_CALLS[row.kind], marker=drawing.marker)
    if pd.notna(row.quantity) and row.kind == "CTDNA_POSITIVE":
        sign = "" if pd.isna(row.qualifier) or row.qualifier == "=" else f"{row.qualifier} "
        text += f": {sign}{words.number(float(row.quantity), 2)} {'' if pd.isna(row.unit) else row.unit}".rstrip()
    elif row.kind == "CTDNA_POSITIVE":
        text += words.say(", quantity not delivered")
    visit = "" if pd.isna(row.visit_code) else f" · {row.visit_code}"
    return f"{text} · {drawing.day(row.day)}{visit}"


def _scans(drawing: _Drawing, axis: str, tracks: Tracks, *_) -> dict:
    words, colours = drawing.words, theme.palette(drawing.look)
    _ghosts(drawing, axis, tracks, ("SCAN",), 0.0)
    said, symbols, paint, told = [], [], [], []
    for scan in tracks.scans.itertuples():
        overall = scan.overall if pd.notna(scan.overall) else "NE"
        suspected = overall == "PD" and scan.equivocal and not scan.confirmed
        said.append(f"{overall}?" if suspected else overall)
        symbols.append("diamond-open" if suspected else "diamond" if overall == "PD" else "x-thin-open" if overall == "NE" else "square-open")
        paint.append(colours.ink if overall == "PD" else colours.muted if overall == "NE" else colours.teal)
        what = words.say("suspected progression") if suspected else overall
        told.append(words.say("Scan") + f": {what} · {drawing.day(scan.day)}")
    if said:
        days = tracks.scans["day"].astype(float)
        drawing.add(axis, days, [0.0] * len(said), told, meta="scans", marker={"symbol": symbols, "size": 10, "color": paint, "line": {"width": 1.6}})
        drawing.add(axis, days, [0.55] * len(said), told, meta="responses", mode="text", texttemplate=[text for text in said],
                    textfont={"size": theme.SMALL_SIZE - 1, "color": paint})
    return {"range": [-0.6, 0.95], "showticklabels": False}


def _lesions(drawing: _Drawing, axis: str, tracks: Tracks, *_) -> dict:
    words, colours = drawing.words, theme.palette(drawing.look)
    sums = tracks.lesions[tracks.lesions["sum_mm"].notna()]
    for evaluator, rows in sums.groupby("evaluator", sort=False):
        told = [
            f"{words.number(float(row.sum_mm), 1)} mm · {words.answer(evaluator)} · {drawing.day(row.day)}" for row in rows.itertuples()
        ]
        drawing.add(axis, rows["day"].astype(float), rows["sum_mm"].astype(float), told, mode="lines+markers", meta="lesions",
                    line={"color": colours.ink, "width": 1.2}, marker={"size": 6, "color": colours.ink})
    top = max(float(sums["sum_mm"].max()) * 1.15, 10.0)
    return {"range": [0, top], "nticks": 3, "showgrid": True}


def _quality(drawing: _Drawing, axis: str, tracks: Tracks, *_) -> dict:
    words, colours = drawing.words, theme.palette(drawing.look)
    if len(tracks.quality):
        told = [f"{words.number(float(row.score))} / 100 · {drawing.day(row.day)}" for row in tracks.quality.itertuples()]
        drawing.add(axis, tracks.quality["day"].astype(float), tracks.quality["score"].astype(float), told, mode="lines+markers",
                    meta="quality", line={"color": colours.teal, "width": 1.2}, marker={"size": 6, "color": colours.teal})
    else:
        done = tracks.clocks[(tracks.clocks["kind"] == "QUESTIONNAIRE") & tracks.clocks["done_day"].notna()]
        told = [f"{row.visit_code}: {words.answer(row.instrument)} · {drawing.day(row.done_day)}" for row in done.itertuples()]
        drawing.add(axis, done["done_day"].astype(float), [50.0] * len(done), told, meta="questionnaires",
                    marker={"symbol": "square", "size": 7, "color": colours.teal})
    _ghosts(drawing, axis, tracks, ("QUESTIONNAIRE",), 8.0)
    return {"range": [0, 104], "tickvals": [0, 50, 100], "showgrid": True}


def _events(drawing: _Drawing, axis: str, tracks: Tracks, *_) -> dict:
    words, colours = drawing.words, theme.palette(drawing.look)
    ordered = tracks.events[tracks.events["start_day"].notna()]
    worst = ordered.sort_values(["serious", "grade"], ascending=False, na_position="last").head(MOST_EVENTS)
    shown = ordered[ordered.index.isin(worst.index)]
    end = tracks.cut_off_day if tracks.cut_off_day is not None else _reach(tracks)[1]
    for place, event in enumerate(shown.itertuples()):
        grade = None if pd.isna(event.grade) else int(event.grade)
        colour = colours.muted if grade is None or grade < 3 else colours.red if grade > 3 or event.serious is True else colours.amber
        last = float(event.end_day) if pd.notna(event.end_day) else float(end)
        start = float(event.start_day)
        said = words.say("{term}, grade {grade}", term=event.term, grade="–" if grade is None else grade)
        told = f"{said} · {drawing.day(event.start_day)}"
        drawing.add(axis, [start, max(last, start)], [place, place], [told, told], mode="lines", meta="event", line={"color": colour, "width": 5})
        drawing.add(axis, [start], [place], [told], mode="text", texttemplate=said, textposition="middle left", meta="event name",
                    textfont={"size": theme.SMALL_SIZE - 1, "color": colours.muted})
    return {"range": [max(len(shown), 1) - 0.4, -0.6], "showticklabels": False}


def _steps(drawing: _Drawing, axis: str, tracks: Tracks, *_) -> dict:
    words, colours = drawing.words, theme.palette(drawing.look)
    steps = tracks.steps.sort_values("day")
    said = [words.term(MilestoneKind(what)) for what in steps["what"]]
    names = ["" if what in _UNNAMED else name for what, name in zip(steps["what"], said, strict=True)]
    first, last = _reach(tracks)
    rows, has_room = _rows_for(names, steps["day"].astype(float).tolist(), (last - first) / USUAL_WIDTH)
    symbols = ["square" if what == MilestoneKind.DEATH else "line-ns-open" for what in steps["what"]]
    told = [f"{name} · {drawing.day(day)}" for name, day in zip(said, steps["day"], strict=True)]
    drawing.add(axis, steps["day"].astype(float), rows, told, meta="steps",
                marker={"symbol": symbols, "size": 9, "color": colours.ink, "line": {"width": 1.6}})
    named = [theme.FIGURE_SPACE + name if room else "" for name, room in zip(names, has_room, strict=True)]
    drawing.add(axis, steps["day"].astype(float), rows, told, mode="text", texttemplate=named,
                textposition="middle right", meta="step names", textfont={"size": theme.SMALL_SIZE - 1, "color": colours.muted})
    return {"range": [STEP_ROWS - 0.4, -0.6], "showticklabels": False}


def _rows_for(names: list[str], days: list[float], days_per_pixel: float) -> tuple[list[int], list[bool]]:
    """A row for each step so that names do not run into the next one; a step without a free row keeps its mark, and its name in the hover."""
    free_from = [float("-inf")] * STEP_ROWS
    rows, has_room = [], []
    for name, day in zip(names, days, strict=True):
        row = next((row for row, day_free in enumerate(free_from) if day_free <= day), None) if name else None
        has_room.append(row is not None)
        rows.append(STEP_ROWS - 1 if row is None else row)
        if row is not None:
            free_from[row] = day + (20 + 6.2 * len(name)) * days_per_pixel
    return rows, has_room


_DRAW = {"therapy": _therapy, "ctdna": _ctdna, "scans": _scans, "lesions": _lesions, "quality": _quality, "events": _events, "steps": _steps}
