"""From staged rows to the tables of a cut: sources merged, dates counted as days, gaps said, everything checked."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from heroes.intake.checks import check_keys, check_records
from heroes.intake.compared import compare_with_previous
from heroes.intake.completing import (
    as_record_columns, complete_events, complete_responses, complete_subjects, complete_times, complete_treatments, finished,
    first_assessed, number_rows, screen_outcomes, sites_of,
)  # fmt: skip
from heroes.intake.consistency import check_consistency
from heroes.intake.delivered import Facts, Reading
from heroes.intake.findings import Finding, is_refused
from heroes.intake.kinds import ANSWER, LABORATORY, MEASUREMENT, column_kinds, times_of
from heroes.intake.laboratory import chain_versions, read_laboratory
from heroes.intake.layout import PRINCIPAL_TIME
from heroes.intake.listing import NOTHING_IMPORTED, counted, per_patient
from heroes.intake.mapping import FILLED, Mapping, MarkerPart, TimePart, is_standard
from heroes.intake.marker import complete_results, marker_of, name_results, results_of
from heroes.intake.merging import MERGED, fill_rows, merge_milestones, merge_sources
from heroes.intake.moves import check_links, check_persons, check_sites, current_sites, follow_moves
from heroes.intake.origins import (
    Origins, count_days, find_origins, kind_of, latest_date, leave_out_later, resolve_study_days,
)  # fmt: skip
from heroes.intake.overlay import PreviousCut, earlier_origins, keep_earlier_results, lay_over
from heroes.intake.parsing import parse_dates
from heroes.intake.questionnaires import read_answers
from heroes.intake.readings import stage
from heroes.intake.schedule import complete_plan, planned_visits
from heroes.model.records import CLINICAL_TABLES
from heroes.model.terms import MilestoneKind, Severity
from heroes.protocol import Protocol

Tables = dict[str, pd.DataFrame]
_STAGED_FIRST = ("subject", MEASUREMENT)


@dataclass
class Preparation:
    """One delivery on its way through. findings grow; tables change hands in the order of `prepare`."""

    readings: list[Reading]
    mapping: Mapping
    facts: Facts
    protocol: Protocol
    study_id: str
    cut_off: date | None
    previous: PreviousCut | None
    findings: list[Finding] = field(default_factory=list)
    is_partial: bool = False

    def prepare(self) -> tuple[Tables, date | None]:
        """Checked tables and the cut-off date. Whether they may be published the findings say."""
        staged, fills = self._stage()
        for table in MERGED:
            if table in staged:
                staged[table], found = merge_sources(table, staged[table])
                self.findings += found
        self.findings += resolve_study_days(staged, fills)
        for table, parts in fills.items():
            staged[table], found = fill_rows(staged.get(table, pd.DataFrame()), parts, FILLED[table], table)
            self.findings += found
            if staged[table].empty:
                del staged[table]
        self._results(staged)
        self._answers(staged)
        if "milestone" in staged:
            staged["milestone"], found = merge_milestones(staged["milestone"], [reading.rule for reading in self.readings])
            self.findings += found
        if self.mapping.links:
            pairs = pd.DataFrame(list(self.mapping.links.items()), columns=["subject_id", "earlier_subject_id"], dtype=object)
            _add(staged, "subject_link", pairs)
            staged["subject_link"] = staged["subject_link"].drop_duplicates(["subject_id", "earlier_subject_id"], ignore_index=True)
        partial = self.is_partial = not any(reading.rule.to == "subject" for reading in self.readings)
        if not partial and "subject" not in staged:
            staged["subject"] = pd.DataFrame({"subject_id": [], "site_id": []}, dtype=object)
            self.findings.append(
                Finding(Severity.NOTE, "no_patient_listed", "The delivery lists no patient: the cut will be empty of them.",
                        "Check the patients' dataset and the row filters of the mapping file.", table="subject")
            )  # fmt: skip
        cut_off = self._cut_off(staged, partial=partial)
        if cut_off is None or (partial and not self._may_be_laid_over(cut_off)):
            return {}, cut_off
        self.findings += leave_out_later(staged, cut_off)
        numbered = frozenset(table for table, frame in staged.items() if "seq" in frame and table != "milestone" and frame["seq"].notna().all())
        origins = self._origins(staged, cut_off, partial=partial)
        self.findings += count_days(staged, origins)
        tables = self._complete(staged)
        if partial:
            tables, found = lay_over(self.previous, tables, cut_off, numbered)
            self.findings += found
            tables = current_sites(tables)
        else:
            self._whole(tables, origins, cut_off)
            if self.previous is not None:
                self.findings += follow_moves(tables, self.previous, cut_off)
                self.findings += keep_earlier_results(tables, self.previous, cut_off)
        return self._checked(tables, cut_off), cut_off

    def _stage(self) -> tuple[Tables, Tables]:
        rows: dict[str, list[pd.DataFrame]] = {}
        parts: dict[str, list[pd.DataFrame]] = {}
        for place, reading in enumerate(self.readings):
            frame, found = stage(reading.rule, reading.dataset, self.mapping, reading.order)
            self.readings[place] = reading.carried_out()
            self.findings += found
            if len(frame):
                (parts if reading.rule.fills else rows).setdefault(reading.rule.to, []).append(frame)
        return _stacked(rows), _stacked(parts)

    def _results(self, staged: Tables) -> None:
        """Laboratory measurements become results of the marker, and every result gets what the mapping adds."""
        mapped = self.mapping.marker
        if mapped is None and self.facts.marker:
            mapped = MarkerPart(name=self.facts.marker, unit=self.facts.marker_unit)
        self.marker = marker_of(mapped, self.protocol)
        measurements = staged.pop(MEASUREMENT, None)
        if measurements is not None:
            for name in column_kinds(MEASUREMENT):
                if name not in measurements:
                    measurements[name] = None
            rows, found = results_of(measurements, self.marker)
            self.findings += found
            _add(staged, "ctdna_result", rows)
        reports = staged.pop(LABORATORY, None)
        if reports is not None:
            rows, specimens, found = read_laboratory(reports, self.marker)
            self.findings += found
            _add(staged, "ctdna_result", rows)
            known = set(staged["specimen"]["specimen_id"]) if "specimen" in staged else set()
            _add(staged, "specimen", specimens[~specimens["specimen_id"].isin(known)])
        if "ctdna_result" in staged:
            staged["ctdna_result"], found = complete_results(staged["ctdna_result"], self.marker, mapped, self.protocol)
            self.findings += found
        self.mapped_marker = mapped

    def _answers(self, staged: Tables) -> None:
        """Rows of questionnaires become answers to items, and forms."""
        answers = staged.pop(ANSWER, None)
        if answers is None:
            return
        items, forms, found = read_answers(answers)
        self.findings += found
        _add(staged, "qs_item", items)
        _add(staged, "qs_form", forms)

    def _cut_off(self, staged: Tables, *, partial: bool) -> date | None:
        """The cut-off as told, else the latest date among the records, with a note; None (and an ERROR) where there is none."""
        told = self.cut_off or self.mapping.cut_off or self.facts.cut_off
        if told is not None:
            return told
        latest = latest_date(staged)
        if latest is None:
            self.findings.append(
                Finding(Severity.ERROR, "no_cut_off", "The delivery has no dates, so its cut-off cannot be told.",
                        f"{NOTHING_IMPORTED}; name the cut-off date with --cut-off or in the mapping file (cut_off = 2026-01-31).")
            )  # fmt: skip
            return None
        if partial and self.previous is not None:
            latest = max(latest, self.previous.cut_off)
        self.findings.append(
            Finding(Severity.NOTE, "cut_off_inferred", "No cut-off date was named: the latest date of the delivery was taken.",
                    "Name the cut-off date, with --cut-off or in the mapping file.")
        )  # fmt: skip
        return latest

    def _may_be_laid_over(self, cut_off: date) -> bool:
        previous = self.previous
        if previous is None or "subject" not in previous.tables:
            self.findings.append(
                Finding(Severity.ERROR, "no_patients", "The delivery has no patients, and the folder no data cut to lay it over.",
                        f"{NOTHING_IMPORTED}; deliver the patients (DM, ADSL or subject.csv), or import a whole delivery first.")
            )  # fmt: skip
            return False
        if cut_off < previous.cut_off:
            self.findings.append(
                Finding(Severity.ERROR, "cut_off_before_previous", "The cut-off of a partial delivery lies before that of the data cut it is laid over.",
                        f"{NOTHING_IMPORTED}; name a cut-off on or after {previous.cut_off.isoformat()}, or deliver all tables.")
            )  # fmt: skip
            return False
        return True

    def _origins(self, staged: Tables, cut_off: date, *, partial: bool) -> Origins:
        if partial:
            return earlier_origins(self.previous)
        self._without_later_patients(staged)
        subjects = staged["subject"].drop_duplicates("subject_id").dropna(subset=["subject_id"])
        if self.mapping.time is not None:
            _add_relative_origin(staged, subjects, self.mapping.time)
        origins, found = find_origins(subjects, staged, cut_off, self.mapping.time)
        self.findings += found
        return origins

    def _without_later_patients(self, staged: Tables) -> None:
        """Patients all of whose records lie after the cut-off were not in the trial on that date."""
        later = {finding.subject_id for finding in self.findings if finding.rule == "after_cut_off" and finding.table == "milestone"}
        if not later:
            return
        present: set[str] = set()
        for table, frame in staged.items():
            if table != "subject" and table in PRINCIPAL_TIME and len(frame):
                present |= set(frame["subject_id"].dropna())
        subjects = staged["subject"]
        gone = subjects["subject_id"].isin(later - present)
        self.findings += per_patient(
            subjects[gone], "patient_after_cut_off", "Every record of the patient lies after the cut-off; the patient was left out.",
            "Import with the later cut-off.", table="subject",
        )  # fmt: skip
        kept = subjects[~gone].reset_index(drop=True)
        staged["subject"] = kept
        for table, frame in staged.items():
            if table != "subject" and "subject_id" in frame and gone.any():
                staged[table] = frame[~frame["subject_id"].isin(later - present)].reset_index(drop=True)

    def _complete(self, staged: Tables) -> Tables:
        tables: Tables = {}
        for table, frame in staged.items():
            if table == "ctdna_result":
                frame = name_results(chain_versions(frame))
            elif table == "response":
                frame, found = complete_responses(frame)
                self.findings += found
            elif table == "tte":
                frame, found = complete_times(frame)
                self.findings += found
            elif table == "treatment":
                frame = complete_treatments(frame)
            elif table == "ae":
                frame, found = complete_events(frame)
                self.findings += found
            elif table == "eligibility":
                frame = first_assessed(frame)
            elif table == "visit_plan":
                plain = [reading.order for reading in self.readings if reading.rule.to == table and is_standard(reading.rule)]
                if "_rule" in frame and frame["_rule"].isin(plain).all():
                    frame, found = complete_plan(frame, self.protocol.applied_to(self.study_id))
                    self.findings += found
            elif table in ("site", "site_plan"):
                frame, found = _with_dates(table, frame)
                self.findings += found
            tables[table] = number_rows(table, frame)
        return tables

    def _whole(self, tables: Tables, origins: Origins, cut_off: date) -> None:
        """What a whole delivery still lacks: day 0 of each patient, sites, the schedule, where each patient stands."""
        if self.mapping.time is not None:
            self.findings.append(
                Finding(Severity.NOTE, "relative_times",
                        f"Times are relative: day 0 is read as {self.mapping.time.origin} ({self.mapping.time.meaning or 'as the mapping file says'}).",
                        "Calendar panels and clocks need dates.")
            )  # fmt: skip
        subjects, found = complete_subjects(tables["subject"], self.mapping.site)
        self.findings += found
        patients = subjects["subject_id"]
        day_0 = origins.dates(patients)
        days = (np.datetime64(cut_off, "D") - day_0).astype(float)
        subjects["origin_kind"] = origins.frame["kind"].reindex(patients).to_numpy(dtype=object)
        subjects["origin_to_cut_off_days"] = [None if np.isnat(day) else int(n) for day, n in zip(day_0, days, strict=True)]
        tables["subject"] = subjects
        if "site" not in tables:
            tables["site"] = sites_of(subjects, self.mapping.site)
        empty = pd.DataFrame(columns=["subject_id", "status"])
        outcomes = screen_outcomes(subjects, tables.get("milestone", pd.DataFrame(columns=["subject_id", "kind"])), tables.get("screen_outcome", empty), _unmet(tables))
        strangers = tables.get("screen_outcome", empty)
        strangers = strangers[~strangers["subject_id"].isin(set(patients))]
        tables["screen_outcome"] = pd.concat([outcomes, strangers], ignore_index=True) if len(strangers) else outcomes
        if "visit_plan" not in tables and self.protocol.describes(self.study_id):
            tables["visit_plan"] = planned_visits(self.protocol)
            self.findings.append(
                Finding(Severity.NOTE, "schedule_of_protocol", "No visit plan is delivered: the schedule of the protocol file is used.",
                        "Deliver visit_plan.csv if the trial plans its visits otherwise.", table="visit_plan")
            )  # fmt: skip

    def _checked(self, tables: Tables, cut_off: date) -> Tables:
        ready = {table: as_record_columns(table, tables[table]) for table in CLINICAL_TABLES if table in tables and len(tables[table])}
        found = check_keys(ready) + check_records(ready) + check_sites(ready) + check_links(ready)
        self.findings += found
        if is_refused(self.findings):
            return {}
        subjects = ready.setdefault("subject", as_record_columns("subject", tables["subject"]))
        subjects.attrs["_cut_off"] = cut_off
        own_call = not (self.mapped_marker and self.mapped_marker.has_cut_point)
        self.findings += check_consistency(ready, self.protocol, self.study_id, laboratory_call=own_call)
        self.findings += check_persons(ready)
        if self.previous is not None:
            self.findings += compare_with_previous(ready, self.previous, cut_off, partial=self.is_partial)
        return {table: finished(table, frame) for table, frame in ready.items() if len(frame)}


def _add(staged: Tables, table: str, rows: pd.DataFrame) -> None:
    """Rows beside those that are there already."""
    if len(rows):
        parts = [part for part in (staged.get(table), rows) if part is not None]
        staged[table] = pd.concat(parts, ignore_index=True)


def _unmet(tables: Tables) -> frozenset[str]:
    """Patients of whom a criterion is told that they did not meet."""
    return frozenset(tables["eligibility"]["subject_id"].dropna()) if "eligibility" in tables else frozenset()


def _stacked(parts: dict[str, list[pd.DataFrame]]) -> Tables:
    """The rows of each table together. Columns that one part lacks are empty in its rows; those that may not be empty
    and no part has are there all the same, for the checks to refuse."""
    stacked: Tables = {}
    for table, frames in parts.items():
        whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        for name in times_of(table):
            for suffix, empty in (("", np.nan), ("@study", np.nan)):
                if f"{name}{suffix}" in whole:
                    whole[f"{name}{suffix}"] = whole[f"{name}{suffix}"].astype(float)
        for name, column in column_kinds(table).items():
            if name not in whole and not column.empty and column.kind != "time" and name != "seq":
                whole[name] = pd.Series(None, index=whole.index, dtype=object)
        if "subject_id" in column_kinds(table) and "subject_id" not in whole:
            whole["subject_id"] = pd.Series(None, index=whole.index, dtype=object)
        stacked[table] = whole
    return stacked


def _add_relative_origin(staged: Tables, subjects: pd.DataFrame, time: TimePart) -> None:
    """Day 0 of a relative delivery as the step that the mapping names, for patients of whom that step is not delivered.

    A patient whose origin_kind is delivered as another step keeps that day 0.
    """
    steps = staged.get("milestone", pd.DataFrame({"subject_id": [], "kind": [], "day": [], "seq": []}))
    have = set(steps.loc[steps["kind"].eq(time.origin), "subject_id"])
    told = subjects["origin_kind"] if "origin_kind" in subjects else pd.Series(None, index=subjects.index, dtype=object)
    fits = told.isna() | told.eq(kind_of(time))
    wanted = subjects.loc[fits & ~subjects["subject_id"].isin(have), "subject_id"].tolist()
    if wanted:
        added = pd.DataFrame({"subject_id": wanted, "kind": MilestoneKind(time.origin).value, "day": 0.0, "seq": 1})
        staged["milestone"] = pd.concat([steps, added], ignore_index=True) if len(steps) else added


def _with_dates(table: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Dates of sites and of their plan; a month may be written 2025-01."""
    findings: list[Finding] = []
    for name, column in column_kinds(table).items():
        if column.kind != "date" or name not in frame:
            continue
        values = frame[name].astype(object).where(frame[name].notna(), None)
        if name == "month":
            values = values.map(lambda cell: f"{cell.strip()}-01" if isinstance(cell, str) and len(cell.strip()) == 7 else cell)
        read = parse_dates(values.to_numpy(dtype=object))
        days = read.values.astype("datetime64[D]").astype(object)
        if name == "month":
            days = np.array([None if day is None else day.replace(day=1) for day in days], dtype=object)
        frame[name] = days
        bad = read.unreadable | read.partial
        if bad.any():
            findings.append(
                replace(_not_dates(int(bad.sum())), table=table, column=name, file=frame["_file"].iloc[0] if "_file" in frame else None)
            )
    return frame, findings


def _not_dates(n: int) -> Finding:
    return Finding(
        Severity.ERROR, "not_a_date", counted("1 cell holds no full date.", "{n} cells hold no full date.")(n),
        f"{NOTHING_IMPORTED}; write dates as YYYY-MM-DD.",
    )  # fmt: skip
