"""The swimmer page: lanes, filters, sorting, the patient's table, and what a monitor gets instead."""

import json

from tests.pages.conftest import charts_on, words_on


def lanes(page):
    return json.loads(charts_on(page)[0].spec)


def test_every_included_patient_has_a_lane_and_nobody_else(run_page, tiny):
    spec = charts_on(run_page("swimmer"))[0].spec
    assert all(subject in spec for subject in ("01-001", "01-002", "02-001"))
    assert "02-002" not in spec


def test_a_site_filter_leaves_its_lanes(run_page, tiny):
    spec = charts_on(run_page("swimmer", swimmer_sites="02"))[0].spec
    assert "02-001" in spec and "01-001" not in spec


def test_the_axis_names_its_origin(run_page, tiny):
    for link, said in (("inclusion", "inclusion"), ("stop", "treatment stop"), ("calendar", "Calendar")):
        assert said.lower() in json.dumps(lanes(run_page("swimmer", since=link))["layout"]).lower()


def test_a_patient_picked_shows_every_record(run_page, tiny):
    page = run_page("swimmer")
    picker = next(box for box in page.selectbox if "01-001" in box.options)
    picker.select("01-001").run()
    assert not page.exception
    story = page.dataframe[0].value
    assert len(story) >= 8
    assert "Patient 01-001, site 01" in words_on(page)


def test_an_investigator_sees_own_patients_only(run_page, tiny):
    spec = charts_on(run_page("swimmer", role="investigator", own_site="01"))[0].spec
    assert "01-001" in spec and "02-001" not in spec


def test_a_monitor_gets_lists_and_no_picture(run_page, tiny):
    page = run_page("swimmer", role="monitor", assigned_sites="02")
    assert not charts_on(page)
    assert set(page.dataframe[0].value["Patient"]) == {"02-001"}


def test_a_sponsor_sees_no_patient(run_page, tiny):
    page = run_page("swimmer", role="sponsor")
    assert not charts_on(page) and not page.dataframe
    assert "Patients are shown to" in words_on(page)


def test_a_monitor_cannot_filter_or_sort_patients_by_outcome(run_page, tiny):
    page = run_page("swimmer", role="monitor", assigned_sites="01,02", status="DEAD", sort="status")
    offered = {choice.label for kind in ("multiselect", "selectbox") for choice in getattr(page, kind)}
    assert "Sites" in offered and not {"Status", "Sort by"} & offered
    patient = next(choice for choice in page.selectbox if choice.label == "Patient")
    assert patient.options == ["01-001", "01-002", "02-001"]
