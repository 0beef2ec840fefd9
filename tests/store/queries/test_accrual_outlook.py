"""What the forecast and the panels of screening and sites ask, recounted by hand. The cut-off is 31 January 2026."""

import tempfile
from pathlib import Path

import pytest

from heroes.access import Person, Policy, Role
from heroes.protocol import read_protocol
from heroes.store.connection import open_cut
from heroes.store.scope import scope_of
from tests.builders import a_frame, a_subject, a_trial, publish
from tests.store.queries.trials import asked, rows, with_rule
from tests.store.test_screening_aggregates import SCREENING

MONTH = 30.4375


def included(subject_id: str, on: str, **told):
    return a_subject(subject_id, consented=told.pop("consented", on), included=on, **told)


@pytest.fixture(scope="module")
def trial():
    return asked(
        included("01-1", "2025-12-03"), included("01-2", "2025-12-07"), included("01-3", "2026-01-20"), included("02-1", "2025-12-08"),
        included("06-1", "2025-10-02"),  # Thursday; its site's opening was not delivered
        a_subject("02-2", consented="2026-01-02"),
        sites={
            "01": {"region": "Bretagne", "activated_on": "2025-11-05", "target_n": 10},
            "02": {"region": "Occitanie", "activated_on": "2025-12-01", "closed_on": "2025-12-31", "target_n": 4},
            "03": {"region": "Bretagne", "activated_on": "2026-03-01", "target_n": 5},
            "04": {}, "05": {}, "07": {"activated_on": "2025-09-01", "closed_on": "2026-04-30"},
        },
        site_plan=[("01", "2025-12-01", 0.5), ("04", "2026-05-01", 1), ("05", "2025-12-01", 0), ("05", "2026-01-01", 1)],
    )


def test_each_site_has_its_time_behind_it_and_before_it(trial):
    found = {row[0]: row[1:] for row in rows(trial.ask("accrual_exposure"), "site_id", "basis", "n_included", "months", "opens_in", "closes_in")}
    assert found["01"] == ("ACTIVATED", 3, pytest.approx(87 / MONTH), 0, None)
    assert found["02"] == ("ACTIVATED", 1, pytest.approx(30 / MONTH), 0, pytest.approx(-31 / MONTH))
    assert found["03"] == ("ACTIVATED", 0, 0, pytest.approx(29 / MONTH), None)
    assert found["04"] == ("PLANNED", 0, 0, pytest.approx(90 / MONTH), None)  # 1 May, the first month with a plan
    assert found["05"] == ("UNKNOWN", 0, 0, None, None)  # planned for January, not open, and nobody says when
    assert found["06"] == ("FIRST_STEP", 1, pytest.approx(124 / MONTH), 0, None)  # from Monday 29 September
    assert found["07"] == ("ACTIVATED", 0, pytest.approx(152 / MONTH), 0, pytest.approx(89 / MONTH))


def test_months_of_accrual_add_up_and_carry_the_plan(trial):
    answer = trial.ask("accrual_months")
    assert [(str(month)[:7], n, planned) for month, n, planned in rows(answer[answer.step == "INCLUDED"], "month", "n", "planned")] == [
        ("2025-10", 1, None), ("2025-12", 3, 0.5), ("2026-01", 1, 1)]  # May 2026 lies after the cut-off
    one = trial.ask("accrual_months", site="02")
    assert rows(one[one.step == "CONSENT1"], "n") == [(1,), (1,)]
    assert [(site, str(month)[:7], *more) for site, month, *more in rows(trial.ask("accrual_months_by_site"))] == [
        ("01", "2025-12", 2, 2), ("01", "2026-01", 1, 3), ("02", "2025-12", 1, 1), ("06", "2025-10", 1, 1)]


def test_a_month_with_a_plan_and_nobody_is_there():
    alone = asked(included("01-1", "2025-12-03"), site_plan=[("01", "2025-11-01", 2), ("01", "2025-12-01", 3)])
    answer = alone.ask("accrual_months")
    assert rows(answer[answer.step == "INCLUDED"], "n", "planned") == [(0, 2), (1, 3)]


def test_sites_open_and_close_on_their_days_and_are_planned_by_their_first_month(trial):
    found = [(kind, str(day)[:10], n, cumulative) for day, kind, n, cumulative in rows(trial.ask("site_activation"))]
    assert found == [
        ("OPEN", "2025-09-01", 1, 1), ("OPEN", "2025-11-05", 1, 2), ("OPEN", "2025-12-01", 1, 3), ("OPEN", "2025-12-31", -1, 2),
        ("PLANNED", "2025-12-01", 1, 1), ("PLANNED", "2026-01-01", 1, 2), ("PLANNED", "2026-05-01", 1, 3)]


def test_the_time_to_the_first_inclusion_and_who_still_waits(trial):
    found = {row[0]: row[1:] for row in rows(trial.ask("first_inclusions"), "site_id", "weeks_to_first", "is_waiting")}
    # Site 01: week of 3 November to that of 1 December. Site 07: open for 152 days, more than 90, and it closes later.
    assert found == {"07": (None, True), "01": (4, False), "02": (1, False)}
    unset = asked(sites={"07": {"activated_on": "2025-09-01"}}, protocol=with_rule("accrual", never_included_after_days=None))
    assert rows(unset.ask("first_inclusions"), "is_waiting") == [(None,)]


def test_recent_accrual_takes_three_whole_months(trial):
    # 31 January ends its month: November, December, January. Site 01 87 days, site 02 30, site 07 92 of them.
    found = rows(trial.ask("recent_accrual"))[0]
    assert found[:3] == (3, 4, pytest.approx(4 / 3))
    assert found[3] == pytest.approx((88 + 30 + 92) / MONTH)  # to the end of 31 January
    assert found[4] == pytest.approx(4 / ((88 + 30 + 92) / MONTH))
    assert rows(trial.ask("recent_accrual", site="01"), "n_months", "n") == [(3, 3)]
    before_the_end = asked(included("01-1", "2025-12-03"), included("01-2", "2026-01-03"), sites={"01": {"activated_on": "2025-11-05"}}, cut_off="2026-01-30")
    assert rows(before_the_end.ask("recent_accrual"), "n_months", "n") == [(2, 1)]  # November and December only


def test_recent_accrual_of_a_trial_that_has_just_opened_has_no_rate():
    young = asked(sites={"01": {"activated_on": "2026-01-20"}}, cut_off="2026-01-25")
    assert rows(young.ask("recent_accrual"), "n_months", "per_month", "per_site_month") == [(0, None, None)]


def test_regions_add_up_their_sites(trial):
    assert rows(trial.ask("enrolment_by_region"), "region", "n_sites", "n_open", "n_included") == [
        ("Bretagne", 2, 1, 3), ("Occitanie", 1, 0, 1), (None, 4, 1, 1)]


def test_screening_per_site_holds_positives_against_evaluable_tests():
    trial = asked(*SCREENING)
    assert rows(trial.ask("screening_by_site")) == [("01", 3, 1, 1, 2, 2, 1, 1), ("02", 3, 1, 1, 1, 0, 0, 0)]
    assert rows(trial.ask("screening_state", site="01"), "step", "status", "n") == [
        ("TISSUE_SENT", "PENDING", 1), ("BASELINE_RESULT", "FAILED", 1), ("INCLUDED", "INCLUDED", 1)]


def test_a_site_whose_trial_delivered_no_baseline_has_no_ratio():
    trial = asked(a_subject("01-1", consented="2025-01-01"))
    assert rows(trial.ask("screening_by_site"), "n_evaluable", "n_negative", "n_positive") == [(None, None, None)]


def test_failures_are_held_against_screenings_that_ended():
    trial = asked(*SCREENING)
    assert rows(trial.ask("screen_failures")) == [("CONSENT_DECLINED", 1, 3), ("CTDNA_POSITIVE_BASELINE", 1, 3)]
    assert rows(trial.ask("screen_failures", site="02")) == [("CONSENT_DECLINED", 1, 1)]


def test_times_between_steps_have_quartiles_and_who_waits():
    answer = asked(*SCREENING).ask("step_times")
    found = {(row.from_step, row.to_step): row for row in answer.itertuples()}
    first = found[("CONSENT1", "TISSUE_SENT")]
    assert (first.n, first.median_days, first.q1_days, first.q3_days, first.longest_days) == (3, 7, 6, 8.5, 10)  # 5, 7, 10
    assert (first.n_waiting, found[("TISSUE_SENT", "ASSAY_READY")].n_waiting) == (1, 1)
    assert rows(answer[answer.pair_order > 6], "n_waiting") == [(None,), (None,), (None,)]
    by_site = asked(*SCREENING).ask("step_times_by_site", from_step="CONSENT1", to_step="BASELINE_RESULT")
    assert rows(by_site) == [("01", 2, 40.5, 39.75, 41.25)]


def test_a_monitor_reads_own_sites_only():
    trial = asked(*SCREENING, role=Role.MONITOR, own_sites=("02",))
    assert {row[0] for row in rows(trial.ask("screening_by_site"), "site_id")} == {"02"}
    assert trial.ask("step_times").empty and rows(trial.ask("accrual_exposure"), "site_id") == [("02",)]


def test_each_sites_plan_adds_up_to_the_month_of_the_cut_off(trial):
    assert [(site, str(month)[:7], planned) for site, month, planned in rows(trial.ask("plan_months_by_site"))] == [
        ("01", "2025-12", 0.5), ("05", "2025-12", 0), ("05", "2026-01", 1)]


def test_the_map_names_what_each_site_does():
    contents = a_trial(
        included("01-1", "2026-01-03"), included("02-1", "2025-09-03"), included("03-1", "2025-12-03"),
        sites={"01": {"activated_on": "2025-09-01"}, "02": {"activated_on": "2025-09-01"},
               "03": {"activated_on": "2025-09-01", "closed_on": "2026-01-15"}, "04": {"activated_on": "2025-09-01"},
               "05": {"activated_on": "2026-01-20"}, "06": {}, "07": {"activated_on": "2025-09-01"}})
    contents.tables["site_location"] = a_frame("site_location", [
        {"site_id": f"0{n}", "latitude": 45.0, "longitude": 2.0} for n in range(1, 7)])
    with tempfile.TemporaryDirectory() as folder:
        cut = publish(contents, Path(folder)).cut
        trial = open_cut(cut, scope_of(Person(Role.SPONSOR), Policy()), read_protocol()).trial()
    assert rows(trial.ask("site_map"), "site_id", "status") == [
        ("01", "ACTIVE"), ("02", "SILENT"), ("03", "CLOSED"), ("04", "NEVER"), ("05", "ACTIVE"), ("06", "NOT_OPEN")]
    assert rows(trial.ask("site_map", silent_days=200), "status")[1] == ("ACTIVE",)
