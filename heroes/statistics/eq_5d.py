"""EQ-5D-5L: the index by the French value set, and the visual analogue scale."""

import numpy as np
import pandas as pd

INDEX, VAS = "INDEX", "VAS"

FRENCH = {
    1: (0.0, -0.037590, -0.047740, -0.179490, -0.325090),  # mobility
    2: (0.0, -0.036560, -0.050781, -0.172251, -0.258331),  # self-care
    3: (0.0, -0.033130, -0.039790, -0.156890, -0.240050),  # usual activities
    4: (0.0, -0.021980, -0.047040, -0.263740, -0.443990),  # pain, discomfort
    5: (0.0, -0.020460, -0.046830, -0.200050, -0.258030),  # anxiety, depression
}
"""Dimension (item) → what each of its levels 1 to 5 takes off full health. Andrade et al. 2020."""

VAS_ITEM = 6


def eq_5d_index(answers: pd.DataFrame) -> pd.DataFrame:
    """INDEX and VAS of each questionnaire.

    answers: columns 1 to 5 (levels 1–5) and 6 (0–100); NaN where not answered. One missing level and there is no index.
    INDEX: 1 full health, 0 as bad as dead, below 0 worse than dead.
    """
    taken = [
        answers[item].map(dict(zip((1.0, 2.0, 3.0, 4.0, 5.0), coefficients, strict=True))).astype(float)
        for item, coefficients in FRENCH.items()
    ]
    index = 1.0 + np.sum([part.to_numpy(dtype=float) for part in taken], axis=0)
    return pd.DataFrame({INDEX: index, VAS: answers[VAS_ITEM].astype(float)}, index=answers.index)
