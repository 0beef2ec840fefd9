"""The screening funnel, from first consent to treatment stopped."""

import pandas as pd
import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark

STEP_PITCH = 42

STEPS = {
    "CONSENT1": mark("First consent"),
    "TISSUE_SENT": mark("Tissue sent"),
    "ASSAY_READY": mark("Assay designed"),
    "BASELINE_DRAW": mark("Baseline draw"),
    "BASELINE_RESULT": mark("Baseline result evaluable"),
    "BASELINE_NEGATIVE": mark("Baseline ctDNA negative"),
    "CONSENT2": mark("Second consent"),
    "INCLUDED": mark("Inclusion"),
    "TX_STOP": mark("Treatment stopped"),
}


def funnel_chart(funnel: pd.DataFrame, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """From first consent to treatment stopped: how many reached each delivered step, of the one before, of the first.

    funnel: step, step_order, n, n_without_step_before, in order. A step that was not delivered is not there, and the next
    one is compared with the last that is. Who reached a step without a record of the one before is in its bar, not in its
    share of the step before, and is named in a note. The pale end of a bar is who did not come on, or not yet.
    """
    title = words.say("Screening: from consent to treatment stopped")
    if not len(funnel) or not funnel["n"].max():
        return theme.empty_chart(title, words.say("No screening step was delivered in this data cut."), caption, words, look)
    colours = theme.palette(look)
    names = [_name(step, words) for step in funnel["step"]]
    counts = funnel["n"].astype(int).tolist()
    skipped = funnel["n_without_step_before"].astype(int).tolist()
    came_on = [n - without for n, without in zip(counts, skipped, strict=True)]
    lines = theme.heading(title, caption, words, look, _notes(names, skipped, counts, words))
    previous = [counts[0], *counts[:-1]]
    rows = list(range(len(counts)))
    lost = [before - n for n, before in zip(came_on, previous, strict=True)]
    pale = [max(before - n, 0) for n, before in zip(counts, previous, strict=True)]
    of_previous = ["", *(_share(n, before, words) for n, before in zip(came_on[1:], counts[:-1], strict=True))]
    of_first = ["", *(_share(n, counts[0], words) for n in counts[1:])]
    story = [f"<b>{names[0]}</b><br>{words.number(counts[0])}"] + [
        "<br>".join([f"<b>{names[row]}</b>", words.say("{share} of the step before", share=of_previous[row]),
                     words.say("{share} of the first step", share=of_first[row])])
        for row in rows[1:]
    ]
    bars = {"type": "bar", "orientation": "h", "width": 0.46, "y": rows, "cliponaxis": False, "constraintext": "none",
            "textangle": 0, "hovertext": story, "hovertemplate": "%{hovertext}<extra></extra>"}
    top = theme.title_height(lines) + 52
    reach = max(counts) * 1.18
    columns, ends = theme.columns(of_previous, ["", *(_percent(n, counts[0], words) for n in counts[1:])])
    plain = {"size": theme.SMALL_SIZE, "color": colours.ink}
    return theme.chart(
        [
            {**bars, "x": counts, "meta": "reached", "marker": {"color": colours.teal},
             "text": [f"<b>{words.number(n)}</b>" for n in counts], "insidetextanchor": "start",
             # a bar too short for its number has it outside
             "textposition": ["inside" if n > 0.12 * max(counts) else "none" for n in counts],
             "textfont": {"color": colours.halo, "size": theme.TEXT_SIZE}},
            {**bars, "x": pale, "base": counts, "meta": "lost", "marker": {"color": colours.loss}, "textposition": "outside",
             "text": [_lost(n, gone, n <= 0.12 * max(counts), words) for n, gone in zip(counts, lost, strict=True)],
             "textfont": {"color": colours.muted, "size": theme.SMALL_SIZE}},
            theme.row_texts([row - 0.43 for row in rows], names, look, x=0, side="right", meta="labels", textfont=plain),
            theme.row_texts(rows, columns, look, x=reach, side="right", meta="columns",
                            textfont=plain),
        ],
        look, words, heading=lines, height=top + STEP_PITCH * len(rows) + 8, barmode="overlay",
        margin={"t": top, "b": 8, "l": 10, "r": ends[-1] + 12},
        xaxis=theme.bare_axis(range=[0, reach]), yaxis=theme.bare_axis(range=[len(rows) - 0.6, -0.7]),
        annotations=[
            theme.column_head(words.say("of the step before"), look, shift=ends[0], most=8),
            theme.column_head(words.say("of the first step"), look, shift=ends[1], most=8),
        ],
    )


def alt_funnel(funnel: pd.DataFrame, caption: Caption, words: Words) -> str:
    """The finding of the funnel in one sentence."""
    if not len(funnel):
        return words.say("Screening funnel without data.")
    first, last = funnel.iloc[0], funnel.iloc[-1]
    return words.say(
        "Screening funnel, data cut of {date}: {first} {n}, {last} {m}.", date=words.date(caption.cut_off),
        n=words.number(int(first["n"])), m=words.number(int(last["n"])), first=_name(first["step"], words),
        last=_name(last["step"], words))


def _notes(names: list[str], skipped: list[int], counts: list[int], words: Words) -> list[str]:
    """What the pale ends are, and who stands at a step without the one before it."""
    somebody_left = any(n < before for before, n in zip(counts, counts[1:], strict=False))
    pale = [words.say("Pale, with a minus: did not come on from the step before, or not yet.")] if somebody_left else []
    return pale + [
        words.count("{n} patient at “{step}” has no “{before}” on record.", "{n} patients at “{step}” have no “{before}” on record.",
                    n, step=names[row], before=names[row - 1])
        for row, n in enumerate(skipped) if n
    ]


def _name(step: str, words: Words) -> str:
    return words.say(STEPS.get(step, step))


def _share(n: int, whole: int, words: Words) -> str:
    """x/n with its percentage."""
    return f"{words.number(n)}/{words.number(whole)} {_percent(n, whole, words)}"


def _percent(n: int, whole: int, words: Words) -> str:
    """A percentage of five places; of nobody there is none."""
    return words.percent(n / whole, 0).rjust(5, theme.FIGURE_SPACE) if whole else ""


def _lost(n: int, gone: int, with_count: bool, words: Words) -> str:
    """How many did not come on; a bar too short to hold its own number has it here."""
    text = f"−{words.number(gone)}" if gone else ""
    return f"<b>{words.number(n)}</b>  {text}" if with_count else text
