"""Gray's test: values of cmprsk 2.2-11, cuminc(time, cause, group)$Tests."""

import numpy as np
import pandas as pd
import pytest

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.gray import gray_test

TIED = pd.DataFrame({
    "time": [2, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 12, 12, 13],
    "cause": [1, 2, 0, 1, 1, 2, 1, 0, 1, 2, 0, 1, 2, 2, 1, 0, 1, 1, 0, 2, 1, 0, 1, 0],
    "group": list("abc" * 8),
})
LAST_LOST = TIED.assign(cause=np.where((TIED.group == "c") & (TIED.cause == 2), 0, TIED.cause))
LAST_FREE = TIED.assign(cause=np.where(TIED.group == "c", 0, TIED.cause))
ONE_HAS_IT = TIED[TIED.group != "c"].assign(cause=lambda t: np.where((t.group == "b") & (t.cause == 2), 1, t.cause))
ONE_DIES_OUT = pd.DataFrame({
    "time": [3, 3, 3, 1, 2, 3, 4, 5, 6], "cause": [1, 1, 2, 1, 2, 1, 0, 1, 2], "group": list("xxxyyyyyy")})
AT_ORIGIN = pd.DataFrame({"time": [0, 0, 1, 2, 3, 4], "cause": [1, 1, 1, 2, 0, 1], "group": list("xyxxyy")})
ALL_AT_ONCE = pd.DataFrame({"time": [1, 1, 1, 1], "cause": [1, 2, 1, 1], "group": list("xxyy")})


def gray_of(table, cause):
    return gray_test(table.time, table.cause, table.group, of=cause)


@pytest.mark.parametrize(
    ("table", "cause", "statistic", "p", "df"),
    [
        (TIED, 1, .748830452094, .687691305195, 2), (TIED, 2, 1.451169302739, .484041490692, 2),
        (LAST_LOST, 1, 1.32944459834, .514416361724, 2), (LAST_LOST, 2, 3.51283243689, .172662541182, 2),
        (LAST_FREE, 1, 2.82906384396, .243039348205, 2), (LAST_FREE, 2, 2.70904923809, .258069946834, 2),
        (ONE_HAS_IT, 1, 1.57632807377, .209290398636, 1), (ONE_HAS_IT, 2, 1.55846672512, .211889862468, 1),
        (ONE_DIES_OUT, 1, .404352079626, .524850177511, 1), (ONE_DIES_OUT, 2, .188430282536, .664226303349, 1),
        (AT_ORIGIN, 1, .384615384615, .535143452398, 1), (AT_ORIGIN, 2, .727272727273, .393768634643, 1),
        (ALL_AT_ONCE, 1, 1, .317310507863, 1), (ALL_AT_ONCE, 2, 1, .317310507863, 1),
    ],
)
def test_ties_three_groups_and_groups_without_the_cause(table, cause, statistic, p, df):
    found = gray_of(table, cause)
    assert found.statistic == pytest.approx(statistic, rel=1e-10)
    assert found.p == pytest.approx(p, rel=1e-10)
    assert (found.cause, found.df, found.reason) == (cause, df, None)


def test_every_published_test(reference):
    published = pd.read_csv(reference / "results" / "gray.csv")
    assert len(published) >= 4
    for analysis, rows in published.groupby("analysis_id"):
        patients = pd.read_csv(reference / "inputs" / f"{analysis}.csv")
        for cause, row in enumerate(rows.itertuples(), start=1):
            found = gray_test(patients.time, patients.cause, patients.stratum, of=cause)
            assert found.statistic == pytest.approx(row.statistic, rel=1e-6)
            assert found.df == row.df
            # cmprsk subtracts from 1, so that its p is only good to 1e-16
            assert found.p == pytest.approx(row.p_value, rel=1e-6, abs=2e-16)


def test_neither_order_of_rows_nor_names_of_groups_matter():
    mixed = TIED.sample(frac=1, random_state=1).assign(group=lambda t: t.group.map({"a": 30, "b": 1, "c": 2}))
    assert gray_of(mixed, 1).statistic == pytest.approx(gray_of(TIED, 1).statistic, rel=1e-12)


def test_times_that_differ_by_rounding_are_tied_across_groups():
    table = TIED.assign(time=TIED.time / 10)
    rounded = table.assign(time=np.where(table.time == 0.3, 0.1 + 0.2, table.time))
    assert gray_of(rounded, 1) == gray_of(table, 1)


def test_a_group_that_left_before_the_first_event_says_nothing():
    # cmprsk prints a statistic of −1
    table = pd.concat([TIED, pd.DataFrame({"time": [1, 1], "cause": [0, 0], "group": ["d", "d"]})])
    found = gray_of(table, 1)
    assert (found.statistic, found.df, found.p) == (None, None, None)
    assert "cannot be compared" in found.reason


def test_what_cannot_be_compared_says_why():
    assert "fewer than two groups" in gray_of(TIED.assign(group="a"), 1).reason
    assert "no event of this cause" in gray_of(TIED, 3).reason
    assert gray_test([], [], [], of=1).reason


def test_impossible_data_are_refused():
    with pytest.raises(OutsideStudyError, match="negative"):
        gray_test([-1, 2], [1, 0], ["a", "b"], of=1)
    with pytest.raises(MisuseError, match="1 rows have no group"):
        gray_test([1, 2], [1, 0], np.array(["a", None], dtype=object), of=1)
    with pytest.raises(MisuseError, match="equally long"):
        gray_test([1, 2], [1], ["a", "b"], of=1)
