"""What a delivery says of itself: its study, its cut-off, whether it is simulated; and which reading each dataset gets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from heroes.intake.files import Dataset, is_hidden, is_named, table_names
from heroes.intake.findings import Finding
from heroes.intake.kinds import ANSWER, LABORATORY, MEASUREMENT
from heroes.intake.laboratory import COLUMNS, UNREAD, is_laboratory_file, laboratory_rule
from heroes.intake.layout import MANIFEST_COLUMNS, house_rule, house_table, is_manifest
from heroes.intake.listing import NOTHING_IMPORTED
from heroes.intake.mapping import Mapping, TableRule, standard_rules
from heroes.intake.parsing import cells, parse_dates, text_of, truth_of
from heroes.intake.personal import shown_table
from heroes.model.records import RECORDS
from heroes.model.terms import Severity

COLUMNS_NAMED = 40
"""How many delivered columns a finding lists."""


@dataclass(frozen=True)
class Facts:
    """What the files say of the delivery as a whole. None: they do not say it."""

    study_id: str | None = None
    cut_off: date | None = None
    simulated: bool | None = None
    marker: str | None = None
    marker_unit: str | None = None


def chosen_files(paths: Sequence[Path], mapping: Mapping) -> list[Path]:
    """The files of a delivery that its mapping means: all, or those of a folder that `files` and `skip_files` choose.

    Files that a person names one by one are chosen the same way. Hidden files of a folder belong to no delivery; a path
    that does not exist stays, for the reader to say so.
    """
    if not mapping.files and not mapping.skip_files:
        return [Path(path) for path in paths]
    chosen: list[Path] = []
    for path in map(Path, paths):
        inside = sorted(entry for entry in path.iterdir() if entry.is_file() and not is_hidden(entry)) if path.is_dir() else [path]
        chosen += [file for file in inside if _is_meant(file.name, mapping) or not file.exists()]
    return chosen


def _is_meant(name: str, mapping: Mapping) -> bool:
    name = name.lower()
    wanted = not mapping.files or any(fnmatch(name, pattern.lower()) for pattern in mapping.files)
    return wanted and not any(fnmatch(name, pattern.lower()) for pattern in mapping.skip_files)


def read_facts(datasets: Sequence[Dataset]) -> tuple[Facts, list[Finding]]:
    """Study, cut-off and the rest from `data_cut.csv` and from the datasets' STUDYID. Two studies at once are an ERROR."""
    facts, findings = Facts(), []
    for dataset in datasets:
        if is_manifest(dataset):
            facts, found = _manifest(dataset)
            findings += found
    studies = {facts.study_id} if facts.study_id else set()
    for dataset in datasets:
        for name in dataset.frame.columns:
            if name.strip().upper() == "STUDYID" or (name.strip().lower() == "study_id" and is_laboratory_file(dataset)):
                studies |= {text_of(cell) for cell in cells(dataset.frame[name]) if cell is not None}
    if len(studies) > 1:
        findings.append(
            Finding(Severity.ERROR, "several_studies", f"The delivery holds records of {len(studies)} studies.",
                    f"{NOTHING_IMPORTED}; deliver one study at a time.", column="STUDYID")
        )  # fmt: skip
    study = facts.study_id or (sorted(studies)[0] if studies else None)
    return Facts(study, facts.cut_off, facts.simulated, facts.marker, facts.marker_unit), findings


def _manifest(dataset: Dataset) -> tuple[Facts, list[Finding]]:
    delivered = {name.strip().lower(): cells(dataset.frame[name]) for name in dataset.frame.columns}
    if len(dataset.frame) != 1:
        return Facts(), [
            Finding(Severity.ERROR, "manifest_rows", f"data_cut has {len(dataset.frame)} rows; it describes one delivery.",
                    f"{NOTHING_IMPORTED}; leave one row.", file=dataset.file)
        ]  # fmt: skip
    first = {name: values[0] for name, values in delivered.items() if name in MANIFEST_COLUMNS and values[0] is not None}
    findings: list[Finding] = []
    cut_off = None
    if "cut_off" in first:
        read = parse_dates(cells([first["cut_off"]])).values[0]
        cut_off = None if np.isnat(read) else read.item()
        if cut_off is None:
            findings.append(_bad_fact(dataset, "cut_off", "a date (YYYY-MM-DD)"))
    simulated = truth_of(first["simulated"]) if "simulated" in first else None
    if simulated is not None and not isinstance(simulated, bool):
        findings.append(_bad_fact(dataset, "simulated", "true or false"))
        simulated = None
    texts = {name: text_of(first[name]) for name in ("study_id", "marker", "marker_unit") if name in first}
    return Facts(texts.get("study_id"), cut_off, simulated, texts.get("marker"), texts.get("marker_unit")), findings


def _bad_fact(dataset: Dataset, column: str, wanted: str) -> Finding:
    return Finding(Severity.ERROR, "manifest_value", f"{column} of data_cut is not {wanted}.", f"{NOTHING_IMPORTED}; correct it.",
                   file=dataset.file, row="2", column=column)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One rule about to be carried out on one dataset. order: its place among all readings."""

    rule: TableRule
    dataset: Dataset
    order: int

    def carried_out(self) -> "Reading":
        """The same reading without the rows that have been read: of a large file they take much memory."""
        return replace(self, dataset=replace(self.dataset, frame=self.dataset.frame.iloc[:0].copy(), rows=self.dataset.rows[:0].copy()))


def plan_readings(datasets: Sequence[Dataset], mapping: Mapping) -> tuple[list[Reading], list[Finding]]:
    """Which readings are carried out on which datasets, and everything a reading names that the delivery lacks.

    For each dataset and table: the mapping's reading, else that of our own layout, else the standard reading. Nothing
    runs yet: a dataset or a column that is named and not there is an ERROR that lists those that are.
    """
    findings: list[Finding] = []
    pairs: list[tuple[TableRule, Dataset]] = []
    mapped: set[tuple[str, str]] = set()
    for number, rule in enumerate(mapping.table, start=1):
        meant = [dataset for dataset in datasets if any(is_named(dataset, name) for name in rule.sources)]
        if not meant and not rule.optional:
            findings.append(_no_dataset(rule, number, datasets))
        mapped |= {(rule.to, dataset.file) for dataset in meant}
        if _has_better(rule, datasets):
            continue
        for dataset in meant:
            findings += _missing_columns(rule, dataset)
            pairs.append((rule, dataset))
    mapped |= {(MEASUREMENT, file) for table, file in mapped if table == "ctdna_result"}
    mapped |= {(LABORATORY, file) for table, file in mapped if table in ("ctdna_result", MEASUREMENT)}
    mapped |= {(ANSWER, file) for table, file in mapped if table == "qs_item"}
    for dataset in datasets:
        if is_manifest(dataset) or _is_off(dataset, mapping):
            continue
        if is_laboratory_file(dataset) and (LABORATORY, dataset.file) not in mapped:
            rule, strange = laboratory_rule(dataset)
            findings += _strange_columns(dataset, "the laboratory's file", strange, (*COLUMNS, *UNREAD), "ctdna_result")
            pairs.append((rule, dataset))
            continue
        table = house_table(dataset)
        if table:
            if (table, dataset.file) not in mapped:
                rule, found = _house(dataset, table)
                findings += found
                if rule is not None:
                    pairs.append((rule, dataset))
            continue
        pairs += [
            (rule, dataset)
            for rule in standard_rules()
            if any(is_named(dataset, name) for name in rule.sources)
            and (rule.to, dataset.file) not in mapped
            and not _has_better(rule, datasets)
        ]
    used = {dataset.file for _, dataset in pairs}
    findings += [_unused(dataset, datasets, mapping) for dataset in datasets if dataset.file not in used and not is_manifest(dataset)]
    return [Reading(rule, dataset, order) for order, (rule, dataset) in enumerate(pairs)], findings


def _has_better(rule: TableRule, datasets: Sequence[Dataset]) -> bool:
    """Is a dataset delivered beside which this reading is not read?"""
    return any(is_named(dataset, name) for dataset in datasets for name in rule.unless)


def _unused(dataset: Dataset, datasets: Sequence[Dataset], mapping: Mapping) -> Finding:
    """Says why a dataset was not used: the mapping switches it off, another tells the same, or nothing is known about it."""
    known = [rule for rule in (*mapping.table, *standard_rules()) if any(is_named(dataset, name) for name in rule.sources)]
    instead = [other.name for rule in known for name in rule.unless for other in datasets if is_named(other, name)]
    table = house_table(dataset)
    if _is_off(dataset, mapping):
        why, remedy = f"{shown_table(dataset.name) or 'It'} was not used: the mapping file switches it off under [standard].", "No action needed."
    elif table and not instead:
        why, remedy = f"No column of the file is one of {table}; it was not used.", f"Columns of {table} are {_list(RECORDS[table].model_fields)}."
    elif instead:
        why, remedy = f"{shown_table(dataset.name) or 'It'} was not used: {instead[0]} tells the same at its source.", "No action needed."
    else:
        name = shown_table(dataset.name)
        why = f"No reading is known for the dataset {name}; it was not used." if name else "No reading is known for it; it was not used."
        remedy = "Name its columns in a mapping file if a table should come from it."
    return Finding(Severity.NOTE, "dataset_not_used", why, remedy, file=dataset.file)


def _is_off(dataset: Dataset, mapping: Mapping) -> bool:
    return any(not wanted and is_named(dataset, name) for name, wanted in mapping.standard.items())


def _house(dataset: Dataset, table: str) -> tuple[TableRule | None, list[Finding]]:
    rule, strange = house_rule(dataset, table)
    findings = _strange_columns(dataset, table, strange, RECORDS[table].model_fields, table)
    if rule is None and len(dataset.frame.columns):
        findings.append(
            Finding(Severity.ERROR, "no_columns_of_table", f"No column of the file is one of {table}.",
                    f"{NOTHING_IMPORTED}; name the columns {_list(RECORDS[table].model_fields)}, or map them.", file=dataset.file, table=table)
        )  # fmt: skip
    return rule, findings


def _strange_columns(dataset: Dataset, what: str, strange: list[str], known, table: str) -> list[Finding]:
    if not strange:
        return []
    return [
        Finding(Severity.NOTE, "columns_not_used", f"{len(strange)} columns of {what} are none of ours and were not used: {_list(strange)}.",
                f"Columns of {what} are {_list(known)}.", file=dataset.file, table=table)
    ]  # fmt: skip


def _no_dataset(rule: TableRule, number: int, datasets: Sequence[Dataset]) -> Finding:
    there = sorted({table_names(dataset)[0] for dataset in datasets})
    return Finding(
        Severity.ERROR, "dataset_not_delivered",
        f'The mapping file, [[table]] {number}, reads "{" or ".join(rule.sources)}", which the delivery lacks. It has {_list(there) or "none"}.',
        f"{NOTHING_IMPORTED}; deliver the dataset, correct its name, or mark the [[table]] optional = true.", table=rule.to,
    )  # fmt: skip


def _missing_columns(rule: TableRule, dataset: Dataset) -> list[Finding]:
    if rule.optional_columns:
        return []
    there = list(dataset.frame.columns)
    return [
        Finding(
            Severity.ERROR, "column_not_delivered",
            f'The mapping file reads column "{name}" into {rule.to}; the file lacks it. It has {_list(there)}.',
            f"{NOTHING_IMPORTED}; correct the column's name in the mapping file, or set optional_columns = true.",
            file=dataset.file, table=rule.to, column=name,
        )  # fmt: skip
        for name in rule.delivered
        if name not in there
    ]


def _list(names) -> str:
    names = list(names)
    return ", ".join(names[:COLUMNS_NAMED]) + (f" and {len(names) - COLUMNS_NAMED} more" if len(names) > COLUMNS_NAMED else "")
