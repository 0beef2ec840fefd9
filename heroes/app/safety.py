"""What the safety page shows: pooled events and deaths to those who may, own patients' events to investigators, nothing else."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app.controls import choose_between, show_table
from heroes.app.page import Page
from heroes.app.times import was_delivered
from heroes.figures.safety import alt_event_rates, alt_terms, kind_name, phase_name, rates_chart, terms_chart
from heroes.figures.theme import footnote
from heroes.statistics.safety import KINDS, SEVERE, count_by, estimate_rates, since_inclusion, worst_grades


def _event_columns(page: Page) -> dict[str, str]:
    say = page.words.say
    return {
        "subject_id": say("Patient"), "site_id": say("Site"), "term": say("Term"), "grade": say("Grade"), "serious": say("Serious"),
        "related": say("Related"), "therapy": say("Therapy"), "start_day": say("First day"), "end_day": say("Last day"),
        "days_since": say("Days since"), "is_ongoing": say("Ongoing"), "soc": say("Organ class"),
    }


def _spoken(page: Page, rows: pd.DataFrame) -> pd.DataFrame:
    """Events or deaths with the phase of therapy in words."""
    return rows.assign(therapy=[None if pd.isna(phase) else phase_name(phase, page.words) for phase in rows.phase])


def show_pooled(page: Page) -> None:
    """Everything: who had what, how bad, in which phase, how often; deaths; serious events one by one."""
    words = page.words
    if not was_delivered(page, "ae"):
        st.info(words.say("No adverse events were delivered (AE): nothing can be said about them. Deaths are those of the milestones."))
        _show_deaths(page)
        return
    everything = page.ask("adverse_events")
    events, exposure = since_inclusion(everything), page.ask("therapy_exposure")
    n = int(exposure.subject_id.nunique())
    _show_tiles(page, events, n)
    if len(everything) > len(events):
        st.caption(words.count(
            "{n} event began before the inclusion and is not counted.", "{n} events began before the inclusion and are not counted.",
            len(everything) - len(events)))
    _show_terms(page, events, n)
    _show_rates(page, events, exposure, n)
    _show_serious(page, events)
    _show_deaths(page)
    with st.expander(words.count("{n} adverse event, one by one", "{n} adverse events, one by one", len(everything))):
        show_table(_spoken(page, everything), _event_columns(page), key="all_events", alt=words.say("Every adverse event"))


def _show_tiles(page: Page, events: pd.DataFrame, n: int) -> None:
    words = page.words
    worst = worst_grades(events, n)
    serious = events[events.serious.fillna(False).astype(bool)]
    severe = sum(worst[f"grade_{grade}"] for grade in range(SEVERE, 6))
    told = {
        words.say("Patients with an event"): (n - worst["none"], words.count("{n} event", "{n} events", len(events))),
        words.say("With grade 3 or more"): (severe, None),
        words.say("With a serious event"): (
            serious.subject_id.nunique(), words.count("{n} serious event", "{n} serious events", len(serious))),
        words.say("With a fatal event (grade 5)"): (worst["grade_5"], None),
    }
    with st.container(key="tiles"):
        columns = st.columns(4)
    for column, (label, (n_with, more)) in zip(columns, told.items(), strict=True):
        with column:
            st.metric(label, words.say("{n} of {total}", n=words.number(n_with), total=words.number(n)))
            if more:
                st.caption(more)
    if worst["grade_unknown"]:
        st.caption(words.count(
            "{n} patient has events without a grade only.", "{n} patients have events without a grade only.", worst["grade_unknown"]))


def _show_terms(page: Page, events: pd.DataFrame, n: int) -> None:
    words = page.words
    by = choose_between(words.say("Counted by"), {"term": words.say("term"), "soc": words.say("organ class")}, name="ae_by")
    counts = page.keep(("ae_counts", by), lambda: count_by(events, by))
    caption = page.caption(n, words.say("included patients"), words.say("events since inclusion; each patient once per row, worst grade"))
    figure = page.keep(("terms_chart", by), lambda: terms_chart(counts, by, n, caption, words, look=page.look))
    page.show_chart(figure, alt_terms(counts, by, n, caption, words), key="terms_chart")
    with st.expander(words.say("The same as numbers")):
        show_table(counts, {
            by: words.say("Term") if by == "term" else words.say("Organ class"), "n_patients": words.say("Patients"),
            "n_events": words.say("Events"), **{f"grade_{grade}": words.say("Grade {grade}", grade=grade) for grade in range(1, 6)},
            "grade_unknown": words.say("Grade not given"), "n_serious": words.say("Serious"), "n_related": words.say("Related"),
        }, key="terms_table", alt=words.say("Adverse events by term and worst grade"))


def _show_rates(page: Page, events: pd.DataFrame, exposure: pd.DataFrame, n: int) -> None:
    words, conf_level = page.words, page.trial.protocol.endpoint.conf_level
    rates = page.keep(("ae_rates",), lambda: estimate_rates(events, exposure, conf_level))
    kind = choose_between(words.say("Kind of event"), {kind: kind_name(kind, words) for kind in KINDS}, name="ae_kind")
    here = rates[rates.kind == kind]
    caption = page.caption(n, words.say("included patients"), words.say(
        "events by the phase in which they began, {level} exact Poisson limits", level=words.percent(conf_level, 0)))
    figure = page.keep(("ae_rates_chart", kind), lambda: rates_chart(here, caption, words, look=page.look))
    page.show_chart(figure, alt_event_rates(here, caption, words), key="ae_rates_chart")
    st.caption(words.say(
        "Patient-months run from the inclusion (or an earlier stop) to the end of follow-up; months of 30.4375 days. Phases follow each "
        "other in the same patients and select who is in them: a difference between phases is no effect of the therapy."))
    undated = int(events.start_day.isna().sum())
    if undated:
        st.caption(words.count(
            "{n} event has no first day: it is counted in all follow-up only.", "{n} events have no first day: they are counted in all "
            "follow-up only.", undated))


def _show_serious(page: Page, events: pd.DataFrame) -> None:
    words = page.words
    serious = events[events.serious.fillna(False).astype(bool)]
    st.subheader(words.say("Serious events"), anchor=False)
    if not len(serious):
        st.caption(words.say("No serious event has been recorded since inclusion."))
        return
    ordered = serious.sort_values(["grade", "days_since"], ascending=[False, True], na_position="last")
    show_table(_spoken(page, ordered), _event_columns(page), key="serious_events", alt=words.say("Serious adverse events by patient"))
    st.caption(footnote(page.caption(len(serious), words.say("serious events since inclusion")), words))


def _show_deaths(page: Page) -> None:
    """Deaths with what went before; a fatal event without a recorded death is said."""
    words = page.words
    deaths = page.ask("deaths")
    st.subheader(words.say("Deaths"), anchor=False)
    if not len(deaths):
        st.caption(words.say("No death has been recorded."))
    else:
        show_table(_spoken(page, deaths), {
            "subject_id": words.say("Patient"), "site_id": words.say("Site"), "day": words.say("Day of death"),
            "days_since": words.say("Days since"), "therapy": words.say("Therapy"), "first_positive_day": words.say("First positive ctDNA, day"),
            "progression_day": words.say("Progression, day"), "restart_day": words.say("Restart of therapy, day"),
        }, key="deaths", alt=words.say("Deaths, with what went before"))
        st.caption(footnote(page.caption(len(deaths), words.say("deaths of included patients")), words))
    if was_delivered(page, "ae"):
        events = page.ask("adverse_events")
        fatal = set(events[events.grade.eq(5).fillna(False)].subject_id) - set(deaths.subject_id)
        if fatal:
            st.warning(words.count(
                "{n} patient has an event of grade 5 and no recorded death: {list}.", "{n} patients have an event of grade 5 and no "
                "recorded death: {list}.", len(fatal), list=", ".join(sorted(fatal))))


def show_own(page: Page) -> None:
    """An investigator's own patients, event by event: no counts, no pooling."""
    words = page.words
    st.subheader(words.say("Your own patients"), anchor=False)
    if not was_delivered(page, "ae"):
        st.info(words.say("No adverse events were delivered (AE): nothing can be said about them."))
        return
    events = page.ask("adverse_events")
    if not len(events):
        st.caption(words.say("No adverse event of your patients is in this data cut."))
        return
    serious = events.serious.fillna(False).astype(bool)
    ordered = events.assign(_first=~serious).sort_values(["_first", "days_since"], na_position="last")
    show_table(_spoken(page, ordered), _event_columns(page), key="own_events", alt=words.say("Adverse events of your patients, serious ones first"))


def show_open(page: Page) -> None:
    """Pooled events without fatal ones, where the protocol opens safety: small cells hidden in the store."""
    words, protocol = page.words, page.trial.protocol
    st.subheader(words.say("All sites"), anchor=False)
    if not was_delivered(page, "ae"):
        st.info(words.say("No adverse events were delivered (AE): nothing can be said about them."))
        return
    counts = page.ask("adverse_event_counts")
    any_event = words.say("any event")
    show_table(counts.assign(term=counts.term.fillna(any_event)), {
        "term": words.say("Term"), "n": words.say("Patients"), "n_low": words.say("Worst grade 1 or 2"), "n_high": words.say("Worst grade 3 or 4"),
    }, key="open_events", alt=words.say("Adverse events of all sites by term"))
    st.caption(footnote(page.caption(None, words.say("included patients of all sites")), words))
    st.caption(words.say(
        "Opened by the protocol (open_safety). Fatal events are not counted here: deaths stay closed. Counts of fewer than {n} patients "
        "are left out, and others where these could be worked out.", n=words.number(protocol.privacy.small_cell)))


def show_closed(page: Page) -> None:
    """Why there is no pooled count."""
    st.info(page.words.say(
        "Adverse events pooled over patients are closed: they are seen by the DSMB and the study statistician. The protocol file opens "
        "them with open_safety; pooled deaths stay closed in any case."), icon=":material/lock:")


def show_page(page: Page) -> None:
    """The page as far as this person may see it."""
    if page.may(Right.ALL_PATIENTS) and page.may(Right.POOLED_OUTCOMES):
        show_pooled(page)
        return
    if page.may(Right.PEOPLE):
        st.info(page.words.say("Adverse events are not part of what your role sees."))
        return
    if page.may(Right.TRIAL_ENROLMENT) and page.trial.protocol.privacy.open_safety:
        show_open(page)
    else:
        show_closed(page)
    if page.may(Right.OWN_PATIENTS):
        show_own(page)
