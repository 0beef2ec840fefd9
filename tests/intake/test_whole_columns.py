"""A delivery in our own layout without one of its columns: an error that names it, or an empty column; never a traceback."""

import pytest

from heroes.intake.kinds import column_kinds
from heroes.model.records import RECORDS
from tests.intake.deliveries import CUT_OFF, read, rules, write
from tests.intake.test_mapping_docs import SMALLEST

FACTS = {"data_cut": "study_id,cut_off\nX-1,2026-01-31\n"}


def without(tmp_path, table: str, name: str, **others: str):
    """The smallest delivery of every table, with one column of one table taken away."""
    lines = [line.split(",") for line in (SMALLEST | others)[table].splitlines()]
    place = lines[0].index(name)
    text = "\n".join(",".join(line[:place] + line[place + 1 :]) for line in lines) + "\n"
    return read(write(tmp_path / "d", **{**SMALLEST, **FACTS, table: text}))


@pytest.mark.parametrize(("table", "name"), [
    ("milestone", "kind"), ("screen_outcome", "status"), ("visit", "visit_code"), ("lesion", "lesion_id"), ("lesion_measure", "lesion_id"),
    ("response", "evaluator"), ("visit", "subject_id"), ("response", "subject_id"), ("visit", "status"), ("tte", "aval"), ("tte", "cnsr"),
    ("specimen", "specimen_id"), ("lesion", "role"), ("treatment", "agent_class"), ("visit_plan", "visit_code"),
])  # fmt: skip
def test_a_required_column_that_is_not_delivered_is_named(tmp_path, table, name):
    delivery = without(tmp_path, table, name)
    (finding,) = [found for found in delivery.findings if found.rule == "missing_value"]
    assert (finding.severity, finding.table, finding.column) == ("ERROR", table, name) and "deliver the column" in finding.remedy


def test_a_site_table_without_its_key_is_refused(tmp_path):
    sites = "site_id,label\n01,Lyon\n02,Paris\n"
    delivery = without(tmp_path, "site", "site_id", site=sites)
    assert {"missing_value"} <= set(rules(delivery, "ERROR"))


@pytest.mark.parametrize(("table", "name"), [("visit", "day"), ("treatment", "start_day")])
def test_a_time_that_may_be_empty_stays_empty(tmp_path, table, name):
    delivery = without(tmp_path, table, name)
    assert rules(delivery, "ERROR") == [] and delivery.contents.tables[table][name].isna().all()


def test_a_number_of_days_beyond_all_time_is_refused(tmp_path):
    subject = "subject_id,site_id,origin_kind,origin_to_cut_off_days\nA-1,01,INCLUSION,99999999999999\n"
    delivery = read(write(tmp_path / "d", **FACTS, subject=subject))
    assert rules(delivery, "ERROR") == ["outside_limits"]


@pytest.mark.parametrize("table", [table for table in RECORDS if table != "import_issue"])
def test_nonsense_in_every_cell_of_a_table_is_no_traceback(tmp_path, table):
    names = list(RECORDS[table].model_fields)
    cells = ["???" if column_kinds(table)[name].kind in ("code", "truth", "date") else "1e400" for name in names]
    files = {**SMALLEST, **FACTS, table: ",".join(names) + "\n" + ",".join(cells) + "\n"}
    assert rules(read(write(tmp_path / "d", **files), cut_off=CUT_OFF), "ERROR")
