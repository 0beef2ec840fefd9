"""The swimmer plot: one lane for each patient, therapy phases as colour, every ctDNA call and event as a mark."""

import math
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from heroes.figures import swimmer_marks, theme
from heroes.figures.swimmer_marks import Rows
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.model.terms import Phase
from heroes.protocol import DAYS_PER_MONTH

PITCH, LANE_WIDTH, SMALL = 17, 0.74, 11
LEGEND_ENTRY = 166  # pixels
EPOCH_YEAR = 2000

_PHASES = (
    (Phase.OFF_THERAPY,),
    (Phase.RESUMED,),
    (Phase.NEW_TREATMENT,),
    (Phase.ON_TREATMENT, Phase.NOT_DELIVERED),
)
_STATUS = {
    "ONGOING": mark("ongoing"),
    "PROGRESSED": mark("progression"),
    "DEAD": mark("died"),
    "LTFU": mark("Lost to follow-up"),
    "WITHDRAWN": mark("Consent withdrawn"),
    "COMPLETED": mark("Follow-up completed"),
    "DISCONTINUED": mark("Left the study"),
}


def swimmer_chart(
    lanes: pd.DataFrame,
    spans: pd.DataFrame,
    marks: pd.DataFrame,
    caption: Caption,
    words: Words,
    *,
    origin: str = "inclusion",
    axis: str = "months",
    milestone_months: float | None = 12.0,
    marker: str = "ctDNA",
    look: Look = Look(),
) -> go.Figure:
    """One lane for each row of lanes, in that order; at most 15 traces, however many lanes.

    lanes, spans, marks: the answers of swimmer_lanes, status_spans and swimmer_marks; rows of patients who are not in
        lanes are not drawn.
    origin "inclusion" counts months from day 0, "stop" from the lane's stop_day; axis "calendar" places each lane from
        the first day of its origin_month on, for no finer calendar time of a patient is shown. A lane that lacks what
        the axis needs is left out, and the picture says how many are.
    marker: what was measured, in the reader's language. customdata[0] of every lane, mark and name is the subject_id, for picking.
    """
    title = words.say("{marker} status and therapy over time", marker=marker)
    placed = _Lanes.of(lanes, origin, axis, caption)
    if not len(placed.ids):
        why = words.say("No patient has the dates that this axis needs.") if len(lanes) else words.say("No patient is included yet.")
        return theme.empty_chart(title, why, caption, words, look)
    spans, marks = placed.join(spans, "start_day", "end_day"), placed.join(marks, "day")
    marks["site"], marks["told"] = placed.sites[marks["lane"]], np.array(swimmer_marks.told(marks, words, marker), object)
    since = words.say("month {month} since treatment stop") if origin == "stop" else words.say("month {month} since inclusion")
    lines = theme.heading(title, caption, words, look, [_axis_title(origin, axis, words), *_notes(placed, marks, words)])
    n = len(placed.ids)
    traces = [
        *_phase_bars(placed, spans, words, look),
        *(_mark_trace(group, rows, words, look, since, marker) for group, rows in swimmer_marks.grouped(marks)),
    ]
    entry = max(LEGEND_ENTRY, round(6.1 * max(len(trace["name"]) for trace in traces))) if traces else LEGEND_ENTRY
    top = theme.title_height(lines) + theme.legend_height(len(traces), entry, look) + 24
    low, high = placed.range(spans, marks, milestone_months if axis == "months" else None)
    traces.append(_names(placed, low, words, look, marker))
    ticks, texts = placed.ticks(low, high, words)
    height = top + PITCH * max(n, 3) + 58
    shapes, annotations = [], [
        theme.note(text, look, x=tick, y=1, yref="paper", yanchor="bottom",
                   font={"size": SMALL, "color": theme.palette(look).muted})
        for tick, text in zip(ticks, texts, strict=True) if axis == "calendar" or tick != milestone_months
    ]
    if milestone_months and axis == "months":
        months = words.number(milestone_months, 0 if float(milestone_months).is_integer() else 1)
        annotations.append(theme.note(f"<b>{words.say('{months} months', months=months)}</b>", look, x=milestone_months, y=1,
                                      yref="paper", yanchor="bottom"))
        shapes.append(theme.upright(milestone_months, look, dash="dash", layer="above", opacity=0.7))
    return theme.chart(
        traces, look, words, heading=lines, height=height, showlegend=True, barmode="overlay",
        margin={"t": top, "b": 58, "l": 18 + round(6.6 * max(map(len, placed.ids))), "r": 12},
        legend=theme.legend_above(lines, look, height=height, entry_width=entry),
        xaxis=theme.axis(look, title=_marked(_axis_title(origin, axis, words), caption, words), range=[low, high], tickvals=ticks,
                         ticktext=texts, showgrid=True, fixedrange=True),
        yaxis=theme.bare_axis(range=[max(n, 3) - 0.4, -0.6]),
        shapes=shapes, annotations=annotations,
    )


def alt_swimmer(lanes: pd.DataFrame, caption: Caption, words: Words, *, marker: str = "ctDNA") -> str:
    """The finding of the swimmer plot in one sentence."""
    return words.say(
        "Swimmer plot, data cut of {date}: {lanes}, {ongoing} ongoing, {positive} with a positive {marker} call, "
        "{progressed} with progression, {dead} died.", marker=marker,
        date=words.date(caption.cut_off), lanes=words.count("{n} patient", "{n} patients", len(lanes)),
        ongoing=words.number(int(lanes["ongoing"].fillna(False).astype(bool).sum())),
        positive=words.number(int(lanes["first_positive_day"].notna().sum())),
        progressed=words.number(int(lanes["progression_day"].notna().sum())),
        dead=words.number(int(lanes["death_day"].notna().sum())))


@dataclass(frozen=True)
class _Lanes:
    """Where each lane lies, and how its days become positions on the axis (months)."""

    ids: list[str]
    sites: np.ndarray
    frame: pd.DataFrame
    shift: np.ndarray  # months added to days / 30.4375
    zero: np.ndarray  # the day from which months are counted
    origin_ordinal: np.ndarray  # day 0 as a day number, NaN when relative; shown by month only
    calendar: bool
    left_out: int

    @classmethod
    def of(cls, lanes: pd.DataFrame, origin: str, axis: str, caption: Caption) -> "_Lanes":
        calendar = axis == "calendar"
        needed = (["origin_month"] if calendar else []) + (["stop_day"] if origin == "stop" else [])
        kept = lanes.dropna(subset=needed) if needed else lanes
        zero = kept["stop_day"].to_numpy(float) if origin == "stop" else np.zeros(len(kept))
        if calendar:
            months = pd.to_datetime(kept["origin_month"])
            shift = ((months.dt.year - EPOCH_YEAR) * 12 + months.dt.month - 1).to_numpy(float)
        else:
            shift = -theme.months(zero)
        known = pd.to_numeric(kept["origin_to_cut_off_days"]).to_numpy(float, na_value=np.nan)
        return cls(
            ids=kept["subject_id"].astype(str).tolist(), sites=kept["site_id"].astype(str).to_numpy(object), frame=kept,
            shift=shift, zero=zero, origin_ordinal=caption.cut_off.toordinal() - known, calendar=calendar,
            left_out=len(lanes) - len(kept))

    def join(self, frame: pd.DataFrame, *days: str) -> Rows:
        """Columns of the rows whose lane is drawn, with that lane, and for each day column its place on the axis (`x_…`)
        and its months since the origin (`months_…`); `ordinal` is the first one's day number.
        """
        lane = pd.Index(self.ids).get_indexer(frame["subject_id"].astype(str))
        here = lane >= 0
        columns = {name: swimmer_marks.plain(frame[name])[here] for name in frame.columns if name not in days}
        columns["lane"] = lane = lane[here]
        for day in days:
            value = pd.to_numeric(frame[day]).to_numpy(float, na_value=np.nan)[here]
            columns[f"x_{day}"] = theme.months(value) + self.shift[lane]
            columns[f"months_{day}"] = np.round(theme.months(value - self.zero[lane]), 2)
            columns.setdefault("ordinal", self.origin_ordinal[lane] + value)
        return columns

    def range(self, spans: Rows, marks: Rows, milestone: float | None) -> tuple[float, float]:
        """First and last month of the axis, with room for a mark at each end."""
        places = np.concatenate([spans["x_start_day"], spans["x_end_day"], marks["x_day"], [0.0] if not self.calendar else []])
        places = places[~np.isnan(places)]
        low, high = (places.min(), places.max()) if len(places) else (0.0, 1.0)
        high = max(high, low + 1, milestone or low)
        return low - 0.015 * (high - low), high + 0.02 * (high - low)

    def ticks(self, low: float, high: float, words: Words) -> tuple[list[int], list[str]]:
        """Whole months with their names: numbers, or calendar months, at most about ten."""
        step = next((step for step in ((1, 2, 3, 6, 12, 24) if self.calendar else (1, 3, 6, 12, 24))
                     if (high - low) / step <= (7 if self.calendar else 12)), 60)
        ticks = list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))
        if not self.calendar:
            return ticks, [words.number(tick) for tick in ticks]
        return ticks, [words.month(date(EPOCH_YEAR + tick // 12, tick % 12 + 1, 1)) for tick in ticks]


def _notes(placed: _Lanes, marks: Rows, words: Words) -> list[str]:
    notes = [note for note in [swimmer_marks.size_note(marks, words)] if note]
    if placed.left_out and placed.calendar:
        notes.append(words.count("{n} patient without a known month of inclusion is not shown.",
                                 "{n} patients without a known month of inclusion are not shown.", placed.left_out))
    elif placed.left_out:
        notes.append(words.count("{n} patient without a known treatment stop is not shown.",
                                 "{n} patients without a known treatment stop are not shown.", placed.left_out))
    return notes


def _axis_title(origin: str, axis: str, words: Words) -> str:
    """What the axis counts, and from when. It stands below the lanes and, for a tall picture, above them too."""
    if axis == "calendar":
        return words.say("Calendar month (a lane starts on the first day of its month of inclusion)")
    return words.say("Months since treatment stop") if origin == "stop" else words.say("Months since inclusion")


def _marked(title: str, caption: Caption, words: Words) -> str:
    simulated = words.say("SIMULATED")
    return f"{title}   ({simulated})" if caption.simulated else title


def _phase_bars(placed: _Lanes, spans: Rows, words: Words, look: Look) -> list[dict]:
    """The lanes: one trace of bars for each phase that occurs."""
    sentence = words.say("{phase}: {length} months, from month {start} to {end}").format(
        phase="%{fullData.name}", length="%{customdata[2]:.1f}", start="%{customdata[3]:.1f}", end="%{customdata[4]:.1f}")
    colours = theme.palette(look)
    hatch = {"shape": "/", "size": 5, "solidity": 0.18, "fgcolor": colours.halo, "fillmode": "overlay"}
    traces = []
    for phases in _PHASES:
        here = [phase for phase in phases if (spans["phase"] == phase.value).any()]
        if not here:
            continue
        chosen = np.isin(spans["phase"], [phase.value for phase in here])
        rows = {name: column[chosen] for name, column in spans.items()}
        name = words.term(here[0]) if len(here) == 1 else words.say("On treatment, or therapy not delivered")
        start, end = rows["months_start_day"], rows["months_end_day"]
        traces.append({
            "type": "bar", "orientation": "h", "name": name, "meta": here[0].value, "width": LANE_WIDTH,
            "y": rows["lane"].tolist(), "base": rows["x_start_day"].tolist(),
            "x": (rows["x_end_day"] - rows["x_start_day"]).tolist(),
            "marker": {"color": theme.lane_colour(here[0], look), "line": {"width": 0},
                       **({"pattern": hatch} if here[0] is Phase.NEW_TREATMENT else {})},
            "customdata": _rows_of(rows["subject_id"], placed.sites[rows["lane"]], np.round(end - start, 2), start, end),
            "hovertemplate": f"<b>%{{customdata[0]}}</b> · {_site(words)}<br>{sentence}<extra></extra>",
            "unselected": {"marker": {"opacity": 1}}, "legendrank": len(traces),
        })
    return traces


def _mark_trace(group: str, rows: Rows, words: Words, look: Look, since: str, marker: str) -> dict:
    """All marks of one meaning."""
    return {
        "type": "scatter", "mode": "markers", "name": swimmer_marks.legend_name(group, rows, words, marker), "meta": group,
        "x": rows["x_day"].tolist(), "y": rows["lane"].tolist(), "cliponaxis": False,
        "marker": swimmer_marks.mark_style(group, rows, look), "legendrank": swimmer_marks.LEGEND_RANK[group],
        "customdata": _rows_of(rows["subject_id"], rows["site"], rows["told"], rows["months_day"]),
        "hovertemplate": f"<b>%{{customdata[0]}}</b> · {_site(words)}<br>%{{customdata[2]}}<br>"
                         f"{since.format(month='%{customdata[3]:.1f}')}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }


def _names(placed: _Lanes, left: float, words: Words, look: Look, marker: str) -> dict:
    """Patient ids beside their lanes; pointing at one tells the patient in a line."""
    number, say, plain = cache(words.number), cache(words.say), swimmer_marks.plain
    calls = cache(lambda n: words.count("{n} {marker} call", "{n} {marker} calls", n, marker=marker))
    first_said = words.say("first positive in month {month}")
    summaries = []
    for status, n, day, zero in zip(
        *(plain(placed.frame[name]) for name in ("status", "n_calls", "first_positive_day")), placed.zero.tolist(), strict=True
    ):
        text = " · ".join([*([say(_STATUS.get(status, status))] if status else []), calls(int(n or 0))])
        if day is not None:
            text += "<br>" + first_said.format(month=number(round((day - zero) / DAYS_PER_MONTH, 1), 1))
        summaries.append(text)
    colours = theme.palette(look)
    return theme.row_texts(
        range(len(placed.ids)), placed.ids, look, x=left, side="left", meta="names", hoverinfo="text",
        textfont={"size": SMALL, "color": colours.muted}, customdata=_rows_of(placed.ids, placed.sites, summaries),
        hovertemplate=f"<b>%{{customdata[0]}}</b> · {_site(words)}<br>%{{customdata[2]}}<extra></extra>")


def _site(words: Words) -> str:
    return words.say("site {site}", site="%{customdata[1]}")


def _rows_of(*columns) -> list[list]:
    """Columns as rows of plain values."""
    return [list(row) for row in zip(*(np.asarray(column).tolist() for column in columns), strict=True)]
