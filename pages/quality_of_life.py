"""Quality of life: who answered, and for those who may see pooled outcomes what was answered, since therapy was stopped."""

import streamlit as st

from heroes.access import Right
from heroes.app.page import open_page
from heroes.app.quality_of_life import show_closed, show_completion, show_instruments, show_results

page = open_page("quality_of_life")

if page.may(Right.PEOPLE):
    st.info(page.words.say("Quality of life is not part of what your role sees."))
    st.stop()

show_instruments(page)
show_completion(page)
if page.may(Right.POOLED_OUTCOMES):
    show_results(page)
else:
    show_closed(page)
