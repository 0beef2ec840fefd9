"""Risk indicators of sites: the published funnel, exact tails of small sites, and flags that need two cuts."""

import numpy as np
import pytest
from scipy.stats import binom, norm, poisson

from heroes.errors import MisuseError
from heroes.statistics.site_risk import Denominator, Limits, confirm_flags, funnel_limits, judge_sites

X, N = [5, 2, 0, 9, 1, 3], [40, 35, 20, 45, 15, 30]


def test_the_golden_funnel():
    risk = judge_sites(X, N)
    assert risk.pooled == pytest.approx(0.108108, abs=5e-7) and risk.dispersion == pytest.approx(1.28567, abs=5e-6)
    assert list(risk.sites.z) == pytest.approx([0.3441, -0.9710, -1.5570, 1.9852, -0.5169, -0.1430], abs=5e-5)
    assert list(risk.sites.z_adjusted) == pytest.approx([0.3034, -0.8564, -1.3732, 1.7508, -0.4559, -0.1261], abs=5e-5)
    assert set(risk.sites.flag) == {0}


def test_limits_widen_with_over_dispersion_and_never_narrow():
    calm = judge_sites([10, 10, 10, 11], [100, 100, 100, 100])
    assert calm.dispersion == 1.0 and calm.sites.z.tolist() == calm.sites.z_adjusted.tolist()
    upper = funnel_limits(judge_sites(X, N), Denominator.BINARY, [25, 100], 2)
    p, phi = 20 / 185, judge_sites(X, N).dispersion
    assert list(upper) == pytest.approx([p + 2 * np.sqrt(phi * p * (1 - p) / n) for n in (25, 100)])
    assert funnel_limits(judge_sites(X, N), Denominator.BINARY, [2], -3)[0] == 0


def test_flags_are_cut_at_the_limits_closed_on_the_left():
    # nine sites at 50 of 500 and one that moves: amber from z 2, red from z 3, with φ at 1 or above
    for extra, flag in ((50, 0), (66, 1), (90, 2), (34, -1), (10, -2)):
        risk = judge_sites([50] * 30 + [extra], [500] * 31)
        z = risk.sites.z_adjusted.iloc[-1]
        assert risk.sites.flag.iloc[-1] == flag, (extra, z)
        assert (flag >= 1) == (z >= 2) and (flag == 2) == (z >= 3) and (flag == -2) == (z < -3)


def test_a_side_that_is_no_risk_is_not_flagged():
    risk = judge_sites([50] * 30 + [10], [500] * 31, limits=Limits(red_low=None, amber_low=None))
    assert risk.sites.flag.iloc[-1] == 0 and risk.expected_flags == pytest.approx(31 * norm.sf(2))


def test_a_site_with_two_patients_raises_no_false_alarm():
    # 1 of 2 where the others have 5 of 50: z is 1.9, the exact probability of one or more is 19 %
    risk = judge_sites([5] * 10 + [1], [50] * 10 + [2])
    last = risk.sites.iloc[-1]
    assert last.by_exact_tail and last.flag == 0
    assert last.tail_high == pytest.approx(binom.sf(0, 2, 51 / 502))
    both = judge_sites([5] * 10 + [2], [50] * 10 + [2])  # 2 of 2: z above 4, exact 1 %: amber, not red
    assert both.sites.z.iloc[-1] > 4 and both.sites.flag.iloc[-1] == 1


def test_rates_use_exposure_and_poisson():
    risk = judge_sites([12, 3, 0, 30], [1000, 400, 200, 1500], Denominator.RATE)
    pooled = 45 / 3100
    assert risk.pooled == pytest.approx(pooled)
    assert list(risk.sites.z) == pytest.approx([(x / t - pooled) / np.sqrt(pooled / t) for x, t in zip([12, 3, 0, 30], [1000, 400, 200, 1500])])
    assert list(risk.sites.tail_low) == pytest.approx(list(poisson.cdf([12, 3, 0, 30], pooled * np.array([1000, 400, 200, 1500]))))


def test_below_the_least_denominator_there_is_no_flag_and_0_of_0_is_nothing():
    risk = judge_sites([1, 0, 5], [4, 0, 50], least=5)
    assert risk.sites.flag.isna().tolist() == [True, True, False] and np.isnan(risk.sites.value[1])
    assert judge_sites([0, 0], [0, 0]).reason == "Nothing has been counted at any site yet."


def test_all_or_none_cannot_differ():
    risk = judge_sites([0, 0, 0], [10, 20, 3])
    assert risk.sites.z.tolist() == [0, 0, 0] and set(risk.sites.flag) == {0} and "no site can differ" in risk.reason
    assert set(judge_sites([3, 4], [3, 4]).sites.flag) == {0}


def test_red_needs_two_cuts_in_a_row():
    assert list(confirm_flags([2, 2, 2, -2, 1, 0], [1, 0, -1, -2, 0, 2])) == [2, 1, 1, -2, 1, 0]
    renewed = confirm_flags([2, None], [None, 1])
    assert renewed[0] == 1 and renewed.isna().tolist() == [False, True]


def test_as_many_flags_as_expected_come_by_chance():
    chance = np.random.default_rng(8)
    found = [int((judge_sites(chance.binomial(60, 0.3, 35), np.full(35, 60)).sites.flag != 0).sum()) for _ in range(200)]
    expected = judge_sites(chance.binomial(60, 0.3, 35), np.full(35, 60)).expected_flags
    assert expected == pytest.approx(35 * 2 * norm.sf(2)) and np.mean(found) == pytest.approx(expected, abs=0.6)


def test_misuse_is_named():
    for x, n in (([2], [1]), ([-1], [3]), ([1.5], [3]), ([1], [3, 4]), ([1], [0])):
        with pytest.raises(MisuseError):
            judge_sites(x, n)
