"""Rows of a query as a pandas frame, without losing what kind of value a column holds.

Whole numbers stay whole and yes/no stays yes/no where some are missing (Int64, boolean); without gaps they are plain
int64 and bool. Dates are datetime64, text is str; missing is NA, NaN or NaT, as pandas has it for each.
"""

import numpy as np
import pandas as pd

_WHOLE = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"
}


def answer_frame(description: list[tuple], values: dict[str, np.ndarray]) -> pd.DataFrame:
    """description: of the executed query, as the driver gives it. values: column → array, masked where cells are missing."""
    return pd.DataFrame({entry[0]: _column(str(entry[1]), values[entry[0]]) for entry in description})


def _column(kind: str, values: np.ndarray):
    missing = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    plain = values.data if missing is not None else values
    has_gaps = missing is not None and bool(missing.any())
    if kind in _WHOLE:
        whole = np.where(missing, 0, plain).astype("int64") if has_gaps else np.asarray(plain).astype("int64")
        return pd.arrays.IntegerArray(whole, missing.copy()) if has_gaps else whole
    if kind == "BOOLEAN":
        truth = np.where(missing, False, plain).astype(bool) if has_gaps else np.asarray(plain).astype(bool)
        return pd.arrays.BooleanArray(truth, missing.copy()) if has_gaps else truth
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        moments = np.asarray(plain).astype("datetime64[us]")
        return np.where(missing, np.datetime64("NaT", "us"), moments) if has_gaps else moments
    if kind == "DOUBLE" or kind == "FLOAT" or kind.startswith("DECIMAL"):
        numbers = np.asarray(plain).astype("float64")
        return np.where(missing, np.nan, numbers) if has_gaps else numbers
    cells = np.where(missing, None, plain) if has_gaps else np.asarray(plain)
    return pd.array(cells, dtype="str") if kind == "VARCHAR" or kind.startswith("ENUM") else cells
