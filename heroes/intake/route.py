"""The whole way of a delivery, in order: files → identifiers → mapping → tables → checks → one data cut, recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from heroes.errors import MisuseError, RefusedDeliveryError
from heroes.intake.delivered import Facts, Reading, chosen_files, plan_readings, read_facts
from heroes.intake.files import Dataset, SourceColumn, read_files
from heroes.intake.findings import Finding, findings_frame, is_refused, summary
from heroes.intake.identifiers import check_identifiers
from heroes.intake.listing import NOTHING_IMPORTED
from heroes.intake.mapping import Mapping as MappingFile
from heroes.intake.mapping import MarkerPart, read_mapping
from heroes.intake.overlay import EarlierCut, PreviousCut
from heroes.intake.parsing import cells
from heroes.intake.personal import shown_file, shown_table
from heroes.intake.preparing import Preparation
from heroes.model.contents import CutContents, SourceFile
from heroes.model.terms import Severity
from heroes.protocol import Protocol, protocol_of
from heroes.store import audit, cuts
from heroes.store.locks import held
from heroes.store.tables import read_tables

__all__ = ["Delivery", "EarlierCut", "ImportResult", "PreviousCut", "Recognised", "import_delivery", "prepare_tables", "read_delivery"]

SIMULATED_SUFFIX = "-SIM"
_ORDER = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True)
class Recognised:
    """One dataset of a delivery as it was understood. tables: of ours that it is read into; none where nothing reads it."""

    file: str
    dataset: str | None
    n_rows: int
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Delivery:
    """A delivery after the whole way. contents: what a cut would hold; None where an ERROR is among the findings."""

    contents: CutContents | None
    findings: tuple[Finding, ...]
    sources: tuple[SourceFile, ...] = ()
    recognised: tuple[Recognised, ...] = ()


@dataclass(frozen=True)
class ImportResult:
    """An import. published: None where the delivery was refused or only checked."""

    delivery: Delivery
    published: cuts.Published | None


def read_delivery(
    paths: Sequence[Path], *, protocol: Protocol, mapping: Path | MappingFile | None = None, cut_off: date | None = None,
    previous: PreviousCut | None = None,
) -> Delivery:  # fmt: skip
    """A delivery as the contents of one data cut, with everything that was found.

    paths: its files, or its folder. mapping: a mapping file. cut_off: believed before the mapping's, `data_cut.csv`'s and
        the latest date of the records. previous: the newest cut of the folder, needed where the delivery is partial; a
        delivery of another study than it is refused.
    Raises MappingError for a mapping that cannot be followed, MisuseError for a path that does not exist.
    """
    rules = mapping if isinstance(mapping, MappingFile) else read_mapping(mapping) if mapping else MappingFile()
    drop = {name: set(columns) for name, columns in rules.drop.items()}
    chosen = chosen_files(paths, rules)
    if not chosen:
        return Delivery(None, (_no_file_chosen(rules),))
    datasets, sources, findings = read_files(chosen, encoding=rules.encoding, drop=drop)
    passed, identifiers = check_identifiers(
        datasets, subject_columns=_subject_columns(rules), subject_id_pattern=protocol.privacy.subject_id_pattern
    )
    findings += identifiers
    personal = is_refused(identifiers)
    readings, planned = plan_readings(datasets if personal else passed, rules)
    facts, found = read_facts(passed)
    if is_refused(planned) or (personal and _needs_what_was_refused(readings, datasets, passed)):
        findings = [*findings, *planned, *found]
        return replace(_refused(findings, sources, anonymous=personal), recognised=_recognised(datasets, readings))
    recognised = _recognised(datasets, readings)
    readings = [replace(reading, dataset=_same_file(reading.dataset, passed)) for reading in readings]
    findings = [*findings, *planned, *found]
    del datasets, passed  # the readings hold what is needed of them
    delivery = _finish(readings, rules, facts, protocol, cut_off, previous, sources, findings, anonymous=personal)
    return replace(delivery, recognised=recognised)


def prepare_tables(
    tables: Mapping[str, pd.DataFrame], *, protocol: Protocol, study_id: str, cut_off: date, simulated: bool | None = None,
    marker: str | None = None, marker_unit: str | None = None, sources: Sequence[SourceFile] = (),
    previous: PreviousCut | None = None,
) -> Delivery:  # fmt: skip
    """The same way for tables that are in our own layout already: dates become days, rules are checked, gaps are said.

    tables: table of model/records.py → frame with its columns; `<x>_date` may stand for `<x>_day` and `date` for `day`
        (date objects, datetime64 or ISO text); `mtm_per_ml` in ctdna_result is a quantity in MTM/mL.
    marker, marker_unit: of ctdna_result where its rows do not say; the protocol's marker else.
    """
    datasets = [_as_dataset(name, frame) for name, frame in tables.items() if len(frame) or name == "subject"]
    rules = MappingFile(marker=MarkerPart(name=marker, unit=marker_unit) if marker else None)
    readings, planned = plan_readings(datasets, rules)
    if is_refused(planned):
        return _refused(planned, sources)
    facts = Facts(study_id=study_id, simulated=simulated, marker=marker, marker_unit=marker_unit)
    return _finish(readings, rules, facts, protocol, cut_off, previous, list(sources), planned)


def import_delivery(
    paths: Sequence[Path], directory: Path, *, imported_at: datetime, actor: str, role: str, mapping: Path | None = None,
    cut_off: date | None = None, check: bool = False, session_id: str | None = None, after: str | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> ImportResult:  # fmt: skip
    """Imports a delivery into a data folder: one new cut, or none and the reasons. Either way it is recorded.

    imported_at: with its zone. actor, role, session_id: who imports, for the record. check: read and check only, publish nothing.
    after: digest of the newest cut for which somebody looked at the findings ("" for none); where another is the newest by now,
        a MisuseError says so and nothing is done. progress: told "READ", "PUBLISH", "RECORD" when each begins.
    Imports into one folder wait for one another, so that each is laid over and compared with the cut before it.
    The record names files and their digests and counts findings; it never holds anything about a patient.
    """
    directory = Path(directory)
    if check:
        progress("READ")
        return ImportResult(_read_into(directory, paths, mapping, cut_off), None)
    audit.check_writable(directory)
    with held(directory / ".import.lock"):
        newest = cuts.newest_cut(directory)
        if after is not None and after != (newest.digest if newest else ""):
            raise MisuseError("Another data cut was published since this delivery was checked. Nothing was imported; check it again.")
        progress("READ")
        delivery = _read_into(directory, paths, mapping, cut_off)
        progress("PUBLISH")
        return _publish(
            delivery, directory, imported_at=imported_at, actor=actor, role=role, session_id=session_id, paths=paths, mapping=mapping,
            progress=progress,
        )


def _read_into(directory: Path, paths: Sequence[Path], mapping: Path | None, cut_off: date | None) -> Delivery:
    newest = cuts.newest_cut(directory)
    previous = _StoredCut(newest) if newest else None
    return read_delivery(paths, protocol=protocol_of(directory), mapping=mapping, cut_off=cut_off, previous=previous)


def _publish(
    delivery: Delivery, directory: Path, *, imported_at: datetime, actor: str, role: str, session_id: str | None,
    paths: Sequence[Path], mapping: Path | None, progress: Callable[[str], None],
) -> ImportResult:  # fmt: skip
    """Publishes what was read, or not, and records which."""
    published = None
    if delivery.contents is not None:
        try:
            published = cuts.publish_cut(delivery.contents, directory, imported_at=imported_at)
        except RefusedDeliveryError as error:
            refusal = Finding(Severity.ERROR, "refused_by_store", str(error), f"{NOTHING_IMPORTED}.")
            refused = _refused([*delivery.findings, refusal], delivery.sources)
            delivery = replace(refused, recognised=delivery.recognised)
    progress("RECORD")
    names = [shown_file(Path(path).name, place) for place, path in enumerate(paths, start=1)]
    audit.record(
        directory, at=imported_at, actor=actor, role=role, session_id=session_id,
        action="IMPORT_ACCEPT" if published else "IMPORT_REFUSE",
        object=published.cut.stem if published else "delivery",
        params={
            "paths": names,
            "mapping": shown_file(Path(mapping).name, 1) if mapping else None,
            "findings": summary(delivery.findings),
            "sources": {source.name: source.sha256 for source in delivery.sources},
            "new": published.is_new if published else False,
        },
        snapshot_hash=published.cut.digest if published else None, config_hash=protocol_of(directory).digest,
    )  # fmt: skip
    return ImportResult(delivery, published)


def _recognised(datasets: Sequence[Dataset], readings: Sequence[Reading]) -> tuple[Recognised, ...]:
    """Every dataset with the tables it is read into, in the order of the files."""
    told = []
    for dataset in datasets:
        tables = dict.fromkeys(
            reading.rule.to for reading in readings if (reading.dataset.file, reading.dataset.name) == (dataset.file, dataset.name)
        )
        told.append(Recognised(dataset.file, shown_table(dataset.name), len(dataset.frame), tuple(tables)))
    return tuple(told)


class _StoredCut:
    """The newest cut of a folder as an import needs it; its tables are read only when a partial delivery asks for them."""

    def __init__(self, cut: cuts.DataCut):
        self._cut = cut
        self.study_id, self.cut_off, self.simulated = cut.study_id, cut.cut_off, cut.simulated

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        return read_tables(self._cut)


def _finish(
    readings: list[Reading], rules: MappingFile, facts: Facts, protocol: Protocol, cut_off: date | None,
    previous: PreviousCut | None, sources: list[SourceFile], findings: list[Finding], *, anonymous: bool = False,
) -> Delivery:  # fmt: skip
    study_id, found = _study(rules, facts, previous, protocol, is_unread=is_refused(findings))
    findings = [*findings, *found]
    if study_id is None:
        return _refused(findings, sources, anonymous=anonymous)
    work = Preparation(readings, rules, facts, protocol, study_id, cut_off, previous)
    tables, told = work.prepare()
    findings += work.findings
    if is_refused(findings) or told is None:
        return _refused(findings, sources, anonymous=anonymous)
    findings = _sorted(findings)
    issues = findings_frame(findings)
    if len(issues):
        tables["import_issue"] = issues
    marker, unit = _marker(tables)
    told_simulated = [told for told in (rules.simulated, facts.simulated) if told is not None]
    simulated = told_simulated[0] if told_simulated else work.is_partial and previous.simulated
    contents = CutContents(
        study_id=study_id, cut_off=told, tables=tables, protocol_digest=protocol.digest, sources=tuple(sources),
        findings=summary(findings), simulated=bool(simulated) or study_id.endswith(SIMULATED_SUFFIX),
        marker=marker, marker_unit=unit,
    )  # fmt: skip
    return Delivery(contents, tuple(findings), tuple(sources))


def _marker(tables: dict[str, pd.DataFrame]) -> tuple[str | None, str | None]:
    if "ctdna_result" not in tables:
        return None, None
    rows = tables["ctdna_result"]
    markers, units = rows["marker"].dropna().unique(), rows["unit"].dropna().unique()
    return (str(markers[0]) if len(markers) else None), (str(units[0]) if len(units) else None)


def _study(
    rules: MappingFile, facts: Facts, previous: PreviousCut | None, protocol: Protocol, *, is_unread: bool
) -> tuple[str | None, list[Finding]]:  # fmt: skip
    """The study of the delivery: the mapping's word, else the files', else that of the folder, else the protocol's own.

    is_unread: something of the delivery could not be read, so nothing is said of what it does not name.
    """
    told = {study for study in (rules.study_id, facts.study_id) if study}
    if len(told) > 1:
        return None, [
            Finding(Severity.ERROR, "study_differs", "The mapping file names another study than the files.",
                    f"{NOTHING_IMPORTED}; correct study_id in the mapping file.", column="STUDYID")
        ]  # fmt: skip
    study = rules.study_id or facts.study_id or (previous.study_id if previous else None)
    if previous is not None and study != previous.study_id:
        return None, [
            Finding(Severity.ERROR, "another_study", "The delivery is of another study than the data cuts of this folder.",
                    f"{NOTHING_IMPORTED}; import it into a data folder of its own.", column="STUDYID")
        ]  # fmt: skip
    if study is not None or is_unread:
        return study, []
    if protocol.trial.study_ids:
        study = protocol.trial.study_ids[0]
        return study, [
            Finding(Severity.NOTE, "study_assumed", f"Neither the files nor the mapping file name the study; it is taken for {study}.",
                    "If it is another, name it in data_cut.csv or in the mapping file.")
        ]  # fmt: skip
    return None, [
        Finding(Severity.ERROR, "study_not_named", "Neither the files, the mapping file nor the protocol file name the study.",
                f'{NOTHING_IMPORTED}; add study_id = "…" to the mapping file, or a data_cut.csv with study_id, cut_off, simulated.')
    ]  # fmt: skip


def _subject_columns(rules: MappingFile) -> dict[str, set[str]]:
    """Which delivered columns hold the patient's code, as far as the mapping knows."""
    columns: dict[str, set[str]] = {}
    for rule in rules.table:
        for rows in rule.row_sets:
            entry = rows.columns.get("subject_id")
            if entry is not None:
                for name in rule.sources:
                    columns.setdefault(name, set()).update(entry.delivered)
    return columns


def _needs_what_was_refused(readings: list[Reading], before: list[Dataset], after: list[Dataset]) -> bool:
    """Does a reading use a column that was taken away? Then more findings would be about the refusal, not the data."""
    kept = {dataset.file: set(dataset.frame.columns) for dataset in after}
    taken = {dataset.file: set(dataset.frame.columns) - kept.get(dataset.file, set()) for dataset in before}
    return any(taken[reading.dataset.file] & set(reading.rule.delivered) for reading in readings)


def _same_file(dataset: Dataset, passed: list[Dataset]) -> Dataset:
    return next((other for other in passed if other.file == dataset.file and other.name == dataset.name), dataset)


def _refused(findings: Sequence[Finding], sources: Sequence[SourceFile], *, anonymous: bool = False) -> Delivery:
    """A refusal. anonymous: an identifier was among the causes, so no patient's code is shown."""
    if anonymous:
        findings = [replace(finding, subject_id=None) for finding in findings]
    return Delivery(None, tuple(_sorted(findings)), tuple(sources))


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    """Errors first; then by rule, place and patient, so that the order of rows in a file changes nothing."""
    return sorted(
        dict.fromkeys(findings),
        key=lambda finding: (
            _ORDER[finding.severity], finding.rule, finding.file or "", finding.table or "", finding.column or "",
            finding.subject_id or "", finding.row or "", finding.message,
        ),
    )  # fmt: skip


def _no_file_chosen(rules: MappingFile) -> Finding:
    wanted = f"has a name that files means ({', '.join(rules.files)})" if rules.files else "is left"
    unless = f" after skip_files ({', '.join(rules.skip_files)})" if rules.skip_files else ""
    return Finding(
        Severity.ERROR, "no_file_chosen", f"By the mapping file none of the files {wanted}{unless}.",
        f"{NOTHING_IMPORTED}; correct files and skip_files in the mapping file, or name the right folder.",
    )  # fmt: skip


def _as_dataset(name: str, frame: pd.DataFrame) -> Dataset:
    columns = tuple(SourceColumn(str(column), None, "text") for column in frame.columns)
    return Dataset(name.upper(), name, columns, _objects(frame), np.arange(1, len(frame) + 1))


def _objects(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(cells(frame[column]), dtype=object) for column in frame.columns})
