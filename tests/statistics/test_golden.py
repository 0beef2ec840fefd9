"""Values computed once in R (survival, km.ci, bpcp, cmprsk) for two small made-up trials, and for R's aml data."""

import numpy as np
import pytest

from heroes.statistics.competing_risks import estimate_incidence, incidence_at
from heroes.statistics.proportions import estimate_clopper_pearson, estimate_wilson
from heroes.statistics.quantiles import estimate_follow_up, estimate_quantile
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.survival import estimate_survival, survival_at

SYNTH24 = [
    (41, 0), (88, 1), (88, 1), (130, 0), (172, 1), (172, 0), (181, 1), (181, 1), (212, 0), (240, 1), (266, 0), (270, 1),
    (275, 0), (301, 1), (330, 0), (359, 1), (365, 0), (366, 0), (370, 1), (391, 0), (420, 0), (455, 1), (540, 0), (632, 0),
]
DAYS, EVENTS = (np.array(column) for column in zip(*SYNTH24))

SYNTH_CR20 = [45, 91, 91, 130, 182, 182, 190, 240, 273, 275, 300, 340, 364, 365, 370, 400, 450, 500, 520, 560]
CAUSES = [1, 1, 2, 0, 1, 3, 0, 2, 1, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0]


def near(value, digits):
    return pytest.approx(value, abs=0.6 * 10**-digits)


@pytest.mark.parametrize(
    ("conf_type", "lower", "upper", "digits", "median"),
    [
        ("plain", .30659538, .76695394, 8, (270, None)),
        ("log", .34958935, .82418711, 8, (270, None)),
        ("log-log", .28953432, .73175367, 8, (240, None)),
        ("logit", .31467343, .74518402, 8, (240, None)),
        ("arcsin", .31083432, .75501711, 8, (270, None)),
        ("rothman", .321227, .739403, 6, None),
        ("thomas-grunkemeier", .309124, .747645, 6, None),
        ("beta-product", .2691462, .7681858, 7, None),
    ],
)
def test_one_year_survival_and_median_by_every_interval(conf_type, lower, upper, digits, median):
    curve = estimate_survival(DAYS, EVENTS, conf_type=conf_type)
    year = survival_at(curve, 365.25)
    assert year.estimate == near(.53677466, 8)
    assert year.std_error == near(.11744057, 8)
    assert (year.at_risk, year.n_events, year.n_censored) == (7, 9, 8)
    assert (year.lower, year.upper) == (near(lower, digits), near(upper, digits))
    assert year.interval_method == conf_type
    if median:
        found = estimate_quantile(curve, 0.5)
        assert (found.estimate, found.lower, found.upper) == (370, *median)
        assert found.reason.startswith("The interval is open")


def test_the_curve_after_each_event():
    curve = estimate_survival(DAYS, EVENTS)
    falls = curve.events > 0
    assert curve.time[falls].tolist() == [88, 172, 181, 240, 270, 301, 359, 370, 455]
    assert curve.at_risk[falls].tolist() == [23, 20, 18, 15, 13, 11, 9, 6, 3]
    assert curve.survival[falls] == pytest.approx(
        [.9130434783, .8673913043, .7710144928, .7196135266, .6642586399, .6038714908, .5367746585, .4473122154,
         .2982081436], abs=1e-10)


def test_quartile_restricted_mean_and_follow_up():
    curve = estimate_survival(DAYS, EVENTS)
    quartile = estimate_quantile(curve, 0.25)
    assert (quartile.estimate, quartile.lower, quartile.upper, quartile.reason) == (240, 88, 359, None)
    mean = estimate_restricted_mean(curve, 365.25)
    assert mean.estimate == near(298.5518407, 7)
    assert mean.std_error == near(20.19409771, 8)
    follow_up = estimate_follow_up(DAYS, EVENTS)
    assert (follow_up.first_quartile, follow_up.median, follow_up.third_quartile) == (275, 366, 540)
    assert (follow_up.lower, follow_up.upper) == (275, 540)


def test_leukaemia_maintained_arm():
    curve = estimate_survival([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
    for week, survival, lower, upper in (
        (9, .909091, .5080802, .986674), (23, .613636, .2657520, .835299), (48, .184091, .0117385, .525015)):
        at = survival_at(curve, week)
        assert (at.estimate, at.lower, at.upper) == (near(survival, 6), near(lower, 7), near(upper, 6))
    median = estimate_quantile(curve, 0.5)
    assert (median.estimate, median.lower, median.upper) == (31, 13, None)
    mean = estimate_restricted_mean(curve, 48)
    assert (mean.estimate, mean.std_error) == (near(31.843181818, 9), near(4.527884712, 9))


def test_no_event_and_nobody_followed_so_far_is_not_one():
    year = survival_at(estimate_survival([50, 100, 180, 200, 300], [0] * 5), 365.25)
    assert (year.estimate, year.lower, year.upper) == (None, None, None)
    assert year.reason == "Not estimable at 365.25: the longest follow-up is 300."
    assert year.reason.values == {"time": "365.25", "last": "300"}


def test_no_event_has_the_exact_lower_limit():
    year = survival_at(estimate_survival([370, 400, 420, 500, 366], [0] * 5), 365.25)
    assert (year.estimate, year.lower, year.upper) == (1, near(.4781762, 7), 1)
    assert year.interval_method == "beta-product"


def test_a_curve_at_zero_has_an_exact_upper_limit_and_stays_there():
    curve = estimate_survival([50, 180, 300, 100, 200], [1, 1, 1, 0, 0])
    year = survival_at(curve, 365.25)
    assert (year.estimate, year.lower, year.upper) == (0, 0, near(.782488, 6))
    assert (year.interval_method, year.std_error) == ("beta-product", None)
    assert "Greenwood" in year.reason


def test_in_a_tie_the_censored_are_still_at_risk():
    at = survival_at(estimate_survival([100, 100, 200, 400], [1, 0, 0, 0]), 100)
    assert (at.estimate, at.lower, at.upper) == (0.75, near(.1279469, 7), near(.9605486, 7))


@pytest.mark.parametrize(
    ("cause", "estimate", "delta", "aalen", "limits", "limits_aalen"),
    [
        (1, .2732692308, .10533970815, .10918467617, (.0980228, .4845062), (.0932515, .4919472)),
        (2, .1780108173, .09452954928, .09926211785, (.0426635, .3889445), (.0387317, .4000224)),
        (3, .053125, .05167955463, .05337161901, (.0036245, .2159133), (.0032120, .2229918)),
    ],
)
def test_competing_risks_with_both_standard_errors(cause, estimate, delta, aalen, limits, limits_aalen):
    year = incidence_at(estimate_incidence(SYNTH_CR20, CAUSES), 365.25)[cause - 1]
    assert year.cause == cause
    assert (year.estimate, year.std_error) == (near(estimate, 10), near(delta, 11))
    assert year.std_error_aalen == near(aalen, 11)
    assert (year.lower, year.upper) == (near(limits[0], 7), near(limits[1], 7))
    assert (year.lower_aalen, year.upper_aalen) == (near(limits_aalen[0], 7), near(limits_aalen[1], 7))


def test_competing_risks_share_one_event_free_curve_and_are_less_than_one_minus_survival():
    curves = estimate_incidence(SYNTH_CR20, CAUSES)
    row = np.searchsorted(curves.time, 365.25) - 1
    assert curves.event_free[row] == near(.4955949519, 10)
    half_year = [at.estimate for at in incidence_at(curves, 182)]
    assert half_year == pytest.approx([.153125, .05, .053125], abs=1e-12)
    alone = survival_at(estimate_survival(SYNTH_CR20, np.array(CAUSES) == 1), 365.25)
    assert 1 - alone.estimate == near(.30390625, 8)  # the classic mistake


def test_a_proportion_with_its_intervals():
    exact, score = estimate_clopper_pearson(52, 60), estimate_wilson(52, 60)
    assert (exact.lower, exact.upper) == (near(.7540778, 7), near(.9406356, 7))
    assert (score.lower, score.upper) == (near(.7583484, 7), near(.9308589, 7))
