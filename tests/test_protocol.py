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
