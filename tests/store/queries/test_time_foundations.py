"""What the times to event are built on, each question asked by itself: ties, several of a kind, the cut-off and the day after it.

Days count from the inclusion, the cut-off is day 400. Patients are told out of order: answers are in order.
"""

import pytest

from heroes.access import Role
from heroes.model.terms import Instrument
from tests.builders import a_subject
from tests.store.queries.trials import asked, patient, rows

SCREENED = patient(
    "00-screened", included=None, consented=1, baseline_draw=2, stopped=3, died=90, lost=80, resumed=20, scans=[(10, "PD"), (20, "SD")],
    calls=[(5, "POSITIVE")], treatments=[("RESUME_PD", 20, None), ("MAINTENANCE", -90, 3)], visits=[("M3", 30, "DONE")],
    questionnaires=[(40, {29: 5, 30: 5})],
)  # fmt: skip
"""Somebody never included, whose records are nobody's time."""


def told(**patients) -> list:
    """Patients by name, out of order, and the one never included."""
    return [*(patient(f"01-{name}", **what) for name, what in reversed(patients.items())), SCREENED]


def test_the_first_inclusion_counts_and_days_are_counted_from_it():
    trial = asked(a_subject("02-1", included=["2025-12-31", "2026-01-10"]), a_subject("01-1", included="2026-01-31"), SCREENED)
    assert rows(trial.ask("included_subjects")) == [("01-1", "01", 0, 0), ("02-1", "02", 0, 31)]


def test_the_first_exit_of_each_kind_counts_up_to_the_cut_off():
    trial = asked(*told(
        a=dict(died=[200, 250], lost=[100, 150], withdrawn=[120, 130], completed=90),
        b=dict(died=50),
        c=dict(),
        d=dict(lost=60, withdrawn=60),
        e=dict(lost=401, died=401, withdrawn=400),
        f=dict(discontinued=30, died=20),
        g=dict(lost=900, relative=True),
        h=dict(withdrawn=120, lost=150, discontinued=200),
        i=dict(died=401, completed=401),
    ))  # fmt: skip
    lost, withdrawn, ongoing = "LOST TO FOLLOW-UP", "WITHDRAWAL OF CONSENT", "ONGOING WITHOUT EVENT"
    columns = ("subject_id", "death_day", "exit_kind", "exit_day", "withdrawn_day", "lost_day", "exit_reason", "is_ongoing")
    assert rows(trial.ask("exits"), *columns) == [
        ("01-a", 200, "COMPLETED", 90, 120, 100, lost, False),
        ("01-b", 50, None, None, None, None, ongoing, False),
        ("01-c", None, None, None, None, None, ongoing, True),
        ("01-d", None, "WITHDRAWN", 60, 60, 60, withdrawn, False),
        ("01-e", None, "WITHDRAWN", 400, 400, None, withdrawn, False),
        ("01-f", 20, "DISCONTINUED", 30, None, None, ongoing, False),
        ("01-g", None, "LTFU", 900, None, 900, lost, False),
        ("01-h", None, "WITHDRAWN", 120, 120, 150, withdrawn, False),
        ("01-i", None, None, None, None, None, ongoing, True),
    ]


ORIGINS = dict(
    a=dict(stopped=[5, 300], baseline_draw=[-40, -20]),
    b=dict(),
    c=dict(stopped=401, baseline_draw=401),
    d=dict(stopped=400, baseline_draw=400),
    e=dict(stopped=900, relative=True),
)


@pytest.mark.parametrize(
    ("origin", "starts"),
    [
        ("INCLUDED", [(0, "INCLUDED", True)] * 5),
        ("TX_STOP", [(5, "TX_STOP", True), (0, "INCLUDED", False), (0, "INCLUDED", False), (400, "TX_STOP", True), (900, "TX_STOP", True)]),
        (
            "BASELINE_DRAW",
            [(-20, "BASELINE_DRAW", True), *[(0, "INCLUDED", False)] * 2, (400, "BASELINE_DRAW", True), (0, "INCLUDED", False)],
        ),
    ],
)  # fmt: skip
def test_where_time_starts(origin, starts):
    trial = asked(*told(**ORIGINS))
    everyone = trial.ask("origins", origin=origin)
    assert rows(everyone, "subject_id", "stop_day") == [("01-a", 5), ("01-b", None), ("01-c", None), ("01-d", 400), ("01-e", 900)]
    assert rows(everyone, "start_day", "origin_source", "is_recorded") == starts
    assert rows(everyone, "site_id", "inclusion_day", "cut_off_day") == [("01", 0, 400)] * 4 + [("01", 0, None)]
    stopped = trial.ask("origins", origin=origin, population="stopped")
    assert rows(stopped) == [row for row in rows(everyone) if row[0] in ("01-a", "01-d", "01-e")]


SUSPECTED, SAID, UNREAD, OTHER = {"equivocal": True}, {"pd_confirmed": True}, {"evaluable": False}, {"evaluator": "INDEPENDENT ASSESSOR"}


def test_what_the_readings_of_one_day_say_together():
    scans = [
        (401, "PD"), (400, "SD"),
        (10, "PD", SUSPECTED), (10, "PD"),  # one reader was sure
        (20, "PD", SUSPECTED), (20, "SD"),
        (30, "PD", SUSPECTED), (30, "PD", SUSPECTED), (30, "PD", UNREAD),  # the one that could not be evaluated says nothing
        (40, "SD", SAID | SUSPECTED),  # words about a progression that is none
        (45, "PD"), (45, "SD", SUSPECTED | SAID),
        (50, "PD", SAID), (50, "PD"),
        (60, "PD", UNREAD | SAID | SUSPECTED), (60, "SD"),
        (65, "PD", UNREAD), (65, "NE"),
        (70, "NE"),
        (75, "NE", {"evaluable": True}),
        (80, "SD", UNREAD),
        (85, "PD", OTHER), (85, "CR"),
        (90, "PD", OTHER),
    ]  # fmt: skip
    trial = asked(*told(b=dict(scans=scans), a=dict(scans=[(1001, "PR")], relative=True)))
    answer = trial.ask("assessments")
    assert rows(answer, "subject_id", "day", "overall", "evaluable", "equivocal", "confirmed", "is_hidden", "unread_pd") == [
        ("01-a", 1001, "PR", True, False, False, False, False),
        ("01-b", 10, "PD", True, False, False, False, False),
        ("01-b", 20, "PD", True, True, False, False, False),
        ("01-b", 30, "PD", True, True, False, False, True),
        ("01-b", 40, "SD", True, False, False, False, False),
        ("01-b", 45, "PD", True, False, False, False, False),
        ("01-b", 50, "PD", True, False, True, False, False),
        ("01-b", 60, "SD", True, False, False, False, True),
        ("01-b", 65, None, False, False, False, False, True),
        ("01-b", 70, None, False, False, False, False, False),
        ("01-b", 75, None, False, False, False, False, False),
        ("01-b", 80, None, False, False, False, False, False),
        ("01-b", 85, "CR", True, False, False, False, False),
        ("01-b", 400, "SD", True, False, False, False, False),
    ]
    assert rows(trial.ask("assessments", evaluator="INDEPENDENT ASSESSOR"), "day", "overall") == [(85, "PD"), (90, "PD")]


def test_a_scope_without_the_results_of_scans_knows_only_that_there_were_some():
    scans = [(10, "PD"), (10, "NE"), (20, "NE"), (30, "PD", UNREAD)]
    monitor = asked(*told(a=dict(scans=scans)), role=Role.MONITOR, own_sites=("01",))
    columns = ("progression_day", "suspected_day", "is_hidden", "n_assessments")
    assert rows(monitor.ask("progressions"), *columns) == [(None, None, True, 0)]  # one hidden result is enough
    columns = ("day", "overall", "evaluable", "equivocal", "confirmed", "is_hidden", "unread_pd")
    assert rows(monitor.ask("assessments"), *columns) == [
        (10, None, False, False, False, True, False),
        (20, None, False, False, False, False, False),
        (30, None, False, False, False, False, False),
    ]


PROGRESSIONS = dict(
    a=dict(scans=[
        (80, "PD"), (70, "PD"), (60, "NE"), (50, "PD", SUSPECTED), (40, "SD"), (30, "PD", UNREAD), (20, "PD", UNREAD),
        (10, "PD", SUSPECTED), (5, "PD", OTHER), (15, "SD", OTHER),
    ]),
    b=dict(scans=[(10, "PD", SUSPECTED), (20, "PD", SUSPECTED)]),
    c=dict(),
    d=dict(scans=[(91, "PD", UNREAD)]),
    e=dict(scans=[(10, "PD", SUSPECTED | SAID), (20, "SD")]),
    f=dict(scans=[(10, "PD"), (20, "SD"), (30, "PD")]),
    g=dict(scans=[(10, "PD"), (20, "PD", SUSPECTED), (30, "SD")]),
    h=dict(scans=[(10, "PD"), (20, "SD"), (30, "PD"), (40, "PD")]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("confirmation", "days"),
    [  # (progression, suspected)
        ("none", [(10, None), (10, None), (None, None), (None, None), (10, None), (10, None), (10, None), (10, None)]),
        ("equivocal_only", [(50, None), (None, 10), (None, None), (None, None), (10, None), (10, None), (10, None), (10, None)]),
        ("second_scan", [(50, None), (None, 10), (None, None), (None, None), (10, None), (None, 10), (None, 10), (30, None)]),
    ],
)
def test_the_first_progression_that_counts(confirmation, days):
    answer = asked(*told(**PROGRESSIONS)).ask("progressions", pd_confirmation=confirmation)
    assert rows(answer, "subject_id") == [(f"01-{name}",) for name in PROGRESSIONS]
    assert rows(answer, "progression_day", "suspected_day") == days
    assert rows(answer, "unread_pd_day", "is_hidden", "n_assessments", "n_others") == [
        (20, False, 5, 2), (None, False, 2, 0), (None, False, 0, 0), (91, False, 0, 0), (None, False, 2, 0), (None, False, 3, 0),
        (None, False, 3, 0), (None, False, 4, 0),
    ]  # fmt: skip


def test_the_first_positive_and_the_last_negative_after_the_baseline():
    negative, positive = "NEGATIVE", "POSITIVE"
    trial = asked(*told(
        a=dict(
            baseline_draw=[-40, -12, 30],
            calls=[(-40, positive), (-12, positive), (60, negative), (45, positive), (-5, positive), (20, negative), (70, "NOT_EVALUABLE")],
        ),
        b=dict(baseline_draw=[9, 5], calls=[(3, positive), (5, positive), (6, positive)]),
        c=dict(),
        d=dict(baseline_draw=401, calls=[(0, positive), (0, negative), (45, positive), (45, positive), (46, positive)]),
        e=dict(calls=[(45, positive, 1, {"superseded_by": "01-e-R2"}), (45, negative), (50, negative, 1, {"superseded_by": "01-e-R1"})]),
        f=dict(calls=[(400, positive), (401, positive), (401, negative)]),
        g=dict(baseline_draw=[-3, 0], calls=[(-1, positive), (0, negative), (400, negative)]),
        h=dict(baseline_draw=900, calls=[(899, positive), (901, positive)], relative=True),
        i=dict(baseline_draw=400, calls=[(300, positive)]),
    ))  # fmt: skip
    columns = ("baseline_draw_day", "baseline_day", "first_positive_day", "first_positive_result", "last_negative_day", "n_calls")
    assert rows(trial.ask("first_positives"), "subject_id", *columns) == [
        ("01-a", -12, -12, -5, "01-a-R5", 60, 7),
        ("01-b", 5, 5, 6, "01-b-R3", None, 3),  # drawn after the inclusion only: the first of these
        ("01-c", None, 0, None, None, None, 0),
        ("01-d", None, 0, 45, "01-d-R3", None, 5),  # of two on one day the first
        ("01-e", None, 0, None, None, 45, 1),
        ("01-f", None, 0, 400, "01-f-R1", None, 1),
        ("01-g", 0, 0, None, None, 400, 3),
        ("01-h", 900, 900, 901, "01-h-R2", None, 2),
        ("01-i", 400, 400, None, None, None, 1),
    ]


RANKED = [
    ("last_alive", dict(last_alive=91), "milestone", "LAST_ALIVE"),
    ("visit", dict(visits=[("M3", 91, "DONE")]), "visit", "M3"),
    ("scan", dict(scans=[(91, "SD")]), "response", "INVESTIGATOR"),
    ("result", dict(calls=[(91, "NEGATIVE")]), "ctdna_result", "{subject}-R1"),
    ("draw", dict(draws=[(91,)]), "specimen", "{subject}-S1"),
    ("questionnaire", dict(questionnaires=[(91, {29: 5})]), "qs_item", "QLQ-C30"),
    ("treatment", dict(treatments=[("OTHER", 91, None)]), "treatment", "anti-HER2"),
]
"""What shows a patient alive, the first of one day first."""


def test_of_several_records_of_one_day_the_last_contact_names_the_first_in_its_order():
    patients, wanted = [], []
    for n, (name, what, table, detail) in enumerate(RANKED):
        every_later = {key: value for _, more, *_ in RANKED[n:] for key, value in more.items()}
        for how, shown in (("alone", what), ("first", every_later)):
            subject = f"01-{n}-{name}-{how}"
            patients.append(patient(subject, **shown))
            wanted.append((subject, 91, table, detail.format(subject=subject)))
    answer = asked(*patients, SCREENED).ask("last_contacts")
    assert rows(answer, "subject_id", "contact_day", "contact_source", "contact_detail") == sorted(wanted)


def test_the_steps_of_a_laboratory_show_nobody_alive():
    steps = dict(tissue_sent="2025-03-01", assay_ready="2025-03-02", baseline_result="2025-03-03")
    answer = asked(a_subject("01-1", included="2025-02-28", **steps)).ask("last_contacts")
    assert rows(answer, "contact_day", "contact_detail") == [(0, "INCLUDED")]


def test_the_last_contact_lies_between_the_inclusion_and_the_cut_off_or_death():
    trial = asked(*told(
        a=dict(scans=[(400, "SD"), (401, "SD")]),
        b=dict(scans=[(200, "SD"), (201, "SD")], died=200),
        c=dict(scans=[(-1, "SD")]),
        d=dict(scans=[(0, "SD")]),
        e=dict(scans=[(200, "SD")], died=100, visits=[("M3", 70, "MISSED"), ("M6", 60, "DONE")]),
        f=dict(scans=[(900, "SD")], relative=True),
        g=dict(baseline_result=30, lost=40, died=50),
        h=dict(treatments=[("OTHER", -50, 70)], questionnaires=[(80, {29: None})]),
        i=dict(scans=[(100, "SD")], died=-4),
    ))  # fmt: skip
    assert rows(trial.ask("last_contacts"), "subject_id", "contact_day", "contact_source", "contact_detail") == [
        ("01-a", 400, "response", "INVESTIGATOR"),
        ("01-b", 200, "response", "INVESTIGATOR"),
        ("01-c", 0, "milestone", "INCLUDED"),
        ("01-d", 0, "milestone", "INCLUDED"),
        ("01-e", 60, "visit", "M6"),
        ("01-f", 900, "response", "INVESTIGATOR"),
        ("01-g", 0, "milestone", "INCLUDED"),
        ("01-h", 70, "treatment", "anti-HER2"),
        ("01-i", 0, "milestone", "INCLUDED"),
    ]


def test_the_number_of_every_reason():
    assert rows(asked(SCREENED).ask("reason_codes")) == [
        ("CLINICAL PROGRESSION", 0), ("CTDNA POSITIVE", 0), ("DEATH", 0), ("DETERIORATION OF QUALITY OF LIFE", 0), ("NEW REGIMEN", 0),
        ("RADIOLOGICAL PROGRESSION", 0), ("RESTART OF THERAPY", 0), ("NO BASELINE ASSESSMENT", 1), ("NO POST-BASELINE ASSESSMENT", 2),
        ("LATE DEATH WITHOUT ASSESSMENT", 3), ("ONGOING WITHOUT EVENT", 4), ("EVENT AFTER >=2 MISSED ASSESSMENTS", 5),
        ("RESTART FOR CTDNA POSITIVITY", 6), ("NEW ANTICANCER THERAPY", 7), ("LOST TO FOLLOW-UP", 8), ("WITHDRAWAL OF CONSENT", 9),
        ("UNDOCUMENTED PROGRESSION", 10), ("THERAPY NOT STOPPED", 11), ("NO TEST AFTER ORIGIN", 12),
        ("NO QUESTIONNAIRE AFTER BASELINE", 13),
    ]  # fmt: skip


def test_scores_are_of_the_core_questionnaire_alone_and_in_order():
    trial = asked(*told(
        b=dict(questionnaires=[(50, {29: 1, 30: 1, 8: 2}), (10, {29: 7, 30: 7, 8: 4}), (20, {29: 4, 30: 4, 8: 2}, Instrument.QLQ_BR23)]),
        a=dict(questionnaires=[(20, {29: 4, 30: 7}), (20, {29: 1, 30: 1}, Instrument.QLQ_BR23)]),
    ))  # fmt: skip
    assert [row for row in rows(trial.ask("quality_of_life_scores")) if row[0] != SCREENED.subject_id] == [
        ("01-a", 20, "QL", 75, 2, True),  # ((4 + 7)/2 − 1) / 6
        ("01-b", 10, "DY", 100, 1, False),
        ("01-b", 10, "QL", 100, 2, True),
        ("01-b", 50, "DY", pytest.approx(100 / 3), 1, False),  # (2 − 1) / 3
        ("01-b", 50, "QL", 0, 2, True),
    ]
