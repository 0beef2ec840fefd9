"""The rule for small cells: by hand, and against somebody who knows the rule, the total and every cell that is shown."""

import itertools
from collections import defaultdict

import numpy as np
import pytest

from heroes.model.small_cells import hide_small_cells


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([100, 60, 10], [100, 60, 10]), ([100, 60, 0], [100, 60, 0]),  # nothing small; nobody is nobody
        ([100, 60, 3], [100, None, None]),  # one alone would be the total less the rest: the next goes with it
        ([100, 60, 3, 4], [100, 60, None, None]), ([100, 60, 2, 4, 0], [100, 60, None, None, 0]),
        ([100, 3, 3], [None, None, None]),  # two alike: their sum tells both
        ([100, 60, 20, 3, 3], [100, 60, None, None, None]), ([100, 1, 2, 30], [100, None, None, None]),  # 1 + 2 is still a small cell
        ([100, 7, 7, 3], [100, None, None, None]),  # equal cells go together: their order tells nothing
        ([3, 0], [None, None]), ([4, 4], [None, None]), ([0, 0], [0, 0]), ([5, 5], [5, 5]), ([], []),
    ],
)
def test_by_hand_with_five_as_the_smallest(counts, shown):
    assert hide_small_cells(counts, 5) == shown


def test_a_smallest_cell_of_one_hides_nothing():
    assert hide_small_cells([1, 0, 2, 170], 1) == [1, 0, 2, 170]


@pytest.mark.parametrize(("cells", "largest", "smallest"), [(2, 14, 5), (3, 9, 4), (3, 11, 5), (4, 6, 3), (4, 7, 5)])
def test_no_hidden_cell_can_be_worked_out_from_the_total_and_the_others_even_by_who_knows_the_rule(cells, largest, smallest):
    """Every table of this size, sorted by what is published of it: each hidden cell has at least two values that fit."""
    tables = defaultdict(list)
    for table in itertools.product(range(largest + 1), repeat=cells):
        tables[sum(table), tuple(hide_small_cells(table, smallest))].append(table)
    n_hidden = 0
    for (total, published), fitting in tables.items():
        if total > largest:
            continue  # tables with larger cells, not in this list, might fit too
        for place, n in enumerate(published):
            if n is None:
                n_hidden += 1
                assert len({table[place] for table in fitting}) > 1, (published, total)
            else:
                assert n == 0 or n >= smallest
    assert n_hidden > 20


def test_order_of_the_cells_does_not_matter_and_shown_cells_are_unchanged():
    rng = np.random.default_rng(5)
    for _ in range(500):
        counts = rng.integers(0, 20, size=rng.integers(2, 8)).tolist()
        shown = hide_small_cells(counts, 5)
        assert all(after in (None, before) for before, after in zip(counts, shown, strict=True))
        order = rng.permutation(len(counts))
        assert hide_small_cells([counts[place] for place in order], 5) == [shown[place] for place in order]
        hidden = [n for n, after in zip(counts, shown, strict=True) if after is None]
        assert len(hidden) != 1 and (not hidden or sum(hidden) >= 5 or all(after is None for after in shown))
