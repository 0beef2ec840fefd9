"""Queries: what does not fit together is published and asked about, never changed."""

import pytest

from tests.intake.deliveries import STEPS, house, read, rows, rules, the

DRAWS = "result_id,subject_id,specimen_id,date,resulted_date,call,quantity,unit,variants_detected,variants_tracked,failure_reason\n"
SCANS = "subject_id,date,evaluator,criteria,overall,evaluable\n"


def asked(tmp_path, **files) -> dict[str, tuple]:
    """Rule → (patient, rows of the file) of the one query of each rule."""
    delivery = read(house(tmp_path / "d", **files))
    assert delivery.contents is not None, [str(finding) for finding in delivery.findings if finding.severity == "ERROR"]
    return {finding.rule: (finding.subject_id, finding.row) for finding in delivery.findings if finding.severity == "QUERY"}


def test_a_clean_delivery_has_no_queries(tmp_path):
    assert asked(tmp_path, ctdna_result=DRAWS + "R1,A-001,,2025-01-20,2025-01-30,NEGATIVE,,,0,16,\n") == {}


def test_an_inclusion_on_a_positive_baseline(tmp_path):
    draws = DRAWS + "R1,A-001,,2025-01-10,,NEGATIVE,,,,,\nR2,A-001,,2025-01-20,,POSITIVE,0.5,MTM/mL,3,16,\n"
    assert asked(tmp_path, ctdna_result=draws) == {"baseline_positive_included": ("A-001", "3")}


def test_a_positive_after_the_inclusion_is_no_question(tmp_path):
    assert asked(tmp_path, ctdna_result=DRAWS + "R2,A-001,,2025-03-20,,POSITIVE,0.5,MTM/mL,3,16,\n") == {}


def test_the_order_of_consents_and_assay(tmp_path):
    steps = STEPS + "A-001,BASELINE_RESULT,2025-01-20\nA-001,CONSENT2,2025-01-19\n"
    assert asked(tmp_path, milestone=steps) == {"order_of_steps": ("A-001", "6")}


@pytest.mark.parametrize(("day", "expected"), [("2025-01-02", {}), ("2025-01-01", {"long_before_inclusion": ("A-001", "5")})])
def test_a_treatment_stop_more_than_30_days_before_the_inclusion(tmp_path, day, expected):
    # 2 January is day -30, the first consent's own day
    assert asked(tmp_path, milestone=STEPS + f"A-001,TX_STOP,{day}\n") == expected


def test_a_progression_long_before_the_inclusion(tmp_path):
    assert asked(tmp_path, response=SCANS + "A-001,2024-11-01,INVESTIGATOR,RECIST 1.1,PD,\n") == {"long_before_inclusion": ("A-001", "2")}


def test_a_restart_before_its_trigger(tmp_path):
    draws = DRAWS + "R2,A-001,,2025-03-20,,POSITIVE,0.5,MTM/mL,3,16,\n"
    given = "subject_id,agent_class,start_date,reason\n"
    assert asked(tmp_path, ctdna_result=draws, treatment=given + "A-001,T-DM1,2025-03-20,RESUME_CTDNA\n") == {}
    early = asked(tmp_path / "b", ctdna_result=draws, treatment=given + "A-001,T-DM1,2025-03-19,RESUME_CTDNA\n")
    assert early == {"restart_without_trigger": ("A-001", "2")}


def test_a_restart_for_a_progression_nobody_saw(tmp_path):
    given = "subject_id,agent_class,start_date,reason\nA-001,T-DM1,2025-03-20,RESUME_PD\n"
    assert asked(tmp_path, treatment=given) == {"restart_without_trigger": ("A-001", "2")}


def test_records_after_death(tmp_path):
    visits = "subject_id,visit_code,date,status\nA-001,V1,2025-06-01,DONE\nA-001,V2,2025-06-02,DONE\nA-001,V3,2025-07-02,DONE\n"
    assert asked(tmp_path, milestone=STEPS + "A-001,DEATH,2025-06-01\n", visit=visits) == {"after_death": ("A-001", "3, 4")}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("R1,A-001,,2025-03-20,,POSITIVE,0.5,MTM/mL,1,16,", "call_and_result_disagree"),  # one variant is not enough
        ("R1,A-001,,2025-03-20,,POSITIVE,0,MTM/mL,2,16,", "call_and_result_disagree"),
        ("R1,A-001,,2025-03-20,,POSITIVE,,,2,16,", "call_and_result_disagree"),
        ("R1,A-001,,2025-03-20,,NEGATIVE,0.1,MTM/mL,1,16,", "call_and_result_disagree"),
        ("R1,A-001,,2025-03-20,,NEGATIVE,0,MTM/mL,1,16,", None),  # a negative may carry one detected variant
        ("R1,A-001,,2025-03-20,,NOT_EVALUABLE,,,,,", "call_and_result_disagree"),
        ("R1,A-001,,2025-03-20,,NOT_EVALUABLE,,,,,HAEMOLYSIS", None),
        ("R1,A-001,,2025-03-20,,POSITIVE,0.5,MTM/mL,9,8,", "call_and_result_disagree"),
        ("R1,A-001,,2025-03-20,2025-03-19,NEGATIVE,,,,,", "result_before_draw"),
        ("R1,A-001,,2025-03-20,,POSITIVE,2.5,hGE/mL,,,", None),
        ("R1,A-001,,2025-03-20,,NEGATIVE,2.5,hGE/mL,,,", None),  # Signatera's rule is not another assay's
    ],
)
def test_call_quantity_and_variants_of_one_result(tmp_path, line, rule):
    delivery = read(house(tmp_path / "d", ctdna_result=DRAWS + line + "\n"))
    assert rules(delivery, "QUERY") == ([rule] if rule else [])
    assert rows(delivery, "ctdna_result", "call") == [(line.split(",")[5],)]


def test_a_specimen_with_two_current_results_and_one_nobody_drew(tmp_path):
    specimens = "specimen_id,subject_id,collected_date,received_date\nS1,A-001,2025-03-20,2025-03-19\n"
    draws = DRAWS + "R1,A-001,S1,2025-03-20,,NEGATIVE,,,,,\nR2,A-001,S1,2025-03-20,,NEGATIVE,,,,,\nR3,A-001,S7,2025-04-20,,NEGATIVE,,,,,\n"
    assert asked(tmp_path, specimen=specimens, ctdna_result=draws) == {
        "several_current_results": ("A-001", "2, 3"), "unknown_specimen": ("A-001", "4"), "received_before_draw": ("A-001", "2")}


def test_two_answers_of_one_reader_on_one_day(tmp_path):
    scans = SCANS + "A-001,2025-05-01,INVESTIGATOR,RECIST 1.1,SD,\nA-001,2025-05-01,INVESTIGATOR,RECIST 1.1,PD,\nA-001,2025-05-01,INDEPENDENT ASSESSOR,RECIST 1.1,PR,\n"
    assert asked(tmp_path, response=scans) == {"conflicting_responses": ("A-001", "2, 3")}


def test_a_progression_without_an_evaluable_scan(tmp_path):
    assert asked(tmp_path, response=SCANS + "A-001,2025-05-01,INVESTIGATOR,RECIST 1.1,PD,N\n") == {
        "progression_without_evaluable_scan": ("A-001", "2")}


@pytest.mark.parametrize(
    ("aval", "rule"), [("59", None), ("59.4", None), ("60", "time_counts_first_day"), ("61", "time_differs_from_dates"), ("45.2", "time_differs_from_dates")]
)
def test_a_delivered_time_against_its_own_dates(tmp_path, aval, rule):
    # 1 February to 1 April 2025 are 59 days, 60 with the day of the start
    tte = f"subject_id,paramcd,start_date,end_date,aval,avalu,cnsr\nA-001,PFS,2025-02-01,2025-04-01,{aval},DAYS,1\n"
    delivery = read(house(tmp_path / "d", tte=tte))
    assert [found for found in rules(delivery) if found.startswith("time_")] == ([rule] if rule else [])
    assert rows(delivery, "tte", "aval", "start_day", "end_day") == [(float(aval), 0, 59)]


def test_other_parameters_are_counted_in_one_note(tmp_path):
    tte = "subject_id,paramcd,start_date,end_date,aval,avalu,cnsr\nA-001,OS,2025-02-01,2025-04-01,10,DAYS,1\nA-002,OS,2025-03-03,2025-04-01,10,DAYS,1\n"
    assert "in 2 rows" in the(read(house(tmp_path / "d", tte=tte)), "time_differs_from_dates_elsewhere").message


def test_an_inclusion_at_a_site_that_was_not_open(tmp_path):
    sites = "site_id,activated_on,closed_on\n01,2025-02-02,\n02,2025-01-01,2024-12-01\n"
    assert asked(tmp_path, site=sites) == {"included_at_closed_site": ("A-001", "2"), "site_closed_before_opened": (None, None)}


def test_the_trials_own_rules_are_not_asked_of_another_study(tmp_path):
    draws = DRAWS + "R2,A-001,,2025-01-20,,POSITIVE,0.5,MTM/mL,3,16,\n"
    assert asked(tmp_path, data_cut="study_id,cut_off\nOTHER,2026-01-31\n", ctdna_result=draws) == {}


def test_queries_and_notes_are_kept_with_the_cut_and_carry_no_value(tmp_path):
    delivery = read(house(tmp_path / "d", ctdna_result=DRAWS + "R1,A-001,,2025-03-20,,POSITIVE,0.777,MTM/mL,1,16,\n"))
    issues = delivery.contents.tables["import_issue"]
    assert issues["severity"].tolist() == ["QUERY", "NOTE"] and not issues.astype(str).stack().str.contains("0.777").any()
    assert delivery.contents.findings == {"QUERY": 1, "NOTE": 1}


MORE = "A-001,CONSENT1,2025-01-02\nA-001,INCLUDED,2025-02-01\nA-002,CONSENT1,2025-03-03\n"


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({"milestone": "subject_id,kind,date\n" + MORE + "A-001,TX_STOP,2025-01-20\nA-001,CONSENT2,2025-01-25\n"}, "consent_after_stop"),
        ({"response": "subject_id,date,evaluator,criteria,overall\nA-001,2025-01-03,INVESTIGATOR,RECIST 1.1,PD\n"}, "progression_before_inclusion"),
        ({"ae": "subject_id,term,grade,start_date\nA-001,SEPSIS,5,2025-06-01\n"}, "fatal_event_without_death"),
        ({"milestone": "subject_id,kind,date\n" + MORE + "A-001,DEATH,2025-05-25\n", "ae": "subject_id,term,grade,start_date\nA-001,SEPSIS,5,2025-06-01\n"}, "after_death"),
        ({"qs_form": "subject_id,instrument,visit_code,date,status\nA-001,QLQ-C30,M3,2025-05-02,DONE\n",
          "qs_item": "subject_id,instrument,date,item_no,value\nA-001,QLQ-C30,2025-05-03,29,6\nA-001,QLQ-C30,2025-05-02,29,\n"}, "questionnaire_without_answers"),
        ({"page_entry": "subject_id,page,visit_code,visit_date,entered_date\nA-001,VITALS,M3,2025-05-02,2025-05-01\n"}, "entered_before_visit"),
        ({"page_entry": "subject_id,page,visit_code,visit_date,entered_date,n_points,n_changed\nA-001,VITALS,M3,2025-05-02,2025-05-02,3,4\n"}, "more_changes_than_points"),
        ({"query_item": "query_id,site_id,subject_id,opened_date,closed_date,state\nQ1,01,A-001,2025-05-02,2025-05-01,Closed\n"}, "query_closed_before_opened"),
    ],
)  # fmt: skip
def test_what_cannot_be_of_one_patient_is_asked_about_once(tmp_path, files, rule):
    delivery = read(house(tmp_path / "d", **files))
    assert (rules(delivery, "QUERY"), the(delivery, rule).subject_id) == ([rule], "A-001")


def test_days_on_the_edge_are_not_asked_about(tmp_path):
    delivery = read(house(
        tmp_path / "d", milestone="subject_id,kind,date\n" + MORE + "A-001,TX_STOP,2025-01-25\nA-001,CONSENT2,2025-01-25\nA-001,DEATH,2025-06-01\n",
        ae="subject_id,term,grade,start_date\nA-001,SEPSIS,5,2025-06-01\nA-001,FALL,4,2025-05-01\n",
        response="subject_id,date,evaluator,criteria,overall\nA-001,2025-02-01,INVESTIGATOR,RECIST 1.1,PD\n",
        page_entry="subject_id,page,visit_code,visit_date,entered_date,n_points,n_changed\nA-001,VITALS,M3,2025-05-02,2025-05-02,3,3\n",
        query_item="query_id,site_id,subject_id,opened_date,closed_date,state\nQ1,01,A-001,2025-05-02,2025-05-02,Closed\n",
        qs_form="subject_id,instrument,visit_code,date,status\nA-001,QLQ-C30,M3,2025-05-02,DONE\n",
        qs_item="subject_id,instrument,date,item_no,value\nA-001,QLQ-C30,2025-05-02,29,6\n",
    ))  # fmt: skip
    assert rules(delivery, "QUERY") == []
