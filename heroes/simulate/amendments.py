"""Corrections of what had been recorded wrongly: what two data cuts differ by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Amendment:
    """kind: snake_case name. known_from: ordinal of the day on which the correction reached the database."""

    kind: str
    subject_id: str
    table: str
    known_from: int
    what: str
