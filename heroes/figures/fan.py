"""The forecast of inclusions beyond the data cut: a dotted line in two bands, and the date of the last one in words."""

from datetime import date

import pandas as pd

from heroes.figures import theme
from heroes.figures.theme import Look
from heroes.labels import Words


def interval_said(last: tuple[date | None, date | None, date | None], words: Words) -> str:
    """A forecast date with its 80 % interval, by month: Jun 2027 (Apr 2027 to Sep 2027)."""
    never = words.say("not reached")
    middle, lower, upper = (words.month(day) if day is not None else never for day in last)
    return words.say("{middle} ({lower} to {upper})", middle=middle, lower=lower, upper=upper)


def fan(ahead: pd.DataFrame, n: int, cut_off: date, words: Words, look: Look) -> list[dict]:
    """The forecast from the data cut on: 95 and 80 % as bands, the median as a dotted line."""
    colours = theme.palette(look)
    days = [cut_off.isoformat(), *(pd.Timestamp(day).date().isoformat() for day in ahead["day"])]
    traces = []
    for level, name in (("95", words.say("Forecast, 95 % interval")), ("80", words.say("Forecast, 80 % interval"))):
        upper, lower = ([n, *ahead[f"{side}_{level}"].astype(float).tolist()] for side in ("upper", "lower"))
        traces.append({
            "type": "scatter", "mode": "lines", "x": [*days, *reversed(days)], "y": [*upper, *reversed(lower)], "fill": "toself",
            "fillcolor": colours.band, "line": {"width": 0}, "hoverinfo": "skip", "name": name, "meta": f"band {level}",
            "showlegend": level == "80",
        })
    sentence = words.say("forecast for {day}: {median} ({lower} to {upper}, 80 %)")
    story = [
        sentence.format(day=words.date(pd.Timestamp(row.day).date()), median=words.number(row.median),
                        lower=words.number(row.lower_80), upper=words.number(row.upper_80))
        for row in ahead.itertuples()
    ]
    name = words.say("Forecast")
    traces.append({
        "type": "scatter", "mode": "lines", "x": days, "y": [n, *ahead["median"].astype(float).tolist()], "name": name,
        "meta": "forecast", "line": {"color": colours.teal, "width": 1.8, "dash": "dot"},
        "text": [words.say("{total} by the data cut", total=words.number(n)), *story],
        "hovertemplate": f"<b>{name}</b><br>%{{text}}<extra></extra>",
    })
    return traces


def name_last(planned: int, last: tuple, first: int, span: int, words: Words, look: Look) -> dict:
    """Names the date of the last planned inclusion, above the place where the forecast reaches it: the plot leaves room there."""
    middle, lower, upper = last
    text = words.say("{n} in <b>{month}</b>", n=words.number(planned), month=words.month(middle))
    limits = words.say("80 %: {lower} to {upper}", lower=words.month(lower) if lower else words.say("not reached"),
                       upper=words.month(upper) if upper else words.say("not reached"))
    at_right = middle.toordinal() > first + 0.45 * span
    return theme.leader(f"{text}<br>{limits}", look, x=middle.isoformat(), y=planned, ax=-24 if at_right else 24, ay=-30,
                        align="right" if at_right else "left")
