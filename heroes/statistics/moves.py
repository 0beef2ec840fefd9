"""Patients whose time to event differs between two sets of conventions."""

import pandas as pd

_COMPARED = ("time_days", "event", "reason")
_TOLD = ("time_days", "event", "reason", "source_table", "source_day", "source_detail")


def find_moves(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The patients who moved, in the order of their codes.

    before, after: answers to two time-to-event questions (subject_id, site_id, time_days, event, reason, source_…).
    A patient has moved when length, event or reason differ, or when only one of the two counts them.
    Columns: subject_id, site_id, then each told column with the suffix _before and _after (missing where not counted),
    difference_days (after − before), and what: EVENT_GAINED, EVENT_LOST, TIME, REASON, ADDED, LEFT_OUT.
    """
    key = ["subject_id", "site_id"]
    both = before[[*key, *_TOLD]].merge(after[[*key, *_TOLD]], on=key, how="outer", suffixes=("_before", "_after"), indicator=True)
    same = pd.Series(True, index=both.index)
    for column in _COMPARED:
        one, other = both[f"{column}_before"], both[f"{column}_after"]
        same &= (one == other) | (one.isna() & other.isna())
    moved = both[~same.fillna(False)].sort_values(key, ignore_index=True)
    had, has = moved.event_before.eq(True), moved.event_after.eq(True)
    what = pd.Series("REASON", index=moved.index)
    what[moved.time_days_before != moved.time_days_after] = "TIME"
    what[has & ~had] = "EVENT_GAINED"
    what[had & ~has] = "EVENT_LOST"
    what[moved["_merge"] == "left_only"] = "LEFT_OUT"
    what[moved["_merge"] == "right_only"] = "ADDED"
    moved["difference_days"] = moved.time_days_after - moved.time_days_before
    return moved.drop(columns="_merge").assign(what=what)
