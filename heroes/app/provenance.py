"""From the curve to the record that caused it: each step's patients, each patient's records, and who moves under other conventions."""

import pandas as pd
import streamlit as st

from heroes.app.controls import show_table
from heroes.app.markdown import literal
from heroes.app.page import Page
from heroes.app.times import Choice, is_derivable, times_of, was_delivered
from heroes.labels import Words
from heroes.model.terms import Parameter
from heroes.protocol import DAYS_PER_MONTH
from heroes.statistics.cumulative_hazard import estimate_cumulative_hazard
from heroes.statistics.moves import find_moves
from heroes.statistics.survival import SurvivalCurve


def time_headings(words: Words, times: pd.DataFrame) -> dict[str, str]:
    """Headings of the per-patient table, for the columns that this source has."""
    headings = {
        "subject_id": words.say("Patient"), "site_id": words.say("Site"), "time_days": words.say("Days"), "event": words.say("Event"),
        "reason": words.say("Event, or why censored"), "evntdesc": words.say("Event, or why censored"),
        "cnsdtdsc": words.say("Censoring date is"),
        "cnsr": "CNSR", "source_table": words.say("Record"), "source_day": words.say("Day of the record"),
        "source_detail": words.say("What the record says"), "flag": words.say("Flag"),
    }
    return {column: heading for column, heading in headings.items() if column in times}


def show_curve_numbers(page: Page, curve: SurvivalCurve) -> None:
    """The curve as a table: time in days, counts, survival with limits (empty where there are none)."""
    words = page.words
    columns = {
        "time": words.say("Day"), "at_risk": words.say("At risk"), "events": words.say("Events"), "censored": words.say("Censored"),
        "survival": words.say("Survival"), "std_error": words.say("Standard error"), "lower": words.say("Lower limit"),
        "upper": words.say("Upper limit"), "hazard": words.say("Cumulative hazard (Nelson–Aalen)"),
        "hazard_error": words.say("Its standard error"),
    }
    hazard = estimate_cumulative_hazard(curve)
    told = {"hazard": hazard.hazard, "hazard_error": hazard.std_error}
    frame = pd.DataFrame({name: told[name] if name in told else getattr(curve, name) for name in columns})
    show_table(frame, columns, key="curve_table", alt=words.say("Kaplan–Meier table"))


def show_steps(page: Page, times: pd.DataFrame, clicked: float | None) -> None:
    """The patients of one step of the curve, with the record that decided for each; then every record of one of them."""
    words = page.words
    left = times.groupby("time_days").event.agg(["sum", "size"])
    said = {
        float(day): words.say(
            "{months} months (day {day}): {events} with event, {censored} censored", months=words.number(day / DAYS_PER_MONTH, 1),
            day=words.number(day, 0 if float(day).is_integer() else 1), events=words.number(int(row["sum"])),
            censored=words.number(int(row["size"] - row["sum"])),
        )
        for day, row in left.iterrows()
    }
    days = list(said)
    nearest = None if clicked is None else min(days, key=lambda day: abs(day - clicked))
    first = next((day for day in days if left.loc[day, "sum"]), days[0])
    day = st.selectbox(
        words.say("Step of the curve (or click one in the picture)"), days, index=days.index(first if nearest is None else nearest),
        format_func=said.get, key=f"step_{nearest}",
    )
    here = times[times.time_days == day]
    show_table(here, time_headings(words, here), key="step_table", alt=words.say("Patients of this step, with the record that decided"))
    show_records(page, here)


def show_records(page: Page, here: pd.DataFrame) -> None:
    """Every record of one patient, the deciding one marked."""
    words = page.words
    subject = st.selectbox(
        words.say("Every record of"), list(here.subject_id), index=0 if len(here) == 1 else None,
        placeholder=words.say("Choose a patient"), key=f"records_of_{here.subject_id.iloc[0]}_{len(here)}",
    )
    if not subject:
        return
    row = here[here.subject_id == subject].iloc[0]
    story = page.ask("patient_story", subject=subject)
    if "source_table" in here:
        decided = (story.source == row.source_table) & (story.day == row.source_day)
        story = story.assign(decides=decided.map({True: "◆", False: ""}))
        st.caption(words.say(
            "◆ marks the record that decided for patient {subject}: {table}, day {day}, {detail}.", subject=literal(subject),
            table=words.answer(row.source_table), day=words.number(int(row.source_day)), detail=literal(str(row.source_detail)),
        ))
    else:
        story = story.assign(decides="")
    show_table(story.assign(source_table=story.source), {
        "decides": "◆", "day": words.say("Day from inclusion"), "what": words.say("What"), "detail": words.say("Detail"),
        "source_table": words.say("Source"),
    }, key="records", alt=words.say("Every record of patient {subject}", subject=subject))


def show_moves(page: Page, choice: Choice, times: pd.DataFrame) -> None:
    """The patients who moved because other conventions than the protocol's are tried."""
    words = page.words
    moved = find_moves(times_of(page, choice.by_protocol()), times)
    if len(moved):
        st.subheader(words.say("Patients who moved"), anchor=False)
    st.caption(words.count(
        "{n} of {total} patients has another time, event or reason than by the protocol.",
        "{n} of {total} patients have another time, event or reason than by the protocol.", len(moved), total=words.number(len(times)),
    ))
    if len(moved):
        show_table(moved, {
            "subject_id": words.say("Patient"), "site_id": words.say("Site"), "what": words.say("Change"),
            "time_days_before": words.say("Protocol, days"), "reason_before": words.say("By the protocol"),
            "time_days_after": words.say("Tried, days"), "reason_after": words.say("As tried"),
            "source_table_after": words.say("Record"), "source_day_after": words.say("Day of the record"),
            "source_detail_after": words.say("What the record says"),
        }, key="moved", alt=words.say("Patients whose time to event differs from the protocol’s"))


def say_differences(page: Page) -> None:
    """How many patients' delivered PFS is not the derived one."""
    words = page.words
    if not was_delivered(page, "tte"):
        return
    if not is_derivable(page, Parameter.PFS):
        st.caption(words.say("No tumour responses were delivered: PFS cannot be derived, and the delivered times stand alone."))
        return
    both = page.ask("delivered_and_derived")
    st.caption(words.say(
        "{n} of {total} patients differ between the delivered PFS and the one derived from responses and deaths.",
        n=words.number(int(both.reason.notna().sum())), total=words.number(len(both)),
    ))


def show_differences(page: Page) -> None:
    """Patients whose delivered PFS is not the derived one, with the reason."""
    words = page.words
    both = page.ask("delivered_and_derived")
    show_table(both[both.reason.notna()], {
        "subject_id": words.say("Patient"), "site_id": words.say("Site"), "delivered_days": words.say("Delivered, days"),
        "delivered_event": words.say("Delivered event"), "derived_days": words.say("Derived, days"),
        "derived_event": words.say("Derived event"), "difference_days": words.say("Difference, days"), "reason": words.say("Reason"),
    }, key="differences", alt=words.say("Patients who differ between delivered and derived PFS"))
