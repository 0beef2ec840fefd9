"""One-stage design and exact test of a single arm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError
from heroes.statistics.binomial import probability_at_least
from heroes.statistics.proportions import estimate_clopper_pearson
from heroes.statistics.single_arm import (
    agreeing_conf_level, design_single_arm, exact_binomial_test, find_rejection_number, probability_of_rejection)

DESIGNS = [  # p0, p1, then n and r at (alpha, power) = (5 %, 80 %), (5 %, 90 %), (2.5 %, 80 %), (2.5 %, 90 %)
    (.70, .80, (119, 92), (164, 125), (155, 120), (200, 153)),
    (.75, .85, (103, 85), (139, 113), (132, 109), (174, 142)),
    (.80, .88, (135, 116), (181, 154), (173, 149), (225, 192)),
    (.80, .90, (82, 72), (112, 97), (107, 94), (137, 119)),
    (.85, .92, (134, 121), (182, 163), (169, 153), (225, 202)),
    (.90, .95, (179, 168), (239, 223), (231, 217), (292, 273)),
]
ERRORS = [(.05, .8), (.05, .9), (.025, .8), (.025, .9)]


@pytest.mark.parametrize(
    ("p0", "p1", "alpha", "power", "n", "r"),
    [(p0, p1, *errors, *wanted) for p0, p1, *cells in DESIGNS for errors, wanted in zip(ERRORS, cells)],
)
def test_smallest_exact_designs(p0, p1, alpha, power, n, r):
    design = design_single_arm(p0, p1, alpha, power)
    assert (design.n, design.r, design.reason) == (n, r, None)
    assert design.size <= alpha and design.attained_power >= power
    sizes = np.arange(1, n)  # a naive search: no smaller trial does, whatever its rejection number
    for smaller in sizes:
        tails = probability_at_least(np.arange(smaller + 1), smaller, p0)
        powers = probability_at_least(np.arange(smaller + 1), smaller, p1)
        assert not ((tails <= alpha) & (powers >= power)).any()


def test_rejection_numbers_of_170():
    assert [find_rejection_number(170, p0, 0.05).r for p0 in (.80, .85, .90)] == [145, 153, 160]
    rule = find_rejection_number(170, 0.80, 0.05)
    assert rule.size == pytest.approx(0.0477599201489, abs=1e-12)  # R 4.2.2, binom.test(145, 170, .8, "greater")


def test_too_few_patients_to_reject_anything():
    rule = find_rejection_number(10, 0.8, 0.05)  # 0.8¹⁰ = 0.107
    assert (rule.r, rule.size) == (None, None)
    assert rule.reason == "Not even 10 successes of 10 would reject 0.8 at a one-sided alpha of 0.05."
    assert find_rejection_number(0, 0.8, 0.05).reason == "There are no patients yet."


def test_no_design_within_the_search_says_so():
    design = design_single_arm(0.80, 0.81, 0.05, 0.9, n_max=500)
    assert (design.n, design.r, design.size, design.attained_power) == (None, None, None, None)
    assert design.reason == "No design with at most 500 patients keeps to these error rates."


def test_power_falls_back_when_the_trial_grows_by_one():
    design = design_single_arm(0.85, 0.92, 0.025, 0.8)
    one_more = find_rejection_number(design.n + 1, 0.85, 0.025)
    assert probability_of_rejection(design.n + 1, one_more.r, 0.92) < design.attained_power


def test_exact_p_values():
    # R 4.2.2: binom.test(52, 60, .8, "greater"), binom.test(3, 3, .5, "greater")
    assert exact_binomial_test(52, 60, 0.8).p == pytest.approx(0.126792431647, abs=1e-12)
    assert exact_binomial_test(3, 3, 0.5).p == pytest.approx(0.125)
    assert exact_binomial_test(0, 60, 0.8).p == 1
    nobody = exact_binomial_test(0, 0, 0.8)
    assert (nobody.p, nobody.reason) == (None, "There are no patients yet.")


@given(st.integers(1, 120), st.floats(0.02, 0.98), st.sampled_from([0.01, 0.025, 0.05, 0.1]))
@settings(max_examples=100, deadline=None)
def test_the_rejection_number_is_where_the_p_value_falls_below_alpha(n, p0, alpha):
    rule = find_rejection_number(n, p0, alpha)
    p = [exact_binomial_test(x, n, p0).p for x in range(n + 1)]
    assert (np.diff(p) <= 0).all()  # more successes, smaller p
    rejecting = [x for x in range(n + 1) if p[x] <= alpha]
    assert rule.r == (rejecting[0] if rejecting else None)


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0.05, 0.9))
@settings(max_examples=100, deadline=None)
def test_the_test_agrees_with_the_lower_limit_of_the_agreeing_interval(n, part, p0):
    x = round(part * n)
    lower = estimate_clopper_pearson(x, n, agreeing_conf_level(0.05)).lower
    if abs(lower - p0) > 1e-9:
        assert (exact_binomial_test(x, n, p0).p < 0.05) == (lower > p0)


def test_a_higher_p0_is_harder_to_reject():
    rules = [find_rejection_number(170, p0, 0.05).r for p0 in np.linspace(0.5, 0.95, 46)]
    assert rules == sorted(rules)


def test_levels_that_agree_with_a_one_sided_alpha():
    assert (agreeing_conf_level(0.05), agreeing_conf_level(0.025), agreeing_conf_level(0.1)) == (0.9, 0.95, 0.8)
    with pytest.raises(MisuseError):
        agreeing_conf_level(0.5)


@pytest.mark.parametrize("asked", [
    (0.9, 0.8, .05, .8), (0, .5, .05, .8), (.5, 1, .05, .8), (.5, .6, 0, .8), (.5, .6, .05, 1), (.5, .6, .3, .2),
])
def test_impossible_hypotheses_are_refused(asked):
    with pytest.raises(MisuseError):
        design_single_arm(*asked)


def test_more_successes_than_patients_are_refused():
    with pytest.raises(MisuseError, match="3 of 2"):
        exact_binomial_test(3, 2, 0.5)
