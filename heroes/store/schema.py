"""The tables of a data cut as SQL, written from the record models: `python -m heroes.store.schema` renews schema.sql.

Types, keys, references, closed lists, ranges and the comment on every column come from `heroes.model.records`; nothing
about a column is said twice.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from heroes.model.records import RECORDS, Record
from heroes.store.manifest import SCHEMA_VERSION, Manifest

SCHEMA_FILE = Path(__file__).with_name("schema.sql")

REFERENCES = {"site_id": "site", "subject_id": "subject", "lesion_id": "lesion"}
"""A column of this name belongs to a row of that table. (Findings may be about patients who are not in the cut.)"""

TABLES: dict[str, type[Record]] = {Manifest.table: Manifest, **RECORDS}
"""Every table of a data cut, each after those it refers to."""


def tables_of_version(version: int) -> tuple[str, ...]:
    """The tables that a data cut of a schema version has."""
    return tuple(name for name, record in TABLES.items() if record.since <= version)


class Kind(StrEnum):
    """Type of a column in DuckDB."""

    TEXT = "VARCHAR"
    WHOLE = "INTEGER"
    NUMBER = "DOUBLE"
    YES_NO = "BOOLEAN"
    DATE = "DATE"
    INSTANT = "TIMESTAMP"


@dataclass(frozen=True)
class Column:
    """A column of a table. check: its range or closed list as SQL, or None. default: as SQL, or None."""

    name: str
    kind: Kind
    may_be_empty: bool
    check: str | None
    default: str | None
    about: str


@cache
def columns_of(table: str) -> tuple[Column, ...]:
    """The columns of a table, in the order of its record model."""
    record = TABLES[table]
    shape = record.model_json_schema()
    return tuple(
        _column(name, entry, shape.get("$defs", {}), record.model_fields[name].description)
        for name, entry in shape["properties"].items()
    )


def _column(name: str, entry: dict, definitions: dict, about: str) -> Column:
    kinds = [kind for kind in entry.get("anyOf", [entry]) if kind.get("type") != "null"]
    kind = {**entry, **kinds[0]}
    if "$ref" in kind:
        kind = definitions[kind["$ref"].rsplit("/", 1)[1]]
    default = entry.get("default")
    return Column(
        name=name,
        kind=_kind(kind),
        may_be_empty=any(part.get("type") == "null" for part in entry.get("anyOf", [])),
        check=_check(name, kind),
        default=None if default is None else str(default).lower(),
        about=about,
    )


def _kind(kind: dict) -> Kind:
    formats = {"date": Kind.DATE, "date-time": Kind.INSTANT}
    types = {"string": Kind.TEXT, "integer": Kind.WHOLE, "number": Kind.NUMBER, "boolean": Kind.YES_NO}
    return formats.get(kind.get("format")) or types[kind["type"]]


def _check(name: str, kind: dict) -> str | None:
    """A condition that every filled cell of the column meets."""
    if "enum" in kind:
        return f"{name} IN ({', '.join(_quoted(code) for code in kind['enum'])})"
    least, most = kind.get("minimum"), kind.get("maximum")
    if kind["type"] == "string":
        name, least, most = f"length({name})", kind.get("minLength"), kind.get("maxLength")
    if least is not None and most is not None:
        return f"{name} BETWEEN {least} AND {most}"
    if least is not None:
        return f"{name} >= {least}" + (f" AND isfinite({name})" if kind["type"] == "number" else "")
    return f"isfinite({name})" if kind["type"] == "number" else None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def create_table(table: str) -> str:
    """CREATE TABLE and its comments."""
    record, columns = TABLES[table], columns_of(table)
    lines = [
        f"    {column.name} {column.kind}"
        + ("" if column.may_be_empty else " NOT NULL")
        + (f" DEFAULT {column.default}" if column.default else "")
        + (f" CHECK ({column.check})" if column.check else "")
        for column in columns
    ]
    lines.append(f"    PRIMARY KEY ({', '.join(record.key)})")
    if table != "import_issue":
        lines += [
            f"    FOREIGN KEY ({column.name}) REFERENCES {REFERENCES[column.name]} ({column.name})"
            for column in columns
            if REFERENCES.get(column.name, table) != table
        ]
    comments = [f"COMMENT ON TABLE {table} IS {_quoted(record.about)};"] + [
        f"COMMENT ON COLUMN {table}.{column.name} IS {_quoted(column.about)};" for column in columns
    ]
    return f"CREATE TABLE {table} (\n" + ",\n".join(lines) + "\n);\n" + "\n".join(comments)


def schema_sql() -> str:
    """The whole of schema.sql."""
    head = (
        "-- The tables of a data cut. Written by `python -m heroes.store.schema` from heroes/model/records.py: change it there.\n"
        f"-- Schema version {SCHEMA_VERSION}. Day columns count whole days from each patient's day 0 (subject.origin_kind)."
    )
    return "\n\n".join([head, *(create_table(table) for table in TABLES)]) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_sql(), encoding="utf-8")
