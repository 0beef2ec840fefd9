"""Excel workbooks as openpyxl and Excel itself write them."""

import io
import re
import time as clock
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest

from heroes.intake.files import read_files
from heroes.intake.files.excel import read_workbook
from heroes.intake.findings import is_refused
from heroes.model.terms import Severity
from tests.intake.files.examples import read_one, rules, written


def a_workbook(change=None, **sheets) -> bytes:
    """A workbook of sheets, each a list of rows; `change` gets the workbook before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def altered(content: bytes, part: str, pattern: bytes, by: bytes) -> bytes:
    """The same workbook with the XML of one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            inside = old.read(name)
            if name == part:
                inside, n = re.subn(pattern, by, inside)
                assert n
            new.writestr(name, inside)
    return out.getvalue()


def test_each_sheet_is_a_dataset_with_rows_as_excel_numbers_them(tmp_path):
    content = a_workbook(dm=[["USUBJID", "AGE"], ["S-1", 61], [None, None], ["S-2", 55]], lb=[["USUBJID", "LBSTRESN"], ["S-1", 0.25]])
    datasets, sources, findings = read_files([written(tmp_path, "delivery.xlsx", content)])
    assert findings == [] and [source.name for source in sources] == ["delivery.xlsx"]
    assert [(dataset.name, dataset.file) for dataset in datasets] == [("DM", "delivery.xlsx/dm"), ("LB", "delivery.xlsx/lb")]
    assert datasets[0].frame.values.tolist() == [["S-1", 61], ["S-2", 55]] and datasets[0].rows.tolist() == [2, 4]
    assert all(type(age) is int for age in datasets[0].frame["AGE"])
    assert datasets[1].frame["LBSTRESN"].tolist() == [0.25] and type(datasets[1].frame["LBSTRESN"][0]) is float


def test_cells_keep_their_kind(tmp_path):
    rows = [
        ["id", "day", "moment", "clock", "long", "flag", "number", "as text", "mixed", "gap"],
        ["S-1", date(2025, 1, 2), datetime(2025, 1, 2, 3, 4, 5), time(3, 4), timedelta(hours=26), True, 1.5, "007", 3, None],
        ["S-2", datetime(2025, 2, 3), datetime(2025, 1, 2), None, None, False, 2, "1,5", "<0.1", " "],
    ]

    def as_duration(book):
        book["dm"]["E2"].number_format = "[h]:mm:ss"

    dataset, findings = read_one(written(tmp_path, "x.xlsx", a_workbook(as_duration, dm=rows)))
    assert findings == []
    assert [column.kind for column in dataset.columns] == ["text", "date", "datetime", "text", "text", "boolean", "number", "text", "text", "text"]
    assert dataset.frame.iloc[0].tolist() == ["S-1", date(2025, 1, 2), datetime(2025, 1, 2, 3, 4, 5), "03:04:00", "26:00:00", True, 1.5, "007", 3, None]
    assert dataset.frame.iloc[1].tolist() == ["S-2", date(2025, 2, 3), date(2025, 1, 2), None, None, False, 2.0, "1,5", "<0.1", None]
    assert type(dataset.frame["mixed"][0]) is int


def test_dates_of_the_1904_epoch_are_the_days_that_excel_shows(tmp_path):
    def epoch(book):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    dataset, _ = read_one(written(tmp_path, "x.xlsx", a_workbook(epoch, dm=[["d"], [date(2025, 1, 2)]])))
    assert dataset.frame["d"].tolist() == [date(2025, 1, 2)]


def test_a_formula_is_its_value_and_without_one_it_is_refused(tmp_path):
    content = a_workbook(dm=[["id", "sum"], ["S-1", "=1+1"], ["S-2", "=2+2"]])
    dataset, findings = read_one(written(tmp_path, "a.xlsx", content))
    assert dataset is None and rules(findings) == ["formula_without_value"] and findings[0].row == "2, 3"
    valued = altered(content, "xl/worksheets/sheet1.xml", rb"<v\s*/>|<v></v>", b"<v>4</v>")
    dataset, findings = read_one(written(tmp_path, "b.xlsx", valued))
    assert dataset.frame["sum"].tolist() == [4, 4] and findings == []


def test_excels_errors_are_refused_unless_the_column_is_dropped(tmp_path):
    path = written(tmp_path, "x.xlsx", a_workbook(dm=[["id", "age"], ["S-1", 61], ["S-2", "#N/A"], ["S-3", "#REF!"]]))
    dataset, findings = read_one(path)
    assert dataset is None and rules(findings) == ["error_cells"] and findings[0].row == "3, 4"
    assert "#N/A" in findings[0].message and "S-2" not in str(findings)
    dataset, findings = read_one(path, drop={"DM": {"AGE"}})
    assert list(dataset.frame.columns) == ["id"] and rules(findings) == ["dropped_by_mapping"]


@pytest.mark.parametrize(
    "rows, merge, rule, words",
    [
        ([[None, None], ["id", "age"], ["S-1", 61]], None, "no_header", "Row 1 of the sheet is empty"),
        ([["Export of May", None], ["id", "age"], ["S-1", 61]], None, "no_header", "in column 2"),
        ([["Patient", None], ["S-1", 61]], "A1:B1", "merged_cells", "header are merged"),
        ([["id", "age"], ["S-1", 61], [None, 62]], "A2:A3", "merged_cells", "only the first"),
        ([["id", "id"], ["S-1", 61]], None, "duplicate_column", "Columns 1, 2"),
    ],
)
def test_a_sheet_that_is_no_table_is_refused_in_words(tmp_path, rows, merge, rule, words):
    def merged(book):
        if merge:
            book["dm"].merge_cells(merge)

    dataset, findings = read_one(written(tmp_path, "x.xlsx", a_workbook(merged, dm=rows)))
    assert dataset is None and rules(findings) == [rule]
    assert words in findings[0].message and findings[0].file == "x.xlsx/dm" and "Nothing was imported" in findings[0].remedy


def test_one_bad_sheet_does_not_hide_the_others(tmp_path):
    content = a_workbook(dm=[["id", "id"], [1, 2]], lb=[["id"], ["S-1"]])
    datasets, _, findings = read_files([written(tmp_path, "x.xlsx", content)])
    assert [dataset.name for dataset in datasets] == ["LB"] and rules(findings) == ["duplicate_column"]


def test_hidden_and_empty_sheets_are_left_out_and_said(tmp_path):
    def hide(book):
        book["old"].sheet_state = "hidden"
        book["older"].sheet_state = "veryHidden"

    content = a_workbook(hide, dm=[["id"], ["S-1"]], old=[["id"], ["S-9"]], older=[["id"], ["S-9"]], empty=[])
    datasets, _, findings = read_files([written(tmp_path, "x.xlsx", content)])
    assert [dataset.name for dataset in datasets] == ["DM"] and "S-9" not in str(findings)
    assert [(finding.rule, finding.file) for finding in findings] == [
        ("hidden_sheet", "x.xlsx/old"), ("hidden_sheet", "x.xlsx/older"), ("empty_sheet", "x.xlsx/empty")]  # fmt: skip
    content = a_workbook(lambda book: setattr(book["dm"], "sheet_state", "visible"), dm=[])
    _, _, findings = read_files([written(tmp_path, "y.xlsx", content)])
    assert rules(findings) == ["empty_sheet", "empty_file"] and is_refused(findings)


def test_rows_that_a_filter_hides_are_read_and_said(tmp_path):
    def hide(book):
        book["dm"].row_dimensions[3].hidden = True

    dataset, findings = read_one(written(tmp_path, "x.xlsx", a_workbook(hide, dm=[["id"], ["S-1"], ["S-2"]])))
    assert dataset.frame["id"].tolist() == ["S-1", "S-2"] and rules(findings) == ["hidden_rows"] and "1 row is" in findings[0].message


def test_formats_on_empty_cells_make_no_rows(tmp_path):
    def painted(book):
        book["dm"]["Z9000"].fill = openpyxl.styles.PatternFill("solid", "FFFF00")

    dataset, findings = read_one(written(tmp_path, "x.xlsx", a_workbook(painted, dm=[["id"], ["S-1"]])))
    assert dataset.frame.shape == (1, 1) and findings == []


def test_a_stray_cell_at_the_end_of_the_sheet_is_refused_before_it_fills_the_memory(tmp_path):
    def stray(book):
        book["dm"]["XFD1048576"] = "x"

    started = clock.monotonic()
    dataset, findings = read_one(written(tmp_path, "x.xlsx", a_workbook(stray, dm=[["id"], ["S-1"]])))
    assert dataset is None and rules(findings) == ["sheet_too_large"] and clock.monotonic() - started < 10


def test_a_workbook_that_inflates_is_refused(tmp_path):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/sharedStrings.xml", b" " * 150_000_000)
    dataset, findings = read_one(written(tmp_path, "x.xlsx", bomb.getvalue()))
    assert dataset is None and rules(findings) == ["unpacks_too_large"]


def a_workbook_of_shared_texts(texts: list[str], cells: list[int]) -> bytes:
    """A workbook as Excel itself writes it: one column of cells that refer to a list of texts."""
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>{number}</v></c></row>' for row, number in enumerate(cells, start=1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="dm" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{"".join(f"<si>{text}</si>" for text in texts)}</sst>',
    }  # fmt: skip
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in parts.items():
            archive.writestr(name, inside)
    return saved.getvalue()


def test_texts_that_cells_share_are_read_rich_or_plain(tmp_path):
    texts = ["<t>id</t>", "<t>S-1</t>", '<r><t>S</t></r><r><rPr><b/></rPr><t xml:space="preserve">-2 </t></r>']
    dataset, findings = read_one(written(tmp_path, "x.xlsx", a_workbook_of_shared_texts(texts, [0, 1, 2, 1])))
    assert findings == [] and dataset.frame["id"].tolist() == ["S-1", "S-2 ", "S-1"]


def test_one_long_text_shared_by_many_cells_is_refused_before_it_is_multiplied(tmp_path):
    content = a_workbook_of_shared_texts(["<t>id</t>", f"<t>{'x' * 900_000}</t>"], [0] + [1] * 2000)
    assert len(content) < 50_000
    started = clock.monotonic()
    dataset, findings = read_one(written(tmp_path, "x.xlsx", content))
    assert dataset is None and rules(findings) == ["unpacks_too_large"] and clock.monotonic() - started < 10


def test_entities_in_a_part_are_refused(tmp_path):
    content = altered(a_workbook(dm=[["id"], ["S-1"]]), "xl/worksheets/sheet1.xml", rb"^", b'<!DOCTYPE x [<!ENTITY a "aaaa">]>')
    dataset, findings = read_one(written(tmp_path, "x.xlsx", content))
    assert dataset is None and rules(findings) == ["xml_document_type"]


def test_damaged_workbooks_and_those_that_are_none(tmp_path):
    content = a_workbook(dm=[["id"], ["S-1"]])
    assert rules(read_one(written(tmp_path, "a.xlsx", content[:-40]))[1]) == ["damaged_archive"]
    assert rules(read_one(written(tmp_path, "b.xlsx", b"id,age\n"))[1]) == ["damaged_archive"]
    cut = altered(content, "xl/worksheets/sheet1.xml", rb"</sheetData>.*", b"")
    assert rules(read_one(written(tmp_path, "c.xlsx", cut))[1]) == ["damaged_xml"]


def test_a_sheet_named_after_an_identifier_is_refused_and_not_repeated(tmp_path):
    datasets, findings = read_workbook(a_workbook(**{"255081416802538": [["id"], ["S-1"]]}), "x.xlsx")
    assert datasets == [] and rules(findings) == ["identifier_in_file_name"]
    assert "255081416802538" not in str(findings) and findings[0].severity is Severity.ERROR
