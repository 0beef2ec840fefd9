"""What the quality-of-life page shows: completion for all, results for those who may see pooled outcomes."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app import endpoint
from heroes.app.controls import choose_between, choose_one, show_table
from heroes.app.curve import show_incidence
from heroes.app.markdown import literal
from heroes.app.page import Page
from heroes.app.times import DERIVED, Choice, times_of, was_delivered
from heroes.figures.quality_of_life import (
    SCALE_NAMES, Measure, alt_changes, alt_completion, alt_rates, alt_responders, change_chart, completion_chart, rates_chart,
    responders_chart, signed)
from heroes.model.terms import Instrument, Parameter
from heroes.statistics.quality_of_life import BETTER_HIGH, CODES, score_items
from heroes.statistics.quality_of_life_change import (
    compare_phases, count_completion, count_reasons, count_responders, derive_changes, estimate_mean_changes, is_not_off_therapy)

EVERY, OFF = "every", "off"


def show_instruments(page: Page) -> None:
    """Which questionnaires the protocol names, and which were delivered."""
    words, named = page.words, page.trial.protocol.quality_of_life.instruments
    if named is None:
        st.caption(words.say("The protocol file does not say which questionnaires this trial uses (not set): what was delivered is shown."))
    else:
        st.caption(words.say("Questionnaires of the protocol: {list}.", list=", ".join(instrument.value for instrument in named)))


def show_completion(page: Page) -> None:
    """How many of the expected questionnaires were received, as far as this person may know."""
    words = page.words
    st.subheader(words.say("Completion"), anchor=False)
    if not was_delivered(page, "qs_form"):
        st.info(words.say(
            "Not known: the delivery does not say which questionnaires were expected, filled in or missed (QS.QSSTAT), so received "
            "cannot be set against expected."))
        return
    whole, of_trial = page.may(Right.ALL_PATIENTS), page.may(Right.TRIAL_ENROLMENT)
    holds_patients = whole or page.may(Right.OWN_PATIENTS) or page.may(Right.OWN_LISTS)
    expected = page.ask("questionnaires_expected") if holds_patients else None
    rates = page.ask("questionnaire_rates") if of_trial and not whole else None
    there = {*([] if expected is None else expected.instrument), *([] if rates is None else rates.instrument)}
    instruments = [instrument.value for instrument in Instrument if instrument.value in there]
    if not instruments:
        st.info(words.say("No questionnaire was expected of the patients that your role sees."))
        return
    instrument = choose_between(words.say("Questionnaire"), {code: code for code in instruments}, name="instrument_completed")
    if rates is not None:
        _show_rates(page, rates[rates.instrument == instrument].reset_index(drop=True), instrument)
    if expected is None:
        return
    own = expected[expected.instrument == instrument]
    if whole:
        _show_completion_chart(page, own, instrument)
        st.caption(_expected_line(page))
        _show_reasons(page, own)
    else:
        _show_own_completion(page, own)
    _show_missing(page, own)


def _expected_line(page: Page) -> str:
    return page.words.say(
        "Expected: alive and in the study on the planned day, the visit’s window passed by the cut-off; a questionnaire that was "
        "filled in was expected.")


def _show_rates(page: Page, rates: pd.DataFrame, instrument: str) -> None:
    words = page.words
    caption = page.caption(None, words.say("included patients of all sites"), words.say("received of expected, whole percent"))
    figure = page.keep(("rates_chart", instrument), lambda: rates_chart(rates, instrument, caption, words, look=page.look))
    page.show_chart(figure, alt_rates(rates, instrument, caption, words), key="rates_chart")
    st.caption(_expected_line(page) + " " + words.say(
        "Counts are left out: how many were expected would tell how many are still followed. Below {n} expected, nothing is shown.",
        n=words.number(page.trial.protocol.privacy.small_cell)))


def _show_completion_chart(page: Page, expected: pd.DataFrame, instrument: str) -> None:
    words = page.words
    completion = count_completion(expected)
    caption = page.caption(expected.subject_id.nunique(), words.say("included patients"), words.say("received of expected, by planned visit"))
    figure = page.keep(("completion_chart", instrument), lambda: completion_chart(completion, instrument, caption, words, look=page.look))
    page.show_chart(figure, alt_completion(completion, instrument, caption, words), key="completion_chart")


def _show_reasons(page: Page, expected: pd.DataFrame) -> None:
    words = page.words
    reasons = count_reasons(expected)
    if reasons.empty:
        return
    not_given = words.say("no reason given")
    said = [words.answer(reason) if isinstance(reason, str) else not_given for reason in reasons.reason]
    st.caption(words.say("Why expected questionnaires are missing: {list}.", list="; ".join(
        f"{literal(reason)} {words.number(int(n))}" for reason, n in zip(said, reasons.n, strict=True))))


def _show_own_completion(page: Page, expected: pd.DataFrame) -> None:
    """Completion of the person's own sites, one row per site and visit: never a total across sites."""
    words = page.words
    rows = [count_completion(part).assign(site_id=site) for site, part in expected.groupby("site_id", sort=True)]
    if rows:
        show_table(pd.concat(rows, ignore_index=True), {
            "site_id": words.say("Site"), "visit_code": words.say("Visit"), "n_expected": words.say("Expected"),
            "n_received": words.say("Received"), "n_missed": words.say("Missed, recorded"), "n_no_record": words.say("No record"),
            "n_due": words.say("Due now"),
        }, key="own_completion", alt=words.say("Completion of questionnaires at your sites"))


def _show_missing(page: Page, expected: pd.DataFrame) -> None:
    """Patient by patient what is missing or due, for whoever has to ask for it."""
    words = page.words
    missing = expected[expected.status.isin(("MISSED", "NO_RECORD", "DUE"))]
    with st.expander(words.count("{n} questionnaire missing or due", "{n} questionnaires missing or due", len(missing))):
        if len(missing):
            show_table(missing, {
                "subject_id": words.say("Patient"), "site_id": words.say("Site"), "visit_code": words.say("Visit"),
                "planned_day": words.say("Planned day"), "status": words.say("State"), "reason": words.say("Reason"),
            }, key="missing_forms", alt=words.say("Questionnaires missing or due, by patient"))


def show_closed(page: Page) -> None:
    """Why there are no results."""
    say = page.words.say
    st.subheader(say("Results"), anchor=False)
    st.info(say(
        "What was answered is closed before the primary analysis: results of questionnaires are seen by the DSMB and the study "
        "statistician. Completion is open."), icon=":material/lock:")


def show_results(page: Page) -> None:
    """Mean change, responders, periods of therapy and time to deterioration."""
    words = page.words
    st.subheader(words.say("Results"), anchor=False)
    if not was_delivered(page, "qs_item"):
        st.info(words.say("No answers to questionnaires were delivered: there is nothing to score."))
        return
    if page.may(Right.ALL_PATIENTS):
        _show_scores(page)
    else:
        st.caption(words.say("Scores by visit need the rows of all patients; your role sees the pooled time to deterioration."))
    _show_deterioration(page)


def _show_scores(page: Page) -> None:
    words, protocol = page.words, page.trial.protocol
    sheets = page.ask("questionnaire_sheets")
    delivered = [instrument for instrument in Instrument if (sheets.instrument == instrument.value).any()]
    if not delivered:
        st.info(words.say("No included patient has filled in a questionnaire by the cut-off."))
        return
    with st.container(key="side_by_side"):
        left, middle, right = st.columns([30, 33, 37])
    with left:
        instrument = Instrument(choose_between(
            words.say("Scores of"), {one.value: one.value for one in delivered}, name="instrument"))
    with middle:
        preferred = protocol.quality_of_life.deterioration_scale
        codes = sorted(CODES[instrument], key=lambda code: code != preferred)
        code = choose_one(words.say("Score"), {code: f"{words.say(SCALE_NAMES[code])} ({code})" for code in codes}, name="score")
    with right:
        period = choose_between(
            words.say("Questionnaires"), {EVERY: words.say("all"), OFF: words.say("while off therapy, before progression")}, name="period")
    changes = page.keep(("changes", instrument.value), lambda: derive_changes(
        score_items(page.ask("questionnaire_answers"), instrument), sheets[sheets.instrument == instrument.value]))
    if changes.empty:
        st.info(words.say("Nobody has both a baseline and a later questionnaire of this kind."))
        return
    used = changes if period == EVERY else changes[~is_not_off_therapy(changes)]
    conf_level = protocol.endpoint.conf_level
    difference = None if instrument is Instrument.EQ_5D_5L else protocol.quality_of_life.minimal_important_difference
    measure = Measure(code, code in BETTER_HIGH, difference, conf_level)
    means = page.keep(("means", instrument.value, period), lambda: estimate_mean_changes(used, conf_level))
    of_scale = used[used.scale == code]
    n = of_scale.subject_id.nunique()
    population = words.say("patients with a baseline and a later score") if period == EVERY else words.say(
        "patients with a baseline and a later score while off therapy")
    caption = page.caption(n, population, words.say("mean of available cases, {level} t interval", level=words.percent(conf_level, 0)))
    here = means[means.scale == code].reset_index(drop=True)
    with st.container(key="side_by_side_pictures"):
        left, right = st.columns(2)
    with left:
        figure = page.keep(("change_chart", code, period), lambda: change_chart(here, measure, caption, words, look=page.look))
        page.show_chart(figure, alt_changes(here, measure, caption, words), key="change_chart")
    with right:
        if difference is None:
            st.info(words.say("No minimal important difference is set for this score: responders are not counted."))
        else:
            _show_responders(page, of_scale, measure, n, population, period)
    st.caption(words.say(
        "Baseline: the last score on or before the origin. Each visit has its own patients (available cases): who stopped answering "
        "may be the sicker ones, so a mean over those who answer can look too good. Questionnaires after a restart of therapy or a "
        "progression are counted unless “while off therapy” is chosen; how many they are stands under each visit."))
    _show_periods(page, changes, instrument, measure)
    with st.expander(words.say("Every score and visit, as numbers")):
        show_table(means.round({name: measure.digits for name in ("mean", "std", "lower", "upper")}), {
            "scale": words.say("Score"), "visit_code": words.say("Visit"), "n": words.say("Patients"), "mean": words.say("Mean change"),
            "std": words.say("Standard deviation"), "lower": words.say("Lower limit"), "upper": words.say("Upper limit"),
            "n_not_off": words.say("On therapy or progressed"),
        }, key="means_table", alt=words.say("Mean change from baseline of every score at every visit"))
        show_table(of_scale.round({name: measure.digits for name in ("score", "baseline", "change")}), {
            "subject_id": words.say("Patient"), "visit_code": words.say("Visit"), "day": words.say("Day from inclusion"),
            "score": words.say("Score"), "baseline": words.say("Baseline"), "change": words.say("Change"), "phase": words.say("Therapy"),
            "is_after_progression": words.say("After progression"),
        }, key="scores_table", alt=words.say("Scores of every patient"))


def _show_responders(page: Page, of_scale: pd.DataFrame, measure: Measure, n: int, population: str, period: str) -> None:
    words = page.words
    counts = count_responders(of_scale, measure.difference)
    caption = page.caption(n, population, words.say(
        "change by at least {points} points (minimal important difference)", points=words.number(measure.difference)))
    figure = page.keep(
        ("responders_chart", measure.code, period), lambda: responders_chart(counts, measure, caption, words, look=page.look))
    page.show_chart(figure, alt_responders(counts, measure, caption, words), key="responders_chart")


def _show_periods(page: Page, changes: pd.DataFrame, instrument: Instrument, measure: Measure) -> None:
    """Off therapy against on therapy or progressed, in one sentence each."""
    words = page.words
    compared = page.keep(("periods", instrument.value), lambda: compare_phases(changes, measure.conf_level))
    names = {"OFF_THERAPY": words.say("while off therapy"), "NOT_OFF": words.say("on therapy again or after progression")}
    said = []
    for row in compared[compared.scale == measure.code].itertuples():
        limits = "" if pd.isna(row.lower) else words.say(
            " ({level} CI {lower} to {upper})", level=words.percent(measure.conf_level, 0),
            lower=signed(row.lower, measure.digits, words), upper=signed(row.upper, measure.digits, words))
        said.append(words.say(
            "{period}: {mean}{limits}, {n} patients, {sheets} questionnaires", period=names[row.period],
            mean=signed(row.mean, measure.digits, words), limits=limits, n=words.number(row.n), sheets=words.number(row.n_sheets)))
    if said:
        st.caption(words.say(
            "Mean change by period of therapy (each patient once, with the mean of that patient’s changes): {list}. The periods are not "
            "of the same patients and not at the same times: no comparison is made.", list="; ".join(said)))


def _show_deterioration(page: Page) -> None:
    """Cumulative incidence of a definitive deterioration, death as the protocol says."""
    words = page.words
    choice = Choice(DERIVED, Parameter.TTDQL.value, Parameter.TTDQL)
    st.subheader(words.say("Time to definitive deterioration"), anchor=False)
    times = times_of(page, choice)
    if times.empty:
        st.info(words.say("Not estimable: no patient has been included yet."))
        return
    show_incidence(page, choice, times)
    st.caption(endpoint.convention_line(page, choice))
