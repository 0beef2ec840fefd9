"""The planned visits of the protocol, for deliveries that bring no visit plan of their own."""

import pandas as pd

from heroes.protocol import DAYS_PER_MONTH, Protocol


def planned_visits(protocol: Protocol) -> pd.DataFrame:
    """The schedule as `visit_plan` rows: draws M1.5, M3 … from `ctdna_months`, scans SCAN1, SCAN2 … every imaging
    interval as long as draws are planned. Months are 30.4375 days, to the nearest day. Empty where nothing is set.
    """
    schedule = protocol.schedule
    rows = [
        _visit(f"M{months:g}", round(months * DAYS_PER_MONTH), schedule.ctdna_window_days, draw=True)
        for months in schedule.ctdna_months or ()
    ]
    last = max((row["planned_day"] for row in rows), default=0)
    if schedule.imaging_interval_days:
        scans = range(1, max(1, last // schedule.imaging_interval_days) + 1) if last else ()
        rows += [
            _visit(f"SCAN{number}", number * schedule.imaging_interval_days, schedule.imaging_window_days, draw=False)
            for number in scans
        ]
    return pd.DataFrame(rows)


def _visit(code: str, day: int, window: int | None, *, draw: bool) -> dict:
    return {
        "visit_code": code, "planned_day": day, "window_minus": window, "window_plus": window,
        "needs_ctdna": draw, "needs_imaging": not draw, "needs_qol": False,
    }  # fmt: skip
