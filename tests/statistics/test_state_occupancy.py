"""The share of patients in each state over time.

A way is told in one word: "O5R9P12D" is off therapy from 0, resumed at 5, progressed at 9, dead at 12; "O12." is off therapy
and last seen at 12. Values of R: survival 3.5-3, survfit(Surv(t1, t2, state) ~ 1, id = id, istate = state, influence = TRUE) with
first spells beginning at −1, so that all are at risk at 0; times in states from its influence.pstate.
"""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.competing_risks import estimate_incidence, incidence_at
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.state_occupancy import (
    count_in_states, estimate_occupancy, estimate_time_in_states, occupancy_at, occupancy_reliable_until,
)
from heroes.statistics.survival import count_at_risk, estimate_survival

STEPS = (
    "O2R12D O1R9P13D O4. O6P12D O8P11. O10R18D O0R12P16D O1. O6P6. O6. O2P6. O3R7P16D O7. O10R10. O5. O10P12D O11D O5R12. "
    "O7. O7P9D O12R13D O4. O12R23D O4. O12P20D O0D O5R8D O5. O1R5D O12R14. O7D O1. O2P12D O1P10D O1P5. O12P12."
)
TWO_BEGINNINGS = (
    "O3D O8D O5P12D N3O6P9D O10P16D O8R12. O5. N1R6D N8O16P19D N0R1P5. O0R12P16. O1P4D O4D N6P9. N11O14R18. O6P10D O3. N0D "
    "O4R7. N9P16. N2P7D N5R6. O4R14P24. O7R16. N6O9R15P15. N9P19D O0R10P13. O6. N9O17R19P19. O8R9D"
)
BACK_AND_FORTH = (
    "O4R7O10P13D O9R20O24. O7D O5P6. O9D O3D O6D O1R7. O4. O3D O1D O2D O0. O5P9D O8R8. O2D O9P14. O11D O5. O10P20D O7D O11D O11. "
    "O4P6D O10D O5P16D O12D O12D O3R4O13P20. O1R10P19."
)
FROM_R = {
    "several steps, ties": (STEPS, "ORPD", {
        0: ([0.944444444444, 0.027777777778, 0, 0.027777777778], [0.038176903941, 0.027389258255, 0, 0.027389258255], [36, 0, 0]),
        4: ([0.714285714286, 0.142857142857, 0.115079365079, 0.027777777778],
            [0.076625036232, 0.059253923303, 0.054207449413, 0.027389258255], [24, 5, 4]),
        9: ([0.439890241811, 0.091156462585, 0.289637601072, 0.179315694532],
            [0.095750150292, 0.050421146844, 0.088534588204, 0.075745015406], [9, 4, 6]),
        20: ([0, 0.090406877037, 0, 0.909593122963], [0, 0.077231825541, 0, 0.077231825541], [0, 1, 1]),
    }, [7.073074467882, 2.762145810705, 3.129471722551, 5.035307998861],
        [0.751227110133, 0.726348180106, 0.698560106258, 0.835527728640]),
    "two beginnings": (TWO_BEGINNINGS, "NORPD", {
        0: ([0.366666666667, 0.5, 0.1, 0, 0.033333333333], [0.087981479533, 0.091287092918, 0.054772255751, 0, 0.032773069342],
            [13, 17, 0, 0]),
        4: ([0.266666666667, 0.358974358974, 0.171794871795, 0.066666666667, 0.135897435897],
            [0.080737342776, 0.088785151625, 0.069989149829, 0.045542003404, 0.063239822152], [8, 13, 3, 3]),
        9: ([0.033333333333, 0.116809116809, 0.299038461538, 0.196666666667, 0.354152421652],
            [0.032773069342, 0.062300485404, 0.090861436634, 0.077135728146, 0.096602101383], [4, 3, 6, 4]),
        15: ([0, 0.074137385248, 0.113316450353, 0.361971852907, 0.450574311491],
             [0, 0.050089166013, 0.070666678142, 0.101753113268, 0.101303611483], [0, 2, 3, 5]),
    }, [2.3, 3.926250395695, 3.216650838873, 3.466748770708, 5.090349994724],
        [0.650042733638, 0.650372154098, 0.827770084813, 0.711548377345, 1.130245274350]),
    "back and forth": (BACK_AND_FORTH, "ORPD", {
        3: ([0.724137931034, 0.103448275862, 0, 0.172413793103], [0.082996092112, 0.056552304165, 0, 0.070144500375], [24, 2, 0]),
        8: ([0.460700823677, 0.107357252548, 0.107531760436, 0.324410163339],
            [0.095530824524, 0.058707038826, 0.059170083041, 0.089352800096], [13, 1, 2]),
        14: ([0, 0.072874493927, 0.244641444460, 0.682484061613], [0, 0.062627212233, 0.096334569424, 0.096663217231], [0, 1, 5]),
        19: ([0, 0.072874493927, 0.183481083345, 0.743644422728], [0, 0.062627212233, 0.089887027109, 0.092282602428], [0, 1, 3]),
    }, [7.001163385918, 1.456791846991, 2.418944576295, 7.123100190795],
        [0.699707509197, 0.669182561681, 0.763323858429, 1.084640686782]),
}


def ways(told: str) -> pd.DataFrame:
    """Ways in one word each, as spells."""
    spells = []
    for number, way in enumerate(told.split()):
        steps = re.findall(r"([A-Z.])([\d/]*)", way)
        since = 0.0
        for (state, until), (following, _) in zip(steps, steps[1:]):
            spells.append((number, since, float(until), state, None if following == "." else following))
            since = float(until)
        if steps[-1][0] != ".":
            spells.append((number, since, since, steps[-1][0], None))
    return pd.DataFrame(spells, columns=["subject_id", "start_day", "end_day", "state", "next_state"])


def occupancy(told: str, states: str = "ORPD"):
    return estimate_occupancy(ways(told), list(states), absorbing=["D"])


@pytest.mark.parametrize("name", FROM_R)
def test_shares_standard_errors_and_numbers_at_risk_are_those_of_r(name):
    told, states, at, _, _ = FROM_R[name]
    curves = occupancy(told, states)
    for time, (share, error, at_risk) in at.items():
        row = curves.time.tolist().index(time)
        assert curves.probability[row] == pytest.approx(share, abs=1e-12)
        assert curves.std_error[row] == pytest.approx(error, abs=1e-12)
        assert curves.at_risk[row][: len(at_risk)].tolist() == at_risk


@pytest.mark.parametrize("name", FROM_R)
def test_expected_times_in_the_states_are_those_of_r_and_make_the_horizon(name):
    told, states, _, spent, errors = FROM_R[name]
    found = estimate_time_in_states(occupancy(told, states), 18)
    assert [state.estimate for state in found] == pytest.approx(spent, abs=1e-11)
    assert [state.std_error for state in found] == pytest.approx(errors, abs=1e-11)
    assert sum(state.estimate for state in found) == pytest.approx(18, abs=1e-12)


def test_the_estimate_by_hand():
    # At 1 one of four off therapy resumes; at 2 one of three off therapy dies and the resumed one progresses.
    curves = occupancy("O1R2P5. O2D O3. O4.")
    assert curves.time.tolist() == [1, 2, 3, 4, 5]
    assert curves.probability[0].tolist() == [3 / 4, 1 / 4, 0, 0]
    assert curves.probability[1] == pytest.approx([3 / 4 * 2 / 3, 0, 1 / 4, 3 / 4 * 1 / 3])
    assert curves.transitions.tolist() == [[0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert curves.entries[:2].tolist() == [[0, 1, 0, 0], [0, 0, 1, 1]]


def test_all_transitions_of_a_time_share_one_risk_set():
    # Entering a state at a time, nobody can leave it at the same time: 1/2 · 1 resumed, and the other half died.
    assert occupancy("O3R4D O3D").probability[0].tolist() == [0, 0.5, 0, 0.5]


def test_one_transition_is_kaplan_meier():
    times, events = [3, 5, 5, 8, 9, 12, 0], [1, 1, 0, 1, 0, 1, 1]
    curves = occupancy(" ".join(f"O{time}{'D' if event else '.'}" for time, event in zip(times, events)), "OD")
    curve = estimate_survival(times, events)
    np.testing.assert_allclose(curves.probability[:, 0], curve.survival, atol=1e-15)
    np.testing.assert_allclose(curves.std_error[:-1, 0], curve.std_error[:-1], atol=1e-15)  # Greenwood; at 0 it does not exist
    mean, spent = estimate_restricted_mean(curve, 10), estimate_time_in_states(curves, 10)[0]
    assert (spent.estimate, spent.std_error) == (pytest.approx(mean.estimate), pytest.approx(mean.std_error))


def test_causes_of_one_event_are_cumulative_incidence_with_the_delta_standard_error():
    chance = np.random.default_rng(9)
    times, causes = chance.integers(0, 40, 150), chance.integers(0, 3, 150)
    curves = occupancy(" ".join(f"O{time}{'.PD'[cause]}" for time, cause in zip(times, causes)), "OPD")
    expected = estimate_incidence(times, causes)
    np.testing.assert_allclose(curves.probability[:, 0], expected.event_free, atol=1e-14)
    for column, curve in enumerate(expected.causes, start=1):
        np.testing.assert_allclose(curves.probability[:, column], curve.incidence, atol=1e-14)
        np.testing.assert_allclose(curves.std_error[:, column], curve.std_error, atol=1e-14)
    found, wanted = occupancy_at(curves, 20)[1], incidence_at(expected, 20)[0]
    assert (found.lower, found.upper) == (pytest.approx(wanted.lower), pytest.approx(wanted.upper))


def test_whoever_is_seen_for_no_day_counts_at_the_beginning_only():
    curves = occupancy("O0. N0. O5D O5.", "NOD")
    assert curves.initial.tolist() == [1 / 4, 3 / 4, 0]  # R, from those still followed at 5: 0, 1, 0
    assert curves.at_risk.tolist() == [[1, 3, 0], [0, 2, 0]]
    assert curves.probability[-1].tolist() == [1 / 4, 3 / 8, 3 / 8]


def test_people_in_one_state_only():
    curves = occupancy("O3. O7.", "OD")
    assert curves.probability.tolist() == [[1, 0], [1, 0]]
    off, dead = occupancy_at(curves, 5)
    assert (off.estimate, off.std_error, off.lower, off.at_risk) == (1, 0, None, 1)
    assert (dead.estimate, dead.upper) == (0, None)
    assert off.reason.startswith("All patients or none are in this state")


def test_without_patients_there_is_no_share():
    curves = estimate_occupancy(ways("O3.")[:0], ["O", "D"], absorbing=["D"])
    assert curves.n == 0 and curves.last_time is None and not curves.all_final
    assert {share.reason for share in occupancy_at(curves, 3)} == {"There are no patients yet."}
    assert estimate_time_in_states(curves, 3)[0].estimate is None
    assert count_in_states(curves, [0, 3]).to_numpy().sum() == 3  # the ticks alone
    assert occupancy_reliable_until(curves, 0.05, 0.1) == 0


def test_nothing_is_known_beyond_the_longest_follow_up_unless_all_have_come_to_an_end():
    share, spent = occupancy_at(occupancy("O5. O3D"), 6)[0], estimate_time_in_states(occupancy("O5. O3D"), 6)[0]
    assert share.estimate is None and share.reason == "Not estimable at 6: the longest follow-up is 5."
    assert spent.reason == "Not estimable up to 6: the longest follow-up is 5 and not all are in a final state."
    ended = occupancy("O5D O3D")
    assert [state.estimate for state in occupancy_at(ended, 600)] == [0, 0, 0, 1]
    assert estimate_time_in_states(ended, 600)[0].estimate == pytest.approx(4)  # (5 + 3) / 2


def test_a_share_is_carried_forward_only_with_a_word_about_it():
    # The one who resumed is last seen at 4; the others are followed to 9.
    curves = occupancy("O2R4. O9. O9. O9.")
    off, resumed, _, _ = occupancy_at(curves, 6)
    assert (resumed.estimate, resumed.reason) == (0.25, "Carried forward: nobody in this state is followed that far.")
    assert off.reason is None and occupancy_at(curves, 4)[1].reason is None


def test_an_interval_is_as_rs_on_the_log_log_scale():
    shares = occupancy_at(occupancy(STEPS), 9)
    # R: survfit(…, conf.type = "log-log") at 9
    assert [share.lower for share in shares] == pytest.approx(
        [0.2514202782828849, 0.0231387056767937, 0.1340520853789286, 0.0619011088996185], abs=1e-12)
    assert [share.upper for share in shares] == pytest.approx(
        [0.613554314465458, 0.218005754644441, 0.465764330185054, 0.345900739636767], abs=1e-12)


def test_the_table_counts_everybody_at_every_tick():
    curves = occupancy("O2R6. O5D O0D O9. R3.")
    table = count_in_states(curves, [0, 2, 5, 6, 9, 10])
    assert table.columns.tolist() == ["tick", "O", "R", "P", "D", "left"]
    assert table.to_numpy().tolist() == [
        [0, 4, 1, 0, 0, 0],  # where all began
        [2, 3, 1, 0, 1, 0],  # dead at 0 counts after 0
        [5, 2, 1, 0, 1, 1],  # resumed at 2; the one last seen at 3 has left
        [6, 1, 1, 0, 2, 1],
        [9, 1, 0, 0, 2, 2],
        [10, 0, 0, 0, 2, 3],
    ]


def test_the_table_of_one_transition_is_that_of_the_survival_curve():
    chance = np.random.default_rng(3)
    times, events = chance.integers(0, 30, 60), chance.random(60) < 0.4
    table = count_in_states(occupancy(" ".join(f"O{t}{'D' if e else '.'}" for t, e in zip(times, events)), "OD"), [0, 1, 7, 29, 40])
    expected = count_at_risk(estimate_survival(times, events), [0, 1, 7, 29, 40])
    assert (table["O"].tolist(), table["D"].tolist(), table["left"].tolist()) == (
        expected["at_risk"].tolist(), expected["events"].tolist(), expected["censored"].tolist())


def test_the_picture_is_grey_where_few_are_followed():
    curves = occupancy("O2. O4. O6D O8. O9.")
    assert occupancy_reliable_until(curves, None, None) == 9
    assert occupancy_reliable_until(curves, None, 0.5) == 6  # two of five remain
    carried = occupancy("O2R4. O9. O9. O9.")
    assert occupancy_reliable_until(carried, 0.05, None) == 4  # a quarter of the patients, unseen after 4
    assert occupancy_reliable_until(carried, 0.3, None) == 9
    assert occupancy_reliable_until(occupancy("O5D O3D"), 0.05, 0.5) == 5  # all are dead: known ever after


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", 0, 5, "O", None), ("a", 5, 9, "O", None)], "followed by others though they were censored"),
        ([("a", 0, 5, "O", "R"), ("a", 6, 9, "R", None)], "do not begin where and when"),
        ([("a", 0, 5, "O", "R"), ("a", 4, 9, "R", None)], "do not begin where and when"),
        ([("a", 0, 5, "O", "R"), ("a", 5, 9, "D", None)], "do not begin where and when"),
        ([("a", 0, 5, "O", "R"), ("a", 5, 5, "R", "D"), ("a", 5, 5, "D", None)], "no length and lie between"),
        ([("a", 0, 5, "D", "O")], "lead out of an absorbing state"),
        ([("a", 0, 5, "O", "O")], "change into the state they are in"),
        ([("a", 5, 3, "O", None)], "observation after time 0|end before they begin"),
        ([("a", 0, 3, "X", None)], "holds X"),
        ([("a", 0, 3, None, None)], "state of 1 spells is not known"),
        ([(None, 0, 3, "O", None)], "no patient"),
    ],
)
def test_spells_that_make_no_way_are_refused_in_words(rows, said):
    frame = pd.DataFrame(rows, columns=["subject_id", "start_day", "end_day", "state", "next_state"])
    with pytest.raises(MisuseError, match=said):
        estimate_occupancy(frame, ["O", "R", "D"], absorbing=["D"])


def test_late_entry_and_impossible_times_are_refused():
    late = ways("O5.").assign(start_day=1.0)
    with pytest.raises(OutsideStudyError, match="after time 0"):
        estimate_occupancy(late, ["O"])
    for end in (-1.0, np.nan, np.inf):
        with pytest.raises(OutsideStudyError):
            estimate_occupancy(ways("O5.").assign(end_day=end), ["O"])
    with pytest.raises(OutsideStudyError):
        occupancy_at(occupancy("O5."), -1)
    with pytest.raises(MisuseError, match="among the states"):
        estimate_occupancy(ways("O5."), ["O"], absorbing=["D"])


@st.composite
def some_ways(draw) -> str:
    told = []
    for _ in range(draw(st.integers(1, 12))):
        state, time, way = 0, 0, "O"
        while True:
            time += draw(st.integers(0 if time == 0 and state == 0 else 1, 6))
            state = draw(st.sampled_from([*range(state + 1, 4), None]))
            if state is None:
                told.append(f"{way}{time}.")
                break
            way += f"{time}{'ORPD'[state]}"
            if state == 3:
                told.append(way)
                break
    return " ".join(told)


@settings(max_examples=150, deadline=None)
@given(some_ways(), st.randoms(use_true_random=False))
def test_shares_add_up_order_does_not_matter_and_time_may_be_scaled(told, chance):
    spells = ways(told)
    curves = estimate_occupancy(spells, list("ORPD"), absorbing=["D"])
    assert np.all(np.abs(curves.probability.sum(axis=1) - 1) <= 1e-12)
    assert np.all((curves.probability >= 0) & (curves.probability <= 1 + 1e-12))
    assert np.all(np.diff(curves.probability[:, 3]) >= -1e-15)  # nobody comes back from the dead
    rows = list(range(len(spells)))
    chance.shuffle(rows)
    again = estimate_occupancy(spells.iloc[rows].assign(start_day=spells.start_day * 0.1, end_day=spells.end_day * 0.1),
                               list("ORPD"), absorbing=["D"])
    np.testing.assert_allclose(again.time, curves.time * 0.1)
    np.testing.assert_allclose(again.probability, curves.probability, atol=1e-15)
    np.testing.assert_allclose(again.std_error, curves.std_error, atol=1e-15)


@settings(max_examples=100, deadline=None)
@given(some_ways())
def test_where_nobody_is_censored_the_shares_are_the_observed_shares_with_binomial_errors(told):
    complete = told.replace(".", "D")
    spells = ways(complete)
    curves = estimate_occupancy(spells, list("ORPD"), absorbing=["D"])
    n = spells.subject_id.nunique()
    for row, time in enumerate(curves.time):
        after = spells[(spells.start_day <= time) & ((spells.end_day > time) | (spells.state == "D"))]
        observed = np.array([(after.state == state).sum() for state in "ORPD"]) / n
        np.testing.assert_allclose(curves.probability[row], observed, atol=1e-12)
        np.testing.assert_allclose(curves.std_error[row] ** 2, observed * (1 - observed) / n, atol=1e-12)
