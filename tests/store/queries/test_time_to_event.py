"""Time to event by hand: every row of the censoring table, the precedence rules, the estimands; sums in the comments.

Days count from the inclusion. Interval 91 days, window 14: an event more than 2 × (91 + 14) = 210 days after the last
evaluable scan is flagged.
"""

import pytest

from heroes.access import Policy, Role
from heroes.errors import ClosedDataError
from tests.store.queries.trials import asked, patient, rows, with_rule

EQUIVOCAL = {"equivocal": True}
PD, DEATH, ONGOING = "RADIOLOGICAL PROGRESSION", "DEATH", "ONGOING WITHOUT EVENT"
UNREAD_SCAN = "reading of a scan not delivered"

CASES = {
    # Row 1: nothing after the baseline, alive: censored at the origin.
    "row-01-none": (dict(scans=[(-20, "PR"), (0, "CR")]), (0, False, "NO POST-BASELINE ASSESSMENT", 2, None)),
    "row-01-ne": (dict(scans=[(91, "NE"), (182, "NE")]), (0, False, "NO POST-BASELINE ASSESSMENT", 2, None)),
    # Row 2: no scan, death within 2 intervals: 210 − 0 = 210, not more than 210.
    "row-02": (dict(died=210), (210, True, DEATH, 0, None)),
    # Row 3: no scan, later death: 211 − 0 > 210. Counts, with a flag.
    "row-03": (dict(died=211), (211, True, DEATH, 0, "late death without assessment")),
    # Row 4: progression, at its scan and not at the later ones.
    "row-04": (dict(scans=[(90, "SD"), (185, "PD"), (270, "PD")]), (185, True, PD, 0, None)),
    # Row 5: on study, last evaluable scan; the NE scan of day 273 dates nothing.
    "row-05": (dict(scans=[(91, "SD"), (182, "CR"), (273, "NE")]), (182, False, ONGOING, 4, None)),
    # Row 6: death between scans.
    "row-06": (dict(scans=[(91, "SD")], died=130), (130, True, DEATH, 0, None)),
    # Row 7: two scans missed: 302 − 91 = 211 > 210; one day earlier it is not flagged. NE scans close no gap.
    "row-07": (dict(scans=[(91, "SD"), (182, "NE"), (302, "PD")]), (302, True, PD, 0, "event after 2 or more missed assessments")),
    "row-07-not": (dict(scans=[(91, "SD"), (182, "NE"), (301, "PD")]), (301, True, PD, 0, None)),
    "row-07-death": (dict(scans=[(91, "SD")], died=302), (302, True, DEATH, 0, "event after 2 or more missed assessments")),
    # Row 8: therapy resumed for ctDNA: followed on, to the progression.
    "row-08": (
        dict(calls=[(182, "POSITIVE")], resumed=200, stopped=0, scans=[(91, "SD"), (182, "SD"), (273, "PD")]), (273, True, PD, 0, None)
    ),
    # Row 9: new therapy without progression: ignored.
    "row-09": (dict(new_treatment=100, scans=[(91, "SD"), (182, "SD")]), (182, False, ONGOING, 4, None)),
    # Rows 10 and 11: lost, withdrawn: at the last evaluable scan, not at the day of leaving.
    "row-10": (dict(scans=[(91, "SD")], lost=150), (91, False, "LOST TO FOLLOW-UP", 8, None)),
    "row-11": (dict(scans=[(91, "SD")], withdrawn=150), (91, False, "WITHDRAWAL OF CONSENT", 9, None)),
    "row-11-first": (dict(scans=[(91, "SD")], withdrawn=150, lost=140), (91, False, "LOST TO FOLLOW-UP", 8, None)),
    # Row 12: treated for a progression that no scan shows: no event.
    "row-12": (dict(scans=[(91, "SD")], treatments=[("NEW_PD", 120, None)]), (91, False, "UNDOCUMENTED PROGRESSION", 10, None)),
    # Row 14: after the cut-off (day 400) nothing is known.
    "row-14-pd": (dict(scans=[(364, "SD"), (401, "PD")]), (364, False, ONGOING, 4, None)),
    "row-14-death": (dict(scans=[(364, "SD")], died=401), (364, False, ONGOING, 4, None)),
    "row-14-confirming": (
        dict(scans=[(364, "PD", EQUIVOCAL), (401, "PD")]), (364, False, ONGOING, 4, "progression suspected, not confirmed")
    ),
    "on-cut-off-day": (dict(scans=[(364, "SD"), (400, "PD")]), (400, True, PD, 0, None)),
    "cut-off-unknown": (dict(scans=[(364, "SD"), (1001, "SD")], relative=True), (1001, False, ONGOING, 4, None)),
    # Precedence: progression and death on one day; a scan and a death on one day without progression.
    "same-day": (dict(scans=[(91, "SD"), (182, "PD")], died=182), (182, True, PD, 0, None)),
    "scan-and-death": (dict(scans=[(91, "SD"), (182, "SD")], died=182), (182, True, DEATH, 0, None)),
    "dead-first": (dict(scans=[(91, "SD"), (182, "PD")], died=150), (150, True, DEATH, 0, None)),
    "event-beats-loss": (dict(scans=[(91, "SD"), (182, "PD")], lost=100), (182, True, PD, 0, None)),
    # Two readings of one day: the worst. CR and PD is PD; NE beside SD leaves SD.
    "worst-pd": (dict(scans=[(91, "CR"), (91, "PD")]), (91, True, PD, 0, None)),
    "worst-sd": (dict(scans=[(91, "NE"), (91, "SD")]), (91, False, ONGOING, 4, None)),
    "worst-not-equivocal": (dict(scans=[(91, "PD", EQUIVOCAL), (91, "PD"), (182, "SD")]), (91, True, PD, 0, None)),
    # Equivocal: confirmed by the next evaluable scan it counts from the first suspicion, else it does not.
    "equivocal-confirmed": (dict(scans=[(91, "PD", EQUIVOCAL), (140, "NE"), (182, "PD")]), (91, True, PD, 0, None)),
    "equivocal-not": (
        dict(scans=[(91, "PD", EQUIVOCAL), (182, "SD"), (273, "SD")]), (273, False, ONGOING, 4, "progression suspected, not confirmed")
    ),
    "equivocal-then-later": (dict(scans=[(91, "PD", EQUIVOCAL), (182, "SD"), (273, "PD")]), (273, True, PD, 0, None)),
    "equivocal-twice": (dict(scans=[(91, "PD", EQUIVOCAL), (182, "PD", EQUIVOCAL), (273, "PD")]), (91, True, PD, 0, None)),
    "equivocal-last": (dict(scans=[(91, "SD"), (182, "PD", EQUIVOCAL)]), (182, False, ONGOING, 4, "progression suspected, not confirmed")),
    "equivocal-said": (dict(scans=[(91, "PD", EQUIVOCAL | {"pd_confirmed": True})]), (91, True, PD, 0, None)),
    # What the delivery says of a reading is of that reading: "confirmed" beside the SD confirms no progression.
    "confirmed-the-other": (
        dict(scans=[(91, "SD", {"pd_confirmed": True}), (91, "PD", EQUIVOCAL)]),
        (91, False, ONGOING, 4, "progression suspected, not confirmed"),
    ),
    # Readers: only the evaluator of the endpoint; a named independent reader is somebody else.
    "other-reader": (
        dict(scans=[(91, "SD"), (182, "PD", {"evaluator": "INDEPENDENT ASSESSOR 1"})]), (91, False, ONGOING, 4, None)
    ),
    "only-others": (
        dict(scans=[(91, "SD", {"evaluator": "INDEPENDENT ASSESSOR"})]),
        (0, False, "NO POST-BASELINE ASSESSMENT", 2, "scans were read by other evaluators only"),
    ),
    # Before the origin: set to the origin, flagged. On the day of the origin: an event on day 0, no flag.
    "before-origin": (dict(scans=[(-10, "PD")]), (0, True, PD, 0, "end before origin set to origin")),
    "on-origin": (dict(scans=[(0, "PD")]), (0, True, PD, 0, None)),
    # A progression on a scan that could not be evaluated is shown, not counted.
    "unread": (
        dict(scans=[(91, "SD"), (182, "PD", {"evaluable": False})]),
        (91, False, ONGOING, 4, "progression entered for a scan that could not be evaluated"),
    ),
    "completed": (dict(scans=[(91, "SD")], completed=100), (91, False, ONGOING, 4, "follow-up completed")),
    "discontinued": (dict(scans=[(91, "SD")], discontinued=100), (91, False, ONGOING, 4, "study discontinued")),
}


@pytest.fixture(scope="module")
def answers():
    trial = asked(*(patient(name, site="01", **told) for name, (told, _) in CASES.items()), patient("screened", site="01", included=None, consented=1))
    return trial.ask("time_to_event").set_index("subject_id")


@pytest.mark.parametrize("name", CASES)
def test_each_situation_ends_as_the_table_says(answers, name):
    [found] = rows(answers.loc[[name]], "end_day", "event", "reason", "cnsr", "flag")
    assert found == CASES[name][1]


def test_a_patient_never_included_has_no_time(answers):
    assert sorted(answers.index) == sorted(CASES)


def test_the_source_is_the_record_that_decided(answers):
    columns = ["source_table", "source_day", "source_detail"]
    assert rows(answers.loc[["row-04"]], *columns) == [("response", 185, "PD, INVESTIGATOR")]
    assert rows(answers.loc[["row-05"]], *columns) == [("response", 182, "CR, INVESTIGATOR")]
    assert rows(answers.loc[["row-06"]], *columns) == [("milestone", 130, "DEATH")]
    assert rows(answers.loc[["row-01-none"]], *columns) == [("milestone", 0, "INCLUDED")]
    assert rows(answers.loc[["before-origin"]], *columns) == [("response", -10, "PD, INVESTIGATOR")]


def test_of_conflicting_readings_of_one_day_the_worst_is_used():
    order = ["PD", "NON-CR/NON-PD", "SD", "PR", "CR", "NED", "NE"]
    pairs = list(zip(order, order[1:]))
    trial = asked(patient(scans=[(10 * n, overall) for n, pair in enumerate(pairs, start=1) for overall in reversed(pair)]))
    assert rows(trial.ask("assessments"), "day", "overall") == [(10 * n, worse) for n, (worse, _) in enumerate(pairs, start=1)]


CONFIRMED = dict(scans=[(91, "PD"), (182, "PD")])
NOT_CONFIRMED = dict(scans=[(91, "PD"), (182, "SD")])
SUSPECTED = dict(scans=[(91, "PD", EQUIVOCAL), (182, "SD")])


@pytest.mark.parametrize(
    ("confirmation", "ends"),
    [
        ("none", [(91, True), (91, True), (91, True)]),
        ("equivocal_only", [(91, True), (91, True), (182, False)]),
        ("second_scan", [(91, True), (182, False), (182, False)]),
    ],
)
def test_what_confirms_a_progression_is_the_protocols_choice(confirmation, ends):
    trial = asked(
        patient("01-1", **CONFIRMED), patient("01-2", **NOT_CONFIRMED), patient("01-3", **SUSPECTED),
        protocol=with_rule("endpoint", pd_confirmation=confirmation),
    )
    assert rows(trial.ask("time_to_event"), "end_day", "event") == ends


@pytest.fixture(scope="module")
def restarted():
    """Positive on day 182, resumed on 200, progression on 273; and the variants of it that the estimands tell apart."""
    scans = [(91, "SD"), (182, "SD"), (273, "PD")]
    positive = dict(baseline_draw=-20, stopped=0, calls=[(-20, "NEGATIVE"), (91, "NEGATIVE"), (182, "POSITIVE")])
    return asked(
        patient("01-ctdna", **positive, resumed=200, scans=scans),
        patient("02-pd-first", **positive, resumed=200, scans=[(91, "SD"), (195, "PD")]),
        patient("03-same-day", **positive, resumed=273, scans=scans),
        patient("04-other", stopped=0, scans=scans, treatments=[("RESUME_OTHER", 100, None)]),
        patient("05-quiet", stopped=0, calls=[(-20, "NEGATIVE"), (45, "NEGATIVE"), (91, "NEGATIVE")], scans=[(91, "SD"), (182, "SD")]),
        patient("06-untested", stopped=0, scans=[(91, "SD"), (182, "SD")]),
        patient("07-no-scan-yet", **positive, resumed=60, treatments=[("RESUME_CTDNA", 62, None)], scans=scans),
        patient("08-history", stopped=0, treatments=[("RESUME_OTHER", -300, -200)], scans=[(91, "SD")], calls=[(80, "NEGATIVE")]),
        patient("09-amended", stopped=0, scans=[(91, "SD")], calls=[(60, "POSITIVE", 1, {"superseded_by": "09-amended-R2"}), (60, "NEGATIVE")]),
    )


def test_treatment_policy_ignores_the_restart(restarted):
    assert rows(restarted.ask("time_to_event"), "subject_id", "paramcd", "end_day", "event", "cause") == [
        ("01-ctdna", "PFS", 273, True, 1),
        ("02-pd-first", "PFS", 195, True, 1),
        ("03-same-day", "PFS", 273, True, 1),
        ("04-other", "PFS", 273, True, 1),
        ("05-quiet", "PFS", 182, False, 0),
        ("06-untested", "PFS", 182, False, 0),
        ("07-no-scan-yet", "PFS", 273, True, 1),
        ("08-history", "PFS", 91, False, 0),
        ("09-amended", "PFS", 91, False, 0),
    ]


def test_composite_counts_the_positive_and_the_restart_and_censors_where_both_tests_were_clear(restarted):
    answer = restarted.ask("time_to_event", estimand="composite")
    assert rows(answer, "subject_id", "paramcd", "end_day", "event", "reason", "source_table") == [
        ("01-ctdna", "DEFS", 182, True, "CTDNA POSITIVE", "ctdna_result"),
        ("02-pd-first", "DEFS", 182, True, "CTDNA POSITIVE", "ctdna_result"),
        ("03-same-day", "DEFS", 182, True, "CTDNA POSITIVE", "ctdna_result"),
        ("04-other", "DEFS", 100, True, "RESTART OF THERAPY", "treatment"),
        ("05-quiet", "DEFS", 91, False, ONGOING, "ctdna_result"),  # min(last negative 91, last scan 182)
        ("06-untested", "DEFS", 0, False, "NO POST-BASELINE ASSESSMENT", "milestone"),
        ("07-no-scan-yet", "DEFS", 60, True, "RESTART OF THERAPY", "milestone"),
        ("08-history", "DEFS", 80, False, ONGOING, "ctdna_result"),  # the therapy of years ago is no restart
        ("09-amended", "DEFS", 60, False, ONGOING, "ctdna_result"),  # the superseded positive does not count
    ]


def test_hypothetical_censors_at_the_last_scan_before_a_restart_for_ctdna(restarted):
    answer = restarted.ask("time_to_event", estimand="hypothetical")
    assert rows(answer, "subject_id", "paramcd", "end_day", "event", "cnsr") == [
        ("01-ctdna", "PFSHYP", 182, False, 6),
        ("02-pd-first", "PFSHYP", 195, True, 0),  # progressed before the restart
        ("03-same-day", "PFSHYP", 273, True, 0),  # an event beats a censoring of the same day
        ("04-other", "PFSHYP", 273, True, 0),  # resumed for another reason
        ("05-quiet", "PFSHYP", 182, False, 4),
        ("06-untested", "PFSHYP", 182, False, 4),
        ("07-no-scan-yet", "PFSHYP", 0, False, 6),  # no scan between origin and restart
        ("08-history", "PFSHYP", 91, False, 4),
        ("09-amended", "PFSHYP", 91, False, 4),
    ]


def test_while_on_strategy_a_restart_competes(restarted):
    answer = restarted.ask("time_to_event", estimand="while-on-strategy")
    assert rows(answer, "subject_id", "paramcd", "end_day", "cause", "reason") == [
        ("01-ctdna", "CIF_PD_OFF", 200, 2, "RESTART OF THERAPY"),
        ("02-pd-first", "CIF_PD_OFF", 195, 1, PD),
        ("03-same-day", "CIF_PD_OFF", 273, 1, PD),
        ("04-other", "CIF_PD_OFF", 100, 2, "RESTART OF THERAPY"),
        ("05-quiet", "CIF_PD_OFF", 182, 0, ONGOING),
        ("06-untested", "CIF_PD_OFF", 182, 0, ONGOING),
        ("07-no-scan-yet", "CIF_PD_OFF", 60, 2, "RESTART OF THERAPY"),
        ("08-history", "CIF_PD_OFF", 91, 0, ONGOING),
        ("09-amended", "CIF_PD_OFF", 91, 0, ONGOING),
    ]


def test_the_first_positive_follows_the_baseline_draw_not_the_inclusion():
    trial = asked(
        # Drawn negative on −20, positive on −5, before the inclusion: a conversion, set to the origin.
        patient("01-1", baseline_draw=-20, calls=[(-20, "NEGATIVE"), (-5, "POSITIVE")]),
        # The first draw failed, the second was the baseline: its own positive is a matter of eligibility.
        patient("01-2", baseline_draw=[-40, -12], calls=[(-40, "NOT_EVALUABLE"), (-12, "POSITIVE"), (45, "NEGATIVE")], scans=[(91, "SD")]),
        # No baseline draw delivered: what was drawn up to the inclusion is the baseline.
        patient("01-3", calls=[(0, "POSITIVE"), (45, "POSITIVE")]),
    )
    answer = trial.ask("time_to_event", estimand="composite")
    assert rows(answer, "end_day", "event", "flag") == [
        (0, True, "end before origin set to origin"),
        (45, False, None),  # min(last negative 45, last scan 91)
        (45, True, None),
    ]


@pytest.mark.parametrize(
    ("origin", "times"),
    [("INCLUDED", [182, 182]), ("TX_STOP", [177, 182]), ("BASELINE_DRAW", [202, 182])],  # 182 − 5, 182 + 20
)
def test_the_origin_is_the_protocols_choice_and_the_inclusion_where_it_was_not_recorded(origin, times):
    trial = asked(
        patient("01-1", baseline_draw=[-40, -20], stopped=[5, 300], scans=[(182, "PD")]),
        patient("01-2", scans=[(182, "PD")]),
        protocol=with_rule("endpoint", origin=origin),
    )
    answer = trial.ask("time_to_event")
    assert list(answer.time_days) == times
    assert rows(answer, "flag") == [(None,), (None if origin == "INCLUDED" else "origin not recorded, inclusion used",)]


def test_a_scan_up_to_the_origin_is_the_baseline():
    # Stopped on day 100: the scans of 91 and 100 come before time starts.
    trial = asked(patient(stopped=100, scans=[(91, "SD"), (100, "SD")]), protocol=with_rule("endpoint", origin="TX_STOP"))
    assert rows(trial.ask("time_to_event"), "start_day", "end_day", "time_days", "cnsr") == [(100, 100, 0, 2)]


def test_one_day_is_added_where_the_protocol_says_so():
    trial = asked(patient(scans=[(182, "PD")]), protocol=with_rule("endpoint", aval_add_one=True))
    assert rows(trial.ask("time_to_event"), "start_day", "end_day", "time_days") == [(0, 182, 183)]


def test_where_the_imaging_interval_is_not_set_nothing_is_flagged_as_missed():
    trial = asked(patient(died=390), protocol=with_rule("schedule", imaging_interval_days=None))
    assert rows(trial.ask("time_to_event"), "event", "flag") == [(True, None)]


def test_the_stopped_are_a_population_of_their_own():
    patients = [patient("01-1", stopped=0), patient("01-2"), patient("01-3", stopped=401)]
    assert len(asked(*patients).ask("time_to_event")) == 3
    trial = asked(*patients, protocol=with_rule("endpoint", population="stopped"))
    assert list(trial.ask("time_to_event").subject_id) == ["01-1"]


def test_the_pooled_counts_are_the_same_times_counted():
    trial = asked(
        patient("01-1", scans=[(91, "PD")]), patient("01-2", scans=[(91, "SD")]), patient("02-1", scans=[(91, "PD")]), patient("02-2"),
        role=Role.COORDINATING_INVESTIGATOR, own_sites=("01",), policy=Policy(pooled_outcomes="open"),
    )
    assert rows(trial.ask("pooled_times")) == [("PFS", 0, 0, 1), ("PFS", 91, 0, 1), ("PFS", 91, 1, 2)]  # of both sites


def test_a_monitor_is_told_no_times():
    trial = asked(patient(scans=[(91, "PD")]), role=Role.MONITOR, own_sites=("01",))
    with pytest.raises(ClosedDataError):
        trial.ask("time_to_event")


def test_where_the_scope_hides_what_scans_showed_progression_is_unknown_not_absent():
    trial = asked(patient("01-1", scans=[(91, "PD")]), patient("01-2", scans=[(91, "NE")]), role=Role.MONITOR, own_sites=("01",))
    assert rows(trial.ask("progressions"), "progression_day", "is_hidden") == [(None, True), (None, False)]


NOT_READ = {"evaluable": True}


@pytest.mark.parametrize(("told", "wanted"), [
    # a scan without its reading dates nothing: the one before it does, and a reader is told
    (dict(scans=[(91, "SD"), (182, None, NOT_READ)]), (91, False, "ONGOING WITHOUT EVENT", UNREAD_SCAN)),
    (dict(scans=[(91, None, NOT_READ)]), (0, False, "NO POST-BASELINE ASSESSMENT", UNREAD_SCAN)),
    (dict(scans=[(91, None, NOT_READ), (182, "SD")]), (182, False, "ONGOING WITHOUT EVENT", UNREAD_SCAN)),
    (dict(scans=[(91, None, NOT_READ), (182, "PD")]), (182, True, "RADIOLOGICAL PROGRESSION", UNREAD_SCAN)),
    (dict(scans=[(91, "PD"), (182, None, NOT_READ)]), (91, True, "RADIOLOGICAL PROGRESSION", None)),
    (dict(scans=[(91, None, NOT_READ), (91, "SD")]), (91, False, "ONGOING WITHOUT EVENT", None)),  # somebody read it
    (dict(scans=[(0, None, NOT_READ), (91, "SD")]), (91, False, "ONGOING WITHOUT EVENT", None)),  # of the baseline
    (dict(scans=[(91, None, {"evaluable": False})]), (0, False, "NO POST-BASELINE ASSESSMENT", None)),  # not evaluable, as delivered
])  # fmt: skip
def test_a_scan_whose_reading_was_not_delivered_dates_nothing_and_is_flagged(told, wanted):
    answer = asked(patient("01-1", stopped=0, **told)).ask("time_to_event")
    assert rows(answer, "time_days", "event", "reason", "flag") == [wanted]


def test_the_sister_times_say_the_same_of_a_scan_without_its_reading():
    told = dict(stopped=0, calls=[(50, "NEGATIVE"), (70, "POSITIVE")])
    trial = asked(patient("01-1", **told, scans=[(91, "SD"), (120, None, NOT_READ)]), patient("01-2", **told, scans=[(60, None, NOT_READ), (91, "SD")]))
    columns = ("subject_id", "time_days", "event", "cause", "reason", "source_table", "flag")
    assert rows(trial.ask("time_from_first_positive"), *columns) == [
        ("01-1", 21, False, 0, "ONGOING WITHOUT EVENT", "response", UNREAD_SCAN),  # first positive day 70, last read scan day 91
        ("01-2", 21, False, 0, "ONGOING WITHOUT EVENT", "response", UNREAD_SCAN),
    ]
    assert rows(trial.ask("time_to_molecular_recurrence"), *columns) == [
        ("01-1", 70, True, 1, "CTDNA POSITIVE", "ctdna_result", None),
        ("01-2", 70, True, 1, "CTDNA POSITIVE", "ctdna_result", UNREAD_SCAN),  # a progression may have come first
    ]


def test_a_withdrawal_and_a_loss_on_one_day_are_a_withdrawal():
    trial = asked(patient("01-1", stopped=0, scans=[(91, "SD")], withdrawn=100, lost=100), patient("01-2", stopped=0, lost=90, withdrawn=91))
    assert rows(trial.ask("exits"), "exit_kind", "exit_day", "exit_reason") == [
        ("WITHDRAWN", 100, "WITHDRAWAL OF CONSENT"), ("LTFU", 90, "LOST TO FOLLOW-UP"),
    ]


def test_another_sites_rows_never_change_mine():
    mine = [patient("01-1", scans=[(91, "PD")]), patient("01-2", stopped=0, scans=[(91, "SD")])]
    others = [patient(f"02-{n}", resumed=30, treatments=[("STUDY", 0, 10)], scans=[(50, "PD")]) for n in range(3)]
    alone, among = asked(*mine).ask("time_to_event"), asked(*mine, *others).ask("time_to_event")
    assert rows(alone) == rows(among[among.site_id == "01"])
