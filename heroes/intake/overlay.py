"""A partial delivery (only laboratory results, say) laid over the previous data cut, row by row by key.

Rows of the delivery replace rows of the same key; rows of other keys are added; rows that are not delivered stay.
An amended ctDNA result keeps its history: the delivered row takes the identifier, the earlier one stays beside it
under `<identifier>/1` (2, 3 …) and says what supersedes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol as Shape

import numpy as np
import pandas as pd

from heroes.intake.completing import number_rows
from heroes.intake.findings import Finding
from heroes.intake.kinds import times_of
from heroes.intake.listing import per_patient
from heroes.intake.merging import REPEATED
from heroes.intake.origins import Origins
from heroes.model.records import RECORDS
from heroes.model.terms import Severity

RESULT = "ctdna_result"
_IDENTITY = {
    "visit": ("subject_id", "visit_code", "day"),
    "lesion_measure": ("lesion_id", "day", "evaluator"),
    "response": ("subject_id", "day", "evaluator", "criteria"),
    "treatment": ("subject_id", "agent_class", "start_day"),
    "ae": ("subject_id", "term", "start_day"),
    "deviation": ("subject_id", "category", "day"),
    "page_entry": ("subject_id", "page", "visit_code", "visit_day"),
}
"""What makes two rows the same where their number (`seq`) was not delivered but counted here."""


class PreviousCut(Shape):
    """What an import needs of the newest data cut of the folder. tables: as in CutContents, without import_issue."""

    study_id: str
    cut_off: date
    simulated: bool

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...


@dataclass(frozen=True)
class EarlierCut:
    """A PreviousCut from tables in hand."""

    study_id: str
    cut_off: date
    tables: Mapping[str, pd.DataFrame]
    simulated: bool = False


def earlier_origins(previous: PreviousCut) -> Origins:
    """Day 0 of each patient of the previous cut: its cut-off date less the days between them."""
    subjects = previous.tables["subject"]
    to_cut_off = pd.to_numeric(subjects["origin_to_cut_off_days"], errors="coerce")
    dates = np.array(
        [
            np.datetime64("NaT", "D") if pd.isna(days) else np.datetime64(previous.cut_off - timedelta(days=int(days)), "D")
            for days in to_cut_off
        ],
        dtype="datetime64[D]",
    )
    return Origins.of(subjects["subject_id"].tolist(), subjects["origin_kind"].tolist(), dates, np.zeros(len(subjects)))


def lay_over(
    previous: PreviousCut, delivered: dict[str, pd.DataFrame], cut_off: date, numbered: frozenset[str]
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """The tables of the new cut, and findings that say what was added, amended and superseded.

    delivered: tables in days, with where their rows are from. numbered: tables whose `seq` came with the delivery.
    """
    findings = [
        Finding(Severity.NOTE, "partial_delivery",
                f"The delivery has no patients of its own: it was laid over the data cut of {previous.cut_off.isoformat()}.",
                "Deliver all tables to replace that cut.")
    ]  # fmt: skip
    tables = {table: _plain(frame) for table, frame in previous.tables.items() if table in RECORDS and table != "import_issue"}
    subjects = tables["subject"]
    elapsed = (cut_off - previous.cut_off).days
    subjects["origin_to_cut_off_days"] = [
        None if pd.isna(days) else int(days) + elapsed for days in subjects["origin_to_cut_off_days"]
    ]
    for table, frame in delivered.items():
        merged, found = _lay_table(table, tables.get(table, pd.DataFrame(columns=list(RECORDS[table].model_fields))), frame, table in numbered)
        tables[table] = merged
        findings += found
    return tables, findings


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    return pd.DataFrame({name: frame[name].astype(object).where(frame[name].notna(), None) for name in frame})


def key_of(table: str) -> list[str]:
    """The columns that make two rows of different deliveries the same where rows are numbered here, not delivered so."""
    return list(_IDENTITY.get(table, RECORDS[table].key))


def identity(table: str, frame: pd.DataFrame, *, numbered: bool) -> pd.Series:
    """What makes each row the same in another delivery, as text; of several such rows the first, the second … are matched.

    numbered: their `seq` came with the delivery and is part of the key.
    """
    names = list(RECORDS[table].key) if numbered else key_of(table)
    columns = [texts(frame, name) for name in names]
    if table == "milestone" and not numbered:
        # A step that happens once is the same step on another day; one that may be repeated is another one.
        columns = [texts(frame, "subject_id"), texts(frame, "kind"), texts(frame, "day").where(frame["kind"].isin(REPEATED), "")]
    whole = columns[0].str.cat(columns[1:], sep=_BETWEEN) if len(columns) > 1 else columns[0]
    return whole + _BETWEEN + whole.groupby(whole, sort=False).cumcount().astype(str)


_BETWEEN = "\x1f"


def texts(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column as text: 1.0 and 1 are the same, an empty cell is an empty text."""
    if name not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    values = frame[name].astype(object)
    whole = values.map(lambda value: f"{value:g}" if isinstance(value, float) else str(value))
    return whole.where(values.notna(), "")


def differing(old: pd.DataFrame, new: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Which rows of two frames of equal length differ in any of these columns; empty is like empty."""
    differ = np.zeros(len(old), dtype=bool)
    for name in names:
        empty = old[name].isna().to_numpy(dtype=bool), new[name].isna().to_numpy(dtype=bool)
        differ |= empty[0] != empty[1]
        both = np.flatnonzero(~empty[0] & ~empty[1])
        if len(both):
            before, after = (frame[name].iloc[both].to_numpy(dtype=object) for frame in (old, new))
            differ[both] |= before != after
    return differ


def _lay_table(table: str, old: pd.DataFrame, new: pd.DataFrame, numbered: bool) -> tuple[pd.DataFrame, list[Finding]]:
    names = list(RECORDS[table].model_fields)
    new = new.copy()
    for name in names:
        if name not in new:
            new[name] = None
    kept_names = [*names, *(name for name in ("_file", "_row") if name in new)]
    new = new[kept_names].astype(object).where(new[kept_names].notna(), None).reset_index(drop=True)
    if "amended" in names:
        new["amended"] = [False if cell is None else cell for cell in new["amended"]]
    place = _places(identity(table, old, numbered=numbered), identity(table, new, numbered=numbered))
    known = place >= 0
    if table == RESULT:
        new = _still_amended(old, new, place)
    values = [name for name in names if name != "seq"]
    changed = np.zeros(len(new), dtype=bool)
    changed[known] = differing(old.iloc[place[known]], new[known], values)
    history, findings = pd.DataFrame(columns=names), []
    if table == RESULT and changed.any():
        history, new, findings = with_history(old.iloc[place[changed]], new, np.flatnonzero(changed), set(old["result_id"]))
    kept = old.drop(index=old.index[place[changed]])
    merged = pd.concat([kept, history, new[~known], new[changed]], ignore_index=True)
    if "seq" in names and not numbered:
        merged = _renumbered(table, merged)
    n_unchanged = int(known.sum() - changed.sum())
    findings.insert(
        0,
        Finding(Severity.NOTE, "laid_over_previous_cut",
                f"{table}: {_rows(int((~known).sum()))} added, {int(changed.sum()):,} amended, {n_unchanged:,} unchanged, {len(kept) - n_unchanged:,} kept from the previous cut.",
                "Look at the amended rows.", table=table),
    )  # fmt: skip
    return merged, findings


def _places(old: pd.Series, new: pd.Series) -> np.ndarray:
    """For each row of the new frame its place in the old one; -1 where it has none."""
    if old.empty:
        return np.full(len(new), -1)
    return pd.Index(old).get_indexer(new)


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"


def _renumbered(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    if table == "milestone":
        frame = frame.sort_values(["subject_id", "kind", "day"], kind="stable", ignore_index=True)
        frame["seq"] = frame.groupby(["subject_id", "kind"], sort=False).cumcount() + 1
        return frame
    return number_rows(table, frame.drop(columns="seq"))


def keep_earlier_results(tables: dict[str, pd.DataFrame], previous: PreviousCut, cut_off: date) -> list[Finding]:
    """Beside the results of a whole delivery, in place: the earlier versions of those that changed, and the history so far.

    A result that the delivery no longer has is not brought back; the comparison with the previous cut asks about it.
    """
    if RESULT not in tables or RESULT not in previous.tables or cut_off < previous.cut_off:
        return []
    old = on_new_days(_plain(previous.tables[RESULT]), previous, tables["subject"], cut_off, RESULT)
    names = list(RECORDS[RESULT].model_fields)
    new = tables[RESULT].reindex(columns=[*names, *(name for name in ("_file", "_row") if name in tables[RESULT])]).reset_index(drop=True)
    new = new.astype(object).where(new.notna(), None)
    new["amended"] = [False if cell is None else cell for cell in new["amended"]]
    place = _places(old["result_id"], new["result_id"])
    new = _still_amended(old, new, place)
    known = place >= 0
    changed = np.zeros(len(new), dtype=bool)
    changed[known] = differing(old.iloc[place[known]], new[known], list(TOLD_BY_RESULT)) & old["superseded_by"].isna().to_numpy()[place[known]]
    history, new, findings = with_history(old.iloc[place[changed]], new, np.flatnonzero(changed), set(old["result_id"]))
    there = set(new["result_id"]) | set(history["result_id"])
    lone = old[old["superseded_by"].notna() & ~old["result_id"].isin(there)]
    carried = lone[:0]
    while True:  # a version that was replaced by one that was itself replaced follows it
        more = lone[lone["superseded_by"].isin(there | set(carried["result_id"])) & ~lone["result_id"].isin(set(carried["result_id"]))]
        if more.empty:
            break
        carried = pd.concat([carried, more])
    tables[RESULT] = pd.concat([new, history[names], carried[names]], ignore_index=True) if len(history) or len(carried) else new
    return findings


def on_new_days(frame: pd.DataFrame, previous: PreviousCut, subjects: pd.DataFrame, cut_off: date, table: str) -> pd.DataFrame:
    """Rows of a table of the previous cut counted from day 0 as the new delivery has it; patients without dates keep their days."""
    shift = dict(zip(subjects["subject_id"], days_of_day_0(subjects, cut_off), strict=True))
    earlier = previous.tables["subject"]
    shift = {
        patient: before - shift[patient]
        for patient, before in zip(earlier["subject_id"], days_of_day_0(earlier, previous.cut_off), strict=True)
        if patient in shift and not np.isnan(before - shift[patient])
    }
    moved = frame["subject_id"].map(shift).fillna(0).to_numpy(dtype=float)
    if not moved.any():
        return frame
    frame = frame.copy()
    for name in times_of(table):
        frame[name] = [None if pd.isna(day) else int(day + by) for day, by in zip(frame[name], moved, strict=True)]
    return frame


def days_of_day_0(subjects: pd.DataFrame, cut_off: date) -> np.ndarray:
    """The date of each patient's day 0 as a day number; NaN where it is not known."""
    return cut_off.toordinal() - pd.to_numeric(subjects["origin_to_cut_off_days"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _still_amended(old: pd.DataFrame, new: pd.DataFrame, place: np.ndarray) -> pd.DataFrame:
    """A result that was an amendment in the previous cut, and is the same, still is one though the delivery does not say so."""
    known = np.flatnonzero(place >= 0)
    before = old.iloc[place[known]]
    same = ~differing(before, new.iloc[known], list(TOLD_BY_RESULT)) & before["amended"].astype(bool).to_numpy()
    new.loc[new.index[known[same]], "amended"] = True
    return new


TOLD_BY_RESULT = tuple(name for name in RECORDS[RESULT].model_fields if name not in ("superseded_by", "amended"))
"""What a result says. A row that differs only in what supersedes it, or in being marked amended, is no new version of it."""


def with_history(
    before: pd.DataFrame, new: pd.DataFrame, places: np.ndarray, taken: set[str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Earlier versions of amended results under identifiers of their own, superseded by the delivered ones.

    before: the earlier rows; places: where in `new` each of them was delivered again; taken: identifiers that may not be
    given. An earlier version that the delivery brings itself, as superseded, is not kept twice.
    """
    again = new.iloc[places]
    changed = differing(before, again, list(TOLD_BY_RESULT))
    content = [name for name in TOLD_BY_RESULT if name != "result_id"]
    delivered = new[new["superseded_by"].notna()]
    brought = set(zip(*(texts(delivered, name) for name in ("superseded_by", *content)), strict=True))
    brought_too = [row in brought for row in zip(*(texts(before, name) for name in ("result_id", *content)), strict=True)]
    wanted = changed & ~np.array(brought_too, dtype=bool)
    taken = taken | set(new["result_id"])
    history = before[wanted].copy()
    names = []
    for result in history["result_id"]:
        number = 1
        while f"{result}/{number}" in taken:
            number += 1
        names.append(f"{result}/{number}")
        taken.add(names[-1])
    history["superseded_by"], history["result_id"] = history["result_id"], names
    new = new.copy()
    new.loc[new.index[places[changed]], "amended"] = True
    findings = per_patient(
        history.assign(_file=None, _row=np.nan), "result_superseded", lambda n: "1 result was amended; the earlier one is kept, superseded."
        if n == 1 else f"{n} results were amended; the earlier ones are kept, superseded.",
        "Look at the patient's results.", table=RESULT,
    )  # fmt: skip
    return history.reset_index(drop=True), new, findings
