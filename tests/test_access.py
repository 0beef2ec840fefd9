"""Roles: what each may see, and who may never see pooled outcomes."""

import pytest

from heroes.access import SITE_BOUND, Person, Policy, Right, Role, may, read_policy, rights_of
from heroes.errors import AccessFileError

OPEN, CLOSED = Policy("open"), Policy("closed")


def test_pooled_outcomes_are_for_the_dsmb_and_the_statistician():
    seeing = {role for role in Role if may(Person(role), Right.POOLED_OUTCOMES, CLOSED)}
    assert seeing == {Role.DSMB, Role.STATISTICIAN}


def test_an_open_policy_adds_the_coordinating_investigator_only():
    seeing = {role for role in Role if may(Person(role), Right.POOLED_OUTCOMES, OPEN)}
    assert seeing == {Role.DSMB, Role.STATISTICIAN, Role.COORDINATING_INVESTIGATOR}


def test_the_administrator_sees_no_patient_and_no_count():
    assert rights_of(Person(Role.ADMINISTRATOR), OPEN) == {Right.PEOPLE}


def test_nobody_bound_to_sites_sees_all_patients():
    for role in SITE_BOUND:
        assert not may(Person(role, frozenset({"01"})), Right.ALL_PATIENTS, OPEN)
        assert Person(role, frozenset({"01"})).bound_sites == {"01"}
    assert Person(Role.DSMB, frozenset({"01"})).bound_sites is None


def test_only_the_statistician_exports():
    assert {role for role in Role if may(Person(role), Right.EXPORT, OPEN)} == {Role.STATISTICIAN}


def test_without_an_access_file_pooled_outcomes_are_closed(tmp_path):
    assert read_policy(tmp_path) == Policy("closed")


def test_the_access_file_opens_them(tmp_path):
    (tmp_path / "access.toml").write_text('pooled_outcomes = "open"\n')
    assert read_policy(tmp_path) == Policy("open")


@pytest.mark.parametrize("text", ['pooled_outcomes = "perhaps"', "pooled = 1", "pooled_outcomes = "])
def test_an_access_file_that_makes_no_sense_is_refused(tmp_path, text):
    (tmp_path / "access.toml").write_text(text)
    with pytest.raises(AccessFileError, match="access.toml"):
        read_policy(tmp_path)
