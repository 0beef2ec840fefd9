"""A table that came twice in one delivery: the same content is used once, different content is an error."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from heroes.intake.files.dataset import Dataset, names_of, whole_names
from heroes.intake.files.reading import error, note
from heroes.intake.files.sas_dates import date_of_sas_day, datetime_of_sas_second
from heroes.intake.findings import Finding

_DATE_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\+00:00|Z)?)?$")


def settle_twice(datasets: Sequence[Dataset]) -> tuple[list[Dataset], list[Finding]]:
    """Datasets without repetitions, and what is said of each repetition.

    Two datasets are one table when they share a whole name (of the dataset or of the file), or when they share the part
    before the first `_` and have the same columns and content. Equal content may differ in the order of rows and columns
    and in how a cell is written: numbers as text, dates as SAS day numbers. Of the two, the one with real dates is used.
    """
    kept: list[Dataset] = []
    findings: list[Finding] = []
    for dataset in datasets:
        place, finding = _settle(kept, dataset)
        if finding is not None:
            findings.append(finding)
        if place is None:
            kept.append(dataset)
        else:
            kept[place] = _better(kept[place], dataset)
    return kept, findings


def _settle(kept: list[Dataset], dataset: Dataset) -> tuple[int | None, Finding | None]:
    """The place of the dataset that this one repeats, and the finding about it."""
    for place, other in enumerate(kept):
        shares_name = set(whole_names(dataset.name, dataset.file)) & set(whole_names(other.name, other.file))
        shares_start = set(names_of(dataset.name, dataset.file)) & set(names_of(other.name, other.file))
        if not shares_name and not (shares_start and _columns(dataset) == _columns(other)):
            continue
        difference, as_day_numbers = _difference(other, dataset)
        if difference is None:
            used = _better(other, dataset)
            unused = dataset if used is other else other
            why = " with dates as SAS day numbers" if as_day_numbers else ""
            return place, note(
                unused.file, "table_twice", f"It holds the same table as {used.file}{why}; {used.file} is used.", "No action needed."
            )
        if shares_name:
            return place, error(
                dataset.file, "table_twice_differs", f"{other.file} and {dataset.file} hold the same table and differ: {difference}.",
                "leave one of them out.",
            )
    return None, None


def _better(first: Dataset, second: Dataset) -> Dataset:
    """The one with more columns of real dates; the first between equals."""
    dated = [sum(column.kind in ("date", "datetime") for column in dataset.columns) for dataset in (first, second)]
    return second if dated[1] > dated[0] else first


def _columns(dataset: Dataset) -> set[str]:
    return {column.name.upper() for column in dataset.columns}


def _difference(first: Dataset, second: Dataset) -> tuple[str | None, bool]:
    """In words what differs, or None; and whether dates stand against SAS day numbers."""
    if _columns(first) != _columns(second):
        return "their columns are not the same", False
    if len(first.frame) != len(second.frame):
        return f"{len(first.frame):,} and {len(second.frame):,} rows", False
    own_name = {name.upper(): name for name in second.frame.columns}
    as_day_numbers = False
    left, right = [], []
    for name in first.frame.columns:
        cells, twins, converted = _comparable(first.frame[name].tolist(), second.frame[own_name[name.upper()]].tolist())
        as_day_numbers = as_day_numbers or converted
        left.append(cells)
        right.append(twins)
    unequal = [place for place, (cells, twins) in enumerate(zip(left, right, strict=True)) if cells != twins]
    if unequal and sorted(zip(*left, strict=True)) != sorted(zip(*right, strict=True)):
        return f"cells of {len(unequal)} of {len(left)} columns", as_day_numbers
    return None, as_day_numbers


def _comparable(cells: list, twins: list) -> tuple[list[str], list[str], bool]:
    """Two columns written alike, and whether one holds dates where the other has SAS numbers."""
    numeric = [any(type(value) in (int, float) for value in column) for column in (cells, twins)]
    dated = [any(_is_date(value) for value in column) for column in (cells, twins)]
    converted = False
    if numeric[0] and dated[1] and not dated[0]:
        cells, converted = _dates_like(cells, twins), True
    elif numeric[1] and dated[0] and not dated[1]:
        twins, converted = _dates_like(twins, cells), True
    elif any(numeric):
        cells, twins = [_number(value) for value in cells], [_number(value) for value in twins]
    return [_written(value) for value in cells], [_written(value) for value in twins], converted


def _is_date(value) -> bool:
    return isinstance(value, date) or (isinstance(value, str) and _DATE_TEXT.match(value) is not None)


def _dates_like(numbers: list, dates: list) -> list:
    with_time = any(isinstance(value, datetime) or (isinstance(value, str) and len(value) > 10) for value in dates)
    convert = datetime_of_sas_second if with_time else date_of_sas_day
    return [convert(value) if type(value) in (int, float) else value for value in numbers]


def _number(value):
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _written(value) -> str:
    """One way of writing each value; numbers to twelve digits, as text formats keep them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        try:
            return format(float(value), ".12g")
        except OverflowError:
            return str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if _DATE_TEXT.match(value) and len(value) > 10:
        text = value.replace("T", " ").removesuffix("Z").removesuffix("+00:00")
        return text if len(text) > 16 else f"{text}:00"
    return value.strip()
