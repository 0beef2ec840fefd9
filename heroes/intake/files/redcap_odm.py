"""A REDCap project as ODM (project.xml): the same dataset as its CSV export gives."""

from collections.abc import Iterator, Mapping

from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import MOST_CELLS, MOST_COLUMNS
from heroes.intake.files.odm_stream import REDCAP, Entity, ItemDef, OdmDocument
from heroes.intake.files.reading import UnreadableFileError, assemble, dropped_columns, dropped_note, error
from heroes.intake.files.redcap import EVENT, GROUP, INSTANCE, INSTRUMENT, Dictionary, Field, described, split_instruments
from heroes.intake.findings import Finding

_CODED = ("radio", "select", "dropdown", "yesno", "truefalse", "sql")


def redcap_datasets(document: OdmDocument, file: str, stem: str, drop: Mapping[str, set[str]], findings: list[Finding]) -> list[Dataset]:
    """The records of a project, one row for each record, event and repetition, with the columns of a CSV export in raw form.

    Columns: the record's field, `redcap_event_name` where there are events, `redcap_repeat_instance` where anything repeats,
    `redcap_data_access_group` where it is told, then the fields in the order of the project. Repeating instruments become datasets of
    their own, coded fields get a twin `… (label)`, as with a CSV export and its data dictionary.
    """
    record_id = document.redcap["record_id"]
    rows: dict[tuple, dict[str, str | None]] = {}
    for subject, event, form, entity in _filled(document):
        instrument, instance = _repetition(document, event, form)
        key = (subject.oid, event.attributes.get(f"{REDCAP}UniqueEventName") or event.oid if event else None, instrument, instance)
        cells = rows.setdefault(key, {GROUP: _group_of(subject)})
        cells |= {_variable(document.item_defs.get(item), item): value for item, value in entity.items.items()}
    known = [_variable(definition, oid) for oid, definition in document.item_defs.items()]
    seen = dict.fromkeys([*known, *(name for cells in rows.values() for name in cells)])
    fields = [name for name in seen if name not in (record_id, GROUP)]
    if len(fields) > MOST_COLUMNS or (len(fields) + 5) * len(rows) > MOST_CELLS:
        raise UnreadableFileError(error(file, "unpacks_too_large", f"The project has more than {MOST_COLUMNS:,} fields or {MOST_CELLS:,} cells.", "divide it."))
    columns: dict[str, list] = {record_id: [key[0] for key in rows]}
    for name, place in ((EVENT, 1), (INSTRUMENT, 2), (INSTANCE, 3)):
        if any(key[place] is not None for key in rows):
            columns[name] = [key[place] for key in rows]
    if any(cells.get(GROUP) for cells in rows.values()):
        columns[GROUP] = [cells.get(GROUP) for cells in rows.values()]
    columns |= {name: [cells.get(name) for cells in rows.values()] for name in fields}
    unread = {list(columns)[place] for place in dropped_columns(list(columns), drop, stem, file)}
    if unread:
        findings.append(dropped_note(file, len(unread)))
    kept = {name: values for name, values in columns.items() if name not in unread}
    dataset = assemble(stem, file, [SourceColumn(name, None, "text") for name in kept], list(kept.values()), range(1, len(rows) + 1))
    dictionary = _dictionary(document)
    return split_instruments(described(dataset, dictionary), dictionary, drop, findings)


def _filled(document: OdmDocument) -> Iterator[tuple[Entity, Entity | None, Entity | None, Entity]]:
    """Every item group with values: its record, event, form and itself."""
    for subject in (subject for study in document.root.inside.values() for subject in study.inside.values()):
        events = [inside for inside in subject.inside.values() if inside.level == "StudyEventData"]
        for event in [*events, None]:
            for form in (event or subject).inside.values():
                if form.level == "FormData":
                    for group in form.inside.values():
                        if group.items:
                            yield subject, event, form, group


def _variable(definition: ItemDef | None, oid: str) -> str:
    return definition.attributes.get("Name", oid) if definition is not None else oid


def _group_of(subject: Entity) -> str | None:
    return subject.attributes.get(f"{REDCAP}DataAccessGroup") or subject.site


def _repetition(document: OdmDocument, event: Entity | None, form: Entity) -> tuple[str | None, str | None]:
    """Instrument and instance of a row, by the project's list of what repeats."""
    name = form.oid.removeprefix("Form.")
    at = (event.attributes.get(f"{REDCAP}UniqueEventName") or "") if event else ""
    events = {told for told, instrument in document.repeating if instrument == name}
    if at in events or (not event and events) or (form.repeat or "1") != "1":
        return name, form.repeat or "1"
    if event is not None and ((at, "") in document.repeating or (event.repeat or "1") != "1"):
        return None, event.repeat or "1"
    return None, None


def _dictionary(document: OdmDocument) -> Dictionary:
    fields: dict[str, Field] = {}
    forms = {item: group.oid.split(".")[0].casefold() for group in document.group_defs.values() for item in group.items}
    for oid, definition in document.item_defs.items():
        name = _variable(definition, oid)
        kind = definition.attributes.get(f"{REDCAP}FieldType", "text")
        choices = document.code_lists.get(definition.code_list or "", {}) if kind in _CODED and not name.endswith("_complete") else {}
        fields[name.casefold()] = Field(name, forms.get(oid, ""), kind, definition.label, choices, definition.is_identifier)
    return Dictionary(fields, document.redcap["record_id"])
