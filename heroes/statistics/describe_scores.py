"""Scores of questionnaires in any table, described: what `heroes score` prints."""

import re

import numpy as np
import pandas as pd

from heroes.errors import MisuseError
from heroes.model.terms import ANSWERS, Instrument
from heroes.statistics.quality_of_life import CODES, SCALES, SUMMARY, find_illegal, items_of, score_answers

DIMENSIONS = {"mo": 1, "sc": 2, "ua": 3, "pd": 4, "ad": 5, "vas": 6}
"""Columns of an EQ-5D-5L table by the names of its dimensions, besides their numbers."""

_NUMBERED = re.compile(r"(?:q|item)?_?0*(\d{1,2})", re.IGNORECASE)


def find_item_columns(table: pd.DataFrame, instrument: Instrument) -> dict[int, str]:
    """Item → its column: q1, Q01, item_1 or 1; for the EQ-5D-5L also mo, sc, ua, pd, ad, vas.

    Raises MisuseError where an item has no column, or two: an item that was not asked is an empty column.
    """
    wanted = items_of(instrument)
    found: dict[int, list[str]] = {item: [] for item in wanted}
    for column in table.columns:
        numbered = _NUMBERED.fullmatch(column)
        item = int(numbered.group(1)) if numbered else DIMENSIONS.get(column.lower()) if instrument is Instrument.EQ_5D_5L else None
        if item in found:
            found[item].append(column)
    twice = [item for item, columns in found.items() if len(columns) > 1]
    if twice:
        raise MisuseError(f"Item {twice[0]} has several columns: {', '.join(map(repr, found[twice[0]]))}. Keep one.")
    lacking = [item for item, columns in found.items() if not columns]
    if lacking:
        raise MisuseError(
            f"The {instrument.value} has items {wanted[0]} to {wanted[-1]}; no column was found for {_ranges(lacking)}. Columns are named "
            f"q{wanted[0]} or {wanted[0]}; an item that was not asked is an empty column.")
    return {item: columns[0] for item, columns in found.items()}


def read_answers(table: pd.DataFrame, columns: dict[int, str]) -> tuple[pd.DataFrame, list[tuple[int, int]]]:
    """Answers as numbers, one column per item, and (row by position, item) of every cell that is no number."""
    cells = pd.DataFrame({item: table[column] for item, column in columns.items()})
    numbers = cells.apply(pd.to_numeric, errors="coerce").astype(float)
    unread = (numbers.isna() & cells.notna()) | np.isinf(numbers)
    places = np.argwhere(unread.to_numpy(dtype=bool))
    items = list(columns)
    return numbers.mask(unread), [(int(row), items[place]) for row, place in places]


def find_wrong_answers(table: pd.DataFrame, instrument: Instrument) -> list[tuple[int, int, str, str]]:
    """(row by position, item, column, what would be right) of every cell that is not one of its item's answers, by row and item."""
    columns = find_item_columns(table, instrument)
    answers, unread = read_answers(table, columns)
    wrong = sorted({*unread, *find_illegal(answers, instrument)})
    return [(row, item, columns[item], _answers_of(item, instrument)) for row, item in wrong]


def describe_scores(table: pd.DataFrame, instrument: Instrument) -> dict:
    """The scores of a table with one questionnaire per row, with the method and why a score is missing.

    table: cells as text, missing where empty. Columns that are no item are handed through under "columns".
    Raises MisuseError for a column that lacks and for an answer that its item does not offer.
    """
    columns = find_item_columns(table, instrument)
    answers, _ = read_answers(table, columns)
    scores = score_answers(answers, instrument)
    others = [column for column in table.columns if column not in columns.values()]
    rows = []
    for position, (score, given) in enumerate(zip(scores.to_dict("records"), answers.to_dict("records"), strict=True)):
        missing = {code: _why_missing(code, given, score, instrument) for code, value in score.items() if pd.isna(value)}
        rows.append({
            "row": position + 2,  # of the file: the header is row 1
            "columns": {name: None if pd.isna(cell) else cell for name, cell in table.iloc[position][others].items()},
            "scores": {code: None if pd.isna(value) else float(value) for code, value in score.items()},
            "missing": missing,
        })
    return {"instrument": instrument.value, "method": _method(instrument), "n": len(rows), "rows": rows, "findings": []}


def scores_table(document: dict) -> pd.DataFrame:
    """The scores of a described table as rows and columns: what was handed through, then the scores."""
    return pd.DataFrame(
        [{**row["columns"], **row["scores"]} for row in document["rows"]],
        columns=[*(document["rows"][0]["columns"] if document["rows"] else ()), *CODES[Instrument(document["instrument"])]],
    )


def _method(instrument: Instrument) -> dict:
    if instrument is Instrument.EQ_5D_5L:
        return {"value_set": "France, Andrade et al. 2020", "missing": "one missing dimension and there is no index"}
    summary = "mean of the 13 scales but QL and FI, symptoms reversed, only if all 13 are there (Giesinger et al. 2016)"
    return {
        "scoring": "EORTC scoring manual, 3rd edition", "missing": "a scale is scored if at least half of its items are answered",
        **({"summary": summary} if instrument is Instrument.QLQ_C30 else {}),
        "scales": [
            {"scale": scale.code, "items": list(scale.items), "range": scale.item_range, "least_items": scale.least_items,
             "formula": "function" if scale.is_function else "symptom", "high_is": "good" if scale.is_better_high else "bad"}
            for scale in SCALES[instrument]
        ],
    }


def _why_missing(code: str, given: dict, score: dict, instrument: Instrument) -> str:
    if code == SUMMARY:
        lacking = [scale.code for scale in SCALES[instrument] if scale.code not in ("QL", "FI") and pd.isna(score[scale.code])]
        return f"needs all 13 scales; missing: {', '.join(lacking)}"
    if instrument is Instrument.EQ_5D_5L:
        return "not answered" if code == "VAS" else "a dimension is not answered"
    scale = next(scale for scale in SCALES[instrument] if scale.code == code)
    if scale.only_if is not None and given[scale.only_if] == 1:
        return f"does not concern this patient (item {scale.only_if})"
    answered = sum(not pd.isna(given[item]) for item in scale.items)
    return f"{answered} of {len(scale.items)} items answered, {scale.least_items} needed"


def _answers_of(item: int, instrument: Instrument) -> str:
    least, greatest = next((least, greatest) for first, last, least, greatest in ANSWERS[instrument] if first <= item <= last)
    return f"a whole number from {least} to {greatest}"


def _ranges(items: list[int]) -> str:
    """1, 2, 3, 7 → 1–3, 7."""
    runs: list[list[int]] = []
    for item in items:
        if runs and item == runs[-1][-1] + 1:
            runs[-1].append(item)
        else:
            runs.append([item])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
