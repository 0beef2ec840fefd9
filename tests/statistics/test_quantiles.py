"""Median, quantiles and follow-up."""

import pytest

from heroes.errors import OutsideStudyError
from heroes.statistics.quantiles import estimate_follow_up, estimate_quantile
from heroes.statistics.survival import estimate_survival


def test_on_a_flat_of_exactly_one_half_the_median_is_its_midpoint():
    assert estimate_quantile(estimate_survival([2, 4, 6, 8], [1] * 4), 0.5).estimate == 5
    # the last flat ends with follow-up
    assert estimate_quantile(estimate_survival([2, 4, 6, 9], [1, 1, 0, 0]), 0.5).estimate == 6.5


def test_a_half_reached_as_a_product_of_fractions_is_a_half():
    # 9/10 · 8/9 · 7/8 · 6/7 · 5/6 = 1/2, not to the last digit
    assert estimate_quantile(estimate_survival(range(1, 11), [1] * 10), 0.5).estimate == 5.5


def test_a_median_not_reached_says_how_far_the_follow_up_goes():
    median = estimate_quantile(estimate_survival([5, 10, 20], [1, 0, 0]), 0.5)
    assert (median.estimate, median.upper) == (None, None)
    assert median.reason == "Not reached: the curve does not fall to 0.5 by the end of follow-up (20)."


def test_without_patients_there_is_no_quantile_and_no_follow_up():
    assert estimate_quantile(estimate_survival([], []), 0.5).reason == "There are no patients yet."
    assert estimate_follow_up([], []).reason == "There are no patients yet."


def test_beta_product_limits_of_the_median_may_start_at_the_origin():
    # five patients: already at the origin the exact lower limit of survival is .025^(1/5) = .48
    median = estimate_quantile(estimate_survival([1, 2, 3, 4, 5], [1] * 5, conf_type="beta-product"), 0.5)
    assert (median.estimate, median.lower) == (3, 0)
    # and even at 0 the exact upper limit is 1 − .025^(1/5) = .52, above one half
    assert median.upper is None and median.reason.startswith("The interval is open")


@pytest.mark.parametrize("p", [0, 1, -0.1, 50])
def test_a_share_outside_zero_to_one_is_refused(p):
    with pytest.raises(OutsideStudyError, match="between 0 and 1"):
        estimate_quantile(estimate_survival([1], [1]), p)


def test_follow_up_turns_events_and_censorings_round():
    # censored at 4 and 8; the patient with an event at 4 is no longer followed then, but was at risk at 4
    follow_up = estimate_follow_up([2, 4, 4, 8], [1, 1, 0, 0])
    # at 4 one of three is censored: 2/3; at 8 the last one: 0
    assert (follow_up.first_quartile, follow_up.median) == (4, 8)


def test_follow_up_when_all_had_the_event_is_not_known():
    follow_up = estimate_follow_up([2, 4], [1, 1])
    assert follow_up.median is None
    assert follow_up.reason.startswith("Not reached")
