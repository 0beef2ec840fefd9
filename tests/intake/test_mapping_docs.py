"""The reference of the mapping language: its examples run, its tables name every key and every column there is.

`python -m tests.intake.test_mapping_docs` prints the table of columns as it belongs into docs/mapping.md.
"""

import csv
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from heroes.intake.kinds import ANSWER_COLUMNS, MEASUREMENT_COLUMNS, column_kinds
from heroes.intake.mapping import Mapping, MarkerPart, SitePart, TableRule, TimePart, read_mapping, standard_rules
from heroes.intake.rules import ColumnEntries, ConditionEntries
from heroes.model.records import RECORDS
from tests.intake.deliveries import mapped, rows, rules

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")

KINDS = {"text": "text", "whole": "whole number", "decimal": "number", "truth": "yes/no", "date": "date", "time": "day"}
LEFT_OUT = "row left out, query"
MADE = {
    "subject.site_id": "`[site]`, else error",
    "subject.origin_kind": "worked out", "subject.origin_to_cut_off_days": "worked out",
    "milestone.seq": "always numbered",
    "milestone.day": LEFT_OUT, "specimen.collected_day": LEFT_OUT, "ctdna_result.day": LEFT_OUT,
    "lesion_measure.day": LEFT_OUT, "response.day": LEFT_OUT, "qs_item.day": LEFT_OUT, "subject_site.from_day": LEFT_OUT,
    "ctdna_result.result_id": "made of patient and specimen, visit or day",
    "ctdna_result.call": "by the cut-point; without one, error where there is a quantity, else row left out",
    "ctdna_result.marker": "the marker's name", "ctdna_result.unit": "`[marker]` unit, else error where there is a quantity",
    "ctdna_result.amended": "no",
    "response.evaluable": "yes, unless `overall` is NE", "response.criteria": "OTHER", "treatment.reason": "OTHER",
    "tte.start_day": "0, where `end_day` is given", "tte.aval_days": "`aval` by its unit",
}  # fmt: skip
"""What becomes of a column that is not delivered, where it is neither empty nor an error."""


def record_lines() -> list[str]:
    """The table of columns from records.py, one row for each of our tables."""
    lines = ["| table | its columns |", "|---|---|"]
    for table, record in RECORDS.items():
        if table == "import_issue":
            continue
        columns = "<br>".join(_described(table, name) for name in record.model_fields)
        lines.append(f"| `{table}`<br>{record.about.strip().splitlines()[0]} | {columns} |")
    return lines


def _described(table: str, name: str) -> str:
    entry = RECORDS[table].model_fields[name]
    absent = MADE.get(f"{table}.{name}") or ("numbered" if name == "seq" else "error" if entry.is_required() else "")
    return f"`{name}` {entry.description} ({_values(table, name)})" + (f" **{absent}**" if absent else "")


def _values(table: str, name: str) -> str:
    kind = column_kinds(table)[name]
    if kind.codes:
        return ", ".join(kind.codes)
    described = RECORDS[table].model_json_schema()["properties"][name]
    limits = {word: part[word] for part in [described, *described.get("anyOf", ())] for word in ("minimum", "maximum") if word in part}
    if kind.kind == "time" or not limits or limits.get("maximum") == 40_000:
        return KINDS[kind.kind]
    if "maximum" not in limits:
        return f"{KINDS[kind.kind]} from {limits['minimum']:g}"
    return f"{KINDS[kind.kind]}, {limits['minimum']:g} to {limits['maximum']:g}"


def test_the_table_of_columns_is_what_the_records_say():
    part = TEXT.split("## Tables and columns", 1)[1]
    written = [line for line in part.splitlines() if line.startswith("|")]
    assert written == record_lines(), "print the table anew: python -m tests.intake.test_mapping_docs"


SMALLEST = {
    "site": "site_id\n01\n",
    "site_plan": "site_id,month,planned_inclusions\n01,2025-01,2\n",
    "subject": "subject_id,site_id\nA-1,01\nA-0,01\n",
    "milestone": "subject_id,kind,day\nA-1,INCLUDED,0\n",
    "screen_outcome": "subject_id,status\nA-1,INCLUDED\n",
    "visit_plan": "visit_code,planned_day,needs_ctdna,needs_imaging,needs_qol\nM3,91,Y,N,N\n",
    "visit": "subject_id,visit_code,day,status\nA-1,M3,,MISSED\n",
    "specimen": "specimen_id,subject_id,collected_day\nS1,A-1,5\n",
    "ctdna_result": "subject_id,day,call\nA-1,5,NEGATIVE\n",
    "lesion": "lesion_id,subject_id,role\nL1,A-1,TARGET\n",
    "lesion_measure": "lesion_id,subject_id,day\nL1,A-1,5\n",
    "response": "subject_id,day,evaluator,overall\nA-1,5,INVESTIGATOR,SD\n",
    "treatment": "subject_id,agent_class,start_day\nA-1,x,\n",
    "tte": "subject_id,paramcd,aval,cnsr\nA-1,PFS,5,1\n",
    "qs_item": "subject_id,instrument,day,item_no\nA-1,QLQ-C30,5,1\n",
    "qs_form": "subject_id,instrument,visit_code,status\nA-1,QLQ-C30,M3,MISSED\n",
    "ae": "subject_id,term\nA-1,FATIGUE\n",
    "deviation": "subject_id,category\nA-1,VISIT\n",
    "eligibility": "subject_id,criterion\nA-1,INCL05\n",
    "query_item": "query_id,site_id,state\nQ1,01,Open\n",
    "page_entry": "subject_id,page,visit_code\nA-1,VITALS,M3\n",
    "subject_site": "subject_id,from_day,site_id\nA-1,0,01\n",
    "subject_link": "subject_id,earlier_subject_id\nA-1,A-0\n",
    "site_location": "site_id,latitude,longitude\n01,48.1,-1.7\n",
}
"""Each table with hardly more than the columns that the page calls an error to leave empty."""

FACTS = 'study_id = "X-1"\ncut_off = 2026-01-31\n'


def test_a_row_with_only_the_columns_that_must_be_filled_is_imported(tmp_path):
    delivery = mapped(_folder(tmp_path, {f"{name}.csv": text for name, text in SMALLEST.items()}), FACTS)
    assert rules(delivery, "ERROR") == [] and rules(delivery, "QUERY") == []
    assert set(SMALLEST) == set(delivery.contents.tables) - {"import_issue"} == set(RECORDS) - {"import_issue"}


@pytest.mark.parametrize(("table", "name"), [
    (table, name) for table, record in RECORDS.items() if table in SMALLEST
    for name in record.model_fields if _described(table, name).endswith("**error**") and SMALLEST[table].count(",")
])  # fmt: skip
def test_a_cell_that_is_called_an_error_to_leave_empty_is_one(tmp_path, table, name):
    header, cells, *others = csv.reader(SMALLEST[table].splitlines())
    emptied = ["" if column == name else cell for column, cell in zip(header, cells, strict=True)]
    files = SMALLEST | {table: "".join(f"{','.join(line)}\n" for line in (header, emptied, *others))}
    assert rules(mapped(_folder(tmp_path, {f"{file}.csv": text for file, text in files.items()}), FACTS), "ERROR")


@dataclass
class Example:
    """A mapping file of the page with its delivery and the rows that it says become of it."""

    mapping: str
    files: dict[str, str] = field(default_factory=dict)
    becomes: dict[str, str] = field(default_factory=dict)


def examples() -> list[Example]:
    """The complete examples in their order: a block that begins with `# mapping.toml`, and the csv block behind it."""
    found: list[Example] = []
    for mapping, delivery in re.findall(r"^```toml\n# mapping\.toml\n(.*?)^```\n```csv\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        example = Example(mapping)
        for name, text in re.findall(r"^# ([^\n]+)\n((?:[^#\n][^\n]*\n)+)", delivery, re.MULTILINE):
            if name.startswith("becomes "):
                example.becomes[name.removeprefix("becomes ")] = text
            else:
                example.files[name] = text
        found.append(example)
    return found


def _folder(tmp_path: Path, files: dict[str, str]) -> Path:
    folder = tmp_path / "delivery"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("example", examples())
def test_a_complete_example_becomes_what_the_page_says(tmp_path, example):
    path = tmp_path / "mapping.toml"
    path.write_text(example.mapping, encoding="utf-8")
    read_mapping(path)
    assert example.files and example.becomes
    delivery = mapped(_folder(tmp_path, example.files), example.mapping)
    assert rules(delivery, "ERROR") == [] and rules(delivery, "QUERY") == []
    for table, text in example.becomes.items():
        header, *expected = csv.reader(text.splitlines())
        found = rows(delivery, table, *header) if table in delivery.contents.tables else []
        assert [tuple(map(_shown, row)) for row in found] == [tuple(row) for row in expected]


def _shown(value) -> str:
    """A cell as the page writes it."""
    return "empty" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def test_every_toml_and_csv_block_is_part_of_a_complete_example():
    blocks = re.findall(r"^```(?:toml|csv)$", TEXT, re.MULTILINE)
    assert len(blocks) == 2 * len(examples()) > 8


def table_of(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its header."""
    part = TEXT.split(f"{heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", part, re.MULTILINE)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code_in(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


BASE = """
study_id = "X-1"
cut_off = 2026-01-31
[site]
id = "01"
[[table]]
from = "p"
to = "milestone"
columns = { subject_id = "Pat", kind = { constant = "INCLUDED" }, day = { constant = 2025-01-01 } }
"""


@pytest.mark.parametrize(("example", "cells", "becomes"), [row[2:] for row in table_of("### Rules of a column")])
def test_a_rule_of_a_column_gives_what_the_page_says(tmp_path, example, cells, becomes):
    delivered = dict(cell.split("=", 1) for cell in code_in(cells))
    line = ",".join(f'"{cell}"' for cell in ("A-1", *delivered.values()))
    files = {"p.csv": f"Pat,{','.join(delivered)}\n{line}\n"}
    subject = 'subject_id = "Pat"\nreference_date = { constant = 2025-01-01 }\n'
    for text in code_in(example):
        name = text.split(" = ")[0]
        if name == "day":
            step = f'[[table]]\nfrom = "p"\nto = "milestone"\n[table.columns]\nsubject_id = "Pat"\nkind = {{ constant = "TX_STOP" }}\n{text}\n'
            mapping = BASE + f'[[table]]\nfrom = "p"\nto = "subject"\n[table.columns]\n{subject}' + step
        else:
            mapping = BASE + f'[[table]]\nfrom = "p"\nto = "subject"\n[table.columns]\n{subject}{text}\n'
        (tmp_path / name).mkdir(exist_ok=True)
        folder = tmp_path / name / str(len(text))
        folder.mkdir()
        delivery = mapped(_folder(folder, files), mapping)
        if becomes.startswith("ERROR "):
            assert rules(delivery, "ERROR") == [becomes.removeprefix("ERROR ")]
        elif becomes == "no row":
            # A patient left out of the subject table is unknown to the milestones.
            assert rules(delivery, "ERROR") == ["unknown_patient"]
        elif name == "day":
            assert rows(delivery, "milestone", "kind", "day") == [("INCLUDED", 0), ("TX_STOP", int(becomes.removeprefix("day ")))]
        else:
            assert [_shown(value) for (value,) in rows(delivery, "subject", name)] == [becomes]


@pytest.mark.parametrize(("example", "takes", "leaves"), [row[1:] for row in table_of("### Conditions (`where`)")])
def test_a_condition_takes_the_rows_that_the_page_says(tmp_path, example, takes, leaves):
    cells = [(cell, True) for cell in takes.split(", ")] + [(cell, False) for cell in leaves.split(", ")]
    lines = "".join(f"A-{number},{'' if cell == 'empty' else cell}\n" for number, (cell, _) in enumerate(cells))
    wanted = [(f"A-{number}",) for number, (_, taken) in enumerate(cells) if taken]
    for number, text in enumerate(code_in(example)):
        mapping = f'study_id = "X-1"\ncut_off = 2026-01-31\nsite = {{ id = "01" }}\n[[table]]\nfrom = "p"\nto = "subject"\ncolumns = {{ subject_id = "Pat" }}\nwhere = {{ {text} }}\n'
        (tmp_path / str(number)).mkdir()
        assert rows(mapped(_folder(tmp_path / str(number), {"p.csv": f"Pat,ARM\n{lines}"}), mapping), "subject", "subject_id") == wanted


@pytest.mark.parametrize("example", [row[1] for row in table_of("## The delivery as a whole")])
def test_an_entry_of_the_delivery_is_valid(example):
    (text,) = code_in(example)
    Mapping.model_validate(tomllib.loads(text))


def _keys_used(value, found: set[str]) -> set[str]:
    if isinstance(value, dict):
        found |= set(value)
        for inner in value.values():
            _keys_used(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _keys_used(inner, found)
    return found


def test_every_key_of_the_language_stands_in_an_example_that_is_run():
    found: set[str] = set()
    for example in examples():
        _keys_used(tomllib.loads(example.mapping), found)
    for heading, place in (("### Rules of a column", 2), ("### Conditions (`where`)", 1)):
        for row in table_of(heading):
            for text in code_in(row[place]):
                _keys_used(tomllib.loads(text), found)
    parts = (Mapping, MarkerPart, TimePart, SitePart, TableRule, ColumnEntries, ConditionEntries)
    wanted = {entry.alias or name for part in parts for name, entry in part.model_fields.items()}
    assert wanted <= found


def test_every_key_of_a_reading_and_of_the_delivery_is_explained():
    for heading, part in (("## The delivery as a whole", Mapping), ("## Readings: `[[table]]`", TableRule)):
        explained = {name.strip("[]") for row in table_of(heading) for name in code_in(row[0])}
        assert {entry.alias or name for name, entry in part.model_fields.items()} - explained <= {"table"}


def test_every_dataset_of_the_standard_readings_and_every_column_of_a_measurement_is_named():
    named = {name for row in table_of("**SDTM and ADaM datasets** are read as follows; any of their columns may be absent.") for name in row[0].split(", ")}
    assert named == {name.upper() for rule in standard_rules() for name in rule.sources}
    part = TEXT.split("## The marker and its cut-point", 1)[1]
    assert all(f"`{name}`" in part for name in MEASUREMENT_COLUMNS)
    part = TEXT.split("## Questionnaires", 1)[1]
    assert all(f"`{name}`" in part for name in ANSWER_COLUMNS)


def test_every_finding_that_is_named_exists():
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "heroes" / "intake").rglob("*.py"))
    named = [name for row in table_of("## What can be found") for name in code_in(row[0])]
    assert len(named) > 30 and [name for name in named if f'"{name}"' not in source] == []


if __name__ == "__main__":
    print("\n".join(record_lines()))
