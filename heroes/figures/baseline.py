"""Characteristics at inclusion: the share of each category, with its count, grouped by characteristic."""

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark

PITCH = 21
NAMES = {
    "age_group": mark("Age at inclusion"), "sex": mark("Sex"), "er_status": mark("Oestrogen receptor"), "her2_method": mark("HER2 shown by"),
    "ecog": mark("ECOG performance status"), "prior_tx": mark("Anti-HER2 therapy stopped"),
    "response_at_entry": mark("Response at entry"), "bone_only": mark("Bone-only disease"),
}
"""Characteristics in the order in which they are shown."""

CATEGORIES = {
    "UNDER_50": mark("under 50"), "50_64": mark("50 to 64"), "65_74": mark("65 to 74"), "75_OR_MORE": mark("75 or more"),
    "F": mark("female"), "M": mark("male"), "U": mark("unknown"), "POSITIVE": mark("positive"), "NEGATIVE": mark("negative"),
    "IHC3+": mark("IHC 3+"), "AMPLIFIED": mark("gene amplified"), "FIRST": mark("first line"),
    "SECOND_OR_LATER": mark("second line or later"), "YES": mark("yes"), "NO": mark("no"),
}
NOT_RECORDED = mark("not recorded")


def characteristics_chart(shares: pd.DataFrame, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """One bar per category that occurs, as share of all included patients; counts at the right.

    shares: add_shares. Bars are the included; a tick is the share among those whose screening failed, where there are any. A hidden
    count is a dash and has no bar. Categories that nobody has are left out.
    """
    title = words.say("Characteristics of the included patients")
    included = _by_category(shares, "INCLUDED")
    rows = [key for name in NAMES for key in included if key[0] == name and not _is_nobody(included[key])]
    if not rows:
        return theme.empty_chart(title, words.say("No patient has been included yet."), caption, words, look)
    failed = _by_category(shares, "FAILED")
    colours = theme.palette(look)
    places, heads, place = {}, {}, 0.0
    for name in NAMES:
        mine = [key for key in rows if key[0] == name]
        if not mine:
            continue
        heads[name], place = place, place + 1
        for key in mine:
            places[key], place = place, place + 1
        place += 0.35
    ticks = [key for key in rows if key in failed and failed[key]["share"]]  # none where nobody is, or where it is hidden
    keys = [theme.key(colours.teal, words.say("included"))]
    if ticks:
        keys.append(theme.key(colours.rust, words.say("screening failed"), sign="┃"))
    notes = [words.say("–: too few patients to show.")] if any(included[key]["n"] is None for key in rows) else []
    lines = theme.heading(title, caption, words, look, notes, keys)
    top = theme.title_height(lines) + 8
    drawn = [key for key in rows if included[key]["share"] is not None]
    names = [category_name(key[1], words) for key in rows]
    texts = [_count(included[key], words) for key in rows]
    width = max(map(len, texts))
    ink = {"size": theme.SMALL_SIZE, "color": colours.ink}
    traces = [
        {"type": "bar", "orientation": "h", "meta": "included", "y": [places[key] for key in drawn],
         "x": [100 * included[key]["share"] for key in drawn], "width": 0.7, "marker": {"color": colours.teal}, "hoverinfo": "skip"},
        theme.row_texts([places[key] for key in rows], names, look, x=0, side="left", meta="categories", textfont=ink),
        theme.row_texts([places[key] for key in rows], [theme.FIGURE_SPACE * 2 + text for text in texts], look, x=100, side="right", meta="counts", textfont=ink),
        theme.row_texts(list(heads.values()), [f"<b>{words.say(NAMES[name])}</b>" for name in heads], look, x=0, side="right", meta="heads",
                        textfont=ink),
    ]
    if ticks:
        traces.append({
            "type": "scatter", "mode": "markers", "meta": "failed", "y": [places[key] for key in ticks],
            "x": [100 * failed[key]["share"] for key in ticks], "cliponaxis": False,
            "marker": {"symbol": "line-ns-open", "size": 13, "color": colours.rust, "line": {"width": 2.4}},
            "hovertext": [f"{words.say('screening failed')}: {_count(failed[key], words)}" for key in ticks],
            "hovertemplate": "%{hovertext}<extra></extra>"})
    steps = [0, 25, 50, 75, 100]
    return theme.chart(
        traces, look, words, heading=lines, height=top + round(PITCH * place) + 40,
        margin={"t": top, "b": 40, "l": 18 + round(6.6 * max(map(len, names))), "r": 30 + round(6.4 * width)},
        xaxis=theme.axis(look, range=[0, 100], tickvals=steps, ticktext=[words.percent(step / 100, 0) for step in steps], fixedrange=True),
        yaxis=theme.bare_axis(range=[place, -0.7]),
    )


def alt_characteristics(shares: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the picture in one sentence: the most frequent category of each characteristic."""
    included = _by_category(shares, "INCLUDED")
    said = []
    for name in NAMES:
        known = [(row["share"], key[1]) for key, row in included.items() if key[0] == name and key[1] is not None and row["share"]]
        if known:
            share, category = max(known)
            said.append(words.say(
                "{characteristic}: {category} {share}", characteristic=words.say(NAMES[name]), category=category_name(category, words),
                share=words.percent(share, 0)))
    if not said:
        return words.say("Characteristics of the included patients: none can be shown.")
    return words.say("Characteristics of the included patients, data cut of {date}: {list}.", date=words.date(caption.cut_off), list="; ".join(said))


def category_name(category: str | None, words: Words) -> str:
    """A category as people say it; a code of the delivery stays as it is."""
    return words.say(NOT_RECORDED) if category is None else words.say(CATEGORIES.get(category, category))


def _by_category(shares: pd.DataFrame, population: str) -> dict[tuple[str, str | None], dict]:
    """(characteristic, category) → n and share, None where hidden, in the order of the rows."""
    rows = shares[shares["population"] == population]
    return {
        (row.characteristic, None if pd.isna(row.category) else str(row.category)): {
            "n": None if pd.isna(row.n) else int(row.n), "share": None if pd.isna(row.share) else float(row.share)}
        for row in rows.itertuples()
    }


def _is_nobody(row: dict) -> bool:
    return row["n"] == 0


def _count(row: dict, words: Words) -> str:
    if row["n"] is None:
        return "–"
    return words.number(row["n"]) if row["share"] is None else f"{words.number(row['n'])} ({words.percent(row['share'], 0)})"
