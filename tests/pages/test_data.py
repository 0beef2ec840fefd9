"""Data cuts: nobody is told a count that their scope does not hold."""

import pytest

from tests.builders import a_subject, a_trial, publish
from tests.pages.conftest import a_tiny_trial, words_on


@pytest.mark.parametrize("role", ["monitor", "sponsor", "investigator", "coordinating_investigator", "administrator"])
def test_queries_of_all_patients_are_counted_for_those_only_who_may_see_them(run_page, tiny, role):
    assert {"Queries", "Notes"} <= set(run_page("data").dataframe[-1].value.columns)
    assert not {"Queries", "Notes"} & set(run_page("data", role=role).dataframe[-1].value.columns)


def test_a_role_that_sees_no_query_is_not_told_that_there_was_none(run_page, tiny):
    assert "There is no query and no note that your role sees." in words_on(run_page("data", role="sponsor"))


def test_codes_from_files_are_shown_as_letters(run_page, folder):
    study = "[s](http://evil.example) ![](http://evil.example/x.png) :red-badge[x]"
    publish(a_tiny_trial(study_id=study), folder)
    shown = "".join(element.value for element in run_page("data").markdown)
    assert "[s](" not in shown and "![](" not in shown and ":red-badge[" not in shown
    assert study in words_on(run_page("data"))


def test_changes_between_two_cuts_are_those_of_the_role(run_page, tiny, folder):
    publish(a_tiny_trial(cut_off="2026-02-28", visit_plan=[("M3", 92)]), folder)
    page = run_page("data", section="changes")
    counts = page.dataframe[0].value
    assert set(counts["Change"]) >= {"Record amended"}
    assert [button.label for button in page.get("download_button")] == ["Changes as CSV"]
    assert not run_page("data", section="changes", role="dsmb").get("download_button")
    assert "your role sees none" in words_on(run_page("data", section="changes", role="administrator"))
    assert "Not in your scope" in words_on(run_page("data", section="changes", role="monitor", assigned_sites="01"))


def test_a_site_is_told_of_its_own_patients_only(run_page, tiny, folder):
    patients = [a_subject(f"0{n}-009", included="2025-01-10") for n in (1, 2)]
    publish(a_trial(*patients, simulated=True, study_id="HEROES-SIM", cut_off="2026-03-31", sites={"01": {}, "02": {}}), folder)
    whole = run_page("data", section="changes").dataframe[1].value
    assert {"01-009", "02-009"} <= set(whole["Patient"])
    own = run_page("data", section="changes", role="investigator", own_site="02").dataframe[1].value
    assert "02-009" in set(own["Patient"]) and not any(code.startswith("01-") for code in own["Patient"].dropna())


def test_the_first_cut_has_nothing_to_compare_with(run_page, tiny):
    assert "There is no earlier data cut" in words_on(run_page("data", section="changes"))


def test_findings_are_grouped_and_filtered_by_severity(run_page, folder):
    issues = [
        {"severity": "QUERY", "rule": "order_of_steps", "file": "milestone.csv", "row_ref": str(row), "subject_id": "01-001"} for row in (2, 3, 4, 5)
    ] + [{"severity": "NOTE", "rule": "no_plan"}]
    publish(a_tiny_trial(issues=issues), folder)
    page = run_page("data")
    groups = next(frame.value for frame in page.dataframe if "Findings" in frame.value.columns)
    assert groups[["Severity", "Rule", "Findings", "Patients"]].values.tolist() == [["query", "order_of_steps", 4, 1], ["note", "no_plan", 1, 0]]
    assert groups["Where: file, rows, column"][0] == "milestone.csv, 2; milestone.csv, 3; milestone.csv, 4; +1"
    assert [button.label for button in page.get("download_button")] == ["Queries to the sites as CSV"]
    groups = next(frame.value for frame in run_page("data", cut_severity="NOTE").dataframe if "Findings" in frame.value.columns)
    assert groups["Rule"].tolist() == ["no_plan"]


@pytest.mark.parametrize("role", ["monitor", "sponsor", "investigator", "coordinating_investigator", "dsmb"])
def test_the_record_of_imports_is_for_importers_and_administrators(run_page, tiny, role):
    assert not [frame for frame in run_page("data", role=role, section="history").dataframe if "Who" in frame.value.columns]
    assert "names no import yet" in words_on(run_page("data", section="history"))
    assert "names no import yet" in words_on(run_page("data", role="administrator", section="history"))
