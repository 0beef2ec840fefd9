"""The time axis in months with a table of numbers under its ticks: what lies below a chart of patients over time."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from heroes.figures import milestone, theme
from heroes.figures.theme import Look
from heroes.labels import Words, mark
from heroes.protocol import DAYS_PER_MONTH

TABLE_ROW, AXIS_ROOM, FOOT = 22, 62, 10  # pixels

ORIGINS = {
    "INCLUDED": mark("Months since inclusion"),
    "TX_STOP": mark("Months since treatment stop"),
    "BASELINE_DRAW": mark("Months since the baseline draw"),
    "FIRST_POSITIVE": mark("Months since the first positive ctDNA"),
    "DELIVERED": mark("Months since the delivered origin"),
}


@dataclass(frozen=True)
class Frame:
    """Heights of a chart: heading and legend (top), the plot, the axis, and a table of so many rows (all in pixels).

    height: of the whole figure. table_top, plot_bottom: where the table ends and the plot begins, as shares of what lies
    inside the margins.
    """

    top: int
    plot: int
    n_rows: int

    @property
    def _table(self) -> int:
        return TABLE_ROW * self.n_rows

    @property
    def height(self) -> int:
        return self.top + self.plot + AXIS_ROOM + self._table + FOOT

    @property
    def table_top(self) -> float:
        return self._table / (self.height - self.top - FOOT)

    @property
    def plot_bottom(self) -> float:
        return (self._table + AXIS_ROOM) / (self.height - self.top - FOOT)


def last_month(*days: float | None) -> float:
    """The last month that the axis shows: the longest of some days, at least something."""
    return max([day for day in days if day is not None], default=0.0) / DAYS_PER_MONTH or 1.0


def months_axis(table: pd.DataFrame, last: float, origin: str, words: Words, look: Look) -> dict:
    """The axis: ticks where the table has its columns, and the name of time 0.

    last: the last month shown. A little is left free before month 0, where the first numbers of the table stand.
    """
    ticks = theme.months(table["tick"].to_numpy(float)).tolist()
    reach, before = 1.035 * last, 0.1 if look.narrow else 0.045
    origin_said, month_said = words.say(ORIGINS.get(origin, ORIGINS["INCLUDED"])), words.say("(1 month = 30.4375 days)")
    return theme.axis(
        look, title=origin_said if look.narrow else f"{origin_said} {month_said}", range=[-before * reach, reach], tickvals=ticks,
        ticktext=[milestone.months_said(month, words) for month in ticks], anchor="y", fixedrange=True, hoverformat=".1f")


def rows_axis(names: Sequence[str], frame: Frame, look: Look) -> dict:
    """The second vertical axis: the names of the table's rows, the first on top."""
    return theme.axis(
        look, range=[len(names) - 0.5, -0.5], tickvals=list(range(len(names))), ticktext=list(names),
        domain=[0, frame.table_top], showline=False, ticks="", anchor="x", fixedrange=True)


def left_margin(names: Sequence[str], least: int = 78) -> int:
    """Pixels that the names of the rows need."""
    return max(least, 14 + round(7.2 * max(map(len, names))))


def numbers_below(table: pd.DataFrame, columns: Sequence[str], words: Words, look: Look, *, strong: int = 1) -> dict:
    """The table, on the chart's own time axis: it stays under its ticks at any width.

    table: tick (days) and the columns, one row of the picture each; the first `strong` rows are in ink, the others quiet.
    """
    colours = theme.palette(look)
    ticks = theme.months(table["tick"].to_numpy(float)).tolist()
    cells = [n for column in columns for n in table[column].tolist()]
    return {
        "type": "scatter", "mode": "text", "xaxis": "x", "yaxis": "y2", "x": ticks * len(columns),
        "y": [row for row in range(len(columns)) for _ in ticks], "hoverinfo": "skip", "showlegend": False, "meta": "risk table",
        "text": [words.number(n) for n in cells], "cliponaxis": False,
        "textfont": {"size": theme.SMALL_SIZE, "color": [
            colours.ink if row < strong else colours.muted for row in range(len(columns)) for _ in ticks]},
    }

