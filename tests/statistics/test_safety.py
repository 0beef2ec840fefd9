"""Adverse events counted by hand, and rates against the exact Poisson limits found by search."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from heroes.statistics.safety import count_by, estimate_rates, since_inclusion, worst_grades

COLUMNS = ["subject_id", "term", "soc", "grade", "serious", "related", "phase", "start_day"]


def events(*rows):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype({"grade": "Int64", "serious": "boolean", "related": "boolean"})


TRIAL = events(
    ("A", "Fatigue", "General", 1, False, True, "OFF_THERAPY", 5),
    ("A", "Fatigue", "General", 3, True, None, "RESUMED", 200),
    ("A", "Nausea", "Gut", 2, False, False, "OFF_THERAPY", 9),
    ("B", "Fatigue", "General", 2, None, False, "OFF_THERAPY", 30),
    ("B", "Sepsis", None, 5, True, False, "OFF_THERAPY", 80),
    ("C", "Nausea", "Gut", None, False, False, None, None),
    ("D", "Nausea", "Gut", 4, True, False, "BEFORE", -9),
)
EXPOSURE = pd.DataFrame(
    [("A", "OFF_THERAPY", 180), ("A", "RESUMED", 60), ("B", "OFF_THERAPY", 80), ("C", "OFF_THERAPY", 365), ("D", "OFF_THERAPY", 0)],
    columns=["subject_id", "phase", "days"])


def test_a_patient_counts_once_per_term_with_the_worst_grade():
    told = count_by(since_inclusion(TRIAL), "term").set_index("term")
    assert list(told.index) == ["Fatigue", "Nausea", "Sepsis"]  # two, two and one patient; three events before two
    assert told.loc["Fatigue", ["n_events", "n_patients", "grade_1", "grade_2", "grade_3", "n_serious", "n_related"]].tolist() == [3, 2, 0, 1, 1, 1, 1]
    assert told.loc["Nausea", ["n_events", "n_patients", "grade_2", "grade_unknown", "grade_4"]].tolist() == [2, 2, 1, 1, 0]
    graded = [f"grade_{grade}" for grade in range(1, 6)] + ["grade_unknown"]
    assert (told[graded].sum(axis=1) == told.n_patients).all()


def test_a_class_that_was_not_coded_is_a_row_of_its_own():
    told = count_by(since_inclusion(TRIAL), "soc")
    assert told.soc.isna().sum() == 1 and told[told.soc.isna()].grade_5.iloc[0] == 1


def test_the_worst_grades_add_up_to_everybody():
    told = worst_grades(since_inclusion(TRIAL), 4)
    assert told == {"grade_1": 0, "grade_2": 0, "grade_3": 1, "grade_4": 0, "grade_5": 1, "grade_unknown": 1, "none": 1}
    assert worst_grades(TRIAL.iloc[:0], 4)["none"] == 4


def test_events_before_the_inclusion_are_left_out_and_those_without_a_day_stay():
    assert since_inclusion(TRIAL).subject_id.tolist() == ["A", "A", "A", "B", "B", "C"]


def test_rates_are_events_per_hundred_patient_months_of_the_phase_in_which_they_began():
    told = estimate_rates(since_inclusion(TRIAL), EXPOSURE).set_index(["phase", "kind"])
    off = told.loc[("OFF_THERAPY", "any")]
    assert off.months == pytest.approx((180 + 80 + 365) / 30.4375) and off.n_exposed == 3 and off.n_events == 4 and off.n_patients == 2
    assert off.rate == pytest.approx(100 * 4 / off.months)
    assert told.loc[("RESUMED", "severe")].n_events == 1 and told.loc[("RESUMED", "any")].months == pytest.approx(60 / 30.4375)
    every = told.loc[("ALL", "any")]
    assert every.n_events == 6 and every.months == pytest.approx(685 / 30.4375)  # the event without a day is here only
    assert told.loc[("ALL", "fatal")].n_events == 1 and told.loc[("ALL", "serious")].n_events == 2


@pytest.mark.parametrize("n", [0, 1, 4, 30])
def test_the_limits_are_the_exact_ones(n):
    """Lower: the mean at which n or more has probability 2.5 %; upper: the mean at which n or fewer has."""
    frame = events(*[("A", "Fatigue", "General", 1, False, False, "OFF_THERAPY", day) for day in range(n)])
    row = estimate_rates(frame, EXPOSURE[:1]).iloc[0]
    upper = optimize.brentq(lambda mean: stats.poisson.cdf(n, mean) - 0.025, 1e-9, 200)
    lower = 0.0 if not n else optimize.brentq(lambda mean: stats.poisson.sf(n - 1, mean) - 0.025, 1e-9, 200)
    months = 180 / 30.4375
    assert (row.lower, row.upper) == (pytest.approx(100 * lower / months, rel=1e-6), pytest.approx(100 * upper / months, rel=1e-6))


def test_without_exposure_there_is_no_rate():
    row = estimate_rates(TRIAL.iloc[:0], EXPOSURE[EXPOSURE.subject_id == "D"]).iloc[0]
    assert (row.rate, row.lower, row.upper) == (None, None, None) and row.n_exposed == 0


def test_nobody_had_anything():
    assert count_by(TRIAL.iloc[:0], "term").empty
    assert np.isclose(estimate_rates(TRIAL.iloc[:0], EXPOSURE).rate.astype(float), 0).all()
