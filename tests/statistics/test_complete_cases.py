"""Who counts at the milestone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.complete_cases import LOST_LEFT_OUT, count_complete_cases, milestone_window

PATIENTS = [  # day, event, potential follow-up
    (400, 0, 400),  # event-free at a year: success
    (380, 1, 500),  # event after a year: success
    (100, 1, 450),  # early event, long enough ago: failure
    (200, 0, 600),  # lost
    (90, 1, 120),   # early event of a late entrant: not counted, however well known
    (110, 0, 120),  # late entrant still followed: not counted
]


def split(patients):
    return tuple(np.array(column) for column in zip(*patients))


def counts(found):
    return found.n_successes, found.n_failures, found.n_lost, found.n_excluded, found.n_unknown


def test_early_failures_of_late_entrants_do_not_count():
    found = count_complete_cases(*split(PATIENTS), milestone=365.25)
    assert counts(found) == (2, 1, 1, 2, 0)
    assert (found.x, found.n, found.n_with_lost) == (2, 3, 4)
    assert found.reason is None


def test_the_window_must_have_closed():
    found = count_complete_cases([370, 370], [0, 0], [378, 379], milestone=365.25, window_after=14)
    assert counts(found) == (1, 0, 0, 1, 0)


def test_the_window_is_of_whole_days_around_the_planned_one():
    assert milestone_window(365.25, 14, 14) == (351, 379)
    assert milestone_window(365.25) == (365, 365) and milestone_window(12 - 1e-12) == (12, 12)


def test_its_first_and_its_last_day_are_in_it():
    found = count_complete_cases([350, 351], [0, 0], [379, 379], milestone=365.25, window_before=14, window_after=14)
    assert counts(found) == (1, 0, 1, 0, 0)


def test_without_a_window_the_planned_day_is_the_milestone():
    assert counts(count_complete_cases([365, 365, 364], [0, 1, 0], [365, 365, 365], milestone=365.25)) == (1, 1, 1, 0, 0)


def test_a_late_progression_after_missed_scans_is_a_success_as_on_the_curve():
    assert counts(count_complete_cases([700], [1], [800], milestone=365.25, window_before=14, window_after=14)) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize("rate", [0.6, 0.85])
def test_leaving_the_lost_out_is_biased_downwards_as_the_sentence_says(rate):
    # Constant hazards, the lost fare as the others: of the patients with a known outcome fewer than `rate` are event-free.
    chance, n, year = np.random.default_rng(1), 200_000, 365.25
    event, lost = chance.exponential(-year / np.log(rate), n), chance.exponential(1500, n)
    cases = count_complete_cases(np.minimum(event, lost), event <= lost, np.full(n, 900), milestone=year)
    assert cases.n_lost > 0 and cases.x / cases.n < rate - 0.005
    assert "slightly too low even if they would have fared as the others" in LOST_LEFT_OUT


def test_a_clean_scan_at_the_beginning_of_the_window_is_the_milestone_scan():
    assert counts(count_complete_cases([358], [0], [450], milestone=365.25)) == (0, 0, 1, 0, 0)
    assert counts(count_complete_cases([358], [0], [450], milestone=365.25, window_before=14)) == (1, 0, 0, 0, 0)
    assert counts(count_complete_cases([350], [0], [450], milestone=365.25, window_before=14)) == (0, 0, 1, 0, 0)
    assert counts(count_complete_cases([358], [1], [450], milestone=365.25, window_before=14)) == (0, 1, 0, 0, 0)


def test_an_event_on_the_very_day_has_happened_and_follow_up_to_it_is_enough():
    assert counts(count_complete_cases([365, 365], [1, 0], [365, 365], milestone=365)) == (1, 1, 0, 0, 0)
    assert counts(count_complete_cases([12 + 1e-12] * 2, [1, 0], [12 - 1e-12] * 2, milestone=12)) == (1, 1, 0, 0, 0)


def test_unknown_potential_follow_up_is_counted_apart():
    found = count_complete_cases([400, 400, 100], [0, 0, 1], pd.array([500, None, None], dtype="Int64"), milestone=365.25)
    assert counts(found) == (1, 0, 0, 0, 2)
    nobody = count_complete_cases([400, 100], [0, 1], [np.nan, None], milestone=365.25)
    assert nobody.n == 0
    assert nobody.reason == "The time from the origin to the data cut is not known for 2 of 2 patients."


def test_nobody_ready_and_nobody_at_all_say_so():
    assert "reaches 379 yet" in count_complete_cases([10], [0], [10], milestone=365.25, window_after=14).reason
    assert count_complete_cases([], [], [], milestone=365.25).reason == "There are no patients yet."


def test_impossible_columns_are_refused():
    with pytest.raises(MisuseError, match="equally long"):
        count_complete_cases([1, 2], [0, 1], [3], milestone=1)
    with pytest.raises(OutsideStudyError, match="negative or infinite"):
        count_complete_cases([1], [0], [-3], milestone=1)


@given(st.lists(st.tuples(st.integers(0, 800), st.booleans(), st.one_of(st.none(), st.integers(0, 800))), max_size=50))
@settings(max_examples=100, deadline=None)
def test_every_patient_is_counted_once(patients):
    time, event, potential = ([row[part] for row in patients] for part in range(3))
    found = count_complete_cases(time, np.array(event, dtype=bool), potential, milestone=365.25, window_before=14, window_after=14)
    assert sum(counts(found)) == len(patients)
    assert (found.reason is None) == (found.n_with_lost > 0)
