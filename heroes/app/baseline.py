"""What the baseline page shows: pooled characteristics with small cells hidden, the cap on the second line, eligibility deviations."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app.controls import show_table
from heroes.app.page import Page
from heroes.app.screening import show_line_cap
from heroes.figures.baseline import CATEGORIES, alt_characteristics, characteristics_chart
from heroes.figures.theme import footnote
from heroes.labels import mark
from heroes.statistics.baseline import add_shares

MEASURES = {"age_y": mark("Age, years"), "months_on_anti_her2": mark("Months on anti-HER2 therapy")}
POPULATIONS = {"INCLUDED": mark("included"), "FAILED": mark("screening failed")}
RULES = {
    "CRITERION_NOT_MET": mark("Eligibility criterion not met, recorded by the site"),
    "BASELINE_POSITIVE": mark("Included with a positive baseline ctDNA"),
    "BASELINE_NOT_KNOWN": mark("Included without an evaluable baseline ctDNA"),
    "CONSENT_2_MISSING": mark("Second consent missing"),
    "CONSENT_2_AFTER_INCLUSION": mark("Second consent dated after the inclusion"),
    "CONSENT_2_BEFORE_RESULT": mark("Second consent dated before the baseline result"),
    "ECOG_TOO_HIGH": mark("ECOG above the protocol’s limit"),
    "THERAPY_TOO_SHORT": mark("Shorter on anti-HER2 therapy than the protocol asks"),
    "RESPONSE_NOT_ALLOWED": mark("Response at entry other than the protocol asks"),
}
"""Rules of eligibility_deviations, the gravest first."""


def show_pooled(page: Page) -> None:
    """Who the included patients are, over all sites."""
    words, protocol = page.words, page.trial.protocol
    counts = page.ask("baseline_counts")
    included = counts[counts.population == "INCLUDED"]
    if included.empty:
        st.info(words.say("No patient has been included yet."))
        return
    shares = add_shares(counts)
    n = int(page.ask("headline").n_included.iloc[0])
    caption = page.caption(n, words.say("included patients of all sites"), words.say("shares of all of them, “not recorded” included"))
    figure = page.keep(("characteristics_chart",), lambda: characteristics_chart(shares, caption, words, look=page.look))
    page.show_chart(figure, alt_characteristics(shares, caption, words), key="characteristics_chart")
    if not page.may(Right.ALL_PATIENTS):
        st.caption(words.say(
            "Counts of 1 to {n} patients are left out, and others where these could be worked out from the total.",
            n=words.number(protocol.privacy.small_cell - 1)))
    _show_measures(page)
    show_line_cap(page)


def _show_measures(page: Page) -> None:
    words = page.words
    measures = page.ask("baseline_measures")
    shown = measures.assign(
        measure=[words.say(MEASURES[name]) for name in measures.characteristic],
        who=[words.say(POPULATIONS[name]) for name in measures.population])
    numbers = ["median", "lower_quartile", "upper_quartile", "least", "greatest"]
    extremes = {"least": words.say("Least"), "greatest": words.say("Greatest")} if page.may(Right.ALL_PATIENTS) else {}
    show_table(shown.round(dict.fromkeys(numbers, 1)), {
        "measure": words.say("Measure"), "who": words.say("Patients"), "n_known": words.say("Known"), "n_missing": words.say("Not recorded"),
        "median": words.say("Median"), "lower_quartile": words.say("Lower quartile"), "upper_quartile": words.say("Upper quartile"), **extremes,
    }, key="baseline_measures", alt=words.say("Age and months on anti-HER2 therapy"))


def show_deviations(page: Page) -> None:
    """Included patients who did not meet what they had to meet, patient by patient."""
    words = page.words
    st.subheader(words.say("Eligibility deviations"), anchor=False)
    deviations = page.ask("eligibility_deviations")
    if not page.is_own_trial:  # consents and baseline tests are this trial's own steps
        deviations = deviations[deviations.rule == "CRITERION_NOT_MET"]
    if not page.cut.row_counts.get("eligibility"):
        st.caption(words.say("No criteria that were not met were delivered (IE): what follows is worked out from the other records."))
    if deviations.empty:
        st.caption(words.say("No included patient that your role sees has one."))
        return
    order = {rule: place for place, rule in enumerate(RULES)}
    shown = deviations.sort_values("rule", key=lambda rules: rules.map(order), kind="stable")
    show_table(shown.assign(told=[words.say(RULES[rule]) for rule in shown.rule]), {
        "subject_id": words.say("Patient"), "site_id": words.say("Site"), "told": words.say("What"), "detail": words.say("Detail"),
        "day": words.say("Day"),
    }, key="eligibility_deviations", alt=words.say("Eligibility deviations by patient"))
    if page.may(Right.ALL_PATIENTS):
        st.caption(footnote(page.caption(
            int(deviations.subject_id.nunique()), words.say("included patients with a deviation")), words))


def show_own(page: Page) -> None:
    """The characteristics of the patients whom this person may see one by one."""
    words = page.words
    rows = page.ask("patient_characteristics")
    with st.expander(words.count("{n} patient, one by one", "{n} patients, one by one", len(rows))):
        codes = ("sex", "er_status", "her2_method", "line", "bone_only")
        shown = rows.assign(
            population=[words.say(POPULATIONS[name]) for name in rows.population],
            **{name: rows[name].map(lambda code: words.say(CATEGORIES.get(code, code)), na_action="ignore") for name in codes})
        show_table(shown, {
            "subject_id": words.say("Patient"), "site_id": words.say("Site"), "population": words.say("Patients"), "age_y": words.say("Age"),
            "sex": words.say("Sex"), "er_status": words.say("Oestrogen receptor"), "her2_method": words.say("HER2 shown by"),
            "line": words.say("Line"), "ecog": words.say("ECOG"), "prior_tx": words.say("Anti-HER2 therapy stopped"),
            "months_on_anti_her2": words.say("Months on anti-HER2 therapy"), "response_at_entry": words.say("Response at entry"),
            "bone_only": words.say("Bone-only disease"),
        }, key="patient_characteristics", alt=words.say("Characteristics by patient"))
