"""CDISC Dataset-JSON in its three forms."""

import gzip
import json
import zlib
from datetime import date, datetime

import pytest

from heroes.model.terms import Severity
from tests.intake.files.examples import CDISC, a_column, a_dataset_json, as_ndjson, read_one, rules, written


def of(tmp_path, document, name="dm.json"):
    return read_one(written(tmp_path, name, json.dumps(document)))


@pytest.mark.parametrize("name", ["dm.json", "dm.ndjson", "dm.dsjc"])
def test_cdiscs_own_example_is_the_same_in_all_forms(name):
    dataset, findings = read_one(CDISC / name)
    assert findings == [] and dataset.name == "DM"
    assert dataset.frame.shape == (18, 26)
    assert dataset.frame.equals(read_one(CDISC / "dm.json")[0].frame)
    assert dataset.frame["RFSTDTC"].iloc[0] == date(2012, 11, 30)
    assert dataset.frame["DTHDTC"].iloc[0] is None  # "" in CDISC's samples
    assert dataset.columns[0].label == "Study Identifier" and dataset.columns[0].kind == "text"


def test_zlib_is_read_like_gzip(tmp_path):
    for packed in (gzip.compress, zlib.compress, lambda text: zlib.compress(text, 1), lambda text: zlib.compress(text, 3)):
        dataset, findings = read_one(written(tmp_path, "dm.dsjc", packed(as_ndjson(a_dataset_json()).encode())))
        assert findings == [] and dataset.frame["AGE"].tolist() == [61, 58]


@pytest.mark.parametrize("form", ["json", "ndjson", "dsjc"])
def test_a_wrong_record_count_is_refused_with_both_counts(tmp_path, form):
    document = a_dataset_json(records=3)
    content = json.dumps(document) if form == "json" else as_ndjson(document)
    content = gzip.compress(content.encode()) if form == "dsjc" else content
    dataset, findings = read_one(written(tmp_path, f"dm.{form}", content))
    assert dataset is None and rules(findings) == ["wrong_record_count"]
    assert "records = 3" in findings[0].message and "2 rows" in findings[0].message
    assert findings[0].severity is Severity.ERROR


def test_cdiscs_extended_example_promises_more_rows_than_it_holds():
    dataset, findings = read_one(CDISC / "extended_dataset.json")
    assert dataset is None and "records = 72 and holds 2 rows" in findings[0].message


def test_a_row_of_another_length_is_named(tmp_path):
    dataset, findings = of(tmp_path, a_dataset_json(rows=[["S-1", 61], ["S-2"], "S-3"]))
    assert dataset is None and rules(findings) == ["ragged_rows"] and findings[0].row == "2, 3"


@pytest.mark.parametrize("attribute", ["datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns"])
def test_each_required_attribute_is_missed(tmp_path, attribute):
    dataset, findings = of(tmp_path, a_dataset_json(**{attribute: None}))
    assert dataset is None and rules(findings) == ["missing_attribute"] and attribute in findings[0].message


@pytest.mark.parametrize("attribute", ["itemOID", "name", "label", "dataType"])
def test_each_required_attribute_of_a_column_is_missed(tmp_path, attribute):
    column = a_column("AGE", "integer")
    del column[attribute]
    dataset, findings = of(tmp_path, a_dataset_json([a_column("USUBJID"), column]))
    assert dataset is None and "Column 2" in findings[0].message and attribute in findings[0].message


@pytest.mark.parametrize(
    "changes, rule",
    [
        ({"datasetJSONVersion": "1.0.0"}, "dataset_json_version"),
        ({"datasetJSONVersion": 1.1}, "dataset_json_version"),
        ({"clinicalData": {}}, "dataset_json_version"),
        ({"records": True}, "missing_attribute"),
        ({"records": -1}, "missing_attribute"),
        ({"name": " "}, "missing_attribute"),
        ({"columns": {"A": 1}}, "missing_attribute"),
        ({"columns": [a_column("A"), a_column("A")]}, "duplicate_column"),
        ({"columns": [a_column("A"), a_column("B", "colour")]}, "unknown_data_type"),
        ({"rows": {}}, "damaged_json"),
        ({"rows": [["S-1", [1]], ["S-2", 2]]}, "damaged_json"),
        ({"rows": [["S-1", 1], ["S\ud800-2", 2]]}, "damaged_json"),
    ],
)
def test_documents_that_make_no_sense_are_refused(tmp_path, changes, rule):
    dataset, findings = of(tmp_path, a_dataset_json(**changes))
    assert dataset is None and rules(findings) == [rule]


@pytest.mark.parametrize("content", ["[1, 2]", "{", "{}", '{"a": NaN}', "7", '{"rows": [1e999]}', "[" * 100_000, '{"a":' * 5_000])
def test_json_that_is_no_dataset_is_a_finding(tmp_path, content):
    dataset, findings = read_one(written(tmp_path, "dm.json", content))
    assert dataset is None and len(findings) == 1 and findings[0].severity is Severity.ERROR


def test_a_document_cut_short_says_so_at_every_length(tmp_path):
    whole = json.dumps(a_dataset_json())
    for end in range(1, len(whole), 7):
        dataset, findings = read_one(written(tmp_path, "dm.json", whole[:end]))
        assert dataset is None and rules(findings) == ["damaged_json"]


def test_ndjson_cut_short_is_noticed_by_its_count(tmp_path):
    whole = as_ndjson(a_dataset_json())
    dataset, findings = read_one(written(tmp_path, "dm.ndjson", whole[: whole.rindex("[")]))
    assert dataset is None and rules(findings) == ["wrong_record_count"]
    dataset, findings = read_one(written(tmp_path, "dm.ndjson", whole[:-4]))
    assert dataset is None and rules(findings) == ["damaged_json"] and findings[0].row == "3"


def test_each_data_type_becomes_a_cell_of_its_kind(tmp_path):
    columns = [
        a_column("TEXT"), a_column("WHOLE", "integer"), a_column("DEC", "decimal", targetDataType="decimal"), a_column("DBL", "double"),
        a_column("FLAG", "boolean"), a_column("DAY", "date", targetDataType="integer"), a_column("PART", "date"),
        a_column("MOMENT", "datetime"), a_column("CLOCK", "time"), a_column("LINK", "URI"),
    ]
    rows = [
        ["a", 1, "0.10", 2.5, True, "2024-02-29", "2024-02", "2024-02-29T08:15:00", "08:15", "x#y"],
        ["", None, "", None, None, "", "2024-02-30", "", "", ""],
    ]
    dataset, findings = of(tmp_path, a_dataset_json(columns, rows))
    assert findings == []
    assert dataset.frame.iloc[0].tolist() == [
        "a", 1, "0.10", 2.5, True, date(2024, 2, 29), "2024-02", datetime(2024, 2, 29, 8, 15), "08:15", "x#y",
    ]
    assert dataset.frame.iloc[1].tolist() == [None] * 6 + ["2024-02-30", None, None, None]
    assert [column.kind for column in dataset.columns] == [
        "text", "number", "number", "number", "boolean", "date", "date", "datetime", "text", "text",
    ]


def test_a_sas_day_is_a_date_only_where_the_file_says_so(tmp_path):
    columns = [a_column("A", "date", targetDataType="integer"), a_column("B", "double", displayFormat="DATE9."), a_column("C", "double")]
    dataset, findings = of(tmp_path, a_dataset_json(columns, [[21915, 21915.0, 21915.0]]))
    assert findings == [] and dataset.frame.iloc[0].tolist() == [date(2020, 1, 1), date(2020, 1, 1), 21915]
    dataset, findings = of(tmp_path, a_dataset_json(columns, [[10**400, 1.0, 1.0]]))
    assert dataset is None and rules(findings) == ["impossible_date"]


def test_cells_of_another_type_are_counted_and_left(tmp_path):
    dataset, findings = of(tmp_path, a_dataset_json(rows=[["S-1", "61"], [2, 58]]))
    assert rules(findings) == ["cell_of_another_type"] * 2 and {finding.row for finding in findings} == {"1", "2"}
    assert dataset.frame.values.tolist() == [["S-1", "61"], [2, 58]]


def test_dropped_columns_do_not_arrive(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.json", json.dumps(a_dataset_json())), drop={"DM": {"age"}})
    assert list(dataset.frame.columns) == ["USUBJID"] and rules(findings) == ["dropped_by_mapping"]


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path):
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 60_000
    dataset, findings = read_one(written(tmp_path, "dm.dsjc", bomb))
    assert dataset is None and rules(findings) == ["unpacks_too_large"]


def test_packed_files_cut_short_or_altered_are_refused(tmp_path):
    whole = (CDISC / "dm.dsjc").read_bytes()
    for end in (3, 10, 100, len(whole) - 9, len(whole) - 1):
        dataset, findings = read_one(written(tmp_path, "dm.dsjc", whole[:end]))
        assert dataset is None and rules(findings) == ["truncated_dsjc"]
    altered = bytearray(whole)
    altered[-6] ^= 1  # the checksum
    dataset, findings = read_one(written(tmp_path, "dm.dsjc", bytes(altered)))
    assert dataset is None and rules(findings) == ["damaged_dsjc"]
    dataset, findings = read_one(written(tmp_path, "dm.dsjc", whole + b"more"))
    assert dataset is None and rules(findings) == ["damaged_dsjc"]


def test_text_that_is_not_utf8_is_refused(tmp_path):
    content = json.dumps(a_dataset_json(label="Démographie"), ensure_ascii=False).encode("latin-1")
    dataset, findings = read_one(written(tmp_path, "dm.json", content))
    assert dataset is None and rules(findings) == ["wrong_encoding"]


def test_line_separators_inside_texts_are_no_line_ends(tmp_path):
    document = a_dataset_json(rows=[["S-1\u2028x", 61], ["S-2\x85", 58]])
    header = {key: value for key, value in document.items() if key != "rows"}
    text = "\n".join(json.dumps(part, ensure_ascii=False) for part in [header, *document["rows"]])
    dataset, findings = read_one(written(tmp_path, "dm.ndjson", text))
    assert findings == [] and dataset.frame["USUBJID"].tolist() == ["S-1\u2028x", "S-2\x85"]


def test_published_text_in_many_languages(reference):
    dataset, findings = read_one(reference / "formats" / "cdisc_dataset_json" / "i18n_ae.json")
    assert findings == [] and len(dataset.frame) == 1191
