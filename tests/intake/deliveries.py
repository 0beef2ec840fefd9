"""Small deliveries written in a line each, for the tests of the intake."""

from datetime import date
from pathlib import Path

from heroes.intake.mapping import read_mapping
from heroes.intake.route import Delivery, read_delivery
from heroes.protocol import read_protocol

PROTOCOL = read_protocol()
CUT_OFF = date(2026, 1, 31)

MANIFEST = "study_id,cut_off,simulated\nHEROES,2026-01-31,false\n"
SUBJECTS = "subject_id,site_id,age_y,sex\nA-001,01,61,F\nA-002,02,55,F\n"
STEPS = "subject_id,kind,date\nA-001,CONSENT1,2025-01-02\nA-001,INCLUDED,2025-02-01\nA-002,CONSENT1,2025-03-03\n"


def write(folder: Path, **files: str) -> Path:
    """Files of a delivery: name without suffix → text, as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def house(folder: Path, **files: str) -> Path:
    """A delivery in our own layout: two patients of HEROES, and whatever else is given."""
    return write(folder, **{"data_cut": MANIFEST, "subject": SUBJECTS, "milestone": STEPS, **files})


def mapped(folder: Path, mapping: str, **options) -> Delivery:
    """A folder read with a mapping file."""
    path = folder.parent / f"{folder.name}.toml"
    path.write_text(mapping, encoding="utf-8")
    return read_delivery([folder], protocol=PROTOCOL, mapping=path, **options)


def read(folder: Path, **options) -> Delivery:
    return read_delivery([folder], protocol=PROTOCOL, **options)


def rows(delivery: Delivery, table: str, *columns: str) -> list[tuple]:
    """The rows of a table as tuples of the columns named; missing cells are None."""
    assert delivery.contents is not None, [str(finding) for finding in delivery.findings if finding.severity == "ERROR"]
    frame = delivery.contents.tables[table]
    plain = [frame[name].astype(object).where(frame[name].notna(), None) for name in columns]
    return list(zip(*plain, strict=True))


def rules(delivery: Delivery, severity: str | None = None) -> list[str]:
    """The rules that were not met, each as often as it was found."""
    return [finding.rule for finding in delivery.findings if severity in (None, finding.severity)]


def the(delivery: Delivery, rule: str):
    """The one finding of a rule."""
    (found,) = [finding for finding in delivery.findings if finding.rule == rule]
    return found


def parsed(folder: Path, text: str):
    """A mapping from its text."""
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)
