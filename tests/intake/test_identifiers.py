"""Personal data at the door."""

from datetime import date

import pytest

from heroes.intake.files import read_files
from heroes.intake.findings import is_refused
from heroes.intake.identifiers import check_identifiers
from heroes.intake.personal import nir_key
from heroes.model.terms import Severity
from tests.intake.cells import a_dataset, found_in
from tests.intake.files.examples import CDISC, REDCAP, rules

SPECIMEN = "255081416802538"


def test_a_clean_dataset_passes_untouched():
    dataset = a_dataset(USUBJID=["HER-01-001", "HER-01-002"], LBORRES=["0.5", None], AVAL=[119.630116922781, 2], ADT=[date(2025, 1, 1), None])
    passed, findings = check_identifiers([dataset])
    assert passed == [dataset] and findings == []


def test_a_nir_in_a_comment_refuses_the_file_without_repeating_it():
    columns, findings = found_in(USUBJID=["S-1", "S-2", "S-3"], COMMENT=["fine", f"her number is {SPECIMEN}", "2 55 08 14 168 025 38"])
    assert rules(findings) == ["nir"] and is_refused(findings)
    assert (findings[0].file, findings[0].column, findings[0].row) == ("lb.csv", "COMMENT", "3, 4")
    assert "COMMENT" not in columns
    assert not any(part in str(findings) for part in (SPECIMEN, "168 025", "her number"))


@pytest.mark.parametrize("cell", [255081416802538, 255081416802538.0, "255081416802538.0"])
def test_a_nir_kept_as_a_number_is_found(cell):
    _, findings = found_in(CODE=[1, cell, None])
    assert rules(findings) == ["nir"] and findings[0].row == "3"


def test_long_lists_of_rows_are_counted_not_listed():
    _, findings = found_in(CONTACT=["06 12 34 56 78"] * 40)
    assert findings[0].row == "2, 3, 4, 5, 6 and 35 more" and "40 rows" in findings[0].message


@pytest.mark.parametrize("rule, cell", [("phone", "06 12 34 56 78"), ("email", "x@y.example"), ("iban", "FR76 3000 6000 0112 3456 7890 189")])
def test_contacts_refuse_the_file(rule, cell):
    columns, findings = found_in(AETERM=["Nausea", cell])
    assert rules(findings) == [rule] and is_refused(findings) and columns == []
    assert cell not in str(findings)


def test_a_wrong_key_is_a_warning_but_not_under_a_header_that_says_nir():
    columns, findings = found_in(number=["255081416802599"])
    assert rules(findings) == ["like_nir"] and findings[0].severity is Severity.NOTE and columns == ["number"]
    columns, findings = found_in(code_nir=["255081416802599"])
    assert is_refused(findings) and columns == []
    columns, findings = found_in(code_secu=["2550814168025"])
    assert rules(findings) == ["nir_without_key"] and is_refused(findings) and columns == []


@pytest.mark.parametrize("accession", ["SIG-20250114-000123", "NAT0012345678", "1234567890123", "204512345678999", "0612345678"])
def test_a_signatera_accession_number_is_not_refused(accession):
    columns, findings = found_in(accession_id=[accession, accession])
    assert not is_refused(findings) and columns == ["accession_id"]


def test_chance_keys_among_many_accession_numbers_are_a_warning_and_a_column_of_nirs_is_not():
    bodies = [f"2{50 + n:02d}0814{168000 + n:06d}" for n in range(30)]
    keys = [nir_key(body) for body in bodies]
    chance = [f"{body}{key if n == 4 else (key % 97) + 1 if key < 97 else 1:02d}" for n, (body, key) in enumerate(zip(bodies, keys, strict=True))]
    columns, findings = found_in(LBREFID=chance)
    assert rules(findings) == ["like_nir"] and columns == ["LBREFID"]
    columns, findings = found_in(LBREFID=[f"{body}{key:02d}" for body, key in zip(bodies, keys, strict=True)])
    assert rules(findings) == ["nir"] and columns == []


def test_a_phone_number_written_as_one_is_refused_in_a_laboratory_column_too():
    _, findings = found_in(specimen_id=["06 12 34 56 78"])
    assert rules(findings) == ["phone"]


@pytest.mark.parametrize("cells", [["1950-12-26", None], [date(1950, 12, 26)], [-3293, 1950], ["26/12/1950"]])
def test_birth_dates_to_the_day_are_refused(cells):
    columns, findings = found_in(BRTHDTC=cells, AGE=[61] * len(cells))
    assert rules(findings) == ["birth_date"] and is_refused(findings) and columns == ["AGE"]
    assert "1950" not in str(findings)


@pytest.mark.parametrize("cells", [["1950", "1951-02"], [None, None], [1950, 1951]])
def test_birth_by_year_or_month_or_empty_is_left_out_with_a_warning(cells):
    columns, findings = found_in(BRTHDTC=cells, AGE=[61, 60])
    assert rules(findings) == ["birth_column"] and findings[0].severity is Severity.NOTE and columns == ["AGE"]


def test_a_label_can_announce_a_birth_date_or_a_name():
    dataset = a_dataset(labels={"V1": "Date of Birth", "V2": "Last name", "V3": "Name of Treatment"}, V1=["1950-12-26"], V2=["x"], V3=["y"])
    passed, findings = check_identifiers([dataset])
    assert rules(findings) == ["birth_date", "name_column"] and list(passed[0].frame.columns) == ["V3"]


def test_any_value_under_the_header_of_a_name_is_refused_and_none_is_not():
    columns, findings = found_in(nom=["x", None], id=["1", "2"])
    assert rules(findings) == ["name_column"] and findings[0].row == "2" and columns == ["id"]
    columns, findings = found_in(nom=[None, None], id=["1", "2"])
    assert findings == [] and columns == ["id"]
    _, findings = found_in(initials=["JD"])
    assert is_refused(findings)


def test_a_title_before_a_name_drops_the_column_with_a_warning():
    columns, findings = found_in(AETERM=["Nausea, see Mme Durand", "Rash"], AEDECOD=["Nausea", "Rash"])
    assert rules(findings) == ["person_title"] and not is_refused(findings) and columns == ["AEDECOD"]
    assert "Durand" not in str(findings)


def test_investigators_are_left_out_with_a_warning():
    columns, findings = found_in(INVNAM=["Dr. CHN-3 Doe"], SITEID=["CHN-3"])
    assert rules(findings) == ["investigator_name"] and not is_refused(findings) and columns == ["SITEID"]


def test_a_header_that_holds_an_identifier_is_refused_by_its_place():
    columns, findings = found_in(**{"id": ["1"], SPECIMEN: ["x"], "a@b.example": ["y"]})
    assert rules(findings) == ["identifier_in_header"] * 2 and [finding.column for finding in findings] == ["number 2", "number 3"]
    assert columns == ["id"] and SPECIMEN not in str(findings) and "a@b" not in str(findings)


def test_a_file_name_that_holds_an_identifier_is_refused_by_its_number():
    dataset = a_dataset(id=["1"])
    dataset.file = f"{SPECIMEN}.csv"
    _, findings = check_identifiers([dataset])
    assert rules(findings) == ["identifier_in_file_name"] and SPECIMEN not in str(findings)


def test_fields_that_a_redcap_dictionary_flags_are_refused():
    dictionary = a_dataset("DICTIONARY", **{"Variable / Field Name": ["record_id", "nickname"], "Identifier?": [None, "y"]})
    data = a_dataset("DATA", record_id=["1"], nickname=["x"])
    passed, findings = check_identifiers([dictionary, data])
    assert rules(findings) == ["flagged_identifier"] and list(passed[1].frame.columns) == ["record_id"]


def test_a_column_dropped_by_the_mapping_is_not_asked():
    datasets, _, _ = read_files([CDISC / "dm.json"], drop={"DM": {"BRTHDTC"}})
    assert check_identifiers(datasets)[1] == []
    datasets, _, _ = read_files([CDISC / "dm.json"])
    assert rules(check_identifiers(datasets)[1]) == ["birth_column"]  # years only


def test_messages_are_short_enough_to_be_kept():
    _, findings = found_in(nom=["x"] * 2000, BRTHDTC=["1950-12-26"] * 2000, C=[SPECIMEN] * 2000, D=["255081416802599"] * 2000)
    assert len(findings) == 4 and all(len(text) <= 200 for finding in findings for text in (finding.message, finding.remedy))


def test_an_export_with_invented_names_and_contacts_is_refused():
    datasets, _, _ = read_files([REDCAP / "blank_for_gray_status.csv"])
    passed, findings = check_identifiers(datasets)
    assert {finding.column for finding in findings} >= {"name_first", "name_last", "address", "telephone", "email", "dob"}
    assert is_refused(findings) and not {"Nutmeg", "mouse"} & set(str(findings).replace("'", " ").split())


def test_the_published_trials(reference):
    for folder in ("xpt", "csv", "dataset_json"):
        _, findings = check_identifiers(read_files([reference / "trial_rcd" / folder])[0])
        assert rules(findings) == ["investigator_name"]
        _, findings = check_identifiers(read_files([reference / "trial_pharmaverse" / folder])[0])
        assert set(rules(findings)) == {"birth_date"}
        assert {finding.table for finding in findings} == ({"ADSL"} if folder == "csv" else {"ADSL", "DM"})
        assert {finding.column for finding in findings} == {"BRTHDTC"}


def test_published_tables_without_persons_pass(reference):
    for folder in ("datasets", "inputs", "formats/cbioportal"):
        datasets, _, _ = read_files([reference / folder])
        assert not is_refused(check_identifiers(datasets)[1])


def test_redcap_exports_are_refused_where_they_name_people(reference):
    named = {"arm-multiple-delete", "blank-for-gray-status", "clinical-trial-1", "decimal-comma", "decimal-comma-and-dot", "longitudinal", "repeating-instruments"}
    for folder in sorted((reference / "formats" / "redcap").iterdir()):
        if folder.is_dir():
            _, findings = check_identifiers(read_files([folder])[0])
            assert is_refused(findings) == (folder.name in named), folder.name


@pytest.mark.parametrize("cell", ["chr7:140453136A>T", "NM_004448.4:c.2264T>C", "g.37880220T>C", "p.Leu755Ser", "rs1057519738", "c.35_36delinsTG"])
def test_the_place_of_a_genetic_variant_is_refused_wherever_it_stands(cell):
    left, findings = found_in(GFORRES=["POSITIVE", cell], GFTESTCD=["CALL", "VAR"])
    assert left == ["GFTESTCD"] and [(finding.rule, finding.severity, finding.row) for finding in findings] == [("variant", "ERROR", "3")]
    assert cell not in str(findings)


@pytest.mark.parametrize("cell", ["0.42 MTM/mL", "M1.5", "rs 12", "RS001", "p. 3 of 4", "c. 12", "chr", "2025-01-01T10:00:00", "A-001/M1.5", "v1.2", "pg.12"])
def test_what_only_looks_a_little_like_a_variant_is_none(cell):
    assert found_in(LBORRES=[cell])[1] == []


def test_a_filled_column_of_chromosomes_or_positions_is_refused_and_an_empty_one_left_out():
    left, findings = found_in(GFCHROM=["7", None], GFGENLOC=[None, None], HGVS_c=["x", "y"], GFSTRESN=["1", "2"])
    assert left == ["GFSTRESN"] and [(finding.rule, finding.column, finding.row) for finding in findings] == [
        ("variant_column", "GFCHROM", "2"), ("variant_column", "HGVS_c", "2, 3")]
