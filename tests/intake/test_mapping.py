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
    assert read == {"DM", "DS", "SV", "EX", "LB", "GF", "RS", "TU", "TR", "ADSL", "ADLB", "ADTTE", "ADRS"}


def test_the_shipped_examples_are_valid(project):
    found = sorted((project / "examples" / "mappings").glob("*.toml"))
    assert {path.stem for path in found} >= {"trial_pharmaverse", "trial_rcd", "inspire", "evidence"}
    for path in found:
        read_mapping(path)
