"""Simultaneous bands: against km.ci where its tables are right, and against independent computations where they are not."""

import numpy as np
import pytest
from scipy.special import kolmogi, ndtri
from scipy.stats import norm

from heroes.errors import MisuseError
from heroes.statistics.simultaneous_bands import (
    BANDS, equal_precision_critical_value, estimate_band, hall_wellner_critical_value)
from heroes.statistics.survival import estimate_survival

from .test_golden import DAYS, EVENTS

AML = estimate_survival([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
# km.ci 0.5-6 on survfit(Surv(time, status) ~ 1, aml, subset = x == "Maintained"): limits after 18 weeks
KM_CI_AML = {
    "hall-wellner": (.30002836888, 1.1317898129), "log-hall-wellner": (.1494706680, .9429288084),
    "equal-precision": (.28927958407, 1.1425385977), "log-equal-precision": (.1369704648, .9453662152),
}
# km.ci 0.5-6 for synth24 at 365 days, and the critical value it read from its table
KM_CI = {
    "hall-wellner": (.21706160669, .8564877103, 1.3579), "log-hall-wellner": (.197784200939, .7875189754, 1.3579),
    "equal-precision": (.18127261058, .8922767065, 3.02708050847), "log-equal-precision": (.16465695190, .8068690060, 3.02708050847),
}


def at_year(curve, band):
    """Limits that hold at day 365.25."""
    row = np.searchsorted(curve.time, 365.25, side="right") - 1
    return band.lower[row], band.upper[row]


@pytest.mark.parametrize("method", BANDS)
def test_the_bands_of_km_ci_when_its_critical_value_is_put_in_the_place_of_ours(method):
    curve = estimate_survival(DAYS, EVENTS)
    lower, upper, table = KM_CI[method]
    band = estimate_band(curve, method)
    survival, share = .53677465863, table / band.critical_value
    if method.startswith("log-"):  # ln(−ln S) of a limit is that of S, plus or minus a multiple of the critical value
        centre, scale, back = np.log(-np.log(survival)), lambda s: np.log(-np.log(s)), lambda v: np.exp(-np.exp(v))
    else:
        centre, scale, back = survival, lambda s: s, lambda v: v
    found = [back(centre + (scale(limit) - centre) * share) for limit in at_year(curve, band)]
    assert found == pytest.approx([lower, upper], abs=2e-9)


def test_hall_wellner_at_one_year_agrees_with_km_ci_as_far_as_its_table_goes():
    curve = estimate_survival(DAYS, EVENTS)
    linear, log = estimate_band(curve, "hall-wellner"), estimate_band(curve, "log-hall-wellner")
    assert linear.critical_value == pytest.approx(1.3579, abs=1e-4)  # the table has four digits
    assert (linear.a_start, linear.a_end) == (pytest.approx(.0903954802, abs=1e-10), pytest.approx(.8560913053, abs=1e-10))
    assert (linear.start, linear.end) == (88, 455)
    assert at_year(curve, linear) == pytest.approx((.217062, .856488), abs=2e-5)
    assert at_year(curve, log) == pytest.approx((.197784, .787519), abs=2e-5)


def test_equal_precision_at_one_year_differs_from_km_ci_by_what_its_table_is_off():
    # km.ci interpolates 3.02708 between table values of the Miller–Siegmund approximation; the exact value is
    # 3.02929, which is 0.07 % more: 0.00026 at one year. Hence the tolerance.
    curve = estimate_survival(DAYS, EVENTS)
    linear, log = estimate_band(curve, "equal-precision"), estimate_band(curve, "log-equal-precision")
    assert linear.critical_value == pytest.approx(3.029288, abs=1e-6)
    assert at_year(curve, linear) == pytest.approx((.181273, .892277), abs=3e-4)
    assert at_year(curve, log) == pytest.approx((.164657, .806869), abs=3e-4)


@pytest.mark.parametrize(
    ("start", "end", "table", "off"), [(.10, .90, 3.0542, .0022), (.02, .98, 3.2428, .0074), (.42, .50, 2.4129, .0456)])
def test_the_table_that_km_ci_reads_is_the_miller_siegmund_approximation_and_too_large(start, end, table, off):
    # entries of critical.value.nair.95 of km.ci 0.5-6
    length = np.log(end * (1 - start) / (start * (1 - end)))
    tail = norm.pdf(table) * (4 / table + (table - 1 / table) * length)
    assert tail == pytest.approx(.05, abs=1e-5)
    assert table - equal_precision_critical_value(start, end, .95) == pytest.approx(off, abs=1e-4)


@pytest.mark.parametrize("method", BANDS)
def test_limits_are_those_of_km_ci_on_published_data_but_cut_at_zero_and_one(method):
    band, row = estimate_band(AML, method), 2
    assert AML.time[row] == 18
    lower, upper = KM_CI_AML[method]
    assert (band.lower[row], band.upper[row]) == pytest.approx((lower, min(upper, 1)), abs=3e-3)
    assert np.nanmin(band.lower) >= 0 and np.nanmax(band.upper) <= 1


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95, 0.99, 0.9999])
def test_over_the_whole_range_the_hall_wellner_value_is_kolmogorovs(level):
    assert hall_wellner_critical_value(1e-10, 1 - 1e-10, level) == pytest.approx(kolmogi(1 - level), abs=1e-9)


@pytest.mark.parametrize(
    ("end", "start", "level", "value"),  # Hall & Wellner 1980, as in km.ci's critical.value.hall
    [(.84, .08, .95, 1.3578), (.86, .08, .95, 1.3580), (.26, .10, .95, 1.0294), (.50, .10, .99, 1.5520), (.12, .02, .95, .7418)],
)
def test_hall_wellner_values_are_those_of_the_published_table(end, start, level, value):
    assert hall_wellner_critical_value(start, end, level) == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("value", [hall_wellner_critical_value, equal_precision_critical_value])
def test_over_no_range_at_all_the_value_is_the_pointwise_one(value):
    a = .3
    pointwise = ndtri(.975) * (np.sqrt(a * (1 - a)) if value is hall_wellner_critical_value else 1)
    assert value(a, a + 1e-9, .95) == pytest.approx(pointwise, rel=1e-3)
    values = [value(a, a + width, .95) for width in (1e-7, 1e-5, 4e-4, 5e-4, 1e-3, .1, .6)]
    assert values == sorted(values) and values[0] > pointwise


def stays(c, time, steps, points=160):
    """Chance that the process with covariance exp(−|t|) is within ±c at equally spaced times, by Gauss–Legendre recursion."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    nodes, weights = nodes * c, weights * c
    keeps = np.exp(-time / steps)
    spread = np.sqrt(1 - keeps**2)
    kernel = norm.pdf(nodes[None, :], keeps * nodes[:, None], spread) * weights
    left = np.ones(points)
    for _ in range(steps):
        left = kernel @ left
    return float(np.sum(weights * norm.pdf(nodes) * left))


@pytest.mark.parametrize(("start", "end", "level"), [(.0904, .8561, .95), (.2, .6, .9), (.01, .99, .99)])
def test_equal_precision_values_agree_with_looking_ever_more_often(start, end, level):
    c = equal_precision_critical_value(start, end, level)
    time = 0.5 * np.log(end * (1 - start) / (start * (1 - end)))
    chances = [stays(c, time, steps) for steps in (125, 250, 500)]
    assert chances == sorted(chances, reverse=True) and chances[-1] > level  # who looks less often, misses crossings
    # what is missed shrinks with the square root of the step: extrapolated twice to a step of 0
    first = [(np.sqrt(2) * after - before) / (np.sqrt(2) - 1) for before, after in zip(chances, chances[1:])]
    assert 2 * first[1] - first[0] == pytest.approx(level, abs=2e-4)


def test_outside_its_range_there_is_no_band():
    curve = estimate_survival([1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 1])
    band = estimate_band(curve, "log-hall-wellner")
    assert (band.start, band.end) == (2, 4)  # the last event leaves nobody
    assert np.isnan(band.lower).tolist() == [True, False, False, False, True, True] == np.isnan(band.upper).tolist()


@pytest.mark.parametrize(
    ("time", "event"), [([], []), ([1, 2], [0, 0]), ([1, 1], [1, 1]), ([1, 2, 3], [1, 0, 0]), ([1, 2], [1, 1])])
@pytest.mark.parametrize("method", BANDS)
def test_a_band_that_does_not_exist_says_so(time, event, method):
    band = estimate_band(estimate_survival(time, event), method)
    assert band.critical_value is None and band.start is None and band.reason
    assert np.isnan(band.lower).all() and len(band.lower) == len(set(time))


@pytest.mark.parametrize("method", BANDS)
def test_a_band_is_wider_than_the_pointwise_interval_and_with_its_level(method):
    curve = estimate_survival(DAYS, EVENTS, conf_type="log-log" if method.startswith("log") else "plain")
    inside = ~np.isnan(estimate_band(curve, method).lower)
    narrow, wide = estimate_band(curve, method, conf_level=0.8), estimate_band(curve, method)
    assert (narrow.conf_level, wide.conf_level) == (0.8, 0.95)
    assert np.all(wide.lower[inside] <= curve.lower[inside]) and np.all(wide.upper[inside] >= curve.upper[inside])
    assert np.all(wide.lower[inside] <= narrow.lower[inside]) and np.all(narrow.upper[inside] <= wide.upper[inside])


def test_misuse_is_named():
    curve = estimate_survival(DAYS, EVENTS)
    with pytest.raises(MisuseError, match='no band "epband"; there are hall-wellner'):
        estimate_band(curve, "epband")
    with pytest.raises(MisuseError, match="confidence level"):
        estimate_band(curve, "hall-wellner", conf_level=95)
    with pytest.raises(MisuseError, match="range of a band"):
        hall_wellner_critical_value(0.5, 0.5, 0.95)
