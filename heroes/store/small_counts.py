"""Which counts of an aggregate over all patients are left empty for those who may not see all patients."""

from collections.abc import Callable

import pandas as pd

from heroes.model.small_cells import hide_small_cells


def _hide_categories(rows: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """baseline_count: the categories of one characteristic add up to the patients of a population."""
    hidden = rows.astype({"n": object})
    for _, part in rows.groupby(["population", "characteristic"]):
        hidden.loc[part.index, "n"] = pd.Series(hide_small_cells(part["n"].tolist(), smallest), index=part.index, dtype=object)
    return hidden


def _hide_known(rows: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """baseline_measure: known and missing add up to the patients of a population."""
    pairs = [hide_small_cells(pair, smallest) for pair in rows[["n_known", "n_missing"]].values.tolist()]
    return rows.assign(n_known=pd.Series([pair[0] for pair in pairs], index=rows.index, dtype=object),
                       n_missing=pd.Series([pair[1] for pair in pairs], index=rows.index, dtype=object))


def _hide_grades(rows: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """adverse_event_count: patients by worst grade add up to those with the event. Events of few patients are not named at all."""
    kept = rows[rows["n"] >= smallest]
    pairs = [hide_small_cells(pair, smallest) for pair in kept[["n_low", "n_high"]].values.tolist()]
    return kept.assign(n_low=pd.Series([pair[0] for pair in pairs], index=kept.index, dtype=object),
                       n_high=pd.Series([pair[1] for pair in pairs], index=kept.index, dtype=object))


HIDDEN: dict[str, Callable[[pd.DataFrame, int], pd.DataFrame]] = {
    "baseline_count": _hide_categories, "baseline_measure": _hide_known, "adverse_event_count": _hide_grades,
}
"""Aggregate → its rows with small counts empty. An aggregate that is not named here leaves them out by itself."""
