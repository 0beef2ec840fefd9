"""Tables for `heroes km` and `heroes cif`: read as they are meant, or refused in words, never shifted or guessed."""

import pytest

from heroes.errors import MisuseError
from heroes.intake.files.plain_table import read_plain_table


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes):
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_cells_stay_the_text_they_are(file):
    frame = read_plain_table(file('time,event,arm\n5,1,01\n7.50,0, 1 \n"1e2",TRUE,\n'))
    assert frame.to_dict("list")["time"] == ["5", "7.50", "1e2"]
    assert list(frame["arm"][:2]) == ["01", "1"] and frame["arm"].isna().tolist() == [False, False, True]
    assert list(frame["event"]) == ["1", "0", "TRUE"]


def test_a_byte_order_mark_line_ends_and_spaces_in_the_header_do_no_harm(file):
    frame = read_plain_table(file("\ufefftime, event \r\n5,1\r\n"))
    assert list(frame.columns) == ["time", "event"] and len(frame) == 1


def test_a_header_may_have_a_line_break_in_quotes(file):
    frame = read_plain_table(file('"time\n(days)",event\n5,1\n6,0\n'))
    assert list(frame.columns) == ["time\n(days)", "event"] and list(frame["event"]) == ["1", "0"]


def test_a_header_alone_is_a_table_without_rows(file):
    assert read_plain_table(file("time,event\n")).empty


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("time,event\n5,1,0\n", "more cells than the header"),
        ("time,event\n5,1\n6,0,7\n", "more cells than the header"),
        ("time,event,time\n5,1,6\n", "'time' more than once"),
        ("time;event\n5;1\n", "separated by semicolons"),
        ("time\tevent\n5\t1\n", "separated by tabs"),
        ("", "is empty"),
        ("\n5,1\n", "is empty"),
        ("time,event\n5,1\n".encode("utf-16"), "UTF-8"),
        ("time,évent\n5,1\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(file, content, said):
    with pytest.raises(MisuseError, match=said):
        read_plain_table(file(content))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MisuseError, match="does not exist"):
        read_plain_table(tmp_path / "none.csv")
