"""Alerts of the simulated trial, two witnesses: the SQL, and a recount from the dated records with plain loops."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from heroes.access import Person, Policy, Role
from heroes.protocol import read_protocol
from heroes.simulate import simulate_trial
from heroes.simulate.publish import publish_week
from heroes.store.connection import open_cut
from heroes.store.scope import scope_of
from tests.statistics.surveillance_recount import recount

WEEKS = (0, 20, 45)
"""How many weeks before the newest cut."""


@pytest.fixture(scope="module")
def simulated():
    return simulate_trial()


@pytest.fixture(scope="module")
def alerts_at(simulated, tmp_path_factory):
    def at(cut_off):
        folder = tmp_path_factory.mktemp("cuts")
        cut = publish_week(simulated, cut_off, folder, protocol=read_protocol(), imported_at=datetime(2027, 6, 1, tzinfo=UTC)).cut
        opened = open_cut(cut, scope_of(Person(Role.STATISTICIAN), Policy()), read_protocol())
        try:
            trial = opened.trial()
            return trial.ask("protocol_alerts"), set(trial.ask("included_subjects").subject_id)
        finally:
            opened.close()

    return at


def plain(frame: pd.DataFrame) -> list[dict]:
    return [{name: None if cell is None or cell is pd.NaT else cell for name, cell in row.items()} for row in frame.to_dict("records")]


@pytest.mark.parametrize("weeks", WEEKS)
def test_every_alert_of_a_simulated_cut_is_that_of_the_recount(simulated, alerts_at, weeks):
    cut_off = simulated.cut_offs[-1 - weeks]
    answer, included = alerts_at(cut_off)
    answer = answer[answer.subject_id.isin(included) & (answer.rule != "OUTSIDE_WINDOW")]
    timeless = {"CONSENT_ORDER", "RESTART_WITHOUT_TRIGGER", "BASELINE_POSITIVE_INCLUDED"}
    found = {
        (row.subject_id, row.rule, None if row.rule in timeless or pd.isna(row.days) else int(row.days)) for row in answer.itertuples()
    }
    wanted = recount({name: plain(frame) for name, frame in simulated.tables_at(cut_off).items()}, cut_off)
    assert found == wanted
    assert len({rule for _, rule, _ in wanted}) >= 5, "the trial is too quiet to tell the two apart"


PLANTED = {
    "baseline_positive_included": "BASELINE_POSITIVE_INCLUDED",
    "consent2_before_baseline_result": "CONSENT_ORDER",
    "inclusion_before_consent2": "CONSENT_ORDER",
    "restart_before_trigger": "RESTART_WITHOUT_TRIGGER",
}


def test_every_planted_violation_that_an_alert_is_about_rings_while_it_stands_and_not_after(simulated, alerts_at):
    answer, _ = alerts_at(simulated.newest)
    told = set()
    for line in simulated.truth[simulated.truth.rule.isin(PLANTED)].itertuples():
        standing = line.known_from <= simulated.newest and (line.corrected_on is None or line.corrected_on > simulated.newest)
        rings = line.subject_id in set(answer.loc[answer.rule == PLANTED[line.rule], "subject_id"])
        assert rings == standing, line.rule
        told.add(line.rule)
    assert told == set(PLANTED)
