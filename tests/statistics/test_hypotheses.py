"""What the data say of the protocol's hypotheses: numbers of the underlying methods, and the two conventions for the lost."""

import numpy as np
import pandas as pd
import pytest

from heroes.protocol import read_protocol
from heroes.statistics.complete_cases import LOST_AS_FAILURES, LOST_LEFT_OUT
from heroes.statistics.hypotheses import (
    NEEDS, Method, design_trial, entries_not_set, estimate_beliefs, judge_power, posterior_density, predict_success, run_tests)
from heroes.statistics.readout import judge_standing, read_patients


def with_values(**sections):
    """The packaged protocol with other values: hypotheses={"p0": 0.8}, …"""
    protocol = read_protocol()
    return protocol.model_copy(update={
        section: getattr(protocol, section).model_copy(update=values) for section, values in sections.items()})


SET = with_values(hypotheses={"p0": 0.8, "p1": 0.88, "alpha": 0.05, "power": 0.8})


def standing(*kinds, n_planned=170, protocol=SET):
    """kinds: (how many, time, event, potential, has_left)."""
    rows = [kind[1:] for kind in kinds for _ in range(kind[0])]
    frame = pd.DataFrame(rows, columns=["time_days", "event", "potential_days", "has_left"]).assign(subject_id=range(len(rows)))
    frame["event"] = frame.event.astype(bool)
    return judge_standing(read_patients(frame, frame[["subject_id", "potential_days", "has_left"]]), protocol, n_planned)


FIFTY_TWO_OF_SIXTY = standing((52, 400, False, 500, False), (8, 200, True, 500, False))


def by_method(tests):
    return {row.method: row for row in tests.rows}


@pytest.mark.parametrize("panel", NEEDS)
def test_with_the_packaged_protocol_every_panel_is_off_and_names_its_entries(panel):
    missing = entries_not_set(panel, read_protocol(), 170)
    assert missing and set(missing) <= set(NEEDS[panel])


def test_a_panel_is_on_once_its_own_entries_are_set():
    only_p0 = with_values(hypotheses={"p0": 0.8})
    assert entries_not_set("posterior", only_p0, 170) == ()
    assert entries_not_set("tests", only_p0, 170) == ("hypotheses.alpha",)
    assert entries_not_set("power", SET, None) == ("accrual.planned_inclusions",)


def test_the_design_is_ahern_s():
    # clinfun::ph2single(.8, .88, .05, .2): n 135, reject at 116; n 170: reject at 145
    design = design_trial(SET, 170)
    assert (design.smallest.n, design.smallest.r, design.rule.r) == (135, 116, 145)
    assert design.power == pytest.approx(0.8836, abs=5e-5)  # R 4.2.2: 1 - pbinom(144, 170, .88)
    assert design_trial(SET, None).rule is None


def test_the_posterior_and_prediction_are_those_of_the_published_example():
    # 52 of 60, N 170, p0 .80, r 145: Beta(1, 1) .885174 and .629397; Jeffreys .906381 and .668480
    beliefs = estimate_beliefs(FIFTY_TWO_OF_SIXTY, SET)
    assert [(belief.convention, belief.is_protocol) for belief in beliefs] == [
        (LOST_AS_FAILURES, True), (LOST_AS_FAILURES, False), (LOST_LEFT_OUT, True), (LOST_LEFT_OUT, False), (None, True), (None, False)]
    assert beliefs[0].posterior.above == pytest.approx(0.885174, abs=5e-7)
    assert beliefs[1].posterior.above == pytest.approx(0.906381, abs=5e-7)
    outlook = predict_success(FIFTY_TWO_OF_SIXTY, SET, 1).outlooks[0]
    assert outlook.protocol_prior.probability == pytest.approx(0.629397, abs=5e-7)
    assert outlook.jeffreys.probability == pytest.approx(0.668480, abs=5e-7)


def test_nobody_censored_the_simulation_agrees_with_the_closed_form():
    simulated = predict_success(FIFTY_TWO_OF_SIXTY, SET, 1).outlooks[0].simulated
    assert (simulated.n_successes, simulated.n_failures, simulated.n_future) == (52, 8, 110)
    assert simulated.probability == pytest.approx(0.629, abs=0.04)  # another prior: hazards by quarter instead of one rate


def test_the_same_seed_gives_the_same_number():
    first, second = (predict_success(FIFTY_TWO_OF_SIXTY, SET, 7).outlooks[1].simulated.probability for _ in range(2))
    assert first == second


def test_conditional_power_is_that_of_the_published_example():
    drifts = {drift.rate: drift for drift in judge_power(FIFTY_TWO_OF_SIXTY, SET).drifts}
    assert drifts[None].by_count.probability == pytest.approx(0.790405, abs=5e-7)
    assert drifts[0.8].by_count.probability == pytest.approx(0.140627, abs=5e-7)
    assert drifts[0.8].by_z.drift == 0


@pytest.mark.parametrize(("n", "drift"), [(170, 2.88054794), (300, 3.82658420)])
def test_the_drift_at_p1_is_the_z_to_be_expected_of_the_patients_of_the_final_test(n, drift):
    # R 4.2.2: (log(-log(.75)) - log(-log(.85))) * sqrt(n * .85 * log(.85)^2 / .15)
    some = standing((52, 400, False, 500, False), (8, 200, True, 500, False), n_planned=n, protocol=with_values(
        hypotheses={"p0": 0.75, "p1": 0.85, "alpha": 0.05, "power": 0.8}))
    for power in (0.8, 0.9):  # whatever power was planned for
        found = judge_power(some, with_values(hypotheses={"p0": 0.75, "p1": 0.85, "alpha": 0.05, "power": power}))
        assert found.drift == found.drifts[1].by_z.drift == pytest.approx(drift, abs=5e-9)


def test_conditional_power_needs_no_planned_power():
    unset = with_values(hypotheses={"p0": 0.8, "p1": 0.88, "alpha": 0.05})
    assert entries_not_set("power", unset, 170) == ()
    assert judge_power(FIFTY_TWO_OF_SIXTY, unset).drifts[1].by_z.probability is not None


def test_with_everybody_followed_the_fraction_is_that_of_the_patients():
    # 60 fully followed of 170: n_eff is 60
    assert judge_power(FIFTY_TWO_OF_SIXTY, SET).information.effective == pytest.approx(60 / 170)


def test_the_lost_move_the_exact_test_and_the_final_test():
    some = standing((50, 400, False, 500, False), (8, 200, True, 500, False), (4, 250, False, 500, True))
    rows = by_method(run_tests(some, SET))
    assert (rows[Method.EXACT_LOST_FAILED].n, rows[Method.EXACT_LOST_OUT].n) == (62, 58)
    assert rows[Method.EXACT_LOST_OUT].p < rows[Method.EXACT_LOST_FAILED].p
    cautious, other = predict_success(some, SET, 1).outlooks
    assert (cautious.rule.n, other.rule.n) == (170, 166)
    assert (cautious.simulated.n_lost, other.simulated.n_lost) == (4, 0)
    assert cautious.simulated.probability < other.simulated.probability
    assert other.simulated.n_left_out == 4
    assert cautious.simulated.exposure == other.simulated.exposure  # the hazards learn from the lost as well
    assert cautious.simulated.events == other.simulated.events


def test_who_left_before_enough_time_is_lost_to_the_simulation_alone():
    some = standing((50, 400, False, 500, False), (8, 200, True, 500, False), (4, 50, False, 100, True))
    outlook = predict_success(some, SET, 1).outlooks[0]
    assert outlook.n == 58 and outlook.simulated.n_lost == 4


def test_a_scan_in_the_window_before_the_milestone_is_a_success_of_the_simulation():
    some = standing((50, 355, False, 500, False), (8, 200, True, 500, False))
    assert predict_success(some, SET, 1).outlooks[0].simulated.n_successes == 50


def test_the_first_day_of_the_window_is_enough_for_the_simulation_too():
    some = standing((10, 351, False, 379, False), (1, 350, False, 379, False), (8, 200, True, 500, False))
    outlook = predict_success(some, SET, 1).outlooks[0]
    assert (outlook.x, outlook.simulated.n_successes, outlook.simulated.n_lost) == (10, 10, 1)


def test_every_one_sided_p_agrees_with_its_interval():
    # Where the lower limit of the 90 % interval is p0, p is 5 %: move p0 to the limit and test again.
    some = standing((30, 400, False, 500, False), (8, 200, True, 500, False), (10, 300, False, 310, False))
    for method in (Method.EXACT_LOST_FAILED, Method.CLOGLOG, Method.NELSON_AALEN):
        lower = by_method(run_tests(some, SET))[method].lower
        at_limit = with_values(hypotheses={"p0": lower, "p1": 0.99, "alpha": 0.05, "power": 0.8})
        assert by_method(run_tests(some, at_limit))[method].p == pytest.approx(0.05, abs=1e-9)


def test_all_tests_point_the_same_way():
    rows = by_method(run_tests(FIFTY_TWO_OF_SIXTY, SET))
    assert rows[Method.CLOGLOG].statistic > 0 and rows[Method.NELSON_AALEN].statistic > 0
    assert rows[Method.LOGRANK].statistic < 0 and rows[Method.LOGRANK_WU].statistic < 0
    assert all(row.p < 0.5 for row in rows.values())


def test_without_an_event_what_does_not_exist_has_a_reason():
    some = standing((20, 400, False, 500, False))
    rows = by_method(run_tests(some, SET))
    assert rows[Method.CLOGLOG].p is None and "without an event" in rows[Method.CLOGLOG].reason
    assert rows[Method.CLOGLOG].lower is None
    assert rows[Method.EXACT_LOST_FAILED].p == pytest.approx(0.8**20)
    power = judge_power(some, SET)
    assert power.z is None and all(drift.by_z is None and drift.by_count is not None for drift in power.drifts)
    assert "number at risk" in estimate_beliefs(some, SET)[-1].posterior.reason


def test_nobody_followed_long_enough_gives_reasons_and_no_prior_in_disguise():
    some = standing((20, 100, False, 110, False))
    assert by_method(run_tests(some, SET))[Method.EXACT_LOST_FAILED].p is None
    outlook = predict_success(some, SET, 1).outlooks[0]
    assert outlook.protocol_prior is None and "reaches" in outlook.reason
    assert all(drift.by_count is None for drift in judge_power(some, SET).drifts)


def test_counts_alone_give_what_the_curve_gives():
    frame = pd.DataFrame({"time_days": [400.0] * 52 + [200.0] * 8, "event": [False] * 52 + [True] * 8})
    pooled = judge_standing(read_patients(frame), SET, 170)
    tests = run_tests(pooled, SET)
    assert not tests.is_counted and Method.EXACT_LOST_FAILED not in by_method(tests)
    whole = by_method(run_tests(FIFTY_TWO_OF_SIXTY, SET))
    assert all(row == whole[row.method] for row in tests.rows)
    assert [belief.convention for belief in estimate_beliefs(pooled, SET)] == [None, None]


def test_jeffreys_prior_of_the_protocol_is_not_shown_twice():
    jeffreys = SET.model_copy(update={"interim": SET.interim.model_copy(update={"prior": (0.5, 0.5)})})
    assert all(belief.is_protocol for belief in estimate_beliefs(FIFTY_TWO_OF_SIXTY, jeffreys))


def test_a_density_integrates_to_one():
    rates = np.linspace(0, 1, 20_001)[1:-1]
    assert posterior_density(estimate_beliefs(FIFTY_TWO_OF_SIXTY, SET)[0].posterior, rates).sum() / 20_000 == pytest.approx(1, abs=1e-6)
