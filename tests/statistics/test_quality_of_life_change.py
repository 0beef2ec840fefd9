"""Changes from baseline: every count and mean by hand, the interval against SciPy's own, and what moves nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from heroes.statistics.quality_of_life_change import (
    NO_SPREAD, ONE_PATIENT, compare_phases, count_completion, count_reasons, count_responders, derive_changes, estimate_mean_changes)

VISITS = {"BASE": 0, "M3": 91, "M6": 182}


def tables(*rows):
    """Scores and sheets from (subject, day, visit, {scale: score}) and, fifth and sixth, phase and whether progressed."""
    scores, sheets = [], []
    for subject, day, visit, given, *more in rows:
        phase, progressed = (*more, *("OFF_THERAPY", False)[len(more):])
        sheets.append({
            "subject_id": subject, "day": day, "days": day, "is_baseline": day <= 0, "visit_code": visit,
            "planned_day": VISITS.get(visit), "phase": phase, "is_after_progression": progressed})
        scores += [{"subject_id": subject, "day": day, "scale": scale, "score": score} for scale, score in given.items()]
    frame = pd.DataFrame(sheets)
    return pd.DataFrame(scores), frame.astype({"planned_day": "Int64", "is_after_progression": "boolean"})


TRIAL = tables(
    ("A", -20, None, {"QL": 10.0}), ("A", 0, "BASE", {"QL": 50.0, "FA": 30.0}), ("A", 90, "M3", {"QL": 60.0, "FA": 40.0}),
    ("A", 180, "M6", {"QL": 40.0}, "RESUMED"),
    ("B", -3, "BASE", {"QL": 80.0}), ("B", 92, "M3", {"QL": 75.0, "FA": 0.0}), ("B", 181, "M6", {"QL": 80.0}, "OFF_THERAPY", True),
    ("C", 0, "BASE", {"QL": 70.0}), ("C", 93, "M3", {"QL": 90.0}), ("C", 140, None, {"QL": 0.0}),
    ("D", 91, "M3", {"QL": 100.0}),  # no baseline
)


def changes():
    return derive_changes(*TRIAL)


def test_the_baseline_is_the_last_score_up_to_the_origin_scale_by_scale():
    found = {(row.subject_id, row.day, row.scale): (row.baseline, row.change, row.gain) for row in changes().itertuples()}
    assert found == {
        ("A", 90, "QL"): (50, 10, 10), ("A", 90, "FA"): (30, 10, -10), ("A", 180, "QL"): (50, -10, -10),
        ("B", 92, "QL"): (80, -5, -5), ("B", 181, "QL"): (80, 0, 0),
        ("C", 93, "QL"): (70, 20, 20), ("C", 140, "QL"): (70, -70, -70),
    }  # B has no baseline fatigue; D has no baseline at all


def test_means_are_of_who_answered_at_each_visit_and_the_interval_is_students():
    means = estimate_mean_changes(changes()).set_index(["scale", "visit_code"])
    here = means.loc[("QL", "M3")]
    assert here.n == 3 and here["mean"] == pytest.approx(25 / 3) and here["std"] == pytest.approx(np.std([10, -5, 20], ddof=1))
    low, high = stats.t.interval(0.95, 2, loc=25 / 3, scale=stats.sem([10, -5, 20]))
    assert (here.lower, here.upper) == (pytest.approx(low), pytest.approx(high))
    assert means.loc[("QL", "M6")].n == 2 and means.loc[("QL", "M6")]["mean"] == -5.0
    # t(0.975; 1) = 12.7062; sd = 7.0711; 12.7062 × 7.0711 / √2 = 63.531
    assert means.loc[("QL", "M6")].upper == pytest.approx(-5 + 63.531, abs=1e-3)
    assert means.loc[("QL", "M6")].n_not_off == 2 and here.n_not_off == 0  # A resumed, B after a progression
    assert means.loc[("FA", "M3")].reason == ONE_PATIENT and np.isnan(means.loc[("FA", "M3")].lower)
    assert (estimate_mean_changes(changes(), 0.8).set_index(["scale", "visit_code"]).loc[("QL", "M3")].upper) < here.upper


def test_equal_changes_have_no_interval_and_say_so():
    scores, sheets = tables(*((name, day, visit, {"QL": score}) for name in "AB" for day, visit, score in ((0, "BASE", 50.0), (91, "M3", 60.0))))
    only = estimate_mean_changes(derive_changes(scores, sheets)).iloc[0]
    assert (only["mean"], only.n, only["std"], only.reason) == (10.0, 2, 0.0, NO_SPREAD) and pd.isna(only.lower)


def test_a_visit_that_is_named_and_not_planned_stands_at_the_median_of_its_days():
    scores, sheets = tables(*((name, day, visit, {"QL": score}) for name, late in (("A", 80), ("B", 100), ("C", 101)) for day, visit, score in (
        (0, "BASE", 50.0), (late, "WEEK 12", 60.0 + late))))
    told = derive_changes(scores, sheets)
    assert estimate_mean_changes(told)[["visit_code", "planned_day", "n"]].values.tolist() == [["WEEK 12", 100, 3]]
    assert count_responders(told, 10)[["planned_day", "n"]].values.tolist() == [[100, 3]]


def test_responders_by_the_minimal_important_difference_up_to_and_including_it():
    told = count_responders(changes(), 10).set_index(["scale", "visit_code"])
    assert tuple(told.loc[("QL", "M3"), ["n", "improved", "stable", "deteriorated"]]) == (3, 2, 1, 0)  # +10, −5, +20
    assert tuple(told.loc[("QL", "M6"), ["n", "improved", "stable", "deteriorated"]]) == (2, 0, 1, 1)  # −10, 0
    assert tuple(told.loc[("FA", "M3"), ["n", "improved", "stable", "deteriorated"]]) == (1, 0, 0, 1)  # fatigue up is worse
    stricter = count_responders(changes(), 10.5).set_index(["scale", "visit_code"])
    assert tuple(stricter.loc[("QL", "M3"), ["improved", "stable"]]) == (1, 2)


def test_a_patient_counts_once_in_each_period_of_therapy():
    told = compare_phases(changes()).set_index(["scale", "period"])
    off = told.loc[("QL", "OFF_THERAPY")]
    # A +10; B −5; C (20 − 70)/2 = −25: mean −20/3
    assert (off.n, off.n_sheets) == (3, 4) and off["mean"] == pytest.approx(-20 / 3)
    assert (told.loc[("QL", "NOT_OFF")].n, told.loc[("QL", "NOT_OFF")]["mean"]) == (2, -5.0)


def test_order_of_rows_and_other_patients_of_no_baseline_change_nothing():
    scores, sheets = TRIAL
    shuffled = derive_changes(scores.sample(frac=1, random_state=1), sheets.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(estimate_mean_changes(shuffled), estimate_mean_changes(changes()))
    without = derive_changes(scores[scores.subject_id != "D"], sheets[sheets.subject_id != "D"])
    pd.testing.assert_frame_equal(count_responders(without, 10), count_responders(changes(), 10))


def test_nobody_changed_is_an_empty_answer_not_an_error():
    scores, sheets = tables(("D", 91, "M3", {"QL": 100.0}))
    none = derive_changes(scores, sheets)
    assert none.empty and estimate_mean_changes(none).empty and count_responders(none, 10).empty and compare_phases(none).empty


def test_completion_counts_received_of_expected_and_leaves_out_what_was_not():
    states = ["DONE", "DONE", "MISSED", "NO_RECORD", "DUE", "NOT_YET_DUE"]
    expected = pd.DataFrame({
        "subject_id": list("ABCDEF"), "instrument": "QLQ-C30", "visit_code": "M3", "planned_day": 91, "status": states,
        "reason": [None, None, "TOO_ILL", None, None, None]})
    later = expected.assign(visit_code="M6", planned_day=182, status="NOT_YET_DUE")
    told = count_completion(pd.concat([later, expected]))
    assert told.to_dict("records") == [{
        "instrument": "QLQ-C30", "visit_code": "M3", "planned_day": 91, "n_expected": 4, "n_received": 2, "n_missed": 1, "n_no_record": 1,
        "n_due": 1}]
    assert count_reasons(expected)[["reason", "n"]].values.tolist() == [["NO_RECORD", 1], ["TOO_ILL", 1]]
