"""Groups of patients: each its own curve, in clinical order, nothing of a group too small."""

import numpy as np
import pandas as pd
import pytest

from heroes.errors import MisuseError, OutsideStudyError
from heroes.protocol import read_protocol
from heroes.statistics.endpoint import estimate_endpoint
from heroes.statistics.reasons import TOO_FEW_FOR_A_CURVE
from heroes.statistics.subgroups import STRATA, estimate_subgroups

PROTOCOL = read_protocol()
FIRST_TIMES = [30, 60, 91, 91, 182, 182, 273, 300, 364, 365, 366, 400]
FIRST_EVENTS = [0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0]
LATER_TIMES = [45, 91, 100, 180, 182, 270, 273, 280, 365, 370, 420]
LATER_EVENTS = [1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0]
TIMES = pd.DataFrame({
    "subject_id": [f"01-{row:03d}" for row in range(23)],
    "time_days": FIRST_TIMES + LATER_TIMES,
    "event": np.array(FIRST_EVENTS + LATER_EVENTS, bool),
})


def strata(column: str, codes) -> pd.DataFrame:
    return pd.DataFrame({"subject_id": TIMES["subject_id"], column: codes})


def grouped(column: str, codes, times=TIMES, **options):
    return estimate_subgroups(times, strata(column, codes), by=column, protocol=PROTOCOL, **options)


def codes_of(groups) -> list:
    return [(group.code, group.n) for group in groups]


LINES = ["FIRST"] * 12 + ["SECOND_OR_LATER"] * 11


def test_each_group_has_the_curve_of_its_own_patients():
    first, later = grouped("line", LINES)
    # R survival 3.5-3, summary(survfit(Surv(t, e) ~ g, conf.type = "log-log"), times = 365.25)
    for group, estimate, lower, upper in (
        (first, 0.3818181818182, 0.0678864031583, 0.7084883501822),
        (later, 0.4909090909091, 0.1673309097769, 0.7533997903708),
    ):
        assert group.at.estimate == pytest.approx(estimate, abs=1e-12)
        assert (group.at.lower, group.at.upper) == pytest.approx((lower, upper), abs=1e-12)
        assert group.at.at_risk == 2 and group.reason is None
    assert (first.n, first.n_events, later.n, later.n_events) == (12, 5, 11, 6)


def test_a_group_is_estimated_as_the_whole_is():
    first = grouped("line", LINES)[0]
    alone = estimate_endpoint(np.array(FIRST_TIMES, float), np.array(FIRST_EVENTS, bool), PROTOCOL)
    assert first.at == alone.at and first.reliable_until == alone.reliable_until
    assert first.curve.survival.tolist() == alone.curve.survival.tolist()


def test_row_order_does_not_matter():
    mixed = TIMES.sample(frac=1, random_state=3)
    for one, other in zip(grouped("line", LINES), grouped("line", LINES, times=mixed), strict=True):
        assert one.at == other.at and one.code == other.code


def test_a_small_group_shows_its_size_and_nothing_else():
    nine = ["FIRST"] * 14 + ["SECOND_OR_LATER"] * 9
    _, later = grouped("line", nine)
    assert later.n == 9 and later.reason.sentence == TOO_FEW_FOR_A_CURVE and "10 patients" in later.reason
    assert (later.n_events, later.curve, later.at, later.reliable_until) == (None,) * 4
    _, ten = grouped("line", ["FIRST"] * 13 + ["SECOND_OR_LATER"] * 10)
    assert ten.reason is None and ten.curve.n == 10


def test_the_limit_is_the_protocols():
    lower = PROTOCOL.model_copy(update={"privacy": PROTOCOL.privacy.model_copy(update={"smallest_stratum": 3})})
    groups = estimate_subgroups(TIMES, strata("line", ["FIRST"] * 20 + ["SECOND_OR_LATER"] * 3), by="line", protocol=lower)
    assert [group.curve is None for group in groups] == [False, False]


def test_patients_whose_value_was_not_recorded_are_a_group_of_their_own_and_last():
    groups = grouped("line", [None] * 11 + ["SECOND_OR_LATER"] * 11 + ["FIRST"])
    assert codes_of(groups) == [("FIRST", 1), ("SECOND_OR_LATER", 11), (None, 11)]
    assert groups[-1].curve.n == 11


def test_a_patient_who_is_in_no_stratum_is_not_recorded():
    groups = estimate_subgroups(TIMES, strata("line", LINES).iloc[:12], by="line", protocol=PROTOCOL)
    assert codes_of(groups) == [("FIRST", 12), (None, 11)]


def test_a_stratum_without_a_time_is_left_out():
    groups = grouped("line", LINES, times=TIMES.iloc[:12])
    assert codes_of(groups) == [("FIRST", 12)]


def test_receptor_positive_first():
    assert [code for code, _ in codes_of(grouped("hormone_receptor", ["NEGATIVE"] * 20 + ["POSITIVE"] * 3))] == ["POSITIVE", "NEGATIVE"]


def test_responses_begin_with_complete_and_partial():
    codes = ["SD"] * 12 + ["NED", "PR", "CR", None, "NON-CR/NON-PD", "PD", "NE", "SD", "SD", "SD", "UNHEARD OF"]
    assert [code for code, _ in codes_of(grouped("response_at_entry", codes))] == [
        "CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD", "NED", "UNHEARD OF", None]


def test_regions_go_by_number_of_patients_then_by_name():
    codes = ["Normandie"] * 5 + ["Bretagne"] * 5 + ["Occitanie"] * 12 + [None]
    assert codes_of(grouped("site_group", codes)) == [("Occitanie", 12), ("Bretagne", 5), ("Normandie", 5), (None, 1)]


def test_text_columns_of_the_store_are_grouped_too():
    codes = pd.array(LINES[:-1] + [None], dtype="string")
    assert codes_of(grouped("line", codes)) == [("FIRST", 12), ("SECOND_OR_LATER", 10), (None, 1)]


def test_a_milestone_nobody_has_reached_has_a_reason_of_its_own():
    first = grouped("line", LINES, at=730.5)[0]
    assert first.reason is None and first.at.estimate is None and "730.5" in first.at.reason


def test_nobody_makes_no_groups():
    assert grouped("line", LINES, times=TIMES.iloc[:0]) == ()


def test_groups_together_are_everybody():
    for column in STRATA:
        groups = grouped(column, [None, "CR"] + ["FIRST", "POSITIVE", "Bretagne"] * 7)
        assert sum(group.n for group in groups) == 23


def test_what_makes_no_sense_is_refused():
    with pytest.raises(MisuseError, match="site_group"):
        grouped("age", LINES)
    with pytest.raises(MisuseError, match="times hold a patient more than once"):
        grouped("line", LINES, times=pd.concat([TIMES, TIMES.iloc[:1]]))
    with pytest.raises(MisuseError, match="strata hold"):
        estimate_subgroups(TIMES, pd.concat([strata("line", LINES)] * 2), by="line", protocol=PROTOCOL)
    with pytest.raises(OutsideStudyError):
        grouped("line", LINES, times=TIMES.assign(time_days=-1))
