"""The smallest entries of a mapping file: a condition on rows, and how one of our columns is filled."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from heroes.intake.entries import complaint_of_pattern, complaint_of_sources

Scalar = bool | int | float | str | date
Unit = Literal["days", "weeks", "months", "years"]


class Part(BaseModel):
    """A part of a mapping file: an entry that is not known is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _as_condition(value: Any) -> Any:
    if isinstance(value, list):
        return {"is": value}
    return {"is": [value]} if isinstance(value, Scalar) else value


class ConditionEntries(Part):
    """Which rows are meant, by one column. All the entries given must hold.

    is / not: one of these values / none of them (text, upper and lower case alike). present: the cell holds something.
    matches / unlike: a regular expression found / not found in the text. above, at_least, below, at_most: numbers; an empty cell holds none.
    """

    is_: list[Scalar] | None = Field(default=None, alias="is")
    not_: list[Scalar] | None = Field(default=None, alias="not")
    present: bool | None = None
    matches: str | None = None
    unlike: str | None = None
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    @field_validator("matches", "unlike")
    @classmethod
    def _is_pattern(cls, pattern: str | None) -> str | None:
        complaint = complaint_of_pattern(pattern) if pattern is not None else None
        if complaint:
            raise ValueError(complaint)
        return pattern


Condition = Annotated[ConditionEntries, BeforeValidator(_as_condition)]


def _as_rule(value: Any) -> Any:
    return {"column": value} if isinstance(value, str | list) else value


class ColumnEntries(Part):
    """How one of our columns is filled. A bare text is the name of a delivered column.

    column: delivered column, or several: the first that is not empty (with codes: the first that codes know).
    constant: the same value in every row. join: several columns as one text, empty ones left out, by separator.
    either: several rules; the first that gives a value.
    codes: delivered code → ours (upper and lower case alike). others: what to do with a code that is not listed:
        "error" (default), "keep" it, take it as "missing", "skip" the row. otherwise: one value for all of these.
    default: value of an empty cell.
    plus, minus: delivered columns added or subtracted; scale, offset: then multiplied and added; round: to a whole number.
    decimal: "," where numbers are written 1,5.
    For a time: format of a written date (strptime; "sas" or "excel" for day numbers), or unit of a relative time;
    study_day: CDISC study day to use where there is no date.
    """

    column: str | list[str] | None = None
    constant: Scalar | None = None
    join: list[str] | None = None
    separator: str = "-"
    either: "list[ColumnRule] | None" = None
    codes: dict[str, Scalar] | None = None
    others: Literal["error", "keep", "missing", "skip"] = "error"
    otherwise: Scalar | None = None
    default: Scalar | None = None
    plus: str | None = None
    minus: str | None = None
    scale: float | None = None
    offset: float | None = None
    round: Literal["down", "nearest", "up"] | None = None
    decimal: Literal[".", ","] = "."
    format: str | None = None
    unit: Unit | None = None
    study_day: str | None = None

    @model_validator(mode="after")
    def _one_source(self):
        sources = [name for name in ("column", "constant", "join", "either") if getattr(self, name) is not None]
        if len(sources) > 1:
            raise ValueError(f"names {' and '.join(sources)}; a column has one of column, constant, join, either")
        if not sources and self.study_day is None:
            raise ValueError("names no source; give one of column, constant, join, either")
        if self.format and self.unit:
            raise ValueError("names format and unit; a time is either a written date or relative")
        if self.codes is None and (self.otherwise is not None or self.others != "error"):
            raise ValueError("names others or otherwise without codes")
        complaint = complaint_of_sources(self)
        if complaint:
            raise ValueError(complaint)
        return self

    @property
    def delivered(self) -> tuple[str, ...]:
        """Every delivered column that this rule reads."""
        names = [self.column] if isinstance(self.column, str) else list(self.column or ())
        names += list(self.join or ()) + [name for name in (self.plus, self.minus, self.study_day) if name]
        for rule in self.either or ():
            names += rule.delivered
        return tuple(dict.fromkeys(names))


ColumnRule = Annotated[ColumnEntries, BeforeValidator(_as_rule)]
ColumnEntries.model_rebuild()
