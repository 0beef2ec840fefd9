"""Rows against their records and against each other: what must hold, or nothing is published. All of it in one pass."""

from functools import cache
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from heroes.intake.findings import Finding
from heroes.intake.listing import NOTHING_IMPORTED, counted, per_file
from heroes.intake.merging import lone_duplicates
from heroes.model.records import RECORDS
from heroes.model.terms import ANSWERS, Instrument, Severity

PATIENT_TABLES = tuple(
    name for name, record in RECORDS.items() if "subject_id" in record.model_fields and name not in ("subject", "import_issue")
)
SITE_TABLES = tuple(name for name, record in RECORDS.items() if "site_id" in record.model_fields and name != "site")

_SAYS = {
    "missing_value": ("{n} cells that may not be empty are empty or not delivered.", "deliver the column or name it in the mapping file."),
    "not_in_list": ("{n} cells hold a code outside the closed list: {allowed}.", "correct the code or translate it with codes in the mapping file."),
    "outside_limits": ("{n} cells lie outside the limits of the column: {limits}.", "correct the values at their source."),
    "wrong_type": ("{n} cells are not {kind}.", "correct the cells or the mapping of the column."),
    "too_long": ("{n} cells are too long.", "shorten the values at their source."),
}  # fmt: skip
_KINDS = {"int": "whole numbers", "float": "numbers", "bool": "yes or no", "date": "dates", "string": "text"}


@cache
def _adapters(table: str) -> dict[str, TypeAdapter]:
    """For each column of a record the check of a whole column of cells, by the record's own rules."""
    record = RECORDS[table]
    return {
        name: TypeAdapter(list[Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation], config=record.model_config)
        for name, field in record.model_fields.items()
    }


def check_records(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Every cell against its record model. One finding for each file, column and rule; values are never named.

    No record has a rule over several of its columns, so that columns are checked one by one: to check row by row would say
    the same and take several times as long. Rows of unknown patients are refused as such already and have no day to check.
    """
    findings: list[Finding] = []
    patients = set(tables["subject"]["subject_id"]) if "subject" in tables else set()
    for table, frame in tables.items():
        if table in PATIENT_TABLES:
            known = frame["subject_id"].isin(patients) | frame["subject_id"].isna()
            frame = frame if known.all() else frame[known]
        complaints: list[dict] = []
        for name, adapter in _adapters(table).items():
            try:
                adapter.validate_python(_plain(frame[name]))
            except ValidationError as error:
                complaints += [{**entry, "loc": (entry["loc"][0], name)} for entry in error.errors(include_url=False, include_input=True)]
        findings += _complaints(table, frame, sorted(complaints, key=lambda entry: entry["loc"][0]))
    return findings


def _plain(column: pd.Series) -> list:
    values = column.astype(object).to_numpy()
    values = np.where(pd.isna(values), None, values).tolist()
    if any(issubclass(kind, np.generic) for kind in set(map(type, values))):
        return [value.item() if isinstance(value, np.generic) else value for value in values]
    return values


def _complaints(table: str, frame: pd.DataFrame, complaints: list[dict]) -> list[Finding]:
    """Findings from pydantic's complaints, whose place is (row, column), in the order of rows."""
    gathered: dict[tuple[str, str], tuple[list[int], dict]] = {}
    for complaint in complaints:
        index, column = complaint["loc"][0], str(complaint["loc"][1])
        rule = _rule_of(complaint)
        gathered.setdefault((rule, column), ([], complaint))[0].append(int(index))
    findings = []
    for (rule, column), (indices, complaint) in gathered.items():
        message, remedy = _SAYS[rule]
        context = complaint.get("ctx", {})
        fill = {
            "allowed": str(context.get("expected", "")).replace("'", ""),
            "limits": _limits(table, column),
            "kind": _kind_of(complaint["type"]),
        }
        findings += per_file(
            frame.iloc[sorted(set(indices))], Severity.ERROR, rule,
            lambda n, message=message, fill=fill: _one_or_many(message.format(n=n, **fill), n),
            f"{NOTHING_IMPORTED}; {remedy}", table=table, column=column,
        )  # fmt: skip
    return findings


def _rule_of(complaint: dict) -> str:
    kind = complaint["type"]
    if complaint["input"] is None or kind in ("missing", "string_too_short"):
        return "missing_value"
    if kind in ("enum", "literal_error"):
        return "not_in_list"
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than", "finite_number"):
        return "outside_limits"
    return "too_long" if kind == "string_too_long" else "wrong_type"


def _kind_of(kind: str) -> str:
    return next((words for word, words in _KINDS.items() if kind.startswith(word)), "of the right kind")


def _one_or_many(text: str, n: int) -> str:
    if n != 1:
        return text
    for many, one in (("1 cells hold", "1 cell holds"), ("1 cells lie", "1 cell lies"), ("1 cells are", "1 cell is"),
                      ("1 cells that may not be empty are", "1 cell that may not be empty is")):  # fmt: skip
        text = text.replace(many, one)
    return text


def _limits(table: str, column: str) -> str:
    field = RECORDS[table].model_json_schema()["properties"][column]
    found: dict[str, object] = {}
    for part in [field, *field.get("anyOf", ())]:
        found |= {word: part[word] for word in ("minimum", "maximum") if word in part}
    words = [f"{'at least' if word == 'minimum' else 'at most'} {value:g}" for word, value in found.items()]
    return ", ".join(words) or "a finite number"


def check_keys(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Duplicate keys, and rows that belong to no patient or no site of the delivery."""
    findings: list[Finding] = []
    for table, frame in tables.items():
        key = list(RECORDS[table].key)
        findings += lone_duplicates(frame[frame[key].notna().all(axis=1)], key, table)
    patients = set(tables["subject"]["subject_id"].dropna()) if "subject" in tables else set()
    for table in PATIENT_TABLES:
        if table in tables:
            frame = tables[table]
            strangers = frame[frame["subject_id"].notna() & ~frame["subject_id"].isin(patients)]
            findings += per_file(
                strangers, Severity.ERROR, "unknown_patient",
                counted("1 row is of a patient who is not in the subject table.", "{n} rows are of patients who are not in the subject table."),
                f"{NOTHING_IMPORTED}; deliver these patients or correct their code.", table=table, column="subject_id",
            )  # fmt: skip
    sites = set(tables["site"]["site_id"].dropna()) if "site" in tables else set()
    for table in SITE_TABLES:
        if table in tables:
            frame = tables[table]
            strangers = frame[frame["site_id"].notna() & ~frame["site_id"].isin(sites)]
            findings += per_file(
                strangers, Severity.ERROR, "unknown_site",
                counted("1 row names a site that is not in the site table.", "{n} rows name sites that are not in the site table."),
                f"{NOTHING_IMPORTED}; deliver these sites or correct their code.", table=table, column="site_id",
            )  # fmt: skip
    return findings + _lesions(tables) + _successors(tables) + _answers(tables) + _day_0(tables)


def _lesions(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    if "lesion_measure" not in tables:
        return []
    known = set(tables["lesion"]["lesion_id"]) if "lesion" in tables else set()
    frame = tables["lesion_measure"]
    return per_file(
        frame[frame["lesion_id"].notna() & ~frame["lesion_id"].isin(known)], Severity.ERROR, "unknown_lesion",
        counted("1 measurement is of a lesion that is not identified.", "{n} measurements are of lesions that are not identified."),
        f"{NOTHING_IMPORTED}; deliver these lesions (TU) or correct the link.", table="lesion_measure", column="lesion_id",
    )  # fmt: skip


def _successors(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """A result may be replaced only by one that is there, or it would vanish from every picture."""
    if "ctdna_result" not in tables:
        return []
    frame = tables["ctdna_result"]
    lost = frame["superseded_by"].notna() & ~frame["superseded_by"].isin(set(frame["result_id"]))
    return per_file(
        frame[lost], Severity.ERROR, "replacing_result_absent",
        counted("1 result names one that replaces it and is not there.", "{n} results name ones that replace them and are not there."),
        f"{NOTHING_IMPORTED}; deliver the amended results with those they replace.", table="ctdna_result", column="superseded_by",
    )  # fmt: skip


def _answers(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Items and answers that the questionnaire does not have: a score of them would leave its scale."""
    if "qs_item" not in tables:
        return []
    frame = tables["qs_item"]
    item, value = (pd.to_numeric(frame[name], errors="coerce") for name in ("item_no", "value"))
    exists, fits = pd.Series(False, index=frame.index), pd.Series(False, index=frame.index)
    for instrument, ranges in ANSWERS.items():
        for first, last, least, greatest in ranges:
            here = frame["instrument"].eq(instrument.value) & item.between(first, last)
            exists |= here
            fits |= here & (value.isna() | value.between(least, greatest))
    known = frame["instrument"].isin([instrument.value for instrument in Instrument]) & item.notna()
    return per_file(
        frame[known & ~exists], Severity.ERROR, "unknown_item",
        counted("1 answer is to an item that its questionnaire does not have.", "{n} answers are to items that their questionnaire does not have."),
        f"{NOTHING_IMPORTED}; number QLQ-C30 items 1 to 30, QLQ-BR23 items 31 to 53, EQ-5D-5L items 1 to 6 (6: the scale 0 to 100).",
        table="qs_item", column="item_no",
    ) + per_file(
        frame[known & exists & ~fits], Severity.ERROR, "answer_outside_item",
        counted("1 answer lies outside the answers of its item.", "{n} answers lie outside the answers of their items."),
        f"{NOTHING_IMPORTED}; correct the answers at their source.", table="qs_item", column="value",
    )  # fmt: skip


def _day_0(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Days that are counted from the inclusion place the inclusion on day 0."""
    if "milestone" not in tables or "subject" not in tables:
        return []
    steps, subjects = tables["milestone"], tables["subject"]
    counted_from = subjects.loc[subjects["origin_kind"].eq("INCLUSION"), "subject_id"]
    wrong = steps[steps["kind"].eq("INCLUDED") & steps["subject_id"].isin(counted_from) & steps["day"].ne(0).fillna(False)]
    return per_file(
        wrong, Severity.ERROR, "inclusion_is_not_day_0",
        counted("1 inclusion is not on day 0 though days are counted from it.", "{n} inclusions are not on day 0 though days are counted from it."),
        f"{NOTHING_IMPORTED}; correct the days or origin_kind.", table="milestone", column="day",
    )  # fmt: skip


