"""The protocol's clocks and alerts: order of danger, identity, what is new, what was acknowledged, what comes due.

Which clock stands where and which rule rings is asked of the store (protocol_clocks, reaction_clocks, protocol_alerts); here
the answers are put in order. Nothing looks at a calendar: everything is as of the cut-off.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from heroes.labels import mark
from heroes.model.terms import AlertRule, ClockStatus, Danger
from heroes.protocol import Protocol

DANGER: dict[AlertRule, Danger] = {
    AlertRule.PROGRESSION_WITHOUT_DECISION: Danger.URGENT,
    AlertRule.POSITIVE_NOT_RESTARTED: Danger.URGENT,
    AlertRule.BASELINE_POSITIVE_INCLUDED: Danger.URGENT,
    AlertRule.PROGRESSION_UNCONFIRMED: Danger.URGENT,
    AlertRule.NO_NEWS: Danger.SOON,
    AlertRule.POST_RESTART_TEST_MISSING: Danger.SOON,
    AlertRule.SCAN_OVERDUE: Danger.SOON,
    AlertRule.DRAW_OVERDUE: Danger.SOON,
    AlertRule.NOT_EVALUABLE_AGAIN: Danger.SOON,
    AlertRule.RESULT_OUTSTANDING: Danger.SOON,
    AlertRule.CONSENT_ORDER: Danger.CHECK,
    AlertRule.NOT_STOPPED: Danger.CHECK,
    AlertRule.RESTART_WITHOUT_TRIGGER: Danger.CHECK,
    AlertRule.OUTSIDE_WINDOW: Danger.CHECK,
}
"""How dangerous it is to leave an alert of a rule while the patient is followed; afterwards there is only a record to check."""

_RANK = {rule: place for place, rule in enumerate(AlertRule)}
_WEIGHT = {danger: place for place, danger in enumerate(Danger)}
ACKNOWLEDGED = ("acknowledged_reason", "acknowledged_role", "acknowledged_at")

LIMIT_NOT_SET = mark("its limit is not set in the protocol")
NOT_DELIVERED = mark("what it needs was not delivered: {tables}")
NO_WINDOW = mark("no window is set for it, so nothing can be called overdue")
RELATIVE_ONLY = mark("the delivery has relative times only, so nothing is known to be due")
SCANS_HIDDEN = mark("what the scans showed is not part of what your role sees")
STOPS_NOT_DELIVERED = mark("no stop of therapy was delivered")

_NEEDS: dict[AlertRule, tuple[str, ...]] = {
    AlertRule.PROGRESSION_WITHOUT_DECISION: ("response",),
    AlertRule.POSITIVE_NOT_RESTARTED: ("ctdna_result",),
    AlertRule.BASELINE_POSITIVE_INCLUDED: ("ctdna_result",),
    AlertRule.PROGRESSION_UNCONFIRMED: ("response",),
    AlertRule.POST_RESTART_TEST_MISSING: ("ctdna_result",),
    AlertRule.SCAN_OVERDUE: ("response", "visit_plan"),
    AlertRule.DRAW_OVERDUE: ("ctdna_result", "visit_plan"),
    AlertRule.NOT_EVALUABLE_AGAIN: ("ctdna_result",),
    AlertRule.RESULT_OUTSTANDING: ("specimen",),
    AlertRule.OUTSIDE_WINDOW: ("visit_plan",),
}
_NEEDS_CUT_OFF = frozenset(AlertRule) - {
    AlertRule.BASELINE_POSITIVE_INCLUDED, AlertRule.CONSENT_ORDER, AlertRule.RESTART_WITHOUT_TRIGGER, AlertRule.OUTSIDE_WINDOW,
    AlertRule.NOT_EVALUABLE_AGAIN,
}
_NEEDS_READINGS = frozenset({
    AlertRule.PROGRESSION_WITHOUT_DECISION, AlertRule.PROGRESSION_UNCONFIRMED, AlertRule.RESTART_WITHOUT_TRIGGER,
})
_WINDOWS = {AlertRule.DRAW_OVERDUE: "DRAW", AlertRule.SCAN_OVERDUE: "SCAN"}


def alert_id(subject_id: str, rule: str, facts: str) -> str:
    """The name of one alert: the same in every cut as long as patient, rule and facts are, another when a fact changes.

    Sixteen hexadecimal digits of a digest; neither patient nor rule can be read from it.
    """
    return hashlib.sha256("\x1f".join((subject_id, rule, facts)).encode()).hexdigest()[:16]


def rank_alerts(alerts: pd.DataFrame) -> pd.DataFrame:
    """The answer of protocol_alerts in order of danger, with `danger` and `alert` (its id): the longest wait of a rule first.

    A patient who died or left is in no danger of being overlooked any more: such alerts are for checking, and come last of those.
    """
    ranked = alerts.copy()
    dangers = [
        Danger.CHECK if over else DANGER[AlertRule(rule)] for rule, over in zip(alerts["rule"], alerts["is_over"], strict=True)
    ]
    ranked["danger"] = pd.array([danger.value for danger in dangers], dtype="str")
    ranked["alert"] = pd.array(
        [alert_id(*row) for row in zip(alerts["subject_id"], alerts["rule"], alerts["facts"], strict=True)], dtype="str"
    )
    keys = pd.DataFrame({
        "danger": [_WEIGHT[danger] for danger in dangers],
        "over": alerts["is_over"].to_numpy(bool),
        "rule": [_RANK[AlertRule(rule)] for rule in alerts["rule"]],
        "days": -alerts["days"].astype("Float64").fillna(0).to_numpy(float),
        "subject_id": alerts["subject_id"].to_numpy(object),
        "alert": ranked["alert"].to_numpy(object),
    })
    return ranked.iloc[keys.sort_values(list(keys)).index].reset_index(drop=True)


def with_acknowledgements(
    alerts: pd.DataFrame, acknowledgements: pd.DataFrame, cut_off: date, protocol: Protocol
) -> pd.DataFrame:
    """Ranked alerts with why, by which role and when each was acknowledged; empty where it was not, or where it came back.

    acknowledgements: alert, reason, role, at, cut_off; the last one of an alert holds. An alert whose time runs on comes back when
    the cut-off is more than surveillance.acknowledged_days after the one at which it was acknowledged: silence is not for ever.
    Other facts make another alert, so a changed one is not acknowledged at all.
    """
    last = acknowledgements.drop_duplicates("alert", keep="last").set_index("alert")
    kept = protocol.surveillance.acknowledged_days
    columns = {name: [] for name in ACKNOWLEDGED}
    for alert, days in zip(alerts["alert"], alerts["days"], strict=True):
        row = last.loc[alert] if alert in last.index else None
        if row is not None and pd.notna(days) and kept is not None and cut_off > row["cut_off"] + timedelta(days=kept):
            row = None
        for name in ACKNOWLEDGED:
            columns[name].append(None if row is None else row[name.removeprefix("acknowledged_")])
    return alerts.assign(**{name: pd.Series(values, index=alerts.index, dtype=object) for name, values in columns.items()})


def new_since(alerts: pd.DataFrame, earlier: pd.DataFrame) -> pd.Series:
    """Whether each ranked alert did not ring yet at an earlier cut (its ranked alerts)."""
    return ~alerts["alert"].isin(set(earlier["alert"]))


def coming_due(clocks: pd.DataFrame, reactions: pd.DataFrame, days: int) -> pd.DataFrame:
    """What is due now or within so many days, the first deadline first; what is overdue rings as an alert instead.

    clocks, reactions: the answers of protocol_clocks and reaction_clocks. Columns: site_id, subject_id, kind, visit_code, in_days
    (days from the cut-off to the planned day, or to the limit of a reaction; negative where that day has come), last_in_days (days
    to the end of the window or limit; missing where none is set).
    """
    running = clocks[clocks["status"].isin([ClockStatus.DUE, ClockStatus.NOT_YET_DUE])]
    opens = running["window_start"].fillna(running["planned_day"]) - running["cut_off_day"]
    running = running[(opens <= days).fillna(False).astype(bool)]
    planned = pd.DataFrame({
        "site_id": running["site_id"], "subject_id": running["subject_id"], "kind": running["kind"],
        "visit_code": running["visit_code"],
        "in_days": (running["planned_day"] - running["cut_off_day"]).astype("Int64"),
        "last_in_days": (running["window_end"] - running["cut_off_day"]).astype("Int64"),
    })
    waiting = reactions[reactions["status"] == ClockStatus.DUE]
    left = (waiting["limit_days"] - waiting["days"]).astype("Int64")
    reacting = pd.DataFrame({
        "site_id": waiting["site_id"], "subject_id": waiting["subject_id"], "kind": waiting["kind"],
        "visit_code": pd.array([None] * len(waiting), dtype="str"), "in_days": left, "last_in_days": left,
    })
    due = pd.concat([reacting, planned], ignore_index=True)
    order = due["last_in_days"].fillna(due["in_days"])
    return due.assign(order=order).sort_values(["order", "subject_id", "kind"], na_position="last").drop(columns="order").reset_index(drop=True)


def rules_not_judged(
    protocol: Protocol, rows: Mapping[str, int], clocks: pd.DataFrame, coverage: pd.Series
) -> dict[AlertRule, tuple[str, dict[str, str]]]:
    """Rules that cannot ring, each with the reason (a sentence and what it names): silence of these means nothing.

    rows: rows of each table of the whole delivery. clocks: the answer of protocol_clocks. coverage: the row of alert_coverage.
    """
    limits = {
        AlertRule.PROGRESSION_WITHOUT_DECISION: protocol.surveillance.decision_within_days,
        AlertRule.POSITIVE_NOT_RESTARTED: protocol.ctdna.restart_within_days,
        AlertRule.PROGRESSION_UNCONFIRMED: protocol.surveillance.confirm_scan_within_days,
        AlertRule.NO_NEWS: protocol.surveillance.no_news_weeks,
        AlertRule.POST_RESTART_TEST_MISSING: protocol.schedule.post_restart_ctdna_months,
        AlertRule.NOT_EVALUABLE_AGAIN: protocol.surveillance.not_evaluable_in_a_row,
        AlertRule.RESULT_OUTSTANDING: protocol.ctdna.repeat_result_overdue_days,
        AlertRule.NOT_STOPPED: protocol.surveillance.stop_within_days,
    }
    windows = set(clocks.loc[clocks["window_end"].notna(), "kind"])
    found: dict[AlertRule, tuple[str, dict[str, str]]] = {}
    for rule in AlertRule:
        lacking = [table for table in _NEEDS.get(rule, ()) if not rows.get(table)]
        if lacking:
            found[rule] = (NOT_DELIVERED, {"tables": ", ".join(lacking)})
        elif rule is AlertRule.NOT_STOPPED and not coverage["stops_delivered"]:
            found[rule] = (STOPS_NOT_DELIVERED, {})
        elif rule in _NEEDS_CUT_OFF and not coverage["has_cut_off"]:
            found[rule] = (RELATIVE_ONLY, {})
        elif rule in _NEEDS_READINGS and coverage["scans_hidden"]:
            found[rule] = (SCANS_HIDDEN, {})
        elif rule in limits and limits[rule] is None:
            found[rule] = (LIMIT_NOT_SET, {})
        elif rule in _WINDOWS and len(clocks) and _WINDOWS[rule] not in windows:
            found[rule] = (NO_WINDOW, {})
    return found
