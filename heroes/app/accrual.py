"""What the top of the enrolment page says: how many, against the plan, and when the last planned one is to be expected."""

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from heroes.access import Right
from heroes.app import session
from heroes.app.controls import choose_between, choose_one, show_table
from heroes.app.markdown import literal
from heroes.app.page import Page
from heroes.figures.enrolment import accrual_chart, alt_accrual, alt_sites, planned_at, sites_chart
from heroes.figures.theme import Look
from heroes.protocol import DAYS_PER_MONTH
from heroes.statistics.accrual_outlook import NOTHING_IMAGINED, Outlook, WhatIf, after_start_up, look_ahead, look_ahead_at_site
from heroes.statistics.site_rates import SEPARATE_SITES


def planned_size(page: Page) -> int | None:
    """Inclusions planned in all; None where nobody has set it."""
    planned = next(iter(page.ask("planned_size").planned.dropna()), None)
    return None if planned is None else int(planned)


FROM_OPENING, FROM_WAY = "opening", "way"
TIME_FROM = "time_from"
"""Where the link keeps from when on the forecast counts a site's time."""


def usual_way(page: Page) -> float | None:
    """Median days from first consent to inclusion; None where nobody's are known."""
    return way_of(page.ask("step_times"))


def way_of(times: pd.DataFrame) -> float | None:
    """The same, from the answer to step_times."""
    way = times[(times.from_step == "CONSENT1") & (times.to_step == "INCLUDED")]
    return None if way.empty else float(way.median_days.iloc[0])


def start_up_days(page: Page) -> float:
    """Days after its opening from which a site's time counts in the forecast: the usual way, unless the link says otherwise."""
    return 0.0 if session.recall(TIME_FROM) == FROM_OPENING else usual_way(page) or 0.0


def seed_of(page: Page) -> int:
    """The seed of every simulation over a data cut: its digest, so that the same cut gives the same number."""
    return int(page.cut.digest[:15], 16)


def outlook_of(page: Page, what_if: WhatIf = NOTHING_IMAGINED) -> Outlook | None:
    """The forecast of the whole trial, kept; None without a planned size, and for whoever may not see all sites."""
    planned = planned_size(page)
    if planned is None or not page.may(Right.TRIAL_ENROLMENT):
        return None
    baseline, start_up = page.ask("screening_by_site"), start_up_days(page)
    if what_if.open_sites:
        what_if = replace(what_if, open_in=what_if.open_in + start_up / DAYS_PER_MONTH)
    return page.keep(("outlook", what_if, start_up), lambda: look_ahead(
        after_start_up(page.ask("accrual_exposure"), start_up), page.trial.cut.cut_off, planned, seed=seed_of(page),
        ends_on=page.trial.protocol.accrual.end, what_if=what_if, baseline=(int(baseline.n_positive.fillna(0).sum()), int(baseline.n_evaluable.fillna(0).sum())),
    ))


def last_of(outlook: Outlook | None) -> tuple[date | None, date | None, date | None] | None:
    """The date of the last planned inclusion with its 80 % limits, as pictures take it; None where there is no forecast."""
    return None if outlook is None or outlook.last is None else (outlook.last, *outlook.intervals[0.8])


def month_said(page: Page, day: date | None) -> str:
    """A forecast date by month; None is a future that does not get there."""
    return page.words.say("not reached") if day is None else page.words.month(day)


def show_tiles(page: Page, sites: pd.DataFrame, plan: pd.DataFrame, outlook: Outlook | None) -> None:
    """Four numbers over the whole trial: included, against plan, sites open, last planned inclusion."""
    words, say = page.words, page.words.say
    cut_off, rules = page.trial.cut.cut_off, page.trial.protocol.accrual
    n, planned = int(sites.n_included.sum()), planned_size(page)
    with st.container(key="tiles"):
        tiles = st.columns(4)
    with tiles[0]:
        of_planned = planned is not None
        st.metric(
            say("Included"), say("{n} of {planned}", n=words.number(n), planned=words.number(planned)) if of_planned else words.number(n))
        recent = page.ask("recent_accrual").iloc[0]
        if pd.notna(recent.per_month):
            st.caption(say(
                "{rate} a month over the last {months} months, {per_site} per site-month", rate=words.number(recent.per_month, 1),
                months=words.number(recent.n_months), per_site=words.number(recent.per_site_month, 2)))
    with tiles[1]:
        expected = planned_at(plan, cut_off)
        st.metric(say("Actual against plan"), words.percent(n / expected, 0) if expected else "–")
        if expected:
            st.caption(" ".join([say("{n} planned by now", n=words.number(expected, 1)), _plan_flag(page, n / expected)]))
        else:
            st.caption(say("no plan: neither the sites’ nor the protocol’s is set") if not len(plan) else say("nothing was planned by now"))
    with tiles[2]:
        n_open = int(page.ask("enrolment_by_region").n_open.sum())
        wanted = rules.planned_sites if page.is_own_trial and not page.cut.simulated else None
        wanted = wanted or len(sites)
        st.metric(say("Sites open"), say("{n} of {planned}", n=words.number(n_open), planned=words.number(wanted)))
        waiting = int(page.ask("first_inclusions").is_waiting.fillna(False).sum())
        if rules.never_included_after_days:
            st.caption(words.count(
                "{n} open for more than {days} days without an inclusion", "{n} open for more than {days} days without an inclusion",
                waiting, days=words.number(rules.never_included_after_days)))
    with tiles[3]:
        _show_last(page, outlook)


def _plan_flag(page: Page, ratio: float) -> str:
    rules, say = page.trial.protocol.accrual, page.words.say
    if rules.ratio_red is not None and ratio < rules.ratio_red:
        return badge("red", say("red: below {share} of plan", share=page.words.percent(rules.ratio_red, 0)))
    if rules.ratio_amber is not None and ratio < rules.ratio_amber:
        return badge("orange", say("amber: below {share} of plan", share=page.words.percent(rules.ratio_amber, 0)))
    return ""


def badge(colour: str, text: str) -> str:
    """A word on a coloured ground: its meaning is in the word, not in the colour alone."""
    return f":{colour}-badge[{text}]"


def _show_last(page: Page, outlook: Outlook | None) -> None:
    words, say = page.words, page.words.say
    if outlook is None:
        st.metric(say("Last planned inclusion"), "–")
        st.caption(say("no forecast: the planned size is not set"))
        return
    label = say("Inclusion number {n}", n=words.number(outlook.planned))
    if outlook.forecast.waiting is None:
        st.metric(label, say("not estimable") if outlook.forecast.still else say("reached"))
        st.caption(words.say(outlook.forecast.reason))
        return
    lower, upper = outlook.intervals[0.8]
    st.metric(label, month_said(page, outlook.last))
    parts = [say("80 %: {lower} to {upper}", lower=month_said(page, lower), upper=month_said(page, upper))]
    if outlook.p_by_end is not None:
        parts.append(say("by {date}: {probability}", date=words.date(outlook.ends_on), probability=chance_said(page, outlook.p_by_end)))
    parts += [badge("orange", say("unreliable"))] if outlook.model.is_unreliable else []
    st.caption(" · ".join(parts))


def chance_said(page: Page, probability: float) -> str:
    """A simulated probability: never 0 or 100 %, which no simulation can show."""
    words = page.words
    if probability < 0.01:
        return words.say("below {share}", share=words.percent(0.01, 0))
    return words.say("above {share}", share=words.percent(0.99, 0)) if probability > 0.99 else words.percent(probability, 0)


def show_accrual(page: Page, sites: pd.DataFrame) -> str | None:
    """Tiles, the curve with its forecast, the sites beside it and their table. Returns the site that was picked, None for all.

    sites: the answer to enrolment_by_site. A monitor's several sites are never added up: one of them is always picked.
    """
    say, of_trial = page.words.say, page.may(Right.TRIAL_ENROLMENT)
    every = "*"
    options = ({every: say("All sites")} if of_trial else {}) | {site: site for site in sites.site_id.sort_values()}
    outlook = outlook_of(page)
    if of_trial:
        show_tiles(page, sites, page.ask("accrual_plan"), outlook)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        picked = choose_one(say("Site"), options, name="site")
    with right:
        axis = choose_between(say("Time axis"), {"calendar": say("Calendar"), "since activation": say("Since activation")}, name="axis")
    site = None if picked == every else picked
    with st.container(key="side_by_side"):
        trial_side, sites_side = st.columns([3, 2])
    with trial_side:
        _show_curve(page, sites, site, axis, outlook)
    with sites_side:
        caption = page.caption(int(sites.n_included.sum()) if of_trial else None, say("included patients"))
        figure = page.keep(("sites_chart",), lambda: sites_chart(sites, caption, page.words, look=Look(dark=page.look.dark, narrow=True)))
        clicked = page.show_chart(figure, alt_sites(sites, caption, page.words), key="sites_chart", on_select="rerun")
    with trial_side:
        _show_sites(page, sites, {point["customdata"][0] for point in clicked.selection.points if point.get("customdata")}, site)
    return site


def _show_curve(page: Page, sites: pd.DataFrame, site: str | None, axis: str, outlook: Outlook | None) -> None:
    words, say = page.words, page.words.say
    n = int(sites.n_included.sum() if site is None else sites.loc[sites.site_id == site, "n_included"].sum())
    population = say("included patients") if site is None else say("included patients of site {site}", site=site)
    weekly, plan = page.ask("accrual", site=site), page.ask("accrual_plan", site=site)
    accrual = page.ask("accrual_since_activation") if axis == "since activation" else weekly
    caption = page.caption(n, population, say("weekly steps"))
    planned = planned_size(page) if site is None else None
    last = last_of(outlook) if site is None else None
    figure = page.keep(("accrual_chart", axis, site, start_up_days(page)), lambda: accrual_chart(
        accrual, plan, caption, words, axis=axis, planned_inclusions=planned, sites=sites, selected=[site] if site else [],
        ahead=_ahead_of(page, site, outlook), last=last, look=page.look,
    ))
    page.show_chart(figure, alt_accrual(weekly, plan, caption, words, planned_inclusions=planned, last=last), key="accrual_chart")


def _ahead_of(page: Page, site: str | None, outlook: Outlook | None) -> pd.DataFrame | None:
    """The forecast to draw: the trial's, or one site's for a year; of whoever may not see the other sites, from that site alone."""
    if site is None:
        return None if outlook is None else outlook.curve
    model = None if page.may(Right.TRIAL_ENROLMENT) else SEPARATE_SITES
    exposure = after_start_up(page.ask("accrual_exposure"), start_up_days(page))
    return look_ahead_at_site(exposure, site, page.trial.cut.cut_off, seed_of(page), model=model)


def _show_sites(page: Page, sites: pd.DataFrame, clicked: set[str], site: str | None) -> None:
    say = page.words.say
    in_table = clicked or ({site} if site else set(sites.site_id))
    if len(in_table) < len(sites):
        st.caption(say(
            "Filtered to {list}. Double-click on the chart, or choose all sites, to see every site.", list=literal(", ".join(sorted(in_table)))
        ))
    show_table(sites[sites.site_id.isin(in_table)], {
        "site_id": say("Site"), "n_included": say("Included"), "expected_by_now": say("Expected by now"), "target_n": say("Target"),
        "days_since_last_inclusion": say("Days since last inclusion"), "n_consented": say("Consented"), "n_stopped": say("Treatment stopped"),
        "activated_on": say("Activated"), "days_since_activation": say("Days since activation"), "closed_on": say("Closed"),
        "region": say("Region"),
    }, key="sites_table", alt=say("Enrolment per site"))
