"""Counts of few patients that may not be shown: which cells of a table are left empty, so that none can be worked out from the rest."""

from collections.abc import Sequence


def hide_small_cells(counts: Sequence[int], smallest: int) -> list[int | None]:
    """Counts that add up to a total which is shown, None where a cell is hidden.

    smallest: the smallest count that may be shown; 1 hides nothing. 0 may be shown: nobody is in it.
    Hidden are the counts from 1 to smallest − 1, and as long as these could be worked out from the total, the smallest of the others,
    all that are equal together: until the hidden ones are not all alike (whoever knows their sum cannot tell which is which) and add
    up to at least `smallest`. Where that takes every cell, zeros are hidden too. A single cell equals its total: give a table at
    least two, "not recorded" being one.
    """
    if smallest <= 1:
        return list(counts)
    hidden = {place for place, n in enumerate(counts) if 0 < n < smallest}
    while hidden and not _is_safe([counts[place] for place in hidden], smallest):
        shown = [n for place, n in enumerate(counts) if place not in hidden]
        if not shown:
            break
        following = min((n for n in shown if n > 0), default=0)
        hidden |= {place for place, n in enumerate(counts) if n == following}
    return [None if place in hidden else n for place, n in enumerate(counts)]


def _is_safe(values: Sequence[int], smallest: int) -> bool:
    return len(set(values)) > 1 and sum(values) >= smallest
