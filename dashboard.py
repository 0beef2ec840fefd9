"""Front door: the menu in this person's language, then the page they asked for.

Pages have no icons: the browser would fetch them from a font server, and hospitals are offline.
"""

import streamlit as st

from heroes.app import session
from heroes.app.page import TITLES

say = session.words().say
pages = [st.Page(f"pages/{name}.py", title=say(title)) for name, title in TITLES.items()]


def front():
    """The root address leads to the first page, choices in the link included."""
    st.switch_page(pages[0], query_params=st.query_params)


st.navigation([st.Page(front, title="HEROES", default=True, visibility="hidden"), *pages]).run()
