"""The simulated trial: every version of every record, asked for as of any date."""

import csv
import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from heroes.errors import MisuseError
from heroes.model.records import RECORDS
from heroes.simulate import world
from heroes.simulate.amendments import Amendment
from heroes.simulate.chance import stream
from heroes.simulate.conduct import conduct_of_sites
from heroes.simulate.data_entry import enter_site_queries
from heroes.simulate.delivered import FROZEN_BEFORE, WRONG, deliver_times, plant_wrong_times
from heroes.simulate.ledger import AMENDED_AT, KNOWN_FROM, Ledger, house_columns, house_name
from heroes.simulate.moves import link_screenings, move_patients
from heroes.simulate.overdue import plant_overdue
from heroes.simulate.patients import Patient, invite
from heroes.simulate.planted import Planted, plant
from heroes.simulate.records import enter_patient, enter_trial
from heroes.simulate.sites import open_sites

DEFAULT_SEED = 2312
WEEK = timedelta(days=7)
AFTER_LAST_INCLUSION = timedelta(weeks=8)
NEVER = date.max.toordinal()
TRUTH_COLUMNS = ("rule", "subject_id", "site_id", "table", "known_from", "corrected_on", "what")
AMENDMENT_COLUMNS = ("kind", "subject_id", "table", "known_from", "what")


@dataclass(frozen=True)
class SimulatedTrial:
    """A trial with all that will ever be recorded of it.

    history: table → frame in the house layout with known_from and amended_at (None: never amended), sorted by key.
    truth: the planted violations: rule, subject_id (None: of a site), site_id, table, known_from, corrected_on (None:
        never), what. A violation is in every cut with known_from <= cut-off < corrected_on. A trial has delays of its
        own beside those planted by `overdue`; of every other rule it has the planted ones only.
    amendments: corrections of errors in the records: kind, subject_id, table, known_from, what.
    cut_offs: weekly, oldest first; the newest is 8 weeks after the last inclusion.
    """

    seed: int
    history: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    amendments: pd.DataFrame
    cut_offs: tuple[date, ...]
    study_id: str = world.STUDY_ID
    simulated: bool = True
    _known: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    @property
    def newest(self) -> date:
        return self.cut_offs[-1]

    def tables_at(self, cut_off: date) -> dict[str, pd.DataFrame]:
        """The tables as known at the end of that day, as house-layout frames with dates; tables without rows are absent.

        Cells are str, int, float, bool, date or None. `tte` is what the data manager worked out a week before.
        """
        tables = self._records_at(cut_off)
        freeze = self._records_at(cut_off - timedelta(days=FROZEN_BEFORE), ("milestone", "response"))
        if "milestone" in freeze:
            wrong = {
                row.subject_id: row.rule
                for row in self.truth.itertuples()
                if row.rule in WRONG and row.known_from <= cut_off
            }
            times = deliver_times(freeze, wrong)
            if len(times):
                tables["tte"] = times
        return tables

    def _records_at(self, day: date, tables: tuple[str, ...] | None = None) -> dict[str, pd.DataFrame]:
        found, ordinal = {}, day.toordinal()
        for table in tables or self.history:
            known, amended = self._known[table]
            rows = np.flatnonzero((known <= ordinal) & (ordinal < amended))
            if len(rows):
                found[table] = self.history[table][house_columns(table)].take(rows).reset_index(drop=True)
        return found


def simulate_trial(*, subjects: int = 170, sites: int = 35, seed: int = DEFAULT_SEED, cuts: int = 60) -> SimulatedTrial:
    """A trial of `subjects` inclusions at `sites` sites; the same numbers for the same arguments, always and everywhere.

    cuts: how many weekly cut-offs to list; fewer where the trial is not that old. The histories do not depend on it.
    Raises MisuseError for fewer than one subject, site or cut, or a negative seed.
    """
    for name, number in (("subjects", subjects), ("sites", sites), ("cuts", cuts)):
        if number < 1:
            raise MisuseError(f"A simulated trial needs at least 1 of {name}; {number} was asked for.")
    hospitals = open_sites(seed, sites, subjects)
    patients = invite(seed, hospitals, subjects)
    newest = max(patient.screening.included or 0 for patient in patients) + AFTER_LAST_INCLUSION.days
    conduct, standing_out = conduct_of_sites(seed, patients)
    ledger, amendments = Ledger(), []
    link_screenings(ledger, patients)
    enter_trial(ledger, hospitals)
    for patient in patients:
        amendments += enter_patient(ledger, seed, patient, conduct[patient.site.site_id])
    enter_site_queries(ledger, seed, [hospital.site_id for hospital in hospitals], newest - 200)
    planted = plant(ledger, patients, stream(seed, "planted"), newest)
    spoilt = {error.subject_id for error in planted}
    planted += plant_wrong_times(ledger, patients, spoilt, stream(seed, "wrong times"), newest)
    spoilt |= {error.subject_id for error in planted}
    planted += plant_overdue(ledger, patients, spoilt, stream(seed, "overdue"), newest)
    planted += standing_out
    move_patients(ledger, patients, hospitals, stream(seed, "moves"), newest)

    history = {table: _in_key_order(table, frame) for table, frame in ledger.frames().items()}
    first = min(history["subject"][KNOWN_FROM])
    cut_offs = [date.fromordinal(newest) - week * WEEK for week in range(cuts)]
    return SimulatedTrial(
        seed=seed,
        history=history,
        truth=_dated(_with_sites(planted, patients), TRUTH_COLUMNS),
        amendments=_dated(amendments, AMENDMENT_COLUMNS),
        cut_offs=tuple(day for day in reversed(cut_offs) if day >= first),
        _known={table: _known_between(frame) for table, frame in history.items()},
    )


def write_truth(trial: SimulatedTrial, path: Path) -> None:
    """The planted violations as a file: JSON where the name ends in .json, else CSV. Dates are ISO, no date is empty."""
    rows = [
        {name: cell.isoformat() if isinstance(cell, date) else cell for name, cell in row.items()}
        for row in trial.truth.to_dict("records")
    ]
    if path.suffix == ".json":
        path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, TRUTH_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _in_key_order(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    key = [house_name(table, name) for name in RECORDS[table].key]
    return frame.sort_values([*key, KNOWN_FROM], kind="stable").reset_index(drop=True)


def _known_between(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    known = np.array([day.toordinal() for day in frame[KNOWN_FROM]])
    amended = np.array([NEVER if day is None else day.toordinal() for day in frame[AMENDED_AT]])
    return known, amended


def _with_sites(planted: list[Planted], patients: list[Patient]) -> list[Planted]:
    site_of = {patient.subject_id: patient.site.site_id for patient in patients}
    return [replace(error, site_id=error.site_id or site_of[error.subject_id]) for error in planted]


def _dated(lines: list[Planted] | list[Amendment], columns: tuple[str, ...]) -> pd.DataFrame:
    rows = [
        [date.fromordinal(cell) if isinstance(cell, int) else cell for cell in (getattr(line, name) for name in columns)]
        for line in lines
    ]
    return pd.DataFrame(rows, columns=list(columns), dtype=object).sort_values(
        ["known_from", "subject_id"], kind="stable"
    ).reset_index(drop=True)
