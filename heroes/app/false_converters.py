"""How many of the positive tests one would expect from testing alone: stands beside every conversion rate."""

import streamlit as st

from heroes.access import Right
from heroes.app.page import Page
from heroes.statistics.false_converters import compare_with_chance, expect_false_converters


def show_false_converters(page: Page) -> None:
    """Expected false converters, planned and of the tests done so far, beside the number observed."""
    words, protocol = page.words, page.trial.protocol
    specificity, months = protocol.ctdna.specificity, protocol.schedule.ctdna_months
    if specificity is None:
        st.caption(words.say("Expected false converters: not shown, the protocol file does not state the test’s specificity."))
        return
    said = [words.say(
        "At {specificity} specificity per test, a positive test can be false.", specificity=words.percent(specificity))]
    if page.may(Right.ALL_PATIENTS):
        tests = page.ask("tests_at_risk")
        found = compare_with_chance(tests.n_tests.to_numpy(), int(tests.is_converter.sum()), specificity)
        if found.expected is not None:
            said.append(words.say(
                "Of the {n_tests} evaluable tests done so far in {n} patients, {expected} false converters would be expected if "
                "nobody’s disease had come back; {observed} converted (exact probability of so many or more by chance: {p}).",
                n_tests=words.number(found.n_tests), n=words.number(found.n_tested), expected=words.number(found.expected, 1),
                observed=words.number(found.observed), p=_p(words, found.p),
            ))
    if months and protocol.accrual.planned_inclusions:
        planned = expect_false_converters(protocol.accrual.planned_inclusions, len(months), specificity)
        said.append(words.say(
            "With all {k} planned tests, each of {n} patients would turn falsely positive with a probability of {share}: {expected} patients.",
            k=words.number(planned.k), n=words.number(planned.n), share=words.percent(planned.probability),
            expected=words.number(planned.expected, 1),
        ))
    st.caption(" ".join(said))


def _p(words, p: float) -> str:
    return words.say("below {p}", p=words.number(0.001, 3)) if p < 0.001 else words.number(p, 3)
