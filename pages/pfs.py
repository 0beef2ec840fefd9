"""The live 1-year PFS curve of the Signatera-negative cohort, with its conventions under it and the records behind it."""

import streamlit as st

from heroes.access import Right
from heroes.app import endpoint
from heroes.app.behind import show_behind
from heroes.app.curve import show_curve, show_incidence
from heroes.app.page import open_page
from heroes.app.provenance import show_moves
from heroes.app.times import choose_conventions, choose_time, times_of, why_no_times

page = open_page("pfs")

if not page.may(Right.POOLED_OUTCOMES):
    endpoint.show_closed(page)
    st.stop()

choice = choose_conventions(page, choose_time(page))
times = times_of(page, choice)
if times.empty:
    st.info(why_no_times(page, choice))
    st.stop()

clicked = show_incidence(page, choice, times) if choice.has_competing_events else show_curve(page, choice, times)
st.caption(endpoint.convention_line(page, choice))
if choice.conventions:
    show_moves(page, choice, times)
show_behind(page, choice, times, clicked)
