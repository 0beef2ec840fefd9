"""Stopping boundaries and their operating characteristics."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError
from heroes.statistics.interim import UNIFORM, BetaPrior, estimate_posterior
from heroes.statistics.stopping import (
    Look, bayesian_boundary, judge_looks, operating_characteristics, repeated_test_boundary)

LOOKS = [20, 40, 60, 80, 100]
BOUNDARY = bayesian_boundary(LOOKS, 0.20, 0.90, BetaPrior(0.3, 1.7))


def test_the_worked_example():
    assert BOUNDARY.stop_at == (7, 12, 17, 22, 26)
    rows = operating_characteristics(BOUNDARY, [.10, .15, .20, .25, .30])
    assert [row.overall for row in rows] == pytest.approx([.003, .033, .196, .571, .886], abs=6e-4)
    assert [row.failure_rate for row in rows] == [.10, .15, .20, .25, .30]
    for row in rows:
        assert sum(row.at_look) == pytest.approx(row.overall)


def test_operating_characteristics_count_every_path():
    boundary = bayesian_boundary([3, 5, 8], 0.3, 0.7, UNIFORM)
    row = operating_characteristics(boundary, [0.35], n_planned=12)[0]
    at_look = [0.0] * 3
    for path in itertools.product([0, 1], repeat=8):
        crossed = [k for k, (n, r) in enumerate(zip(boundary.looks, boundary.stop_at)) if sum(path[:n]) >= r]
        if crossed:
            at_look[crossed[0]] += 0.35 ** sum(path) * 0.65 ** (8 - sum(path))
    assert row.at_look == pytest.approx(at_look, abs=1e-12)
    assert row.expected_n == pytest.approx(np.dot([3, 5, 8], at_look) + 12 * (1 - sum(at_look)))
    last_look = operating_characteristics(boundary, [0.35])[0]
    assert last_look.expected_n == pytest.approx(np.dot([3, 5, 8], at_look) + 8 * (1 - sum(at_look)))


@given(st.integers(1, 60), st.floats(0.05, 0.9), st.floats(0.05, 0.99))
@settings(max_examples=80, deadline=None)
def test_the_boundary_is_where_the_posterior_crosses(n, f0, gamma):
    r = bayesian_boundary([n], f0, gamma, UNIFORM).stop_at[0]
    if r is None:
        assert estimate_posterior(n, n, f0).above <= gamma
        return
    assert estimate_posterior(r, n, f0).above > gamma
    assert r == 0 or estimate_posterior(r - 1, n, f0).above <= gamma


def test_a_higher_failure_rate_stops_more_often_and_sooner():
    rows = operating_characteristics(BOUNDARY, np.linspace(0, 1, 21))
    assert (np.diff([row.overall for row in rows]) >= -1e-12).all()
    assert (np.diff([row.expected_n for row in rows]) <= 1e-9).all()
    assert (rows[0].overall, rows[0].expected_n) == (0, 100)
    assert (rows[-1].overall, rows[-1].at_look, rows[-1].expected_n) == (1, (1, 0, 0, 0, 0), 20)


@pytest.mark.parametrize(
    ("looks", "f0", "level", "delta", "stop_at", "overall"),
    [  # naive search in R 4.2.2; the first three equal the high boundary (plus one) of R's clinfun::toxbdry
        (LOOKS, .2, .1, 0, (8, 13, 18, 23, 28), .09932715852),
        (LOOKS, .2, .1, .5, (11, 15, 19, 23, 26), .0964064431),
        ([25, 50, 75], .1, .05, .25, (7, 10, 13), .04795960273),
        ([10, 30], .3, .1, 0, (6, 14), .07454770921),
    ],
)
def test_repeated_tests_keep_their_overall_level(looks, f0, level, delta, stop_at, overall):
    boundary = repeated_test_boundary(looks, f0, level, delta)
    assert boundary.stop_at == stop_at
    assert operating_characteristics(boundary, [f0])[0].overall == pytest.approx(overall, abs=1e-9)


def test_expected_size_of_repeated_tests():
    row = operating_characteristics(repeated_test_boundary(LOOKS, .2, .1, 0), [.28])[0]
    # R clinfun::toxbdry(.2, .4, c(20, 40, 60, 80, 100), cP0 = .1): pcross.hi, ess.hi
    assert (row.overall, row.expected_n) == (pytest.approx(.647549635, abs=1e-8), pytest.approx(68.333292, abs=1e-6))


@given(st.lists(st.integers(1, 80), min_size=1, max_size=6, unique=True), st.floats(0.05, 0.6), st.floats(0.01, 0.3), st.floats(0, 0.5))
@settings(max_examples=40, deadline=None)
def test_the_level_is_never_exceeded(looks, f0, level, delta):
    boundary = repeated_test_boundary(sorted(looks), f0, level, delta)
    assert operating_characteristics(boundary, [f0])[0].overall <= level * (1 + 1e-9)


def test_a_look_after_every_patient():
    boundary = repeated_test_boundary(range(1, 171), 0.2, 0.1)
    assert boundary.stop_at[0] is None and boundary.stop_at[-1] == 46
    assert operating_characteristics(boundary, [0.2])[0].overall <= 0.1


def test_a_boundary_that_never_stops_says_so():
    boundary = bayesian_boundary([1, 2], 0.5, 0.99, UNIFORM)
    assert boundary.stop_at == (None, None)
    assert boundary.reason == "At no look would any number of failures stop the trial."
    assert operating_characteristics(boundary, [0.9])[0].overall == 0
    assert judge_looks(boundary, [True, True]).is_crossed is False


def failing(*places, of):
    failed = np.zeros(of, dtype=bool)
    failed[list(places)] = True
    return failed


def test_before_the_first_look():
    status = judge_looks(BOUNDARY, failing(0, 3, 4, of=12))
    assert (status.n, status.n_failures, status.is_crossed, status.crossed_at) == (12, 3, None, None)
    assert (status.next_look, status.failures_to_next) == (20, 4)
    assert status.looks[0] == Look(20, 7, None, None)
    assert judge_looks(BOUNDARY, []).n == 0


def test_each_look_counts_its_own_first_patients():
    status = judge_looks(BOUNDARY, failing(*range(0, 6), *range(25, 30), *range(41, 45), of=47))
    assert [look.failures for look in status.looks] == [6, 11, None, None, None]
    assert [look.is_crossed for look in status.looks] == [False, False, None, None, None]
    assert (status.is_crossed, status.next_look, status.n_failures, status.failures_to_next) == (False, 60, 15, 2)


def test_a_boundary_once_crossed_stays_crossed():
    status = judge_looks(BOUNDARY, failing(*range(7), of=100))
    assert (status.is_crossed, status.crossed_at) == (True, 20)
    assert [look.is_crossed for look in status.looks] == [True, False, False, False, False]
    assert (status.next_look, status.failures_to_next) == (None, None)
    assert judge_looks(BOUNDARY, failing(*range(21, 40), of=40)).failures_to_next == 0


@pytest.mark.parametrize("looks", [[], [0, 10], [10, 10], [20, 10], [1.5]])
def test_looks_must_ascend(looks):
    with pytest.raises(MisuseError):
        bayesian_boundary(looks, 0.2, 0.9, UNIFORM)


def test_impossible_rules_and_outcomes_are_refused():
    for wrong in (lambda: bayesian_boundary([10], 1, 0.9, UNIFORM), lambda: bayesian_boundary([10], 0.2, 1, UNIFORM),
                  lambda: repeated_test_boundary([10], 0.2, 0.1, 0.6), lambda: repeated_test_boundary([10], 0.2, 0),
                  lambda: operating_characteristics(BOUNDARY, [1.2]), lambda: operating_characteristics(BOUNDARY, [.2], 99),
                  lambda: judge_looks(BOUNDARY, [0, 1, 2]), lambda: judge_looks(BOUNDARY, [True, None])):
        with pytest.raises(MisuseError):
            wrong()
