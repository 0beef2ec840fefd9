"""Delimited text, as it comes from many hands."""

import duckdb
import pytest

from heroes.errors import MisuseError
from heroes.model.terms import Severity
from tests.intake.files.examples import REDCAP, read_one, rules, written


def test_cells_are_text_and_empty_cells_are_missing(tmp_path):
    dataset, findings = read_one(written(tmp_path, "adsl.csv", "USUBJID,AGE,NOTE\nS-1,061,\nS-2,, \n"))
    assert findings == []
    assert dataset.name == "ADSL" and dataset.file == "adsl.csv"
    assert dataset.frame.to_dict("list") == {"USUBJID": ["S-1", "S-2"], "AGE": ["061", None], "NOTE": [None, None]}
    assert [column.kind for column in dataset.columns] == ["text"] * 3
    assert set(dataset.frame.dtypes) == {dataset.frame["AGE"].dtype} and dataset.frame["AGE"].dtype == object


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_recognised(tmp_path, separator, line_end):
    lines = [["id", "quantity", "unit"], ["S-1", "1.5", "MTM/mL"], ["S-2", "2.5", "MTM/mL"]]
    text = line_end.join(separator.join(line) for line in lines) + line_end
    dataset, findings = read_one(written(tmp_path, "x.csv", text))
    assert findings == []
    assert dataset.frame.values.tolist() == lines[1:]
    assert dataset.rows.tolist() == [2, 3]


@pytest.mark.parametrize(
    "content, ours, theirs",
    [
        (b"id,n\r\n1,2\n3,4\r5,6\n", [["1", "2"], ["3", "4"], ["5", "6"]], None),
        (b"id,n\n1,2\n3\n4,5,6\n", "ragged_rows", [("4", "5", "6")]),
        (b"id,a,b\n1,2\n3,4\n5,6\n", "ragged_rows", [("1,2",), ("3,4",), ("5,6",)]),
        (b"id,id\n1,2\n", "duplicate_column", [("1", "2")]),
    ],
)
def test_duckdbs_reader_would_be_wrong_in_silence(tmp_path, content, ours, theirs):
    path = written(tmp_path, "x.csv", content)
    dataset, findings = read_one(path)
    assert (dataset.frame.values.tolist() if dataset is not None else rules(findings)[0]) == ours
    try:
        found = duckdb.read_csv(str(path), all_varchar=True).fetchall()
    except duckdb.InvalidInputException:
        found = None
    assert found == theirs


def test_decimal_commas_do_not_hide_the_semicolon(tmp_path):
    dataset, _ = read_one(written(tmp_path, "x.csv", "id;a;b\nS-1;1,5;2,5\nS-2;1,7;2,9\n"))
    assert dataset.frame["b"].tolist() == ["2,5", "2,9"]


def test_a_comma_in_the_header_does_not_hide_the_semicolon(tmp_path):
    dataset, _ = read_one(written(tmp_path, "x.csv", "id;age, years\nS-1;61\nS-2;58\n"))
    assert list(dataset.frame.columns) == ["id", "age, years"]


def test_rows_are_lines_of_the_file_even_after_quoted_line_breaks_and_blank_lines(tmp_path):
    text = 'id,comment\n"S-1","first\nsecond\r\nthird"\n\nS-2,"a ""quoted"" word"\n'
    dataset, findings = read_one(written(tmp_path, "x.csv", text))
    assert findings == []
    assert dataset.rows.tolist() == [2, 6]
    assert dataset.frame["comment"].tolist() == ["first\nsecond\r\nthird", 'a "quoted" word']


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", b"\xef\xbb\xbfid,site\nS-1,01\n"))
    assert list(dataset.frame.columns) == ["id", "site"] and findings == []


def test_windows_text_is_read_and_noted(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", "id,arrêt\nS-1,“décès”\n".encode("cp1252")))
    assert dataset.frame["arrêt"].tolist() == ["“décès”"]
    assert rules(findings) == ["not_utf8"] and findings[0].severity is Severity.NOTE


def test_excels_unicode_text_is_read(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.txt", "id\tarrêt\r\nS-1\toui\r\n".encode("utf-16")))
    assert dataset.frame.values.tolist() == [["S-1", "oui"]] and findings == []


def test_a_named_encoding_is_used_and_a_wrong_one_is_said(tmp_path):
    cyrillic = written(tmp_path, "x.csv", "id,статус\nS-1,жива\n".encode("cp1251"))
    dataset, findings = read_one(cyrillic, encoding="cp1251")
    assert dataset.frame["статус"].tolist() == ["жива"] and findings == []
    dataset, findings = read_one(cyrillic, encoding="utf-8")
    assert dataset is None and rules(findings) == ["wrong_encoding"]
    with pytest.raises(MisuseError, match="encoding"):
        read_one(cyrillic, encoding="klingon")


def test_rows_of_another_length_are_refused_by_number(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", "id,a,b\nS-1,1,2\nS-2,1\nS-3,1,2,3\n"))
    assert dataset is None
    assert rules(findings) == ["ragged_rows"] and findings[0].row == "3, 4"
    assert "2 records" in findings[0].message


def test_two_columns_of_one_name_are_refused(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", "id,a,a\nS-1,1,2\n"))
    assert dataset is None and rules(findings) == ["duplicate_column"]
    assert findings[0].message == "Columns 2, 3 of the header have the same name."


def test_a_column_without_a_name_is_noted_and_kept_apart(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", '"",id,\n1,S-1,\n2,S-2,\n'))
    assert list(dataset.frame.columns) == ["column 1", "id"]
    assert rules(findings) == ["unnamed_column"]


@pytest.mark.parametrize("content", ["", "\n", " \r\n\n"])
def test_an_empty_export_is_said_in_words(tmp_path, content):
    dataset, findings = read_one(written(tmp_path, "data.csv", content))
    assert dataset is None and rules(findings) == ["empty_file"]
    assert "empty" in findings[0].message


def test_a_header_without_records_is_a_table_of_no_rows(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", "id,a\n"))
    assert dataset.frame.shape == (0, 2) and len(dataset.rows) == 0
    assert rules(findings) == ["no_records"] and findings[0].severity is Severity.NOTE


def test_nul_bytes_are_refused(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", b"id,a\nS-1,\x00\n"))
    assert dataset is None and rules(findings) == ["not_text"]


def test_a_quote_that_is_never_closed_is_found_where_it_opens(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", 'id,a\nS-1,1\nS-2,"open\nS-3,2\n'))
    assert dataset is None and rules(findings) == ["broken_quotes"] and findings[0].row == "3"


def test_columns_that_the_mapping_drops_are_never_in_the_frame(tmp_path):
    path = written(tmp_path, "dm.csv", "USUBJID,BRTHDTC,AGE\nS-1,1950-12-26,61\n")
    for drop in ({"DM": {"brthdtc"}}, {"*": {"BRTHDTC"}}):
        dataset, findings = read_one(path, drop=drop)
        assert list(dataset.frame.columns) == ["USUBJID", "AGE"]
        assert rules(findings) == ["dropped_by_mapping"] and findings[0].severity is Severity.NOTE
    dataset, _ = read_one(path, drop={"AE": {"BRTHDTC"}})
    assert "BRTHDTC" in dataset.frame


def test_cyrillic_text_needs_no_encoding_when_it_is_utf8(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.csv", "код,статус\nS-1,жива\n"))
    assert dataset.frame["статус"].tolist() == ["жива"] and findings == []


def test_a_cyrillic_export_is_read_whole():
    dataset, findings = read_one(REDCAP / "russian.csv")
    assert dataset.frame.shape == (3, 402)
    assert any("<U+04" in cell for cell in dataset.frame.stack().dropna())  # as its writer put Cyrillic letters
    assert rules(findings) == ["unnamed_column"]


def test_lone_carriage_returns_and_lines_above_the_header(reference):
    folder = reference / "formats" / "cbioportal"
    dataset, findings = read_one(folder / "data_clinical_patient_cr_line_ends.txt")
    assert "PATIENT_ID" in dataset.frame and len(dataset.frame) == 2509
    assert dataset.rows[0] == 6  # four lines of notes, the header, then the first patient
    assert rules(findings) == ["lines_above_header"]


def test_published_files_with_line_breaks_in_quotes(reference):
    dataset, findings = read_one(reference / "datasets" / "rho_dashboard-accrual.csv")
    assert findings == [] and len(dataset.frame) == 244
    lines = (reference / "datasets" / "rho_dashboard-accrual.csv").read_text().split("\n")
    for place in (0, 100, 243):
        assert lines[dataset.rows[place] - 1].startswith(dataset.frame["subjid"].iloc[place])
