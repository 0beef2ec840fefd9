"""The forecast's own record: what earlier data cuts of the folder had forecast, and what came."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from heroes.app import cache, session
from heroes.app.accrual import FROM_OPENING, TIME_FROM, seed_of, way_of
from heroes.app.controls import show_table
from heroes.app.page import Page
from heroes.figures.track_record import alt_track_record, track_record_chart
from heroes.statistics.accrual_outlook import after_start_up
from heroes.statistics.track_record import EarlierCut, TrackRecord, judge_track_record
from heroes.store.cuts import DataCut, list_cuts

SPACING = timedelta(days=28)
MOST_CUTS, STEPS = 15, 3


def show_track_record(page: Page) -> None:
    """Forecasts of earlier cuts against what later ones counted, as picture and table, with their coverage."""
    words, say = page.words, page.words.say
    st.subheader(say("Track record"), anchor=False)
    cuts = earlier_cuts(page)
    if len(cuts) <= STEPS:
        st.info(say(
            "Too few earlier data cuts: a track record needs {n} of the same study, four weeks apart, and the folder has {there}.",
            n=words.number(STEPS + 1), there=words.number(len(cuts))))
        return
    from_way = session.recall(TIME_FROM) != FROM_OPENING
    with st.spinner(say("Reading the earlier data cuts …")):
        record: TrackRecord = page.keep(
            ("track_record", from_way, tuple(cut.digest for cut in cuts)),
            lambda: judge_track_record([_as_it_stood(page, cut, from_way) for cut in cuts], STEPS, seed_of(page)))
    if record.compared.empty:
        st.info(say("No earlier data cut had anything to forecast from."))
        return
    caption = page.caption(
        len(record.compared), say("forecasts of earlier data cuts"), say("about {n} weeks ahead", n=words.number(STEPS * SPACING.days // 7)))
    digests = tuple(cut.digest for cut in cuts)
    figure = page.keep(
        ("track_record_chart", from_way, digests), lambda: track_record_chart(record, caption, words, look=page.look))
    page.show_chart(figure, alt_track_record(record, caption, words), key="track_record_chart")
    st.caption(_coverage_said(page, record))
    compared = record.compared
    show_table(compared.assign(
        cut_off=pd.to_datetime(compared.cut_off), later_cut_off=pd.to_datetime(compared.later_cut_off),
        interval_80=[f"{row.lower_80}–{row.upper_80}" for row in compared.itertuples()],
        interval_95=[f"{row.lower_95}–{row.upper_95}" for row in compared.itertuples()],
        last=_lasts_said(page, record),
    ), {
        "cut_off": say("Data cut"), "n_then": say("Included then"), "later_cut_off": say("Forecast for"), "median": say("Forecast"),
        "interval_80": say("80 % interval"), "interval_95": say("95 % interval"), "n_later": say("Came"), "inside_80": say("Inside 80 %"),
        "inside_95": say("Inside 95 %"), "last": say("Last planned inclusion, as forecast then"),
    }, key="track_record", alt=say("Forecasts of earlier data cuts against what came"))


def earlier_cuts(page: Page) -> list[DataCut]:
    """Cuts of the same study up to the one on the screen, at least four weeks apart, oldest first: at most fifteen."""
    kept = [page.cut]
    for cut in reversed(list_cuts(session.settings().directory).cuts):
        if len(kept) < MOST_CUTS and cut.study_id == page.cut.study_id and cut.cut_off <= kept[-1].cut_off - SPACING:
            kept.append(cut)
    return kept[::-1]


def _as_it_stood(page: Page, cut: DataCut, from_way: bool) -> EarlierCut:
    """A cut with what was known then: its sites, its planned size, and its own usual way from consent to inclusion."""
    protocol, scope = page.trial.protocol, page.trial.scope
    sites = cache.answer_of(cut, scope, protocol, "accrual_exposure")
    planned = next(iter(cache.answer_of(cut, scope, protocol, "planned_size").planned.dropna()), None)
    if from_way:
        sites = after_start_up(sites, way_of(cache.answer_of(cut, scope, protocol, "step_times")) or 0.0)
    return EarlierCut(cut.cut_off, sites, None if planned is None else int(planned))


def _coverage_said(page: Page, record: TrackRecord) -> str:
    words, say = page.words, page.words.say
    parts = [
        say("{x} of {n} inside the {level} interval ({lower} to {upper})", x=words.number(found.x), n=words.number(found.n),
            level=words.percent(level, 0), lower=words.percent(found.lower, 0), upper=words.percent(found.upper, 0))
        for level, found in record.coverage.items()
    ]
    return "; ".join(parts) + ". " + say(
        "Wilson limits in brackets, as if the comparisons were independent: neighbours share most of their weeks.")


def _lasts_said(page: Page, record: TrackRecord) -> list[str]:
    words, by_cut = page.words, record.last.set_index("cut_off")
    never, said = words.say("not reached"), []
    for cut_off in record.compared.cut_off:
        if cut_off not in by_cut.index or pd.isna(by_cut.loc[cut_off, "last"]):
            said.append("–")
            continue
        row = by_cut.loc[cut_off]
        limits = [never if pd.isna(day) else words.month(day) for day in (row.lower_80, row.upper_80)]
        said.append(words.say("{middle} ({lower} to {upper})", middle=words.month(row["last"]), lower=limits[0], upper=limits[1]))
    return said
