"""Dates → days. Each patient's day 0, the cut-off, and every time counted from that day 0.

Day 0 is the inclusion, else the first consent, else (with a note) the patient's earliest dated record. A date becomes
date − day 0; a relative time is counted from the delivery's own day 0, moved where the delivery places the inclusion
on another day. What lies after the cut-off was not known on that date: it is left out, with a query for the patient.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding
from heroes.intake.kinds import times_of
from heroes.intake.layout import OPEN_TIMES, PRINCIPAL_TIME
from heroes.intake.listing import NOTHING_IMPORTED, counted, per_file, per_patient
from heroes.intake.mapping import TimePart
from heroes.intake.merging import moment
from heroes.model.terms import MilestoneKind, OriginKind, Severity

NO_DATE = np.datetime64("NaT", "D")
MOST_DAYS = 40_000
"""Days between day 0 and the cut-off that a patient can have, as `subject` allows them."""
_LATER_UNKNOWN = {
    "specimen": ("received_day",), "treatment": ("end_day",), "ae": ("end_day",), "query_item": ("answered_day", "closed_day"),
    "page_entry": ("entered_day",),
}  # fmt: skip
"""Times that are emptied where they lie after the cut-off: on that date they had not happened yet."""
_LATER_LEFT_OUT = {"ctdna_result": ("resulted_day",)}
"""Times that make the whole row unknown on the cut-off date: a draw was made, its result was not there."""


def dates_of(frame: pd.DataFrame, name: str) -> np.ndarray:
    """The dates of a staged time column; NaT where it has none."""
    if f"{name}@date" not in frame:
        return np.full(len(frame), NO_DATE)
    return frame[f"{name}@date"].to_numpy(dtype="datetime64[D]")


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype=float) if name in frame else np.full(len(frame), np.nan)


def resolve_study_days(staged: dict[str, pd.DataFrame], fills: dict[str, pd.DataFrame]) -> list[Finding]:
    """CDISC study days become dates where the patient's reference date is known, else days from the delivery's day 0.

    fills: rows that will be laid beside those of the same table, by their time.
    """
    subjects = staged.get("subject", pd.DataFrame())
    known = pd.Series(dtype="datetime64[s]", index=pd.Index([], dtype=object))
    if "reference_date@date" in subjects:
        known = subjects.dropna(subset=["reference_date@date"]).drop_duplicates("subject_id").set_index("subject_id")["reference_date@date"]
    used = 0
    for table, frame in [*staged.items(), *fills.items()]:
        for name in times_of(table):
            if f"{name}@study" not in frame:
                continue
            study = frame[f"{name}@study"].to_numpy(dtype=float)
            given = ~np.isnan(study)
            if given.any():
                used += int(given.sum())
                reference = known.reindex(frame["subject_id"]).to_numpy(dtype="datetime64[D]")
                dated = given & ~np.isnat(reference)
                dates = dates_of(frame, name)
                dates[dated] = reference[dated] + study[dated].astype("timedelta64[D]")
                frame[f"{name}@date"] = dates.astype("datetime64[s]")
                frame[name] = np.where(given & ~dated, study, _numbers(frame, name))
            del frame[f"{name}@study"]
    if not used:
        return []
    return [
        Finding(Severity.NOTE, "study_days_used",
                f"Times in {used:,} cells are CDISC study days only; they were counted from the reference date (RFSTDTC).",
                "No action needed; dates would be surer.")
    ]  # fmt: skip


def latest_date(staged: dict[str, pd.DataFrame]) -> date | None:
    """The latest date of a patient's record in the tables that are used."""
    latest = [
        dates.max()
        for table, frame in staged.items()
        for name in times_of(table)
        if name != "reference_date" and len(dates := dates_of(frame, name)[~np.isnat(dates_of(frame, name))])
    ]
    return max(latest).item() if latest else None


def leave_out_later(staged: dict[str, pd.DataFrame], cut_off: date) -> list[Finding]:
    """Takes out what lies after the cut-off, row by row, with a query for each patient.

    A row whose own time is later is left out; a result reported later too, for it was not known. A sample received or a
    treatment ended later had not been received or ended: that time is emptied.
    """
    findings: list[Finding] = []
    limit = np.datetime64(cut_off, "D")
    for table, frame in staged.items():
        out = np.zeros(len(frame), dtype=bool)
        names = [PRINCIPAL_TIME[table]] if table in PRINCIPAL_TIME else []
        for name in [*names, *_LATER_LEFT_OUT.get(table, ())]:
            dates = dates_of(frame, name)
            out |= ~np.isnat(dates) & (dates > limit)
        if table == "tte":
            start = dates_of(frame, "start_day")
            out |= ~np.isnat(start) & (start > limit)
        for name in _LATER_UNKNOWN.get(table, ()):
            dates = dates_of(frame, name)
            later = ~np.isnat(dates) & (dates > limit)
            if later.any():
                frame.loc[later, f"{name}@date"] = pd.NaT
        if out.any():
            findings += per_patient(
                frame[out], "after_cut_off", counted("1 row lies after the cut-off and was left out.",
                                                     "{n} rows lie after the cut-off and were left out."),
                "Correct the date, or import with the later cut-off.", table=table, column=names[0] if names else None,
            )  # fmt: skip
            staged[table] = frame[~out].reset_index(drop=True)
    return findings


@dataclass(frozen=True)
class Origins:
    """Day 0 of each patient: kind, its date (NaT in a relative delivery) and its place on the delivery's own scale."""

    frame: pd.DataFrame

    @classmethod
    def of(cls, subjects: list[str], kinds: list[str], dates: np.ndarray, shifts: np.ndarray) -> "Origins":
        columns = {"kind": pd.Series(kinds, dtype=object), "date": pd.Series(dates.astype("datetime64[s]")), "shift": shifts}
        frame = pd.DataFrame(columns)
        frame.index = pd.Index(subjects, dtype=object)
        return cls(frame)

    def dates(self, patients: pd.Series) -> np.ndarray:
        """The date of day 0 of each of these patients; NaT where it or the patient is not known."""
        return self.frame["date"].reindex(patients).to_numpy(dtype="datetime64[D]")

    def days(self, frame: pd.DataFrame, name: str) -> np.ndarray:
        """One staged time column in days from each patient's day 0; NaN where unknown."""
        patients = frame["subject_id"]
        dates = dates_of(frame, name)
        origin, shift = self.dates(patients), self.frame["shift"].reindex(patients).to_numpy(dtype=float)
        counted_days = (dates - origin).astype(float)
        counted_days[np.isnat(dates) | np.isnat(origin)] = np.nan
        relative = _numbers(frame, name) - np.nan_to_num(shift)
        return np.where(np.isnan(counted_days), relative, counted_days)


def find_origins(
    subjects: pd.DataFrame, staged: dict[str, pd.DataFrame], cut_off: date, time: TimePart | None
) -> tuple[Origins, list[Finding]]:
    """Day 0 of every patient of the subject table.

    A delivered origin_to_cut_off_days gives the date of day 0 (cut-off − days); a delivered origin_kind stands.
    """
    patients = subjects["subject_id"].tolist()
    kinds, dates, shifts = [], np.full(len(patients), NO_DATE), np.zeros(len(patients))
    steps = staged.get("milestone", pd.DataFrame(columns=["subject_id", "kind", "day"]))
    included, consented = _firsts(steps, MilestoneKind.INCLUDED), _firsts(steps, MilestoneKind.CONSENT1)
    earliest = _earliest_dates(staged)
    told_kind = _told(subjects, "origin_kind")
    told_days = _told(subjects, "origin_to_cut_off_days")
    first_record, undated = [], []
    beyond = [days is not None and abs(days) > MOST_DAYS for days in told_days]
    for index, patient in enumerate(patients):
        if told_kind[index] is not None:
            kind = str(told_kind[index])
            told = {OriginKind.INCLUSION: included, OriginKind.CONSENT1: consented}.get(kind, {}).get(patient)
            day, relative = told if told else (NO_DATE, np.nan)
            if kind == OriginKind.FIRST_RECORD and told_days[index] is None:
                day = earliest.get(patient, NO_DATE)
        elif patient in included:
            kind, (day, relative) = OriginKind.INCLUSION.value, included[patient]
        elif patient in consented:
            kind, (day, relative) = OriginKind.CONSENT1.value, consented[patient]
        elif patient in earliest:
            kind, day, relative = OriginKind.FIRST_RECORD.value, earliest[patient], np.nan
            first_record.append(patient)
        elif time is not None:
            kind, day, relative = kind_of(time), NO_DATE, np.nan
        else:
            kind, day, relative = OriginKind.FIRST_RECORD.value, NO_DATE, np.nan
            undated.append(patient)
        if told_days[index] is not None and np.isnat(day) and not beyond[index]:
            day = np.datetime64(cut_off - timedelta(days=int(told_days[index])), "D")
        kinds.append(kind)
        dates[index] = day
        shifts[index] = 0.0 if np.isnan(relative) or told_kind[index] is not None else relative
    return Origins.of(patients, kinds, dates, shifts), _said(first_record, undated) + _beyond(subjects[beyond])


def kind_of(time: TimePart) -> str:
    """The kind of day 0 that a delivery of relative times names."""
    return (OriginKind.INCLUSION if time.origin == MilestoneKind.INCLUDED else OriginKind.CONSENT1).value


def _beyond(subjects: pd.DataFrame) -> list[Finding]:
    return per_file(
        subjects, Severity.ERROR, "outside_limits",
        counted("1 cell lies outside the limits of the column.", "{n} cells lie outside the limits of the column."),
        f"{NOTHING_IMPORTED}; correct the values at their source.", table="subject", column="origin_to_cut_off_days",
    )  # fmt: skip


def _told(subjects: pd.DataFrame, name: str) -> list:
    if name not in subjects:
        return [None] * len(subjects)
    return [None if pd.isna(value) else value for value in subjects[name]]


def _firsts(steps: pd.DataFrame, kind: MilestoneKind) -> dict[str, tuple[np.datetime64, float]]:
    """The date and the relative day of a step of each patient, the first where there are several."""
    rows = steps[steps["kind"].eq(kind)] if len(steps) else steps
    if rows.empty:
        return {}
    rows = rows.assign(_moment=moment(rows)).sort_values("_moment", kind="stable").drop_duplicates("subject_id")
    days, dates = _numbers(rows, "day"), dates_of(rows, "day")
    return {
        patient: (day, np.nan if not np.isnat(day) else relative)
        for patient, day, relative in zip(rows["subject_id"], dates, days, strict=True)
        if not (np.isnat(day) and np.isnan(relative))
    }


def _earliest_dates(staged: dict[str, pd.DataFrame]) -> dict[str, np.datetime64]:
    """The earliest dated record of each patient. Starts of therapies and of delivered times are no records of the trial."""
    parts = []
    for table, frame in staged.items():
        if table in ("treatment", "tte") or "subject_id" not in frame:
            continue
        for name in times_of(table):
            if name != "reference_date" and f"{name}@date" in frame:
                parts.append(pd.DataFrame({"subject_id": frame["subject_id"], "date": frame[f"{name}@date"]}))
    if not parts:
        return {}
    records = pd.concat(parts).dropna()
    firsts = records.groupby("subject_id")["date"].min()
    return dict(zip(firsts.index, firsts.to_numpy(dtype="datetime64[D]"), strict=True))


def _said(first_record: list[str], undated: list[str]) -> list[Finding]:
    findings = []
    if first_record:
        findings.append(
            Finding(Severity.NOTE, "day_0_is_first_record",
                    f"{_patients(first_record)} neither an inclusion nor a consent date: day 0 is the first dated record.",
                    "Deliver the first consent, if these patients gave one.", table="subject")
        )  # fmt: skip
    if undated:
        findings.append(
            Finding(Severity.NOTE, "no_dated_record",
                    f"{_patients(undated)} no dated record at all: they are counted, and have no time.",
                    "Deliver the first consent, if these patients gave one.", table="subject")
        )  # fmt: skip
    return findings


def _patients(patients: list[str]) -> str:
    return "1 patient has" if len(patients) == 1 else f"{len(patients):,} patients have"


def count_days(staged: dict[str, pd.DataFrame], origins: Origins) -> list[Finding]:
    """Every time of every table in days, in place. A row that must have a time and has none is left out, with a query."""
    findings: list[Finding] = []
    for table, frame in staged.items():
        for name in times_of(table):
            if name == "reference_date":
                continue
            if name in frame or f"{name}@date" in frame:
                frame[name] = pd.array(np.round(origins.days(frame, name)), dtype="Float64").astype("Int64")
                frame.drop(columns=[f"{name}@date"], errors="ignore", inplace=True)
        required = PRINCIPAL_TIME.get(table)
        if required is None or table == "visit" or table in OPEN_TIMES or frame.empty:
            continue
        if required not in frame:
            frame[required] = pd.array([None] * len(frame), dtype="Int64")
        missing = frame[required].isna() & frame["subject_id"].isin(origins.frame.index)
        if missing.any():
            findings += per_patient(
                frame[missing], "missing_date", counted("1 row has no date and was left out.", "{n} rows have no date and were left out."),
                "Ask the site for the date.", table=table, column=required,
            )  # fmt: skip
            staged[table] = frame[~missing].reset_index(drop=True)
    return findings
