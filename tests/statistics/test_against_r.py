"""Small cases in which software differs, with the answers of R: survival 3.5-3 and cmprsk 2.2-11."""

import numpy as np
import pytest

from heroes.errors import MisuseError
from heroes.statistics.competing_risks import estimate_incidence
from heroes.statistics.quantiles import estimate_quantile
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.survival import estimate_survival, survival_at

TEN = [1, 2, 3, 3, 4, 5, 5, 6, 8, 9], [1, 1, 0, 1, 0, 1, 1, 0, 1, 0]
TOLERANCE = 1.4901161193847656e-08  # sqrt(.Machine$double.eps), survival::aeqSurv
MAINTAINED = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]


def limits_of(curve, p):
    found = estimate_quantile(curve, p)
    return found.lower, found.estimate, found.upper


def test_a_share_reached_but_for_rounding_is_a_flat_and_its_midpoint_is_taken():
    # R: quantile(survfit(…), c(.05, .1, .2)): 361, 678, NA; failure is 0.09999999999999998 from 361 to 995
    times = [164, 235, 361, 422, 602, 611, 713, 779, 880, 911, 973, 995]
    curve = estimate_survival(times, [time == 361 for time in times])
    assert 1 - curve.survival[-1] < 0.1
    assert limits_of(curve, 0.05) == (361, 361, None)
    assert limits_of(curve, 0.1) == (361, 678, None)
    assert limits_of(curve, 0.2) == (361, None, None)


def test_quartiles_by_the_log_interval():
    # R: quantile(survfit(Surv(time, event) ~ 1, conf.type = "log"))
    curve = estimate_survival(*TEN, conf_type="log")
    assert [limits_of(curve, p) for p in (0.25, 0.5, 0.75)] == [(1, 3, None), (3, 5, None), (5, 8, None)]


def test_a_lower_limit_that_rises_again_is_read_as_r_reads_it():
    # four patients at the 99.9 % level: the lower limit goes from 0.000404 up to 0.000586, and R's quantile() takes the
    # later time for the 10 % quantile although the earlier one lies below 0.9 too
    curve = estimate_survival([0, 1, 1, 1], [1, 0, 0, 1], conf_level=0.999)
    assert curve.lower == pytest.approx([0.000404, 0.000586], abs=1e-6)
    assert [limits_of(curve, p) for p in (0.1, 0.25, 0.5)] == [(1, 0, None), (1, 0.5, None), (1, 1, None)]


def test_near_ties_merge_at_the_tolerance_and_chain():
    # R: survfit() keeps times 100, 200, 300 with 3, 1, 0 events: each step is less than the tolerance times the mean
    near = [100, 100 + 0.99 * TOLERANCE * 100, 100 + 2.2 * TOLERANCE * 100]
    curve = estimate_survival([*near, 300, 200], [1, 1, 1, 0, 1])
    assert (curve.time.tolist(), curve.events.tolist()) == ([100, 200, 300], [3, 1, 0])
    assert curve.survival == pytest.approx([0.4, 0.2, 0.2])


def test_tiny_times_are_one_time_and_long_ones_scale():
    assert estimate_survival(np.array(TEN[0]) * 1e-9, TEN[1]).time.tolist() == [1e-9]
    # R: summary(fit, rmean = 5e9)$table
    mean = estimate_restricted_mean(estimate_survival(np.array(TEN[0]) * 1e9, TEN[1]), 5e9)
    assert (mean.estimate, mean.std_error) == (pytest.approx(4.1e9, rel=1e-12), pytest.approx(457165178.026, rel=1e-11))


@pytest.mark.parametrize(
    ("conf_type", "half", "median_half", "most", "median_most"),
    [
        ("plain", (0.510687420810, 0.716585306463), (31, 34), (0.111395598301, 1), (13, None)),
        ("log", (0.518859878712, 0.725725002503), (31, 34), (0.270679666335, 1), (18, None)),
        ("log-log", (0.502307352623, 0.707253061191), (31, 34), (0.0735525274853, 0.9126676927111), (13, None)),
        ("logit", (0.507099219651, 0.710301388067), (31, 34), (0.160331962949, 0.929629189321), (13, None)),
        ("arcsin", (0.508922234867, 0.713289504262), (31, 34), (0.140557204505, 0.976159752329), (9, None)),
    ],
)
def test_limits_at_other_levels_of_the_maintained_arm(conf_type, half, median_half, most, median_most):
    # R: survfit(…, aml, subset = x == "Maintained", conf.int = .5 and .999) at 23, and quantile(…, .5)
    for conf_level, limits, median in ((0.5, half, median_half), (0.999, most, median_most)):
        curve = estimate_survival(*MAINTAINED, conf_type=conf_type, conf_level=conf_level)
        at = survival_at(curve, 23)
        assert (at.lower, at.upper) == pytest.approx(limits, abs=1e-11)
        assert limits_of(curve, 0.5) == (median[0], 31, median[1])


def test_competing_risks_with_ties_across_causes_and_events_at_the_end():
    # R: survfit(Surv(time, factor(cause)) ~ 1) and sqrt(timepoints(cuminc(time, cause), 1:6)$var)
    curves = estimate_incidence([1, 2, 2, 2, 3, 3, 4, 5, 5, 6], [1, 1, 2, 0, 2, 2, 1, 0, 2, 1])
    one, two = curves.causes
    assert one.incidence == pytest.approx([0.1, 0.2, 0.2, 0.316666666667, 0.316666666667, 0.55], abs=1e-11)
    assert two.incidence == pytest.approx([0, 0.1, 0.333333333333, 0.333333333333, 0.45, 0.45], abs=1e-11)
    assert one.std_error == pytest.approx(
        [0.0948683298051, 0.1264911064067, 0.1264911064067, 0.1525098661047, 0.1525098661047, 0.1663329993317], abs=1e-12)
    assert two.std_error == pytest.approx(
        [0, 0.0948683298051, 0.1575271875418, 0.1575271875418, 0.1663329993317, 0.1663329993317], abs=1e-12)
    assert one.std_error_aalen == pytest.approx(
        [0.1, 0.133795495320, 0.133795495320, 0.167210019652, 0.167210019652, 0.298861006547], abs=1e-11)
    assert two.std_error_aalen == pytest.approx(
        [0, 0.100615390424, 0.169425722503, 0.169425722503, 0.186744362137, 0.186744362137], abs=1e-11)


def test_times_near_the_end_of_what_a_number_can_hold():
    curve = estimate_survival([1.5e308, 1.7e308, 1.6e308, 1.7e308], [1, 0, 1, 0])
    assert curve.time.tolist() == [1.5e308, 1.6e308, 1.7e308]
    assert estimate_quantile(curve, 0.5).estimate == pytest.approx(1.65e308)
    assert 0 < estimate_restricted_mean(curve, 1.6e308).std_error < 1e308


def test_whole_numbers_are_told_from_nearly_whole_ones():
    for odd in (2.0**-35, 2.0**-18, 0.5, 1e-300, 5 + 2.0**-12, np.nextafter(7, 8), 3.25):
        curve = estimate_survival([odd, 9, 40, 80, 131_071, 131_072, 200_000], [1] * 7)
        assert curve.time.tolist() == [odd, 9, 40, 80, 131_071, 131_072, 200_000]
        assert estimate_survival([odd, 9, 40], [1, 1, 1]).time.tolist() == [odd, 9, 40]
    assert estimate_survival([2.0**-40, 0, 0, 5], [1, 1, 1, 0]).events.tolist() == [3, 0]
    assert estimate_survival([-0.0, 0.0, 5], [1, 1, 0]).events.tolist() == [2, 0]


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint64", "float16", "float32", ">f8", ">i4", "longdouble"])
def test_days_of_every_kind_of_number_give_the_same_curve(kind):
    days, events = np.arange(100) % 37, np.arange(100) % 3 == 0
    curve, typed = estimate_survival(days, events), estimate_survival(days.astype(kind), events)
    np.testing.assert_array_equal(typed.time, curve.time)
    np.testing.assert_array_equal(typed.events, curve.events)
    np.testing.assert_array_equal(typed.lower, curve.lower)


@pytest.mark.parametrize("times", [np.array(["2025-01-01"], "M8[D]"), np.array([30], "m8[D]"), [True], [1 + 2j]])
def test_dates_lengths_of_time_truth_values_and_complex_numbers_are_no_times(times):
    with pytest.raises(MisuseError, match="Times must be numbers"):
        estimate_survival(times, [True])


@pytest.mark.parametrize("cause", [1e300, 2**63, np.inf, np.nan, -1, 0.5, "PD"])
def test_what_is_no_number_of_a_cause_is_refused(cause):
    with pytest.raises(MisuseError, match="whole number of a cause"):
        estimate_incidence([1, 2], [cause, 0])
