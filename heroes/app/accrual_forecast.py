"""The forecast in full: dates with their intervals, screening, what would move them, and what earlier cuts had said."""

import pandas as pd
import streamlit as st

from heroes.app.accrual import (
    FROM_OPENING, FROM_WAY, TIME_FROM, badge, chance_said, month_said, outlook_of, planned_size, seed_of, start_up_days, usual_way)
from heroes.app.controls import choose_between, choose_one, show_table
from heroes.app.page import Page
from heroes.app.track_record import show_track_record
from heroes.figures.accrual_months import alt_months, months_chart
from heroes.figures.theme import footnote
from heroes.labels import mark
from heroes.statistics.accrual_outlook import Outlook, WhatIf, look_ahead_at_consents, look_ahead_by_screening
from heroes.statistics.forecast import DRAWS
from heroes.statistics.screening import Expected, estimate_passages, estimate_screening_needed, expect_inclusions
from heroes.statistics.site_rates import Spread

METHODS = {
    Spread.VARYING: mark(
        "Poisson–gamma model of site rates (Anisimov & Fedorov 2007): alpha {alpha}, beta {beta} site-months; {draws} simulated futures, "
        "each with an alpha and beta of its own, as likely as the counts make them."),
    Spread.COMMON: mark("One common rate for all sites, gamma (½ + {n}, {months} site-months); {draws} simulated futures."),
}
SILENT_CHOICES, POSITIVE_CHOICES = (60, 90, 120, 180), (5, 10, 15, 20, 25, 30, 40)
OPEN_CHOICES, IN_CHOICES = (1, 2, 3, 4, 5, 8, 10, 15), (1, 2, 3, 4, 6, 9)


def show_forecast(page: Page) -> None:
    """The view of the forecast, for whoever may see the enrolment of all sites."""
    words, say = page.words, page.words.say
    outlook = outlook_of(page)
    if outlook is None:
        st.info(say("No forecast: the planned number of inclusions is not set in the protocol file."))
        return
    _choose_time(page)
    _show_months(page, outlook)
    if outlook.forecast.waiting is None:
        st.info(say("No date is forecast. {why}", why=words.say(outlook.forecast.reason)))
    else:
        imagined, what_if = _choose_what_if(page)
        _show_dates(page, outlook, imagined, what_if)
    _show_method(page, outlook)
    _show_screening(page, outlook)
    show_track_record(page)


def _choose_time(page: Page) -> None:
    """From when on a site's time counts: its opening, or the usual way from consent to inclusion after it."""
    words, say, way = page.words, page.words.say, usual_way(page)
    if way is None:
        return
    choose_between(
        say("A site’s time counts from"), {
            FROM_WAY: words.count("{n} day after its opening", "{n} days after its opening", round(way)), FROM_OPENING: say("its opening"),
        }, name=TIME_FROM, help=say(
            "Nobody can be included before the way from consent to inclusion has been walked. Counted from the opening, young sites look "
            "slower than they are, and the forecast comes too late."))


def _show_months(page: Page, outlook: Outlook) -> None:
    months = page.ask("accrual_months")
    caption = page.caption(outlook.n_included, page.words.say("included patients"), page.words.say("calendar months"))
    figure = page.keep(("months_chart", start_up_days(page)), lambda: months_chart(months, outlook.curve, caption, page.words, look=page.look))
    page.show_chart(figure, alt_months(months, caption, page.words), key="months_chart")


def _choose_what_if(page: Page) -> tuple[Outlook | None, WhatIf]:
    """Controls of the what-if, each kept in the link, and the forecast that they give; None while nothing is imagined."""
    words, say = page.words, page.words.say
    st.subheader(say("What if"), anchor=False)
    baseline = page.ask("screening_by_site")
    positive, evaluable = int(baseline.n_positive.fillna(0).sum()), int(baseline.n_evaluable.fillna(0).sum())
    nothing = "0"
    columns = st.columns(4, vertical_alignment="bottom")
    with columns[0]:
        more = int(choose_one(
            say("Open more sites"), {nothing: say("none")} | {str(n): words.number(n) for n in OPEN_CHOICES}, name="open_sites"))
    with columns[1]:
        after = int(choose_one(
            say("They open in"), {str(n): words.count("{n} month", "{n} months", n) for n in IN_CHOICES}, name="open_in", default="2"))
    with columns[2]:
        silent = int(choose_one(
            say("Close silent sites"), {nothing: say("none")} | {str(n): say("no inclusion for {n} days", n=n) for n in SILENT_CHOICES},
            name="close_silent"))
    with columns[3]:
        seen = say("as seen") if not evaluable else say("as seen, {share}", share=words.percent(positive / evaluable, 0))
        options = {nothing: seen} | ({str(n): words.percent(n / 100, 0) for n in POSITIVE_CHOICES} if evaluable else {})
        share = int(choose_one(say("Positive baseline tests"), options, name="positivity"))
    what_if = WhatIf(
        open_sites=more, open_in=float(after) if more else 0.0, silent_days=silent or None, positivity=share / 100 if share else None)
    return (None if what_if.is_nothing else outlook_of(page, what_if)), what_if


def _show_dates(page: Page, outlook: Outlook, imagined: Outlook | None, what_if: WhatIf) -> None:
    """The date of the last planned inclusion, and beside it where the what-if moves it."""
    words, say = page.words, page.words.say
    rows = [_dates_row(page, say("Forecast"), outlook)]
    if imagined is not None:
        rows.append(_dates_row(page, say("What if: {what}", what=_imagined_said(page, what_if, imagined)), imagined))
    show_table(pd.DataFrame(rows), {
        "what": say("Forecast or what if"), "median": say("Inclusion number {n}", n=words.number(outlook.planned)),
        "interval_80": say("80 % interval"), "interval_95": say("95 % interval"), "rate": say("Inclusions a month now"),
        "by_end": say("Chance by the planned end"), "sites": say("Sites open, to open"),
    }, key="forecast_dates", alt=say("Forecast dates of the last planned inclusion"))
    if imagined is not None and imagined.last is not None and outlook.last is not None:
        moved = (imagined.last - outlook.last).days
        later = say("{n} days later", n=words.number(moved)) if moved > 0 else say("{n} days earlier", n=words.number(-moved))
        said = say("on the same day") if moved == 0 else later
        st.markdown(badge("violet", say("what if")) + " " + say(
            "Median {imagined} instead of {forecast}: {moved}. Nothing of this is in the forecast itself.",
            imagined=words.month(imagined.last), forecast=words.month(outlook.last), moved=said))


def _dates_row(page: Page, name: str, found: Outlook) -> dict[str, str]:
    words = page.words
    intervals = found.intervals or dict.fromkeys((0.8, 0.95), (None, None))
    if found.forecast.waiting is None:
        return {"what": name, "median": words.say("not estimable"), "interval_80": words.say(found.forecast.reason), "interval_95": "–",
                "rate": "–", "by_end": "–", "sites": "–"}
    return {
        "what": name,
        "median": month_said(page, found.last),
        **{f"interval_{100 * level:g}": words.say("{lower} to {upper}", lower=month_said(page, lower), upper=month_said(page, upper))
           for level, (lower, upper) in intervals.items() if level in (0.8, 0.95)},
        "rate": words.number(found.forecast.rate_now, 1),
        "by_end": "–" if found.p_by_end is None else chance_said(page, found.p_by_end),
        "sites": f"{words.number(found.forecast.n_open)} + {words.number(found.forecast.n_to_open)}",
    }


def _imagined_said(page: Page, what_if: WhatIf, imagined: Outlook) -> str:
    words, parts = page.words, []
    if what_if.open_sites:
        parts.append(words.count("{n} site more in {wait}", "{n} sites more in {wait}", what_if.open_sites,
                                 wait=words.count("{n} month", "{n} months", int(what_if.open_in))))
    if what_if.silent_days:
        parts.append(words.count("{n} silent site closed", "{n} silent sites closed", imagined.n_closed))
    if what_if.positivity is not None:
        parts.append(words.say("{share} positive at baseline", share=words.percent(what_if.positivity, 0)))
    return ", ".join(parts)


def _show_method(page: Page, outlook: Outlook) -> None:
    """How the forecast was made, what it rests on, and what weakens it."""
    words, say, model = page.words, page.words.say, outlook.model
    for caution in model.cautions:
        st.warning(words.say(caution), icon=":material/rule:")
    said = []
    if model.spread is Spread.VARYING:
        said.append(say(METHODS[model.spread], alpha=words.number(model.alpha, 2), beta=words.number(model.beta, 2), draws=words.number(DRAWS)))
    elif model.spread is Spread.COMMON:
        said.append(say(METHODS[model.spread], n=words.number(model.n), months=words.number(model.months, 0), draws=words.number(DRAWS)))
    said.append(say(
        "From {n} inclusions in {months} site-months at {sites} sites; sites to open from the first month of their own plan; each rate "
        "constant, without season or start-up.", n=words.number(model.n), months=words.number(model.months, 0),
        sites=words.number(model.n_sites)))
    start_up = start_up_days(page)
    said.append(say(
        "Time of a site counts from {days} days after its opening, the usual way from consent to inclusion.", days=words.number(start_up))
        if start_up else say("Time of a site counts from its opening."))
    if outlook.n_left_out:
        said.append(words.count(
            "{n} site without a known opening is in no rate and no forecast.",
            "{n} sites without a known opening are in no rate and no forecast.",
            outlook.n_left_out))
    closed = outlook.forecast.closed_form
    if closed is not None and outlook.forecast.still:
        waiting = closed.waiting(outlook.forecast.still)
        said.append(say(
            "Closed form, alpha and beta taken as known: median {median} months from the data cut, 80 % {lower} to {upper}.",
            median=words.number(waiting.median, 1), lower=words.number(waiting.intervals[0.8][0], 1),
            upper=words.number(waiting.intervals[0.8][1], 1)))
    said.append(say("Seed {seed}, from the data cut: the same cut gives the same forecast.", seed=str(outlook.forecast.seed)))
    st.caption(" ".join(said))
    st.caption(footnote(page.caption(outlook.n_included, say("included patients")), words))


def _show_screening(page: Page, outlook: Outlook) -> None:
    """How many must still be screened, and what is on its way."""
    words, say = page.words, page.words.say
    standing = page.ask("screening_state")
    passages = estimate_passages(standing)
    seed = seed_of(page)
    st.subheader(say("Screening still needed, and what is on its way"), anchor=False)
    if not passages:
        st.info(say("Screening steps or inclusions were not delivered: how many come on is not known."))
        return
    pending = standing[standing.status == "PENDING"]
    left = max(outlook.planned - outlook.n_included, 0)
    needed: Expected = page.keep(("needed", left), lambda: estimate_screening_needed(passages, left, seed))
    coming: Expected = page.keep(("coming",), lambda: expect_inclusions(passages, dict(zip(pending.step, pending.n.astype(int))), seed))
    columns = st.columns(2)
    with columns[0]:
        st.metric(say("First consents needed for the {n} inclusions left", n=words.number(left)), expected_said(page, needed))
        st.caption(say("Inclusions left divided by the product of the passages, each drawn from its Beta posterior; 80 % interval. "
                       "Patients now in screening count among them."))
    with columns[1]:
        asked = words.count(
            "Inclusions to expect from {n} patient in screening", "Inclusions to expect from {n} patients in screening", int(pending.n.sum()))
        st.metric(asked, expected_said(page, coming))
        st.caption(_usual_time(page))
    _show_consents(page)
    _show_by_screening(page, outlook, passages, coming)


def _usual_time(page: Page) -> str:
    words, say = page.words, page.words.say
    row = _whole_way(page)
    if row is None:
        return say("Whenever their inclusion may come: how long it takes from consent is not known yet.")
    return say(
        "In time: from first consent to inclusion it took {median} days (quartiles {q1} to {q3}, n = {n}).",
        median=words.number(row.median_days), q1=words.number(row.q1_days), q3=words.number(row.q3_days), n=words.number(row.n))


def _whole_way(page: Page):
    """The row of the time from first consent to inclusion; None where nobody took both."""
    times = page.ask("step_times")
    whole = times[(times.from_step == "CONSENT1") & (times.to_step == "INCLUDED")]
    return None if whole.empty else whole.iloc[0]


def _show_by_screening(page: Page, outlook: Outlook, passages: list, coming: Expected) -> None:
    """The same date by the other way: consents thinned by the passages."""
    words, say, way = page.words, page.words.say, _whole_way(page)
    if way is None or outlook.forecast.still == 0:
        return
    found = page.keep(("by_screening",), lambda: look_ahead_by_screening(
        page.ask("accrual_exposure"), page.trial.cut.cut_off, outlook.planned, passages, coming, float(way.median_days), seed_of(page)))
    if found.reason:
        st.caption(say("By way of screening: {why}", why=words.say(found.reason)))
        return
    lower, upper = found.intervals[0.8]
    st.caption(say(
        "By way of screening, as a cross-check: consents thinned by the passages and {days} days on their way give inclusion number {n} in "
        "{month} (80 %: {lower} to {upper}).", days=words.number(way.median_days), n=words.number(outlook.planned),
        month=month_said(page, found.last), lower=month_said(page, lower), upper=month_said(page, upper)))


def expected_said(page: Page, expected: Expected) -> str:
    """An expected number with its interval, or why there is none."""
    words = page.words
    if expected.estimate is None:
        return words.say("not estimable")
    if expected.upper == 0:
        return words.number(0)
    return words.say("{n} ({lower} to {upper})", n=words.number(expected.estimate, 0), lower=words.number(expected.lower, 0),
                     upper=words.number(expected.upper, 0))


def _show_consents(page: Page) -> None:
    """First consents forecast by themselves: the pace of screening, whatever becomes of it."""
    words, say = page.words, page.words.say
    sites = page.ask("accrual_exposure")
    if sites.n_consented.isna().all() or planned_size(page) is None:
        return
    found = page.keep(("consents",), lambda: look_ahead_at_consents(sites, page.trial.cut.cut_off, seed_of(page)))
    if found.empty:
        return
    st.caption(say("First consents to expect, forecast like the inclusions but from the consents of each site:"))
    show_table(found.assign(month=[words.month(day.date()) for day in pd.to_datetime(found.day)]), {
        "month": say("Until the end of"), "median": say("First consents"), "lower_80": say("80 % from"), "upper_80": say("80 % to"),
    }, key="consents_ahead", alt=say("First consents to expect by month"))
