"""Tests of survival at the milestone against a rate."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError
from heroes.statistics.milestone_z import cloglog_test, expected_z, nelson_aalen_test
from heroes.statistics.single_arm import agreeing_conf_level
from heroes.statistics.survival import estimate_survival, survival_at
from tests.statistics.test_golden import DAYS, EVENTS

TESTS = [cloglog_test, nelson_aalen_test]


def test_against_forty_percent():
    curve = estimate_survival(DAYS, EVENTS)
    # R survival 3.5-3, survfit(Surv(time, status) ~ 1, ctype = 1) and the formulas
    cloglog = cloglog_test(curve, 365.25, 0.4)
    assert (cloglog.z, cloglog.p) == (pytest.approx(1.10083263797, abs=1e-10), pytest.approx(.135484752016, abs=1e-11))
    lin = nelson_aalen_test(curve, 365.25, 0.4)
    assert lin.hazard == pytest.approx(0.59367757846, abs=1e-11)
    assert (lin.z, lin.p) == (pytest.approx(1.23642071940489, abs=1e-12), pytest.approx(.10815110920534, abs=1e-12))
    assert cloglog.survival == lin.survival == pytest.approx(.53677466, abs=1e-8)


def test_the_z_to_be_expected_at_p1():
    # R 4.2.2: (log(-log(p0)) - log(-log(p1))) * sqrt(n * p1 * log(p1)^2 / (1 - p1))
    assert expected_z(170, 0.75, 0.85) == pytest.approx(2.88054794, abs=5e-9)
    assert expected_z(300, 0.75, 0.85) == pytest.approx(3.82658420, abs=5e-9)
    assert expected_z(170, 0.85, 0.75) < 0 == expected_z(170, 0.8, 0.8)


@pytest.mark.parametrize(("n", "p0", "p1"), [(170, 0.75, 0.85), (60, 0.8, 0.9)])
def test_the_z_to_be_expected_is_that_of_a_curve_at_p1_with_everybody_followed(n, p0, p1):
    failures = round(n * (1 - p1))
    curve = estimate_survival([400] * (n - failures) + [200] * failures, [False] * (n - failures) + [True] * failures)
    assert cloglog_test(curve, 365.25, p0).z == pytest.approx(expected_z(n, p0, 1 - failures / n), abs=1e-10)


@pytest.mark.parametrize("wrong", [(0, 0.8, 0.9), (10, 0, 0.9), (10, 0.8, 1)])
def test_an_impossible_plan_is_refused(wrong):
    with pytest.raises(MisuseError):
        expected_z(*wrong)


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=5, max_size=60), st.floats(0.05, 0.95))
@settings(max_examples=150, deadline=None)
def test_the_cloglog_test_agrees_with_the_lower_log_log_limit(patients, p0):
    curve = estimate_survival(*zip(*patients), conf_level=agreeing_conf_level(0.05))
    tested, at = cloglog_test(curve, 20, p0), survival_at(curve, 20)
    if tested.z is None:
        assert tested.reason
    elif abs(at.lower - p0) > 1e-9:
        assert (tested.p < 0.05) == (at.lower > p0)


@pytest.mark.parametrize("test", TESTS)
def test_a_higher_p0_gives_a_larger_p(test):
    curve = estimate_survival(DAYS, EVENTS)
    found = [test(curve, 365.25, p0).p for p0 in (0.2, 0.4, 0.5367, 0.6, 0.9)]
    assert found == sorted(found) and 0 <= found[0] and found[-1] <= 1


@pytest.mark.parametrize("test", TESTS)
def test_where_the_curve_says_nothing_the_test_says_why(test):
    beyond = test(estimate_survival([100, 200], [1, 0]), 365.25, 0.8)
    assert (beyond.survival, beyond.z, beyond.p) == (None, None, None)
    assert beyond.reason == "Not estimable at 365.25: the longest follow-up is 200."
    without_event = test(estimate_survival([400, 500], [0, 0]), 365.25, 0.8)
    assert (without_event.survival, without_event.p) == (1, None) and "at 1" in without_event.reason
    at_zero = test(estimate_survival([100, 200], [1, 1]), 365.25, 0.8)
    assert (at_zero.survival, at_zero.p) == (0, None) and "at 0" in at_zero.reason
    assert test(estimate_survival([], []), 365.25, 0.8).reason == "There are no patients yet."


@pytest.mark.parametrize("test", TESTS)
def test_a_rate_is_between_0_and_1(test):
    with pytest.raises(MisuseError, match="p0"):
        test(estimate_survival(DAYS, EVENTS), 365.25, 1)
