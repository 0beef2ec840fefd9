"""One reading carried out: rows of a dataset become rows of one of our tables, each remembering its file and row.

A staged row has the columns of its table, but a time is still one of three things: `<column>` in days from the
delivery's own day 0, `<column>@date`, or `<column>@study` in days from the patient's CDISC reference date. `origins`
makes one day of them. Columns that start with `_` say where a row is from.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from heroes.intake.conditions import rows_meant
from heroes.intake.files.dataset import Dataset
from heroes.intake.findings import Finding, name_rows
from heroes.intake.layout import PRINCIPAL_TIME, column_kinds
from heroes.intake.mapping import ColumnEntries, Mapping, RowSet, TableRule
from heroes.intake.parsing import cells, each, is_empty, number_of, parse_dates, text_of, truth_of, whole_days
from heroes.model.terms import Severity

PROVENANCE = ("_file", "_row", "_rule", "_rank")
NO_DATE = np.datetime64("NaT", "D")
OPEN_TIMES = ("treatment", "tte")
"""Tables whose rows mean something without their principal time: a therapy that began before the records."""

_SKIP = object()


@dataclass
class Times:
    """A column of times. days: from the delivery's own day 0; study: from the reference date, which is 0 here."""

    days: np.ndarray
    dates: np.ndarray
    study: np.ndarray
    partial: np.ndarray

    @property
    def empty(self) -> np.ndarray:
        return np.isnan(self.days) & np.isnat(self.dates) & np.isnan(self.study)

    def filled_from(self, other: "Times") -> "Times":
        """These times, with the other's where these are empty."""
        empty = self.empty
        return Times(
            np.where(empty, other.days, self.days),
            np.where(empty, other.dates, self.dates),
            np.where(empty, other.study, self.study),
            self.partial | other.partial,
        )


@dataclass
class Trouble:
    """What one reading finds out about the cells of a dataset, gathered by column before it becomes findings."""

    rows: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    partial: list[tuple[str, str | None, int]] = field(default_factory=list)

    def add(self, rule: str, column: str, rows: np.ndarray) -> None:
        if len(rows):
            self.rows.setdefault((rule, column), []).extend(int(row) for row in rows)


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
        text = message.format(n=n).replace("1 cells hold", "1 cell holds").replace("1 dates are", "1 date is")
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
    frame, numbers = dataset.frame[meant], dataset.rows[meant]
    kinds = column_kinds(rule.to)
    keep = np.ones(len(frame), dtype=bool)
    if rule.unpivot:
        keep &= _any_delivered(frame, rows, rule)
        if not keep.all():
            frame, numbers = frame[keep], numbers[keep]
            keep = np.ones(len(frame), dtype=bool)
    staged: dict[str, np.ndarray] = {"_row": numbers}
    subjects = _subjects(rows, frame)
    for name in sorted(rows.columns, key=lambda name: kinds[name].kind != "time"):
        reader = _Reader(frame, numbers, mapping, trouble, subjects)
        if kinds[name].kind == "time":
            times = reader.time(rows.columns[name])
            staged[name], staged[f"{name}@date"], staged[f"{name}@study"] = times.days, times.dates, times.study
            if PRINCIPAL_TIME.get(rule.to) == name and rule.to not in OPEN_TIMES:
                keep &= ~times.partial
        else:
            values = reader.values(rows.columns[name])
            skipped = np.array([value is _SKIP for value in values], dtype=bool)
            keep &= ~skipped
            values[skipped] = None
            staged[name] = _typed(values, kinds[name].kind, reader)
        reader.report(keep, rule.to, name)
    result = pd.DataFrame({name: _column(values) for name, values in staged.items()})
    return result[keep].reset_index(drop=True)


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
    return each(cells(frame[entry.column]), text_of)


def _typed(values: np.ndarray, kind: str, reader: "_Reader") -> np.ndarray:
    if kind in ("whole", "decimal"):
        numbers = each(values, number_of)
        reader.bad("not_a_number", [n is None and v is not None for n, v in zip(numbers, values, strict=True)])
        return numbers
    if kind == "truth":
        return each(values, truth_of)
    if kind == "date":
        return values
    return each(values, text_of)


class _Reader:
    """Evaluates column rules over the rows of one set. Complaints wait until it is known which rows are kept."""

    def __init__(self, frame: pd.DataFrame, numbers: np.ndarray, mapping: Mapping, trouble: Trouble, subjects: np.ndarray | None):
        self.frame, self.numbers, self.mapping, self.trouble, self.subjects = frame, numbers, mapping, trouble, subjects
        self.complaints: list[tuple[str, str, np.ndarray]] = []
        self.partials: list[tuple[str, np.ndarray]] = []
        self.current = ""

    def bad(self, rule: str, mask) -> None:
        mask = np.asarray(mask, dtype=bool)
        if mask.any():
            self.complaints.append((rule, self.current, mask))

    def report(self, keep: np.ndarray, table: str, column: str) -> None:
        """Complaints about rows that are kept; partial dates also about rows left out because of them."""
        for rule, source, mask in self.complaints:
            self.trouble.add(rule, source or column, self.numbers[mask & keep])
        for source, mask in self.partials:
            for index in np.flatnonzero(mask):
                subject = None if self.subjects is None else self.subjects[index]
                self.trouble.partial.append((source or column, subject, int(self.numbers[index])))

    def delivered(self, name: str) -> np.ndarray:
        if name not in self.frame:
            return np.full(len(self.frame), None, dtype=object)
        return each(cells(self.frame[name]), lambda cell: None if isinstance(cell, str) and not cell.strip() else cell)

    def values(self, rule: ColumnEntries) -> np.ndarray:
        """The values of any column that is no time; _SKIP where the row is not wanted."""
        if rule.either is not None:
            return self._filled(self._first([self.values(inner) for inner in rule.either]), rule)
        if rule.constant is not None:
            return self._all(rule.constant)
        if rule.join is not None:
            parts = [each(self.delivered(name), text_of) for name in rule.join]
            values = np.array([_joined(row, rule.separator) for row in zip(*parts, strict=True)], dtype=object)
        else:
            values = self._column(rule)
        return self._filled(self._reckoned(values, rule), rule)

    def _column(self, rule: ColumnEntries) -> np.ndarray:
        names = [rule.column] if isinstance(rule.column, str) else list(rule.column or ())
        self.current = " / ".join(name for name in names if name in self.frame) or (names[0] if names else "")
        if rule.codes is None:
            return self._first([self.delivered(name) for name in names])
        codes = {text_of(code).casefold(): ours for code, ours in rule.codes.items()}
        columns = [self.delivered(name) for name in names]
        known = self._first([each(column, lambda cell: codes.get(text_of(cell).casefold())) for column in columns])
        filled = np.logical_or.reduce([[cell is not None for cell in column] for column in columns])
        strange = filled & np.array([cell is None for cell in known], dtype=bool)
        if strange.any():
            if rule.otherwise is not None:
                known[strange] = rule.otherwise
            elif rule.others == "keep":
                known[strange] = self._first(columns)[strange]
            elif rule.others == "skip":
                known[strange] = _SKIP
            elif rule.others == "error":
                self.bad("unknown_code", strange)
        if rule.others == "skip" and rule.default is None:
            known[~filled] = _SKIP
        return known

    def _reckoned(self, values: np.ndarray, rule: ColumnEntries) -> np.ndarray:
        """Arithmetic, where the rule asks for any; an empty part makes an empty sum."""
        asked = (rule.plus, rule.minus, rule.scale, rule.offset, rule.round)
        if all(part is None for part in asked) and rule.decimal == ".":
            return values
        numbers = each(values, lambda cell: number_of(cell, rule.decimal))
        self.bad("not_a_number", [n is None and v is not None for n, v in zip(numbers, values, strict=True)])
        total = np.array([np.nan if n is None else n for n in numbers], dtype=float)
        for name, sign in ((rule.plus, 1), (rule.minus, -1)):
            if name:
                other = each(self.delivered(name), lambda cell: number_of(cell, rule.decimal))
                total = total + sign * np.array([np.nan if n is None else n for n in other], dtype=float)
        total = total * (1.0 if rule.scale is None else rule.scale) + (rule.offset or 0.0)
        if rule.round:
            total = {"down": np.floor, "up": np.ceil, "nearest": lambda x: np.floor(x + 0.5)}[rule.round](total)
        return each(cells(total), number_of)

    def time(self, rule: ColumnEntries) -> "Times":
        """One time column: relative days, dates, CDISC study days, and which cells hold a partial date."""
        n = len(self.frame)
        times = Times(np.full(n, np.nan), np.full(n, NO_DATE), np.full(n, np.nan), np.zeros(n, dtype=bool))
        if rule.either is not None:
            for inner in rule.either:
                times = times.filled_from(self.time(inner))
        elif self._is_relative(rule):
            numbers = np.array([np.nan if n is None else n for n in self._numbers(rule)], dtype=float)
            times.days = whole_days(numbers, rule.unit or (self.mapping.time.unit if self.mapping.time else "days"))
        elif rule.column is not None or rule.constant is not None:
            times.dates, times.partial = self._dates(rule)
        if rule.study_day:
            counted = [np.nan if n is None else n for n in each(self.delivered(rule.study_day), number_of)]
            study = np.array(counted, dtype=float)
            # CDISC's study day has no day 0: day 1 is the reference day itself, day -1 the day before it.
            study = np.where(study > 0, study - 1, study)
            times.study = np.where(times.empty & ~times.partial, study, np.nan)
        return times

    def _is_relative(self, rule: ColumnEntries) -> bool:
        if rule.unit:
            return True
        if isinstance(rule.constant, int | float) and not isinstance(rule.constant, bool):
            return True
        return self.mapping.time is not None and rule.format is None and rule.constant is None and rule.column is not None

    def _numbers(self, rule: ColumnEntries) -> np.ndarray:
        values = self.values(rule)
        numbers = each(values, lambda cell: number_of(cell, rule.decimal))
        self.bad("not_a_number", [n is None and v is not None for n, v in zip(numbers, values, strict=True)])
        return numbers

    def _dates(self, rule: ColumnEntries) -> tuple[np.ndarray, np.ndarray]:
        """The first delivered date of each row. A partial date counts only where no column has a full one."""
        form = rule.format or self.mapping.date_format
        names = [rule.column] if isinstance(rule.column, str) else list(rule.column or ())
        columns = [(name, self.delivered(name)) for name in names if name in self.frame]
        if rule.constant is not None:
            columns = [("", self._all(rule.constant))]
        dates, partial = np.full(len(self.frame), NO_DATE), np.zeros(len(self.frame), dtype=bool)
        for name, column in columns:
            self.current = name
            read = parse_dates(column, form)
            self.bad("not_a_date", read.unreadable)
            self.bad("day_numbers", read.counted)
            dates = np.where(np.isnat(dates), read.values, dates)
            partial |= read.partial
        partial &= np.isnat(dates)
        if partial.any():
            self.partials.append((self.current, partial))
        return dates, partial

    def _filled(self, values: np.ndarray, rule: ColumnEntries) -> np.ndarray:
        if rule.default is not None:
            values[[value is None for value in values]] = rule.default
        return values

    def _all(self, value) -> np.ndarray:
        result = np.empty(len(self.frame), dtype=object)
        result.fill(value)
        return result

    @staticmethod
    def _first(columns: list[np.ndarray]) -> np.ndarray:
        """The first value that is there, row by row."""
        result = columns[0].copy()
        for column in columns[1:]:
            empty = np.array([value is None for value in result], dtype=bool)
            result[empty] = column[empty]
        return result


def _joined(parts: tuple, separator: str) -> str | None:
    return separator.join(part for part in parts if part) or None
