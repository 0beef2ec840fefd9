"""Enrolment per site: who was consented, included and stopped by the data cut, against plan."""

import streamlit as st

from heroes.access import Right
from heroes.app.controls import choose_one, show_table
from heroes.app.page import open_page
from heroes.figures.enrolment import accrual_chart, alt_accrual, alt_funnel, alt_sites, funnel_chart, sites_chart

page = open_page("enrolment")
words, say = page.words, page.words.say

sites = page.ask("enrolment_by_site")
page.show_missing({
    "site_plan": say("a plan per site and month, so nothing is said of what was expected of a site by now"),
    "milestone": say("dated steps of patients (consent, inclusion), so nobody can be counted in time"),
})
if sites.empty:
    st.info(say("No site is in your scope."))
    st.stop()

of_trial = page.may(Right.TRIAL_ENROLMENT)
every = "*"
options = {every: say("All sites")} if of_trial else {}
options |= {site: site for site in sites.site_id.sort_values()}
left, right = st.columns([2, 3], vertical_alignment="bottom")
with left:
    picked = st.selectbox(say("Site"), list(options), format_func=options.get, key="site", bind="query-params")
with right:
    axis = choose_one(say("Time axis"), {"calendar": say("Calendar"), "since activation": say("Since activation")}, key="axis")
site = None if picked == every else picked
n = int(sites.n_included.sum() if site is None else sites.loc[sites.site_id == site, "n_included"].sum())
population = say("included patients") if site is None else say("included patients of site {site}", site=site)

chart_side, site_side = st.columns([3, 2])
with chart_side:
    accrual = page.ask("accrual_since_activation") if axis == "since activation" else page.ask("accrual", site=site)
    plan = page.ask("accrual_plan", site=site)
    caption = page.caption(n, population, say("weekly steps"))
    figure = page.keep(
        ("accrual_chart", axis, site), lambda: accrual_chart(accrual, plan, caption, words, axis=axis, site=site, look=page.look)
    )
    page.show_chart(figure, alt_accrual(accrual, plan, caption, words, axis=axis), key="accrual_chart")
with site_side:
    caption = page.caption(int(sites.n_included.sum()), say("included patients"))
    figure = page.keep(("sites_chart",), lambda: sites_chart(sites, caption, words, look=page.look))
    clicked = page.show_chart(figure, alt_sites(sites, caption, words), key="sites_chart", on_select="rerun")

clicked_sites = {point["customdata"][0] for point in clicked.selection.points if point.get("customdata")}
in_table = clicked_sites or ({site} if site else set(sites.site_id))
st.subheader(say("Sites"), anchor=False)
if len(in_table) < len(sites):
    st.caption(say("Filtered to {list}. Double-click on the chart, or choose all sites, to see every site.", list=", ".join(sorted(in_table))))
show_table(sites[sites.site_id.isin(in_table)], {
    "site_id": say("Site"), "region": say("Region"), "activated_on": say("Activated"), "closed_on": say("Closed"),
    "days_since_activation": say("Days since activation"), "n_consented": say("Consented"), "n_included": say("Included"),
    "n_stopped": say("Treatment stopped"), "expected_by_now": say("Expected by now"), "target_n": say("Target"),
    "days_since_last_inclusion": say("Days since last inclusion"),
}, key="sites_table", alt=say("Enrolment per site"))

st.subheader(say("Screening funnel"), anchor=False)
funnel = page.ask("screening_funnel", site=site)
if funnel.empty:
    st.info(say("No screening step was delivered."))
else:
    caption = page.caption(int(funnel.n.max()), say("consented patients") if site is None else say("consented patients of site {site}", site=site))
    figure = page.keep(("funnel_chart", site), lambda: funnel_chart(funnel, caption, words, look=page.look))
    page.show_chart(figure, alt_funnel(funnel, caption, words), key="funnel_chart")
