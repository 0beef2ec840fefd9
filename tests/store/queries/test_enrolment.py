"""Enrolment by hand: sites, weeks, plan and funnel. The cut-off is Saturday 31 January 2026."""

import pytest

from heroes.access import Role
from tests.builders import a_subject
from tests.store.queries.trials import asked, rows, with_rule


def included(subject_id: str, on: str, **told):
    return a_subject(subject_id, consented=told.pop("consented", on), included=on, **told)


@pytest.fixture(scope="module")
def trial():
    return asked(
        included("01-1", "2025-12-03", consented="2025-11-20", stopped="2025-12-04"),  # Wednesday, week of 1 December
        included("01-2", "2025-12-07", stopped="2025-12-07"),  # Sunday of the same week
        included("01-3", "2026-01-20"),  # week of 19 January
        included("02-1", "2025-12-08"),
        a_subject("02-2", consented="2026-01-02"),
        sites={
            "01": {"label": "Site one", "region": "Bretagne", "activated_on": "2025-11-05", "target_n": 10},
            "02": {"activated_on": "2025-12-31", "target_n": 4},
            "03": {"activated_on": "2026-02-15", "target_n": 5},
            "04": {},
        },
    )


def test_each_site_is_listed_most_inclusions_first(trial):
    answer = trial.ask("enrolment_by_site")
    assert rows(
        answer, "site_id", "label", "region", "n_consented", "n_included", "n_stopped", "days_since_last_inclusion", "days_since_activation"
    ) == [
        ("01", "Site one", "Bretagne", 3, 3, 2, 11, 87),  # 31 − 20 January; 25 + 31 + 31 days from 5 November
        ("02", "02", None, 2, 1, 0, 54, 31),
        ("03", "03", None, 0, 0, 0, None, None),  # opens after the cut-off
        ("04", "04", None, 0, 0, 0, None, None),
    ]


def test_expected_by_now_is_the_targets_share_of_the_sites_own_accrual_period(trial):
    # The trial includes to 15 January 2027. Site 01: 87 of 436 days of 10. Site 02: 31 of 380 days of 4.
    answer = dict(rows(trial.ask("enrolment_by_site"), "site_id", "expected_by_now"))
    assert answer["01"] == pytest.approx(10 * 87 / 436)
    assert answer["02"] == pytest.approx(4 * 31 / 380)
    assert answer["03"] == 0
    assert answer["04"] is None


def test_a_site_that_closed_is_expected_to_have_what_it_should_have_had_then():
    trial = asked(included("01-1", "2025-12-03"), sites={"01": {"activated_on": "2025-11-05", "closed_on": "2025-11-25", "target_n": 10}})
    assert list(trial.ask("enrolment_by_site").expected_by_now) == [pytest.approx(10 * 20 / 436)]


def test_expected_by_now_follows_the_sites_own_plan_where_there_is_one():
    plan = [("01", "2025-12-01", 1), ("01", "2026-01-01", 2), ("01", "2026-02-01", 4), ("02", "2026-01-01", 3.1)]
    trial = asked(included("01-1", "2025-12-03"), sites={"01": {"target_n": 10}, "02": {}}, site_plan=plan, cut_off="2026-02-07")
    # 1 + 2 + 4 × 7/28
    assert dict(rows(trial.ask("enrolment_by_site"), "site_id", "expected_by_now")) == {"01": pytest.approx(4.0), "02": pytest.approx(3.1)}


def test_nothing_is_expected_where_the_protocol_sets_no_period():
    trial = asked(
        included("01-1", "2025-12-03"), sites={"01": {"target_n": 10, "activated_on": "2025-11-05"}},
        protocol=with_rule("accrual", start=None, end=None),
    )
    assert rows(trial.ask("enrolment_by_site"), "expected_by_now") == [(None,)]


def test_accrual_counts_weeks_and_adds_them_up(trial):
    answer = trial.ask("accrual")
    shown = [(str(week)[:10], *more) for week, *more in rows(answer[answer.step == "INCLUDED"], "week", "n", "cumulative")]
    assert shown == [("2025-12-01", 2, 2), ("2025-12-08", 1, 3), ("2026-01-19", 1, 4)]
    assert rows(answer[answer.step == "TX_STOP"], "n", "cumulative") == [(2, 2)]
    one = trial.ask("accrual", site="02")
    assert rows(one[one.step == "CONSENT1"], "n", "cumulative") == [(1, 1), (1, 2)]


def test_accrual_since_activation_counts_calendar_weeks_of_each_site(trial):
    # Site 01 was activated in the week of 3 November: 1 December is week 4, 19 January week 11.
    # Site 02 in the week of 29 December, three weeks after its inclusion.
    assert rows(trial.ask("accrual_since_activation")) == [("01", 4, 2, 2), ("01", 11, 1, 3), ("02", -3, 1, 1)]


def test_the_plan_is_the_protocols_straight_line_where_no_site_has_one(trial):
    assert [(str(day)[:10], *more) for day, *more in rows(trial.ask("accrual_plan"))] == [
        ("2025-01-15", 0, "protocol linear"), ("2027-01-15", 170, "protocol linear"),
    ]
    assert trial.ask("accrual_plan", site="01").empty


def test_the_plan_adds_up_the_sites_plans_at_the_end_of_each_month():
    plan = [("01", "2025-12-01", 1), ("01", "2026-01-01", 2), ("02", "2026-01-01", 3)]
    trial = asked(included("01-1", "2025-12-03"), sites={"02": {}}, site_plan=plan)
    assert [(str(day)[:10], *more) for day, *more in rows(trial.ask("accrual_plan"))] == [
        ("2025-12-01", 0, "site_plan"), ("2025-12-31", 1, "site_plan"), ("2026-01-31", 6, "site_plan"),
    ]
    assert [(str(day)[:10], planned) for day, planned, _ in rows(trial.ask("accrual_plan", site="02"))] == [("2026-01-01", 0), ("2026-01-31", 3)]


def test_without_plan_and_without_protocol_there_is_no_plan():
    trial = asked(included("01-1", "2025-12-03"), protocol=with_rule("accrual", planned_inclusions=None))
    assert trial.ask("accrual_plan").empty


def test_the_funnel_goes_from_consent_to_stop_and_leaves_out_what_was_not_delivered(trial):
    assert rows(trial.ask("screening_funnel"), "step", "n") == [("CONSENT1", 5), ("INCLUDED", 4), ("TX_STOP", 2)]
    assert rows(trial.ask("screening_funnel", site="02"), "step", "n") == [("CONSENT1", 2), ("INCLUDED", 1), ("TX_STOP", 0)]


def test_the_headline_counts_the_scope(trial):
    assert rows(trial.ask("headline")) == [(4, 5, 4, 2)]


def test_a_sponsor_sees_the_enrolment_of_all_sites_and_a_monitor_that_of_theirs():
    patients = [included("01-1", "2025-12-03"), included("02-1", "2025-12-03")]
    assert rows(asked(*patients, role=Role.SPONSOR).ask("headline"), "n_included") == [(2,)]
    assert rows(asked(*patients, role=Role.MONITOR, own_sites=("02",)).ask("headline"), "n_included") == [(1,)]
    assert list(asked(*patients, role=Role.MONITOR, own_sites=("02",)).ask("enrolment_by_site").site_id) == ["02"]


def test_relative_times_are_counted_in_totals_and_in_no_week():
    trial = asked(included("01-1", "2025-12-03", relative=True))
    assert rows(trial.ask("headline"), "n_included") == [(1,)]
    assert trial.ask("accrual").empty
    assert rows(trial.ask("enrolment_by_site"), "days_since_last_inclusion") == [(None,)]
