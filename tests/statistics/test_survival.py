"""The curve, its value at a fixed time, the numbers at risk and the tail."""

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.survival import (
    count_at_risk, estimate_survival, reliable_until, survival_at, survival_from_counts)


def test_survival_by_hand():
    # five patients; at 3 one of five has the event, at 7 one of three
    curve = estimate_survival([3, 5, 7, 9, 9], [True, False, True, False, False])
    assert curve.time.tolist() == [3, 5, 7, 9]
    assert curve.at_risk.tolist() == [5, 4, 3, 2]
    assert curve.survival == pytest.approx([4 / 5, 4 / 5, 4 / 5 * 2 / 3, 4 / 5 * 2 / 3])
    assert curve.std_error[2] == pytest.approx(8 / 15 * (1 / (5 * 4) + 1 / (3 * 2)) ** 0.5)
    assert (curve.n, curve.n_events, curve.n_censored) == (5, 2, 3)


def test_before_the_first_row_everyone_is_event_free_with_an_exact_limit():
    at = survival_at(estimate_survival([10, 20, 30], [1, 0, 1]), 5)
    assert (at.estimate, at.std_error, at.upper, at.at_risk, at.n_events, at.n_censored) == (1, 0, 1, 3, 0, 0)
    assert at.lower == pytest.approx(0.025 ** (1 / 3))


def test_a_day_nobody_has_reached_is_not_zero_and_not_carried_forward():
    curve = estimate_survival([10, 20, 212], [1, 0, 0])
    at = survival_at(curve, 365)
    assert (at.estimate, at.std_error, at.lower, at.upper, at.interval_method) == (None,) * 5
    assert (at.at_risk, at.n_events, at.n_censored) == (0, 1, 2)
    assert at.reason == "Not estimable at 365: the longest follow-up is 212."
    assert survival_at(curve, 212).estimate == pytest.approx(2 / 3)


def test_an_event_on_the_very_day_has_happened_and_its_patient_was_at_risk():
    at = survival_at(estimate_survival([6, 12, 12, 13], [1, 1, 0, 1]), 12)
    assert at.estimate == pytest.approx(3 / 4 * 2 / 3)
    assert (at.at_risk, at.n_events, at.n_censored) == (3, 2, 1)


def test_once_everybody_had_the_event_the_curve_is_known_to_be_zero_ever_after():
    curve = estimate_survival([10, 20, 30, 40], [1, 1, 0, 1])
    assert curve.reaches_zero
    for day in (40, 41, 1000):
        at = survival_at(curve, day)
        assert (at.estimate, at.std_error, at.lower, at.interval_method) == (0, None, 0, "beta-product")
        assert 0 < at.upper < 1  # of few patients, zero is not certain
        assert (at.n_events, at.n_censored) == (3, 1)
        assert at.reason.startswith("The curve is at 0, where Greenwood's standard error does not exist")
    # the last one censored, or nobody with an event: what follows is not known
    for events in ([1, 1, 1, 0], [0, 0, 0, 0]):
        curve = estimate_survival([10, 20, 30, 40], events)
        assert not curve.reaches_zero and survival_at(curve, 41).estimate is None


def test_each_estimate_names_the_interval_its_limits_come_from():
    curve = estimate_survival([5, 10, 20, 30], [0, 1, 1, 0], conf_type="logit")
    named = {day: survival_at(curve, day).interval_method for day in (2, 5, 10, 20, 25)}
    assert named == {2: "beta-product", 5: "beta-product", 10: "logit", 20: "logit", 25: "logit"}
    at = survival_at(curve, 10)  # one of three has the event, nobody left before it but one censored
    assert at.std_error == pytest.approx(2 / 3 * (1 / (3 * 2)) ** 0.5) and at.reason is None


def test_the_last_time_reaches_as_far_as_the_tolerance():
    curve = estimate_survival([10, 20, 212], [1, 0, 0])
    assert survival_at(curve, 212 + curve.tolerance).estimate == pytest.approx(2 / 3)
    assert survival_at(curve, 212 + 2 * curve.tolerance).estimate is None


def test_after_a_long_curve_nobody_is_at_risk():
    curve = estimate_survival(np.arange(1, 1001), np.ones(1000))
    assert survival_at(curve, 2000).at_risk == 0


def test_a_curve_cannot_be_changed_and_is_itself_only():
    curve, again = (estimate_survival([1, 2, 3], [1, 0, 0]) for _ in range(2))
    assert curve == curve and curve != again and len({curve, again}) == 2  # so it can be kept by what it is
    for kept, name in ((curve, "n"), (survival_at(curve, 2), "estimate")):
        with pytest.raises(FrozenInstanceError):
            setattr(kept, name, 0)


def test_data_may_be_named_and_conventions_must_be():
    assert estimate_survival(time=[1, 2], event=[1, 0]).n == survival_from_counts(time=[1, 2], events=[1, 0], censored=[0, 1]).n == 2
    with pytest.raises(TypeError):
        estimate_survival([1, 2], [1, 0], "log")
    with pytest.raises(TypeError):
        survival_from_counts([1, 2], [1, 0], [0, 1], "log")


def test_an_event_at_time_zero_counts():
    at = survival_at(estimate_survival([0, 0, 3], [1, 0, 0]), 0)
    assert (at.estimate, at.at_risk, at.n_events, at.n_censored) == (pytest.approx(2 / 3), 3, 1, 1)


def test_times_that_differ_by_rounding_are_one_time():
    curve = estimate_survival([0.1 + 0.2, 0.3, 1.1], [1, 1, 0])
    assert curve.time.tolist() == [0.3, 1.1]
    assert curve.events.tolist() == [2, 0]
    assert survival_at(curve, 0.3).estimate == survival_at(curve, 0.1 + 0.2).estimate == pytest.approx(1 / 3)
    assert survival_at(curve, 0.1 + 0.2).at_risk == 3


def test_the_tolerance_grows_with_the_times_and_chains():
    # mean of the distinct times about 1000: differences up to 1.5e-5 are one, each to its neighbour
    merged = estimate_survival([1000, 1000.00001, 1000.00002, 1000.1], [0, 1, 0, 1])
    assert merged.time.tolist() == [1000, 1000.1]
    assert merged.events.tolist() == [1, 1]
    assert estimate_survival([1, 1.00001], [1, 1]).time.tolist() == [1, 1.00001]


def test_counts_in_any_order_and_on_several_rows_equal_the_patients_themselves():
    rows = estimate_survival([5, 5, 5, 8, 8, 2], [1, 1, 0, 0, 1, 0])
    counts = survival_from_counts([8, 5, 5, 2, 99], [1, 1, 1, 0, 0], [1, 0, 1, 1, 0])
    for column in ("time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper"):
        np.testing.assert_array_equal(getattr(counts, column), getattr(rows, column))


def test_whole_days_and_the_same_days_as_real_numbers_give_the_same_curve():
    chance = np.random.default_rng(7)
    days, events = chance.integers(0, 900, 5_000), chance.random(5_000) < 0.4
    curve = estimate_survival(days, events)
    # half a day added takes the way of real times
    shifted = estimate_survival(days + 0.5, events)
    assert shifted.time.tolist() == (curve.time + 0.5).tolist()
    np.testing.assert_array_equal(shifted.at_risk, curve.at_risk)
    np.testing.assert_array_equal(shifted.survival, curve.survival)
    # and so do days too many to count one by one
    far = estimate_survival(days.astype(np.int64) * 1_000, events)
    np.testing.assert_array_equal(far.events, curve.events)
    for kind in (np.int16, np.int32, float, np.float32):
        np.testing.assert_array_equal(estimate_survival(days.astype(kind), events).lower, curve.lower)


def test_long_data_are_worked_in_blocks_without_a_seam():
    n = 40_000
    chance = np.random.default_rng(11)
    times, events = chance.exponential(300, n), chance.random(n) < 0.5
    curve = estimate_survival(times, events)
    assert len(curve.time) > 2 * (1 << 14)
    hazard = curve.events / curve.at_risk
    with np.errstate(divide="ignore"):  # the last one may have the event
        np.testing.assert_allclose(curve.survival, np.exp(np.cumsum(np.log1p(-hazard))), rtol=1e-9)
    assert curve.at_risk[0] == n and (np.diff(curve.at_risk) == -(curve.events + curve.censored)[:-1]).all()
    assert (np.diff(curve.std_error[curve.survival > 0] / curve.survival[curve.survival > 0]) >= -1e-12).all()


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([-1, 2, -3], "2 rows have a negative time, of 3"),
        ([1, np.nan, 2.5], "1 row has no time, of 3"),
        ([1, np.inf, 2], "1 row has an infinite time, of 3"),
        ([-0.5, np.nan, 2], "1 row has a negative time, 1 row has no time, of 3"),
    ],
)
def test_impossible_times_are_refused_with_their_number(times, words):
    with pytest.raises(OutsideStudyError, match=words):
        estimate_survival(times, [1, 0, 1])


@pytest.mark.parametrize("events", [[1, 2, 0], ["Y", "N", "Y"], [1, np.nan, 0], [-1, 0, 1], [None, True, False]])
def test_other_event_codings_are_refused(events):
    with pytest.raises(MisuseError, match="true or false, or 1"):
        estimate_survival([1, 2, 3], events)


@pytest.mark.parametrize("events", [[True, False, True], [1, 0, 1], [1.0, 0.0, 1.0], np.array([1, 0, 1], dtype="uint8")])
def test_the_event_codings_that_are_accepted(events):
    assert estimate_survival([1, 2, 3], events).events.tolist() == [1, 0, 1]


def test_other_misuse_is_put_into_words():
    with pytest.raises(MisuseError, match="each patient needs one of both"):
        estimate_survival([1, 2], [1])
    with pytest.raises(MisuseError, match="Times must be numbers"):
        estimate_survival(["a", "b"], [1, 0])
    with pytest.raises(MisuseError, match='no interval "loglog"'):
        estimate_survival([1], [1], conf_type="loglog")
    with pytest.raises(MisuseError, match="confidence level"):
        estimate_survival([1], [1], conf_level=95)
    with pytest.raises(MisuseError, match="whole numbers from 0"):
        survival_from_counts([1, 2], [1, -1], [0, 0])
    with pytest.raises(MisuseError, match="equally long"):
        survival_from_counts([1, 2], [1, 1], [0])
    for moment in (-1, np.nan, np.inf):
        with pytest.raises(OutsideStudyError, match="not a time of the study"):
            survival_at(estimate_survival([1], [1]), moment)


def test_no_patients_give_an_empty_curve_that_says_so():
    curve = estimate_survival([], [])
    assert (curve.n, len(curve.time), curve.last_time, curve.reaches_zero) == (0, 0, None, False)
    at = survival_at(curve, 365)
    assert (at.estimate, at.at_risk, at.n_events, at.n_censored, at.reason) == (None, 0, 0, 0, "There are no patients yet.")
    assert count_at_risk(curve, [0, 100]).at_risk.tolist() == [0, 0]
    assert reliable_until(curve, 0.05, 0.1) == 0


def test_the_table_under_the_curve_adds_up_at_every_tick():
    curve = estimate_survival([3, 5, 5, 7, 9], [1, 1, 0, 0, 1])
    table = count_at_risk(curve, [0, 3, 5, 6, 9, 12])
    assert table.columns.tolist() == ["tick", "at_risk", "censored", "events"]
    assert table.at_risk.tolist() == [5, 5, 4, 2, 1, 0]  # time ≥ tick
    assert table.events.tolist() == [0, 0, 1, 2, 2, 3]  # time < tick
    assert table.censored.tolist() == [0, 0, 0, 1, 2, 2]
    assert (table.at_risk + table.censored + table.events == 5).all()
    with pytest.raises(OutsideStudyError):
        count_at_risk(curve, [-1])


def test_the_tail_is_grey_from_where_one_event_would_drop_the_curve_too_far():
    curve = estimate_survival(np.arange(1, 41), [0] * 40)
    # survival 1: one of n would drop it by 1/n; 1/20 = 0.05 is still fine, 1/19 is not; 19 remain after time 21
    assert reliable_until(curve, 0.05, None) == 21
    # fewer than a tenth of 40 at risk: 3 remain after time 37
    assert reliable_until(curve, None, 0.10) == 37
    assert reliable_until(curve, 0.05, 0.10) == 21
    assert reliable_until(curve, None, None) == 40
    assert reliable_until(curve, 0.02, None) == 0  # 40 < 1/0.02 from the start


def test_a_low_curve_needs_fewer_patients_to_be_reliable():
    # half die at 1, then censoring: survival 0.5, so 10 remaining suffice
    curve = estimate_survival([1] * 20 + list(range(2, 22)), [1] * 20 + [0] * 20)
    assert reliable_until(curve, 0.05, None) == 12  # 9 remain after time 12


def test_the_tail_is_judged_from_before_the_first_time_on():
    curve = estimate_survival([1, 2, 3, 4], [1, 0, 0, 0])
    # At risk before the first time 4, then 3, 2, 1; survival 1, then 3/4. One more event costs survival / at risk.
    assert reliable_until(curve, 1 / 4, None) == 2  # 1/4, (3/4)/3, but (3/4)/2 > 1/4
    assert reliable_until(curve, 1 / 5, None) == 0  # 1/4 > 1/5 before any event
    assert reliable_until(estimate_survival(np.arange(1, 41), [0] * 40), 1 / 39.5, None) == 1  # 1/40 is fine, 1/39 is not


def test_a_curve_can_be_kept_and_brought_back():
    curve = estimate_survival([1, 2, 3], [1, 0, 0])
    at = pickle.loads(pickle.dumps(survival_at(pickle.loads(pickle.dumps(curve)), 9)))
    assert at == survival_at(curve, 9)
    assert at.reason.sentence.startswith("Not estimable at {time}")
