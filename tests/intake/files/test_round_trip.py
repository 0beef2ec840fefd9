"""Whatever a table holds, each format gives it back: written by the format's own library, read by ours."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from datetime import date, datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heroes.intake.findings import is_refused
from tests.intake.files.examples import read_one, written
from tests.intake.files.sas7bdat_writer import write_sas7bdat

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="\ufeff\ufffe\uffff"), max_size=12)
TEXTS = st.one_of(WORDS, st.sampled_from(["007", "1,5", '"', '""', ";", "a;b", "#x", "=1+1", "NA", "null", " x ", "é", "<b>", "&amp;", "_x0041_", "日本"]))
NUMBERS = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 6)))
DAYS = st.dates(date(1901, 1, 1), date(2099, 12, 31))
ROWS = st.lists(st.tuples(TEXTS, st.none() | NUMBERS, st.none() | DAYS), min_size=1, max_size=8)
NAMES = ("code", "number", "day")


def as_csv(rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([NAMES, *rows])
    return text.getvalue().encode()


def as_xlsx(rows) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    for place, (text, number, day) in enumerate(rows, start=2):
        cell = book.active.cell(place, 1)
        cell.value, cell.data_type = text or None, "s" if text else "n"
        book.active.cell(place, 2, number)
        book.active.cell(place, 3, day)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def as_parquet(rows) -> bytes:
    text, number, day = zip(*rows, strict=True)
    columns = {"code": pa.array(text, pa.string()), "number": pa.array([None if n is None else float(n) for n in number]), "day": pa.array(day, pa.date32())}
    saved = io.BytesIO()
    pq.write_table(pa.table(columns), saved)
    return saved.getvalue()


def as_sas7bdat(rows) -> bytes:
    text, number, day = zip(*rows, strict=True)
    return write_sas7bdat({
        "code": (None, ["-" + cell for cell in text]), "number": (None, [None if n is None else float(n) for n in number]),
        "day": ("DATE9", [None if d is None else float((d - date(1960, 1, 1)).days) for d in day]),
    })  # fmt: skip


def as_odm(rows) -> bytes:
    root = ElementTree.Element("ODM", xmlns="http://www.cdisc.org/ns/odm/v2.0", FileType="Snapshot")
    definitions = ElementTree.SubElement(ElementTree.SubElement(root, "Study", OID="S"), "MetaDataVersion", OID="M")
    ElementTree.SubElement(definitions, "ItemDef", OID="day", DataType="date")
    clinical = ElementTree.SubElement(root, "ClinicalData", StudyOID="S")
    subject = ElementTree.SubElement(clinical, "SubjectData", SubjectKey="1")
    for place, row in enumerate(rows):
        group = ElementTree.SubElement(subject, "ItemGroupData", ItemGroupOID="x", ItemGroupRepeatKey=str(place))
        for name, value in zip(NAMES, row, strict=True):
            item = ElementTree.SubElement(group, "ItemData", ItemOID=name)
            if value is not None:
                ElementTree.SubElement(item, "Value").text = str(value)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def like(cell):
    """A cell as any format may give it: empty text is missing, numbers and dates as such."""
    if isinstance(cell, datetime):
        return cell.date()
    return None if isinstance(cell, str) and not cell.strip() else cell


@pytest.mark.parametrize("write, suffix", [(as_csv, "csv"), (as_xlsx, "xlsx"), (as_parquet, "parquet"), (as_sas7bdat, "sas7bdat"), (as_odm, "xml")])
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_a_table_comes_back_as_it_was(tmp_path, write, suffix, rows):
    if suffix == "xlsx":
        rows = [(text.replace("_x", "_"), number, day) for text, number, day in rows]  # Excel's own escape; openpyxl writes it as it is
        rows = [row for row in rows if row[0].strip() or row[1] is not None or row[2] is not None]
    if suffix == "csv":
        rows = [row for row in rows if not all(cell is None or cell == "" for cell in row)]
    if not rows:
        return
    dataset, findings = read_one(written(tmp_path, f"x.{suffix}", write(rows)))
    assert not is_refused(findings), findings
    text, number, day = ([like(cell) for cell in dataset.frame[name]] for name in NAMES)
    shown = "-" if suffix == "sas7bdat" else ""
    assert [cell and cell.rstrip() for cell in text] == [(shown + row[0]).rstrip() or None if shown or row[0].strip() else None for row in rows]
    if suffix in ("csv", "xml"):
        assert number == [None if row[1] is None else str(row[1]) for row in rows]
        assert [str(cell) for cell in day] == [str(row[2]) for row in rows]
    else:
        assert number == [row[1] for row in rows] and day == [row[2] for row in rows]
