"""Passages of screening, screening needed and what is on its way, against sums by hand and a recount."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, betabinom

from heroes.statistics.screening import estimate_passages, estimate_screening_needed, expect_inclusions


def standing(*rows):
    orders = {"CONSENT1": 1, "ASSAY_READY": 3, "BASELINE_RESULT": 5, "BASELINE_NEGATIVE": 6, "INCLUDED": 8}
    return pd.DataFrame([(step, orders[step], status, n) for step, status, n in rows], columns=["step", "step_order", "status", "n"])


STANDING = standing(
    ("CONSENT1", "FAILED", 4), ("CONSENT1", "PENDING", 7), ("ASSAY_READY", "PENDING", 3), ("BASELINE_RESULT", "FAILED", 6),
    ("BASELINE_NEGATIVE", "PENDING", 2), ("INCLUDED", "INCLUDED", 30), ("CONSENT1", "UNKNOWN", 9))


def test_only_ended_screenings_count_and_each_step_is_held_against_the_one_before():
    found = [(passage.step, passage.next_step, passage.passed.x, passage.passed.n) for passage in estimate_passages(STANDING)]
    assert found == [
        ("CONSENT1", "ASSAY_READY", 36, 40), ("ASSAY_READY", "BASELINE_RESULT", 36, 36), ("BASELINE_RESULT", "BASELINE_NEGATIVE", 30, 36),
        ("BASELINE_NEGATIVE", "INCLUDED", 30, 30)]


def test_screening_needed_is_what_is_left_over_the_product_of_the_passages():
    found = estimate_screening_needed(estimate_passages(STANDING), 60, seed=1)
    chance = np.random.default_rng(99)
    product = np.prod([chance.beta(0.5 + x, 0.5 + n - x, 200_000) for x, n in ((36, 40), (36, 36), (30, 36), (30, 30))], axis=0)
    assert found.estimate == pytest.approx(np.median(60 / product), rel=0.01)
    assert (found.lower, found.upper) == (
        pytest.approx(np.quantile(60 / product, 0.1), rel=0.01), pytest.approx(np.quantile(60 / product, 0.9), rel=0.015))
    assert estimate_screening_needed(estimate_passages(STANDING), -5, seed=1).estimate == 0


def test_one_passage_gives_scipys_beta_binomial_for_those_on_their_way():
    only = standing(("CONSENT1", "FAILED", 10), ("CONSENT1", "PENDING", 20), ("INCLUDED", "INCLUDED", 30))
    found = expect_inclusions(estimate_passages(only), {"CONSENT1": 20}, seed=1)
    exact = betabinom(20, 30.5, 10.5)
    assert found.estimate == pytest.approx(exact.mean(), rel=0.005)
    assert (found.lower, found.upper) == (exact.ppf(0.1), exact.ppf(0.9))
    needed = estimate_screening_needed(estimate_passages(only), 30, seed=1)
    assert needed.estimate == pytest.approx(30 / beta(30.5, 10.5).median(), rel=0.005)


def test_whoever_is_further_on_is_likelier_to_be_included():
    passages = estimate_passages(STANDING)
    early, late = (expect_inclusions(passages, {step: 10}, seed=1).estimate for step in ("CONSENT1", "BASELINE_NEGATIVE"))
    assert early < late <= 10
    both = expect_inclusions(passages, {"CONSENT1": 10, "BASELINE_NEGATIVE": 10}, seed=1).estimate
    assert both == pytest.approx(early + late)


def test_nobody_waiting_and_no_ended_screening_are_two_different_answers():
    nobody = expect_inclusions(estimate_passages(STANDING), {}, seed=1)
    assert (nobody.estimate, nobody.reason) == (0.0, "Nobody is in screening.")
    unknown = standing(("CONSENT1", "PENDING", 5), ("INCLUDED", "PENDING", 1))
    assert expect_inclusions(estimate_passages(unknown), {"CONSENT1": 5}, seed=1).estimate is None
    assert "No screening has ended" in estimate_screening_needed(estimate_passages(unknown), 5, seed=1).reason
    assert estimate_passages(standing(("CONSENT1", "FAILED", 4))) == []
