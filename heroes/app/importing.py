"""A delivery that somebody drops on the Data page: checked, compared with the newest cut, imported. No screen here.

The files lie in a folder of their own outside the data folder, readable by nobody else, for as long as they are read.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from heroes.errors import MisuseError
from heroes.intake.drafting import draft_mapping
from heroes.intake.findings import all_findings_frame, is_refused
from heroes.intake.route import ImportResult, Recognised, import_delivery
from heroes.model.contents import SourceFile
from heroes.protocol import Protocol
from heroes.store.changes import Changes, compare_cuts
from heroes.store.cuts import newest_cut, publish_cut
from heroes.store.scope import Scope

MOST_FILES = 100
"""Files of one delivery on the page; a folder of more is for the command."""


@dataclass(frozen=True)
class Upload:
    """A file as the browser sent it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Checked:
    """What a delivery would become. It holds no record: only what was found, counts, and the changes it would bring.

    key: of the files, mapping, cut-off and newest cut that were checked. after: digest of that cut, "" where there is none.
    issues: findings with the columns of `import_issue`. changes: against the newest cut; None where there is none or the
    delivery was refused. known_as: stem of a cut that holds these very records already.
    """

    key: str
    after: str
    issues: pd.DataFrame
    recognised: tuple[Recognised, ...]
    sources: tuple[SourceFile, ...]
    is_refused: bool
    is_simulated: bool
    study_id: str | None
    cut_off: date | None
    row_counts: dict[str, int]
    changes: Changes | None
    known_as: str | None


def key_of(uploads: Sequence[Upload], mapping: str, cut_off: date | None, directory: Path) -> str:
    """Tells one delivery from another, and the same one before and after another cut was published."""
    newest = newest_cut(directory)
    parts = [str(cut_off), mapping, newest.digest if newest else ""]
    parts += sorted(f"{upload.name}\0{hashlib.sha256(upload.content).hexdigest()}" for upload in uploads)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@contextmanager
def laid_out(uploads: Sequence[Upload], mapping: str) -> Iterator[tuple[list[Path], Path | None]]:
    """The files on disk while the block runs, and the mapping's file, if there is a mapping."""
    if len(uploads) > MOST_FILES:
        raise MisuseError(f"These are {len(uploads)} files; the page takes up to {MOST_FILES}. Import the folder with “heroes import”.")
    with tempfile.TemporaryDirectory(prefix="heroes-delivery-") as name:
        folder = Path(name)
        paths = []
        for number, upload in enumerate(uploads, start=1):
            inside = folder / str(number)
            inside.mkdir()
            path = inside / _file_name(upload.name, number)
            path.write_bytes(upload.content)
            paths.append(path)
        rules = None
        if mapping.strip():
            rules = folder / "mapping.toml"
            rules.write_text(mapping, encoding="utf-8")
        yield paths, rules


def _file_name(name: str, number: int) -> str:
    """The last part of what the browser calls the file: never a path, never longer than a file system takes."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "").strip()
    stem, dot, suffix = last.rpartition(".")
    last = f"{stem[:120]}{dot}{suffix[:20]}" if stem else last[:120]
    return last if last not in ("", ".", "..") else f"file {number}"


def check_upload(
    uploads: Sequence[Upload], mapping: str, cut_off: date | None, directory: Path, scope: Scope, protocol: Protocol, at: datetime
) -> Checked:
    """Reads and checks a delivery and compares what it would become with the newest cut. Publishes nothing, leaves nothing.

    mapping: text of a mapping file, or empty. scope, protocol: whose eyes compare. at: the time, for the cut that is thrown away.
    Raises MappingError for a mapping that cannot be followed.
    """
    key, newest = key_of(uploads, mapping, cut_off, directory), newest_cut(directory)
    with laid_out(uploads, mapping) as (paths, rules):
        delivery = import_delivery(
            paths, directory, imported_at=at, actor="", role="", mapping=rules, cut_off=cut_off, check=True
        ).delivery
    contents, changes, known_as = delivery.contents, None, None
    if contents is not None:
        with tempfile.TemporaryDirectory(prefix="heroes-candidate-") as folder:
            candidate = publish_cut(contents, Path(folder), imported_at=at).cut
            if newest is not None and newest.study_id == candidate.study_id:
                changes = compare_cuts(newest, candidate, scope, protocol.applied_to(newest.study_id))
                known_as = newest.stem if newest.digest == candidate.digest else None
    return Checked(
        key=key, after=newest.digest if newest else "", issues=all_findings_frame(delivery.findings), recognised=delivery.recognised,
        sources=delivery.sources, is_refused=contents is None or is_refused(delivery.findings),
        is_simulated=contents is not None and contents.simulated,
        study_id=contents.study_id if contents else None, cut_off=contents.cut_off if contents else None,
        row_counts={table: len(frame) for table, frame in contents.tables.items()} if contents else {}, changes=changes, known_as=known_as,
    )


def draft_upload(uploads: Sequence[Upload], protocol: Protocol) -> str:
    """A mapping file drafted for these files."""
    with laid_out(uploads, "") as (paths, _):
        return draft_mapping(paths, protocol).text


def import_upload(
    uploads: Sequence[Upload], mapping: str, cut_off: date | None, directory: Path, *, at: datetime, actor: str, role: str,
    session_id: str, after: str, progress: Callable[[str], None],
) -> ImportResult:  # fmt: skip
    """Imports what was checked. Raises MisuseError where another cut is the newest by now: then nothing was done."""
    with laid_out(uploads, mapping) as (paths, rules):
        return import_delivery(
            paths, directory, imported_at=at, actor=actor, role=role, session_id=session_id, mapping=rules, cut_off=cut_off,
            after=after, progress=progress,
        )
