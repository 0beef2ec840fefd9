"""Which rows of two data cuts are the same record, table by table: what is left over after equal rows, paired by what names them.

Rows that are equal in every column but their number (`seq`) are the same record: a late entry that renumbers the others changes
none of them. What is left over on both sides is paired in passes, each by another set of columns; where several
rows share these, a pair is two rows that are each other's nearest in time. What stays alone was added or removed.
"""

from dataclasses import dataclass

from heroes.model.records import CLINICAL_TABLES, RECORDS
from heroes.store.schema import Kind, columns_of

QUESTIONNAIRE = "qs_item"


@dataclass(frozen=True)
class Naming:
    """How the records of a table are told apart and named.

    passes: columns by which leftover rows are paired, one pass after the other. label: columns that name a record to a reader.
    code: the column that says what the record is. day: when it was.
    """

    passes: tuple[tuple[str, ...], ...]
    label: tuple[str, ...] = ()
    code: str | None = None
    day: str | None = None


NAMING: dict[str, Naming] = {
    "site": Naming((("site_id",),), ("site_id",)),
    "site_plan": Naming((("site_id", "month"),), ("site_id", "month")),
    "subject": Naming((("subject_id",),), (), "origin_kind"),
    "milestone": Naming((("subject_id", "kind"),), ("kind",), "kind", "day"),
    "screen_outcome": Naming((("subject_id",),), (), "status"),
    "visit_plan": Naming((("visit_code",),), ("visit_code",)),
    "visit": Naming((("subject_id", "visit_code"),), ("visit_code",), "status", "day"),
    "specimen": Naming((("specimen_id",),), ("visit_code", "specimen_id"), None, "collected_day"),
    "ctdna_result": Naming((("result_id",),), ("visit_code", "result_id"), "call", "day"),
    "lesion": Naming((("lesion_id",),), ("lesion_id",), "role"),
    "lesion_measure": Naming(
        (("lesion_id", "day", "evaluator"), ("lesion_id", "day"), ("lesion_id", "evaluator", "diameter_mm"), ("lesion_id", "state")),
        ("lesion_id",), "state", "day",
    ),
    "response": Naming(
        (
            ("subject_id", "day", "evaluator", "criteria"), ("subject_id", "evaluator", "criteria", "visit_code"),
            ("subject_id", "evaluator", "criteria", "overall", "target", "nontarget"), ("subject_id", "day", "criteria"),
        ),
        ("visit_code", "evaluator", "criteria"), "overall", "day",
    ),
    "treatment": Naming(
        (("subject_id", "agent_class", "start_day"), ("subject_id", "agent_class", "reason"), ("subject_id", "start_day")),
        ("agent_class",), "reason", "start_day",
    ),
    "tte": Naming((("subject_id", "paramcd"),), ("paramcd",), "cnsr", "end_day"),
    QUESTIONNAIRE: Naming((("subject_id", "instrument", "day"), ("subject_id", "instrument", "answers")), ("instrument",), None, "day"),
    "qs_form": Naming((("subject_id", "instrument", "visit_code"),), ("instrument", "visit_code"), "status", "day"),
    "ae": Naming((("subject_id", "term", "start_day"), ("subject_id", "term"), ("subject_id", "start_day")), ("term",), "grade", "start_day"),
    "deviation": Naming((("subject_id", "category", "day"), ("subject_id", "category")), ("category",), "category", "day"),
    "eligibility": Naming((("subject_id", "criterion"),), ("criterion",), "category", "day"),
    "query_item": Naming((("query_id",),), ("query_id",), "state", "opened_day"),
    "page_entry": Naming(
        (("subject_id", "page", "visit_code", "visit_day"), ("subject_id", "page", "visit_code")), ("page", "visit_code"), None, "entered_day"
    ),
    "subject_site": Naming((("subject_id", "from_day"), ("subject_id", "site_id")), (), "site_id", "from_day"),
    "subject_link": Naming((("subject_id",),), ("earlier_subject_id",)),
    "site_location": Naming((("site_id",),), ("site_id",)),
}


def is_day(table: str, column: str) -> bool:
    """Whether a column counts days from the patient's day 0."""
    kind = ((RECORDS[table].model_fields[column].json_schema_extra or {}) if column in RECORDS[table].model_fields else {}).get("kind")
    return kind == "day" or (column.endswith("_day") or column == "day") and table != "visit_plan"


def compared_columns(table: str) -> tuple[str, ...]:
    """The columns of a table that are compared: all but the number of a row. Answers of a questionnaire are one column."""
    if table == QUESTIONNAIRE:
        return ("subject_id", "instrument", "day", "answers")
    return tuple(name for name in RECORDS[table].model_fields if name != "seq")


def comparable(table: str, *, source: str, moved: str, elapsed: int) -> str:
    """SELECT of a table as it is compared: decimals to 12 significant digits, as digests count them; days moved onto the
    newer cut's day 0. moved: relation of subject_id and days to add. elapsed: days between the cut-off dates."""
    cells = []
    for column in columns_of(table):
        name = column.name
        if name == "seq":
            continue
        if (table, name) == ("subject", "origin_to_cut_off_days"):
            cells.append(f"{name} + {elapsed} AS {name}")
        elif is_day(table, name):
            cells.append(f"{name} + coalesce(moved.days, 0) AS {name}")
        elif column.kind is Kind.NUMBER:
            cells.append(f"format('{{:.12g}}', {name} + 0.0) AS {name}")
        else:
            cells.append(f"{source}.{name} AS {name}" if name == "subject_id" else name)
    rows = f"SELECT {', '.join(cells)} FROM {source}"
    if "subject_id" in RECORDS[table].model_fields:
        rows += f" LEFT JOIN {moved} AS moved ON moved.subject_id = {source}.subject_id"
    if table != QUESTIONNAIRE:
        return rows
    answers = "string_agg(item_no || '=' || coalesce(CAST(value AS VARCHAR), ''), ' ' ORDER BY item_no)"
    return f"SELECT subject_id, instrument, day, {answers} AS answers FROM ({rows}) GROUP BY ALL"


def leftover_sql(table: str, into: str, these: str, others: str) -> str:
    """Makes the table `into`: rows of `these` that `others` lacks, equal rows counted, each with a number."""
    columns = ", ".join(compared_columns(table))
    return (
        f"CREATE OR REPLACE TABLE {into} AS SELECT row_number() OVER (ORDER BY {columns}) AS id, * FROM "
        f"(SELECT {columns} FROM {these} EXCEPT ALL SELECT {columns} FROM {others})"
    )


def pairs_sql(table: str, names: tuple[str, ...]) -> str:
    """Pairs leftovers of `gone` and `come` that share these columns and are each other's nearest in time."""
    day = NAMING[table].day
    apart = f"coalesce(abs(gone.{day} - come.{day}), 1000000)" if day else "0"
    same = " AND ".join(f"gone.{name} = come.{name}" for name in names)
    return f"""
INSERT INTO pair
SELECT old_id, new_id
FROM (
    SELECT
        gone.id AS old_id,
        come.id AS new_id,
        row_number() OVER (PARTITION BY gone.id ORDER BY {apart}, come.id) AS from_old,
        row_number() OVER (PARTITION BY come.id ORDER BY {apart}, gone.id) AS from_new
    FROM gone
    JOIN come ON {same}
    WHERE gone.id NOT IN (SELECT old_id FROM pair) AND come.id NOT IN (SELECT new_id FROM pair)
)
WHERE from_old = 1 AND from_new = 1"""


def difference_sql(table: str) -> str:
    """Writes what `gone`, `come` and `pair` say into `difference`: one row per record added or removed, one per changed cell."""
    naming, fields = NAMING[table], compared_columns(table)
    label = f"concat_ws(' · ', {', '.join(f'CAST({{0}}.{name} AS VARCHAR)' for name in naming.label)})" if naming.label else "NULL"
    subject = "{0}.subject_id" if "subject_id" in fields else "NULL"
    site = "{0}.site_id" if "site_id" in fields and table != "subject_site" else "NULL"
    code = f"CAST({{0}}.{naming.code} AS VARCHAR)" if naming.code else "NULL"
    day = f"{{0}}.{naming.day}" if naming.day else "NULL"
    cells = ", ".join(
        "{{'name': '{0}', 'is_day': {1}, 'old': CAST(gone.{0} AS VARCHAR), 'new': CAST(come.{0} AS VARCHAR)}}".format(
            name, str(is_day(table, name)).lower()
        )
        for name in fields
    )
    key = "{0}.result_id" if table == "ctdna_result" else "NULL"
    who = f"'{table}', {subject}, {site}, {label}, {key}"
    return f"""
INSERT INTO difference
SELECT 'REMOVED', {who.format('gone')}, NULL, false, {code.format('gone')}, NULL, {day.format('gone')}, NULL
FROM gone WHERE id NOT IN (SELECT old_id FROM pair)
UNION ALL
SELECT 'ADDED', {who.format('come')}, NULL, false, NULL, {code.format('come')}, NULL, {day.format('come')}
FROM come WHERE id NOT IN (SELECT new_id FROM pair)
UNION ALL
SELECT
    'CHANGED', table_name, subject_id, site_id, record, key, cell.name, cell.is_day,
    CASE WHEN NOT cell.is_day THEN cell.old END, CASE WHEN NOT cell.is_day THEN cell.new END,
    CASE WHEN cell.is_day THEN TRY_CAST(cell.old AS INTEGER) ELSE old_day END, CASE WHEN cell.is_day THEN TRY_CAST(cell.new AS INTEGER) ELSE new_day END
FROM (
    SELECT '{table}' AS table_name, {subject.format('come')} AS subject_id, {site.format('come')} AS site_id, {label.format('come')} AS record,
        {key.format('come')} AS key,
        {day.format('gone')} AS old_day, {day.format('come')} AS new_day, unnest([{cells}]) AS cell
    FROM pair JOIN gone ON gone.id = pair.old_id JOIN come ON come.id = pair.new_id
)
WHERE cell.old IS DISTINCT FROM cell.new"""


assert set(NAMING) == set(CLINICAL_TABLES), "every table of a data cut is compared"
