"""What holds for every survival curve, whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.statistics.competing_risks import estimate_incidence
from heroes.statistics.intervals import CONF_TYPES
from heroes.statistics.quantiles import estimate_quantile
from heroes.statistics.survival import count_at_risk, estimate_survival, survival_at, survival_from_counts

TIMES = st.one_of(
    st.integers(0, 40).map(float),
    st.integers(0, 4_000).map(lambda n: n / 100),
    st.floats(0, 1e5, allow_nan=False, allow_subnormal=False).map(lambda x: round(x, 3)),
)
PATIENTS = st.lists(st.tuples(TIMES, st.booleans()), min_size=1, max_size=60)
METHODS = st.sampled_from(CONF_TYPES)
COLUMNS = ("time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper")


def split(patients):
    return np.array([time for time, _ in patients]), np.array([event for _, event in patients])


def assert_same(one, other, columns=COLUMNS, until=None):
    for column in columns:
        np.testing.assert_allclose(getattr(one, column)[:until], getattr(other, column)[:until], rtol=1e-9, atol=1e-12)


@given(PATIENTS, METHODS)
@settings(max_examples=200, deadline=None)
def test_a_curve_never_rises_and_stays_within_its_limits(patients, conf_type):
    curve = estimate_survival(*split(patients), conf_type=conf_type)
    assert (np.diff(curve.survival) <= 0).all()
    assert (np.diff(curve.time) > 0).all()
    for side in (curve.survival, curve.lower, curve.upper):
        assert np.isfinite(side).all() and (side >= 0).all() and (side <= 1).all()
    assert (curve.lower <= curve.survival + 1e-12).all() and (curve.survival <= curve.upper + 1e-12).all()
    assert np.isnan(curve.std_error).sum() == (curve.survival == 0).sum()


@given(PATIENTS)
@settings(max_examples=100, deadline=None)
def test_a_curve_is_what_a_naive_recount_says(patients):
    times, events = split(patients)
    curve, survival, greenwood = estimate_survival(times, events), 1.0, 0.0
    for row, time in enumerate(curve.time):
        at_risk = sum(t >= time - curve.tolerance for t in times)
        deaths = sum(bool(e) and abs(t - time) <= curve.tolerance for t, e in patients)
        survival *= 1 - deaths / at_risk
        assert (curve.at_risk[row], curve.events[row]) == (at_risk, deaths)
        assert curve.survival[row] == pytest.approx(survival, abs=1e-12)
        if at_risk > deaths:
            greenwood += deaths / (at_risk * (at_risk - deaths))
            assert curve.std_error[row] == pytest.approx(survival * greenwood**0.5, abs=1e-12)


@given(PATIENTS, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_rows_does_not_matter(patients, chance):
    shuffled = list(patients)
    chance.shuffle(shuffled)
    assert_same(estimate_survival(*split(patients)), estimate_survival(*split(shuffled)))


@given(PATIENTS)
@settings(max_examples=50, deadline=None)
def test_rows_and_their_counts_give_the_same_curve(patients):
    times, events = split(patients)
    assert_same(estimate_survival(times, events), survival_from_counts(times, events.astype(int), (~events).astype(int)))


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=60), st.sampled_from([0.25, 7, 1 / 30.4375]))
@settings(max_examples=50, deadline=None)
def test_the_unit_of_time_scales_the_times_and_nothing_else(patients, factor):
    times, events = split(patients)
    days, other = estimate_survival(times, events), estimate_survival(times * factor, events)
    assert_same(days, other, COLUMNS[1:])
    np.testing.assert_allclose(other.time, days.time * factor)
    median, scaled = estimate_quantile(days, 0.5), estimate_quantile(other, 0.5)
    for one, two in ((median.estimate, scaled.estimate), (median.lower, scaled.lower), (median.upper, scaled.upper)):
        assert (one is None and two is None) or two == pytest.approx(one * factor)


@given(PATIENTS)
@settings(max_examples=50, deadline=None)
def test_doubling_all_patients_leaves_the_curve_and_narrows_its_error(patients):
    times, events = split(patients)
    one, two = estimate_survival(times, events), estimate_survival(np.tile(times, 2), np.tile(events, 2))
    np.testing.assert_allclose(two.survival, one.survival, atol=1e-12)
    known = one.survival > 0
    assert (two.std_error[known] <= one.std_error[known] + 1e-12).all()


@given(PATIENTS)
@settings(max_examples=50, deadline=None)
def test_a_patient_censored_beyond_the_end_only_adds_one_at_risk(patients):
    times, events = split(patients)
    later = times.max() + 1
    curve = estimate_survival(times, events)
    longer = estimate_survival(np.append(times, later), np.append(events, False))
    assert_same(longer, curve, ("time", "events", "censored"), until=len(curve.time))
    np.testing.assert_array_equal(longer.at_risk[:-1], curve.at_risk + 1)
    assert survival_at(longer, later).estimate == longer.survival[-1] == longer.survival[-2]


@given(PATIENTS)
@settings(max_examples=50, deadline=None)
def test_follow_up_after_the_last_event_changes_nothing_before_it(patients):
    times, events = split(patients)
    if not events.any() or events[times == times.max()].any():
        return
    longer = np.where(times == times.max(), times + 5, times)
    before, after = estimate_survival(times, events), estimate_survival(longer, events)
    assert_same(before, after, ("survival", "std_error", "at_risk"))


@given(PATIENTS, st.lists(st.floats(0, 1e5), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_at_risk_censored_and_events_add_up_at_every_tick(patients, ticks):
    table = count_at_risk(estimate_survival(*split(patients)), ticks)
    assert (table.at_risk + table.censored + table.events == len(patients)).all()
    assert (table[["at_risk", "censored", "events"]] >= 0).all().all()


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_incidences_never_fall_and_add_up_to_one(patients):
    times, causes = np.array(patients).T
    curves = estimate_incidence(times, causes)
    total = curves.event_free.copy()
    for curve in curves.causes:
        assert (np.diff(curve.incidence) >= -1e-15).all()
        assert np.isfinite(curve.std_error).all() and np.isfinite(curve.std_error_aalen).all()
        has = (curve.incidence > 0) & (curve.incidence < 1)
        assert (curve.lower[has] <= curve.incidence[has]).all() and (curve.incidence[has] <= curve.upper[has]).all()
        assert np.isfinite(curve.lower_aalen[has]).all() and np.isnan(curve.lower[~has]).all()
        total += curve.incidence
    np.testing.assert_allclose(total, 1, atol=1e-12)


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
