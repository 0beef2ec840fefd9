"""`heroes alerts`: what rings, for whom, and what of it is new."""

import json
from datetime import UTC, datetime

import pytest

from heroes.access import Person, Policy, Role
from heroes.cli import main
from heroes.model.terms import Acknowledged
from heroes.store import audit
from heroes.store.acknowledgements import acknowledge
from tests.builders import a_trial, publish
from tests.test_stories import PLAN, STORIES


def told():
    return a_trial(*STORIES, visit_plan=PLAN, simulated=True, study_id="HEROES-SIM")


@pytest.fixture
def cut(tmp_path):
    return publish(told(), tmp_path).cut


def asked(capsys, *arguments):
    status = main(["alerts", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def rules(out: str) -> list[tuple[str, str]]:
    return [(alert["subject_id"], alert["rule"]) for alert in json.loads(out)["alerts"]]


def test_alerts_are_lines_in_order_of_danger_and_ringing_is_no_failure(capsys, tmp_path, cut):
    status, out, err = asked(capsys, "--data", tmp_path)
    lines = out.splitlines()
    assert status == 0 and err == ""
    assert lines[0] == f"SIMULATED DATA. Alerts of {cut.stem}, cut-off 2026-01-31: 11"
    assert lines[1].startswith("URGENT  01-007  site 01  ctDNA positive in the draw of day 45;")
    assert sum(line.startswith("URGENT") for line in lines) == 5


def test_the_json_names_reason_days_evidence_and_what_cannot_be_judged(capsys, tmp_path, cut):
    _, out, _ = asked(capsys, "--data", tmp_path, "--json")
    document = json.loads(out)
    first = document["alerts"][0]
    assert document["cut"] == cut.stem and document["simulated"] is True and document["not_judged"] == []
    assert (first["days"], first["limit_days"], first["danger"], first["acknowledged"]) == (147, 28, "URGENT", None)
    assert first["evidence"] == {"table": "ctdna_result", "day": 45, "record": "01-007-R2"}
    assert len({alert["alert"] for alert in document["alerts"]}) == 11


def test_a_site_narrows_the_list(capsys, tmp_path, cut):
    _, out, _ = asked(capsys, "--data", tmp_path, "--json", "--site", "02")
    assert {subject[:2] for subject, _ in rules(out)} == {"02"}


def test_an_investigator_hears_of_own_patients_only_and_no_total(capsys, tmp_path, cut):
    _, out, _ = asked(capsys, "--data", tmp_path, "--as", "investigator", "--site", "02")
    assert "site 02" in out and "site 01" not in out
    assert out.splitlines()[0].endswith("cut-off 2026-01-31")


def test_a_monitor_is_told_which_rules_are_not_for_that_role(capsys, tmp_path, cut):
    _, out, _ = asked(capsys, "--data", tmp_path, "--json", "--as", "monitor", "--site", "01", "--site", "02")
    silent = {entry["rule"] for entry in json.loads(out)["not_judged"]}
    assert silent == {"PROGRESSION_WITHOUT_DECISION", "PROGRESSION_UNCONFIRMED", "RESTART_WITHOUT_TRIGGER"}
    assert "progression" not in json.dumps(json.loads(out)["alerts"]).lower()


@pytest.mark.parametrize("role", ["sponsor", "administrator"])
def test_who_sees_no_patient_hears_no_alert(capsys, tmp_path, cut, role):
    status, out, err = asked(capsys, "--data", tmp_path, "--as", role)
    assert status == 3 and out == "" and "Alerts name patients" in err


def test_only_what_is_new_since_another_cut(capsys, tmp_path, cut):
    fewer = [story for story in STORIES if story.subject_id not in ("01-003", "02-009")]
    earlier = publish(a_trial(*fewer, visit_plan=PLAN, simulated=True, study_id="HEROES-SIM", cut_off="2026-01-24"), tmp_path).cut
    _, out, _ = asked(capsys, "--data", tmp_path, "--json", "--new-since", earlier.stem)
    assert {subject for subject, _ in rules(out)} >= {"01-003", "02-009"}
    assert "01-005" not in {subject for subject, _ in rules(out)}


def test_an_acknowledged_alert_is_silent_unless_asked_for(capsys, tmp_path, cut):
    _, out, _ = asked(capsys, "--data", tmp_path, "--json")
    name = json.loads(out)["alerts"][0]["alert"]
    person = Person(Role.INVESTIGATOR, frozenset({"01"}))
    at = datetime(2026, 2, 3, tzinfo=UTC)
    acknowledge(tmp_path, name, Acknowledged.DECIDED, person=person, policy=Policy(), cut=cut, at=at)
    _, out, _ = asked(capsys, "--data", tmp_path, "--json")
    assert name not in out and json.loads(out)["acknowledged"] == 1
    _, out, _ = asked(capsys, "--data", tmp_path, "--json", "--all")
    assert json.loads(out)["alerts"][0]["acknowledged"]["reason"] == "DECIDED"


def test_reading_the_alerts_of_all_sites_is_recorded(capsys, tmp_path, cut):
    asked(capsys, "--data", tmp_path)
    event = audit.list_audit(tmp_path).iloc[-1]
    assert (event.action, event.object) == ("VIEW_CLOSED", "alerts")


def test_an_unknown_cut_to_compare_with_is_named(capsys, tmp_path, cut):
    status, _, err = asked(capsys, "--data", tmp_path, "--new-since", "1999-01-01")
    assert status == 3 and "1999-01-01" in err
