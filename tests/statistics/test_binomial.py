"""Exact binomial probabilities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError
from heroes.statistics.binomial import binomial_mass, check_count, probability_at_least, smallest_critical

RATES = st.floats(0.01, 0.99)


@given(st.integers(0, 60), RATES)
@settings(max_examples=60, deadline=None)
def test_probabilities_are_those_of_counting_every_outcome(n, p):
    each = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    assert binomial_mass(n, p) == pytest.approx(each, abs=1e-13)
    assert probability_at_least(np.arange(n + 1), n, p) == pytest.approx(np.cumsum(each[::-1])[::-1], abs=1e-13)


def test_none_is_certain_and_more_than_all_is_impossible():
    assert probability_at_least(0, 10, 0.3) == 1 and probability_at_least(-3, 10, 0.3) == 1
    assert probability_at_least(11, 10, 0.3) == 0
    assert probability_at_least(0, 0, 0.3) == 1 and probability_at_least(1, 0, 0.3) == 0
    assert probability_at_least(5, 10, 0.0) == 0 and probability_at_least(5, 10, 1.0) == 1


def test_a_tail_that_equals_its_bound_on_paper_keeps_to_it():
    assert smallest_critical(4, 0.5, 0.0625) == 4  # 1/16
    assert smallest_critical(3, 0.1, 0.001) == 3  # 0.1³, which is 0.0010000000000000002 in the machine


@pytest.mark.parametrize("value", [-1, 2.5, float("nan"), float("inf"), True])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(MisuseError, match="whole number"):
        check_count(value, "A number of patients")
