"""Who counts at the milestone of an interim look, and how patients are taken from the answers of the store."""

import numpy as np
import pandas as pd
import pytest

from heroes.protocol import read_protocol
from heroes.statistics.complete_cases import Outcome, count_complete_cases, sort_outcomes
from heroes.statistics.readout import Patients, judge_standing, read_patients

PROTOCOL = read_protocol()


def patients(*rows) -> Patients:
    """(time, event, potential[, has_left]) per patient."""
    time, event, potential = ([row[at] for row in rows] for at in range(3))
    has_left = np.array([bool(row[3:] and row[3]) for row in rows])
    return Patients(np.array(time, float), np.array(event, bool), np.array(potential, float), has_left, False)


def kinds_of(some: Patients) -> np.ndarray:
    return sort_outcomes(some.time, some.event, some.potential, milestone=365.25, window_before=14, window_after=14)


def told(time: float, event: bool, potential: float) -> Outcome:
    """The rule said again, one patient at a time: month 12 is day 365, its window days 351 to 379."""
    has_failed = event and time <= 365.25
    if np.isnan(potential):
        return Outcome.UNKNOWN
    if potential < 379:
        return Outcome.EARLY_EVENT if has_failed else Outcome.TOO_EARLY
    if has_failed:
        return Outcome.EVENT
    return Outcome.EVENT_FREE if event or time >= 351 else Outcome.LOST


def test_each_patient_is_in_one_kind():
    some = patients(
        (400, 0, 500), (360, 0, 500), (390, 1, 500),  # event-free at 12 months: followed on, scanned in the window, event later
        (365, 1, 500),  # event by 12 months
        (200, 0, 500),  # there was time, but nobody looked
        (100, 1, 200), (100, 0, 200), (370, 0, 378),  # included too recently: 365 + 14 days are needed
        (100, 0, np.nan),
        (351, 0, 379), (350, 0, 379),  # the first day of the window is in it, the day before is not; it closes on day 379
    )
    assert [kind.name for kind in kinds_of(some)] == [
        "EVENT_FREE", "EVENT_FREE", "EVENT_FREE", "EVENT", "LOST", "EARLY_EVENT", "TOO_EARLY", "TOO_EARLY", "UNKNOWN",
        "EVENT_FREE", "LOST"]


@pytest.mark.parametrize("seed", range(5))
def test_the_kinds_are_those_that_the_complete_cases_count(seed):
    chance = np.random.default_rng(seed)
    potential = chance.integers(0, 800, 300).astype(float)
    some = patients(*zip(np.minimum(chance.integers(0, 800, 300), potential), chance.random(300) < 0.3, potential, strict=True))
    some.potential[chance.random(300) < 0.1] = np.nan
    cases = count_complete_cases(some.time, some.event, some.potential, milestone=365.25, window_before=14, window_after=14)
    kinds = np.array([told(*row) for row in zip(some.time, some.event, some.potential, strict=True)], dtype=object)
    assert (kinds_of(some) == kinds).all()
    found = [int((kinds == kind).sum()) for kind in (Outcome.EVENT_FREE, Outcome.EVENT, Outcome.LOST, Outcome.UNKNOWN)]
    assert found == [cases.n_successes, cases.n_failures, cases.n_lost, cases.n_unknown]
    assert ((kinds == Outcome.EARLY_EVENT) | (kinds == Outcome.TOO_EARLY)).sum() == cases.n_excluded


def test_patients_keep_the_order_of_inclusion():
    times = pd.DataFrame({"subject_id": ["A", "B"], "time_days": [10, 20], "event": [True, False]})
    follow_up = pd.DataFrame({"subject_id": ["B", "A"], "potential_days": [400, 300], "has_left": [False, True]})
    read = read_patients(times, follow_up)
    assert read.time.tolist() == [20, 10] and read.potential.tolist() == [400, 300] and read.has_left.tolist() == [False, True]
    assert read.is_ordered and not read.is_pooled


def test_each_patient_keeps_the_own_milestone_scan():
    times = pd.DataFrame({"subject_id": ["A", "B"], "time_days": [380, 456], "event": [False, False]})
    follow_up = pd.DataFrame({"subject_id": ["B", "A"], "potential_days": [500, 400], "has_left": [False, False]})
    scans = pd.DataFrame({"subject_id": ["A", "B"], "is_due": [True, True], "has_scan": [True, False]})
    read = read_patients(times, follow_up, scans)
    assert read.has_scan.tolist() == [False, True]
    missing = judge_standing(read, PROTOCOL, 170).maturity.missing
    assert (missing.count, missing.total) == (1, 2)
    incomplete = judge_standing(read_patients(times, follow_up, scans[:1]), PROTOCOL, 170).maturity.missing
    assert incomplete.count is None and "not known for 1 of 2" in incomplete.reason


def test_the_lost_are_told_by_whether_they_are_still_on_study():
    some = patients((200, 0, 500, 1), (200, 0, 500), (300, 0, 500), (400, 0, 500), (100, 1, 500))
    standing = judge_standing(some, PROTOCOL, 170)
    assert standing.outcomes[Outcome.LOST] == 3 and standing.n_lost_on_study == 2


def test_those_not_counted_of_whom_nothing_is_open_any_more():
    some = patients(
        (100, 1, 200), (50, 1, 200),  # had the event
        (100, 0, 200, 1),  # left
        (360, 0, 370, 1), (370, 1, 375),  # event-free at 12 months though not counted yet
        (100, 0, 200), (100, 1, 500), (100, 0, 500, 1))  # open; counted
    standing = judge_standing(some, PROTOCOL, 170)
    assert (standing.n_open_events, standing.n_open_left) == (2, 1)


def test_counts_spread_to_rows_know_no_order_and_no_calendar():
    read = read_patients(pd.DataFrame({"time_days": [10, 20], "event": [True, False]}))
    assert read.is_pooled and not read.is_ordered and np.isnan(read.potential).all()
    standing = judge_standing(read, PROTOCOL, 170)
    assert standing.outcomes[Outcome.UNKNOWN] == 2 and standing.cases.n_with_lost == 0 and standing.cases.reason


def test_more_patients_than_planned_are_all_in_the_final_test():
    read = read_patients(pd.DataFrame({"time_days": [10, 20, 30], "event": [True, False, False]}))
    assert judge_standing(read, PROTOCOL, 2).n_final == 3
    assert judge_standing(read, PROTOCOL, 170).n_final == 170
    assert judge_standing(read, PROTOCOL, None).n_final is None
