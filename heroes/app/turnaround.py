"""From first consent to treatment stopped: how long each leg of the assay's way takes, by site, and who is waiting where."""

import streamlit as st

from heroes.app.controls import choose_one, show_table
from heroes.app.page import Page
from heroes.app.screening import days_said, step_said
from heroes.figures.turnaround import alt_turnaround, turnaround_chart


def show_turnaround(page: Page, site: str | None) -> None:
    """The view of the times between steps; of one site, or of all where the person may see all."""
    words, say = page.words, page.words.say
    times = page.ask("step_times", site=site)
    if times.empty:
        st.info(say("No two steps of screening were delivered with their days for anybody."))
        return
    named = times.assign(leg=[f"{step_said(page, row.from_step)} → {step_said(page, row.to_step)}" for row in times.itertuples()])
    population = say("patients with both steps") if site is None else say("patients of site {site} with both steps", site=site)
    caption = page.caption(int(times.n.max()), population, say("median and quartiles; n by leg"))
    figure = page.keep(("turnaround_chart", site), lambda: turnaround_chart(named, caption, words, look=page.look))
    page.show_chart(figure, alt_turnaround(named, caption, words), key="turnaround_chart")
    show_table(named.assign(days=[days_said(page, row) for row in times.itertuples()]), {
        "leg": say("From → to"), "n": say("Patients"), "days": say("Days: median (quartiles)"), "longest_days": say("Longest, days"),
        "n_waiting": say("Waiting now"),
    }, key="turnaround_table", alt=say("Days between the steps of screening"))
    st.caption(say("Waiting: still in screening, and the first of the two steps is their last on record."))
    legs = {f"{row.from_step},{row.to_step}": row.leg for row in named.itertuples()}
    picked = choose_one(say("By site"), legs, name="leg", default=list(legs)[-1])
    from_step, to_step = picked.split(",")
    by_site = page.ask("step_times_by_site", from_step=from_step, to_step=to_step)
    show_table(by_site.assign(days=[days_said(page, row) for row in by_site.itertuples()]), {
        "site_id": say("Site"), "n": say("Patients"), "days": say("Days: median (quartiles)"), "median_days": say("Median, days"),
    }, key="turnaround_by_site", alt=say("Days between two steps, by site"))
