"""The outlook of a trial: dates from months, sites that cannot be used, what-ifs, and the way by screening."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from heroes.errors import MisuseError
from heroes.statistics.accrual_outlook import (
    WhatIf, after_start_up, day_after, look_ahead, look_ahead_at_consents, look_ahead_at_site, look_ahead_by_screening, month_ends,
    months_between)
from heroes.statistics.forecast import forecast_accrual
from heroes.statistics.screening import Expected, estimate_passages
from heroes.statistics.site_rates import SEPARATE_SITES, fit_rates
from heroes.statistics.track_record import EarlierCut, judge_track_record

CUT_OFF = date(2026, 3, 16)
N, MONTHS = [12, 0, 1, 8, 0, 5, 2, 15, 0, 3], [9, 9, 3, 8, 6, 9, 2, 9, 5, 7]


def some_sites(n=N, months=MONTHS, **columns):
    frame = pd.DataFrame({
        "site_id": [f"{row + 1:02d}" for row in range(len(n))], "n_included": n, "n_consented": [2 * k for k in n], "months": months,
        "opens_in": 0.0, "closes_in": np.nan, "days_since_last_inclusion": [10.0 if k else np.nan for k in n],
    })
    return frame.assign(**columns)


def test_months_become_days_and_back():
    assert day_after(CUT_OFF, 12) == date(2027, 3, 17)  # 365.25 days, the day on which they have passed
    assert day_after(CUT_OFF, None) is None
    assert months_between(CUT_OFF, date(2027, 3, 16)) == pytest.approx(365 / 30.4375)


def test_month_ends_begin_after_the_cut_off():
    assert month_ends(CUT_OFF, 3) == [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    assert month_ends(date(2026, 12, 31), 2) == [date(2027, 1, 31), date(2027, 2, 28)]


def test_the_date_of_the_last_inclusion_is_the_forecasts():
    found = look_ahead(some_sites(), CUT_OFF, 170, seed=7, ends_on=date(2027, 6, 30))
    plain = forecast_accrual(fit_rates(N, MONTHS), N, MONTHS, still=124, seed=7, by=months_between(CUT_OFF, date(2027, 6, 30)))
    assert (found.n_included, found.planned) == (46, 170)
    assert found.last == day_after(CUT_OFF, plain.waiting.median) and found.p_by_end == plain.p_by
    assert found.intervals[0.8] == tuple(day_after(CUT_OFF, limit) for limit in plain.waiting.intervals[0.8])
    assert found.curve.day.iloc[0] == date(2026, 3, 31) and found.curve["median"].max() == 170
    assert (found.curve.lower_95 <= found.curve.lower_80).all() and (found.curve.upper_80 <= found.curve.upper_95).all()


def test_sites_without_a_known_opening_are_counted_but_not_forecast():
    sites = some_sites([*N, 3, 0], [*MONTHS, 0, 0], opens_in=[0.0] * 10 + [np.nan, np.nan])
    found = look_ahead(sites, CUT_OFF, 170, seed=1)
    assert (found.n_included, found.forecast.still, found.n_left_out, found.model.n) == (49, 121, 2, 46)


def test_inclusions_on_the_very_day_of_opening_break_nothing():
    found = look_ahead(some_sites([*N, 1], [*MONTHS, 0.0]), CUT_OFF, 170, seed=1)
    assert (found.n_left_out, found.n_included) == (1, 47)


def test_more_sites_come_sooner_and_silent_ones_closed_come_later():
    plain = look_ahead(some_sites(), CUT_OFF, 170, seed=1)
    more = look_ahead(some_sites(), CUT_OFF, 170, seed=1, what_if=WhatIf(open_sites=5, open_in=2))
    assert more.last < plain.last and more.forecast.n_to_open == 5 and more.model == plain.model
    silent = some_sites(days_since_last_inclusion=[200.0, np.nan, 10, 95, np.nan, 10, 10, 10, np.nan, 10])
    fewer = look_ahead(silent, CUT_OFF, 170, seed=1, what_if=WhatIf(silent_days=90))
    assert fewer.n_closed == 5 and fewer.last > plain.last  # sites 1, 2 (9 months), 4, 5 (6 months), 9 (5 months)
    assert look_ahead(some_sites([0] * 3, [1, 2, 4]), CUT_OFF, 10, seed=1, what_if=WhatIf(silent_days=90)).n_closed == 1


def test_positivity_moves_the_date_by_the_negatives_that_it_leaves():
    plain = look_ahead(some_sites(), CUT_OFF, 170, seed=1)
    worse = look_ahead(some_sites(), CUT_OFF, 170, seed=1, what_if=WhatIf(positivity=0.55), baseline=(1000, 10_000))
    # 0.45 of tests negative instead of 0.9: half the rate, twice the time
    assert worse.forecast.waiting.median == pytest.approx(2 * plain.forecast.waiting.median, rel=0.02)
    same = look_ahead(some_sites(), CUT_OFF, 170, seed=1, what_if=WhatIf(positivity=0.1), baseline=(1000, 10_000))
    assert same.forecast.waiting.median == pytest.approx(plain.forecast.waiting.median, rel=0.02)
    with pytest.raises(MisuseError):
        look_ahead(some_sites(), CUT_OFF, 170, seed=1, what_if=WhatIf(positivity=0.2))
    with pytest.raises(MisuseError):
        look_ahead(some_sites(), CUT_OFF, 170, seed=1, what_if=WhatIf(positivity=1.0), baseline=(1, 10))


def test_a_trial_that_has_all_or_nobody_gives_a_reason_and_no_date():
    done = look_ahead(some_sites(), CUT_OFF, 40, seed=1)
    assert done.last is None and done.curve.empty and done.forecast.reason == "All planned inclusions are reached."
    early = look_ahead(some_sites([0] * 4, [1, 1, 1, 0]), CUT_OFF, 40, seed=1)
    assert early.last is None and early.forecast.reason.startswith("Too early")


def test_consents_are_forecast_from_consents():
    found = look_ahead_at_consents(some_sites(), CUT_OFF, seed=3)
    assert len(found) == 6 and found.day.iloc[0] == date(2026, 3, 31)
    n = [2 * k for k in N]
    plain = forecast_accrual(
        fit_rates(n, MONTHS), n, MONTHS, still=1_000_000, seed=3, at=[months_between(CUT_OFF, day) for day in found.day])
    assert found["median"].tolist() == plain.counts["median"].tolist()
    assert look_ahead_at_consents(some_sites([0], [3]), CUT_OFF, seed=3).empty


def passages(came_on: int, of: int):
    return estimate_passages(pd.DataFrame({
        "step": ["CONSENT1", "INCLUDED"], "step_order": [1, 8], "status": ["FAILED", "INCLUDED"], "n": [of - came_on, came_on]}))


def test_by_way_of_screening_half_of_twice_as_many_consents_is_the_same_pace():
    direct = look_ahead(some_sites(), CUT_OFF, 170, seed=1)
    coming = Expected(0.0, 0.0, 0.0)
    found = look_ahead_by_screening(some_sites(), CUT_OFF, 170, passages(5_000, 10_000), coming, 0, seed=1)
    assert found.still == 124 and abs((found.last - direct.last).days) < 0.05 * (direct.last - CUT_OFF).days
    later = look_ahead_by_screening(some_sites(), CUT_OFF, 170, passages(5_000, 10_000), coming, 60, seed=1)
    assert (later.last - found.last).days in (59, 60, 61)
    fewer = look_ahead_by_screening(some_sites(), CUT_OFF, 170, passages(5_000, 10_000), Expected(20.2, 15, 25), 0, seed=1)
    assert fewer.still == 104 and fewer.last < found.last


def test_the_way_by_screening_says_why_it_is_closed():
    nothing = look_ahead_by_screening(some_sites(), CUT_OFF, 170, [], Expected(None, None, None, "because"), 60, seed=1)
    assert nothing.last is None and nothing.reason == "because"


def test_a_track_record_compares_each_cut_with_the_one_some_steps_later():
    def cut(months, counts, planned=170):
        day = date(2026, 1 + months, 1)
        return EarlierCut(day, some_sites(counts, [5.0 + months] * len(counts)), planned)

    cuts = [cut(0, [5, 1, 0, 3, 2]), cut(1, [6, 1, 0, 4, 2]), cut(2, [7, 1, 1, 4, 3]), cut(3, [60, 10, 10, 40, 30])]
    record = judge_track_record(cuts, 2, seed=1)
    first, second = record.compared.itertuples()
    assert (first.cut_off, first.later_cut_off, first.n_then, first.n_later) == (date(2026, 1, 1), date(2026, 3, 1), 11, 16)
    assert first.inside_80 and not second.inside_95 and second.n_later == 150
    assert record.coverage[0.8].x == 1 and record.coverage[0.8].n == 2
    direct = forecast_accrual(
        fit_rates([5, 1, 0, 3, 2], [5.0] * 5), [5, 1, 0, 3, 2], [5.0] * 5, still=159, seed=1, n_draws=5_000,
        at=[months_between(date(2026, 1, 1), date(2026, 3, 1))])
    assert first.median == 11 + direct.counts["median"][0] and first.upper_80 == 11 + direct.counts.upper_80[0]
    assert len(record.last) == 4 and record.last["last"].notna().all()


def test_a_track_record_leaves_out_cuts_with_nothing_to_forecast():
    empty = EarlierCut(date(2026, 1, 1), some_sites([0, 0], [1, 1]), 170)
    done = EarlierCut(date(2026, 2, 1), some_sites([3, 3], [2, 2]), 6)
    record = judge_track_record([empty, done, done], 1, seed=1)
    assert record.compared.empty and record.coverage[0.8].estimate is None and record.last["last"].isna().all()


def test_time_counted_after_the_start_up_is_moved_and_never_lost():
    sites = some_sites([3, 0, 1, 0, 0, 2], [9.0, 9.0, 1.0, 1.0, 0.0, 0.0], opens_in=[0, 0, 0, 0, 3.0, np.nan], n_included=[3, 0, 1, 0, 0, 2])
    moved = after_start_up(sites, 2 * 30.4375)
    assert moved.months.tolist() == [7, 7, 0.5, 0, 0, 0]  # the third has included within its first month
    assert moved.opens_in.fillna(-1).tolist() == [0, 0, 0, 1, 5, -1]  # the fourth has one of its two months before it
    assert after_start_up(sites, 0)[["months", "opens_in"]].equals(sites[["months", "opens_in"]].astype(float))


def test_a_forecast_without_the_start_up_time_is_faster():
    plain, moved = (look_ahead(after_start_up(some_sites(), days), CUT_OFF, 170, seed=1) for days in (0, 40))
    assert moved.last < plain.last and moved.model.months < plain.model.months and moved.n_included == plain.n_included


def test_one_sites_year_is_its_own_posteriors():
    alone = look_ahead_at_site(some_sites(), "08", CUT_OFF, seed=1, model=SEPARATE_SITES)
    exact = nbinom(15.5, 9 / (9 + months_between(CUT_OFF, date(2027, 2, 28))))
    last = alone.iloc[-1]
    assert (len(alone), last.day) == (12, date(2027, 2, 28))
    assert abs(last["median"] - 15 - exact.ppf(0.5)) <= 1 and abs(last.upper_80 - 15 - exact.ppf(0.9)) <= 1
    among_others = look_ahead_at_site(some_sites(), "08", CUT_OFF, seed=1)
    assert among_others["median"].iloc[-1] < last["median"]  # drawn towards the slower ones
    assert look_ahead_at_site(some_sites(closes_in=[-1.0] * 10), "08", CUT_OFF, seed=1).empty
    assert look_ahead_at_site(some_sites(opens_in=[np.nan] * 10), "08", CUT_OFF, seed=1).empty
    assert look_ahead_at_site(some_sites([0] * 3, [1, 2, 4]), "01", CUT_OFF, seed=1).empty
