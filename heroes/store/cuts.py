"""Data cuts in a folder: each one immutable DuckDB file that is written whole, checked, and published by one rename.

Files are `DIR/cuts/<cut-off>_<sequence>_<first 12 of digest>.duckdb`. Nothing is ever changed in place: what was known at
a date stays to be opened, readers need no lock, and a crash leaves at most a hidden unfinished file.
"""

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

import heroes
from heroes.errors import DamagedDataCutError, DataCutError, MisuseError, RefusedDeliveryError, UnknownDataCutError
from heroes.model.contents import CutContents
from heroes.model.records import RECORDS
from heroes.store.cells import arrays_of, cells_of, no_cells
from heroes.store.checking import SETTINGS, check_cut, examine, examine_anew, parse_name, quoted, remember
from heroes.store.digests import digest_cut, digest_table
from heroes.store.locks import held
from heroes.store.manifest import SCHEMA_VERSION, DataCut, manifest_row
from heroes.store.schema import TABLES, columns_of, schema_sql

STORAGE_VERSION = "v1.5.0"
"""So that DuckDB 1.5 and 2.x read it."""

BLOCK_SIZE = 16_384
"""DuckDB's smallest: a cut of 170 patients is then a few hundred kilobytes instead of several megabytes."""

_UNFINISHED = ".writing-"


@dataclass(frozen=True)
class Published:
    """What became of a publication. is_new: False where these very records had been published before."""

    cut: DataCut
    is_new: bool


@dataclass(frozen=True)
class CutList:
    """The cuts of a folder, oldest first, and the files that are none: (name, what is wrong with it)."""

    cuts: tuple[DataCut, ...]
    damaged: tuple[tuple[str, str], ...]


def publish_cut(contents: CutContents, directory: Path, *, imported_at: datetime) -> Published:
    """Writes one new data cut beside the others, or says that these records are there already.

    directory: the data folder. imported_at: with a time zone.
    The file is read back before it is published. Importers that run at the same time wait for one another.
    Raises RefusedDeliveryError where the records break a rule of the tables or belong to another study than the
    folder's, DataCutError where the file cannot be written. Then nothing has been published.
    """
    if imported_at.tzinfo is None:
        raise MisuseError("imported_at needs a time zone.")
    unknown = sorted(set(contents.tables) - set(RECORDS))
    if unknown:
        raise RefusedDeliveryError(f"There is no table {', '.join(unknown)} in a data cut. Nothing was published.")
    cells = {
        table: cells_of(table, contents.tables[table]) if table in contents.tables else no_cells(table)
        for table in RECORDS
    }
    _check_amendments(cells["ctdna_result"])
    digests = {table: digest_table(columns_of(table), columns) for table, columns in cells.items()}
    folder = directory / "cuts"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        with held(folder / ".lock"):
            return _publish(contents, cells, digests, folder, imported_at)
    except OSError as error:
        raise DataCutError(f"The data cut could not be written: {error.strerror}. Nothing was published.") from None


def _publish(contents: CutContents, cells: dict, digests: dict[str, str], folder: Path, imported_at: datetime) -> Published:
    for leftover in folder.glob(f"{_UNFINISHED}*"):
        leftover.unlink()
    _check_study(contents, folder)
    digest = digest_cut(contents.study_id, contents.cut_off, digests)
    names = _names(folder)
    for name, stated in names.items():
        if (stated[0], stated[2]) == (contents.cut_off, digest[:12]):
            known = examine(folder / name)
            if isinstance(known, DataCut) and known.digest == digest:
                return Published(known, is_new=False)
    sequence = 1 + max((stated[1] for stated in names.values() if stated[0] == contents.cut_off), default=0)
    path = (folder / f"{contents.cut_off.isoformat()}_{sequence:03d}_{digest[:12]}.duckdb").absolute()
    cut = DataCut(
        path=path,
        stem=path.stem,
        cut_off=contents.cut_off,
        sequence=sequence,
        digest=digest,
        study_id=contents.study_id,
        simulated=contents.simulated,
        imported_at=imported_at.astimezone(UTC),
        marker=contents.marker,
        marker_unit=contents.marker_unit,
        row_counts={table: len(columns[0]) for table, columns in cells.items()},
        table_digests=digests,
        sources=contents.sources,
        findings=dict(contents.findings),
        importer_version=heroes.__version__,
        schema_version=SCHEMA_VERSION,
        protocol_digest=contents.protocol_digest,
    )
    unfinished = folder / f"{_UNFINISHED}{uuid.uuid4().hex}.duckdb"
    try:
        _write(unfinished, cut, cells)
        found = examine_anew(unfinished, path.name)
        if isinstance(found, str):
            raise DataCutError(f"The data cut was written, but {found}. Nothing was published; is the disk in order?")
        _move(unfinished, path)
    finally:
        for leftover in folder.glob(f"{unfinished.name}*"):
            leftover.unlink()
    remember(cut)
    return Published(cut, is_new=True)


def _check_amendments(columns: list[pa.Array]) -> None:
    """A result that names a successor nobody delivered would vanish from every picture: refused."""
    names = [column.name for column in columns_of("ctdna_result")]
    results, successors = columns[names.index("result_id")], columns[names.index("superseded_by")].drop_null()
    if lost := pc.sum(pc.invert(pc.is_in(successors, value_set=results))).as_py():
        raise RefusedDeliveryError(
            f'Table ctdna_result, column "superseded_by": {lost} results name a successor that is not among the results. '
            "Nothing was published; deliver the amended results with the ones they replace."
        )


def _check_study(contents: CutContents, folder: Path) -> None:
    newest = _newest(folder)
    if newest and newest.study_id != contents.study_id:
        raise RefusedDeliveryError(
            f'These are records of study "{contents.study_id}", and the folder holds data cuts of study '
            f'"{newest.study_id}". Nothing was published; import them into a data folder of their own.'
        )
    if newest and newest.simulated != contents.simulated:
        raise RefusedDeliveryError(
            "Simulated patients and real ones do not go into one data folder. Nothing was published; "
            "import them into a data folder of their own."
        )


def _write(path: Path, cut: DataCut, cells: Mapping[str, list[pa.Array]]) -> None:
    """One transaction into a new file, then closed and brought to the disk."""
    rows = {"data_cut": arrays_of("data_cut", [[value] for value in manifest_row(cut).values()]), **cells}
    table = "data_cut"
    try:
        with duckdb.connect(config=SETTINGS) as connection:
            connection.execute(f"ATTACH {quoted(path)} AS cut (STORAGE_VERSION '{STORAGE_VERSION}', BLOCK_SIZE {BLOCK_SIZE})")
            connection.execute("USE cut")
            connection.execute("BEGIN")
            connection.execute(schema_sql())
            for table in TABLES:
                if len(rows[table][0]):
                    _insert(connection, table, rows[table])
            connection.execute("COMMIT")
            connection.execute("USE memory")
            connection.execute("DETACH cut")
    except duckdb.ConstraintException as error:
        raise RefusedDeliveryError(f"Table {table}: {_broken_rule(str(error))}. Nothing was published.") from None
    except duckdb.Error as error:
        raise DataCutError(
            f"The data cut could not be written ({type(error).__name__} in table {table}). Nothing was published."
        ) from error
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _insert(connection, table: str, columns: list[pa.Array]) -> None:
    names = ", ".join(column.name for column in columns_of(table))
    key = ", ".join(TABLES[table].key)
    connection.register("delivered", pa.table(columns, names=[column.name for column in columns_of(table)]))
    connection.execute(f"INSERT INTO cut.main.{table} ({names}) SELECT {names} FROM delivered ORDER BY {key}")
    connection.unregister("delivered")


def _broken_rule(message: str) -> str:
    """DuckDB's complaint without the values it quotes."""
    if "foreign key" in message.lower():
        return "a record belongs to a patient, site or lesion that is not among the records"
    if "uplicate key" in message:
        return "two records have the same key"
    if "NOT NULL" in message:
        return "a cell is empty that may not be"
    return "a value is outside its range or closed list"


def _move(unfinished: Path, path: Path) -> None:
    """Publishes the file under its name, never over another one; the folder is brought to the disk too.

    Nobody may write to it any more, and whoever is neither its owner nor of its group may not read patients' records.
    """
    unfinished.chmod(unfinished.stat().st_mode & ~0o227)
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise DataCutError(f"{path.name} is there already. Nothing was published.") from None
    except OSError:  # a file system without hard links; we hold the lock, so nobody comes between
        if path.exists():
            raise DataCutError(f"{path.name} is there already. Nothing was published.") from None
        os.rename(unfinished, path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _names(folder: Path) -> dict[str, tuple]:
    """File names in the form of a data cut → (cut-off, sequence, digest start), oldest first."""
    try:
        stated = {name: parse_name(name) for name in os.listdir(folder)}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return dict(sorted(((name, parts) for name, parts in stated.items() if parts), key=lambda item: item[1]))


def _newest(folder: Path) -> DataCut | None:
    for name in reversed(_names(folder)):
        try:
            found = examine(folder / name)
        except UnknownDataCutError:  # removed since the folder was listed
            continue
        if isinstance(found, DataCut):
            return found
    return None


def list_cuts(directory: Path) -> CutList:
    """Every data cut of a data folder, oldest first, and by name what else lies among them. Each file is read once."""
    folder = directory / "cuts"
    names = _names(folder)
    cuts, damaged = [], []
    for name in names:
        try:
            found = examine(folder / name)
        except UnknownDataCutError:
            continue
        if isinstance(found, DataCut):
            cuts.append(found)
        else:
            damaged.append((name, found))
    if folder.is_dir():
        strangers = sorted(name for name in os.listdir(folder) if name not in names and not name.startswith("."))
        damaged += [(name, "is not named like a data cut") for name in strangers]
    return CutList(tuple(cuts), tuple(damaged))


def newest_name(directory: Path) -> str | None:
    """Stem of the newest file by its name alone: cheap enough to ask every second. It may turn out damaged."""
    return next((Path(name).stem for name in reversed(_names(directory / "cuts"))), None)


def newest_cut(directory: Path) -> DataCut | None:
    """The data cut with the latest cut-off, then the highest sequence, that is whole; None in an empty folder."""
    return _newest(directory / "cuts")


def find_cut(directory: Path, name: str) -> DataCut:
    """The data cut that people mean by its stem, by a beginning that only one has, or by "newest".

    Raises UnknownDataCutError naming what there is, DamagedDataCutError where the one that is meant is not whole.
    """
    if name == "newest":
        newest = newest_cut(directory)
        if newest is None:
            raise UnknownDataCutError("There is no data cut yet. Import a delivery first.")
        return newest
    stems = [Path(file).stem for file in _names(directory / "cuts")]
    wanted = name.removesuffix(".duckdb")
    meant = [wanted] if wanted in stems else [stem for stem in stems if wanted and stem.startswith(wanted)]
    if len(meant) == 1:
        return check_cut(directory / "cuts" / f"{meant[0]}.duckdb")
    if meant:
        raise UnknownDataCutError(f'"{name}" may mean {len(meant)} data cuts: {_some(meant)}. Name one of them.')
    there = f"There are: {_some(stems)}." if stems else "There is none yet."
    raise UnknownDataCutError(f'There is no data cut "{name}". {there}')


def _some(stems: list[str]) -> str:
    """Names for a sentence: all of a few, the newest of many."""
    return ", ".join(stems) if len(stems) <= 5 else f"{', '.join(stems[-5:])} and {len(stems) - 5} older"


def verify_cut(cut: DataCut | Path) -> DataCut:
    """Reads a data cut afresh and checks every digest. Raises DamagedDataCutError with what differs."""
    path = cut.path if isinstance(cut, DataCut) else cut
    if not path.is_file():
        raise UnknownDataCutError(f"There is no data cut {path.stem}: its file is gone.")
    found = examine_anew(path)
    if isinstance(found, str):
        raise DamagedDataCutError(f"{path.name} {found}.")
    return found
