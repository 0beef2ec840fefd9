"""Predictive probability of success by simulation."""

import time as clock

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom, gamma

from heroes.errors import MisuseError
from heroes.statistics.interim import predictive_probability
from heroes.statistics.predictive import simulate_success

YEAR = 365.25


def near(found, value, errors=4.5):
    assert abs(found.probability - value) <= errors * found.std_error


def test_before_any_data_every_number_of_successes_is_equally_probable():
    found = simulate_success([], [], milestone=YEAR, n_planned=170, r=145, chance=1)
    near(found, 26 / 171)  # 145 … 170 of 0 … 170
    assert (found.n_future, found.n_partly, found.events, found.exposure) == (170, 0, (0,) * 4, (0,) * 4)
    assert found.edges == (0, 91.3125, 182.625, 273.9375, 365.25)


def test_with_only_future_patients_left_it_is_close_to_the_closed_form():
    spread = np.random.default_rng(8).uniform(1, YEAR, 8)
    time, event = np.concatenate((np.full(52, 400.0), spread)), np.repeat([0, 1], [52, 8])
    found = simulate_success(time, event, milestone=YEAR, n_planned=170, r=145, chance=3, n_draws=20_000)
    assert (found.n_successes, found.n_failures, found.n_future) == (52, 8, 110)
    # hazards learn from the times as well, so the two differ a little beyond chance
    assert found.probability == pytest.approx(predictive_probability(52, 60, 170, 145).probability, abs=0.03)


def test_partly_followed_patients_equal_the_integral_over_one_hazard():
    time, event = [400, 380, 100, 200, 300, 300], [0, 0, 1, 0, 0, 0]
    found = simulate_success(time, event, milestone=YEAR, n_planned=8, r=6, chance=5, cuts=(), n_draws=40_000)
    # events 1 + 1; exposure 365.25 (prior) + 2 · 365.25 + 100 + 200 + 300 + 300
    posterior = gamma(2, scale=1 / (3 * YEAR + 900))

    def success(hazard):  # 2 known; of three partly followed and two future patients at least 4 of 5
        p = [np.exp(-hazard * left) for left in (YEAR - 200, YEAR - 300, YEAR - 300)]
        mass = np.ones(1)
        for each in p:
            mass = np.convolve(mass, [1 - each, each])
        return sum(mass[y] * binom.sf(6 - 2 - y - 1, 2, np.exp(-hazard * YEAR)) for y in range(4))

    value = quad(lambda hazard: posterior.pdf(hazard) * success(hazard), 0, 0.05, epsabs=1e-10, limit=200)[0]
    near(found, value)
    assert (found.n_successes, found.n_failures, found.n_partly, found.n_future) == (2, 1, 3, 2)
    assert (found.events, found.exposure) == ((1,), (2 * YEAR + 900,))


def test_events_and_exposure_fall_into_their_intervals():
    found = simulate_success([50, 100, 150, 400], [1, 1, 0, 1], milestone=300, n_planned=4, r=2, chance=1, cuts=[100, 200])
    assert found.edges == (0, 100, 200, 300)
    assert found.events == (2, 0, 0)  # day 100 ends the first interval; day 400 is after the milestone
    assert found.exposure == (50 + 100 + 100 + 100, 50 + 100, 100)
    assert (found.n_successes, found.n_failures, found.n_partly) == (1, 2, 1)


def test_the_same_seed_gives_the_same_answer():
    time, event = np.linspace(10, 390, 60), np.arange(60) % 9 == 0
    ask = dict(milestone=YEAR, n_planned=100, r=80, n_draws=2000)
    first = simulate_success(time, event, chance=11, **ask)
    assert simulate_success(time, event, chance=11, **ask) == first
    assert simulate_success(time, event, chance=np.random.default_rng(11), **ask) == first
    assert simulate_success(time, event, chance=12, **ask).probability != first.probability


def test_longer_follow_up_without_event_raises_the_probability():
    event = np.arange(80) % 10 == 0
    short = simulate_success(np.full(80, 90), event, milestone=YEAR, n_planned=80, r=66, chance=2)
    long = simulate_success(np.where(event, 90, 300), event, milestone=YEAR, n_planned=80, r=66, chance=2)
    assert long.probability > short.probability


def test_the_lost_count_as_failures():
    time, event = [400] * 6 + [200] * 4, [0] * 10
    ask = dict(milestone=YEAR, n_planned=10, r=9, chance=4)
    followed = simulate_success(time, event, **ask)
    lost = simulate_success(time, event, lost=[False] * 8 + [True] * 2, **ask)
    assert followed.n_partly == 4 and followed.probability > 0.5
    assert (lost.n_partly, lost.n_lost, lost.probability, lost.std_error) == (2, 2, 0, 0)  # 8 of 10 at most
    assert simulate_success([400] * 9 + [100], [0] * 10, lost=[True] * 10, **ask).n_successes == 9


def test_who_is_left_out_of_the_final_test_still_tells_of_the_hazards():
    time, event, ask = np.array([400] * 6 + [200] * 4), np.zeros(10), dict(milestone=YEAR, chance=4, cuts=())
    out = np.repeat([False, True], [8, 2])
    kept = simulate_success(time, event, left_out=out, lost=out, n_planned=20, r=17, **ask)
    dropped = simulate_success(time[~out], event[~out], n_planned=20, r=17, **ask)
    assert kept.exposure == (6 * YEAR + 4 * 200,) and dropped.exposure == (6 * YEAR + 2 * 200,)
    of_each = [(found.n_successes, found.n_lost, found.n_partly, found.n_future) for found in (kept, dropped)]
    assert of_each == [(6, 0, 2, 12)] * 2 and (kept.n_left_out, dropped.n_left_out) == (2, 0)
    assert kept.probability > dropped.probability + 3 * kept.std_error  # longer free of the event: a lower hazard


def test_a_decided_trial_is_certain():
    done = simulate_success([400] * 9 + [100], [0] * 9 + [1], milestone=YEAR, n_planned=10, r=9, chance=4)
    assert (done.probability, done.std_error, done.reason) == (1, 0, None)
    failed = simulate_success([400] * 8 + [100] * 2, [0] * 8 + [1] * 2, milestone=YEAR, n_planned=10, r=9, chance=4)
    assert (failed.probability, failed.std_error) == (0, 0)


def test_draws_that_all_agree_are_not_called_certain():
    time, event = [400] * 5 + [365] * 5, [0] * 10
    found = simulate_success(time, event, milestone=YEAR, n_planned=10, r=1 + 5, chance=4, n_draws=100)
    assert (found.probability, found.std_error) == (1, None)
    assert found.reason == "All 100 simulated trials ended alike: the probability is within about 0.03 of this."


def test_a_prior_of_ones_own():
    sure = simulate_success([], [], milestone=YEAR, n_planned=100, r=80, chance=4, prior_events=1e4, prior_exposure=1e4 * YEAR / 0.1)
    assert sure.probability == pytest.approx(binom.sf(79, 100, np.exp(-0.1)), abs=0.01)  # survival e^(−0.1) for certain


def test_fifty_thousand_trials_of_170_patients_are_quick():
    chance = np.random.default_rng(1)
    time, event = chance.uniform(0, YEAR, 170), chance.random(170) < 0.05
    simulate_success(time, event, milestone=YEAR, n_planned=170, r=145, chance=1)
    start = clock.perf_counter()
    found = simulate_success(time, event, milestone=YEAR, n_planned=170, r=145, chance=1)
    assert clock.perf_counter() - start < 1
    assert 0 < found.probability < 1 and found.std_error < 0.003 and found.n_draws == 50_000


@pytest.mark.parametrize("wrong", [
    {"cuts": [200, 100]}, {"cuts": [0]}, {"cuts": [400]}, {"n_planned": 1}, {"n_draws": 1}, {"prior_events": 0}, {"lost": [True]},
    {"left_out": [True]}, {"prior_exposure": float("inf")}, {"milestone": 0}, {"r": 1.5},
])
def test_impossible_questions_are_refused(wrong):
    with pytest.raises(MisuseError):
        simulate_success([10, 20], [0, 1], **({"milestone": YEAR, "n_planned": 10, "r": 5, "chance": 1} | wrong))
