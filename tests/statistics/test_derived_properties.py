"""What holds for every quantile, restricted mean, follow-up and cumulative incidence, whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.statistics.competing_risks import estimate_incidence
from heroes.statistics.intervals import CONF_TYPES
from heroes.statistics.quantiles import estimate_follow_up, estimate_quantile
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.survival import estimate_survival, survival_at

PATIENTS = st.lists(st.tuples(st.integers(0, 40).map(float), st.booleans()), min_size=1, max_size=80)


def split(patients):
    return np.array([time for time, _ in patients]), np.array([event for _, event in patients])


@given(PATIENTS, st.sampled_from(CONF_TYPES), st.sampled_from([0.5, 0.95, 0.999]))
@settings(max_examples=200, deadline=None)
def test_limits_of_a_quantile_bracket_it_and_quantiles_never_fall(patients, conf_type, conf_level):
    curve = estimate_survival(*split(patients), conf_type=conf_type, conf_level=conf_level)
    before, inside = 0.0, curve.survival > 0
    rises = any((np.diff(limit[inside]) > 0).any() for limit in (curve.lower, curve.upper))  # see test_against_r
    for p in (0.1, 0.25, 0.5, 0.75, 0.9):
        found = estimate_quantile(curve, p)
        estimate = np.inf if found.estimate is None else found.estimate
        assert rises or found.lower is None or found.lower <= estimate
        assert rises or found.upper is None or found.upper >= estimate
        assert estimate >= before
        assert (found.reason is None) == (None not in (found.lower, found.estimate, found.upper))
        if found.estimate is not None:
            before = estimate
            assert curve.survival[curve.time <= estimate][-1] <= 1 - p + 1e-7


@given(PATIENTS, st.floats(0.1, 60), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_restricted_means_add_up_and_grow_with_the_time_at_the_speed_of_the_curve(patients, tau, share):
    curve = estimate_survival(*split(patients))
    end = tau if curve.reaches_zero else min(tau, curve.last_time)
    part = end * share
    whole, first = estimate_restricted_mean(curve, end), estimate_restricted_mean(curve, part)
    steps = np.unique(np.concatenate(([part, end], curve.time[(curve.time > part) & (curve.time < end)])))
    between = sum((b - a) * survival_at(curve, a).estimate for a, b in zip(steps, steps[1:], strict=False))
    assert whole.estimate - first.estimate == pytest.approx(between, abs=1e-9)
    assert 0 <= first.estimate <= part + 1e-9 and first.estimate <= whole.estimate + 1e-12 <= end + 1e-9
    assert whole.std_error >= 0 and whole.reason is None


@given(PATIENTS)
@settings(max_examples=200, deadline=None)
def test_the_curve_times_its_reverse_is_the_share_still_followed(patients):
    times, events = split(patients)
    times = np.where(events, times, times + 0.5)  # no event and censoring at one time
    curve, reverse = estimate_survival(times, events), estimate_survival(times, ~events)
    np.testing.assert_allclose(curve.survival * reverse.survival, curve.remaining / curve.n, atol=1e-12)
    follow_up = estimate_follow_up(times, events)
    for p, found in ((0.25, follow_up.first_quartile), (0.5, follow_up.median), (0.75, follow_up.third_quartile)):
        assert found == estimate_quantile(reverse, p).estimate


@given(st.lists(st.integers(0, 500), min_size=1, max_size=50))
@settings(max_examples=50, deadline=None)
def test_with_nobody_having_had_the_event_median_follow_up_is_the_median_time(times):
    assert estimate_follow_up(times, [False] * len(times)).median == pytest.approx(np.median(times))


def total_of(curves):
    return curves.event_free + sum((curve.incidence for curve in curves.causes), np.zeros(len(curves.time)))


@pytest.mark.parametrize("n", [1_000, 100_000])
@pytest.mark.parametrize("rounded", [True, False])
def test_five_causes_of_many_patients_still_add_up_to_one(n, rounded):
    chance = np.random.default_rng(n)
    times = chance.exponential(300, n)
    curves = estimate_incidence(times.round() if rounded else times, chance.integers(0, 6, n))
    assert len(curves.causes) == 5
    np.testing.assert_allclose(total_of(curves), 1, rtol=0, atol=1e-12)
    assert all(np.isfinite(curve.std_error).all() and np.isfinite(curve.std_error_aalen).all() for curve in curves.causes)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1)), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_single_cause_is_one_minus_kaplan_meier(patients):
    times, causes = np.array(patients).T
    curve, curves = estimate_survival(times, causes == 1), estimate_incidence(times, causes, causes=[1])
    np.testing.assert_allclose(curves.causes[0].incidence, 1 - curve.survival, atol=1e-13)
    inside = curve.survival > 0
    np.testing.assert_allclose(curves.causes[0].std_error[inside], curve.std_error[inside], atol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_incidences_never_fall_and_add_up_to_one(patients):
    times, causes = np.array(patients).T
    curves = estimate_incidence(times, causes)
    for curve in curves.causes:
        assert (np.diff(curve.incidence) >= -1e-15).all()
        assert np.isfinite(curve.std_error).all() and np.isfinite(curve.std_error_aalen).all()
        has = (curve.incidence > 0) & (curve.incidence < 1)
        assert (curve.lower[has] <= curve.incidence[has]).all() and (curve.incidence[has] <= curve.upper[has]).all()
        assert np.isfinite(curve.lower_aalen[has]).all() and np.isnan(curve.lower[~has]).all()
    np.testing.assert_allclose(total_of(curves), 1, rtol=0, atol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), min_size=2, max_size=60))
@settings(max_examples=100, deadline=None)
def test_the_delta_variance_is_its_formula(patients):
    times, causes = np.array(patients).T
    curves = estimate_incidence(times, causes)
    n = curves.at_risk
    d = n - np.append(n[1:], 0) - curves.censored
    before = np.insert(curves.event_free, 0, 1)[:-1]
    for curve in curves.causes:
        e, incidence = curve.events, curve.incidence
        for t in range(len(curves.time)):
            variance = 0.0
            for j in range(t + 1):
                grown = incidence[t] - incidence[j]
                if d[j] < n[j]:
                    variance += grown**2 * d[j] / (n[j] * (n[j] - d[j]))
                variance += before[j] ** 2 * e[j] * (n[j] - e[j]) / n[j] ** 3
                variance -= 2 * grown * before[j] * e[j] / n[j] ** 2
            assert curve.std_error[t] ** 2 == pytest.approx(variance, abs=1e-12)
