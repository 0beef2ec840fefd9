"""Safety: adverse events by term, grade and phase of therapy, serious events, deaths; closed but for one's own patients."""

from heroes.app.page import open_page
from heroes.app.safety import show_page

page = open_page("safety")

show_page(page)
