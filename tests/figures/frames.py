"""Answers of the named queries as a trial of 170 lanes would give them, made from a fixed seed.

Nothing here is a patient; the shapes and dtypes are those that DuckDB hands over (nullable integers, dates, booleans).
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from heroes.figures.pfs import risk_ticks
from heroes.figures.theme import Caption
from heroes.statistics.survival import count_at_risk, estimate_survival, survival_at

CUT_OFF = date(2026, 3, 16)
MONTH = 30.4375
SCHEDULE = [0, 1.5, 3, 6, 9, 12, 15, 18, 21, 24]


def a_caption(n: int = 170, **changes) -> Caption:
    """A caption of the simulated trial."""
    values = {
        "cut_off": CUT_OFF,
        "n": n,
        "population": "included patients",
        "simulated": True,
        "method": "treatment policy",
    }
    return Caption(**values | changes)


def a_result(times: pd.DataFrame, milestone: float = 365.25):
    """Curve, estimate at the milestone and risk table of times to event, as the PFS page gets them."""
    curve = estimate_survival(times["time_days"].to_numpy(float), times["event"].to_numpy(bool))
    return curve, survival_at(curve, milestone), count_at_risk(curve, risk_ticks(float(curve.time[-1]), milestone))


def times_to_event(n: int = 118, seed: int = 5, share: float = 0.12) -> pd.DataFrame:
    """subject_id, time_days, event: scans every three months, about `share` events."""
    chance = np.random.default_rng(seed)
    event = chance.random(n) < share
    scan = chance.integers(1, 9, n) * 91 + chance.integers(-14, 15, n)
    return pd.DataFrame({
        "subject_id": [f"{chance.integers(1, 36):02d}-{row + 1:03d}" for row in range(n)],
        "time_days": np.where(event, chance.integers(1, 8, n) * 91 + chance.integers(-14, 15, n), scan).astype(int),
        "event": event,
    })


def enrolment_by_site(n_sites: int = 35, seed: int = 3) -> pd.DataFrame:
    """One row per site, most inclusions first."""
    chance = np.random.default_rng(seed)
    rate = chance.gamma(1.1, 2.2, n_sites)
    open_days = np.sort(chance.integers(20, 420, n_sites))[::-1]
    included = chance.poisson(rate * open_days / 420)
    frame = pd.DataFrame({
        "site_id": [f"{site + 1:02d}" for site in range(n_sites)],
        "label": pd.array([None] * n_sites, dtype="string"),
        "region": pd.array([None] * n_sites, dtype="string"),
        "activated_on": [CUT_OFF - timedelta(days=int(days)) for days in open_days],
        "closed_on": [None] * n_sites,
        "target_n": pd.array([5] * n_sites, dtype="Int64"),
        "n_consented": pd.array(included + chance.poisson(1.2, n_sites), dtype="Int64"),
        "n_included": pd.array(included, dtype="Int64"),
        "n_stopped": pd.array(included, dtype="Int64"),
        "expected_by_now": open_days / 730 * 5,
        "days_since_last_inclusion": pd.array(
            [int(chance.integers(0, min(days, 160))) if n else None for n, days in zip(included, open_days)], dtype="Int64"
        ),
        "days_since_activation": pd.array(open_days, dtype="Int64"),
    })
    return frame.sort_values(["n_included", "site_id"], ascending=[False, True], ignore_index=True)


def accrual(n_weeks: int = 60, seed: int = 8) -> pd.DataFrame:
    """Weekly first consents, inclusions and stops."""
    chance = np.random.default_rng(seed)
    weeks = [date(2025, 1, 20) + timedelta(weeks=week) for week in range(n_weeks)]
    rows = []
    for step, lag, share in (("CONSENT1", 0, 1.0), ("INCLUDED", 6, 0.8), ("TX_STOP", 7, 0.78)):
        expected = np.clip(np.arange(n_weeks) - lag, 0, None) / n_weeks * 3.4 * share
        n = chance.poisson(expected)
        rows += [(week, step, int(k)) for week, k in zip(weeks, n) if k]
    frame = pd.DataFrame(rows, columns=["week", "step", "n"])
    frame["cumulative"] = frame.groupby("step")["n"].cumsum()
    return frame


def accrual_plan() -> pd.DataFrame:
    """A straight line of the protocol."""
    return pd.DataFrame({"day": [date(2025, 1, 15), date(2027, 1, 15)], "planned": [0.0, 170.0],
                         "basis": ["protocol linear"] * 2})


def accrual_since_activation(sites: pd.DataFrame, seed: int = 4) -> pd.DataFrame:
    """Inclusions of each site by weeks since its activation."""
    chance = np.random.default_rng(seed)
    rows = []
    for site in sites.itertuples():
        weeks = np.sort(chance.integers(1, max(2, site.days_since_activation // 7), site.n_included))
        for week in np.unique(weeks):
            rows.append((site.site_id, int(week), int((weeks == week).sum()), int((weeks <= week).sum())))
    return pd.DataFrame(rows, columns=["site_id", "weeks_since_activation", "n", "cumulative"])


def screening_funnel() -> pd.DataFrame:
    """The steps from consent to treatment stopped."""
    steps = ["CONSENT1", "TISSUE_SENT", "ASSAY_READY", "BASELINE_DRAW", "BASELINE_RESULT", "BASELINE_NEGATIVE",
             "CONSENT2", "INCLUDED", "TX_STOP"]
    return pd.DataFrame({"step": steps, "step_order": range(1, 10), "n": [215, 212, 201, 199, 195, 177, 172, 170, 168],
                         "n_without_step_before": 0})


def swimmer(n: int = 170, seed: int = 11) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Lanes, spans and marks of n patients, longest follow-up first."""
    chance = np.random.default_rng(seed)
    lanes, spans, marks = [], [], []
    follow_ups = np.sort(chance.integers(56, 760, n))[::-1]
    for row, follow_up in enumerate(follow_ups):
        site = int(chance.integers(1, 36))
        subject, follow_up, stop = f"{site:02d}-{row + 1:03d}", int(follow_up), int(chance.integers(0, 20))
        progression = int(chance.integers(40, 700)) if chance.random() < 0.22 else None
        positive = None
        if progression and chance.random() < 0.7:
            positive = max(20, progression - int(chance.integers(30, 160)))
        elif chance.random() < 0.06:
            positive = int(chance.integers(45, 600))
        death = follow_up if progression and progression < follow_up and chance.random() < 0.2 else None
        left = follow_up if death is None and chance.random() < 0.05 else None
        progression = progression if progression and progression <= follow_up else None
        start = next((day for day in (positive, progression) if day and day + 20 < follow_up), None)
        spans.append((subject, "ON_TREATMENT", 0, stop))
        resumed = start + 20 if start else follow_up
        spans.append((subject, "OFF_THERAPY", stop, max(stop, resumed)))
        if start:
            new = progression + 25 if progression and resumed < progression + 25 < follow_up and chance.random() < 0.5 else follow_up
            spans.append((subject, "RESUMED", resumed, new))
            if new < follow_up:
                spans.append((subject, "NEW_TREATMENT", new, follow_up))
        n_calls, first_positive = 0, None
        for order, month in enumerate(SCHEDULE):
            planned = round(month * MONTH)
            visit = "BASELINE" if order == 0 else f"M{month:g}"
            day = max(0, planned + int(chance.integers(-8, 12))) if order else 0
            if planned > follow_up + 10 or (left or death) and day > follow_up:
                if not (left or death) and planned < follow_up + 200:
                    marks.append((subject, "DRAW_NOT_YET_DUE", planned, None, None, None, visit, None))
                continue
            if day > follow_up:
                kind = "DRAW_OVERDUE" if planned + 14 < follow_up else "DRAW_DUE"
                marks.append((subject, kind, planned, None, None, None, visit, None))
                continue
            if chance.random() < 0.03 and order:
                marks.append((subject, "DRAW_MISSED", planned, None, None, None, visit, None))
                continue
            if order and follow_up - day < 12 and chance.random() < 0.6:
                marks.append((subject, "DRAW_PENDING", day, None, None, None, visit, None))
                continue
            n_calls += 1
            if chance.random() < 0.03 and order:
                marks.append((subject, "CTDNA_NOT_EVALUABLE", day, None, None, None, visit, "PLASMA_VOLUME_LOW"))
            elif positive and day >= positive and (not start or day < resumed + 120):
                first_positive = day if first_positive is None else first_positive
                quantity = float(np.round(10 ** chance.normal(0.4 + (day - positive) / 120, 0.6), 2))
                marks.append((subject, "CTDNA_POSITIVE", day, quantity, "MTM/mL", "=", visit, None))
            else:
                marks.append((subject, "CTDNA_NEGATIVE", day, 0.0, "MTM/mL", "=", visit, None))
        if progression:
            marks.append((subject, "PROGRESSION", progression, None, None, None, None, "confirmed"))
        end_kind = "DEATH" if death else "WITHDRAWN" if left and row % 2 else "LTFU" if left else "ONGOING"
        marks.append((subject, end_kind, follow_up, None, None, None, None, None))
        status = {"DEATH": "DEAD"}.get(end_kind, end_kind)
        origin_month = (CUT_OFF - timedelta(days=follow_up)).replace(day=1)
        lanes.append((subject, f"{site:02d}", status, spans[-1][1], n_calls, first_positive, progression, death, stop,
                      follow_up, follow_up, origin_month, end_kind == "ONGOING"))
    lanes = pd.DataFrame(lanes, columns=[
        "subject_id", "site_id", "status", "phase", "n_calls", "first_positive_day", "progression_day", "death_day",
        "stop_day", "end_day", "origin_to_cut_off_days", "origin_month", "ongoing"])
    days = ["first_positive_day", "progression_day", "death_day", "stop_day", "end_day", "origin_to_cut_off_days"]
    lanes[days] = lanes[days].astype("Int64")
    spans = pd.DataFrame(spans, columns=["subject_id", "phase", "start_day", "end_day"])
    marks = pd.DataFrame(marks, columns=["subject_id", "kind", "day", "quantity", "unit", "qualifier", "visit_code", "detail"])
    return lanes, spans, marks
