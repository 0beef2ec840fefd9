"""A whole analysis as plain values."""

import json

import numpy as np
import pandas as pd
import pytest

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.describe import describe_cif, describe_km
from heroes.statistics.simultaneous_bands import BANDS

TRIAL = pd.DataFrame({
    "months": [3.0, 5, 8, 12, 4, 9, 13, 15],
    "progressed": [1, 1, 0, 1, 0, 0, 0, 0],
    "cause": [1, 2, 0, 1, 0, 0, 0, 0],
    "arm": ["A"] * 4 + ["B"] * 4,
})


def test_the_shape_that_scripts_rely_on():
    found = describe_km(TRIAL, time="months", event="progressed", at=[5, 20], rmst=[4, 99])
    assert list(found) == ["method", "groups", "logrank"]
    assert found["method"] == {
        "conf_type": "log-log", "conf_level": 0.95, "time_unit": "as given", "ties": "events before censorings"}
    assert found["logrank"] is None
    (group,) = found["groups"]
    assert (group["group"], group["n"], group["events"], group["censored"]) == ("all", 8, 3, 5)
    assert {"curve", "at", "median", "quantiles", "rmst", "follow_up"} <= set(group)
    assert {"time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper"} <= set(group["curve"][0])
    assert len(group["curve"]) == 8
    assert {"time", "estimate", "std_error", "lower", "upper", "interval_method", "at_risk", "reason"} <= set(group["at"][0])
    assert {"estimate", "lower", "upper"} <= set(group["median"])
    assert [quantile["p"] for quantile in group["quantiles"]] == [0.25, 0.5, 0.75]
    assert {"tau", "estimate", "std_error", "reason"} <= set(group["rmst"][0])
    assert {"median", "lower", "upper"} <= set(group["follow_up"])


def no_nan(value):
    json.dumps(value, allow_nan=False)


@pytest.mark.parametrize("conf_type", ["log-log", "plain", "beta-product"])
def test_every_null_has_a_reason_beside_it_and_nothing_is_nan(conf_type):
    found = describe_km(TRIAL, time="months", event="progressed", group="arm", conf_type=conf_type, at=[0, 5, 12, 99], rmst=[4, 99])
    no_nan(found)
    for group in found["groups"]:
        rows = [*group["curve"], *group["at"], *group["quantiles"], *group["rmst"], group["median"], group["follow_up"]]
        for row in rows:
            has_null = any(value is None for key, value in row.items() if key != "reason")
            assert has_null == (row["reason"] is not None), row


def test_groups_come_in_order_with_their_test():
    found = describe_km(TRIAL, time="months", event="progressed", group="arm")
    assert [group["group"] for group in found["groups"]] == ["A", "B"]
    assert found["logrank"]["df"] == 1
    assert found["logrank"]["chi2"] == pytest.approx(3.84615384615)
    assert found["logrank"]["p"] == pytest.approx(0.0498602037569)


def test_times_are_merged_over_all_groups_and_counted_within_each():
    frame = pd.DataFrame({"t": [0.3, 1, 0.1 + 0.2, 1], "e": [1, 0, 1, 0], "g": [1, 1, 2, 2]})
    found = describe_km(frame, time="t", event="e", group="g")
    assert [[row["time"] for row in group["curve"]] for group in found["groups"]] == [[0.3, 1], [0.3, 1]]


@pytest.mark.parametrize("events", [[True, False, True], ["true", "FALSE", "True"], ["1", "0", "1"], [1.0, 0.0, 1.0]])
def test_events_as_numbers_truths_or_their_words(events):
    frame = pd.DataFrame({"t": [1, 2, 3], "e": events})
    assert describe_km(frame, time="t", event="e")["groups"][0]["events"] == 2


def test_other_event_codes_are_named():
    frame = pd.DataFrame({"t": range(7), "e": [1, 2, 3, 4, 5, 6, 7]})
    with pytest.raises(MisuseError, match='"e" must hold 0 or 1.*it holds 1, 2, 3, 4, 5 and 2 more'):
        describe_km(frame, time="t", event="e")


def test_missing_cells_are_named_by_their_row_in_the_file():
    frame = pd.DataFrame({"t": [1, None, 3], "e": ["1", "0", " "], "g": ["a", None, None]})
    with pytest.raises(MisuseError, match='"t" 1 cell is empty: row 3 '):
        describe_km(frame, time="t", event="e")
    with pytest.raises(MisuseError, match='"e" 1 cell is empty: row 4 '):
        describe_km(frame.fillna({"t": 2}), time="t", event="e")
    with pytest.raises(MisuseError, match='"g" 2 cells are empty: rows 3, 4 '):
        describe_km(frame.fillna({"t": 2}).replace(" ", "1"), time="t", event="e", group="g")


def test_times_that_are_no_numbers_are_named_by_row_and_never_shown():
    frame = pd.DataFrame({"t": ["1", "2.5", "secret"], "e": [1, 0, 1]})
    with pytest.raises(MisuseError, match='"t" 1 cell is not a number: row 4') as caught:
        describe_km(frame, time="t", event="e")
    assert "secret" not in str(caught.value)
    assert describe_km(frame.iloc[:2], time="t", event="e")["groups"][0]["n"] == 2


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(MisuseError, match='no column "days"; there are months, progressed, cause, arm'):
        describe_km(TRIAL, time="days", event="progressed")


def test_negative_times_are_refused():
    with pytest.raises(OutsideStudyError, match="1 row has a negative time"):
        describe_km(TRIAL.assign(months=[-1.0, *TRIAL.months[1:]]), time="months", event="progressed")


def test_late_entry_is_refused_in_words_whether_named_or_found():
    late = TRIAL.assign(entry=[0, 0, 0, 0, 1, 2, 0, 0])
    for extra in ({}, {"entry": "entry"}):
        with pytest.raises(OutsideStudyError, match="2 of 8 patients entered after time 0.*left truncation"):
            describe_km(late, time="months", event="progressed", **extra)
    with pytest.raises(OutsideStudyError, match="left truncation"):
        describe_cif(late, time="months", cause="cause")
    # all entering at the origin is no late entry
    assert describe_km(TRIAL.assign(entry=0), time="months", event="progressed")["groups"][0]["n"] == 8


def test_no_rows_give_one_empty_group():
    (group,) = describe_km(TRIAL.iloc[:0], time="months", event="progressed", at=[5], rmst=[5])["groups"]
    assert (group["n"], group["curve"]) == (0, [])
    assert group["at"][0]["reason"] == group["rmst"][0]["reason"] == group["reason"] == "There are no patients yet."


def test_incidence_mirrors_survival_with_causes_and_both_errors():
    found = describe_cif(TRIAL, time="months", cause="cause", group="arm", at=[5, 99])
    no_nan(found)
    first, second = found["groups"]
    assert (first["group"], first["n"], first["events"], first["censored"]) == ("A", 4, 3, 1)
    assert [cause["cause"] for cause in first["causes"]] == [cause["cause"] for cause in second["causes"]] == [1, 2]
    at = first["causes"][0]["at"][0]
    assert at["estimate"] == pytest.approx(1 / 4)
    assert at["lower"] < at["estimate"] < at["upper"] and at["lower_aalen"] < at["estimate"] < at["upper_aalen"]
    assert at["std_error_aalen"] > at["std_error"]
    for group in found["groups"]:
        for rows in zip(*(cause["curve"] for cause in group["causes"])):
            assert sum(row["incidence"] for row in rows) + rows[0]["event_free"] == pytest.approx(1, abs=1e-12)
        for cause in group["causes"]:
            for row in [*cause["curve"], *cause["at"]]:
                has_null = any(value is None for key, value in row.items() if key != "reason")
                assert has_null == (row["reason"] is not None), row


def test_causes_that_are_no_whole_numbers_are_named():
    with pytest.raises(MisuseError, match='"cause" must hold 0 for censored.*it holds death, none'):
        describe_cif(TRIAL.assign(cause=np.where(TRIAL.cause == 0, "none", "death")), time="months", cause="cause")


def test_each_row_carries_the_cumulative_hazard():
    group = describe_km(TRIAL, time="months", event="progressed", group="arm")["groups"][0]
    # events of 4, 3 and 1 at risk; R: survfit(…, stype = 2, ctype = 1)
    assert [row["cumulative_hazard"] for row in group["curve"]] == pytest.approx([1 / 4, 1 / 4 + 1 / 3, 7 / 12, 7 / 12 + 1])
    assert group["curve"][1]["cumulative_hazard_std_error"] == pytest.approx((1 / 16 + 1 / 9) ** 0.5)


@pytest.mark.parametrize("band", BANDS)
def test_a_band_has_rows_within_its_range_or_a_reason(band):
    found = describe_km(TRIAL, time="months", event="progressed", group="arm", band=band)
    no_nan(found)
    first, second = (group["band"] for group in found["groups"])
    assert (first["method"], first["start"], first["end"], first["reason"]) == (band, 3, 5, None)
    assert [row["time"] for row in first["rows"]] == [3, 5]
    assert all(0 <= row["lower"] < row["upper"] <= 1 for row in first["rows"])
    assert second["rows"] == [] and second["critical_value"] is None and "no band" in second["reason"]
    assert describe_km(TRIAL, time="months", event="progressed")["groups"][0]["band"] is None


def test_groups_compared_within_strata_and_with_weights():
    frame = TRIAL.assign(site=[1, 1, 1, 2, 1, 2, 2, 2])
    plain = describe_km(frame, time="months", event="progressed", group="arm")["logrank"]
    assert (plain["rho"], plain["strata"], plain["n_strata"]) == (0, None, 1)
    assert [(row["group"], row["n"], row["observed"]) for row in plain["groups"]] == [("A", 4, 3), ("B", 4, 0)]
    weighted = describe_km(frame, time="months", event="progressed", group="arm", rho=1)["logrank"]
    assert weighted["chi2"] == pytest.approx(3.62190812721)  # R survival 3.5-3, survdiff(…, rho = 1)
    within = describe_km(frame, time="months", event="progressed", group="arm", strata="site")["logrank"]
    assert (within["strata"], within["n_strata"], within["df"]) == ("site", 2, 1)
    # at risk A/all at the events: 3/4 and 2/2 in site 1, 1/3 in site 2
    expected, variance = 3 / 4 + 1 + 1 / 3, 3 / 16 + 0 + 2 / 9
    assert within["chi2"] == pytest.approx((3 - expected) ** 2 / variance)


@pytest.mark.parametrize("extra", [{"strata": "arm"}, {"rho": 1}])
def test_strata_and_weights_need_groups(extra):
    with pytest.raises(MisuseError, match="name the column of the groups too"):
        describe_km(TRIAL, time="months", event="progressed", **extra)


def test_missing_or_absent_strata_are_named():
    with pytest.raises(MisuseError, match='"site" 1 cell is empty: row 2'):
        describe_km(TRIAL.assign(site=[None, *"bbbbbbb"]), time="months", event="progressed", group="arm", strata="site")
    with pytest.raises(MisuseError, match='no column "site"'):
        describe_km(TRIAL, time="months", event="progressed", group="arm", strata="site")


def test_each_group_against_a_reference():
    found = describe_km(TRIAL, time="months", event="progressed", group="arm", reference=(0.5, 12))
    no_nan(found)
    first, second = (group["one_sample"] for group in found["groups"])
    assert (first["reference_survival"], first["reference_time"], first["observed"]) == (0.5, 12, 3)
    assert first["expected"] == pytest.approx(np.log(2) / 12 * (3 + 5 + 8 + 12))
    assert first["statistic"] > 0 > second["statistic"]  # fewer than expected is negative
    empty = describe_km(TRIAL.iloc[:0], time="months", event="progressed", reference=(0.5, 12))["groups"][0]["one_sample"]
    assert empty["statistic"] is None and empty["reason"] == "There are no patients yet."
    assert describe_km(TRIAL, time="months", event="progressed")["groups"][0]["one_sample"] is None
    with pytest.raises(OutsideStudyError, match="reference survival lies between 0 and 1"):
        describe_km(TRIAL, time="months", event="progressed", reference=(80, 12))


def test_late_entry_is_refused_whatever_is_asked_for():
    late = TRIAL.assign(tstart=[0, 0, 0, 0, 1, 2, 0, 0])
    for extra in ({"band": "hall-wellner"}, {"group": "arm", "rho": 1}, {"reference": (0.5, 12)}, {"group": "arm", "strata": "cause"}):
        with pytest.raises(OutsideStudyError, match="left truncation"):
            describe_km(late, time="months", event="progressed", **extra)
    for extra in ({"group": "arm"}, {"entry": "tstart"}):
        with pytest.raises(OutsideStudyError, match="left truncation"):
            describe_cif(late, time="months", cause="cause", **extra)


def test_incidences_are_compared_by_grays_test():
    found = describe_cif(TRIAL, time="months", cause="cause", group="arm")
    assert [set(test) for test in found["gray"]] == [{"cause", "statistic", "df", "p", "reason"}] * 2
    # cmprsk 2.2-11
    assert [test["statistic"] for test in found["gray"]] == pytest.approx([2.232308182546, .730132450331])
    assert describe_cif(TRIAL, time="months", cause="cause")["gray"] is None
    none = describe_cif(TRIAL.assign(cause=0), time="months", cause="cause", group="arm")
    assert none["gray"] == []
