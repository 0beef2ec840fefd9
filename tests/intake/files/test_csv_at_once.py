"""A large file read at once gives the dataset that `csv` gives, or is left to `csv`: never anything else."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heroes.intake.files import csv_file
from heroes.intake.files.csv_at_once import read_at_once
from heroes.intake.files.csv_file import SEPARATORS, read_csv

CELL = st.text(alphabet='ab ,;"\n\r\té\x1c\u2003', max_size=4)
TIDY = st.one_of(
    st.text(alphabet="ab1. é\x1c\u2003\x0b", max_size=4),  # needs no quotes
    st.text(alphabet="ab ,;\n\té", max_size=4).map(lambda text: f'"{text}"'),
    st.sampled_from(['""', '"\r\n"', "#x", '"#x"', '"a ""b"""', 'a"b', '"a"b', ' "a"', "x" * 30]),
)


@st.composite
def files(draw):
    """A delimited text that is nearly always regular: rows of one width, quotes where they belong, line ends of one kind."""
    separator, line_end = draw(st.sampled_from([*SEPARATORS])), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    width = draw(st.integers(1, 3))
    body = draw(st.lists(st.lists(TIDY, min_size=width, max_size=width).map(separator.join) | st.sampled_from(["", " ", separator, "a"]), max_size=5))
    last = draw(st.sampled_from(["", line_end, line_end * 2]))
    return (line_end.join([separator.join("xyz"[:width]), *body]) + last).encode()


def both(monkeypatch_large: int, content: bytes, **options):
    """What is read with a limit above which files are large."""
    before, csv_file.LARGE = csv_file.LARGE, monkeypatch_large
    try:
        return read_csv(content, "d.csv", "d", **options)
    finally:
        csv_file.LARGE = before


def same(content: bytes, **options) -> None:
    plain, found = both(10**9, content, **options)
    at_once, said = both(0, content, **options)
    assert said == found and (at_once is None) == (plain is None)
    if plain is not None:
        assert at_once.columns == plain.columns and (at_once.name, at_once.file) == (plain.name, plain.file)
        assert at_once.rows.tolist() == plain.rows.tolist() and at_once.rows.dtype == plain.rows.dtype
        assert list(at_once.frame.columns) == list(plain.frame.columns) and at_once.frame.index.tolist() == plain.frame.index.tolist()
        assert all(at_once.frame[name].tolist() == plain.frame[name].tolist() for name in plain.frame)
        assert all(dtype == object for dtype in at_once.frame.dtypes)


@settings(max_examples=500, deadline=None)
@given(files())
@example(b'x,y\n"a\nb",2\n\n"c\r\n",""\n')
@example(b'x,y\r\n1,"2"\r\n\r\n  \r\n3,4')
@example(b'x,y\n1,2\n"3,4\n')
@example(b"x,y\n1,2\r3,4\n")
def test_a_regular_file_is_read_alike(content):
    same(content)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet='xy,;"\n\r\t #\x00é', max_size=25).map(str.encode))
def test_whatever_else_a_file_holds_is_read_alike(content):
    same(content)


@given(st.binary(max_size=20))
def test_bytes_that_are_no_text_are_read_alike(content):
    same(b"x,y\n1,2\n" + content)


@pytest.mark.parametrize("encoding", [None, "cp1252", "latin-1", "utf-8"])
def test_other_encodings_are_read_alike(encoding):
    same("x,y\né,œ\n".encode("cp1252"), encoding=encoding)
    same("\ufeffx,y\né,œ\n".encode(), encoding=encoding)


def test_columns_that_the_mapping_drops_are_not_read():
    same(b"x,Y,z\n1,2,3\n", drop={"D": {"y"}})
    dataset, findings = both(0, b"x,Y,z\n1,2,3\n", drop={"D": {"y"}})
    assert list(dataset.frame.columns) == ["x", "z"] and [finding.rule for finding in findings] == ["dropped_by_mapping"]


@pytest.mark.parametrize("content", [
    b"x,y\n1,2\n3,\n", b'x,y\n"1","a,b"\n"3","c\nd"\n', b"x;y\r\n1;2\r\n\r\n3;4\r\n", b'"x","y"\n1,""\n',
])  # fmt: skip
def test_the_usual_files_are_read_at_once(content):
    """So that the comparisons above compare something."""
    separator = ";" if b";" in content else ","
    assert read_at_once(content, separator, lambda names: set()) is not None


@pytest.mark.parametrize("content", [
    b"#a\nx,y\n1,2\n", b"x\n1\n", b"x,x\n1,2\n", b"x,\n1,2\n", b"x,y\n1\n", b'x,y\n"a""b",2\n', b'x,y\n1,a"b"\n', b"x,y\r1,2\n", b'"x\n",y\n1,2\n', b"x,y\n1,2\n ",
])  # fmt: skip
def test_whatever_is_not_plain_is_left_to_csv(content):
    assert read_at_once(content, ",", lambda names: set()) is None
    same(content)
