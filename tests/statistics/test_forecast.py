"""The forecast: golden values, scipy's closed forms, a recount that steps through every inclusion, and its edges."""

import numpy as np
import pytest
from scipy.stats import betaprime, nbinom

from heroes.errors import MisuseError
from heroes.statistics.forecast import forecast_accrual, match_total_rate
from heroes.statistics.site_rates import Spread, fit_rates

N, MONTHS = np.array([12, 0, 1, 8, 0, 5, 2, 15, 0, 3]), np.array([9, 9, 3, 8, 6, 9, 2, 9, 5, 7])
EVEN = [6, 4, 0, 2, 1, 3, 0, 5, 1, 2]
MODEL = fit_rates(N, MONTHS)


def test_the_golden_total_rate_and_closed_forms():
    total = match_total_rate(MODEL, N, MONTHS)
    assert (total.shape, total.rate) == (pytest.approx(46.52298, abs=5e-6), pytest.approx(7.30464, abs=5e-6))
    waiting = total.waiting(124)
    assert waiting.median == pytest.approx(19.557, abs=5e-4)
    assert waiting.intervals[0.8] == (pytest.approx(15.736, abs=5e-4), pytest.approx(24.487, abs=5e-4))
    assert waiting.intervals[0.9] == (pytest.approx(14.813, abs=5e-4), pytest.approx(26.138, abs=5e-4))
    median, limits = total.count(12)
    assert (median, limits[0.9]) == (76, (54, 101))


def test_the_closed_forms_are_scipys():
    total = match_total_rate(MODEL, N, MONTHS)
    assert total.waiting(10).median == pytest.approx(total.rate * betaprime(10, total.shape).median())
    assert total.count(3)[1][0.8] == tuple(nbinom(total.shape, total.rate / (total.rate + 3)).ppf([0.1, 0.9]))


def test_the_golden_simulation():
    found = forecast_accrual(MODEL, N, MONTHS, still=124, seed=1, at=[12], known_spread=True)
    assert found.rate_now == pytest.approx(6.36896, abs=5e-6)
    assert found.waiting.median == pytest.approx(19.59, abs=0.12)
    assert found.waiting.intervals[0.9] == (pytest.approx(14.80, abs=0.15), pytest.approx(26.07, abs=0.25))
    assert found.p_reached == 1 and found.closed_form.shape == pytest.approx(46.52298, abs=5e-6)
    year = found.counts.iloc[0]
    assert abs(year["median"] - 76) <= 1 and abs(year.lower_90 - 54) <= 1 and abs(year.upper_90 - 101) <= 1


def stepwise(model, n, months, opens, closes, still, at, ends, draws, seed):
    """A naive recount: each site's inclusions one after the other, all put in order. Returns months to the last, and counts."""
    chance = np.random.default_rng(seed)
    waits, counts = [], []
    for _ in range(draws):
        moments = []
        common = chance.gamma(model.alpha) / model.beta
        for count, time, opening, closing in zip(n, months, opens, closes):
            rate = common if model.spread is Spread.COMMON else chance.gamma(model.alpha + count) / (model.beta + time)
            moment = max(opening, 0.0)
            while True:
                moment += chance.exponential(1 / rate) if rate > 1e-12 else np.inf
                if moment >= min(closing, ends, 100):
                    break
                moments.append(moment)
        moments.sort()
        waits.append(moments[still - 1] if len(moments) >= still else np.inf)
        counts.append([min(sum(moment <= month for moment in moments), still) for month in at])
    return np.array(waits), np.array(counts)


@pytest.mark.parametrize("counts", [N, EVEN], ids=["varying", "common"])
def test_sites_that_open_and_close_agree_with_a_stepwise_recount(counts):
    n, months = [*counts, 0, 0], [*MONTHS, 0, 0]
    opens = [0.0] * 10 + [2.5, 6.0]
    closes = [np.inf, 1.0, 4.0] + [np.inf] * 4 + [5.5, np.inf, 0.0, np.inf, 9.0]
    model = fit_rates(n, months)
    at, still = [3, 6, 12], 20
    found = forecast_accrual(model, n, months, still=still, seed=5, opens=opens, closes=closes, at=at, known_spread=True)
    waits, recounted = stepwise(model, n, months, opens, closes, still, at, np.inf, 3000, 11)
    assert found.closed_form is None and (found.n_open, found.n_to_open) == (9, 2)
    assert found.waiting.median == pytest.approx(np.median(waits), rel=0.03)
    for level, (lower, upper) in found.waiting.intervals.items():
        assert lower == pytest.approx(np.quantile(waits, (1 - level) / 2), rel=0.06)
        assert upper == pytest.approx(np.quantile(waits, (1 + level) / 2), rel=0.08)
    shown = found.counts.set_index("month")
    for column, month in enumerate(m for m in at if m in shown.index):
        assert abs(shown.loc[month, "median"] - np.median(recounted[:, column])) <= 1
        assert abs(shown.loc[month, "lower_80"] - np.quantile(recounted[:, column], 0.1)) <= 1
        assert abs(shown.loc[month, "upper_80"] - np.quantile(recounted[:, column], 0.9)) <= 1


def test_an_end_of_inclusion_leaves_some_futures_short():
    found = forecast_accrual(MODEL, N, MONTHS, still=124, seed=3, ends=18, at=[6, 18, 24], known_spread=True)
    free = forecast_accrual(MODEL, N, MONTHS, still=124, seed=4, known_spread=True)
    waits, _ = stepwise(MODEL, N, MONTHS, [0] * 10, [np.inf] * 10, 124, [], np.inf, 1500, 7)
    assert found.p_reached == pytest.approx((waits <= 18).mean(), abs=0.04)
    assert found.waiting.median is None and found.waiting.intervals[0.8][1] is None
    assert found.waiting.intervals[0.8][0] == pytest.approx(free.waiting.intervals[0.8][0], rel=0.02)
    counts = found.counts.set_index("month")
    assert (counts.loc[24] == counts.loc[18])[["median", "lower_80", "upper_95"]].all() and counts.loc[24, "median_in"] == 0


def test_the_common_rate_is_one_gamma_and_the_closed_form_is_exact():
    model = fit_rates(EVEN, MONTHS)
    found = forecast_accrual(model, EVEN, MONTHS, still=40, seed=2, at=[6])
    assert (found.closed_form.shape, found.closed_form.rate) == (24.5, pytest.approx(6.7))
    assert found.waiting.median == pytest.approx(found.closed_form.waiting(40).median, rel=0.02)
    assert found.counts["median"][0] == pytest.approx(found.closed_form.count(6)[0], abs=1)


def test_the_same_seed_gives_the_same_answer_and_another_nearly():
    first, again, other = (forecast_accrual(MODEL, N, MONTHS, still=50, seed=seed, at=[3]) for seed in (9, 9, 10))
    assert first.waiting == again.waiting and first.counts.equals(again.counts) and (first.seed, first.n_draws) == (9, 20_000)
    assert first.waiting != other.waiting and first.waiting.median == pytest.approx(other.waiting.median, rel=0.02)


def test_intervals_contain_each_other_and_counts_never_fall_or_pass_what_is_needed():
    found = forecast_accrual(MODEL, N, MONTHS, still=30, seed=1, at=range(1, 30))
    (a, b), (c, d), (e, f) = (found.waiting.intervals[level] for level in (0.8, 0.9, 0.95))
    assert e <= c <= a <= found.waiting.median <= b <= d <= f
    for column in ("median", "lower_80", "upper_80", "lower_95", "upper_95"):
        assert (np.diff(found.counts[column]) >= 0).all() and found.counts[column].max() <= 30
    assert found.counts.month.iloc[-1] < 29  # asked no further than nearly every future needs


def test_a_doubled_rate_halves_the_wait_and_a_site_more_shortens_it():
    plain = forecast_accrual(MODEL, N, MONTHS, still=60, seed=1)
    double = forecast_accrual(MODEL, N, MONTHS, still=60, seed=1, factor=2.0)
    assert double.waiting.median == pytest.approx(plain.waiting.median / 2) and double.rate_now == pytest.approx(2 * plain.rate_now)
    assert double.closed_form.waiting(60).median == pytest.approx(plain.closed_form.waiting(60).median / 2)
    uncertain = forecast_accrual(MODEL, N, MONTHS, still=60, seed=1, factor=np.linspace(0.5, 1.5, 20_000))
    assert uncertain.closed_form is None and uncertain.waiting.intervals[0.8][1] > plain.waiting.intervals[0.8][1]
    more = forecast_accrual(MODEL, [*N, 0, 0, 0], [*MONTHS, 0, 0, 0], still=60, seed=1, opens=[0] * 10 + [1, 1, 1])
    assert more.waiting.median < plain.waiting.median


def test_what_cannot_be_forecast_says_why():
    early = forecast_accrual(fit_rates([0, 0], [2, 2]), [0, 0], [2, 2], still=170, seed=1, at=[1])
    assert early.waiting is None and early.reason.startswith("Too early") and early.counts.empty
    assert forecast_accrual(MODEL, N, MONTHS, still=0, seed=1).reason == "All planned inclusions are reached."
    assert forecast_accrual(MODEL, N, MONTHS, still=-3, seed=1).still == 0
    shut = forecast_accrual(MODEL, N, MONTHS, still=10, seed=1, closes=[0] * 10)
    assert shut.waiting is None and shut.rate_now == 0 and "No site is open" in shut.reason
    past = forecast_accrual(MODEL, N, MONTHS, still=10, seed=1, ends=-2)
    assert past.waiting is None and "No site is open" in past.reason


def test_a_trial_whose_sites_all_close_may_never_get_there():
    found = forecast_accrual(MODEL, N, MONTHS, still=500, seed=1, closes=[2.0] * 10)
    assert found.p_reached == 0 and found.waiting.median is None


def test_the_model_passes_its_cautions_on():
    model = fit_rates([3, 1], [4, 4])
    assert len(forecast_accrual(model, [3, 1], [4, 4], still=5, seed=1).cautions) == 3


def test_misuse_is_named():
    with pytest.raises(MisuseError):
        forecast_accrual(MODEL, N, MONTHS, still=10, seed=1, opens=[0])
    with pytest.raises(MisuseError):
        forecast_accrual(MODEL, N, MONTHS, still=10, seed=1, at=[3, 2])
    with pytest.raises(MisuseError):
        forecast_accrual(MODEL, N, MONTHS, still=10, seed=1, n_draws=10)


def test_what_is_not_known_of_the_spread_makes_the_interval_longer():
    n, months = N[:6], MONTHS[:6]
    model = fit_rates(n, months)
    known, honest = (forecast_accrual(model, n, months, still=124, seed=1, known_spread=known) for known in (True, False))
    length = [found.waiting.intervals[0.8][1] - found.waiting.intervals[0.8][0] for found in (known, honest)]
    assert length[1] > 1.02 * length[0]
    to_open = {"opens": [0.0] * 6 + [1.0] * 6}
    known, honest = (
        forecast_accrual(model, [*n, *[0] * 6], [*months, *[0] * 6], still=124, seed=1, known_spread=known, **to_open)
        for known in (True, False))
    length = [found.waiting.intervals[0.8][1] - found.waiting.intervals[0.8][0] for found in (known, honest)]
    assert length[1] > 1.15 * length[0]  # sites to open hang on the spread alone
