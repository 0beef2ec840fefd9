"""A delivery: which files it consists of, what each of them is, and their datasets."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from heroes.errors import MisuseError
from heroes.intake.files.csv_file import read_csv
from heroes.intake.files.dataset import Dataset
from heroes.intake.files.dataset_json import read_dataset_json
from heroes.intake.files.limits import LARGEST_FILE, MEGABYTE, MOST_FILES
from heroes.intake.files.packed import is_packed
from heroes.intake.files.reading import error, note
from heroes.intake.files.transport import LIBRARY, LIBRARY_V8
from heroes.intake.files.twice import settle_twice
from heroes.intake.files.xpt import read_xpt
from heroes.intake.findings import Finding
from heroes.intake.personal import identifier_in, shown_file
from heroes.model.contents import SourceFile

CSV_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
JSON_SUFFIXES = (".json", ".ndjson", ".jsonl", ".dsjc")
COMPANIONS = ("readme", "license", "licence", "copying", "notice", "changelog")
"""First words of the names of texts that travel with data and are none."""
_COMPANION_SUFFIXES = ("", ".txt", ".md", ".rst", ".pdf", ".html")

_OTHER_TYPES = (
    (b"**COMPRESSED**", "a SAS CPORT file", "write it with the XPORT engine (XPT version 5)"),
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive", "save each sheet as CSV, or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "save each sheet as CSV"),
    (b"%PDF", "a PDF", "leave it out of the folder"),
    (b"PAR1", "a Parquet file", "export it as CSV, XPT or Dataset-JSON"),
    (b"$FL2", "an SPSS file", "export it as CSV, XPT or Dataset-JSON"),
    (b"<?xml", "an XML file", "export the data as CSV, XPT or Dataset-JSON"),
    (b"<ODM", "an XML file", "export the data as CSV, XPT or Dataset-JSON"),
    (b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc2\xea\x81\x60", "a SAS7BDAT file", "export it as CSV, XPT or Dataset-JSON"),
)
_WANTED = "deliver CSV, SAS XPT version 5 or CDISC Dataset-JSON 1.1"


@dataclass(frozen=True)
class _DeliveredFile:
    """name: as findings, the cut and the audit may repeat it."""

    path: Path
    name: str

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
        dataset, found = _read(content, delivered, encoding, drop or {})
        findings += found
        if dataset is not None:
            datasets.append(dataset)
    datasets, twice = settle_twice(datasets)
    return datasets, sources, findings + twice


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
        if re.split(r"[^a-z]", delivered.stem.lower())[0] in COMPANIONS and delivered.suffix in _COMPANION_SUFFIXES:
            findings.append(note(name, "not_data", "A text that travels with the data was left out.", "No action needed."))
        else:
            data.append(delivered)
    if not data:
        findings.append(error(None, "no_files", "The delivery holds no data file.", _WANTED + "."))
    if len(data) > MOST_FILES:
        findings.append(error(None, "too_many_files", f"The delivery holds more than {MOST_FILES} files.", "divide it."))
        return []
    return data


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
) -> tuple[Dataset | None, list[Finding]]:
    file, stem, suffix = delivered.name, delivered.stem, delivered.suffix
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not content or not (start or content.strip()):
        return None, [error(file, "empty_file", "The file is empty.", "export it again, or leave it out.")]
    if content.startswith((LIBRARY, LIBRARY_V8)) or suffix in (".xpt", ".xport"):
        return read_xpt(content, file, stem, encoding=encoding, drop=drop)
    for magic, what, remedy in _OTHER_TYPES:
        if content.startswith(magic) or start.startswith(magic):
            return None, [error(file, "unknown_file_type", f"This is {what}, which is not read.", f"{remedy}.")]
    if suffix in JSON_SUFFIXES or is_packed(content, suffix) or start.startswith(b"{"):
        return read_dataset_json(content, file, stem, suffix=suffix, drop=drop)
    if suffix in CSV_SUFFIXES:
        return read_csv(content, file, stem, encoding=encoding, drop=drop)
    return None, [error(file, "unknown_file_type", "The file is of a type that is not read.", f"{_WANTED}.")]
