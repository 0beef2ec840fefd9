"""Findings about staged rows: one per patient for the site to answer, or one per column for the data manager."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding, name_rows
from heroes.model.terms import Severity

NOTHING_IMPORTED = "Nothing was imported"


def per_patient(
    rows: pd.DataFrame, rule: str, message: str | Callable[[int], str], remedy: str, *, table: str, column: str | None = None
) -> list[Finding]:
    """One QUERY for each patient among these rows. message: text, or a function of the number of rows."""
    if rows.empty:
        return []
    found = []
    rows = rows[[name for name in ("subject_id", "_file", "_row") if name in rows]]
    for subject, positions in rows.groupby("subject_id", sort=True, dropna=False).indices.items():
        part = rows.iloc[positions]
        said = message if isinstance(message, str) else message(len(part))
        file, row = _where(part)
        found.append(
            Finding(Severity.QUERY, rule, said, remedy, file=file, table=table, row=row, column=column,
                    subject_id=None if pd.isna(subject) else str(subject))
        )  # fmt: skip
    return found


def per_file(
    rows: pd.DataFrame, severity: Severity, rule: str, message: str | Callable[[int], str], remedy: str, *,
    table: str, column: str | None = None,
) -> list[Finding]:  # fmt: skip
    """One finding for each file among these rows, naming the rows."""
    if rows.empty:
        return []
    found = []
    files = rows["_file"] if "_file" in rows else pd.Series(None, index=rows.index, dtype=object)
    for _, positions in files.groupby(files.fillna(""), sort=True).indices.items():
        part = rows.iloc[positions]
        file, row = _where(part)
        said = message if isinstance(message, str) else message(len(part))
        found.append(Finding(severity, rule, said, remedy, file=file, table=table, row=row, column=column))
    return found


def _where(part: pd.DataFrame) -> tuple[str | None, str | None]:
    """The file and the rows of some staged rows; rows without a file (of an earlier cut) have neither."""
    if "_file" not in part:
        return None, None
    files = [file for file in part["_file"].unique() if isinstance(file, str)]
    numbers = part["_row"].to_numpy(dtype=float)
    numbers = numbers[~np.isnan(numbers)]
    if not files:
        return None, name_rows(numbers.astype(int)) if len(numbers) else None
    if len(files) > 1:
        return ", ".join(sorted(files)), None
    return files[0], name_rows(numbers.astype(int)) if len(numbers) else None


_CODE = re.compile(r"[A-Z][A-Z\d_]{0,7}")


def is_code(text: object) -> bool:
    """Is it a code of a test or parameter as CDISC writes them, and no word of anybody: eight capitals and digits at most?"""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def counted(singular: str, plural: str) -> Callable[[int], str]:
    """`counted("1 row", "{n} rows")` as a message."""
    return lambda n: singular if n == 1 else plural.format(n=n)
