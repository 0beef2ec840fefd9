"""The story of one patient, and the queries kept with a cut."""

from heroes.access import Role
from tests.store.queries.trials import asked, patient, rows


def test_every_record_of_the_patient_is_told_in_order():
    trial = asked(
        patient(
            "01-1", consented=-30, baseline_draw=-20, stopped=2,
            calls=[
                (-20, "NEGATIVE"), (45, "POSITIVE", 1.5, {"superseded_by": "01-1-R3", "variants_detected": 2, "variants_tracked": 16}),
                (45, "NOT_EVALUABLE", None, {"amended": True, "failure_reason": "HAEMOLYSIS"}),
            ],
            draws=[(91, "M3")], visits=[("M1.5", None, "MISSED"), ("M3", 92, "DONE")], visit_of={45: "M1.5"},
            scans=[(91, "PD", {"equivocal": True, "new_lesion": True}), (182, "NE")],
            treatments=[("MAINTENANCE", -600, 1)],
        ),
        patient("01-2", died=3),
        visit_plan=[("M1.5", 44), ("M3", 91)],
    )
    assert rows(trial.ask("patient_story", subject="01-1")) == [
        ("01-1", -600, "TREATMENT_START", "anti-HER2, MAINTENANCE", "treatment"),
        ("01-1", -30, "CONSENT1", None, "milestone"),
        ("01-1", -20, "BASELINE_DRAW", None, "milestone"),
        ("01-1", -20, "CTDNA_NEGATIVE", None, "ctdna_result"),
        ("01-1", 0, "INCLUDED", None, "milestone"),
        ("01-1", 1, "TREATMENT_END", "anti-HER2, MAINTENANCE", "treatment"),
        ("01-1", 2, "TX_STOP", None, "milestone"),
        ("01-1", None, "VISIT_MISSED", "M1.5", "visit"),
        ("01-1", 45, "CTDNA_NOT_EVALUABLE", "M1.5, HAEMOLYSIS, amended", "ctdna_result"),
        ("01-1", 45, "CTDNA_POSITIVE", "M1.5, 1.5 MTM/mL, 2/16, superseded", "ctdna_result"),
        ("01-1", 91, "DRAW", "M3", "specimen"),
        ("01-1", 91, "SCAN", "PD, equivocal, new lesion, RECIST 1.1, INVESTIGATOR", "response"),
        ("01-1", 92, "VISIT_DONE", "M3", "visit"),
        ("01-1", 182, "SCAN", "NE, RECIST 1.1, INVESTIGATOR", "response"),
    ]


def test_a_patient_outside_the_scope_has_no_story():
    trial = asked(patient("01-1"), patient("02-1"), role=Role.INVESTIGATOR, own_sites=("01",))
    assert trial.ask("patient_story", subject="02-1").empty
    assert not trial.ask("patient_story", subject="01-1").empty


def test_a_monitor_reads_that_a_scan_was_done_and_not_what_it_showed():
    trial = asked(patient("01-1", scans=[(91, "PD", {"new_lesion": True})]), role=Role.MONITOR, own_sites=("01",))
    story = trial.ask("patient_story", subject="01-1")
    assert rows(story[story.what == "SCAN"], "day", "detail") == [(91, "RECIST 1.1, INVESTIGATOR")]


def test_the_issues_of_the_import_come_as_they_were_kept():
    trial = asked(
        patient(), issues=[{"rule": "visit_after_death", "severity": "QUERY"}, {"rule": "no_plan"}], role=Role.STATISTICIAN
    )
    assert rows(trial.ask("import_issues"), "seq", "severity", "rule") == [(1, "QUERY", "visit_after_death"), (2, "NOTE", "no_plan")]
