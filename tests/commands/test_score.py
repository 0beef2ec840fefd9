"""`heroes score` on real tables: the published scores, findings for illegal codes, and what is wrong with a table."""

import csv
import io
import json

import pytest

from tests.test_cli import run


def table(path, header, *rows):
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_the_published_scores_come_out_as_json_and_as_csv(capsys, reference):
    with open(reference / "results" / "qlqc30_scores_qolr_longitudinal.csv", encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    path = reference / "datasets" / "qlqc30_qolr_longitudinal.csv"
    status, out, err = run(capsys, "score", "qlq-c30", path, "--json")
    document = json.loads(out)
    assert status == 0 and not err and document["n"] == len(wanted) == 126 and not document["refused"]
    for row, published in zip(document["rows"], wanted, strict=True):
        assert (row["columns"]["Id"], row["columns"]["time"]) == (published["Id"], published["time"])
        for code, value in row["scores"].items():
            assert value == (pytest.approx(float(published[code]), abs=1e-9) if published[code] else None)
            assert (value is None) == (code in row["missing"])
    status, out, _ = run(capsys, "score", "qlq-c30", path)
    printed = list(csv.DictReader(io.StringIO(out)))
    assert [row["SUMMARY"] for row in printed] == ["" if not row["SUMMARY"] else pytest.approx(row["SUMMARY"]) for row in printed]
    assert float(printed[0]["QL"]) == pytest.approx(float(wanted[0]["QL"])) and printed[0]["Id"] == "1"


def test_illegal_codes_are_findings_with_row_and_column_and_nothing_is_scored(capsys, reference):
    path = reference / "datasets" / "qlqc30_qolmiss_bad_codes.csv"
    status, out, err = run(capsys, "score", "qlq-c30", path, "--json")
    document = json.loads(out)
    assert status == 1 and document["refused"] and document["rows"] == []
    with open(path, encoding="utf-8", newline="") as file:
        wrong = [(str(line), f"Q{item}") for line, row in enumerate(csv.DictReader(file), start=2) for item in range(1, 31)
                 if row[f"Q{item}"] == "0"]
    assert wrong and [(finding["row"], finding["column"]) for finding in document["findings"]] == wrong
    assert {finding["rule"] for finding in document["findings"]} == {"answer_outside_item"}
    status, out, err = run(capsys, "score", "qlq-c30", path)
    assert status == 1 and not out and "row 6, column Q3" in err and "Nothing was scored" in err


def test_a_cell_that_is_no_number_is_a_finding_that_does_not_repeat_it(capsys, tmp_path):
    header = ",".join(f"q{item}" for item in range(1, 31))
    path = table(tmp_path / "answers.csv", header, ",".join(["1"] * 30), ",".join(["1"] * 29 + ["often"]))
    status, _, err = run(capsys, "score", "qlq-c30", path)
    assert status == 1 and "row 3, column q30" in err and "often" not in err


def test_columns_may_be_numbers_or_names_of_dimensions(capsys, tmp_path):
    path = table(tmp_path / "eq.csv", "id,MO,SC,UA,PD,AD,VAS", "a,5,5,5,5,5,40", "b,1,1,1,1,1,", "c,1,,1,1,1,80")
    status, out, _ = run(capsys, "score", "eq-5d-5l", path, "--json")
    rows = json.loads(out)["rows"]
    assert status == 0 and [row["columns"]["id"] for row in rows] == ["a", "b", "c"]
    assert rows[0]["scores"] == {"INDEX": pytest.approx(-0.525491), "VAS": 40.0} and rows[1]["scores"] == {"INDEX": 1.0, "VAS": None}
    assert rows[2]["scores"]["INDEX"] is None and rows[2]["missing"]["INDEX"] == "a dimension is not answered"
    path = table(tmp_path / "br23.csv", ",".join(map(str, range(31, 54))), ",".join(["1"] * 23))
    status, out, _ = run(capsys, "score", "qlq-br23", path, "--json")
    row = json.loads(out)["rows"][0]
    assert row["scores"]["BRBI"] == 100.0 and row["missing"]["BRSEE"] == "does not concern this patient (item 45)"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (",".join(f"q{item}" for item in range(1, 30)), "no column was found for 30"),
        ("id,time", "no column was found for 1–30"),
        (",".join(f"q{item}" for item in range(1, 31)) + ",Q01", "Item 1 has several columns: 'q1', 'Q01'"),
    ],
)
def test_a_table_without_its_items_is_refused_in_words(capsys, tmp_path, header, told):
    status, out, err = run(capsys, "score", "qlq-c30", table(tmp_path / "t.csv", header))
    assert status == 2 and not out and told in err


def test_too_few_answers_are_told_as_the_reason(capsys, tmp_path):
    path = table(tmp_path / "t.csv", ",".join(f"q{item}" for item in range(1, 31)), ",".join(["1", "1"] + [""] * 28))
    row = json.loads(run(capsys, "score", "qlq-c30", path, "--json")[1])["rows"][0]
    assert row["missing"]["PF"] == "2 of 5 items answered, 3 needed" and row["scores"]["PF"] is None
    assert row["missing"]["SUMMARY"].startswith("needs all 13 scales; missing: PF, RF") and row["row"] == 2
