"""SAS datasets written for tests by ReadStat's own writer, which pyreadstat carries and has no door to."""

import ctypes
from pathlib import Path

from pyreadstat import _readstat_writer

_TEXT, _NUMBER = 0, 5
_SINK = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(Path(_readstat_writer.__file__)))
    library.readstat_writer_init.restype = ctypes.c_void_p
    library.readstat_add_variable.restype = ctypes.c_void_p
    library.readstat_get_variable.restype = ctypes.c_void_p
    library.readstat_insert_double_value.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_double)
    return library


def write_sas7bdat(columns: dict[str, tuple[str | None, list]], labels: dict[str, str] | None = None, table: str = "DATASET") -> bytes:
    """A dataset. columns: name → (SAS format or None, cells): texts, numbers, None, or `.A` to `.Z` for a special missing."""
    library, written = _library(), bytearray()

    def sink(data, length, _):
        written.extend(ctypes.string_at(data, length))
        return length

    keep = _SINK(sink)
    writer = ctypes.c_void_p(library.readstat_writer_init())
    assert library.readstat_set_data_writer(writer, keep) == 0
    library.readstat_writer_set_table_name(writer, table.encode())
    variables = {}
    for name, (sas_format, cells) in columns.items():
        is_text = any(isinstance(cell, str) and cell[:1] != "." for cell in cells)
        width = max([len(cell.encode()) for cell in cells if isinstance(cell, str)], default=1) if is_text else 8
        variable = ctypes.c_void_p(library.readstat_add_variable(writer, name.encode(), _TEXT if is_text else _NUMBER, ctypes.c_size_t(width)))
        if sas_format:
            library.readstat_variable_set_format(variable, sas_format.encode())
        library.readstat_variable_set_label(variable, (labels or {}).get(name, "").encode())
        variables[name] = (variable, is_text, cells)
    n_rows = len(next(iter(columns.values()))[1])
    assert library.readstat_begin_writing_sas7bdat(writer, None, ctypes.c_long(n_rows)) == 0
    for row in range(n_rows):
        assert library.readstat_begin_row(writer) == 0
        for variable, is_text, cells in variables.values():
            _insert(library, writer, variable, is_text, cells[row])
        assert library.readstat_end_row(writer) == 0
    assert library.readstat_end_writing(writer) == 0
    library.readstat_writer_free(writer)
    return bytes(written)


def _insert(library, writer, variable, is_text, cell) -> None:
    if is_text:
        code = library.readstat_insert_string_value(writer, variable, (cell or "").encode())
    elif cell is None:
        code = library.readstat_insert_missing_value(writer, variable)
    elif isinstance(cell, str):
        code = library.readstat_insert_tagged_missing_value(writer, variable, ctypes.c_char(cell[1].encode()))
    else:
        code = library.readstat_insert_double_value(writer, variable, cell)
    assert code == 0
