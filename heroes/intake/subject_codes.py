"""Codes of patients: a code that carries a date, a long number or initials could be traced back to a person."""

import re
from collections.abc import Iterable, Set

import numpy as np

from heroes.intake.files import Dataset
from heroes.intake.findings import Finding, name_rows
from heroes.intake.parsing import different
from heroes.intake.personal import shown_column, shown_table
from heroes.model.terms import Severity

FEWEST_CODES = 3
"""With fewer patients, letters before their numbers cannot be told from a code of the site."""

_SUBJECT_HEADER = re.compile(
    r"(?:usubjid|subjid|subject(?:_?(?:id|code|no|number))?|patient(?:_?(?:id|code|no|number))?|pat_?id|pid|code_?patient"
    r"|(?:num|numero|no)_?patient|record(?:_?id)?|subjectkey|study_?subject_?id|screening_?(?:id|no|number))$",
    re.IGNORECASE,
)
_CODE_OF_PROTOCOL = ("usubjid", "subject_id")
_SITE_HEADER = re.compile(r"(?:site|centre|center|country|studyid|study)", re.IGNORECASE)
_MONTH, _DAY, _YEAR = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])", r"(?:19|20)\d{2}"
_DATE = re.compile(rf"(?<!\d)(?:{_YEAR}[-/._]{_MONTH}[-/._]{_DAY}|{_DAY}[-/._]{_MONTH}[-/._]{_YEAR})(?!\d)")
_LONG_NUMBER = re.compile(r"\d{8}")
_INITIALS = re.compile(r"([A-Z]{2,3})[-_ .]?(?=\d)")
_REMEDY = "Nothing was imported; give patients codes that mean nothing outside the trial."


def check_subject_codes(
    dataset: Dataset, hinted: Set[str], pattern: re.Pattern | None, *, except_for: Set[str] = frozenset()
) -> Iterable[tuple[str, Finding]]:
    """What is wrong with the patients' codes of a dataset: pairs of column and finding, all of them errors.

    hinted: columns that hold the code; without any, those whose header says so. pattern: what the code must look like;
    it is asked of the hinted columns, else of USUBJID and subject_id. except_for: columns judged already.
    """
    wanted = {name.casefold() for name in hinted}
    for place, column in enumerate(dataset.columns, start=1):
        name = column.name
        if name in except_for or not (name.casefold() in wanted or _SUBJECT_HEADER.match(name.strip())):
            continue
        places, distinct = different(dataset.frame[name].to_numpy(dtype=object))
        codes = [*map(_code, distinct), ""]  # the last stands for an empty cell
        shown = shown_column(name, place)
        for rule, message, chosen in _judge(dataset, codes, places):
            yield name, _finding(dataset, shown, rule, message, chosen)
        if pattern is not None and (name.casefold() in (wanted or _CODE_OF_PROTOCOL)):
            chosen = np.array([code != "" and pattern.fullmatch(code) is None for code in codes], dtype=bool)[places]
            if chosen.any():
                message = f"Codes in {int(chosen.sum()):,} rows do not match subject_id_pattern of the protocol."
                yield name, _finding(dataset, shown, "subject_code_pattern", message, chosen)


def _code(cell) -> str:
    if cell.__class__ is str:
        return cell.strip()
    if cell is None or cell != cell:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _judge(dataset: Dataset, codes: list[str], places: np.ndarray) -> Iterable[tuple[str, str, np.ndarray]]:
    """codes: the different codes of a column; places: of each row's code among them."""
    dated = np.array([_DATE.search(code) is not None for code in codes], dtype=bool)[places]
    if dated.any():
        yield "subject_code_date", f"Patient codes in {int(dated.sum()):,} rows contain a full date.", dated
    long = np.array([_LONG_NUMBER.search(code) is not None for code in codes], dtype=bool)[places] & ~dated
    if long.any():
        yield "subject_code_number", f"Patient codes in {int(long.sum()):,} rows contain 8 or more digits in a row.", long
    initials = _with_initials(dataset, codes)
    if initials:
        message = "Patient codes begin with letters that differ from patient to patient: initials?"
        yield "subject_code_initials", message, np.array([code in initials for code in codes], dtype=bool)[places]


def _with_initials(dataset: Dataset, codes: list[str]) -> Set[str]:
    """Codes that begin with two or three capitals which change from patient to patient and are no site's code."""
    prefixes = {}
    for code in set(codes) - {""}:
        found = _INITIALS.match(code)
        if found:
            prefixes[code] = found[1]
    distinct = set(prefixes.values())
    if len(prefixes) < FEWEST_CODES or len(distinct) * 2 <= len(prefixes):
        return set()
    places = {
        str(cell).strip().upper()[:3]
        for column in dataset.columns if _SITE_HEADER.match(column.name.strip())
        for cell in set(dataset.frame[column.name]) if cell is not None
    }
    if all(any(place.startswith(prefix[:3]) for place in places) for prefix in distinct):
        return set()
    return prefixes.keys()


def _finding(dataset: Dataset, shown: str, rule: str, message: str, chosen: np.ndarray) -> Finding:
    return Finding(
        Severity.ERROR, rule, message, _REMEDY, file=dataset.file, table=shown_table(dataset.name),
        row=name_rows(dataset.rows[chosen]), column=shown,
    )
