"""The central laboratory's file: versions, amendments, pending and cancelled tests, and accessions that are stored nowhere."""

import pytest

from heroes.intake.laboratory import COLUMNS, UNREAD
from heroes.intake.route import EarlierCut
from tests.intake.deliveries import CUT_OFF, SUBJECTS, house, mapped, read, rows, rules, the, write

HEADER = (
    "study_id,subject_id,accession_id,specimen_id,assay_design_id,assay_design_version,visit_label,collected_at,received_at,resulted_at,"
    "result_status,call,mtm_per_ml,mtm_qualifier,mean_vaf_pct,variants_tracked,variants_detected,cfdna_ng_per_ml,plasma_ml,report_version,"
    "amended_flag,amendment_reason,failure_reason,comment"
)
NAMES = HEADER.split(",")


def lab(*reports: dict, drop: tuple[str, ...] = ()) -> str:
    """A laboratory's file: each report is a negative one of A-001's specimen S1, but for what is said of it."""
    usual = {
        "study_id": "HEROES", "subject_id": "A-001", "accession_id": "9900000001", "specimen_id": "S1", "assay_design_id": "D77", "assay_design_version": "1",
        "visit_label": "M1.5", "collected_at": "2025-03-18", "received_at": "2025-03-20", "resulted_at": "2025-03-28T09:30:00",
        "result_status": "FINAL", "call": "NEGATIVE", "mean_vaf_pct": "0", "variants_tracked": "16", "variants_detected": "0",
        "cfdna_ng_per_ml": "10", "plasma_ml": "8", "report_version": "1", "amended_flag": "N", "comment": "seen twice",
    }  # fmt: skip
    names = [name for name in NAMES if name not in drop]
    lines = [",".join(str((usual | report).get(name, "")) for name in names) for report in reports]
    return "\n".join([",".join(names), *lines]) + "\n"


def read_lab(folder, *reports, drop=(), **files):
    return read(house(folder, **{"natera_2026_01": lab(*reports, drop=drop), **files}))


POSITIVE = {"call": "POSITIVE", "mtm_per_ml": "0.42", "variants_detected": "4", "mean_vaf_pct": "0.02"}


def test_a_report_is_read_whatever_the_file_is_called(tmp_path):
    delivery = read_lab(tmp_path / "d", POSITIVE)
    columns = ("result_id", "specimen_id", "visit_code", "day", "call", "marker", "quantity", "unit", "variants_detected", "variants_tracked",
               "mean_vaf_pct", "design_version", "resulted_day", "amended", "superseded_by")  # fmt: skip
    assert rows(delivery, "ctdna_result", *columns) == [
        ("A-001/S1", "S1", "M1.5", 45, "POSITIVE", "Signatera", 0.42, "MTM/mL", 4, 16, 0.02, "1", 55, False, None)]
    assert rows(delivery, "specimen", "specimen_id", "subject_id", "visit_code", "collected_day", "received_day") == [("S1", "A-001", "M1.5", 45, 47)]
    assert rules(delivery, "QUERY") == [] and rules(delivery, "ERROR") == []


def test_an_accession_is_neither_refused_nor_stored(tmp_path):
    """A number shaped like a telephone number, one shaped like a NIR, and one that carries its right key."""
    keyed = "255081416802538"
    reports = [{"accession_id": number, "specimen_id": f"S{place}", "collected_at": f"2025-0{place + 2}-18"} for place, number in enumerate(("0612345678", "255081416802539"), start=1)]
    delivery = read_lab(tmp_path / "d", *reports)
    assert rules(delivery, "ERROR") == [] and len(rows(delivery, "ctdna_result", "day")) == 2
    everything = "".join(frame.to_csv() for frame in delivery.contents.tables.values()) + "".join(map(str, delivery.findings))
    assert not [number for number in ("0612345678", "255081416802539", "D77", "seen twice") if number in everything]
    # A whole column of social security numbers is refused under that name too.
    assert "nir" in rules(read_lab(tmp_path / "e", {"accession_id": keyed}), "ERROR")


def test_the_latest_version_counts_and_the_earlier_ones_stay_as_history(tmp_path):
    delivery = read_lab(
        tmp_path / "d", POSITIVE | {"report_version": "2", "amended_flag": "Y", "resulted_at": "2025-04-10"}, {"report_version": "1"},
        POSITIVE | {"report_version": "10", "amended_flag": "Y", "resulted_at": "2025-04-12", "mtm_per_ml": "0.5"},
    )
    assert rows(delivery, "ctdna_result", "result_id", "call", "quantity", "amended", "superseded_by") == [
        ("A-001/S1", "POSITIVE", 0.5, True, None), ("A-001/S1/1", "NEGATIVE", None, False, "A-001/S1"), ("A-001/S1/2", "POSITIVE", 0.42, True, "A-001/S1")]
    assert len(rows(delivery, "specimen", "specimen_id")) == 1


def test_an_amendment_without_versions_replaces_and_the_order_of_rows_changes_nothing(tmp_path):
    reports = [{}, POSITIVE | {"amended_flag": "Y", "resulted_at": "2025-04-10"}]
    wanted = [("A-001/S1", "POSITIVE", None), ("A-001/S1/1", "NEGATIVE", "A-001/S1")]
    for name, order in (("d", reports), ("e", reports[::-1])):
        assert rows(read_lab(tmp_path / name, *order, drop=("report_version",)), "ctdna_result", "result_id", "call", "superseded_by") == wanted


def test_an_amendment_after_the_cut_off_was_not_known_and_the_first_report_counts(tmp_path):
    delivery = read_lab(tmp_path / "d", {}, POSITIVE | {"report_version": "2", "amended_flag": "Y", "resulted_at": "2026-02-10"})
    assert rows(delivery, "ctdna_result", "result_id", "call", "superseded_by") == [("A-001/S1", "NEGATIVE", None)]
    assert rules(delivery, "QUERY") == ["after_cut_off"]


def test_a_superseded_report_never_counts(tmp_path):
    delivery = read_lab(tmp_path / "d", POSITIVE | {"result_status": "SUPERSEDED"}, {"result_status": "FINAL", "resulted_at": "2025-03-25"})
    assert rows(delivery, "ctdna_result", "result_id", "call", "superseded_by") == [("A-001/S1", "NEGATIVE", None), ("A-001/S1/1", "POSITIVE", "A-001/S1")]
    alone = read_lab(tmp_path / "e", POSITIVE | {"result_status": "SUPERSEDED"})
    assert rules(alone, "ERROR") == ["replacing_result_absent"]


def test_two_reports_that_nothing_puts_in_order_both_stand_and_are_asked_about(tmp_path):
    delivery = read_lab(tmp_path / "d", {}, POSITIVE | {"resulted_at": "2025-04-10"}, {})
    assert sorted(rows(delivery, "ctdna_result", "call", "superseded_by"), key=str) == [("NEGATIVE", None), ("POSITIVE", None)]
    assert rules(delivery, "QUERY") == ["several_current_results"]


def test_what_is_pending_or_cancelled_is_no_result_and_its_draw_is_kept(tmp_path):
    delivery = read_lab(
        tmp_path / "d", {"result_status": "PENDING", "call": "", "resulted_at": ""},
        {"result_status": "Cancelled", "call": "", "specimen_id": "S2", "visit_label": "M3", "collected_at": "2025-05-03", "received_at": ""},
        {"result_status": "pending", "call": "POSITIVE", "specimen_id": "S3", "visit_label": "M6", "collected_at": "2025-08-03", "received_at": ""},
    )
    assert "ctdna_result" not in delivery.contents.tables
    assert rows(delivery, "specimen", "specimen_id", "collected_day", "received_day") == [("S1", 45, 47), ("S2", 91, None), ("S3", 183, None)]
    assert sorted(rules(delivery, "QUERY")) == ["pending_with_call", "result_cancelled"]
    assert the(delivery, "result_pending").row == "2, 4"


def test_a_failed_test_is_not_evaluable_and_its_reason_one_of_the_list(tmp_path):
    delivery = read_lab(
        tmp_path / "d", {"result_status": "FAILED", "call": "", "failure_reason": "plasma volume low"},
        {"call": "NOT_EVALUABLE", "failure_reason": "the tube broke", "specimen_id": "S2", "collected_at": "2025-05-03"},
    )
    assert rows(delivery, "ctdna_result", "call", "failure_reason") == [("NOT_EVALUABLE", "PLASMA_VOLUME_LOW"), ("NOT_EVALUABLE", "OTHER")]
    assert the(delivery, "failure_reason_not_listed").row == "3" and "broke" not in str(delivery.findings)


def test_a_qualifier_of_its_own_or_before_the_number_is_kept(tmp_path):
    delivery = read_lab(
        tmp_path / "d", POSITIVE | {"mtm_per_ml": "<0.3"}, POSITIVE | {"mtm_per_ml": "100", "mtm_qualifier": ">", "specimen_id": "S2", "collected_at": "2025-05-03"},
    )
    assert rows(delivery, "ctdna_result", "quantity", "qualifier") == [(0.3, "<"), (100.0, ">")]


@pytest.mark.parametrize(
    ("report", "rule"),
    [
        (POSITIVE | {"variants_detected": "1"}, "call_and_result_disagree"),
        (POSITIVE | {"mtm_per_ml": "0"}, "call_and_result_disagree"),
        (POSITIVE | {"mtm_per_ml": ""}, "call_and_result_disagree"),
        ({"mtm_per_ml": "0.4"}, "call_and_result_disagree"),
        ({"call": "NOT_EVALUABLE"}, "call_and_result_disagree"),
        ({"variants_detected": "12", "variants_tracked": "10"}, "call_and_result_disagree"),
        ({"resulted_at": "2025-03-01"}, "result_before_draw"),
        ({"resulted_at": "2025-03-19"}, "result_before_receipt"),
        ({"received_at": "2025-03-01"}, "received_before_draw"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_asked_and_the_call_stands(tmp_path, report, rule):
    delivery = read_lab(tmp_path / "d", report)
    assert rule in rules(delivery, "QUERY") and rules(delivery, "ERROR") == []
    assert rows(delivery, "ctdna_result", "call") == [(report.get("call", "NEGATIVE"),)]


def test_a_negative_may_carry_one_variant_and_a_quantity_of_zero(tmp_path):
    assert rules(read_lab(tmp_path / "d", {"variants_detected": "1", "mtm_per_ml": "0"}), "QUERY") == []


@pytest.mark.parametrize(
    ("report", "rule"),
    [
        ({"call": "MAYBE"}, "unknown_call"), ({"result_status": "LOST"}, "unknown_result_status"), ({"subject_id": "A-009"}, "unknown_patient"),
        ({"study_id": "OTHER"}, "several_studies"), ({"variants_detected": "17"}, "outside_limits"), ({"mtm_per_ml": "-1", "call": "POSITIVE"}, "outside_limits"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path, report, rule):
    assert rule in rules(read_lab(tmp_path / "d", report), "ERROR")


def test_a_file_without_specimens_is_told_apart_by_accession_and_named_by_visit(tmp_path):
    reports = ({"accession_id": "77"}, {"accession_id": "78", "visit_label": "M3", "collected_at": "2025-05-03"}, POSITIVE | {"accession_id": "77", "report_version": "2"})
    delivery = read_lab(tmp_path / "d", *reports, drop=("specimen_id",))
    assert rows(delivery, "ctdna_result", "result_id", "call", "superseded_by") == [
        ("A-001/M1.5", "POSITIVE", None), ("A-001/M1.5/1", "NEGATIVE", "A-001/M1.5"), ("A-001/M3", "NEGATIVE", None)]
    assert "specimen" not in delivery.contents.tables


def test_next_weeks_file_with_the_whole_history_adds_no_second_history(tmp_path):
    first = read_lab(tmp_path / "d", {}).contents
    before = EarlierCut(first.study_id, first.cut_off, first.tables)
    amended = POSITIVE | {"report_version": "2", "amended_flag": "Y"}
    wanted = [("A-001/S1", "POSITIVE", None), ("A-001/S1/1", "NEGATIVE", "A-001/S1")]
    for name, reports in (("whole", ({}, amended)), ("last", (amended,))):
        delivery = read(write(tmp_path / name, lab_file=lab(*reports)), previous=before, cut_off=CUT_OFF)
        assert rows(delivery, "ctdna_result", "result_id", "call", "superseded_by") == wanted


def test_a_mapping_may_say_what_a_word_of_the_laboratory_means(tmp_path):
    folder = house(tmp_path / "d", results=lab({"call": "trace"}), subject=SUBJECTS)
    delivery = mapped(folder, '[marker]\nname = "Signatera"\ncalls = { trace = "POSITIVE" }\n')
    assert rows(delivery, "ctdna_result", "call", "marker") == [("POSITIVE", "Signatera")]


def test_every_column_of_the_file_is_named_in_the_reference(project):
    text = (project / "docs" / "mapping.md").read_text(encoding="utf-8")
    assert {*COLUMNS, *UNREAD} == set(NAMES) and [name for name in NAMES if f"`{name}`" not in text] == []
