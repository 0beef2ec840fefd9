"""Stops, resumptions and new treatments, and what set them off: from steps, from treatments, from both; ties and the cut-off.

Days count from the inclusion, the cut-off is day 400. Told as (day, change, trigger).
"""

from heroes.access import Role
from tests.store.queries.test_time_foundations import SCREENED
from tests.store.queries.trials import asked, patient, rows

CHANGES = {
    # What was recorded as a step, and where nothing says why: by what was known that day.
    "steps": (
        dict(stopped=[5, 30], resumed=[3, 30], new_treatment=[4, 30]),
        [(5, "STOP", None), (30, "STOP", None), (30, "RESUME", "OTHER"), (30, "NEW", "OTHER")],
    ),
    "twice-recorded": (dict(stopped=0, resumed=[30, 30]), [(0, "STOP", None), (30, "RESUME", "OTHER")]),
    "that-day-positive": (dict(stopped=0, resumed=30, calls=[(30, "POSITIVE")]), [(0, "STOP", None), (30, "RESUME", "CTDNA")]),
    "positive-later": (dict(stopped=0, resumed=30, calls=[(31, "POSITIVE")]), [(0, "STOP", None), (30, "RESUME", "OTHER")]),
    "new-after-positive": (dict(stopped=0, new_treatment=40, calls=[(30, "POSITIVE")]), [(0, "STOP", None), (40, "NEW", "OTHER")]),
    "that-day-progressed": (
        dict(stopped=0, resumed=30, calls=[(20, "POSITIVE")], scans=[(30, "PD")]), [(0, "STOP", None), (30, "RESUME", "PROGRESSION")]
    ),
    "progressed-later": (
        dict(stopped=0, resumed=30, calls=[(20, "POSITIVE")], scans=[(31, "PD")]), [(0, "STOP", None), (30, "RESUME", "CTDNA")]
    ),
    # Without a stop, what came before the inclusion is history.
    "no-stop": (dict(resumed=[-1, 0]), [(0, "RESUME", "OTHER")]),
    "stop-after": (dict(stopped=20, resumed=[19, 20]), [(20, "STOP", None), (20, "RESUME", "OTHER")]),
    "stop-before-inclusion": (dict(stopped=-9, resumed=-9), [(-9, "STOP", None), (-9, "RESUME", "OTHER")]),
    # From treatments, where no step of that kind was recorded.
    "given": (
        dict(treatments=[
            ("STUDY", 0, 20), ("MAINTENANCE", -900, 0), ("RESUME_CTDNA", 100, None), ("NEW_PD", 200, None), ("RESUME_OTHER", 120, None),
            ("OTHER", 50, 60), ("RESUME_PD", 150, 160),
        ]),
        [
            (20, "STOP", None), (100, "RESUME", "CTDNA"), (120, "RESUME", "OTHER"), (150, "RESUME", "PROGRESSION"),
            (200, "NEW", "PROGRESSION"),
        ],
    ),
    "given-too": (
        dict(stopped=3, resumed=110, treatments=[("MAINTENANCE", -900, 0), ("RESUME_PD", 100, None), ("NEW_PD", 200, None)]),
        [(3, "STOP", None), (110, "RESUME", "PROGRESSION"), (200, "NEW", "PROGRESSION")],
    ),
    "ended-before-inclusion": (
        dict(treatments=[("MAINTENANCE", -900, -5), ("RESUME_PD", -5, -3)], resumed=[-5, 0]),
        [(-5, "STOP", None), (0, "RESUME", "PROGRESSION")],
    ),
    "study-only": (dict(treatments=[("STUDY", 0, 20)]), [(20, "STOP", None)]),
    "still-given": (dict(treatments=[("MAINTENANCE", -900, 0), ("STUDY", 0, None)]), []),
    "ends-on-cut-off": (dict(treatments=[("MAINTENANCE", -900, 400)]), [(400, "STOP", None)]),
    "ends-after-cut-off": (dict(treatments=[("MAINTENANCE", -900, 0), ("STUDY", 0, 401)]), []),
    "cut-off-unknown": (
        dict(treatments=[("MAINTENANCE", -900, 800), ("RESUME_PD", 900, None)], new_treatment=950, relative=True),
        [(800, "STOP", None), (900, "RESUME", "PROGRESSION"), (950, "NEW", "OTHER")],
    ),
    "cut-off": (
        dict(stopped=[400, 401], resumed=401, new_treatment=400, treatments=[("RESUME_PD", 401, None)]),
        [(400, "STOP", None), (400, "NEW", "OTHER")],
    ),
    "given-at-cut-off": (dict(stopped=0, treatments=[("RESUME_PD", 400, None)]), [(0, "STOP", None), (400, "RESUME", "PROGRESSION")]),
    # The nearest treatment of that kind says why; of two as near the earlier, of one day the first by name.
    "nearest": (
        dict(stopped=0, resumed=110, treatments=[("RESUME_CTDNA", 100, None), ("RESUME_OTHER", 115, None), ("NEW_PD", 110, None)]),
        [(0, "STOP", None), (110, "RESUME", "OTHER"), (110, "NEW", "PROGRESSION")],
    ),
    "as-near": (
        dict(stopped=0, resumed=110, treatments=[("RESUME_PD", 105, None), ("RESUME_CTDNA", 115, None)]),
        [(0, "STOP", None), (110, "RESUME", "PROGRESSION")],
    ),
    "that-day-two": (
        dict(stopped=0, resumed=110, treatments=[("RESUME_OTHER", 110, None), ("RESUME_CTDNA", 110, None)]),
        [(0, "STOP", None), (110, "RESUME", "CTDNA")],
    ),
    "two-steps": (
        dict(stopped=0, resumed=[100, 200], treatments=[("RESUME_CTDNA", 101, None), ("RESUME_OTHER", 199, None)]),
        [(0, "STOP", None), (100, "RESUME", "CTDNA"), (200, "RESUME", "OTHER")],
    ),
    "nothing": (dict(), []),
}  # fmt: skip


def test_each_change_of_therapy_with_what_set_it_off():
    trial = asked(*(patient(name, site="01", **what) for name, (what, _) in reversed(CHANGES.items())), SCREENED)
    answer = trial.ask("therapy_changes")
    wanted = [(name, *change) for name in sorted(CHANGES) for change in CHANGES[name][1]]
    assert rows(answer, "subject_id", "day", "change", "trigger") == wanted
    recorded = rows(answer[answer.source_table == "milestone"], "subject_id", "day", "change")
    given = rows(answer[answer.source_table == "treatment"], "subject_id", "day", "change")
    assert len(recorded) + len(given) == len(answer)
    assert [change for change in given if change[0] != "given"] == [
        ("cut-off-unknown", 800, "STOP"), ("cut-off-unknown", 900, "RESUME"), ("ended-before-inclusion", -5, "STOP"),
        ("ends-on-cut-off", 400, "STOP"), ("given-at-cut-off", 400, "RESUME"), ("given-too", 200, "NEW"),
        ("nearest", 110, "NEW"), ("study-only", 20, "STOP"),
    ]  # fmt: skip
    assert "given" not in {subject for subject, *_ in recorded}


def test_what_set_a_change_off_is_not_known_where_the_scope_hides_the_scans():
    trial = asked(
        patient("01-1", stopped=0, resumed=30, calls=[(20, "POSITIVE")], scans=[(25, "SD")]),
        patient("01-2", stopped=0, resumed=30, calls=[(20, "POSITIVE")]),
        role=Role.MONITOR, own_sites=("01",),
    )  # fmt: skip
    changes = trial.ask("therapy_changes")
    assert rows(changes[changes.change == "RESUME"], "subject_id", "trigger") == [("01-1", None), ("01-2", "CTDNA")]
