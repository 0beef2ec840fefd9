"""Codes of patients that could be traced back to a person."""

import pytest

from heroes.errors import ProtocolError
from heroes.intake.identifiers import check_identifiers
from tests.intake.cells import a_dataset, found_in
from tests.intake.files.examples import rules


@pytest.mark.parametrize(
    "rule, codes",
    [
        ("subject_code_date", ["S-1950-12-26", "S-2"]), ("subject_code_date", ["S-26.12.1950"]),
        ("subject_code_number", ["12345678", "S-2"]), ("subject_code_number", [123456789, 2]),
        ("subject_code_initials", ["JD-001", "MB-002", "AB-003"]), ("subject_code_initials", ["JDX001", "MBY002", "ABZ003"]),
    ],
)
def test_codes_that_could_be_traced_are_refused(rule, codes):
    for header in ("USUBJID", "subject_id", "patient_id"):
        columns, findings = found_in(**{header: codes})
        assert rules(findings) == [rule] and columns == []
        assert str(codes[0]) not in str(findings)


@pytest.mark.parametrize(
    "columns",
    [
        {"subject_id": ["HER-001-001", "HER-001-002", "HER-002-001"]},
        {"USUBJID": ["LYO-001", "PAR-002", "BRE-003"], "SITEID": ["LYO", "PAR", "BRE"]},
        {"USUBJID": ["AB12345-CHN-3-id-128", "AB12345-BRA-1-id-105"]},
        {"USUBJID": ["01-701-1015", "01-701-1023"]},
        {"ID": ["20250101", "A"]},
        {"PID": [1, 2, 1234567]},
        {"subject_id": ["S-1", None, "T-2", "U-3"]},
    ],
)
def test_codes_of_trials_pass(columns):
    assert found_in(**columns)[1] == []


def test_the_mapping_may_name_the_column_of_codes():
    dataset = a_dataset(ID=["19501226", "2"])
    assert rules(check_identifiers([dataset], subject_columns={"lb": {"ID"}})[1]) == ["subject_code_number"]


def test_the_pattern_of_the_protocol():
    dataset = a_dataset(USUBJID=["HER-012-003", "HER-12-3"], SUBJID=["3", "4"])
    _, findings = check_identifiers([dataset], subject_id_pattern=r"^HER-\d{2,3}-\d{3}$")
    assert rules(findings) == ["subject_code_pattern"] and findings[0].row == "3"
    with pytest.raises(ProtocolError):
        check_identifiers([dataset], subject_id_pattern="(")
