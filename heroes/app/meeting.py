"""The parts of the meeting page: headline with its change, new events. Alerts and the due list are in `surveillance`."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app.controls import show_table
from heroes.app.page import Page
from heroes.app.surveillance import asked_at
from heroes.figures.spark import alt_spark, spark_chart
from heroes.figures.theme import Look
from heroes.model.terms import ChangeKind, Event, MilestoneKind
from heroes.store.changes import compare_cuts
from heroes.store.cuts import DataCut

NEWS = (ChangeKind.NEW_EVENT, ChangeKind.EVENT_WITHDRAWN, ChangeKind.REVERSED_RESULT, ChangeKind.NEW_PATIENT, ChangeKind.VANISHED_PATIENT)


def show_headline(page: Page, before: DataCut | None) -> None:
    """Numbers of the trial and what was added to them since the last meeting; for roles bound to sites lists, not totals."""
    words, say = page.words, page.words.say
    if page.may(Right.TRIAL_ENROLMENT):
        now = page.ask("headline").iloc[0]
        then = asked_at(page, before, "headline").iloc[0] if before else None
        tiles = [
            (say("Consented"), now.n_consented, None if then is None else then.n_consented),
            (say("Included"), now.n_included, None if then is None else then.n_included),
            (say("Treatment stopped"), now.n_stopped, None if then is None else then.n_stopped),
        ]
        if page.may(Right.ALL_PATIENTS) and page.may(Right.POOLED_OUTCOMES):
            tiles += _outcome_tiles(page, before)
        with st.container(horizontal=True, gap="large"):
            for label, value, earlier in tiles:
                st.metric(
                    label, _said(value, words), delta=_change(value, earlier, words), delta_color="off", delta_arrow="off", width="content"
                )
    elif page.may(Right.SITE_ENROLMENT):
        _show_sites(page, before)


def _outcome_tiles(page: Page, before: DataCut | None) -> list[tuple]:
    """For those who see pooled outcomes: positives, endpoint events, deaths."""
    say = page.words.say

    def counted(ask) -> tuple:
        exits = ask("exits")
        return (
            ask("first_positives").first_positive_day.notna().sum() if page.cut.row_counts.get("ctdna_result") else None,
            ask("progressions").progression_day.notna().sum() if page.cut.row_counts.get("response") else None,
            exits.death_day.notna().sum(),
        )

    now = counted(page.ask)
    then = counted(lambda question: asked_at(page, before, question)) if before else (None,) * 3
    labels = (say("{marker} positive since", marker=page.marker), say("Progressions"), say("Deaths"))
    return list(zip(labels, now, then, strict=True))


def _show_sites(page: Page, before: DataCut | None) -> None:
    say = page.words.say
    sites = page.ask("enrolment_by_site")
    if sites.empty:
        st.info(say("No site is in your scope."))
        return
    columns = {"site_id": say("Site"), "n_consented": say("Consented"), "n_included": say("Included")}
    if before is not None:
        then = asked_at(page, before, "enrolment_by_site").set_index("site_id").n_included
        sites = sites.assign(change=sites.n_included - sites.site_id.map(then).fillna(0).astype(int))
        columns |= {"change": say("Included since")}
    show_table(sites, {**columns, "target_n": say("Target")}, key="meeting_sites", alt=say("Enrolment per site"))


def _said(value, words) -> str:
    return "–" if value is None or pd.isna(value) else words.number(int(value))


def _change(value, earlier, words) -> str | None:
    if value is None or earlier is None or pd.isna(value) or pd.isna(earlier):
        return None
    change = int(value) - int(earlier)
    return f"{'+' if change > 0 else '±' if change == 0 else '−'}{words.number(abs(change))}"


def show_spark(page: Page, before: DataCut | None) -> None:
    """Inclusions so far, for those who may see the whole trial's."""
    if not page.may(Right.TRIAL_ENROLMENT):
        return
    weekly, planned = page.ask("accrual", site=None), page.trial.protocol.accrual.planned_inclusions
    n = int(page.ask("headline").n_included.iloc[0])
    caption = page.caption(n, page.words.say("included patients"), page.words.say("weekly steps"))
    figure = page.keep(("spark_chart", before and before.stem), lambda: spark_chart(
        weekly, caption, page.words, last_meeting=before and before.cut_off, planned=planned, look=Look(dark=page.look.dark, narrow=True),
    ))
    page.show_chart(figure, alt_spark(weekly, caption, page.words, planned=planned), key="spark_chart")


def show_news(page: Page, before: DataCut | None) -> None:
    """Events that came, went or turned round since the last meeting."""
    words, say = page.words, page.words.say
    if before is None:
        st.info(say("There is no earlier data cut to compare with."))
        return
    changes = page.keep(("changes", before.digest), lambda: compare_cuts(before, page.cut, page.trial.scope, page.trial.protocol))
    news = changes.frame[changes.frame.kind.isin([kind.value for kind in NEWS])]
    if Event.PROGRESSION.value in changes.left_out:
        st.caption(say("What the scans showed is not part of what your role sees: no progression is listed."))
    if news.empty:
        st.info(say("No event is new since the last meeting."))
        return
    shown = news.assign(
        what_said=[_event_said(row, page) for row in news.itertuples()],
        day=news.new_day.fillna(news.old_day), month=[_month(row, words) for row in news.itertuples()],
    )
    show_table(shown, {
        "subject_id": say("Patient"), "site_id": say("Site"), "what_said": say("What"), "day": say("Day from inclusion"), "month": say("Month"),
    }, key="news", alt=say("New events since the last meeting"))


def _event_said(row, page: Page) -> str:
    """New or withdrawn event, patient new or gone, result turned round."""
    words, say = page.words, page.words.say
    if row.kind == ChangeKind.NEW_PATIENT:
        return say("New patient")
    if row.kind == ChangeKind.VANISHED_PATIENT:
        return say("Patient no longer in the data")
    if row.kind == ChangeKind.REVERSED_RESULT:
        return say("{marker} result turned round: {old} → {new}", marker=page.marker, old=_call(row.old_code, words), new=_call(row.new_code, words))
    event = _EVENTS[Event(row.event)](page)
    return say("{event} withdrawn", event=event) if row.kind == ChangeKind.EVENT_WITHDRAWN else event


def _call(code, words) -> str:
    return "–" if pd.isna(code) else words.answer(f"CTDNA_{code}")


def _month(row, words) -> str | None:
    month = row.new_month if pd.notna(row.new_month) else row.old_month
    return None if pd.isna(month) else words.month(month.date())


_EVENTS = {
    Event.CTDNA_POSITIVE: lambda page: page.words.say("{marker} positive", marker=page.marker),
    Event.PROGRESSION: lambda page: page.words.say("Progression"),
    Event.PROGRESSION_SUSPECTED: lambda page: page.words.say("Progression suspected"),
    **{
        event: (lambda page, event=event: page.words.term(MilestoneKind(event.value)))
        for event in Event if event.value in set(MilestoneKind)
    },
}
"""How each event is said; steps of a patient are said as everywhere."""
