"""Order, identity and acknowledgement of alerts; what comes due; which rules cannot ring."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from heroes.model.terms import AlertRule, Danger
from heroes.protocol import read_protocol
from heroes.statistics.surveillance import (
    DANGER, alert_id, coming_due, new_since, rank_alerts, rules_not_judged, with_acknowledgements,
)

CUT_OFF = date(2026, 1, 31)
NO_ACKNOWLEDGEMENT = pd.DataFrame(columns=["alert", "reason", "role", "at", "cut_off"])


def some(*alerts) -> pd.DataFrame:
    """Alerts as the store answers them: (subject, rule, days, facts) and whether the patient died or left."""
    return pd.DataFrame([
        {"subject_id": subject, "rule": rule, "days": days, "facts": facts, "is_over": over, "site_id": "01"}
        for subject, rule, days, facts, over in alerts
    ]).astype({"days": "Int64", "is_over": "bool"})


ALERTS = some(
    ("01-003", "OUTSIDE_WINDOW", 2, "a", False), ("01-002", "POSITIVE_NOT_RESTARTED", 30, "b", False),
    ("01-001", "POSITIVE_NOT_RESTARTED", 90, "c", False), ("01-004", "CONSENT_ORDER", None, "d", False),
    ("01-005", "BASELINE_POSITIVE_INCLUDED", None, "e", True), ("01-006", "SCAN_OVERDUE", 5, "f", False),
)


def acknowledged(alert, cut_off=CUT_OFF, reason="ACTED"):
    at = datetime(2026, 2, 2, tzinfo=UTC)
    return pd.DataFrame([{"alert": alert, "reason": reason, "role": "investigator", "at": at, "cut_off": cut_off}])


def test_every_rule_has_its_danger_and_more_danger_comes_first():
    assert set(DANGER) == set(AlertRule)
    weights = [list(Danger).index(DANGER[rule]) for rule in AlertRule]
    assert weights == sorted(weights)


def test_alerts_stand_by_danger_then_the_longest_wait_and_those_of_the_gone_last():
    assert list(rank_alerts(ALERTS).subject_id) == ["01-001", "01-002", "01-006", "01-004", "01-003", "01-005"]
    assert list(rank_alerts(ALERTS).danger)[-1] == "CHECK"


def test_no_alert_is_an_empty_list():
    ranked = rank_alerts(ALERTS.iloc[:0])
    assert ranked.empty and {"danger", "alert"} <= set(ranked)
    assert with_acknowledgements(ranked, NO_ACKNOWLEDGEMENT, CUT_OFF, read_protocol()).empty


def test_an_alert_keeps_its_name_while_days_pass_and_changes_it_with_the_facts():
    later = ALERTS.assign(days=ALERTS.days + 7)
    assert list(rank_alerts(later).alert.sort_values()) == list(rank_alerts(ALERTS).alert.sort_values())
    assert alert_id("01-001", "DRAW_OVERDUE", "M3") != alert_id("01-001", "DRAW_OVERDUE", "M3|M6")
    assert alert_id("01-001", "A", "B") != alert_id("01-001", "AB", "")


def test_neither_patient_nor_rule_stands_in_the_name_of_an_alert():
    name = alert_id("01-001", "POSITIVE_NOT_RESTARTED", "x")
    assert len(name) == 16 and set(name) <= set("0123456789abcdef")


def test_new_is_what_did_not_ring_before():
    ranked = rank_alerts(ALERTS)
    assert list(new_since(ranked, ranked.iloc[1:])) == [True, *[False] * 5]


@pytest.mark.parametrize(("weeks", "comes_back"), [(0, False), (4, False), (5, True)])
def test_an_acknowledged_alert_whose_time_runs_on_comes_back_after_four_weeks(weeks, comes_back):
    ranked = rank_alerts(ALERTS)
    later = date.fromordinal(CUT_OFF.toordinal() + 7 * weeks)
    seen = with_acknowledgements(ranked, acknowledged(ranked.alert[0]), later, read_protocol())
    assert (seen.acknowledged_at[0] is None) == comes_back
    assert seen.acknowledged_at[1:].isna().all()


def test_an_acknowledged_fact_that_does_not_grow_stays_acknowledged():
    ranked = rank_alerts(ALERTS)
    consent = ranked.alert[list(ranked.rule).index("CONSENT_ORDER")]
    seen = with_acknowledgements(ranked, acknowledged(consent, reason="EXPLAINED"), date(2027, 1, 1), read_protocol())
    assert list(seen.acknowledged_reason.dropna()) == ["EXPLAINED"]


def test_of_two_acknowledgements_the_later_one_holds():
    ranked = rank_alerts(ALERTS)
    twice = pd.concat([acknowledged(ranked.alert[0]), acknowledged(ranked.alert[0], reason="DECIDED")])
    assert with_acknowledgements(ranked, twice, CUT_OFF, read_protocol()).acknowledged_reason[0] == "DECIDED"


def clocks(**changes):
    row = {"site_id": "01", "subject_id": "01-001", "kind": "DRAW", "visit_code": "M3", "planned_day": 91, "window_start": 84,
           "window_end": 105, "cut_off_day": 80, "status": "NOT_YET_DUE", **changes}
    return pd.DataFrame([row]).astype({name: "Int64" for name in ("planned_day", "window_start", "window_end", "cut_off_day")})


NO_REACTION = pd.DataFrame(columns=["site_id", "subject_id", "kind", "status", "limit_days", "days"])


def test_what_opens_within_two_weeks_is_coming_due():
    due = coming_due(clocks(), NO_REACTION, 14)
    assert due[["kind", "in_days", "last_in_days"]].values.tolist() == [["DRAW", 11, 25]]
    assert coming_due(clocks(cut_off_day=69), NO_REACTION, 14).empty  # opens in 15 days
    assert len(coming_due(clocks(cut_off_day=70), NO_REACTION, 14)) == 1


def test_what_is_done_or_overdue_is_not_coming_due():
    for status in ("DONE", "OVERDUE", "MISSED", "LATE"):
        assert coming_due(clocks(status=status), NO_REACTION, 14).empty


def test_a_running_restart_stands_before_a_draw_that_may_wait():
    running = pd.DataFrame([{"site_id": "01", "subject_id": "01-002", "kind": "RESTART", "status": "DUE", "limit_days": 28, "days": 20}])
    due = coming_due(clocks(), running.astype({"limit_days": "Int64", "days": "Int64"}), 14)
    assert list(due.kind) == ["RESTART", "DRAW"] and due.last_in_days[0] == 8


EVERY_TABLE = dict.fromkeys(("response", "ctdna_result", "specimen", "visit_plan", "milestone"), 1)
WHOLE = pd.Series({"has_cut_off": True, "scans_hidden": False, "stops_delivered": True})


def test_with_everything_delivered_every_rule_is_judged():
    both = pd.concat([clocks(), clocks(kind="SCAN")])
    assert rules_not_judged(read_protocol(), EVERY_TABLE, both, WHOLE) == {}


def test_a_rule_that_cannot_ring_says_why():
    both = pd.concat([clocks(window_end=None), clocks(kind="SCAN")])
    silent = rules_not_judged(read_protocol(), {**EVERY_TABLE, "specimen": 0}, both, WHOLE)
    assert set(silent) == {AlertRule.DRAW_OVERDUE, AlertRule.RESULT_OUTSTANDING}
    assert silent[AlertRule.RESULT_OUTSTANDING][1] == {"tables": "specimen"}
    relative = rules_not_judged(read_protocol(), EVERY_TABLE, both, pd.Series({**WHOLE, "has_cut_off": False}))
    assert AlertRule.POSITIVE_NOT_RESTARTED in relative and AlertRule.CONSENT_ORDER not in relative
    hidden = rules_not_judged(read_protocol(), EVERY_TABLE, both, pd.Series({**WHOLE, "scans_hidden": True}))
    assert {AlertRule.PROGRESSION_WITHOUT_DECISION, AlertRule.PROGRESSION_UNCONFIRMED, AlertRule.RESTART_WITHOUT_TRIGGER} <= set(hidden)
    protocol = read_protocol()
    unset = protocol.model_copy(update={"ctdna": protocol.ctdna.model_copy(update={"restart_within_days": None})})
    assert AlertRule.POSITIVE_NOT_RESTARTED in rules_not_judged(unset, EVERY_TABLE, both, WHOLE)
