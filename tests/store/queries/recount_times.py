"""The other times to event told a second time in plain Python, from the protocol's words; and what they need of patients.

Each returns start, end, time, event, cause, reason, cnsr, clear of one patient, or None where the patient has no such time.
"""

import random

from tests.store.queries.recount import CENSORED, MISSED, NEVER, VISIT_PLAN, Facts, days_of, known_facts

SCALES = {
    "QL": (range(29, 31), 6), "PF": (range(1, 6), 3), "RF": (range(6, 8), 3), "EF": (range(21, 25), 3), "CF": ([20, 25], 3),
    "SF": (range(26, 28), 3), "FA": ([10, 12, 18], 3), "NV": ([14, 15], 3), "PA": ([9, 19], 3), "DY": ([8], 3), "SL": ([11], 3),
    "AP": ([13], 3), "CO": ([16], 3), "DI": ([17], 3), "FI": ([28], 3),
}  # fmt: skip
"""QLQ-C30 scale → its items, and the range of an answer (highest minus lowest)."""
FUNCTIONS = {"PF", "RF", "EF", "CF", "SF"}
HIGH_IS_GOOD = FUNCTIONS | {"QL"}
CONTACTS = (
    "consented", "baseline_draw", "consented_again", "stopped", "resumed", "new_treatment", "withdrawn", "completed", "discontinued",
    "last_alive",
)  # fmt: skip
"""Steps on which the patient was there."""


def told_more(patients: dict[str, dict], seed: int) -> dict[str, dict]:
    """The same patients with visits, questionnaires, draws without a result, contacts, a second resumption, gaps between scans."""
    return {subject: {**told, **_more(told, random.Random(f"{seed} {subject}"))} for subject, told in patients.items()}


def _more(told: dict, chance: random.Random) -> dict:
    last = told["followed"] + 60
    more: dict = {"visits": []}
    if last > MISSED + 60 and chance.random() < 0.5:
        more |= _gap(told, chance, last)
    for code, (planned, _) in VISIT_PLAN.items():
        if chance.random() < 0.5:
            missed = chance.random() < 0.6
            if missed:
                more["visits"].append((code, None, "MISSED"))
            if not missed or chance.random() < 0.1:
                more["visits"].append((code, planned + chance.randint(-5, 5), "DONE"))
    if chance.random() < 0.2:
        more["visits"].append(("EXTRA", chance.randint(1, last), "UNPLANNED"))
    if chance.random() < 0.3:
        more["response_at_entry"] = chance.choice(["CR", "PR"])
    if chance.random() < 0.3:
        more["last_alive"] = chance.randint(-5, last)
    more["draws"] = [(chance.randint(-10, last),) for _ in range(chance.choice([0, 0, 1]))]
    if {**told, **more}.get("resumed") is not None and chance.random() < 0.4:
        more["resumed"] = sorted({told["resumed"], chance.randint(1, last)})
    days = sorted({chance.choice([-7, 0, 1])} | {chance.randint(-10, last) for _ in range(chance.choice([0, 0, 3, 5, 8]))})
    days += [day for day in days_of({**told, **more}, "died") if chance.random() < 0.3 and day not in days]
    if chance.random() < 0.85:
        level = chance.randint(2, 6)
        more["questionnaires"] = [(day, _answers(chance, level, day)) for day in days]
    return more


def _gap(told: dict, chance: random.Random, last: int) -> dict:
    """A quiet time, a long one without a scan, and then a progression or a death, on the day or a day beside the limit."""
    since, until = chance.choice([0, 30, 91]), chance.choice([-1, 0, 1, 1, 2, 40])
    event = since + MISSED + until
    quiet = [(day, "SD", {}) for day in (-20, 30, 91) if day <= since and chance.random() < 0.8]
    if chance.random() < 0.3:
        quiet.append((event - chance.choice([0, 30]), "NE", {}))
    after = [(event, chance.choice(["PD", "PD", "SD"]), {})] if chance.random() < 0.6 else []
    gone = {} if chance.random() < 0.3 else {"resumed": None, "new_treatment": None, "treatments": []}
    died = event if chance.random() < 0.5 or not after else told.get("died")
    return {"scans": quiet + after + [scan for scan in told["scans"] if scan[0] > event], "died": died, **gone}


def _answers(chance: random.Random, level: int, day: int) -> dict[int, int | None]:
    """Answers that fall and rise a little; some items unanswered, some not even on the sheet."""
    level = level - (1 if chance.random() < 0.4 else 0) - (1 if day > 200 and chance.random() < 0.4 else 0)
    answers: dict[int, int | None] = {}
    for item in range(1, 31):
        if chance.random() < 0.04:
            continue
        highest = 7 if item > 28 else 4
        near = level if item > 28 else 5 - round(level / 2)
        value = min(highest, max(1, near + chance.choice([-1, 0, 0, 0, 1])))
        answers[item] = None if chance.random() < 0.2 else value
    return answers


def last_contact(told: dict, facts: Facts) -> int:
    """The last day on which something shows the patient alive, up to the cut-off and the death; at least the inclusion."""
    days = [day for name in CONTACTS for day in days_of(told, name)]
    days += [day for day, *_ in told["scans"]] + [day for day, *_ in told["calls"]] + [day for (day,) in told.get("draws", [])]
    days += [day for _, day, status in told.get("visits", []) if status != "MISSED"]
    days += [day for _, start, end in told.get("treatments", []) for day in (start, end) if day is not None]
    days += [day for day, answers in told.get("questionnaires", []) if any(value is not None for value in answers.values())]
    limit = min(facts.known_to, NEVER if facts.died is None else facts.died)
    return max([0, *(day for day in days if 0 <= day <= limit)])


def _row(start: int, day: int, cause: int, reason: str, clear: int | None = None) -> tuple:
    end = max(day, start)
    known_clear = end if clear is None else max(clear, start)
    return start, end, end - start, cause > 0, cause, reason, CENSORED.get(reason, 0), known_clear - start


def overall_survival(told: dict, origin: str, **_) -> tuple:
    facts = known_facts(told)
    start = facts.start(origin)
    if facts.died is not None:
        return _row(start, facts.died, 1, "DEATH")
    return _row(start, last_contact(told, facts), 0, facts.left())


def next_treatment(told: dict, origin: str, confirmation: str, evaluator: str, **_) -> tuple:
    facts = known_facts(told, confirmation, evaluator)
    start = facts.start(origin)
    new = min((day for day, kind, _ in facts.changes if kind == "new_treatment"), default=NEVER)
    if new <= (NEVER if facts.died is None else facts.died) and new < NEVER:
        return _row(start, new, 1, "NEW REGIMEN")
    if facts.died is not None:
        return _row(start, facts.died, 2, "DEATH")
    return _row(start, last_contact(told, facts), 0, facts.left())


def treatment_free(told: dict, origin: str, confirmation: str, evaluator: str, **_) -> tuple:
    facts = known_facts(told, confirmation, evaluator)
    stop = facts.stop
    if stop is None:  # else the end of maintenance, if it ended
        ends = [end for reason, _, end in told.get("treatments", []) if reason in ("MAINTENANCE", "STUDY")]
        if ends and all(end is not None and end <= facts.known_to for end in ends):
            stop = max(ends)
    if stop is None:
        return _row(facts.start(origin), facts.start(origin), 0, "THERAPY NOT STOPPED")
    restart = min((day for day, _, _ in facts.changes if day >= stop), default=None)
    if restart is not None and (facts.died is None or restart <= facts.died):
        return _row(stop, restart, 1, "RESTART OF THERAPY")
    if facts.died is not None:
        return _row(stop, facts.died, 2, "DEATH")
    return _row(stop, last_contact(told, facts), 0, facts.left())


def molecular_recurrence(told: dict, origin: str, confirmation: str, evaluator: str, **_) -> tuple:
    facts = known_facts(told, confirmation, evaluator)
    start = facts.start(origin)
    first = min(day for day in (facts.positive, facts.progression, facts.died, NEVER) if day is not None)
    if first < NEVER and first == facts.progression:
        return _row(start, first, 2, "RADIOLOGICAL PROGRESSION", max((day for day, *_ in facts.readings if day < first), default=start))
    if first < NEVER and first == facts.positive:
        return _row(start, first, 1, "CTDNA POSITIVE", max((day for day in facts.negatives if day < first), default=start))
    if first < NEVER:
        return _row(start, first, 3, "DEATH")
    tests = [day for day in facts.negatives_after_baseline if day > start]
    return _row(start, max(tests), 0, facts.left()) if tests else _row(start, start, 0, "NO TEST AFTER ORIGIN")


def from_first_positive(told: dict, confirmation: str, evaluator: str, **_) -> tuple | None:
    facts = known_facts(told, confirmation, evaluator)
    start = facts.positive
    if start is None or (facts.progression is not None and facts.progression <= start) or (facts.died is not None and facts.died < start):
        return None
    scans = [day for day, *_ in facts.readings if day > start]
    if facts.progression is not None and (facts.died is None or facts.progression <= facts.died):
        before = max((day for day in scans if day < facts.progression), default=start)
        return _row(start, facts.progression, 1, "RADIOLOGICAL PROGRESSION", before)
    if facts.died is not None:
        return _row(start, facts.died, 1, "DEATH")
    return _row(start, max(scans), 0, facts.left()) if scans else _row(start, start, 0, "NO POST-BASELINE ASSESSMENT")


def c30_score(scale: str, answers: dict[int, int | None]) -> float | None:
    """0–100, or None with fewer than half of the items answered."""
    items, width = SCALES[scale]
    given = [answers[item] for item in items if answers.get(item) is not None]
    if len(given) < len(items) / 2:
        return None
    raw = sum(given) / len(given)
    return (1 - (raw - 1) / width) * 100 if scale in FUNCTIONS else (raw - 1) / width * 100


def deterioration(told: dict, origin: str, scale: str = "QL", difference: float = 10, death_is_event: bool = False, **_) -> tuple:
    facts = known_facts(told)
    start = facts.start(origin)
    scored = [(day, c30_score(scale, answers)) for day, answers in told.get("questionnaires", []) if day <= facts.known_to]
    scored = sorted((day, score) for day, score in scored if score is not None)
    at_start = [score for day, score in scored if day <= start]
    after = [(day, score) for day, score in scored if day > start] if at_start else []
    sign = 1 if scale in HIGH_IS_GOOD else -1
    worse = [(day, round(sign * (at_start[-1] - score), 6) >= difference) for day, score in after]
    fall, clear = None, start
    for position, (day, _) in enumerate(worse):
        if all(low for _, low in worse[position:]):
            fall = day
            break
        clear = day
    if fall is not None and (facts.died is None or fall <= facts.died):
        return _row(start, fall, 1, "DETERIORATION OF QUALITY OF LIFE", clear)
    if facts.died is not None:
        return _row(start, facts.died, 1 if death_is_event else 2, "DEATH")
    if not at_start:
        return _row(start, start, 0, "NO BASELINE ASSESSMENT")
    if not after:
        return _row(start, start, 0, "NO QUESTIONNAIRE AFTER BASELINE")
    return _row(start, after[-1][0], 0, facts.left())
