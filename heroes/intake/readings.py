"""One reading carried out: rows of a dataset become rows of one of our tables, each remembering its file and row.

A staged row has the columns of its table, but a time is still one of three things: `<column>` in days from the
delivery's own day 0, `<column>@date`, or `<column>@study` in days from the patient's CDISC reference date. `origins`
makes one day of them. Columns that start with `_` say where a row is from.
"""

import numpy as np
import pandas as pd

from heroes.intake.columns import SKIP, Reader, Trouble
from heroes.intake.conditions import rows_meant
from heroes.intake.files.dataset import Dataset
from heroes.intake.findings import Finding, name_rows
from heroes.intake.kinds import LABORATORY, MEASUREMENT, column_kinds
from heroes.intake.layout import OPEN_TIMES, PRINCIPAL_TIME
from heroes.intake.mapping import Mapping, RowSet, TableRule
from heroes.intake.parsing import Limited, cells, different, each, has_decimal_commas, is_empty, lacking, number_of, parse_dates, text_of, texts, truth_of
from heroes.model.terms import Severity

PROVENANCE = ("_file", "_row", "_rule", "_rank")

_SAYS = {
    "not_a_date": (
        Severity.ERROR,
        "{n} cells hold no date that can be read.",
        "Nothing was imported; write dates as YYYY-MM-DD or name their format in the mapping file.",
    ),
    "not_a_number": (
        Severity.ERROR,
        "{n} cells hold no number.",
        "Nothing was imported; correct the cells, or translate them with codes in the mapping file.",
    ),
    "decimal_commas": (
        Severity.NOTE,
        "{n} numbers are written with a comma for the decimal point and were read so.",
        "No action needed; decimal = \",\" in the mapping file says the same.",
    ),
    "unknown_code": (
        Severity.ERROR,
        "{n} cells hold a code that the reading does not list.",
        "Nothing was imported; add the code to codes in the mapping file, or say what others become.",
    ),
    "day_numbers": (
        Severity.NOTE,
        "{n} dates are written as SAS day numbers (days since 1960-01-01) and were converted.",
        "No action needed; a writer that marks them as dates would be clearer.",
    ),
}


def stage(rule: TableRule, dataset: Dataset, mapping: Mapping, order: int) -> tuple[pd.DataFrame, list[Finding]]:
    """Rows that one reading makes of one dataset, with what it found. order: place of the reading among all of them."""
    trouble = Trouble()
    parts = [_stage_rows(rows, rule, dataset, mapping, trouble) for rows in rule.row_sets]
    parts = [part for part in parts if len(part)]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if len(frame):
        frame["_file"], frame["_rule"], frame["_rank"] = dataset.file, order, rule.rank
        if rule.distinct:
            frame = frame.drop_duplicates([c for c in frame if c not in PROVENANCE], ignore_index=True)
    return frame, _findings(trouble, rule.to, dataset.file)


def _findings(trouble: Trouble, table: str, file: str) -> list[Finding]:
    found = []
    for (rule, column), rows in trouble.rows.items():
        severity, message, remedy = _SAYS[rule]
        n = len(set(rows))
        text = message.format(n=n).replace("1 cells hold", "1 cell holds").replace("1 dates are", "1 date is").replace("1 numbers are", "1 number is")
        found.append(Finding(severity, rule, text, remedy, file=file, table=table, row=name_rows(rows), column=column))
    patients: dict[tuple[str | None, str], list[int]] = {}
    for column, subject, row in trouble.partial:
        patients.setdefault((subject, column), []).append(row)
    for (subject, column), rows in patients.items():
        found.append(
            Finding(
                Severity.QUERY, "partial_date",
                f"{len(rows)} {'date lacks' if len(rows) == 1 else 'dates lack'} the day or the month; what depends on it is left out.",
                "Ask the site for the full date.",
                file=file, table=table, row=name_rows(rows), column=column, subject_id=subject,
            )  # fmt: skip
        )
    return found


def _stage_rows(rows: RowSet, rule: TableRule, dataset: Dataset, mapping: Mapping, trouble: Trouble) -> pd.DataFrame:
    meant = rows_meant(dataset.frame, rule.where) & rows_meant(dataset.frame, rows.where)
    if not meant.any():
        return pd.DataFrame()
    frame, numbers = (dataset.frame, dataset.rows) if meant.all() else (dataset.frame[meant], dataset.rows[meant])
    kinds = column_kinds(rule.to)
    keep = np.ones(len(frame), dtype=bool)
    if rule.unpivot:
        keep &= _any_delivered(frame, rows, rule)
        if not keep.all():
            frame, numbers = frame[keep], numbers[keep]
            keep = np.ones(len(frame), dtype=bool)
    staged: dict[str, np.ndarray] = {"_row": numbers}
    subjects, signs = _subjects(rows, frame), np.full(len(frame), None, dtype=object)
    for name in sorted(rows.columns, key=lambda name: kinds[name].kind != "time"):
        is_quantity = name == "quantity" and rule.to in ("ctdna_result", MEASUREMENT, LABORATORY)
        reader = Reader(frame, numbers, mapping, trouble, subjects, may_be_limited=is_quantity)
        if kinds[name].kind == "time":
            times = reader.time(rows.columns[name])
            staged[name], staged[f"{name}@date"], staged[f"{name}@study"] = times.days, times.dates, times.study
            if PRINCIPAL_TIME.get(rule.to) == name and rule.to not in OPEN_TIMES:
                keep &= ~times.partial
        else:
            values = reader.values(rows.columns[name])
            if reader.skips:
                skipped = np.array([value is SKIP for value in values], dtype=bool)
                keep &= ~skipped
                values[skipped] = None
            staged[name] = _typed(values, kinds[name].kind, reader, rows.columns[name].format or mapping.date_format)
            if is_quantity and rule.to == "ctdna_result":
                signs = each(values, lambda cell: cell.sign if isinstance(cell, Limited) else None)
        reader.report(keep, rule.to, name)
    if pd.notna(signs).any():
        told = staged.get("qualifier", np.full(len(frame), None, dtype=object))
        staged["qualifier"] = np.where([cell is None for cell in told], signs, told)
    result = pd.DataFrame({name: _column(values) for name, values in staged.items()})
    return result if keep.all() else result[keep].reset_index(drop=True)


def _column(values: np.ndarray) -> pd.Series:
    """A column that pandas leaves alone: text stays objects, days and dates stay what they are."""
    if values.dtype == "datetime64[D]":
        return pd.Series(values.astype("datetime64[s]"))
    return pd.Series(values, dtype=object) if values.dtype == object else pd.Series(values)


def _any_delivered(frame: pd.DataFrame, rows: RowSet, rule: TableRule) -> np.ndarray:
    """Rows whose own delivered cells are not all empty. A set of rows without own delivered cells has all of them."""
    own = [entry for name, entry in rows.columns.items() if name not in rule.columns]
    if any(entry.default is not None for entry in own):
        return np.ones(len(frame), dtype=bool)
    names = [name for entry in own for name in entry.delivered]
    if not names:
        return np.ones(len(frame), dtype=bool)
    present = [frame[name].map(lambda cell: not is_empty(cell)).to_numpy(dtype=bool) for name in names if name in frame]
    return np.logical_or.reduce(present) if present else np.zeros(len(frame), dtype=bool)


def _subjects(rows: RowSet, frame: pd.DataFrame) -> np.ndarray | None:
    entry = rows.columns.get("subject_id")
    if entry is None or not isinstance(entry.column, str) or entry.column not in frame:
        return None
    return texts(cells(frame[entry.column]))


def _typed(values: np.ndarray, kind: str, reader: Reader, form: str | None) -> np.ndarray:
    if kind in ("whole", "decimal"):
        numbers = each(values, number_of)
        if has_decimal_commas(different(values)[1]):
            reader.bad("decimal_commas", lacking(numbers, values))
            numbers = each(values, lambda cell: number_of(cell, ","))
        reader.bad("not_a_number", lacking(numbers, values))
        return numbers
    if kind == "truth":
        return each(values, truth_of)
    if kind == "date":
        if form is None:
            return values
        read = parse_dates(each(values, text_of), form).values
        return np.array([cell if np.isnat(day) else day.item() for cell, day in zip(values, read, strict=True)], dtype=object)
    return texts(values)
