"""The milestone under other conventions and other estimands, one row each: how much does the number hang on a choice?"""

from dataclasses import replace

import pandas as pd
import streamlit as st

from heroes.app import endpoint
from heroes.app.controls import show_table
from heroes.app.curve import endpoint_of
from heroes.app.page import Page
from heroes.app.times import NAMES, Choice, is_derivable, times_of
from heroes.figures.sensitivity import alt_sensitivity, sensitivity_chart
from heroes.model.terms import Censoring, Parameter
from heroes.statistics.interval_censored import estimate_interval_censored, interval_survival_at
from heroes.statistics.moves import find_moves
from heroes.statistics.survival import survival_at


def show_sensitivity(page: Page, choice: Choice) -> None:
    """Picture and table of the analyses. Compared with the protocol's conventions of the chosen estimand."""
    words = page.words
    main = choice.by_protocol()
    rows = page.keep(("sensitivity", main), lambda: _analyses(page, main))
    caption = page.caption(int(rows.n.iloc[0]), endpoint.population(page, main), endpoint.method(page, main))
    rules = page.trial.protocol.endpoint
    about = {"milestone_days": rules.milestone_days, "parameter": words.answer(main.paramcd), "conf_level": rules.conf_level}
    figure = page.keep(
        ("sensitivity_chart", main),
        lambda: sensitivity_chart(rows, caption, words, **about, look=page.look),
    )
    page.show_chart(figure, alt_sensitivity(rows, caption, words, **about), key="sensitivity_chart")
    st.caption(words.say(
        "Each row changes one thing: a convention, the estimand, the day read, or the estimator. The interval-censored row takes a "
        "progression as lying between the last clear scan and the scan that shows it; where the curve is not determined, both bounds "
        "are given."
    ))
    show_table(rows, {
        "name": words.say("Analysis"), "n": words.say("Patients"), "n_events": words.say("Events"), "at_risk": words.say("At risk"),
        "estimate": words.say("Estimate"), "lower": words.say("Lower limit"), "upper": words.say("Upper limit"),
        "bound_low": words.say("At least"), "bound_high": words.say("At most"), "n_moved": words.say("Patients who moved"),
        "reason": words.say("Reason"),
    }, key="sensitivity_table", alt=words.say("Sensitivity analyses"))


def _analyses(page: Page, main: Choice) -> pd.DataFrame:
    words, protocol = page.words, page.trial.protocol
    rules, own = protocol.endpoint, times_of(page, main)
    rows = [_row(page, main, words.say("As the protocol says"), own, is_main=True)]
    tries = [
        *((("censoring", rule.value), words.say("Censoring: {what}", what=words.term(rule)))
          for rule in Censoring if rule is not rules.censoring),
        *((("pd_confirmation", code), words.say("Confirmation: {what}", what=words.answer(code)))
          for code in ("none", "equivocal_only", "second_scan") if code != rules.pd_confirmation),
        *((("origin", kind), words.say("Origin: {what}", what=endpoint.origin(page, replace(main, conventions=(("origin", kind),)))))
          for kind in ("INCLUDED", "TX_STOP", "BASELINE_DRAW") if kind != rules.origin),
        *((("evaluator", reader), words.say("Scans read by: {what}", what=words.answer(reader)))
          for reader in page.ask("evaluators").evaluator if reader != rules.evaluator),
        *((("population", code), words.say("Population: {what}", what=said))
          for code, said in (("included", words.say("all included")), ("stopped", words.say("treatment stopped")))
          if code != rules.population),
        (("aval_add_one", not rules.aval_add_one),
         words.say("No day added") if rules.aval_add_one else words.say("One day added to every time")),
    ]
    for convention, name in tries:
        choice = replace(main, conventions=(convention,))
        rows.append(_row(page, choice, name, own))
    for parameter in (Parameter.PFS, Parameter.DEFS, Parameter.PFSHYP):
        if parameter is not main.parameter and is_derivable(page, parameter):
            choice = Choice(main.source, parameter.value, parameter)
            rows.append(_row(page, choice, words.say("Estimand: {what}", what=words.say(NAMES[parameter])), own))
    rows += [*_window(page, main, rows[0]), _interval_censored(page, own)]
    return pd.DataFrame(rows)


def _row(page: Page, choice: Choice, name: str, own: pd.DataFrame, is_main: bool = False) -> dict:
    times = own if is_main else times_of(page, choice)
    if times.empty:
        return _told(name, n=0, n_events=0, at_risk=0, reason=page.words.say("nobody is left"))
    result = endpoint_of(page, choice, times)
    at = result.at
    return _told(
        name, estimate=at.estimate, lower=at.lower, upper=at.upper, n=result.curve.n, n_events=result.curve.n_events, at_risk=at.at_risk,
        n_moved=None if is_main else len(find_moves(own, times)), is_main=is_main,
        reason=None if at.estimate is not None else endpoint.reason_in_days(at.reason, page.words),
    )


def _window(page: Page, main: Choice, first: dict) -> list[dict]:
    words, protocol = page.words, page.trial.protocol
    window = protocol.schedule.imaging_window_days
    if not window:
        return []
    at = survival_at(endpoint_of(page, main).curve, protocol.endpoint.milestone_days + window)
    name = words.say("At the end of the scan window, day {day}", day=words.number(at.time, 2))
    return [_told(
        name, estimate=at.estimate, lower=at.lower, upper=at.upper, n=first["n"], n_events=first["n_events"], at_risk=at.at_risk, n_moved=0,
        reason=None if at.estimate is not None else endpoint.reason_in_days(at.reason, words),
    )]


def _interval_censored(page: Page, times: pd.DataFrame) -> dict:
    words = page.words
    right = times.time_days.where(times.event.astype(bool)).astype(float)
    left = times.clear_days.astype(float)
    curve = estimate_interval_censored(left.to_numpy(), right.to_numpy())
    bounds = interval_survival_at(curve, page.trial.protocol.endpoint.milestone_days)
    single = bounds.at_least if bounds.at_least == bounds.at_most else None
    return _told(
        words.say("Interval-censored (Turnbull)"), estimate=single, bound_low=bounds.at_least, bound_high=bounds.at_most,
        n=len(times), n_events=int(times.event.sum()),
        reason=None if bounds.at_least is not None else endpoint.reason_in_days(bounds.reason, words),
    )


def _told(name: str, **known) -> dict:
    empty = dict.fromkeys(("estimate", "lower", "upper", "bound_low", "bound_high", "n", "n_events", "at_risk", "n_moved", "reason"))
    return {"name": name, **empty, "is_main": False, **known}
