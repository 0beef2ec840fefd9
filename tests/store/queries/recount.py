"""The endpoint told a second time, row by row in plain Python, to hold against the SQL; and patients made up to try both."""

import random
from dataclasses import dataclass

WORST_FIRST = ["PD", "NON-CR/NON-PD", "SD", "PR", "CR", "NED"]
CENSORED = {
    "NO BASELINE ASSESSMENT": 1, "NO POST-BASELINE ASSESSMENT": 2, "LATE DEATH WITHOUT ASSESSMENT": 3, "ONGOING WITHOUT EVENT": 4,
    "EVENT AFTER >=2 MISSED ASSESSMENTS": 5, "RESTART FOR CTDNA POSITIVITY": 6, "NEW ANTICANCER THERAPY": 7, "LOST TO FOLLOW-UP": 8,
    "WITHDRAWAL OF CONSENT": 9, "UNDOCUMENTED PROGRESSION": 10, "THERAPY NOT STOPPED": 11, "NO TEST AFTER ORIGIN": 12,
    "NO QUESTIONNAIRE AFTER BASELINE": 13,
}
MISSED = 2 * (91 + 14)
"""More days than these without an evaluable scan before an event are two missed scans."""

VISIT_PLAN = {"SCREEN": (-21, True), "BASE-BLOOD": (-14, False), "BASE-SCAN": (0, True), "M3": (91, True), "M6": (182, True)}
"""Planned visit → its day from the inclusion, and whether imaging belongs to it."""


def made_up_patients(n: int, seed: int) -> dict[str, dict]:
    """subject → what `trials.patient` is told: ties, gaps, NE, equivocal, deaths, restarts, records after the cut-off."""
    chance = random.Random(seed)
    return {subject: _made_up(subject, chance) for subject in (f"{number % 7:02}-{number:03}" for number in range(n))}


def _made_up(subject: str, chance: random.Random) -> dict:
    told: dict = {"followed": chance.choice([0, 30, 95, 180, 270, 400, 700]), "relative": chance.random() < 0.1}
    last = told["followed"] + 60
    step = chance.choice([30, 91])
    day, scans = chance.choice([-20, 0, 1, 30, 91]), []
    while day <= last and chance.random() < 0.92:
        overall = chance.choices([*WORST_FIRST, "NE"], [12, 4, 20, 14, 24, 6, 20])[0]
        more = {"equivocal": chance.choice([True, None])} if overall == "PD" and chance.random() < 0.6 else {}
        if overall == "PD" and chance.random() < 0.1:
            more["evaluable"] = False
        if overall == "PD" and chance.random() < 0.05:
            more["pd_confirmed"] = True
        if chance.random() < 0.08:
            more["evaluator"] = chance.choice(["INDEPENDENT ASSESSOR", "INDEPENDENT ASSESSOR 1", "INVESTIGATOR 2"])
        scans.append((day, overall, more))
        if chance.random() < 0.1:
            scans.append((day, chance.choice([*WORST_FIRST, "NE"]), {}))
        day += step * chance.choice([1, 1, 1, 1, 2, 3]) + chance.randint(-9, 9)
    told["scans"] = scans
    scanned = [scan[0] for scan in scans] or [0]
    days = {chance.randint(-30, last) for _ in range(chance.randint(0, 6))}
    days |= {chance.choice([0, *scanned]) for _ in range(chance.randint(0, 2))}
    days = sorted(days)
    told["calls"] = [
        (draw, chance.choices(["POSITIVE", "NEGATIVE", "NOT_EVALUABLE"], [1, 5, 1])[0], None,
         {"superseded_by": f"{subject}-R{len(days)}"} if draw != days[-1] and chance.random() < 0.1 else {})
        for draw in days
    ]

    def some_day(share: float, least: int = 1) -> int | None:
        """A day of its own, or one on which something else happens too."""
        if last < least or chance.random() >= share:
            return None
        return chance.choice([chance.randint(least, last), max(least, chance.choice(scanned)), max(least, chance.choice(days or [0]))])

    told["stopped"] = some_day(0.9, 0) if chance.random() < 0.1 else chance.choice([None, 0, 0, 0, 2, 5, -3])
    told["baseline_draw"] = chance.choice([None, -40, -25, -10, 0, [-40, -12]])
    told["died"] = some_day(0.25)
    told["lost"], told["withdrawn"] = some_day(0.2), some_day(0.2)
    told["completed"], told["discontinued"] = some_day(0.05), some_day(0.05)
    told["resumed"], told["new_treatment"] = some_day(0.2), some_day(0.1)
    told["treatments"] = [("MAINTENANCE", -900, 0)] if chance.random() < 0.5 else []
    for reason in ("RESUME_CTDNA", "RESUME_PD", "RESUME_OTHER", "NEW_PD", "OTHER"):
        start = some_day(0.1, -50)
        if start is not None:
            told["treatments"].append((reason, start, None))
    return {name: value for name, value in told.items() if value is not None}


NEVER = float("inf")
NOT_FOR_PROGRESSION = {"RESUME_CTDNA": "CTDNA", "RESUME_OTHER": "OTHER"}


@dataclass
class Facts:
    """What is known of one patient at the cut-off. Days; None where it did not happen.

    readings: (day, worst overall, every PD only suspected, a PD said to be confirmed), by day. changes: (day, kind, trigger).
    """

    known_to: float
    readings: list[tuple]
    progression: int | None
    baseline: int | None
    positive: int | None
    negatives: list[int]
    negatives_after_baseline: list[int]
    stop: int | None
    changes: list[tuple]
    died: int | None
    lost: int | None
    withdrawn: int | None

    def start(self, origin: str) -> int:
        day = {"INCLUDED": 0, "TX_STOP": self.stop, "BASELINE_DRAW": self.baseline}[origin]
        return 0 if day is None else day

    def left(self, *more: tuple) -> str:
        """Why somebody without an event is no longer followed: what came first; of one day the earlier in this order."""
        ways = [*more, (self.withdrawn, "WITHDRAWAL OF CONSENT"), (self.lost, "LOST TO FOLLOW-UP")]
        known = [(day, order, why) for order, (day, why) in enumerate(ways) if day is not None]
        return min(known)[2] if known else "ONGOING WITHOUT EVENT"


def days_of(told: dict, name: str, known_to: float = NEVER) -> list[int]:
    """The days of a step up to the cut-off, earliest first."""
    value = told.get(name)
    return sorted(day for day in (value if isinstance(value, list) else [value]) if day is not None and day <= known_to)


def known_facts(told: dict, confirmation: str = "equivocal_only", evaluator: str = "INVESTIGATOR") -> Facts:
    known_to = NEVER if told["relative"] else told["followed"]

    def first(name: str) -> int | None:
        return min(days_of(told, name, known_to), default=None)

    readings = _readings(told, evaluator, known_to)
    progression = _progression(readings, confirmation)
    baseline = max((day for day in days_of(told, "baseline_draw", known_to) if day <= 0), default=None)
    current = [(day, call) for day, call, _, more in told["calls"] if not more and day <= known_to]
    after = [(day, call) for day, call in current if day > (0 if baseline is None else baseline)]
    positive = min((day for day, call in after if call == "POSITIVE"), default=None)
    stop = first("stopped")
    return Facts(
        known_to, readings, progression, baseline, positive,
        sorted(day for day, call in current if call == "NEGATIVE"), sorted(day for day, call in after if call == "NEGATIVE"),
        stop, _changes(told, known_to, 0 if stop is None else stop, progression, positive),
        first("died"), first("lost"), first("withdrawn"),
    )  # fmt: skip


def _readings(told: dict, evaluator: str, known_to: float) -> list[tuple]:
    by_day: dict[int, list[tuple]] = {}
    for day, overall, more in told["scans"]:
        if more.get("evaluator", "INVESTIGATOR") == evaluator and day <= known_to:
            if overall != "NE" and more.get("evaluable", True):
                by_day.setdefault(day, []).append((overall, bool(more.get("equivocal")), bool(more.get("pd_confirmed"))))
    readings = []
    for day in sorted(by_day):
        worst = min((overall for overall, _, _ in by_day[day]), key=WORST_FIRST.index)
        of_worst = [reading for reading in by_day[day] if reading[0] == worst]
        readings.append((day, worst, all(reading[1] for reading in of_worst), any(reading[2] for reading in of_worst)))
    return readings


def _progression(readings: list[tuple], confirmation: str) -> int | None:
    for position, (day, overall, equivocal, confirmed) in enumerate(readings):
        if overall != "PD":
            continue
        settled = next((later for later in readings[position + 1 :] if not (later[1] == "PD" and later[2])), None)
        confirmed = confirmed or (settled is not None and settled[1] == "PD")
        if confirmed or confirmation == "none" or (confirmation == "equivocal_only" and not equivocal):
            return day
    return None


def _changes(told: dict, known_to: float, history_ends: int, progression: int | None, positive: int | None) -> list[tuple]:
    changes = []
    for milestone, reasons in (("resumed", {"RESUME_CTDNA", "RESUME_PD", "RESUME_OTHER"}), ("new_treatment", {"NEW_PD"})):
        given = [(start, reason) for reason, start, _ in told.get("treatments", []) if reason in reasons and start <= known_to]
        for day in set(days_of(told, milestone, known_to) or [start for start, _ in given]):
            if day < history_ends:
                continue
            nearest = min(given, key=lambda one: (abs(one[0] - day), one[0], _trigger(one[1])), default=None)
            if nearest:
                trigger = _trigger(nearest[1])
            elif progression is not None and progression <= day:
                trigger = "PROGRESSION"
            elif milestone == "resumed" and positive is not None and positive <= day:
                trigger = "CTDNA"
            else:
                trigger = "OTHER"
            changes.append((day, milestone, trigger))
    return sorted(changes)


def _trigger(reason: str) -> str:
    return NOT_FOR_PROGRESSION.get(reason, "PROGRESSION")


def recount(
    told: dict, *, estimand: str, confirmation: str, origin: str, censoring: str = "study", evaluator: str = "INVESTIGATOR",
    add_one: bool = False,
) -> tuple:  # fmt: skip
    """start, end, time, event, cause, reason, cnsr, clear, and what is said of missed scans, of one patient."""
    facts = known_facts(told, confirmation, evaluator)
    start = facts.start(origin)
    plus = 1 if add_one else 0

    def first_change(wanted) -> int | None:
        return min((day for day, kind, trigger in facts.changes if wanted(kind, trigger)), default=None)

    restart = first_change(lambda kind, trigger: True)
    treated = first_change(lambda kind, trigger: trigger == "PROGRESSION")
    breaks = []  # what ends the time without an event, of one day in this order
    if estimand == "hypothetical" or censoring == "fda":
        breaks.append((first_change(lambda kind, trigger: kind == "resumed" and trigger == "CTDNA"), 1, "RESTART FOR CTDNA POSITIVITY"))
    if censoring == "fda":
        breaks.append((treated, 2, "UNDOCUMENTED PROGRESSION"))
        breaks.append((first_change(lambda kind, trigger: trigger == "OTHER"), 3, "NEW ANTICANCER THERAPY"))
    broken = min((one for one in breaks if one[0] is not None), default=None)
    until = broken[0] if broken else NEVER

    events = [(facts.progression, 1, "RADIOLOGICAL PROGRESSION", 1), (facts.died, 2, "DEATH", 1)]
    if censoring == "ema":
        events.append((treated, 3, "CLINICAL PROGRESSION", 1))
    if estimand == "composite":
        events += [(facts.positive, 4, "CTDNA POSITIVE", 1), (restart, 5, "RESTART OF THERAPY", 1)]
    if estimand == "while-on-strategy":
        events.append((restart, 5, "RESTART OF THERAPY", 2))
    event = min((one for one in events if one[0] is not None and one[0] <= until), default=None)

    scans = [day for day, *_ in facts.readings if day > start]
    tests = [day for day in facts.negatives_after_baseline if day > start]
    late = without_scan = False
    if event and event[2] in ("RADIOLOGICAL PROGRESSION", "DEATH"):
        before = [day for day in scans if day < event[0] or (day == event[0] and event[2] == "DEATH")]
        late = event[0] - max(before, default=start) > MISSED
        without_scan = event[2] == "DEATH" and not before
    demoted = late and censoring == "fda"

    if event and not demoted:
        day, _, reason, cause = event
        end = clear = max(day, start)
        if reason == "RADIOLOGICAL PROGRESSION":
            clear = max([scan for scan in scans if scan < day], default=start)
        if reason == "CTDNA POSITIVE":
            clear = max([test for test in facts.negatives if start < test < day], default=start)
        said = ("late death without assessment" if without_scan else "event after 2 or more missed assessments") if late else None
        return start, end, end - start + plus, True, cause, reason, 0, clear - start + plus, said

    seen = [max(before if demoted else [scan for scan in scans if scan <= until], default=None)]
    if estimand == "composite":
        seen.append(max(tests, default=None))
    end = start if None in seen else min(seen)
    if _baseline_was_missed(told, facts, start):
        end, reason = start, "NO BASELINE ASSESSMENT"
    elif demoted:
        reason = "LATE DEATH WITHOUT ASSESSMENT" if without_scan else "EVENT AFTER >=2 MISSED ASSESSMENTS"
    elif broken:
        reason = broken[2]
    elif None in seen:
        reason = "NO POST-BASELINE ASSESSMENT"
    else:
        reason = facts.left((treated, "UNDOCUMENTED PROGRESSION"))
    return start, end, end - start + plus, False, 0, reason, CENSORED[reason], end - start + plus, None


def _baseline_was_missed(told: dict, facts: Facts, start: int) -> bool:
    """Only where the records say so: every visit with imaging planned up to the origin was missed."""
    if told.get("response_at_entry") or any(day <= start for day, *_ in facts.readings):
        return False
    planned = {code for code, (day, imaging) in VISIT_PLAN.items() if imaging and day <= start}
    became = [status for code, _, status in told.get("visits", []) if code in planned]
    return bool(became) and set(became) == {"MISSED"}
