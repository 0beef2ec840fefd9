"""Front door: the menu in this person's language, then the page they asked for."""

import streamlit as st

from heroes.app import session
from heroes.app.page import TITLES

ICONS = {
    "enrolment": ":material/groups:",
    "swimmer": ":material/waterfall_chart:",
    "pfs": ":material/show_chart:",
    "data": ":material/database:",
}

say = session.words().say
st.navigation([st.Page(f"pages/{name}.py", title=say(title), icon=ICONS[name]) for name, title in TITLES.items()]).run()
