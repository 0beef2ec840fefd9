"""Spells of patients in states, checked and put in order: what a multi-state estimate works on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.grid import merge_times


@dataclass(frozen=True, eq=False)
class Paths:
    """Every patient's way, one row per spell, patient after patient, in order of time.

    patient: 0 … n − 1. entered, end: rows of `time`, the distinct times at which a spell ends; entered is −1 for first
    spells, which begin just before everything. state, next_state: places in `states`, next_state −1 where the spell was
    censored. at_risk: patients in each state (column) just before each time (row).
    """

    states: tuple[str, ...]
    time: np.ndarray
    patient: np.ndarray
    entered: np.ndarray
    end: np.ndarray
    state: np.ndarray
    next_state: np.ndarray
    is_first: np.ndarray
    at_risk: np.ndarray
    n: int
    tolerance: float


def read_spells(spells: pd.DataFrame, states: Sequence[str], absorbing: Sequence[str] = ()) -> Paths:
    """Spells in any order, as paths that begin at 0 and join.

    spells: subject_id, start_day, end_day, state, next_state; see `estimate_occupancy`. A last spell of length 0 says
    where a patient was last seen and is left out, as is time spent in an absorbing state.
    Raises OutsideStudyError for impossible times and late entry, MisuseError for unknown states and spells that do not join.
    """
    states = _check_states(states, absorbing)
    place_of = {state: place for place, state in enumerate(states)}
    here, there = _places(spells["state"], place_of, "state"), _places(spells["next_state"], place_of, "next_state", censored=True)
    patient, who = pd.factorize(spells["subject_id"], sort=True)
    if (patient < 0).any():
        raise MisuseError("Some spells have no patient.")
    n_rows = len(spells)
    days = [pd.to_numeric(spells[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan) for name in ("start_day", "end_day")]
    distinct, place, tolerance = merge_times(np.concatenate(days))
    start, end = place[:n_rows], place[n_rows:]
    order = np.lexsort((there < 0, end, start, patient))
    patient, start, end, here, there = (column[order] for column in (patient, start, end, here, there))
    is_first = np.append(True, np.diff(patient) > 0)[:n_rows]
    _check_joins(patient, start, end, here, there, is_first, distinct, states, absorbing)
    is_final = np.isin(here, [place_of[state] for state in absorbing])
    kept = is_first | ((end > start) & ~is_final)
    patient, start, end, here, there, is_first = (column[kept] for column in (patient, start, end, here, there, is_first))
    ends = np.unique(end)
    row = np.searchsorted(ends, end)
    entered = np.where(is_first, -1, np.searchsorted(ends, start))
    changes = np.zeros((len(ends) + 1, len(states)), dtype=np.int64)
    np.add.at(changes, (entered + 1, here), 1)
    np.add.at(changes, (row + 1, here), -1)
    at_risk = np.cumsum(changes, axis=0)[:-1]
    return Paths(states, distinct[ends], patient, entered, row, here, there, is_first, at_risk, len(who), tolerance)


def _check_states(states: Sequence[str], absorbing: Sequence[str]) -> tuple[str, ...]:
    states = tuple(states)
    if len(set(states)) != len(states) or not states:
        raise MisuseError("Each state must be named once, and there must be one.")
    if not set(absorbing) <= set(states):
        raise MisuseError(f"Absorbing states must be among the states {', '.join(states)}.")
    return states


def _places(cells: pd.Series, place_of: dict[str, int], column: str, *, censored: bool = False) -> np.ndarray:
    """Each state's place, −1 for censored; MisuseError for a state that is missing or not among those named."""
    missing = cells.isna().to_numpy(dtype=bool)
    if missing.any() and not censored:
        raise MisuseError(f"The state of {int(missing.sum())} spells is not known: leave those patients out first, and say so.")
    unknown = {str(cell) for cell in cells[~missing].unique()} - set(place_of)
    if unknown:
        raise MisuseError(f'The column "{column}" holds {", ".join(sorted(unknown))}; the states are {", ".join(place_of)}.')
    return np.array([-1 if gone else place_of[cell] for cell, gone in zip(cells, missing, strict=True)], dtype=np.int64)


def _check_joins(patient, start, end, here, there, is_first, distinct, states, absorbing) -> None:
    late = int((is_first & (distinct[start] > 0)).sum()) if len(start) else 0
    if late:
        raise OutsideStudyError(
            f"{late} patients come under observation after time 0. Late entry (left truncation) needs a risk set that is "
            "not offered here: begin every patient's spells at the origin."
        )
    last = np.append(is_first[1:], True)[: len(start)]
    follows = ~is_first
    before = np.flatnonzero(follows) - 1
    final = np.array([states.index(state) for state in absorbing], dtype=np.int64)
    wrong = {
        "end before they begin": end < start,
        "change into the state they are in": here == there,
        "lead out of an absorbing state": np.isin(here, final) & (there >= 0),
        "have no length and lie between others": (end == start) & ~is_first & ~(last & (there < 0)),
        "are followed by others though they were censored": ~last & (there < 0),
    }
    gaps = np.zeros(len(start), dtype=bool)
    gaps[follows] = (start[follows] != end[before]) | ((here[follows] != there[before]) & (there[before] >= 0))
    wrong["do not begin where and when the one before ended"] = gaps
    for what, rows in wrong.items():
        if rows.any():
            raise MisuseError(f"{int(rows.sum())} of {len(start)} spells {what}.")
