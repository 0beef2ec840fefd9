"""The protocol's failure rule, applied in the order of inclusion."""

import numpy as np
import pandas as pd
import pytest

from heroes.statistics.failure_rule import judge_failures
from heroes.statistics.readout import judge_standing, read_patients
from tests.statistics.test_hypotheses import with_values

RULE = with_values(interim={
    "failure_limit": 0.2, "failure_prior": (0.3, 1.7), "failure_certainty": 0.9, "failure_looks": [20, 40, 60, 80, 100]})


def standing(time, event, potential, n_planned=170):
    n = len(time)
    frame = pd.DataFrame({"subject_id": range(n), "time_days": time, "event": event, "potential_days": potential, "has_left": False})
    return judge_standing(read_patients(frame, frame[["subject_id", "potential_days", "has_left"]]), RULE, n_planned)


def failures(*failed_at, n):
    """n patients counted; those at the places named (from 0) progressed on day 100."""
    time, event = np.full(n, 400.0), np.zeros(n, bool)
    time[list(failed_at)], event[list(failed_at)] = 100.0, True
    return standing(time, event, np.full(n, 500.0))


def test_the_boundary_and_what_it_does_are_the_published_ones():
    # f0 .20, Beta(.3, 1.7), .90: stop at 7/12/17/22/26; P(stop) .003/.033/.196/.571/.886 at .10/.15/.20/.25/.30
    rule = judge_failures(failures(n=10), RULE)
    assert rule.boundary.stop_at == (7, 12, 17, 22, 26)
    assert [row.failure_rate for row in rule.characteristics] == [0.1, 0.15, 0.2, 0.25, 0.3]
    assert [row.overall for row in rule.characteristics] == pytest.approx([0.003, 0.033, 0.196, 0.571, 0.886], abs=5e-4)


def test_seven_failures_among_the_first_twenty_stop_and_the_same_seven_later_do_not():
    assert judge_failures(failures(*range(7), n=30), RULE).lost_failed.crossed_at == 20
    late = judge_failures(failures(*range(18, 25), n=30), RULE).lost_failed
    assert late.is_crossed is False and late.looks[0].failures == 2 and late.n_failures == 7


def test_early_failures_of_late_entrants_are_not_counted():
    time, event = np.r_[np.full(20, 400.0), np.full(10, 50.0)], np.r_[np.zeros(20, bool), np.ones(10, bool)]
    rule = judge_failures(standing(time, event, np.r_[np.full(20, 500.0), np.full(10, 100.0)]), RULE)
    assert (rule.lost_failed.n, rule.lost_failed.n_failures) == (20, 0)


def test_the_lost_count_or_are_left_out():
    time = np.r_[np.full(8, 100.0), np.full(20, 400.0)]
    rule = judge_failures(standing(time, np.zeros(28, bool), np.full(28, 500.0)), RULE)
    assert rule.lost_failed.crossed_at == 20 and rule.path_failed[:10].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 8, 8]
    assert rule.lost_out.is_crossed is False and rule.lost_out.n == 20 and rule.path_out[-1] == 0


def test_without_the_order_of_inclusion_nothing_is_said_of_the_data():
    rule = judge_failures(standing(np.full(30, 400.0), np.zeros(30, bool), [None] * 30), RULE)
    assert rule.lost_failed is None and rule.lost_out is None and rule.boundary.stop_at[0] == 7


def test_operating_characteristics_go_on_to_the_planned_size_or_to_the_last_look():
    planned = judge_failures(failures(n=10), RULE)
    unplanned = judge_failures(standing(np.full(10, 400.0), np.zeros(10, bool), np.full(10, 500.0), n_planned=None), RULE)
    assert planned.characteristics[0].expected_n > 160 and unplanned.characteristics[0].expected_n <= 100
