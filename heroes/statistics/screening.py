"""Screening: how many come on from step to step, how many must be screened for so many inclusions, what is on its way.

Only screenings that have ended say how likely a patient is to come on: whoever is still waiting is neither a success nor a
failure. Steps are taken as independent, each with its own Beta posterior (Jeffreys' prior).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from heroes.labels import mark
from heroes.statistics.binomial import check_count
from heroes.statistics.proportions import Proportion, estimate_wilson
from heroes.statistics.reasons import Reason

DRAWS = 20_000
NOBODY_ENDED = mark("No screening has ended yet: how many come on is not known.")
NOBODY_WAITS = mark("Nobody is in screening.")


@dataclass(frozen=True)
class Passage:
    """From one step to the next that is on record: of n patients whose screening ended at the step or beyond, x came on."""

    step: str
    next_step: str
    passed: Proportion


@dataclass(frozen=True)
class Expected:
    """A number of patients with its central 80 % interval; None with a reason where there is none."""

    estimate: float | None
    lower: float | None
    upper: float | None
    reason: str | None = None


def estimate_passages(standing: pd.DataFrame) -> list[Passage]:
    """Passages of screening, in order, up to the inclusion.

    standing: step, step_order, status, n: how many patients stand at which step, INCLUDED, FAILED, PENDING or UNKNOWN
    (as the question screening_state). A step at which nobody stands makes no passage of its own: who came beyond it is
    counted at the step before.
    """
    ended = standing[standing["status"].isin(["INCLUDED", "FAILED"])]
    steps = standing[["step", "step_order"]].drop_duplicates().sort_values("step_order")
    if "INCLUDED" not in set(steps["step"]):
        return []
    names, orders = steps["step"].tolist(), steps["step_order"].tolist()
    passages = []
    for (step, order), (after, after_order) in zip(zip(names, orders), zip(names[1:], orders[1:]), strict=False):
        reached = int(ended.loc[ended["step_order"] >= order, "n"].sum())
        came_on = int(ended.loc[ended["step_order"] >= after_order, "n"].sum())
        passages.append(Passage(step, after, estimate_wilson(came_on, reached)))
    return passages


def estimate_screening_needed(passages: list[Passage], still: int, seed: int, n_draws: int = DRAWS) -> Expected:
    """How many must still give a first consent for so many more inclusions: still / product of the passages."""
    still = check_count(max(still, 0), "A number of inclusions")
    if not passages or passages[0].passed.n == 0:
        return Expected(None, None, None, Reason(NOBODY_ENDED))
    needed = still / np.maximum(draw_whole_passage(passages, seed, n_draws), 1e-9)
    return Expected(*np.quantile(needed, (0.5, 0.1, 0.9)).tolist())


def draw_whole_passage(passages: list[Passage], seed: int, n_draws: int = DRAWS) -> np.ndarray:
    """Draws of the probability that a first consent ends in an inclusion: the product of the passages."""
    return np.prod(list(_draw(passages, seed, n_draws).values()), axis=0)


def expect_inclusions(passages: list[Passage], pending: Mapping[str, int], seed: int, n_draws: int = DRAWS) -> Expected:
    """How many of the patients now in screening will be included, whenever that is.

    pending: step → patients whose last step it is. Each is included with the product of the passages still ahead; the
    interval holds what chance and the uncertain passages make of it.
    """
    waiting = {step: check_count(n, "A number of patients") for step, n in pending.items() if n}
    if not waiting:
        return Expected(0.0, 0.0, 0.0, Reason(NOBODY_WAITS))
    if not passages or passages[0].passed.n == 0:
        return Expected(None, None, None, Reason(NOBODY_ENDED))
    passed = _draw(passages, seed, n_draws)
    ahead, product = {}, np.ones(n_draws)
    for passage in reversed(passages):
        product = product * passed[passage.step]
        ahead[passage.step] = product
    chance = np.random.default_rng([seed, 2])
    included, mean = np.zeros(n_draws), 0.0
    for step, n in waiting.items():
        probability = np.clip(ahead.get(step, np.zeros(n_draws)), 0, 1)
        included += chance.binomial(n, probability)
        mean += n * float(probability.mean())
    return Expected(mean, *np.quantile(included, (0.1, 0.9), method="inverted_cdf").tolist())


def _draw(passages: list[Passage], seed: int, n_draws: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng([seed, 3])
    return {
        passage.step: chance.beta(0.5 + passage.passed.x, 0.5 + passage.passed.n - passage.passed.x, n_draws) for passage in passages
    }
