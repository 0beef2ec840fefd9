"""A delivery against the previous data cut: what vanished, was undone, flipped or was dated anew. Queries, for a site to confirm.

Days are compared as calendar days where both cuts know them (a corrected inclusion moves every day of a patient, and is
one finding, not many), else as days from day 0. A delivery whose cut-off lies before the previous one is not compared.
"""

from datetime import date

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding
from heroes.intake.kinds import column_kinds, times_of
from heroes.intake.layout import PRINCIPAL_TIME
from heroes.intake.listing import counted, per_patient
from heroes.intake.overlay import RESULT, PreviousCut, days_of_day_0, key_of
from heroes.model.records import RECORDS
from heroes.model.terms import CtdnaCall, MilestoneKind, Response, Severity

Tables = dict[str, pd.DataFrame]

COUNTED = (
    "milestone", "visit", "specimen", "ctdna_result", "lesion_measure", "response", "treatment", "qs_item", "ae", "deviation", "eligibility",
)  # fmt: skip
"""Tables whose late additions, corrections and withdrawals are counted."""

_CONFIRM = "Ask the site to confirm it, or to restore what was delivered before."


def compare_with_previous(tables: Tables, previous: PreviousCut, cut_off: date, *, partial: bool) -> list[Finding]:
    """Every query about what differs from the previous cut. tables: checked tables of the new cut, in days.

    partial: rows that were not delivered stayed, so only what was delivered anew can differ, and counts are said already.
    """
    if cut_off < previous.cut_off or "subject" not in previous.tables:
        return []
    before, now = {table: frame.reset_index(drop=True) for table, frame in previous.tables.items() if table in RECORDS}, dict(tables)
    gone = ~before["subject"]["subject_id"].isin(set(now["subject"]["subject_id"]))
    findings = per_patient(
        before["subject"][gone], "patient_vanished", "The patient was in the previous data cut and is not in this delivery.",
        "Ask for the patient's records; a patient is never deleted.", table="subject",
    )  # fmt: skip
    left = set(before["subject"].loc[gone, "subject_id"])
    before = {table: frame[~frame["subject_id"].isin(left)].reset_index(drop=True) if "subject_id" in frame else frame for table, frame in before.items()}
    day_0 = _day_0(before["subject"], previous.cut_off), _day_0(now["subject"], cut_off)
    before = {table: _dated(table, frame, day_0) for table, frame in before.items() if table in COUNTED}
    now = {table: _dated(table, frame, day_0[::-1]) for table, frame in now.items() if table in COUNTED}
    findings += _steps(before, now) + _results(before, now) + _progressions(before, now) + _events(before, now)
    return findings if partial else findings + _changes(before, now, previous.cut_off)


def _day_0(subjects: pd.DataFrame, cut_off: date) -> pd.Series:
    return pd.Series(days_of_day_0(subjects, cut_off), index=subjects["subject_id"].to_numpy())


def _dated(table: str, frame: pd.DataFrame, day_0: tuple[pd.Series, pd.Series]) -> pd.DataFrame:
    """Days as calendar day numbers, for patients of whom both cuts know the date of day 0. day_0: of this cut, of the other."""
    own = day_0[0].reindex(frame["subject_id"]).to_numpy(dtype=float)
    known = ~np.isnan(own) & ~np.isnan(day_0[1].reindex(frame["subject_id"]).to_numpy(dtype=float))
    frame = frame.assign(_is_dated=known)
    for name in times_of(table):
        frame[name] = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan) + np.where(known, own, 0)
    return frame


def _pair(before: Tables, now: Tables, table: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    empty = pd.DataFrame(columns=[*RECORDS[table].model_fields, "_is_dated"])
    return before.get(table, empty), now.get(table, empty)


def _steps(before: Tables, now: Tables) -> list[Finding]:
    """Steps that vanished or are dated otherwise. A later last-alive date is news, an earlier one is a correction."""
    old, new = _pair(before, now, "milestone")
    key = ["subject_id", "kind", "seq"]
    both = old[[*key, "day"]].astype({"seq": int}).merge(new[[*key, "day", *_origin(new)]].astype({"seq": int}), on=key, how="left", suffixes=("_before", ""), indicator=True)
    absent = both[both["_merge"].eq("left_only")]
    findings = []
    for kind, rule, message in (
        (MilestoneKind.DEATH, "death_undone", "A death of the previous data cut is no longer told."),
        (MilestoneKind.INCLUDED, "inclusion_vanished", "An inclusion of the previous data cut is no longer told."),
    ):
        findings += per_patient(absent[absent["kind"].eq(kind)], rule, message, _CONFIRM, table="milestone", column="kind")
    other = absent[~absent["kind"].isin((MilestoneKind.DEATH, MilestoneKind.INCLUDED, MilestoneKind.LAST_ALIVE))]
    for kind, rows in other.groupby("kind", sort=True):
        findings += per_patient(rows, "step_vanished", f"{kind} of the previous data cut is no longer told.", _CONFIRM, table="milestone", column="kind")
    moved = both[both["_merge"].eq("both") & (both["day"] != both["day_before"])]
    moved = moved[~(moved["kind"].eq(MilestoneKind.LAST_ALIVE) & (moved["day"] > moved["day_before"]))]
    for kind, rows in moved.groupby("kind", sort=True):
        findings += per_patient(
            rows, "date_moved", f"{kind} lies on another day than in the previous data cut.", "Ask the site which date holds.",
            table="milestone", column="day",
        )  # fmt: skip
    return findings


def _origin(frame: pd.DataFrame) -> list[str]:
    return [name for name in ("_file", "_row") if name in frame]


def _results(before: Tables, now: Tables) -> list[Finding]:
    """Current results whose call turned, whose draw moved, or that are no longer there."""
    old, new = _pair(before, now, "ctdna_result")
    old = old[old["superseded_by"].isna()]
    there = new[["result_id", "subject_id", "call", "day", "superseded_by", *_origin(new)]]
    both = old[["result_id", "subject_id", "call", "day"]].merge(there, on="result_id", how="left", suffixes=("_before", ""), indicator=True)
    both["subject_id"] = both["subject_id"].where(both["subject_id"].notna(), both["subject_id_before"])
    # Where another report replaces the result now, it is that one's call that counts.
    replaced = both["superseded_by"].notna()
    if replaced.any():
        call_of = dict(zip(new["result_id"], new["call"], strict=True))
        both["call"] = both["call"].where(~replaced, both["superseded_by"].map(call_of))
    found = both["_merge"].eq("both")
    turned = found & (both["call"] != both["call_before"])
    sides = {CtdnaCall.POSITIVE.value, CtdnaCall.NEGATIVE.value}
    flipped = turned & both["call"].isin(sides) & both["call_before"].isin(sides)
    ask = "Ask the laboratory to confirm the amended report; the new call counts."
    return (
        per_patient(both[~found], "result_vanished", counted("1 result of the previous data cut is no longer delivered.",
                                                             "{n} results of the previous data cut are no longer delivered."),
                    "Ask the laboratory; a report is amended or superseded, never deleted.", table="ctdna_result", column="result_id")
        + per_patient(both[flipped], "result_flipped", counted("1 result turned from positive to negative or the other way round.",
                                                               "{n} results turned from positive to negative or the other way round."),
                      ask, table="ctdna_result", column="call")
        + per_patient(both[turned & ~flipped], "evaluability_changed", counted("1 result became evaluable, or is no longer so.",
                                                                              "{n} results became evaluable, or are no longer so."),
                      ask, table="ctdna_result", column="call")
        + per_patient(both[found & (both["day"] != both["day_before"])], "draw_moved", counted("1 draw lies on another day than in the previous data cut.",
                                                                                            "{n} draws lie on another day than in the previous data cut."),
                      "Ask the site for the date of the draw.", table="ctdna_result", column="day")
    )  # fmt: skip


def _progressions(before: Tables, now: Tables) -> list[Finding]:
    """First progressions by each reader that are no longer told, or are dated otherwise."""
    old, new = (frame[frame["overall"].eq(Response.PD)] for frame in _pair(before, now, "response"))
    first = [frame.sort_values("day", kind="stable").drop_duplicates(["subject_id", "evaluator"]) for frame in (old, new)]
    both = first[0][["subject_id", "evaluator", "day"]].merge(
        first[1][["subject_id", "evaluator", "day", *_origin(new)]], on=["subject_id", "evaluator"], how="left", suffixes=("_before", ""), indicator=True
    )
    gone = both["_merge"].eq("left_only")
    return per_patient(
        both[gone], "progression_withdrawn", "A progression of the previous data cut is no longer told.",
        "Ask the reader of the scan; the curve changes by it.", table="response", column="overall",
    ) + per_patient(
        both[~gone & (both["day"] != both["day_before"])], "progression_moved", "The first progression lies on another day than in the previous data cut.",
        "Ask the reader which scan showed it first.", table="response", column="day",
    )  # fmt: skip


def _events(before: Tables, now: Tables) -> list[Finding]:
    """Serious adverse events that are no longer told, by term and start. Others are counted only."""
    old, new = _pair(before, now, "ae")
    if old.empty:
        return []
    serious = old["serious"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    keys = [pd.MultiIndex.from_arrays(_numbered(fingerprints("ae", frame, key_of("ae")))) for frame in (old, new)]
    gone = ~keys[0].isin(keys[1])
    return per_patient(
        old[serious & gone], "serious_event_withdrawn", counted("1 serious adverse event of the previous data cut is no longer told.",
                                                                "{n} serious adverse events of the previous data cut are no longer told."),
        _CONFIRM, table="ae", column="term",
    )  # fmt: skip


def _changes(before: Tables, now: Tables, last_cut_off: date) -> list[Finding]:
    """One note for each table: rows that came late, were corrected, or are no longer there. Superseded results are not counted."""
    findings = []
    for table in COUNTED:
        old, new = _pair(before, now, table)
        if table == RESULT:
            old, new = old[old["superseded_by"].isna()], new[new["superseded_by"].isna()]
        same = [name for name in key_of(table) if name != "seq"]
        keys = [pd.MultiIndex.from_arrays(_numbered(fingerprints(table, frame, same))) for frame in (old, new)]
        place = keys[0].get_indexer(keys[1])
        known = place >= 0
        values = [
            name for name in RECORDS[table].model_fields
            if name not in ("seq", "amended", "superseded_by") and (old[name].notna().any() or new[name].notna().any())
        ]  # fmt: skip
        corrected = int((fingerprints(table, old, values)[place[known]] != fingerprints(table, new, values)[known]).sum())
        day = new[PRINCIPAL_TIME[table]].to_numpy(dtype=float, na_value=np.nan)
        late = ~known & new["_is_dated"].to_numpy(dtype=bool) & (day <= last_cut_off.toordinal())
        if table == RESULT:
            # A draw before the last cut-off whose result came after it is no late entry.
            late &= ~(new["resulted_day"].to_numpy(dtype=float, na_value=np.nan) > last_cut_off.toordinal())
        gone = len(old) - int(known.sum())
        if late.any() or corrected or gone:
            findings.append(
                Finding(Severity.NOTE, "changed_since_previous",
                        f"{table}, against the data cut of {last_cut_off.isoformat()}: added {int((~known).sum()):,}, of them dated before it {int(late.sum()):,}; "
                        f"corrected {corrected:,}; no longer there {gone:,}.",
                        "Look at the patients' changes.", table=table)
            )  # fmt: skip
    return findings


def fingerprints(table: str, frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    """One number for what these columns of each row hold; equal for equal content, whatever its types."""
    kinds = column_kinds(table)
    plain = {}
    for name in names:
        if kinds[name].kind in ("time", "whole", "decimal"):
            plain[name] = pd.to_numeric(frame[name], errors="coerce").astype("float64").fillna(-9e9).to_numpy()
        elif kinds[name].kind == "truth":
            plain[name] = frame[name].astype("boolean").astype("float64").fillna(-1).to_numpy()
        else:
            plain[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str).to_numpy()
    return pd.util.hash_pandas_object(pd.DataFrame(plain, index=range(len(frame))), index=False).to_numpy()


def _numbered(fingerprint: np.ndarray) -> list[np.ndarray]:
    """Fingerprints with their number among equal ones."""
    return [fingerprint, pd.Series(fingerprint).groupby(fingerprint, sort=False).cumcount().to_numpy()]
