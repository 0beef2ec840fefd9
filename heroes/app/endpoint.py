"""What the PFS page says around its curve: headline, cautions, conventions, closed notice."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app.markdown import literal
from heroes.app.page import Page
from heroes.app.times import DERIVED, NAMES, Choice, was_delivered
from heroes.figures.milestone import method_name
from heroes.figures.pfs import risk_ticks
from heroes.labels import Words, mark
from heroes.model.terms import OWN_ORIGIN, PARAMETER_OF, Censoring, Estimand, MilestoneKind, Parameter
from heroes.protocol import DAYS_PER_MONTH
from heroes.statistics.endpoint import EndpointEstimate
from heroes.statistics.survival import count_at_risk, survival_at
from heroes.store.times import conventions_of

_SHORT = {Parameter.PFS, Parameter.DEFS, Parameter.PFSHYP, Parameter.OS}
"""Parameters whose milestone is named by their abbreviation."""

_EVENT_FREE = {Parameter.PFS: mark("Progression-free"), Parameter.OS: mark("Alive"), Parameter.TFI: mark("Still off therapy")}
_EVENTS = {
    Parameter.PFS: mark("radiological progression or death, whichever first"),
    Parameter.DEFS: mark("radiological progression, death, a positive ctDNA or any restart of therapy, whichever first"),
    Parameter.PFSHYP: mark("radiological progression or death, whichever first"),
    Parameter.CIF_PD_OFF: mark("radiological progression or death while off therapy; a restart of therapy before it competes"),
    Parameter.TTMR: mark("first positive ctDNA; progression and death without a positive before them compete"),
    Parameter.TFI: mark("restart of any therapy, or death, whichever first"),
    Parameter.TTPMR: mark("radiological progression or death, whichever first"),
    Parameter.TTNT: mark("start of a new regimen, or death, whichever first"),
    Parameter.OS: mark("death from any cause"),
    Parameter.TTDQL: mark("fall by the minimal important difference without later recovery; death competes unless the protocol says otherwise"),
}
_CENSORED = {
    Parameter.PFS: mark("at the last evaluable scan"),
    Parameter.DEFS: mark("at the earlier of last evaluable scan and last negative draw"),
    Parameter.PFSHYP: mark("at the last evaluable scan, of those up to the resumption where therapy is resumed for ctDNA"),
    Parameter.CIF_PD_OFF: mark("at the last evaluable scan"),
    Parameter.TTMR: mark("at the last negative draw"),
    Parameter.TFI: mark("on the last day known alive"),
    Parameter.TTPMR: mark("at the last evaluable scan after the positive draw"),
    Parameter.TTNT: mark("on the last day known alive"),
    Parameter.OS: mark("on the last day known alive"),
    Parameter.TTDQL: mark("at the last questionnaire"),
}
_STRATEGY = {
    Estimand.TREATMENT_POLICY: mark("therapy resumed for ctDNA is ignored, patients are followed to progression or death"),
    Estimand.COMPOSITE: mark("a positive ctDNA and any restart count as events"),
    Estimand.HYPOTHETICAL: mark("patients are censored where therapy is resumed for ctDNA; assumption-laden"),
    Estimand.WHILE_ON_STRATEGY: mark("events while still off therapy; a restart is a competing event"),
}
_MISSED = {
    Censoring.STUDY: mark("an event after two or more missed scans counts, flagged"),
    Censoring.EMA: mark("an event after two or more missed scans counts, flagged"),
    Censoring.FDA: mark("an event after two or more missed scans is censored at the scan before"),
}
_UNSEEN = {
    Censoring.STUDY: mark("treatment for a progression that no scan shows is no event"),
    Censoring.EMA: mark("treatment for a progression that no scan shows is an event on that day"),
    Censoring.FDA: mark("treatment for a progression that no scan shows censors"),
}
_RESTART = {
    (Estimand.TREATMENT_POLICY, Censoring.FDA): mark("any restart of therapy censors, which answers the hypothetical question"),
    (Estimand.HYPOTHETICAL, Censoring.FDA): mark("any other restart of therapy censors too"),
}
_RESTART_ENDS = (Estimand.COMPOSITE, Estimand.WHILE_ON_STRATEGY)
"""Estimands in which a restart is an event or competes, so that no rule can censor at it."""


def reason_in_days(reason: str | None, words: Words) -> str:
    """Why a number does not exist; times in it are days."""
    if not reason:
        return "–"
    days = {
        name: words.say("{n} days", n=words.number(value, 0 if float(value).is_integer() else 2)) if name in ("time", "last") else value
        for name, value in getattr(reason, "numbers", {}).items()
    }
    return words.say(getattr(reason, "sentence", reason), **days)


def convention(page: Page, choice: Choice, name: str):
    """The value of a convention as it is shown: the one tried, else the protocol's."""
    return dict(choice.conventions).get(name, getattr(page.trial.protocol.endpoint, name))


def origin(page: Page, choice: Choice) -> str:
    """The origin of the time axis, in words."""
    say = page.words.say
    return {
        "DELIVERED": say("origin as delivered"),
        "FIRST_POSITIVE": say("first positive ctDNA"),
        MilestoneKind.INCLUDED: say("inclusion"),
        MilestoneKind.TX_STOP: say("treatment stop"),
        MilestoneKind.BASELINE_DRAW: say("baseline draw"),
    }[axis_origin(page, choice)]


def axis_origin(page: Page, choice: Choice) -> str:
    """The origin of the time axis, as the figure knows it."""
    if not choice.is_derived:
        return "DELIVERED"
    return OWN_ORIGIN.get(choice.parameter) or convention(page, choice, "origin")


def population(page: Page, choice: Choice) -> str:
    """Who is in the curve."""
    say = page.words.say
    if not choice.is_derived:
        return say("patients with a delivered time")
    if choice.parameter is Parameter.TTPMR:
        return say("patients with a positive ctDNA before any progression")
    if not page.is_own_trial:
        return say("all included patients")
    if not was_delivered(page, "ctdna_result"):
        return say("all included patients (ctDNA not delivered)")
    if convention(page, choice, "population") == "stopped":
        return say("included, Signatera-negative, treatment stopped")
    return say("Signatera-negative cohort (all included)")


def title(page: Page, choice: Choice) -> str:
    """What the curve is called: the delivered or derived parameter, and of whom."""
    words = page.words
    if not choice.is_derived:
        return words.say("{parameter} as delivered", parameter=words.answer(choice.paramcd))
    named = words.answer(choice.paramcd) if choice.parameter in (Parameter.PFS, Parameter.OS) else words.say(NAMES[choice.parameter])
    if choice.parameter is Parameter.TTPMR:
        return named
    if not page.is_own_trial or not was_delivered(page, "ctdna_result"):
        return words.say("{parameter}, all included patients", parameter=named)
    return words.say("{parameter}, Signatera-negative cohort", parameter=named)


def event_free(page: Page, choice: Choice) -> str:
    """What the vertical axis counts."""
    return page.words.say(_EVENT_FREE.get(choice.parameter, mark("Event-free")))


def milestone_name(page: Page, choice: Choice) -> str:
    """What the number at the milestone is called."""
    words = page.words
    months = words.number(page.trial.protocol.milestone_months, 0)
    if not choice.is_derived or choice.parameter in _SHORT:
        return words.say("{months}-month {parameter}", months=months, parameter=literal(words.answer(choice.paramcd)))
    return words.say("{what} at {months} months", what=event_free(page, choice), months=months)


def risk_table(page: Page, result: EndpointEstimate) -> pd.DataFrame:
    """Numbers at risk, censored and events at the ticks of the axis."""
    ticks = risk_ticks(float(result.curve.time[-1]), page.trial.protocol.endpoint.milestone_days)
    return count_at_risk(result.curve, ticks)


def method(page: Page, choice: Choice) -> str:
    """Estimand, estimator and interval, for the caption of the picture; and whether the conventions are the protocol's."""
    words, endpoint = page.words, page.trial.protocol.endpoint
    if not choice.is_derived:
        said = words.say("as delivered")
    else:
        said = words.term(choice.estimand) if choice.estimand else literal(words.answer(choice.paramcd))
    level = words.percent(endpoint.conf_level, 0)
    if choice.has_competing_events:
        text = words.say("{estimand} · Aalen–Johansen, {level} log–log interval, delta-method standard error", estimand=said, level=level)
    else:
        text = words.say(
            "{estimand} · Kaplan–Meier, {level} {type} interval", estimand=said, level=level,
            type=method_name(choice.conf_type or endpoint.conf_type, words))
    return text if choice.is_by_protocol else " · ".join([text, words.say("NOT THE PROTOCOL’S CONVENTIONS")])


def convention_line(page: Page, choice: Choice) -> str:
    """The conventions that move the number, under the number."""
    words, endpoint = page.words, page.trial.protocol.endpoint
    if not choice.is_derived:
        return words.say(
            "As delivered: times, events and censorings are those of the delivery; months of {days} days.",
            days=words.number(DAYS_PER_MONTH, 4))
    parts = []
    if choice.estimand:
        parts.append(words.say(
            "Estimand: {estimand} ({strategy}).", estimand=words.term(choice.estimand), strategy=words.say(_STRATEGY[choice.estimand])))
    parts.append(words.say(
        "Origin: {origin}. Event: {events}. Censored {censored}.",
        origin=origin(page, choice), events=words.say(_EVENTS[choice.parameter]), censored=words.say(_CENSORED[choice.parameter]),
    ))
    if "pd_confirmation" in conventions_of(choice.parameter):
        parts.append(words.say(
            "A progression is dated by the scan that shows it, read by {evaluator}; confirmation: {confirmation}.",
            evaluator=literal(words.answer(convention(page, choice, "evaluator"))),
            confirmation=words.answer(convention(page, choice, "pd_confirmation")),
        ))
    if choice.estimand:
        parts.append(_censoring_rules(page, choice))
    if choice.parameter is Parameter.TTDQL:
        quality = page.trial.protocol.quality_of_life
        parts.append(words.say(
            "Scale {scale}, minimal important difference {points} points.", scale=literal(quality.deterioration_scale),
            points=words.number(quality.minimal_important_difference)))
    parts.append(words.say(
        "{months} months = {days} days; months of {month} days; a day is counted from the origin {plus}.",
        months=words.number(page.trial.protocol.milestone_months, 0), days=words.number(endpoint.milestone_days, 2),
        month=words.number(DAYS_PER_MONTH, 4),
        plus=words.say("with one day added") if convention(page, choice, "aval_add_one") else words.say("without adding one day"),
    ))
    return " ".join(parts)


def _censoring_rules(page: Page, choice: Choice) -> str:
    """What the table of censoring rules means under the estimand that is shown."""
    words, rules = page.words, Censoring(convention(page, choice, "censoring"))
    said = [_RESTART.get((choice.estimand, rules)), _MISSED[rules]]
    if rules is Censoring.EMA or choice.estimand not in _RESTART_ENDS:
        said.append(_UNSEEN[rules])
    return words.say(
        "Censoring by {rules}: {said}.", rules=words.term(rules), said="; ".join(words.say(sentence) for sentence in said if sentence))


def show_headline(page: Page, result: EndpointEstimate, choice: Choice) -> None:
    """The milestone estimate with its interval, beside what is needed to read it."""
    words, at = page.words, result.at
    months = words.number(page.trial.protocol.milestone_months, 0)
    level = words.percent(result.curve.conf_level, 0)
    columns = st.columns([3, 2, 3, 3])
    with columns[0]:
        st.metric(milestone_name(page, choice), words.say("not estimable") if at.estimate is None else words.percent(at.estimate))
        if at.estimate is None:
            st.caption(reason_in_days(at.reason, words))
        elif at.lower is None or at.upper is None:
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
        window = window_line(page, result, choice)
        if window:
            st.caption(window)
    with columns[3]:
        median = result.follow_up.median
        st.metric(
            words.say("Follow-up (reverse Kaplan–Meier)"),
            words.say("not reached") if median is None
            else words.say("{months} months", months=words.number(median / DAYS_PER_MONTH, 1)),
        )


def window_line(page: Page, result: EndpointEstimate, choice: Choice) -> str | None:
    """The same curve at the end of the milestone's scan window: a progression is seen only when a scan is done."""
    words, protocol = page.words, page.trial.protocol
    window = protocol.schedule.imaging_window_days
    if not choice.estimand or not window or result.at.estimate is None:
        return None
    end = protocol.endpoint.milestone_days + window
    at = survival_at(result.curve, end)
    return words.say(
        "At the end of the {months}-month scan window ({days} days): {estimate}",
        months=words.number(protocol.milestone_months, 0), days=words.number(end, 2),
        estimate=words.say("not estimable") if at.estimate is None else words.percent(at.estimate),
    )


def show_cautions(page: Page, times: pd.DataFrame, choice: Choice, result: EndpointEstimate | None) -> None:
    """What a reader must know before repeating the number: a thin tail, patients who say nothing, a population with exceptions."""
    words, cautions = page.words, []
    if result is not None and result.at.estimate is not None and result.at.time > result.reliable_until:
        cautions.append(words.say(
            "The {months}-month estimate lies where too few patients remain at risk to read the curve closely.",
            months=words.number(page.trial.protocol.milestone_months, 0),
        ))
    if choice.estimand:
        first_day = int(convention(page, choice, "aval_add_one"))
        silent = int((~times.event.astype(bool) & (times.time_days <= first_day)).sum())
        if silent:
            cautions.append(words.count(
                "{n} of {total} patients is censored at the origin: nothing that counts under these rules was delivered after it.",
                "{n} of {total} patients are censored at the origin: nothing that counts under these rules was delivered after it.",
                silent, total=words.number(len(times)),
            ))
    if choice.estimand and page.may(Right.ALL_PATIENTS):
        reader = convention(page, choice, "evaluator")
        if reader not in set(page.ask("evaluators").evaluator):
            cautions.append(words.say(
                "No scan of an included patient was read by {evaluator}: without readings no progression can be seen.",
                evaluator=literal(words.answer(reader))))
    if choice.estimand in _RESTART_ENDS:
        cautions.append(words.say(
            "Restarts and draws are known up to the cut-off, freedom from progression only up to the last scan: recent restarts weigh "
            "a little more than recent patients without one. The therapy states wait for the next scan instead."))
    if choice.parameter is Parameter.TTPMR:
        cautions.append(words.say(
            "Therapy is resumed at the positive test: this is the observed interval under treatment, not a natural lead time."))
    if choice.is_derived and page.is_own_trial and page.may(Right.ALL_PATIENTS):
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
    parameter = PARAMETER_OF[protocol.endpoint.estimand]
    planned = Choice(DERIVED, parameter.value, parameter)
    st.info(words.say(
        "Pooled outcomes are closed before the primary analysis. They are seen by the DSMB and the study statistician, who "
        "hold the key; they are opened by a documented unlock (who, why, decision reference), recorded in the protocol file."
    ), icon=":material/lock:")
    st.markdown(words.say(
        "**Question.** Progression-free survival at {months} months in the Signatera-negative cohort.",
        months=words.number(protocol.milestone_months, 0)))
    st.markdown(words.say("**Population.** {population}.", population=population(page, planned)))
    if page.may(Right.TRIAL_ENROLMENT):
        counts = page.ask("headline").iloc[0]
        st.markdown(words.say("**Included by the cut-off.** {n} patients.", n=words.number(int(counts.n_included))))
    st.markdown(words.say("**Conventions.**") + " " + convention_line(page, planned))
    unlocked_by = protocol.privacy.unlocked_by or words.say("no")
    st.markdown(words.say("**Unlocked.** {by}", by=literal(unlocked_by)))
