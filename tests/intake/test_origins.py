"""Day 0, the cut-off, and what lies after it."""

from datetime import date

from heroes.intake.route import read_delivery
from tests.intake.deliveries import CUT_OFF, PROTOCOL, house, mapped, read, rows, rules, the, write

DRAWS = "result_id,subject_id,date,resulted_date,call,mtm_per_ml\n"


def test_day_0_is_the_inclusion_else_the_first_consent(tmp_path):
    delivery = read(house(tmp_path / "d"))
    # 1 February 2025 to 31 January 2026 are 364 days; 3 March 2025 to then 334
    assert rows(delivery, "subject", "subject_id", "origin_kind", "origin_to_cut_off_days") == [
        ("A-001", "INCLUSION", 364), ("A-002", "CONSENT1", 334)]
    assert rows(delivery, "milestone", "subject_id", "kind", "day") == [
        ("A-001", "CONSENT1", -30), ("A-001", "INCLUDED", 0), ("A-002", "CONSENT1", 0)]


def test_without_inclusion_and_consent_day_0_is_the_first_dated_record_and_said(tmp_path):
    visits = "subject_id,visit_code,date,status\nA-003,V2,2025-05-08,DONE\nA-003,V1,2025-05-01,DONE\n"
    subjects = "subject_id,site_id\nA-001,01\nA-002,02\nA-003,01\n"
    delivery = read(house(tmp_path / "d", subject=subjects, visit=visits))
    assert rows(delivery, "subject", "subject_id", "origin_kind")[2] == ("A-003", "FIRST_RECORD")
    assert rows(delivery, "visit", "visit_code", "day") == [("V1", 0), ("V2", 7)]
    assert "1 patient has neither" in the(delivery, "day_0_is_first_record").message


def test_a_patient_without_any_date_is_kept_and_has_no_time(tmp_path):
    delivery = read(house(tmp_path / "d", subject="subject_id,site_id\nA-001,01\nA-002,02\nA-009,01\n"))
    assert rows(delivery, "subject", "subject_id", "origin_to_cut_off_days")[2] == ("A-009", None)
    assert "no dated record" in the(delivery, "no_dated_record").message


def test_the_cut_off_is_the_one_that_was_asked_for(tmp_path):
    folder = house(tmp_path / "d")
    assert read(folder).contents.cut_off == CUT_OFF
    assert read(folder, cut_off=date(2026, 3, 1)).contents.cut_off == date(2026, 3, 1)
    assert mapped(folder, "cut_off = 2026-02-01\n").contents.cut_off == date(2026, 2, 1)


def test_a_cut_off_that_nobody_names_is_the_latest_date_and_said(tmp_path):
    delivery = read(house(tmp_path / "d", data_cut="study_id\nHEROES\n"))
    assert delivery.contents.cut_off == date(2025, 3, 3)
    assert "latest date" in the(delivery, "cut_off_inferred").message


def test_what_lies_after_the_cut_off_is_left_out_with_a_query(tmp_path):
    draws = DRAWS + "R1,A-001,2025-03-18,2025-03-28,NEGATIVE,\nR2,A-001,2026-02-02,2026-02-12,NEGATIVE,\nR3,A-001,2026-01-30,2026-02-09,POSITIVE,0.5\n"
    delivery = read(house(tmp_path / "d", ctdna_result=draws))
    assert rows(delivery, "ctdna_result", "result_id", "day", "resulted_day") == [("R1", 45, 55)]
    finding = the(delivery, "after_cut_off")
    assert (finding.subject_id, finding.row, finding.table) == ("A-001", "3, 4", "ctdna_result")


def test_a_sample_not_yet_received_and_a_treatment_not_yet_ended_lose_only_that_date(tmp_path):
    delivery = read(house(
        tmp_path / "d",
        specimen="specimen_id,subject_id,collected_date,received_date\nS1,A-001,2026-01-30,2026-02-02\n",
        treatment="subject_id,agent_class,start_date,end_date,reason\nA-001,T-DM1,2024-01-01,2026-02-05,MAINTENANCE\n",
    ))
    assert rows(delivery, "specimen", "collected_day", "received_day") == [(363, None)]
    assert rows(delivery, "treatment", "start_day", "end_day") == [(-397, None)]


def test_a_patient_of_whom_everything_lies_later_is_not_there_yet(tmp_path):
    delivery = read(house(tmp_path / "d"), cut_off=date(2025, 2, 28))
    assert rows(delivery, "subject", "subject_id") == [("A-001",)]
    assert the(delivery, "patient_after_cut_off").subject_id == "A-002"


def test_an_inclusion_after_the_cut_off_is_not_known_yet(tmp_path):
    delivery = read(house(tmp_path / "d"), cut_off=date(2025, 1, 15))
    assert rows(delivery, "subject", "subject_id", "origin_kind", "origin_to_cut_off_days") == [("A-001", "CONSENT1", 13)]


def test_a_partial_date_leaves_its_row_out_with_a_query(tmp_path):
    delivery = read(house(tmp_path / "d", response="subject_id,date,evaluator,criteria,overall\nA-001,2025-05,INVESTIGATOR,RECIST 1.1,SD\nA-001,2025-06-01,INVESTIGATOR,RECIST 1.1,SD\n"))
    assert rows(delivery, "response", "day") == [(120,)]
    finding = the(delivery, "partial_date")
    assert (finding.severity, finding.row, finding.column, finding.subject_id) == ("QUERY", "2", "date", "A-001")


def test_study_days_count_from_the_reference_date_which_is_day_1(tmp_path):
    folder = write(
        tmp_path / "d",
        dm="STUDYID,USUBJID,SITEID,RFSTDTC,RFICDTC\nHEROES,A-1,01,2025-02-03,2025-01-02\n",
        ds="STUDYID,USUBJID,DSDECOD,DSCAT,DSSTDTC\nHEROES,A-1,ENROLLED,PROTOCOL MILESTONE,2025-02-01\n",
        rs="STUDYID,USUBJID,RSTESTCD,RSSTRESC,RSEVAL,RSDY\nHEROES,A-1,OVRLRESP,SD,INVESTIGATOR,1\nHEROES,A-1,OVRLRESP,SD,INVESTIGATOR,-1\n",
    )
    delivery = read(folder, cut_off=CUT_OFF)
    # Day 1 is 3 February, day -1 the day before it; the inclusion was on 1 February.
    assert rows(delivery, "response", "day") == [(1,), (2,)]
    assert "study_days_used" in rules(delivery, "NOTE")


def test_days_of_our_own_layout_are_taken_as_they_are(tmp_path):
    delivery = read(write(
        tmp_path / "d",
        data_cut="study_id,cut_off\nHEROES,2026-01-31\n",
        subject="subject_id,site_id,origin_kind,origin_to_cut_off_days\nA-1,01,INCLUSION,100\n",
        milestone="subject_id,kind,seq,day\nA-1,INCLUDED,1,0\nA-1,TX_STOP,1,3\n",
    ))
    assert rows(delivery, "milestone", "kind", "day") == [("INCLUDED", 0), ("TX_STOP", 3)]
    assert rows(delivery, "subject", "origin_to_cut_off_days") == [(100,)]


def test_an_inclusion_on_another_day_than_day_0_is_refused(tmp_path):
    delivery = read(write(
        tmp_path / "d",
        data_cut="study_id,cut_off\nHEROES,2026-01-31\n",
        subject="subject_id,site_id,origin_kind,origin_to_cut_off_days\nA-1,01,INCLUSION,100\n",
        milestone="subject_id,kind,seq,day\nA-1,INCLUDED,1,4\n",
    ))
    assert rules(delivery, "ERROR") == ["inclusion_is_not_day_0"]


def test_sas_day_numbers_in_a_column_of_numbers_are_converted_and_said(reference, project):
    folder, mapping = reference / "trial_pharmaverse" / "dataset_json", project / "examples" / "mappings" / "trial_pharmaverse.toml"
    patients = folder / "adsl.json"
    days = read_delivery([patients, folder / "adtte_onco_dates_as_sas_days.json"], protocol=PROTOCOL, mapping=mapping)
    dates = read_delivery([patients, folder / "adtte_onco.json"], protocol=PROTOCOL, mapping=mapping)
    assert days.contents.tables["tte"].equals(dates.contents.tables["tte"])
    assert "day_numbers" in rules(days, "NOTE")


RELATIVE = """
study_id = "X-1"
cut_off = 2026-01-31
time = {{ unit = "days", origin = "{origin}" }}
site = {{ id = "1" }}
[[table]]
from = "patients"
to = "subject"
columns = {{ subject_id = "Pat" }}
[[table]]
from = "patients"
to = "milestone"
columns = {{ subject_id = "Pat" }}
unpivot = [
    {{ kind = {{ constant = "{step}" }}, day = "Step" }},
    {{ kind = {{ constant = "DEATH" }}, day = "Died" }},
]
"""


def test_the_day_0_of_relative_times_is_the_step_that_is_named(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Step,Died\nA-1,-10,50\n")
    delivery = mapped(folder, RELATIVE.format(origin="INCLUDED", step="CONSENT1"))
    assert rows(delivery, "milestone", "kind", "day") == [("CONSENT1", -10), ("DEATH", 50), ("INCLUDED", 0)]
    assert rows(delivery, "subject", "origin_kind") == [("INCLUSION",)]


def test_a_consent_on_day_0_lies_before_the_inclusion_that_days_are_counted_from(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Step,Died\nA-1,14,50\n")
    delivery = mapped(folder, RELATIVE.format(origin="CONSENT1", step="INCLUDED"))
    # The inclusion, 14 days after the consent, becomes day 0; the death on day 50 after the consent is 36 days after it.
    assert rows(delivery, "milestone", "kind", "day") == [("CONSENT1", -14), ("DEATH", 36), ("INCLUDED", 0)]


def test_a_patient_without_any_step_has_the_one_that_is_named(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Step,Died\nA-1,,\n")
    delivery = mapped(folder, RELATIVE.format(origin="CONSENT1", step="INCLUDED"))
    assert rows(delivery, "milestone", "kind", "day") == [("CONSENT1", 0)]
    assert rows(delivery, "subject", "origin_kind") == [("CONSENT1",)]
