"""The parts of the patient page: who, as known when, the story, the tracks, the clocks and the records."""

from functools import partial

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app import session
from heroes.app.controls import choose_one, show_table
from heroes.app.markdown import literal
from heroes.app.page import Page, cut_label
from heroes.app.surveillance import alerts_at, asked_at, earlier_cuts
from heroes.figures.patient import Tracks, alt_patient, patient_chart
from heroes.model.terms import ClockKind, Danger, ScreenStatus
from heroes.statistics.alert_sentences import say_alert
from heroes.statistics.patient_sentences import Told, tell
from heroes.statistics.surveillance import with_acknowledgements
from heroes.store.acknowledgements import list_acknowledgements
from heroes.store.changes import compare_cuts
from heroes.store.cuts import DataCut

_BADGES = {Danger.URGENT: "red", Danger.SOON: "orange", Danger.CHECK: "gray"}
LANES = ("status_spans", "swimmer_marks", "assessments", "protocol_clocks", "therapy_changes", "progressions")


def choose_patient(page: Page) -> str | None:
    """The patient of the link, or one picked; None where the scope holds nobody."""
    subjects = list(page.ask("subjects").subject_id)
    if not subjects:
        return None
    asked = session.recall("patient")
    if asked is not None and asked not in subjects:
        st.warning(page.words.say("The patient of this link is not in this data cut, or not in your scope."))
    return choose_one(page.words.say("Patient"), {subject: subject for subject in subjects}, name="patient")


def choose_known_at(page: Page) -> DataCut:
    """The data cut whose knowledge is shown: this page's, or an earlier one."""
    say = page.words.say
    cuts = {cut.stem: cut for cut in (page.cut, *earlier_cuts(page))}
    picked = choose_one(
        say("As known at"), {stem: cut_label(cut, page.words) for stem, cut in cuts.items()}, name="known",
        help=say("An earlier data cut shows what was known then, not what has been found out since."),
    )
    return cuts[picked]


def is_there(page: Page, cut: DataCut, subject: str) -> bool:
    """Whether the patient is in that data cut, in this scope."""
    return subject in set(asked_at(page, cut, "subjects").subject_id)


def show_story(page: Page, cut: DataCut, subject: str) -> None:
    """Sentences and, for those who see patients whole, the tracks."""
    words, say = page.words, page.words.say
    ask = partial(asked_at, page, cut)
    who = ask("subjects").set_index("subject_id").loc[subject]
    if not who.is_included:
        st.info(say("This patient is not included: the screening failed.") if who.screening == ScreenStatus.FAILED
                else say("This patient is not included yet."))
        return
    if page.may(Right.OWN_LISTS) and not page.may(Right.OWN_PATIENTS):
        st.caption(say("Your role sees lists for source verification, not the plot."))
        return
    own = {question: _of(ask(question), subject) for question in LANES}
    records = ask("patient_story", subject=subject)
    cut_off_day = None if pd.isna(who.cut_off_day) else int(who.cut_off_day)
    phases = own["status_spans"].sort_values("start_day").phase
    told = Told(
        site_id=who.site_id, steps=records[records.source == "milestone"], marks=own["swimmer_marks"], scans=own["assessments"],
        changes=own["therapy_changes"], clocks=own["protocol_clocks"], results=records[records.source == "ctdna_result"],
        progression=own["progressions"].iloc[0], phase=phases.iloc[-1] if len(phases) else None, cut_off_day=cut_off_day,
    )
    st.markdown(literal(" ".join(tell(told, words, page.marker))))
    tracks = Tracks(
        spans=own["status_spans"], marks=own["swimmer_marks"], scans=own["assessments"], clocks=own["protocol_clocks"],
        lesions=ask("patient_lesion_sums", subject=subject), quality=_quality(page, ask, subject),
        events=ask("patient_adverse_events", subject=subject), steps=told.steps, cut_off_day=cut_off_day,
    )
    trial = page.trial.protocol
    caption = page.caption(1, say("one patient"))
    if cut.stem != page.cut.stem:
        caption = type(caption)(**{**caption.__dict__, "cut_off": cut.cut_off, "method": say("as known then")})
    title = say("Patient {subject}, site {site}", subject=subject, site=who.site_id)
    figure = page.keep(("patient_chart", subject, cut.digest), lambda: patient_chart(
        tracks, caption, words, title=title, marker=page.marker, unit=trial.ctdna.unit, limit=trial.ctdna.limit_of_detection,
        floor=trial.ctdna.negative_floor or 0.05, look=page.look,
    ))
    page.show_chart(figure, alt_patient(tracks, caption, words, title=title, marker=page.marker), key="patient_chart")
    st.caption(say("Quantities are compared within one patient only; a negative result does not exclude cancer."))


def _of(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    return frame[frame.subject_id == subject]


def _quality(page: Page, ask, subject: str) -> pd.DataFrame:
    scores = _of(ask("quality_of_life_scores"), subject)
    return scores[scores.scale == page.trial.protocol.quality_of_life.deterioration_scale]


def show_alerts_of(page: Page, cut: DataCut, subject: str) -> None:
    """What rings about this patient."""
    words = page.words
    alerts = _of(alerts_at(page, cut), subject)
    if alerts.empty:
        st.success(words.say("Nothing rings about this patient."))
        return
    alerts = with_acknowledgements(alerts, list_acknowledgements(session.settings().directory), cut.cut_off, page.trial.protocol)
    for alert in alerts.to_dict("records"):
        said = literal(say_alert(alert, words, page.marker))
        if alert["acknowledged_at"] is not None:
            reason = words.answer(alert["acknowledged_reason"])
            st.markdown(words.say("(laid aside: {reason})", reason=reason) + " " + said)
        else:
            danger = Danger(alert["danger"])
            st.markdown(f":{_BADGES[danger]}-badge[**{words.term(danger)}**] {said}")


def show_clocks(page: Page, cut: DataCut, subject: str) -> None:
    """Every clock of the patient: the schedule's, and what follows on what happened."""
    words, say = page.words, page.words.say
    planned = _of(asked_at(page, cut, "protocol_clocks"), subject)
    reactions = _of(asked_at(page, cut, "reaction_clocks"), subject)
    reactions = reactions.assign(
        planned_day=reactions.start_day + reactions.limit_days, window_end=reactions.start_day + reactions.limit_days, visit_code=None,
        window_start=reactions.start_day, days=reactions.days.where(reactions.status.isin(["OVERDUE", "LATE"]), None) - reactions.limit_days,
    )
    names = ["kind", "visit_code", "planned_day", "window_start", "window_end", "status", "done_day", "days"]
    parts = [part[names].astype(object) for part in (planned, reactions) if len(part)]
    if not parts:
        st.info(say("No clock of the protocol runs for this patient."))
        return
    clocks = pd.concat(parts, ignore_index=True).sort_values(["planned_day", "kind"], na_position="last")
    clocks["kind"] = [words.term(ClockKind(kind)) for kind in clocks["kind"]]
    clocks[["planned_day", "window_start", "window_end", "done_day", "days"]] = clocks[
        ["planned_day", "window_start", "window_end", "done_day", "days"]
    ].astype("Int64")
    show_table(clocks.reset_index(drop=True), {
        "kind": say("Clock"), "visit_code": say("Visit"), "status": say("Status"), "days": say("Days outside"), "planned_day": say("Planned day"),
        "window_start": say("Window from"), "window_end": say("to"), "done_day": say("Done on day"),
    }, key="patient_clocks", alt=say("Clocks of patient {subject}", subject=subject))
    if planned.window_end.isna().any():
        st.caption(say("Where no window is set, a visit is due from its day and is never called overdue."))
    if planned.cut_off_day.isna().any():
        st.caption(say("This delivery has relative times only: nothing is known to be due."))


def show_records(page: Page, cut: DataCut, subject: str) -> None:
    """The records behind it, and what became of them since an earlier cut."""
    words, say = page.words, page.words.say
    show_table(asked_at(page, cut, "patient_story", subject=subject), {
        "day": say("Day from inclusion"), "what": say("What"), "detail": say("Detail"), "source": say("Source"),
    }, key="patient_story", alt=say("Every record of patient {subject}", subject=subject))
    if cut.stem == page.cut.stem:
        return
    st.subheader(say("What has changed since"), anchor=False)
    changes = page.keep(("changes", cut.digest), lambda: compare_cuts(cut, page.cut, page.trial.scope, page.trial.protocol))
    own = _of(changes.frame, subject)
    if own.empty:
        st.info(say("Nothing recorded of this patient has changed since."))
        return
    shown = own.assign(
        change=[_change_said(row, words) for row in own.itertuples()], record_said=own.table_name.map(words.answer),
        before=[_cell(row.old_code, row.old_day, words) for row in own.itertuples()],
        after=[_cell(row.new_code, row.new_day, words) for row in own.itertuples()],
    )
    show_table(shown, {
        "change": say("Change"), "record_said": say("Record"), "before": say("Was"), "after": say("Is"),
    }, key="patient_changes", alt=say("What has changed since the earlier data cut"))


def _change_said(row, words) -> str:
    kind = words.answer(row.kind)
    return kind if pd.isna(row.event) else f"{kind}: {words.answer(row.event)}"


def _cell(code, day, words) -> str:
    parts = [] if pd.isna(code) else [str(words.answer(code))]
    if not pd.isna(day):
        parts.append(words.say("day {day}", day=words.number(int(day))))
    return ", ".join(parts) or "–"
