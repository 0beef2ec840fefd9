"""From first consent to inclusion: each patient's true way through screening, with calendar days."""

from dataclasses import dataclass, field

from heroes.model.terms import CtdnaCall, FailureReason, MilestoneKind, ScreenFailReason
from heroes.simulate import world
from heroes.simulate.chance import between, happens, pick, stream
from heroes.simulate.sites import workday


@dataclass
class BaselineDraw:
    """A blood sample before inclusion: days of draw, receipt and result; the call and, if none, why."""

    collected: int
    received: int
    resulted: int
    call: CtdnaCall
    failure: FailureReason | None = None


@dataclass
class Screening:
    """steps: (kind, seq, day) in the order in which they happened. reason None and included set: the patient is in.
    decided: day on which the screening ended, either way."""

    consent1: int
    steps: list[tuple[MilestoneKind, int, int]] = field(default_factory=list)
    draws: list[BaselineDraw] = field(default_factory=list)
    reason: ScreenFailReason | None = None
    decided: int = 0
    included: int | None = None

    def day_of(self, kind: MilestoneKind) -> int | None:
        """Day of the last step of this kind."""
        return next((day for step, _, day in reversed(self.steps) if step == kind), None)


def screen(seed: int, subject_id: str, consent1: int) -> Screening:
    """One patient's screening: consent, tissue 1–2 weeks, design 3–4 weeks, result 7–10 days, second consent, inclusion."""
    rng = stream(seed, "screening", subject_id)
    way = Screening(consent1)
    steps = way.steps
    steps.append((MilestoneKind.CONSENT1, 1, consent1))
    slow_tissue = happens(rng, 0.12)
    tissue = workday(consent1 + (between(rng, 15, 35) if slow_tissue else between(rng, 4, 14)))
    steps.append((MilestoneKind.TISSUE_SENT, 1, tissue))
    inadequate, failed = happens(rng, world.TISSUE_INADEQUATE), happens(rng, world.ASSAY_FAILED)
    judged, designed = workday(tissue + between(rng, 7, 14)), workday(tissue + between(rng, 20, 28))
    if inadequate:
        return _end(way, ScreenFailReason.TISSUE_INADEQUATE, judged)
    if failed:
        return _end(way, ScreenFailReason.ASSAY_FAILED, designed)
    steps.append((MilestoneKind.ASSAY_READY, 1, designed))
    collected = workday(designed + between(rng, 1, 9))
    is_positive = happens(rng, world.BASELINE_POSITIVE)
    for number in (1, 2):
        received = workday(collected + between(rng, 1, 2))
        draw = BaselineDraw(collected, received, workday(received + between(rng, 6, 9)), CtdnaCall.NEGATIVE)
        if happens(rng, world.NOT_EVALUABLE):
            draw.call, draw.failure = CtdnaCall.NOT_EVALUABLE, pick(rng, world.PLASMA_FAILURES)
        elif is_positive:
            draw.call = CtdnaCall.POSITIVE
        way.draws.append(draw)
        steps.append((MilestoneKind.BASELINE_DRAW, number, draw.collected))
        steps.append((MilestoneKind.BASELINE_RESULT, number, draw.resulted))
        if draw.call != CtdnaCall.NOT_EVALUABLE:
            break
        collected = workday(draw.resulted + between(rng, 5, 14))
    result = way.draws[-1]
    if result.call == CtdnaCall.NOT_EVALUABLE:
        return _end(way, ScreenFailReason.BASELINE_NOT_EVALUABLE, result.resulted)
    if result.call == CtdnaCall.POSITIVE:
        return _end(way, ScreenFailReason.CTDNA_POSITIVE_BASELINE, result.resulted)
    consent2 = workday(result.resulted + between(rng, 2, 18))
    if happens(rng, world.CONSENT2_DECLINED):
        return _end(way, ScreenFailReason.CONSENT_DECLINED, consent2)
    steps.append((MilestoneKind.CONSENT2, 1, consent2))
    way.included = workday(consent2 + between(rng, 0, 12))
    steps.append((MilestoneKind.INCLUDED, 1, way.included))
    way.decided = way.included
    return way


def turn_away(way: Screening, full_on: int) -> Screening:
    """The same screening, where the trial was full before the patient could be included."""
    kept = [step for step in way.steps if step[0] not in (MilestoneKind.CONSENT2, MilestoneKind.INCLUDED)]
    told = workday(max(kept[-1][2], full_on) + 7)
    return Screening(way.consent1, kept, way.draws, ScreenFailReason.OTHER, told)


def _end(way: Screening, reason: ScreenFailReason, day: int) -> Screening:
    way.reason, way.decided = reason, day
    return way
