"""Laboratory measurements → results of the serial marker.

Rows enter `ctdna_result` only where the mapping's [marker] or the protocol's marker names their test; otherwise a note
says which tests there are. A call and a quantity under two test codes on one specimen are one result.
"""

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding
from heroes.intake.listing import NOTHING_IMPORTED, counted, is_code, per_file, per_patient
from heroes.intake.mapping import MarkerPart
from heroes.intake.merging import moment
from heroes.intake.parsing import cells, each, qualified_number, text_of
from heroes.model.terms import CtdnaCall, Severity
from heroes.protocol import Protocol

CODES_NAMED = 12
"""How many test codes a note lists."""

_CALLS = {
    CtdnaCall.POSITIVE: ("POSITIVE", "POS", "DETECTED", "CTDNA DETECTED", "CTDNA POSITIVE", "PRESENT"),
    CtdnaCall.NEGATIVE: ("NEGATIVE", "NEG", "NOT DETECTED", "CTDNA NOT DETECTED", "CTDNA NEGATIVE", "ABSENT", "UNDETECTED"),
    CtdnaCall.NOT_EVALUABLE: (
        "NOT_EVALUABLE", "NOT EVALUABLE", "NE", "FAILED", "FAILURE", "NO RESULT", "INDETERMINATE", "NOT REPORTABLE",
    ),
}  # fmt: skip
_WORDS = {word: call.value for call, words in _CALLS.items() for word in words}


def call_words(marker: MarkerPart | None) -> dict[str, str]:
    """Words of a laboratory, in capitals, and the call that each means: the usual ones and those of the mapping."""
    return _WORDS | ({word.upper(): call for word, call in marker.calls.items()} if marker else {})


def marker_of(mapped: MarkerPart | None, protocol: Protocol) -> MarkerPart | None:
    """The marker that results are read for: the mapping's, else the protocol's (whose unit must still be delivered)."""
    if mapped is not None:
        return mapped
    name = protocol.ctdna.marker
    return MarkerPart(name=name, codes=[name, name[:8]]) if name else None


def results_of(measurements: pd.DataFrame, marker: MarkerPart | None) -> tuple[pd.DataFrame, list[Finding]]:
    """Staged rows of `ctdna_result` from staged measurements; empty where no row is the marker's."""
    codes = {code.casefold() for code in marker.codes} | {marker.name.casefold()} if marker else set()
    meant = measurements["code"].map(_folded).isin(codes) | measurements["test"].map(_folded).isin(codes)
    if not meant.any():
        return pd.DataFrame(), [_not_named(measurements, marker)]
    rows = measurements[meant].reset_index(drop=True)
    not_done = rows["status"].map(_folded).eq("not done")
    findings = per_file(
        rows[not_done], Severity.NOTE, "not_done", counted("1 row of the marker says NOT DONE; it is no result.",
                                                           "{n} rows of the marker say NOT DONE; they are no results."),
        "No action needed, if these draws were not measured.", table="ctdna_result",
    )  # fmt: skip
    rows = rows[~not_done].reset_index(drop=True)
    if rows.empty:
        return rows, findings
    quantities, qualifiers, calls, unknown = _read(rows, marker)
    findings += per_file(
        rows[unknown], Severity.ERROR, "unknown_call", counted("1 result is told by a word that is not known.",
                                                               "{n} results are told by words that are not known."),
        f'{NOTHING_IMPORTED}; say what the word means in the mapping file: [marker] calls = {{ "…" = "NEGATIVE" }}.',
        table="ctdna_result", column="text",
    )  # fmt: skip
    rows = rows.assign(quantity=quantities, qualifier=qualifiers, call=calls, marker=marker.name)
    return _joined_by_specimen(rows), findings


def _folded(cell) -> str:
    return cell.casefold() if isinstance(cell, str) else ""


def _not_named(measurements: pd.DataFrame, marker: MarkerPart | None) -> Finding:
    codes = sorted({code for code in measurements["code"].dropna().unique() if is_code(code)})
    listed = ", ".join(codes[:CODES_NAMED]) + (" …" if len(codes) > CODES_NAMED else "")
    wanted = f'marker "{marker.name}"' if marker else "any marker"
    return Finding(
        Severity.NOTE, "marker_not_named",
        f"{len(measurements):,} laboratory rows were not used: none is the {wanted}. Test codes there are: {listed}.",
        'Name the marker in a mapping file: [marker] name = "…", unit = "…", codes = ["…"].',
        file=_only(measurements["_file"]), table="ctdna_result",
    )  # fmt: skip


def _only(files: pd.Series) -> str | None:
    names = sorted({name for name in files if isinstance(name, str)})
    return ", ".join(names) or None


def _read(rows: pd.DataFrame, marker: MarkerPart) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Quantity, qualifier and call of each row, and where the text is neither a known word nor a number."""
    words = call_words(marker)
    text = cells(rows["text"])
    calls = each(text, lambda cell: words.get(text_of(cell).upper()))
    unknown = np.array([cell is not None and call is None and qualified_number(cell)[1] is None for cell, call in zip(text, calls, strict=True)], dtype=bool)
    numbers, signs = cells(rows["quantity"]), np.full(len(rows), None, dtype=object)
    for index, cell in enumerate(numbers):
        sign, number = qualified_number(cell) if cell is not None else (None, None)
        if number is None and calls[index] is None and text[index] is not None:
            sign, number = qualified_number(text[index])
        elif sign is None and isinstance(text[index], str):
            sign = qualified_number(text[index])[0]
        numbers[index], signs[index] = number, sign
    return numbers, signs, calls, unknown


def _joined_by_specimen(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of different tests on one specimen as one result; a repeated test on it stays a result of its own."""
    specimen = [
        text if isinstance(text, str) else f"{when:.0f}"
        for text, when in zip(rows["specimen_id"], moment(rows), strict=True)
    ]
    rows = rows.assign(_specimen=specimen)
    rows["_again"] = rows.groupby(["subject_id", "_specimen", "code"], sort=False, dropna=False).cumcount()
    together = rows.groupby(["subject_id", "_specimen", "_again"], sort=False, dropna=False)
    return together.first().reset_index().drop(columns=["_specimen", "_again", "code", "test", "text", "status", "reason"])


def complete_results(
    rows: pd.DataFrame, marker: MarkerPart | None, mapped: MarkerPart | None, protocol: Protocol
) -> tuple[pd.DataFrame, list[Finding]]:
    """Staged results with marker, unit, call and identifier, and what is wrong with them.

    The laboratory's call stands. Where it gives only a quantity the mapping's cut-point makes the call; without a
    cut-point that is an ERROR, for nobody but the mapping may say when a quantity counts as positive. A quantity that is
    only known to lie below (above) a limit is left out with a query where that does not decide the call.
    """
    rows = rows.reset_index(drop=True)
    for name in ("marker", "unit", "quantity", "call", "qualifier", "result_id", "visit_code", "specimen_id", "failure_reason"):
        if name not in rows:
            rows[name] = pd.Series(None, index=rows.index, dtype=object)
    name = marker.name if marker else protocol.ctdna.marker or "ctDNA"
    rows["marker"] = rows["marker"].where(rows["marker"].notna(), name)
    if mapped and mapped.unit:
        rows["unit"] = rows["unit"].where(rows["unit"].notna() | rows["quantity"].isna(), mapped.unit)
    findings = _unit_findings(rows, mapped)
    silent = rows["call"].isna()
    if mapped and mapped.has_cut_point:
        measured = silent & rows["quantity"].notna()
        rows.loc[measured, "call"] = [
            getattr(mapped.call_of(float(quantity), qualifier), "value", None)
            for quantity, qualifier in zip(rows.loc[measured, "quantity"], rows.loc[measured, "qualifier"], strict=True)
        ]
        open_ = measured & rows["call"].isna()
        findings += per_patient(
            rows[open_], "cut_point_undecided",
            counted("1 quantity is given as a limit on the other side of the cut-point; whether it is positive cannot be told, and it was left out.",
                    "{n} quantities are given as limits on the other side of the cut-point; whether they are positive cannot be told, and they were left out."),
            "Ask the laboratory for its call.", table="ctdna_result", column="quantity",
        )  # fmt: skip
        rows = rows[~open_].reset_index(drop=True)
        silent = rows["call"].isna()
    rows["qualifier"] = rows["qualifier"].replace({"≤": "<", "≥": ">"})
    findings += per_file(
        rows[silent & rows["quantity"].notna()], Severity.ERROR, "quantity_without_call",
        counted("1 result has a quantity and no call.", "{n} results have a quantity and no call."),
        f"{NOTHING_IMPORTED}; name a cut-point in the mapping file: [marker] positive_at_or_above = ….",
        table="ctdna_result", column="call",
    )  # fmt: skip
    nothing = silent & rows["quantity"].isna()
    findings += per_patient(
        rows[nothing], "result_without_content", counted("1 result has neither call nor quantity and was left out.",
                                                         "{n} results have neither call nor quantity and were left out."),
        "Ask the laboratory for the result.", table="ctdna_result",
    )  # fmt: skip
    return rows[~silent].reset_index(drop=True), findings


def _unit_findings(rows: pd.DataFrame, mapped: MarkerPart | None) -> list[Finding]:
    findings = per_file(
        rows[rows["quantity"].notna() & rows["unit"].isna()], Severity.ERROR, "quantity_without_unit",
        counted("1 quantity has no unit.", "{n} quantities have no unit."),
        f'{NOTHING_IMPORTED}; deliver the unit or name it in the mapping file: [marker] unit = "…".',
        table="ctdna_result", column="unit",
    )  # fmt: skip
    units = sorted({unit.strip() for unit in rows["unit"].dropna().unique()})
    if len(units) > 1:
        findings.append(
            Finding(Severity.ERROR, "several_units", f"Quantities of the marker come in {len(units)} units.",
                    f"{NOTHING_IMPORTED}; one cut holds one unit: filter the rows or convert them with scale in the mapping file.",
                    table="ctdna_result", column="unit")
        )  # fmt: skip
    markers = rows["marker"].dropna().unique()
    if len(markers) > 1:
        findings.append(
            Finding(Severity.ERROR, "several_markers", f"Results are of {len(markers)} markers.",
                    f"{NOTHING_IMPORTED}; one cut follows one marker: filter the rows in the mapping file.",
                    table="ctdna_result", column="marker")
        )  # fmt: skip
    if mapped and mapped.unit and units and mapped.unit not in units and len(units) == 1:
        findings.append(
            Finding(Severity.ERROR, "unit_differs", "The delivered unit is not the one that the mapping file names.",
                    f"{NOTHING_IMPORTED}; correct [marker] unit in the mapping file.", table="ctdna_result", column="unit")
        )  # fmt: skip
    return findings


def name_results(rows: pd.DataFrame) -> pd.DataFrame:
    """Results with an identifier each: the delivered one, else patient, specimen, visit or day of the draw, and a number.

    `day` must be a day already: an identifier may not carry a calendar date. What is made here depends on what a row
    holds, not on its place in the file, so that the next delivery gives it again. A report that another of the same test
    replaces (`_place` of `_chain`, see `laboratory.chain_versions`) is named by that one's identifier and its place.
    """
    if "_place" in rows and rows["_place"].fillna(0).gt(0).any():
        earlier = rows["_place"].fillna(0).gt(0)
        current = name_results(rows[~earlier].drop(columns="_place").reset_index(drop=True))
        history = _named_by_successor(rows[earlier], current)
        return pd.concat([current, history], ignore_index=True)
    if rows["result_id"].notna().all():
        return rows
    made = pd.Series(
        [
            f"{subject}/{next((text for text in (specimen, visit) if isinstance(text, str)), f'day {day}')}"
            for subject, specimen, visit, day in zip(
                rows["subject_id"], rows["specimen_id"], rows["visit_code"], rows["day"], strict=True
            )
        ],
        index=rows.index, dtype=object,
    )  # fmt: skip
    if made.duplicated().any():
        names = [name for name in rows if not name.startswith("_")]
        content = ["|".join(map(str, row)) for row in zip(*(rows[name] for name in names), strict=True)]
        order = pd.DataFrame({"made": made, "day": rows["day"], "content": content}, index=rows.index).sort_values(["made", "day", "content"])
        number = order.groupby("made", sort=False).cumcount().reindex(rows.index)
        made = made.where(number.eq(0), made + "/" + (number + 1).astype(str))
    return rows.assign(result_id=rows["result_id"].where(rows["result_id"].notna(), made))


def _named_by_successor(history: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """Replaced reports under the identifier of the current one and their number; that of a test without a current one is lost."""
    successor = dict(zip(current["_chain"], current["result_id"], strict=True))
    names = history["_chain"].map(successor)
    lost = history["subject_id"].astype(str) + "/" + history["specimen_id"].fillna("report").astype(str)
    names = names.where(names.notna(), lost)
    return history.assign(result_id=names + "/" + history["_place"].astype(int).astype(str), superseded_by=names)
