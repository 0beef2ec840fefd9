"""The DSMB's interim read-out: how mature the endpoint is, what it says of the hypotheses, and the stopping rule."""

import streamlit as st

from heroes.access import Right
from heroes.app import endpoint
from heroes.app.failure_rule import show_failure_rule
from heroes.app.hypotheses import show_belief, show_design, show_tests
from heroes.app.interim import show_conventions, show_what_is_not_set, standing_of, why_no_standing
from heroes.app.maturity import show_maturity
from heroes.app.page import open_page
from heroes.app.prediction import show_power, show_prediction

page = open_page("interim")

if not page.may(Right.POOLED_OUTCOMES):
    endpoint.show_closed(page)
    st.stop()

standing = standing_of(page)
if standing is None:
    st.info(why_no_standing(page))
    st.stop()

show_conventions(page)
show_maturity(page, standing)
show_what_is_not_set(page, standing)
show_design(page, standing)
show_tests(page, standing)
show_belief(page, standing)
show_prediction(page, standing)
show_power(page, standing)
show_failure_rule(page, standing)
