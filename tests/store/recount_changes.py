"""What two tables of dated records differ by, counted row by row in plain Python: the second witness of `store.changes`."""

from collections import Counter
from datetime import date

STEPS = {"INCLUDED", "TX_STOP", "TX_RESUME", "TX_NEW", "DEATH", "LTFU", "WITHDRAWN", "COMPLETED", "DISCONTINUED"}


def records_of(frame, without=("seq",)) -> list[dict]:
    """Rows as dictionaries, without the number of a row; whole numbers and decimals alike."""
    rows = [] if frame is None else frame.to_dict("records")
    return [{name: _plain(cell) for name, cell in row.items() if name not in without} for row in rows]


def _plain(cell):
    if cell is None or cell != cell:
        return None
    return float(f"{cell:.12g}") if isinstance(cell, float) else cell


def leftovers(old: list[dict], new: list[dict]) -> tuple[list[dict], list[dict]]:
    """Rows that one side has and the other lacks, equal rows counted."""
    def frozen(row):
        return tuple(sorted(row.items(), key=lambda cell: cell[0]))
    count = Counter(map(frozen, old))
    count.subtract(map(frozen, new))
    gone = [dict(row) for row, n in count.items() for _ in range(max(n, 0))]
    come = [dict(row) for row, n in count.items() for _ in range(max(-n, 0))]
    return gone, come


def steps_that_changed(old_rows, new_rows) -> set[tuple]:
    """(patient, kind of change, step, old date, new date) for the dated steps that are events."""
    gone, come = leftovers(old_rows, new_rows)
    found = set()
    for who in {(row["subject_id"], row["kind"]) for row in gone + come if row["kind"] in STEPS}:
        before = sorted(row["date"] for row in gone if (row["subject_id"], row["kind"]) == who)
        after = sorted(row["date"] for row in come if (row["subject_id"], row["kind"]) == who)
        if len(before) == len(after) == 1:
            found.add((who[0], "MOVED_DATE", who[1], before[0], after[0]))
        else:
            assert not (before and after), "more than this recount can tell"
            found |= {(who[0], "EVENT_WITHDRAWN", who[1], day, None) for day in before}
            found |= {(who[0], "NEW_EVENT", who[1], None, day) for day in after}
    return found


def results_that_changed(old_rows, new_rows) -> set[tuple]:
    """(patient, kind of change, old call, new call) for results that came, were amended, reversed or superseded."""
    old, new = ({row["result_id"]: row for row in rows} for rows in (old_rows, new_rows))
    found = set()
    for name, row in new.items():
        who = row["subject_id"]
        if name in old:
            before = old[name]
            if before["call"] != row["call"]:
                found.add((who, _amendment(before["call"], row["call"]), before["call"], row["call"]))
            if before["superseded_by"] is None and row["superseded_by"] is not None:
                found.add((who, "SUPERSEDED_RESULT", row["call"], None))
            continue
        earlier = [other for other in new.values() if other["superseded_by"] == name]
        if row["superseded_by"] in old:
            found.add((who, "SUPERSEDED_RESULT", row["call"], None))
        elif earlier:
            found.add((who, _amendment(earlier[-1]["call"], row["call"]), earlier[-1]["call"], row["call"]))
        else:
            found.add((who, "NEW_RESULT", None, row["call"]))
    return found | {(old[name]["subject_id"], "REMOVED_RESULT", old[name]["call"], None) for name in set(old) - set(new)}


def _amendment(before: str, after: str) -> str:
    return "REVERSED_RESULT" if {before, after} == {"POSITIVE", "NEGATIVE"} else "AMENDED_RESULT"


def positives_that_changed(old_rows, new_rows) -> set[tuple]:
    """(patient, kind, old date, new date) of draws that became positive, or no longer are."""
    def positive(rows):
        return {
            row["specimen_id"] or row["result_id"]: (row["subject_id"], row["date"])
            for row in rows if row["call"] == "POSITIVE" and row["superseded_by"] is None
        }
    old, new = positive(old_rows), positive(new_rows)
    return {(who, "NEW_EVENT", None, day) for draw, (who, day) in new.items() if draw not in old} | {
        (who, "EVENT_WITHDRAWN", day, None) for draw, (who, day) in old.items() if draw not in new
    } | {(who, "MOVED_DATE", old[draw][1], day) for draw, (who, day) in new.items() if draw in old and old[draw][1] != day}


def first_of_month(day: date | None) -> date | None:
    """The calendar month of a date."""
    return None if day is None else day.replace(day=1)
