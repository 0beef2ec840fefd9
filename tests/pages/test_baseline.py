"""The baseline page: characteristics, the cap on the second line, deviations; small cells hidden but for DSMB and statistician."""

import json

import pytest

from tests.builders import a_subject, a_trial, publish
from tests.pages.conftest import charts_on, words_on

START = "2025-01-01"


def people(n_first, n_later, **told):
    return [
        a_subject(f"{1 + n % 2:02}-{n:03}", included=START, line_of_therapy=1 if n < n_first else 2, er_status="POSITIVE", sex="F", ecog=0,
                  age_y=50 + n % 9, **told)
        for n in range(n_first + n_later)
    ]


def published(folder, *subjects):
    return publish(a_trial(*subjects, simulated=True, study_id="HEROES-SIM"), folder).cut


def cap(page):
    return next((tile.value for tile in page.metric if "Second line or later" in tile.label), None)


def test_the_share_of_the_second_line_is_set_against_its_cap(run_page, folder):
    published(folder, *people(11, 8))
    page = run_page("baseline")
    assert cap(page).startswith("8/19, 42%") and "cap is 50%" in words_on(page)


def test_roles_without_all_patients_get_no_small_cell(run_page, folder):
    published(folder, *people(11, 3))
    whole = run_page("baseline", role="dsmb")
    assert cap(whole).startswith("3/14") and "are left out" not in words_on(whole)
    for role in ("investigator", "coordinating_investigator", "sponsor"):
        page = run_page("baseline", role=role, own_site="01")
        assert cap(page) is None and "Counts of 1 to 4 patients are left out" in words_on(page)
        counts = next(trace for trace in json.loads(charts_on(page)[0].spec)["data"] if trace.get("meta") == "counts")
        assert not [text for text in counts["text"] if text.strip("\u2007").startswith(("3 ", "11 "))]
        assert "Least" not in [column for frame in page.dataframe for column in frame.value.columns]


def test_monitors_see_their_patients_and_no_total(run_page, folder):
    published(folder, *people(11, 8))
    page = run_page("baseline", role="monitor", assigned_sites="02")
    assert not charts_on(page) and not page.metric
    assert {subject[:2] for frame in page.dataframe for subject in frame.value["Patient"]} == {"02"}


def test_deviations_are_listed_by_patient_the_gravest_first(run_page, folder):
    published(
        folder,
        a_subject("01-001", included=START, ecog=2, calls=[("2024-12-20", "NEGATIVE")], consented_again="2024-12-30"),
        a_subject("02-001", included=START, ecog=1, calls=[("2024-12-20", "POSITIVE", 1.0)], consented_again="2025-01-02"),
        a_subject("02-002", included=START, ecog=1, calls=[("2024-12-20", "NEGATIVE")], criteria=[("IN04", {"category": "INCLUSION"})]),
    )
    shown = next(frame.value for frame in run_page("baseline").dataframe if "What" in frame.value.columns)
    assert shown[["Patient", "What"]].values.tolist() == [
        ["02-002", "Eligibility criterion not met, recorded by the site"], ["02-001", "Included with a positive baseline ctDNA"],
        ["02-002", "Second consent missing"], ["02-001", "Second consent dated after the inclusion"], ["01-001", "ECOG above the protocol’s limit"],
    ]
    own = run_page("baseline", role="investigator", own_site="01")
    assert list(next(frame.value for frame in own.dataframe if "What" in frame.value.columns)["Patient"]) == ["01-001"]
    assert not [frame for frame in run_page("baseline", role="sponsor").dataframe if "Patient" in frame.value.columns]


def test_another_study_is_held_to_no_step_of_this_one(run_page, folder):
    positive = a_subject("01-001", included=START, ecog=4, calls=[("2024-12-20", "POSITIVE", 1.0)], criteria=[("IN04", {"category": "INCLUSION"})])
    publish(a_trial(positive, simulated=True, study_id="ANOTHER"), folder)
    shown = next(frame.value for frame in run_page("baseline").dataframe if "What" in frame.value.columns)
    assert list(shown["What"]) == ["Eligibility criterion not met, recorded by the site"]


def test_administrators_see_none_of_it(run_page, folder):
    published(folder, *people(11, 8))
    page = run_page("baseline", role="administrator")
    assert "not part of what your role sees" in words_on(page) and not page.dataframe and not charts_on(page)
