"""The censoring table row by row in its three variants: the study's, FDA's and EMA's; sums in the comments.

Days count from the inclusion, the cut-off is day 400. Two scans are missed when an event comes more than 2 × (91 + 14) = 210
days after the last evaluable scan. Told as (end, event, reason, cnsr, flag).
"""

import pytest

from tests.store.queries.trials import asked, patient, rows, with_rule

PD, DEATH, ONGOING = "RADIOLOGICAL PROGRESSION", "DEATH", "ONGOING WITHOUT EVENT"
GAP, LATE = "event after 2 or more missed assessments", "late death without assessment"
AFTER_GAP, LATE_DEATH = "EVENT AFTER >=2 MISSED ASSESSMENTS", "LATE DEATH WITHOUT ASSESSMENT"
NONE, NO_BASELINE = "NO POST-BASELINE ASSESSMENT", "NO BASELINE ASSESSMENT"
RESTART, NEW, CLINICAL, UNDOCUMENTED = (
    "RESTART FOR CTDNA POSITIVITY", "NEW ANTICANCER THERAPY", "CLINICAL PROGRESSION", "UNDOCUMENTED PROGRESSION",
)  # fmt: skip
STEADY = [(91, "SD"), (182, "SD")]
FOR_CTDNA = dict(stopped=0, calls=[(80, "POSITIVE")])


def event(day, reason=PD, flag=None):
    return (day, True, reason, 0, flag)


def censored(day, reason, cnsr, flag=None):
    return (day, False, reason, cnsr, flag)


def alike(end):
    return (end, end, end)


CASES = {
    # Row 1: no baseline scan, as the records say; alive.
    "01-no-baseline": (dict(visits=[("SCAN-0", None, "MISSED")], scans=STEADY), alike(censored(0, NO_BASELINE, 1))),
    "01-nor-scan": (dict(visits=[("SCAN-0", None, "MISSED")]), alike(censored(0, NO_BASELINE, 1))),
    # Missed, but made good: the visit took place later, a scan was read, the response at entry is recorded.
    "01-done-later": (
        dict(visits=[("SCAN-0", None, "MISSED"), ("SCAN-0", 4, "DONE")], scans=STEADY),
        alike(censored(182, ONGOING, 4)),
    ),
    "01-other-visit": (
        dict(visits=[("SCREEN", -15, "DONE"), ("SCAN-0", None, "MISSED")], scans=STEADY),
        alike(censored(182, ONGOING, 4)),
    ),
    "01-scanned": (dict(visits=[("SCAN-0", None, "MISSED")], scans=[(-9, "CR"), *STEADY]), alike(censored(182, ONGOING, 4))),
    "01-scan-not-read": (
        dict(visits=[("SCAN-0", None, "MISSED")], scans=[(-9, "NE"), *STEADY]),
        alike(censored(0, NO_BASELINE, 1)),
    ),
    "01-at-entry": (
        dict(visits=[("SCAN-0", None, "MISSED")], response_at_entry="CR", scans=STEADY),
        alike(censored(182, ONGOING, 4)),
    ),
    # Nothing is said of the baseline scan: that is no missed one. Nor is a missed blood draw, nor a missed scan of month 3.
    "01-unsaid": (dict(scans=STEADY), alike(censored(182, ONGOING, 4))),
    "01-blood": (
        dict(visits=[("BLOOD-0", None, "MISSED"), ("M3", None, "MISSED")], scans=STEADY),
        alike(censored(182, ONGOING, 4)),
    ),
    # An event is one without a baseline too, and says so.
    "01-event": (
        dict(visits=[("SCAN-0", None, "MISSED")], scans=[(91, "SD"), (182, "PD")]), alike(event(182, flag="baseline assessment missed"))
    ),
    "01-death": (dict(visits=[("SCAN-0", None, "MISSED")], died=50), alike(event(50, DEATH, "baseline assessment missed"))),
    # Row 1: no scan after the baseline, alive.
    "01-none": (dict(scans=[(-20, "PR"), (0, "CR")]), alike(censored(0, NONE, 2))),
    "01-none-lost": (dict(lost=50), alike(censored(0, NONE, 2))),
    # Row 2: no scan, death within two intervals: 210 − 0 = 210 days, not more than 210.
    "02": (dict(died=210), alike(event(210, DEATH))),
    # Row 3: no scan, death on day 211 > 210.
    "03": (dict(died=211), (event(211, DEATH, LATE), censored(0, LATE_DEATH, 3), event(211, DEATH, LATE))),
    "03-ne": (dict(scans=[(91, "NE")], died=211), (event(211, DEATH, LATE), censored(0, LATE_DEATH, 3), event(211, DEATH, LATE))),
    # Row 4: progression at or between scheduled scans.
    "04": (dict(scans=[(91, "SD"), (185, "PD"), (273, "PD")]), alike(event(185))),
    # Row 5: no progression, on study.
    "05": (dict(scans=[*STEADY, (273, "NE")]), alike(censored(182, ONGOING, 4))),
    # Row 6: death between scans.
    "06": (dict(scans=[(91, "SD")], died=130), alike(event(130, DEATH))),
    # Row 7: progression or death after two missed scans: 302 − 91 = 211 > 210; on day 301 it is not.
    "07": (dict(scans=[(91, "SD"), (302, "PD")]), (event(302, flag=GAP), censored(91, AFTER_GAP, 5), event(302, flag=GAP))),
    "07-ne": (
        dict(scans=[(91, "SD"), (182, "NE"), (302, "PD")]),
        (event(302, flag=GAP), censored(91, AFTER_GAP, 5), event(302, flag=GAP)),
    ),
    "07-not": (dict(scans=[(91, "SD"), (301, "PD")]), alike(event(301))),
    "07-death": (dict(scans=[(91, "SD")], died=302), (event(302, DEATH, GAP), censored(91, AFTER_GAP, 5), event(302, DEATH, GAP))),
    "07-first-scan": (dict(scans=[(211, "PD")]), (event(211, flag=GAP), censored(0, AFTER_GAP, 5), event(211, flag=GAP))),
    # A scan without progression on the day of death, or since the gap: the death is not right after missed scans.
    "07-scanned-that-day": (dict(scans=[(91, "SD"), (302, "SD")], died=302), alike(event(302, DEATH))),
    "07-scanned-again": (dict(scans=[(91, "SD"), (310, "SD")], died=330), alike(event(330, DEATH))),
    "07-alive": (dict(scans=[(91, "SD"), (310, "SD")]), alike(censored(310, ONGOING, 4))),
    # FDA's gap ends the time: what comes after it (a death, a restart) changes nothing.
    "07-then-dead": (
        dict(scans=[(91, "SD"), (302, "PD")], died=310),
        (event(302, flag=GAP), censored(91, AFTER_GAP, 5), event(302, flag=GAP)),
    ),
    # Row 8: therapy resumed for ctDNA on day 200, progression on 273.
    "08": (dict(**FOR_CTDNA, resumed=200, scans=[*STEADY, (273, "PD")]), (event(273), censored(182, RESTART, 6), event(273))),
    "08-dead": (
        dict(**FOR_CTDNA, resumed=100, scans=[(91, "SD")], died=130),
        (event(130, DEATH), censored(91, RESTART, 6), event(130, DEATH)),
    ),
    "08-that-day": (
        dict(**FOR_CTDNA, resumed=182, scans=[*STEADY, (273, "SD")]),
        (censored(273, ONGOING, 4), censored(182, RESTART, 6), censored(273, ONGOING, 4)),  # the scan of the day of the restart counts
    ),
    "08-no-scan": (
        dict(**FOR_CTDNA, resumed=85, scans=STEADY),
        (censored(182, ONGOING, 4), censored(0, RESTART, 6), censored(182, ONGOING, 4)),
    ),
    "08-lost": (
        dict(**FOR_CTDNA, resumed=100, scans=STEADY, lost=190),
        (censored(182, "LOST TO FOLLOW-UP", 8), censored(91, RESTART, 6), censored(182, "LOST TO FOLLOW-UP", 8)),
    ),
    "08-second": (  # resumed for another reason first: that one ends the time
        dict(stopped=0, treatments=[("RESUME_OTHER", 100, 120), ("RESUME_CTDNA", 200, None)], scans=[*STEADY, (273, "PD")]),
        (event(273), censored(91, NEW, 7), event(273)),
    ),
    "08-twice": (  # the first resumption ends the time
        dict(stopped=0, treatments=[("RESUME_CTDNA", 100, 150), ("RESUME_CTDNA", 200, None)], scans=[*STEADY, (273, "PD")]),
        (event(273), censored(91, RESTART, 6), event(273)),
    ),
    # Row 9: new therapy, or the old one for another reason, before any progression.
    "09": (dict(new_treatment=100, scans=STEADY), (censored(182, ONGOING, 4), censored(91, NEW, 7), censored(182, ONGOING, 4))),
    "09-resumed": (
        dict(treatments=[("RESUME_OTHER", 100, None)], scans=[*STEADY, (273, "PD")]), (event(273), censored(91, NEW, 7), event(273))
    ),
    "09-after": (dict(scans=[(91, "SD"), (182, "PD")], new_treatment=190), alike(event(182))),  # treated for what the scan showed
    # Rows 10 and 11: lost, withdrawn: at the last evaluable scan.
    "10": (dict(scans=[(91, "SD"), (182, "NE")], lost=190), alike(censored(91, "LOST TO FOLLOW-UP", 8))),
    "11": (dict(scans=[(91, "SD")], withdrawn=150), alike(censored(91, "WITHDRAWAL OF CONSENT", 9))),
    # Row 12: treated for a progression that no scan shows; the one who dies, and the one whose scan shows it later.
    "12": (
        dict(scans=[(91, "SD")], treatments=[("NEW_PD", 120, None)]),
        (censored(91, UNDOCUMENTED, 10), censored(91, UNDOCUMENTED, 10), event(120, CLINICAL)),
    ),
    "12-resumed": (
        dict(scans=[*STEADY], treatments=[("RESUME_PD", 120, None)]),
        (censored(182, UNDOCUMENTED, 10), censored(91, UNDOCUMENTED, 10), event(120, CLINICAL)),
    ),
    "12-dead": (
        dict(scans=[(91, "SD")], treatments=[("NEW_PD", 120, None)], died=150),
        (event(150, DEATH), censored(91, UNDOCUMENTED, 10), event(120, CLINICAL)),
    ),
    "12-shown-later": (
        dict(scans=[(91, "SD"), (140, "PD")], treatments=[("NEW_PD", 120, None)]),
        (event(140), censored(91, UNDOCUMENTED, 10), event(120, CLINICAL)),
    ),
    "12-twice": (
        dict(stopped=0, scans=STEADY, treatments=[("RESUME_PD", 120, 150), ("NEW_PD", 200, None)]),
        (censored(182, UNDOCUMENTED, 10), censored(91, UNDOCUMENTED, 10), event(120, CLINICAL)),
    ),
    "12-lost-before": (
        dict(scans=[(91, "SD")], lost=110, treatments=[("NEW_PD", 120, None)]),
        (censored(91, "LOST TO FOLLOW-UP", 8), censored(91, UNDOCUMENTED, 10), event(120, CLINICAL)),
    ),
    "12-suspected": (  # the scan of 115 raised a suspicion that nothing confirmed
        dict(scans=[(91, "SD"), (115, "PD", {"equivocal": True})], treatments=[("NEW_PD", 120, None)]),
        (
            censored(115, UNDOCUMENTED, 10, "progression suspected, not confirmed"),
            censored(115, UNDOCUMENTED, 10, "progression suspected, not confirmed"),
            event(120, CLINICAL),
        ),
    ),
    # Row 13: a second cancer and its treatment end nothing.
    "13": (dict(scans=STEADY, treatments=[("OTHER", 100, None)]), alike(censored(182, ONGOING, 4))),
    # Row 14: after the cut-off, day 400, nothing is known: progression, death, restart, clinical progression.
    "14-pd": (dict(scans=[(364, "SD"), (401, "PD")]), alike(censored(364, ONGOING, 4))),
    "14-death": (dict(scans=[(364, "SD")], died=401), alike(censored(364, ONGOING, 4))),
    "14-restart": (dict(**FOR_CTDNA, scans=[(364, "SD")], resumed=401), alike(censored(364, ONGOING, 4))),
    "14-treated": (dict(scans=[(364, "SD")], treatments=[("NEW_PD", 401, None)]), alike(censored(364, ONGOING, 4))),
    "14-last-day": (dict(scans=[(364, "SD"), (400, "PD")]), alike(event(400))),
    # One day: an event beats what would censor; progression before death before clinical progression.
    "day-pd-restart": (dict(**FOR_CTDNA, resumed=182, scans=[(91, "SD"), (182, "PD")]), alike(event(182))),
    "day-death-restart": (dict(**FOR_CTDNA, resumed=130, scans=[(91, "SD")], died=130), alike(event(130, DEATH))),
    "day-pd-death": (dict(scans=[(91, "SD"), (182, "PD")], died=182), alike(event(182))),
    "day-pd-treated": (dict(scans=[(91, "SD"), (182, "PD")], treatments=[("NEW_PD", 182, None)]), alike(event(182))),
    "day-death-treated": (dict(scans=[(91, "SD")], treatments=[("NEW_PD", 130, None)], died=130), alike(event(130, DEATH))),
    "day-pd-lost": (dict(scans=[(91, "SD"), (182, "PD")], lost=182, withdrawn=182), alike(event(182))),
    # One day, several that censor: for ctDNA before a clinical progression before another reason.
    "day-ctdna-pd": (
        dict(stopped=0, scans=[(91, "SD")], treatments=[("RESUME_CTDNA", 100, None), ("NEW_PD", 100, None)]),
        (censored(91, UNDOCUMENTED, 10), censored(91, RESTART, 6), event(100, CLINICAL)),
    ),
    "day-pd-other": (
        dict(stopped=0, scans=[(91, "SD")], new_treatment=100, treatments=[("RESUME_PD", 100, None)]),
        (censored(91, UNDOCUMENTED, 10), censored(91, UNDOCUMENTED, 10), event(100, CLINICAL)),
    ),
    "day-exits": (dict(scans=[(91, "SD")], lost=150, withdrawn=150), alike(censored(91, "WITHDRAWAL OF CONSENT", 9))),
    "day-exits-treated": (
        dict(scans=[(91, "SD")], lost=150, withdrawn=150, treatments=[("NEW_PD", 150, None)]),
        (censored(91, UNDOCUMENTED, 10), censored(91, UNDOCUMENTED, 10), event(150, CLINICAL)),
    ),
}  # fmt: skip

IMAGING = {"needs_imaging": True}
PLAN = [("SCREEN", -21, IMAGING), ("SCAN-0", 0, IMAGING), ("BLOOD-0", 0), ("M3", 91, IMAGING)]


@pytest.fixture(scope="module")
def trial():
    return asked(*(patient(name, site="01", **told) for name, (told, _) in CASES.items()), visit_plan=PLAN)


@pytest.mark.parametrize("censoring", ["study", "fda", "ema"])
def test_each_situation_ends_as_the_table_says(trial, censoring):
    answer = trial.ask("time_to_event", censoring=censoring)
    found = {name: tuple(end) for name, *end in rows(answer, "subject_id", "end_day", "event", "reason", "cnsr", "flag")}
    wanted = {name: ends[["study", "fda", "ema"].index(censoring)] for name, (_, ends) in CASES.items()}
    assert {name: (found[name], end) for name, end in wanted.items() if found[name] != end} == {}
    assert set(found) == set(wanted)


def test_every_row_of_the_table_is_there():
    assert {name[:2] for name in CASES if name[0] in "01"} == {f"{row:02}" for row in range(1, 15)}


def test_the_table_is_the_protocols_choice_and_the_studys_by_default():
    late = patient(scans=[(91, "SD"), (302, "PD")])
    assert list(asked(late).ask("time_to_event").event) == [True]
    assert list(asked(late, protocol=with_rule("endpoint", censoring="fda")).ask("time_to_event").event) == [False]


def test_the_record_that_decided_is_named(trial):
    columns = ["source_table", "source_day", "source_detail"]
    fda, ema = (trial.ask("time_to_event", censoring=table).set_index("subject_id") for table in ("fda", "ema"))
    assert rows(fda.loc[["01-no-baseline"]], *columns) == [("visit", 0, "SCAN-0")]
    assert rows(fda.loc[["03"]], *columns) == [("milestone", 0, "INCLUDED")]
    assert rows(fda.loc[["07"]], *columns) == [("response", 91, "SD, INVESTIGATOR")]
    assert rows(fda.loc[["08"]], *columns) == [("response", 182, "SD, INVESTIGATOR")]
    assert rows(ema.loc[["12"]], *columns) == [("treatment", 120, "NEW")]
    assert rows(ema.loc[["12-resumed"]], *columns) == [("treatment", 120, "RESUME")]


def test_a_missed_baseline_scan_is_one_planned_up_to_the_origin():
    # Stopped on day 100: the missed scan of month 3 is the baseline of that origin; the one of day −21 was done.
    told = dict(stopped=100, visits=[("SCREEN", -20, "DONE"), ("SCAN-0", None, "MISSED"), ("M3", None, "MISSED")], scans=[(182, "SD")])
    plan = [visit for visit in PLAN if visit[0] != "SCREEN"]
    trial = asked(patient(**told), visit_plan=plan, protocol=with_rule("endpoint", origin="TX_STOP"))
    assert rows(trial.ask("time_to_event"), "end_day", "reason", "source_day", "source_detail") == [(100, NO_BASELINE, 91, "M3")]
    trial = asked(patient(**told), visit_plan=PLAN, protocol=with_rule("endpoint", origin="TX_STOP"))
    assert rows(trial.ask("time_to_event"), "end_day", "reason") == [(182, ONGOING)]


DEFS = {
    # FDA censors the progression of day 302 before the gap; free of a positive ctDNA only as far as a draw says so as well.
    "draw-first": (  # min(91, 45)
        dict(scans=[(91, "SD"), (302, "PD")], calls=[(45, "NEGATIVE")]),
        (45, False, AFTER_GAP, "ctdna_result"),
    ),
    "scan-first": (  # min(91, 200)
        dict(scans=[(91, "SD"), (302, "PD")], calls=[(200, "NEGATIVE")]),
        (91, False, AFTER_GAP, "response"),
    ),
    "no-draw": (dict(scans=[(91, "SD"), (302, "PD")]), (0, False, AFTER_GAP, "milestone")),
    "no-scan": (dict(died=211, calls=[(45, "NEGATIVE")]), (0, False, LATE_DEATH, "milestone")),
    # A positive draw or a restart is an event, however long ago the last scan was.
    "positive": (dict(scans=[(91, "SD")], calls=[(350, "POSITIVE")]), (350, True, "CTDNA POSITIVE", "ctdna_result")),
    "restart": (
        dict(stopped=0, scans=[(91, "SD")], treatments=[("RESUME_OTHER", 350, None)]),
        (350, True, "RESTART OF THERAPY", "treatment"),
    ),
}


def test_failure_of_the_de_escalation_under_fdas_table():
    trial = asked(*(patient(name, site="01", **told) for name, (told, _) in DEFS.items()))
    answer = trial.ask("time_to_event", estimand="composite", censoring="fda")
    found = {name: tuple(end) for name, *end in rows(answer, "subject_id", "end_day", "event", "reason", "source_table")}
    assert found == {name: end for name, (_, end) in DEFS.items()}


def test_a_restart_for_a_clinical_progression_is_named_as_that_by_ema_only():
    trial = asked(patient(stopped=0, scans=[(91, "SD")], treatments=[("NEW_PD", 120, None)]))
    for estimand, by_study, cause in (("composite", "RESTART OF THERAPY", 1), ("while-on-strategy", "RESTART OF THERAPY", 2)):
        assert rows(trial.ask("time_to_event", estimand=estimand), "end_day", "reason", "cause") == [(120, by_study, cause)]
        assert rows(trial.ask("time_to_event", estimand=estimand, censoring="ema"), "end_day", "reason", "cause") == [(120, CLINICAL, 1)]


CLEAR = {
    # Told as (time, clear) under treatment policy and for the composite.
    "pd": (dict(scans=[(91, "SD"), (182, "NE"), (273, "PD")]), (273, 91), (273, 91)),  # the scan not evaluable clears nothing
    "pd-first-scan": (dict(scans=[(0, "CR"), (91, "PD")]), (91, 0), (91, 0)),
    "suspected-before": (
        dict(scans=[(91, "SD"), (182, "PD", {"equivocal": True}), (200, "SD"), (273, "PD")]),
        (273, 200), (273, 200),
    ),
    "death": (dict(scans=[(91, "SD")], died=130), (130, 130), (130, 130)),
    "censored": (dict(scans=STEADY, calls=[(91, "NEGATIVE")]), (182, 182), (91, 91)),
    "positive": (
        dict(scans=STEADY, calls=[(45, "NEGATIVE"), (91, "NEGATIVE"), (150, "NOT_EVALUABLE"), (160, "POSITIVE")]),
        (182, 182), (160, 91),
    ),
    "positive-first-draw": (dict(scans=STEADY, calls=[(0, "NEGATIVE"), (160, "POSITIVE")]), (182, 182), (160, 0)),
    "replaced": (
        dict(calls=[(45, "NEGATIVE"), (91, "NEGATIVE", None, {"superseded_by": "replaced-R3"}), (91, "NOT_EVALUABLE"), (160, "POSITIVE")]),
        (0, 0), (160, 45),
    ),
    "before-origin": (dict(scans=[(-30, "SD"), (-10, "PD")]), (0, 0), (0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("plus", [0, 1])
def test_until_when_nothing_was_known_to_have_happened(plus):
    rule = with_rule("endpoint", aval_add_one=plus == 1)
    trial = asked(*(patient(name, site="01", **told) for name, (told, *_) in CLEAR.items()), protocol=rule)
    for position, estimand in enumerate(("treatment-policy", "composite"), start=1):
        answer = trial.ask("time_to_event", estimand=estimand)
        found = {name: (time, clear) for name, time, clear in rows(answer, "subject_id", "time_days", "clear_days")}
        assert found == {name: tuple(days + plus for days in case[position]) for name, case in CLEAR.items()}
