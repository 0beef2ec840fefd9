"""Restricted mean survival time."""

import pytest

from heroes.errors import OutsideStudyError
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.survival import estimate_survival

CURVE = estimate_survival([2, 4, 6, 10], [1, 0, 1, 0])  # 1 to 2, 3/4 to 6, 3/8 to 10


def test_the_area_under_the_steps():
    mean = estimate_restricted_mean(CURVE, 8)
    assert mean.estimate == pytest.approx(2 + 4 * 3 / 4 + 2 * 3 / 8)
    # after 2: 3.75, after 6: 0.75; d/[n(n−d)]: 1/12 and 1/2
    assert mean.std_error == pytest.approx((3.75**2 / 12 + 0.75**2 / 2) ** 0.5)


def test_before_the_first_event_the_mean_is_the_time_itself():
    mean = estimate_restricted_mean(CURVE, 1.5)
    assert (mean.estimate, mean.std_error) == (1.5, 0)
    assert estimate_restricted_mean(CURVE, 0).estimate == 0


def test_beyond_follow_up_there_is_no_mean_unless_the_curve_is_at_zero():
    mean = estimate_restricted_mean(CURVE, 12)
    assert (mean.estimate, mean.std_error) == (None, None)
    assert mean.reason == "Not estimable up to 12: the longest follow-up is 10 and the curve has not reached 0."
    ended = estimate_restricted_mean(estimate_survival([1, 3], [1, 1]), 12)
    assert (ended.estimate, ended.reason) == (2, None)
    assert estimate_restricted_mean(estimate_survival([], []), 12).reason == "There are no patients yet."


def test_a_negative_time_is_refused():
    with pytest.raises(OutsideStudyError):
        estimate_restricted_mean(CURVE, -1)
