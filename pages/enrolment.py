"""Enrolment per site: who was consented, included and stopped by the data cut, against plan."""

import streamlit as st

from heroes.access import Right
from heroes.app.controls import choose_between, choose_one, show_table
from heroes.app.markdown import literal
from heroes.app.page import open_page
from heroes.figures.enrolment import accrual_chart, alt_accrual, alt_funnel, alt_sites, funnel_chart, sites_chart
from heroes.figures.theme import Look

page = open_page("enrolment")
words, say = page.words, page.words.say

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

of_trial = page.may(Right.TRIAL_ENROLMENT)
every = "*"
options = {every: say("All sites")} if of_trial else {}
options |= {site: site for site in sites.site_id.sort_values()}
left, right = st.columns([2, 3], vertical_alignment="bottom")
with left:
    picked = choose_one(say("Site"), options, name="site")
with right:
    axis = choose_between(say("Time axis"), {"calendar": say("Calendar"), "since activation": say("Since activation")}, name="axis")
site = None if picked == every else picked
n = int(sites.n_included.sum() if site is None else sites.loc[sites.site_id == site, "n_included"].sum())
population = say("included patients") if site is None else say("included patients of site {site}", site=site)

with st.container(key="side_by_side"):
    trial_side, sites_side = st.columns([3, 2])
with trial_side:
    weekly = page.ask("accrual", site=site)
    accrual = page.ask("accrual_since_activation") if axis == "since activation" else weekly
    plan = page.ask("accrual_plan", site=site)
    caption = page.caption(n, population, say("weekly steps"))
    planned = next(iter(page.ask("planned_size").planned.dropna()), None) if site is None else None
    figure = page.keep(("accrual_chart", axis, site), lambda: accrual_chart(
        accrual, plan, caption, words, axis=axis, planned_inclusions=planned, sites=sites, selected=[site] if site else [], look=page.look,
    ))
    page.show_chart(figure, alt_accrual(weekly, plan, caption, words, planned_inclusions=planned), key="accrual_chart")
with sites_side:
    caption = page.caption(int(sites.n_included.sum()) if of_trial else None, say("included patients"))
    narrow = Look(dark=page.look.dark, narrow=True)
    figure = page.keep(("sites_chart",), lambda: sites_chart(sites, caption, words, look=narrow))
    clicked = page.show_chart(figure, alt_sites(sites, caption, words), key="sites_chart", on_select="rerun")
with trial_side:
    clicked_sites = {point["customdata"][0] for point in clicked.selection.points if point.get("customdata")}
    in_table = clicked_sites or ({site} if site else set(sites.site_id))
    if len(in_table) < len(sites):
        st.caption(say(
            "Filtered to {list}. Double-click on the chart, or choose all sites, to see every site.", list=literal(", ".join(sorted(in_table)))
        ))
    show_table(sites[sites.site_id.isin(in_table)], {
        "site_id": say("Site"), "n_included": say("Included"), "expected_by_now": say("Expected by now"), "target_n": say("Target"),
        "days_since_last_inclusion": say("Days since last inclusion"), "n_consented": say("Consented"), "n_stopped": say("Treatment stopped"),
        "activated_on": say("Activated"), "days_since_activation": say("Days since activation"), "closed_on": say("Closed"),
        "region": say("Region"),
    }, key="sites_table", alt=say("Enrolment per site"))

funnel = page.ask("screening_funnel", site=site)
if len(funnel) < 2:
    st.info(say("Too few steps of the screening were delivered to draw a funnel."))
else:
    if funnel.step.iloc[0] == "CONSENT1":
        screened = say("consented patients") if site is None else say("consented patients of site {site}", site=site)
    else:
        screened = say("patients with the first delivered step") if site is None else say("patients of site {site} with the first delivered step", site=site)
    caption = page.caption(int(funnel.n.iloc[0]), screened)
    figure = page.keep(("funnel_chart", site), lambda: funnel_chart(funnel, caption, words, look=page.look))
    page.show_chart(figure, alt_funnel(funnel, caption, words), key="funnel_chart")
