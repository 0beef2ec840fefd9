"""Everything obeys the rules, but for what the truth file says; and that is there in the cuts that it names."""

import json
from datetime import date, timedelta

import pytest

from heroes.simulate import simulate_trial, write_truth
from heroes.simulate.delivered import FROZEN_BEFORE, WRONG
from heroes.simulate.ledger import is_date
from tests.simulate.recount import kaplan_meier, plain, progression_free, violations
from tests.simulate.recount_clocks import CLOCKS, event_rates, late_shares, missed_shares, query_ages

WEEK = timedelta(days=7)
SITES = {
    "site_under_reporting": (event_rates, min),
    "site_over_reporting": (event_rates, max),
    "site_late_entry": (late_shares, max),
    "site_high_query_age": (query_ages, max),
    "site_few_questionnaires": (missed_shares, max),
}
NOT_VIOLATIONS = {*WRONG, *CLOCKS, *SITES}
"""Rules of the truth file that are told by the delivered times, by what is due, or by whole sites."""


def planted_at(trial, day: date) -> set[tuple[str, str]]:
    return {
        (row.rule, row.subject_id)
        for row in trial.truth.itertuples()
        if row.known_from <= day and (row.corrected_on is None or day < row.corrected_on) and row.rule not in NOT_VIOLATIONS
    }


@pytest.fixture(scope="module")
def weeks(trial):
    """Every week from the first record to three months after the newest cut, and the tables of each."""
    first = min(trial.history["subject"]["known_from"])
    days = [trial.newest + 12 * WEEK - week * WEEK for week in range(150)]
    return {day: trial.tables_at(day) for day in days if day >= first}


def test_a_recount_of_all_rules_finds_exactly_what_was_planted(trial, weeks):
    for day, tables in weeks.items():
        assert violations(tables) == planted_at(trial, day), day


def test_another_seed_obeys_the_rules_as_well():
    trial = simulate_trial(seed=77, subjects=60, sites=12)
    for cut_off in trial.cut_offs[::9]:
        assert violations(trial.tables_at(cut_off)) == planted_at(trial, cut_off)


def test_a_trial_of_a_few_has_no_planted_errors():
    trial = simulate_trial(subjects=12, sites=4)
    assert trial.truth.empty
    assert violations(trial.tables_at(trial.newest)) == set()


def test_one_error_to_a_patient_and_all_of_them_seen_by_the_newest_cut(trial):
    of_patients = trial.truth[trial.truth["subject_id"].notna()]
    twice = of_patients[of_patients["subject_id"].duplicated(keep=False)]
    one_date = {"second_consent_after_stop", "inclusion_before_consent2", "stop_long_before_inclusion"}
    assert set(twice["rule"]) <= one_date and not of_patients.duplicated(["rule", "subject_id"]).any()  # one date, two rules
    assert trial.truth["rule"].nunique() >= 30
    assert trial.truth["site_id"].notna().all()
    assert all(day <= trial.newest for day in trial.truth["known_from"])
    assert any(day is not None for day in trial.truth["corrected_on"])


def test_what_was_planted_as_overdue_is_overdue_from_its_day_on_and_not_before(trial):
    planted = [row for row in trial.truth.itertuples() if row.rule in CLOCKS]
    assert {row.rule for row in planted} == set(CLOCKS)
    for row in planted:
        days = [row.known_from + n * (trial.newest - row.known_from) / 3 for n in range(3)] + [trial.newest]
        assert all(row.subject_id in CLOCKS[row.rule](plain(trial.tables_at(day)), day) for day in days), row
        before = row.known_from - timedelta(days=1)
        assert row.subject_id not in CLOCKS[row.rule](plain(trial.tables_at(before)), before), row


@pytest.mark.parametrize("seed", [110, 111, 112])
def test_what_another_seed_plants_as_overdue_is_overdue(seed):
    trial = simulate_trial(seed=seed, subjects=100, sites=20)
    records = plain(trial.tables_at(trial.newest))
    planted = [row for row in trial.truth.itertuples() if row.rule in CLOCKS]
    assert len(planted) >= 5
    assert all(row.subject_id in CLOCKS[row.rule](records, trial.newest) for row in planted)


def test_planted_sites_stand_out_among_all_others(trial):
    records = plain(trial.tables_at(trial.newest))
    planted = {row.rule: row for row in trial.truth.itertuples() if row.subject_id is None}
    assert set(planted) == set(SITES)
    for rule, row in planted.items():
        count, extreme = SITES[rule]
        by_site = count(records, trial.newest)
        assert len(by_site) >= 5 and by_site[row.site_id] == extreme(by_site.values()), (rule, by_site)


def test_only_the_planted_patient_is_included_against_a_criterion(weeks, trial):
    for day, tables in weeks.items():
        if "eligibility" in tables:
            included = set(tables["milestone"].query("kind == 'INCLUDED'")["subject_id"])
            planted = {subject for rule, subject in planted_at(trial, day) if rule == "baseline_positive_included"}
            assert set(tables["eligibility"]["subject_id"]) & included == planted, day


def test_nothing_is_known_before_it_happens(weeks):
    for day, tables in weeks.items():
        for name, frame in tables.items():
            for column in [column for column in frame if is_date(name, column) and name not in ("site", "site_plan")]:
                assert all(cell is None or cell <= day for cell in frame[column]), (name, column, day)


def test_every_record_is_of_a_known_patient_at_a_site_that_is_open(weeks):
    for day, tables in weeks.items():
        sites = {row.site_id: row for row in tables["site"].itertuples()}
        subjects = {row.subject_id: row.site_id for row in tables["subject"].itertuples()}
        for name, frame in tables.items():
            if "subject_id" in frame:
                assert set(frame["subject_id"].dropna()) <= set(subjects), (name, day)
            if "site_id" in frame:
                assert set(frame["site_id"]) <= set(sites), (name, day)
        for row in tables["milestone"].itertuples():
            if row.kind == "CONSENT1":
                site = sites[subjects[row.subject_id]]
                assert site.activated_on <= row.date and (site.closed_on is None or row.date < site.closed_on)


def test_records_since_inclusion_wait_for_the_inclusion(weeks):
    for tables in weeks.values():
        included = dict(tables["milestone"].query("kind == 'INCLUDED'")[["subject_id", "date"]].itertuples(index=False))
        for name in ("visit", "response", "treatment", "qs_form", "qs_item", "ae", "deviation"):
            if name in tables:
                assert set(tables[name]["subject_id"]) <= set(included)
        for row in tables["specimen"].itertuples() if "specimen" in tables else ():
            assert row.visit_code == "BASELINE" or row.subject_id in included


def test_delivered_times_are_those_of_the_freeze_but_for_the_planted(trial):
    for cut_off in trial.cut_offs[::7]:
        recounted = progression_free(trial.tables_at(cut_off - timedelta(days=FROZEN_BEFORE)))
        delivered = {
            row.subject_id: (row.start_date, row.end_date, row.cnsr == 0, row.aval)
            for row in trial.tables_at(cut_off)["tte"].itertuples()
        }
        wrong = {row.subject_id for row in trial.truth.itertuples() if row.rule in WRONG and row.known_from <= cut_off}
        assert set(delivered) == set(recounted)
        differing = {
            subject for subject, (start, end, event, aval) in delivered.items()
            if recounted[subject] != (start, end, event) or aval != (end - start).days
        }
        assert differing == wrong, cut_off


def test_delivered_and_recounted_of_the_same_cut_mostly_agree(trial):
    tables = trial.tables_at(trial.newest)
    recounted = progression_free(tables)
    differ = [
        row.subject_id for row in tables["tte"].itertuples()
        if (row.start_date, row.end_date, row.cnsr == 0) != recounted[row.subject_id]
    ]
    assert 4 <= len(differ) <= 30


def test_one_year_without_progression_is_that_of_the_domain_notes(trial):
    found = progression_free(trial.tables_at(trial.newest)).values()
    assert 0.80 <= kaplan_meier([((end - origin).days, event) for origin, end, event in found], 365.25) <= 0.90


def test_the_truth_can_be_written_as_json_and_as_csv(trial, tmp_path):
    write_truth(trial, tmp_path / "truth.json")
    write_truth(trial, tmp_path / "truth.csv")
    rows = json.loads((tmp_path / "truth.json").read_text())
    assert [row["rule"] for row in rows] == list(trial.truth["rule"])
    assert rows[0]["known_from"] == trial.truth["known_from"][0].isoformat()
    lines = (tmp_path / "truth.csv").read_text().splitlines()
    assert lines[0] == "rule,subject_id,site_id,table,known_from,corrected_on,what"
    assert len(lines) == len(rows) + 1
