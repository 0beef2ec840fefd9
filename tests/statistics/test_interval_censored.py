"""Turnbull's estimate for events known to lie between two times."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.interval_censored import estimate_interval_censored, interval_survival_at
from heroes.statistics.survival import estimate_survival, survival_at

from .test_golden import DAYS, EVENTS

# Finkelstein & Wolfe 1985: months to cosmetic deterioration after radiotherapy for breast cancer
RADIOTHERAPY = [
    (45, None), (6, 10), (0, 7), (46, None), (46, None), (7, 16), (17, None), (7, 14), (37, 44), (0, 8), (4, 11), (15, None),
    (11, 15), (22, None), (46, None), (46, None), (25, 37), (46, None), (26, 40), (46, None), (27, 34), (36, 44), (46, None),
    (36, 48), (37, None), (40, None), (17, 25), (46, None), (11, 18), (38, None), (5, 12), (37, None), (0, 5), (18, None),
    (24, None), (36, None), (5, 11), (19, 35), (17, 25), (24, None), (32, None), (33, None), (19, 26), (37, None), (34, None),
    (36, None),
]


def test_published_masses_of_a_breast_cancer_trial():
    curve = estimate_interval_censored(*zip(*RADIOTHERAPY))
    assert list(zip(curve.left, curve.right)) == [(4, 5), (6, 7), (7, 8), (11, 12), (24, 25), (33, 34), (38, 40), (46, 48)]
    # Turnbull's self-consistency equation iterated in R until nothing moved by 1e-16
    assert curve.mass == pytest.approx(
        [.0463467739929, .0333633709346, .0886673680627, .0707529217924, .0926458365850, .0817857649025, .1208798273538,
         .4655581363760], abs=1e-8)
    assert (curve.n, curve.n_exact, curve.n_right_censored) == (46, 0, 25)


def test_r_agrees_as_far_as_it_iterates():
    # R survival 3.5-3, survfit(Surv(l, r, type = "interval2") ~ 1), which stops at changes of about 1e-4
    curve = estimate_interval_censored(*zip(*RADIOTHERAPY))
    for time, survival in ((3, 1), (5, .95366), (7, .92027), (8, .83162), (12, .76088), (25, .66823), (34, .58642), (40, .46586)):
        found = interval_survival_at(curve, time)
        assert found.at_least == found.at_most == pytest.approx(survival, abs=4e-4)


def test_inside_an_innermost_interval_survival_has_two_bounds():
    curve = estimate_interval_censored(*zip(*RADIOTHERAPY))
    inside = interval_survival_at(curve, 24.5)
    assert (inside.at_least, inside.at_most) == (pytest.approx(.6682237, abs=1e-7), pytest.approx(.7608696, abs=1e-7))
    for edge, survival in ((24, .7608696), (25, .6682237)):  # open on the left, closed on the right
        found = interval_survival_at(curve, edge)
        assert found.at_least == found.at_most == pytest.approx(survival, abs=1e-7)
    assert "No confidence interval is claimed" in inside.interval_reason and inside.reason is None


def test_exact_interval_left_and_right_censored_times_together():
    # R survival 3.5-3 as above (stops early): 2 .70008, 5 .42001, 6 .28001, then 0
    curve = estimate_interval_censored([2, 3, 3, None, 5, 4, 6, 6, 1, 8], [2, 5, None, 3, 5, 9, 6, np.nan, 4, 10])
    assert list(zip(curve.left, curve.right)) == [(2, 2), (5, 5), (6, 6), (8, 9)]
    assert curve.survival == pytest.approx([.70, .42, .28, 0], abs=1e-8)  # by hand: 0.3, then 0.4, 0.2 and 0.4 of 0.7
    assert curve.n_exact == 3 and curve.n_right_censored == 2


def test_in_a_tie_events_come_before_censoring_and_intervals_that_end_contain_their_end():
    # R survival 3.5-3: .75 after 1, 0 after 3
    curve = estimate_interval_censored([1, 1, 2, 3], [1, None, 3, 3])
    assert list(zip(curve.left, curve.right, curve.survival)) == [(1, 1, .75), (3, 3, 0)]
    # an interval that begins where another ends does not meet it
    apart = estimate_interval_censored([0, 2], [2, 4])
    assert list(zip(apart.left, apart.right, apart.mass)) == [(0, 2, .5), (2, 4, .5)]


def test_right_censored_data_give_kaplan_meier():
    curve = estimate_interval_censored(DAYS, np.where(EVENTS == 1, DAYS, np.inf))
    km = estimate_survival(DAYS, EVENTS)
    for day in (0, 88, 172.5, 365.25, 455, 632):
        found = interval_survival_at(curve, day)
        assert found.at_least == found.at_most == pytest.approx(survival_at(km, day).estimate, abs=1e-12)
    beyond = interval_survival_at(curve, 633)
    assert (beyond.at_least, beyond.at_most) == (None, None) and "after 632" in beyond.reason


def test_when_all_are_known_to_have_had_the_event_survival_stays_at_zero():
    curve = estimate_interval_censored([1, 2], [2, 4])
    assert interval_survival_at(curve, 99).at_most == 0
    assert interval_survival_at(curve, 3).at_least == 0 and interval_survival_at(curve, 3).at_most == pytest.approx(.5)


def log_likelihood(curve, left, right):
    """Of each patient's interval under the curve; an innermost interval is inside it or outside."""
    total = 0.0
    for low, high in zip(left, right):
        exact = low == high
        inside = (curve.right <= high) & ((curve.left >= low) if not exact else (curve.left == low) & (curve.right == high))
        if not exact:
            inside &= ~((curve.left == low) & (curve.right == low))
        total += np.log(curve.mass[inside].sum())
    return total


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.one_of(st.integers(0, 6), st.none())), min_size=1, max_size=25))
def test_no_shift_of_probability_makes_the_data_likelier(patients):
    left = np.array([low for low, _ in patients], dtype=float)
    right = np.array([np.inf if width is None else low + width for low, width in patients])
    curve = estimate_interval_censored(left, right)
    assert curve.reason is None and curve.gap <= 1e-9
    assert curve.mass.sum() == pytest.approx(1, abs=1e-12) and (curve.mass > 0).all()
    best = log_likelihood(curve, left, right)
    for source in range(len(curve.mass)):
        for target in range(len(curve.mass)):
            moved = curve.mass.copy()
            moved[target] += moved[source] / 2
            moved[source] /= 2
            shifted = type(curve)(**{**curve.__dict__, "mass": moved})
            assert log_likelihood(shifted, left, right) <= best + 1e-7


def test_many_patients_with_regular_visits_are_settled():
    rng = np.random.default_rng(7)
    event = rng.exponential(400, 2000)
    visit = np.floor(event / 91) * 91
    left = visit + np.where(visit > 0, rng.integers(-14, 15, 2000), 0)
    right = np.where(left > 700, np.inf, visit + 91 + rng.integers(-14, 15, 2000))
    curve = estimate_interval_censored(left, right)
    assert curve.reason is None
    year = interval_survival_at(curve, 365)
    assert year.at_least - .04 < np.exp(-365 / 400) < year.at_most + .04


def test_without_patients_there_is_no_curve():
    curve = estimate_interval_censored([], [])
    assert len(curve.mass) == 0 and curve.reason == interval_survival_at(curve, 1).reason == "There are no patients yet."


@pytest.mark.parametrize(
    ("left", "right", "error", "words"),
    [
        ([3], [2], MisuseError, "a left end after the right end"),
        ([None], [None], MisuseError, "neither a left nor a right end"),
        ([-1], [2], OutsideStudyError, "a negative time"),
        ([np.inf], [None], OutsideStudyError, "no finite left end"),
        (["x"], [2], MisuseError, "must be numbers"),
        ([1, 2], [2], MisuseError, "2 left ends but 1 right ends"),
    ],
)
def test_impossible_intervals_are_refused(left, right, error, words):
    with pytest.raises(error, match=words):
        estimate_interval_censored(left, right)


def test_a_negative_time_cannot_be_asked_about():
    with pytest.raises(OutsideStudyError):
        interval_survival_at(estimate_interval_censored([1], [2]), -1)
