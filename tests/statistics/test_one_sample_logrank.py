"""One-sample log-rank test against a reference survival."""

import numpy as np
import pytest

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.one_sample_logrank import exponential_reference, one_sample_logrank

from .test_golden import DAYS, EVENTS


def test_more_events_than_eighty_percent_at_one_year_would_bring():
    test = one_sample_logrank(DAYS, EVENTS, exponential_reference(0.80, 365.25))
    assert (test.n, test.observed) == (24, 11)
    assert test.expected == pytest.approx(4.181842, abs=5e-7)
    assert test.statistic == pytest.approx(3.33414, abs=5e-6)
    assert test.modified == pytest.approx(2.47468, abs=5e-6)
    assert test.p > 0.999 and test.p_modified > 0.99  # no evidence for the treatment


def test_r_agrees_through_survdiff_with_an_offset():
    # R survival 3.5-3: survdiff(Surv(t, e) ~ offset(exp(-t / 10))): chisq is the square of the classic statistic
    test = one_sample_logrank([2, 5, 7, 11], [1, 0, 0, 1], lambda t: t / 10)
    assert (test.observed, test.expected) == (2, pytest.approx(2.5))
    assert test.statistic**2 == pytest.approx(0.1)  # (2 − 2.5)² / 2.5
    assert test.p == pytest.approx(0.7518296340458492 / 2, abs=1e-12)  # pchisq(0.1, 1, lower.tail = FALSE) / 2


def test_fewer_events_than_expected_are_negative_and_favour_the_treatment():
    test = one_sample_logrank([400] * 50, [0] * 50, exponential_reference(0.80, 365.25))
    assert test.statistic < test.p < 0.001 and test.modified < -4


def test_any_reference_will_do():
    weibull = one_sample_logrank([1, 2, 3], [1, 1, 1], lambda t: (t / 2) ** 2)
    assert weibull.expected == pytest.approx((1 + 4 + 9) / 4)


@pytest.mark.parametrize(
    ("time", "event", "why"), [([], [], "no patients"), ([0, 0], [0, 1], "expects no event within this follow-up")])
def test_without_an_expectation_there_is_no_test(time, event, why):
    test = one_sample_logrank(time, event, exponential_reference(0.8, 12))
    assert (test.statistic, test.p, test.modified, test.p_modified) == (None,) * 4
    assert why in test.reason


@pytest.mark.parametrize(("survival", "time"), [(0, 12), (1, 12), (1.2, 12), (0.8, 0), (0.8, -1), (0.8, np.inf), (np.nan, 12)])
def test_an_impossible_reference_is_refused(survival, time):
    with pytest.raises(OutsideStudyError, match="reference survival"):
        exponential_reference(survival, time)


def test_impossible_data_are_refused():
    reference = exponential_reference(0.8, 12)
    with pytest.raises(OutsideStudyError, match="negative"):
        one_sample_logrank([-1], [0], reference)
    with pytest.raises(MisuseError, match="must be true or false"):
        one_sample_logrank([1], [2], reference)
    with pytest.raises(MisuseError, match="2 times but 1 events"):
        one_sample_logrank([1, 2], [1], reference)
    with pytest.raises(MisuseError, match="cumulative hazard of 0 or more"):
        one_sample_logrank([1, 2], [1, 0], lambda t: t - 1.5)
