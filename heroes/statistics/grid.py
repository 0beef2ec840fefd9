"""Counts per distinct time: how many had the event and how many were censored, from rows of patients or from counts.

Two times are one when they differ by no more than R's `timefix` tolerance (survival::aeqSurv): the square root of the
machine precision, absolute or relative to the mean of the distinct times; near-equal times chain, and the earliest
stands for all. Whole days are counted without sorting, other times with one sort.
"""

from dataclasses import dataclass

import numpy as np

from heroes.errors import MisuseError, OutsideStudyError

_SQRT_EPSILON = float(np.sqrt(np.finfo(float).eps))
_ROWS_AT_A_TIME = 1 << 17  # a block of rows that stays in the processor's cache
_LONGEST_WHOLE_GRID = 100_000  # beyond it, a sort is faster


@dataclass(frozen=True)
class Grid:
    """time: distinct times, ascending; events, censored: patients leaving at each; tolerance: below it times are one."""

    time: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    tolerance: float


def count_rows(time, event) -> Grid:
    """Rows of patients, in any order, as counts per distinct time.

    time: zero or more, finite. event: true/false or 1/0, True when the event was seen.
    Raises OutsideStudyError for negative, missing or infinite times, MisuseError for any other event coding.
    """
    time = as_times(time)
    event = as_events(event)
    if len(time) != len(event):
        raise MisuseError(f"There are {len(time)} times but {len(event)} events; each patient needs one of both.")
    if not len(time):
        nothing = np.zeros(0, dtype=np.int64)
        return Grid(np.zeros(0), nothing, nothing, _SQRT_EPSILON)
    return _count_whole(time, event) or _count_sorted(time, event)


def count_counts(time, events, censored) -> Grid:
    """Counts per time, in any order, a time perhaps on several rows, as counts per distinct time.

    Raises OutsideStudyError for impossible times, MisuseError for counts that are negative or not whole.
    """
    time = as_times(time)
    events, censored = _as_counts(events, "events"), _as_counts(censored, "censored")
    if not len(time) == len(events) == len(censored):
        raise MisuseError("Times, events and censored must be equally long.")
    distinct, place, tolerance = merge_times(time)
    grid_events = np.zeros(len(distinct), dtype=np.int64)
    grid_censored = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(grid_events, place, events)
    np.add.at(grid_censored, place, censored)
    return without_empty(Grid(distinct, grid_events, grid_censored, tolerance))


def without_empty(grid: Grid) -> Grid:
    """The same counts without the times at which nobody left."""
    some = grid.events + grid.censored > 0
    if some.all():
        return grid
    return Grid(grid.time[some], grid.events[some], grid.censored[some], grid.tolerance)


def merge_times(time) -> tuple[np.ndarray, np.ndarray, float]:
    """Distinct times ascending, the place of each row among them, and the tolerance that merged them."""
    time = check_times(as_times(time).astype(float, copy=False))
    if not len(time):
        return np.zeros(0), np.zeros(0, dtype=np.intp), _SQRT_EPSILON
    exact, place = np.unique(time, return_inverse=True)
    tolerance = _tolerance(exact.mean())
    is_new = np.concatenate(([True], np.diff(exact) > tolerance))
    return exact[is_new], (np.cumsum(is_new) - 1)[place], tolerance


def as_times(time) -> np.ndarray:
    """Times as a flat array of whole or floating-point numbers."""
    time = np.asarray(time)
    if time.dtype.kind not in "iuf":
        try:
            time = time.astype(float)
        except (TypeError, ValueError):
            raise MisuseError("Times must be numbers.") from None
    if time.ndim != 1:
        raise MisuseError("Times must be one column.")
    return time


def check_times(time: np.ndarray) -> np.ndarray:
    """The times themselves, or OutsideStudyError saying how many cannot be."""
    if len(time) and not (time.min() >= 0 and np.isfinite(time.max())):
        missing = int(np.isnan(time).sum())
        infinite = int(np.isinf(time).sum())
        negative = int((time < 0).sum())
        found = [
            f"{n} {'row has' if n == 1 else 'rows have'} {what}"
            for n, what in ((negative, "a negative time"), (missing, "no time"), (infinite, "an infinite time"))
            if n
        ]
        raise OutsideStudyError(f"{', '.join(found)}, of {len(time)}. Times run from 0, the origin, to the end of follow-up.")
    return time


def _tolerance(mean: float) -> float:
    return _SQRT_EPSILON * max(1.0, float(mean))


def as_events(event) -> np.ndarray:
    """Events as true and false, from true/false or 1/0; MisuseError for anything else."""
    event = np.asarray(event)
    if event.dtype == bool:
        return event
    try:
        if event.dtype.kind in "iu":
            fine = not len(event) or (event.min() >= 0 and event.max() <= 1)
        else:
            fine = bool(np.all((event == 0) | (event == 1)))
    except (TypeError, ValueError):
        fine = False
    if not fine:
        raise MisuseError("An event must be true or false, or 1 (seen) or 0 (censored), on every row.")
    return event.astype(bool)


def _as_counts(counts, name: str) -> np.ndarray:
    counts = np.asarray(counts)
    if counts.dtype.kind in "iu" and not (len(counts) and counts.min() < 0):
        return counts.astype(np.int64, copy=False)
    whole = counts.astype(float)
    if not np.all((whole >= 0) & (whole == np.floor(whole)) & np.isfinite(whole)):
        raise MisuseError(f"Counts of {name} must be whole numbers from 0.")
    return whole.astype(np.int64)


def _count_whole(time: np.ndarray, event: np.ndarray) -> Grid | None:
    """Whole times on a short enough grid, counted without sorting; None when they are not."""
    longest = min(10_000 + 4 * len(time), _LONGEST_WHOLE_GRID)
    counts = np.zeros(0, dtype=np.int64)
    block = np.empty(min(len(time), _ROWS_AT_A_TIME), dtype=np.int64)
    for start in range(0, len(time), _ROWS_AT_A_TIME):
        rows = time[start : start + _ROWS_AT_A_TIME]
        place = block[: len(rows)]
        if not _copy_whole(rows, place) or place.view(np.uint64).max() > longest:  # unsigned, a negative is too long
            return None
        place <<= 1
        place |= event[start : start + _ROWS_AT_A_TIME]
        found = np.bincount(place)
        if len(found) > len(counts):
            counts, found = found, counts
        counts[: len(found)] += found
    counts = np.append(counts, 0) if len(counts) % 2 else counts
    censored, events = counts[0::2], counts[1::2]
    day = np.flatnonzero(censored + events)
    distinct = day.astype(float)
    return Grid(distinct, events[day], censored[day], _tolerance(distinct.mean()))


def _copy_whole(rows: np.ndarray, place: np.ndarray) -> bool:
    """Copies times into whole numbers; False when they are not whole."""
    if rows.dtype.kind == "f" and not np.array_equal(np.floor(rows), rows):
        return False
    with np.errstate(invalid="ignore"):  # an infinite time becomes a negative number, refused as such
        np.copyto(place, rows, casting="unsafe")
    return True


def _count_sorted(time: np.ndarray, event: np.ndarray) -> Grid:
    """Any times, with one sort of the times alone.

    The bits of a number from 0 upwards order as the number does and leave the sign bit free: the event rides on the
    lowest bit, so that one plain sort carries it along.
    """
    time = check_times(time.astype(float, copy=False))
    key = (time + 0.0).view(np.uint64)  # + 0.0: a negative zero is zero
    key <<= 1
    key |= event
    key.sort()
    seen = np.empty(len(key), dtype=np.uint8)
    np.bitwise_and(key, 1, out=seen, casting="unsafe")
    key >>= 1
    ordered = key.view(float)
    is_new = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    tolerance = _tolerance(ordered.mean(where=is_new))
    for start in range(1, len(ordered), _ROWS_AT_A_TIME):
        stop = min(start + _ROWS_AT_A_TIME, len(ordered))
        np.greater(ordered[start:stop] - ordered[start - 1 : stop - 1], tolerance, out=is_new[start:stop])
    first = np.flatnonzero(is_new)
    events = np.add.reduceat(seen, first, dtype=np.int64)
    censored = np.diff(first, append=len(ordered))
    censored -= events
    return Grid(ordered[first], events, censored, tolerance)
