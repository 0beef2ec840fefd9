"""The mapping file before it meets a delivery: what it may say, and how it is corrected."""

import pytest

from heroes.errors import MappingError
from heroes.intake.mapping import read_mapping, standard_rules
from tests.intake.deliveries import parsed

TABLE = '[[table]]\nfrom = "x"\nto = "subject"\n'


def complaint(tmp_path, text: str) -> str:
    with pytest.raises(MappingError) as caught:
        parsed(tmp_path, text)
    return str(caught.value)


def test_an_unknown_entry_is_refused_by_name_and_place(tmp_path):
    said = complaint(tmp_path, 'study_id = "X"\nstduy = "Y"\n')
    assert "mapping.toml, stduy: this entry is not known" in said and "nothing was imported" in said


def test_an_unknown_entry_deep_inside_is_named_with_its_place(tmp_path):
    said = complaint(tmp_path, TABLE + 'columns = { age_y = { colum = "AGE" } }\n')
    assert "[[table]] 1, columns, age_y, colum: this entry is not known" in said


def test_an_unknown_table_lists_the_tables_there_are(tmp_path):
    said = complaint(tmp_path, '[[table]]\nfrom = "x"\nto = "subjects"\ncolumns = { a = "A" }\n')
    assert 'to = "subjects" is no table; tables are site, site_plan, subject' in said


def test_an_unknown_column_of_ours_lists_those_of_the_table(tmp_path):
    said = complaint(tmp_path, TABLE + 'columns = { patient = "USUBJID" }\n')
    assert 'subject has no column "patient"; it has subject_id, site_id' in said


def test_a_column_with_two_sources_is_refused(tmp_path):
    said = complaint(tmp_path, TABLE + 'columns = { sex = { column = "SEX", constant = "F" } }\n')
    assert "names column and constant" in said


def test_two_cut_points_are_refused(tmp_path):
    assert "two cut-points" in complaint(tmp_path, '[marker]\nname = "m"\npositive_above = 0\npositive_at_or_above = 1\n')


def test_a_file_that_is_no_toml_is_refused_in_words(tmp_path):
    assert "is not a TOML file in UTF-8" in complaint(tmp_path, "[marker\n")


def test_a_mapping_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(MappingError, match="does not exist"):
        read_mapping(tmp_path / "none.toml")


def test_more_than_one_mistake_is_counted(tmp_path):
    assert "(1 more after this one.)" in complaint(tmp_path, "a = 1\nb = 2\n")


def test_the_standard_readings_are_written_in_the_mapping_language():
    read = {name.upper() for rule in standard_rules() for name in rule.sources}
    assert read == {
        "DM", "DS", "SV", "EX", "EC", "CM", "LB", "GF", "RS", "TU", "TR", "QS", "AE", "DV", "IE", "TV", "BE",
        "ADSL", "ADLB", "ADTTE", "ADRS", "ADQS", "ADQLQC", "ADAE", "ADCM",
    }  # fmt: skip


def test_the_shipped_examples_are_valid(project):
    found = sorted((project / "examples" / "mappings").glob("*.toml"))
    assert {path.stem for path in found} >= {"trial_pharmaverse", "trial_rcd", "inspire", "evidence"}
    for path in found:
        read_mapping(path)


COLUMN = '[[table]]\nfrom = "x"\nto = "{to}"\ncolumns = {{ {name} = {rule} }}\n'


@pytest.mark.parametrize("pattern", ["(", "[a", "*", "a{2,1}"])
def test_a_pattern_that_is_none_is_refused_in_words(tmp_path, pattern):
    said = complaint(tmp_path, TABLE + f'columns = {{ age_y = "A" }}\nwhere = {{ X = {{ matches = "{pattern}" }} }}\n')
    assert "[[table]] 1, where, X, matches: " in said and "is no regular expression" in said


@pytest.mark.parametrize("form", ["%Y%Y", "%q", "day", "%m/%Y"])
def test_a_format_that_cannot_date_a_day_is_refused(tmp_path, form):
    said = complaint(tmp_path, f'date_format = "{form}"\n')
    assert "date_format" in said and ("no format of a date" in said or "does not say year, month and day" in said)
    assert form in complaint(tmp_path, COLUMN.format(to="milestone", name="day", rule=f'{{ column = "D", format = "{form}" }}'))


@pytest.mark.parametrize(("to", "name", "rule", "words"), [
    ("subject", "sex", '{ constant = "F", codes = { a = "b" } }', "codes beside constant"),
    ("subject", "sex", '{ join = ["A", "B"], codes = { a = "b" } }', "codes beside join"),
    ("subject", "sex", '{ either = ["A", "B"], codes = { a = "b" } }', "codes beside either"),
    ("subject", "age_y", '{ either = ["A", "B"], scale = 2 }', "scale beside either"),
    ("subject", "age_y", '{ column = "A", unit = "weeks" }', "unit, which acts on times only"),
    ("subject", "sex", '{ column = "A", format = "%Y-%m-%d" }', "format, which acts on times only"),
    ("subject", "sex", '{ column = "A", study_day = "B" }', "study_day, which acts on times only"),
    ("subject", "prior_tx", '{ column = "A", separator = "+" }', "separator without join"),
    ("subject", "sex", '{ column = "A", codes = { a = "F" }, others = "skip", otherwise = "M" }', "others and otherwise"),
    ("milestone", "day", '{ column = "A", codes = { a = "2025-01-01" } }', "codes, which does not act on a written date"),
    ("milestone", "day", '{ join = ["A", "B"] }', "join, which does not act on a written date"),
    ("milestone", "day", '{ column = "A", default = "2025-01-01" }', "default, which does not act"),
    ("milestone", "day", '{ column = "A", offset = 3 }', "offset, which does not act"),
    ("milestone", "day", '{ either = [{ column = "A", plus = "B" }] }', "plus, which does not act"),
    ("milestone", "day", '{ column = "A", round = "up" }', "round, which does not act"),
    ("site", "closed_on", '{ column = "A", unit = "days" }', "unit, which does not act on a date of a site"),
])  # fmt: skip
def test_an_entry_that_cannot_act_where_it_stands_is_refused(tmp_path, to, name, rule, words):
    said = complaint(tmp_path, COLUMN.format(to=to, name=name, rule=rule))
    assert words in said and f"[[table]] 1, columns, {name}" in said


@pytest.mark.parametrize(("entry", "words"), [
    ('fallback = "patient"', "fallback, which acts on milestones only"), ('note = "x"', "note without fallback"),
    ("fills = true", "fills, which acts on response and lesion_measure only"),
])  # fmt: skip
def test_an_entry_of_a_reading_that_cannot_act_is_refused(tmp_path, entry, words):
    assert words in complaint(tmp_path, TABLE + entry + '\ncolumns = { age_y = "A" }\n')


def test_a_rank_of_a_table_with_one_source_is_refused(tmp_path):
    text = '[[table]]\nfrom = "x"\nto = "visit"\nrank = 2\ncolumns = { subject_id = "A" }\n'
    assert "rank, which acts on subject" in complaint(tmp_path, text)
