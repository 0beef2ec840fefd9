"""Cumulative incidence."""

import numpy as np
import pytest

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.competing_risks import estimate_incidence, incidence_at
from heroes.statistics.survival import estimate_survival, survival_at


def test_incidence_by_hand():
    # at 2 one of four has cause 1; at 3 one of three cause 2; at 5 the last one cause 1
    curves = estimate_incidence([2, 3, 4, 5], [1, 2, 0, 1])
    first, second = incidence_at(curves, 5)
    assert first.estimate == pytest.approx(1 / 4 + 1 / 2)  # 1/4 · 1 and 2/4 · 1/1
    assert second.estimate == pytest.approx(3 / 4 * 1 / 3)
    assert curves.event_free[-1] == 0


def test_one_cause_alone_is_one_minus_survival_with_the_same_standard_error():
    times, events = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 1]
    curves, curve = estimate_incidence(times, events), estimate_survival(times, events)
    np.testing.assert_allclose(curves.causes[0].incidence, 1 - curve.survival, atol=1e-15)
    np.testing.assert_allclose(curves.causes[0].std_error[:-1], curve.std_error[:-1], atol=1e-12)
    last = incidence_at(curves, 12)[0]
    assert (last.estimate, last.std_error, last.lower) == (1, 0, None)
    assert last.reason.startswith("Every patient had this cause")


def test_a_cause_without_events_has_no_interval_and_says_so():
    _, absent = incidence_at(estimate_incidence([1, 2, 3], [1, 0, 0], causes=(1, 2)), 2)
    assert (absent.estimate, absent.std_error, absent.lower, absent.upper) == (0, 0, None, None)
    assert absent.reason.startswith("No event of this cause so far")


def test_beyond_follow_up_nothing_is_estimated_unless_all_have_had_an_event():
    (at,) = incidence_at(estimate_incidence([1, 2], [1, 0]), 3)
    assert at.estimate is None and at.reason == "Not estimable at 3: the longest follow-up is 2."
    first, second = incidence_at(estimate_incidence([1, 2], [1, 2]), 3)
    assert (first.estimate, second.estimate) == (0.5, 0.5)


def test_the_share_free_of_any_event_is_kaplan_meier():
    chance = np.random.default_rng(5)
    times, causes = chance.integers(1, 400, 300), chance.integers(0, 4, 300)
    curves = estimate_incidence(times, causes)
    total = sum(at.estimate for at in incidence_at(curves, 200))
    assert 1 - total == pytest.approx(survival_at(estimate_survival(times, causes > 0), 200).estimate, abs=1e-12)


def test_shares_of_very_many_patients_still_add_up_to_one():
    chance = np.random.default_rng(6)
    estimate_incidence(chance.exponential(300, 200_000), chance.integers(0, 3, 200_000))  # asserts within 1e-12


def test_without_patients_or_events_there_is_no_cause():
    assert estimate_incidence([], []).causes == ()
    assert incidence_at(estimate_incidence([], [], causes=(1,)), 3)[0].reason == "There are no patients yet."
    assert estimate_incidence([1, 2], [0, 0]).causes == ()


def test_misuse_is_put_into_words():
    for causes in ([1.5, 0], [-1, 0], ["a", "b"], [None, 1]):
        with pytest.raises(MisuseError, match="whole number of a cause"):
            estimate_incidence([1, 2], causes)
    with pytest.raises(MisuseError, match="only \\(1,\\) were asked for"):
        estimate_incidence([1, 2], [1, 2], causes=(1,))
    with pytest.raises(OutsideStudyError, match="negative"):
        estimate_incidence([-1, 2], [1, 2])
