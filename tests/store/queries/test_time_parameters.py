"""Survival, next treatment, treatment-free interval, molecular recurrence, time from the first positive: by hand, sums in comments.

Days count from the inclusion, the cut-off is day 400. Told as (start, time, cause, reason, cnsr, source table, source day,
source detail, flag).
"""

import pytest

from heroes.store.times import TIME_QUESTIONS
from tests.store.queries.trials import asked, patient, rows, with_rule

PD, DEATH, ONGOING, LOST, WITHDRAWN = (
    "RADIOLOGICAL PROGRESSION", "DEATH", "ONGOING WITHOUT EVENT", "LOST TO FOLLOW-UP", "WITHDRAWAL OF CONSENT",
)  # fmt: skip
POSITIVE, RESTART, NEW, NO_TEST = "CTDNA POSITIVE", "RESTART OF THERAPY", "NEW REGIMEN", "NO TEST AFTER ORIGIN"
BEFORE = "end before origin set to origin"
TOLD = ("start_day", "time_days", "cause", "reason", "cnsr", "source_table", "source_day", "source_detail", "flag")


def died(day, cause, *, start=0, flag=None):
    return (start, max(day - start, 0), cause, DEATH, 0, "milestone", day, "DEATH", flag)


def ongoing(day, table, detail, *, start=0, reason=ONGOING, cnsr=4):
    return (start, day - start, 0, reason, cnsr, table, day, detail, None)


OS = {
    "death": (dict(died=250, scans=[(91, "PD")]), died(250, 1)),
    "death-after-loss": (dict(lost=100, died=250), died(250, 1)),
    "death-twice": (dict(died=[150, 160]), died(150, 1)),
    "death-day-0": (dict(died=0), died(0, 1)),
    "death-before-inclusion": (dict(died=-5), died(-5, 1, flag=BEFORE)),
    "death-after-cut-off": (dict(scans=[(364, "SD")], died=401), ongoing(364, "response", "INVESTIGATOR")),
    # Last known alive: whatever shows the patient.
    "nothing": (dict(), ongoing(0, "milestone", "INCLUDED")),
    "scan-not-evaluable": (dict(scans=[(91, "SD"), (182, "NE")]), ongoing(182, "response", "INVESTIGATOR")),
    "other-reader": (
        dict(scans=[(91, "SD", {"evaluator": "INDEPENDENT ASSESSOR"})]),
        ongoing(91, "response", "INDEPENDENT ASSESSOR"),
    ),
    "draw": (dict(draws=[(200,)], scans=[(91, "SD")]), ongoing(200, "specimen", "draw-S1")),
    "result": (dict(calls=[(45, "NEGATIVE"), (91, "NOT_EVALUABLE")]), ongoing(91, "ctdna_result", "result-R2")),
    "visit": (dict(visits=[("M3", 91, "DONE"), ("X", 100, "UNPLANNED"), ("M6", None, "MISSED")]), ongoing(100, "visit", "X")),
    "treatment": (dict(treatments=[("RESUME_PD", 120, 300)]), ongoing(300, "treatment", "anti-HER2")),
    "questionnaire": (dict(questionnaires=[(150, {29: 5}), (190, {29: None})]), ongoing(150, "qs_item", "QLQ-C30")),
    "last-alive": (dict(scans=[(91, "SD")], last_alive=[320, 380]), ongoing(380, "milestone", "LAST_ALIVE")),
    "alive-after-cut-off": (dict(scans=[(91, "SD")], last_alive=401), ongoing(91, "response", "INVESTIGATOR")),
    "one-day": (dict(scans=[(91, "SD")], visits=[("M3", 91, "DONE")], calls=[(91, "NEGATIVE")]), ongoing(91, "visit", "M3")),
    # Who was declared lost was not seen on that day; who withdrew was.
    "lost": (dict(scans=[(91, "SD")], lost=200), ongoing(91, "response", "INVESTIGATOR", reason=LOST, cnsr=8)),
    "lost-then-seen": (dict(lost=200, last_alive=300), ongoing(300, "milestone", "LAST_ALIVE", reason=LOST, cnsr=8)),
    "withdrawn": (dict(scans=[(91, "SD")], withdrawn=200), ongoing(200, "milestone", "WITHDRAWN", reason=WITHDRAWN, cnsr=9)),
    "lost-then-withdrawn": (dict(lost=100, withdrawn=200), ongoing(200, "milestone", "WITHDRAWN", reason=LOST, cnsr=8)),
    "left-several-times": (dict(lost=[100, 300], withdrawn=[150, 200]), ongoing(200, "milestone", "WITHDRAWN", reason=LOST, cnsr=8)),
    "withdrawn-twice": (dict(lost=150, withdrawn=[100, 200]), ongoing(200, "milestone", "WITHDRAWN", reason=WITHDRAWN, cnsr=9)),
    "that-day": (dict(lost=200, withdrawn=200), ongoing(200, "milestone", "WITHDRAWN", reason=WITHDRAWN, cnsr=9)),
    # A step of the laboratory shows nobody alive.
    "laboratory": (dict(baseline_result=12), ongoing(0, "milestone", "INCLUDED")),
    "relative": (dict(relative=True, scans=[(1001, "SD")]), ongoing(1001, "response", "INVESTIGATOR")),
}

TTNT = {
    "new": (dict(new_treatment=[150, 300]), (0, 150, 1, NEW, 0, "milestone", 150, "NEW", None)),
    "given": (dict(treatments=[("NEW_PD", 150, None)], died=200), (0, 150, 1, NEW, 0, "treatment", 150, "NEW", None)),
    "resumed-is-not-new": (
        dict(stopped=0, resumed=100, treatments=[("RESUME_PD", 100, None)]),
        ongoing(100, "milestone", "TX_RESUME"),
    ),
    "progressed-only": (dict(scans=[(91, "PD")]), ongoing(91, "response", "INVESTIGATOR")),
    "death-first": (dict(died=150, new_treatment=151), died(150, 2)),
    "death-that-day": (dict(died=150, new_treatment=150), (0, 150, 1, NEW, 0, "milestone", 150, "NEW", None)),
    "after-cut-off": (dict(new_treatment=401), ongoing(0, "milestone", "INCLUDED")),
    "history": (dict(stopped=-3, treatments=[("NEW_PD", -300, -200)]), ongoing(0, "milestone", "INCLUDED")),
    # Between the stop and the inclusion: in the trial, and so at the origin.
    "before-inclusion": (dict(stopped=-10, new_treatment=-4), (0, 0, 1, NEW, 0, "milestone", -4, "NEW", BEFORE)),
    "lost": (dict(lost=200, scans=[(91, "SD")]), ongoing(91, "response", "INVESTIGATOR", reason=LOST, cnsr=8)),
}

NOT_STOPPED = (0, 0, 0, "THERAPY NOT STOPPED", 11, "milestone", 0, "INCLUDED", None)

TFI = {
    "resumed": (dict(stopped=5, resumed=200), (5, 195, 1, RESTART, 0, "milestone", 200, "RESUME, OTHER", None)),
    "for-ctdna": (
        dict(stopped=5, resumed=200, calls=[(182, "POSITIVE")]),
        (5, 195, 1, RESTART, 0, "milestone", 200, "RESUME, CTDNA", None),
    ),
    "new": (
        dict(stopped=5, scans=[(91, "PD")], new_treatment=100),
        (5, 95, 1, RESTART, 0, "milestone", 100, "NEW, PROGRESSION", None),
    ),
    "given": (
        dict(stopped=5, treatments=[("RESUME_PD", 120, None)]), (5, 115, 1, RESTART, 0, "treatment", 120, "RESUME, PROGRESSION", None)
    ),
    "restart-that-day": (dict(stopped=5, resumed=5), (5, 0, 1, RESTART, 0, "milestone", 5, "RESUME, OTHER", None)),
    "first-stop": (dict(stopped=[5, 100], resumed=[50, 200]), (5, 45, 1, RESTART, 0, "milestone", 50, "RESUME, OTHER", None)),
    "history": (dict(stopped=5, resumed=2, scans=[(91, "SD")]), ongoing(91, "response", "INVESTIGATOR", start=5)),
    "death": (dict(stopped=5, died=150), died(150, 2, start=5)),
    "death-on-the-day-of-the-restart": (
        dict(stopped=5, resumed=150, died=150), (5, 145, 1, RESTART, 0, "milestone", 150, "RESUME, OTHER", None)
    ),
    "death-the-day-before": (dict(stopped=5, resumed=150, died=149), died(149, 2, start=5)),
    "last-of-two": (dict(treatments=[("MAINTENANCE", -900, -100), ("MAINTENANCE", -99, 3)], died=150), died(150, 2, start=3)),
    "stop-by-treatment": (dict(treatments=[("MAINTENANCE", -900, 3)], died=150), died(150, 2, start=3)),
    "off": (
        dict(stopped=5, scans=[(91, "SD")], withdrawn=60),
        ongoing(91, "response", "INVESTIGATOR", start=5, reason=WITHDRAWN, cnsr=9),
    ),
    "lost-then-withdrawn": (
        dict(stopped=5, lost=60, withdrawn=200), ongoing(200, "milestone", "WITHDRAWN", start=5, reason=LOST, cnsr=8)
    ),
    # No stop, or none up to the cut-off: no such interval, whatever came.
    "not-stopped": (dict(scans=[(91, "SD")], died=150), NOT_STOPPED),
    "still-treated-with-another": (dict(treatments=[("MAINTENANCE", -900, -100), ("MAINTENANCE", -99, None)]), NOT_STOPPED),
    "treated-beyond-the-cut-off": (dict(treatments=[("MAINTENANCE", -900, -100), ("MAINTENANCE", -99, 401)]), NOT_STOPPED),
    "still-treated": (dict(treatments=[("MAINTENANCE", -900, None)]), NOT_STOPPED),
    "stop-after-cut-off": (dict(stopped=401), NOT_STOPPED),
    "restart-without-stop": (dict(resumed=100), NOT_STOPPED),
}

TTMR = {
    "positive": (
        dict(calls=[(45, "NEGATIVE"), (91, "POSITIVE"), (182, "POSITIVE")]),
        (0, 91, 1, POSITIVE, 0, "ctdna_result", 91, "positive-R2", None),
    ),
    "negative": (
        dict(calls=[(45, "NEGATIVE"), (91, "NEGATIVE"), (182, "NOT_EVALUABLE")], scans=[(300, "SD")]),
        ongoing(91, "ctdna_result", "NEGATIVE"),
    ),
    "no-test": (
        dict(calls=[(-20, "NEGATIVE")], baseline_draw=-20, scans=[(91, "SD")]),
        (0, 0, 0, NO_TEST, 12, "milestone", 0, "INCLUDED", None),
    ),
    "not-evaluable-only": (dict(calls=[(45, "NOT_EVALUABLE")]), (0, 0, 0, NO_TEST, 12, "milestone", 0, "INCLUDED", None)),
    "progressed-first": (
        dict(calls=[(45, "NEGATIVE"), (200, "POSITIVE")], scans=[(182, "PD")]),
        (0, 182, 2, PD, 0, "response", 182, "PD, INVESTIGATOR", None),
    ),
    "positive-on-the-day-of-progression": (
        dict(calls=[(182, "POSITIVE")], scans=[(182, "PD")]),
        (0, 182, 2, PD, 0, "response", 182, "PD, INVESTIGATOR", "ctDNA positive on the day of progression"),
    ),
    "positive-the-day-before": (
        dict(calls=[(181, "POSITIVE")], scans=[(182, "PD")]),
        (0, 181, 1, POSITIVE, 0, "ctdna_result", 181, "positive-the-day-before-R1", None),
    ),
    "suspected-first": (
        dict(calls=[(200, "POSITIVE")], scans=[(182, "PD", {"equivocal": True}), (250, "SD")]),
        (0, 200, 1, POSITIVE, 0, "ctdna_result", 200, "suspected-first-R1", None),
    ),
    "death-first": (dict(calls=[(45, "NEGATIVE")], died=150), died(150, 3)),
    "positive-on-the-day-of-death": (
        dict(calls=[(150, "POSITIVE")], died=150),
        (0, 150, 1, POSITIVE, 0, "ctdna_result", 150, "positive-on-the-day-of-death-R1", None),
    ),
    "progression-and-death": (dict(scans=[(150, "PD")], died=150), (0, 150, 2, PD, 0, "response", 150, "PD, INVESTIGATOR", None)),
    "after-cut-off": (dict(calls=[(364, "NEGATIVE"), (401, "POSITIVE")]), ongoing(364, "ctdna_result", "NEGATIVE")),
    "replaced": (
        dict(calls=[(45, "POSITIVE", 1, {"superseded_by": "replaced-R2"}), (45, "NEGATIVE")]),
        ongoing(45, "ctdna_result", "NEGATIVE"),
    ),
    "before-inclusion": (
        dict(baseline_draw=-20, calls=[(-20, "NEGATIVE"), (-5, "POSITIVE")]),
        (0, 0, 1, POSITIVE, 0, "ctdna_result", -5, "before-inclusion-R2", BEFORE),
    ),
    "lost": (dict(calls=[(45, "NEGATIVE")], lost=200), ongoing(45, "ctdna_result", "NEGATIVE", reason=LOST, cnsr=8)),
    # A positive of the baseline draw itself is the baseline's: the last draw up to the inclusion, else the first one after it.
    "baseline-day-0": (dict(baseline_draw=[-40, 0], calls=[(0, "POSITIVE"), (45, "NEGATIVE")]), ongoing(45, "ctdna_result", "NEGATIVE")),
    "baseline-later": (dict(baseline_draw=[3, 10], calls=[(3, "POSITIVE"), (45, "NEGATIVE")]), ongoing(45, "ctdna_result", "NEGATIVE")),
    "lost-then-withdrawn": (
        dict(calls=[(45, "NEGATIVE")], lost=100, withdrawn=200), ongoing(45, "ctdna_result", "NEGATIVE", reason=LOST, cnsr=8)
    ),
    "restart-does-not-matter": (
        dict(stopped=0, resumed=60, calls=[(45, "NEGATIVE"), (91, "POSITIVE")]),
        (0, 91, 1, POSITIVE, 0, "ctdna_result", 91, "restart-does-not-matter-R2", None),
    ),
}  # fmt: skip

CONVERTED = [(45, "NEGATIVE"), (100, "POSITIVE")]
NO_SCAN = (100, 0, 0, "NO POST-BASELINE ASSESSMENT", 2, "ctdna_result", 100)

TTPMR = {
    "progression": (
        dict(calls=CONVERTED, resumed=110, scans=[(91, "SD"), (182, "SD"), (273, "PD")]),
        (100, 173, 1, PD, 0, "response", 273, "PD, INVESTIGATOR", None),
    ),
    "death": (dict(calls=CONVERTED, scans=[(182, "SD")], died=200), died(200, 1, start=100)),
    "death-that-day": (dict(calls=CONVERTED, died=100), died(100, 1, start=100)),
    "progression-and-death": (
        dict(calls=CONVERTED, scans=[(182, "PD")], died=182),
        (100, 82, 1, PD, 0, "response", 182, "PD, INVESTIGATOR", None),
    ),
    "scanned": (
        dict(calls=CONVERTED, scans=[(91, "SD"), (182, "PR"), (273, "NE")]),
        ongoing(182, "response", "PR, INVESTIGATOR", start=100),
    ),
    "scanned-before-only": (dict(calls=CONVERTED, scans=[(91, "SD"), (100, "SD")]), (*NO_SCAN, "scanned-before-only-R2", None)),
    "lost": (
        dict(calls=CONVERTED, scans=[(182, "SD")], lost=300),
        ongoing(182, "response", "SD, INVESTIGATOR", start=100, reason=LOST, cnsr=8),
    ),
    "lost-then-withdrawn": (
        dict(calls=CONVERTED, scans=[(182, "SD")], lost=200, withdrawn=300),
        ongoing(182, "response", "SD, INVESTIGATOR", start=100, reason=LOST, cnsr=8),
    ),
    "after-cut-off": (
        dict(calls=CONVERTED, scans=[(182, "SD"), (401, "PD")]),
        ongoing(182, "response", "SD, INVESTIGATOR", start=100),
    ),
    "suspected": (
        dict(calls=CONVERTED, scans=[(182, "PD", {"equivocal": True})]),
        (100, 82, 0, ONGOING, 4, "response", 182, "PD, INVESTIGATOR", "progression suspected, not confirmed"),
    ),
    "before-inclusion": (
        dict(baseline_draw=-20, calls=[(-20, "NEGATIVE"), (-5, "POSITIVE")], scans=[(91, "PD")]),
        (-5, 96, 1, PD, 0, "response", 91, "PD, INVESTIGATOR", None),  # 91 + 5
    ),
    # Not converted first: no such time.
    "never-positive": (dict(calls=[(45, "NEGATIVE")], scans=[(91, "PD")]), None),
    "progressed-first": (dict(calls=CONVERTED, scans=[(99, "PD")]), None),
    "progressed-that-day": (dict(calls=CONVERTED, scans=[(100, "PD")]), None),
    "positive-after-cut-off": (dict(calls=[(401, "POSITIVE")]), None),
}  # fmt: skip

CASES = {"OS": OS, "TTNT": TTNT, "TFI": TFI, "TTMR": TTMR, "TTPMR": TTPMR}


@pytest.mark.parametrize("parameter", CASES)
def test_each_situation_ends_as_it_should(parameter):
    question, _ = TIME_QUESTIONS[parameter]
    trial = asked(*(patient(name, site="01", **told) for name, (told, _) in CASES[parameter].items()))
    answer = trial.ask(question)
    assert set(answer.paramcd) == {parameter}
    found = {name: tuple(row) for name, *row in rows(answer, "subject_id", *TOLD)}
    wanted = {name: row for name, (_, row) in CASES[parameter].items() if row is not None}
    assert {name: (found.get(name), row) for name, row in wanted.items() if found.get(name) != row} == {}
    assert set(found) == set(wanted)


def test_until_when_nothing_was_known_to_have_happened():
    trial = asked(
        patient("01-1", calls=[(45, "NEGATIVE"), (91, "POSITIVE")], scans=[(60, "SD"), (120, "SD"), (182, "PD")]),
        patient("01-2", calls=[(45, "NEGATIVE")], scans=[(60, "SD"), (182, "PD")]),
        patient("01-3", calls=[(91, "POSITIVE")], died=150),
        patient("01-4", calls=[(45, "NEGATIVE")]),
    )
    # TTMR: positive on 91 after the negative of 45; progression on 182 after the scan of 60; positive as the first draw; censored.
    assert rows(trial.ask("time_to_molecular_recurrence"), "time_days", "clear_days") == [(91, 45), (182, 60), (91, 0), (45, 45)]
    # TTPMR from day 91: progression on 182 (182 − 91), the scan before it on 120 (120 − 91); death on 150 (150 − 91).
    assert rows(trial.ask("time_from_first_positive"), "time_days", "clear_days") == [(91, 29), (59, 59)]


@pytest.mark.parametrize(
    ("origin", "start"), [("INCLUDED", (0, 0)), ("TX_STOP", (5, 0)), ("BASELINE_DRAW", (-20, 0))]
)
def test_the_origin_is_the_protocols_choice_but_for_the_interval_without_therapy_and_the_time_from_the_positive(origin, start):
    told = dict(scans=[(182, "SD")], calls=[(91, "POSITIVE")], new_treatment=200)
    trial = asked(
        patient("01-1", baseline_draw=[-40, -20], stopped=5, **told), patient("01-2", **told),
        protocol=with_rule("endpoint", origin=origin),
    )
    said = None if origin == "INCLUDED" else "origin not recorded, inclusion used"
    others = set(TIME_QUESTIONS) - {"TFI", "TTPMR"}
    for question in sorted({TIME_QUESTIONS[parameter][0] for parameter in others}):
        answer = trial.ask(question)
        assert rows(answer, "start_day", "flag") == [(start[0], None), (start[1], said)], question
        assert (answer.time_days == answer.end_day - answer.start_day).all()
    assert rows(trial.ask("treatment_free_interval"), "start_day") == [(5,), (0,)]
    assert rows(trial.ask("time_from_first_positive"), "start_day") == [(91,), (91,)]


@pytest.mark.parametrize("parameter", TIME_QUESTIONS)
def test_one_day_is_added_where_the_protocol_says_so(parameter):
    someone = patient(
        stopped=0, scans=[(91, "SD"), (182, "PD")], calls=[(45, "NEGATIVE"), (91, "POSITIVE")], new_treatment=200, died=300,
        questionnaires=[(0, {29: 6, 30: 6}), (91, {29: 3, 30: 3})],
    )
    question, estimand = TIME_QUESTIONS[parameter]
    [plain] = rows(asked(someone).ask(question, **estimand), "start_day", "end_day", "time_days", "clear_days", "event")
    [added] = rows(
        asked(someone, protocol=with_rule("endpoint", aval_add_one=True)).ask(question, **estimand),
        "start_day", "end_day", "time_days", "clear_days", "event",
    )
    start, end, time, clear, event = plain
    assert time == end - start and event
    assert added == (start, end, time + 1, clear + 1, event)


@pytest.mark.parametrize("parameter", TIME_QUESTIONS)
def test_the_stopped_are_a_population_of_their_own(parameter):
    told = dict(calls=[(91, "POSITIVE")], scans=[(182, "SD")])
    patients = [patient("01-1", stopped=0, **told), patient("01-2", **told), patient("01-3", stopped=401, **told)]
    question, estimand = TIME_QUESTIONS[parameter]
    assert list(asked(*patients).ask(question, **estimand).subject_id) == ["01-1", "01-2", "01-3"]
    stopped = asked(*patients, protocol=with_rule("endpoint", population="stopped"))
    assert list(stopped.ask(question, **estimand).subject_id) == ["01-1"]


@pytest.mark.parametrize("parameter", TIME_QUESTIONS)
def test_a_patient_never_included_has_no_time_and_another_sites_rows_never_change_mine(parameter):
    mine = [
        patient("01-1", stopped=0, scans=[(91, "PD")], calls=[(45, "POSITIVE")], questionnaires=[(0, {29: 6}), (91, {29: 1})]),
        patient("01-2", stopped=0, scans=[(91, "SD")], died=200),
    ]
    others = [patient("01-9", included=None, consented=1, scans=[(91, "PD")], calls=[(45, "POSITIVE")], died=100)]
    told = dict(resumed=30, treatments=[("STUDY", 0, 10)], scans=[(50, "PD")], calls=[(20, "POSITIVE")])
    others += [patient(f"02-{n}", **told) for n in range(3)]
    question, estimand = TIME_QUESTIONS[parameter]
    alone, among = asked(*mine).ask(question, **estimand), asked(*mine, *others).ask(question, **estimand)
    assert rows(alone) == rows(among[among.site_id == "01"])
    assert len(alone) >= 1
