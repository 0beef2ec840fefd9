"""Adverse events in the phase of therapy in which they began, exposure, deaths, and what is open of them to whom."""

import pytest

from heroes.access import Role
from heroes.errors import ClosedDataError
from tests.builders import days_after
from tests.store.queries.trials import asked, patient, rows, with_rule

ORIGIN = "2024-12-27"  # 400 days before the cut-off


def event(day, term="Fatigue", end=None, grade=None):
    at = [None if number is None else days_after(ORIGIN, number) for number in (day, end)]
    return at[0], term, grade, {"end_day": at[1]}


def test_each_event_belongs_to_the_phase_in_which_it_began():
    told = asked(patient(
        stopped=0, resumed=200,
        adverse_events=[event(-5), event(0), event(199), event(200), event(None), event(400), event(401)],
    )).ask("adverse_events")
    assert rows(told, "seq", "start_day", "phase", "days_since") == [
        (1, -5, "BEFORE", 405), (2, 0, "OFF_THERAPY", 400), (3, 199, "OFF_THERAPY", 201), (4, 200, "RESUMED", 200), (5, None, None, None),
        (6, 400, "RESUMED", 0),
    ]  # the last one began after the cut-off


def test_an_event_goes_on_until_its_last_day_is_known_by_the_cut_off():
    told = asked(patient(stopped=0, adverse_events=[event(5), event(5, end=9), event(5, end=500)])).ask("adverse_events")
    assert rows(told, "end_day", "is_ongoing") == [(None, True), (9, False), (None, True)]


def test_exposure_adds_up_to_the_follow_up():
    told = asked(
        patient("01-001", stopped=0, resumed=200), patient("01-002", stopped=0, resumed=100, new_treatment=150, died=300),
        patient("01-003", stopped=10),
    ).ask("therapy_exposure")
    found = {(name, phase): days for name, phase, days in rows(told, "subject_id", "phase", "days")}
    assert found == {
        ("01-001", "OFF_THERAPY"): 200, ("01-001", "RESUMED"): 200, ("01-002", "OFF_THERAPY"): 100, ("01-002", "RESUMED"): 50,
        ("01-002", "NEW_TREATMENT"): 150, ("01-003", "ON_TREATMENT"): 10, ("01-003", "OFF_THERAPY"): 390,
    }


def test_deaths_come_with_what_went_before():
    told = asked(
        patient("01-001", stopped=0, resumed=200, died=300, scans=[(190, "PD")], calls=[(-10, "NEGATIVE"), (150, "POSITIVE", 1.0)]),
        patient("01-002", stopped=0, died=401), patient("01-003", stopped=0, died=50),
    ).ask("deaths")
    assert rows(told, "subject_id", "day", "days_since", "phase", "first_positive_day", "progression_day", "restart_day") == [
        ("01-001", 300, 100, "RESUMED", 150, 190, 200), ("01-003", 50, 350, "OFF_THERAPY", None, None, None)]


def test_monitors_and_sponsors_have_no_adverse_events():
    for role in (Role.MONITOR, Role.SPONSOR):
        trial = asked(patient(stopped=0, adverse_events=[event(5)]), role=role)
        with pytest.raises(ClosedDataError):
            trial.ask("adverse_events")


def many():
    """Fatigue: 6 with grade 1, 5 with grade 3. Nausea: 7 with grade 1, 2 with grade 3. Rash: 3. Sepsis: one fatal."""
    told = [event(5, grade=1)] * 6 + [event(5, grade=3)] * 5
    nausea = [event(6, "Nausea", grade=1)] * 7 + [event(6, "Nausea", grade=4)] * 2
    patients = [patient(f"01-{n:03}", stopped=0, adverse_events=[told[n]] + nausea[n : n + 1]) for n in range(11)]
    return [*patients, *(patient(f"02-{n:03}", stopped=0, adverse_events=[event(9, "Rash", grade=2)]) for n in range(3)),
            patient("03-001", stopped=0, adverse_events=[event(9, "Sepsis", grade=5)]), patient("03-002", stopped=0)]


def counts(role, *, is_open, smallest=5):
    trial = asked(*many(), role=role, own_sites=("03",), protocol=with_rule("privacy", open_safety=is_open, small_cell=smallest))
    return {term: (n, low, high) for term, n, low, high in rows(trial.ask("adverse_event_counts"), "term", "n", "n_low", "n_high")}


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.SPONSOR])
def test_pooled_events_are_not_there_unless_the_protocol_opens_them(role):
    assert counts(role, is_open=False) == {}
    told = counts(role, is_open=True)
    # Any: all but the fatal event, 6 + 3 with grade 1 or 2 and 5 with 3 or 4. Nausea 7 + 2: the 2 and its complement are hidden. Rash, 3, is not named.
    assert told == {None: (14, 9, 5), "Fatigue": (11, 6, 5), "Nausea": (9, None, None)}


def test_who_sees_all_patients_gets_every_count_but_fatal_ones_are_elsewhere():
    assert counts(Role.STATISTICIAN, is_open=True) == {None: (14, 9, 5), "Fatigue": (11, 6, 5), "Nausea": (9, 7, 2), "Rash": (3, 3, 0)}
