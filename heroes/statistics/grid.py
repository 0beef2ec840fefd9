"""Counts per distinct time: how many had the event and how many were censored, from rows of patients or from counts.

Two times are one when they differ by no more than R's `timefix` tolerance (survival::aeqSurv): the square root of the
machine precision, absolute or relative to the mean of the distinct times; near-equal times chain, and the earliest
stands for all. Whole days are counted without sorting, other times with one sort.
"""

from dataclasses import dataclass

import numpy as np

from heroes.errors import MisuseError, OutsideStudyError

_SQRT_EPSILON = float(np.sqrt(np.finfo(float).eps))
_ROWS_AT_A_TIME = 1 << 18  # a block of rows that stays in the processor's cache
_LIMIT_BITS = 17  # whole times from 2^17 on are sorted, which is faster than a long list of counts
_POINT = 52 - _LIMIT_BITS  # where the units begin among the bits of a number from 2^17 to 2^18
_BITS_OF_LIMIT = int(np.array(float(1 << _LIMIT_BITS)).view(np.int64)) >> _POINT


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
    if (time[1:] > time[:-1]).all():  # as a query delivers them
        exact, place = time, np.arange(len(time))
    else:
        exact, place = np.unique(time, return_inverse=True)
    tolerance = _tolerance(exact)
    is_new = np.concatenate(([True], np.diff(exact) > tolerance))
    return exact[is_new], (np.cumsum(is_new) - 1)[place], tolerance


def as_times(time) -> np.ndarray:
    """Times as a flat array of whole or floating-point numbers; dates and true/false are none."""
    time = np.asarray(time)
    if time.dtype.kind not in "iuf":
        try:
            if time.dtype.kind in "bcmM":
                raise TypeError
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


def _tolerance(time: np.ndarray, where=True) -> float:
    """The tolerance of the distinct times among those given."""
    with np.errstate(over="ignore"):
        mean = time.mean(where=where)
    if np.isinf(mean):  # the sum of the longest times is more than a number can hold
        distinct = time if where is True else time[where]
        mean = (distinct / len(distinct)).sum()
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
    """Whole times below a limit, counted without sorting; None when they are not."""
    limit = 1 << min((10_000 + 4 * len(time)).bit_length(), _LIMIT_BITS)
    counts = np.zeros(0, dtype=np.int64)
    blocks = np.empty((2, min(len(time), _ROWS_AT_A_TIME)), dtype=np.int64)
    for start in range(0, len(time), _ROWS_AT_A_TIME):
        rows = time[start : start + _ROWS_AT_A_TIME]
        place, seen = blocks[:, : len(rows)]
        is_float = rows.dtype.kind == "f"
        if is_float:
            rows = rows.astype(float, copy=False)
        if not (_double_whole_floats if is_float else _double_integers)(rows, place, limit):
            return None
        np.copyto(seen, event[start : start + _ROWS_AT_A_TIME])
        place |= seen
        found = np.bincount(place)
        if len(found) > len(counts):
            counts, found = found, counts
        counts[: len(found)] += found
    counts = np.append(counts, 0) if len(counts) % 2 else counts
    censored, events = counts[0::2], counts[1::2]
    day = np.flatnonzero(censored + events)
    distinct = day.astype(float)
    return Grid(distinct, events[day], censored[day], _tolerance(distinct))


def _double_integers(rows: np.ndarray, place: np.ndarray, limit: int) -> bool:
    """Puts twice each time into place; False when one is negative or not below the limit, a power of two."""
    np.copyto(place, rows, casting="unsafe")
    if not 0 <= np.bitwise_or.reduce(place) < limit:
        return False
    place <<= 1
    return True


def _double_whole_floats(rows: np.ndarray, place: np.ndarray, limit: int) -> bool:
    """Puts twice each time into place; False when one is not whole, negative, missing or not below the limit.

    Read as an integer, 2^17 + t holds a whole t from bit 35 on, and zeros below. All rows are judged by the bits that
    any of them has: a t of at most 17 significant bits that is not whole shows below bit 35, unless it is less than
    2^-36, which is the same time as 0.
    """
    significant = np.bitwise_or.reduce(rows.view(np.int64))
    if significant < 0 or significant & ((1 << (53 - _LIMIT_BITS)) - 1):
        return False
    np.add(rows, float(1 << _LIMIT_BITS), out=place.view(float))
    bits = np.bitwise_or.reduce(place)
    if bits & ((1 << _POINT) - 1) or not 0 <= (bits >> _POINT) - _BITS_OF_LIMIT < limit:
        return False
    place >>= _POINT - 1
    place -= _BITS_OF_LIMIT << 1
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
    tolerance = _tolerance(ordered, is_new)
    for start in range(1, len(ordered), _ROWS_AT_A_TIME):
        stop = min(start + _ROWS_AT_A_TIME, len(ordered))
        np.greater(ordered[start:stop] - ordered[start - 1 : stop - 1], tolerance, out=is_new[start:stop])
    first = np.flatnonzero(is_new)
    events = np.add.reduceat(seen, first, dtype=np.int64)
    censored = np.diff(first, append=len(ordered))
    censored -= events
    return Grid(ordered[first], events, censored, tolerance)
