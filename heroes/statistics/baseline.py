"""Characteristics at inclusion as shares of the patients."""

import pandas as pd


def add_shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts with their share of all patients of the population, those included of whom it is not recorded.

    counts: baseline_counts. Adds share (0–1); None where the count is hidden.
    """
    share = counts["n"].astype(float) / counts["n_total"].astype(float)
    return counts.assign(share=share.astype(object).where(share.notna(), None))
