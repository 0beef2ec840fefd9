"""How many positive tests would come from testing alone: false converters among patients who are truly negative.

Each test of a truly negative patient is negative with probability `specificity`, independently of the others; after k
tests a patient has been positive at least once with probability 1 − specificity^k.
"""

from dataclasses import dataclass

import numpy as np

from heroes.errors import MisuseError
from heroes.statistics.binomial import binomial_mass, check_count
from heroes.statistics.reasons import NO_PATIENTS, Reason


@dataclass(frozen=True)
class FalseConverters:
    """n truly negative patients with k tests each: probability for one patient, expected number of all.

    expected is None with a reason when there are no patients.
    """

    n: int
    k: int
    specificity: float
    probability: float
    expected: float | None
    reason: str | None


@dataclass(frozen=True)
class ConversionsAgainstChance:
    """Patients with a positive test, beside how many would have one if all were truly negative.

    n: patients; n_tests: tests counted, n_tested: patients with at least one. observed: patients who converted.
    expected: the sum of 1 − specificity^k over patients; p: the exact probability of so many or more false converters.
    expected and p are None with a reason when there are no patients.
    """

    n: int
    n_tests: int
    n_tested: int
    observed: int
    expected: float | None
    p: float | None
    reason: str | None


def expect_false_converters(n: int, k: int, specificity: float) -> FalseConverters:
    """How many of n truly negative patients a plan of k tests each would make positive at least once.

    Raises MisuseError for a specificity outside 0–1 (above 0; 1 means never).
    """
    n, k = check_count(n, "A number of patients"), check_count(k, "A number of tests")
    probability = float(_ever_positive(k, _check_specificity(specificity)))
    if n == 0:
        return FalseConverters(n, k, specificity, probability, None, Reason(NO_PATIENTS))
    return FalseConverters(n, k, specificity, probability, n * probability, None)


def compare_with_chance(n_tests, observed: int, specificity: float) -> ConversionsAgainstChance:
    """How many patients converted, beside how many would have done so had every positive test been false.

    n_tests: per patient, the evaluable tests after baseline up to and including the first positive one; 0 for a patient
    not tested yet. observed: patients with a positive among them. Counting tests up to the first positive only makes
    expected a little smaller than for the tests planned, since nobody is tested on after a positive.
    p answers "could all of these be false?", not "is this one false?"; it is exact (Poisson-binomial).
    Raises MisuseError for negative or fractional counts, and for more observed than tested.
    """
    k = np.asarray(n_tests)
    if k.ndim != 1 or len(k) and (k.dtype.kind not in "iuf" or not np.all((k >= 0) & (k == np.floor(k)) & np.isfinite(k))):
        raise MisuseError("Numbers of tests must be whole numbers from 0, one per patient.")
    k = k.astype(np.int64)
    observed, tested = check_count(observed, "A number of converters"), int((k > 0).sum())
    specificity = _check_specificity(specificity)
    if observed > tested:
        raise MisuseError(f"{observed} patients converted but only {tested} were tested.")
    if not len(k):
        return ConversionsAgainstChance(0, 0, 0, observed, None, None, Reason(NO_PATIENTS))
    expected, p = float(_ever_positive(k, specificity).sum()), _probability_of_so_many(k, observed, specificity)
    return ConversionsAgainstChance(len(k), int(k.sum()), tested, observed, expected, p, None)


def _ever_positive(k, specificity: float):
    """1 − specificity^k, exact also where it is tiny."""
    return -np.expm1(np.asarray(k) * np.log(specificity))


def _probability_of_so_many(k: np.ndarray, observed: int, specificity: float) -> float:
    """P(at least `observed` false converters): patients with equally many tests together are one binomial."""
    mass = np.ones(1)
    for tests, n in zip(*np.unique(k, return_counts=True)):
        mass = np.convolve(mass, binomial_mass(int(n), float(_ever_positive(tests, specificity))))
    return 1.0 if observed == 0 else min(float(mass[observed:].sum()), 1.0)


def _check_specificity(specificity: float) -> float:
    if not 0 < specificity <= 1:
        raise MisuseError(f"A specificity lies above 0 and up to 1, such as 0.995; {specificity} does not.")
    return float(specificity)
