"""Column rules over the rows of a dataset: delivered cells become values of ours, or times."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from heroes.intake.mapping import Mapping
from heroes.intake.parsing import Limited, cells, different, each, lacking, limited, number_of, parse_dates, text_of, whole_days
from heroes.intake.rules import ColumnEntries

NO_DATE = np.datetime64("NaT", "D")

SKIP = object()
"""The value of a row that is not wanted."""


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


class Reader:
    """Evaluates column rules over the rows of one set. Complaints wait until it is known which rows are kept."""

    def __init__(
        self, frame: pd.DataFrame, numbers: np.ndarray, mapping: Mapping, trouble: Trouble, subjects: np.ndarray | None, *,
        may_be_limited: bool = False,
    ):  # fmt: skip
        """may_be_limited: cells like `<0.3` are quantities, whose sign is kept."""
        self.may_be_limited = may_be_limited
        self.frame, self.numbers, self.mapping, self.trouble, self.subjects = frame, numbers, mapping, trouble, subjects
        self.complaints: list[tuple[str, str, np.ndarray]] = []
        self.partials: list[tuple[str, np.ndarray]] = []
        self.current = ""
        self.skips = False

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
        column = cells(self.frame[name])
        _, distinct = different(column)
        if not self.may_be_limited and set(map(type, distinct)) <= {str} and "" not in distinct and not any(map(str.isspace, distinct)):
            return column
        read = limited if self.may_be_limited else lambda cell: cell
        return each(column, lambda cell: None if isinstance(cell, str) and not cell.strip() else read(cell))

    def values(self, rule: ColumnEntries) -> np.ndarray:
        """The values of any column that is no time; SKIP where the row is not wanted."""
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
        filled = np.logical_or.reduce([~pd.isna(column) for column in columns])
        strange = filled & pd.isna(known)
        if strange.any():
            if rule.otherwise is not None:
                known[strange] = rule.otherwise
            elif rule.others == "keep":
                known[strange] = self._first(columns)[strange]
            elif rule.others == "skip":
                known[strange], self.skips = SKIP, True
            elif rule.others == "error":
                self.bad("unknown_code", strange)
        if rule.others == "skip" and rule.default is None:
            known[~filled], self.skips = SKIP, True
        return known

    def _reckoned(self, values: np.ndarray, rule: ColumnEntries) -> np.ndarray:
        """Arithmetic, where the rule asks for any; an empty part makes an empty sum."""
        asked = (rule.plus, rule.minus, rule.scale, rule.offset, rule.round)
        if all(part is None for part in asked) and rule.decimal == ".":
            return values
        numbers = each(values, lambda cell: number_of(cell, rule.decimal))
        self.bad("not_a_number", lacking(numbers, values))
        total = numbers.astype(float)
        for name, sign in ((rule.plus, 1), (rule.minus, -1)):
            if name:
                self.current, delivered = name, self.delivered(name)
                other = each(delivered, lambda cell: number_of(cell, rule.decimal))
                self.bad("not_a_number", lacking(other, delivered))
                total = total + sign * other.astype(float)
        total = total * (1.0 if rule.scale is None else rule.scale) + (rule.offset or 0.0)
        if rule.round:
            total = {"down": np.floor, "up": np.ceil, "nearest": lambda x: np.floor(x + 0.5)}[rule.round](total)
        reckoned = each(cells(total), number_of)
        for index in np.flatnonzero([isinstance(value, Limited) for value in values]):
            if reckoned[index] is not None:
                reckoned[index] = Limited(values[index].sign, reckoned[index])
        return reckoned

    def time(self, rule: ColumnEntries) -> "Times":
        """One time column: relative days, dates, CDISC study days, and which cells hold a partial date."""
        n = len(self.frame)
        times = Times(np.full(n, np.nan), np.full(n, NO_DATE), np.full(n, np.nan), np.zeros(n, dtype=bool))
        if rule.either is not None:
            for inner in rule.either:
                times = times.filled_from(self.time(inner))
        elif self._is_relative(rule):
            numbers = self._numbers(rule).astype(float)
            times.days = whole_days(numbers, rule.unit or (self.mapping.time.unit if self.mapping.time else "days"))
        elif rule.column is not None or rule.constant is not None:
            times.dates, times.partial = self._dates(rule)
        if rule.study_day:
            study = each(self.delivered(rule.study_day), number_of).astype(float)
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
        self.bad("not_a_number", lacking(numbers, values))
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
            values[pd.isna(values)] = rule.default
        return values

    def _all(self, value) -> np.ndarray:
        result = np.empty(len(self.frame), dtype=object)
        result.fill(value)
        return result

    @staticmethod
    def _first(columns: list[np.ndarray]) -> np.ndarray:
        """The first value that is there, row by row; a row is not wanted where no column has a value and one skips it."""
        result = columns[0].copy()
        for column in columns[1:]:
            open_ = [value is None or value is SKIP and other is not None for value, other in zip(result, column, strict=True)]
            result[np.array(open_, dtype=bool)] = column[np.array(open_, dtype=bool)]
        return result


def _joined(parts: tuple, separator: str) -> str | None:
    return separator.join(part for part in parts if part) or None
