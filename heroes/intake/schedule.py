"""The planned visits: those of the protocol where none are delivered, and what belongs to which visit where TV names them."""

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding
from heroes.model.terms import Severity
from heroes.protocol import DAYS_PER_MONTH, Protocol

SAME_VISIT_DAYS = 14
"""A planned visit this near to a draw or scan of the protocol is the visit it belongs to."""


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


def complete_plan(frame: pd.DataFrame, protocol: Protocol) -> tuple[pd.DataFrame, list[Finding]]:
    """Planned visits as TV names them, with the protocol's draws and scans, which TV does not know.

    Each draw and scan of the protocol belongs to the nearest visit, at most 14 days away; one without such a visit is a
    planned visit of its own, so that none is lost. Without a schedule in the protocol nothing belongs to any visit, and a
    note says so. A visit planned in several arms is one.
    """
    visits = frame.sort_values("planned_day", kind="stable").drop_duplicates("visit_code").reset_index(drop=True)
    visits["planned_day"] = pd.to_numeric(visits["planned_day"], errors="coerce")
    wanted = planned_visits(protocol)
    if wanted.empty:
        return visits, [
            Finding(Severity.NOTE, "plan_without_tests", "The visit plan (TV) does not say which visits have a ctDNA draw or a scan; none is expected.",
                    "Put the study's own protocol.toml into the data folder, or deliver visit_plan.csv.", table="visit_plan")
        ]  # fmt: skip
    for name in ("window_minus", "window_plus"):
        visits[name] = pd.Series(None, index=visits.index, dtype=object)
    days, own = visits["planned_day"].to_numpy(dtype=float), []
    for planned in wanted.to_dict("records"):
        apart = np.abs(days - planned["planned_day"])
        if not len(apart) or np.isnan(apart).all() or np.nanmin(apart) > SAME_VISIT_DAYS:
            own.append(planned)
            continue
        nearest = int(np.nanargmin(apart))
        visits.loc[nearest, "needs_ctdna"] = bool(visits.loc[nearest, "needs_ctdna"]) or planned["needs_ctdna"]
        visits.loc[nearest, "needs_imaging"] = bool(visits.loc[nearest, "needs_imaging"]) or planned["needs_imaging"]
        if planned["window_minus"] is not None and not pd.isna(planned["window_minus"]) and visits.loc[nearest, "window_minus"] is None:
            visits.loc[nearest, ["window_minus", "window_plus"]] = [planned["window_minus"], planned["window_plus"]]
    findings = [
        Finding(Severity.NOTE, "tests_of_protocol", f"Draws and scans of the protocol file were put to the visits of the plan (TV); {len(own)} had no visit near and stand by themselves.",
                "Deliver visit_plan.csv if the trial plans them otherwise.", table="visit_plan")
    ]  # fmt: skip
    return pd.concat([visits, pd.DataFrame(own)], ignore_index=True) if own else visits, findings
