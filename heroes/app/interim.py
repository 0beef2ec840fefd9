"""What every part of the interim read-out starts from: the patients, which panels are on, how its numbers and tables look."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app import endpoint
from heroes.app.markdown import literal
from heroes.app.page import Page
from heroes.app.times import DERIVED, Choice, times_of, why_no_times
from heroes.figures.reasons import reason_in_months
from heroes.figures.theme import footnote
from heroes.labels import mark
from heroes.model.terms import COMPETING, PARAMETER_OF, Estimand
from heroes.statistics.complete_cases import LOST_AS_FAILURES, LOST_LEFT_OUT
from heroes.statistics.hypotheses import NEEDS, entries_not_set
from heroes.statistics.interim import BetaPrior
from heroes.statistics.readout import Standing, judge_standing, read_patients

LOST = {LOST_AS_FAILURES: mark("lost as failures"), LOST_LEFT_OUT: mark("lost left out")}
NEEDS_PATIENTS = mark("not open to this role, for it needs single patients")


def choice_of(page: Page) -> Choice:
    """The time to event of the read-out: the protocol's estimand, as the curve of the page for the endpoint."""
    parameter = PARAMETER_OF[page.trial.protocol.endpoint.estimand]
    if parameter in COMPETING:
        parameter = PARAMETER_OF[Estimand.TREATMENT_POLICY]
    return Choice(DERIVED, parameter.value, parameter)


def standing_of(page: Page) -> Standing | None:
    """Maturity and complete cases, kept; None where there is no time to event."""
    choice = choice_of(page)
    times = times_of(page, choice)
    if times.empty:
        return None
    by_patient = page.may(Right.ALL_PATIENTS)
    follow_up = page.ask("potential_follow_up") if by_patient else None
    scans = page.ask("milestone_scans") if by_patient else None
    planned = next(iter(page.ask("planned_size").planned.dropna()), None)
    return page.keep(
        ("standing", choice),
        lambda: judge_standing(
            read_patients(times, follow_up, scans), page.trial.protocol, None if planned is None else int(planned)))


def why_no_standing(page: Page) -> str:
    """Why there is nothing to read out."""
    return why_no_times(page, choice_of(page))


def show_conventions(page: Page) -> None:
    """Which endpoint is read out, by which conventions; and that this is closed data."""
    words, choice = page.words, choice_of(page)
    closed = words.say("Closed report: pooled outcomes, for those alone to whom the access policy opens them.")
    st.caption(closed + " " + endpoint.convention_line(page, choice))
    if page.trial.protocol.endpoint.estimand is not choice.estimand:
        st.warning(words.say(
            "The protocol’s estimand is read as cumulative incidences, which this read-out does not test: it shows {estimand} instead.",
            estimand=words.term(choice.estimand)))
    if not page.may(Right.ALL_PATIENTS):
        st.info(words.say(
            "Outcomes are open to this role as counts only. What needs each patient’s time from the origin to the data cut (complete "
            "cases, milestone windows, missing scans, simulation, the failures at each look) cannot be computed from them and is left out."
        ), icon=":material/groups:")


def missing_entries(page: Page, standing: Standing, panel: str) -> tuple[str, ...]:
    """The protocol entries that a panel needs and that are not set."""
    return entries_not_set(panel, page.trial.protocol, standing.n_planned)


def show_what_is_not_set(page: Page, standing: Standing) -> None:
    """Once for all panels: why some are off, and how they are switched on."""
    words = page.words
    if not any(missing_entries(page, standing, panel) for panel in NEEDS):
        return
    if not page.is_own_trial:
        st.info(words.say(
            "Panels below that need hypotheses are off: the protocol file in use describes {trial}, not the study of this data cut, "
            "and its hypotheses are not borrowed. Put this study’s own protocol.toml into the data folder.",
            trial=literal(page.trial.protocol.trial.name)), icon=":material/toggle_off:")
        return
    st.info(words.say(
        "Some panels below are off: they need values of the trial’s protocol that public sources do not give. No value is invented "
        "here, for a made-up hypothesis would give a real-looking answer. Set the entries that a panel names in the file "
        "protocol.toml of the data folder, each with its source, and the panel appears.",
    ), icon=":material/toggle_off:")


def is_on(page: Page, standing: Standing, panel: str, title: str, gives: str) -> bool:
    """The heading of a panel; where it is off, the sentence that says which entries are not set. gives: what it would show."""
    words, missing = page.words, missing_entries(page, standing, panel)
    st.subheader(title, anchor=False)
    if not missing:
        return True
    entries = ", ".join(f"`[{section}] {name}`" for section, name in (entry.split(".") for entry in missing))
    sources = sorted({page.trial.protocol.source(entry).partition(":")[0] for entry in missing})
    text = words.say("Off: {gives}", gives=gives) + "  \n" + words.count(
        "{n} entry of the protocol is not set: {entries}.", "{n} entries of the protocol are not set: {entries}.", len(missing),
        entries=entries)
    st.markdown(text + " " + words.say("Source given: {source}.", source=literal("; ".join(sources))))
    return False


def lost_said(page: Page, standing: Standing) -> list[str]:
    """Who the lost are, whether they are still on study, and what either way of counting them does; nothing where nobody is."""
    words, n_lost = page.words, standing.cases.n_lost
    if not n_lost:
        return []
    return [
        words.count(
            "Lost: {n} patient with no event and the last scan before the {months}-month window ({on_study} still on study, {left} left).",
            "Lost: {n} patients with no event and the last scan before the {months}-month window ({on_study} still on study, {left} left).",
            n_lost, months=months(page), on_study=words.number(standing.n_lost_on_study),
            left=words.number(n_lost - standing.n_lost_on_study)),
        *(words.say("“{label}”: {meaning}", label=words.say(label), meaning=words.say(meaning)) for meaning, label in LOST.items()),
    ]


def late_events_said(page: Page) -> str:
    """What the exact methods make of an event after the milestone."""
    return page.words.say(
        "A progression found after {months} months is a success at {months} months, as on the curve, even long after and following "
        "missed scans.", months=months(page))


def final_size_said(page: Page, standing: Standing) -> list[str]:
    """How many patients the final test, and so its r, is taken over; nothing without a planned size."""
    words = page.words
    if standing.n_final is None:
        return []
    return [words.say(
        "The final test is taken over {n} patients, the larger of planned ({planned}) and included ({included}).",
        n=words.number(standing.n_final), planned=words.number(standing.n_planned), included=words.number(standing.patients.n))]


def open_patients_said(page: Page, standing: Standing, left: int) -> list[str]:
    """Of the patients that are still to come in closed form, those for whom nothing is open any more. left: all of them."""
    words = page.words
    if not standing.n_open_events + standing.n_open_left:
        return []
    return [words.say(
        "Of the {left} patients among whom successes are still needed, the event has already happened in {events}, and {gone} left the "
        "study; only the simulation takes that into account.", left=words.number(left), events=words.number(standing.n_open_events),
        gone=words.number(standing.n_open_left))]


def show_source(page: Page, standing: Standing, method: str) -> None:
    """Under every panel: patients, population, data cut, method."""
    caption = page.caption(standing.patients.n, endpoint.population(page, choice_of(page)), method)
    st.caption(footnote(caption, page.words))


def show_lines(rows: list[dict[str, str]], alt: str) -> None:
    """A small table in words, one dictionary per row with the same headings."""
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt=alt)


def months(page: Page) -> str:
    """The milestone, in months."""
    return page.words.number(page.trial.protocol.milestone_months, 0)


def probability(page: Page, value: float | None, reason: str | None = None) -> str:
    """A probability as a percentage; one that is not exactly 0 or 1 is never said to be. None: why."""
    words = page.words
    if value is None:
        return why_not(page, reason)
    if 0 < value < 0.0005:
        return words.say("below {limit}", limit=words.percent(0.001))
    if 0.9995 < value < 1:
        return words.say("above {limit}", limit=words.percent(0.999))
    return words.percent(value)


def p_value(page: Page, p: float | None, reason: str | None = None) -> str:
    """A p-value with four digits. None: why."""
    words = page.words
    if p is None:
        return why_not(page, reason)
    return words.say("below {limit}", limit=words.number(0.0001, 4)) if p < 0.0001 else words.number(p, 4)


def beta_said(page: Page, prior: BetaPrior) -> str:
    """A beta distribution by its two numbers."""
    words = page.words
    digits = {value: next(places for places in range(4) if places == 3 or round(value, places) == value) for value in (prior.a, prior.b)}
    return words.say("Beta({a}; {b})", a=words.number(prior.a, digits[prior.a]), b=words.number(prior.b, digits[prior.b]))


def why_not(page: Page, reason: str | None) -> str:
    """not estimable, with the reason."""
    words = page.words
    if not reason:
        return words.say("not estimable")
    return words.say("not estimable: {reason}", reason=reason_in_months(reason, words))
