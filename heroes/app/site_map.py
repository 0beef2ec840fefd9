"""Sites on the map of France, or by region where their places were not delivered."""

import streamlit as st

from heroes.access import Right
from heroes.app.controls import show_table
from heroes.app.page import Page
from heroes.figures.site_map import STATUSES, alt_map, sites_map
from heroes.figures.theme import footnote
from heroes.store.parameters import SILENT_DAYS


def show_map(page: Page) -> None:
    """The view of the map and of the regions."""
    words, say, of_trial = page.words, page.words.say, page.may(Right.TRIAL_ENROLMENT)
    places = page.ask("site_map")
    sites = page.ask("enrolment_by_site")
    n = int(sites.n_included.sum()) if of_trial else None
    if places.empty:
        st.info(say("Where the sites lie was not delivered (table site_location): they are listed by region."))
    else:
        caption = page.caption(n, say("included patients"))
        figure = page.keep(("sites_map",), lambda: sites_map(places, caption, words, silent_days=SILENT_DAYS, look=page.look))
        with st.container(key="map", width=820):
            page.show_chart(figure, alt_map(places, caption, words), key="sites_map")
        missing = len(sites) - len(places)
        if missing:
            st.caption(words.count(
                "{n} site without a delivered place is not drawn.", "{n} sites without a delivered place are not drawn.", missing))
        st.caption(say("Outline: Natural Earth, public domain."))
        show_table(places.assign(said=[
            say(STATUSES[status], days=SILENT_DAYS) if status == "SILENT" else say(STATUSES[status]) for status in places.status]), {
            "site_id": say("Site"), "region": say("Region"), "said": say("Status"), "n_included": say("Included"),
            "days_since_last_inclusion": say("Days since last inclusion"),
        }, key="map_table", alt=say("Sites on the map"))
    if of_trial:
        st.subheader(say("By region"), anchor=False)
        show_table(page.ask("enrolment_by_region"), {
            "region": say("Region"), "n_sites": say("Sites"), "n_open": say("Sites open"), "n_included": say("Included"),
            "expected_by_now": say("Expected by now"),
        }, key="regions_table", alt=say("Enrolment by region"))
    else:
        show_table(sites, {"site_id": say("Site"), "region": say("Region"), "n_included": say("Included")}, key="regions_table",
                   alt=say("Enrolment by site and region"))
    st.caption(footnote(page.caption(n, say("included patients")), words))
