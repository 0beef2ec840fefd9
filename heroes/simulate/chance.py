"""Chance that can be repeated: one stream of random numbers per name, all from one seed.

Each question ("when does this patient consent", "how late is this form") has a stream of its own, so that a draw more
in one place shifts nothing elsewhere. Names are hashed by CRC-32, which is the same on every machine and in every run.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from heroes.errors import MisuseError

EDITION = 37
"""Part of every stream: the same seed of another edition is another trial."""


def stream(seed: int, *names: str) -> np.random.Generator:
    """The random numbers of one name, e.g. stream(7, "draws", "03-004"). Raises MisuseError for a negative seed."""
    if seed < 0:
        raise MisuseError(f"A seed is a whole number from 0; {seed} was given.")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([EDITION, seed, *(crc32(name.encode()) for name in names)])))


def happens(rng: np.random.Generator, probability: float) -> bool:
    """True with this probability. Always uses one number, so that a changed probability shifts nothing."""
    return bool(rng.random() < probability)


def between(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def pick(rng: np.random.Generator, options: Sequence, weights: Sequence[float] | None = None):
    """One of the options, by weight."""
    share = np.cumsum(weights if weights is not None else np.ones(len(options)))
    return options[min(int(np.searchsorted(share, rng.random() * share[-1], side="right")), len(options) - 1)]


def waiting(rng: np.random.Generator, mean: float) -> float:
    """An exponential waiting time, by inversion."""
    return -mean * float(np.log1p(-rng.random()))
