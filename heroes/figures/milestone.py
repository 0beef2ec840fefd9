"""The milestone on a survival curve: the estimate there with its interval, or why there is none."""

import math

from heroes.figures import theme
from heroes.figures.clearance import PLOT_HEIGHT, PLOT_WIDTH, TOP, Plot
from heroes.figures.reasons import months_said, reason_in_months
from heroes.figures.theme import Look
from heroes.labels import Words, mark
from heroes.protocol import DAYS_PER_MONTH

LETTER, LINE, ASIDE = 7.0, 17, 40  # pixels

_INTERVALS = {
    "plain": mark("plain"),
    "log": mark("log"),
    "log-log": mark("log–log"),
    "logit": mark("logit"),
    "arcsin": mark("arcsine"),
    "rothman": mark("Rothman"),
    "thomas-grunkemeier": mark("Thomas–Grunkemeier"),
    "beta-product": mark("beta product"),
    "hall-wellner": mark("Hall–Wellner"),
    "log-hall-wellner": mark("Hall–Wellner, log–log"),
    "equal-precision": mark("equal precision"),
    "log-equal-precision": mark("equal precision, log–log"),
}


def method_name(method: str, words: Words) -> str:
    """An interval's method as people say it."""
    return words.say(_INTERVALS.get(method, method))


def interval_said(estimate, curve, words: Words) -> str:
    """95 % CI 83.2–95.2 %, with the method where it is not the curve's own."""
    if not exists(estimate.lower) or not exists(estimate.upper):
        return words.say("no {level} interval", level=words.percent(curve.conf_level, 0))
    text = words.say("{level} CI {lower}–{upper}", level=words.percent(curve.conf_level, 0),
                     lower=words.number(100 * estimate.lower, 1), upper=words.percent(estimate.upper))
    method = estimate.interval_method
    return text if method in (None, curve.conf_type) else f"{text} ({method_name(method, words)})"


def exists(value) -> bool:
    """Whether a limit is a number: neither None nor NaN."""
    return value is not None and not math.isnan(value)


def estimate_mark(estimate, look: Look) -> dict:
    """The point on the curve with its interval."""
    colours = theme.palette(look)
    bars = {}
    if exists(estimate.lower) and exists(estimate.upper):
        bars["error_y"] = {
            "type": "data", "symmetric": False, "array": [estimate.upper - estimate.estimate],
            "arrayminus": [estimate.estimate - estimate.lower], "color": colours.ink, "thickness": 2, "width": 7}
    return {
        "type": "scatter", "mode": "markers", "x": [estimate.time / DAYS_PER_MONTH], "y": [estimate.estimate],
        "hoverinfo": "skip", "showlegend": False, "meta": "estimate", "cliponaxis": False,
        "unselected": {"marker": {"opacity": 1}},
        "marker": {"symbol": "circle", "size": 11, "color": colours.halo, "line": {"width": 2.4, "color": colours.ink}},
        **bars,
    }


def estimate_label(estimate, parameter: str, plot: Plot, words: Words, look: Look) -> dict:
    """The estimate in words beside the milestone, as near to its point as curve, band and other texts leave room."""
    month = estimate.time / DAYS_PER_MONTH
    values = {"months": months_said(month, words), "parameter": parameter}
    first = words.say("{months}-month {parameter} {estimate}", estimate=words.percent(estimate.estimate), **values)
    lines = [
        first,
        interval_said(estimate, plot.curve, words),
        words.say("{at_risk} at risk at {months} months", at_risk=words.number(estimate.at_risk), **values),
    ]
    point = estimate.estimate / TOP * PLOT_HEIGHT
    side, middle = _beside(plot, month, lines, point - 60, point)
    return theme.leader("<br>".join([f"<b>{first}</b>", *lines[1:]]), look, x=month, y=estimate.estimate, ax=ASIDE * side,
                        ay=point - middle, align="left" if side > 0 else "right")


def no_estimate(estimate, parameter: str, plot: Plot, words: Words, look: Look) -> dict:
    """The words "not estimable" beside the milestone, with the reason below them."""
    month = estimate.time / DAYS_PER_MONTH
    first = words.say("{months}-month {parameter}: not estimable", months=months_said(month, words), parameter=parameter)
    reason = theme.wrapped_words(reason_in_months(estimate.reason, words), look, most=40) if estimate.reason else []
    side, middle = _beside(plot, month, [first, *reason], PLOT_HEIGHT / 2, PLOT_HEIGHT / 2, aside=8)
    return theme.note(
        "<br>".join([f"<b>{first}</b>", *reason]), look, x=month, y=middle / PLOT_HEIGHT * TOP, yanchor="middle",
        xanchor="left" if side > 0 else "right", xshift=8 * side,
        font={"size": theme.TEXT_SIZE, "color": theme.palette(look).ink}, align="left" if side > 0 else "right")


def _beside(plot: Plot, month: float, lines: list[str], wish: float, point: float, aside: float = ASIDE) -> tuple[int, float]:
    """On which side of the milestone its text stands (1 right, -1 left), and the height of its middle, in pixels.

    Of the places that are clear the one nearest to the wish; where none is, the roomier side at the height of the point.
    """
    width, height = LETTER * max(map(len, lines)), LINE * len(lines)
    at = plot.pixels(month)
    found = [
        (side, middle)
        for side in (-1, 1)
        if (middle := plot.free_middle(*sorted((at + side * aside, at + side * (aside + width))), height, wish)) is not None
    ]
    if found:
        return min(found, key=lambda place: abs(place[1] - wish))
    return (1 if at < PLOT_WIDTH / 2 else -1), min(max(point, height), PLOT_HEIGHT - height)
