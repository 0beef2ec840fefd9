"""Cumulative hazard (Nelson–Aalen)."""

import numpy as np
import pytest

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.cumulative_hazard import cumulative_hazard_at, estimate_cumulative_hazard
from heroes.statistics.survival import estimate_survival

TIED = estimate_survival([0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 5, 5], [1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1])


def test_hazard_and_its_error_with_ties_and_an_event_at_the_origin():
    # R survival 3.5-3, survfit(Surv(t, e) ~ 1, stype = 2, ctype = 1): cumhaz and std.chaz
    found = estimate_cumulative_hazard(TIED)
    assert found.time.tolist() == [0, 1, 2, 3, 4, 5]
    assert found.hazard.tolist() == pytest.approx(
        [.0833333333333, .2651515151515, .2651515151515, .7651515151515, .7651515151515, 1.7651515151515], abs=1e-12)
    assert found.std_error.tolist() == pytest.approx(
        [.0833333333333, .1532102152739, .1532102152739, .3268129486382, .3268129486382, .7789779864654], abs=1e-12)


def test_published_data():
    # R survival 3.5-3, aml, Maintained, as above
    curve = estimate_survival([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
    year = cumulative_hazard_at(estimate_cumulative_hazard(curve), 52)
    assert (year.estimate, year.std_error) == (pytest.approx(1.4087662337662, abs=1e-12), pytest.approx(.6378068877609, abs=1e-12))
    half = 1.959963984540054 * .6378068877609
    assert year.lower == pytest.approx(1.4087662337662 * np.exp(-half / 1.4087662337662))
    assert year.upper == pytest.approx(1.4087662337662 * np.exp(half / 1.4087662337662))
    plain = cumulative_hazard_at(estimate_cumulative_hazard(curve, conf_type="plain"), 52)
    assert (plain.lower, plain.upper) == (pytest.approx(1.4087662337662 - half), pytest.approx(1.4087662337662 + half))


def test_the_plain_interval_is_cut_at_zero():
    found = estimate_cumulative_hazard(TIED, conf_type="plain")
    assert found.lower[0] == 0 < found.upper[0]


def test_before_the_first_event_there_is_no_interval_and_a_reason():
    curve = estimate_survival([1, 2, 3], [0, 1, 0])
    found = estimate_cumulative_hazard(curve)
    assert np.isnan(found.lower[0]) and np.isnan(found.upper[0])
    for time in (0.5, 1):
        early = cumulative_hazard_at(found, time)
        assert (early.estimate, early.std_error, early.lower) == (0, 0, None)
        assert early.reason == "No event so far: the cumulative hazard is 0 and an interval does not exist."
    assert cumulative_hazard_at(found, 2).estimate == 1 / 2


def test_nothing_is_carried_beyond_follow_up_even_when_all_had_the_event():
    found = estimate_cumulative_hazard(TIED)
    beyond = cumulative_hazard_at(found, 5.1)
    assert beyond.estimate is None and beyond.reason == "Not estimable at 5.1: the longest follow-up is 5."


def test_without_patients_there_is_nothing():
    found = estimate_cumulative_hazard(estimate_survival([], []))
    assert len(found.hazard) == 0
    assert cumulative_hazard_at(found, 1).reason == "There are no patients yet."


def test_misuse_is_named():
    with pytest.raises(MisuseError, match='no interval "logit"'):
        estimate_cumulative_hazard(TIED, conf_type="logit")
    with pytest.raises(OutsideStudyError):
        cumulative_hazard_at(estimate_cumulative_hazard(TIED), -1)
