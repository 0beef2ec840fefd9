"""Who moves between two sets of conventions: every kind of change, and nobody who stayed."""

import pandas as pd

from heroes.statistics.moves import find_moves


def times(*rows) -> pd.DataFrame:
    columns = ["subject_id", "time_days", "event", "reason"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(site_id="01", source_table="response", source_day=frame.time_days, source_detail="SD")


BEFORE = times(("A", 100, True, "PD"), ("B", 200, False, "ONGOING"), ("C", 300, False, "LOST"), ("D", 50, True, "DEATH"), ("E", 10, False, "LOST"))


def test_each_kind_of_move_is_named_and_whoever_stays_is_not_listed():
    after = times(("A", 90, False, "ONGOING"), ("B", 210, True, "PD"), ("C", 310, False, "LOST"), ("D", 50, True, "DEATH"), ("F", 7, True, "PD"))
    moved = find_moves(BEFORE, after).set_index("subject_id")
    assert moved.what.to_dict() == {"A": "EVENT_LOST", "B": "EVENT_GAINED", "C": "TIME", "E": "LEFT_OUT", "F": "ADDED"}
    assert moved.difference_days.dropna().to_dict() == {"A": -10, "B": 10, "C": 10}
    assert moved.source_day_after["B"] == 210 and moved.source_day_before["B"] == 200


def test_another_reason_on_the_same_day_is_a_move():
    moved = find_moves(times(("A", 100, False, "ONGOING")), times(("A", 100, False, "LOST")))
    assert list(moved.what) == ["REASON"]


def test_nobody_moves_between_equals_and_missing_answers_are_equal():
    hidden = times(("A", None, None, None), ("B", 5, True, "PD"))
    assert find_moves(BEFORE, BEFORE).empty
    assert find_moves(hidden, hidden).empty


def test_the_order_of_rows_does_not_matter():
    after = times(("D", 50, True, "DEATH"), ("E", 10, False, "LOST"), ("C", 300, False, "LOST"), ("B", 200, False, "ONGOING"), ("A", 1, True, "PD"))
    assert list(find_moves(BEFORE, after).subject_id) == ["A"]
