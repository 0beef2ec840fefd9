"""Readers: bytes in, datasets out, one module per format.

`read_files` takes a whole delivery: it looks at what each file is, by content first and suffix second, reads it, and
notices a table that came twice.
"""

from heroes.intake.files.dataset import Dataset, SourceColumn, is_named, table_names
from heroes.intake.files.delivery import is_hidden, read_files

__all__ = ["Dataset", "SourceColumn", "is_hidden", "is_named", "read_files", "table_names"]
