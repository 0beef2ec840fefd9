"""Data cuts: which there are, what their imports found, what changed between two, and the import of the next delivery."""

from heroes.access import Right
from heroes.app import session
from heroes.app.changes_panel import show_changes
from heroes.app.controls import choose_between
from heroes.app.cut_panel import show_cut, show_cuts, show_imports
from heroes.app.import_panel import show_first_import, show_import
from heroes.app.page import open_page

page = open_page("data", without_data=show_first_import)
say = page.words.say

sections = {"cut": say("This data cut"), "changes": say("Changes")}
if page.may(Right.IMPORT):
    sections["import"] = say("Import a delivery")
if page.may(Right.IMPORT) or page.may(Right.PEOPLE):
    sections["history"] = say("Imports so far")
section = choose_between(say("Part of the page"), sections, name="section", quiet=True)

if section == "changes":
    show_changes(page)
elif section == "import":
    show_import(page.words, page.trial.scope, page.trial.protocol, session.settings().directory)
elif section == "history":
    show_imports(page)
else:
    show_cut(page)
    show_cuts(page)
