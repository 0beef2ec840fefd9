"""Laboratory rows become results of the serial marker only where somebody named it."""

import pytest

from tests.intake.deliveries import CUT_OFF, house, mapped, read, rows, rules, the, write

DM = "STUDYID,USUBJID,SITEID,RFICDTC\nHEROES,A-1,01,2025-01-02\n"
HEAD = "STUDYID,USUBJID,LBSEQ,LBTESTCD,LBTEST,LBSTRESC,LBSTRESN,LBSTRESU,LBDTC,LBREFID,LBSTAT\n"


def laboratory(folder, *lines: str):
    return write(folder, dm=DM, lb=HEAD + "".join(line + "\n" for line in lines))


def test_tests_that_are_not_the_marker_are_counted_and_listed(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,ALB,Albumin,40,40,g/L,2025-01-03,,", "HEROES,A-1,2,CRP,CRP,3,3,mg/L,2025-01-03,,")
    delivery = read(folder, cut_off=CUT_OFF)
    finding = the(delivery, "marker_not_named")
    assert "2 laboratory rows" in finding.message and "ALB, CRP" in finding.message and "codes" in finding.remedy
    assert "ctdna_result" not in delivery.contents.tables


def test_the_protocols_marker_is_recognised_by_its_code(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,SIGNATER,Signatera,POSITIVE,0.42,MTM/mL,2025-01-12,S1,")
    assert rows(read(folder, cut_off=CUT_OFF), "ctdna_result", "day", "call", "quantity", "unit", "marker") == [
        (10, "POSITIVE", 0.42, "MTM/mL", "Signatera")]


def test_call_and_quantity_under_two_codes_on_one_specimen_are_one_result(tmp_path):
    folder = laboratory(
        tmp_path / "d",
        "HEROES,A-1,1,CTCALL,Call,NOT DETECTED,,,2025-01-12T09:00,S1,", "HEROES,A-1,2,CTMTM,MTM,<0.3,,MTM/mL,2025-01-12T09:00,S1,",
        "HEROES,A-1,3,CTCALL,Call,DETECTED,,,2025-04-12,S2,", "HEROES,A-1,4,CTMTM,MTM,1.5,1.5,MTM/mL,2025-04-12,S2,",
    )
    delivery = mapped(folder, '[marker]\nname = "Signatera"\ncodes = ["CTCALL", "CTMTM"]\n', cut_off=CUT_OFF)
    assert rows(delivery, "ctdna_result", "specimen_id", "call", "quantity", "qualifier") == [
        ("S1", "NEGATIVE", 0.3, "<"), ("S2", "POSITIVE", 1.5, None)]


def test_a_quantity_without_a_unit_is_refused(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,CT,ct,POSITIVE,0.42,,2025-01-12,S1,")
    delivery = mapped(folder, '[marker]\nname = "ct"\n', cut_off=CUT_OFF)
    assert rules(delivery, "ERROR") == ["quantity_without_unit"]
    assert mapped(folder, '[marker]\nname = "ct"\nunit = "hGE/mL"\n', cut_off=CUT_OFF).contents.marker_unit == "hGE/mL"


def test_a_quantity_without_a_call_needs_a_cut_point(tmp_path):
    folder = laboratory(tmp_path / "d", *(f"HEROES,A-1,{n},CT,ct,{value},{value},mg/L,2025-01-1{n},," for n, value in enumerate((9.9, 10, 10.1), 1)))
    assert rules(mapped(folder, '[marker]\nname = "ct"\n', cut_off=CUT_OFF), "ERROR") == ["quantity_without_call"]
    at = mapped(folder, '[marker]\nname = "ct"\npositive_at_or_above = 10.0\n', cut_off=CUT_OFF)
    assert sorted(rows(at, "ctdna_result", "quantity", "call")) == [(9.9, "NEGATIVE"), (10.0, "POSITIVE"), (10.1, "POSITIVE")]
    above = mapped(folder, '[marker]\nname = "ct"\npositive_above = 10.0\n', cut_off=CUT_OFF)
    assert [call for _, call in sorted(rows(above, "ctdna_result", "quantity", "call"))] == ["NEGATIVE", "NEGATIVE", "POSITIVE"]


def test_the_laboratorys_call_stands_whatever_the_cut_point(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,CT,ct,NEGATIVE,50,mg/L,2025-01-12,,")
    delivery = mapped(folder, '[marker]\nname = "ct"\npositive_at_or_above = 10.0\n', cut_off=CUT_OFF)
    assert rows(delivery, "ctdna_result", "call", "quantity") == [("NEGATIVE", 50.0)]


def test_words_of_another_laboratory_are_translated(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,CT,ct,présent,0.5,mg/L,2025-01-12,,")
    delivery = mapped(folder, '[marker]\nname = "ct"\ncalls = { "présent" = "POSITIVE" }\n', cut_off=CUT_OFF)
    assert rows(delivery, "ctdna_result", "call") == [("POSITIVE",)]


def test_a_test_that_was_not_done_is_no_result(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,CT,ct,,,,2025-01-12,,NOT DONE", "HEROES,A-1,2,CT,ct,NEGATIVE,,,2025-02-12,,")
    assert rows(mapped(folder, '[marker]\nname = "ct"\n', cut_off=CUT_OFF), "ctdna_result", "day") == [(41,)]


def test_two_units_or_two_markers_in_one_delivery_are_refused(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,CT,ct,POSITIVE,1,mg/L,2025-01-12,,", "HEROES,A-1,2,CT,ct,POSITIVE,1,ng/L,2025-02-12,,")
    assert rules(mapped(folder, '[marker]\nname = "ct"\n', cut_off=CUT_OFF), "ERROR") == ["several_units"]
    head = "result_id,subject_id,date,call,marker\n"
    two = house(tmp_path / "e", ctdna_result=head + "R1,A-001,2025-03-18,NEGATIVE,a\nR2,A-001,2025-04-18,NEGATIVE,b\n")
    assert rules(read(two), "ERROR") == ["several_markers"]


def test_made_identifiers_carry_no_calendar_date(tmp_path):
    draws = "subject_id,date,call\nA-001,2025-03-18,NEGATIVE\nA-001,2025-04-18,NEGATIVE\n"
    delivery = read(house(tmp_path / "d", ctdna_result=draws))
    assert rows(delivery, "ctdna_result", "result_id") == [("A-001/day 45",), ("A-001/day 76",)]


RESULTS = """
[[table]]
from = "res"
to = "ctdna_result"
columns = { subject_id = "Pat", day = "On", quantity = "Q" }
"""


@pytest.mark.parametrize(("cut_point", "quantity", "call"), [
    ("positive_above = 0", "<0.3", None), ("positive_above = 0", "<0", "NEGATIVE"), ("positive_above = 0", ">0", "POSITIVE"),
    ("positive_above = 0.3", "<0.3", "NEGATIVE"), ("positive_above = 0.3", "≤0.3", "NEGATIVE"), ("positive_above = 0.1", "<0.3", None),
    ("positive_at_or_above = 0.3", "<0.3", "NEGATIVE"), ("positive_at_or_above = 0.3", "≤0.3", None), ("positive_at_or_above = 0.1", "<0.3", None),
    ("positive_at_or_above = 0.5", "<0.3", "NEGATIVE"), ("positive_at_or_above = 4", ">3", None), ("positive_at_or_above = 4", ">4", "POSITIVE"),
    ("positive_above = 4", ">4", "POSITIVE"), ("positive_above = 4", "≥4", None), ("positive_at_or_above = 4", "≥4", "POSITIVE"),
    ("positive_at_or_above = 4", "~4", "POSITIVE"), ("positive_above = 4", "=4", "NEGATIVE"),
])  # fmt: skip
def test_a_limit_is_called_only_where_the_cut_point_decides(tmp_path, cut_point, quantity, call):
    laboratory(tmp_path / "d", f"HEROES,A-1,1,CT,ct,{quantity},,mg/L,2025-01-12,,")
    direct = write(tmp_path / "e", dm=DM, res=f"Pat,On,Q\nA-1,2025-01-12,{quantity}\n")
    marker = f'[marker]\nname = "ct"\nunit = "mg/L"\n{cut_point}\n'
    for folder, mapping in ((tmp_path / "d", marker), (direct, marker + RESULTS)):
        delivery = mapped(folder, mapping, cut_off=CUT_OFF)
        if call is None:
            assert "ctdna_result" not in delivery.contents.tables
            assert (the(delivery, "cut_point_undecided").severity, the(delivery, "cut_point_undecided").subject_id) == ("QUERY", "A-1")
        else:
            sign = {"≤": "<", "≥": ">"}.get(quantity[0], quantity[0])
            assert rows(delivery, "ctdna_result", "call", "qualifier", "quantity") == [(call, sign, float(quantity[1:]))]


def test_the_sign_of_a_quantity_outlives_its_scale_and_the_decimal_comma(tmp_path):
    folder = write(tmp_path / "d", dm=DM, res='Pat,On,Q\nA-1,2025-01-12,"<0,3"\n')
    rule = RESULTS.replace('"Q"', '{ column = "Q", decimal = ",", scale = 100 }')
    delivery = mapped(folder, '[marker]\nname = "ct"\nunit = "mg/L"\npositive_above = 50\n' + rule, cut_off=CUT_OFF)
    assert rows(delivery, "ctdna_result", "call", "qualifier", "quantity") == [("NEGATIVE", "<", 30.0)]


def test_a_quantity_that_is_a_word_is_no_number(tmp_path):
    folder = write(tmp_path / "d", dm=DM, res="Pat,On,Q\nA-1,2025-01-12,< none\n")
    assert "not_a_number" in rules(mapped(folder, '[marker]\nname = "ct"\nunit = "u"\npositive_above = 0\n' + RESULTS, cut_off=CUT_OFF), "ERROR")


def test_tests_that_were_not_done_are_counted(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,CT,ct,,,,2025-01-12,,NOT DONE", "HEROES,A-1,2,CT,ct,,,,2025-02-12,,NOT DONE")
    finding = the(mapped(folder, '[marker]\nname = "ct"\n', cut_off=CUT_OFF), "not_done")
    assert finding.message.startswith("2 rows") and finding.row == "2, 3"


def test_a_word_that_nobody_explained_is_refused_and_not_repeated(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,CT,ct,ND,,,2025-01-12,,")
    delivery = mapped(folder, '[marker]\nname = "ct"\n', cut_off=CUT_OFF)
    finding = the(delivery, "unknown_call")
    assert delivery.contents is None and finding.row == "2" and '"ND"' not in str(finding)
    told = mapped(folder, '[marker]\nname = "ct"\ncalls = { ND = "NEGATIVE" }\n', cut_off=CUT_OFF)
    assert rows(told, "ctdna_result", "call") == [("NEGATIVE",)]


def test_results_that_are_mapped_do_not_come_twice(tmp_path):
    folder = laboratory(tmp_path / "d", "HEROES,A-1,1,CT,ct,NEGATIVE,,,2025-01-12,S1,")
    direct = '[[table]]\nfrom = "lb"\nto = "ctdna_result"\ncolumns = { subject_id = "USUBJID", day = "LBDTC", call = "LBSTRESC" }\n'
    assert rows(mapped(folder, '[marker]\nname = "ct"\n' + direct, cut_off=CUT_OFF), "ctdna_result", "call") == [("NEGATIVE",)]
