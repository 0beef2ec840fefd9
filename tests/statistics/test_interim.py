"""Posterior, predictive probability and conditional power at an interim look."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError
from heroes.statistics.interim import (
    JEFFREYS, UNIFORM, BetaPrior, conditional_power, conditional_power_at, conditional_power_on_trend,
    estimate_censored_posterior, estimate_posterior, predictive_probability)
from heroes.statistics.survival import estimate_survival
from tests.statistics.test_golden import DAYS, EVENTS

COUNTS = st.integers(0, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
RATES = st.floats(0.02, 0.98)


def test_posterior_of_52_of_60():
    found = estimate_posterior(52, 60, 0.80)
    # R 4.2.2: 1 - pbeta(.8, 53, 9), qbeta(c(.025, .975), 53, 9)
    assert found.above == pytest.approx(.885173739727, abs=1e-12)
    assert (found.lower, found.upper) == (pytest.approx(.757841311317, abs=1e-11), pytest.approx(.930247702027, abs=1e-11))
    assert (found.a, found.b, found.mean, found.reason) == (53, 9, 53 / 62, None)
    assert estimate_posterior(52, 60, 0.80, JEFFREYS).above == pytest.approx(.906381, abs=6e-7)
    jeffreys = estimate_posterior(52, 60, 0.80, JEFFREYS, conf_level=0.90)  # qbeta(c(.05, .95), 52.5, 8.5)
    assert (jeffreys.lower, jeffreys.upper) == (pytest.approx(.782090320898, abs=1e-11), pytest.approx(.925715872492, abs=1e-11))


def test_posterior_with_censored_patients():
    found = estimate_censored_posterior(estimate_survival(DAYS, EVENTS), 365.25, 0.4)
    # R survival 3.5-3: n = S(1-S)/se², pbeta and qbeta of 1 + nS, 1 + n(1-S)
    assert found.n == pytest.approx(18.0280205282, abs=1e-9)
    assert (found.a, found.b) == (pytest.approx(10.6769845627, abs=1e-9), pytest.approx(9.35103596549, abs=1e-9))
    assert found.above == pytest.approx(.88422114789, abs=1e-10)
    assert (found.lower, found.upper) == (pytest.approx(.319227724148, abs=1e-10), pytest.approx(.740710994217, abs=1e-10))
    assert found.reason is None


def test_without_censoring_both_posteriors_are_one():
    whole = estimate_posterior(3, 5, 0.5)
    censored = estimate_censored_posterior(estimate_survival([10, 20, 400, 500, 600], [1, 1, 0, 0, 0]), 365, 0.5)
    for part in ("x", "n", "a", "b", "mean", "lower", "upper", "above"):
        assert getattr(censored, part) == pytest.approx(getattr(whole, part))


def test_where_greenwood_fails_the_number_at_risk_is_used_and_said():
    at_one = estimate_censored_posterior(estimate_survival([100, 370, 400], [0, 0, 0]), 365, 0.8)
    assert (at_one.x, at_one.n, at_one.a, at_one.b) == (2, 2, 3, 1)
    assert at_one.reason == (
        "The curve is at 1, where an effective number of patients does not exist; the number at risk, 2, was used instead.")
    at_zero = estimate_censored_posterior(estimate_survival([50, 100, 100], [0, 1, 1]), 365, 0.8)
    assert (at_zero.x, at_zero.n, at_zero.a, at_zero.b) == (0, 2, 1, 3)
    beyond = estimate_censored_posterior(estimate_survival([100], [0]), 365, 0.8)
    assert (beyond.n, beyond.above) == (None, None) and "longest follow-up is 100" in beyond.reason


def test_nobody_followed_leaves_no_posterior():
    found = estimate_posterior(0, 0, 0.8)
    assert (found.above, found.mean, found.lower, found.reason) == (None, None, None, "There are no patients yet.")


@given(COUNTS, RATES)
@settings(max_examples=100, deadline=None)
def test_more_successes_make_a_higher_rate_more_probable(counts, p0):
    x, n = counts
    if n == 0:
        return
    found = estimate_posterior(x, n, p0)
    assert 0 <= found.above <= 1 and 0 <= found.lower <= found.mean <= found.upper <= 1
    if x < n:
        assert estimate_posterior(x + 1, n, p0).above >= found.above
    assert estimate_posterior(x, n, min(p0 + 0.01, 0.99)).above <= found.above


def test_predictive_probability_of_52_of_60():
    assert predictive_probability(52, 60, 170, 145).probability == pytest.approx(.629397, abs=6e-7)
    assert predictive_probability(52, 60, 170, 145, JEFFREYS).probability == pytest.approx(.668480, abs=6e-7)
    assert (predictive_probability(52, 60, 170, 145).needed, predictive_probability(52, 60, 170, 145).remaining) == (93, 110)


def test_conditional_power_of_52_of_60():
    assert conditional_power_on_trend(52, 60, 170, 145).probability == pytest.approx(.790405, abs=6e-7)
    assert conditional_power_at(52, 60, 170, 145, 0.80).probability == pytest.approx(.140627, abs=6e-7)


@pytest.mark.parametrize("ask", [predictive_probability, conditional_power_on_trend])
def test_success_that_is_certain_or_impossible(ask):
    assert ask(145, 160, 170, 145).probability == 1  # already there
    assert ask(100, 130, 170, 145).probability == 0  # 40 remain, 45 are needed
    assert ask(145, 170, 170, 145).probability == 1 and ask(144, 170, 170, 145).probability == 0
    with pytest.raises(MisuseError, match="171 patients are more than the 170 planned"):
        ask(150, 171, 170, 145)


def test_nobody_seen_has_no_trend_but_a_prediction():
    assert conditional_power_on_trend(0, 0, 170, 145).reason == "There are no patients yet."
    # before any data a uniform rate makes every number of successes equally probable: 26 of 171
    assert predictive_probability(0, 0, 170, 145).probability == pytest.approx(26 / 171)


@given(COUNTS, st.integers(0, 60), st.integers(0, 140))
@settings(max_examples=100, deadline=None)
def test_predictive_probability_is_conditional_power_averaged_over_the_posterior(counts, more, r):
    x, n = counts
    found = predictive_probability(x, n, n + more, r, UNIFORM)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    p, weights = (nodes + 1) / 2, weights / 2
    density = p**x * (1 - p) ** (n - x)
    power = [conditional_power_at(x, n, n + more, r, rate).probability for rate in p]
    assert found.probability == pytest.approx((weights * density * power).sum() / (weights * density).sum(), abs=1e-8)


@given(COUNTS, st.integers(0, 60), st.integers(0, 140))
@settings(max_examples=60, deadline=None)
def test_one_more_success_never_hurts_and_a_stricter_test_never_helps(counts, more, r):
    x, n = counts
    found = predictive_probability(x, n, n + more, r).probability
    assert 0 <= found <= 1
    assert predictive_probability(x, n, n + more, r + 1).probability <= found + 1e-12
    if x < n:
        assert predictive_probability(x + 1, n, n + more, r).probability >= found - 1e-12


def test_conditional_power_by_b_value():
    # R 4.2.2: pnorm((z√t + θ(1-t) - qnorm(.975)) / √(1-t)) at z 1.2, t .5
    assert conditional_power(1.2, 0.5, 0.025).probability == pytest.approx(.355018034238, abs=1e-11)
    assert conditional_power(1.2, 0.5, 0.025, 1.959963984540 + 0.841621233573).probability == pytest.approx(.658808049944, abs=1e-10)
    assert conditional_power(1.2, 0.5, 0.025, 0.0).probability == pytest.approx(.0579975835789, abs=1e-12)
    assert conditional_power(1.2, 0.5, 0.025).drift == pytest.approx(1.2 / 0.5**0.5)


def test_conditional_power_before_any_and_after_all_information():
    assert conditional_power(0, 0, 0.05).reason == "There is no information yet."
    over = conditional_power(2.1, 1.03, 0.05)
    assert (over.probability, over.drift) == (None, None) and "final test" in over.reason
    with pytest.raises(MisuseError, match="finite"):
        conditional_power(float("nan"), 0.5, 0.05)


@given(st.floats(-4, 4), st.floats(0.01, 0.99), st.floats(-4, 4))
@settings(max_examples=60, deadline=None)
def test_a_larger_z_or_drift_never_lowers_conditional_power(z, fraction, drift):
    found = conditional_power(z, fraction, 0.05, drift).probability
    assert 0 <= found <= 1
    assert conditional_power(z + 0.1, fraction, 0.05, drift).probability >= found
    assert conditional_power(z, fraction, 0.05, drift + 0.1).probability >= found


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (-1, 1), (float("nan"), 1), (1, float("inf"))])
def test_a_prior_needs_two_numbers_above_zero(numbers):
    with pytest.raises(MisuseError, match="prior"):
        BetaPrior(*numbers)


def test_impossible_counts_and_rates_are_refused():
    for wrong in (lambda: estimate_posterior(3, 2, 0.5), lambda: estimate_posterior(1, 2, 1.0),
                  lambda: estimate_posterior(1, 2, 0.5, conf_level=95), lambda: conditional_power_at(1, 2, 3, 1, 1.5)):
        with pytest.raises(MisuseError):
            wrong()
