"""A partial delivery laid over the previous cut: added, amended, superseded; nothing silently dropped."""

from datetime import date

from heroes.intake.route import EarlierCut
from tests.intake.deliveries import CUT_OFF, MANIFEST, house, read, rows, rules, the, write

DRAWS = "result_id,subject_id,date,call,mtm_per_ml\n"
LATER = date(2026, 2, 28)


def earlier(tmp_path, **files) -> EarlierCut:
    contents = read(house(tmp_path / "whole", **files)).contents
    return EarlierCut(contents.study_id, contents.cut_off, contents.tables, simulated=contents.simulated)


def test_new_results_join_those_that_are_there_and_days_count_from_the_same_day_0(tmp_path):
    before = earlier(tmp_path, ctdna_result=DRAWS + "R1,A-001,2025-03-18,NEGATIVE,\n")
    lab = write(tmp_path / "lab", ctdna_result=DRAWS + "R2,A-001,2026-02-02,POSITIVE,0.5\n")
    delivery = read(lab, previous=before, cut_off=LATER)
    assert rows(delivery, "ctdna_result", "result_id", "day") == [("R1", 45), ("R2", 366)]
    assert "1 row added, 0 amended, 0 unchanged, 1 kept" in the(delivery, "laid_over_previous_cut").message
    assert delivery.contents.study_id == "HEROES"


def test_the_patients_clocks_run_on_to_the_new_cut_off(tmp_path):
    lab = write(tmp_path / "lab", ctdna_result=DRAWS + "R2,A-001,2026-02-02,NEGATIVE,\n")
    delivery = read(lab, previous=earlier(tmp_path), cut_off=LATER)
    assert rows(delivery, "subject", "origin_to_cut_off_days") == [(392,), (362,)]  # 364 + 28, 334 + 28
    assert delivery.contents.cut_off == LATER


def test_an_amended_result_keeps_its_history(tmp_path):
    before = earlier(tmp_path, ctdna_result=DRAWS + "R1,A-001,2025-03-18,NEGATIVE,\n")
    lab = write(tmp_path / "lab", ctdna_result=DRAWS + "R1,A-001,2025-03-18,POSITIVE,0.4\n")
    delivery = read(lab, previous=before, cut_off=LATER)
    assert rows(delivery, "ctdna_result", "result_id", "call", "amended", "superseded_by") == [
        ("R1", "POSITIVE", True, None), ("R1/1", "NEGATIVE", False, "R1")]
    assert the(delivery, "result_superseded").subject_id == "A-001"
    again = EarlierCut("HEROES", LATER, delivery.contents.tables)
    more = write(tmp_path / "more", ctdna_result=DRAWS + "R1,A-001,2025-03-18,POSITIVE,0.5\n")
    third = read(more, previous=again, cut_off=LATER)
    assert rows(third, "ctdna_result", "result_id", "quantity", "superseded_by") == [("R1", 0.5, None), ("R1/1", None, "R1"), ("R1/2", 0.4, "R1")]


def test_the_same_results_again_change_nothing(tmp_path):
    lines = DRAWS + "R1,A-001,2025-03-18,NEGATIVE,\n"
    delivery = read(write(tmp_path / "lab", ctdna_result=lines), previous=earlier(tmp_path, ctdna_result=lines), cut_off=CUT_OFF)
    assert "0 rows added, 0 amended, 1 unchanged" in the(delivery, "laid_over_previous_cut").message
    assert rows(delivery, "ctdna_result", "result_id") == [("R1",)]


def test_a_new_treatment_does_not_replace_the_first_one(tmp_path):
    given = "subject_id,agent_class,start_date,reason\n"
    before = earlier(tmp_path, treatment=given + "A-001,T-DM1,2023-01-01,MAINTENANCE\n")
    delivery = read(write(tmp_path / "more", treatment=given + "A-001,T-DM1,2025-10-01,RESUME_OTHER\n"), previous=before, cut_off=LATER)
    assert rows(delivery, "treatment", "seq", "start_day", "reason") == [(1, -762, "MAINTENANCE"), (2, 242, "RESUME_OTHER")]


def test_a_step_that_happens_once_is_moved_and_a_repeated_one_added(tmp_path):
    steps = "subject_id,kind,date\n"
    before = earlier(tmp_path, milestone="subject_id,kind,date\nA-001,INCLUDED,2025-02-01\nA-001,TX_STOP,2025-02-02\nA-001,LAST_ALIVE,2025-05-01\n")
    delivery = read(write(tmp_path / "more", milestone=steps + "A-001,LAST_ALIVE,2026-02-01\nA-001,TX_STOP,2025-08-01\n"), previous=before, cut_off=LATER)
    assert rows(delivery, "milestone", "kind", "seq", "day") == [
        ("INCLUDED", 1, 0), ("LAST_ALIVE", 1, 365), ("TX_STOP", 1, 1), ("TX_STOP", 2, 181)]


def test_results_of_a_patient_nobody_knows_are_refused(tmp_path):
    lab = write(tmp_path / "lab", ctdna_result=DRAWS + "R2,A-009,2026-02-02,NEGATIVE,\n")
    assert rules(read(lab, previous=earlier(tmp_path), cut_off=LATER), "ERROR") == ["unknown_patient"]


def test_a_partial_delivery_without_an_earlier_cut_is_refused(tmp_path):
    lab = write(tmp_path / "lab", data_cut=MANIFEST, ctdna_result=DRAWS + "R2,A-001,2026-01-02,NEGATIVE,\n")
    assert rules(read(lab), "ERROR") == ["no_patients"]


def test_a_partial_delivery_older_than_the_cut_is_refused(tmp_path):
    lab = write(tmp_path / "lab", ctdna_result=DRAWS + "R2,A-001,2025-06-02,NEGATIVE,\n")
    assert rules(read(lab, previous=earlier(tmp_path), cut_off=date(2025, 12, 1)), "ERROR") == ["cut_off_before_previous"]


def test_an_unnamed_cut_off_is_not_before_that_of_the_previous_cut(tmp_path):
    lab = write(tmp_path / "lab", ctdna_result=DRAWS + "R2,A-001,2025-06-02,NEGATIVE,\n")
    assert read(lab, previous=earlier(tmp_path)).contents.cut_off == CUT_OFF


def test_a_delivery_of_another_study_is_refused(tmp_path):
    other = house(tmp_path / "other", data_cut="study_id,cut_off\nOTHER,2026-01-31\n")
    assert rules(read(other, previous=earlier(tmp_path)), "ERROR") == ["another_study"]
