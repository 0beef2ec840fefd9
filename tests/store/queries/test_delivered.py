"""Delivered times beside derived ones: every reason why they may differ, by hand. Days count from the inclusion."""

import pytest

from tests.store.queries.trials import asked, patient, rows


def delivered(days: float | None, *, event: bool, start: int | None = 0, end: int | None = None, unit: str = "DAYS", **more) -> dict:
    """What an ADTTE row says of PFS; days that belong to dates are set per patient below."""
    return {
        "paramcd": "PFS", "aval": 0.0 if days is None else float(days), "avalu": unit, "aval_days": days, "cnsr": 0 if event else 1,
        "start_day": start, "end_day": end, **more,
    }


PROGRESSED = dict(scans=[(91, "SD"), (182, "PD")])
STABLE = dict(scans=[(91, "SD"), (182, "SD")])

CASES = {
    "same": (PROGRESSED, delivered(182, event=True, end=182), None),
    "within half a day": (PROGRESSED, delivered(182.4, event=True, end=182), None),
    "same censoring": (STABLE, delivered(182, event=False, end=182), None),
    "derived only": (STABLE, None, "derived only"),
    "no responses": (dict(), delivered(182, event=False, end=182), "no responses delivered"),
    "read by others": (
        dict(scans=[(182, "PD", {"evaluator": "INDEPENDENT ASSESSOR"})]), delivered(182, event=True, end=182), "no responses delivered",
    ),
    "event delivered": (STABLE, delivered(182, event=True, end=182), "event delivered, none in the records"),
    "progression missing": (PROGRESSED, delivered(91, event=False, end=91), "progression in the records, not in the delivered PFS"),
    "death missing": (dict(died=120, **STABLE), delivered(182, event=False, end=182), "death in the records, not in the delivered PFS"),
    "not a time": (PROGRESSED, delivered(None, event=True, unit="SCORE"), "delivered value is not in days"),
    "not its dates": (PROGRESSED, delivered(150, event=True, end=182), "delivered value is not the difference of its dates"),
    "plus one": (PROGRESSED, delivered(183, event=True, end=182), "differs by the +1 day convention"),
    "plus one, no dates": (PROGRESSED, delivered(183, event=True, start=None), "differs by the +1 day convention"),
    "other origin": (PROGRESSED, delivered(192, event=True, start=-10, end=182), "same end, counted from another origin"),
    "other day": (PROGRESSED, delivered(170, event=True, end=170), "same event, other day"),
    "a day later": (PROGRESSED, delivered(183, event=True, end=183), "same event, other day"),
    "other censoring": (STABLE, delivered(300, event=False, end=300), "same status, other day"),
}


@pytest.fixture(scope="module")
def trial():
    patients = [
        patient(name, site="01", tte=[row] if row else [], **told) for name, (told, row, _) in CASES.items()
    ]
    return asked(*patients, patient("delivered only", site="01", included=None, consented=0, tte=[delivered(30, event=False)]))


@pytest.mark.parametrize("name", CASES)
def test_each_difference_has_its_reason(trial, name):
    answer = trial.ask("delivered_and_derived")
    assert rows(answer[answer.subject_id == name], "reason") == [(CASES[name][2],)]


def test_a_time_of_a_patient_never_included_was_delivered_only(trial):
    answer = trial.ask("delivered_and_derived")
    assert rows(answer[answer.subject_id == "delivered only"], "delivered_days", "derived_days", "reason") == [(30, None, "delivered only")]
    assert len(answer) == len(CASES) + 1


def test_both_values_stand_side_by_side_untouched(trial):
    answer = trial.ask("delivered_and_derived")
    columns = ["delivered_days", "delivered_event", "derived_days", "derived_event", "difference_days"]
    assert rows(answer[answer.subject_id == "other day"], *columns) == [(170, True, 182, True, -12)]
    assert rows(answer[answer.subject_id == "within half a day"], "delivered_days", "derived_days") == [(182.4, 182)]


def test_the_plus_one_convention_is_recognised_the_other_way_round():
    trial = asked(patient(tte=[delivered(182, event=True, end=182)], **PROGRESSED))
    answer = trial.ask("delivered_and_derived", aval_add_one=True)
    assert rows(answer, "derived_days", "reason") == [(183, "differs by the +1 day convention")]


def test_delivered_times_are_shown_as_delivered(trial):
    answer = trial.ask("delivered_times")
    assert set(answer.subject_id) == {name for name, (_, row, _) in CASES.items() if row} | {"delivered only"}
    assert rows(answer[answer.subject_id == "plus one"], "paramcd", "aval_days", "event", "start_day", "end_day") == [("PFS", 183, True, 0, 182)]
    assert trial.ask("delivered_times", paramcd="OS").empty
