"""False converters."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError
from heroes.statistics.false_converters import compare_with_chance, expect_false_converters


def test_two_years_and_one_year_of_tests():
    two_years, one_year = expect_false_converters(170, 9, 0.995), expect_false_converters(170, 5, 0.995)
    assert (two_years.probability, two_years.expected) == (pytest.approx(.0441, abs=5e-5), pytest.approx(7.5, abs=.05))
    assert (one_year.probability, one_year.expected) == (pytest.approx(.0248, abs=5e-5), pytest.approx(4.2, abs=.05))
    assert two_years.probability == pytest.approx(1 - 0.995**9, abs=1e-15)


def test_a_perfect_test_and_no_test_convert_nobody():
    assert expect_false_converters(170, 9, 1).expected == 0
    assert expect_false_converters(170, 0, 0.995).expected == 0
    nobody = expect_false_converters(0, 9, 0.995)
    assert (nobody.expected, nobody.reason) == (None, "There are no patients yet.")
    assert nobody.probability == pytest.approx(.0441, abs=5e-5)


def test_tests_actually_done():
    # R 4.2.2: p = 1 - .9^c(0, 1, 3, 9, 5), summed over the 32 outcomes
    found = [compare_with_chance([0, 1, 3, 9, 5], observed, 0.9) for observed in range(5)]
    assert found[0].expected == pytest.approx(1.393089511, abs=1e-12)
    assert [each.p for each in found] == pytest.approx([1, .849905364703, .436013884967, .100372024827, .00679823650339], abs=1e-11)
    assert (found[2].n, found[2].n_tests, found[2].n_tested, found[2].observed) == (5, 18, 4, 2)


def test_equal_plans_are_a_binomial():
    found = compare_with_chance([9] * 170, 12, 0.995)
    assert found.p == pytest.approx(.0745624901377, abs=1e-12)  # R 4.2.2: 1 - pbinom(11, 170, 1 - .995^9)
    assert found.expected == pytest.approx(expect_false_converters(170, 9, 0.995).expected)


def test_a_perfect_test_cannot_convert_falsely():
    assert compare_with_chance([3, 3], 1, 1).p == 0
    assert compare_with_chance([3, 3], 0, 1).p == 1


def test_nobody_and_nobody_tested():
    nobody = compare_with_chance([], 0, 0.995)
    assert (nobody.expected, nobody.p, nobody.reason) == (None, None, "There are no patients yet.")
    untested = compare_with_chance([0, 0], 0, 0.995)
    assert (untested.expected, untested.p, untested.n_tested) == (0, 1, 0)
    with pytest.raises(MisuseError, match="1 patients converted but only 0 were tested"):
        compare_with_chance([0, 0], 1, 0.995)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=9), st.floats(0.5, 1))
@settings(max_examples=80, deadline=None)
def test_chance_is_that_of_counting_every_outcome(tests, specificity):
    p = 1 - specificity ** np.array(tests, dtype=float)
    tails = np.zeros(len(tests) + 1)
    for outcome in itertools.product([False, True], repeat=len(tests)):
        tails[: sum(outcome) + 1] += np.prod(np.where(outcome, p, 1 - p))
    found = [compare_with_chance(tests, observed, specificity) for observed in range(sum(k > 0 for k in tests) + 1)]
    assert [each.p for each in found] == pytest.approx(list(tails[: len(found)]), abs=1e-11)
    assert all(each.expected == pytest.approx(p.sum(), abs=1e-12) for each in found)


@pytest.mark.parametrize("wrong", [
    ([1.5], 0, .9), ([-1], 0, .9), ([[1]], 0, .9), ([1], 0, 0), ([1], 0, 1.1), (["a"], 0, .9), ([1], -1, .9),
])
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(MisuseError):
        compare_with_chance(*wrong)
