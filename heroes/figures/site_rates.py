"""Inclusion rate of each site: what it was, what it is likely to be, and what was asked of it."""

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.statistics.site_rates import Pace

PITCH = 20
PACES = {
    Pace.SLOW.value: mark("slow: likely below half its target"),
    Pace.BEHIND.value: mark("behind: fewer than chance would explain"),
    Pace.AS_EXPECTED.value: mark("nothing to remark"),
    Pace.TOO_EARLY.value: mark("too early to say"),
    Pace.NO_TARGET.value: mark("no target"),
}
_MARKS = {Pace.SLOW.value: "diamond", Pace.BEHIND.value: "square", Pace.TOO_EARLY.value: "circle-open"}


def rates_chart(rates: pd.DataFrame, caption: Caption, words: Words, *, is_shrunken: bool, look: Look = Look()) -> go.Figure:
    """A caterpillar: one row for each site in the order given, with the likely rate, its 90 % interval, the raw rate and the target.

    rates: site_id, n_included, months, raw, target, rate, lower, upper, pace (as estimate_rates beside the sites). is_shrunken:
    whether the rates are drawn towards those of the other sites. A slow site is a red diamond, one behind an amber square; a
    site open for less than three months an open circle.
    """
    title = words.say("Inclusions per site and month")
    shown = rates[rates["months"] > 0]
    if not len(shown) or shown["rate"].isna().all():
        return theme.empty_chart(title, words.say("No site's rate can be estimated yet."), caption, words, look)
    colours = theme.palette(look)
    colour_of = {Pace.SLOW.value: colours.red, Pace.BEHIND.value: colours.amber}
    likely = (
        words.say("likely rate, drawn towards the other sites, 90 % interval") if is_shrunken
        else words.say("rate of the site alone, 90 % interval"))
    keys = [theme.key(colours.teal, likely, sign="●"), theme.key(colours.muted, words.say("raw rate"), sign="×"),
            theme.key(colours.rust, words.say("target"), sign="┃")]
    paces = set(shown["pace"])
    if Pace.SLOW.value in paces:
        keys.append(theme.key(colours.red, words.say(PACES[Pace.SLOW.value]), sign="◆"))
    if Pace.BEHIND.value in paces:
        keys.append(theme.key(colours.amber, words.say(PACES[Pace.BEHIND.value]), sign="■"))
    if Pace.TOO_EARLY.value in paces:
        keys.append(theme.key(colours.teal, words.say("open for less than 3 months"), sign="○"))
    lines = theme.heading(title, caption, words, look, keys=keys)
    top = theme.title_height(lines) + 30
    rows = list(range(len(shown)))
    ids = shown["site_id"].astype(str).tolist()
    shades = [colour_of.get(pace, colours.teal) for pace in shown["pace"]]
    xs, ys = [], []
    for row, lower, upper in zip(rows, shown["lower"], shown["upper"], strict=True):
        xs += [float(lower), float(upper), None]
        ys += [row, row, None]
    story = [
        "<br>".join([
            f"<b>{words.say('Site {site}', site=row.site_id)}</b>",
            words.say("{n} included in {months} months", n=words.number(row.n_included), months=words.number(row.months, 1)),
            words.say("rate {rate} ({lower} to {upper}, 90 %)", rate=words.number(row.rate, 2), lower=words.number(row.lower, 2),
                      upper=words.number(row.upper, 2)),
            words.say(PACES[row.pace])])
        for row in shown.itertuples()]
    known = [row for row, target in zip(rows, shown["target"], strict=True) if target > 0]
    targets = [float(target) for target in shown["target"] if target > 0]
    reach = 1.06 * max(float(shown["upper"].max()), float(shown["raw"].max()), *targets, 0.05)
    columns, ends = theme.columns([words.number(n) for n in shown["n_included"]], [words.number(m, 1) for m in shown["months"]], gap=6)
    return theme.chart(
        [
            {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "meta": "intervals", "hoverinfo": "skip",
             "line": {"color": colours.muted, "width": 1.6}},
            {"type": "scatter", "mode": "markers", "x": targets, "y": known, "meta": "targets", "hoverinfo": "skip",
             "marker": {"symbol": "line-ns-open", "size": 12, "color": colours.rust, "line": {"width": 2.2}}},
            {"type": "scatter", "mode": "markers", "x": shown["raw"].astype(float).tolist(), "y": rows, "meta": "raw", "hoverinfo": "skip",
             "marker": {"symbol": "x-thin-open", "size": 7, "color": colours.muted, "line": {"width": 1.4}}},
            {"type": "scatter", "mode": "markers", "x": shown["rate"].astype(float).tolist(), "y": rows, "meta": "rates", "customdata": story,
             "hovertemplate": "%{customdata}<extra></extra>",
             "marker": {"size": 9, "color": shades, "symbol": [_MARKS.get(pace, "circle") for pace in shown["pace"]]}},
            theme.row_texts(rows, ids, look, x=-0.015 * reach, side="left", meta="labels"),
            theme.row_texts(rows, columns, look, x=reach, side="right", meta="columns"),
        ],
        look, words, heading=lines, height=top + PITCH * max(len(rows), 3) + 52,
        margin={"t": top, "b": 48, "l": 20 + round(7 * max(map(len, ids))), "r": ends[-1] + 12},
        xaxis=theme.axis(look, title=words.say("inclusions per month"), range=[-0.015 * reach, reach], fixedrange=True, nticks=8),
        yaxis=theme.bare_axis(range=[max(len(rows), 3) - 0.5, -0.5]),
        annotations=[theme.column_head(words.say("included"), look, shift=ends[0], most=9),
                     theme.column_head(words.say("months open"), look, shift=ends[1], most=9)],
    )


def alt_rates(rates: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence."""
    slow = rates.loc[rates["pace"] == Pace.SLOW.value, "site_id"].astype(str).tolist()
    behind = rates.loc[rates["pace"] == Pace.BEHIND.value, "site_id"].astype(str).tolist()
    return words.say(
        "Inclusions per site and month, data cut of {date}: {sites}; slow: {slow}; behind: {behind}.", date=words.date(caption.cut_off),
        sites=words.count("{n} site", "{n} sites", len(rates)), slow=theme.listed(slow, 12, words) or words.say("none"),
        behind=theme.listed(behind, 12, words) or words.say("none"))
