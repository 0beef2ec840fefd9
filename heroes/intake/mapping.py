"""The mapping file: how a delivery's files and columns become our tables, in words that a data manager can write.

A mapping is TOML. Its parts, all of them optional:

    study_id, cut_off, simulated, encoding, date_format     facts of the delivery that its files do not carry
    files = ["inspire_*.csv"]; skip_files = [...]           which files of a folder belong to it
    [drop] dm = ["BRTHDTC"]                                 columns that are never read
    [standard] adsl = false                                 datasets that are not read the standard way
    [marker] name, unit, codes, calls, positive_above …     what the serial marker is and when it counts as positive
    [time] unit, origin, meaning                            a delivery of relative times: their unit and what day 0 is
    [site] id, label                                        the one site of a delivery without sites
    [links] later = "earlier"                               codes of patients who were screened again under another one
    [[table]] from, to, where, columns, unpivot …           one reading: rows of a dataset become rows of one table

Several [[table]]s may read one dataset (a file split into tables) and several may fill one table (sources merged). A
[[table]] replaces the standard reading of its dataset into the same table; standard readings of that dataset into
other tables stay in force unless [standard] switches the dataset off. The standard readings (`standard/*.toml`) are
written in this language too.
"""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from heroes.errors import MappingError
from heroes.intake.entries import complaint_of_column, complaint_of_format
from heroes.intake.kinds import ANSWER, MEASUREMENT, PASSING, target_columns
from heroes.intake.rules import ColumnRule, Condition, Part, Unit
from heroes.model.records import RECORDS
from heroes.model.terms import CtdnaCall

STANDARD_FOLDER = Path(__file__).with_name("standard")

RANKED = ("subject", "site", "screen_outcome", "lesion", "milestone", "specimen")
"""Tables of which several sources may say the same: `rank` says which is believed."""

FILLED = {"response": ("subject_id", "day", "evaluator", "criteria"), "lesion_measure": ("subject_id", "lesion_id", "day", "evaluator")}
"""Tables to whose rows a `fills` reading may add columns, with what makes a row the same; empty cells are alike."""


class RowSet(Part):
    """One set of rows that a reading makes: its columns, and which rows of the dataset give one."""

    columns: dict[str, ColumnRule]
    where: dict[str, Condition] = Field(default_factory=dict)


def _as_row_set(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {"columns": {name: rule for name, rule in value.items() if name != "where"}, "where": value.get("where", {})}


class TableRule(Part):
    """One reading: rows of a dataset become rows of one of our tables.

    from: dataset as a file or dataset name (or several names). to: our table.
    where: which rows. columns: our column → rule.
    unpivot: for wide files; each entry adds its own columns and makes one set of rows; a row whose own delivered cells
        are all empty is no row.
    optional: the dataset may be absent. optional_columns: delivered columns may be absent (they then count as empty).
    unless: not read where one of these datasets is delivered.
    rank: of several sources the lower is believed first. fallback: "patient": used for patients of whom no other
        source says it; "delivery": used only where no other source says it of anybody.
    fills: gives columns to rows that other readings make, never rows of its own. distinct: equal rows are one.
    note: said once if rows of this fallback reading are used.
    """

    from_: str | list[str] = Field(alias="from")
    to: str
    where: dict[str, Condition] = Field(default_factory=dict)
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    unpivot: list[Annotated[RowSet, BeforeValidator(_as_row_set)]] = Field(default_factory=list)
    optional: bool = False
    optional_columns: bool = False
    unless: list[str] = Field(default_factory=list)
    rank: int = 0
    fallback: Literal["patient", "delivery"] | None = None
    fills: bool = False
    distinct: bool = False
    note: str | None = None

    @model_validator(mode="after")
    def _known_names(self):
        if self.to not in RECORDS and self.to not in PASSING or self.to == "import_issue":
            tables = ", ".join([*(name for name in RECORDS if name != "import_issue"), MEASUREMENT, ANSWER])
            raise ValueError(f'to = "{self.to}" is no table; tables are {tables}')
        allowed = target_columns(self.to)
        for rows in (self.columns, *(rows.columns for rows in self.unpivot)):
            unknown = [name for name in rows if name not in allowed]
            if unknown:
                raise ValueError(f'{self.to} has no column "{unknown[0]}"; it has {", ".join(allowed)}')
        if not self.columns and not self.unpivot:
            raise ValueError("fills no columns; name them under columns or unpivot")
        return self

    @model_validator(mode="after")
    def _acting_entries(self):
        if self.fallback and self.to != "milestone":
            raise ValueError("names fallback, which acts on milestones only")
        if self.note is not None and not self.fallback:
            raise ValueError("names note without fallback; it is said where a fallback reading is used")
        if self.fills and self.to not in FILLED:
            raise ValueError(f"names fills, which acts on {' and '.join(FILLED)} only")
        if self.rank and self.to not in RANKED and not self.fills:
            raise ValueError(f"names rank, which acts on {', '.join(RANKED)} only")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.from_,) if isinstance(self.from_, str) else tuple(self.from_)

    @property
    def row_sets(self) -> list[RowSet]:
        """The sets of rows, each with all its columns; the reading's own `where` holds for all of them."""
        if not self.unpivot:
            return [RowSet(columns=self.columns)]
        return [RowSet(columns={**self.columns, **rows.columns}, where=rows.where) for rows in self.unpivot]

    @property
    def delivered(self) -> tuple[str, ...]:
        """Every delivered column that this reading names."""
        names: list[str] = list(self.where)
        for rows in self.row_sets:
            names += rows.where
            for rule in rows.columns.values():
                names += rule.delivered
        return tuple(dict.fromkeys(names))


class MarkerPart(Part):
    """The serial marker. codes: its test codes (LBTESTCD, GFTESTCD, PARAMCD). unit: of its quantity where none is delivered.

    calls: delivered words → POSITIVE, NEGATIVE, NOT_EVALUABLE, beside the usual ones.
    positive_at_or_above, positive_above: cut-point for the call where the laboratory gives only a quantity.
    """

    name: str = Field(min_length=1)
    unit: str | None = None
    codes: list[str] = Field(default_factory=list)
    calls: dict[str, Literal["POSITIVE", "NEGATIVE", "NOT_EVALUABLE"]] = Field(default_factory=dict)
    positive_at_or_above: float | None = Field(default=None, gt=0)
    positive_above: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _one_cut_point(self):
        if self.positive_above is not None and self.positive_at_or_above is not None:
            raise ValueError("names two cut-points; give positive_above or positive_at_or_above")
        return self

    @property
    def has_cut_point(self) -> bool:
        return self.positive_above is not None or self.positive_at_or_above is not None

    def call_of(self, quantity: float, qualifier: str | None = None) -> CtdnaCall | None:
        """The call by the cut-point; None where the quantity is only known to lie below (above) a limit and the cut-point
        is on that side too, so that nobody can tell. `<0.3` is NEGATIVE at a cut-point of 0.3 and unknown at one of 0.1.
        """
        inclusive = self.positive_at_or_above is not None
        cut_point = self.positive_at_or_above if inclusive else self.positive_above
        is_positive = quantity >= cut_point if inclusive else quantity > cut_point
        if qualifier in ("<", "≤"):
            # At the cut-point itself: "<" lies below it, "≤" may be it, which is positive where it counts as such.
            below = quantity < cut_point or (quantity == cut_point and (qualifier == "<" or not inclusive))
            return CtdnaCall.NEGATIVE if below else None
        if qualifier in (">", "≥"):
            return CtdnaCall.POSITIVE if is_positive or (quantity == cut_point and qualifier == ">") else None
        return CtdnaCall.POSITIVE if is_positive else CtdnaCall.NEGATIVE


class TimePart(Part):
    """Relative times. unit: where a rule names none. origin: the step that is day 0. meaning: what that is in this trial."""

    unit: Unit = "days"
    origin: Literal["INCLUDED", "CONSENT1"] = "INCLUDED"
    meaning: str | None = None


class SitePart(Part):
    """The one site of a delivery without sites."""

    id: str = Field(min_length=1)
    label: str | None = "site not delivered"


class Mapping(Part):
    """A whole mapping file. The module's first page says what each entry means."""

    study_id: str | None = None
    cut_off: date | None = None
    simulated: bool | None = None
    encoding: str | None = None
    date_format: str | None = None
    files: list[str] = Field(default_factory=list)
    skip_files: list[str] = Field(default_factory=list)
    drop: dict[str, list[str]] = Field(default_factory=dict)
    standard: dict[str, bool] = Field(default_factory=dict)
    marker: MarkerPart | None = None
    time: TimePart | None = None
    site: SitePart | None = None
    links: dict[str, str] = Field(default_factory=dict)
    table: list[TableRule] = Field(default_factory=list)

    @field_validator("date_format")
    @classmethod
    def _is_format(cls, form: str | None) -> str | None:
        complaint = complaint_of_format(form) if form is not None else None
        if complaint:
            raise ValueError(complaint)
        return form

    @model_validator(mode="after")
    def _acting_columns(self):
        for number, table in enumerate(self.table, start=1):
            for rows in table.row_sets:
                for name, rule in rows.columns.items():
                    complaint = complaint_of_column(table.to, name, rule, is_relative=self.time is not None)
                    if complaint:
                        raise ValueError(f"[[table]] {number}, columns, {name}: {complaint}")
        return self


def read_mapping(path: Path) -> Mapping:
    """A mapping file, checked as far as it can be without a delivery.

    Raises MappingError naming file, entry, what was found wrong and what to do.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MappingError(f"{path} does not exist. Name an existing mapping file. Nothing was imported.") from None
    except OSError as error:
        raise MappingError(f"{path} cannot be read: {error.strerror}. Nothing was imported.") from None
    except UnicodeDecodeError as error:
        raise MappingError(f"{path} is not a TOML file in UTF-8: {error}. Nothing was imported.") from None
    return parse_mapping(text, str(path))


def parse_mapping(text: str, name: str) -> Mapping:
    """A mapping file's text, checked as far as it can be without a delivery. name: what the file is called in a complaint.

    Raises MappingError naming file, entry, what was found wrong and what to do.
    """
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{name} is not a TOML file in UTF-8: {error}. Nothing was imported.") from None
    except ValidationError as error:
        raise MappingError(f"{name}, {_first_complaint(error)}") from None


def _first_complaint(error: ValidationError) -> str:
    """The first thing wrong, in words, and how many more there are."""
    first = error.errors(include_url=False, include_input=False)[0]
    more = f" ({error.error_count() - 1} more after this one.)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        what = "this entry is not known. Check its spelling against the mapping language, or take it out"
    else:
        what = first["msg"].removeprefix("Value error, ")
    place = f"{_place(first['loc'])}: " if first["loc"] else ""
    return f"{place}{what}. Correct the entry; nothing was imported.{more}"


def _place(location: tuple[int | str, ...]) -> str:
    """`[[table]] 2, columns, day` for ("table", 1, "columns", "day"); parts count from 1 as a reader counts."""
    words: list[str] = []
    for part in location:
        if isinstance(part, int) and words:
            words[-1] = f"[[{words[-1]}]] {part + 1}" if len(words) == 1 else f"{words[-1]} {part + 1}"
        else:
            words.append(str(part))
    return ", ".join(words) or "the file"


@lru_cache(maxsize=1)
def standard_rules() -> tuple[TableRule, ...]:
    """The standard readings of SDTM and ADaM datasets, in the order in which they are written."""
    rules: list[TableRule] = []
    for path in sorted(STANDARD_FOLDER.glob("*.toml")):
        rules += read_mapping(path).table
    return tuple(rules)


def is_standard(rule: TableRule) -> bool:
    """Is this one of the standard readings?"""
    return any(rule is other for other in standard_rules())
