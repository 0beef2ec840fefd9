"""What a delivery leaves to be worked out: numbers of repeated rows, sites from their patients, evaluable scans, days of a time.

Nothing here says anything about a patient that the delivery does not say.
"""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from heroes.intake.findings import Finding
from heroes.intake.kinds import column_kinds
from heroes.intake.mapping import SitePart
from heroes.intake.parsing import DAYS_PER, number_of
from heroes.model.records import RECORDS
from heroes.model.terms import Criteria, MilestoneKind, Response, ScreenFailReason, ScreenStatus, Severity, TreatmentReason

MANY = 10_000
"""From so many rows on a table is sorted by Arrow: text by its UTF-8 bytes, which is the order of its characters."""

OLDEST_SHOWN = 90
"""Ages above 89 are stored as this one: so old a patient could be recognised."""

_NUMBERED = {
    "visit": ("subject_id", "visit_code"),
    "lesion_measure": ("lesion_id", "day"),
    "response": ("subject_id", "day", "evaluator", "criteria"),
    "treatment": ("subject_id",),
    "ae": ("subject_id",),
    "deviation": ("subject_id",),
    "page_entry": ("subject_id", "page", "visit_code"),
}
_DAY = {"treatment": "start_day", "ae": "start_day", "page_entry": "visit_day"}
"""The day by which rows are numbered, where it is not `day`."""

_TIME_UNITS = {
    "DAYS": "days", "DAY": "days", "D": "days", "WEEKS": "weeks", "WEEK": "weeks", "MONTHS": "months", "MONTH": "months",
    "YEARS": "years", "YEAR": "years",
}  # fmt: skip


def number_rows(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """`seq` where it was not delivered: by day, then by what the rows hold, never by their place in the file."""
    if table not in _NUMBERED or ("seq" in frame and frame["seq"].notna().all()):
        return frame
    group = list(_NUMBERED[table])
    day = _DAY.get(table, "day")
    content = [name for name in RECORDS[table].model_fields if name in frame and name not in (*group, day, "seq")]
    order = frame.assign(**{f"#{name}": frame[name].astype(str) for name in content})
    by = [*group, *([day] if day not in group and day in frame else []), *(f"#{name}" for name in content)]
    frame = frame.loc[order.sort_values(by, kind="stable", na_position="first").index].reset_index(drop=True)
    frame["seq"] = frame.groupby(group, sort=False, dropna=False).cumcount() + 1
    return frame


def complete_subjects(frame: pd.DataFrame, site: SitePart | None) -> tuple[pd.DataFrame, list[Finding]]:
    """Subjects with the one site of a delivery without sites, and ages above 89 as 90."""
    findings: list[Finding] = []
    if site is not None:
        frame["site_id"] = site.id if "site_id" not in frame else frame["site_id"].where(frame["site_id"].notna(), site.id)
    if "age_y" in frame:
        ages = pd.to_numeric(frame["age_y"], errors="coerce")
        old = ages.ge(OLDEST_SHOWN) & ages.le(110)
        if (ages[old] > OLDEST_SHOWN).any():
            frame.loc[old, "age_y"] = OLDEST_SHOWN
            findings.append(
                Finding(Severity.NOTE, "age_above_89", f"Ages above 89 in {int(old.sum())} rows are kept as {OLDEST_SHOWN}.",
                        "No action needed.", table="subject", column="age_y")
            )  # fmt: skip
    return frame, findings


def sites_of(subjects: pd.DataFrame, site: SitePart | None) -> pd.DataFrame:
    """Sites as their patients name them, where no site table is delivered. When they opened is not known."""
    if "site_id" not in subjects:
        return pd.DataFrame({"site_id": []})
    frame = pd.DataFrame({"site_id": sorted(subjects["site_id"].dropna().unique())}, dtype=object)
    if site is not None:
        frame["label"] = [site.label if code == site.id else None for code in frame["site_id"]]
    return frame


def complete_responses(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Evaluable: every overall response but NE. Rules of reading that are not named are OTHER, and said."""
    findings: list[Finding] = []
    if "overall" in frame:
        frame["overall"] = frame["overall"].map(lambda cell: cell.upper() if isinstance(cell, str) else cell)
    evaluable = frame["overall"].ne(Response.NE) if "overall" in frame else pd.Series(None, index=frame.index, dtype=object)
    told = frame["evaluable"] if "evaluable" in frame else pd.Series(None, index=frame.index, dtype=object)
    frame["evaluable"] = told.where(told.notna(), evaluable)
    if "criteria" not in frame:
        frame["criteria"] = None
    frame["criteria"] = frame["criteria"].where(frame["criteria"].notna(), Criteria.OTHER.value)
    unnamed = int(frame["criteria"].eq(Criteria.OTHER).sum())
    if unnamed:
        findings.append(
            Finding(Severity.NOTE, "criteria_not_named",
                    f"Responses in {unnamed:,} rows do not name the rules they were read by; they are kept as {Criteria.OTHER}.",
                    "Name them in a mapping file if they are known.", table="response", column="criteria")
        )  # fmt: skip
    return frame, findings


def complete_treatments(frame: pd.DataFrame) -> pd.DataFrame:
    """Treatments whose reason is not delivered are OTHER."""
    told = frame["reason"] if "reason" in frame else pd.Series(None, index=frame.index, dtype=object)
    return frame.assign(reason=told.where(told.notna(), TreatmentReason.OTHER.value))


NOT_CODED = "NOT CODED"
"""Term of an adverse event, category of a deviation, that is not coded yet: it counts, its words are not kept."""


def complete_events(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Adverse events that are not coded yet are kept as such, and said: they count."""
    uncoded = int(frame["term"].eq(NOT_CODED).sum()) if "term" in frame else 0
    if not uncoded:
        return frame, []
    return frame, [
        Finding(Severity.NOTE, "event_not_coded", f"Adverse events in {uncoded:,} rows have no coded term (AEDECOD); they are kept as {NOT_CODED}.",
                "Deliver them coded; the words of the report are never kept.", table="ae", column="term")
    ]  # fmt: skip


def first_assessed(frame: pd.DataFrame) -> pd.DataFrame:
    """Criteria not met, each once for a patient: where it is told again, the first time counts."""
    if "day" in frame:
        frame = frame.sort_values("day", kind="stable", na_position="last")
    told = frame["subject_id"].notna() & frame["criterion"].notna()
    return frame[~(told & frame.duplicated(["subject_id", "criterion"]))].reset_index(drop=True)


def complete_times(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Delivered times in days: by their unit; days where none is named (said); empty where the unit is no time.

    A time without a start starts on the patient's day 0.
    """
    findings: list[Finding] = []
    units = frame["avalu"] if "avalu" in frame else pd.Series(None, index=frame.index, dtype=object)
    silent = units.isna()
    factors = units.map(lambda unit: DAYS_PER.get(_TIME_UNITS.get(str(unit).strip().upper(), ""), None)).astype(float)
    factors = factors.where(~silent, 1.0)
    values = pd.to_numeric(frame["aval"], errors="coerce") if "aval" in frame else pd.Series(float("nan"), index=frame.index)
    days = (values * factors).map(number_of)
    told = pd.to_numeric(frame["aval_days"], errors="coerce") if "aval_days" in frame else pd.Series(float("nan"), index=frame.index)
    frame["aval_days"] = told.where(told.notna(), days)
    if silent.any() and not told.notna().all():
        findings.append(
            Finding(Severity.NOTE, "unit_of_time_not_named", f"Delivered times in {int(silent.sum()):,} rows name no unit; they are read as days.",
                    "Deliver AVALU, or name the unit in a mapping file.", table="tte", column="avalu")
        )  # fmt: skip
    if "start_day" not in frame:
        frame["start_day"] = pd.array([None] * len(frame), dtype="Int64")
    if "end_day" in frame:
        open_start = frame["start_day"].isna() & frame["end_day"].notna() & factors.notna().to_numpy()
        if open_start.any():
            frame.loc[open_start, "start_day"] = 0
            findings.append(
                Finding(Severity.NOTE, "start_is_day_0", f"Delivered times in {int(open_start.sum()):,} rows name no start; they start on day 0.",
                        "Deliver STARTDT.", table="tte", column="start_day")
            )  # fmt: skip
    return frame, findings


def screen_outcomes(subjects: pd.DataFrame, steps: pd.DataFrame, told: pd.DataFrame, ineligible: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Where each screened patient stands: as delivered; else included; else ended; else, after a consent, still pending.

    Of a patient with neither a consent nor an inclusion nothing is said. ineligible: patients who did not meet a criterion;
    it is the reason of a failed screening for which no other is told, and no failure by itself.
    """
    told_status = dict(zip(told["subject_id"], told["status"], strict=True)) if len(told) else {}
    reasons = dict(zip(told["subject_id"], told["reason"], strict=True)) if len(told) and "reason" in told else {}
    by_kind = steps.groupby("kind")["subject_id"].agg(set).to_dict() if len(steps) else {}
    ended = set().union(
        *(by_kind.get(kind, set()) for kind in (MilestoneKind.LTFU, MilestoneKind.WITHDRAWN, MilestoneKind.DISCONTINUED))
    )
    dead = by_kind.get(MilestoneKind.DEATH, set())
    rows = []
    for patient in subjects["subject_id"]:
        if patient in told_status:
            reason = reasons.get(patient)
            unmet = told_status[patient] == ScreenStatus.FAILED and pd.isna(reason) and patient in ineligible
            rows.append((patient, told_status[patient], ScreenFailReason.ELIGIBILITY.value if unmet else reason))
        elif patient in by_kind.get(MilestoneKind.INCLUDED, ()):
            rows.append((patient, ScreenStatus.INCLUDED.value, None))
        elif patient in dead:
            rows.append((patient, ScreenStatus.FAILED.value, ScreenFailReason.DEATH.value))
        elif patient in ended:
            rows.append((patient, ScreenStatus.FAILED.value, ScreenFailReason.ELIGIBILITY.value if patient in ineligible else None))
        elif patient in by_kind.get(MilestoneKind.CONSENT1, ()):
            rows.append((patient, ScreenStatus.PENDING.value, None))
    return pd.DataFrame(rows, columns=["subject_id", "status", "reason"], dtype=object)


def as_record_columns(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Exactly the columns of the record, in its order, ready to be checked; where a row is from goes along."""
    names = list(RECORDS[table].model_fields)
    frame = frame.copy(deep=False)  # pandas copies a column when it is written to
    for name in names:
        if name not in frame:
            frame[name] = pd.Series(None, index=frame.index, dtype=object)
    if table == "ctdna_result":
        frame["amended"] = frame["amended"].where(frame["amended"].notna(), False)
    return frame[[*names, *(name for name in ("_file", "_row") if name in frame)]].reset_index(drop=True)


_TYPES = {"whole": "Int64", "time": "Int64", "truth": "boolean", "decimal": "float64"}


def finished(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A checked table as a cut keeps it: typed, sorted by its key, without the rows' places in files."""
    columns = {}
    for name, column in column_kinds(table).items():
        if name not in frame or name not in RECORDS[table].model_fields:
            continue
        values = frame[name].astype(object).where(frame[name].notna(), None)
        kind = _TYPES.get(column.kind)
        columns[name] = values.astype(kind) if kind else values
    result = pd.DataFrame(columns)
    return sorted_by(result, list(RECORDS[table].key)) if len(result) else result


def sorted_by(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows in the order of columns of text or whole numbers without gaps, rows of equal keys in the order they had."""
    if len(frame) < MANY:
        return frame.sort_values(key, kind="stable", ignore_index=True)
    order = pc.sort_indices(pa.table({name: pa.array(frame[name], from_pandas=True) for name in key}), sort_keys=[(name, "ascending") for name in key])
    return frame.take(order.to_numpy()).reset_index(drop=True)
