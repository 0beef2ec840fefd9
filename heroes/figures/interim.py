"""The stopping rule for failures: its boundary with the data on it, and what the rule does at each true failure rate."""

import plotly.graph_objects as go

from heroes.figures import theme
from heroes.figures.theme import Caption, Look
from heroes.labels import Words, mark
from heroes.statistics.failure_rule import FailureRule

HEIGHT, BELOW, LEFT = 300, 56, 56  # pixels
_FAILURES, _LOST_FAILED, _LOST_OUT = mark("failures so far"), mark("failures, lost as failures"), mark("failures, lost left out")


def boundary_chart(rule: FailureRule, caption: Caption, words: Words, *, months: str, look: Look = Look()) -> go.Figure:
    """Failures that stop the trial at each look, and the failures so far, patient by patient in the order of inclusion.

    rule: as `judge_failures` makes it. Above a look's mark the trial stops. Two lines of failures where some patients are
    lost: counted as failures, or left out. Without a known order of inclusion there is no line. months: the milestone, said.
    """
    boundary, colours = rule.boundary, theme.palette(look)
    limits = [(n, r) for n, r in zip(boundary.looks, boundary.stop_at, strict=True) if r is not None]
    title = words.say("Failures against the boundary")
    if not limits:
        return theme.empty_chart(title, words.say(boundary.reason), caption, words, look)
    paths = _paths(rule)
    keys = [theme.key(colours.red, words.say("stops at or above"), sign="▽")]
    keys += [theme.key(colour, name, sign=sign) for name, _, colour, sign, _ in _styles(paths, words, look)]
    lines = theme.heading(title, caption, words, look, keys=keys, notes=_notes(rule, words))
    top = theme.title_height(lines) + 16
    furthest = max(boundary.looks[-1], *(len(path) for _, path in paths), 1)
    highest = max(*(r for _, r in limits), *(path[-1] for _, path in paths if path), 1) * 1.18
    traces = [{
        "type": "scatter", "mode": "lines", "meta": "stopping region", "hoverinfo": "skip",
        "x": [x for n, _ in limits for x in (n, n, None)], "y": [y for _, r in limits for y in (r, highest, None)],
        "line": {"color": colours.red, "width": 3}, "opacity": 0.35,
    }, {
        "type": "scatter", "mode": "markers+text", "meta": "boundary", "x": [n for n, _ in limits], "y": [r for _, r in limits],
        "text": [words.say("≥ {n}", n=words.number(r)) for _, r in limits], "textposition": "middle left",
        "textfont": {"size": theme.SMALL_SIZE, "color": colours.red}, "cliponaxis": False,
        "marker": {"symbol": "triangle-down", "size": 11, "color": colours.red},
        "hovertext": [
            words.say("Look at {n} patients: stops at {r} or more failures", n=words.number(n), r=words.number(r)) for n, r in limits],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }]
    for name, path, colour, _, dash in _styles(paths, words, look):
        traces.append({
            "type": "scatter", "mode": "lines", "meta": name, "x": list(range(len(path) + 1)), "y": [0, *path],
            "line": {"shape": "hv", "color": colour, "width": 2.2, "dash": dash},
            "hovertemplate": words.say(
                "{name}: {failures} failures in {n} patients", name=name, failures="%{y}", n="%{x}") + "<extra></extra>"})
    return theme.chart(
        traces, look, words, heading=lines, height=top + HEIGHT + BELOW, margin={"t": top, "b": BELOW, "l": LEFT, "r": 18, "pad": 0},
        xaxis=theme.axis(look, range=[0, furthest * 1.04], tickvals=[0, *boundary.looks], fixedrange=True,
                         ticktext=[words.number(n) for n in (0, *boundary.looks)],
                         title=words.say("Patients counted at {months} months, in the order of inclusion", months=months)),
        yaxis=theme.axis(look, range=[0, highest], fixedrange=True, showgrid=True, nticks=7, title=words.say("Failures")))


def alt_boundary(rule: FailureRule, caption: Caption, words: Words, *, months: str) -> str:
    """What the boundary and the data on it say, for those who cannot see them."""
    told = [
        words.say("stops at {r} or more of {n}", r=words.number(r), n=words.number(n))
        for n, r in zip(rule.boundary.looks, rule.boundary.stop_at, strict=True) if r is not None
    ]
    so_far = [
        words.say(
            "{name}: {failures} of {n} patients", name=words.say(name), n=words.number(len(path)),
            failures=words.number(path[-1] if path else 0))
        for name, path in _paths(rule)
    ]
    return words.say(
        "Failures by {months} months against the boundary, data cut of {date}: {parts}.", months=months, date=words.date(caption.cut_off),
        parts="; ".join([*told, *so_far]) or words.say(rule.boundary.reason))


def characteristics_chart(rule: FailureRule, caption: Caption, words: Words, *, look: Look = Look()) -> go.Figure:
    """The exact probability that the rule stops the trial, at any look, against the true failure rate."""
    colours, limit = theme.palette(look), rule.boundary.f0
    title = words.say("How often the rule stops the trial")
    note = words.say("Exact; from the rule alone, no outcome enters.")
    lines = theme.heading(title, _without_patients(caption), words, look, notes=[note])
    top = theme.title_height(lines) + 16
    rates, stops = [row.failure_rate for row in rule.curve], [row.overall for row in rule.curve]
    shown = [row for row in rule.characteristics if row.failure_rate <= rates[-1]]
    traces = [{
        "type": "scatter", "mode": "lines", "meta": "curve", "x": rates, "y": stops, "hoverinfo": "skip",
        "line": {"color": colours.teal, "width": 2.4},
    }, {
        "type": "scatter", "mode": "markers+text", "meta": "table", "x": [row.failure_rate for row in shown], "cliponaxis": False,
        "y": [row.overall for row in shown], "text": [words.percent(row.overall) for row in shown],
        "textposition": ["bottom right" if row.overall > 0.12 else "top center" for row in shown],
        "textfont": {"size": theme.SMALL_SIZE, "color": colours.ink},
        "marker": {"size": 8, "color": colours.halo, "line": {"width": 2, "color": colours.teal}},
        "hovertext": [words.say("True failure rate {rate}: stops with probability {p}", rate=words.percent(row.failure_rate),
                                p=words.percent(row.overall)) for row in shown],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }]
    across = [tick / 10 for tick in range(0, int(rates[-1] * 10 + 0.5) + 1)]
    return theme.chart(
        traces, look, words, heading=lines, height=top + HEIGHT + BELOW, margin={"t": top, "b": BELOW, "l": LEFT, "r": 24, "pad": 0},
        xaxis=theme.axis(look, range=[0, rates[-1]], tickvals=across, ticktext=[words.percent(tick, 0) for tick in across], fixedrange=True,
                         title=words.say("True failure rate")),
        yaxis=theme.axis(look, range=[0, 1.04], tickvals=[0, 0.25, 0.5, 0.75, 1], fixedrange=True, showgrid=True,
                         ticktext=[words.percent(tick, 0) for tick in (0, 0.25, 0.5, 0.75, 1)], title=words.say("P(stop)")),
        shapes=[theme.upright(limit, look, colours.rust, "dash")],
        annotations=[theme.note(words.say("limit {rate}", rate=words.percent(limit)), look, x=limit, y=1.04, xanchor="center",
                                yanchor="bottom", font={"size": theme.SMALL_SIZE, "color": colours.rust})])


def alt_characteristics(rule: FailureRule, caption: Caption, words: Words) -> str:
    """What the operating characteristics say, for those who cannot see them."""
    told = [words.say("{p} at {rate}", p=words.percent(row.overall), rate=words.percent(row.failure_rate)) for row in rule.characteristics]
    return words.say(
        "How often the rule stops the trial, by the true failure rate, data cut of {date}: {parts}.", date=words.date(caption.cut_off),
        parts="; ".join(told))


def _without_patients(caption: Caption) -> Caption:
    return Caption(caption.cut_off, None, "", caption.simulated, caption.method)


def _paths(rule: FailureRule) -> list[tuple[str, list[int]]]:
    """The lines of failures that there are: one when nobody is lost, none without an order."""
    if rule.lost_failed is None:
        return []
    if len(rule.path_failed) == len(rule.path_out):
        return [(_FAILURES, rule.path_failed.tolist())]
    return [(_LOST_FAILED, rule.path_failed.tolist()), (_LOST_OUT, rule.path_out.tolist())]


def _styles(paths, words: Words, look: Look):
    colours = theme.palette(look)
    for (name, path), colour, sign, dash in zip(paths, (colours.ink, colours.teal), ("━", "╍"), ("solid", "dash"), strict=False):
        yield words.say(name), path, colour, sign, dash


def _notes(rule: FailureRule, words: Words) -> list[str]:
    return [] if rule.lost_failed is not None else [words.say("Where the data stand is not drawn: the order of inclusion is not known.")]
