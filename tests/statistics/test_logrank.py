"""Log-rank test."""

import numpy as np
import pytest

from heroes.errors import MisuseError
from heroes.statistics.logrank import logrank


def test_two_groups_by_hand():
    test = logrank([1, 2, 3, 4], [1, 1, 1, 0], ["a", "b", "a", "b"])
    # at risk a/all: 2/4, 1/3, 1/2; expected in a 1/2 + 1/3 + 1/2; variance 1/4 + 2/9 + 1/4
    expected, variance = 1 / 2 + 1 / 3 + 1 / 2, 1 / 4 + 2 / 9 + 1 / 4
    assert test.groups.group.tolist() == ["a", "b"]
    assert test.groups.expected.tolist() == pytest.approx([expected, 3 - expected])
    assert test.groups.variance.tolist() == pytest.approx([variance, variance])
    assert test.chi2 == pytest.approx((2 - expected) ** 2 / variance)
    assert test.df == 1


def test_times_that_differ_by_rounding_are_tied_across_groups():
    exact = logrank([0.3, 0.3, 0.5, 0.7], [1, 1, 1, 0], [1, 2, 1, 2])
    rounded = logrank([0.3, 0.1 + 0.2, 0.5, 0.7], [1, 1, 1, 0], [1, 2, 1, 2])
    assert rounded.chi2 == exact.chi2


def test_one_group_cannot_be_compared():
    test = logrank([1, 2], [1, 0], ["a", "a"])
    assert (test.chi2, test.df, test.p) == (None, None, None)
    assert "nothing to compare" in test.reason


def test_without_events_there_is_nothing_to_compare():
    assert logrank([1, 2, 3], [0, 0, 0], ["a", "b", "b"]).reason is not None
    assert logrank([], [], []).reason is not None


def test_a_group_that_left_before_the_first_event_does_not_count_as_a_degree_of_freedom():
    test = logrank([1, 2, 3, 4, 5], [0, 1, 1, 1, 0], ["gone", "a", "b", "a", "b"])
    assert test.df == 1
    assert test.p == pytest.approx(logrank([2, 3, 4, 5], [1, 1, 1, 0], ["a", "b", "a", "b"]).p)


def test_when_all_at_risk_fail_at_once_the_groups_cannot_be_compared():
    test = logrank([1, 1], [1, 1], ["a", "b"])
    assert test.chi2 is None and "cannot be compared" in test.reason


def test_a_missing_group_is_refused():
    with pytest.raises(MisuseError, match="1 rows have no group"):
        logrank([1, 2], [1, 0], np.array(["a", None], dtype=object))
