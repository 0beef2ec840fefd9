"""After inclusion: what truly happens to one patient, with calendar days. What is recorded of it, and when, is in `records`.

Order of things: treatment stops; ctDNA may turn positive and treatment is resumed, which holds the disease in many;
or it progresses, seen at the next scan, with or without a positive before; then treatment is resumed or changed.
A patient's fate is drawn first, in a fixed order, so that it does not depend on what the schedule makes of it.
"""

from dataclasses import dataclass, field

import numpy as np

from heroes.model.terms import CtdnaCall, MilestoneKind, TreatmentReason
from heroes.simulate import world
from heroes.simulate.chance import between, happens, pick, stream, waiting
from heroes.simulate.draws import Draw, Level, extra_draw, measure, read_draw
from heroes.simulate.scans import Scan, find_progression, read_scans
from heroes.simulate.sites import workday

NEVER = 10**6
HESITATION = 60
"""Days of waiting with the restart beyond which the draw is repeated, up to three times."""
FOLLOWED_FOR = 900
"""Days after inclusion until which deaths after a progression come to be known."""


@dataclass(frozen=True)
class Fate:
    """Latent days from inclusion: molecular relapse, progression after it if nothing is done, progression without
    ctDNA, death without progression, leaving the study, restart by choice."""

    molecular: float
    shed_progression: float
    silent_progression: float
    death: float
    death_after_progression: float
    exit: float
    exit_kind: MilestoneKind
    by_choice: float
    holds: bool
    held_for: float
    restart_delay: int
    new_delay: int
    prefers_new: bool
    level: Level


@dataclass(frozen=True)
class VisitSlot:
    """A planned visit: its day if it took place, and whether blood was drawn."""

    code: str
    planned: int
    day: int | None
    has_draw: bool


@dataclass(frozen=True)
class Therapy:
    """A treatment after the stop. trigger: the day that led to it."""

    kind: MilestoneKind
    reason: TreatmentReason
    start: int
    trigger: int


@dataclass
class Course:
    """Calendar days (ordinals). declared: day on which the progression became certain; progressed: the scan that showed it."""

    included: int
    stop: int
    visits: list[VisitSlot] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    therapies: list[Therapy] = field(default_factory=list)
    contacts: list[int] = field(default_factory=list)
    progressed: int | None = None
    declared: int | None = None
    death: int | None = None
    exit: tuple[MilestoneKind, int] | None = None
    first_positive: Draw | None = None

    @property
    def end(self) -> int:
        """First day on which nothing more can happen to be recorded."""
        return min(self.death or NEVER, self.exit[1] if self.exit else NEVER)


def follow(seed: int, subject_id: str, included: int, best: str, criteria: str) -> Course:
    """One patient from inclusion to death, exit or the end of the two years. best: response at entry."""
    fate = draw_fate(stream(seed, "fate", subject_id))
    rng = stream(seed, "stop", subject_id)
    stop = workday(included + (between(rng, 0, 6) if happens(rng, 0.6) else between(rng, 7, 19)))
    course = Course(included, stop, visits=plan_visits(stream(seed, "visits", subject_id), included))
    last_visit = next((slot.day for slot in reversed(course.visits) if slot.day), course.visits[-1].planned)

    draws = [
        read_draw(stream(seed, "draw", subject_id, slot.code), slot.code, slot.day, included + fate.molecular, fate.level)
        for slot in course.visits if slot.has_draw and slot.day
    ]
    first = next((draw for draw in draws if draw.call == CtdnaCall.POSITIVE), None)
    restart = first.final_result + fate.restart_delay if first and fate.restart_delay < NEVER else NEVER
    restart = workday(restart) if restart < NEVER else NEVER
    by_choice = included + int(fate.by_choice)
    if by_choice < restart and (first is None or by_choice < first.collected) and by_choice > stop:
        restart, first = workday(by_choice), None

    disease = included + min(fate.shed_progression, fate.silent_progression)
    if restart < disease and (fate.holds or first is None or not first.is_true):
        disease = restart + 150 + fate.held_for
    death = included + int(fate.death)
    leaves = included + int(fate.exit)
    finished = workday(max(last_visit, included + world.SCAN_EVERY * world.SCANS + 10))
    limit = min(death, leaves, finished)
    scans = read_scans(seed, subject_id, included, best, criteria)
    course.scans, course.progressed, course.declared = find_progression(
        stream(seed, "progression", subject_id), scans, int(disease), limit
    )
    if course.declared:
        death = min(death, course.declared + 20 + int(fate.death_after_progression))
        if restart >= course.declared:
            restart, first = NEVER, first if first and first.collected <= course.declared else None
    if course.declared or death < min(leaves, finished):
        course.death = death if death < included + FOLLOWED_FOR else None
    elif leaves < finished:
        course.exit = (fate.exit_kind, workday(leaves))
    else:
        course.exit = (MilestoneKind.COMPLETED, finished)

    course.first_positive = first
    until = min(course.end, course.declared + 11 if course.declared else NEVER)
    if course.exit and course.exit[0] == MilestoneKind.COMPLETED:
        until += 1  # the last visit may be on the day of completion
    course.visits = [slot for slot in course.visits if (slot.day or slot.planned) < until]
    _keep_draws(course, draws, stream(seed, "extra", subject_id), restart, until, fate)
    _treat(course, first, restart, fate, stream(seed, "therapy", subject_id))
    if course.declared:
        course.contacts = [
            workday(course.declared + 91 * number) for number in range(1, 9) if course.declared + 91 * number + 2 < course.end
        ]
    return course


def draw_fate(rng: np.random.Generator) -> Fate:
    """Everything latent about one patient, in days from inclusion."""
    molecular = waiting(rng, world.MEAN_TO_MOLECULAR)
    lead = world.MEDIAN_LEAD * float(np.exp(rng.normal(0, world.SPREAD_LEAD)))
    silent = waiting(rng, world.MEAN_TO_SILENT_PROGRESSION)
    death = 40 + waiting(rng, world.MEAN_TO_DEATH_WITHOUT_PROGRESSION)
    after = waiting(rng, world.MEAN_TO_DEATH_AFTER_PROGRESSION)
    leaves = 25 + waiting(rng, world.MEAN_TO_EXIT)
    kinds = (MilestoneKind.WITHDRAWN, MilestoneKind.LTFU, MilestoneKind.DISCONTINUED)
    kind = pick(rng, kinds, (0.5, 0.38, 0.12))
    by_choice = 40 + waiting(rng, world.RESTART_BY_CHOICE_MEAN)
    holds, held_for = happens(rng, world.RESTART_HOLDS), waiting(rng, world.MEAN_AFTER_RESTART)
    manner = pick(rng, ("usual", "late", "never"), (world.RESTART_USUAL, world.RESTART_LATE, world.RESTART_NEVER))
    usual, late = between(rng, 7, 40), between(rng, 63, 140)
    level = Level(
        first=10 ** float(rng.normal(world.FIRST_LEVEL_MEAN, world.FIRST_LEVEL_SPREAD)),
        doubling=world.MEDIAN_DOUBLING * float(np.exp(rng.normal(0, world.SPREAD_DOUBLING))),
        grows=happens(rng, world.GROWS),
        cfdna=4 + float(rng.gamma(2, 2.5)),
    )
    return Fate(
        molecular, molecular + lead, silent, death, after, leaves, kind, by_choice, holds, held_for,
        {"usual": usual, "late": late, "never": NEVER}[manner], between(rng, 8, 32), happens(rng, 0.55), level,
    )


def plan_visits(rng: np.random.Generator, included: int) -> list[VisitSlot]:
    """Planned visits as they would take place: a few days early or late, some far too late, some missed."""
    slots = []
    for months in world.MONTHS_WITH_VISIT:
        planned = included + world.planned_day(months)
        jitter = int(np.clip(round(float(rng.normal(1, 4))), -world.WINDOW_MINUS + 2, world.WINDOW_PLUS - 2))
        late, is_late = between(rng, 15, 26), happens(rng, world.DRAW_LATE)
        missed, omitted = happens(rng, world.VISIT_MISSED), happens(rng, world.DRAW_OMITTED)
        day = None if missed else workday(planned + (late if is_late else jitter))
        slots.append(VisitSlot(world.visit_code(months), planned, day, not omitted))
    return slots


def _keep_draws(course: Course, draws: list[Draw], rng, restart: int, until: int, fate: Fate) -> None:
    """The draws that take place: the schedule until restart or progression, extra ones, the test after a restart."""
    extra, delay = happens(rng, world.CONFIRMED_BY_EXTRA_DRAW), between(rng, 4, 12)
    kept = [draw for draw in draws if draw.collected < min(until, restart)]
    first = course.first_positive
    for draw in kept:
        if first and draw.collected >= first.collected and draw.call == CtdnaCall.POSITIVE and draw.is_true:
            measure(draw, fate.level, draw.collected - first.collected, rng)
    hesitates = first is not None and fate.restart_delay > HESITATION
    for number in (range(3) if hesitates else range(1)):
        again = happens(rng, 0.75)
        day = workday(first.final_result + delay + 30 * number) if first else NEVER
        is_near = any(abs(draw.collected - day) < 10 for draw in kept)
        if (again if hesitates else extra) and not is_near and day < min(restart, until):
            kept.append(extra_draw(rng, world.UNSCHEDULED, day, first.is_true, fate.level, day - first.collected))
    on_time, jitter, late = happens(rng, 0.85), between(rng, -6, 6), between(rng, 9, 40)
    done = happens(rng, 0.94)
    if first and restart < NEVER:
        day = workday(restart + world.RESTART_TEST_AFTER + (jitter if on_time else late))
        cleared = happens(rng, 0.94 if fate.holds or not first.is_true else 0.45)
        if done and day < until:
            kept.append(extra_draw(rng, world.RESTART_VISIT, day, not cleared, fate.level, (day - first.collected) // 2))
    if course.declared and not first:  # ctDNA detected at the progression only
        for draw in kept:
            if draw.collected >= course.progressed and draw.call == CtdnaCall.NEGATIVE and happens(rng, 0.4):
                draw.call, draw.is_true = CtdnaCall.POSITIVE, True
                measure(draw, fate.level, 0, rng)
    course.draws = sorted(kept, key=lambda draw: draw.collected)


def _treat(course: Course, first: Draw | None, restart: int, fate: Fate, rng) -> None:
    """Treatment resumed for ctDNA, by choice or for progression, or a new one."""
    if restart < min(NEVER, course.end):
        reason = TreatmentReason.RESUME_CTDNA if first else TreatmentReason.RESUME_OTHER
        trigger = first.final_result if first else course.stop
        course.therapies.append(Therapy(MilestoneKind.TX_RESUME, reason, restart, trigger))
    treated = happens(rng, 0.93)
    if course.declared and treated:
        start = workday(course.declared + fate.new_delay)
        is_new = fate.prefers_new or bool(course.therapies)
        if start < course.end:
            course.therapies.append(Therapy(
                MilestoneKind.TX_NEW if is_new else MilestoneKind.TX_RESUME,
                TreatmentReason.NEW_PD if is_new else TreatmentReason.RESUME_PD, start, course.declared,
            ))
