"""Sites side by side: how many are open, how fast each is for what was asked of it, and who has not included yet."""

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app.controls import show_table
from heroes.app.page import Page
from heroes.figures.site_activation import activation_chart, alt_activation
from heroes.figures.site_panels import alt_panels, panels_chart
from heroes.figures.site_rates import PACES, alt_rates, rates_chart
from heroes.figures.theme import footnote
from heroes.statistics.accrual_outlook import LEAST_MONTHS
from heroes.statistics.forecast import forecast_sites
from heroes.statistics.site_rates import LEAST_MONTHS as LEAST_JUDGED
from heroes.statistics.site_rates import SEPARATE_SITES, RateModel, Spread, estimate_rates, expect_behind, fit_rates

AHEAD = 6  # months of the forecast per site


def show_sites(page: Page) -> None:
    """The view of the sites: of all, or of a monitor's own, each by itself then."""
    of_trial = page.may(Right.TRIAL_ENROLMENT)
    if of_trial:
        _show_activation(page)
    _show_rates(page, of_trial)
    _show_panels(page, of_trial)
    _show_first_inclusions(page)


def rates_of(page: Page) -> tuple[RateModel, pd.DataFrame]:
    """The model of the rates, and each site's: those of accrual_exposure whose opening is known, with what estimate_rates says and
    the forecast of the next months. Whoever may not see the other sites gets each site by itself.

    Ordered by the likely rate where sites may be compared, else by code: raw rates are never ranked.
    """
    sites = page.ask("accrual_exposure")
    known = sites[(sites.months >= LEAST_MONTHS)].reset_index(drop=True)
    n, months = known.n_included.to_numpy(float), known.months.to_numpy(float)
    model = fit_rates(n, months) if page.may(Right.TRIAL_ENROLMENT) else SEPARATE_SITES
    expected = known.expected_by_now.to_numpy(float)
    ahead = forecast_sites(model, n, months, AHEAD).add_prefix("ahead_")
    rates = pd.concat([known, estimate_rates(model, n, months, expected), ahead], axis=1)
    if model.spread in (Spread.VARYING, Spread.COMMON):
        rates = rates.sort_values(["rate", "site_id"], ascending=[False, True])
    return model, rates.reset_index(drop=True)


def _show_activation(page: Page) -> None:
    words, changes = page.words, page.ask("site_activation")
    sites = page.ask("enrolment_by_site")
    planned = None if page.cut.simulated else page.trial.protocol.accrual.planned_sites
    caption = page.caption(len(sites), words.say("sites"))
    figure = page.keep(("activation_chart",), lambda: activation_chart(changes, caption, words, planned_sites=planned, look=page.look))
    page.show_chart(figure, alt_activation(changes, caption, words), key="activation_chart")


def _show_rates(page: Page, of_trial: bool) -> None:
    words, say = page.words, page.words.say
    model, rates = page.keep(("rates_of",), lambda: rates_of(page))
    n = int(rates.n_included.sum()) if of_trial else None
    caption = page.caption(n, say("included patients"), say("rates per site-month of 30.4375 days"))
    figure = page.keep(("rates_chart",), lambda: rates_chart(rates, caption, words, is_shrunken=model.spread is Spread.VARYING, look=page.look))
    page.show_chart(figure, alt_rates(rates, caption, words), key="rates_chart")
    said = [say(
        "Slow: probability above 90 % that the rate is below half the target. Behind: so few inclusions have a probability below 5 % at "
        "target (exact Poisson). Below {n} site-months nothing is said.", n=words.number(LEAST_JUDGED))]
    if model.spread is Spread.VARYING:
        said.append(say("Each rate is drawn towards the others, the more the less time the site has behind it. Raw rates are not ranked."))
    elif model.spread is Spread.COMMON:
        said.append(say("The sites' counts differ no more than chance makes them: one rate is taken for all of them."))
    elif model.spread is Spread.SEPARATE:
        said.append(say("Each site by itself, in the order of the codes: the other sites are not part of what your role sees."))
    said.append(say(
        "Were all at target, {n} of these {sites} sites would be called behind by chance alone.",
        n=words.number(expect_behind(rates.expected_by_now, rates.months), 1), sites=words.number(len(rates))))
    st.caption(" ".join(said))
    shown = rates.assign(
        likely=[_interval(page, row.rate, row.lower, row.upper) for row in rates.itertuples()],
        pace_said=[say(PACES[pace]) for pace in rates.pace],
        ahead=[_interval(page, row.ahead_median, row.ahead_lower, row.ahead_upper, 0) if _is_open(row) else "–" for row in rates.itertuples()])
    show_table(shown.round({"months": 1, "raw": 2, "target": 2, "p_slow": 2, "p_tail": 3}), {
        "site_id": say("Site"), "pace_said": say("Pace"), "n_included": say("Included"), "months": say("Months open"),
        "raw": say("Raw rate"), "likely": say("Likely rate (90 %)"), "target": say("Target rate"), "p_slow": say("P(below half target)"),
        "p_tail": say("P(so few at target)"), "ahead": say("Next {n} months, forecast (80 %)", n=AHEAD),
        "days_since_last_inclusion": say("Days since last inclusion"),
    }, key="rates_table", alt=say("Inclusion rate of each site"))


def _is_open(row) -> bool:
    return pd.isna(row.closes_in) or row.closes_in > 0


def _interval(page: Page, estimate: float, lower: float, upper: float, digits: int = 2) -> str:
    words = page.words
    if pd.isna(estimate):
        return "–"
    n, lower, upper = (words.number(value, digits) for value in (estimate, lower, upper))
    return words.say("{n} ({lower} to {upper})", n=n, lower=lower, upper=upper)


def _show_panels(page: Page, of_trial: bool) -> None:
    words, sites = page.words, page.ask("enrolment_by_site").sort_values("site_id")
    caption = page.caption(int(sites.n_included.sum()) if of_trial else None, words.say("included patients"), words.say("calendar months"))
    months, plan = page.ask("accrual_months_by_site"), page.ask("plan_months_by_site")
    figure = page.keep(("panels_chart",), lambda: panels_chart(sites, months, plan, caption, words, look=page.look))
    page.show_chart(figure, alt_panels(sites, caption, words), key="panels_chart")
    show_table(months, {
        "site_id": words.say("Site"), "month": words.say("Month"), "n": words.say("Included"), "cumulative": words.say("Included in all"),
    }, key="panels_table", alt=words.say("Inclusions of each site by month"))


def _show_first_inclusions(page: Page) -> None:
    words, say = page.words, page.words.say
    firsts, after = page.ask("first_inclusions"), page.trial.protocol.accrual.never_included_after_days
    st.subheader(say("First inclusion, and sites without any"), anchor=False)
    if firsts.empty:
        st.caption(say("No site's activation date was delivered."))
        return
    waiting = firsts[firsts.is_waiting.fillna(False)]
    if after is None:
        st.caption(say("After how many days a site without an inclusion is named is not set in the protocol file."))
    else:
        st.caption(words.count(
            "{n} site is open for more than {days} days without an inclusion.",
            "{n} sites are open for more than {days} days without an inclusion.",
            len(waiting), days=words.number(after)))
    known = firsts.weeks_to_first.dropna()
    if len(known) and page.may(Right.TRIAL_ENROLMENT):
        st.caption(say("From activation to the first inclusion: median {median} weeks at {n} sites that have included.",
                       median=words.number(float(known.median())), n=words.number(len(known))))
    show_table(firsts.assign(is_waiting=firsts.is_waiting.astype("boolean")), {
        "site_id": say("Site"), "region": say("Region"), "activated_on": say("Activated"), "closed_on": say("Closed"),
        "days_since_activation": say("Days since activation"), "n_consented": say("Consented"), "n_included": say("Included"),
        "weeks_to_first": say("Weeks to the first inclusion"), "is_waiting": say("Open too long without inclusion"),
    }, key="first_inclusions", alt=say("Time from activation to the first inclusion"))
    caption = page.caption(len(firsts), say("sites activated by the data cut"), say("weeks, for a day would be a patient’s"))
    st.caption(footnote(caption, words))
