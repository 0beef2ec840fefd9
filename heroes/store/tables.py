"""All tables of a data cut as frames, for the import that lays a partial delivery over it. No page reads this way."""

import duckdb
import pandas as pd

from heroes.model.records import CLINICAL_TABLES
from heroes.store.answers import answer_frame
from heroes.store.checking import SETTINGS, check_cut, quoted
from heroes.store.manifest import DataCut
from heroes.store.schema import tables_of_version


def read_tables(cut: DataCut) -> dict[str, pd.DataFrame]:
    """The clinical tables that hold rows, in the order of their keys.

    Raises UnknownDataCutError where the file is gone, DamagedDataCutError where it is no longer what was published.
    """
    check_cut(cut.path)
    connection = duckdb.connect(config=SETTINGS)
    try:
        connection.execute(f"ATTACH {quoted(cut.path)} AS cut (READ_ONLY)")
        tables = {}
        for name in (name for name in CLINICAL_TABLES if name in tables_of_version(cut.schema_version)):
            result = connection.execute(f"FROM cut.{name}")
            frame = answer_frame(result.description, result.fetchnumpy())
            if len(frame):
                tables[name] = frame
        return tables
    finally:
        connection.close()
