"""Who the patients are: characteristics at inclusion, the cap on the second line, eligibility deviations."""

import streamlit as st

from heroes.access import Right
from heroes.app.baseline import show_deviations, show_own, show_pooled
from heroes.app.page import open_page

page = open_page("baseline")

if page.may(Right.PEOPLE):
    st.info(page.words.say("Characteristics of patients are not part of what your role sees."))
    st.stop()

if page.may(Right.TRIAL_ENROLMENT):
    show_pooled(page)
if page.may(Right.ALL_PATIENTS) or page.may(Right.OWN_PATIENTS) or page.may(Right.OWN_LISTS):
    show_deviations(page)
    show_own(page)
