"""Site rates: the published example, an independent likelihood, and what happens when there is little to go by."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import gamma, nbinom, poisson

from heroes.errors import MisuseError
from heroes.statistics.site_rates import SEPARATE_SITES, Pace, Spread, estimate_rates, expect_behind, fit_rates, log_likelihood

N, MONTHS = [12, 0, 1, 8, 0, 5, 2, 15, 0, 3], [9, 9, 3, 8, 6, 9, 2, 9, 5, 7]
EVEN = [6, 4, 0, 2, 1, 3, 0, 5, 1, 2]


def test_the_golden_example():
    model = fit_rates(N, MONTHS)
    assert model.spread is Spread.VARYING
    assert (model.alpha, model.beta) == (pytest.approx(0.885608, abs=5e-7), pytest.approx(1.390505, abs=5e-7))
    assert (model.n_sites, model.n, model.months, model.cautions) == (10, 46, 67, ())


def test_the_likelihood_is_that_of_scipys_negative_binomial():
    n, months = np.array(N), np.array(MONTHS, dtype=float)
    for alpha, beta in ((0.9, 1.4), (5.0, 2.0)):
        assert log_likelihood(alpha, beta, n, months) == pytest.approx(nbinom.logpmf(n, alpha, beta / (beta + months)).sum())


@pytest.mark.parametrize("seed", range(6))
def test_no_other_pair_is_more_likely(seed):
    chance = np.random.default_rng(seed)
    months = chance.uniform(1, 15, 35)
    n = chance.poisson(chance.gamma(1.2, 0.3, 35) * months)
    model = fit_rates(n, months)
    assert model.spread is Spread.VARYING
    found = minimize(
        lambda at: -nbinom.logpmf(n, np.exp(at[0]), 1 / (1 + months * np.exp(-at[1]))).sum(), [0.0, 0.0], method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000})
    assert (model.alpha, model.beta) == (pytest.approx(np.exp(found.x[0]), rel=1e-4), pytest.approx(np.exp(found.x[1]), rel=1e-4))


def test_counts_that_vary_no_more_than_chance_give_one_common_rate():
    model = fit_rates(EVEN, MONTHS)
    assert (model.spread, model.alpha, model.beta) == (Spread.COMMON, 24.5, 67)
    assert "one rate is taken for all" in model.cautions[0]
    assert set(estimate_rates(model, EVEN, MONTHS).rate) == {24.5 / 67}


def test_equal_counts_and_one_site_have_no_spread():
    assert fit_rates([3, 3, 3, 3, 3], [6] * 5).spread is Spread.COMMON
    assert fit_rates([12], [6]).spread is Spread.COMMON


def test_nobody_included_is_too_early_and_no_open_site_has_no_rate():
    early = fit_rates([0, 0], [2, 1.5])
    assert early.spread is Spread.NONE and early.alpha is None and early.reason == "Too early: nobody has been included in 3.5 site-months."
    assert fit_rates([], []).reason == "No site has been open yet: there is no rate to speak of."
    assert fit_rates([0, 0], [0, 0]).spread is Spread.NONE


def test_few_sites_or_few_inclusions_are_called_unreliable():
    assert len(fit_rates([9, 0, 1, 0], [3, 3, 3, 3]).cautions) == 1
    assert len(fit_rates([5, 0, 0, 1], [3, 3, 3, 3]).cautions) == 2
    assert fit_rates([9, 0, 1, 0, 0], [3] * 5).cautions == ()


def test_a_site_without_time_changes_nothing_and_may_not_have_inclusions():
    with_unopened = fit_rates([*N, 0], [*MONTHS, 0])
    assert (with_unopened.alpha, with_unopened.n_sites) == (fit_rates(N, MONTHS).alpha, 10)
    with pytest.raises(MisuseError):
        fit_rates([1, 2], [0, 3])
    with pytest.raises(MisuseError):
        fit_rates([1.5], [3])
    with pytest.raises(MisuseError):
        fit_rates([1], [3, 4])


def test_the_shrunken_rate_and_its_interval_are_those_of_the_posterior():
    model = fit_rates(N, MONTHS)
    rates = estimate_rates(model, N, MONTHS, expected=np.array(MONTHS) * 0.5)
    posterior = gamma(model.alpha + 12, scale=1 / (model.beta + 9))
    first = rates.iloc[0]
    assert (first.raw, first.rate) == (pytest.approx(12 / 9), pytest.approx(posterior.mean()))
    assert (first.lower, first.upper) == (pytest.approx(posterior.ppf(0.05)), pytest.approx(posterior.ppf(0.95)))
    assert first.p_slow == pytest.approx(posterior.cdf(0.25))
    assert list(rates.p_tail) == pytest.approx(list(poisson.cdf(N, np.array(MONTHS) * 0.5)))
    assert rates.rate.between(rates.lower, rates.upper).all()


def test_a_slow_site_is_red_a_late_one_amber_and_a_young_one_neither():
    rates = estimate_rates(fit_rates(N, MONTHS), N, MONTHS, expected=np.array(MONTHS) * 0.5)
    # 0 of 4.5 expected; 0 of 3.0 expected: exact tail 0.0498; 2 months only; 0 of 2.5 expected
    assert [rates.pace[row] for row in (1, 4, 6, 8)] == [Pace.SLOW, Pace.BEHIND, Pace.TOO_EARLY, Pace.AS_EXPECTED]


def test_a_site_with_two_patients_in_few_months_raises_no_alarm():
    rates = estimate_rates(fit_rates([*N, 2, 0], [*MONTHS, 4, 4]), [*N, 2, 0], [*MONTHS, 4, 4], expected=[0.2 * m for m in [*MONTHS, 4, 4]])
    assert list(rates.pace[-2:]) == [Pace.AS_EXPECTED, Pace.AS_EXPECTED]


def test_without_a_target_no_pace_is_judged():
    rates = estimate_rates(fit_rates(N, MONTHS), N, MONTHS, expected=[np.nan, 0] + [1.0] * 8)
    assert list(rates.pace[:2]) == [Pace.NO_TARGET, Pace.NO_TARGET] and rates.p_tail[:2].isna().all()


def test_a_site_by_itself_borrows_nothing():
    alone = estimate_rates(SEPARATE_SITES, [3, 0, 0], [6, 6, 0])
    posterior = gamma(3.5, scale=1 / 6)
    assert (alone.rate[0], alone.upper[0]) == (pytest.approx(3.5 / 6), pytest.approx(posterior.ppf(0.95)))
    assert alone.rate[1] == pytest.approx(0.5 / 6) and np.isnan(alone.rate[2]) and np.isnan(alone.raw[2])


def test_before_the_first_inclusion_there_are_tails_but_no_rates():
    rates = estimate_rates(fit_rates([0, 0], [8, 8]), [0, 0], [8, 8], expected=[4.0, 1.0])
    assert rates.rate.isna().all() and list(rates.p_tail) == pytest.approx([np.exp(-4), np.exp(-1)])
    assert list(rates.pace) == [Pace.BEHIND, Pace.AS_EXPECTED]


def test_more_exposure_draws_less_towards_the_others():
    model = fit_rates(N, MONTHS)
    few, many = estimate_rates(model, [0, 0], [3, 30]).rate
    assert many < few < model.alpha / model.beta


def test_what_the_counts_leave_open_of_the_spread_agrees_with_a_plain_integral():
    """The posterior of the mean rate, integrated over a plain grid of alpha and mean with scipy's negative binomial."""
    n, months = np.array(N), np.array(MONTHS, dtype=float)
    log_alpha, log_mean = np.meshgrid(np.linspace(np.log(0.05), np.log(200), 240), np.linspace(-3, 2, 240), indexing="ij")
    alpha, mean = np.exp(log_alpha), np.exp(log_mean)
    likelihood = sum(nbinom.logpmf(k, alpha, alpha / (alpha + mean * t)) for k, t in zip(n, months))
    prior = -0.5 / alpha - 0.5 * log_alpha + 0.5 * log_mean  # half-normal in 1/√alpha and μ^(−½), both per logarithm
    weight = np.exp(likelihood + prior - (likelihood + prior).max())
    weight /= weight.sum()
    drawn_alpha, drawn_beta = fit_rates(N, MONTHS).spreads.draw(200_000, np.random.default_rng(4))
    drawn = drawn_alpha / drawn_beta
    assert drawn.mean() == pytest.approx((weight * mean).sum(), rel=0.01)
    assert np.log(drawn).std() == pytest.approx(np.sqrt((weight * log_mean**2).sum() - (weight * log_mean).sum() ** 2), rel=0.02)
    assert np.log(drawn_alpha).mean() == pytest.approx((weight * log_alpha).sum(), abs=0.02)
    assert np.log(drawn_alpha).std() == pytest.approx(np.sqrt((weight * log_alpha**2).sum() - (weight * log_alpha).sum() ** 2), rel=0.02)


def test_how_many_would_be_behind_by_chance_is_less_than_five_percent():
    # 2 expected: even 0 has a tail of e^−2 = 13.5 %. 4: only 0, e^−4. 10: up to 4, tail 2.9 %; 5 would have 6.7 %.
    assert expect_behind([2.0, 4.0, 10.0, 10.0, np.nan, 0.0], [9, 9, 9, 2, 9, 9]) == pytest.approx(np.exp(-4) + poisson.cdf(4, 10))
    chance = np.random.default_rng(3)
    expected, months = np.full(400, 7.3), np.full(400, 9.0)
    rates = estimate_rates(SEPARATE_SITES, chance.poisson(expected), months, expected)
    assert abs((rates.p_tail < 0.05).sum() - expect_behind(expected, months)) < 12
