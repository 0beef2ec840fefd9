"""A CDISC ODM document streamed: its definitions, and the records of patients after every transaction was applied."""

from dataclasses import dataclass, field

from heroes.intake.files.limits import LONGEST_CELL, MOST_CELLS
from heroes.intake.files.xml_stream import XmlError, parse_xml

NAMESPACES = {"http://www.cdisc.org/ns/odm/v1.3": "1.3", "http://www.cdisc.org/ns/odm/v2.0": "2.0"}
REDCAP = "https://projectredcap.org "
"""Prefix of REDCap's own attributes, as the parser writes a namespace."""
LEVELS = {
    "SubjectData": ("SubjectKey", ""),
    "StudyEventData": ("StudyEventOID", "StudyEventRepeatKey"),
    "FormData": ("FormOID", "FormRepeatKey"),
    "ItemGroupData": ("ItemGroupOID", "ItemGroupRepeatKey"),
}
"""Elements of a patient's data, the outermost first, with the attributes that tell one from another."""
TRANSACTIONS = ("Insert", "Update", "Upsert", "Remove", "Context")
_CLOSED = ("Closed", "Resolved", "Cancelled")


@dataclass
class ItemDef:
    """An item as the study defines it. label: the question asked. column: its name in the delivery's own datasets."""

    oid: str
    column: str | None = None
    label: str = ""
    data_type: str = "text"
    code_list: str | None = None
    is_identifier: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class GroupDef:
    """An item group as the study defines it: its dataset's name, and its items in order."""

    oid: str
    dataset: str | None = None
    items: list[str] = field(default_factory=list)


@dataclass
class Entity:
    """Something of a patient at one level: key → what is inside it. items: item → value, where it is a group with items.

    stamps: of the audit records inside a page. changed, points: items of a page that were changed, and that were entered.
    """

    level: str
    oid: str
    repeat: str | None
    attributes: dict[str, str] = field(default_factory=dict)
    site: str | None = None
    inside: dict[tuple, "Entity"] = field(default_factory=dict)
    items: dict[str, str | None] | None = None
    units: dict[str, str] = field(default_factory=dict)
    stamps: list[str] = field(default_factory=list)
    points: set = field(default_factory=set)
    changed: set = field(default_factory=set)


@dataclass
class QueryRecord:
    """One mention of a query: where, its state then, and the times stamped on it."""

    place: tuple[Entity, ...]
    item: str | None
    attributes: dict[str, str]
    stamps: list[str] = field(default_factory=list)


@dataclass
class AuditRecord:
    """One audit record: where, what was done, when. Who did it and why is not kept: it is personal, or free text."""

    place: tuple[Entity, ...]
    item: str | None
    transaction: str | None
    stamp: str | None = None
    reference: str | None = None


@dataclass
class _Open:
    """An element that is being read."""

    name: str
    attributes: dict[str, str]
    transaction: str | None = None
    entity: Entity | None = None
    was_there: bool = False
    owner: object | None = None


class OdmDocument:
    """What a document holds once it was read: definitions, the tree of patients, queries, audit records."""

    def __init__(self, content: bytes):
        """Reads the document. Raises XmlError for what is no ODM, is damaged, or whose transactions do not fit together."""
        self.version: str | None = None
        self.root_attributes: dict[str, str] = {}
        self.item_defs: dict[str, ItemDef] = {}
        self.group_defs: dict[str, GroupDef] = {}
        self.code_lists: dict[str, dict[str, str]] = {}
        self.locations: dict[str, str] = {}
        self.redcap: dict[str, str] = {}
        self.repeating: set[tuple[str, str]] = set()
        self.root = Entity("ODM", "", None)
        self.queries: list[QueryRecord] = []
        self.audits: list[AuditRecord] = []
        self.has_reference_data = False
        self.several_values = 0
        self.binary_values = 0
        self.troubles: dict[str, int] = {}
        self._stamps_by_id: dict[str, str] = {}
        self._stack: list[_Open] = []
        self._namespace = ""
        self._text: list[str] | None = None
        self._text_length = 0
        self._n_values = 0
        parse_xml(content, start=self._start, end=self._end, text=self._characters)
        if self.version is None:
            raise XmlError("not_odm", "The XML is no CDISC ODM document.")
        for audit in self.audits:
            if audit.reference and audit.stamp is None:
                audit.stamp = self._stamps_by_id.get(audit.reference)
        for audit in self.audits:
            page = page_of(audit.place)
            if page is not None and audit.stamp:
                page.stamps.append(audit.stamp)

    @property
    def is_transactional(self) -> bool:
        return self.root_attributes.get("FileType") == "Transactional"

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, short = name.rpartition(" ")
        if not self._stack:
            self._open_root(namespace, short, attributes)
        parent = self._stack[-1] if self._stack else None
        opened = _Open(short if namespace == self._namespace else name, attributes, parent.transaction if parent else None, parent.entity if parent else None)
        self._stack.append(opened)
        begin = _BEGIN.get(opened.name) if parent is not None else None
        if begin is not None:
            begin(self, opened, parent, attributes)
        elif name.startswith(REDCAP):
            self._redcap_setting(name.removeprefix(REDCAP), attributes)

    def _open_root(self, namespace: str, name: str, attributes: dict[str, str]) -> None:
        if name != "ODM":
            raise XmlError("not_odm", "The XML is no CDISC ODM document.")
        if namespace not in NAMESPACES:
            raise XmlError("odm_version", "The ODM document is not of version 1.3 or 2.0, or does not name the namespace of its version.")
        self._namespace, self.version, self.root_attributes = namespace, NAMESPACES[namespace], dict(attributes)

    def _end(self, _name: str) -> None:
        closed = self._stack.pop()
        finish = _FINISH.get(closed.name)
        if finish is not None:
            text, self._text = "".join(self._text or ()), None
            finish(self, closed, text)

    def _characters(self, characters: str) -> None:
        if self._text is not None:
            self._text_length += len(characters)
            if self._text_length > LONGEST_CELL:
                raise XmlError("damaged_xml", f"A value has more than {LONGEST_CELL:,} characters.")
            self._text.append(characters)

    def _listen(self) -> None:
        self._text, self._text_length = [], 0

    # Definitions

    def _begin_meta_data_version(self, opened, parent, attributes) -> None:
        if attributes.get(f"{REDCAP}RecordIdField"):
            self.redcap["record_id"] = attributes[f"{REDCAP}RecordIdField"]

    def _redcap_setting(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("RepeatingInstrument", "RepeatingEvent"):
            self.repeating.add((attributes.get(f"{REDCAP}UniqueEventName", ""), attributes.get(f"{REDCAP}RepeatInstrument", "")))

    def _begin_item_group_def(self, opened, parent, attributes) -> None:
        oid = attributes.get("OID", "")
        dataset = attributes.get("Domain") or attributes.get("SASDatasetName") or attributes.get("DatasetName")
        opened.owner = self.group_defs[oid] = GroupDef(oid, dataset)

    def _begin_item_ref(self, opened, parent, attributes) -> None:
        if isinstance(parent.owner, GroupDef) and attributes.get("ItemOID"):
            parent.owner.items.append(attributes["ItemOID"])

    def _begin_item_def(self, opened, parent, attributes) -> None:
        oid = attributes.get("OID", "")
        opened.owner = self.item_defs[oid] = ItemDef(
            oid, attributes.get("SASFieldName") or attributes.get("SDSVarName"), attributes.get("Name", ""), attributes.get("DataType", "text"),
            is_identifier=attributes.get(f"{REDCAP}Identifier", "").lower() in ("y", "yes", "1"), attributes=dict(attributes),
        )  # fmt: skip

    def _begin_question(self, opened, parent, attributes) -> None:
        opened.owner = parent.owner

    def _begin_translated_text(self, opened, parent, attributes) -> None:
        if parent.name in ("Question", "Decode"):
            opened.owner = parent.owner
            self._listen()

    def _finish_translated_text(self, closed, text) -> None:
        if isinstance(closed.owner, ItemDef) and text.strip() and "_asked" not in closed.owner.attributes:
            closed.owner.label, closed.owner.attributes["_asked"] = " ".join(text.split()), "yes"
        elif isinstance(closed.owner, tuple):
            codes, code = closed.owner
            codes.setdefault(code, " ".join(text.split()))

    def _begin_code_list_ref(self, opened, parent, attributes) -> None:
        if isinstance(parent.owner, ItemDef):
            parent.owner.code_list = attributes.get("CodeListOID")

    def _begin_code_list(self, opened, parent, attributes) -> None:
        opened.owner = self.code_lists.setdefault(attributes.get("OID", ""), {})

    def _begin_code_list_item(self, opened, parent, attributes) -> None:
        if isinstance(parent.owner, dict) and attributes.get("CodedValue") is not None:
            opened.owner = (parent.owner, attributes["CodedValue"])

    def _begin_decode(self, opened, parent, attributes) -> None:
        opened.owner = parent.owner

    def _begin_location(self, opened, parent, attributes) -> None:
        self.locations[attributes.get("OID", "")] = attributes.get("Name", "")

    # Records

    def _begin_clinical_data(self, opened, parent, attributes) -> None:
        study = attributes.get("StudyOID", "")
        opened.entity = self.root.inside.setdefault(("ClinicalData", study, None), Entity("ClinicalData", study, None))

    def _begin_reference_data(self, opened, parent, attributes) -> None:
        self.has_reference_data = True

    def _begin_level(self, opened, parent, attributes) -> None:
        """Into one level of a patient's data, after what its transaction does to it as a whole."""
        holder = opened.entity
        if holder is None:
            return
        oid_name, repeat_name = LEVELS[opened.name]
        oid, repeat = attributes.get(oid_name), attributes.get(repeat_name)
        if not oid:
            raise XmlError("missing_attribute", f"A {opened.name} has no {oid_name}.")
        key = (opened.name, oid, repeat)
        opened.transaction = self._transaction(attributes) or opened.transaction
        if opened.transaction == "Remove":
            if holder.inside.pop(key, None) is None:
                self._trouble("transaction_without_record")
            opened.entity = Entity(opened.name, oid, repeat)
            return
        opened.was_there = key in holder.inside
        opened.entity = holder.inside.setdefault(key, Entity(opened.name, oid, repeat))
        opened.entity.attributes.update(attributes)

    def _transaction(self, attributes: dict[str, str]) -> str | None:
        told = attributes.get("TransactionType")
        if told is not None and told not in TRANSACTIONS:
            raise XmlError("missing_attribute", "A TransactionType is none of Insert, Update, Upsert, Remove, Context.")
        return told

    def _trouble(self, rule: str) -> None:
        self.troubles[rule] = self.troubles.get(rule, 0) + 1

    def _begin_site_ref(self, opened, parent, attributes) -> None:
        if parent.name == "SubjectData" and parent.entity is not None:
            parent.entity.site = attributes.get("LocationOID")

    def _begin_item_data(self, opened, parent, attributes) -> None:
        opened.transaction = self._transaction(attributes) or opened.transaction
        opened.owner = []
        if "Value" in attributes and attributes.get("IsNull") != "Yes":
            opened.owner.append(attributes["Value"])

    def _begin_value(self, opened, parent, attributes) -> None:
        if parent.name == "ItemData":
            self._listen()

    def _finish_value(self, closed, text) -> None:
        holder = self._stack[-1]
        if holder.name == "ItemData" and holder.attributes.get("IsNull") != "Yes":
            holder.owner.append(text)

    def _finish_item_data(self, closed, _text) -> None:
        values = [value for value in closed.owner if value.strip()]
        if len(values) > 1:
            self.several_values += 1
        self._keep_item(closed, " | ".join(values) if values else None)

    def _begin_typed(self, opened, parent, attributes) -> None:
        opened.transaction = self._transaction(attributes) or opened.transaction
        self._listen()

    def _finish_typed(self, closed, text) -> None:
        if "Binary" in closed.name:  # a picture or a scanned page: nothing for a table
            self.binary_values += bool(text.strip())
            text = ""
        empty = closed.attributes.get("IsNull") == "Yes" or not text.strip()
        self._keep_item(closed, None if empty else text.strip() if closed.name != "ItemDataString" else text)

    def _keep_item(self, closed: _Open, value: str | None) -> None:
        group = self._stack[-1]
        if group.name != "ItemGroupData" or group.entity is None:
            return
        if closed.attributes.get("AuditRecordID"):
            place, item = self._place(), closed.attributes.get("ItemOID")
            self.audits.append(AuditRecord(place, item, closed.transaction, reference=closed.attributes["AuditRecordID"]))
        oid = closed.attributes.get("ItemOID")
        if not oid:
            raise XmlError("missing_attribute", "An ItemData has no ItemOID.")
        self._n_values += 1
        if self._n_values > MOST_CELLS:
            raise XmlError("unpacks_too_large", f"The document holds more than {MOST_CELLS:,} values.")
        entity, transaction = group.entity, closed.transaction
        if transaction == "Context":
            return
        is_new = entity.items is None
        if self.is_transactional:
            if transaction == "Update" and is_new and not group.was_there:
                self._trouble("transaction_without_record")
            if transaction == "Insert" and group.transaction == "Insert" and group.was_there and not is_new:
                self._trouble("inserted_twice")
        elif not is_new and oid in entity.items and entity.items[oid] != value:
            self._trouble("record_twice")
        entity.items = {} if is_new else entity.items
        self._note_change(oid, value, transaction)
        if transaction == "Remove":
            entity.items.pop(oid, None)
            return
        entity.items[oid] = value
        unit = closed.attributes.get("_unit")
        if unit:
            entity.units[oid] = unit

    def _note_change(self, oid: str, value: str | None, transaction: str | None) -> None:
        place = self._place()
        page, entity = page_of(place), place[-1]
        if page is None:
            return
        point = (id(entity), oid)
        if point in page.points and (entity.items.get(oid) != value or transaction == "Remove"):
            page.changed.add(point)
        page.points.add(point)

    def _begin_measurement_unit_ref(self, opened, parent, attributes) -> None:
        if parent.name.startswith("ItemData"):
            parent.attributes["_unit"] = attributes.get("MeasurementUnitOID", "")

    def _place(self) -> tuple[Entity, ...]:
        """The levels that are open, the study first, then the patient."""
        return tuple(opened.entity for opened in self._stack if opened.entity is not None and (opened.name in LEVELS or opened.name == "ClinicalData"))

    def _open_item(self) -> str | None:
        return next((opened.attributes.get("ItemOID") for opened in reversed(self._stack) if opened.name.startswith("ItemData")), None)

    # Queries and audit records

    def _begin_query(self, opened, parent, attributes) -> None:
        if self._inside_data():
            opened.owner = QueryRecord(self._place(), self._open_item(), dict(attributes))
            self.queries.append(opened.owner)

    def _inside_data(self) -> bool:
        return any(opened.name == "ClinicalData" for opened in self._stack)

    def _begin_audit_record(self, opened, parent, attributes) -> None:
        if parent.name == "Query":
            opened.owner = parent.owner
        elif self._inside_data() and parent.name != "AuditRecords":
            opened.owner = AuditRecord(self._place(), self._open_item(), parent.transaction)
            self.audits.append(opened.owner)
        else:
            opened.owner = attributes.get("ID")

    def _begin_date_time_stamp(self, opened, parent, attributes) -> None:
        if parent.name == "AuditRecord":
            self._listen()

    def _finish_date_time_stamp(self, closed, text) -> None:
        owner, stamp = self._stack[-1].owner, text.strip()
        if isinstance(owner, AuditRecord):
            owner.stamp = stamp
        elif isinstance(owner, QueryRecord):
            owner.stamps.append(stamp)
        elif isinstance(owner, str):
            self._stamps_by_id[owner] = stamp


_TYPED = tuple(
    f"ItemData{kind}"
    for kind in (
        "Any", "String", "Integer", "Float", "Double", "Date", "Time", "Datetime", "Boolean", "HexBinary", "Base64Binary", "HexFloat",
        "Base64Float", "PartialDate", "PartialTime", "PartialDatetime", "DurationDatetime", "IntervalDatetime", "IncompleteDatetime",
        "IncompleteDate", "IncompleteTime", "URI",
    )
)  # fmt: skip
_BEGIN = {
    "MetaDataVersion": OdmDocument._begin_meta_data_version,
    "ItemGroupDef": OdmDocument._begin_item_group_def,
    "ItemRef": OdmDocument._begin_item_ref,
    "ItemDef": OdmDocument._begin_item_def,
    "Question": OdmDocument._begin_question,
    "TranslatedText": OdmDocument._begin_translated_text,
    "CodeListRef": OdmDocument._begin_code_list_ref,
    "CodeList": OdmDocument._begin_code_list,
    "CodeListItem": OdmDocument._begin_code_list_item,
    "Decode": OdmDocument._begin_decode,
    "Location": OdmDocument._begin_location,
    "ClinicalData": OdmDocument._begin_clinical_data,
    "ReferenceData": OdmDocument._begin_reference_data,
    **{level: OdmDocument._begin_level for level in LEVELS},
    "SiteRef": OdmDocument._begin_site_ref,
    "ItemData": OdmDocument._begin_item_data,
    "Value": OdmDocument._begin_value,
    **{name: OdmDocument._begin_typed for name in _TYPED},
    "MeasurementUnitRef": OdmDocument._begin_measurement_unit_ref,
    "Query": OdmDocument._begin_query,
    "AuditRecord": OdmDocument._begin_audit_record,
    "DateTimeStamp": OdmDocument._begin_date_time_stamp,
}
_FINISH = {
    "TranslatedText": OdmDocument._finish_translated_text,
    "Value": OdmDocument._finish_value,
    "ItemData": OdmDocument._finish_item_data,
    **{name: OdmDocument._finish_typed for name in _TYPED},
    "DateTimeStamp": OdmDocument._finish_date_time_stamp,
}


def page_of(place: tuple[Entity, ...]) -> Entity | None:
    """The page of a form that a place lies on: FormData, or in version 2.0 the outermost item group."""
    return next((entity for entity in place if entity.level in ("FormData", "ItemGroupData")), None)


def is_closed(state: str | None) -> bool:
    """Does a query in this state wait for nobody?"""
    return state in _CLOSED
