"""The central laboratory's file of results: one row a report, amended and cancelled ones included.

Such a file is recognised by its columns, whatever it is called. Its accession numbers lead back to a patient in the
laboratory: they tell reports apart while the delivery is read, and are stored nowhere, not even hashed. A result is named by
patient and specimen, else visit, else day of the draw. A report that a later version replaces stays as history; what is
pending or cancelled is no result. A call is never changed.
"""

import numpy as np
import pandas as pd

from heroes.intake.files.dataset import Dataset
from heroes.intake.findings import Finding
from heroes.intake.kinds import LABORATORY, LABORATORY_COLUMNS
from heroes.intake.listing import NOTHING_IMPORTED, counted, per_file, per_patient
from heroes.intake.mapping import MarkerPart, TableRule
from heroes.intake.marker import call_words
from heroes.intake.merging import moment
from heroes.intake.parsing import cells, each, number_of, qualified_number, text_of
from heroes.intake.rules import ColumnEntries
from heroes.model.terms import CtdnaCall, FailureReason, Qualifier, Severity

UNIT = "MTM/mL"
"""Unit of the file's quantity: its column says so."""

COLUMNS = {
    "subject_id": "subject_id", "accession_id": "accession", "specimen_id": "specimen_id", "assay_design_version": "design_version",
    "visit_label": "visit_code", "collected_at": "day", "received_at": "received_day", "resulted_at": "resulted_day",
    "result_status": "status", "call": "call", "mtm_per_ml": "quantity", "mtm_qualifier": "qualifier", "mean_vaf_pct": "mean_vaf_pct",
    "variants_tracked": "variants_tracked", "variants_detected": "variants_detected", "report_version": "report_version",
    "amended_flag": "amended", "failure_reason": "failure_reason",
}  # fmt: skip
"""Column of the file → ours."""

UNREAD = ("study_id", "assay_design_id", "cfdna_ng_per_ml", "plasma_ml", "amendment_reason", "comment")
"""Columns of the file that are not kept: of no use here, or free text."""

_NEEDED = frozenset({"subject_id", "collected_at"})
_TELLING = frozenset({"accession_id", "assay_design_id", "assay_design_version", "mtm_qualifier", "report_version", "amended_flag", "result_status"})

_STATES = {
    "result": ("final", "reported", "complete", "completed", "released", "resulted", "amended", "corrected", "available", "done"),
    "waiting": ("pending", "in progress", "in process", "received", "ordered", "collected", "preliminary", "on hold"),
    "cancelled": ("cancelled", "canceled", "not done", "rejected", "withdrawn"),
    "superseded": ("superseded", "replaced"),
    "failed": ("failed", "failure", "not evaluable", "not reportable"),
}
_STATE_OF = {word: state for state, words in _STATES.items() for word in words}


def is_laboratory_file(dataset: Dataset) -> bool:
    """Is this the central laboratory's file, by its columns?"""
    delivered = {name.strip().lower() for name in dataset.frame.columns}
    return delivered >= _NEEDED and bool(delivered & {"call", "result_status"}) and len(delivered & _TELLING) >= 2


def laboratory_rule(dataset: Dataset) -> tuple[TableRule, list[str]]:
    """The reading of such a file, and its columns that the file's description does not know."""
    delivered = {name.strip().lower(): name for name in dataset.frame.columns}
    columns = {ours: ColumnEntries(column=delivered[name]) for name, ours in COLUMNS.items() if name in delivered}
    strange = [name for key, name in delivered.items() if key not in COLUMNS and key not in UNREAD]
    return TableRule.model_construct(from_=dataset.name, to=LABORATORY, columns=columns, unpivot=[], where={}), strange


def read_laboratory(rows: pd.DataFrame, marker: MarkerPart | None) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Staged rows of `ctdna_result` and of `specimen`, and what was found. rows: staged rows of `laboratory_result`."""
    rows = rows.reset_index(drop=True)
    for name in LABORATORY_COLUMNS:
        if name not in rows:
            rows[name] = pd.Series(None, index=rows.index, dtype=object)
    states, unknown = _states(rows)
    findings = per_file(
        rows[unknown], Severity.ERROR, "unknown_result_status",
        counted("1 report has a status that is not known.", "{n} reports have a status that is not known."),
        f"{NOTHING_IMPORTED}; use FINAL, PENDING, CANCELLED, AMENDED or SUPERSEDED.", table="ctdna_result", column="result_status",
    )  # fmt: skip
    words = call_words(marker)
    calls = each(cells(rows["call"]), lambda cell: words.get(text_of(cell).upper(), False))
    strange = np.array([call is False for call in calls], dtype=bool)
    findings += per_file(
        rows[strange], Severity.ERROR, "unknown_call",
        counted("1 result is told by a word that is not known.", "{n} results are told by words that are not known."),
        f'{NOTHING_IMPORTED}; say what the word means in the mapping file: [marker] calls = {{ "…" = "NEGATIVE" }}.',
        table="ctdna_result", column="call",
    )  # fmt: skip
    calls[strange] = None
    calls[(states == "failed") & rows["call"].isna().to_numpy()] = CtdnaCall.NOT_EVALUABLE.value
    rows["call"] = calls
    findings += _no_results(rows, states)
    rows["_tube"] = _tubes(rows)
    specimens = _specimens(rows)
    is_result = np.isin(states, ("result", "superseded", "failed"))
    results = rows[is_result].reset_index(drop=True)
    quantities, signs = _quantities(results)
    reasons, other = _failure_reasons(results)
    findings += per_file(
        results[other], Severity.NOTE, "failure_reason_not_listed",
        counted("1 reason of a failed test is none of the list and is kept as OTHER.", "{n} reasons of failed tests are none of the list and are kept as OTHER."),
        f"Reasons are {', '.join(FailureReason)}.", table="ctdna_result", column="failure_reason",
    )  # fmt: skip
    results = results.assign(
        quantity=quantities, qualifier=signs, failure_reason=reasons,
        unit=np.where(pd.isna(quantities), None, UNIT), _superseded=states[is_result] == "superseded", _version=_versions(results),
    )  # fmt: skip
    return results.drop(columns=["accession", "status", "report_version"]), specimens, findings


def _states(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """What each row is: result, waiting, cancelled, superseded or failed; and where its status is not known."""
    told = each(cells(rows["status"]), lambda cell: _STATE_OF.get(text_of(cell).casefold().replace("_", " "), "unknown"))
    states = np.array(["result" if state is None else state for state in told], dtype=object)
    return states, states == "unknown"


def _no_results(rows: pd.DataFrame, states: np.ndarray) -> list[Finding]:
    waiting = states == "waiting"
    findings = per_file(
        rows[waiting], Severity.NOTE, "result_pending",
        counted("1 test is pending; it is no result yet.", "{n} tests are pending; they are no results yet."),
        "No action needed.", table="ctdna_result", column="result_status",
    )  # fmt: skip
    findings += per_patient(
        rows[waiting & rows["call"].notna().to_numpy()], "pending_with_call", "A test is pending and has a call all the same; it was not taken for a result.",
        "Ask the laboratory whether the report is final.", table="ctdna_result", column="result_status",
    )  # fmt: skip
    return findings + per_patient(
        rows[states == "cancelled"], "result_cancelled", counted("The laboratory cancelled 1 test; there is no result of it.",
                                                                "The laboratory cancelled {n} tests; there are no results of them."),
        "Ask the site whether blood is drawn again.", table="ctdna_result", column="result_status",
    )  # fmt: skip


def _tubes(rows: pd.DataFrame) -> pd.Series:
    """What makes reports those of one test: specimen, else accession, else visit, else the time of the draw."""
    tube = pd.Series([f"at {when:.0f}" for when in moment(rows)], index=rows.index, dtype=object)
    for name in ("visit_code", "accession", "specimen_id"):
        tube = tube.where(rows[name].isna(), name + " " + rows[name].astype(str))
    return tube


def _specimens(rows: pd.DataFrame) -> pd.DataFrame:
    """Draws of which something is known, each once, the earliest report's dates first. One without a name has none here."""
    name = rows["specimen_id"].where(rows["specimen_id"].notna(), None)
    drawn = rows.assign(specimen_id=name)[name.notna() & ~np.isnan(moment(rows))]
    kept = [column for column in drawn if column.startswith(("day", "received_day")) or column in ("subject_id", "visit_code", "specimen_id", "_file", "_row")]
    first = drawn[kept].drop_duplicates(["subject_id", "specimen_id"]).reset_index(drop=True)
    return first.rename(columns={column: column.replace("day", "collected_day", 1) for column in first if column.split("@")[0] == "day"})


def _quantities(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and their signs; a sign in a column of its own is believed before one that is written before the number."""
    read = each(cells(rows["quantity"]), lambda cell: qualified_number(cell) if number_of(cell) is None else (None, number_of(cell)))
    numbers = np.array([None if pair is None else pair[1] for pair in read], dtype=object)
    signs = np.array([None if pair is None else pair[0] for pair in read], dtype=object)
    told = each(cells(rows["qualifier"]), lambda cell: text_of(cell) if text_of(cell) in tuple(Qualifier) else None)
    return numbers, np.where([sign is None for sign in told], signs, told)


def _failure_reasons(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    listed = {reason.value: reason.value for reason in FailureReason}
    told = cells(rows["failure_reason"])
    codes = each(told, lambda cell: listed.get(text_of(cell).upper().replace(" ", "_").replace("-", "_")))
    other = np.array([code is None and cell is not None for code, cell in zip(codes, told, strict=True)], dtype=bool)
    codes[other] = FailureReason.OTHER.value
    return codes, other


def _versions(rows: pd.DataFrame) -> np.ndarray:
    """Number of each report's version (`2`, `v2`, `2.0`); a report without one is the first."""
    read = each(cells(rows["report_version"]), lambda cell: number_of(text_of(cell).lstrip("vV. ")))
    return np.array([1.0 if version is None else version for version in read], dtype=float)


def chain_versions(rows: pd.DataFrame) -> pd.DataFrame:
    """Reports of one test in their order: `_place` 0 is current, 1, 2 … are those it replaced, oldest first.

    Where versions are told or a report is marked as amending, the last counts: highest version, amending before not, latest
    day of the result. A report marked as superseded never counts. Reports that nothing puts in order are all current, and the
    checks ask about them; an equal one counts once. `_chain` numbers the tests.
    """
    if "_tube" not in rows:
        return rows
    own = rows["_tube"].notna()
    others, rows = rows[~own], rows[own]
    content = [name for name in rows if name not in ("_row", "_file", "_rule", "_rank")]
    told = rows["resulted_day"].astype("Float64").fillna(-1).to_numpy(dtype=float) if "resulted_day" in rows else np.zeros(len(rows))
    amending = rows["amended"].map(lambda cell: cell is True).to_numpy(dtype=bool)
    rows = rows.assign(_amending=amending, _order=rows["_version"] * 4e5 + amending * 2e5 + told)
    rows = rows.sort_values(["_superseded", "_order"], ascending=[False, True], kind="stable")
    rows = rows.loc[~rows[content].astype(str).duplicated()]
    tests = rows.groupby(["subject_id", "_tube"], sort=False, dropna=False)
    is_ordered = (tests["_version"].transform("nunique") > 1) | tests["_amending"].transform("any")
    standing = rows["_order"].where(~rows["_superseded"].astype(bool))
    last = standing.groupby([rows["subject_id"], rows["_tube"]], dropna=False).transform("max")
    replaced = rows["_superseded"].astype(bool) | (is_ordered & (rows["_order"] < last))
    # A test of which every report is superseded lacks the one that counts: the checks refuse a successor that is not there.
    rows["_chain"] = tests.ngroup()
    rows["_place"] = np.where(replaced, tests.cumcount() + 1, 0)
    return pd.concat([rows.drop(columns=["_order", "_amending"]), others]).reset_index(drop=True)
