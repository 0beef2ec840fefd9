"""Questionnaires expected, received, and in which phase of therapy they were filled in; each situation told in one line."""

import pytest

from heroes.access import Role
from heroes.errors import ClosedDataError
from tests.store.queries.trials import asked, patient, rows, with_rule

PLAN = [
    (code, day, {"needs_qol": True, "window_minus": 14, "window_plus": 14})
    for code, day in (("BASE", 0), ("M3", 91), ("M6", 182), ("M12", 365))
]
SOMEBODY = patient("99-001", followed=200, forms=[("BASE", 0, "DONE")])


def states(*patients, subject="01-001", **trial):
    told = asked(*patients, SOMEBODY, visit_plan=PLAN, **trial).ask("questionnaires_expected")
    return {visit: (status, reason) for name, visit, status, reason in rows(told, "subject_id", "visit_code", "status", "reason") if name == subject}


def test_what_became_of_every_questionnaire():
    # Followed for 380 days: the window of M12 (351 to 379) has passed by one day.
    told = states(patient(followed=380, forms=[("BASE", -1, "DONE"), ("M3", None, "MISSED", {"reason": "TOO_ILL"}), ("M6", None, "NOT_EXPECTED")]))
    assert told == {"BASE": ("DONE", None), "M3": ("MISSED", "TOO_ILL"), "M12": ("NO_RECORD", None)}


@pytest.mark.parametrize(("followed", "status"), [(380, "NO_RECORD"), (379, "DUE"), (351, "DUE"), (350, "NOT_YET_DUE")])
def test_a_questionnaire_is_expected_when_its_window_has_passed(followed, status):
    assert states(patient(followed=followed))["M12"][0] == status


@pytest.mark.parametrize("way", ["died", "withdrawn", "lost", "discontinued", "completed"])
def test_nothing_is_expected_after_death_or_exit_but_on_that_day(way):
    told = states(patient(followed=400, **{way: 91}))
    assert told == {"BASE": ("NO_RECORD", None), "M3": ("NO_RECORD", None)}
    assert set(states(patient(followed=400, **{way: 90}))) == {"BASE"}


def test_one_that_was_filled_in_was_expected_whenever():
    told = states(patient(followed=400, withdrawn=150, forms=[("M6", 160, "DONE")]))
    assert told["M6"] == ("DONE", None) and "M12" not in told
    assert states(patient(followed=60, forms=[("M3", 59, "DONE")]))["M3"][0] == "DONE"


def test_a_form_dated_after_the_cut_off_is_not_known():
    assert states(patient(followed=100, forms=[("M3", 101, "DONE")]))["M3"][0] == "DUE"


def test_a_missed_visit_is_a_missed_questionnaire():
    assert states(patient(followed=400, visits=[("M3", None, "MISSED")]))["M3"] == ("MISSED", None)


def test_an_instrument_that_nobody_was_expected_to_fill_in_does_not_exist():
    told = asked(patient(forms=[("BASE", None, "NOT_EXPECTED")]), visit_plan=PLAN).ask("questionnaires_expected")
    assert told.empty


def test_completion_is_a_list_for_monitors_and_answers_are_not():
    trial = asked(patient(questionnaires=[(0, {29: 5})], forms=[("BASE", 0, "DONE")]), visit_plan=PLAN, role=Role.MONITOR)
    assert len(trial.ask("questionnaires_expected")) == 4
    for question in ("questionnaire_answers", "questionnaire_sheets", "questionnaire_rates"):
        with pytest.raises(ClosedDataError):
            trial.ask(question)


def rates(*patients, role=Role.SPONSOR, small_cell=5):
    trial = asked(*patients, visit_plan=PLAN, role=role, protocol=with_rule("privacy", small_cell=small_cell))
    return {visit: share for visit, share in rows(trial.ask("questionnaire_rates"), "visit_code", "percent")}


def test_the_open_rate_is_in_whole_percent_and_left_out_below_the_small_cell():
    done = [patient(f"01-{n:03}", followed=120, forms=[("BASE", 0, "DONE")]) for n in range(4)]
    missed = [patient("02-001", followed=60, forms=[("BASE", None, "MISSED")]), patient("02-002", followed=60)]
    # Baseline: 4 of 6 expected, 66.7 %. M3: 4 expected (the window passed on day 105), none received: too few to show.
    assert rates(*done, *missed) == {"BASE": 67, "M3": None}
    assert rates(*done, *missed, small_cell=4) == {"BASE": 67, "M3": 0}
    assert rates(*done, *missed, role=Role.STATISTICIAN) == {"BASE": 67, "M3": 0}


def test_the_open_rate_is_that_of_all_sites_whoever_asks():
    trial = [patient(f"{n:02}-001", followed=60, forms=[("BASE", None, "DONE" if n else "MISSED")]) for n in range(6)]
    told = asked(*trial, visit_plan=PLAN, role=Role.INVESTIGATOR, own_sites=("00",)).ask("questionnaire_rates")
    assert rows(told, "visit_code", "percent") == [("BASE", 83)]
    assert not any(column.startswith("n") for column in told.columns)


def sheets(*patients, **trial):
    told = asked(*patients, visit_plan=PLAN, **trial).ask("questionnaire_sheets")
    return {(row[0], row[1]): row[2:] for row in rows(told, "instrument", "day", "visit_code", "phase", "is_baseline", "is_after_progression")}


def test_a_sheet_belongs_to_the_visit_of_its_form_else_to_the_nearest_in_whose_window_it_lies():
    C30 = "QLQ-C30"
    given = [(day, {29: 5}) for day in (-2, 85, 95, 130, 190, 300)]
    told = sheets(patient(stopped=0, questionnaires=given, forms=[("M6", 300, "DONE")]))
    assert {day: row[0] for (_, day), row in told.items()} == {-2: "BASE", 85: None, 95: "M3", 130: None, 190: None, 300: "M6"}
    assert told[C30, -2][2] and not told[C30, 95][2]


def test_a_sheet_on_the_day_of_a_change_of_therapy_still_speaks_of_the_time_before():
    told = sheets(patient(stopped=0, resumed=91, scans=[(60, "PD")], questionnaires=[(day, {29: 5}) for day in (0, 60, 61, 91, 92)]))
    assert {day: row[1] for (_, day), row in told.items()} == {
        0: "OFF_THERAPY", 60: "OFF_THERAPY", 61: "OFF_THERAPY", 91: "OFF_THERAPY", 92: "RESUMED"}
    assert {day: row[3] for (_, day), row in told.items()} == {0: False, 60: False, 61: True, 91: True, 92: True}
