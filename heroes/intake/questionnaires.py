"""Rows of questionnaires (QS, ADQS) → answers to items, and forms expected at visits.

The item's number is told by its test code (QS02829, EOR0129, C3029 …), never by its wording, which is not kept. Scores
that somebody computed before are counted and not stored: scores here are computed from the items.
"""

import re

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding
from heroes.intake.kinds import ANSWER_COLUMNS
from heroes.intake.listing import NOTHING_IMPORTED, counted, per_file
from heroes.intake.merging import moment
from heroes.intake.parsing import cells, each, number_of
from heroes.model.terms import FormStatus, Instrument, Severity

WHOLE_FORM = "QSALL"
"""CDISC's test code for a questionnaire as a whole."""

_INSTRUMENTS = (
    (Instrument.QLQ_C30, re.compile(r"(?<![A-Z\d])C[- ]?30(?!\d{3})|^QS028|^EOR01", re.IGNORECASE)),
    (Instrument.QLQ_BR23, re.compile(r"(?<![A-Z\d])BR[- ]?23", re.IGNORECASE)),
    (Instrument.EQ_5D_5L, re.compile(r"EQ[- ]?5D[- ]?5L|^EQ5D02", re.IGNORECASE)),
)
_ITEM = re.compile(r"(?:QS\d{3}|EOR\d{2}|EQ5D\d{2}|(?:QLQ[-_]?)?(?:C30|BR23)|QLQ|ITEM|Q|BR|C)?[-_]?(\d{1,2})", re.IGNORECASE)
_DIMENSIONS = {"MO": 1, "SC": 2, "UA": 3, "PD": 4, "AD": 5, "VAS": 6}
_BR23_FIRST, _BR23_ITEMS = 31, 23
_REASONS = (
    ("NOT EXPECTED", re.compile(r"not (?:expected|applicable|required|due)|^n/?a$", re.IGNORECASE)),
    ("DEATH", re.compile(r"death|died|deceased|décès|décéd", re.IGNORECASE)),
    ("REFUSED", re.compile(r"refus|declin", re.IGNORECASE)),
    ("TOO ILL", re.compile(r"\bill\b|illness|sick|health|condition|malad|fatigu", re.IGNORECASE)),
    ("LANGUAGE", re.compile(r"langu", re.IGNORECASE)),
    ("TECHNICAL", re.compile(r"technic|techniq|device|tablet|internet|connection", re.IGNORECASE)),
    ("LOST TO FOLLOW-UP", re.compile(r"lost|perdu", re.IGNORECASE)),
    ("WITHDRAWAL", re.compile(r"withdr|retrait", re.IGNORECASE)),
    ("ADMINISTRATIVE", re.compile(r"admin|forgot|oubli|staff|site|not (?:given|offered)|organi[sz]|error|erreur", re.IGNORECASE)),
)
"""Coded reason of a form that is not there, by the first that its text fits; the text itself is not kept."""


def instrument_of(*texts: str | None) -> str | None:
    """Which questionnaire a category, a test or a test code names; the first of them that names one."""
    for text in texts:
        for instrument, pattern in _INSTRUMENTS if isinstance(text, str) else ():
            if pattern.search(text.strip()):
                return instrument.value
    return None


def item_of(instrument: str | None, code: str | None) -> int | None:
    """The number of an item within its questionnaire, by its test code; None where the code is that of a score.

    Items of the QLQ-BR23 are numbered 31 to 53 behind those of the QLQ-C30; a code that counts them from 1 means the same.
    """
    if instrument is None or not isinstance(code, str):
        return None
    code = code.strip().upper()
    if instrument == Instrument.EQ_5D_5L and code.removeprefix("EQ5D").strip("-_") in _DIMENSIONS:
        return _DIMENSIONS[code.removeprefix("EQ5D").strip("-_")]
    found = _ITEM.fullmatch(code)
    if found is None:
        return None
    number = int(found[1])
    is_own_count = instrument == Instrument.QLQ_BR23 and 1 <= number <= _BR23_ITEMS
    return number + _BR23_FIRST - 1 if is_own_count else number


def reason_code(text: str | None) -> str | None:
    """The coded reason of a questionnaire that is missing. What fits no code is OTHER; nothing told stays empty."""
    if not isinstance(text, str) or not text.strip():
        return None
    return next((code for code, pattern in _REASONS if pattern.search(text.strip())), "OTHER")


def read_answers(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Staged rows of `qs_item` and of `qs_form`, and what was found.

    rows: staged rows of `answer`. A row that says NOT DONE is an item without an answer, or, where nothing of the form was
    answered, part of a form that is missing. Forms are told by visit; a row without a visit belongs to none.
    """
    rows = rows.reset_index(drop=True)
    for name in ANSWER_COLUMNS:
        if name not in rows:
            rows[name] = pd.Series(None, index=rows.index, dtype=object)
    rows = rows.assign(**_told(rows))
    findings, rows = _unread(rows)
    if rows.empty:
        return pd.DataFrame(), pd.DataFrame(), findings
    not_done = rows["status"].map(lambda cell: isinstance(cell, str) and cell.strip().casefold() == "not done").to_numpy(dtype=bool)
    values = each(cells(rows["value"]), number_of)
    numberless = np.array([number is None and cell is not None for number, cell in zip(values, rows["value"], strict=True)], dtype=bool)
    numberless &= rows["value"].notna().to_numpy(dtype=bool) & ~not_done
    findings += per_file(
        rows[numberless], Severity.ERROR, "answer_not_a_number",
        counted("1 answer is no number.", "{n} answers are no numbers."),
        f"{NOTHING_IMPORTED}; deliver answers as numbers (QSSTRESN, AVAL), or translate them with codes in the mapping file.",
        table="qs_item", column="value",
    )  # fmt: skip
    rows["value"] = np.where(not_done, None, values)
    answered = rows["value"].notna()
    rows["_form"] = rows["visit_code"].where(rows["visit_code"].notna(), [f"{when:.0f}" for when in moment(rows)])
    form = ["subject_id", "instrument", "_form"]
    rows["_answered"] = answered.groupby([rows[name] for name in form], dropna=False).transform("any")
    return _items(rows), _forms(rows, form), findings


def _told(rows: pd.DataFrame) -> dict[str, list]:
    """Instrument and item of each row; each different combination of texts is judged once."""
    told: dict[tuple, tuple[str | None, int | None]] = {}
    texts = list(zip(*(cells(rows[name]) for name in ("instrument", "test", "code")), strict=True))
    for category, test, code in set(texts):
        instrument = instrument_of(category, test, code)
        told[category, test, code] = instrument, item_of(instrument, code)
    return {"instrument": [told[text][0] for text in texts], "item_no": [told[text][1] for text in texts]}


def _unread(rows: pd.DataFrame) -> tuple[list[Finding], pd.DataFrame]:
    """Notes on rows of other questionnaires and on scores, and the rows that are left."""
    strange = rows["instrument"].isna()
    findings = per_file(
        rows[strange], Severity.NOTE, "questionnaire_not_known",
        counted("1 row is of a questionnaire that is not known here; it was not used.",
                "{n} rows are of questionnaires that are not known here; they were not used."),
        f"Known are {', '.join(Instrument)}; name the questionnaire in QSCAT or in a mapping file.", table="qs_item", column="instrument",
    )  # fmt: skip
    rows = rows[~strange].reset_index(drop=True)
    whole = rows["code"].map(lambda code: isinstance(code, str) and code.strip().upper().startswith(WHOLE_FORM)).to_numpy(dtype=bool)
    scores = rows["item_no"].isna().to_numpy(dtype=bool) & ~whole
    findings += per_file(
        rows[scores], Severity.NOTE, "scores_not_stored",
        counted("1 row is no item, a computed score for instance; it was not stored.",
                "{n} rows are no items, computed scores for instance; they were not stored."),
        "No action needed: scores are computed from the items.", table="qs_item", column="code",
    )  # fmt: skip
    return findings, rows[~scores].reset_index(drop=True)


def _items(rows: pd.DataFrame) -> pd.DataFrame:
    """Items of forms of which something was answered. Of an item that is delivered twice the same answer counts once."""
    items = rows[rows["item_no"].notna() & rows["_answered"]].assign(_moment=moment)
    key = ["subject_id", "instrument", "_moment", "item_no"]
    some = items["value"].notna().groupby([items[name] for name in key], dropna=False).transform("any")
    items = items[items["value"].notna() | ~some].drop_duplicates([*key, "value"])
    kept = ["subject_id", "instrument", "item_no", "value", *(name for name in items if name.startswith("day") or name in _ORIGIN)]
    return items[kept].reset_index(drop=True)


_ORIGIN = ("_file", "_row", "_rule", "_rank")


def _forms(rows: pd.DataFrame, form: list[str]) -> pd.DataFrame:
    """One row for each questionnaire of a visit."""
    rows = rows[rows["visit_code"].notna()]
    if rows.empty:
        return pd.DataFrame()
    reason = rows["reason"].map(reason_code)
    rows = rows.assign(reason=reason, _moment=moment(rows)).sort_values("_moment", kind="stable")
    # Of the answered rows the first dates the form; a row that says why there is no answer is no date of it.
    rows = rows.sort_values("value", key=lambda values: values.isna(), kind="stable")
    forms = rows.groupby(form, sort=False, dropna=False)
    first = forms.first().reset_index().drop(columns="_form")
    done = first["_answered"].to_numpy(dtype=bool)
    expected = first["reason"].ne("NOT EXPECTED").to_numpy(dtype=bool)
    first["status"] = np.select([done, ~expected], [FormStatus.DONE.value, FormStatus.NOT_EXPECTED.value], FormStatus.MISSED.value)
    first["reason"] = first["reason"].where(~done & expected, None)
    for name in [name for name in first if name == "day" or name.startswith("day@")]:
        first[name] = first[name].where(done)
    kept = ["subject_id", "instrument", "visit_code", "status", "reason", *(name for name in first if name.startswith("day") or name in _ORIGIN)]
    return first[kept]
