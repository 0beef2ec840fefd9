"""The table under cumulative incidence curves: patients at risk, censored, and with each cause, at given times."""

import numpy as np
import pandas as pd

from heroes.statistics.competing_risks import IncidenceCurves
from heroes.statistics.grid import check_times


def count_by_cause(curves: IncidenceCurves, ticks) -> pd.DataFrame:
    """tick, at_risk, censored and cause_1, cause_2 … (each cause's number), one row per tick in the order given.

    at_risk: patients with that time or a longer one; the others left before the tick. A row adds up to all patients.
    Raises OutsideStudyError for a negative tick.
    """
    ticks = check_times(np.asarray(ticks, dtype=float).reshape(-1))
    after = np.searchsorted(curves.time, ticks - curves.tolerance, side="left")
    before = {
        "censored": curves.censored, **{f"cause_{curve.cause}": curve.events for curve in curves.causes},
    }
    counted = {name: np.insert(np.cumsum(column), 0, 0)[after] for name, column in before.items()}
    return pd.DataFrame({"tick": ticks, "at_risk": np.append(curves.at_risk, 0)[after], **counted})
