"""Datasets of SDTM and ADaM beside the patients, the results and the scans: what is taken of each, row by row."""

import pytest

from heroes.intake.files.dataset import names_of
from heroes.intake.questionnaires import instrument_of, item_of, reason_code
from heroes.intake.route import read_delivery
from tests.intake.deliveries import CUT_OFF, PROTOCOL, house, read, rows, rules, the, write

DM = "STUDYID,USUBJID,SITEID,RFICDTC\nHEROES,A-001,01,2025-01-02\nHEROES,A-002,02,2025-03-03\n"
DS = "USUBJID,DSCAT,DSDECOD,DSTERM,DSSTDTC\nA-001,PROTOCOL MILESTONE,ENROLLED,,2025-02-01\n"


def sdtm(folder, **files):
    """Two patients as SDTM: A-001 included on 1 February 2025, A-002 consented on 3 March 2025."""
    return read(write(folder, **{"dm": DM, "ds": DS, **files}), cut_off=CUT_OFF)


QS = "USUBJID,QSCAT,QSTESTCD,QSTEST,VISIT,QSDTC,QSSTRESN,QSSTAT,QSREASND\n"


def test_answers_come_with_their_items_and_forms_with_their_visits(tmp_path):
    lines = (
        "A-001,EORTC QLQ-C30 V3.0,QS02829,x,M3,2025-05-02,6,,\n"
        "A-001,EORTC QLQ-C30 V3.0,QS02830,x,M3,2025-05-02,,NOT DONE,\n"
        "A-001,EORTC QLQ-C30 V3.0,QSALL,x,M6,,,NOT DONE,Patient too ill to fill it in\n"
        "A-001,EORTC QLQ-BR23,BR2331,x,M3,2025-05-03,2,,\n"
        "A-001,EORTC QLQ-C30 V3.0,QSALL,x,M9,,,NOT DONE,Not applicable\n"
        "A-002,EORTC QLQ-C30 V3.0,QS02829,x,M3,2025-05-02,,NOT DONE,Refused\n"
    )
    delivery = sdtm(tmp_path / "d", qs=QS + lines)
    assert rows(delivery, "qs_item", "subject_id", "instrument", "day", "item_no", "value") == [
        ("A-001", "QLQ-BR23", 91, 31, 2), ("A-001", "QLQ-C30", 90, 29, 6), ("A-001", "QLQ-C30", 90, 30, None)]
    assert rows(delivery, "qs_form", "subject_id", "instrument", "visit_code", "day", "status", "reason") == [
        ("A-001", "QLQ-BR23", "M3", 91, "DONE", None),
        ("A-001", "QLQ-C30", "M3", 90, "DONE", None),
        ("A-001", "QLQ-C30", "M6", None, "MISSED", "TOO ILL"),
        ("A-001", "QLQ-C30", "M9", None, "NOT_EXPECTED", None),
        ("A-002", "QLQ-C30", "M3", None, "MISSED", "REFUSED")]
    assert rules(delivery, "QUERY") == []


def test_a_computed_score_is_counted_and_not_stored(tmp_path):
    lines = "A-001,QLQ-C30,QS02829,x,M3,2025-05-02,6,,\nA-001,QLQ-C30,QS028QL2,x,M3,2025-05-02,83.3,,\n"
    delivery = sdtm(tmp_path / "d", qs=QS + lines)
    assert rows(delivery, "qs_item", "item_no", "value") == [(29, 6)]
    assert the(delivery, "scores_not_stored").row == "3"


def test_a_questionnaire_nobody_knows_is_said_and_an_answer_in_words_refused(tmp_path):
    delivery = sdtm(tmp_path / "d", qs=QS + "A-001,HADS,HADS01,x,M3,2025-05-02,2,,\n")
    assert the(delivery, "questionnaire_not_known").row == "2" and "qs_item" not in delivery.contents.tables
    words = sdtm(tmp_path / "e", qs=QS + "A-001,QLQ-C30,C3001,x,M3,2025-05-02,very much,,\n")
    assert rules(words, "ERROR") == ["answer_not_a_number"]


def test_the_same_answer_twice_is_one_and_two_answers_are_refused(tmp_path):
    line = "A-001,QLQ-C30,C3029,x,M3,2025-05-02,{},,\n"
    assert rows(sdtm(tmp_path / "d", qs=QS + line.format(6) + line.format(6)), "qs_item", "value") == [(6,)]
    assert rows(sdtm(tmp_path / "n", qs=QS + line.format("") + line.format(6)), "qs_item", "value") == [(6,)]
    assert rules(sdtm(tmp_path / "e", qs=QS + line.format(6) + line.format(5)), "ERROR") == ["duplicate_key"]


def test_an_item_counted_from_1_in_the_breast_module_is_an_item_from_31(tmp_path):
    delivery = sdtm(tmp_path / "d", qsbr=QS + "A-001,QLQ-BR23,BR01,x,M3,2025-05-02,2,,\nA-001,QLQ-BR23,BR23,x,M3,2025-05-02,3,,\n")
    assert rows(delivery, "qs_item", "item_no", "value") == [(31, 2), (53, 3)]


@pytest.mark.parametrize(
    ("category", "test", "code", "instrument", "item"),
    [
        (None, "EORTC QLQ-C30: x", "QS02801", "QLQ-C30", 1), (None, None, "EOR0130", "QLQ-C30", 30), ("QLQ-C30", None, "Q5", "QLQ-C30", 5),
        ("QLQ-C30", None, "30", "QLQ-C30", 30), (None, None, "C3007", "QLQ-C30", 7), ("EORTC QLQ-C30", None, "PF2", "QLQ-C30", None),
        (None, None, "EQ5D0206", "EQ-5D-5L", 6), ("EQ-5D-5L", None, "VAS", "EQ-5D-5L", 6), ("EQ-5D-3L", None, "EQ5D0101", None, None),
        ("QLQ-BR23", None, "BR2353", "QLQ-BR23", 53), ("HADS", None, "HADS01", None, None), (None, None, None, None, None),
    ],
)  # fmt: skip
def test_test_codes_name_questionnaire_and_item(category, test, code, instrument, item):
    found = instrument_of(category, test, code)
    assert (found, item_of(found, code)) == (instrument, item)


def test_a_reason_becomes_a_code_and_its_words_are_not_kept():
    assert [reason_code(text) for text in ("Refus de Mme X", "hospitalised elsewhere", "", None, "N/A", "Patient died")] == [
        "REFUSED", "OTHER", None, None, "NOT EXPECTED", "DEATH"]


def test_split_datasets_of_questionnaires_are_one_table_and_others_are_not_taken_for_such():
    assert "QS" in names_of("QSC3", "qsc3.xpt") and "QS" in names_of("X", "qsbr_v2.csv")
    assert "QS" not in names_of("QS_ITEM", "qs_item.csv")[:1] and "QS" not in names_of("QSOMETHING", "qsomething.csv")
    assert "LB" not in names_of("LBCH", "lbch.xpt")


def test_adqs_is_read_only_where_qs_is_not_delivered(tmp_path):
    adqs = "USUBJID,PARAMCD,PARAM,AVISIT,ADT,AVAL,DTYPE\nA-001,QS02829,EORTC QLQ-C30: x,M3,2025-05-02,4,\nA-001,QS02829,EORTC QLQ-C30: x,WORST,2025-05-02,7,WORST\n"
    assert rows(sdtm(tmp_path / "d", adqs=adqs), "qs_item", "value") == [(4,)]
    both = sdtm(tmp_path / "e", adqs=adqs, qs=QS + "A-001,QLQ-C30,QS02829,x,M3,2025-05-02,6,,\n")
    assert rows(both, "qs_item", "value") == [(6,)] and the(both, "dataset_not_used").file == "adqs.csv"


def test_the_random_cdisc_trials_questionnaires_are_all_there(reference):
    """30 items of 20 patients at 6 visits: 3,600 rows, 72 of them not done."""
    tables = read_delivery([reference / "trial_rcd" / "xpt"], protocol=PROTOCOL).contents.tables
    items = tables["qs_item"]
    assert (len(items), int(items["value"].isna().sum()), items["item_no"].nunique(), items["subject_id"].nunique()) == (3600, 72, 30, 20)
    assert (len(tables["qs_form"]), set(tables["qs_form"]["status"])) == (120, {"DONE"})


AE = "USUBJID,AETERM,AEDECOD,AEBODSYS,AETOXGR,AESER,AEREL,AESTDTC,AEENDTC\n"


def test_events_are_kept_by_coded_term_and_their_words_are_not(tmp_path):
    lines = (
        "A-001,she fell in the garden,FALL,Injury,GRADE 3,Y,UNLIKELY RELATED,2025-03-03,2025-03-05\n"
        "A-001,tired,FATIGUE,General disorders,1,N,POSSIBLE,2025-02,\n"
        "A-002,something odd,,,,,,2025-04-02,\n"
        "A-002,later,COUGH,,2,N,,2026-02-02,\n"
    )
    delivery = sdtm(tmp_path / "d", ae=AE + lines)
    assert rows(delivery, "ae", "subject_id", "seq", "term", "soc", "grade", "serious", "related", "start_day", "end_day") == [
        ("A-001", 1, "FATIGUE", "General disorders", 1, False, True, None, None),
        ("A-001", 2, "FALL", "Injury", 3, True, False, 30, 32),
        ("A-002", 1, "NOT CODED", None, None, None, None, 30, None)]
    assert sorted(rules(delivery, "QUERY")) == ["after_cut_off", "partial_date"] and the(delivery, "event_not_coded").table == "ae"
    everything = str([frame.to_csv() for frame in delivery.contents.tables.values()])
    assert "garden" not in everything and "odd" not in everything


def test_a_grade_that_is_none_is_refused(tmp_path):
    assert rules(sdtm(tmp_path / "d", ae=AE + "A-001,x,FALL,,9,Y,,2025-03-03,\n"), "ERROR") == ["unknown_code"]


def test_cdiscs_own_events_and_failed_criteria_come_in(reference):
    folder = reference / "formats" / "cdisc_dataset_json"
    for form in ("xpt", "json", "ndjson", "dsjc"):
        delivery = read_delivery([folder / f"{name}.{form}" for name in ("dm", "ds", "ae", "ie")], protocol=PROTOCOL)
        tables = delivery.contents.tables
        assert (len(tables["ae"]), set(tables["ae"]["term"])) == (74, {"NOT CODED"})
        assert rows(delivery, "eligibility", "subject_id", "criterion", "category") == [("CDISC015", "INCL03", "INCLUSION")]
        failed = {patient: reason for patient, status, reason in rows(delivery, "screen_outcome", "subject_id", "status", "reason") if status == "FAILED"}
        assert failed == {"CDISC015": "ELIGIBILITY"}


def test_adae_is_read_where_ae_is_not_delivered(tmp_path):
    adae = "USUBJID,AEDECOD,ATOXGRN,AESER,ASTDT\nA-001,FALL,4,Y,2025-03-03\n"
    assert rows(sdtm(tmp_path / "d", adae=adae), "ae", "term", "grade", "start_day") == [("FALL", 4, 30)]
    assert rows(sdtm(tmp_path / "e", adae=adae, ae=AE + "A-001,x,COUGH,,1,N,N,2025-03-03,\n"), "ae", "term", "related") == [("COUGH", False)]


def test_deviations_are_important_only_where_the_delivery_says_so(tmp_path):
    lines = "A-001,MAJOR,VISIT WINDOW,late visit,2025-03-03\nA-001,MINOR,,text,\nA-002,SOMETHING,CONSENT,text,2025-04-02\n"
    delivery = sdtm(tmp_path / "d", dv="USUBJID,DVCAT,DVDECOD,DVTERM,DVSTDTC\n" + lines)
    assert rows(delivery, "deviation", "subject_id", "category", "important", "day") == [
        ("A-001", "NOT CODED", False, None), ("A-001", "VISIT WINDOW", True, 30), ("A-002", "CONSENT", None, 30)]


def test_only_criteria_that_are_not_met_are_kept_and_an_included_patient_stays_included(tmp_path):
    lines = (
        "A-001,INCL01,INCLUSION,Y,2025-01-05\nA-001,EXCL02,EXCLUSION,Y,2025-01-05\nA-001,EXCL02,EXCLUSION,Y,2025-01-03\n"
        "A-002,EXCL02,EXCLUSION,N,2025-03-05\nA-002,INCL01,INCLUSION,N,2025-03-05\n"
    )
    delivery = sdtm(tmp_path / "d", ie="USUBJID,IETESTCD,IECAT,IEORRES,IEDTC\n" + lines)
    assert rows(delivery, "eligibility", "subject_id", "criterion", "category", "day") == [
        ("A-001", "EXCL02", "EXCLUSION", -29), ("A-002", "INCL01", "INCLUSION", 2)]
    assert rows(delivery, "screen_outcome", "subject_id", "status", "reason") == [("A-001", "INCLUDED", None), ("A-002", "PENDING", None)]
    failed = DS + "A-002,DISPOSITION EVENT,SCREEN FAILURE,,2025-03-09\n"
    delivery = sdtm(tmp_path / "e", ds=failed, ie="USUBJID,IETESTCD,IECAT,IEORRES,IEDTC\n" + lines)
    assert rows(delivery, "screen_outcome", "status", "reason") == [("INCLUDED", None), ("FAILED", "ELIGIBILITY")]


def test_planned_visits_carry_the_draws_and_scans_of_the_protocol(tmp_path):
    tv = "VISITNUM,VISIT,VISITDY,ARMCD\n1,BASELINE,-6,A\n2,MONTH 3,92,A\n2,MONTH 3,92,B\n3,UNSCHEDULED,,A\n4,MONTH 5,153,A\n"
    plan = {row[0]: row[1:] for row in rows(sdtm(tmp_path / "d", tv=tv), "visit_plan", "visit_code", "planned_day", "needs_ctdna", "needs_imaging")}
    # Study day 92 is day 91, on which draw M3 and the first scan lie; month 5 is 30 days from any draw or scan.
    assert plan["BASELINE"] == (-6, False, False) and plan["MONTH 3"] == (91, True, True) and plan["MONTH 5"] == (152, False, False)
    assert plan["M1.5"] == (46, True, False) and plan["M6"] == (183, True, False) and "M3" not in plan and "UNSCHEDULED" not in plan
    draws = [day for day, draw, _ in plan.values() if draw]
    assert len(draws) == len(PROTOCOL.schedule.ctdna_months)


def test_a_plan_of_another_study_expects_no_test_and_says_so(tmp_path):
    folder = write(tmp_path / "d", dm=DM.replace("HEROES", "OTHER"), ds=DS, tv="VISIT,VISITDY\nWEEK 4,29\n")
    delivery = read(folder, cut_off=CUT_OFF)
    assert rows(delivery, "visit_plan", "visit_code", "planned_day", "needs_ctdna") == [("WEEK 4", 28, False)]
    assert the(delivery, "plan_without_tests").severity == "NOTE"


def test_a_specimen_is_drawn_and_received(tmp_path):
    be = (
        "USUBJID,BEREFID,BEDECOD,VISIT,BESTDTC\nA-001,S1,COLLECTING,M3,2025-05-02\nA-001,S1,SHIPPING,M3,2025-05-03\n"
        "A-001,S1,RECEIVED,M3,2025-05-05\nA-001,S2,COLLECTED,M6,2025-08-02\nA-001,S2,RECEIVED,M6,2026-02-02\n"
    )
    delivery = sdtm(tmp_path / "d", be=be)
    # The second was not yet received on the cut-off.
    assert rows(delivery, "specimen", "specimen_id", "visit_code", "collected_day", "received_day") == [("S1", "M3", 90, 93), ("S2", "M6", 182, None)]


def test_anticancer_therapies_are_told_by_their_coded_class_and_other_medication_is_left_out(tmp_path):
    cm = (
        "USUBJID,CMCAT,CMTRT,CMDECOD,CMCLAS,CMSTDTC,CMENDTC\n"
        "A-001,PRIOR ANTI-CANCER THERAPY,Herceptin from Dr,TRASTUZUMAB,ANTI-HER2,2021-01-01,2021-12-01\n"
        "A-001,CONCOMITANT MEDICATION,paracetamol,PARACETAMOL,,2025-03-01,\nA-001,SUBSEQUENT ANTICANCER THERAPY,x,CAPECITABINE,,2025-09-01,\n"
    )
    delivery = sdtm(tmp_path / "d", cm=cm)
    assert rows(delivery, "treatment", "agent_class", "start_day", "end_day", "reason") == [
        ("ANTI-HER2", -1492, -1158, "OTHER"), ("CAPECITABINE", 212, None, "OTHER")]


def test_collected_exposure_is_read_only_without_ex(tmp_path):
    ec = "USUBJID,ECTRT,ECSTDTC,ECENDTC,ECOCCUR\nA-001,T-DXd,2024-01-01,2025-02-02,Y\nA-001,T-DXd,2024-03-01,,N\n"
    assert rows(sdtm(tmp_path / "d", ec=ec), "treatment", "agent_class", "end_day") == [("T-DXd", 1)]
    ex = "USUBJID,EXTRT,EXSTDTC\nA-001,T-DM1,2024-01-01\n"
    assert rows(sdtm(tmp_path / "e", ec=ec, ex=ex), "treatment", "agent_class") == [("T-DM1",)]


OWN = {
    "query_item": "query_id,site_id,subject_id,opened_date,answered_date,closed_date,state\n"
    "Q1,01,A-001,2025-03-03,2025-03-05,2026-02-02,Answered\nQ2,02,,,,,Open\nQ3,01,A-001,2026-02-02,,,Open\n",
    "page_entry": "subject_id,page,visit_code,visit_date,entered_date,n_points,n_changed\nA-001,VITALS,M3,2025-05-02,2025-05-12,20,2\n",
    "qs_form": "subject_id,instrument,visit_code,date,status,reason\nA-001,QLQ-C30,M3,2025-05-02,DONE,\nA-001,QLQ-C30,M6,,MISSED,REFUSED\n",
    "site": "site_id,activated_on\n01,2025-01-01\n02,2025-01-01\n",
    "site_location": "site_id,latitude,longitude\n01,48.1,-1.7\n",
}


def test_queries_pages_and_places_come_in_our_own_layout(tmp_path):
    delivery = read(house(tmp_path / "d", **OWN))
    assert rows(delivery, "query_item", "query_id", "opened_day", "answered_day", "closed_day") == [("Q1", 30, 32, None), ("Q2", None, None, None)]
    assert rows(delivery, "page_entry", "visit_day", "entered_day", "n_points", "n_changed") == [(90, 100, 20, 2)]
    assert rows(delivery, "qs_form", "visit_code", "day", "status", "reason") == [("M3", 90, "DONE", None), ("M6", None, "MISSED", "REFUSED")]
    assert rows(delivery, "site_location", "latitude") == [(48.1,)]


@pytest.mark.parametrize(("table", "old", "new"), [("query_item", "Q2,02", "Q2,09"), ("site_location", "01,48.1", "09,48.1")])
def test_a_site_nobody_knows_is_refused_in_every_table(tmp_path, table, old, new):
    assert rules(read(house(tmp_path / "d", **OWN | {table: OWN[table].replace(old, new)})), "ERROR") == ["unknown_site"]
