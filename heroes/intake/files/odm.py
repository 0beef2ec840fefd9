"""CDISC ODM-XML 1.3 and 2.0: a dataset for each item group, and beside them queries, audit records and pages."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import MOST_CELLS, MOST_COLUMNS, MOST_DATASETS
from heroes.intake.files.odm_stream import AuditRecord, Entity, OdmDocument, QueryRecord, is_closed, page_of
from heroes.intake.files.reading import UnreadableFileError, assemble, dropped_columns, dropped_note, error, is_full_date, name_inside, note
from heroes.intake.files.redcap import LABEL
from heroes.intake.files.redcap_odm import redcap_datasets
from heroes.intake.files.xml_stream import XmlError
from heroes.intake.findings import Finding

UNIT = " (unit)"
KEYS = (
    "StudyOID", "SubjectKey", "StudySubjectID", "LocationOID", "LocationName", "StudyEventOID", "StudyEventRepeatKey", "FormOID", "FormRepeatKey",
    "ItemGroupOID", "ItemGroupRepeatKey",
)  # fmt: skip
"""Columns that every dataset of an ODM document begins with, where the document has anything for them."""
_OF_PAGE = ("FormOID", "FormRepeatKey")
_ALWAYS = ("SubjectKey",)
_WRITE_AGAIN = "have the document written again by the data capture system"
_TROUBLES = {
    "transaction_without_record": (
        "{n} transactions change or remove a record that the document does not hold.",
        "send a snapshot, or one document with every transaction since the first.",
    ),
    "inserted_twice": ("{n} items are inserted into a record that was inserted before.", f"{_WRITE_AGAIN}, with a repeat key for each record."),
    "record_twice": ("{n} items come twice in one record with different values.", f"{_WRITE_AGAIN}, with a repeat key for each record."),
}  # fmt: skip


def read_odm(
    content: bytes, file: str, stem: str, *, drop: Mapping[str, set[str]] | None = None
) -> tuple[list[Dataset], list[Finding]]:
    """Datasets of an ODM document, each `file/name`; their rows are numbered in the order of the document.

    One dataset for each item group that holds data, named by its Domain (or SASDatasetName) where no other group has the
    same, else by its OID. Columns: where the record stands (`KEYS`), then its items by SASFieldName, else by OID; of an item with
    a code list also `… (label)`, of one with a unit `… (unit)`. Full ISO dates of items typed date or datetime become such;
    everything else is text. QUERIES (ODM 2.0): one row a query with its last state; AUDIT: one row an audit record; PAGES:
    one row a page of a form, when it was first saved and, of a transactional document, how many of its items were changed.
    Free text of queries, reasons and annotations, and names of users, are not read.

    In a transactional document Insert, Update, Upsert, Remove and Context are applied in order; the datasets hold what is
    left. An ERROR: no ODM, another version, a document type or entities, damage, transactions that do not fit together.
    A document of REDCap gives the same dataset as its CSV export (see `redcap`).
    """
    try:
        document = OdmDocument(content)
        findings = _said_of(document, file)
        if document.redcap.get("record_id"):
            datasets = redcap_datasets(document, file, stem, drop or {}, findings) if any(study.inside for study in document.root.inside.values()) else []
        else:
            datasets = list(_datasets(document, file, drop or {}, findings))
    except XmlError as problem:
        where = None if problem.line is None else [problem.line]
        return [], [error(file, problem.rule, problem.sentence, f"send the file again, or {_WRITE_AGAIN}.", where)]
    except UnreadableFileError as problem:
        return [], [problem.finding]
    if not datasets:
        findings.append(
            note(file, "metadata_only", "The ODM document describes a study and holds no data of patients; it was left out.",
                 "Export it with clinical data if it should bring some.")
        )  # fmt: skip
    return datasets, findings


def _said_of(document: OdmDocument, file: str) -> list[Finding]:
    for rule, n in document.troubles.items():
        sentence, remedy = _TROUBLES[rule]
        raise UnreadableFileError(error(file, rule, sentence.format(n=f"{n:,}"), remedy))
    findings = []
    if document.has_reference_data:
        findings.append(note(file, "reference_data", "Reference data of the study (of no patient) were left out.", "No action needed."))
    if document.several_values:
        findings.append(
            note(file, "several_values", f"{document.several_values:,} items hold several values; they were joined by “ | ”.", "Map them by their whole text.")
        )
    if document.binary_values:
        findings.append(note(file, "binary_values", f"{document.binary_values:,} items hold files (pictures, scans); they were left out.", "No action needed."))
    return findings


def _datasets(document: OdmDocument, file: str, drop: Mapping[str, set[str]], findings: list[Finding]) -> Iterator[Dataset]:
    groups: dict[str, list[tuple[tuple[Entity, ...], Entity]]] = {}
    for place in _groups(document.root, ()):
        if place[-1].items is not None:
            groups.setdefault(place[-1].oid, []).append((place, place[-1]))
    names = _names(document, list(groups))
    if len(groups) > MOST_DATASETS:
        raise UnreadableFileError(error(file, "too_many_files", f"The document has more than {MOST_DATASETS} item groups.", "divide it."))
    taken: set[str] = set()
    for number, (oid, records) in enumerate(groups.items(), start=1):
        columns, cells = _group(document, oid, records, file)
        yield _dataset(names[oid], number, columns, cells, file, drop, findings, taken)
    extra = (
        ("QUERIES", _queries(document)), ("AUDIT", _audits(document)), ("PAGES", _pages(document) if document.audits else ({}, 0)),
    )  # fmt: skip
    for name, (columns, n) in extra:
        if n:
            described = [SourceColumn(column, None, "datetime" if column.endswith("At") else "text") for column in columns]
            yield _dataset(name, 0, described, list(columns.values()), file, drop, findings, taken)


def _groups(entity: Entity, above: tuple[Entity, ...]) -> Iterator[tuple[Entity, ...]]:
    """Every item group, with the levels it stands in, in the order of the document."""
    for inside in entity.inside.values():
        place = (*above, inside)
        if inside.level == "ItemGroupData":
            yield place
        yield from _groups(inside, place)


def _names(document: OdmDocument, oids: list[str]) -> dict[str, str]:
    """A name for each item group: its dataset's, where only one group of the study has it, else its OID.

    Groups without data count too, so that a name stays when their first record comes.
    """
    told = [definition.dataset.upper() for definition in document.group_defs.values() if definition.dataset]
    datasets = {oid: (document.group_defs[oid].dataset or "") if oid in document.group_defs else "" for oid in oids}
    return {oid: name if name and told.count(name.upper()) == 1 else oid for oid, name in datasets.items()}


def _dataset(
    name: str, number: int, columns: list[SourceColumn], cells: list[list], file: str, drop: Mapping[str, set[str]], findings: list[Finding],
    taken: set[str],
) -> Dataset:  # fmt: skip
    shown = name_inside(name, number)
    while shown.upper() in taken:
        shown += "_"
    taken.add(shown.upper())
    inside = f"{file}/{shown}"
    if name != shown and "file " in shown:
        name = shown
    unread = dropped_columns([column.name for column in columns], drop, name, inside)
    if unread:
        findings.append(dropped_note(inside, len(unread)))
    kept = [place for place in range(len(columns)) if place not in unread]
    n = len(cells[0]) if cells else 0
    return assemble(name, inside, [columns[place] for place in kept], [cells[place] for place in kept], range(1, n + 1))


def _keys(document: OdmDocument, place: tuple[Entity, ...]) -> dict[str, str | None]:
    """Where a record stands, by the names of `KEYS`."""
    keys: dict[str, str | None] = dict.fromkeys(KEYS)
    for entity in place:
        if entity.level == "ClinicalData":
            keys["StudyOID"] = entity.oid if len(document.root.inside) > 1 else None
        elif entity.level == "SubjectData":
            keys["SubjectKey"], keys["LocationOID"] = entity.oid, entity.site
            keys["LocationName"] = document.locations.get(entity.site or "") or None
            known = [value for name, value in entity.attributes.items() if name.endswith(" StudySubjectID")]
            keys["StudySubjectID"] = known[0] if known else None
        elif entity.level == "StudyEventData":
            keys["StudyEventOID"], keys["StudyEventRepeatKey"] = entity.oid, entity.repeat
        elif entity.level == "FormData":
            keys["FormOID"], keys["FormRepeatKey"] = entity.oid, entity.repeat
    groups = [entity for entity in place if entity.level == "ItemGroupData"]
    if groups:
        keys["ItemGroupOID"], keys["ItemGroupRepeatKey"] = groups[-1].oid, groups[-1].repeat
        if len(groups) > 1 and keys["FormOID"] is None:
            keys["FormOID"], keys["FormRepeatKey"] = groups[0].oid, groups[0].repeat
    return keys


def _key_columns(document: OdmDocument, places: list[tuple[Entity, ...]]) -> dict[str, list]:
    """Columns of `KEYS` for these places; those that say nothing of any of them are left out."""
    rows = [_keys(document, place) for place in places]
    columns = {name: [row[name] for row in rows] for name in KEYS}
    return {name: values for name, values in columns.items() if name in _ALWAYS or any(value is not None for value in values)}


def _group(document: OdmDocument, oid: str, records: list[tuple[tuple[Entity, ...], Entity]], file: str) -> tuple[list[SourceColumn], list[list]]:
    """Columns and cells of one item group."""
    keys = _key_columns(document, [place for place, _ in records])
    defined = document.group_defs[oid].items if oid in document.group_defs else []
    items = list(dict.fromkeys([*defined, *(item for _, entity in records for item in entity.items)]))
    if len(items) > MOST_COLUMNS or (len(items) + len(keys)) * len(records) > MOST_CELLS:
        raise UnreadableFileError(error(file, "unpacks_too_large", f"An item group has more than {MOST_COLUMNS:,} items or {MOST_CELLS:,} cells.", "divide it."))
    columns = [SourceColumn(name, None, "text") for name in keys]
    cells = list(keys.values())
    names = _column_names(document, items, set(keys))
    for item in items:
        definition = document.item_defs.get(item)
        label = (definition.label or None) if definition else None
        values = [entity.items.get(item) for _, entity in records]
        kind, typed = _typed(values, definition.data_type if definition else "text")
        columns.append(SourceColumn(names[item], label, kind, is_identifier=bool(definition and definition.is_identifier)))
        cells.append(typed)
        codes = document.code_lists.get(definition.code_list or "") if definition else None
        if codes:
            columns.append(SourceColumn(names[item] + LABEL, label, "text"))
            cells.append([None if value is None else codes.get(value, value) for value in values])
        units = [entity.units.get(item) for _, entity in records]
        if any(units):
            columns.append(SourceColumn(names[item] + UNIT, None, "text"))
            cells.append(units)
    return columns, cells


def _column_names(document: OdmDocument, items: list[str], taken: set[str]) -> dict[str, str]:
    """A name for each item: its SAS name where only one item of the group has it, else its OID."""
    told = {item: (document.item_defs[item].column or "") if item in document.item_defs else "" for item in items}
    every = [*(name.upper() for name in told.values() if name), *(name.upper() for name in taken), *(item.upper() for item in items if item not in told.values())]
    return {item: name if name and every.count(name.upper()) == 1 else item for item, name in told.items()}


def _typed(values: list[str | None], data_type: str) -> tuple[str, list]:
    """Kind and cells: full dates and date-times of items that are typed so; partial ones stay text."""
    if data_type not in ("date", "datetime"):
        return "text", values
    convert = _date if data_type == "date" else moment
    return data_type, [None if value is None else convert(value) for value in values]


def _date(text: str) -> date | str:
    try:
        return date.fromisoformat(text.strip()) if is_full_date(text.strip()) else text
    except ValueError:
        return text


def moment(text: str | None) -> datetime | str | None:
    """A date and clock time as the place that wrote it had it; anything but a full one stays text."""
    try:
        read = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return text
    return read.replace(tzinfo=None) if "T" in text else text


def _queries(document: OdmDocument) -> tuple[dict[str, list], int]:
    """One row a query: its last state, and when it was opened, answered and closed as far as the document says it."""
    by_query: dict[str, list[QueryRecord]] = {}
    for number, query in enumerate(document.queries):
        by_query.setdefault(query.attributes.get("OID") or f"{number}", []).append(query)
    mentions = list(by_query.values())
    columns: dict[str, list] = {"QueryOID": [found[-1].attributes.get("OID") for found in mentions]}
    columns |= _key_columns(document, [found[-1].place for found in mentions])
    columns["ItemOID"] = [found[-1].item for found in mentions]
    for name in ("Source", "Type", "State"):
        columns[name] = [found[-1].attributes.get(name) for found in mentions]
    times = [_times_of(found) for found in mentions]
    for place, name in enumerate(("OpenedAt", "AnsweredAt", "ClosedAt")):
        columns[name] = [moment(row[place]) for row in times]
    return columns, len(mentions)


def _times_of(mentions: list[QueryRecord]) -> tuple[str | None, str | None, str | None]:
    """When a query was opened, answered, closed. Opened again, it is neither answered nor closed."""
    opened = answered = closed = None
    for query in mentions:
        state = query.attributes.get("State")
        stamps = [*query.stamps, *([query.attributes["LastUpdateDatetime"]] if query.attributes.get("LastUpdateDatetime") else [])]
        if len(stamps) > 1 and opened is None:
            opened = stamps[0]
        if not stamps:
            continue
        if state in ("Open", "Candidate"):
            opened, answered, closed = opened or stamps[0], None, None
        elif state == "Answered":
            answered, closed = stamps[-1], None
        elif is_closed(state):
            closed = stamps[-1]
    return opened, answered, closed


def _audits(document: OdmDocument) -> tuple[dict[str, list], int]:
    audits: list[AuditRecord] = document.audits
    columns = _key_columns(document, [audit.place for audit in audits])
    columns["ItemOID"] = [audit.item for audit in audits]
    columns["TransactionType"] = [audit.transaction for audit in audits]
    columns["StampedAt"] = [moment(audit.stamp) for audit in audits]
    return columns, len(audits)


def _pages(document: OdmDocument) -> tuple[dict[str, list], int]:
    """One row a page: first and last audit record, data points on it, and how many were changed after they were entered."""
    pages: dict[int, tuple[tuple[Entity, ...], Entity]] = {}
    for place in _groups(document.root, ()):
        page = page_of(place)
        if page is not None and page.stamps:
            pages.setdefault(id(page), (place[: place.index(page) + 1], page))
    rows = list(pages.values())
    keys = _key_columns(document, [place for place, _ in rows])
    columns = {name: values for name, values in keys.items() if name not in _OF_PAGE and not name.startswith("ItemGroup")}
    columns |= {"FormOID": [page.oid for _, page in rows], "FormRepeatKey": [page.repeat for _, page in rows]}
    columns["EnteredAt"] = [moment(min(page.stamps)) for _, page in rows]
    columns["ChangedAt"] = [moment(max(page.stamps)) for _, page in rows]
    columns["Points"] = [str(len(page.points)) for _, page in rows]
    columns["Changed"] = [str(len(page.changed)) if document.is_transactional else None for _, page in rows]
    return columns, len(rows)
