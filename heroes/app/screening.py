"""Screening: the funnel with its passages and times, failures by reason, positives among evaluable baseline tests, the line cap."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app.accrual import badge
from heroes.app.controls import show_table
from heroes.app.page import Page
from heroes.figures.funnel import STEPS, alt_funnel, funnel_chart
from heroes.figures.theme import footnote
from heroes.model.terms import ScreenFailReason
from heroes.statistics.proportions import Proportion, estimate_wilson

AMBER_BELOW_CAP = 0.05
"""How far below the protocol's cap on later lines the amber begins: 45 % for a cap of 50 %."""

RESULT = "BASELINE_RESULT"
"""A negative answer comes with the result: days after it count from there."""


def show_screening(page: Page, site: str | None) -> None:
    """The view of screening; of one site, or of all where the person may see all."""
    _show_funnel(page, site)
    left, right = st.columns(2)
    with left:
        _show_failures(page, site)
    with right:
        _show_baseline(page, site)
        if page.may(Right.TRIAL_ENROLMENT):
            show_line_cap(page)
    _show_by_site(page)


def share_said(page: Page, found: Proportion) -> str:
    """x/n with its percentage and Wilson's 95 % limits."""
    words = page.words
    if found.n == 0:
        return "–"
    return words.say(
        "{x}/{n}, {share} ({lower} to {upper})", x=words.number(found.x), n=words.number(found.n), share=words.percent(found.estimate, 0),
        lower=words.percent(found.lower, 0), upper=words.percent(found.upper, 0))


def days_said(page: Page, row) -> str:
    """Median days with quartiles."""
    words = page.words
    return words.say("{median} ({q1} to {q3})", median=words.number(row.median_days), q1=words.number(row.q1_days), q3=words.number(row.q3_days))


def step_said(page: Page, step: str) -> str:
    """A step of screening, as the funnel calls it."""
    return page.words.say(STEPS.get(step, step))


def _population(page: Page, site: str | None, first: str) -> str:
    say = page.words.say
    if first == "CONSENT1":
        return say("consented patients") if site is None else say("consented patients of site {site}", site=site)
    if site is None:
        return say("patients with the first delivered step")
    return say("patients of site {site} with the first delivered step", site=site)


def _show_funnel(page: Page, site: str | None) -> None:
    words, say = page.words, page.words.say
    funnel = page.ask("screening_funnel", site=site)
    if len(funnel) < 2:
        st.info(say("Too few steps of the screening were delivered to draw a funnel."))
        return
    caption = page.caption(int(funnel.n.iloc[0]), _population(page, site, funnel.step.iloc[0]))
    figure = page.keep(("funnel_chart", site), lambda: funnel_chart(funnel, caption, words, look=page.look))
    page.show_chart(figure, alt_funnel(funnel, caption, words), key="funnel_chart")
    times = {(row.from_step, row.to_step): row for row in page.ask("step_times", site=site).itertuples()}
    rows, before = [], None
    for row in funnel.itertuples():
        time = times.get((RESULT if before.step == "BASELINE_NEGATIVE" else before.step, row.step)) if before is not None else None
        passed = None if before is None else estimate_wilson(int(row.n - row.n_without_step_before), int(before.n))
        rows.append({
            "step": step_said(page, row.step), "n": row.n, "passed": "" if passed is None else share_said(page, passed),
            "days": "" if time is None else days_said(page, time), "n_days": None if time is None else time.n})
        before = row
    show_table(pd.DataFrame(rows).astype({"n_days": "Int64"}), {
        "step": say("Step"), "n": say("Patients"), "passed": say("Of the step before (Wilson 95 %)"),
        "days": say("Days since the step before: median (quartiles)"), "n_days": say("n of days"),
    }, key="funnel_table", alt=say("Screening step by step"))


def _show_failures(page: Page, site: str | None) -> None:
    words, say = page.words, page.words.say
    failures = page.ask("screen_failures", site=site)
    st.subheader(say("Screen failures"), anchor=False)
    if failures.empty:
        st.caption(say("No screening has been recorded as failed."))
        return
    n_final, n_failed = int(failures.n_final.iloc[0]), int(failures.n.sum())
    st.metric(say("Failed, of screenings that have ended"), share_said(page, estimate_wilson(n_failed, n_final)))
    reasons = {reason.value: words.term(reason) for reason in ScreenFailReason}
    show_table(failures.assign(
        why=[say("reason not delivered") if pd.isna(reason) else reasons.get(reason, reason) for reason in failures.reason],
        share=[share_said(page, estimate_wilson(int(row.n), n_final)) for row in failures.itertuples()],
    ), {"why": say("Reason"), "n": say("Patients"), "share": say("Of screenings that have ended (Wilson 95 %)")},
        key="screen_failures", alt=say("Screen failures by reason"))


def _show_baseline(page: Page, site: str | None) -> None:
    words, say = page.words, page.words.say
    sites = page.ask("screening_by_site")
    shown = sites if site is None else sites[sites.site_id == site]
    st.subheader(say("Positive at baseline"), anchor=False)
    if shown.n_evaluable.isna().all():
        st.caption(say("No baseline test was delivered."))
        return
    found = estimate_wilson(int(shown.n_positive.fillna(0).sum()), int(shown.n_evaluable.fillna(0).sum()))
    st.metric(say("Positive, of evaluable baseline tests"), share_said(page, found))
    st.caption(say("Denominator: patients with an evaluable baseline test, not all who consented. Wilson 95 %."))
    population = (
        say("patients with an evaluable baseline test") if site is None
        else say("patients of site {site} with an evaluable baseline test", site=site))
    st.caption(footnote(page.caption(found.n, population), words))


def show_line_cap(page: Page) -> None:
    """How near the share of later lines is to the protocol's cap. A small group is not in this scope at all."""
    words, say = page.words, page.words.say
    cap, row = page.trial.protocol.accrual.line_ge2_cap, page.ask("line_of_inclusion").iloc[0]
    st.subheader(say("Second line or later"), anchor=False)
    if not row.n_known:
        st.caption(say("The line of therapy was not delivered for any included patient."))
        return
    if pd.isna(row.n_line_ge2):
        st.caption(say("Fewer than five patients on one side: not shown to this role."))
        return
    found = estimate_wilson(int(row.n_line_ge2), int(row.n_known))
    st.metric(say("Second line or later, of included patients"), share_said(page, found))
    said = []
    if cap is None:
        said.append(say("The protocol’s cap is not set."))
    else:
        said.append(say("The protocol’s cap is {cap}.", cap=words.percent(cap, 0)))
        if found.estimate > cap:
            said.append(badge("red", say("above the cap")))
        elif found.estimate >= cap - AMBER_BELOW_CAP:
            said.append(badge("orange", say("near the cap: {share} or more", share=words.percent(cap - AMBER_BELOW_CAP, 0))))
    if row.n_known < row.n_included:
        said.append(words.count("Line not delivered for {n} included patient.", "Line not delivered for {n} included patients.",
                                int(row.n_included - row.n_known)))
    st.caption(" ".join(said))


def _show_by_site(page: Page) -> None:
    words, say = page.words, page.words.say
    sites = page.ask("screening_by_site")
    st.subheader(say("Screening by site"), anchor=False)
    shown = sites.assign(
        failed=[share_said(page, estimate_wilson(int(row.n_failed), int(row.n_final))) for row in sites.itertuples()],
        positive=["–" if pd.isna(row.n_evaluable) else share_said(page, estimate_wilson(int(row.n_positive), int(row.n_evaluable)))
                  for row in sites.itertuples()])
    show_table(shown, {
        "site_id": say("Site"), "n_consented": say("Consented"), "n_pending": say("In screening"),
        "failed": say("Failed, of ended (Wilson 95 %)"), "positive": say("Positive, of evaluable baselines (Wilson 95 %)"),
    }, key="screening_by_site", alt=say("Screening by site"))
    n = int(sites.n_consented.fillna(0).sum()) if page.may(Right.TRIAL_ENROLMENT) else None
    st.caption(footnote(page.caption(n, say("consented patients")), words))
