"""Datasets of patients as one CDISC ODM-XML 1.3.2 snapshot: an item group for each dataset, items named as CDISC names them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

from heroes.simulate.deliveries.dataset import RawDataset, text_of

EVENT = "SE.STUDY"
_TYPES = {str: "text", int: "integer", float: "float"}


def write_odm(path: Path, datasets: Sequence[RawDataset], *, study_id: str, sites: dict[str, str], written_at: datetime) -> None:
    """sites: patient → site. written_at: when the file says it was made."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_document(datasets, study_id, sites, written_at))


def _document(datasets: Sequence[RawDataset], study_id: str, sites: dict[str, str], written_at: datetime) -> Iterator[str]:
    when, study = written_at.isoformat(timespec="seconds"), quoteattr(study_id)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield (
        f'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Snapshot" FileOID={quoteattr(study_id + ".SNAPSHOT")} '
        f'CreationDateTime="{when}">\n<Study OID={study}><GlobalVariables><StudyName>{study_id}</StudyName><StudyDescription>Simulated trial'
        f"</StudyDescription><ProtocolName>{study_id}</ProtocolName></GlobalVariables>\n"
    )
    yield from _metadata(datasets)
    yield "</Study>\n<AdminData>"
    for site in sorted(set(sites.values())):
        yield f'<Location OID={quoteattr("LOC." + site)} Name={quoteattr(site)} LocationType="Site"/>'
    yield f'</AdminData>\n<ClinicalData StudyOID={study} MetaDataVersionOID="MDV.1">\n'
    by_subject: dict[str, dict[str, list[tuple]]] = defaultdict(lambda: defaultdict(list))
    for dataset in datasets:
        place = dataset.names.index("USUBJID")
        for row in dataset.rows:
            by_subject[row[place]][dataset.name].append(row)
    described = {dataset.name: dataset for dataset in datasets}
    for subject, own in by_subject.items():
        yield f'<SubjectData SubjectKey={quoteattr(subject)}><SiteRef LocationOID={quoteattr("LOC." + sites[subject])}/><StudyEventData StudyEventOID="{EVENT}">'
        for name, rows in own.items():
            group = f"IG.{name.upper()}"
            yield f'<FormData FormOID="FO.{name.upper()}">'
            for number, row in enumerate(rows, start=1):
                yield f'<ItemGroupData ItemGroupOID="{group}" ItemGroupRepeatKey="{number}">'
                for column, cell in zip(described[name].names, row, strict=True):
                    if cell is not None:
                        yield f'<ItemData ItemOID="IT.{name.upper()}.{column}" Value={quoteattr(text_of(cell))}/>'
                yield "</ItemGroupData>"
            yield "</FormData>"
        yield "</StudyEventData></SubjectData>\n"
    yield "</ClinicalData>\n</ODM>\n"


def _metadata(datasets: Sequence[RawDataset]) -> Iterator[str]:
    names = [dataset.name.upper() for dataset in datasets]
    yield '<MetaDataVersion OID="MDV.1" Name="Simulated trial">'
    yield f'<Protocol><StudyEventRef StudyEventOID="{EVENT}" Mandatory="No"/></Protocol>'
    refs = "".join(f'<FormRef FormOID="FO.{name}" Mandatory="No"/>' for name in names)
    yield f'<StudyEventDef OID="{EVENT}" Name="Study" Repeating="No" Type="Common">{refs}</StudyEventDef>'
    for name in names:
        yield f'<FormDef OID="FO.{name}" Name="{name}" Repeating="No"><ItemGroupRef ItemGroupOID="IG.{name}" Mandatory="No"/></FormDef>'
    for dataset, name in zip(datasets, names, strict=True):
        items = "".join(f'<ItemRef ItemOID="IT.{name}.{column}" Mandatory="No"/>' for column in dataset.names)
        yield f'<ItemGroupDef OID="IG.{name}" Name={quoteattr(dataset.label)} Repeating="Yes" Domain="{name}">{items}</ItemGroupDef>'
    for dataset, name in zip(datasets, names, strict=True):
        for column, label in dataset.columns.items():
            kind = dataset.kinds[column]
            length = f' Length="{max((len(text_of(row[dataset.names.index(column)])) for row in dataset.rows), default=1) or 1}"'
            yield (
                f'<ItemDef OID="IT.{name}.{column}" Name={quoteattr(label)} DataType="{_TYPES[kind]}"{length if kind is str else ""} '
                f'SASFieldName="{column}"/>'
            )
    yield "</MetaDataVersion>"
