"""Parquet files as pyarrow, pandas and DuckDB write them."""

import datetime as dt
import io
from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from heroes.intake.files import parquet as parquet_module
from tests.intake.files.examples import read_one, rules, written


def a_parquet(**columns) -> bytes:
    """A Parquet file of these columns: lists, or Arrow arrays."""
    saved = io.BytesIO()
    pq.write_table(pa.table(columns), saved)
    return saved.getvalue()


def test_cells_keep_their_kind_and_null_is_missing(tmp_path):
    content = a_parquet(
        USUBJID=["S-1", "S-2", ""], AGE=[61, None, 55], DOSE=[1.5, float("nan"), 2.0], WHOLE=[1.0, None, 3.0], FLAG=[True, None, False],
        DAY=[dt.date(2025, 1, 2), None, dt.date(2025, 3, 4)], MOMENT=pa.array([dt.datetime(2025, 1, 2, 3, 4, 5), None, None], pa.timestamp("ns")),
        CLOCK=[dt.time(3, 4, 5), None, None], EXACT=[Decimal("1.50"), None, None], NONE=pa.nulls(3),
    )  # fmt: skip
    dataset, findings = read_one(written(tmp_path, "dm.parquet", content))
    assert findings == [] and dataset.name == "DM" and dataset.rows.tolist() == [1, 2, 3]
    assert [column.kind for column in dataset.columns] == ["text", "number", "number", "number", "boolean", "date", "datetime", "text", "text", "text"]
    assert dataset.frame.iloc[0].tolist() == ["S-1", 61, 1.5, 1, True, dt.date(2025, 1, 2), dt.datetime(2025, 1, 2, 3, 4, 5), "03:04:05", "1.50", None]
    assert dataset.frame.iloc[1].tolist() == ["S-2", *[None] * 9] and dataset.frame["USUBJID"][2] is None
    assert type(dataset.frame["WHOLE"][0]) is int


def test_a_moment_with_a_zone_keeps_the_day_of_that_zone(tmp_path):
    late = pa.array([dt.datetime(2025, 1, 1, 23, 30, tzinfo=dt.UTC)], pa.timestamp("us", tz="Europe/Paris"))
    dataset, _ = read_one(written(tmp_path, "x.parquet", a_parquet(at=late)))
    assert dataset.frame["at"].tolist() == [dt.datetime(2025, 1, 2, 0, 30)]


def test_files_of_pandas_and_of_duckdb_are_read(tmp_path):
    frame = pd.DataFrame({"id": pd.Categorical(["S-1", "S-2", "S-1"]), "n": [1, 2, 3]})
    frame.to_parquet(tmp_path / "pandas.parquet")
    duckdb.sql("COPY (SELECT * FROM (VALUES ('S-1', 1), ('S-2', 2), ('S-1', 3)) t(id, n)) TO '%s' (FORMAT parquet)" % (tmp_path / "duck.parquet"))
    for name in ("pandas", "duck"):
        dataset, findings = read_one(tmp_path / f"{name}.parquet")
        assert findings == [] and dataset.frame.values.tolist() == [["S-1", 1], ["S-2", 2], ["S-1", 3]]


def test_several_row_groups_are_one_dataset(tmp_path):
    saved = io.BytesIO()
    pq.write_table(pa.table({"id": [f"S-{n % 7}" for n in range(1000)], "n": list(range(1000))}), saved, row_group_size=100)
    dataset, _ = read_one(written(tmp_path, "x.parquet", saved.getvalue()))
    assert dataset.frame["n"].tolist() == list(range(1000)) and dataset.frame["id"].tolist() == [f"S-{n % 7}" for n in range(1000)]


def test_nested_columns_are_refused_unless_dropped(tmp_path):
    path = written(tmp_path, "x.parquet", a_parquet(id=["S-1"], many=[[1, 2]]))
    dataset, findings = read_one(path)
    assert dataset is None and rules(findings) == ["unknown_data_type"] and "Column 2" in findings[0].message
    dataset, findings = read_one(path, drop={"X": {"many"}})
    assert list(dataset.frame.columns) == ["id"]


def test_infinite_numbers_are_refused_by_row(tmp_path):
    dataset, findings = read_one(written(tmp_path, "x.parquet", a_parquet(n=[1.0, float("inf")])))
    assert dataset is None and findings[0].row == "2"


@pytest.mark.parametrize("damage", [lambda c: c[:-9], lambda c: c[:4], lambda c: c[:40] + bytes(40) + c[80:], lambda c: b"xyz"])
def test_damage_is_said(tmp_path, damage):
    dataset, findings = read_one(written(tmp_path, "x.parquet", damage(a_parquet(id=["S-1", "S-2"]))))
    assert dataset is None and rules(findings) == ["damaged_parquet"]


@pytest.mark.parametrize("options", [{}, {"data_page_version": "2.0"}, {"compression": "zstd"}, {"compression": "none", "use_dictionary": False}, {"row_group_size": 300}])
def test_the_heads_of_pages_tell_what_the_footer_tells(options):
    saved = io.BytesIO()
    pq.write_table(pa.table({"id": [f"S-{n % 7}" for n in range(2_000)], "n": list(range(2_000)), "x": [n / 7 for n in range(2_000)]}), saved, **options)
    metadata = pq.ParquetFile(io.BytesIO(saved.getvalue())).metadata
    chunks = [metadata.row_group(group).column(column) for group in range(metadata.num_row_groups) for column in range(3)]
    told = sum(chunk.total_uncompressed_size for chunk in chunks)  # with the heads themselves
    found = parquet_module._unpacked_size(saved.getvalue(), metadata)
    assert 0.9 * told - 200 * len(chunks) < found <= told


def test_pages_that_inflate_are_refused_before_they_are_unpacked(tmp_path):
    saved = io.BytesIO()
    pq.write_table(pa.table({"x": ["0" * 1_000_000 + str(n) for n in range(120)]}), saved, compression="zstd", use_dictionary=False)
    assert len(saved.getvalue()) < 1_000_000
    assert rules(read_one(written(tmp_path, "x.parquet", saved.getvalue()))[1]) == ["unpacks_too_large"]


def test_one_text_a_million_times_stays_small_and_too_many_cells_are_refused(tmp_path, monkeypatch):
    content = a_parquet(id=pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), ["x" * 1000]))
    assert len(content) < 200_000  # of a thousand million characters
    dataset, _ = read_one(written(tmp_path, "a.parquet", content))
    assert len({id(cell) for cell in dataset.frame["id"]}) == 1
    monkeypatch.setattr(parquet_module, "MOST_CELLS", 999_999)
    assert rules(read_one(written(tmp_path, "b.parquet", content))[1]) == ["unpacks_too_large"]
