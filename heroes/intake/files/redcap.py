"""REDCap exports: one record a row, or one value a row (EAV); repeating instruments become datasets of their own.

A REDCap export is told by its system columns (`redcap_event_name` …), or by a data dictionary that lies beside it. The
dictionary gives labels, the meaning of codes, and the flag `Identifier?`, which the door for identifiers obeys.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import MOST_CELLS, MOST_COLUMNS, MOST_DATASETS
from heroes.intake.files.reading import assemble, dropped_columns, dropped_note, error, name_inside, note
from heroes.intake.findings import Finding

EVENT, INSTRUMENT, INSTANCE, GROUP = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group"
SYSTEM = (EVENT, INSTRUMENT, INSTANCE, GROUP)
LABEL = " (label)"
"""Ends the name of the column that holds what codes mean: `sex` has 1, `sex (label)` has Male."""
_SYSTEM_LABELS = {"event name": EVENT, "repeat instrument": INSTRUMENT, "repeat instance": INSTANCE, "data access group": GROUP}
_EAV = {"record", "field_name", "value"}
_DICTIONARY = {"variable / field name", "form name", "field type", "field label"}
_DICTIONARY_OF_API = {"field_name", "form_name", "field_type", "field_label"}
_DESIGN = (
    {"arm_num", "name"}, {"event_name", "arm_num", "unique_event_name"}, {"arm_num", "unique_event_name", "form"},
    {"instrument_name", "instrument_label"},
)  # fmt: skip
"""Headers of a project's lists of arms, events and instruments."""
_CODED = ("radio", "dropdown", "select", "sql")
_TAG = re.compile(r"<[^<>]{0,500}>")
_CHOICE_OF_LABEL = re.compile(r"(.*) \(choice=(.*)\)$", re.DOTALL)


@dataclass(frozen=True)
class Field:
    """One field of the dictionary. choices: code → label."""

    name: str
    form: str
    kind: str
    label: str
    choices: dict[str, str]
    is_identifier: bool


@dataclass(frozen=True)
class Dictionary:
    """A project's fields by name, in their order; the first holds the record's code."""

    fields: dict[str, Field] = field(default_factory=dict)
    record_id: str = "record_id"

    def of(self, column: str) -> Field | None:
        """The field that a column belongs to: its own, or that of a checkbox (`race___2`)."""
        name = column.casefold()
        return self.fields.get(name) or self.fields.get(name.split("___")[0])

    def form_of(self, column: str) -> str | None:
        """The instrument that a column belongs to; `<form>_complete` belongs to its form."""
        found = self.of(column)
        if found is not None:
            return found.form
        form = column.casefold().removesuffix("_complete")
        return form if form != column.casefold() and any(known.form == form for known in self.fields.values()) else None


def settle_redcap(datasets: Sequence[Dataset], drop: Mapping[str, set[str]]) -> tuple[list[Dataset], list[Finding]]:
    """The datasets of a delivery with REDCap's exports made readable, and what is said of each.

    One value a row becomes one record a row. Headers that are labels become names of fields, where the dictionary is delivered. Each
    column gets its label and its flag; a coded one gets a twin, `… (label)`. Rows of a repeating instrument
    become a dataset named after it (`file/instrument`), with the record's columns, the instance and its own fields. The
    dictionary itself is used up. Other datasets stay as they are.
    """
    findings: list[Finding] = []
    dictionaries = {dataset.file: _dictionary(dataset) for dataset in datasets if _is_dictionary(dataset)}
    for file, dictionary in dictionaries.items():
        flagged = sum(found.is_identifier for found in dictionary.fields.values())
        findings.append(
            note(file, "redcap_dictionary", f"A REDCap data dictionary of {len(dictionary.fields)} fields, {flagged} of them marked as identifiers.", "No action needed.")
        )
    settled: list[Dataset] = []
    for dataset in datasets:
        if dataset.file in dictionaries:
            continue
        if _is_design(dataset):
            findings.append(note(dataset.file, "redcap_design", "A REDCap project's list of arms, events or instruments was left out.", "No action needed."))
            continue
        try:
            settled += _settle(dataset, _best(dataset, list(dictionaries.values())), drop, findings)
        except _NotReadError as problem:
            findings.append(problem.finding)
    flagged = {name for dictionary in dictionaries.values() for name, known in dictionary.fields.items() if known.is_identifier}
    return [_flagged(dataset, flagged) for dataset in settled], findings


def _flagged(dataset: Dataset, flagged: set[str]) -> Dataset:
    """The dataset with every column marked that a dictionary of the delivery marks, whatever file it stands in."""
    if not flagged:
        return dataset
    columns = [
        replace(column, is_identifier=column.is_identifier or column.name.casefold() in flagged or column.name.casefold().split("___")[0] in flagged)
        for column in dataset.columns
    ]
    return replace(dataset, columns=tuple(columns))


class _NotReadError(Exception):
    def __init__(self, finding: Finding):
        super().__init__(finding.rule)
        self.finding = finding


def _settle(dataset: Dataset, dictionary: Dictionary | None, drop: Mapping[str, set[str]], findings: list[Finding]) -> list[Dataset]:
    names = {column.name.strip().casefold() for column in dataset.columns}
    if any(column.name.endswith(LABEL) for column in dataset.columns):
        return [dataset]
    if _EAV <= names and names <= _EAV | set(SYSTEM):
        dataset = _wide(dataset, dictionary, findings)
    elif dictionary is not None:
        dataset = _named_by_field(dataset, dictionary)
        names = {column.name.casefold() for column in dataset.columns}
        if not _is_export(names, dictionary):
            return [dataset]
    elif not names & {INSTRUMENT, EVENT}:
        return [dataset]
    dataset = _without_dropped(dataset, drop, findings)
    return split_instruments(described(dataset, dictionary) if dictionary else dataset, dictionary, drop, findings)


def _is_export(names: set[str], dictionary: Dictionary) -> bool:
    """Are these columns those of the project that the dictionary describes? Its record's code among them, and most others."""
    known = sum(name in SYSTEM or dictionary.form_of(name) is not None for name in names)
    return dictionary.record_id.casefold() in names and 2 * known >= len(names)


def _best(dataset: Dataset, dictionaries: list[Dictionary]) -> Dictionary | None:
    """The dictionary that knows most of a dataset's columns or labels."""
    names = [column.name.strip().casefold() for column in dataset.columns]
    scored = []
    for place, dictionary in enumerate(dictionaries):
        labels = {_plain(known.label) for known in dictionary.fields.values()}
        scored.append((sum(dictionary.form_of(name) is not None or name in labels for name in names) + ("field_name" in names), -place))
    if not scored or max(scored)[0] == 0:
        return None
    return dictionaries[-max(scored)[1]]


# The dictionary


def _columns_by_name(dataset: Dataset) -> dict[str, list]:
    return {name.strip().casefold(): dataset.frame[name].tolist() for name in dataset.frame.columns}


def _is_dictionary(dataset: Dataset) -> bool:
    names = {name.strip().casefold() for name in dataset.frame.columns}
    return names >= _DICTIONARY or names >= _DICTIONARY_OF_API


def _is_design(dataset: Dataset) -> bool:
    """A list of the project's arms, events or instruments: few columns, known by name, and none of a record."""
    names = {name.strip().casefold() for name in dataset.frame.columns}
    return any(known <= names and len(names) <= len(known) + 4 for known in _DESIGN) and not names & {"record_id", EVENT}


def _dictionary(dataset: Dataset) -> Dictionary:
    cells = _columns_by_name(dataset)
    names = cells.get("variable / field name") or cells.get("field_name") or []
    empty = [None] * len(names)
    forms = cells.get("form name") or cells.get("form_name") or empty
    kinds = cells.get("field type") or cells.get("field_type") or empty
    labels = cells.get("field label") or cells.get("field_label") or empty
    choices = cells.get("choices, calculations, or slider labels") or cells.get("select_choices_or_calculations") or empty
    marks = cells.get("identifier?") or cells.get("identifier") or empty
    fields = {}
    for name, form, kind, label, told, mark in zip(names, forms, kinds, labels, choices, marks, strict=True):
        if name:
            kind = (kind or "").strip().casefold()
            fields[name.strip().casefold()] = Field(
                name.strip(), (form or "").strip().casefold(), kind, _plain_label(label), _choices(kind, told),
                str(mark or "").strip().casefold() in ("y", "yes", "1"),
            )  # fmt: skip
    return Dictionary(fields, next(iter(fields.values())).name if fields else "record_id")


def _choices(kind: str, told: str | None) -> dict[str, str]:
    if kind == "yesno":
        return {"1": "Yes", "0": "No"}
    if kind == "truefalse":
        return {"1": "True", "0": "False"}
    if kind not in (*_CODED, "checkbox") or not told:
        return {}
    pairs = [part.split(",", 1) for part in told.split("|")]
    return {pair[0].strip(): _plain_label(pair[1]) for pair in pairs if len(pair) == 2 and pair[0].strip()}


def _plain_label(label: str | None) -> str:
    return " ".join(_TAG.sub(" ", label or "").split())


def _plain(text: str) -> str:
    return _plain_label(text).casefold()


# One dataset


def _named_by_field(dataset: Dataset, dictionary: Dictionary) -> Dataset:
    """The dataset with names of fields where its header has their labels, as exports "with labels" have it."""
    names = [column.name for column in dataset.columns]
    if any(name.casefold() == dictionary.record_id.casefold() for name in names):
        return dataset
    by_label: dict[str, list[str]] = {}
    for known in dictionary.fields.values():
        by_label.setdefault(_plain(known.label), []).append(known.name)
    new, form = [], None
    for name in names:
        plain = _plain(re.sub(r" \(\d+\)$", "", name) if name.startswith("Complete?") else name)
        found = _CHOICE_OF_LABEL.match(name)
        if plain in _SYSTEM_LABELS:
            new.append(_SYSTEM_LABELS[plain])
        elif plain == "complete?" and form:
            new.append(f"{form}_complete")
        elif found and len(by_label.get(_plain(found[1]), ())) == 1:
            known = dictionary.fields[by_label[_plain(found[1])][0].casefold()]
            codes = [code for code, label in known.choices.items() if _plain(label) == _plain(found[2])]
            new.append(f"{known.name}___{codes[0]}" if len(codes) == 1 else name)
            form = known.form
        elif len(by_label.get(plain, ())) == 1:
            known = dictionary.fields[by_label[plain][0].casefold()]
            new.append(known.name)
            form = known.form
        else:
            new.append(name)
    if len(set(new)) < len(new) or new == names:
        return dataset
    columns = tuple(replace(column, name=name) for column, name in zip(dataset.columns, new, strict=True))
    return replace(dataset, columns=columns, frame=dataset.frame.set_axis(new, axis=1))


def described(dataset: Dataset, dictionary: Dictionary) -> Dataset:
    """The dataset with labels and flags of its columns, and a twin `… (label)` beside each coded column that is not flagged."""
    columns, cells = [], []
    for column in dataset.columns:
        known = dictionary.of(column.name)
        values = dataset.frame[column.name].tolist()
        columns.append(column if known is None else SourceColumn(column.name, known.label or None, column.kind, known.is_identifier))
        cells.append(values)
        if known is not None and known.choices and known.kind != "checkbox" and not known.is_identifier:
            columns.append(SourceColumn(column.name + LABEL, known.label or None, "text"))
            cells.append([None if value is None else known.choices.get(str(value).strip(), value) for value in values])
    return assemble(dataset.name, dataset.file, columns, cells, dataset.rows)


def _without_dropped(dataset: Dataset, drop: Mapping[str, set[str]], findings: list[Finding]) -> Dataset:
    """The dataset without the columns that the mapping drops under the name that they only now have."""
    unread = dropped_columns([column.name for column in dataset.columns], drop, dataset.name, dataset.file)
    if not unread:
        return dataset
    findings.append(dropped_note(dataset.file, len(unread)))
    return _of_columns(dataset, [place for place in range(len(dataset.columns)) if place not in unread])


def _of_columns(dataset: Dataset, places: list[int]) -> Dataset:
    columns = tuple(dataset.columns[place] for place in places)
    return replace(dataset, columns=columns, frame=dataset.frame[[column.name for column in columns]])


def split_instruments(
    dataset: Dataset, dictionary: Dictionary | None, drop: Mapping[str, set[str]], findings: list[Finding]
) -> list[Dataset]:  # fmt: skip
    """The rows of no repeating instrument as the dataset itself, those of each repeating instrument as one named after it.

    A column is left out of a part where it is empty there and belongs to another: by the dictionary, or else because only other
    rows fill it. A column that is empty everywhere and of no known form stays in all of them.
    """
    own = {column.name.strip().casefold(): column.name for column in dataset.columns}
    if INSTRUMENT not in own:
        return [dataset]
    told = np.array([_form_named(cell, dictionary) for cell in dataset.frame[own[INSTRUMENT]]], dtype=object)
    forms = list(dict.fromkeys(form for form in told if form))
    if len(forms) > MOST_DATASETS:
        raise _NotReadError(error(dataset.file, "too_many_files", f"The export has more than {MOST_DATASETS} repeating instruments.", "divide it."))
    keys = {dataset.columns[0].name, *(own[name] for name in SYSTEM if name in own)} - {own[INSTRUMENT]}
    filled = {column.name: np.array([cell is not None for cell in dataset.frame[column.name]], dtype=bool) for column in dataset.columns}
    parts = []
    for number, form in enumerate(["", *forms]):
        chosen = told == form
        if not form and not chosen.any():
            continue
        places = [
            place for place, column in enumerate(dataset.columns)
            if column.name != own[INSTRUMENT]
            and (column.name in keys or _belongs(column.name.removesuffix(LABEL), form, forms, chosen, filled[column.name], dictionary))
        ]
        part = _of_columns(dataset, places)
        part = replace(part, frame=part.frame[chosen].reset_index(drop=True), rows=part.rows[chosen])
        if form:
            shown = name_inside(form, number)
            part = _without_dropped(replace(part, name=shown.upper(), file=f"{dataset.file}/{shown}"), drop, findings)
        parts.append(part)
    if forms:
        named = ", ".join(part.name for part in parts if part.file != dataset.file)
        findings.append(
            note(dataset.file, "redcap_repeating", f"Rows of repeating instruments are datasets of their own: {named[:150]}.", "Map them by these names.")
        )
    return parts


def _form_named(cell, dictionary: Dictionary | None) -> str:
    """An instrument by its unique name, also where the export has its label."""
    form = "" if cell is None else str(cell).strip().casefold()
    known = {found.form for found in dictionary.fields.values()} if dictionary else set()
    named = re.sub(r"[^a-z0-9]+", "_", form).strip("_")
    return named if form not in known and named in known else form


def _belongs(name: str, form: str, forms: list[str], chosen: np.ndarray, filled: np.ndarray, dictionary: Dictionary | None) -> bool:
    if filled[chosen].any():
        return True
    own = dictionary.form_of(name) if dictionary else None
    if own is not None:
        return own == form if form else own not in forms
    return not filled.any()


# One value a row


def _wide(dataset: Dataset, dictionary: Dictionary | None, findings: list[Finding]) -> Dataset:
    """One record a row from one value a row. A checkbox comes as one row for each box ticked, and becomes `field___code`."""
    own = {column.name.strip().casefold(): column.name for column in dataset.columns}
    cells = {name: dataset.frame[own[name]].tolist() for name in own}
    keys = [name for name in (EVENT, INSTRUMENT, INSTANCE, GROUP) if name in own]
    records: dict[tuple, dict[str, list[str]]] = {}
    rows: dict[tuple, int] = {}
    order: dict[str, None] = {}
    bad: list[int] = []
    for place, (record, name, value) in enumerate(zip(cells["record"], cells["field_name"], cells["value"], strict=True)):
        if record is None or name is None:
            bad.append(int(dataset.rows[place]))
            continue
        key = (record, *(cells[column][place] for column in keys))
        rows.setdefault(key, int(dataset.rows[place]))
        held = records.setdefault(key, {})
        order.setdefault(name, None)
        if value is not None and value not in held.setdefault(name, []):
            held[name].append(value)
    if bad:
        raise _NotReadError(error(dataset.file, "ragged_rows", f"{len(bad):,} rows name no record or no field.", "export it again.", bad))
    ticked = {name for name in order if _is_checkbox(name, records, dictionary)}
    record_id = dictionary.record_id if dictionary else "record_id"
    columns: dict[str, list] = {record_id: [key[0] for key in records]}
    columns |= {name: [key[number] for key in records] for number, name in enumerate(keys, start=1)}
    for name in order:
        if name in ticked:
            columns |= _boxes(name, records, dictionary)
        elif name.casefold() != record_id.casefold():
            columns[name] = [next(iter(held.get(name, ())), None) for held in records.values()]
    if len(columns) > MOST_COLUMNS or len(columns) * len(records) > MOST_CELLS:
        raise _NotReadError(error(dataset.file, "too_many_columns", f"The export has more than {MOST_COLUMNS:,} fields or {MOST_CELLS:,} cells.", "divide it."))
    findings.append(
        note(dataset.file, "redcap_eav", f"{len(dataset.frame):,} rows of one value each became {len(records):,} records of {len(columns)} columns.", "No action needed.")
    )
    described_columns = [SourceColumn(name, None, "text") for name in columns]
    return assemble(dataset.name, dataset.file, described_columns, list(columns.values()), list(rows.values()))


def _is_checkbox(name: str, records: dict[tuple, dict[str, list[str]]], dictionary: Dictionary | None) -> bool:
    known = dictionary.fields.get(name.casefold()) if dictionary else None
    if known is not None:
        return known.kind == "checkbox"
    return "___" not in name and any(len(held.get(name, ())) > 1 for held in records.values())


def _boxes(name: str, records: dict[tuple, dict[str, list[str]]], dictionary: Dictionary | None) -> dict[str, list]:
    """A column for each box: 1 ticked, 0 not, where the record has anything of its form."""
    known = dictionary.fields.get(name.casefold()) if dictionary else None
    by_label = {label: code for code, label in known.choices.items()} if known else {}
    codes = list(known.choices) if known else sorted({value for held in records.values() for value in held.get(name, ())})
    columns = {}
    for code in codes:
        cells = []
        for held in records.values():
            ticked = {by_label.get(value, value) for value in held.get(name, ())}
            seen = bool(ticked) if dictionary is None else any(dictionary.form_of(other) == known.form for other in held)
            cells.append("1" if code in ticked else "0" if seen else None)
        columns[f"{name}___{code}"] = cells
    return columns
