"""Answers to questionnaires in our own layout: `qs_item.csv`, one row an item."""

import pytest

from heroes.intake.route import EarlierCut
from tests.intake.deliveries import house, read, rows, rules, the, write

ITEMS = "subject_id,instrument,date,item_no,value\n"


def test_answers_are_read_item_by_item_and_an_unanswered_one_stays_empty(tmp_path):
    lines = "A-001,QLQ-C30,2025-02-01,29,6\nA-001,QLQ-C30,2025-02-01,30,\nA-001,QLQ-BR23,2025-05-02,31,2\n"
    delivery = read(house(tmp_path / "d", qs_item=ITEMS + lines))
    assert sorted(rows(delivery, "qs_item", "instrument", "day", "item_no", "value"), key=str) == [
        ("QLQ-BR23", 90, 31, 2), ("QLQ-C30", 0, 29, 6), ("QLQ-C30", 0, 30, None),
    ]  # fmt: skip


def test_days_instead_of_dates_will_do(tmp_path):
    delivery = read(house(tmp_path / "d", qs_item="subject_id,instrument,day,item_no,value\nA-001,QLQ-C30,91,29,4\n"))
    assert rows(delivery, "qs_item", "day", "value") == [(91, 4)]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("A-001,C30,2025-02-01,29,6", "not_in_list"),
        ("A-001,QLQ-C30,2025-02-01,31,1", "unknown_item"),
        ("A-001,QLQ-BR23,2025-02-01,30,1", "unknown_item"),
        ("A-001,EQ-5D-5L,2025-02-01,7,1", "unknown_item"),
        ("A-001,QLQ-C30,2025-02-01,1,5", "answer_outside_item"),
        ("A-001,QLQ-C30,2025-02-01,28,0", "answer_outside_item"),
        ("A-001,QLQ-C30,2025-02-01,30,8", "answer_outside_item"),
        ("A-001,QLQ-BR23,2025-02-01,31,5", "answer_outside_item"),
        ("A-001,EQ-5D-5L,2025-02-01,5,6", "answer_outside_item"),
        ("A-009,QLQ-C30,2025-02-01,29,6", "unknown_patient"),
        ("A-001,QLQ-C30,2025-02-01,29,6\nA-001,QLQ-C30,2025-02-01,29,6", "duplicate_key"),
    ],
)
def test_what_breaks_a_rule_is_refused(tmp_path, line, rule):
    assert rules(read(house(tmp_path / "d", qs_item=ITEMS + line + "\n")), "ERROR") == [rule]


def test_later_questionnaires_join_those_that_are_there(tmp_path):
    whole = read(house(tmp_path / "whole", qs_item=ITEMS + "A-001,QLQ-C30,2025-02-01,29,6\n")).contents
    before = EarlierCut(whole.study_id, whole.cut_off, whole.tables, simulated=whole.simulated)
    later = write(tmp_path / "more", qs_item=ITEMS + "A-001,QLQ-C30,2025-02-01,29,5\nA-001,QLQ-C30,2025-05-02,29,4\n")
    delivery = read(later, previous=before, cut_off=whole.cut_off)
    assert rows(delivery, "qs_item", "day", "value") == [(0, 5), (90, 4)]
    assert "1 row added, 1 amended" in the(delivery, "laid_over_previous_cut").message


def test_an_answer_without_a_date_is_left_out_and_asked_for(tmp_path):
    delivery = read(house(tmp_path / "d", qs_item=ITEMS + "A-001,QLQ-C30,,29,6\nA-001,QLQ-C30,2025-02-01,29,6\n"))
    assert rules(delivery, "QUERY") == ["missing_date"] and rows(delivery, "qs_item", "day") == [(0,)]
