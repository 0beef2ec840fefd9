"""Inclusions of each site against what was expected of it by now."""

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words
from heroes.protocol import DAYS_PER_MONTH

PITCH = 20
LONGEST_LABEL = 22
NAMED_SITES = 12
RECENCY_DAYS = (30, 60, 90)  # where the shade of a bar changes


def sites_chart(sites: pd.DataFrame, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """One bar for each site, in the order given: inclusions, their recency as shade, the expected number as a tick.

    sites: enrolment_by_site. A site without inclusions keeps its row; where expected_by_now is null there is no tick;
    a site whose activation was not delivered is marked and named. Each row answers to a click anywhere on it, with
    customdata[0] = site_id, and lights up when it is picked.
    """
    title = words.say("Inclusions by site")
    if not len(sites):
        return theme.empty_chart(title, words.say("No site is known in this data cut."), caption, words, look)
    look = replace(look, narrow=True)  # it stands beside a table
    unopened = [str(site) for site in sites.loc[sites["activated_on"].isna(), "site_id"]]
    rows = list(range(len(sites)))
    ids = sites["site_id"].astype(str).tolist()
    included, expected, days = (
        [None if pd.isna(value) else value for value in sites[name]]
        for name in ("n_included", "expected_by_now", "days_since_last_inclusion")
    )
    opened = [_open_days(site) for site in sites.itertuples()]
    reach = float(max([value for value in (*included, *expected) if value is not None], default=0) or 1) * 1.12
    labels = [_label(site, words) for site in sites.itertuples()]
    bars = _bars(rows, included, days, words, look)
    names = theme.listed(unopened, NAMED_SITES, words)
    notes = [words.say("* Activation not delivered: {sites}.", sites=names)] if unopened else []
    has_expected = any(value is not None for value in expected)
    lines = theme.heading(title, caption, words, look, notes, _keys(bars, has_expected, words, look))
    top = theme.title_height(lines) + 36
    height = top + PITCH * max(len(rows), 2) + 44
    open_months = [words.number(value / DAYS_PER_MONTH, 1) if value is not None else "?" for value in opened]
    since = [words.number(value) if value is not None else "–" for value in days]
    columns, ends = theme.columns(open_months, [value.rjust(3, theme.FIGURE_SPACE) for value in since], gap=7)
    return theme.chart(
        [
            _whole_rows(rows, ids, reach, _stories(sites, labels, included, expected, days, opened, words), look),
            *bars,
            _expected_ticks(rows, expected, words, look),
            _numbers(rows, included, expected, reach, words, look),
            theme.row_texts(rows, labels, look, x=0, side="left", meta="labels"),
            theme.row_texts(rows, columns, look, x=reach, side="right", meta="columns"),
        ],
        look, words, heading=lines, height=height, barmode="overlay",
        margin={"t": top, "b": 44, "l": 16 + round(6.2 * max(map(len, labels))), "r": ends[-1] + 12},
        xaxis=theme.axis(look, range=[0, reach], fixedrange=True, tickformat=",d", rangemode="tozero",
                         **({"dtick": 1} if reach < 8 else {"nticks": 8})),
        yaxis=theme.bare_axis(range=[max(len(rows), 2) - 0.5, -0.5]),
        annotations=[
            theme.column_head(words.say("months open"), look, shift=ends[0], most=9),
            theme.column_head(words.say("days since last"), look, shift=ends[1], most=11),
        ],
    )


def alt_sites(sites: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the sites' picture in one sentence."""
    if not len(sites):
        return words.say("Inclusions by site: no site is known.")
    included = sites["n_included"].fillna(0).astype(int)
    first = sites.iloc[int(included.to_numpy().argmax())]
    if caption.n is None:
        return words.say(
            "Inclusions by site, data cut of {date}: {sites}; most at site {site}, {most}.", date=words.date(caption.cut_off),
            sites=words.count("{n} site", "{n} sites", len(sites)), site=first["site_id"], most=words.number(int(included.max())))
    return words.say(
        "Inclusions by site, data cut of {date}: {sites}, {n} included, {none} without inclusion; most at site {site}, {most}.",
        date=words.date(caption.cut_off), sites=words.count("{n} site", "{n} sites", len(sites)),
        n=words.number(int(included.sum())), none=words.number(int((included == 0).sum())), site=first["site_id"],
        most=words.number(int(included.max())))


def _keys(bars: list[dict], has_expected: bool, words: Words, look: Look) -> list[str]:
    """The key of the shades that occur, and of the tick."""
    keys = [words.say("Last inclusion:"), *(theme.key(bar["marker"]["color"], bar["name"]) for bar in bars)] if bars else []
    return keys + ([theme.key(theme.palette(look).rust, words.say("expected by now"), sign="┃")] if has_expected else [])


def _open_days(site) -> int | None:
    """Days the site has been open: to the data cut, or to its closure; None where that is not known."""
    if pd.isna(site.days_since_activation):
        return None
    if pd.isna(site.closed_on):
        return int(site.days_since_activation)
    return min(int(site.days_since_activation), (pd.Timestamp(site.closed_on) - pd.Timestamp(site.activated_on)).days)


def _label(site, words: Words) -> str:
    """Site code and name as far as there is room; * where the activation was not delivered."""
    code, name = str(site.site_id), None if pd.isna(site.label) else str(site.label)
    text = code if not name or name == code else name if code in name else f"{code} {name}"
    if len(text) > LONGEST_LABEL:
        text = text[: LONGEST_LABEL - 1].rstrip() + "…"
    if not pd.isna(site.closed_on):
        text = words.say("{site} (closed)", site=text)
    return text + " *" if pd.isna(site.activated_on) else text


def _stories(sites, labels, included, expected, days, opened, words: Words) -> list[str]:
    """What the hover says of each site."""
    stories = []
    for row, site in enumerate(sites.itertuples()):
        name = str(site.label) if not pd.isna(site.label) else words.say("Site {site}", site=site.site_id)
        lines = [f"<b>{name}</b>", words.count("{n} included", "{n} included", included[row])
                 if included[row] is not None else words.say("inclusions not delivered")]
        if expected[row] is not None:
            lines.append(words.say("{n} expected by now", n=words.number(expected[row], 1)))
        if not pd.isna(site.n_consented):
            lines.append(words.count("{n} consented", "{n} consented", int(site.n_consented)))
        lines.append(words.count("last inclusion {n} day ago", "last inclusion {n} days ago", days[row])
                     if days[row] is not None else words.say("no dated inclusion yet"))
        lines.append(words.say("open for {months} months", months=words.number(opened[row] / DAYS_PER_MONTH, 1))
                     if opened[row] is not None else words.say("activation not delivered"))
        if not pd.isna(site.closed_on):
            lines.append(words.say("closed on {date}", date=words.date(pd.Timestamp(site.closed_on).date())))
        stories.append("<br>".join(lines))
    return stories


def _whole_rows(rows, ids, reach: float, stories, look: Look) -> dict:
    """Invisible bars over the whole width: sites without inclusions can be pointed at too, and a picked row shows."""
    return {
        "type": "bar", "orientation": "h", "y": rows, "x": [reach] * len(rows), "width": 0.96,
        "meta": "rows", "customdata": [[site] for site in ids], "hovertext": stories,
        "hovertemplate": "%{hovertext}<extra></extra>", "marker": {"color": theme.INVISIBLE, "line": {"width": 0}},
        "selected": {"marker": {"color": theme.palette(look).row, "opacity": 1}},
        "unselected": {"marker": {"color": theme.INVISIBLE, "opacity": 1}},
    }


def _shade_names(words: Words) -> list[str]:
    first, second, third = RECENCY_DAYS
    return [
        words.say("{n} days or less", n=first), words.say("{first}–{last} days", first=first + 1, last=second),
        words.say("{first}–{last} days", first=second + 1, last=third), words.say("over {n} days", n=third),
        words.say("not dated"),
    ]


def _bars(rows, included, days, words: Words, look: Look) -> list[dict]:
    """Bars by how long ago the last inclusion was, one trace for each shade that occurs."""
    groups: list[list[int]] = [[], [], [], [], []]
    for row, n, age in zip(rows, included, days, strict=True):
        if n:
            groups[4 if age is None else sum(age > limit for limit in RECENCY_DAYS)].append(row)
    return [
        {"type": "bar", "orientation": "h", "y": group, "x": [int(included[row]) for row in group], "width": 0.76, "name": name,
         "hoverinfo": "skip", "marker": {"color": shade, "line": {"width": 0}}, "meta": "included",
         "unselected": {"marker": {"opacity": 1}}}
        for group, shade, name in zip(groups, theme.palette(look).recency, _shade_names(words), strict=True) if group
    ]


def _expected_ticks(rows, expected, words: Words, look: Look) -> dict:
    known = [row for row in rows if expected[row] is not None]
    return {
        "type": "scatter", "mode": "markers", "y": known, "x": [float(expected[row]) for row in known], "hoverinfo": "skip",
        "name": words.say("expected by now"), "meta": "expected",
        "marker": {"symbol": "line-ns-open", "size": 13, "color": theme.palette(look).rust, "line": {"width": 2.4}},
        "unselected": {"marker": {"opacity": 1}},
    }


def _numbers(rows, included, expected, reach: float, words: Words, look: Look) -> dict:
    """The count at each bar's end, moved behind the tick where that would strike it through."""
    step = 0.045 * reach
    counts = [n or 0 for n in included]
    places = [
        value if value is not None and n - 0.2 * step < value < n + step else n
        for n, value in zip(counts, expected, strict=True)
    ]
    return {
        "type": "scatter", "mode": "text", "y": rows, "x": [place + 0.008 * reach for place in places], "meta": "numbers",
        "text": [words.number(n) if n is not None else "?" for n in included], "textposition": "middle right", "hoverinfo": "skip",
        "cliponaxis": False,
        "textfont": {"size": theme.SMALL_SIZE, "color": theme.palette(look).ink},
        "unselected": {"textfont": {"color": theme.palette(look).ink}},
    }
