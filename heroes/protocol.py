"""The trial's rules as named values, each with its source, or "not set".

`protocol.toml` beside this file describes HEROES; a `protocol.toml` in the data folder replaces it. A value that is
not set is None here, and whoever needs it says so on the screen.
"""

import hashlib
import json
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from heroes.errors import ProtocolError
from heroes.model.terms import Censoring, Estimand, Instrument, Response

NOT_SET = "not set"
DAYS_PER_MONTH = 30.4375
PACKAGED = Path(__file__).with_name("protocol.toml")


class Section(BaseModel):
    """A table of the protocol file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TrialSection(Section):
    """What the trial is called, where it is registered, under which STUDYID it is delivered."""

    name: str
    registry_id: str | None
    eu_ct_number: str | None
    sponsor_code: str | None
    title: str | None
    sponsor: str | None
    phase: str | None
    design: str | None
    study_ids: list[str]


class AccrualSection(Section):
    """Planned size and pace."""

    planned_inclusions: int | None = Field(gt=0)
    planned_screened: int | None = Field(gt=0)
    planned_sites: int | None = Field(gt=0)
    start: date | None
    end: date | None
    line_ge2_cap: float | None = Field(gt=0, le=1)
    never_included_after_days: int | None = Field(gt=0)
    ratio_amber: float | None = Field(gt=0)
    ratio_red: float | None = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self):
        if self.start and self.end and self.end <= self.start:
            raise ValueError("end must be after start")
        if self.ratio_red and self.ratio_amber and self.ratio_red > self.ratio_amber:
            raise ValueError("ratio_red must not exceed ratio_amber")
        return self


class EligibilitySection(Section):
    """What an included patient must be, as far as records show it; a criterion that is not set is not looked at."""

    ecog_max: int | None = Field(default=None, ge=0, le=4)
    months_on_anti_her2_min: float | None = Field(default=None, ge=0)
    responses: list[Response] | None = None


class ScheduleSection(Section):
    """Planned draws and scans, from inclusion."""

    ctdna_months: list[float] | None
    ctdna_window_days: int | None = Field(ge=0)
    post_restart_ctdna_months: float | None = Field(gt=0)
    post_restart_window_days: int | None = Field(ge=0)
    draws_continue_after_restart: bool
    imaging_interval_days: int | None = Field(gt=0)
    imaging_window_days: int | None = Field(ge=0)

    @model_validator(mode="after")
    def _ascending(self):
        months = self.ctdna_months or []
        if months != sorted(set(months)) or any(month <= 0 for month in months):
            raise ValueError("ctdna_months must be positive and ascending")
        return self


class CtdnaSection(Section):
    """The assay and its limits."""

    marker: str | None
    unit: str | None
    limit_of_detection: float | None = Field(gt=0)
    negative_floor: float | None = Field(gt=0)
    specificity: float | None = Field(gt=0, le=1)
    first_result_overdue_days: int | None = Field(gt=0)
    repeat_result_overdue_days: int | None = Field(gt=0)
    restart_within_days: int | None = Field(gt=0)


class EndpointSection(Section):
    """The primary endpoint and its conventions."""

    parameter: str
    population: Literal["included", "stopped"]
    origin: Literal["INCLUDED", "TX_STOP", "BASELINE_DRAW"]
    milestone_days: float = Field(gt=0)
    estimand: Estimand
    censoring: Censoring = Censoring.STUDY
    events: list[str]
    evaluator: str
    pd_confirmation: Literal["none", "equivocal_only", "second_scan"]
    aval_add_one: bool
    missed_assessments_flag: int | None = Field(gt=0)
    conf_level: float = Field(gt=0, lt=1)
    conf_type: Literal["plain", "log", "log-log", "logit", "arcsin", "rothman", "thomas-grunkemeier", "beta-product"]
    grey_below_drop: float | None = Field(gt=0, lt=1)
    grey_below_share: float | None = Field(ge=0, lt=1)
    missing_milestone_scan_amber: float | None = Field(ge=0, le=1)
    primary_when_closed: float | None = Field(default=None, gt=0, le=1)


def _check_looks(name: str, looks: list[int] | None) -> None:
    if looks is not None and (not looks or looks != sorted(set(looks)) or looks[0] < 1):
        raise ValueError(f'{name} must be numbers of patients, ascending, or "not set"')


class HypothesesSection(Section):
    """Design hypotheses; panels that need them stay off while they are not set."""

    p0: float | None = Field(gt=0, lt=1)
    p1: float | None = Field(gt=0, lt=1)
    alpha: float | None = Field(gt=0, lt=1)
    power: float | None = Field(gt=0, lt=1)
    interim_looks: list[int] | None

    @model_validator(mode="after")
    def _in_order(self):
        if self.p0 is not None and self.p1 is not None and self.p1 <= self.p0:
            raise ValueError("p1 must exceed p0")
        _check_looks("interim_looks", self.interim_looks)
        if self.alpha is not None and self.alpha >= 0.5:
            raise ValueError("alpha is one-sided and below 0.5")
        if self.power is not None and self.power <= (self.alpha or 0):
            raise ValueError("power must exceed alpha")
        return self


class InterimSection(Section):
    """What an interim read-out needs besides the hypotheses; each panel stays off while its values are not set."""

    prior: tuple[float, float] = (1.0, 1.0)
    ppos_futility: float | None = Field(default=None, ge=0, le=1)
    ppos_success: float | None = Field(default=None, ge=0, le=1)
    failure_limit: float | None = Field(default=None, gt=0, lt=1)
    failure_prior: tuple[float, float] | None = None
    failure_certainty: float | None = Field(default=None, gt=0, lt=1)
    failure_looks: list[int] | None = None

    @model_validator(mode="after")
    def _in_order(self):
        if not all(0.01 <= value <= 1000 for value in (*self.prior, *(self.failure_prior or ()))):
            raise ValueError("the two numbers of a beta prior lie between 0.01 and 1000")
        if None not in (self.ppos_futility, self.ppos_success) and self.ppos_futility >= self.ppos_success:
            raise ValueError("ppos_futility must be below ppos_success")
        _check_looks("failure_looks", self.failure_looks)
        return self


class SurveillanceSection(Section):
    """When an alert rings, besides the limits of the sections above; a limit that is not set rings never."""

    stop_within_days: int | None = Field(default=28, gt=0)
    decision_within_days: int | None = Field(default=28, gt=0)
    confirm_scan_within_days: int | None = Field(default=56, gt=0)
    no_news_weeks: int | None = Field(default=16, gt=0)
    not_evaluable_in_a_row: int | None = Field(default=2, gt=1)
    acknowledged_days: int | None = Field(default=28, gt=0)


class PrivacySection(Section):
    """Small cells, subject codes, and what has been opened."""

    small_cell: int = Field(ge=1)
    small_cell_public: int = Field(ge=1)
    smallest_stratum: int = Field(ge=1)
    subject_id_pattern: str | None
    open_safety: bool
    unlocked_by: str | None


class QualityOfLifeSection(Section):
    """Questionnaires of the trial, and what counts as a deterioration."""

    instruments: list[Instrument] | None
    deterioration_scale: Literal[
        "QL", "PF", "RF", "EF", "CF", "SF", "FA", "NV", "PA", "DY", "SL", "AP", "CO", "DI", "FI"
    ] = "QL"
    minimal_important_difference: float = Field(default=10, gt=0, le=100)
    death_is: Literal["event", "competing"] = "competing"


_OF_THIS_TRIAL_ALONE = {
    "accrual": ("planned_inclusions", "planned_screened", "planned_sites", "start", "end", "line_ge2_cap"),
    "eligibility": ("ecog_max", "months_on_anti_her2_min", "responses"),
    "schedule": ("ctdna_months", "ctdna_window_days", "post_restart_ctdna_months", "post_restart_window_days"),
    "hypotheses": ("p0", "p1", "alpha", "power", "interim_looks"),
    "interim": ("ppos_futility", "ppos_success", "failure_limit", "failure_prior", "failure_certainty", "failure_looks"),
}
"""What a protocol says of no other study than its own."""


class Protocol(Section):
    """The whole protocol. Attributes are plain values (None: not set); `source()` says where each is from."""

    trial: TrialSection
    accrual: AccrualSection
    eligibility: EligibilitySection = EligibilitySection()
    schedule: ScheduleSection
    ctdna: CtdnaSection
    endpoint: EndpointSection
    hypotheses: HypothesesSection
    interim: InterimSection = InterimSection()
    surveillance: SurveillanceSection = SurveillanceSection()
    privacy: PrivacySection
    quality_of_life: QualityOfLifeSection

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    def source(self, name: str) -> str:
        """Where a value is from, e.g. source("endpoint.origin"); a value that the file leaves out is this program's default."""
        return self._sources.get(name, "DEFAULT")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the values (not of their sources), for the manifest of a data cut."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def describes(self, study_id: str) -> bool:
        """Whether this is the protocol of that study. A simulated study ("…-SIM") counts as the one it imitates."""
        return study_id.removesuffix("-SIM") in self.trial.study_ids

    def applied_to(self, study_id: str) -> "Protocol":
        """The protocol as it may be used for a study: itself for its own, else without size, dates, schedule and hypotheses.

        The conventions of the endpoint stay: they are how this program derives a time to event, and are printed beside it.
        """
        if self.describes(study_id):
            return self
        values = self.model_dump()
        for section, names in _OF_THIS_TRIAL_ALONE.items():
            values[section] |= dict.fromkeys(names)
        other = Protocol.model_validate(values)
        other._sources.update(self._sources)
        return other

    @property
    def milestone_months(self) -> float:
        """The milestone in months of 30.4375 days: 365.25 days are 12."""
        return self.endpoint.milestone_days / DAYS_PER_MONTH


def _plain(value):
    return None if value == NOT_SET else value


def _split(document: dict, path: Path) -> tuple[dict, dict[str, str]]:
    """Values and sources of a parsed file; every entry must be { value, source }."""
    values, sources = {}, {}
    for section, entries in document.items():
        if not isinstance(entries, dict):
            raise ProtocolError(f'{path}: "{section}" stands outside a section. Put it under one of [trial], [accrual] ….')
        values[section] = {}
        for name, entry in entries.items():
            if not isinstance(entry, dict) or set(entry) != {"value", "source"}:
                raise ProtocolError(
                    f'{path}, [{section}] {name}: wanted {{ value = …, source = "…" }}. '
                    f'A value that is not known is value = "{NOT_SET}", with a source all the same.'
                )
            values[section][name] = _plain(entry["value"])
            sources[f"{section}.{name}"] = entry["source"]
    return values, sources


def read_protocol(path: Path = PACKAGED) -> Protocol:
    """The protocol file as a checked model.

    Raises ProtocolError naming file, section, entry, what was found wrong and what to do.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProtocolError(f"{path} does not exist. Name an existing protocol file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"{path} is not a TOML file in UTF-8: {error}. Nothing was read.") from None
    values, sources = _split(document, path)
    try:
        protocol = Protocol.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(f"[{part}]" if index == 0 else str(part) for index, part in enumerate(first["loc"]))
        more = f" ({error.error_count() - 1} more after this one.)" if error.error_count() > 1 else ""
        raise ProtocolError(f"{path}, {where}: {first['msg']}. Correct the entry; nothing else was changed.{more}") from None
    protocol._sources.update(sources)
    return protocol


def protocol_of(directory: Path) -> Protocol:
    """The protocol that holds for a data folder: its own protocol.toml, else the packaged one."""
    own = directory / "protocol.toml"
    return read_protocol(own if own.exists() else PACKAGED)
