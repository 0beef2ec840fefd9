"""The live 1-year PFS curve of the Signatera-negative cohort, with its conventions under it."""

import streamlit as st

from heroes.access import Right
from heroes.app import endpoint
from heroes.app.controls import show_table
from heroes.app.page import open_page
from heroes.figures.pfs import alt_survival, survival_chart
from heroes.statistics.endpoint import estimate_endpoint

page = open_page("pfs")
words, say = page.words, page.words.say

if not page.may(Right.POOLED_OUTCOMES):
    endpoint.show_closed(page)
    st.stop()

source, estimand, paramcd = endpoint.choose_source(page)
times = endpoint.times_of(page, source, estimand, paramcd)
if times.empty:
    st.info(endpoint.why_no_times(page, source))
    st.stop()

result = page.keep(
    ("pfs", source, estimand, paramcd),
    lambda: estimate_endpoint(times.time_days.to_numpy(float), times.event.to_numpy(bool), page.trial.protocol),
)
endpoint.show_headline(page, result, paramcd)
caption = page.caption(result.curve.n, endpoint.population(page, source), endpoint.method(page, source, estimand))
who = times if page.may(Right.ALL_PATIENTS) else None
figure = page.keep(
    ("pfs_chart", source, estimand, paramcd, who is None),
    lambda: survival_chart(
        result.curve, result.at, endpoint.risk_table(page, result), caption, words, reliable_until=result.reliable_until,
        who=who, origin=endpoint.axis_origin(page, source), title=endpoint.title(page, source, estimand, paramcd),
        parameter=words.answer(paramcd), look=page.look,
    ),
)
page.show_chart(figure, alt_survival(result.curve, result.at, caption, words, parameter=words.answer(paramcd)), key="pfs_chart")
endpoint.show_cautions(page, times, result, source)
st.caption(endpoint.convention_line(page, source, estimand))

with st.expander(say("Curve as numbers")):
    show_table(endpoint.curve_table(result.curve), endpoint.curve_headings(words), key="curve_table", alt=say("Kaplan–Meier table"))
endpoint.show_differences(page)
if page.may(Right.ALL_PATIENTS):
    with st.expander(say("Every patient: event, or why censored")):
        show_table(times, endpoint.time_headings(words, times), key="times_table", alt=say("Time to event per patient"))
