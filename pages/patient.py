"""One patient: the story in sentences, every track on one axis, the clocks, the records, and what was known at earlier cuts."""

import streamlit as st

from heroes.app.page import open_page
from heroes.app.patient import choose_known_at, choose_patient, is_there, show_alerts_of, show_clocks, show_records, show_story

page = open_page("patient")
say = page.words.say

if not page.trial.scope.holds_lists:
    st.info(say("Patients are shown to investigators (their own), monitors (lists for their sites), the DSMB and the study statistician."))
    st.stop()

left, right = st.columns(2)
with left:
    subject = choose_patient(page)
with right:
    cut = choose_known_at(page)
if subject is None:
    st.info(say("No patient is in your scope."))
    st.stop()
if not is_there(page, cut, subject):
    st.info(say("This patient was not known at that data cut."))
    st.stop()

show_alerts_of(page, cut, subject)
show_story(page, cut, subject)
st.subheader(say("Clocks"), anchor=False)
show_clocks(page, cut, subject)
st.subheader(say("Records"), anchor=False)
show_records(page, cut, subject)
