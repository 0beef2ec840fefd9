"""What the mutator makes of a few lines of SQL. Development only: skipped where sqlglot is not installed."""

import pytest

pytest.importorskip("sqlglot", reason="the SQL mutator needs sqlglot (requirements-mutation.txt), which only a mutation run installs")

from tests.mutation.sql_changes import changes_of  # noqa: E402


def said(sql: str) -> list[str]:
    return [change.said for change in changes_of(sql)]


def texts(sql: str) -> set[str]:
    return {change.text for change in changes_of(sql)}


def test_each_change_is_one_change_and_keeps_the_rest_as_it_was_written():
    sql = "SELECT a -- a < b\nFROM x\nWHERE a < 1"
    assert [(change.line, change.column, change.said, change.text) for change in changes_of(sql)] == [
        (3, 7, "a < 1 → TRUE", "SELECT a -- a < b\nFROM x\nWHERE TRUE"),
        (3, 9, "< → <=", "SELECT a -- a < b\nFROM x\nWHERE a <= 1"),
        (3, 11, "1 → 2", "SELECT a -- a < b\nFROM x\nWHERE a < 2"),
        (3, 11, "1 → 0", "SELECT a -- a < b\nFROM x\nWHERE a < 0"),
    ]


@pytest.mark.parametrize(
    ("sql", "changed"),
    [
        ("SELECT a >= b", "SELECT a > b"),
        ("SELECT a = b", "SELECT a <> b"),
        ("SELECT a <> b", "SELECT a = b"),
        ("SELECT a AND b", "SELECT a OR b"),
        ("SELECT a - b", "SELECT a + b"),
        ("SELECT a * b", "SELECT a / b"),
        ("SELECT min(a)", "SELECT max(a)"),
        ("SELECT arg_max(a, b)", "SELECT arg_min(a, b)"),
        ("SELECT bool_or(a)", "SELECT bool_and(a)"),
        ("SELECT greatest(a, b)", "SELECT least(a, b)"),
        ("SELECT least(a, b)", "SELECT least( b)"),
        ("SELECT coalesce(a, f(b, c))", "SELECT coalesce(f(b, c), a)"),
        ("SELECT coalesce(a, f(b, c))", "SELECT coalesce( f(b, c))"),
        ("SELECT coalesce(a, f(b, c))", "SELECT coalesce(a)"),
        ("SELECT a IS NULL", "SELECT a IS NOT NULL"),
        ("SELECT a IS NOT NULL", "SELECT a IS NULL"),
        ("SELECT NOT a", "SELECT  a"),
        ("SELECT TRUE", "SELECT FALSE"),
        ("SELECT DISTINCT a", "SELECT  a"),
        ("FROM x LEFT JOIN y USING (a)", "FROM x  JOIN y USING (a)"),
        ("FROM x ANTI JOIN y USING (a)", "FROM x SEMI JOIN y USING (a)"),
        ("FROM x JOIN y USING (a, b)", "FROM x JOIN y USING ( b)"),
        ("FROM x JOIN y ON a AND b", "FROM x JOIN y ON  b"),
        ("FROM x JOIN y ON a AND b", "FROM x JOIN y ON a "),
        ("FROM x JOIN y ON a AND b", "FROM x JOIN y ON TRUE"),
        ("FROM x UNION ALL FROM y", "FROM x UNION FROM y"),
        ("FROM x ORDER BY a, b", "FROM x ORDER BY a DESC, b"),
        ("FROM x ORDER BY a DESC", "FROM x ORDER BY a ASC"),
        ("SELECT count(*) FILTER (a AND b)", "SELECT count(*) FILTER (TRUE)"),
        ("SELECT CASE WHEN a THEN b ELSE c END", "SELECT CASE WHEN NULL THEN b ELSE c END"),
        ("SELECT CASE WHEN a THEN b ELSE c END", "SELECT CASE WHEN TRUE THEN b ELSE c END"),
        ("SELECT CASE WHEN a THEN b ELSE c END", "SELECT CASE WHEN a THEN b ELSE NULL END"),
        ("SELECT CASE a WHEN b THEN c END", "SELECT CASE a WHEN NULL THEN c END"),
        ("SELECT 'DEATH', 'LOST'", "SELECT 'LOST', 'LOST'"),
    ],
)
def test_the_slips_it_knows(sql, changed):
    assert changed in texts(sql)


def test_a_condition_left_out_takes_no_more_than_itself():
    sql = "SELECT x WHERE a AND (b OR c) AND d BETWEEN 1 AND 2 OR e"
    wanted = ["a AND", "AND (b OR c)", "AND d BETWEEN 1 AND 2", "OR e", "a AND (b OR c) AND d BETWEEN 1 AND 2 OR"]
    assert {f"{part} → (left out)" for part in wanted} <= set(said(sql))
    assert not any("BETWEEN 1 OR" in text for text in texts(sql))


def test_stars_keys_and_quoted_words_are_let_alone():
    assert said("SELECT x.* FROM x") == said("SELECT count(*) FROM x") == said("SELECT {'day': day} FROM x") == []
    assert said("SELECT 'a < b'") == []
    assert "SELECT CASE a WHEN TRUE THEN b END" not in texts("SELECT CASE a WHEN 1 THEN b END")


def test_two_ways_to_the_same_text_are_one_change():
    everything = [change.text for change in changes_of("SELECT a AND b AND c")]
    assert len(everything) == len({" ".join(text.split()) for text in everything})
