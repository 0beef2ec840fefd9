"""A CSV table that is no delivery: what `heroes km` and `heroes cif` read. Every cell stays the text it is in the file."""

import csv
import warnings
from pathlib import Path

import pandas as pd

from heroes.errors import MisuseError

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_plain_table(path: Path) -> pd.DataFrame:
    """The table, one column per name in its header line, spaces around names and cells taken off; an empty cell is missing.

    UTF-8, with or without byte-order mark, separated by commas. Raises MisuseError for a file that is not there, not
    such a table, whose header repeats a name, or in which a row has more cells than the header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
    except FileNotFoundError:
        raise MisuseError(f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise MisuseError(f"{path} cannot be read as a CSV in UTF-8 with a header line.") from None
    if not any(header):
        raise MisuseError(f"{path} is empty: a header line with the names of the columns is wanted.")
    other = next((name for sign, name in _OTHER_SEPARATORS.items() if len(header) == 1 and sign in header[0]), None)
    if other:
        raise MisuseError(f"The cells of {path} are separated by {other}; commas are wanted. Save it as comma-separated CSV.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise MisuseError(f"The header of {path} has {', '.join(repr(name) for name in twice)} more than once; names must differ.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row with more cells than the header has names
            frame = pd.read_csv(
                path, header=None, names=header, skiprows=1, dtype=str, keep_default_na=False, na_values=[""],
                skipinitialspace=True, encoding="utf-8-sig", index_col=False)
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=header, dtype=str)
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        raise MisuseError(f"A row of {path} has more cells than the header has names. Correct the file first.") from None
    except UnicodeDecodeError:
        raise MisuseError(f"{path} is not in UTF-8. Save it so first.") from None
    return frame.apply(lambda cells: cells.str.strip().replace("", pd.NA))
