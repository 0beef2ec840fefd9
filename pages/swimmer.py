"""Swimmer plot: each included patient's therapy phases and ctDNA calls over time."""

import streamlit as st

from heroes.access import Right
from heroes.app.controls import choose_one, choose_some, show_table
from heroes.app.markdown import literal
from heroes.app.page import open_page
from heroes.figures.swimmer import alt_swimmer, swimmer_chart

page = open_page("swimmer")
words, say = page.words, page.words.say
SCROLLING_HEIGHT, LANES_ON_A_SCREEN = 760, 30  # pixels, lanes
SORTS = {"follow_up": "followed", "first_positive": "first_positive_day", "site": "site_id", "status": "status"}

if not page.may(Right.ALL_PATIENTS) and not page.may(Right.OWN_PATIENTS) and not page.may(Right.OWN_LISTS):
    st.info(say("Patients are shown to investigators (their own), monitors (lists for their sites), the DSMB and the study statistician."))
    st.stop()

lanes = page.ask("swimmer_lanes")
page.show_missing({
    "ctdna_result": say("results of a serial marker, so no call is drawn"),
    "response": say("tumour responses, so no progression can be drawn"),
    "treatment": say("treatments with start and end, so therapy phases come from milestones alone"),
    "visit_plan": say("a visit schedule, so nothing is said of draws due, overdue or missed"),
})
if lanes.empty:
    st.info(say("No included patient is in your scope."))
    st.stop()

lists_only = page.may(Right.OWN_LISTS) and not page.may(Right.OWN_PATIENTS)
row = st.columns([2, 2, 2, 3], vertical_alignment="bottom")
with row[0]:
    sites = choose_some(say("Sites"), sorted(lanes.site_id.unique()), name="swimmer_sites", nothing=say("All sites"))
statuses, sort, axis = [], "site", "inclusion"
if not lists_only:  # a list filtered or sorted by outcome would count outcomes
    with row[1]:
        codes = sorted(lanes.status.dropna().unique())
        statuses = choose_some(
            say("Status"), codes, name="status", nothing=say("Any status"), said={code: words.answer(code) for code in codes}
        )
    with row[2]:
        sort = choose_one(say("Sort by"), {
            "follow_up": say("Length of follow-up"), "first_positive": say("First positive"), "site": say("Site"), "status": say("Status"),
        }, name="sort")
    with row[3]:
        axis = choose_one(say("Time axis"), {
            "stop": say("Months since treatment stop"), "inclusion": say("Months since inclusion"), "calendar": say("Calendar month"),
        }, name="since", default="stop" if lanes.stop_day.notna().any() else "inclusion")

shown = lanes.assign(followed=lanes.end_day - (lanes.stop_day if axis == "stop" else 0))
if sites:
    shown = shown[shown.site_id.isin(sites)]
if statuses:
    shown = shown[shown.status.isin(statuses)]
shown = shown.sort_values([SORTS[sort], "subject_id"], ascending=[sort != "follow_up", True], na_position="last")
population = say("included patients") if len(shown) == len(lanes) else say("included patients, filtered")

picked = None
if lists_only:
    st.caption(say("Your role sees lists for source verification, not the plot."))
    draws = page.ask("draw_schedule")
    show_table(draws[draws.subject_id.isin(shown.subject_id)], {
        "site_id": say("Site"), "subject_id": say("Patient"), "visit_code": say("Visit"), "planned_day": say("Planned day"),
        "drawn_day": say("Drawn on day"), "status": say("Status"), "days_overdue": say("Days overdue"),
    }, key="draw_list", alt=say("Planned draws and what became of them"))
else:
    origin = "inclusion" if axis == "inclusion" else "stop"
    ids = tuple(shown.subject_id)
    caption = page.caption(len(shown), population)
    spans, marks = page.ask("status_spans"), page.ask("swimmer_marks")
    figure = page.keep(
        ("swimmer_chart", axis, ids),
        lambda: swimmer_chart(
            shown, spans[spans.subject_id.isin(ids)], marks[marks.subject_id.isin(ids)], caption, words,
            origin=origin, axis="calendar" if axis == "calendar" else "months", look=page.look,
            milestone_months=page.trial.protocol.milestone_months, marker=page.marker,
        ),
    )
    with st.container(height=SCROLLING_HEIGHT if len(shown) > LANES_ON_A_SCREEN else "content", border=False):
        clicked = page.show_chart(figure, alt_swimmer(shown, caption, words, marker=page.marker), key="swimmer_chart", on_select="rerun")
    picked = next((point["customdata"][0] for point in clicked.selection.points if point.get("customdata")), None)

subject = st.selectbox(
    say("Patient"), list(shown.subject_id), index=list(shown.subject_id).index(picked) if picked in set(shown.subject_id) else None,
    placeholder=say("Choose a patient") if lists_only else say("Click a lane, or choose a patient"), key=f"patient_{picked or ''}",
)
if subject:
    lane = lanes[lanes.subject_id == subject].iloc[0]
    st.subheader(say("Patient {subject}, site {site}", subject=literal(subject), site=literal(lane.site_id)), anchor=False)
    show_table(page.ask("patient_story", subject=subject), {
        "day": say("Day from inclusion"), "what": say("What"), "detail": say("Detail"), "source": say("Source"),
    }, key="patient_story", alt=say("Every record of patient {subject}", subject=subject))
