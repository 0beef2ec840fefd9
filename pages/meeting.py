"""The weekly meeting on one screen: headline numbers and their change, what rings, what is new, what comes due."""

import streamlit as st

from heroes.access import Right
from heroes.app.meeting import show_headline, show_news, show_spark
from heroes.app.page import open_page
from heroes.app.surveillance import choose_last_meeting, show_alerts, show_due

page = open_page("meeting")
say = page.words.say

if page.may(Right.PEOPLE):
    st.info(say("The meeting is about enrolment and patients; your role sees neither."))
    st.stop()

with st.container(key="side_by_side"):
    left, right = st.columns([3, 2])
with right:
    before = choose_last_meeting(page)
with left:
    show_headline(page, before)
    if before is None:
        st.caption(say("There is no earlier data cut: changes are not shown."))

show_spark(page, before)

if not page.trial.scope.holds_lists:
    st.stop()

st.subheader(say("Who needs action"), anchor=False)
show_alerts(page, before)
st.subheader(say("New since the last meeting"), anchor=False)
show_news(page, before)
st.subheader(say("Due in the next two weeks"), anchor=False)
show_due(page)
