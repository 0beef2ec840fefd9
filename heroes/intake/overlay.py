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
from heroes.intake.listing import per_patient
from heroes.intake.merging import REPEATED
from heroes.intake.origins import Origins
from heroes.model.records import RECORDS
from heroes.model.terms import Severity

_RESULT = "ctdna_result"
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


def _identity(table: str, frame: pd.DataFrame, numbered: bool) -> list[str]:
    names = list(RECORDS[table].key) if numbered or table not in _IDENTITY else list(_IDENTITY[table])
    columns = [_texts(frame, name) for name in names]
    if table == "milestone" and not numbered:
        # A step that happens once is the same step on another day; one that may be repeated is another one.
        day = _texts(frame, "day")
        columns = [_texts(frame, "subject_id"), _texts(frame, "kind")]
        columns.append([when if kind in REPEATED else "" for when, kind in zip(day, columns[1], strict=True)])
    return ["\x1f".join(parts) for parts in zip(*columns, strict=True)]


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame:
        return [""] * len(frame)
    return ["" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value) for value in frame[name]]


def _lay_table(table: str, old: pd.DataFrame, new: pd.DataFrame, numbered: bool) -> tuple[pd.DataFrame, list[Finding]]:
    names = list(RECORDS[table].model_fields)
    new = new.copy()
    for name in names:
        if name not in new:
            new[name] = None
    kept_names = [*names, *(name for name in ("_file", "_row") if name in new)]
    new = new[kept_names].astype(object).where(new[kept_names].notna(), None)
    if "amended" in names:
        new["amended"] = [False if cell is None else cell for cell in new["amended"]]
    old_keys, new_keys = _identity(table, old, numbered), _identity(table, new, numbered)
    places = {key: index for index, key in enumerate(old_keys)}
    values = [name for name in names if name != "seq"]
    added = [index for index, key in enumerate(new_keys) if key not in places]
    amended = [
        index
        for index, key in enumerate(new_keys)
        if key in places and not _same(old.iloc[places[key]], new.iloc[index], values)
    ]
    unchanged = len(new) - len(added) - len(amended)
    replaced = old.iloc[sorted({places[new_keys[index]] for index in amended})]
    history, findings = pd.DataFrame(columns=names), []
    if table == _RESULT and amended:
        history, new, findings = _with_history(old, new, [(places[new_keys[index]], index) for index in amended])
    kept = old.drop(index=old.index[sorted({places[key] for key in new_keys if key in places and places[key] in replaced.index})])
    stand = new.iloc[[*added, *amended]]
    merged = pd.concat([kept, history, stand], ignore_index=True)
    if "seq" in names and not numbered:
        merged = _renumbered(table, merged)
    findings.insert(
        0,
        Finding(Severity.NOTE, "laid_over_previous_cut",
                f"{table}: {_rows(len(added))} added, {len(amended):,} amended, {unchanged:,} unchanged, {len(kept) - unchanged:,} kept from the previous cut.",
                "Look at the amended rows.", table=table),
    )  # fmt: skip
    return merged, findings


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"


def _renumbered(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    if table == "milestone":
        frame = frame.sort_values(["subject_id", "kind", "day"], kind="stable", ignore_index=True)
        frame["seq"] = frame.groupby(["subject_id", "kind"], sort=False).cumcount() + 1
        return frame
    return number_rows(table, frame.drop(columns="seq"))


def _same(old: pd.Series, new: pd.Series, names: list[str]) -> bool:
    for name in names:
        before, after = old[name], new[name]
        if pd.isna(before) != pd.isna(after) or (not pd.isna(before) and before != after):
            return False
    return True


def _with_history(
    old: pd.DataFrame, new: pd.DataFrame, pairs: list[tuple[int, int]]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Earlier versions of amended results under identifiers of their own, superseded by the delivered ones.

    A row that differs only in what supersedes it, or in being marked amended, is not a new version of the result.
    """
    told = [name for name in RECORDS[_RESULT].model_fields if name not in ("superseded_by", "amended")]
    taken = set(old["result_id"]) | set(new["result_id"])
    rows = []
    for before, after in pairs:
        if _same(old.iloc[before], new.iloc[after], told):
            continue
        row = old.iloc[before].copy()
        number = 1
        while f"{row['result_id']}/{number}" in taken:
            number += 1
        row["superseded_by"], row["result_id"] = row["result_id"], f"{row['result_id']}/{number}"
        taken.add(row["result_id"])
        rows.append(row)
        new.iat[after, new.columns.get_loc("amended")] = True
    history = pd.DataFrame(rows, columns=old.columns).reset_index(drop=True)
    changed = history.assign(_file=None, _row=np.nan)
    findings = per_patient(
        changed, "result_superseded", lambda n: "1 result was amended; the earlier one is kept, superseded."
        if n == 1 else f"{n} results were amended; the earlier ones are kept, superseded.",
        "Look at the patient's results.", table=_RESULT,
    )  # fmt: skip
    return history, new, findings
