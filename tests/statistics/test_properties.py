"""What holds for every survival curve, whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.statistics.intervals import CONF_TYPES
from heroes.statistics.quantiles import estimate_quantile
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.survival import count_at_risk, estimate_survival, survival_at, survival_from_counts

TIMES = st.one_of(
    st.integers(0, 8).map(float),  # heavy ties, and 0
    st.integers(0, 4_000).map(lambda n: n / 100),
    st.floats(0, 1e5, allow_nan=False, allow_subnormal=False).map(lambda x: round(x, 3)),
    st.builds(lambda whole, off: whole + off * 1.4901161193847656e-08, st.integers(1, 5), st.sampled_from([-0.9, 0.4, 2.1])),
    st.just(0.1 + 0.2),
    st.just(0.3),
)
PATIENTS = st.lists(st.tuples(TIMES, st.booleans()), min_size=1, max_size=60)
WHOLE = st.lists(st.tuples(st.integers(0, 40).map(float), st.booleans()), min_size=1, max_size=60)
METHODS = st.sampled_from(CONF_TYPES)
LEVELS = st.sampled_from([0.5, 0.8, 0.95, 0.999])
COLUMNS = ("time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper")


def split(patients):
    return np.array([time for time, _ in patients]), np.array([event for _, event in patients])


def assert_same(one, other, columns=COLUMNS, until=None):
    for column in columns:
        np.testing.assert_allclose(getattr(one, column)[:until], getattr(other, column)[:until], rtol=1e-9, atol=1e-12)


def assert_identical(one, other, columns=COLUMNS):
    for column in columns:
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))


@given(PATIENTS, METHODS, LEVELS)
@settings(max_examples=300, deadline=None)
def test_a_curve_never_rises_and_stays_within_its_limits(patients, conf_type, conf_level):
    curve = estimate_survival(*split(patients), conf_type=conf_type, conf_level=conf_level)
    assert (np.diff(curve.survival) <= 0).all()
    assert (np.diff(curve.time) > 0).all()
    for side in (curve.survival, curve.lower, curve.upper):
        assert np.isfinite(side).all() and (side >= 0).all() and (side <= 1).all()
    assert (curve.lower <= curve.survival + 1e-12).all() and (curve.survival <= curve.upper + 1e-12).all()
    assert np.isnan(curve.std_error).sum() == (curve.survival == 0).sum()


def merged(times):
    """Each time as the first of the chain of near-equal times it belongs to."""
    ordered = sorted(set(times.tolist()))
    tolerance, first = 1.4901161193847656e-08 * max(1, sum(ordered) / len(ordered)), {}
    for before, time in zip([-1.0, *ordered], ordered):
        first[time] = first[before] if time - before <= tolerance else time
    return [first[time] for time in times.tolist()]


@given(PATIENTS)
@settings(max_examples=200, deadline=None)
def test_a_curve_is_what_a_naive_recount_says(patients):
    times, events = split(patients)
    curve, survival, greenwood = estimate_survival(times, events), 1.0, 0.0
    times = merged(times)
    assert curve.time.tolist() == sorted(set(times))
    for row, time in enumerate(curve.time):
        at_risk = sum(t >= time for t in times)
        deaths = sum(bool(e) and t == time for t, e in zip(times, events))
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
    assert_identical(estimate_survival(*split(patients)), estimate_survival(*split(shuffled)))


@given(PATIENTS)
@settings(max_examples=50, deadline=None)
def test_rows_and_their_counts_give_the_same_curve(patients):
    times, events = split(patients)
    assert_identical(estimate_survival(times, events), survival_from_counts(times, events.astype(int), (~events).astype(int)))


@given(st.lists(st.tuples(TIMES, st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=30), METHODS)
@settings(max_examples=100, deadline=None)
def test_counts_are_as_many_rows(counts, conf_type):
    times, events, censored = (np.array(column) for column in zip(*counts))
    rows = np.concatenate([np.repeat(times, events), np.repeat(times, censored)])
    seen = np.arange(len(rows)) < events.sum()
    one = estimate_survival(rows, seen, conf_type=conf_type)
    two = survival_from_counts(times, events, censored, conf_type=conf_type)
    if len(times) == len(np.unique(rows)):  # times at which nobody leaves take part in R's tolerance
        assert_identical(one, two)
    assert (one.n, one.n_events) == (two.n, two.n_events)


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=60), st.integers(-4, 40), METHODS)
@settings(max_examples=100, deadline=None)
def test_a_unit_of_time_that_is_a_power_of_two_changes_no_bit(patients, power, conf_type):
    times, events = split(patients)
    days = estimate_survival(times, events, conf_type=conf_type)
    other = estimate_survival(times * 2.0**power, events, conf_type=conf_type)
    assert_identical(days, other, COLUMNS[1:])
    np.testing.assert_array_equal(other.time, days.time * 2.0**power)
    assert estimate_restricted_mean(other, float(other.time[-1])).estimate == pytest.approx(
        2.0**power * estimate_restricted_mean(days, float(days.time[-1])).estimate, rel=1e-14)


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


@given(WHOLE, METHODS)
@settings(max_examples=100, deadline=None)
def test_a_patient_censored_beyond_the_end_is_one_more_at_risk_everywhere_and_nothing_else(patients, conf_type):
    times, events = split(patients)
    later = times.max() + 1
    curve = estimate_survival(times, events, conf_type=conf_type)
    longer = estimate_survival(np.append(times, later), np.append(events, False), conf_type=conf_type)
    assert_same(longer, curve, ("time", "events", "censored"), until=len(curve.time))
    np.testing.assert_array_equal(longer.at_risk[:-1], curve.at_risk + 1)
    # one more at risk: each step falls by d/(n+1) instead of d/n
    np.testing.assert_allclose(longer.survival[:-1], np.cumprod(1 - curve.events / (curve.at_risk + 1)), rtol=1e-12)
    assert (longer.survival[:-1] >= curve.survival).all()
    assert survival_at(longer, later).estimate == longer.survival[-1] == longer.survival[-2]


@given(WHOLE, st.integers(1, 500), METHODS)
@settings(max_examples=100, deadline=None)
def test_longer_follow_up_of_those_censored_last_changes_nothing_before_it(patients, days, conf_type):
    times, events = split(patients)
    is_last = ~events & (times == times.max())
    before = estimate_survival(times, events, conf_type=conf_type)
    after = estimate_survival(np.where(is_last, times + days, times), events, conf_type=conf_type)
    earlier = slice(np.searchsorted(before.time, times.max()))
    for column in COLUMNS:
        np.testing.assert_allclose(getattr(before, column)[earlier], getattr(after, column)[earlier], rtol=1e-12)
    at_end = survival_at(before, times.max()), survival_at(after, times.max())
    assert at_end[0].estimate == at_end[1].estimate and at_end[0].at_risk == at_end[1].at_risk


@given(WHOLE, METHODS)
@settings(max_examples=100, deadline=None)
def test_patients_censored_before_the_first_event_change_nothing_from_it_on(patients, conf_type):
    times, events = split(patients)
    if not events.any():
        return
    first = times[events].min() + 1
    without = estimate_survival(times + 1, events, conf_type=conf_type)
    more = estimate_survival(
        np.append(times + 1, [0, first / 2]), np.append(events, [False, False]), conf_type=conf_type)
    for column in COLUMNS:
        np.testing.assert_allclose(
            getattr(more, column)[more.time >= first], getattr(without, column)[without.time >= first], rtol=1e-12)


@given(WHOLE, st.integers(1, 5), METHODS, LEVELS)
@settings(max_examples=100, deadline=None)
def test_events_at_the_last_time_bring_the_curve_to_zero_with_exact_limits(patients, n_last, conf_type, conf_level):
    times, events = split(patients)
    last = times.max() + 1
    curve = estimate_survival(
        np.append(times, [last] * n_last), np.append(events, [True] * n_last), conf_type=conf_type, conf_level=conf_level)
    assert curve.reaches_zero and curve.survival[-1] == 0 == curve.lower[-1] and 0 < curve.upper[-1] <= 1
    for moment in (last, last * 3):
        at = survival_at(curve, moment)
        assert (at.estimate, at.lower, at.std_error, at.interval_method) == (0, 0, None, "beta-product")
    if not events.any() and not (times < last).any():
        assert curve.upper[-1] == pytest.approx(1 - ((1 - conf_level) / 2) ** (1 / n_last))


@given(st.lists(TIMES, min_size=1, max_size=80))
@settings(max_examples=100, deadline=None)
def test_without_censoring_the_curve_is_the_share_still_event_free(times):
    curve = estimate_survival(times, [True] * len(times))
    np.testing.assert_allclose(curve.survival, curve.remaining / len(times), atol=1e-13)
    share = curve.remaining[:-1] / len(times)
    np.testing.assert_allclose(curve.std_error[:-1], np.sqrt(share * (1 - share) / len(times)), atol=1e-12)


@given(PATIENTS, st.lists(st.floats(0, 1e5), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_at_risk_censored_and_events_add_up_at_every_tick(patients, ticks):
    table = count_at_risk(estimate_survival(*split(patients)), ticks)
    assert (table.at_risk + table.censored + table.events == len(patients)).all()
    assert (table[["at_risk", "censored", "events"]] >= 0).all().all()
