"""The table under cumulative incidence curves."""

import pytest

from heroes.errors import OutsideStudyError
from heroes.statistics.competing_risks import estimate_incidence
from heroes.statistics.numbers_at_risk import count_by_cause


def test_the_counts_are_those_before_the_tick():
    curves = estimate_incidence([0, 5, 5, 9], [1, 2, 0, 0], causes=(1, 2, 3))
    table = count_by_cause(curves, [0, 5, 6, 10])
    assert table.columns.tolist() == ["tick", "at_risk", "censored", "cause_1", "cause_2", "cause_3"]
    assert table.to_numpy().tolist() == [[0, 4, 0, 0, 0, 0], [5, 3, 0, 1, 0, 0], [6, 1, 1, 1, 1, 0], [10, 0, 2, 1, 1, 0]]


def test_without_patients_all_counts_are_0_and_a_negative_tick_is_refused():
    nobody = estimate_incidence([], [], causes=(1,))
    assert count_by_cause(nobody, [0, 5]).to_numpy().tolist() == [[0, 0, 0, 0], [5, 0, 0, 0]]
    with pytest.raises(OutsideStudyError):
        count_by_cause(nobody, [-1])
