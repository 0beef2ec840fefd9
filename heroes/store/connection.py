"""A data cut opened within one person's scope, and named questions asked of it. The only place that people's reads go through.

DuckDB connections must not be shared between threads: a shared one returns another thread's rows without an error. So
an `OpenCut` keeps its connection to itself and hands out a `Trial`, a cursor of its own, to each run of a page.
"""

import re
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from heroes.access import Right
from heroes.errors import HeroesError
from heroes.protocol import Protocol
from heroes.store.answers import answer_frame
from heroes.store.checking import SETTINGS, check_cut, quoted
from heroes.store.manifest import DataCut, manifest_row
from heroes.store.parameters import fill_parameters
from heroes.store.questions import named_parameters, parameters_of, text_of_question
from heroes.store.schema import TABLES, columns_of, tables_of_version
from heroes.store.small_counts import HIDDEN
from heroes.store.times import POOLED_PARAMETERS, TIME_QUESTIONS
from heroes.store.scope import (
    AGGREGATES, FOUNDATION, LINE_CAP, OPEN_SAFETY, OUTCOME_QUESTIONS, POOLED, TRIAL_WIDE, Scope, aggregate_rows, copies_of, line_cap_rows,
    refuse)

_AGGREGATES = Path(__file__).with_name("aggregates")

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""The first keeps a query from reading a Python variable that happens to be named like a table it lacks."""

_NAMES = frozenset({*TABLES, *AGGREGATES, LINE_CAP, *TRIAL_WIDE, POOLED})


@cache
def _read(aggregate: str) -> str:
    return (_AGGREGATES / f"{aggregate}.sql").read_text(encoding="utf-8")


def open_cut(cut: DataCut, scope: Scope, protocol: Protocol) -> "OpenCut":
    """A data cut as one person may see it: rows of other sites and closed tables are not there to be asked for.

    The connection cannot write to the cut and cannot reach any other file. Raises UnknownDataCutError where the file is
    gone, DamagedDataCutError where it is no longer what was published.
    """
    check_cut(cut.path)
    delivered = frozenset(table for table, n in cut.row_counts.items() if n)
    connection = duckdb.connect(config=SETTINGS)
    try:
        connection.execute(f"ATTACH {quoted(cut.path)} AS cut (READ_ONLY)")
        connection.execute("USE cut")
        _add_later_tables(connection, cut)
        _sum_up(connection, cut, scope, protocol)
        if scope.is_whole:
            _show_all(connection, cut)
        else:
            cut = _copy_permitted(connection, cut, scope)
        for lock in _LOCKS:
            connection.execute(lock)
        return OpenCut(connection, cut, scope, protocol, delivered)
    except BaseException:
        connection.close()
        raise


def _add_later_tables(connection, cut: DataCut) -> None:
    """The tables that came after the schema version of an older cut, without rows, so that every question can be asked."""
    connection.execute("CREATE SCHEMA memory.later")
    for table in _later(cut):
        columns = ", ".join(f"{column.name} {column.kind}" for column in columns_of(table))
        connection.execute(f"CREATE TABLE memory.later.{table} ({columns})")


def _later(cut: DataCut) -> tuple[str, ...]:
    there = tables_of_version(cut.schema_version)
    return tuple(table for table in TABLES if table not in there)


def _sum_up(connection, cut: DataCut, scope: Scope, protocol: Protocol) -> None:
    """Makes the aggregates that the scope holds, from all patients of the cut."""
    connection.execute("CREATE TABLE memory.main.own_site (site_id VARCHAR)")
    if scope.sites:
        connection.executemany("INSERT INTO memory.main.own_site VALUES (?)", [(site,) for site in sorted(scope.sites)])
    # From here on a bare name means a table of the cut, else one of those made beside it.
    connection.execute("SET search_path = 'cut.main,memory.main,memory.later'")
    connection.execute("CREATE TABLE memory.main.own_patient AS SELECT subject_id FROM subject WHERE site_id IN (FROM own_site)")
    if scope.holds_enrolment:
        connection.execute(f"CREATE TABLE memory.main.accrual_person AS (\n{_read('accrual_person')}\n)")
        connection.execute(f"CREATE TABLE memory.main.{FOUNDATION} AS {_read(FOUNDATION)}")
        rows = {name: aggregate_rows(scope, name) for name in AGGREGATES}
        if Right.TRIAL_ENROLMENT in scope.rights:
            rows[LINE_CAP] = line_cap_rows(scope)
        for name, permitted in rows.items():
            text = "(\n" + _read(name) + "\n)"
            connection.execute(f"CREATE TABLE memory.main.{name} AS {permitted(text)}")
        connection.execute(f"DROP TABLE memory.main.{FOUNDATION}")
        connection.execute("DROP TABLE memory.main.accrual_person")
    if Right.TRIAL_ENROLMENT in scope.rights:
        opened = TRIAL_WIDE if protocol.privacy.open_safety else {name: of for name, of in TRIAL_WIDE.items() if name != OPEN_SAFETY}
        for question in dict.fromkeys(opened.values()):
            _sum_up_trial(connection, question, [name for name, of in opened.items() if of == question], cut, scope, protocol)
        if OPEN_SAFETY not in opened:
            connection.execute(f"CREATE TABLE memory.main.{OPEN_SAFETY} (term VARCHAR, n BIGINT, n_low BIGINT, n_high BIGINT)")
    if Right.POOLED_OUTCOMES in scope.rights and not scope.is_whole:
        _pool(connection, cut, protocol)


def _sum_up_trial(connection, question: str, names: list[str], cut: DataCut, scope: Scope, protocol: Protocol) -> None:
    """Makes aggregates of one question over all patients; small cells are empty in them for whoever may not see all patients."""
    smallest = 1 if scope.is_whole else protocol.privacy.small_cell
    answer = fill_parameters(question, parameters_of(question), {}, cut, protocol)
    connection.execute(f"CREATE TABLE memory.main.answer AS {text_of_question(question)}", answer)
    for name in names:
        text = _read(name)
        values = {"small_cell": smallest} if "small_cell" in named_parameters(text) else {}
        if scope.is_whole or name not in HIDDEN:
            connection.execute(f"CREATE TABLE memory.main.{name} AS {text}", values)
            continue
        connection.execute(f"CREATE TABLE memory.main.{name} AS FROM ({text}) LIMIT 0", values)
        result = connection.execute(text, values)
        rows = HIDDEN[name](answer_frame(result.description, result.fetchnumpy()), smallest)
        cells = [None if pd.isna(cell) else cell for row in rows.astype(object).itertuples(index=False, name=None) for cell in row]
        if cells:
            row = f"({', '.join('?' * len(rows.columns))})"
            connection.execute(f"INSERT INTO memory.main.{name} VALUES {', '.join([row] * len(rows))}", cells)
    connection.execute("DROP TABLE memory.main.answer")


def _pool(connection, cut: DataCut, protocol: Protocol) -> None:
    into = f"CREATE TABLE memory.main.{POOLED} AS"
    for question, parameters in (TIME_QUESTIONS[parameter] for parameter in POOLED_PARAMETERS):
        values = fill_parameters(question, parameters_of(question), parameters, cut, protocol)
        connection.execute(f"{into}\nWITH times AS (\n{text_of_question(question)}\n)\n{_read(POOLED)}", values)
        into = f"INSERT INTO memory.main.{POOLED}"


def _show_all(connection, cut: DataCut) -> None:
    connection.execute("DROP TABLE memory.main.own_site")
    connection.execute("DROP TABLE memory.main.own_patient")
    connection.execute("USE memory")
    for table in TABLES:
        source = "memory.later" if table in _later(cut) else "cut.main"
        connection.execute(f"CREATE VIEW memory.main.{table} AS SELECT * FROM {source}.{table}")


def _copy_permitted(connection, cut: DataCut, scope: Scope) -> DataCut:
    """Copies what the scope holds into memory and lets the file go; its manifest then counts what was copied."""
    copies = copies_of(scope)
    for table, rows in copies.items():
        connection.execute(f"CREATE TABLE memory.main.{table} AS {rows}")
    connection.execute("USE memory")
    connection.execute("DETACH cut")
    connection.execute("DROP SCHEMA later CASCADE")
    connection.execute("DROP TABLE own_site")
    connection.execute("DROP TABLE own_patient")
    counts = {table: _count(connection, table) for table in copies if table != "data_cut"}
    findings = {}
    if "import_issue" in copies:
        found = connection.execute("SELECT severity, count(*) FROM import_issue GROUP BY severity ORDER BY severity")
        findings = dict(found.fetchall())
    held = replace(cut, row_counts=counts, findings=findings, table_digests={})
    row = manifest_row(held)
    connection.execute(
        "UPDATE data_cut SET row_counts = ?, findings = ?, table_digests = ?, manifest_digest = ?",
        [row["row_counts"], row["findings"], row["table_digests"], row["manifest_digest"]],
    )
    return held


def _count(connection, table: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


class OpenCut:
    """A data cut opened for one scope. Keep it as long as the cut is shown; take a `trial()` for each run of a page."""

    def __init__(self, connection, cut: DataCut, scope: Scope, protocol: Protocol, delivered: frozenset[str]):
        self._connection = connection
        self.delivered = delivered
        self.cut = cut
        self.scope = scope
        self.protocol = protocol
        there = connection.execute("SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()")
        self.tables = frozenset(name for (name,) in there.fetchall()) & _NAMES

    def trial(self) -> "Trial":
        """A cursor of its own on this cut: for one thread, for one run of a page."""
        return Trial(self._connection.cursor(), self)

    def close(self) -> None:
        """Lets the cut go. Cursors that are still in use keep working until they are dropped."""
        self._connection.close()


class Trial:
    """One data cut, narrowed to what one person may see, ready to be asked named questions.

    cut: its manifest; in a narrower scope its counts are of what the scope holds.
    """

    def __init__(self, cursor, opened: OpenCut):
        self._cursor = cursor
        self._tables = opened.tables
        self._delivered = opened.delivered
        self._busy = threading.Lock()
        self.cut = opened.cut
        self.scope = opened.scope
        self.protocol = opened.protocol

    def has(self, table: str) -> bool:
        """Whether the scope holds rows of a table."""
        if table not in self._tables:
            return False
        with self._busy:
            return self._cursor.execute(f"SELECT EXISTS (FROM {table})").fetchone()[0]

    def was_delivered(self, table: str) -> bool:
        """Whether the whole data cut holds rows of a table, be they in this scope or not: "not delivered" is another thing
        than "none of yours"."""
        return table in self._delivered

    def text_of(self, question: str) -> str:
        """The SQL of a question, for whoever wants to follow a number back."""
        return text_of_question(question)

    def ask(self, question: str, **parameters) -> pd.DataFrame:
        """The answer to a named question, as a frame with the columns that the question's first lines promise.

        parameters: values for the query's $names. Those that the cut or the protocol answers are filled in where not given.
        Raises UnknownQuestionError for a question or parameter that does not exist, ClosedDataError where this person's
        scope does not hold what the question is about.
        """
        text = text_of_question(question)
        named = parameters_of(question)
        if "holds_outcomes" in named:
            parameters |= {"holds_outcomes": self.scope.holds_outcomes}
        values = fill_parameters(question, named, parameters, self.cut, self.protocol)
        if question in OUTCOME_QUESTIONS and not self.scope.holds_outcomes:
            raise refuse(self.scope, "Outcomes of patients (progression, survival)")
        try:
            with self._busy:
                result = self._cursor.execute(text, values)
                return answer_frame(result.description, result.fetchnumpy())
        except duckdb.CatalogException as error:
            closed = self._closed_table(str(error))
            if closed is None:
                raise
            raise refuse(self.scope, f"Records of {closed}") from None
        except duckdb.ConnectionException:
            raise HeroesError("This data cut has been closed. Reload the page.") from None

    def _closed_table(self, message: str) -> str | None:
        """The table that a query wanted and this scope does not hold, if that is what the message is about."""
        found = re.search(r"Table with name (\w+) does not exist", message)
        return found.group(1) if found and found.group(1) in _NAMES - self._tables else None
