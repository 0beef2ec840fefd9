"""A delivery: which files it consists of, what each of them is, and their datasets."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from heroes.errors import MisuseError
from heroes.intake.files.archive import EMPTY_ZIP, ZIP, ArchiveError, entries_of, unpack_entries
from heroes.intake.files.csv_file import read_csv
from heroes.intake.files.dataset import Dataset
from heroes.intake.files.dataset_json import read_dataset_json
from heroes.intake.files.excel import is_workbook, read_workbook
from heroes.intake.files.limits import LARGEST_FILE, MEGABYTE, MOST_FILES
from heroes.intake.files.odm import read_odm
from heroes.intake.files.packed import GZIP, PackedFileError, is_packed, unpack
from heroes.intake.files.parquet import PARQUET, read_parquet
from heroes.intake.files.reading import error, note
from heroes.intake.files.redcap import settle_redcap
from heroes.intake.files.sas7bdat import MAGIC as SAS7BDAT
from heroes.intake.files.sas7bdat import read_sas7bdat
from heroes.intake.files.transport import LIBRARY, LIBRARY_V8
from heroes.intake.files.twice import settle_twice
from heroes.intake.files.xpt import read_xpt
from heroes.intake.findings import Finding, is_refused
from heroes.intake.personal import identifier_in, shown_file
from heroes.model.contents import SourceFile

CSV_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
JSON_SUFFIXES = (".json", ".ndjson", ".jsonl", ".dsjc")
COMPANIONS = ("readme", "license", "licence", "copying", "notice", "changelog")
"""First words of the names of texts that travel with data and are none."""
_COMPANION_SUFFIXES = ("", ".txt", ".md", ".rst", ".pdf", ".html")

_OTHER_TYPES = (
    (b"**COMPRESSED**", "a SAS CPORT file", "write it with the XPORT engine (XPT version 5)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file, or a workbook with a password", "save it as .xlsx without a password, or each sheet as CSV"),
    (b"%PDF", "a PDF", "leave it out of the folder"),
    (b"$FL2", "an SPSS file", "export it as CSV, XPT or Dataset-JSON"),
    (b"<stata_dta>", "a Stata file", "export it as CSV, XPT or Dataset-JSON"),
    (b"Rar!", "a RAR archive", "unpack it, or send a ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it, or send a ZIP archive"),
)
_ZIPS_BY_CONTENT = (
    ("content.xml", "an OpenDocument file", "save it as .xlsx, or each sheet as CSV"),
    ("word/document.xml", "a Word document", "leave it out of the folder"),
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", "save it as .xlsx"),
)
_XML_UTF16 = ("\ufeff<".encode("utf-16-le"), "\ufeff<".encode("utf-16-be"))
_WANTED = "deliver CSV, Excel (.xlsx), SAS XPT version 5, SAS7BDAT, CDISC Dataset-JSON 1.1, ODM-XML or Parquet"


@dataclass(frozen=True)
class _DeliveredFile:
    """name: as findings, the cut and the audit may repeat it. path: where it lies; inside an archive its path there."""

    path: Path
    name: str
    is_inside_archive: bool = False

    @property
    def stem(self) -> str:
        return self.name.split("/")[-1].split(".")[0]

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()


def read_files(
    paths: Sequence[Path], *, encoding: str | None = None, drop: Mapping[str, set[str]] | None = None
) -> tuple[list[Dataset], list[SourceFile], list[Finding]]:
    """The datasets of one delivery, the files they came from, and what was found on the way.

    paths: files, or folders whose files are read in the order of their names. Hidden files are passed over; README,
        licences and folders within a folder are left out and noted.
    encoding: of text that is not UTF-8, where the mapping names it.
    drop: columns that are never read, by dataset (any of its `table_names`, or "*" for all), capitals or not.

    A workbook gives a dataset for each sheet, a ZIP archive those of the files inside it (no archive within an archive).
    A file of another type, empty, damaged or too large is an ERROR and the others are read all the same. A table that
    came twice with equal content is used once and noted; with different content it is an ERROR naming both files.
    Raises MisuseError for a path that does not exist and for an unknown encoding.
    """
    _check_encoding(encoding)
    findings: list[Finding] = []
    datasets: list[Dataset] = []
    sources: list[SourceFile] = []
    for delivered in _list_files(paths, findings):
        content = _content(delivered, findings)
        if content is None:
            continue
        sources.append(SourceFile(delivered.name, hashlib.sha256(content).hexdigest(), len(content)))
        read, found = _read(content, delivered, encoding, drop or {})
        findings += found
        datasets += read
    datasets, found = settle_redcap(datasets, drop or {})
    findings += found
    datasets, found = settle_twice(datasets)
    findings += found
    if not datasets and sources and not is_refused(findings):
        findings.append(error(None, "no_data", "No file of the delivery holds a dataset.", f"{_WANTED}."))
    return datasets, sources, findings


def _check_encoding(encoding: str | None) -> None:
    try:
        b" ".decode(encoding or "utf-8")
    except UnicodeError:
        return
    except LookupError:
        raise MisuseError(f"There is no text encoding “{encoding}”.") from None


def _list_files(paths: Sequence[Path], findings: list[Finding]) -> list[_DeliveredFile]:
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise MisuseError(f"{path} does not exist.")
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(entry for entry in path.iterdir() if not is_hidden(entry))
        for folder in (entry for entry in inside if entry.is_dir()):
            findings.append(
                note(shown_file(folder.name, 1 + inside.index(folder)), "folder_in_folder", "A folder within the delivery was not looked into.",
                     "Import it by itself if it holds another delivery.")
            )
        found += [entry for entry in inside if not entry.is_dir()]
    found = list({path.resolve(): path for path in found}.values())
    data = []
    for place, (path, given) in enumerate(zip(found, _names_inside(found), strict=True), start=1):
        name = shown_file(given, place)
        delivered = _DeliveredFile(path, name)
        if identifier_in(given):
            findings.append(error(name, "identifier_in_file_name", "The name of the file holds an identifier.", "rename the file."))
        if _is_companion(delivered):
            findings.append(note(name, "not_data", "A text that travels with the data was left out.", "No action needed."))
        else:
            data.append(delivered)
    if not data:
        findings.append(error(None, "no_files", "The delivery holds no data file.", _WANTED + "."))
    if len(data) > MOST_FILES:
        findings.append(error(None, "too_many_files", f"The delivery holds more than {MOST_FILES} files.", "divide it."))
        return []
    return data


def _is_companion(delivered: _DeliveredFile) -> bool:
    return re.split(r"[^a-z]", delivered.stem.lower())[0] in COMPANIONS and delivered.suffix in _COMPANION_SUFFIXES


def is_hidden(path: Path) -> bool:
    """Does a file or folder only serve the system, so that it is no part of a delivery?"""
    return path.name.startswith((".", "~$", "__")) or path.name.lower() in ("thumbs.db", "desktop.ini")


def _names_inside(paths: list[Path]) -> list[str]:
    """File names; where two are the same, with as many folders as tell them apart."""
    depth = {path: 1 for path in paths}
    while True:
        names = ["/".join(path.absolute().parts[1:][-depth[path]:]) for path in paths]
        twins = [path for path, name in zip(paths, names, strict=True) if names.count(name) > 1]
        deeper = [path for path in twins if depth[path] < len(path.absolute().parts) - 1]
        if not deeper:
            return names
        for path in deeper:
            depth[path] += 1


def _content(delivered: _DeliveredFile, findings: list[Finding]) -> bytes | None:
    try:
        if not delivered.path.is_file():
            raise OSError
        size = delivered.path.stat().st_size
        if size > LARGEST_FILE:
            findings.append(
                error(delivered.name, "file_too_large", f"The file has {size // MEGABYTE:,} MB; up to {LARGEST_FILE // MEGABYTE} are read.",
                      "divide the delivery.")
            )
            return None
        return delivered.path.read_bytes()
    except OSError:
        findings.append(error(delivered.name, "unreadable_file", "The file cannot be opened.", "check its permissions."))
        return None


def _read(
    content: bytes, delivered: _DeliveredFile, encoding: str | None, drop: Mapping[str, set[str]]
) -> tuple[list[Dataset], list[Finding]]:
    """The datasets of one file: of most formats one, of a workbook or an archive as many as it holds."""
    file, stem, suffix = delivered.name, delivered.stem, delivered.suffix
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not content or not (start or content.strip()):
        return [], [error(file, "empty_file", "The file is empty.", "export it again, or leave it out.")]
    if content.startswith((ZIP, EMPTY_ZIP)) or suffix in (".xlsx", ".xlsm", ".zip"):
        return _read_zip(content, delivered, encoding, drop)
    if content.startswith(GZIP) and suffix == ".gz":
        return _read_gzip(content, delivered, encoding, drop)
    if suffix == ".xml" or start.startswith((b"<?xml", b"<ODM")) or content.startswith(_XML_UTF16):
        return read_odm(content, file, stem, drop=drop)
    dataset, findings = _read_one(content, start, file, stem, suffix, encoding, drop)
    return [dataset] if dataset is not None else [], findings


def _read_one(
    content: bytes, start: bytes, file: str, stem: str, suffix: str, encoding: str | None, drop: Mapping[str, set[str]]
) -> tuple[Dataset | None, list[Finding]]:
    """The dataset of a file whose format holds one. start: its first bytes without byte-order mark and blanks."""
    if content.startswith((LIBRARY, LIBRARY_V8)) or suffix in (".xpt", ".xport"):
        return read_xpt(content, file, stem, encoding=encoding, drop=drop)
    if content.startswith(SAS7BDAT) or suffix == ".sas7bdat":
        return read_sas7bdat(content, file, stem, encoding=encoding, drop=drop)
    if content.startswith(PARQUET) or suffix in (".parquet", ".pq"):
        return read_parquet(content, file, stem, drop=drop)
    for magic, what, remedy in _OTHER_TYPES:
        if content.startswith(magic) or start.startswith(magic):
            return None, [error(file, "unknown_file_type", f"This is {what}, which is not read.", f"{remedy}.")]
    if suffix in JSON_SUFFIXES or is_packed(content, suffix) or start.startswith(b"{"):
        return read_dataset_json(content, file, stem, suffix=suffix, drop=drop)
    if suffix in CSV_SUFFIXES:
        return read_csv(content, file, stem, encoding=encoding, drop=drop)
    return None, [error(file, "unknown_file_type", "The file is of a type that is not read.", f"{_WANTED}.")]


def _read_gzip(
    content: bytes, delivered: _DeliveredFile, encoding: str | None, drop: Mapping[str, set[str]]
) -> tuple[list[Dataset], list[Finding]]:
    """A file that was compressed by itself: `dm.csv.gz` is read as `dm.csv`."""
    try:
        inside = unpack(content)
    except PackedFileError as problem:
        rule = problem.rule.replace("dsjc", "archive")
        return [], [error(delivered.name, rule, problem.sentence, "send the file again.")]
    if inside.startswith((ZIP, GZIP)):
        return [], [_nested(delivered.name)]
    without = _DeliveredFile(delivered.path.with_suffix("") if delivered.path.suffix == ".gz" else delivered.path, delivered.name, True)
    return _read(inside, without, encoding, drop)


def _read_zip(
    content: bytes, delivered: _DeliveredFile, encoding: str | None, drop: Mapping[str, set[str]]
) -> tuple[list[Dataset], list[Finding]]:
    """A workbook, or the files of an archive; hidden files inside it are passed over as in a folder."""
    file = delivered.name
    if is_workbook(content) or delivered.suffix in (".xlsx", ".xlsm"):
        return read_workbook(content, file, drop=drop)
    if delivered.is_inside_archive:
        return [], [_nested(file)]
    try:
        entries = entries_of(content)
        for inside, what, remedy in _ZIPS_BY_CONTENT:
            if inside in entries:
                return [], [error(file, "unknown_file_type", f"This is {what}, which is not read.", f"{remedy}.")]
        wanted = [name for name in entries if not any(is_hidden(Path(part)) for part in name.split("/"))]
        unpacked = unpack_entries(content, wanted)
    except ArchiveError as problem:
        return [], [error(file, problem.rule, problem.sentence, "send the files as they are, or the archive again.")]
    datasets: list[Dataset] = []
    findings: list[Finding] = []
    for place, (name, inside) in enumerate(unpacked.items(), start=1):
        member = _DeliveredFile(Path(name), f"{file}/{shown_file(name, place)}", True)
        if identifier_in(name):
            findings.append(error(member.name, "identifier_in_file_name", "The name of the file holds an identifier.", "rename the file."))
        elif _is_companion(member):
            findings.append(note(member.name, "not_data", "A text that travels with the data was left out.", "No action needed."))
        else:
            read, found = _read(inside, member, encoding, drop)
            datasets += read
            findings += found
    if not unpacked:
        findings.append(error(file, "no_files", "The archive holds no data file.", f"{_WANTED}."))
    return datasets, findings


def _nested(file: str) -> Finding:
    return error(file, "nested_archive", "An archive within an archive is not unpacked.", "send one archive, or the files as they are.")
