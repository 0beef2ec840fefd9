"""The trial as a REDCap project: one record a patient, characteristics on the record, everything repeated as repeating
instruments; the export with the project's data dictionary.
"""

import csv
from pathlib import Path

from heroes.intake.kinds import column_kinds
from heroes.model.records import RECORDS
from heroes.simulate.deliveries.dataset import RawDataset, raw_dataset, text_of
from heroes.simulate.deliveries.datasets import Tables
from heroes.simulate.deliveries.mapping import HEADER, reading
from heroes.simulate.ledger import house_columns, house_name, is_date

EXPORT, DICTIONARY = "redcap.csv", "redcap_dictionary.csv"
EVENT = "study_arm_1"
GROUP = "redcap_data_access_group"
SYSTEM = ("record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", GROUP)
INSTRUMENTS = {
    "step_form": ("milestone", "ms"), "outcome_form": ("screen_outcome", "so"), "visit_form": ("visit", "sv"),
    "blood_form": ("specimen", "sp"), "ctdna_form": ("ctdna_result", "ct"), "scan_form": ("response", "rs"),
    "therapy_form": ("treatment", "tx"), "qol_form": ("qs_form", "qf"), "answer_form": ("qs_item", "qi"), "event_form": ("ae", "ae"),
    "deviation_form": ("deviation", "dv"), "criterion_form": ("eligibility", "ie"),
}  # fmt: skip
"""Repeating instrument → its table, and what its fields begin with."""
RECORD, PREFIX = "characteristics", "pt"
HEADINGS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label", "Choices, Calculations, OR Slider Labels",
    "Field Note", "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max", "Identifier?",
)  # fmt: skip
NOT_CHOSEN = ("qualifier",)
"""Closed lists that are typed as text: a label `<` would be read as the beginning of a tag."""


def write_redcap(folder: Path, tables: Tables) -> None:
    """The export, in raw codes, and the data dictionary."""
    forms = {RECORD: ("subject", PREFIX), **INSTRUMENTS}
    fields = {form: _fields(table, prefix) for form, (table, prefix) in forms.items()}
    sites = dict(tables["subject"][["subject_id", "site_id"]].itertuples(index=False, name=None))
    header = [*SYSTEM, *(field for own in fields.values() for field in own.values())]
    with (folder / EXPORT).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        for form, (table, _) in forms.items():
            if table not in tables:
                continue
            instances: dict[str, int] = {}
            columns = ["subject_id", *fields[form]]
            for subject, *cells in tables[table][columns].itertuples(index=False, name=None):
                row = {"record_id": subject, "redcap_event_name": EVENT, GROUP: sites[subject]}
                if form != RECORD:
                    instances[subject] = instances.get(subject, 0) + 1
                    row |= {"redcap_repeat_instrument": form, "redcap_repeat_instance": instances[subject]}
                writer.writerow(row | {
                    field: _raw(table, name, cell) for (name, field), cell in zip(fields[form].items(), cells, strict=True)
                })  # fmt: skip
    with (folder / DICTIONARY).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerow(["record_id", RECORD, "", "text", "Study code", "", "", "", "", "", ""])
        for form, (table, _) in forms.items():
            for name, field in fields[form].items():
                writer.writerow([field, form, "", *_described(table, name), "", "", ""])


def tables_beside(tables: Tables) -> list[RawDataset]:
    """What the project does not hold: the statistician's times to event."""
    if "tte" not in tables:
        return []
    return [raw_dataset("tte", "Times to event", {name: name for name in house_columns("tte")}, tables["tte"].to_numpy(dtype=object).tolist())]


def mapping_of_redcap(folder: str) -> str:
    """The mapping file that reads the project."""
    subject = {"subject_id": "record_id", "site_id": GROUP} | _mapped("subject", PREFIX)
    parts = [HEADER.format(folder=folder), reading("redcap", "subject", subject)]
    parts += [reading(form, table, {"subject_id": "record_id"} | _mapped(table, prefix)) for form, (table, prefix) in INSTRUMENTS.items()]
    return "\n".join(parts)


def _mapped(table: str, prefix: str) -> dict[str, str]:
    return {name: f"{field} (label)" if _choices(table, name) else field for name, field in _fields(table, prefix).items()}


def _fields(table: str, prefix: str) -> dict[str, str]:
    """Column of the house layout → field of the project."""
    left_out = ("subject_id", "site_id") if table == "subject" else ("subject_id",)
    return {name: f"{prefix}_{name}" for name in house_columns(table) if name not in left_out}


def _kind(table: str, name: str):
    ours = {house_name(table, column): column for column in RECORDS[table].model_fields}
    return column_kinds(table)[ours[name]]


def _choices(table: str, name: str) -> dict[str, int]:
    """Code of a closed list → its raw number in the project; empty where the field is no list."""
    codes = () if name in NOT_CHOSEN else _kind(table, name).codes
    return {code: number for number, code in enumerate(codes, start=1)}


def _raw(table: str, name: str, cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    choices = _choices(table, name)
    if choices:
        return str(choices[cell])
    return cell.isoformat() if is_date(table, name) else text_of(cell)


def _described(table: str, name: str) -> tuple[str, str, str, str, str]:
    """Field type, label, choices, note, validation."""
    ours = {house_name(table, column): column for column in RECORDS[table].model_fields}[name]
    label = RECORDS[table].model_fields[ours].description
    choices = _choices(table, name)
    if choices:
        return "radio", label, " | ".join(f"{number}, {code}" for code, number in choices.items()), "", ""
    if _kind(table, name).kind == "truth":
        return "yesno", label, "", "", ""
    kinds = {"whole": "integer", "decimal": "number"}
    return "text", label, "", "", "date_ymd" if is_date(table, name) else kinds.get(_kind(table, name).kind, "")
