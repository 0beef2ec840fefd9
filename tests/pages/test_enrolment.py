"""The enrolment page: counts by site, the plan, the funnel, and what a monitor does not see."""

import json

from tests.builders import a_frame, a_subject, a_trial, publish
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
    funnel = charts_on(run_page("enrolment", enrolment_view="screening"))[-1]
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


def a_trial_in_progress(cut_off="2025-12-31", months=10, **changes):
    """Six sites, one patient included in each of some months at some of them; 20 planned."""
    people = []
    for site, every in (("01", 1), ("02", 2), ("03", 5), ("04", 20)):
        for month in range(0, months, every):
            day = f"2025-{month + 2:02d}-1{site[-1]}"
            people.append(a_subject(
                f"{site}-{month:03d}", consented=f"2025-{month + 1:02d}-05", tissue_sent=f"2025-{month + 1:02d}-15", included=day, stopped=day,
                baseline_draw=f"2025-{month + 1:02d}-20", line_ge2=month % 2 == 0, calls=[(f"2025-{month + 1:02d}-20", "NEGATIVE")]))
    people.append(a_subject("05-900", consented="2025-11-02", screening="PENDING"))
    people.append(a_subject("05-901", consented="2025-10-02", screening=("FAILED", "CONSENT_DECLINED")))
    return a_trial(*people, **{
        "simulated": True, "study_id": "HEROES-SIM", "cut_off": cut_off,
        "sites": {f"0{n}": {"activated_on": "2025-01-01", "target_n": 10} for n in range(1, 7)},
        "site_plan": [("01", f"2025-{month:02d}-01", 3) for month in range(2, 12)], **changes})


def test_the_forecast_names_the_last_inclusion_and_its_interval(run_page, folder):
    publish(a_trial_in_progress(), folder)
    page = run_page("enrolment")
    tile = next(metric for metric in page.metric if metric.label == "Inclusion number 30")
    dates = next(frame.value for frame in page.dataframe if "Forecast or what if" in frame.value.columns)
    assert tile.value == dates["Inclusion number 30"][0] and "202" in tile.value
    assert list(dates["Forecast or what if"]) == ["Forecast"]
    fan = json.loads(charts_on(page)[0].spec)["data"]
    assert {"band 95", "band 80", "forecast"} <= {trace.get("meta") for trace in fan}
    assert "last planned inclusion forecast for " + tile.value in charts_on(page)[0].alt
    said = words_on(page)
    assert "alpha" in said and "Seed " in said


def test_a_what_if_stands_beside_the_forecast_and_never_in_it(run_page, folder):
    publish(a_trial_in_progress(), folder)
    plain = next(frame.value for frame in run_page("enrolment").dataframe if "Forecast or what if" in frame.value.columns)
    page = run_page("enrolment", open_sites="10", open_in="1")
    dates = next(frame.value for frame in page.dataframe if "Forecast or what if" in frame.value.columns)
    assert dates.iloc[0].tolist() == plain.iloc[0].tolist()
    assert dates["Forecast or what if"][1] == "What if: 10 sites more in 1 month"
    assert "days earlier" in words_on(page) and "what if" in words_on(page)
    assert next(metric.value for metric in page.metric if metric.label == "Inclusion number 30") == plain["Inclusion number 30"][0]


def test_before_the_first_inclusion_it_is_too_early(run_page, folder):
    publish(a_trial_in_progress(months=0), folder)
    page = run_page("enrolment")
    assert "Too early: nobody has been included" in words_on(page)
    assert next(metric.value for metric in page.metric if metric.label.startswith("Inclusion number")) == "not estimable"


def test_a_monitor_gets_no_forecast_no_tile_and_no_total(run_page, folder):
    publish(a_trial_in_progress(), folder)
    for view in ("forecast", "screening", "turnaround", "sites", "map"):
        page = run_page("enrolment", role="monitor", assigned_sites="01,02", enrolment_view=view)
        labels = {metric.label for metric in page.metric}
        assert not any(label.startswith(("Inclusion number", "Included", "Sites open", "Second line")) for label in labels)
        said = json.dumps([[chart.alt, chart.spec] for chart in charts_on(page)]) + words_on(page)
        assert "n = 15" not in said and "15 included" not in said  # 10 at site 01, 5 at site 02
        assert "Forecast dates" not in said and "17" not in {metric.value for metric in page.metric}


def test_a_track_record_needs_earlier_cuts_and_then_counts_them(run_page, folder):
    publish(a_trial_in_progress(), folder)
    assert "Too few earlier data cuts" in words_on(run_page("enrolment"))
    for month, cut_off in ((9, "2025-11-30"), (8, "2025-10-31"), (7, "2025-09-30"), (6, "2025-08-31")):
        publish(a_trial_in_progress(cut_off, months=month), folder)
    page = run_page("enrolment", role="sponsor")
    record = next(frame.value for frame in page.dataframe if "Came" in frame.value.columns)
    assert list(record["Came"]) == [9 + 5 + 2 + 1, 10 + 5 + 2 + 1] and list(record["Included then"]) == [6 + 3 + 2 + 1, 7 + 4 + 2 + 1]
    assert "of 2 inside the 80% interval" in words_on(page)


def test_the_screening_view_holds_positives_against_evaluable_tests_and_names_the_cap(run_page, folder):
    publish(a_trial_in_progress(), folder)
    page = run_page("enrolment", enrolment_view="screening")
    tiles = {metric.label: metric.value for metric in page.metric}
    assert tiles["Positive, of evaluable baseline tests"].startswith("0/18, 0%")
    assert tiles["Failed, of screenings that have ended"].startswith("1/19, 5%")
    # every second month: 5 of 10 at site 01, all 5 of 02, 1 of 2 at 03, 1 of 1 at 04
    assert tiles["Second line or later, of included patients"].startswith("12/18, 67%")
    assert "above the cap" in words_on(page)
    by_site = next(frame.value for frame in page.dataframe if "In screening" in frame.value.columns).set_index("Site")
    assert by_site.loc["05", "In screening"] == 1 and by_site.loc["05", "Failed, of ended (Wilson 95 %)"].startswith("1/1")


def test_a_small_group_by_line_is_hidden_from_the_sponsor(run_page, folder):
    publish(a_trial_in_progress(months=4), folder)
    said = words_on(run_page("enrolment", enrolment_view="screening", role="sponsor"))
    assert "Fewer than five patients on one side: not shown to this role." in said and "Second line or later, of included" not in said


def test_the_turnaround_view_counts_days_and_who_waits(run_page, folder):
    publish(a_trial_in_progress(), folder)
    page = run_page("enrolment", enrolment_view="turnaround")
    legs = next(frame.value for frame in page.dataframe if "Waiting now" in frame.value.columns).set_index("From → to")
    assert legs.loc["First consent → Tissue sent", "Days: median (quartiles)"] == "10 (10 to 10)"
    assert legs.loc["First consent → Tissue sent", "Waiting now"] == 1
    assert "Days between the steps of screening" in charts_on(page)[-1].alt


def test_the_sites_view_orders_by_the_likely_rate_and_names_who_waits(run_page, folder):
    publish(a_trial_in_progress(), folder)
    page = run_page("enrolment", enrolment_view="sites")
    rates = next(frame.value for frame in page.dataframe if "Likely rate (90 %)" in frame.value.columns)
    assert list(rates["Site"])[:4] == ["01", "02", "03", "04"] and set(rates["Site"][4:]) == {"05", "06"}
    assert list(rates["Included"])[:4] == [10, 5, 2, 1]
    waiting = next(frame.value for frame in page.dataframe if "Open too long without inclusion" in frame.value.columns)
    assert set(waiting.loc[waiting["Open too long without inclusion"].fillna(False), "Site"]) == {"05", "06"}
    assert "2 sites are open for more than 90 days without an inclusion" in words_on(page)
    alts = " ".join(chart.alt for chart in charts_on(page))
    assert "6 open" in alts and "Inclusions per site and month" in alts and "over time against its own plan" in alts


def test_a_monitor_sees_each_site_by_itself_in_the_order_of_the_codes(run_page, folder):
    publish(a_trial_in_progress(), folder)
    page = run_page("enrolment", role="monitor", assigned_sites="02,01,03", enrolment_view="sites")
    rates = next(frame.value for frame in page.dataframe if "Likely rate (90 %)" in frame.value.columns)
    assert list(rates["Site"]) == ["01", "02", "03"]
    months = 364 / 30.4375  # 1 January to 31 December 2025
    assert rates["Likely rate (90 %)"][0].startswith(f"{10.5 / months:.2f} ")  # Jeffreys, by itself
    assert "Each site by itself" in words_on(page) and not any("Sites open" in chart.alt for chart in charts_on(page))
    assert "median" not in words_on(page).split("First inclusion, and sites without any")[1].lower()


def test_without_places_the_map_is_a_list_by_region(run_page, folder):
    publish(a_trial_in_progress(sites={"01": {"region": "Bretagne", "activated_on": "2025-01-01"}, "02": {"region": "Corse"}}), folder)
    page = run_page("enrolment", enrolment_view="map")
    assert "Where the sites lie was not delivered" in words_on(page)
    regions = next(frame.value for frame in page.dataframe if "Sites open" in frame.value.columns).set_index("Region")
    assert regions.loc["Bretagne", "Included"] == 10
    own = run_page("enrolment", enrolment_view="map", role="monitor", assigned_sites="01,02")
    assert not [frame for frame in own.dataframe if "Sites open" in frame.value.columns]


def test_places_make_a_map(run_page, folder):
    contents = a_trial_in_progress()
    contents.tables["site_location"] = a_frame("site_location", [
        {"site_id": "01", "latitude": 48.1, "longitude": -1.7}, {"site_id": "05", "latitude": 45.7, "longitude": 4.9}])
    publish(contents, folder)
    page = run_page("enrolment", enrolment_view="map")
    chart = charts_on(page)[-1]
    assert "2 sites, of which 1 including, 0 silent, 1 never included" in chart.alt
    assert "4 sites without a delivered place are not drawn" in words_on(page) and "Natural Earth" in words_on(page)


def test_every_view_speaks_french(run_page, folder):
    publish(a_trial_in_progress(), folder)
    for view, said in (("forecast", "Prévisions passées"), ("sites", "Première inclusion"), ("screening", "Échecs de sélection"),
                       ("turnaround", "En attente"), ("map", "Par région")):
        assert said in words_on(run_page("enrolment", enrolment_view=view, lang="fr"))


def test_when_all_are_included_nothing_is_left_to_forecast(run_page, folder):
    publish(a_trial_in_progress(site_plan=[("01", f"2025-{month:02d}-01", 1) for month in range(2, 12)]), folder)
    page = run_page("enrolment")
    assert next(metric.value for metric in page.metric if metric.label == "Inclusion number 10") == "reached"
    assert "All planned inclusions are reached" in words_on(page)


def test_time_from_the_opening_is_one_link_away_and_said(run_page, folder):
    publish(a_trial_in_progress(), folder)
    # consent on the 5th, inclusion on the 11th to 14th of the next month: 34 to 40 days, of which the middle two are 37
    assert "Time of a site counts from 37 days after its opening" in words_on(run_page("enrolment"))
    assert "Time of a site counts from its opening." in words_on(run_page("enrolment", time_from="opening"))


def test_one_site_has_a_forecast_of_its_own_also_for_its_monitor(run_page, folder):
    publish(a_trial_in_progress(), folder)
    for link in ({}, {"role": "monitor", "assigned_sites": "01,02"}):
        chart = json.loads(charts_on(run_page("enrolment", site="01", **link))[0].spec)["data"]
        ahead = next(trace for trace in chart if trace.get("meta") == "forecast")
        assert ahead["y"][0] == 10 and len(ahead["y"]) == 13 and ahead["y"][-1] > 15
