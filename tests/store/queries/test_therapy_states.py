"""The way of each patient through the states, by hand, and walked a second time day by day for patients made up.

Days count from the inclusion. A spell is told as (state, from, to, next state).
"""

import itertools

import pytest

from heroes.access import Role
from tests.store.queries.recount import made_up_patients, recount
from tests.store.queries.trials import asked, patient, rows, with_rule

ON, OFF, RESUMED, PROGRESSED, DEAD = "ON_TREATMENT", "OFF_THERAPY", "RESUMED", "PROGRESSED", "DEAD"
ORDER = [ON, OFF, RESUMED, PROGRESSED, DEAD]
ASSUMED = "treatment stop not delivered, off therapy from the origin assumed"
NOT_YET = "restart after the last evaluable scan, not counted yet"
BEFORE = "end before origin set to origin"
QUIET = dict(stopped=0, scans=[(91, "SD"), (182, "SD")])

CASES = {
    # Followed to the last evaluable scan, not to the one that could not be evaluated, nor to the cut-off.
    "quiet": (dict(stopped=0, scans=[(91, "SD"), (182, "SD"), (273, "NE")], visits=[("V9", 300, "DONE")]), [(OFF, 0, 182, None)], None),
    "no-scan": (dict(stopped=0, scans=[(-20, "CR"), (0, "CR")]), [(OFF, 0, 0, None)], None),
    # The whole way; after the progression followed to the last day known alive, here a draw.
    "whole-way": (
        dict(stopped=0, resumed=200, scans=[(91, "SD"), (182, "SD"), (210, "SD"), (273, "PD")], died=350),
        [(OFF, 0, 200, RESUMED), (RESUMED, 200, 273, PROGRESSED), (PROGRESSED, 273, 350, DEAD), (DEAD, 350, 350, None)], None,
    ),
    "last-contact": (
        dict(stopped=0, scans=[(91, "PD")], calls=[(140, "NEGATIVE")]), [(OFF, 0, 91, PROGRESSED), (PROGRESSED, 91, 140, None)], None
    ),
    # The day on which somebody declares the patient lost is no contact; a later scan after the progression is one.
    "lost": (
        dict(stopped=0, scans=[(91, "PD"), (150, "NE")], lost=240), [(OFF, 0, 91, PROGRESSED), (PROGRESSED, 91, 150, None)], None
    ),
    # Therapy after a progression changes nothing.
    "treated-for-it": (
        dict(stopped=0, scans=[(91, "PD")], resumed=100, new_treatment=160),
        [(OFF, 0, 91, PROGRESSED), (PROGRESSED, 91, 160, None)], None,
    ),
    # A new treatment without progression counts as resumed.
    "new": (dict(new_treatment=100, **QUIET), [(OFF, 0, 100, RESUMED), (RESUMED, 100, 182, None)], None),
    # Resumed, stopped again, resumed again: entered once, never left for off therapy.
    "again": (
        dict(stopped=[0, 120], resumed=[60, 150], scans=[(182, "SD")]),
        [(OFF, 0, 60, RESUMED), (RESUMED, 60, 182, None)], "stopped again after the restart",
    ),
    # A restart after the last scan is not counted before the next scan; a death makes it known.
    "restart-too-late": (dict(resumed=200, **QUIET), [(OFF, 0, 182, None)], NOT_YET),
    "restart-on-scan": (dict(resumed=182, **QUIET), [(OFF, 0, 182, RESUMED), (RESUMED, 182, 182, None)], None),
    "restart-then-dead": (
        dict(resumed=200, died=230, **QUIET), [(OFF, 0, 200, RESUMED), (RESUMED, 200, 230, DEAD), (DEAD, 230, 230, None)], None
    ),
    "dead": (dict(died=230, **QUIET), [(OFF, 0, 230, DEAD), (DEAD, 230, 230, None)], None),
    # Several on one day: straight to the last of them.
    "same-day-pd": (
        dict(stopped=0, resumed=182, scans=[(182, "PD")]), [(OFF, 0, 182, PROGRESSED), (PROGRESSED, 182, 182, None)], None
    ),
    "same-day-death": (dict(stopped=0, scans=[(182, "PD")], died=182), [(OFF, 0, 182, DEAD), (DEAD, 182, 182, None)], None),
    # Nothing after death; the reading of a scan signed later keeps the day of the scan.
    "after-death": (dict(stopped=0, scans=[(182, "PD")], died=150, resumed=160), [(OFF, 0, 150, DEAD), (DEAD, 150, 150, None)], None),
    # On the origin's day: a transition at day 0, in a spell without length.
    "at-origin": (
        dict(stopped=0, scans=[(0, "PD"), (91, "PD")]), [(OFF, 0, 0, PROGRESSED), (PROGRESSED, 0, 91, None)], None
    ),
    "before-origin": (dict(stopped=-30, scans=[(-10, "PD")]), [(OFF, 0, 0, PROGRESSED), (PROGRESSED, 0, 0, None)], BEFORE),
    # A stop after the origin: on treatment until then, whatever else happens first.
    "late-stop": (dict(stopped=20, scans=[(91, "SD")]), [(ON, 0, 20, OFF), (OFF, 20, 91, None)], None),
    "late-stop-pd-first": (dict(stopped=120, scans=[(91, "PD")]), [(ON, 0, 91, PROGRESSED), (PROGRESSED, 91, 120, None)], None),
    "stop-not-seen-yet": (dict(stopped=20), [(ON, 0, 0, None)], None),
    # No stop delivered: on treatment while treatment is recorded, else off therapy as the protocol has it.
    "still-treated": (dict(treatments=[("MAINTENANCE", -300, None)], scans=[(91, "SD")]), [(ON, 0, 91, None)], None),
    "stop-of-treatment": (
        dict(treatments=[("MAINTENANCE", -300, 14)], scans=[(91, "SD")]), [(ON, 0, 14, OFF), (OFF, 14, 91, None)], None
    ),
    "nothing-said": (dict(scans=[(91, "SD")]), [(OFF, 0, 91, None)], ASSUMED),
    # An equivocal progression that the next scan does not confirm is none.
    "suspected": (dict(stopped=0, scans=[(91, "PD", {"equivocal": True}), (182, "SD")]), [(OFF, 0, 182, None)], None),
    # Nothing after the cut-off (day 400).
    "after-cut-off": (dict(resumed=450, died=460, **QUIET), [(OFF, 0, 182, None)], None),
}


@pytest.fixture(scope="module")
def answers():
    patients = (patient(name, site="01", **told) for name, (told, _, _) in CASES.items())
    return asked(*patients, patient("screened", site="01", included=None, consented=1)).ask("therapy_states")


def spells_of(answer, subject: str) -> list[tuple]:
    return rows(answer[answer.subject_id == subject], "state", "start_day", "end_day", "next_state")


@pytest.mark.parametrize("name", CASES)
def test_each_patient_takes_the_way_the_records_tell(answers, name):
    assert spells_of(answers, name) == CASES[name][1]


@pytest.mark.parametrize("name", CASES)
def test_what_a_reader_should_know_stands_beside_it(answers, name):
    assert set(rows(answers[answers.subject_id == name], "flag")) == {(CASES[name][2],)}


def test_only_the_included_have_a_way(answers):
    assert set(answers.subject_id) == set(CASES)


def test_the_record_that_ends_a_spell_is_named(answers):
    def records(name):
        return rows(answers[answers.subject_id == name], "source_table", "source_day", "source_detail")

    assert records("whole-way") == [
        ("milestone", 200, "RESUME"), ("response", 273, "PD, INVESTIGATOR"), ("milestone", 350, "DEATH"), ("milestone", 350, "DEATH"),
    ]
    assert records("quiet") == [("response", 182, "SD, INVESTIGATOR")]
    assert records("no-scan") == [("milestone", 0, "INCLUDED")]
    assert records("last-contact")[1] == ("ctdna_result", 140, "last-contact-R1")
    assert records("before-origin")[0] == ("response", -10, "PD, INVESTIGATOR")
    assert records("stop-of-treatment")[0] == ("treatment", 14, "STOP")
    assert records("new")[0] == ("milestone", 100, "NEW")


@pytest.mark.parametrize(
    ("origin", "first", "second"),
    [
        ("INCLUDED", [(ON, 0, 5, OFF), (OFF, 5, 182, None)], [(OFF, 0, 182, None)]),
        ("TX_STOP", [(OFF, 0, 177, None)], [(OFF, 0, 182, None)]),  # 182 − 5; not recorded: the inclusion
        ("BASELINE_DRAW", [(ON, 0, 25, OFF), (OFF, 25, 202, None)], [(OFF, 0, 182, None)]),  # 5 + 20, 182 + 20
    ],
)
def test_day_0_is_the_origin_of_the_protocol(origin, first, second):
    trial = asked(
        patient("01-1", baseline_draw=[-40, -20], stopped=[5, 300], scans=[(182, "SD")]),
        patient("01-2", scans=[(182, "SD")]),
        protocol=with_rule("endpoint", origin=origin),
    )
    answer = trial.ask("therapy_states")
    assert spells_of(answer, "01-1") == first
    assert spells_of(answer, "01-2") == second
    [(flag,)] = rows(answer[answer.subject_id == "01-2"], "flag")
    assert flag.startswith("origin not recorded, inclusion used") == (origin != "INCLUDED")


def test_a_stop_read_from_the_treatments_counts_from_the_inclusion_at_the_earliest():
    trial = asked(patient(baseline_draw=-20, treatments=[("MAINTENANCE", -300, -25)], scans=[(91, "SD")]))
    assert spells_of(trial.ask("therapy_states", origin="BASELINE_DRAW"), "01-001") == [(ON, 0, 20, OFF), (OFF, 20, 111, None)]


def test_the_stopped_are_a_population_of_their_own():
    trial = asked(patient("01-1", stopped=0), patient("01-2"), protocol=with_rule("endpoint", population="stopped"))
    assert list(trial.ask("therapy_states").subject_id) == ["01-1"]


def test_a_scan_without_its_reading_is_no_scan_and_is_said():
    """Off therapy is known up to the last scan that was read; a death makes everything before it known."""
    unread = (91, None, {"evaluable": True})
    answer = asked(
        patient("01-1", stopped=0, scans=[unread], died=120), patient("01-2", stopped=0, scans=[(60, "SD"), unread]), patient("01-3", **QUIET),
    ).ask("therapy_states")
    columns = ("subject_id", "start_day", "end_day", "state", "next_state", "source_table", "source_day", "flag")
    assert rows(answer, *columns) == [
        ("01-1", 0, 120, OFF, "DEAD", "milestone", 120, "reading of a scan not delivered"),
        ("01-1", 120, 120, "DEAD", None, "milestone", 120, "reading of a scan not delivered"),
        ("01-2", 0, 60, OFF, None, "response", 60, "reading of a scan not delivered"),
        ("01-3", 0, 182, OFF, None, "response", 182, None),
    ]


def test_another_sites_rows_never_change_mine():
    mine = [patient("01-1", stopped=0, scans=[(91, "PD")]), patient("01-2", stopped=0, scans=[(91, "SD")])]
    others = [patient(f"02-{n}", resumed=30, scans=[(50, "PD")], died=70) for n in range(3)]
    alone, among = asked(*mine).ask("therapy_states"), asked(*mine, *others).ask("therapy_states")
    assert rows(alone) == rows(among[among.site_id == "01"])


ORIGINS = ["INCLUDED", "TX_STOP", "BASELINE_DRAW"]
CONFIRMATIONS = ["none", "equivocal_only", "second_scan"]


@pytest.fixture(scope="module")
def told():
    return made_up_patients(300, seed=4711)


@pytest.fixture(scope="module")
def made_up(told):
    return asked(*(patient(subject, **what) for subject, what in told.items()), role=Role.STATISTICIAN)


def walked(what: dict, *, origin: str, confirmation: str) -> list[tuple]:
    """A patient's way, walked day by day: on each day the furthest state that anything up to that day led to."""
    known_to = float("inf") if what["relative"] else what["followed"]

    def days(name) -> list[int]:
        value = what.get(name)
        return [day for day in (value if isinstance(value, list) else [value]) if day is not None and day <= known_to]

    start, end, _, _, _, reason, _ = recount(what, estimand="treatment-policy", confirmation=confirmation, origin=origin)[:7]
    died = min(days("died"), default=None)
    treated = what.get("treatments", [])
    stop = min(days("stopped"), default=None)
    if stop is None:
        ended = [max(last, 0) for name, _, last in treated if name == "MAINTENANCE" and last <= known_to]
        stop, history_ends = min(ended, default=None), 0
    else:
        history_ends = stop
    restarts = []
    for milestone, reasons in (("resumed", {"RESUME_CTDNA", "RESUME_PD", "RESUME_OTHER"}), ("new_treatment", {"NEW_PD"})):
        given = [first for name, first, _ in treated if name in reasons and first <= known_to]
        restarts += [day for day in days(milestone) or given if day >= history_ends]
    reached = [(day, 2) for day in restarts]
    last = end
    if reason == "RADIOLOGICAL PROGRESSION":
        contacts = [scan[0] for scan in what["scans"]] + [call[0] for call in what["calls"]] + [0]
        contacts += [day for name in ("stopped", "baseline_draw", "withdrawn", "completed", "discontinued", "resumed", "new_treatment")
                     for day in days(name)]
        contacts += [day for _, *both in treated for day in both if day is not None]
        last = max([end, *(day for day in contacts if day <= known_to and (died is None or day <= died))])
        reached.append((end, 3))
    if died is not None:
        last = max(died, start)
        reached.append((died, 4))
    if stop is not None and stop > start:
        state = 0
        reached.append((stop, 1))
    else:
        state = 1
    way, since = [], start
    for today in range(start, last + 1):
        furthest = max((rank for day, rank in reached if max(day, start) <= today), default=0)
        if furthest > state:
            way.append((ORDER[state], since - start, today - start, ORDER[furthest]))
            state, since = furthest, today
    return [*way, (ORDER[state], since - start, last - start, None)]


@pytest.mark.parametrize(("origin", "confirmation"), list(itertools.product(ORIGINS, CONFIRMATIONS)))
def test_walking_day_by_day_finds_the_same_way_for_every_patient(made_up, told, origin, confirmation):
    answer = made_up.ask("therapy_states", origin=origin, pd_confirmation=confirmation)
    found: dict[str, list] = {}
    for subject, *spell in rows(answer, "subject_id", "state", "start_day", "end_day", "next_state"):
        found.setdefault(subject, []).append(tuple(spell))
    wanted = {subject: walked(what, origin=origin, confirmation=confirmation) for subject, what in told.items()}
    assert {subject: (found.get(subject), way) for subject, way in wanted.items() if found.get(subject) != way} == {}
    assert set(found) == set(told)


def test_the_made_up_patients_take_every_step(made_up):
    answer = made_up.ask("therapy_states", origin="BASELINE_DRAW")
    steps = set(rows(answer.dropna(subset="next_state"), "state", "next_state"))
    assert steps >= {(ON, OFF), (OFF, RESUMED), (OFF, PROGRESSED), (OFF, DEAD), (RESUMED, PROGRESSED), (RESUMED, DEAD), (PROGRESSED, DEAD)}


@pytest.mark.parametrize("origin", ORIGINS)
def test_spells_join_and_each_state_is_entered_at_most_once(made_up, told, origin):
    answer = made_up.ask("therapy_states", origin=origin)
    columns = ("subject_id", "spell", "origin_day", "start_day", "end_day", "state", "next_state")
    for subject, group in itertools.groupby(rows(answer, *columns), key=lambda row: row[0]):
        way = list(group)
        assert [row[1] for row in way] == list(range(1, len(way) + 1))
        assert way[0][3] == 0 and way[-1][6] is None
        assert [row[3] for row in way[1:]] == [row[4] for row in way[:-1]]
        assert [row[5] for row in way[1:]] == [row[6] for row in way[:-1]]
        assert len({row[5] for row in way}) == len(way)
        assert [ORDER.index(row[5]) for row in way] == sorted(ORDER.index(row[5]) for row in way)
        assert all(row[4] > row[3] for row in way[1:-1]) and all(row[4] >= row[3] for row in way)
        assert told[subject]["relative"] or way[-1][2] + way[-1][4] <= max(told[subject]["followed"], way[-1][2])


def test_free_of_progression_and_death_it_ends_where_the_endpoint_is_censored(made_up):
    """Two questions, one censoring: under treatment policy and the study's own table."""
    answer = made_up.ask("therapy_states")
    times = made_up.ask("time_to_event", estimand="treatment-policy").set_index("subject_id")
    last = answer.groupby("subject_id").tail(1).set_index("subject_id")
    free = last[~last.state.isin([PROGRESSED, DEAD])]
    assert len(free) > 50
    assert (free.origin_day + free.end_day == times.end_day[free.index]).all() and not times.event[free.index].any()
