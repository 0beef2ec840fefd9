"""Colour, mark and font by meaning: one status, one colour, on every page, on a light and on a dark screen.

Backgrounds are transparent and every colour is set here, so figures are shown as they are (`theme=None`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import plotly.graph_objects as go

from heroes.figures.markup import only_our_tags
from heroes.labels import Words
from heroes.model.terms import Phase
from heroes.protocol import DAYS_PER_MONTH

FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", "Helvetica Neue", Arial, sans-serif'
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 16, 13, 12
LINE_HEIGHT, LEGEND_SYMBOL = 18, 30
INVISIBLE = "rgba(0,0,0,0)"
FIGURE_SPACE = "\u2007"

# What a page hands to the chart element beside every figure. Plotly.js shows a "Share chart" button by default, which
# uploads the figure, and so patient data, to a server of its makers: it is switched off and left without an address.
CONFIG = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "modeBarButtonsToRemove": ["sendChartToCloud", "select2d", "lasso2d", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d",
                               "autoScale2d", "resetScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}


@dataclass(frozen=True)
class Look:
    """How the screen is: dark or light; narrow where a figure gets less than about 600 pixels."""

    dark: bool = False
    narrow: bool = False


@dataclass(frozen=True)
class Caption:
    """What every picture says about itself: data cut, patients, population, simulated or not, method.

    n: None where no total may be shown. population and method are said already, in the reader's language.
    """

    cut_off: date
    n: int | None
    population: str
    simulated: bool
    method: str | None = None


@dataclass(frozen=True)
class Palette:
    """Colours by meaning, for one kind of screen."""

    ink: str  # text, axes, progression and death
    muted: str  # second voice: captions, lane names
    faint: str  # grid, what is not yet due
    halo: str  # rim that lifts a mark off its lane: the colour of the screen
    teal: str  # what happened: the curve, actual inclusions, ctDNA negative
    band: str  # its uncertainty
    greyed: str  # a curve where few remain
    greyed_band: str
    rust: str  # plan and reference
    red: str  # ctDNA positive
    amber: str  # due, overdue, missed
    row: str  # a picked row
    off_therapy: str
    resumed: str
    new_treatment: str
    neutral: str
    recency: tuple[str, str, str, str, str]  # days since last inclusion: recent to long ago, then never
    loss: str  # who did not reach the next step
    hover: str


LIGHT = Palette(
    ink="#1b2733", muted="#5c6b78", faint="#dfe4e8", halo="#ffffff", teal="#0f6e84", band="rgba(15,110,132,0.14)",
    greyed="#9aa6b0", greyed_band="rgba(120,134,146,0.13)", rust="#b5532a", red="#c8414d", amber="#d88a0f",
    row="rgba(15,110,132,0.10)", off_therapy="#d5e7ed", resumed="#f3c489", new_treatment="#c6b6e6", neutral="#e3e6e9",
    recency=("#0f6e84", "#4c9ab0", "#9ac8d4", "#e6c7a2", "#e6c7a2"), loss="#e9edf0", hover="#ffffff",
)
DARK = Palette(
    ink="#e9eef3", muted="#a3afbb", faint="#2c353e", halo="#11181f", teal="#5fc3da", band="rgba(95,195,218,0.20)",
    greyed="#76838f", greyed_band="rgba(150,164,176,0.13)", rust="#e8905f", red="#ff6f78", amber="#ffb84d",
    row="rgba(95,195,218,0.16)", off_therapy="#1f4653", resumed="#8a5a1e", new_treatment="#5d4b94", neutral="#353e47",
    recency=("#5fc3da", "#3692aa", "#2b6272", "#6b533a", "#6b533a"), loss="#252d35", hover="#1a2129",
)


def palette(look: Look) -> Palette:
    """The colours of a screen."""
    return DARK if look.dark else LIGHT


def lane_colour(phase: Phase, look: Look) -> str:
    """Colour of a therapy phase, on the swimmer plot and wherever a phase is shown."""
    colours = palette(look)
    return {
        Phase.OFF_THERAPY: colours.off_therapy,
        Phase.RESUMED: colours.resumed,
        Phase.NEW_TREATMENT: colours.new_treatment,
    }.get(phase, colours.neutral)


def months(days):
    """Days as months of 30.4375 days; arrays too."""
    return days / DAYS_PER_MONTH


def key(colour: str, text: str, sign: str = "■") -> str:
    """An entry of a heading's key: a sign in its colour, and what it means."""
    return f'<span style="color:{colour}">{sign}</span>{FIGURE_SPACE}{text}'


def listed(names: Sequence[str], most: int, words: Words) -> str:
    """Names with commas, and how many more there are."""
    shown, more = ", ".join(names[:most]), len(names) - most
    return words.count("{names} and {n} more", "{names} and {n} more", more, names=shown) if more > 0 else shown


def caption_parts(caption: Caption, words: Words, look: Look) -> list[str]:
    """The caption's parts, in the order they are read."""
    parts = [words.say("n = {n}", n=words.number(caption.n)) if caption.n is not None else "", caption.population,
             words.say("data cut of {date}", date=words.date(caption.cut_off)), caption.method or ""]
    if caption.simulated:
        simulated = words.say("SIMULATED DATA")
        parts.append(f'<b><span style="color:{palette(look).rust}">{simulated}</span></b>')
    return [part for part in parts if part]


def wrapped(parts: Sequence[str], look: Look, separator: str = " · ", most: int | None = None) -> list[str]:
    """Parts joined into lines short enough for the narrowest place; a part is never broken."""
    most = most or (62 if look.narrow else 92)
    lines: list[str] = []
    length = 0
    for part in parts:
        size = len(_bare(part))
        if lines and length + len(separator) + size <= most:
            lines[-1] += separator + part
            length += len(separator) + size
        else:
            lines.append(part)
            length = size
    return lines


def wrapped_words(sentence: str, look: Look, most: int | None = None) -> list[str]:
    """A sentence in lines, broken between words."""
    return wrapped(sentence.split(" "), look, separator=" ", most=most)


def _bare(text: str) -> str:
    """Text without its tags, for its length."""
    kept, inside = [], False
    for letter in text:
        inside = letter == "<" or (inside and letter != ">")
        if not inside and letter != ">":
            kept.append(letter)
    return "".join(kept)


def heading(
    title: str, caption: Caption, words: Words, look: Look, notes: Sequence[str] = (), keys: Sequence[str] = ()
) -> list[str]:
    """Lines above a picture: what it shows, the caption, a key of its colours, and notes that its reader needs."""
    small = [*wrapped(caption_parts(caption, words, look), look), *wrapped(keys, look, separator=FIGURE_SPACE * 2)]
    for note in notes:
        small += wrapped_words(note, look)
    style = f"font-size:{SMALL_SIZE}px;color:{palette(look).muted}"
    titles = wrapped_words(title, look, most=44 if look.narrow else 64)
    return [*(f"<b>{line}</b>" for line in titles), *(f'<span style="{style}">{line}</span>' for line in small)]


def title_height(lines: Sequence[str]) -> int:
    """Pixels that a heading takes."""
    return 16 + round(LINE_HEIGHT * 1.12 * len(lines))


def legend_above(lines: Sequence[str], look: Look, *, height: int, entry_width: int) -> dict:
    """A legend between the heading and the plot, filling rows from the left.

    Its place is counted in pixels from the top of the figure: the margin that the plot leaves free has to hold the
    rows it takes on the narrowest screen (`legend_height`).
    """
    return {
        "orientation": "h", "x": 0, "xref": "container", "xanchor": "left", "yref": "container", "yanchor": "top",
        "y": 1 - title_height(lines) / height, "font": {"size": SMALL_SIZE, "color": palette(look).ink},
        "bgcolor": INVISIBLE, "itemsizing": "trace", "itemclick": False, "itemdoubleclick": False, "traceorder": "normal",
        "entrywidth": entry_width, "entrywidthmode": "pixels",
    }


def legend_height(n_entries: int, entry_width: int, look: Look) -> int:
    """Pixels that a legend takes in the narrowest place a figure is shown."""
    columns = max(1, (380 if look.narrow else 600) // (entry_width + LEGEND_SYMBOL))
    return 10 + 19 * -(-n_entries // columns)


def axis(look: Look, **changes) -> dict:
    """An axis with its line and outer ticks, no grid."""
    colours = palette(look)
    quiet = {
        "showgrid": False, "zeroline": False, "showline": True, "linecolor": colours.ink, "linewidth": 1.2,
        "ticks": "outside", "ticklen": 5, "tickcolor": colours.ink, "tickangle": 0, "automargin": False,
        "tickfont": {"size": SMALL_SIZE, "color": colours.ink}, "gridcolor": colours.faint, "layer": "below traces",
    }
    if "title" in changes:
        quiet["title"] = {"text": changes.pop("title"), "font": {"size": TEXT_SIZE, "color": colours.ink}, "standoff": 8}
    return quiet | changes


def row_texts(rows: Sequence, texts: Sequence[str], look: Look, *, x: float, side: str, meta: str, **changes) -> dict:
    """A text for each row just outside the plot: side "left" of x, its left edge, or "right" of x, its right edge.

    Text marks draw several times faster than as many axis labels.
    """
    font = changes.pop("textfont", {"size": SMALL_SIZE, "color": palette(look).muted})
    return {"type": "scatter", "mode": "text", "x": [x] * len(rows), "y": list(rows), "meta": meta,
            "text": [f"{text}{FIGURE_SPACE}" if side == "left" else text for text in texts],
            "textposition": f"middle {side}", "cliponaxis": False, "hoverinfo": "skip", "showlegend": False,
            "textfont": font, "unselected": {"textfont": {"color": font["color"]}}, **changes}


def columns(*texts: Sequence[str], gap: int = 4) -> tuple[list[str], list[int]]:
    """Columns of short texts as one text for each row, right-aligned by spaces as wide as a digit.

    Also where each column ends, in pixels from the plot, for its heading.
    """
    widths = [max(map(len, column)) for column in texts]
    rows = ["".join(FIGURE_SPACE * gap + text.rjust(width, FIGURE_SPACE) for text, width in zip(row, widths, strict=True))
            for row in zip(*texts, strict=True)]
    return rows, [round(6.3 * sum(gap + width for width in widths[: column + 1])) for column in range(len(widths))]


def column_head(text: str, look: Look, *, shift: int, most: int = 12) -> dict:
    """The heading of a right column, in short lines just over the plot; it ends `shift` pixels right of it."""
    return note("<br>".join(wrapped_words(text, look, most=most)), look, x=1, xref="paper", xanchor="right",
                xshift=shift, align="right",
                y=1, yref="paper", yanchor="bottom", yshift=2)


def bare_axis(**changes) -> dict:
    """An axis that only places things."""
    return {"visible": False, "fixedrange": True, **changes}


def chart(
    data: list[dict], look: Look, words: Words, *, height: int, heading: Sequence[str] = (), **layout
) -> go.Figure:
    """A figure of ready dictionaries, its heading flush left at the very top.

    Not validated here, which would take longer than all the rest; the tests validate each kind of figure.
    Values are lists, never typed arrays, so that the figure's JSON can be read and compared.
    """
    colours = palette(look)
    base = {
        "template": {"layout": {}}, "height": height, "paper_bgcolor": INVISIBLE, "plot_bgcolor": INVISIBLE,
        "font": {"family": FONT, "size": TEXT_SIZE, "color": colours.ink}, "showlegend": False, "autosize": True,
        "dragmode": False, "hovermode": "closest", "hoverdistance": 12,
        "separators": words.number(0.5, 1)[1] + words.number(1000)[1:-3],
        "hoverlabel": {"bgcolor": colours.hover, "bordercolor": colours.muted, "align": "left",
                       "font": {"family": FONT, "size": TEXT_SIZE, "color": colours.ink}},
        "modebar": {"bgcolor": INVISIBLE, "color": colours.muted, "activecolor": colours.ink},
    }
    if heading:
        base["title"] = {
            "text": "<br>".join(heading), "x": 0, "xref": "container", "xanchor": "left", "pad": {"l": 4},
            "y": 1 - TITLE_SIZE / height, "yref": "container", "yanchor": "top",
            "font": {"size": TITLE_SIZE, "color": colours.ink},
        }
    return go.Figure(data=only_our_tags(data), layout=only_our_tags(base | layout), _validate=False)


def note(text: str, look: Look, **changes) -> dict:
    """A text inside the picture."""
    return {"text": text, "showarrow": False, "align": "left",
            "font": {"size": SMALL_SIZE, "color": palette(look).muted}, **changes}


def leader(text: str, look: Look, *, x, y, ax: float, ay: float, **changes) -> dict:
    """A text with a thin line to the point it speaks of; ax, ay: where the text stands, in pixels from the point."""
    colours = palette(look)
    return {"text": text, "x": x, "y": y, "ax": ax, "ay": ay, "showarrow": True, "arrowhead": 0, "arrowwidth": 1,
            "arrowcolor": colours.ink, "standoff": 5, "align": "left", "xanchor": "left" if ax >= 0 else "right",
            "font": {"size": TEXT_SIZE, "color": colours.ink}, **changes}


def upright(x, look: Look, colour: str | None = None, dash: str = "dot", **changes) -> dict:
    """A vertical reference line through the whole plot."""
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", "layer": "below",
            "line": {"color": colour or palette(look).muted, "width": 1, "dash": dash}, **changes}


def empty_chart(title: str, why: str, caption: Caption, words: Words, look: Look) -> go.Figure:
    """A picture without data: its heading, and one sentence that says why there is nothing to see."""
    lines = heading(title, caption, words, look)
    top = title_height(lines)
    text = "<br>".join(wrapped_words(why, look, most=60))
    return chart(
        [], look, words, height=top + 130, heading=lines, margin={"t": top, "b": 10, "l": 10, "r": 10},
        xaxis=bare_axis(range=[0, 1]), yaxis=bare_axis(range=[0, 1]),
        annotations=[note(text, look, x=0.5, y=0.5, xref="paper", yref="paper", align="center",
                          font={"size": TEXT_SIZE + 1, "color": palette(look).muted})],
    )


def footnote(caption: Caption, words: Words) -> str:
    """The caption as one plain line, for a table or a report beside the picture."""
    parts = caption_parts(caption, words, Look())
    return " · ".join(_bare(part) for part in parts)
