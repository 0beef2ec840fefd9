"""Several sources of one table become one: subjects from ADSL and DM, milestones from ADSL, DM and DS, parts of a response.

The source of the lower rank is believed; what it leaves empty another may fill; where two disagree the patient gets a
query and the lower rank stands. Nothing disappears unsaid.
"""

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding
from heroes.intake.listing import NOTHING_IMPORTED, counted, per_file, per_patient
from heroes.intake.mapping import TableRule
from heroes.model.terms import MilestoneKind, Severity

REPEATED = frozenset(
    {
        MilestoneKind.TISSUE_SENT, MilestoneKind.ASSAY_READY, MilestoneKind.BASELINE_DRAW, MilestoneKind.BASELINE_RESULT,
        MilestoneKind.TX_STOP, MilestoneKind.TX_RESUME, MilestoneKind.TX_NEW,
    }
)  # fmt: skip
"""Milestones that a patient may pass more than once; every other kind happens once."""

_EXITS = (MilestoneKind.LTFU, MilestoneKind.WITHDRAWN, MilestoneKind.COMPLETED, MilestoneKind.DISCONTINUED)
_BELIEVED = "The source of higher rank was believed; correct the other at its source."

MERGED = {
    "subject": ("subject_id",),
    "site": ("site_id",),
    "screen_outcome": ("subject_id",),
    "lesion": ("lesion_id",),
    "specimen": ("specimen_id",),
}
"""Tables of which several sources may describe the same row, with what makes it the same."""


def moment(frame: pd.DataFrame, name: str = "day") -> np.ndarray:
    """A time as one number for comparing: its date as a day number, else its relative day."""
    days = frame[name].to_numpy(dtype=float) if name in frame else np.full(len(frame), np.nan)
    if f"{name}@date" not in frame:
        return days
    dates = frame[f"{name}@date"].to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(dates), days, dates.astype("int64").astype(float))


def merge_sources(table: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """One row for each key of a table with several sources, gaps filled from the next source.

    The same key twice within one source, and rows without key, stay for the checks, which refuse them.
    """
    key = list(MERGED[table])
    frame = frame.sort_values("_rank", kind="stable", ignore_index=True)
    nameless = frame[frame[key].isna().any(axis=1)]
    frame = frame.dropna(subset=key).reset_index(drop=True)
    merged, findings = _merged(table, frame, key)
    return (pd.concat([merged, nameless], ignore_index=True) if len(nameless) else merged), findings


def _merged(table: str, frame: pd.DataFrame, key: list[str]) -> tuple[pd.DataFrame, list[Finding]]:
    if not frame.duplicated(key).any() or frame.duplicated([*key, "_rule"]).any():
        return frame, []
    values = [name for name in frame if not name.startswith("_") and name not in key]
    findings: list[Finding] = []
    groups = frame.groupby(key, sort=False)
    for name in values:
        if name.startswith("reference_date"):
            continue
        differ = groups[name].transform("nunique") > 1
        if differ.any():
            findings += _disagreement(frame[differ], table, name)
    return groups.first().reset_index().reindex(columns=frame.columns), findings


def _disagreement(rows: pd.DataFrame, table: str, column: str) -> list[Finding]:
    message = f'The sources of {table} disagree on "{column}".'
    if "subject_id" in rows:
        return per_patient(rows, "sources_disagree", message, _BELIEVED, table=table, column=column)
    return per_file(rows, Severity.QUERY, "sources_disagree", message, _BELIEVED, table=table, column=column)


def merge_milestones(frame: pd.DataFrame, rules: list[TableRule]) -> tuple[pd.DataFrame, list[Finding]]:
    """Each step of each patient once, with its number among steps of its kind.

    A fallback source counts only where no other says it: of this patient ("patient"), or of anybody ("delivery"). The
    same step on the same day is one step. Steps that happen once and are dated differently by two sources: the lower
    rank stands, the patient gets a query. A last-alive date is the latest of those delivered.
    """
    findings: list[Finding] = []
    frame, used = _without_idle_fallbacks(frame, rules)
    for rule in used:
        findings += _said(rule, frame)
    frame = frame.assign(_moment=moment(frame)).sort_values(["_rank", "_moment"], kind="stable", ignore_index=True)
    alive = frame["kind"].eq(MilestoneKind.LAST_ALIVE)
    latest = frame[alive].sort_values("_moment", ascending=False, kind="stable").drop_duplicates("subject_id")
    frame = pd.concat([frame[~alive], latest], ignore_index=True)
    frame = frame.drop_duplicates(["subject_id", "kind", "_moment"], ignore_index=True)
    once = ~frame["kind"].isin(REPEATED) & frame["kind"].notna()
    again = once & frame.duplicated(["subject_id", "kind"], keep="first")
    if again.any():
        several = once & frame.duplicated(["subject_id", "kind"], keep=False)
        for kind, rows in frame[several].groupby("kind", sort=True):
            step = kind if kind in set(MilestoneKind) else "A step"  # any other word is refused later, and never repeated
            findings += per_patient(
                rows, "conflicting_dates", f"{step} is dated differently by its sources; the first of them was used.",
                "Correct the date at its source.", table="milestone", column="day",
            )  # fmt: skip
        frame = frame[~again]
    findings += _contradicting_ends(frame)
    frame = frame.sort_values(["subject_id", "kind", "_moment"], kind="stable", ignore_index=True)
    frame["seq"] = frame.groupby(["subject_id", "kind"], sort=False, dropna=False).cumcount() + 1
    return frame.drop(columns="_moment"), findings


def _without_idle_fallbacks(frame: pd.DataFrame, rules: list[TableRule]) -> tuple[pd.DataFrame, list[TableRule]]:
    modes = frame["_rule"].map(lambda order: rules[int(order)].fallback or "" if order == order else "")
    idle = pd.Series(False, index=frame.index)
    firm = frame[modes.eq("")]
    for mode in ("patient", "delivery"):
        rows = frame[modes.eq(mode)]
        if mode == "patient":
            ended = set(firm.loc[firm["kind"].isin(_EXITS), "subject_id"])
            dead = set(frame.loc[frame["kind"].eq(MilestoneKind.DEATH), "subject_id"])
            told = set(zip(firm["subject_id"], firm["kind"], strict=True))
            silent = [
                (subject, kind) in told
                or (kind in _EXITS and subject in ended)
                or (kind == MilestoneKind.DISCONTINUED and subject in dead)
                for subject, kind in zip(rows["subject_id"], rows["kind"], strict=True)
            ]
            idle[rows.index] = np.array(silent, dtype=bool)
        else:
            idle[rows.index] = rows["kind"].isin(set(firm["kind"])).to_numpy(dtype=bool)
    kept = frame[~idle]
    used = [rules[int(order)] for order in sorted(kept.loc[modes[~idle].ne(""), "_rule"].unique())]
    return kept.reset_index(drop=True), used


def _said(rule: TableRule, frame: pd.DataFrame) -> list[Finding]:
    if not rule.note:
        return []
    return [
        Finding(Severity.NOTE, "fallback_used", rule.note, "Name the right column in a mapping file if this is not so.",
                file=None, table=rule.to)
    ]  # fmt: skip


def _contradicting_ends(frame: pd.DataFrame) -> list[Finding]:
    ends = frame[frame["kind"].isin(_EXITS)]
    several = ends[ends.duplicated("subject_id", keep=False)]
    return per_patient(
        several, "several_ends_of_study", "The end of the study is told in more than one way; all of them are kept.",
        "Ask the site how and when the patient left the study.", table="milestone", column="kind",
    )  # fmt: skip


def fill_rows(frame: pd.DataFrame, parts: pd.DataFrame, key: tuple[str, ...], table: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Rows whose columns are filled from parts of the same key: target and new-lesion readings beside an overall response.

    A cell of the key that is empty, or not delivered, is like another empty one. Parts without a row are said.
    """
    values = [name for name in parts if not name.startswith("_") and "@" not in name and name not in key]
    on = ["_moment", *(name for name in key if name != "day")]
    left, right = _keyed(frame, on), _keyed(parts, on).sort_values("_rank", kind="stable")
    gathered = right.groupby(on, sort=False)[values].first().reset_index()
    merged = left.merge(gathered, on=on, how="left", suffixes=("", "@part"))
    for name in values:
        if f"{name}@part" in merged:
            merged[name] = merged[name].where(merged[name].notna(), merged[f"{name}@part"])
    lost = parts.loc[right.index[~right.set_index(on).index.isin(left.set_index(on).index)]]
    findings = per_patient(
        lost, "part_without_whole", counted("1 part of a reading belongs to no row of the table and was left out.",
                                            "{n} parts of readings belong to no row of the table and were left out."),
        "Ask for the whole reading (the overall response, the diameter) of that day.", table=table,
    )  # fmt: skip
    filled = frame.assign(**{name: merged[name].to_numpy() for name in values}) if len(frame) else frame
    return filled, findings


def _keyed(frame: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """A frame whose key columns are there and hold an empty text where they are empty, so that all of them compare."""
    keyed = frame.assign(_moment=[f"{when:.0f}" for when in moment(frame)])
    for name in on:
        keyed[name] = keyed[name].where(keyed[name].notna(), "") if name in keyed else ""
    return keyed


def lone_duplicates(frame: pd.DataFrame, key: list[str], table: str) -> list[Finding]:
    """Duplicate keys, which publish nothing."""
    twice = frame[frame.duplicated(key, keep=False)]
    return per_file(
        twice, Severity.ERROR, "duplicate_key", counted("1 row has the key of another.", "{n} rows share their key with another."),
        f"{NOTHING_IMPORTED}; each {' + '.join(key)} may occur once.", table=table, column=" + ".join(key),
    )  # fmt: skip
