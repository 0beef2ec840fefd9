"""Personal data at the door: what could name a person is refused, not masked, and never repeated in a message."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from heroes.errors import ProtocolError
from heroes.intake import personal
from heroes.intake.birth import has_birth_day
from heroes.intake.files import Dataset, SourceColumn, table_names
from heroes.intake.findings import Finding, name_rows
from heroes.intake.parsing import different
from heroes.intake.subject_codes import check_subject_codes
from heroes.model.terms import Severity

ACCESSIONS_ENOUGH = 20
CHANCE_SHARE = 0.1
"""Of random numbers shaped like a NIR one in 97 has the right key. In a column of laboratory numbers with at least this
many such shapes, right keys up to this share are taken for chance: a warning, not a refusal."""

_FOUND = {
    "nir": "a social security number (NIR) with a valid key",
    "phone": "a telephone number",
    "email": "an e-mail address",
    "iban": "a bank account number",
    "variant": "the place of a genetic variant",
}
_REMOVE = "Nothing was imported; remove it at the source, or list the column under drop in the mapping file."


@dataclass
class _Column:
    """One column at the door: its cells, what is said of it, and whether it goes on."""

    dataset: Dataset
    column: SourceColumn
    place: int
    findings: list[Finding] = field(default_factory=list)
    stays: bool = True

    def __post_init__(self):
        self.name, self.label = self.column.name, self.column.label or ""
        self.cells = self.dataset.frame[self.name].to_numpy()
        self.filled = ~pd.isna(self.cells)

    def refuse(self, rule: str, message: str, remedy: str = _REMOVE, where: np.ndarray | None = None):
        """An ERROR; the column does not go on. where: which cells."""
        self._say(Severity.ERROR, rule, message, remedy, where)
        self.stays = False

    def leave_out(self, rule: str, message: str, remedy: str, where: np.ndarray | None = None):
        """A NOTE; the column does not go on."""
        self._say(Severity.NOTE, rule, message, remedy, where)
        self.stays = False

    def warn(self, rule: str, message: str, remedy: str, where: np.ndarray | None = None):
        """A NOTE; the column goes on."""
        self._say(Severity.NOTE, rule, message, remedy, where)

    def _say(self, severity: Severity, rule: str, message: str, remedy: str, where: np.ndarray | None):
        self.findings.append(
            Finding(
                severity, rule, message, remedy, file=self.dataset.file, table=personal.shown_table(self.dataset.name),
                row=None if where is None else name_rows(self.dataset.rows[where]),
                column=personal.shown_column(self.name, self.place),
            )
        )


def check_identifiers(
    datasets: Sequence[Dataset],
    *,
    subject_columns: Mapping[str, set[str]] | None = None,
    subject_id_pattern: str | None = None,
) -> tuple[list[Dataset], list[Finding]]:
    """Datasets without the columns that may not go on, and what was found in headers, labels and cells.

    subject_columns: columns that hold the patient's code, by dataset (any of its `table_names`), where the mapping knows
        better than their names (USUBJID, subject_id, patient_id …). subject_id_pattern: what a code must look like
        (protocol; None: not set).

    Refused (ERROR): a NIR with its key, telephone, e-mail, bank account, in free text too; a birth date to the day; any
    value under a header of a name, address, contact, hospital number or place of a genetic variant; subject codes that carry a date, 8 digits in a
    row or initials. Left out with a warning (NOTE): birth year or month, names of investigators, columns with a title
    before a name. Warned of only: numbers shaped like a NIR without its key, under no header that announces one.
    Every column refused or left out is missing from the datasets returned; whoever goes on after an ERROR must not show
    a patient's code, for the code itself may be what was refused.
    Raises ProtocolError for a pattern that is no regular expression.
    """
    try:
        pattern = re.compile(subject_id_pattern) if subject_id_pattern else None
    except re.error:
        raise ProtocolError("privacy.subject_id_pattern of the protocol is not a regular expression.") from None
    flagged = _flagged_in_dictionary(datasets)
    judged: dict[str, _Text] = {}
    passed, findings = [], []
    for number, dataset in enumerate(datasets, start=1):
        if personal.identifier_in(dataset.file) or personal.identifier_in(dataset.name):
            findings.append(
                Finding(Severity.ERROR, "identifier_in_file_name", f"The name of file {number} of the delivery, or of the dataset in it, holds an identifier.",
                        "Nothing was imported; rename it.")
            )
        unwanted = set()
        for place, column in enumerate(dataset.columns, start=1):
            at_door = _Column(dataset, column, place)
            _check_column(at_door, judged, flagged)
            findings += at_door.findings
            if not at_door.stays:
                unwanted.add(column.name)
        for name, finding in check_subject_codes(dataset, _hinted(dataset, subject_columns), pattern, except_for=unwanted):
            findings.append(finding)
            unwanted.add(name)
        passed.append(_without(dataset, unwanted))
    return passed, findings


def _hinted(dataset: Dataset, subject_columns: Mapping[str, set[str]] | None) -> set[str]:
    names = set(table_names(dataset))
    return {column for key, columns in (subject_columns or {}).items() if key.strip().upper() in names for column in columns}


def _without(dataset: Dataset, unwanted: set[str]) -> Dataset:
    if not unwanted:
        return dataset
    columns = tuple(column for column in dataset.columns if column.name not in unwanted)
    return replace(dataset, columns=columns, frame=dataset.frame[[column.name for column in columns]])


def _check_column(at_door: _Column, judged: dict[str, "_Text"], flagged: set[str]) -> None:
    name, label = at_door.name, at_door.label
    if personal.identifier_in(name) or personal.identifier_in(label):
        at_door.refuse("identifier_in_header", "The header itself holds an identifier.")
    if personal.is_name_header(name) or personal.is_name_label(label):
        _refuse_filled(at_door, "name_column", "Names, contacts or hospital numbers belong under such a header")
    elif personal.is_variant_header(name):
        _refuse_filled(at_door, "variant_column", "The variants of a personal assay name a person")
    elif at_door.column.is_identifier or name.casefold() in flagged or name.casefold().split("___")[0] in flagged:
        _refuse_filled(at_door, "flagged_identifier", "The data dictionary marks this field as an identifier")
    else:
        if personal.is_birth_header(name) or personal.is_birth_date_header(label):
            _check_birth(at_door)
        elif personal.is_investigator_header(name):
            at_door.leave_out("investigator_name", "Names of investigators are not needed; the column was left out.", "No action needed.")
        _check_cells(at_door, judged)


def _refuse_filled(at_door: _Column, rule: str, why: str) -> None:
    n = int(at_door.filled.sum())
    at_door.stays = False
    if n:
        at_door.refuse(rule, f"{why}; {'1 cell is' if n == 1 else f'{n:,} cells are'} filled.", where=at_door.filled)


def _in_rows(chosen: np.ndarray) -> str:
    n = int(chosen.sum())
    return "in 1 row" if n == 1 else f"in {n:,} rows"


def _check_birth(at_door: _Column) -> None:
    says_date = personal.is_birth_date_header(at_door.name) or personal.is_birth_date_header(at_door.label)
    pairs = zip(at_door.cells, at_door.filled, strict=True)
    with_day = np.array([filled and has_birth_day(cell, header_says_date=says_date) for cell, filled in pairs], dtype=bool)
    if with_day.any():
        remedy = "Nothing was imported; deliver the age at inclusion instead, or list the column under drop in the mapping file."
        at_door.refuse("birth_date", f"Birth dates to the day {_in_rows(with_day)}.", remedy, with_day)
    else:
        message = "A column about birth was left out; the age at inclusion is what counts."
        at_door.leave_out("birth_column", message, "No action needed.")


@dataclass(frozen=True)
class _Text:
    """What one text holds; judged once, however often it occurs in the delivery."""

    identifier: str | None
    is_like_nir: bool
    has_title: bool


_NOTHING = _Text(None, False, False)


def _judge(text: str) -> _Text:
    identifier = personal.identifier_in(text)
    return _Text(identifier, identifier != "nir" and personal.is_like_nir(text), personal.has_title(text))


def _check_cells(at_door: _Column, judged: dict[str, _Text]) -> None:
    places, distinct = different(at_door.cells)
    texts = [cell if cell.__class__ is str else _as_text(cell) for cell in distinct]
    close = np.flatnonzero(personal.may_hold_any(texts))
    if not len(close):
        return
    texts.append("")  # stands for an empty cell
    verdicts = [_NOTHING] * len(texts)
    for place in close:
        text = texts[place]
        if text not in judged:
            judged[text] = _judge(text)
        verdicts[place] = judged[text]
    kinds = np.array([verdict.identifier or "" for verdict in verdicts], dtype=object)[places]
    like_nir = np.array([verdict.is_like_nir for verdict in verdicts], dtype=bool)[places]
    titled = np.array([verdict.has_title for verdict in verdicts], dtype=bool)[places]

    if personal.is_accession_header(at_door.name):
        digits = np.array([text.isdigit() for text in texts], dtype=bool)[places]
        kinds, like_nir = _without_chance(digits, kinds, like_nir)
    for rule, what in _FOUND.items():
        if (kinds == rule).any():
            at_door.refuse(rule, f"It looks like {what}, {_in_rows(kinds == rule)}.", where=kinds == rule)
    if like_nir.any():
        message = f"Numbers shaped like a social security number {_in_rows(like_nir)}"
        if personal.is_nir_header(at_door.name):
            at_door.refuse("nir_without_key", f"{message}, under such a header.", where=like_nir)
        else:
            remedy = "Look whether they are laboratory numbers; if not, have them removed at the source."
            at_door.warn("like_nir", f"{message}; their keys do not bear it out.", remedy, like_nir)
    if titled.any() and not personal.is_investigator_header(at_door.name):
        message = f"A title before a name {_in_rows(titled)}; the column was left out."
        at_door.leave_out("person_title", message, "Have names removed at the source.", titled)


def _without_chance(digits: np.ndarray, kinds: np.ndarray, like_nir: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Verdicts on a column of laboratory numbers: plain digits are no telephone number, a few right keys no NIR."""
    kinds = np.where((kinds == "phone") & digits, "", kinds)
    keyed = kinds == "nir"
    n_shaped = int((keyed | like_nir).sum())
    if n_shaped >= ACCESSIONS_ENOUGH and keyed.sum() <= CHANCE_SHARE * n_shaped:
        return np.where(keyed, "", kinds), like_nir | keyed
    return kinds, like_nir


def _as_text(cell) -> str:
    """A cell as the patterns see it: texts, and whole numbers long enough to be a NIR."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 1e12 <= abs(cell) < 1e15 and cell == cell // 1:
        return str(int(cell))
    return ""


def _flagged_in_dictionary(datasets: Sequence[Dataset]) -> set[str]:
    """Fields that a REDCap data dictionary in the delivery marks as identifiers, in small letters."""
    flagged = set()
    for dataset in datasets:
        own_name = {name.casefold(): name for name in dataset.frame.columns}
        fields = own_name.get("variable / field name") or own_name.get("field_name")
        marks = own_name.get("identifier?") or own_name.get("identifier")
        if fields and marks:
            pairs = zip(dataset.frame[fields], dataset.frame[marks], strict=True)
            flagged |= {str(name).strip().casefold() for name, mark in pairs if str(mark).strip().casefold() in ("y", "yes", "1")}
    return flagged
