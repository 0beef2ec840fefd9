"""Bytes changed at random: a reader answers with a dataset or a finding, never with an exception."""

import random

import pytest

from heroes.intake.files import read_files
from heroes.intake.findings import is_refused
from heroes.intake.identifiers import check_identifiers
from tests.intake.files.examples import CDISC, REDCAP, written

MUTATIONS, LONG_MUTATIONS = 200, 2_000


def _mutate(content: bytes, chance: random.Random) -> bytes:
    """One of the accidents of transfer: a byte changed, lost, doubled; a block zeroed; the end cut."""
    at = chance.randrange(len(content))
    what = chance.randrange(6)
    if what == 0:
        return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
    if what == 1:
        return content[:at] + content[at + 1 :]
    if what == 2:
        return content[:at] + content[at : at + 7] + content[at:]
    if what == 3:
        return content[:at] + bytes(16) + content[at + 16 :]
    if what == 4:
        return content[:at]
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


SOURCES = [*(CDISC / name for name in ("dm.xpt", "ie.xpt", "dm.json", "dd.ndjson", "dm.dsjc")), REDCAP / "blank_for_gray_status.csv"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_damaged_bytes_give_datasets_or_findings(tmp_path, source):
    assert count_refused(tmp_path, source, MUTATIONS, seed=20250101) > MUTATIONS / 10


@pytest.mark.long
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_thousands_of_damaged_files_give_datasets_or_findings(tmp_path, source):
    assert count_refused(tmp_path, source, LONG_MUTATIONS, seed=20260101) > LONG_MUTATIONS / 10


def count_refused(folder, source, mutations, seed):
    """Damages a file again and again; how often it was refused. Fails where the answer is neither data nor findings."""
    chance = random.Random(seed)
    whole = source.read_bytes()
    n_refused = 0
    for _ in range(mutations):
        damaged = _mutate(whole, chance)
        datasets, _, findings = read_files([written(folder, source.name, damaged)])
        assert datasets or is_refused(findings)
        n_refused += is_refused(findings)
        _, found = check_identifiers(datasets)
        for finding in [*findings, *found]:
            assert 0 < len(finding.message) <= 200 and 0 < len(finding.remedy) <= 200
        for dataset in datasets:
            assert len(dataset.frame) == len(dataset.rows) and list(dataset.frame.columns) == [c.name for c in dataset.columns]
    return n_refused
