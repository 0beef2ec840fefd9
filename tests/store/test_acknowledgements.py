"""Acknowledging an alert: who may, what is recorded, and what is not."""

from datetime import UTC, date, datetime

import pytest

from heroes.access import Person, Policy, Right, Role, rights_of
from heroes.errors import ClosedDataError
from heroes.model.terms import Acknowledged
from heroes.store import audit
from heroes.store.acknowledgements import acknowledge, list_acknowledgements
from tests.builders import a_subject, a_trial, publish

AT = datetime(2026, 2, 3, 9, tzinfo=UTC)


@pytest.fixture
def cut(tmp_path):
    return publish(a_trial(a_subject("01-001", included="2025-01-10")), tmp_path).cut


def by(role, folder, cut, alert="0123456789abcdef"):
    return acknowledge(folder, alert, Acknowledged.ACTED, person=Person(role, frozenset({"01"})), policy=Policy(), cut=cut, at=AT)


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.COORDINATING_INVESTIGATOR])
def test_an_investigator_acknowledges(tmp_path, cut, role):
    by(role, tmp_path, cut)
    row = list_acknowledgements(tmp_path).iloc[0]
    assert (row.alert, row.reason, row.role, row.cut_off) == ("0123456789abcdef", "ACTED", role.value, date(2026, 1, 31))
    assert row["at"] == AT


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.INVESTIGATOR, Role.COORDINATING_INVESTIGATOR}))
def test_nobody_else_does(tmp_path, cut, role):
    with pytest.raises(ClosedDataError, match="investigators"):
        by(role, tmp_path, cut)
    assert list_acknowledgements(tmp_path).empty
    assert Right.ACKNOWLEDGE not in rights_of(Person(role), Policy(pooled_outcomes="open"))


def test_the_record_holds_neither_patient_nor_rule_and_stays_whole(tmp_path, cut):
    by(Role.INVESTIGATOR, tmp_path, cut)
    event = audit.list_audit(tmp_path).iloc[-1]
    assert "01-001" not in " ".join(map(str, event)) and "RESTARTED" not in " ".join(map(str, event))
    assert event.action == "ACKNOWLEDGE" and event.snapshot_hash == cut.digest
    assert audit.verify_audit(tmp_path).ok


def test_a_reason_outside_the_closed_list_is_refused(tmp_path, cut):
    with pytest.raises(ValueError):
        acknowledge(tmp_path, "0" * 16, "she said no", person=Person(Role.INVESTIGATOR), policy=Policy(), cut=cut, at=AT)
    assert list_acknowledgements(tmp_path).empty


def test_without_any_record_nothing_is_acknowledged(tmp_path):
    assert list_acknowledgements(tmp_path).empty
