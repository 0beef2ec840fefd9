"""The protocol file: what is public has a source, what is not public is not set, nonsense is refused in words."""

import re

import pytest

from heroes.errors import ProtocolError
from heroes.protocol import PACKAGED, protocol_of, read_protocol


def changed(tmp_path, pattern, replacement):
    """The packaged protocol with one entry changed."""
    text = PACKAGED.read_text(encoding="utf-8")
    new = re.sub(pattern, replacement, text, count=1, flags=re.M)
    assert new != text
    path = tmp_path / "protocol.toml"
    path.write_text(new, encoding="utf-8")
    return path


def test_the_packaged_protocol_is_heroes():
    protocol = read_protocol()
    assert protocol.trial.registry_id == "NCT06450314"
    assert protocol.accrual.planned_inclusions == 170
    assert protocol.endpoint.milestone_days == 365.25
    assert protocol.milestone_months == 12


def test_what_is_not_public_is_not_set():
    protocol = read_protocol()
    assert protocol.hypotheses.p0 is None
    assert protocol.hypotheses.p1 is None
    assert protocol.accrual.planned_screened is None
    assert protocol.schedule.ctdna_window_days is None


def test_every_value_has_a_source():
    protocol = read_protocol()
    for section, values in protocol.model_dump().items():
        for name in values:
            assert protocol.source(f"{section}.{name}").strip(), f"{section}.{name}"


def test_sources_do_not_change_the_digest_but_values_do(tmp_path):
    packaged = read_protocol().digest
    assert read_protocol(changed(tmp_path, r'source = "PR"', 'source = "elsewhere"')).digest == packaged
    assert read_protocol(changed(tmp_path, r"365\.25", "180.0")).digest != packaged


@pytest.mark.parametrize(
    ("pattern", "replacement", "told"),
    [
        (r"2027-01-15", "2024-01-15", "[accrual]"),
        (r"value = 365\.25", "value = -3", "[endpoint] milestone_days"),
        (r'"log-log"', '"loglog"', "[endpoint] conf_type"),
        (r"\[1\.5, 3,", "[3, 1.5,", "ctdna_months must be positive and ascending"),
        (r'^phase = .*$', 'phase = "II"', "[trial] phase: wanted { value"),
        (r'^phase = ', 'fase = ', "[trial]"),
        (r'"study"', '"FDA"', "[endpoint] censoring"),
        (r'^prior = \{ value = \[1, 1\]', "prior = { value = [1, 0]", "the two numbers of a beta prior lie between 0.01 and 1000"),
        (r'^failure_looks = \{ value = "not set"', "failure_looks = { value = [40, 20]", "numbers of patients, ascending"),
        (r'^failure_looks = \{ value = "not set"', "failure_looks = { value = []", "numbers of patients, ascending"),
        (r'^interim_looks = \{ value = "not set"', "interim_looks = { value = [-5, 60]", "numbers of patients, ascending"),
        (r'^alpha = \{ value = "not set"', "alpha = { value = 0.5", "one-sided and below 0.5"),
        (r'^failure_limit = \{ value = "not set"', "failure_limit = { value = 1.2", "[interim] failure_limit"),
        (r'^primary_when_closed = \{ value = "not set"', "primary_when_closed = { value = 0", "[endpoint] primary_when_closed"),
        (r"^minimal_important_difference = \{ value = 10", "minimal_important_difference = { value = 0", "minimal_important_difference"),
        (r'^death_is = \{ value = "competing"', 'death_is = { value = "ignored"', "[quality_of_life] death_is"),
        (r'^instruments = \{ value = "not set"', 'instruments = { value = ["C30"]', "[quality_of_life] instruments"),
        (r"^\[trial\]$", "[trial", "not a TOML file"),
    ],
)
def test_a_protocol_that_makes_no_sense_is_refused_with_file_section_and_entry(tmp_path, pattern, replacement, told):
    path = changed(tmp_path, pattern, replacement)
    with pytest.raises(ProtocolError) as refusal:
        read_protocol(path)
    assert str(path) in str(refusal.value)
    assert told in str(refusal.value)


def test_a_target_below_the_null_is_refused(tmp_path):
    path = changed(tmp_path, r'^p0 = \{ value = "not set"', "p0 = { value = 0.9")
    path.write_text(path.read_text().replace('p1 = { value = "not set"', "p1 = { value = 0.8"))
    with pytest.raises(ProtocolError, match="p1 must exceed p0"):
        read_protocol(path)


def test_a_data_folder_may_hold_another_trial(tmp_path):
    assert protocol_of(tmp_path).digest == read_protocol().digest
    changed(tmp_path, r'value = "HEROES"', 'value = "STOP-HER2"')
    assert protocol_of(tmp_path).trial.name == "STOP-HER2"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ProtocolError, match="does not exist"):
        read_protocol(tmp_path / "none.toml")


def test_another_study_gets_the_conventions_and_nothing_of_this_trials_size_or_schedule():
    protocol = read_protocol()
    own, other = protocol.applied_to("HEROES-SIM"), protocol.applied_to("AB12345")
    assert own is protocol
    assert other.accrual.planned_inclusions is None and other.accrual.start is None
    assert other.schedule.ctdna_months is None
    assert other.endpoint == protocol.endpoint
    assert other.digest != protocol.digest
    assert other.source("endpoint.origin") == protocol.source("endpoint.origin")


def test_the_conventions_of_the_endpoint_have_a_default_that_a_protocol_file_may_leave_out(tmp_path):
    packaged = read_protocol()
    assert packaged.endpoint.censoring == "study"
    assert packaged.quality_of_life.deterioration_scale == "QL"
    assert packaged.quality_of_life.minimal_important_difference == 10
    assert packaged.quality_of_life.death_is == "competing"
    for entry in ("censoring", "deterioration_scale", "minimal_important_difference", "death_is"):
        assert read_protocol(changed(tmp_path, rf"^{entry} = .*\n", "")).digest == packaged.digest, entry
    older = read_protocol(changed(tmp_path, r"^censoring = .*\n", ""))
    assert older.source("endpoint.censoring") == "DEFAULT"


def test_what_an_interim_read_out_needs_is_not_set():
    interim = read_protocol().interim
    assert interim.prior == (1, 1)
    assert {name for name, value in interim.model_dump().items() if value is None} == {
        "ppos_futility", "ppos_success", "failure_limit", "failure_prior", "failure_certainty", "failure_looks",
    }
    assert read_protocol().endpoint.primary_when_closed is None


def test_another_study_takes_nothing_of_this_trials_interim_rules(tmp_path):
    path = changed(tmp_path, r'^ppos_success = \{ value = "not set"', "ppos_success = { value = 0.95")
    own = read_protocol(path)
    assert own.interim.ppos_success == 0.95
    assert own.applied_to("AB12345").interim.ppos_success is None
    assert own.applied_to("AB12345").interim.prior == own.interim.prior


def test_a_futility_line_above_the_line_of_success_is_refused(tmp_path):
    path = changed(tmp_path, r'^ppos_success = \{ value = "not set"', "ppos_success = { value = 0.05")
    path.write_text(path.read_text().replace('ppos_futility = { value = "not set"', "ppos_futility = { value = 0.1"))
    with pytest.raises(ProtocolError, match="ppos_futility must be below ppos_success"):
        read_protocol(path)
