"""Is a file the data cut that was published? Its manifest, its tables and every digest, read back from the file itself."""

import re
import threading
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from heroes.errors import DamagedDataCutError, UnknownDataCutError
from heroes.model.records import RECORDS
from heroes.store.digests import BATCH, MANY, digest_batches, digest_cut, digest_table
from heroes.store.manifest import SCHEMA_VERSION, DataCut, data_cut_of, manifest_digest
from heroes.store.schema import TABLES, columns_of, tables_of_version

CUT_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{3,6})_([0-9a-f]{12})\.duckdb")

SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
    "memory_limit": "1GB",
    "threads": "1",
}
"""For every connection. One thread: the tables are small, and a pool per open cut would cost more than it gives."""

UNREADABLE = "cannot be read as a data cut: it is truncated, damaged, being written, or another kind of file"

NOT_ITS_TABLES = "does not have the tables of a data cut"

_SHAPES = {table: {column.name: column.kind.value for column in columns_of(table)} for table in TABLES}

_seen: dict[Path, tuple[tuple, DataCut | str]] = {}
_seeing = threading.Lock()


def parse_name(name: str) -> tuple[date, int, str] | None:
    """Cut-off date, sequence and first 12 signs of the digest that a file name states; None for any other name."""
    found = CUT_NAME.fullmatch(name)
    if not found:
        return None
    try:
        return date.fromisoformat(found[1]), int(found[2]), found[3]
    except ValueError:
        return None


def quoted(path: Path) -> str:
    """A path as an SQL text."""
    return "'" + str(path).replace("'", "''") + "'"


def check_cut(path: Path) -> DataCut:
    """The data cut in a file, found whole; the file is read only when it has not been seen in this state before.

    Raises UnknownDataCutError where there is no such file, DamagedDataCutError where it is not what was published.
    """
    found = examine(path)
    if isinstance(found, str):
        raise DamagedDataCutError(f"{path.name} {found}. It is left out; the other data cuts stay in service.")
    return found


def examine(path: Path) -> DataCut | str:
    """The data cut in a file, or what is wrong with it; remembered for this process as long as the file stays the same."""
    path = path.absolute()
    state = _state(path)
    with _seeing:
        if path in _seen and _seen[path][0] == state:
            return _seen[path][1]
        found = _examine_over(_reader(), path, path.name)
        _seen[path] = (state, found)
        return found


def remember(cut: DataCut) -> None:
    """Takes a cut that was read back before its file got its name as seen: it need not be read again."""
    with _seeing:
        _seen[cut.path] = (_state(cut.path), cut)


def _state(path: Path) -> tuple:
    try:
        stat = path.stat()
    except OSError:
        raise UnknownDataCutError(f"There is no data cut {path.stem}: its file is gone.") from None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def examine_anew(path: Path, name: str | None = None) -> DataCut | str:
    """The data cut in a file, or what is wrong with it, read from the file. name: the name it is going to have."""
    with duckdb.connect(config=SETTINGS) as connection:
        return _examine_over(connection, path, name or path.name)


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """The connection through which files are looked at one after the other; to connect costs more than to look."""
    return duckdb.connect(config=SETTINGS)


def _examine_over(connection, path: Path, name: str) -> DataCut | str:
    stated = parse_name(name)
    if stated is None:
        return "is not named like a data cut"
    if not path.is_file():  # to open a pipe would wait for ever
        return UNREADABLE
    try:
        connection.execute(f"ATTACH {quoted(path)} AS cut (READ_ONLY)")
        try:
            return _examine_tables(connection, path, stated, Path(name).stem)
        finally:
            connection.execute("DETACH cut")
    except (duckdb.Error, RuntimeError, ValueError, KeyError, TypeError, AttributeError):
        _reader.cache_clear()  # a broken file may have broken the connection with it
        return UNREADABLE


def _examine_tables(connection, path: Path, stated: tuple[date, int, str], stem: str) -> DataCut | str:
    there = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'cut'").fetchall()
    tables = {name for (name,) in there}
    shape, rows = _read(connection, "data_cut") if "data_cut" in tables else ({}, [])
    if "schema_version" not in shape:
        return "is a DuckDB file, but not a data cut: it has no manifest"
    if len(rows) != 1:
        return "does not have one manifest"
    row = dict(zip(shape, rows[0], strict=True))
    if row["schema_version"] not in range(1, SCHEMA_VERSION + 1):
        return f"has schema version {row['schema_version']}, and this program reads 1 to {SCHEMA_VERSION}"
    if tables != set(tables_of_version(row["schema_version"])) or shape != _SHAPES["data_cut"]:
        return NOT_ITS_TABLES
    if manifest_digest(row) != row["manifest_digest"]:
        return "was altered: its manifest does not have the digest it states"
    if (row["cut_off"], row["sequence"], row["digest"][:12]) != stated:
        return "was renamed: its name and its manifest differ"
    return _examine_records(connection, data_cut_of(row, path, stem))


def _examine_records(connection, cut: DataCut) -> DataCut | str:
    digests, counts = {}, {}
    there = tables_of_version(cut.schema_version)
    for table in (name for name in RECORDS if name in there):
        read = _read_records(connection, table, cut.row_counts.get(table, 0))
        if read is None:
            return NOT_ITS_TABLES
        counts[table], digests[table] = read
        if digests[table] != cut.table_digests.get(table):
            return f"was altered: table {table} does not have the digest that its manifest states"
    if counts != cut.row_counts or digest_cut(cut.study_id, cut.cut_off, digests) != cut.digest:
        return "was altered: its records do not have the digest that its manifest states"
    return cut


def _read(connection, table: str) -> tuple[dict[str, str], list[tuple]]:
    """The columns of a table with their types, and its rows."""
    result = connection.execute(f"SELECT * FROM cut.main.{table}")
    return {entry[0]: str(entry[1]) for entry in result.description}, result.fetchall()


def _read_records(connection, table: str, stated: int) -> tuple[int, str] | None:
    """The number of rows of a table and its digest, or None where its columns are others. stated: its rows by the manifest;
    a large table is read by batches, so that it is never held whole."""
    if stated < MANY:
        shape, rows = _read(connection, table)
        cells = list(zip(*rows)) if rows else [()] * len(shape)
        return (len(rows), digest_table(columns_of(table), cells)) if shape == _SHAPES[table] else None
    found = connection.sql(f"SELECT * FROM cut.main.{table}")
    if dict(zip(found.columns, map(str, found.types), strict=True)) != _SHAPES[table]:
        return None
    sizes: list[int] = []
    with found.to_arrow_reader(BATCH) as reader:
        digest = digest_batches(columns_of(table), (batch for batch in reader if sizes.append(len(batch)) is None))
    return sum(sizes), digest
