"""Several sources of one table: who is believed, what is filled, what is asked."""

from tests.intake.deliveries import CUT_OFF, mapped, read, rows, rules, the, write

DM = "STUDYID,USUBJID,SITEID,AGE,SEX,RFSTDTC,RFICDTC,DTHDTC,ARMNRS\n"
ADSL = "STUDYID,USUBJID,SITEID,AGE,SEX,ENRLDT,RANDDT,DTHDT,EOSSTT,EOSDT,DCSREAS,LSTALVDT\n"
DS = "STUDYID,USUBJID,DSTERM,DSDECOD,DSCAT,DSSTDTC\n"


def steps(delivery) -> dict:
    return {kind: day for kind, day in rows(delivery, "milestone", "kind", "day")}


def test_dm_fills_what_adsl_leaves_empty_and_a_conflict_is_asked(tmp_path):
    folder = write(
        tmp_path / "d",
        adsl=ADSL + "X-1,A-1,01,,F,2025-02-01,,,,,,\nX-1,A-2,01,50,F,2025-02-01,,,,,,\n",
        dm=DM + "X-1,A-1,01,61,F,,,,\nX-1,A-2,01,50,M,,,,\n",
    )
    delivery = read(folder, cut_off=CUT_OFF)
    assert rows(delivery, "subject", "subject_id", "age_y", "sex") == [("A-1", 61, "F"), ("A-2", 50, "F")]
    finding = the(delivery, "sources_disagree")
    assert (finding.subject_id, finding.column) == ("A-2", "sex") and "adsl.csv, dm.csv" == finding.file


def test_the_enrolment_date_is_believed_before_the_randomisation(tmp_path):
    folder = write(tmp_path / "d", adsl=ADSL + "X-1,A-1,01,61,F,2025-02-01,2025-02-05,,,,,2025-03-01\n")
    delivery = read(folder, cut_off=CUT_OFF)
    assert steps(delivery) == {"INCLUDED": 0, "LAST_ALIVE": 28}
    assert the(delivery, "conflicting_dates").subject_id == "A-1"


def test_the_same_step_from_three_sources_on_one_day_is_one_step(tmp_path):
    folder = write(
        tmp_path / "d",
        adsl=ADSL + "X-1,A-1,01,61,F,2025-02-01,,2025-06-01,,,,\n",
        dm=DM + "X-1,A-1,01,61,F,2025-02-03,2025-01-02,2025-06-01T08:00,\n",
        ds=DS + "X-1,A-1,ENROLLED,ENROLLED,PROTOCOL MILESTONE,2025-02-01\nX-1,A-1,DEATH,DEATH,DISPOSITION EVENT,2025-06-01\n",
    )
    delivery = read(folder, cut_off=CUT_OFF)
    assert steps(delivery) == {"CONSENT1": -30, "INCLUDED": 0, "DEATH": 120}
    assert rules(delivery, "QUERY") == []


def test_the_reference_start_date_is_the_inclusion_only_where_nothing_else_is(tmp_path):
    alone = write(tmp_path / "a", dm=DM + "X-1,A-1,01,61,F,2025-02-03,,,\n")
    delivery = read(alone, cut_off=CUT_OFF)
    assert steps(delivery) == {"INCLUDED": 0} and "RFSTDTC" in the(delivery, "fallback_used").message
    # A-2 was screened only: an inclusion of A-1 elsewhere in the delivery shows that RFSTDTC is not the inclusion.
    beside = write(
        tmp_path / "b",
        dm=DM + "X-1,A-1,01,61,F,2025-02-03,2025-01-02,,\nX-1,A-2,01,61,F,2025-02-03,2025-01-02,,\n",
        ds=DS + "X-1,A-1,ENROLLED,ENROLLED,PROTOCOL MILESTONE,2025-02-01\n",
    )
    delivery = read(beside, cut_off=CUT_OFF)
    assert rows(delivery, "milestone", "subject_id", "kind") == [("A-1", "CONSENT1"), ("A-1", "INCLUDED"), ("A-2", "CONSENT1")]
    assert "fallback_used" not in rules(delivery)


def test_two_consents_are_told_apart_by_their_term(tmp_path):
    folder = write(
        tmp_path / "d", dm=DM + "X-1,A-1,01,61,F,,2025-01-02,,\n",
        ds=DS + "X-1,A-1,SECOND CONSENT,INFORMED CONSENT OBTAINED,PROTOCOL MILESTONE,2025-01-30\n"
        "X-1,A-1,Signed,INFORMED CONSENT OBTAINED,PROTOCOL MILESTONE,2025-01-02\n",
    )
    assert steps(read(folder, cut_off=CUT_OFF)) == {"CONSENT1": 0, "CONSENT2": 28}


def test_a_screen_failure_is_failed_and_one_still_in_screening_pending(tmp_path):
    folder = write(
        tmp_path / "d", dm=DM + "X-1,A-1,01,61,F,,2025-01-02,,\nX-1,A-2,01,61,F,,2025-01-02,,\nX-1,A-3,01,61,F,,2025-01-02,,SCREEN FAILURE\n",
        ds=DS + "X-1,A-1,CTDNA_POSITIVE_BASELINE,SCREEN FAILURE,DISPOSITION EVENT,2025-02-01\n",
    )
    assert rows(read(folder, cut_off=CUT_OFF), "screen_outcome", "subject_id", "status", "reason") == [
        ("A-1", "FAILED", "CTDNA_POSITIVE_BASELINE"), ("A-2", "PENDING", None), ("A-3", "FAILED", None)]


def test_the_end_of_study_is_the_dispositions_word_before_adsls(tmp_path):
    folder = write(
        tmp_path / "d",
        adsl=ADSL + "X-1,A-1,01,61,F,2025-02-01,,,DISCONTINUED,2025-05-05,,\nX-1,A-2,01,61,F,2025-02-01,,,DISCONTINUED,2025-05-05,WITHDRAWAL BY SUBJECT,\n"
        "X-1,A-3,01,61,F,2025-02-01,,2025-05-05,DISCONTINUED,2025-05-05,,\n",
        ds=DS + "X-1,A-1,gone,LOST TO FOLLOW-UP,DISPOSITION EVENT,2025-05-01\n",
    )
    delivery = read(folder, cut_off=CUT_OFF)
    assert rows(delivery, "milestone", "subject_id", "kind", "day") == [
        ("A-1", "INCLUDED", 0), ("A-1", "LTFU", 89), ("A-2", "INCLUDED", 0), ("A-2", "WITHDRAWN", 93),
        ("A-3", "DEATH", 93), ("A-3", "INCLUDED", 0)]  # fmt: skip


def test_independent_readers_keep_their_names_and_the_accepted_one_stands_for_them(tmp_path):
    rs = "STUDYID,USUBJID,RSTESTCD,RSSTRESC,RSEVAL,RSEVALID,RSACPTFL,RSDTC\n"
    folder = write(
        tmp_path / "d", dm=DM + "X-1,A-1,01,61,F,2025-02-01,,,\n",
        rs=rs + "X-1,A-1,OVRLRESP,SD,INDEPENDENT ASSESSOR,RADIOLOGIST 1,,2025-03-01\nX-1,A-1,OVRLRESP,PD,INDEPENDENT ASSESSOR,RADIOLOGIST 2,Y,2025-03-01\n"
        "X-1,A-1,OVRLRESP,SD,INVESTIGATOR,,,2025-03-01\nX-1,A-1,TRGRESP,PR,INVESTIGATOR,,,2025-03-01\nX-1,A-1,NEWLIND,N,INVESTIGATOR,,,2025-03-01\n"
        "X-1,A-1,OVRLRESP,NE,INVESTIGATOR,,,2025-04-01\n",
    )
    delivery = read(folder, cut_off=CUT_OFF)
    assert rows(delivery, "response", "day", "evaluator", "overall", "target", "new_lesion", "evaluable") == [
        (28, "INDEPENDENT ASSESSOR", "PD", None, None, True),
        (28, "INDEPENDENT ASSESSOR: RADIOLOGIST 1", "SD", None, None, True),
        (28, "INVESTIGATOR", "SD", "PR", False, True),
        (59, "INVESTIGATOR", "NE", None, None, False),
    ]


def test_adam_responses_are_used_only_where_the_source_is_not_delivered(tmp_path):
    adrs = "STUDYID,USUBJID,PARAMCD,AVALC,ADT\nX-1,A-1,OVRINV,SD,2025-03-01\nX-1,A-1,BESRSPI,PR,2025-03-01\n"
    rs = "STUDYID,USUBJID,RSTESTCD,RSSTRESC,RSEVAL,RSDTC\nX-1,A-1,OVRLRESP,PD,INVESTIGATOR,2025-03-01\n"
    dm = DM + "X-1,A-1,01,61,F,2025-02-01,,,\n"
    only = read(write(tmp_path / "a", dm=dm, adrs=adrs), cut_off=CUT_OFF)
    assert rows(only, "response", "overall", "evaluator", "criteria") == [("SD", "INVESTIGATOR", "OTHER")]
    both = read(write(tmp_path / "b", dm=dm, adrs=adrs, rs=rs), cut_off=CUT_OFF)
    assert rows(both, "response", "overall") == [("PD",)]
    assert "RS tells the same" in the(both, "dataset_not_used").message


def test_delivered_times_come_in_days_by_their_unit(tmp_path):
    adtte = "STUDYID,USUBJID,PARAMCD,AVAL,AVALU,CNSR,STARTDT,ADT\nX-1,A-1,PFS,12,MONTHS,0,2025-02-01,\nX-1,A-1,OS,52,WEEKS,1,,\nX-1,A-1,TNE,3,COUNT,1,,\nX-1,A-1,EFS,30,,1,,2025-03-03\n"
    delivery = read(write(tmp_path / "d", dm=DM + "X-1,A-1,01,61,F,2025-02-01,,,\n", adtte=adtte), cut_off=CUT_OFF)
    # 12 * 30.4375 = 365.25; 52 * 7 = 364; a count is no time; no unit means days, and no start means day 0
    assert rows(delivery, "tte", "paramcd", "aval_days", "start_day", "end_day") == [
        ("EFS", 30.0, 0, 30), ("OS", 364.0, None, None), ("PFS", 365.25, 0, None), ("TNE", None, None, None)]
    assert {"unit_of_time_not_named", "start_is_day_0"} <= set(rules(delivery, "NOTE"))


def test_visits_are_done_missed_or_unplanned(tmp_path):
    sv = "STUDYID,USUBJID,VISIT,SVSTDTC,SVOCCUR,SVUPDES\nX-1,A-1,WEEK 2,2025-02-15,,\nX-1,A-1,WEEK 4,,N,\nX-1,A-1,UNSCHEDULED 1,2025-02-20,,\nX-1,A-1,EXTRA,2025-02-21,,pain\n"
    delivery = read(write(tmp_path / "d", dm=DM + "X-1,A-1,01,61,F,2025-02-01,,,\n", sv=sv), cut_off=CUT_OFF)
    assert rows(delivery, "visit", "visit_code", "day", "status") == [
        ("EXTRA", 20, "UNPLANNED"), ("UNSCHEDULED 1", 19, "UNPLANNED"), ("WEEK 2", 14, "DONE"), ("WEEK 4", None, "MISSED")]


LESIONS = """
study_id = "X-1"
cut_off = 2026-01-31
[[table]]
from = "tum"
to = "lesion"
distinct = true
columns = { lesion_id = "L", subject_id = "P", role = { constant = "TARGET" } }
[[table]]
from = "tum"
to = "lesion_measure"
columns = { lesion_id = "L", subject_id = "P", day = "On", diameter_mm = "Size" }
where = { Size = { present = true } }
[[table]]
from = "tum"
to = "lesion_measure"
fills = true
columns = { lesion_id = "L", subject_id = "P", day = "On", state = "State" }
where = { State = { present = true } }
"""


def test_parts_of_measures_keep_to_their_lesion(tmp_path):
    tum = "P,L,On,Size,State\nA-1,L1,2025-03-01,10,\nA-1,L2,2025-03-01,12,\nA-1,L2,2025-03-01,,PRESENT\nA-1,L3,2025-03-01,,ABSENT\n"
    delivery = mapped(write(tmp_path / "d", dm=DM + "X-1,A-1,01,61,F,,2025-02-01,,\n", tum=tum), LESIONS)
    assert rows(delivery, "lesion_measure", "lesion_id", "diameter_mm", "state") == [("L1", 10.0, None), ("L2", 12.0, "PRESENT")]
    finding = the(delivery, "part_without_whole")
    assert (finding.severity, finding.row, finding.subject_id) == ("QUERY", "5", "A-1")


def test_parts_without_any_whole_are_said(tmp_path):
    tum = "P,L,On,Size,State\nA-1,L1,2025-03-01,,ABSENT\n"
    delivery = mapped(write(tmp_path / "d", dm=DM + "X-1,A-1,01,61,F,,2025-02-01,,\n", tum=tum), LESIONS)
    assert "lesion_measure" not in delivery.contents.tables and "part_without_whole" in rules(delivery, "QUERY")


def test_parts_of_responses_with_study_days_only_find_their_overall_response(tmp_path):
    rs = "STUDYID,USUBJID,RSTESTCD,RSSTRESC,RSEVAL,RSDY\nX-1,A-1,OVRLRESP,SD,INVESTIGATOR,29\nX-1,A-1,TRGRESP,PR,INVESTIGATOR,29\nX-1,A-1,NEWLIND,N,INVESTIGATOR,57\n"
    delivery = read(write(tmp_path / "d", dm=DM + "X-1,A-1,01,61,F,2025-02-01,,,\n", rs=rs), cut_off=CUT_OFF)
    assert rows(delivery, "response", "day", "overall", "target", "new_lesion") == [(28, "SD", "PR", None)]
    assert the(delivery, "part_without_whole").row == "4"
