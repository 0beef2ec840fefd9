"""SAS transport files (XPT version 5): structure checked in `transport`, cells decoded by ReadStat."""

import codecs
import io
from collections.abc import Mapping

import pyreadstat

from heroes.intake.files.dataset import Dataset, SourceColumn
from heroes.intake.files.limits import MOST_COLUMNS
from heroes.intake.files.reading import assemble, dropped_columns, dropped_note, error, note
from heroes.intake.files.sas_dates import typed_cells
from heroes.intake.files.transport import TransportStructureError, check_transport
from heroes.intake.findings import Finding

_REMEDIES = {
    "truncated_xpt": "send the file again in binary mode and compare its size with the original.",
    "damaged_xpt": "write the file again from SAS (XPORT engine) and send it in binary mode.",
    "xpt_version_8": "write it with the XPORT engine (version 5), or as Dataset-JSON 1.1.",
    "several_datasets": "write one file per dataset.",
    "duplicate_column": "give each variable its own name.",
}


def read_xpt(
    content: bytes, file: str, stem: str, *, encoding: str | None = None, drop: Mapping[str, set[str]] | None = None
) -> tuple[Dataset | None, list[Finding]]:
    """One SAS dataset with its labels; numbers under a date format become dates, missing codes (`.`, `.A` to `.Z`) None.

    The file does not say how its text is encoded: encoding as the mapping names it, otherwise UTF-8, then Windows-1252.
    A file that is truncated, damaged, of version 8 or of several datasets gives no dataset and an ERROR.
    """
    findings: list[Finding] = []
    try:
        structure = check_transport(content)
    except TransportStructureError as problem:
        return None, [error(file, problem.rule, problem.sentence, _REMEDIES[problem.rule])]
    if len(structure.variables) > MOST_COLUMNS:
        return None, [error(file, "too_many_columns", f"More than {MOST_COLUMNS:,} variables.", "split the dataset.")]

    names = [variable.name for variable in structure.variables]
    unread = dropped_columns(names, drop or {}, structure.name, file)
    if unread:
        findings.append(dropped_note(file, len(unread)))
    wanted = [name for place, name in enumerate(names) if place not in unread]
    decoded = None
    for codec in _encodings(structure.text_bytes(), encoding):
        decoded = _decode(content, wanted, codec)
        if decoded is not None:
            break
    if decoded is None:
        what = f"not valid {encoding} text" if encoding else "not readable"
        return None, [*findings, error(file, "wrong_encoding", f"Text cells are {what}.", "name the encoding in the mapping file.")]
    if encoding is None and codec != "UTF-8":
        findings.append(
            note(
                file, "not_utf8", "Text cells are not UTF-8; they were read as Windows-1252 (Western European).",
                "Look at accented letters, or name the encoding in the mapping file.",
            )
        )

    cells, meta = decoded
    n_rows = len(structure.observations)
    if sorted(cells) != sorted(wanted) or any(len(values) != n_rows for values in cells.values()):
        return None, [*findings, error(file, "damaged_xpt", "Header and rows do not agree.", _REMEDIES["damaged_xpt"])]
    if n_rows == 0:
        findings.append(note(file, "no_records", "The dataset has variables and no rows.", "Check that this is meant."))
    columns, content_by_column = [], []
    is_text = {variable.name: variable.is_text for variable in structure.variables}
    for name in wanted:
        kind, values, bad = typed_cells(cells.pop(name), is_text[name], meta.original_variable_types.get(name))
        if bad:
            findings.append(
                error(file, "impossible_date", f"Variable {name} has a date format and numbers that are no dates.",
                      "correct them or the format.", bad)
            )
        columns.append(SourceColumn(name, meta.column_names_to_labels.get(name) or None, kind))
        content_by_column.append(values)
    return assemble(structure.name or stem, file, columns, content_by_column, range(1, n_rows + 1)), findings


def _encodings(text: bytes, named: str | None) -> list[str]:
    """Names of encodings to try, as the decoder knows them."""
    if named is not None:
        return [codecs.lookup(named).name.upper()]
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return ["WINDOWS-1252", "ISO-8859-1"]
    return ["UTF-8"]


def _decode(content: bytes, wanted: list[str], encoding: str):
    """Cells by variable with their metadata, or None where the decoder gives up: its own words may hold a cell."""
    try:
        return pyreadstat.read_xport(
            io.BytesIO(content), encoding=encoding, usecols=wanted, disable_datetime_conversion=True, output_format="dict"
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OverflowError):
        return None
