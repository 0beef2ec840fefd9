"""What is believed of the milestone rate: the densities of its posteriors, with p0."""

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words
from heroes.statistics.interim import Posterior

HEIGHT, BELOW = 230, 52  # pixels
_POINTS, _TAIL = 241, 0.06  # of density; what is lower than this share of the peak is not drawn
_DASHES = ("dash", "dot", "solid")


def posterior_chart(
    posteriors: Sequence[Posterior], names: Sequence[str], density: Callable[[Posterior, np.ndarray], np.ndarray], caption: Caption,
    words: Words, *, p0: float, months: str, look: Look = Look(),
) -> go.Figure:
    """One line for each posterior, in the order given, with p0 as a dashed line.

    posteriors: those that exist. names: what each is made from, in the reader's language. density: of one at given rates.
    months: the milestone, said.
    """
    title = words.say("Posterior of the {months}-month rate", months=months)
    if not posteriors:
        return theme.empty_chart(title, words.say("No patient can be counted yet."), caption, words, look)
    colours = theme.palette(look)
    hues = (colours.ink, colours.rust, colours.teal)
    keys = [
        theme.key(hues[at % 3], _said(posterior, name, p0, words), sign={"solid": "━", "dash": "╍", "dot": "┅"}[_DASHES[at % 3]])
        for at, (posterior, name) in enumerate(zip(posteriors, names, strict=True))
    ]
    lines = theme.heading(title, caption, words, look, keys=keys)
    top = theme.title_height(lines) + 24
    rates = np.linspace(0, 1, _POINTS + 2)[1:-1]
    heights = [density(posterior, rates) for posterior in posteriors]
    highest = max(float(height.max()) for height in heights)
    low, high = _span(rates, heights, highest, p0)
    ticks = [tick / 20 for tick in range(round(low * 20), round(high * 20) + 1)]
    traces = [{
        "type": "scatter", "mode": "lines", "meta": name, "x": rates.tolist(), "y": (height / highest).tolist(),
        "line": {"color": hues[at % 3], "width": 2.2, "dash": _DASHES[at % 3]}, "hoverinfo": "skip",
    } for at, (height, name) in enumerate(zip(heights, names, strict=True))]
    return theme.chart(
        traces, look, words, heading=lines, height=top + HEIGHT + BELOW, margin={"t": top, "b": BELOW, "l": 14, "r": 20, "pad": 0},
        xaxis=theme.axis(look, range=[low, high], tickvals=ticks[::2] if len(ticks) > 9 else ticks, fixedrange=True,
                         ticktext=[words.percent(tick, 0) for tick in (ticks[::2] if len(ticks) > 9 else ticks)],
                         title=words.say("{months}-month rate", months=months)),
        yaxis=theme.bare_axis(range=[0, 1.04]), shapes=[theme.upright(p0, look, colours.rust, "dash")],
        annotations=[theme.note(
            words.say("p0 {p0}", p0=words.percent(p0)), look, x=p0, y=1.04, yanchor="bottom", xanchor="center",
            font={"size": theme.SMALL_SIZE, "color": colours.rust})])


def alt_posterior(
    posteriors: Sequence[Posterior], names: Sequence[str], caption: Caption, words: Words, *, p0: float, months: str
) -> str:
    """What the densities say, for those who cannot see them."""
    told = "; ".join(
        _said(posterior, name, p0, words)
        for posterior, name in zip(posteriors, names, strict=True))
    return words.say(
        "Posterior of the {months}-month rate, data cut of {date}. {parts}.", months=months, date=words.date(caption.cut_off),
        parts=told or words.say("No patient can be counted yet"))


def _said(posterior: Posterior, name: str, p0: float, words: Words) -> str:
    return words.say("{name}: P(rate > {p0}) {above}", name=name, p0=words.percent(p0), above=words.percent(posterior.above))


def _span(rates: np.ndarray, heights: Sequence[np.ndarray], highest: float, p0: float) -> tuple[float, float]:
    """The rates that are drawn, in twentieths: where anything is to be seen, and p0."""
    seen = rates[np.max(heights, axis=0) > _TAIL / 10 * highest]
    low, high = min(float(seen[0]), p0 - 0.02), max(float(seen[-1]), p0 + 0.02)
    return max(np.floor(low * 20) / 20, 0.0), min(np.ceil(high * 20) / 20, 1.0)
