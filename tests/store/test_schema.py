"""The tables of a data cut, as DuckDB holds them."""

import duckdb
import pytest

from heroes.model import terms
from heroes.model.records import RECORDS
from heroes.store.schema import SCHEMA_FILE, TABLES, Kind, columns_of, schema_sql


@pytest.fixture
def database():
    with duckdb.connect() as connection:
        connection.execute(schema_sql())
        yield connection


def test_schema_sql_is_what_the_records_say():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_sql(), "run python -m heroes.store.schema"


def test_every_table_and_every_column_has_a_comment(database):
    assert database.execute("SELECT table_name FROM duckdb_tables() WHERE comment IS NULL").fetchall() == []
    assert database.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal").fetchall() == []


def test_duckdb_has_the_columns_in_the_order_of_the_records(database):
    for table, record in TABLES.items():
        columns = database.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table])
        assert [name for (name,) in columns.fetchall()] == list(record.model_fields)


def test_keys_are_those_of_the_records(database):
    keys = database.execute(
        "SELECT table_name, constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
    )
    assert {table: tuple(columns) for table, columns in keys.fetchall()} == {table: record.key for table, record in TABLES.items()}


def test_every_patient_table_belongs_to_subject_and_findings_do_not(database):
    references = database.execute(
        "SELECT table_name, referenced_table FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'"
    )
    wanted = {(table, "subject") for table, record in RECORDS.items() if "subject_id" in record.model_fields}
    wanted -= {("subject", "subject"), ("import_issue", "subject")}
    of_sites = {(table, "site") for table in ("subject", "site_plan", "site_location", "query_item", "subject_site")}
    assert set(references.fetchall()) == wanted | of_sites | {("lesion_measure", "lesion")}


def test_types_follow_the_records():
    kinds = {column.name: column.kind for column in columns_of("subject")}
    assert kinds["subject_id"] is Kind.TEXT
    assert kinds["origin_to_cut_off_days"] is Kind.WHOLE
    assert kinds["months_on_anti_her2"] is Kind.NUMBER
    assert kinds["bone_only"] is Kind.YES_NO
    assert {column.name: column.kind for column in columns_of("site")}["activated_on"] is Kind.DATE


SITE = "INSERT INTO site (site_id) VALUES ('01')"
SUBJECT = "INSERT INTO subject (subject_id, site_id, origin_kind) VALUES ('01-001', '01', 'INCLUSION')"


@pytest.mark.parametrize(
    "row",
    [
        "INSERT INTO subject (subject_id, site_id, origin_kind) VALUES ('01-002', '99', 'INCLUSION')",
        "INSERT INTO subject (subject_id, site_id, origin_kind) VALUES ('01-001', '01', 'INCLUSION')",
        "INSERT INTO subject (subject_id, site_id, origin_kind) VALUES ('', '01', 'INCLUSION')",
        "INSERT INTO subject (subject_id, site_id, origin_kind) VALUES ('01-002', '01', 'BIRTH')",
        "INSERT INTO subject (subject_id, site_id, origin_kind, age_y) VALUES ('01-002', '01', 'INCLUSION', 17)",
        "INSERT INTO subject (subject_id, site_id, origin_kind, months_on_anti_her2) VALUES ('01-002', '01', 'INCLUSION', 'inf')",
        "INSERT INTO milestone VALUES ('01-001', 'INCLUDED', 0, 0)",
        "INSERT INTO milestone VALUES ('01-001', 'INCLUDED', 1, NULL)",
        "INSERT INTO milestone VALUES ('01-001', 'HIRED', 1, 0)",
        "INSERT INTO milestone VALUES ('01-001', 'INCLUDED', 1, 99999)",
        "INSERT INTO site_plan VALUES ('01', DATE '2025-01-01', -1)",
        "INSERT INTO site_plan VALUES ('01', DATE '2025-01-01', 'nan')",
    ],
)
def test_the_tables_refuse_what_the_records_refuse(database, row):
    database.execute(SITE)
    database.execute(SUBJECT)
    with pytest.raises(duckdb.ConstraintException):
        database.execute(row)


@pytest.mark.parametrize("call", list(terms.CtdnaCall))
def test_every_code_of_a_closed_list_is_taken(database, call):
    database.execute(SITE)
    database.execute(SUBJECT)
    database.execute("INSERT INTO ctdna_result (result_id, subject_id, day, call, marker) VALUES ('r', '01-001', 3, ?, 'm')", [call.value])
    assert database.execute("SELECT call, amended FROM ctdna_result").fetchall() == [(call.value, False)]
