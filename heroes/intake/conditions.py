"""Which rows of a dataset a mapping means."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from heroes.intake.parsing import cells, each, number_of, text_of
from heroes.intake.rules import ConditionEntries


def rows_meant(frame: pd.DataFrame, where: Mapping[str, ConditionEntries]) -> np.ndarray:
    """A mask over the rows; a column that is absent counts as empty."""
    mask = np.ones(len(frame), dtype=bool)
    for column, condition in where.items():
        values = cells(frame[column]) if column in frame else np.full(len(frame), None, dtype=object)
        mask &= _holds(values, condition)
    return mask


def _holds(values: np.ndarray, condition: ConditionEntries) -> np.ndarray:
    words = each(values, lambda cell: text_of(cell).casefold())
    filled = np.array([word not in (None, "") for word in words], dtype=bool)
    mask = np.ones(len(values), dtype=bool)
    if condition.present is not None:
        mask &= filled == condition.present
    if condition.is_ is not None:
        mask &= np.isin(_plain(words), [text_of(value).casefold() for value in condition.is_])
    if condition.not_ is not None:
        mask &= ~np.isin(_plain(words), [text_of(value).casefold() for value in condition.not_])
    if condition.matches is not None:
        mask &= _found(values, condition.matches)
    if condition.unlike is not None:
        mask &= ~_found(values, condition.unlike)
    limits = (condition.above, condition.at_least, condition.below, condition.at_most)
    if any(limit is not None for limit in limits):
        numbers = np.array([np.nan if n is None else n for n in each(values, number_of)], dtype=float)
        for limit, compare in zip(limits, (np.greater, np.greater_equal, np.less, np.less_equal), strict=True):
            if limit is not None:
                mask &= compare(numbers, limit)
    return mask


def _plain(words: np.ndarray) -> np.ndarray:
    return np.array(["" if word is None else word for word in words], dtype=str)


def _found(values: np.ndarray, pattern: str) -> np.ndarray:
    search = re.compile(pattern).search
    found = each(values, lambda cell: search(text_of(cell)) is not None)
    return np.array([bool(cell) for cell in found], dtype=bool)
