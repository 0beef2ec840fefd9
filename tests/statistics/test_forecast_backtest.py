"""Does an 80 % interval hold 80 % of what comes? Trials drawn from the model itself, forecast at three cut-offs."""

import numpy as np
import pytest

from heroes.statistics.forecast import forecast_accrual
from heroes.statistics.site_rates import Spread, fit_rates

SITES, PLANNED, CUT_OFFS = 35, 170, (6.0, 10.0, 14.0)


def covered(trials: int, n_draws: int, seed: int) -> dict[float, list[bool]]:
    """Cut-off → whether the interval of the date of the last inclusion held the date that came, one per trial still including."""
    chance = np.random.default_rng(seed)
    held = {cut_off: [] for cut_off in CUT_OFFS}
    for trial in range(trials):
        opens = np.sort(chance.uniform(0, 9, SITES))
        rates = chance.gamma(1.3, 1 / 4.5, SITES)
        moments = [opens[site] + np.cumsum(chance.exponential(1 / rates[site], 3000)) for site in range(SITES)]
        last = np.sort(np.concatenate(moments))[PLANNED - 1]
        for cut_off in CUT_OFFS:
            n = np.array([int((at <= cut_off).sum()) for at in moments])
            if n.sum() >= PLANNED:
                continue
            months = np.clip(cut_off - opens, 0, None)
            model = fit_rates(n, months)
            if model.spread is Spread.NONE:
                continue
            found = forecast_accrual(
                model, n, months, still=PLANNED - int(n.sum()), seed=trial, opens=opens - cut_off, n_draws=n_draws)
            lower, upper = found.waiting.intervals[0.8]
            held[cut_off].append(lower <= last - cut_off <= upper)
    return held


def test_forty_trials_of_the_model_are_covered_about_as_often_as_promised():
    # With 40 trials the standard error is 6 points: 66 to 96 % lets chance pass and a wrong model not.
    held = covered(40, 2_000, seed=20)
    for cut_off, inside in held.items():
        assert len(inside) > 20 and 0.66 <= np.mean(inside) <= 0.96, (cut_off, np.mean(inside))


def test_an_interval_that_ignores_the_spread_of_rates_would_be_caught():
    """The same trials with every site's rate taken as known: far too narrow, and the test above sees it."""
    chance = np.random.default_rng(20)
    inside = []
    for trial in range(40):
        n = chance.poisson(chance.gamma(1.3, 1 / 4.5, SITES) * 3)
        truth = chance.gamma(1.3 + n, 1 / (4.5 + 3)).sum()
        last = chance.standard_gamma(60) / truth
        known = n.sum() / 3
        draws = chance.standard_gamma(60, 2000) / known
        inside.append(np.quantile(draws, 0.1) <= last <= np.quantile(draws, 0.9))
    assert np.mean(inside) < 0.66


@pytest.mark.long
def test_two_hundred_trials_of_the_model_are_covered_72_to_88_percent_of_the_time():
    held = covered(200, 20_000, seed=2312)
    shares = {cut_off: float(np.mean(inside)) for cut_off, inside in held.items()}
    print({cut_off: f"{share:.1%} of {len(held[cut_off])}" for cut_off, share in shares.items()})
    assert all(0.72 <= share <= 0.88 for share in shares.values()), shares
