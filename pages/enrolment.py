"""Enrolment per site: who was consented, included and stopped by the data cut, against plan, and where it is going."""

import streamlit as st

from heroes.access import Right
from heroes.app.accrual import show_accrual
from heroes.app.accrual_forecast import show_forecast
from heroes.app.controls import choose_between
from heroes.app.page import open_page
from heroes.app.screening import show_screening
from heroes.app.site_map import show_map
from heroes.app.site_pace import show_sites
from heroes.app.turnaround import show_turnaround

page = open_page("enrolment")
say = page.words.say

if not page.may(Right.TRIAL_ENROLMENT) and not page.may(Right.SITE_ENROLMENT):
    st.info(say("Enrolment is not part of what your role sees."))
    st.stop()

sites = page.ask("enrolment_by_site")
page.show_missing({
    "site_plan": say("a plan per site and month, so nothing is said of what was expected of a site by now"),
    "milestone": say("dated steps of patients (consent, inclusion), so nobody can be counted in time"),
})
if sites.empty:
    st.info(say("No site is in your scope."))
    st.stop()

site = show_accrual(page, sites)
views = {"forecast": say("Forecast")} if page.may(Right.TRIAL_ENROLMENT) else {}
views |= {
    "sites": say("Sites"), "screening": say("Screening"), "turnaround": say("Time from consent to stop"), "map": say("Map"),
}
view = choose_between(say("Behind the numbers"), views, name="enrolment_view")
if view == "forecast":
    show_forecast(page)
elif view == "sites":
    show_sites(page)
elif view == "screening":
    show_screening(page, site)
elif view == "turnaround":
    show_turnaround(page, site)
else:
    show_map(page)
