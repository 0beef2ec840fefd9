"""What a delivered column may be, guessed from its name, its label and its contents. Each guess says why; none is believed unread."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from heroes.intake.files import Dataset
from heroes.intake.marker import call_words
from heroes.intake.parsing import cells, number_of, parse_dates, text_of
from heroes.model.terms import MilestoneKind, Response

MOST_CODES = 12
"""Different words of a column up to which they are taken for codes."""
LONGEST_CODE = 24
FORMATS = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%d%b%Y", "%d/%m/%y")

SUBJECT = r"subject_?key|study_?subject_?id|u?subj(ect)?_?id|subject(_?(code|no|nr|number))?|usubjid|subj|(study_)?pat(ient)?s?(_?(id|code|no|nr|num|number))?|pt_?id|pid|id|record_?id|participant(_?id)?|code|n[o°]?_?(patient|sujet|inclusion)|code_?(patient|sujet)|study_id"
SITE = r"location_?name|site(_?(id|no|nr|number|code))?|siteid|cent(re|er)(_?(id|no|nr|code))?|redcap_data_access_group"
PLAIN: dict[str, str] = {
    "site_id": SITE, "age_y": r"age(_?(y|years|yrs|at_\w+))?", "sex": r"sex(e)?|gender|genre", "ecog": r"ecog(_?ps)?|ps|performance_status",
}
"""Column of `subject` → names under which it comes."""

SEXES = {"f": "F", "female": "F", "femme": "F", "woman": "F", "féminin": "F", "feminin": "F", "m": "M", "male": "M", "homme": "M", "man": "M",
         "masculin": "M", "u": "U", "unknown": "U", "inconnu": "U"}  # fmt: skip

STEPS: tuple[tuple[MilestoneKind, str], ...] = (
    (MilestoneKind.CONSENT2, r"(second|2nd|2e?me|deuxi[eè]me).*consent|consent.*2"),
    (MilestoneKind.CONSENT1, r"consent|ic(f)?_?(date|dt)|rficdtc|signed"),
    (MilestoneKind.INCLUDED, r"inclu|enrol|random|rando_?d|entry_?date|rfstdtc"),
    (MilestoneKind.TX_RESUME, r"resum|re_?start|reprise|re_?treat"),
    (MilestoneKind.TX_STOP, r"(treat|tx|ther|trt|trait).*(stop|end|arr[eê]t|fin)|stop|arr[eê]t"),
    (MilestoneKind.DEATH, r"death|dth|d[eé]c[eè]s|died"),
    (MilestoneKind.LTFU, r"lost|ltfu|perdu"),
    (MilestoneKind.WITHDRAWN, r"withdr|retrait"),
    (MilestoneKind.LAST_ALIVE, r"last_?(alive|contact|news|seen|visit|follow)|derni[eè]res?_?nouvelles|lstalv|last_?fu"),
)
"""Step of a patient → what its date is called; the first that fits is taken."""

EVENTS = ("OS", "PFS", "DFS", "RFS", "EFS", "TTP", "DRFS")
_RESPONSES = {answer.value for answer in Response}


@dataclass(frozen=True)
class Column:
    """A delivered column, looked at. kind: date, number, code, text or empty. form: how its dates are written, None for ISO.

    codes: its words in order of appearance where they are few, else (). is_sure: False where dates fit two formats alike.
    """

    name: str
    label: str | None
    kind: str
    form: str | None = None
    is_sure: bool = True
    codes: tuple[str, ...] = ()
    n_filled: int = 0
    n_unique: int = 0

    def is_called(self, pattern: str, *, whole: bool = True) -> bool:
        """Whether its name, or else its label, fits."""
        fits = re.fullmatch if whole else re.search
        return any(fits(pattern, folded(text)) is not None for text in (self.name, self.label) if text)


def folded(text: str) -> str:
    """A name as patterns see it: small letters, one _ for any run of blanks, dots and dashes."""
    return re.sub(r"[\s.\-/]+", "_", text.strip().lower()).strip("_")


def look_at(dataset: Dataset) -> list[Column]:
    """Every column of a dataset."""
    labels = {column.name: column.label for column in dataset.columns}
    return [_look(name, labels.get(name), cells(dataset.frame[name])) for name in dataset.frame.columns]


def _look(name: str, label: str | None, values: np.ndarray) -> Column:
    filled = [cell for cell in values if cell is not None]
    words = list(dict.fromkeys(text_of(cell) for cell in filled))
    common = {"name": name, "label": label, "n_filled": len(filled), "n_unique": len(words)}
    if not filled:
        return Column(kind="empty", **common)
    form, is_sure = _date_form(np.array(words, dtype=object), filled)
    if form is not None:
        return Column(kind="date", form=form or None, is_sure=is_sure, **common)
    few = len(words) <= MOST_CODES and all(len(word) <= LONGEST_CODE for word in words)
    if all(number_of(cell) is not None for cell in filled):
        return Column(kind="number", codes=tuple(words) if few else (), **common)
    return Column(kind="code" if few else "text", codes=tuple(words) if few else (), **common)


def _date_form(words: np.ndarray, filled: Sequence) -> tuple[str | None, bool]:
    """How the dates of a column are written: "" for ISO and typed dates, a format, or None where they are no dates."""
    if all(hasattr(cell, "isoformat") for cell in filled):
        return "", True
    if not any(re.search(r"\d{2}", word) for word in words[:50]) or all(re.fullmatch(r"[+-]?\d{1,6}([.,]\d+)?", word) for word in words[:50]):
        return None, True
    if _n_dates(words, None) >= 0.9 * len(words):
        return "", True
    fits = [form for form in FORMATS if _n_dates(words, form) >= 0.9 * len(words)]
    return (fits[0], not {"%d/%m/%Y", "%m/%d/%Y"} <= set(fits)) if fits else (None, True)


def _n_dates(words: np.ndarray, form: str | None) -> int:
    try:
        return int((~np.isnat(parse_dates(words, form).values)).sum())
    except (ValueError, TypeError):
        return 0


def subject_column(columns: Sequence[Column], shared: Callable[[str], float]) -> Column | None:
    """The column that holds the patient's code: by its name, and of several by how many of its words other files know.

    shared: name of a column → share of its words that a patient's column of another file holds.
    """
    called = [column for column in columns if column.is_called(SUBJECT) and column.kind in ("text", "code", "number") and column.n_unique > 1]
    if not called:
        called = [column for column in columns if column.is_called(SUBJECT) and column.n_filled]
    exact = [column for column in called if folded(column.name) in ("usubjid", "subject_id", "subjid")]
    return max(exact or called, key=lambda column: (shared(column.name), column.n_unique), default=None)


def step_of(column: Column) -> MilestoneKind | None:
    """The step that a date column is the date of."""
    return next((kind for kind, pattern in STEPS if column.is_called(pattern, whole=False)), None)


def is_call(column: Column) -> bool:
    """Whether the words of a column are calls of a laboratory, a positive or a negative among them."""
    known = call_words(None)
    calls = [known.get(word.strip().upper()) for word in column.codes]
    return column.kind == "code" and None not in calls and bool({"POSITIVE", "NEGATIVE"} & set(calls))


def is_response(column: Column) -> bool:
    """Whether the words of a column are overall responses."""
    words = {word.strip().upper() for word in column.codes}
    return column.kind == "code" and len(words) > 1 and words <= _RESPONSES and bool(words & {"CR", "PR", "SD", "PD"})


def unit_of_time(column: Column) -> str | None:
    """The unit that a column of relative times names, or None."""
    for unit in ("days", "weeks", "months", "years"):
        if column.is_called(rf"(^|[_(]){unit[:-1]}s?([_)]|$)|{unit}", whole=False):
            return unit
    return None


def unit_in(name: str) -> str | None:
    """A unit in brackets at the end of a name: `ctDNA content (hGE/ml)`."""
    found = re.search(r"[(\[]([^)\]]{1,12})[)\]]\s*$", name)
    return found[1] if found else None


def times_to_event(columns: Sequence[Column]) -> list[tuple[str, Column, Column]]:
    """(parameter, time, status) for pairs such as OS_TIME with OS_status, or DFS with re_DFS."""
    found = []
    for event in EVENTS:
        pattern = event.lower()
        times = [c for c in columns if c.kind == "number" and c.n_unique > 2 and re.fullmatch(rf"{pattern}(_?(time|days?|weeks?|months?|years?|t|dur\w*))?(_?(days?|weeks?|months?))?", folded(c.name))]
        status = [c for c in columns if 1 <= c.n_unique <= 3 and re.fullmatch(rf"((re|status|event|ind|is)_?{pattern}|{pattern}_?(status|event|stat|cens\w*|cnsr|ind|evt))", folded(c.name))]
        if times and status:
            found.append((event, times[0], status[0]))
    return found
