"""Scores of the quality-of-life questionnaires from their answers. Item numbers and names of scales only: the wording is copyrighted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from heroes.errors import MisuseError
from heroes.model.terms import ANSWERS, Instrument
from heroes.statistics.eq_5d import INDEX, VAS, eq_5d_index

SUMMARY = "SUMMARY"


@dataclass(frozen=True)
class Scale:
    """One scale of an EORTC questionnaire.

    items: their numbers. item_range: greatest less least answer. is_function: scored by the formula of functions, the others by
    that of symptoms. is_better_high: a high score is good (functions, global health, two scales of the QLQ-BR23).
    only_if: an item that makes this scale's item meaningless where it was answered with 1.
    """

    code: str
    items: tuple[int, ...]
    item_range: int = 3
    is_function: bool = False
    is_better_high: bool = False
    only_if: int | None = None

    @property
    def least_items(self) -> int:
        """Items that must be answered: at least half."""
        return -(-len(self.items) // 2)


def _function(code: str, *items: int) -> Scale:
    return Scale(code, items, is_function=True, is_better_high=True)


def _symptom(code: str, *items: int) -> Scale:
    return Scale(code, items)


SCALES: dict[Instrument, tuple[Scale, ...]] = {
    Instrument.QLQ_C30: (
        Scale("QL", (29, 30), item_range=6, is_better_high=True),
        _function("PF", 1, 2, 3, 4, 5), _function("RF", 6, 7), _function("EF", 21, 22, 23, 24), _function("CF", 20, 25),
        _function("SF", 26, 27),
        _symptom("FA", 10, 12, 18), _symptom("NV", 14, 15), _symptom("PA", 9, 19), _symptom("DY", 8), _symptom("SL", 11),
        _symptom("AP", 13), _symptom("CO", 16), _symptom("DI", 17), _symptom("FI", 28),
    ),
    Instrument.QLQ_BR23: (
        _function("BRBI", 39, 40, 41, 42), Scale("BRSEF", (44, 45), is_better_high=True),
        Scale("BRSEE", (46,), is_better_high=True, only_if=45), _function("BRFU", 43),
        _symptom("BRST", 31, 32, 33, 34, 36, 37, 38), _symptom("BRBS", 50, 51, 52, 53), _symptom("BRAS", 47, 48, 49),
        Scale("BRHL", (35,), only_if=34),
    ),
}
"""Scales in the order in which they are shown. EORTC QLQ-C30 scoring manual, 3rd edition; QLQ-BR23 items numbered 31 to 53."""

_IN_SUMMARY = tuple(scale for scale in SCALES[Instrument.QLQ_C30] if scale.code not in ("QL", "FI"))

CODES: dict[Instrument, tuple[str, ...]] = {
    Instrument.QLQ_C30: (*(scale.code for scale in SCALES[Instrument.QLQ_C30]), SUMMARY),
    Instrument.QLQ_BR23: tuple(scale.code for scale in SCALES[Instrument.QLQ_BR23]),
    Instrument.EQ_5D_5L: (INDEX, VAS),
}
"""Every score of an instrument, in the order in which they are shown."""

BETTER_HIGH = frozenset(
    {SUMMARY, INDEX, VAS, *(scale.code for scales in SCALES.values() for scale in scales if scale.is_better_high)})
"""Scores that are good when high; the others are burdens."""


def items_of(instrument: Instrument) -> tuple[int, ...]:
    """The numbers of a questionnaire's items."""
    return tuple(item for first, last, _, _ in ANSWERS[instrument] for item in range(first, last + 1))


def find_illegal(answers: pd.DataFrame, instrument: Instrument) -> list[tuple[int, int]]:
    """(row by position, item) of every answer that its item does not offer: not a whole number, or outside its range."""
    found = []
    for first, last, least, greatest in ANSWERS[instrument]:
        for item in (item for item in range(first, last + 1) if item in answers):
            values = answers[item].to_numpy(dtype=float)
            wrong = ~np.isnan(values) & ~((values >= least) & (values <= greatest) & (values == np.round(values)))
            found += [(int(row), item) for row in np.flatnonzero(wrong)]
    return sorted(found)


def score_answers(answers: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """The scores of filled-in questionnaires, 0–100; of the EQ-5D-5L its index (French value set) and its visual analogue scale.

    answers: one row per questionnaire, one column per item number; NaN where an item was not answered. An item without a
        column was answered by nobody.
    The result has the rows of `answers` and the columns CODES[instrument]; NaN where there is no score: fewer than half of a
    scale's items are answered, an index lacks an item, the item does not concern this patient (BRSEE, BRHL), or one of the 13
    scales of the summary score is missing.
    Raises MisuseError for an answer that its item does not offer: a code for "missing" must be made empty first.
    Method: raw score = mean of the answered items; function (1 − (raw − 1) / range) × 100, symptom and global health
    (raw − 1) / range × 100 (scoring manual, 3rd edition). Summary score: Giesinger et al. 2016.
    """
    illegal = find_illegal(answers, instrument)
    if illegal:
        raise MisuseError(f"{len(illegal)} answers lie outside the answers of their items; no score was made.")
    given = answers.reindex(columns=list(items_of(instrument))).astype(float)
    if instrument is Instrument.EQ_5D_5L:
        return eq_5d_index(given)
    scores = pd.DataFrame({scale.code: _score(given, scale) for scale in SCALES[instrument]}, index=answers.index)
    if instrument is Instrument.QLQ_C30:
        turned = [scores[scale.code] if scale.is_function else 100 - scores[scale.code] for scale in _IN_SUMMARY]
        scores[SUMMARY] = sum(turned) / len(turned)  # NaN where one is missing
    return scores


def _score(given: pd.DataFrame, scale: Scale) -> pd.Series:
    items = given[list(scale.items)]
    raw = items.mean(axis=1).where(items.notna().sum(axis=1) >= scale.least_items)
    if scale.only_if is not None:
        raw = raw.where(given[scale.only_if] != 1)
    share = (raw - 1) / scale.item_range
    return 100 * (1 - share if scale.is_function else share)


def score_items(items: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """The scores of delivered answers, one row per patient, day and score that exists: subject_id, day, scale, score.

    items: subject_id, instrument, day, item_no, value, one row per answer; other instruments' rows are left out.
    """
    own = items[items["instrument"] == instrument.value]
    sheets = own.pivot(index=["subject_id", "day"], columns="item_no", values="value").astype(float)
    scores = score_answers(sheets, instrument)
    long = scores.melt(ignore_index=False, var_name="scale", value_name="score").dropna(subset="score").reset_index()
    place = {code: number for number, code in enumerate(CODES[instrument])}
    return long.sort_values(["subject_id", "day", "scale"], key=lambda cells: cells.map(place) if cells.name == "scale" else cells,
                            ignore_index=True)[["subject_id", "day", "scale", "score"]]
