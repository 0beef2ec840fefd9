"""ctDNA draws and what the laboratory truly measures in them."""

from dataclasses import dataclass

import numpy as np

from heroes.model.terms import CtdnaCall, FailureReason
from heroes.simulate import world
from heroes.simulate.chance import between, happens, pick
from heroes.simulate.sites import workday


@dataclass(frozen=True)
class Level:
    """One patient's ctDNA once it is there: MTM/mL at the first positive, days in which it doubles, whether it grows
    at all, and ng of cell-free DNA per mL of plasma."""

    first: float
    doubling: float
    grows: bool
    cfdna: float


@dataclass
class Draw:
    """A draw: days of collection, receipt and first result; the true call.

    first_call: what was reported first, where it was amended on day `amended`. is_true: the positive is no chance finding.
    """

    code: str
    collected: int
    received: int
    resulted: int
    call: CtdnaCall
    is_true: bool = False
    quantity: float | None = None
    variants: int | None = None
    vaf: float | None = None
    failure: FailureReason | None = None
    first_call: CtdnaCall | None = None
    amended: int | None = None

    @property
    def final_result(self) -> int:
        """Day on which the true call was reported."""
        return self.amended or self.resulted


def read_draw(rng: np.random.Generator, code: str, collected: int, relapse: float, level: Level) -> Draw:
    """A scheduled draw. relapse: day from which ctDNA is there to be found."""
    draw = _send(rng, code, collected)
    failed, reason = happens(rng, world.NOT_EVALUABLE), pick(rng, world.PLASMA_FAILURES)
    found, chance = happens(rng, world.SENSITIVITY), not happens(rng, world.SPECIFICITY)
    single, amended, delay = happens(rng, 0.04), happens(rng, world.FIRST_REPORTED_NEGATIVE), between(rng, 14, 30)
    rerun = happens(rng, 0.12)
    if failed:
        draw.call, draw.failure = CtdnaCall.NOT_EVALUABLE, reason
        if rerun:  # a second run of the same plasma gives a result after all
            draw.first_call, draw.call, draw.amended = CtdnaCall.NOT_EVALUABLE, CtdnaCall.NEGATIVE, workday(draw.resulted + delay)
            draw.variants = 0
    elif collected >= relapse and found:
        draw.call, draw.is_true = CtdnaCall.POSITIVE, True
        measure(draw, level, 0, rng)
        if amended:
            draw.first_call, draw.amended = CtdnaCall.NEGATIVE, workday(draw.resulted + delay)
    elif chance:
        draw.call = CtdnaCall.POSITIVE
        _set(draw, 10 ** float(rng.normal(-0.8, 0.25)), level.cfdna, between(rng, 2, 3))
    else:
        draw.variants = 1 if single else 0
    return draw


def extra_draw(rng: np.random.Generator, code: str, collected: int, is_positive: bool, level: Level, since_first: int) -> Draw:
    """A draw outside the schedule: before a restart, or the test after it."""
    draw = _send(rng, code, collected)
    draw.variants = 0
    if is_positive:
        draw.call, draw.is_true = CtdnaCall.POSITIVE, True
        measure(draw, level, since_first, rng)
    return draw


def measure(draw: Draw, level: Level, since_first: int, rng: np.random.Generator) -> None:
    """MTM/mL, variants and allele frequency of a true positive: growing with the patient's doubling time, or wavering."""
    noise = float(rng.normal(0, 0.06 if level.grows else 0.2))
    growth = since_first / level.doubling * np.log10(2) if level.grows else 0.0
    quantity = min(10 ** (float(np.log10(level.first)) + growth + noise), 9_000.0)
    share = 1 / (1 + np.exp(-(np.log10(quantity) + 0.4) * 1.3))
    _set(draw, quantity, level.cfdna, 2 + int(rng.binomial(14, share)))


def _send(rng: np.random.Generator, code: str, collected: int) -> Draw:
    received = workday(collected + between(rng, 1, 2))
    slow, usual, long = happens(rng, 0.07), between(rng, 6, 8), between(rng, 13, 24)
    return Draw(code, collected, received, workday(received + (long if slow else usual)), CtdnaCall.NEGATIVE)


def _set(draw: Draw, quantity: float, cfdna: float, variants: int) -> None:
    """MTM/mL ≈ mean allele frequency × ng of cell-free DNA per mL × 1000 / 3.3 (3.3 pg per haploid genome)."""
    draw.quantity = max(round(quantity, 2), 0.03)
    draw.variants = min(variants, 16)
    draw.vaf = min(round(draw.quantity * 3.3 / 1000 / cfdna * 100, 5), 60.0)
