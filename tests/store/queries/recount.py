"""The endpoint told a second time, row by row in plain Python, to hold against the SQL; and patients made up to try both."""

import random

WORST_FIRST = ["PD", "NON-CR/NON-PD", "SD", "PR", "CR", "NED"]
CENSORED = {
    "NO POST-BASELINE ASSESSMENT": 2, "ONGOING WITHOUT EVENT": 4, "RESTART FOR CTDNA POSITIVITY": 6, "LOST TO FOLLOW-UP": 8,
    "WITHDRAWAL OF CONSENT": 9, "UNDOCUMENTED PROGRESSION": 10,
}


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


def recount(told: dict, *, estimand: str, confirmation: str, origin: str, evaluator: str = "INVESTIGATOR", add_one: bool = False) -> tuple:
    """start, end, time, event, cause, reason, cnsr of one patient."""
    known_to = float("inf") if told["relative"] else told["followed"]

    def first(*names) -> int | None:
        days = []
        for name in names:
            value = told.get(name)
            days += value if isinstance(value, list) else [value]
        return min((day for day in days if day is not None and day <= known_to), default=None)

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

    progression = None
    for position, (day, overall, equivocal, confirmed) in enumerate(readings):
        if overall != "PD":
            continue
        settled = next((later for later in readings[position + 1 :] if not (later[1] == "PD" and later[2])), None)
        confirmed = confirmed or (settled is not None and settled[1] == "PD")
        if confirmed or confirmation == "none" or (confirmation == "equivocal_only" and not equivocal):
            progression = day
            break

    drawn = told.get("baseline_draw")
    drawn = drawn if isinstance(drawn, list) else [] if drawn is None else [drawn]
    baseline = max((day for day in drawn if day <= min(0, known_to)), default=None)
    current = [
        (day, call) for day, call, _, more in told["calls"]
        if not more and day <= known_to and day > (0 if baseline is None else baseline)
    ]
    positive = min((day for day, call in current if call == "POSITIVE"), default=None)
    negative = max((day for day, call in current if call == "NEGATIVE"), default=None)

    stop = first("stopped")
    history_ends = 0 if stop is None else stop
    given = [(start, reason) for reason, start, _ in told.get("treatments", []) if start <= known_to]
    changes = []
    for milestone, reasons in (("resumed", {"RESUME_CTDNA", "RESUME_PD", "RESUME_OTHER"}), ("new_treatment", {"NEW_PD"})):
        treatments = [(start, reason) for start, reason in given if reason in reasons]
        recorded = first(milestone)
        for day in [recorded] if recorded is not None else [start for start, _ in treatments]:
            if day < history_ends:
                continue
            nearest = min(treatments, key=lambda t: (abs(t[0] - day), t[0], _trigger(t[1])), default=None)
            if nearest:
                trigger = _trigger(nearest[1])
            elif progression is not None and progression <= day:
                trigger = "PROGRESSION"
            elif milestone == "resumed" and positive is not None and positive <= day:
                trigger = "CTDNA"
            else:
                trigger = "OTHER"
            changes.append((day, milestone, trigger))
    restart = min((day for day, _, _ in changes), default=None)
    for_ctdna = min((day for day, kind, trigger in changes if kind == "resumed" and trigger == "CTDNA"), default=None)
    treated = min((day for day, _, trigger in changes if trigger == "PROGRESSION"), default=None)

    start = {"INCLUDED": 0, "TX_STOP": stop, "BASELINE_DRAW": baseline}[origin]
    start = 0 if start is None else start

    events = [(progression, 1, "RADIOLOGICAL PROGRESSION", 1), (first("died"), 2, "DEATH", 1)]
    if estimand == "composite":
        events += [(positive, 3, "CTDNA POSITIVE", 1), (restart, 4, "RESTART OF THERAPY", 1)]
    if estimand == "while-on-strategy":
        events.append((restart, 4, "RESTART OF THERAPY", 2))
    until = for_ctdna if estimand == "hypothetical" and for_ctdna is not None else float("inf")
    seen = sorted(event for event in events if event[0] is not None and event[0] <= until)
    plus = 1 if add_one else 0
    if seen:
        day, _, reason, cause = seen[0]
        end = max(day, start)
        return start, end, end - start + plus, True, cause, reason, 0

    scans = [day for day, *_ in readings if start < day <= until]
    tests = [negative] if negative is not None and negative > start else []
    known = [max(scans)] if scans else []
    if estimand == "composite":
        known = [min(known[0], tests[0])] if known and tests else []
    end = known[0] if known else start
    if estimand == "hypothetical" and for_ctdna is not None:
        reason = "RESTART FOR CTDNA POSITIVITY"
    elif not known:
        reason = "NO POST-BASELINE ASSESSMENT"
    else:
        left = [
            (day, order, why)
            for order, (day, why) in enumerate([
                (treated, "UNDOCUMENTED PROGRESSION"), (first("withdrawn"), "WITHDRAWAL OF CONSENT"), (first("lost"), "LOST TO FOLLOW-UP"),
            ])
            if day is not None
        ]
        reason = min(left)[2] if left else "ONGOING WITHOUT EVENT"
    return start, end, end - start + plus, False, 0, reason, CENSORED[reason]


def _trigger(reason: str) -> str:
    return {"RESUME_CTDNA": "CTDNA", "RESUME_OTHER": "OTHER"}.get(reason, "PROGRESSION")
