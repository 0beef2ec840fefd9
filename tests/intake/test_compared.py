"""A delivery against the previous cut: what vanished, was undone, flipped or moved is asked about, patient by patient."""

from datetime import date

import pytest

from heroes.intake.route import EarlierCut
from tests.intake.deliveries import CUT_OFF, STEPS, SUBJECTS, house, read, rows, rules, the, write

LATER = date(2026, 2, 28)
MANIFEST = "study_id,cut_off,simulated\nHEROES,2026-02-28,false\n"
RESULTS = "result_id,subject_id,date,resulted_date,call,mtm_per_ml,variants_detected\n"
FIRST = RESULTS + "R1,A-001,2025-03-18,2025-03-28,NEGATIVE,,0\nR2,A-001,2025-05-02,2025-05-12,POSITIVE,0.4,3\n"
SCANS = "subject_id,date,evaluator,criteria,overall\n"
FILES = {
    "milestone": STEPS + "A-001,TX_STOP,2025-02-10\nA-001,DEATH,2025-12-24\nA-001,LAST_ALIVE,2025-12-01\nA-002,LAST_ALIVE,2025-06-01\n",
    "ctdna_result": FIRST,
    "response": SCANS + "A-001,2025-05-03,INVESTIGATOR,RECIST 1.1,SD\nA-001,2025-08-03,INVESTIGATOR,RECIST 1.1,PD\n",
    "ae": "subject_id,term,grade,serious,start_date\nA-001,FALL,3,Y,2025-03-03\nA-001,COUGH,1,N,2025-03-05\n",
}


def before(tmp_path, **changed) -> EarlierCut:
    contents = read(house(tmp_path / "first", **FILES | changed)).contents
    return EarlierCut(contents.study_id, contents.cut_off, contents.tables)


def again(tmp_path, name="second", **changed):
    """The same patients delivered again, whole, four weeks later, but for what is changed."""
    earlier = before(tmp_path)
    return read(house(tmp_path / name, **{"data_cut": MANIFEST, **FILES, **changed}), previous=earlier)


def asked(delivery) -> list[tuple]:
    return sorted((finding.rule, finding.subject_id) for finding in delivery.findings if finding.severity == "QUERY")


def test_the_same_delivery_four_weeks_later_asks_nothing_and_notes_no_change(tmp_path):
    delivery = again(tmp_path)
    assert asked(delivery) == [] and "changed_since_previous" not in rules(delivery)


def test_a_patient_who_vanished(tmp_path):
    delivery = again(tmp_path, subject=SUBJECTS.splitlines()[0] + "\nA-001,01,61,F\n", milestone=FILES["milestone"].replace("A-002,CONSENT1,2025-03-03\n", "").replace("A-002,LAST_ALIVE,2025-06-01\n", ""))
    assert asked(delivery) == [("patient_vanished", "A-002")]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("A-001,DEATH,2025-12-24\n", "", "death_undone"),
        ("A-001,TX_STOP,2025-02-10\n", "", "step_vanished"),
        ("A-001,TX_STOP,2025-02-10", "A-001,TX_STOP,2025-02-11", "date_moved"),
        ("A-001,DEATH,2025-12-24", "A-001,DEATH,2025-12-23", "date_moved"),
        ("A-001,LAST_ALIVE,2025-12-01", "A-001,LAST_ALIVE,2025-11-01", "date_moved"),
    ],
)
def test_a_step_undone_or_moved(tmp_path, old, new, rule):
    assert asked(again(tmp_path, milestone=FILES["milestone"].replace(old, new))) == [(rule, "A-001")]


def test_a_later_last_alive_date_is_no_correction(tmp_path):
    assert asked(again(tmp_path, milestone=FILES["milestone"].replace("A-002,LAST_ALIVE,2025-06-01", "A-002,LAST_ALIVE,2026-02-01"))) == []


def test_an_inclusion_that_vanished(tmp_path):
    delivery = again(tmp_path, milestone=FILES["milestone"].replace("A-001,INCLUDED,2025-02-01\n", ""))
    assert asked(delivery) == [("inclusion_vanished", "A-001")]


def test_a_moved_inclusion_is_one_query_though_it_moves_every_day_of_the_patient(tmp_path):
    delivery = again(tmp_path, milestone=FILES["milestone"].replace("A-001,INCLUDED,2025-02-01", "A-001,INCLUDED,2025-02-03"))
    assert asked(delivery) == [("date_moved", "A-001")] and "INCLUDED" in the(delivery, "date_moved").message
    assert rows(delivery, "ctdna_result", "result_id", "day") == [("R1", 43), ("R2", 88)]  # two days less than before: 45, 90


def test_a_flipped_result_is_asked_about_and_keeps_its_history(tmp_path):
    delivery = again(tmp_path, ctdna_result=FIRST.replace("POSITIVE,0.4,3", "NEGATIVE,,0"))
    assert asked(delivery) == [("result_flipped", "A-001"), ("result_superseded", "A-001")]
    assert rows(delivery, "ctdna_result", "result_id", "call", "quantity", "amended", "superseded_by") == [
        ("R1", "NEGATIVE", None, False, None), ("R2", "NEGATIVE", None, True, None), ("R2/1", "POSITIVE", 0.4, False, "R2")]
    assert the(delivery, "changed_since_previous").message == (
        "ctdna_result, against the data cut of 2026-01-31: added 0, of them dated before it 0; corrected 1; no longer there 0.")


def test_history_is_carried_on_and_the_same_delivery_twice_gives_the_same_tables(tmp_path):
    changed = {"data_cut": MANIFEST, **FILES, "ctdna_result": FIRST.replace("POSITIVE,0.4,3", "NEGATIVE,,0")}
    second = read(house(tmp_path / "b", **changed), previous=before(tmp_path)).contents
    third = read(house(tmp_path / "c", **changed), previous=EarlierCut(second.study_id, second.cut_off, second.tables))
    for table, frame in second.tables.items():
        if table != "import_issue":
            assert frame.equals(third.contents.tables[table]), table
    assert asked(third) == []


def test_history_moves_with_a_corrected_inclusion(tmp_path):
    changed = {"data_cut": MANIFEST, **FILES, "ctdna_result": FIRST.replace("POSITIVE,0.4,3", "NEGATIVE,,0"),
               "milestone": FILES["milestone"].replace("A-001,INCLUDED,2025-02-01", "A-001,INCLUDED,2025-02-03")}  # fmt: skip
    delivery = read(house(tmp_path / "b", **changed), previous=before(tmp_path))
    assert rows(delivery, "ctdna_result", "result_id", "day", "resulted_day") == [("R1", 43, 53), ("R2", 88, 98), ("R2/1", 88, 98)]


def test_a_failed_result_is_no_flip(tmp_path):
    delivery = again(tmp_path, ctdna_result=FIRST.replace("NEGATIVE,,0", "NOT_EVALUABLE,,"))
    assert ("evaluability_changed", "A-001") in asked(delivery) and "result_flipped" not in rules(delivery)


def test_a_result_that_vanished_and_a_draw_that_moved(tmp_path):
    assert asked(again(tmp_path, ctdna_result=FIRST.splitlines()[0] + "\n" + FIRST.splitlines()[2] + "\n")) == [("result_vanished", "A-001")]


def test_a_draw_that_moved(tmp_path):
    assert ("draw_moved", "A-001") in asked(again(tmp_path, ctdna_result=FIRST.replace("R1,A-001,2025-03-18", "R1,A-001,2025-03-19")))


def test_a_result_that_another_now_replaces_is_compared_by_that_one(tmp_path):
    header = "result_id,subject_id,date,resulted_date,call,mtm_per_ml,variants_detected,superseded_by\n"
    lines = "R1,A-001,2025-03-18,2025-03-28,NEGATIVE,,0,\nR2,A-001,2025-05-02,2025-05-12,POSITIVE,0.4,3,R3\nR3,A-001,2025-05-02,2025-06-12,NEGATIVE,,0,\n"
    delivery = again(tmp_path, ctdna_result=header + lines)
    assert asked(delivery) == [("result_flipped", "A-001")] and len(rows(delivery, "ctdna_result", "result_id")) == 3


def test_a_progression_withdrawn_or_moved(tmp_path):
    assert asked(again(tmp_path, response=FILES["response"].replace(",PD", ",SD"))) == [("progression_withdrawn", "A-001")]


def test_a_progression_that_moved(tmp_path):
    assert asked(again(tmp_path, response=FILES["response"].replace("2025-08-03", "2025-08-13"))) == [("progression_moved", "A-001")]


def test_a_serious_event_withdrawn_is_asked_about_and_another_only_counted(tmp_path):
    assert asked(again(tmp_path, ae=FILES["ae"].replace("A-001,FALL,3,Y,2025-03-03\n", ""))) == [("serious_event_withdrawn", "A-001")]


def test_an_event_withdrawn_is_counted(tmp_path):
    delivery = again(tmp_path, ae=FILES["ae"].replace("A-001,COUGH,1,N,2025-03-05\n", ""))
    assert asked(delivery) == []
    assert the(delivery, "changed_since_previous").message == "ae, against the data cut of 2026-01-31: added 0, of them dated before it 0; corrected 0; no longer there 1."


def test_late_entries_are_counted_and_new_ones_are_not_late(tmp_path):
    added = FILES["ae"] + "A-002,RASH,2,N,2025-06-03\nA-002,FEVER,2,N,2026-02-03\n"
    assert "added 2, of them dated before it 1; corrected 0;" in the(again(tmp_path, ae=added), "changed_since_previous").message
    new = FIRST + "R3,A-001,2026-01-30,2026-02-09,NEGATIVE,,0\n"
    assert "changed_since_previous" not in rules(again(tmp_path, "third", ctdna_result=new))  # drawn before, reported after it


def test_an_older_delivery_is_not_compared(tmp_path):
    earlier = before(tmp_path)
    delivery = read(house(tmp_path / "old", data_cut="study_id,cut_off\nHEROES,2025-06-30\n", **FILES), previous=earlier)
    assert {"death_undone", "result_vanished", "changed_since_previous"}.isdisjoint(rules(delivery))


def test_a_partial_delivery_is_compared_too(tmp_path):
    delivery = read(write(tmp_path / "lab", ctdna_result=RESULTS + "R1,A-001,2025-03-18,2025-03-28,POSITIVE,0.9,5\n"), previous=before(tmp_path), cut_off=LATER)
    assert ("result_flipped", "A-001") in asked(delivery) and "changed_since_previous" not in rules(delivery)
    assert CUT_OFF < LATER


def test_no_query_about_the_previous_cut_names_a_value(tmp_path):
    delivery = again(tmp_path, ctdna_result=FIRST.replace("POSITIVE,0.4,3", "NEGATIVE,0.7777,0"), milestone=FILES["milestone"].replace("2025-12-24", "2025-11-11"))
    words = " ".join(finding.message + finding.remedy for finding in delivery.findings)
    assert not [value for value in ("0.7777", "0.4", "2025-11", "2025-12", "POSITIVE", "A-001") if value in words]
