"""The simulated trial as real data cuts: checked like a delivery, published, recorded."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from heroes.errors import RefusedDeliveryError
from heroes.intake.route import prepare_tables
from heroes.model.contents import CutContents
from heroes.model.records import Site
from heroes.model.terms import Severity
from heroes.protocol import read_protocol
from heroes.simulate import publish_live, publish_simulation, simulate_trial
from heroes.simulate.publish import LIVE_WEEKS, live_cut_offs, publish_week
from heroes.store import audit
from heroes.store.cuts import list_cuts, newest_cut, publish_cut

AT = datetime(2027, 6, 1, 6, 0, tzinfo=UTC)
SMALL = {"subjects": 6, "sites": 3, "seed": 4}

ASKED = {
    "baseline_positive_included": "baseline_positive_included",
    "consent2_before_baseline_result": "order_of_steps",
    "inclusion_before_consent2": "order_of_steps",
    "stop_long_before_inclusion": "long_before_inclusion",
    "restart_before_trigger": "restart_without_trigger",
    "restart_without_trigger": "restart_without_trigger",
    "negative_with_quantity": "call_and_result_disagree",
    "positive_with_one_variant": "call_and_result_disagree",
    "more_variants_than_tracked": "call_and_result_disagree",
    "not_evaluable_without_reason": "call_and_result_disagree",
    "result_before_draw": "result_before_draw",
    "visit_after_death": "after_death",
    "progression_without_evaluable_scan": "progression_without_evaluable_scan",
    "conflicting_responses": "conflicting_responses",
    "delivered_aval_differs": "time_differs_from_dates",
}
"""Planted rule → rule of the import that asks about it. The other delivered times are found by comparing, not by checking."""


def prepared(trial, cut_off):
    return prepare_tables(
        trial.tables_at(cut_off), protocol=read_protocol(), study_id=trial.study_id, cut_off=cut_off, simulated=True,
        marker="Signatera", marker_unit="MTM/mL",
    )


@pytest.mark.parametrize("weeks_ago", [0, 8, 25, 42, 59])
def test_the_import_asks_about_the_planted_errors_and_nothing_else(trial, weeks_ago):
    cut_off = trial.cut_offs[-1 - weeks_ago]
    delivery = prepared(trial, cut_off)
    assert delivery.contents is not None
    assert delivery.contents.simulated
    assert {finding.severity for finding in delivery.findings} <= {Severity.QUERY, Severity.NOTE}
    asked = {(finding.rule, finding.subject_id) for finding in delivery.findings if finding.severity is Severity.QUERY}
    planted = {
        (ASKED[row.rule], row.subject_id)
        for row in trial.truth.itertuples()
        if row.rule in ASKED and row.known_from <= cut_off and (row.corrected_on is None or cut_off < row.corrected_on)
    }
    assert asked == planted


def test_a_corrected_error_comes_and_goes_within_the_weekly_cuts(trial):
    gone = [row for row in trial.truth.itertuples() if row.corrected_on and trial.cut_offs[0] < row.known_from]
    assert {row.rule for row in gone} >= {"restart_before_trigger", "consent2_before_baseline_result", "negative_with_quantity"}
    assert all(any(row.known_from <= day < row.corrected_on for day in trial.cut_offs) for row in gone)


def test_days_count_from_the_inclusion_and_no_date_is_left(trial):
    tables = prepared(trial, trial.newest).contents.tables
    subjects = tables["subject"].set_index("subject_id")
    included = tables["milestone"].query("kind == 'INCLUDED'")
    assert (included["day"].astype(int) == 0).all()
    days = dict(trial.tables_at(trial.newest)["milestone"].query("kind == 'INCLUDED'")[["subject_id", "date"]].itertuples(index=False))
    for subject, origin in days.items():
        assert subjects.loc[subject, "origin_to_cut_off_days"] == (trial.newest - origin).days
    for name in set(tables) - {"site", "site_plan", "import_issue"}:
        assert not [column for column in tables[name] if "date" in column]


def test_publishing_writes_simulated_cuts_that_are_recorded(tmp_path):
    told = []
    assert publish_simulation(tmp_path, imported_at=AT, cuts=3, progress=told.append, **SMALL) == 3
    cuts = list_cuts(tmp_path)
    assert not cuts.damaged
    assert [cut.cut_off for cut in cuts.cuts] == list(simulate_trial(**SMALL, cuts=3).cut_offs)
    assert all(cut.simulated and cut.study_id == "HEROES-SIM" and cut.marker_unit == "MTM/mL" for cut in cuts.cuts)
    assert told[-1] == "Simulated data cut 3 of 3"
    assert audit.verify_audit(tmp_path).ok
    recorded = audit.list_audit(tmp_path)
    assert list(recorded["object"]) == [cut.stem for cut in reversed(cuts.cuts)]  # the newest came first


def test_publishing_again_publishes_nothing_new(tmp_path):
    publish_simulation(tmp_path, imported_at=AT, cuts=2, **SMALL)
    assert publish_simulation(tmp_path, imported_at=AT + timedelta(days=1), cuts=2, **SMALL) == 0
    assert len(list_cuts(tmp_path).cuts) == 2
    assert len(audit.list_audit(tmp_path)) == 2


def test_the_newest_alone_is_the_newest_of_all(tmp_path):
    assert publish_simulation(tmp_path, imported_at=AT, newest_only=True, **SMALL) == 1
    assert newest_cut(tmp_path).cut_off == simulate_trial(**SMALL).newest
    assert publish_simulation(tmp_path, imported_at=AT, cuts=2, **SMALL) == 1


def test_a_live_trial_publishes_a_week_at_a_time_until_it_is_stopped(tmp_path):
    waited, times = [], iter(AT + timedelta(hours=n) for n in range(9))

    def wait(seconds):
        waited.append((seconds, len(list_cuts(tmp_path).cuts)))
        return len(waited) == 3

    assert publish_live(tmp_path, seconds=2.5, wait=wait, now=lambda: next(times), **SMALL) == 3
    assert waited == [(2.5, 1), (2.5, 2), (2.5, 3)]
    trial = simulate_trial(**SMALL, cuts=LIVE_WEEKS + 1)
    assert [cut.cut_off for cut in list_cuts(tmp_path).cuts] == list(trial.cut_offs[:3])
    assert trial.cut_offs[0] == trial.newest - timedelta(weeks=LIVE_WEEKS)


def test_a_live_trial_takes_up_where_it_was_stopped(tmp_path):
    for _ in range(2):
        publish_live(tmp_path, seconds=1, wait=lambda _: True, now=lambda: AT, **SMALL)
    assert [cut.cut_off for cut in list_cuts(tmp_path).cuts] == list(simulate_trial(**SMALL, cuts=LIVE_WEEKS + 1).cut_offs[:2])


def test_a_live_trial_goes_on_after_the_newest_cut_and_ends_when_all_is_known():
    trial = simulate_trial(**SMALL, cuts=LIVE_WEEKS + 1)
    weeks = list(live_cut_offs(trial))
    assert all(later - earlier == timedelta(weeks=1) for earlier, later in zip(weeks, weeks[1:], strict=False))
    assert len(weeks) > LIVE_WEEKS + 60
    last, after = (trial.tables_at(day) for day in (weeks[-1], weeks[-1] + timedelta(days=400)))
    assert all(last[name].equals(after[name]) for name in after)


def test_a_folder_of_another_study_stays_as_it_is(tmp_path):
    site = pd.DataFrame([{"site_id": "01"}]).reindex(columns=list(Site.model_fields))
    contents = CutContents("OTHER-STUDY", AT.date(), {"site": site}, "0" * 64)
    publish_cut(contents, tmp_path, imported_at=AT)
    with pytest.raises(RefusedDeliveryError):
        publish_simulation(tmp_path, imported_at=AT, cuts=1, **SMALL)
    assert len(list_cuts(tmp_path).cuts) == 1


def test_a_trial_of_one_patient_is_published(tmp_path):
    trial = simulate_trial(subjects=1, sites=10)
    for cut_off in (trial.cut_offs[0], trial.newest):
        assert publish_week(trial, cut_off, tmp_path, protocol=read_protocol(), imported_at=AT).is_new
