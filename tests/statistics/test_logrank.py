"""Log-rank test."""

import numpy as np
import pandas as pd
import pytest

from heroes.errors import MisuseError
from heroes.statistics.logrank import logrank

from .reference_tables import EDGES, Comparison, ReferenceTables

RHO = {"logrank": 0, "peto_peto_wilcoxon": 1}
TIED = pd.DataFrame({
    "time": [2, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 12, 12, 13],
    "event": [1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0],
    "group": list("abc" * 8), "stratum": ([1, 1, 2, 2, 2] * 5)[:24],
})


def test_two_groups_by_hand():
    test = logrank([1, 2, 3, 4], [1, 1, 1, 0], ["a", "b", "a", "b"])
    # at risk a/all: 2/4, 1/3, 1/2; expected in a 1/2 + 1/3 + 1/2; variance 1/4 + 2/9 + 1/4
    expected, variance = 1 / 2 + 1 / 3 + 1 / 2, 1 / 4 + 2 / 9 + 1 / 4
    assert test.groups.group.tolist() == ["a", "b"]
    assert test.groups.expected.tolist() == pytest.approx([expected, 3 - expected])
    assert test.groups.variance.tolist() == pytest.approx([variance, variance])
    assert test.chi2 == pytest.approx((2 - expected) ** 2 / variance)
    assert test.df == 1


def test_times_that_differ_by_rounding_are_tied_across_groups():
    exact = logrank([0.3, 0.3, 0.5, 0.7], [1, 1, 1, 0], [1, 2, 1, 2])
    rounded = logrank([0.3, 0.1 + 0.2, 0.5, 0.7], [1, 1, 1, 0], [1, 2, 1, 2])
    assert rounded.chi2 == exact.chi2


def test_one_group_cannot_be_compared():
    test = logrank([1, 2], [1, 0], ["a", "a"])
    assert (test.chi2, test.df, test.p) == (None, None, None)
    assert "nothing to compare" in test.reason


def test_without_events_there_is_nothing_to_compare():
    assert logrank([1, 2, 3], [0, 0, 0], ["a", "b", "b"]).reason is not None
    assert logrank([], [], []).reason is not None


def test_a_group_that_left_before_the_first_event_does_not_count_as_a_degree_of_freedom():
    test = logrank([1, 2, 3, 4, 5], [0, 1, 1, 1, 0], ["gone", "a", "b", "a", "b"])
    assert test.df == 1
    assert test.p == pytest.approx(logrank([2, 3, 4, 5], [1, 1, 1, 0], ["a", "b", "a", "b"]).p)


def test_when_all_at_risk_fail_at_once_the_groups_cannot_be_compared():
    test = logrank([1, 1], [1, 1], ["a", "b"])
    assert test.chi2 is None and "cannot be compared" in test.reason


def test_a_missing_group_is_refused():
    with pytest.raises(MisuseError, match="1 rows have no group"):
        logrank([1, 2], [1, 0], np.array(["a", None], dtype=object))


def assert_published_tests_agree(folder, at_least):
    """Every unstratified test and each of its groups, weighted or not."""
    tables, seen = ReferenceTables(folder), Comparison()
    for row in pd.read_csv(folder / "results" / "logrank.csv").itertuples():
        if row.test not in RHO:
            continue
        patients = tables.rows(row.analysis_id)
        ours = logrank(patients.time, patients.status, patients.stratum, rho=RHO[row.test])
        seen.same((row.analysis_id, row.test), ours.chi2, row.chisq, relative=1e-6)
        seen.same((row.analysis_id, row.test), ours.df, row.df)
        seen.same((row.analysis_id, row.test), ours.p, row.p_value, relative=1e-6)
    for row in pd.read_csv(folder / "results" / "logrank_groups.csv", dtype={"stratum": str}).itertuples():
        patients, where = tables.rows(row.analysis_id), (row.analysis_id, row.test, row.stratum)
        groups = logrank(patients.time, patients.status, patients.stratum, rho=RHO[row.test]).groups.set_index("group")
        for column in ("n", "observed", "expected", "variance"):
            seen.same(where, groups.loc[row.stratum, column], getattr(row, column), relative=1e-6)
    assert seen.differences == [] and seen.n >= at_least


def test_both_weights_agree_with_r_on_the_edge_cases():
    assert_published_tests_agree(EDGES, at_least=12 + 32)


def test_both_weights_agree_with_r_on_every_published_test(reference):
    assert_published_tests_agree(reference, at_least=3 * 42 + 4 * 100)


def test_stratified_tests_agree_with_r_on_every_published_one(reference):
    published = pd.read_csv(reference / "results" / "logrank.csv")
    published = published[published.test == "logrank_stratified"].set_index("analysis_id")
    tables, seen = ReferenceTables(reference), Comparison()
    gbsg = pd.read_csv(reference / "datasets" / "gbsg.csv").set_index("pid").meno
    trial = pd.read_csv(reference / "trial_rcd" / "csv" / "adtte.csv")
    pfs = trial[trial.PARAMCD == "PFS"].set_index("USUBJID").STRATA1
    for analysis, blocks in (("gbsg_rfs_hormon", gbsg), ("rcd_pfs_arm", pfs)):
        patients, row = tables.rows(analysis), published.loc[analysis]
        ours = logrank(patients.time, patients.status, patients.stratum, strata=blocks.loc[patients.subject].to_numpy())
        seen.same(analysis, ours.chi2, row.chisq, relative=1e-6)
        seen.same(analysis, ours.df, row.df)
        seen.same(analysis, ours.p, row.p_value, relative=1e-6)
        assert ours.n_strata == blocks.nunique()
    assert seen.differences == [] and len(published) == 2


@pytest.mark.parametrize(
    ("strata", "rho", "chi2", "p", "observed", "expected", "variance"),
    [
        (True, 0, .0487703880217, .9759097227682, [5, 6, 6], [5.04871794872, 5.61923076923, 6.33205128205],
         [3.09458016343, 3.31047266836, 3.61604841739]),
        (True, 1, .331238114654, .847368971714, [4.32307692308, 3.76923076923, 3.51025641026],
         [3.64871794872, 3.78589743590, 4.16794871795], [1.73817695125, 1.74491946088, 1.81891870950]),
        (False, 1, .241605625873, .886208691254, None, None, None),
    ],
)
def test_ties_three_groups_strata_and_weights(strata, rho, chi2, p, observed, expected, variance):
    # R survival 3.5-3, survdiff(Surv(time, event) ~ group + strata(stratum), rho = rho)
    test = logrank(TIED.time, TIED.event, TIED.group, strata=TIED.stratum if strata else None, rho=rho)
    assert (test.chi2, test.p, test.df) == (pytest.approx(chi2, rel=1e-10), pytest.approx(p, rel=1e-10), 2)
    assert (test.n_strata, test.rho) == (2 if strata else 1, rho)
    if observed:
        assert test.groups.observed.tolist() == pytest.approx(observed, abs=1e-10)
        assert test.groups.expected.tolist() == pytest.approx(expected, abs=1e-10)
        assert test.groups.variance.tolist() == pytest.approx(variance, abs=1e-10)


def test_one_stratum_is_no_stratum_and_strata_without_a_comparison_say_why():
    whole = logrank(TIED.time, TIED.event, TIED.group, strata=["all"] * len(TIED))
    assert whole.chi2 == logrank(TIED.time, TIED.event, TIED.group).chi2
    apart = logrank(TIED.time, TIED.event, TIED.group, strata=TIED.group)  # nobody to be compared with
    assert apart.chi2 is None and "cannot be compared" in apart.reason


def test_strata_and_weights_that_cannot_be_are_refused():
    with pytest.raises(MisuseError, match="1 rows have no stratum"):
        logrank([1, 2], [1, 0], ["a", "b"], strata=np.array(["x", None], dtype=object))
    with pytest.raises(MisuseError, match="strata must be equally long"):
        logrank([1, 2], [1, 0], ["a", "b"], strata=["x"])
    with pytest.raises(MisuseError, match="no rho 2; there are 0"):
        logrank([1, 2], [1, 0], ["a", "b"], rho=2)
