"""An alert in one sentence, in the reader's language: what was found, since when, what the protocol allows."""

from collections.abc import Mapping

import pandas as pd

from heroes.labels import Words, mark
from heroes.model.terms import AlertRule

_SENTENCES: dict[AlertRule, str] = {
    AlertRule.PROGRESSION_WITHOUT_DECISION: mark(
        "Progression on the scan of day {day}; therapy neither resumed nor changed in {days} since (allowed: {limit})."),
    AlertRule.POSITIVE_NOT_RESTARTED: mark(
        "{marker} positive in the draw of day {day}; known for {days}, and therapy is not resumed (allowed: {limit})."),
    AlertRule.BASELINE_POSITIVE_INCLUDED: mark("Included although the baseline {marker} (draw of day {day}) is positive."),
    AlertRule.PROGRESSION_UNCONFIRMED: mark(
        "Progression suspected on the scan of day {day}; no evaluable scan in {days} since (allowed: {limit})."),
    AlertRule.NO_NEWS: mark("Last seen on day {day}: no news for {n} weeks (allowed: {weeks})."),
    AlertRule.POST_RESTART_TEST_MISSING: mark(
        "The test after the restart, planned on day {day}, is not made; its window closed {days} ago."),
    AlertRule.SCAN_OVERDUE: mark("Scan {detail}, planned on day {day}, is not made; its window closed {days} ago."),
    AlertRule.DRAW_OVERDUE: mark("Draw {detail}, planned on day {day}, is not made; its window closed {days} ago."),
    AlertRule.NOT_EVALUABLE_AGAIN: mark("The last {n} {marker} results could not be evaluated; the last draw was on day {day}."),
    AlertRule.RESULT_OUTSTANDING: mark("Blood drawn on day {day}; no result for {days} (allowed: {limit})."),
    AlertRule.NOT_STOPPED: mark("Included on day {day}; no stop of therapy recorded in {days} (allowed: {limit})."),
    AlertRule.RESTART_WITHOUT_TRIGGER: mark("Therapy resumed or changed on day {day} without a positive {marker} or a progression before it."),
    AlertRule.OUTSIDE_WINDOW: mark("The last one made, {visit} on day {day}, was {days} outside its window."),
}
_MORE = {
    AlertRule.SCAN_OVERDUE: mark("{n} scans are not made, the first ({detail}) planned on day {day}; its window closed {days} ago."),
    AlertRule.DRAW_OVERDUE: mark("{n} draws are not made, the first ({detail}) planned on day {day}; its window closed {days} ago."),
}
_DETAILS = {
    (AlertRule.CONSENT_ORDER, "AFTER_STOP"): mark("Second consent (day {day}) after the stop of therapy."),
    (AlertRule.CONSENT_ORDER, "AFTER_INCLUSION"): mark("Second consent (day {day}) after the inclusion."),
    (AlertRule.CONSENT_ORDER, "BEFORE_RESULT"): mark("Second consent (day {day}) before the baseline result."),
    (AlertRule.CONSENT_ORDER, "BEFORE_FIRST"): mark("Second consent (day {day}) before the first."),
    (AlertRule.CONSENT_ORDER, "MISSING"): mark("Included on day {day} without a second consent."),
    (AlertRule.RESTART_WITHOUT_TRIGGER, "OTHER"): mark(
        "Therapy resumed or changed on day {day} for another reason than a positive {marker} or a progression."),
    (AlertRule.OUTSIDE_WINDOW, "DRAW_EARLY"): mark("The last draw, {visit} on day {day}, was made {days} before its window."),
    (AlertRule.OUTSIDE_WINDOW, "DRAW_LATE"): mark("The last draw, {visit} on day {day}, was made {days} after its window."),
    (AlertRule.OUTSIDE_WINDOW, "SCAN_EARLY"): mark("The last scan, {visit} on day {day}, was made {days} before its window."),
    (AlertRule.OUTSIDE_WINDOW, "SCAN_LATE"): mark("The last scan, {visit} on day {day}, was made {days} after its window."),
    (AlertRule.OUTSIDE_WINDOW, "POST_RESTART_EARLY"): mark("The test after the restart, on day {day}, was made {days} before its window."),
    (AlertRule.OUTSIDE_WINDOW, "POST_RESTART_LATE"): mark("The test after the restart, on day {day}, was made {days} after its window."),
}
_ENTERED_ONLY = mark(
    "Progression entered for the scan of day {day}, which could not be evaluated; no evaluable scan in {days} since (allowed: {limit}).")


def say_alert(alert: Mapping, words: Words, marker: str) -> str:
    """One row of the answer of protocol_alerts as a sentence. marker: what was measured, in the reader's language."""
    rule, n = AlertRule(alert["rule"]), _whole(alert["n"])
    if rule is AlertRule.PROGRESSION_UNCONFIRMED and alert["source_record"] == "NE":
        sentence = _ENTERED_ONLY
    elif rule in _MORE and (n or 1) > 1:
        sentence = _MORE[rule]
    else:
        sentence = _DETAILS.get((rule, alert["detail"]), _SENTENCES.get(rule))
    limit = _whole(alert["limit_days"])
    return words.say(
        sentence, marker=marker, day=words.number(int(alert["source_day"])), days=days_said(_whole(alert["days"]), words),
        n=_said(n, words), limit=days_said(limit, words), weeks=_said(None if limit is None else limit // 7, words), detail=alert["detail"],
        visit=alert["source_record"],
    )


def days_said(n: int | None, words: Words) -> str:
    """A number of days with its unit; a dash where there is none."""
    return "–" if n is None else words.count("{n} day", "{n} days", n)


def _whole(value) -> int | None:
    return None if pd.isna(value) else int(value)


def _said(value: int | None, words: Words) -> str:
    return "–" if value is None else words.number(value)
