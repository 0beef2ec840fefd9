"""Which groups each included patient belongs to: as delivered, and null where nothing was."""

import pytest

from heroes.access import Role
from tests.builders import a_subject
from tests.store.queries.trials import asked, patient, rows


def strata_of(*patients, **trial):
    return asked(*patients, **trial).ask("subject_strata")


@pytest.mark.parametrize(
    ("delivered", "line"),
    [
        (dict(line_of_therapy=1), "FIRST"),
        (dict(line_of_therapy=2), "SECOND_OR_LATER"),
        (dict(line_of_therapy=3), "SECOND_OR_LATER"),
        (dict(line_ge2=False), "FIRST"),
        (dict(line_ge2=True), "SECOND_OR_LATER"),
        (dict(line_of_therapy=1, line_ge2=True), "FIRST"),  # the number says more than the yes or no
        (dict(line_of_therapy=2, line_ge2=False), "SECOND_OR_LATER"),
        (dict(), None),
    ],
)
def test_the_line_is_that_of_its_number_else_of_the_yes_or_no(delivered, line):
    assert rows(strata_of(patient(**delivered)), "line") == [(line,)]


def test_receptor_and_response_are_as_delivered():
    answer = strata_of(
        patient("01-001", er_status="POSITIVE", response_at_entry="CR"),
        patient("01-002", er_status="NEGATIVE", response_at_entry="NON-CR/NON-PD"),
        patient("01-003"),
    )
    assert rows(answer, "subject_id", "hormone_receptor", "response_at_entry") == [
        ("01-001", "POSITIVE", "CR"), ("01-002", "NEGATIVE", "NON-CR/NON-PD"), ("01-003", None, None)]


def test_a_site_without_region_leaves_its_patients_without_one():
    answer = strata_of(patient("01-001"), patient("02-001"), sites={"01": {"region": "Bretagne"}, "02": {}})
    assert rows(answer, "site_id", "site_group") == [("01", "Bretagne"), ("02", None)]


def test_one_row_for_each_included_patient_and_none_for_the_others():
    answer = strata_of(
        patient("01-002", line_of_therapy=1), a_subject("01-003", consented="2025-06-01", line_of_therapy=1), patient("01-001"))
    assert rows(answer, "subject_id", "line") == [("01-001", None), ("01-002", "FIRST")]


def test_an_investigator_is_told_of_the_own_sites_patients_only():
    both = (patient("01-001", er_status="POSITIVE"), patient("02-001", er_status="NEGATIVE"))
    assert rows(strata_of(*both, own_sites=("02",)), "subject_id") == [("02-001",)]
    assert len(strata_of(*both, role=Role.STATISTICIAN)) == 2
