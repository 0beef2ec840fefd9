"""How many inclusions are planned: the protocol's number, or a simulated trial's own."""

from heroes.access import Person, Policy, Role
from heroes.protocol import read_protocol
from heroes.store.connection import open_cut
from heroes.store.scope import scope_of
from tests.builders import a_subject, a_trial, publish

PLAN = [("01", "2025-01-01", 3.0), ("01", "2025-02-01", 4.0)]


def planned(folder, **changes):
    cut = publish(a_trial(a_subject("01-001", included="2025-01-10"), **changes), folder).cut
    protocol = read_protocol().applied_to(cut.study_id)
    return open_cut(cut, scope_of(Person(Role.SPONSOR), Policy()), protocol).trial().ask("planned_size").planned.dropna().tolist()


def test_a_real_trial_plans_what_its_protocol_says(tmp_path):
    assert planned(tmp_path, site_plan=PLAN) == [170]


def test_a_simulated_trial_plans_what_its_sites_plan(tmp_path):
    assert planned(tmp_path, site_plan=PLAN, simulated=True, study_id="HEROES-SIM") == [7]
    assert planned(tmp_path / "other", simulated=True, study_id="HEROES-SIM") == [170]


def test_another_study_has_no_planned_size(tmp_path):
    assert planned(tmp_path, study_id="AB12345") == []
