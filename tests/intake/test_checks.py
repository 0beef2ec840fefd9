"""What must hold, or nothing is published: every error in one pass, none of them with a value."""

import pytest

from heroes.protocol import read_protocol
from tests.intake.deliveries import MANIFEST, STEPS, SUBJECTS, house, read, rows, rules, the, write


def test_all_errors_are_collected_in_one_pass(tmp_path):
    folder = house(
        tmp_path / "d",
        subject="subject_id,site_id,age_y,sex\nA-001,01,17,F\nA-002,,55,X\n",
        tte="subject_id,paramcd,aval,cnsr\nA-001,PFS,10,-1\nA-001,OS,ten,0.5\n",
    )
    found = {(finding.rule, finding.table, finding.column, finding.row) for finding in read(folder).findings if finding.severity == "ERROR"}
    assert found == {
        ("outside_limits", "subject", "age_y", "2"), ("missing_value", "subject", "site_id", "3"), ("not_in_list", "subject", "sex", "3"),
        ("outside_limits", "tte", "cnsr", "2"), ("wrong_type", "tte", "cnsr", "3"), ("not_a_number", "tte", "aval", "3"),
        ("missing_value", "tte", "aval", "3"),
    }  # fmt: skip


def test_no_error_repeats_a_value(tmp_path):
    folder = house(tmp_path / "d", subject="subject_id,site_id,age_y,sex\nA-001,01,173,Hidden\nA-002,02,55,F\n")
    for finding in read(folder).findings:
        assert "Hidden" not in str(finding) and "173" not in str(finding)


def test_limits_and_lists_are_named(tmp_path):
    delivery = read(house(tmp_path / "d", subject="subject_id,site_id,age_y,sex\nA-001,01,12,X\nA-002,02,55,F\n"))
    assert "at least 18, at most 110" in the(delivery, "outside_limits").message
    assert "F, M or U" in the(delivery, "not_in_list").message


def test_ages_above_89_are_stored_as_90(tmp_path):
    delivery = read(house(tmp_path / "d", subject="subject_id,site_id,age_y\nA-001,01,94\nA-002,02,89\n"))
    assert rows(delivery, "subject", "age_y") == [(90,), (89,)]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("subject", SUBJECTS + "A-001,01,61,F\n"),
        ("ctdna_result", "result_id,subject_id,date,call\nR1,A-001,2025-03-18,NEGATIVE\nR1,A-002,2025-03-19,NEGATIVE\n"),
        ("tte", "subject_id,paramcd,aval,cnsr\nA-001,PFS,10,1\nA-001,PFS,12,1\n"),
    ],
)
def test_duplicate_keys_are_refused(tmp_path, table, text):
    assert "duplicate_key" in rules(read(house(tmp_path / "d", **{table: text})), "ERROR")


def test_rows_of_a_patient_who_is_not_there_are_refused_with_their_rows(tmp_path):
    delivery = read(house(tmp_path / "d", milestone=STEPS + "A-009,CONSENT1,2025-03-03\n"))
    finding = the(delivery, "unknown_patient")
    assert (finding.severity, finding.file, finding.row) == ("ERROR", "milestone.csv", "5") and "A-009" not in str(finding)


def test_a_site_that_is_not_in_the_delivered_site_table_is_refused(tmp_path):
    delivery = read(house(tmp_path / "d", site="site_id,activated_on\n01,2025-01-01\n"))
    assert the(delivery, "unknown_site").table == "subject"


def test_sites_come_from_their_patients_where_no_site_table_is_delivered(tmp_path):
    assert rows(read(house(tmp_path / "d")), "site", "site_id", "activated_on") == [("01", None), ("02", None)]


def test_a_lesion_that_was_never_identified_is_refused(tmp_path):
    delivery = read(house(tmp_path / "d", lesion_measure="lesion_id,subject_id,date,diameter_mm\nL1,A-001,2025-03-01,12\n"))
    assert rules(delivery, "ERROR") == ["unknown_lesion"]


def test_a_result_replaced_by_one_that_is_absent_is_refused(tmp_path):
    draws = "result_id,subject_id,date,call,superseded_by\nR1,A-001,2025-03-18,NEGATIVE,R9\n"
    assert rules(read(house(tmp_path / "d", ctdna_result=draws)), "ERROR") == ["replacing_result_absent"]


def test_columns_that_are_none_of_ours_are_named_in_a_note(tmp_path):
    delivery = read(house(tmp_path / "d", subject="subject_id,site_id,shoe_size\nA-001,01,39\nA-002,02,40\n"))
    assert "shoe_size" in the(delivery, "columns_not_used").message


def test_two_studies_in_one_delivery_are_refused(tmp_path):
    folder = write(tmp_path / "d", adsl="STUDYID,USUBJID,SITEID,RANDDT\nX-1,A-1,01,2025-01-01\nX-2,A-2,01,2025-01-01\n")
    assert "several_studies" in rules(read(folder), "ERROR")


def test_a_delivery_that_names_no_study_is_taken_for_the_protocols_with_a_note(tmp_path):
    delivery = read(write(tmp_path / "d", subject=SUBJECTS, milestone=STEPS))
    assert delivery.contents.study_id == read_protocol().trial.study_ids[0]
    assert "study_assumed" in rules(delivery, "NOTE")


def test_a_file_that_cannot_be_read_is_told_alone(tmp_path):
    (tmp_path / "adsl.xpt").write_bytes(b"HEADER RECORD" * 9)
    assert "study_not_named" not in rules(read(tmp_path), "ERROR")


def test_a_manifest_with_two_rows_or_a_wrong_date_is_refused(tmp_path):
    assert "manifest_rows" in rules(read(house(tmp_path / "a", data_cut=MANIFEST + "HEROES,2026-01-31,false\n")), "ERROR")
    assert "manifest_value" in rules(read(house(tmp_path / "b", data_cut="study_id,cut_off\nHEROES,31/01/2026\n")), "ERROR")


def test_the_schedule_is_the_protocols_where_none_is_delivered(tmp_path):
    delivery = read(house(tmp_path / "d"))
    plan = dict(rows(delivery, "visit_plan", "visit_code", "planned_day"))
    assert plan["M1.5"] == 46 and plan["M12"] == 365 and plan["M24"] == 730  # 1.5 * 30.4375 = 45.66
    assert (plan["SCAN1"], plan["SCAN8"]) == (91, 728) and len(plan) == 17
    other = read(house(tmp_path / "e", data_cut="study_id,cut_off\nOTHER,2026-01-31\n"))
    assert "visit_plan" not in other.contents.tables and "another_trial" in rules(other, "NOTE")


def test_a_simulated_study_says_so(tmp_path):
    delivery = read(house(tmp_path / "d", data_cut="study_id,cut_off\nHEROES-SIM,2026-01-31\n"))
    assert delivery.contents.simulated and "visit_plan" in delivery.contents.tables
