"""What the mapping language can do, each on a file of a few lines."""

from heroes.intake.route import read_delivery
from tests.intake.deliveries import CUT_OFF, PROTOCOL, mapped, rows, rules, the, write

FACTS = 'study_id = "X-1"\ncut_off = 2026-01-31\n'
PATIENTS = """
[[table]]
from = "patients"
to = "subject"
columns = { subject_id = "Pat", site_id = "Centre" }
"""
INCLUDED = """
[[table]]
from = "patients"
to = "milestone"
columns = { subject_id = "Pat", kind = { constant = "INCLUDED" }, day = "Inclusion" }
"""


def test_columns_are_named(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion\nA-1,01,2025-02-01\n")
    delivery = mapped(folder, FACTS + PATIENTS + INCLUDED)
    assert rows(delivery, "subject", "subject_id", "site_id", "origin_kind") == [("A-1", "01", "INCLUSION")]
    assert rows(delivery, "milestone", "kind", "day") == [("INCLUDED", 0)]
    assert delivery.contents.study_id == "X-1" and delivery.contents.cut_off == CUT_OFF


def test_codes_are_translated_whatever_their_case(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Sexe\nA-1,01,femme\nA-2,01,HOMME\n")
    delivery = mapped(folder, FACTS + PATIENTS.replace(
        'site_id = "Centre"', 'site_id = "Centre", sex = { column = "Sexe", codes = { Femme = "F", Homme = "M" } }'))
    assert rows(delivery, "subject", "sex") == [("F",), ("M",)]


def test_a_code_that_is_not_listed_is_an_error_with_its_row_and_without_its_value(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Sexe\nA-1,01,Femme\nA-2,01,Inconnu\n")
    delivery = mapped(folder, FACTS + PATIENTS.replace(
        'site_id = "Centre"', 'site_id = "Centre", sex = { column = "Sexe", codes = { Femme = "F" } }'))
    finding = the(delivery, "unknown_code")
    assert delivery.contents is None and (finding.row, finding.column) == ("3", "Sexe")
    assert "Inconnu" not in str(finding)


def test_codes_that_are_not_listed_may_be_kept_missing_skipped_or_one_value(tmp_path):
    text = "Pat,Centre,Step,On\nA-1,01,in,2025-02-01\nA-1,01,odd,2025-02-02\n"
    folder = write(tmp_path / "d", patients="Pat,Centre\nA-1,01\n", steps=text)
    step = '[[table]]\nfrom = "steps"\nto = "milestone"\n[table.columns]\nsubject_id = "Pat"\nday = "On"\nkind = '
    skip = mapped(folder, FACTS + PATIENTS + step + '{ column = "Step", codes = { in = "INCLUDED" }, others = "skip" }\n')
    assert rows(skip, "milestone", "kind") == [("INCLUDED",)]
    one = mapped(folder, FACTS + PATIENTS + step + '{ column = "Step", codes = { in = "INCLUDED" }, otherwise = "TX_STOP" }\n')
    assert rows(one, "milestone", "kind", "day") == [("INCLUDED", 0), ("TX_STOP", 1)]


def test_dates_are_read_in_the_format_that_is_named(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion,Stop\nA-1,01,01/02/2025,2025.02.11\n")
    stop = '[[table]]\nfrom = "patients"\nto = "milestone"\ncolumns = { subject_id = "Pat", kind = { constant = "TX_STOP" }, day = { column = "Stop", format = "%Y.%m.%d" } }\n'
    delivery = mapped(folder, FACTS + 'date_format = "%d/%m/%Y"\n' + PATIENTS + INCLUDED + stop)
    assert rows(delivery, "milestone", "kind", "day") == [("INCLUDED", 0), ("TX_STOP", 10)]


def test_a_date_without_its_format_is_an_error(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion\nA-1,01,01/02/2025\n")
    assert the(mapped(folder, FACTS + PATIENTS + INCLUDED), "not_a_date").row == "2"


def test_wide_columns_become_rows_and_empty_ones_none(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion,Stop,Restart\nA-1,01,2025-02-01,2025-02-03,\n")
    delivery = mapped(folder, FACTS + PATIENTS + """
[[table]]
from = "patients"
to = "milestone"
columns = { subject_id = "Pat" }
unpivot = [
    { kind = { constant = "INCLUDED" }, day = "Inclusion" },
    { kind = { constant = "TX_STOP" }, day = "Stop" },
    { kind = { constant = "TX_RESUME" }, day = "Restart" },
]
""")
    assert rows(delivery, "milestone", "kind", "day") == [("INCLUDED", 0), ("TX_STOP", 2)]
    assert rules(delivery, "QUERY") == []


def test_rows_are_filtered(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion,Safety,Line\nA-1,01,2025-02-01,Y,1\nA-2,01,2025-02-01,N,3\nA-3,01,2025-02-01,y,3\n")
    where = 'where = { Safety = "Y", Line = { at_least = 2 } }\n'
    assert rows(mapped(folder, FACTS + PATIENTS + where), "subject", "subject_id") == [("A-3",)]


def test_relative_times_have_a_unit_and_an_origin(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Weeks,Months,Later\nA-1,2,12,11\n")
    delivery = mapped(folder, FACTS + """
[time]
unit = "weeks"
origin = "INCLUDED"
meaning = "start of treatment"
[site]
id = "1"
[[table]]
from = "patients"
to = "subject"
columns = { subject_id = "Pat" }
[[table]]
from = "patients"
to = "milestone"
columns = { subject_id = "Pat" }
unpivot = [
    { kind = { constant = "TX_STOP" }, day = "Weeks" },
    { kind = { constant = "TX_RESUME" }, day = { column = "Months", minus = "Later", unit = "months" } },
    { kind = { constant = "LAST_ALIVE" }, day = { column = "Months", unit = "months" } },
]
""")
    # 2 weeks are 14 days, one month 30.4375, twelve 365.25
    assert rows(delivery, "milestone", "kind", "day") == [("INCLUDED", 0), ("LAST_ALIVE", 365), ("TX_RESUME", 30), ("TX_STOP", 14)]
    assert rows(delivery, "subject", "origin_kind", "origin_to_cut_off_days") == [("INCLUSION", None)]
    assert rows(delivery, "site", "site_id", "label") == [("1", "site not delivered")]
    assert "start of treatment" in the(delivery, "relative_times").message


def test_a_relative_delivery_without_a_cut_off_is_refused(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Weeks\nA-1,2\n")
    delivery = mapped(folder, """
study_id = "X-1"
[time]
unit = "weeks"
[site]
id = "1"
[[table]]
from = "patients"
to = "subject"
columns = { subject_id = "Pat" }
""")
    assert "--cut-off" in the(delivery, "no_cut_off").remedy and delivery.contents is None


def test_quantities_are_scaled_and_the_marker_named(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion,c3\nA-1,01,2025-02-01,1.4245\n")
    delivery = mapped(folder, FACTS + '[marker]\nname = "ctDNA"\nunit = "MTM/mL"\npositive_above = 0\n' + PATIENTS + INCLUDED + """
[[table]]
from = "patients"
to = "ctdna_result"
columns = { subject_id = "Pat", visit_code = { constant = "C3" }, day = "Inclusion", quantity = { column = "c3", scale = 100.0 } }
""")
    assert rows(delivery, "ctdna_result", "result_id", "quantity", "unit", "call", "marker") == [("A-1/C3", 142.45, "MTM/mL", "POSITIVE", "ctDNA")]
    assert (delivery.contents.marker, delivery.contents.marker_unit) == ("ctDNA", "MTM/mL")


def test_several_columns_join_and_the_first_that_is_filled_counts(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion,Alt\nA-1,01,,2025-02-01\n", lesions="Pat,Reader,No,Kind\nA-1,R1,T01,target\n")
    delivery = mapped(folder, FACTS + PATIENTS + INCLUDED.replace('"Inclusion"', '["Inclusion", "Alt"]') + """
[[table]]
from = "lesions"
to = "lesion"
columns = { lesion_id = { join = ["Pat", "Reader", "No"], separator = "/" }, subject_id = "Pat", role = { column = "Kind", codes = { target = "TARGET" } } }
""")
    assert rows(delivery, "milestone", "kind", "day") == [("INCLUDED", 0)]
    assert rows(delivery, "lesion", "lesion_id", "role") == [("A-1/R1/T01", "TARGET")]


def test_decimal_commas_are_read_where_they_are_named(tmp_path):
    folder = write(tmp_path / "d", patients='Pat;Centre;Months\nA-1;01;30,5\n'.replace(";", "\t"))
    delivery = mapped(folder, FACTS + PATIENTS.replace('site_id = "Centre"', 'site_id = "Centre", months_on_anti_her2 = { column = "Months", decimal = "," }'))
    assert rows(delivery, "subject", "months_on_anti_her2") == [(30.5,)]


def test_dropped_columns_are_never_read(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,Naissance\nA-1,01,1960-05-06\n")
    assert "birth_date" in rules(mapped(folder, FACTS + PATIENTS), "ERROR")
    assert mapped(folder, FACTS + '[drop]\npatients = ["Naissance"]\n' + PATIENTS).contents is not None


def test_only_the_files_that_are_meant_are_opened(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre\nA-1,01\n", other="Nom,Tel\nDupont,0612345678\n")
    delivery = mapped(folder, FACTS + 'files = ["pat*.csv"]\n' + PATIENTS)
    assert [source.name for source in delivery.contents.sources] == ["patients.csv"]
    alone = read_delivery([folder / "patients.csv"], protocol=PROTOCOL, mapping=folder.parent / "d.toml")
    assert alone.contents.tables["subject"].equals(delivery.contents.tables["subject"])
    assert "no_file_chosen" in rules(mapped(folder, FACTS + 'files = ["nothing*"]\n' + PATIENTS))


def test_a_dataset_that_is_named_and_not_there_lists_those_that_are(tmp_path):
    folder = write(tmp_path / "d", people="Pat,Centre\nA-1,01\n")
    finding = the(mapped(folder, FACTS + PATIENTS), "dataset_not_delivered")
    assert '"patients"' in finding.message and "It has PEOPLE" in finding.message


def test_a_column_that_is_named_and_not_there_lists_those_that_are(tmp_path):
    folder = write(tmp_path / "d", patients="Patient,Centre\nA-1,01\n")
    finding = the(mapped(folder, FACTS + PATIENTS), "column_not_delivered")
    assert finding.column == "Pat" and "It has Patient, Centre" in finding.message and finding.file == "patients.csv"


def test_a_mapped_reading_replaces_the_standard_one_of_the_same_table_only(tmp_path):
    adsl = "STUDYID,USUBJID,SITEID,AGE,SEX,RANDDT,MYSITE\nX-1,A-1,01,60,F,2025-02-01,77\n"
    folder = write(tmp_path / "d", adsl=adsl)
    delivery = mapped(folder, '[[table]]\nfrom = "adsl"\nto = "subject"\ncolumns = { subject_id = "USUBJID", site_id = "MYSITE" }\n', cut_off=CUT_OFF)
    assert rows(delivery, "subject", "site_id", "age_y") == [("77", None)]
    assert rows(delivery, "milestone", "kind") == [("INCLUDED",)]


def test_a_standard_reading_can_be_switched_off(tmp_path):
    adtte = "USUBJID,PARAMCD,AVAL,CNSR\nA-1,PFS,10,1\n"
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion\nA-1,01,2025-02-01\n", adtte=adtte)
    assert "tte" in mapped(folder, FACTS + PATIENTS + INCLUDED).contents.tables
    assert "tte" not in mapped(folder, FACTS + "[standard]\nadtte = false\n" + PATIENTS + INCLUDED).contents.tables


def test_a_reading_is_not_read_beside_a_dataset_that_tells_it_better(tmp_path):
    text = FACTS + PATIENTS + INCLUDED.replace("columns", 'unless = ["steps"]\ncolumns') + """
[[table]]
from = "steps"
to = "milestone"
optional = true
columns = { subject_id = "P", kind = { constant = "INCLUDED" }, day = "D" }
"""
    patients = "Pat,Centre,Inclusion\nA-1,01,2025-02-01\n"
    beside = mapped(write(tmp_path / "e", patients=patients, steps="P,D\nA-1,2025-02-03\n"), text)
    assert rows(beside, "subject", "origin_to_cut_off_days") == [(362,)]
    alone = mapped(write(tmp_path / "f", patients=patients), text)
    assert rows(alone, "subject", "origin_to_cut_off_days") == [(364,)]


def test_a_word_in_a_column_that_is_added_is_said(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,A,B\nA-1,01,12,none\n")
    delivery = mapped(folder, FACTS + PATIENTS.replace('"Centre"', '"Centre", months_on_anti_her2 = { column = "A", minus = "B" }'))
    assert (the(delivery, "not_a_number").column, the(delivery, "not_a_number").row) == ("B", "2")


def test_a_rule_that_skips_leaves_the_row_to_the_next_rule(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre,A,B\nA-1,01,x,F\nA-2,01,x,\nA-3,01,fem,M\n")
    sex = 'sex = { either = [{ column = "A", codes = { fem = "F" }, others = "skip" }, { column = "B" }] }'
    delivery = mapped(folder, FACTS + PATIENTS.replace('"Centre"', f'"Centre", {sex}'))
    assert rows(delivery, "subject", "subject_id", "sex") == [("A-1", "F"), ("A-3", "F")]


def test_a_partial_date_under_a_format_is_a_query(tmp_path):
    lines = "".join(f"A-1,{cell}\n" for cell in ("12/02/2025", "02/2025", "UN/02/2025", "??/??/2025", "2025-02", "2025"))
    folder = write(tmp_path / "d", patients="Pat,Centre,Inclusion\nA-1,01,01/02/2025\n", stops="P,D\n" + lines)
    stop = '[[table]]\nfrom = "stops"\nto = "milestone"\ncolumns = { subject_id = "P", kind = { constant = "TX_STOP" }, day = "D" }\n'
    delivery = mapped(folder, FACTS + 'date_format = "%d/%m/%Y"\n' + PATIENTS + INCLUDED + stop)
    assert rows(delivery, "milestone", "kind", "day") == [("INCLUDED", 0), ("TX_STOP", 11)]
    assert the(delivery, "partial_date").row == "3, 4, 5, 6, 7" and rules(delivery, "ERROR") == []
    wrong = write(tmp_path / "e", patients="Pat,Centre,Inclusion\nA-1,01,01/02/2025\n", stops="P,D\nA-1,31/02/2025\n")
    assert rules(mapped(wrong, FACTS + 'date_format = "%d/%m/%Y"\n' + PATIENTS + INCLUDED + stop), "ERROR") == ["not_a_date"]


def test_dates_of_sites_follow_the_format_that_is_named(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre\nA-1,01\nA-2,02\n", places="S,Opened,Month\n01,03/02/2025,02.2025\n02,2025-02-04,03.2025\n")
    sites = '[[table]]\nfrom = "places"\nto = "site"\ncolumns = { site_id = "S", activated_on = "Opened" }\n'
    plan = '[[table]]\nfrom = "places"\nto = "site_plan"\ncolumns = { site_id = "S", month = { column = "Month", format = "%m.%Y" }, planned_inclusions = { constant = 1 } }\n'
    delivery = mapped(folder, FACTS + 'date_format = "%d/%m/%Y"\n' + PATIENTS + sites + plan)
    assert [str(day)[:10] for (day,) in rows(delivery, "site", "activated_on")] == ["2025-02-03", "2025-02-04"]
    assert [str(day)[:10] for (day,) in rows(delivery, "site_plan", "month")] == ["2025-02-01", "2025-03-01"]


def test_hidden_files_are_not_chosen_and_a_wrong_choice_is_named(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre\nA-1,01\n")
    (folder / ".patients_old.csv").write_text("x", encoding="utf-8")
    (folder / "~$patients.csv").write_text("x", encoding="utf-8")
    delivery = mapped(folder, FACTS + 'files = ["*patients*"]\n' + PATIENTS)
    assert [source.name for source in delivery.contents.sources] == ["patients.csv"]
    message = the(mapped(folder, FACTS + 'skip_files = ["*.csv"]\n' + PATIENTS), "no_file_chosen").message
    assert message == "By the mapping file none of the files is left after skip_files (*.csv)."


def test_a_dataset_that_is_switched_off_is_said_to_be(tmp_path):
    folder = write(tmp_path / "d", patients="Pat,Centre\nA-1,01\n", adtte="USUBJID,PARAMCD,AVAL,CNSR\nA-1,PFS,10,1\n")
    finding = the(mapped(folder, FACTS + "[standard]\nadtte = false\n" + PATIENTS), "dataset_not_used")
    assert "switches it off" in finding.message
