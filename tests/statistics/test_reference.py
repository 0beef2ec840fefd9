"""Agreement with R (survival, cmprsk) on published analyses: the edge cases in every clone, all others where they are."""

import pandas as pd
import pytest

from heroes.statistics.proportions import estimate_clopper_pearson, estimate_wilson

from .reference_tables import (
    EDGES, Comparison, ReferenceTables, compare_curve, compare_follow_up, compare_incidence, compare_logrank,
    compare_milestones_and_quantiles, compare_restricted_mean,
)

SURVIVAL = [
    compare_curve, compare_milestones_and_quantiles, compare_follow_up, compare_restricted_mean, compare_logrank,
]


def assert_agreement(tables, kind, compare, at_least):
    seen = Comparison()
    for analysis in tables.analyses(kind):
        compare(tables, analysis, seen)
    assert seen.differences == []
    assert seen.n >= at_least


@pytest.mark.parametrize("compare", SURVIVAL)
def test_survival_agrees_with_r_on_the_edge_cases(compare):
    assert_agreement(ReferenceTables(EDGES), "km", compare, at_least=10)


def test_incidence_agrees_with_r_on_the_edge_cases():
    assert_agreement(ReferenceTables(EDGES), "competing_risks", compare_incidence, at_least=50)


@pytest.mark.parametrize(
    ("compare", "at_least"), list(zip(SURVIVAL, [80_000, 45_000, 700, 200, 200], strict=True)))
def test_survival_agrees_with_r_on_all_published_analyses(reference, compare, at_least):
    assert_agreement(ReferenceTables(reference), "km", compare, at_least)


def test_incidence_agrees_with_r_on_all_published_analyses(reference):
    assert_agreement(ReferenceTables(reference), "competing_risks", compare_incidence, at_least=5_000)


def assert_proportions_agree(folder):
    published = pd.read_csv(folder / "results" / "binomial_ci.csv")
    seen = Comparison()
    for row in published.itertuples():
        for name, estimate in (("clopper_pearson", estimate_clopper_pearson), ("wilson", estimate_wilson)):
            ours = estimate(row.x, row.n, row.conf_level)
            seen.same((name, row.x, row.n), ours.estimate, row.estimate, absolute=1e-9)
            seen.same((name, row.x, row.n), ours.lower, getattr(row, f"{name}_lower"), absolute=1e-8)
            seen.same((name, row.x, row.n), ours.upper, getattr(row, f"{name}_upper"), absolute=1e-8)
    assert seen.differences == []
    assert seen.n >= 200


def test_proportions_agree_with_r_on_the_edge_cases():
    assert_proportions_agree(EDGES)


def test_proportions_agree_with_r_on_all_published_proportions(reference):
    assert_proportions_agree(reference)
