"""Information about survival at the milestone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError
from heroes.statistics.information import effective_number, information_fraction
from heroes.statistics.survival import estimate_survival, survival_at
from tests.statistics.test_golden import DAYS, EVENTS


def test_effective_number_of_patients():
    found = effective_number(estimate_survival(DAYS, EVENTS), 365.25)
    assert found.n_eff == pytest.approx(18.0280205282, abs=1e-9)  # R survival 3.5-3, S(1-S)/se²
    assert found.n_eff / 24 == pytest.approx(.7512, abs=5e-5)
    assert (found.stand_in, found.reason) == (found.n_eff, None)


def test_information_on_the_log_log_scale():
    found = information_fraction(estimate_survival(DAYS, EVENTS), 365.25, 24, 0.4)
    # R survival 3.5-3: (log S)² S² / se², 24 · .4 · log(.4)² / .6
    assert found.information == pytest.approx(8.08677775053, abs=1e-9)
    assert found.planned_information == pytest.approx(13.4334192851, abs=1e-9)
    assert found.cloglog == pytest.approx(0.601989529166, abs=1e-10)
    assert found.effective == pytest.approx(18.0280205282 / 24, abs=1e-10)


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=2, max_size=60), st.integers(1, 200))
@settings(max_examples=100, deadline=None)
def test_both_fractions_are_equal_at_the_same_survival_and_never_count_more_than_the_patients(patients, planned):
    curve = estimate_survival(*zip(*patients))
    survival = survival_at(curve, 20).estimate
    if survival is None or not 0 < survival < 1:
        assert effective_number(curve, 20).n_eff is None and effective_number(curve, 20).reason
        return
    found = information_fraction(curve, 20, planned, survival)
    assert found.cloglog == pytest.approx(found.effective)
    assert 0 < found.n_eff <= curve.n * (1 + 1e-9)


def test_without_censoring_every_patient_counts_whole():
    found = effective_number(estimate_survival([10, 20, 30, 500, 600], [1, 1, 1, 0, 0]), 365)
    assert found.n_eff == pytest.approx(5)


def test_at_one_and_at_zero_the_number_at_risk_stands_in():
    at_one = effective_number(estimate_survival([100, 370, 400], [0, 0, 0]), 365)
    assert (at_one.n_eff, at_one.stand_in) == (None, 2)
    assert at_one.reason == "The curve is at 1, where an effective number of patients does not exist."
    at_zero = effective_number(estimate_survival([50, 100, 100, 100], [0, 1, 1, 1]), 365)
    assert (at_zero.n_eff, at_zero.stand_in) == (None, 3)
    beyond = effective_number(estimate_survival([100], [0]), 365)
    assert (beyond.n_eff, beyond.stand_in) == (None, None) and "longest follow-up is 100" in beyond.reason


def test_no_fraction_without_an_effective_number():
    found = information_fraction(estimate_survival([], []), 365, 170, 0.8)
    assert (found.effective, found.cloglog, found.information) == (None, None, None)
    assert found.reason == "There are no patients yet." and found.planned_information > 0
    with pytest.raises(MisuseError):
        information_fraction(estimate_survival([1], [1]), 1, 0, 0.8)
    with pytest.raises(MisuseError):
        information_fraction(estimate_survival([1], [1]), 1, 170, 1)
