"""Alerts and due lists on the pages: what rings in a person's scope, laid aside or not, and the patient's page behind it."""

import pandas as pd
import streamlit as st

from heroes.access import Person, Right, read_policy
from heroes.app import cache, session
from heroes.app.controls import choose_one, show_table
from heroes.app.page import Page, cut_label
from heroes.errors import HeroesError
from heroes.model.terms import Acknowledged, AlertRule, ClockKind, Danger
from heroes.statistics.alert_sentences import say_alert
from heroes.statistics.surveillance import coming_due, new_since, rank_alerts, rules_not_judged, with_acknowledgements
from heroes.store.acknowledgements import acknowledge, list_acknowledgements
from heroes.store.connection import Trial
from heroes.store.cuts import DataCut, list_cuts

LEAST_DAYS_BETWEEN_MEETINGS = 7
DUE_WITHIN_DAYS = 14


def trial_at(page: Page, cut: DataCut) -> Trial:
    """Another data cut of the folder, as the same person may see it."""
    return cache.trial_of(cut, page.trial.scope, page.trial.protocol)


def asked_at(page: Page, cut: DataCut, question: str, **parameters) -> pd.DataFrame:
    """The answer of another data cut to a named question, kept. Shared: do not change it."""
    trial = trial_at(page, cut)
    return cache.kept(trial, (question, tuple(sorted(parameters.items()))), lambda: trial.ask(question, **parameters))


def alerts_at(page: Page, cut: DataCut) -> pd.DataFrame:
    """The ranked alerts of a data cut."""
    trial = trial_at(page, cut)
    return cache.kept(trial, ("ranked alerts",), lambda: rank_alerts(trial.ask("protocol_alerts")))


def earlier_cuts(page: Page) -> list[DataCut]:
    """Good data cuts of the same study with an earlier cut-off, newest first."""
    return [
        cut for cut in reversed(list_cuts(session.settings().directory).cuts)
        if cut.cut_off < page.cut.cut_off and cut.study_id == page.cut.study_id
    ]


def choose_last_meeting(page: Page) -> DataCut | None:
    """The data cut of the last meeting: the newest at least seven days older, or the one picked. None where there is no earlier one."""
    say, cuts = page.words.say, {cut.stem: cut for cut in earlier_cuts(page)}
    if not cuts:
        return None
    usual = next(
        (stem for stem, cut in cuts.items() if (page.cut.cut_off - cut.cut_off).days >= LEAST_DAYS_BETWEEN_MEETINGS), next(iter(cuts))
    )
    picked = choose_one(
        say("Last meeting's data cut"), {stem: cut_label(cut, page.words) for stem, cut in cuts.items()}, name="since", default=usual,
        help=say("Changes, new events and new alerts are counted from this data cut."),
    )
    return cuts[picked]


def show_alerts(page: Page, before: DataCut | None) -> None:
    """What rings, the most dangerous first; what is new since the last meeting; and how to lay one aside."""
    words, say = page.words, page.words.say
    alerts = with_acknowledgements(
        alerts_at(page, page.cut), list_acknowledgements(session.settings().directory), page.cut.cut_off, page.trial.protocol
    )
    alerts = alerts.assign(
        is_new=new_since(alerts, alerts_at(page, before)) if before else False,
        sentence=pd.array([say_alert(alert, words, page.marker) for alert in alerts.to_dict("records")], dtype="str"),
    )
    open_ones, aside = alerts[alerts.acknowledged_at.isna()], alerts[alerts.acknowledged_at.notna()]
    counted = not page.may(Right.OWN_LISTS)  # a monitor's list has no total over sites
    if counted:
        st.caption(_counts(open_ones, aside, page, with_new=before is not None))
    if open_ones.empty:
        st.success(say("Nothing rings."))
    else:
        rows = _show_list(page, open_ones, key="alerts", with_new=before is not None)
        _act_on(page, open_ones, rows)
    if len(aside):
        with st.expander(say("Laid aside")):
            _show_list(page, aside, key="alerts_aside", aside=True)
    _say_silent(page)


def _counts(open_ones: pd.DataFrame, aside: pd.DataFrame, page: Page, *, with_new: bool) -> str:
    words = page.words
    parts = [
        f"{words.term(danger)} {words.number(int((open_ones.danger == danger).sum()))}" for danger in Danger
    ]
    if with_new:
        parts.append(words.say("new since the last meeting {n}", n=words.number(int(open_ones.is_new.sum()))))
    parts.append(words.say("laid aside {n}", n=words.number(len(aside))))
    return " · ".join(parts)


def _show_list(page: Page, alerts: pd.DataFrame, *, key: str, with_new: bool = False, aside: bool = False) -> list[int]:
    say = page.words.say
    columns = {"danger": say("Urgency")} | ({"is_new": say("New")} if with_new else {})
    columns |= {"subject_id": say("Patient"), "site_id": say("Site"), "days": say("Days"), "rule": say("Alert"), "sentence": say("Why")}
    columns |= {"acknowledged_reason": say("Laid aside because"), "acknowledged_role": say("By"), "acknowledged_at": say("On (UTC)")} if aside else {}
    columns |= {"source_table": say("Record"), "source_day": say("Day of the record")}
    return show_table(alerts, columns, key=key, alt=say("Alerts in order of danger"), select=not aside)


def _act_on(page: Page, alerts: pd.DataFrame, rows: list[int]) -> None:
    """The patient of one alert, and for investigators its acknowledgement."""
    words, say = page.words, page.words.say
    names = [
        " · ".join((alert.subject_id, words.term(AlertRule(alert.rule)), say("day {day}", day=words.number(int(alert.source_day)))))
        for alert in alerts.itertuples()
    ]
    by_id = dict(zip(alerts.alert, names, strict=True))
    picked = alerts.alert.iloc[rows[0]] if rows and rows[0] < len(alerts) else None
    may_acknowledge = page.may(Right.ACKNOWLEDGE)
    fields = st.columns([4, 2, 3, 2] if may_acknowledge else [4, 2, 5], vertical_alignment="bottom")
    with fields[0]:
        chosen = st.selectbox(
            say("One alert"), list(by_id), index=list(by_id).index(picked) if picked else 0, format_func=by_id.get, key=f"alert_{picked or ''}",
        )
    subject = alerts.loc[alerts.alert == chosen, "subject_id"].iloc[0]
    with fields[1]:
        show_patient_button(page, subject, key="alert_patient")
    if not may_acknowledge:
        with fields[2]:
            st.caption(say("Alerts are laid aside by investigators, for their own patients."))
        return
    with fields[2]:
        reason = st.selectbox(say("Reason"), list(Acknowledged), format_func=words.term, key="alert_reason")
    with fields[3]:
        if st.button(say("Lay aside"), key="alert_aside", width="stretch"):
            _acknowledge(page, chosen, reason)


def _acknowledge(page: Page, alert: str, reason: Acknowledged) -> None:
    directory, scope = session.settings().directory, page.trial.scope
    try:
        acknowledge(
            directory, alert, reason, person=Person(scope.role, scope.sites or frozenset()), policy=read_policy(directory), cut=page.cut,
            at=session.utc_now(), session_id=session.session_id(),
        )
    except HeroesError as error:
        st.error(str(error))
        return
    st.rerun()


def show_patient_button(page: Page, subject: str, *, key: str) -> None:
    """A button to the page of one patient; role, cut and language go along."""
    if st.button(page.words.say("Open this patient"), key=key, width="stretch"):
        st.switch_page("pages/patient.py", query_params={**st.query_params.to_dict(), "patient": subject})


def _say_silent(page: Page) -> None:
    """Rules whose silence means nothing, with the reason."""
    words = page.words
    silent = rules_not_judged(
        page.trial.protocol, page.cut.row_counts, page.ask("protocol_clocks"), page.ask("alert_coverage").iloc[0]
    )
    if silent:
        by_reason: dict[str, list[str]] = {}
        for rule, (sentence, named) in silent.items():
            by_reason.setdefault(words.say(sentence, **named), []).append(words.term(rule))
        told = "; ".join(f"{', '.join(rules)} ({reason})" for reason, rules in by_reason.items())
        st.caption(words.say("Not judged here: {list}.", list=told))


def show_due(page: Page) -> None:
    """What is due now or in the next two weeks."""
    words, say = page.words, page.words.say
    due = coming_due(page.ask("protocol_clocks"), page.ask("reaction_clocks"), DUE_WITHIN_DAYS)
    if due.empty:
        if page.ask("alert_coverage").has_cut_off.iloc[0]:
            st.info(say("Nothing is due in the next two weeks."))
        else:
            st.info(say("This delivery has relative times only: nothing is known to be due."))
        return
    show_table(due.assign(kind=due.kind.map(lambda kind: words.term(ClockKind(kind)))), {
        "subject_id": say("Patient"), "site_id": say("Site"), "kind": say("What is due"), "visit_code": say("Visit"),
        "in_days": say("Planned in days"), "last_in_days": say("Last day in"),
    }, key="due", alt=say("What is due in the next two weeks"))
    if due.last_in_days.isna().any():
        st.caption(say("Where no window is set, a visit is due from its day and is never called overdue."))
