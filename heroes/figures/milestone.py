"""The milestone on a survival curve: the estimate there with its interval, or why there is none."""

import math

from heroes.figures import theme
from heroes.figures.theme import Look
from heroes.labels import Words, mark
from heroes.protocol import DAYS_PER_MONTH

PLOT_HEIGHT, NARROWEST_PLOT, LABEL_WIDTH = 400, 560, 240  # pixels

_INTERVALS = {
    "plain": mark("plain"),
    "log": mark("log"),
    "log-log": mark("log–log"),
    "logit": mark("logit"),
    "arcsin": mark("arcsine"),
    "rothman": mark("Rothman"),
    "thomas-grunkemeier": mark("Thomas–Grunkemeier"),
    "beta-product": mark("beta product"),
}


def method_name(method: str, words: Words) -> str:
    """An interval's method as people say it."""
    return words.say(_INTERVALS.get(method, method))


def months_said(month: float, words: Words) -> str:
    """A length in months: whole where it is whole."""
    return words.number(month, 0 if abs(month - round(month)) < 0.005 else 1)


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
        "marker": {"symbol": "circle", "size": 11, "color": colours.halo, "line": {"width": 2.4, "color": colours.ink}},
        **bars,
    }


def estimate_label(estimate, parameter: str, curve, reach: float, words: Words, look: Look) -> dict:
    """The estimate in words, where a falling curve leaves room: above it to the right, or below it to the left."""
    month = estimate.time / DAYS_PER_MONTH
    values = {"months": months_said(month, words), "parameter": parameter}
    first = words.say("{months}-month {parameter} {estimate}", estimate=words.percent(estimate.estimate), **values)
    text = "<br>".join([
        f"<b>{first}</b>",
        interval_said(estimate, curve, words),
        words.say("{at_risk} at risk at {months} months", at_risk=words.number(estimate.at_risk), **values),
    ])
    low = estimate.lower if exists(estimate.lower) else estimate.estimate
    high = estimate.upper if exists(estimate.upper) else estimate.estimate
    pixels = PLOT_HEIGHT / 1.02
    if (1 - high) * pixels > 110:
        side, drop = 1, -(high - estimate.estimate) * pixels - 52
    else:
        side = -1 if month / reach * NARROWEST_PLOT > LABEL_WIDTH and low * pixels > 170 else 1
        drop = min((estimate.estimate - low) * pixels + 58, estimate.estimate * pixels - 40)
    return theme.leader(text, look, x=month, y=estimate.estimate, ax=40 * side, ay=drop,
                        align="left" if side > 0 else "right")


def no_estimate(estimate, parameter: str, curve, reach: float, words: Words, look: Look) -> dict:
    """The words "not estimable" beside the milestone, with the reason below them."""
    month = estimate.time / DAYS_PER_MONTH
    first = words.say("{months}-month {parameter}: not estimable", months=months_said(month, words), parameter=parameter)
    reason = theme.wrapped_words(_reason(estimate.reason, words), look, most=40) if estimate.reason else []
    left = month < 0.5 * reach
    return theme.note(
        "<br>".join([f"<b>{first}</b>", *reason]), look, x=month, y=0.5, xanchor="left" if left else "right",
        xshift=8 if left else -8, font={"size": theme.TEXT_SIZE, "color": theme.palette(look).ink},
        align="left" if left else "right")


def _reason(reason: str, words: Words) -> str:
    """Why there is no estimate; a reason's times are days, said here in the months of the axis."""
    days = getattr(reason, "numbers", None)
    if not days:
        return words.say(reason)
    months = {name: words.say("{n} months", n=months_said(value / DAYS_PER_MONTH, words)) for name, value in days.items()}
    return words.say(reason.sentence, **months)


