"""What the PFS page says around its curve: source, conventions, headline, closed notice, differences."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app.controls import choose_between, choose_one, show_table
from heroes.app.markdown import literal
from heroes.app.page import Page
from heroes.figures.milestone import method_name
from heroes.figures.pfs import risk_ticks
from heroes.labels import Words, mark
from heroes.model.terms import Estimand, MilestoneKind
from heroes.protocol import DAYS_PER_MONTH
from heroes.statistics.endpoint import EndpointEstimate
from heroes.statistics.survival import SurvivalCurve, count_at_risk

DERIVED, DELIVERED = "derived", "delivered"
CURVES = (Estimand.TREATMENT_POLICY, Estimand.COMPOSITE, Estimand.HYPOTHETICAL)
_PARAMETERS = {Estimand.TREATMENT_POLICY: "PFS", Estimand.COMPOSITE: "DEFS", Estimand.HYPOTHETICAL: "PFSHYP"}
_EVENTS = {
    Estimand.TREATMENT_POLICY: mark("radiological progression or death"),
    Estimand.COMPOSITE: mark("radiological progression, death, a positive ctDNA or any restart of therapy"),
    Estimand.HYPOTHETICAL: mark("radiological progression or death"),
}
_CENSORED = {
    Estimand.TREATMENT_POLICY: mark("at the last evaluable scan"),
    Estimand.COMPOSITE: mark("at the earlier of last evaluable scan and last negative draw"),
    Estimand.HYPOTHETICAL: mark("at the last evaluable scan, of those up to the resumption where therapy is resumed for ctDNA"),
}
_STRATEGY = {
    Estimand.TREATMENT_POLICY: mark("therapy resumed for ctDNA is ignored, patients are followed to progression or death"),
    Estimand.COMPOSITE: mark("a positive ctDNA and any restart count as events"),
    Estimand.HYPOTHETICAL: mark("patients are censored where therapy is resumed for ctDNA; assumption-laden"),
}


def _delivered(page: Page) -> bool:
    return bool(page.cut.row_counts.get("tte"))


def _derivable(page: Page) -> bool:
    return bool(page.cut.row_counts.get("response"))


def reason_in_days(reason: str | None, words: Words) -> str:
    """Why a number does not exist; times in it are days."""
    if not reason:
        return "–"
    days = {
        name: words.say("{n} days", n=words.number(value, 0 if float(value).is_integer() else 2)) if name in ("time", "last") else value
        for name, value in getattr(reason, "numbers", {}).items()
    }
    return words.say(getattr(reason, "sentence", reason), **days)


def choose_source(page: Page) -> tuple[str, Estimand, str]:
    """Derived from the records or as delivered; by which estimand; which delivered parameter."""
    words = page.words
    labels = {}
    if _derivable(page):
        labels[DERIVED] = words.say("Derived from the records")
    if _delivered(page) and page.may(Right.ALL_PATIENTS):
        labels[DELIVERED] = words.say("As delivered (ADTTE)")
    labels = labels or {DERIVED: words.say("Derived from the records")}
    with st.container(key="side_by_side"):
        left, right = st.columns([4, 5])
    with left:
        source = choose_between(words.say("Source"), labels, name="pfs_source")
    default, paramcd = page.trial.protocol.endpoint.estimand, page.trial.protocol.endpoint.parameter
    if source == DELIVERED:
        delivered = page.ask("delivered_parameters").paramcd.tolist()
        codes = sorted(delivered, key=lambda code: (code != paramcd, code))
        with right:
            return source, default, choose_one(words.say("Parameter"), {code: code for code in codes}, name="paramcd")
    order = sorted(CURVES, key=lambda estimand: estimand is not default)
    with right:
        chosen = choose_between(words.say("Estimand"), {estimand.value: words.term(estimand) for estimand in order}, name="estimand")
    return source, Estimand(chosen), _PARAMETERS[Estimand(chosen)]


def times_of(page: Page, source: str, estimand: Estimand, paramcd: str) -> pd.DataFrame:
    """One row per patient with time_days and event (pooled counts are spread to rows where no patient may be shown)."""
    if source == DELIVERED:
        return page.ask("delivered_times", paramcd=paramcd).rename(columns={"aval_days": "time_days"})
    if not _derivable(page):
        return pd.DataFrame()
    if page.may(Right.ALL_PATIENTS):
        return page.ask("time_to_event", estimand=estimand.value)
    counts = page.ask("pooled_times", estimand=estimand.value)
    seen = counts.loc[counts.index.repeat(counts.n_events), ["time_days"]].assign(event=True)
    censored = counts.loc[counts.index.repeat(counts.n_censored), ["time_days"]].assign(event=False)
    return pd.concat([seen, censored], ignore_index=True)


def why_no_times(page: Page, source: str) -> str:
    """Why there is no curve."""
    if not _derivable(page) and not _delivered(page):
        return page.words.say(
            "Not estimable: this delivery holds neither tumour responses nor a delivered PFS (ADTTE, PARAMCD PFS)."
        )
    if source == DELIVERED:
        return page.words.say("Not estimable: the delivered times to event hold no PFS.")
    return page.words.say("Not estimable: no patient has been included yet.")


def origin(page: Page, source: str) -> str:
    """The origin of the time axis, in words."""
    if source == DELIVERED:
        return page.words.say("origin as delivered")
    kind = MilestoneKind(page.trial.protocol.endpoint.origin)
    return {
        MilestoneKind.INCLUDED: page.words.say("inclusion"),
        MilestoneKind.TX_STOP: page.words.say("treatment stop"),
        MilestoneKind.BASELINE_DRAW: page.words.say("baseline draw"),
    }[kind]


def axis_origin(page: Page, source: str) -> str:
    """The origin of the time axis, as the figure knows it."""
    return "DELIVERED" if source == DELIVERED else page.trial.protocol.endpoint.origin


def population(page: Page, source: str) -> str:
    """Who is in the curve."""
    if source == DELIVERED:
        return page.words.say("patients with a delivered time")
    if not page.is_own_trial:
        return page.words.say("all included patients")
    if not page.cut.row_counts.get("ctdna_result"):
        return page.words.say("all included patients (ctDNA not delivered)")
    if page.trial.protocol.endpoint.population == "stopped":
        return page.words.say("included, Signatera-negative, treatment stopped")
    return page.words.say("Signatera-negative cohort (all included)")


def title(page: Page, source: str, estimand: Estimand, paramcd: str) -> str:
    """What the curve is called: the delivered or derived parameter, and of whom."""
    if source == DELIVERED:
        return page.words.say("{parameter} as delivered", parameter=page.words.answer(paramcd))
    parameter = page.words.say("De-escalation-failure-free survival") if estimand is Estimand.COMPOSITE else page.words.answer(paramcd)
    if not page.is_own_trial or not page.cut.row_counts.get("ctdna_result"):
        return page.words.say("{parameter}, all included patients", parameter=parameter)
    return page.words.say("{parameter}, Signatera-negative cohort", parameter=parameter)


def risk_table(page: Page, result: EndpointEstimate) -> pd.DataFrame:
    """Numbers at risk, censored and events at the ticks of the axis."""
    ticks = risk_ticks(float(result.curve.time[-1]), page.trial.protocol.endpoint.milestone_days)
    return count_at_risk(result.curve, ticks)


def method(page: Page, source: str, estimand: Estimand) -> str:
    """Estimand and interval, for the caption of the picture."""
    said = page.words.say("as delivered") if source == DELIVERED else page.words.term(estimand)
    endpoint = page.trial.protocol.endpoint
    return page.words.say(
        "{estimand} · Kaplan–Meier, {level} {type} interval", estimand=said,
        level=page.words.percent(endpoint.conf_level, 0), type=method_name(endpoint.conf_type, page.words),
    )


def convention_line(page: Page, source: str, estimand: Estimand) -> str:
    """The conventions that move the number, under the number."""
    words, endpoint = page.words, page.trial.protocol.endpoint
    if source == DELIVERED:
        return words.say("As delivered: times, events and censorings are those of the delivery; months of {days} days.", days=words.number(DAYS_PER_MONTH, 4))
    return words.say(
        "Estimand: {estimand} ({strategy}). Origin: {origin}. Event: {events}, whichever first; a progression is dated by the "
        "scan that shows it, read by {evaluator}; confirmation: {confirmation}. Censored {censored}. {months} months = {days} days; months of {month} days; a day is counted from the origin {plus}.",
        estimand=words.term(estimand), strategy=words.say(_STRATEGY[estimand]), origin=origin(page, source),
        events=words.say(_EVENTS[estimand]), censored=words.say(_CENSORED[estimand]), evaluator=literal(words.answer(endpoint.evaluator)), confirmation=words.answer(endpoint.pd_confirmation),
        months=words.number(page.trial.protocol.milestone_months, 0), days=words.number(endpoint.milestone_days, 2),
        month=words.number(DAYS_PER_MONTH, 4),
        plus=words.say("with one day added") if endpoint.aval_add_one else words.say("without adding one day"),
    )


def show_headline(page: Page, result: EndpointEstimate, parameter: str) -> None:
    """The milestone estimate with its interval, beside what is needed to read it."""
    words, at = page.words, result.at
    months = words.number(page.trial.protocol.milestone_months, 0)
    level = words.percent(result.curve.conf_level, 0)
    columns = st.columns([3, 2, 3, 3])
    with columns[0]:
        if at.estimate is None:
            st.metric(words.say("{months}-month {parameter}", months=months, parameter=literal(words.answer(parameter))), words.say("not estimable"))
            st.caption(reason_in_days(at.reason, words))
        else:
            st.metric(words.say("{months}-month {parameter}", months=months, parameter=literal(words.answer(parameter))), words.percent(at.estimate))
            if at.lower is None or at.upper is None:
                st.caption(words.say("no {level} interval: {reason}", level=level, reason=reason_in_days(at.reason, words)))
            else:
                st.caption(words.say(
                    "{level} CI {lower} to {upper} ({method})", level=level, lower=words.percent(at.lower),
                    upper=words.percent(at.upper), method=method_name(at.interval_method, words),
                ))
    with columns[1]:
        st.metric(words.say("At risk at {months} months", months=months), words.number(at.at_risk))
    with columns[2]:
        st.metric(words.say("Events / patients"), f"{words.number(result.curve.n_events)} / {words.number(result.curve.n)}")
    with columns[3]:
        median = result.follow_up.median
        st.metric(
            words.say("Follow-up (reverse Kaplan–Meier)"),
            words.say("not reached") if median is None
            else words.say("{months} months", months=words.number(median / DAYS_PER_MONTH, 1)),
        )


def show_cautions(page: Page, times: pd.DataFrame, result: EndpointEstimate, source: str) -> None:
    """What a reader must know before repeating the number: a thin tail, patients who say nothing, a population with exceptions."""
    words, at, cautions = page.words, result.at, []
    if at.estimate is not None and at.time > result.reliable_until:
        cautions.append(words.say(
            "The {months}-month estimate lies where too few patients remain at risk to read the curve closely.",
            months=words.number(page.trial.protocol.milestone_months, 0),
        ))
    if source == DERIVED:
        first_day = int(page.trial.protocol.endpoint.aval_add_one)
        silent = int((~times.event.astype(bool) & (times.time_days <= first_day)).sum())
        if silent:
            cautions.append(words.count(
                "{n} of {total} patients is censored at the origin: no evaluable scan (composite: or no negative draw) was delivered after it.",
                "{n} of {total} patients are censored at the origin: no evaluable scan (composite: or no negative draw) was delivered after it.",
                silent, total=words.number(len(times)),
            ))
    if source == DERIVED and page.is_own_trial and page.may(Right.ALL_PATIENTS):
        issues = page.ask("import_issues")
        positive = issues[issues.rule == "baseline_positive_included"].subject_id.nunique()
        if positive:
            cautions.append(words.count(
                "{n} included patient has a positive baseline ctDNA and is counted all the same: see the queries of this data cut.",
                "{n} included patients have a positive baseline ctDNA and are counted all the same: see the queries of this data cut.",
                positive,
            ))
    if cautions:
        st.caption("  \n".join(cautions))


def show_closed(page: Page) -> None:
    """The page for those who may not see pooled outcomes: everything about the question, nothing about the answer."""
    words, protocol = page.words, page.trial.protocol
    st.info(words.say(
        "Pooled outcomes are closed before the primary analysis. They are seen by the DSMB and the study statistician, who "
        "hold the key; they are opened by a documented unlock (who, why, decision reference), recorded in the protocol file."
    ), icon=":material/lock:")
    st.markdown(words.say("**Question.** Progression-free survival at {months} months in the Signatera-negative cohort.", months=words.number(protocol.milestone_months, 0)))
    st.markdown(words.say("**Population.** {population}.", population=population(page, DERIVED)))
    if page.may(Right.TRIAL_ENROLMENT):
        counts = page.ask("headline").iloc[0]
        st.markdown(words.say("**Included by the cut-off.** {n} patients.", n=words.number(int(counts.n_included))))
    st.markdown(words.say("**Conventions.**") + " " + convention_line(page, DERIVED, protocol.endpoint.estimand))
    unlocked_by = protocol.privacy.unlocked_by or words.say("no")
    st.markdown(words.say("**Unlocked.** {by}", by=literal(unlocked_by)))


def curve_table(curve: SurvivalCurve) -> pd.DataFrame:
    """The curve as a table: time in days, counts, survival with limits (empty where there are none)."""
    return pd.DataFrame({
        "time": curve.time, "at_risk": curve.at_risk, "events": curve.events, "censored": curve.censored,
        "survival": curve.survival, "std_error": curve.std_error, "lower": curve.lower, "upper": curve.upper,
    })


def curve_headings(words: Words) -> dict[str, str]:
    """Headings of the curve's table."""
    return {
        "time": words.say("Day"), "at_risk": words.say("At risk"), "events": words.say("Events"), "censored": words.say("Censored"),
        "survival": words.say("Survival"), "std_error": words.say("Standard error"), "lower": words.say("Lower limit"),
        "upper": words.say("Upper limit"),
    }


def time_headings(words: Words, times: pd.DataFrame) -> dict[str, str]:
    """Headings of the per-patient table, for the columns that this source has."""
    headings = {
        "subject_id": words.say("Patient"), "site_id": words.say("Site"), "time_days": words.say("Days"), "event": words.say("Event"),
        "reason": words.say("Event, or why censored"), "evntdesc": words.say("Event, or why censored"), "cnsdtdsc": words.say("Censoring date is"),
        "source_table": words.say("Record"), "source_day": words.say("Day of the record"),
        "source_detail": words.say("What the record says"), "flag": words.say("Flag"),
    }
    return {column: heading for column, heading in headings.items() if column in times}


def show_differences(page: Page) -> None:
    """Patients whose delivered PFS is not the derived one, with the reason."""
    words = page.words
    if not page.may(Right.ALL_PATIENTS) or not _delivered(page):
        return
    st.subheader(words.say("Delivered against derived"), anchor=False)
    if not _derivable(page):
        st.caption(words.say("No tumour responses were delivered: PFS cannot be derived, and the delivered times stand alone."))
        return
    both = page.ask("delivered_and_derived")
    differing = both[both.reason.notna()]
    st.caption(words.say(
        "{n} of {total} patients differ between the delivered PFS and the one derived from responses and deaths.",
        n=words.number(len(differing)), total=words.number(len(both)),
    ))
    if len(differing):
        show_table(differing, {
            "subject_id": words.say("Patient"), "site_id": words.say("Site"), "delivered_days": words.say("Delivered, days"),
            "delivered_event": words.say("Delivered event"), "derived_days": words.say("Derived, days"),
            "derived_event": words.say("Derived event"), "difference_days": words.say("Difference, days"), "reason": words.say("Reason"),
        }, key="differences", alt=words.say("Patients who differ between delivered and derived PFS"))
