"""The enrolment page: counts by site, the plan, the funnel, and what a monitor does not see."""

import json

from tests.pages.conftest import charts_on, words_on


def sites_table(page):
    return next(frame.value for frame in page.dataframe if "Days since activation" in frame.value.columns)


def test_the_table_counts_each_site(run_page, tiny):
    page = run_page("enrolment")
    sites = sites_table(page).set_index("Site")
    assert sites.loc["01", "Included"] == 2
    assert sites.loc["02", "Included"] == 1
    assert sites.loc["02", "Consented"] == 2


def test_one_site_is_one_link_away(run_page, tiny):
    page = run_page("enrolment", site="02")
    sites = sites_table(page)
    assert list(sites["Site"]) == ["02"]


def test_the_funnel_starts_with_four_consents_and_ends_with_three_stops(run_page, tiny):
    funnel = charts_on(run_page("enrolment"))[-1]
    assert "First consent 4, Treatment stopped 3" in funnel.alt
    lengths = [trace["x"] for trace in json.loads(funnel.spec)["data"] if trace["type"] == "bar"]
    assert [4, 3, 3] in lengths


def test_a_monitor_sees_assigned_sites_and_no_total(run_page, tiny):
    page = run_page("enrolment", role="monitor", assigned_sites="02")
    sites = sites_table(page)
    assert set(sites["Site"]) == {"02"}
    assert "3 included" not in words_on(page)
    assert "All sites" not in next(box for box in page.selectbox if box.label == "Site").options


def test_an_administrator_sees_no_site(run_page, tiny):
    assert "Enrolment is not part of what your role sees" in words_on(run_page("enrolment", role="administrator"))


def test_a_monitor_of_several_sites_gets_no_total_over_them(run_page, tiny):
    page = run_page("enrolment", role="monitor", assigned_sites="01,02")
    said = json.dumps([[chart.alt, chart.spec] for chart in charts_on(page)])
    assert "n = 3" not in said and "3 included" not in said
    assert "2 sites; most at site 01, 2" in said


def test_a_monitor_whose_sites_were_all_taken_away_sees_none(run_page, tiny):
    page = run_page("enrolment", role="monitor")
    assigned = next(choice for choice in page.multiselect if choice.label == "Assigned sites")
    assert assigned.value == ["01", "02"]
    assigned.set_value([]).run()
    assert "No site is in your scope." in words_on(page) and not charts_on(page)
