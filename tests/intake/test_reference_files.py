"""Every file that others made and that is here: read, or refused in words. The table in docs/formats.md is held to it.

`python -m tests.intake.test_reference_files` prints the table.
"""

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pandas as pd
import pytest

from heroes.intake.files import read_files
from heroes.intake.identifiers import check_identifiers
from heroes.model.terms import Severity

PROJECT = Path(__file__).resolve().parents[2]
REFERENCE = Path(os.environ.get("HEROES_REFERENCE") or PROJECT.parent / "shared" / "reference")
FOLDERS = ("formats", "trial_pharmaverse", "trial_rcd")
WHY = {
    "birth_date": "birth dates to the day; a mapping file that drops the column lets the rest in",
    "name_column": "names, addresses or telephones under headers that say so",
    "flagged_identifier": "fields that the project marks as identifiers",
    "wrong_record_count": "says another number of records than it holds",
    "empty_file": "an export without a line",
    "not_data": "a licence that travels with the data",
    "redcap_dictionary": "a data dictionary: used for the export beside it",
    "redcap_design": "a list of arms, events or instruments",
}
_OPENED = {  # how many rows a plain reader of the format finds
    ".csv": lambda path: len(pd.read_csv(path, dtype=str, skip_blank_lines=True)),
    ".txt": lambda path: len(pd.read_csv(path, dtype=str, sep="\t", comment="#", quoting=3)),
    ".xpt": lambda path: len(pd.read_sas(path, format="xport")),
    ".json": lambda path: len(json.loads(path.read_text(encoding="utf-8-sig"))["rows"]),
    ".ndjson": lambda path: sum(bool(line.strip()) for line in path.read_text(encoding="utf-8").splitlines()) - 1,
}


def files() -> list[Path]:
    """Every file of the reference folders, by its path inside them."""
    return sorted(path.relative_to(REFERENCE) for folder in FOLDERS for path in (REFERENCE / folder).rglob("*") if path.is_file())


def outcome(path: Path) -> tuple[str, str]:
    """What becomes of a file delivered alone: `read`, `refused` or `left out`; and what it holds, or why."""
    datasets, _, findings = read_files([REFERENCE / path])
    _, told = check_identifiers(datasets)
    errors = sorted({finding.rule for finding in (*findings, *told) if finding.severity is Severity.ERROR} - {"no_files", "no_data"})
    if errors:
        return "refused", "; ".join(f"`{rule}`: {WHY[rule]}" for rule in errors)
    if not datasets:
        (rule,) = {finding.rule for finding in findings} - {"no_files", "no_data"}
        return "left out", f"`{rule}`: {WHY[rule]}"
    return "read", ", ".join(f"{dataset.name} {len(dataset.frame):,} × {len(dataset.columns)}" for dataset in datasets)


def table() -> list[str]:
    """The lines of the table."""
    return [f"| `{path}` | {what} | {why} |" for path in files() for what, why in [outcome(path)]]


def documented() -> dict[str, str]:
    """The lines of the table in the docs, by file."""
    lines = (PROJECT / "docs" / "formats.md").read_text(encoding="utf-8").splitlines()
    return {found[1]: line for line in lines if (found := re.match(r"\| `((?:formats|trial_\w+)/[^`]+)` \|", line))}


@pytest.mark.parametrize("path", sorted(documented()))
def test_a_file_is_read_or_refused_as_the_table_says(reference, path):
    what, why = outcome(Path(path))
    assert documented()[path] == f"| `{path}` | {what} | {why} |"


def test_no_file_is_missing_from_the_table(reference):
    assert set(documented()) == {str(path) for path in files()}
    assert len(documented()) >= 100


def test_rows_are_as_many_as_a_plain_reader_of_the_format_finds(reference):
    compared = 0
    for path in files():
        what, said = outcome(path)
        if what != "read" or path.suffix not in _OPENED:
            continue
        rows = sum(int(n.replace(",", "")) for n in re.findall(r" ([\d,]+) × ", said))
        assert rows == _OPENED[path.suffix](REFERENCE / path), path
        compared += 1
    assert compared > 50


def test_items_of_the_odm_documents_are_as_many_as_a_plain_reader_finds(reference):
    for path in (path for path in files() if path.suffix == ".xml"):
        datasets, _, _ = read_files([REFERENCE / path])
        filled = 0
        for dataset in datasets:
            items = [name for name in dataset.frame if "(label)" not in name and not re.match(r"(?:Subject|StudyEvent|Form|ItemGroup|redcap_)", name)]
            if "redcap" in str(path):
                items = items[1:]
            filled += int(dataset.frame[items].notna().to_numpy().sum())
        assert filled == _values_of(ElementTree.parse(REFERENCE / path).getroot()), path


def _values_of(root: ElementTree.Element) -> int:
    """Items with a value, of whatever spelling; the record's own code in REDCap's first column is none."""
    count = 0
    for subject in root.iter():
        if not subject.tag.endswith("}SubjectData"):
            continue
        code = next((value for name, value in subject.attrib.items() if name.endswith("}RecordIdField")), None)
        for item in subject.iter():
            if item.tag.endswith("}ItemData") and item.get("ItemOID") != code:
                value = item.get("Value") or "".join(child.text or "" for child in item if child.tag.endswith("}Value"))
                count += bool(value.strip())
    return count


if __name__ == "__main__":
    print("\n".join(["| file | outcome | rows × columns, or why |", "|---|---|---|", *table()]))
