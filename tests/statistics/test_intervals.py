"""Pointwise limits against independent forms they must take without censoring, and at their edges."""

import numpy as np
import pytest
from scipy.optimize import brentq

from heroes.statistics.intervals import CONF_TYPES, normal_quantile
from heroes.statistics.proportions import estimate_clopper_pearson, estimate_wilson
from heroes.statistics.survival import estimate_survival, survival_at, survival_from_counts

N = 17
COMPLETE = np.arange(1, N + 1)  # everyone has the event, one a day


def complete(conf_type, conf_level=0.95):
    return estimate_survival(COMPLETE, np.ones(N, dtype=bool), conf_type=conf_type, conf_level=conf_level)


@pytest.mark.parametrize("conf_level", [0.8, 0.95, 0.99])
def test_without_censoring_the_beta_product_is_clopper_pearson(conf_level):
    curve = complete("beta-product", conf_level)
    for x in range(N):
        exact = estimate_clopper_pearson(x, N, conf_level)  # x of N are event-free after day N − x
        assert curve.lower[N - x - 1] == pytest.approx(exact.lower, abs=1e-12)
        assert curve.upper[N - x - 1] == pytest.approx(exact.upper, abs=1e-12)


def test_without_censoring_rothman_is_wilson():
    curve = complete("rothman")
    for x in range(1, N):
        score = estimate_wilson(x, N)
        assert curve.lower[N - x - 1] == pytest.approx(score.lower, abs=1e-12)
        assert curve.upper[N - x - 1] == pytest.approx(score.upper, abs=1e-12)


def test_without_censoring_thomas_grunkemeier_is_the_binomial_likelihood_ratio():
    curve, bound = complete("thomas-grunkemeier"), normal_quantile(0.95) ** 2
    for x in range(1, N):

        def ratio(p, x=x):
            return 2 * (x * np.log(x / N / p) + (N - x) * np.log((1 - x / N) / (1 - p))) - bound

        assert curve.lower[N - x - 1] == pytest.approx(brentq(ratio, 1e-12, x / N), abs=1e-9)
        assert curve.upper[N - x - 1] == pytest.approx(brentq(ratio, x / N, 1 - 1e-12), abs=1e-9)


def test_the_likelihood_ratio_limits_do_not_depend_on_how_rows_are_blocked(monkeypatch):
    chance = np.random.default_rng(3)
    times, events = chance.integers(1, 60, 80), chance.random(80) < 0.5
    whole = estimate_survival(times, events, conf_type="thomas-grunkemeier")
    monkeypatch.setattr("heroes.statistics.likelihood_ratio._CELLS_AT_A_TIME", 100)
    blocks = estimate_survival(times, events, conf_type="thomas-grunkemeier")
    np.testing.assert_allclose(blocks.lower, whole.lower, atol=1e-12)
    np.testing.assert_allclose(blocks.upper, whole.upper, atol=1e-12)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_where_survival_is_one_or_zero_every_interval_is_the_beta_product(conf_type):
    curve = estimate_survival([1, 2, 3, 4], [0, 1, 0, 1], conf_type=conf_type)
    first, last = survival_at(curve, 1), survival_at(curve, 4)
    assert (first.lower, first.upper) == (pytest.approx(0.025 ** (1 / 3)), 1)  # three remain
    assert (last.lower, last.estimate) == (0, 0)
    assert 0 < last.upper < 1
    assert first.interval_method == last.interval_method == "beta-product"
    assert survival_at(curve, 3).interval_method == conf_type


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_limits_of_very_many_patients_stay_precise(conf_type):
    n = 10_000_000
    curve = survival_from_counts([1, 2, 3], [1, 1_000_000, 0], [0, 0, n - 1_000_001], conf_type=conf_type)
    # 0.9 ± 1.96·√(0.9·0.1/n), all intervals agreeing to about 1/n
    half = 1.959964 * (0.09 / n) ** 0.5
    assert curve.lower[1] == pytest.approx(0.9 - half, abs=1e-6)
    assert curve.upper[1] == pytest.approx(0.9 + half, abs=1e-6)
    assert 0 < curve.lower[0] < curve.survival[0] < curve.upper[0] <= 1


def test_a_wider_level_gives_wider_limits():
    for conf_type in CONF_TYPES:
        narrow, wide = (estimate_survival([1, 2, 3, 4, 5], [1, 0, 1, 0, 0], conf_type=conf_type, conf_level=level)
                        for level in (0.8, 0.99))
        assert (wide.lower <= narrow.lower).all() and (wide.upper >= narrow.upper).all()
