"""What differs between two data cuts, by patient and kind, within one person's scope.

Days are compared as calendar-true days: what counts is the day on the calendar (cut-off date less the days from day 0 to it), so
a day 0 that itself moved is one change and not a move of every record. All days are given on the newer cut's day 0;
of a cut with relative times only, days are compared as they are.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from heroes.access import Right
from heroes.errors import MisuseError
from heroes.model.records import CLINICAL_TABLES
from heroes.model.terms import ChangeKind, Event
from heroes.protocol import Protocol
from heroes.store.answers import answer_frame
from heroes.store.checking import SETTINGS, check_cut, quoted
from heroes.store.manifest import DataCut
from heroes.store.pairing import NAMING, comparable, difference_sql, leftover_sql, pairs_sql
from heroes.store.parameters import fill_parameters
from heroes.store.questions import parameters_of, text_of_question
from heroes.store.schema import columns_of, tables_of_version
from heroes.store.scope import Scope, copies_of, refuse

_SQL = Path(__file__).with_name("comparison")
_PROGRESSIONS = "progressions"
_DERIVED = (Event.CTDNA_POSITIVE, Event.PROGRESSION_SUSPECTED, Event.PROGRESSION)
_SIDES = ("older", "newer")

_DIFFERENCE = """
CREATE TABLE difference (
    state VARCHAR, table_name VARCHAR, subject_id VARCHAR, site_id VARCHAR, record VARCHAR, key VARCHAR, column_name VARCHAR,
    is_day BOOLEAN, old_code VARCHAR, new_code VARCHAR, old_day INTEGER, new_day INTEGER
)"""

MILESTONE_EVENTS = tuple(event.value for event in Event if event not in _DERIVED)
"""Events that are dated steps. The others follow from results and scans."""


@dataclass(frozen=True)
class Changes:
    """What differs between two cuts of one scope.

    frame: one row per change, with the columns of `comparison/changes.sql`; kind is a ChangeKind, event an Event or missing.
    left_out: tables and events that this scope does not hold: nothing is said of them.
    """

    older: DataCut
    newer: DataCut
    frame: pd.DataFrame
    left_out: tuple[str, ...]

    def counts(self) -> pd.DataFrame:
        """How many changes there are of each kind, and of how many patients: kind, event, n_changes, n_patients; in the order of
        the closed lists. Kinds that do not occur are left out."""
        grouped = self.frame.groupby(["kind", "event"], dropna=False, sort=False)["subject_id"]
        counted = grouped.agg(n_changes="size", n_patients="nunique").reset_index()
        places = {kind.value: place for place, kind in enumerate(ChangeKind)} | {event.value: place for place, event in enumerate(Event)}
        order = counted[["kind", "event"]].apply(lambda column: column.map(places)).fillna(-1)
        return counted.loc[order.sort_values(["kind", "event"], kind="stable").index].reset_index(drop=True)


def compare_cuts(older: DataCut, newer: DataCut, scope: Scope, protocol: Protocol) -> Changes:
    """What became of every record between two cuts, as one person may see it.

    A patient of the person's own sites is compared whole, wherever they were followed before; of one who left to another site
    only that is said. Where the scope holds lists only, progression and the tables closed to lists are left out.
    protocol: which progressions count. A table's mere renumbering (`seq`) is no change.
    Raises MisuseError for cuts of two studies, ClosedDataError for a scope without records, UnknownDataCutError and
    DamagedDataCutError where a file is not what was published.
    """
    if older.study_id != newer.study_id:
        raise MisuseError(f"These are data cuts of two studies, {older.study_id} and {newer.study_id}. They cannot be compared.")
    if not (scope.is_whole or scope.holds_enrolment):
        raise refuse(scope, "Changes between data cuts")
    for cut in (older, newer):
        check_cut(cut.path)
    connection = duckdb.connect(config=SETTINGS)
    try:
        held = _hold(connection, older, newer, scope)
        tables = [table for table in CLINICAL_TABLES if table in held]
        _make_comparable(connection, tables, (newer.cut_off - older.cut_off).days)
        has_events = _find_events(connection, {"older": older, "newer": newer}, tables, scope, protocol)
        for table in _may_differ(connection, older, newer, tables):
            _compare(connection, table)
        result = connection.execute((_SQL / "changes.sql").read_text(encoding="utf-8"), {"cut_off": newer.cut_off})
        frame = answer_frame(result.description, result.fetchnumpy())
    finally:
        connection.close()
    left_out = [table for table in CLINICAL_TABLES if table not in held] + ([] if has_events else [Event.PROGRESSION.value])
    return Changes(older, newer, frame, tuple(left_out))


def _hold(connection, older: DataCut, newer: DataCut, scope: Scope) -> frozenset[str]:
    """Makes the schemas older_held and newer_held: what the scope holds of each cut. Returns the names of their tables."""
    cuts = dict(zip(_SIDES, (older, newer), strict=True))
    attached = {side: f"cut_{side}" for side in _SIDES}
    if older.path == newer.path:
        attached["newer"] = attached["older"]
    for side in dict.fromkeys(attached.values()):
        connection.execute(f"ATTACH {quoted(cuts[side.removeprefix('cut_')].path)} AS {side} (READ_ONLY)")
    for side, cut in cuts.items():
        connection.execute(f"CREATE SCHEMA memory.{side}_cut")
        connection.execute(f"CREATE SCHEMA memory.{side}_held")
        there = tables_of_version(cut.schema_version)
        for table in CLINICAL_TABLES:
            columns = ", ".join(f"CAST(NULL AS {column.kind}) AS {column.name}" for column in columns_of(table))
            rows = f"FROM {attached[side]}.main.{table}" if table in there else f"SELECT {columns} WHERE false"
            connection.execute(f"CREATE VIEW memory.{side}_cut.{table} AS {rows}")
    own = "SELECT subject_id, site_id FROM memory.{0}_cut.subject"
    _own_patients(connection, own, scope)
    if scope.is_whole:
        for side in _SIDES:
            for table in CLINICAL_TABLES:
                connection.execute(f"CREATE VIEW memory.{side}_held.{table} AS FROM memory.{side}_cut.{table}")
        return frozenset(CLINICAL_TABLES)
    copies = {table: rows for table, rows in copies_of(scope).items() if table in NAMING}
    for side in _SIDES:
        connection.execute(f"SET search_path = 'memory.{side}_cut,memory.main'")
        for table, rows in copies.items():
            connection.execute(f"CREATE TABLE memory.{side}_held.{table} AS {rows}")
        for table in {"subject", "subject_site"} & set(copies) if Right.TRIAL_ENROLMENT not in scope.rights else ():
            # Where a patient came from is another site, and other sites do not appear.
            connection.execute(f"UPDATE memory.{side}_held.{table} SET site_id = NULL WHERE site_id NOT IN (FROM own_site)")
    connection.execute("USE memory")
    for side in _SIDES:
        connection.execute(f"DROP SCHEMA {side}_cut CASCADE")
    for side in dict.fromkeys(attached.values()):
        connection.execute(f"DETACH {side}")
    return frozenset(copies)


def _own_patients(connection, own: str, scope: Scope) -> None:
    """Tables own_site, own_patient (of own sites now, or then and gone since) and left_scope (followed elsewhere now)."""
    connection.execute("CREATE TABLE memory.main.own_site (site_id VARCHAR)")
    if scope.sites:
        connection.executemany("INSERT INTO memory.main.own_site VALUES (?)", [(site,) for site in sorted(scope.sites)])
    connection.execute(
        f"CREATE TABLE memory.main.own_patient AS SELECT subject_id FROM ({own.format('newer')}) WHERE site_id IN (FROM own_site) "
        f"UNION SELECT subject_id FROM ({own.format('older')}) WHERE site_id IN (FROM own_site) "
        f"AND subject_id NOT IN (SELECT subject_id FROM ({own.format('newer')}))"
    )
    connection.execute(
        f"CREATE TABLE memory.main.left_scope AS FROM ({own.format('older')}) WHERE site_id IN (FROM own_site) "
        "AND subject_id NOT IN (FROM own_patient)"
    )
    if not scope.holds_lists:
        connection.execute("DELETE FROM memory.main.left_scope")


def _make_comparable(connection, tables: list[str], elapsed: int) -> None:
    """Schemas before and after: the held tables with decimals rounded alike and days on the newer cut's day 0."""
    connection.execute("USE memory")
    columns = "subject_id, origin_to_cut_off_days AS days"
    both = "subject" in tables
    source = {side: f"SELECT {columns} FROM {side}_held.subject" if both else "SELECT NULL AS subject_id, 0 AS days WHERE false" for side in _SIDES}
    connection.execute(
        f"CREATE TABLE moved AS SELECT subject_id, newer.days - older.days - {elapsed} AS days "
        f"FROM ({source['older']}) AS older JOIN ({source['newer']}) AS newer USING (subject_id)"
    )
    connection.execute("CREATE TABLE unmoved AS FROM moved WHERE false")
    for side, schema, moved, days in (("older", "before", "moved", elapsed), ("newer", "after", "unmoved", 0)):
        connection.execute(f"CREATE SCHEMA {schema}")
        for table in tables:
            rows = comparable(table, source=f"{side}_held.{table}", moved=moved, elapsed=days)
            connection.execute(f"CREATE VIEW {schema}.{table} AS {rows}")
        for table in {"subject", "ctdna_result"} - set(tables):
            empty = ", ".join(f"CAST(NULL AS {column.kind}) AS {column.name}" for column in columns_of(table))
            connection.execute(f"CREATE VIEW {schema}.{table} AS SELECT {empty} WHERE false")
    connection.execute("CREATE TABLE event_step (event VARCHAR)")
    connection.executemany("INSERT INTO event_step VALUES (?)", [(event,) for event in MILESTONE_EVENTS])
    connection.execute(_DIFFERENCE)


def _find_events(connection, cuts: dict[str, DataCut], tables: list[str], scope: Scope, protocol: Protocol) -> bool:
    """Tables old_event and new_event. Returns whether progressions are among them: not where scans are seen as lists only."""
    derived = (_SQL / "derived_events.sql").read_text(encoding="utf-8")
    has_progressions = scope.holds_outcomes and "response" in tables
    for side, into, moved in (("older", "old_event", "moved"), ("newer", "new_event", "unmoved")):
        connection.execute(f"SET search_path = 'memory.{side}_held,memory.main'")
        if has_progressions:
            values = fill_parameters(_PROGRESSIONS, parameters_of(_PROGRESSIONS), {}, cuts[side], protocol)
            rows = text_of_question(_PROGRESSIONS)
        else:
            values, rows = {}, "SELECT '' AS subject_id, 0 AS progression_day, 0 AS suspected_day WHERE false"
        connection.execute(f"CREATE TABLE memory.{side}_held.progressions AS ({rows})", values)
        if "ctdna_result" not in tables:
            connection.execute(f"CREATE TABLE memory.{side}_held.ctdna_result AS FROM memory.after.ctdna_result")
        connection.execute(
            f"CREATE TABLE memory.main.{into} AS SELECT found.* REPLACE (found.day + coalesce(shift.days, 0) AS day) "
            f"FROM ({derived}) AS found LEFT JOIN memory.main.{moved} AS shift USING (subject_id)"
        )
    connection.execute("USE memory")
    return has_progressions


def _may_differ(connection, older: DataCut, newer: DataCut, tables: list[str]) -> list[str]:
    """Without the tables whose digests are equal, unless a day 0 moved: then equal days are other days."""
    (has_moved,) = connection.execute("SELECT coalesce(bool_or(days <> 0), false) FROM moved").fetchone()
    if has_moved:
        return [table for table in tables if older.row_counts.get(table) or newer.row_counts.get(table)]
    empty = {cut.stem: {name for name in tables if not cut.row_counts.get(name)} for cut in (older, newer)}
    return [
        table for table in tables
        if not (table in empty[older.stem] and table in empty[newer.stem])
        and older.table_digests.get(table) != newer.table_digests.get(table)
    ]


def _compare(connection, table: str) -> None:
    connection.execute(leftover_sql(table, "gone", f"before.{table}", f"after.{table}"))
    connection.execute(leftover_sql(table, "come", f"after.{table}", f"before.{table}"))
    connection.execute("CREATE OR REPLACE TABLE pair (old_id BIGINT, new_id BIGINT)")
    for names in NAMING[table].passes:
        connection.execute(pairs_sql(table, names))
    connection.execute(difference_sql(table))
