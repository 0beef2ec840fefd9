"""Which time to event a page shows: its source, its parameter, and the conventions that a person may try instead of the protocol's."""

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app import session
from heroes.app.controls import choose_between, choose_one
from heroes.app.page import Page
from heroes.figures.milestone import method_name
from heroes.labels import mark
from heroes.model.terms import COMPETING, PARAMETER_OF, Censoring, Estimand, MilestoneKind, Parameter
from heroes.statistics.intervals import CONF_TYPES
from heroes.statistics.simultaneous_bands import BANDS
from heroes.store.times import POOLED_PARAMETERS, TIME_QUESTIONS, TIME_TABLES, conventions_of

DERIVED, DELIVERED = "derived", "delivered"
PROTOCOL = "protocol"
"""The code of "as the protocol says" in every convention's control."""

ESTIMANDS = {parameter: estimand for estimand, parameter in PARAMETER_OF.items()}

NAMES = {
    Parameter.PFS: mark("Progression-free survival"),
    Parameter.DEFS: mark("De-escalation-failure-free survival"),
    Parameter.PFSHYP: mark("Progression-free survival, had nobody resumed"),
    Parameter.CIF_PD_OFF: mark("Progression or death while off therapy"),
    Parameter.TTMR: mark("Time to molecular recurrence"),
    Parameter.TFI: mark("Treatment-free interval"),
    Parameter.TTPMR: mark("First positive ctDNA to progression"),
    Parameter.TTNT: mark("Time to next treatment"),
    Parameter.OS: mark("Overall survival"),
    Parameter.TTDQL: mark("Time to deterioration of quality of life"),
}

CAUSES = {
    Parameter.CIF_PD_OFF: ((mark("Progression or death off therapy"), "progression"), (mark("Therapy restarted first"), "restart")),
    Parameter.TTMR: (
        (mark("Positive ctDNA first"), "recurrence"), (mark("Progression without prior positive"), "progression"),
        (mark("Death first"), "death"),
    ),
    Parameter.TTDQL: ((mark("Deterioration"), "event"), (mark("Death first"), "death")),
}
"""What the causes 1, 2 … of a parameter with competing events are, and what they mean in a picture."""

_FAMILY = {Parameter.PFS: mark("Progression-free survival (PFS)")}
_MENU = (Parameter.PFS, Parameter.OS, Parameter.TTMR, Parameter.TTPMR, Parameter.TFI, Parameter.TTNT, Parameter.TTDQL)


@dataclass(frozen=True)
class Choice:
    """What is shown. source: derived or delivered. parameter: None for a delivered parameter that is not one of ours.

    conventions: (query parameter, value) of those that differ from the protocol, in a fixed order.
    conf_type: another interval than the protocol's. band: a simultaneous band instead of the pointwise interval.
    """

    source: str
    paramcd: str
    parameter: Parameter | None = None
    conventions: tuple[tuple[str, object], ...] = ()
    conf_type: str | None = None
    band: str | None = None

    @property
    def is_derived(self) -> bool:
        """Derived from the records, not taken from the delivery."""
        return self.source == DERIVED

    @property
    def estimand(self) -> Estimand | None:
        """The estimand, for the family of progression-free survival."""
        return ESTIMANDS.get(self.parameter) if self.is_derived else None

    @property
    def has_competing_events(self) -> bool:
        """Whether it is read as cumulative incidences."""
        return self.is_derived and self.parameter in COMPETING

    @property
    def is_by_protocol(self) -> bool:
        """No other convention or interval than the protocol's is tried. (A band is another picture of the same curve.)"""
        return not self.conventions and self.conf_type is None

    def by_protocol(self) -> "Choice":
        """The same with the protocol's conventions."""
        return replace(self, conventions=(), conf_type=None, band=None)


def was_delivered(page: Page, table: str) -> bool:
    """Whether the whole data cut holds rows of a table."""
    return bool(page.cut.row_counts.get(table))


def is_derivable(page: Page, parameter: Parameter) -> bool:
    """Whether the delivery holds what a parameter is derived from."""
    return all(was_delivered(page, table) for table in TIME_TABLES[parameter])


def choose_time(page: Page) -> Choice:
    """The controls above the curve: source, parameter, estimand."""
    words = page.words
    shown = set(Parameter) if page.may(Right.ALL_PATIENTS) else set(POOLED_PARAMETERS)
    offered = [parameter for parameter in _MENU if parameter in shown and (parameter is Parameter.PFS or is_derivable(page, parameter))]
    sources = {DERIVED: words.say("From the records")}
    codes = page.ask("delivered_parameters").paramcd.tolist() if was_delivered(page, "tte") and page.may(Right.ALL_PATIENTS) else []
    if codes:
        delivered = {DELIVERED: words.say("As delivered")}
        sources = sources | delivered if is_derivable(page, Parameter.PFS) else delivered | sources
    with st.container(key="side_by_side"):
        left, middle, right = st.columns([25, 22, 53])
    with left:
        source = choose_between(words.say("Source"), sources, name="pfs_source")
    if source == DELIVERED:
        first = page.trial.protocol.endpoint.parameter
        codes.sort(key=lambda code: (code != first, code))
        with middle:
            paramcd = choose_one(words.say("Parameter"), {code: code for code in codes}, name="paramcd")
        return Choice(DELIVERED, paramcd)
    with middle:
        menu = {parameter.value: words.say(_FAMILY.get(parameter, NAMES[parameter])) for parameter in offered}
        parameter = Parameter(choose_one(words.say("Time to event"), menu, name="time"))
    if parameter is Parameter.PFS and is_derivable(page, parameter):
        default = page.trial.protocol.endpoint.estimand
        estimands = sorted(Estimand, key=lambda estimand: estimand is not default)
        estimands = [estimand for estimand in estimands if is_derivable(page, PARAMETER_OF[estimand])]
        with right:
            chosen = choose_between(
                words.say("Estimand"), {estimand.value: words.term(estimand) for estimand in estimands}, name="estimand",
                help=words.say("What a restart of therapy for a positive ctDNA means for the endpoint."),
            )
        parameter = PARAMETER_OF[Estimand(chosen)]
    return Choice(DERIVED, parameter.value, parameter)


def choose_conventions(page: Page, choice: Choice) -> Choice:
    """The choice with other conventions than the protocol's, where a person tries some."""
    if not choice.is_derived or not page.may(Right.ALL_PATIENTS):
        return choice
    words, endpoint = page.words, page.trial.protocol.endpoint
    known = conventions_of(choice.parameter)
    evaluators = page.ask("evaluators").evaluator.tolist() if "evaluator" in known else []
    offers = {
        "censoring": (words.say("Censoring"), {rule.value: words.term(rule) for rule in Censoring}, endpoint.censoring.value),
        "pd_confirmation": (
            words.say("Confirmation of progression"),
            {code: words.answer(code) for code in ("none", "equivocal_only", "second_scan")}, endpoint.pd_confirmation,
        ),
        "origin": (words.say("Origin"), {
            kind: words.term(MilestoneKind(kind)) for kind in ("INCLUDED", "TX_STOP", "BASELINE_DRAW")
        }, endpoint.origin),
        "evaluator": (words.say("Scans read by"), {code: words.answer(code) for code in evaluators}, endpoint.evaluator),
        "population": (words.say("Population"), {
            "included": words.say("all included"), "stopped": words.say("treatment stopped"),
        }, endpoint.population),
        "aval_add_one": (words.say("Days counted"), {
            "0": words.say("end − origin"), "1": words.say("end − origin + 1"),
        }, str(int(endpoint.aval_add_one))),
    }
    offers = {name: offer for name, offer in offers.items() if name in known}
    tried, limits = {}, {}
    trying = any(session.recall(name) for name in (*(f"try_{name}" for name in offers), "interval", "band"))
    with st.expander(words.say("Try other conventions than the protocol’s"), icon=":material/tune:", expanded=trying):
        columns = st.columns(3)
        for place, (name, (label, options, default)) in enumerate(offers.items()):
            said = {PROTOCOL: words.say("Protocol: {what}", what=options.get(default, default))}
            others = {code: text for code, text in options.items() if code != default}
            with columns[place % 3]:
                picked = choose_one(label, said | others, name=f"try_{name}")
            if picked != PROTOCOL:
                tried[name] = picked == "1" if name == "aval_add_one" else picked
        if not choice.has_competing_events:
            limits = _choose_limits(page, columns[len(offers) % 3], columns[(len(offers) + 1) % 3])
    return replace(choice, conventions=tuple(tried.items()), **limits)


def _choose_limits(page: Page, left, right) -> dict[str, str | None]:
    """Another pointwise interval, or a simultaneous band, around the curve."""
    words, own = page.words, page.trial.protocol.endpoint.conf_type
    with left:
        said = {PROTOCOL: words.say("Protocol: {what}", what=method_name(own, words))}
        interval = choose_one(
            words.say("Interval"), said | {code: method_name(code, words) for code in CONF_TYPES if code != own}, name="interval")
    with right:
        said = {"pointwise": words.say("pointwise interval")}
        band = choose_one(
            words.say("Around the curve"),
            said | {code: words.say("simultaneous: {what}", what=method_name(code, words)) for code in BANDS}, name="band",
            help=words.say("A pointwise interval holds at one time; a simultaneous band holds the whole curve at once."))
    return {"conf_type": None if interval == PROTOCOL else interval, "band": None if band == "pointwise" else band}


def times_of(page: Page, choice: Choice) -> pd.DataFrame:
    """One row per patient with time_days, event and cause; counts are spread to rows where no patient may be shown."""
    if not choice.is_derived:
        times = page.ask("delivered_times", paramcd=choice.paramcd).rename(columns={"aval_days": "time_days"})
        return times[times.time_days.notna()]
    if not is_derivable(page, choice.parameter):
        return pd.DataFrame()
    if page.may(Right.ALL_PATIENTS):
        question, fixed = TIME_QUESTIONS[choice.parameter]
        return page.ask(question, **fixed, **dict(choice.conventions))
    counts = page.ask("pooled_times", paramcd=choice.paramcd)
    spread = counts.loc[counts.index.repeat(counts.n), ["time_days", "cause"]].reset_index(drop=True)
    return spread.assign(event=spread.cause > 0)


def why_no_times(page: Page, choice: Choice) -> str:
    """Why there is no curve."""
    say = page.words.say
    if not choice.is_derived:
        return say("Not estimable: the delivered times to event hold no PFS.")
    if not is_derivable(page, choice.parameter):
        return say(
            "Not estimable: this delivery holds neither tumour responses nor a delivered PFS (ADTTE, PARAMCD PFS). Times to event "
            "that need other records stand in the list above.")
    if choice.parameter is Parameter.TTPMR:
        return say("Nobody has had a positive ctDNA before a progression.")
    return say("Not estimable: no patient has been included yet.")
