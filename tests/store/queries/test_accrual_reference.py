"""Accrual of three trials that others published, counted by R and by the questions of the store: months, sites, both."""

import pandas as pd
import pytest

from tests.builders import a_subject
from tests.store.queries.trials import asked

TRIALS = {
    "accrualdemo": ("datasets/accrualdemo.csv", "site", "date"),
    "rho_dm": ("datasets/rho_dm.csv", "SITEID", "RFSTDTC"),
    "rcd_accrual": ("trial_rcd/csv/adsl.csv", "SITEID", "RANDDT"),
}


@pytest.fixture(scope="module", params=list(TRIALS))
def published(request, reference):
    """A trial of these patients, opened, and a function that gives the rows of R's tables."""
    file, site, day = TRIALS[request.param]
    rows = pd.read_csv(reference / file, dtype=str).dropna(subset=[day])
    patients = [
        a_subject(f"P{number:04d}", site=str(row[site]), included=row[day][:10]) for number, row in enumerate(rows.to_dict("records"))]
    trial = asked(*patients, cut_off=max(rows[day])[:10])

    def table(name):
        found = pd.read_csv(reference / "results" / f"{name}.csv", dtype={"site": str})
        return found[found.analysis_id == request.param]
    return trial, table


def test_months_and_sites_that_have_begun_are_rs(published):
    trial, table = published
    months, by_site = trial.ask("accrual_months"), trial.ask("accrual_months_by_site")
    months = months[months.step == "INCLUDED"].assign(month=lambda frame: frame.month.dt.strftime("%Y-%m"))
    theirs = table("accrual_months")
    counted = theirs[theirs.n > 0]
    assert months.month.tolist() == counted.month.tolist() and months.n.tolist() == counted.n.tolist()
    assert months.n.cumsum().tolist() == counted.cumulative.tolist()
    firsts = by_site.groupby("site_id").month.min().dt.strftime("%Y-%m")
    begun = [int((firsts <= month).sum()) for month in counted.month]
    assert begun == counted.sites_with_at_least_one.tolist()


def test_each_sites_total_is_rs(published):
    trial, table = published
    ours = trial.ask("enrolment_by_site")
    theirs = table("accrual_sites")
    assert len(ours) == len(theirs) > 2
    assert sorted(ours.n_included.tolist()) == sorted(theirs.n.tolist())


def test_each_site_and_month_is_rs(published):
    trial, table = published
    ours = trial.ask("accrual_months_by_site")
    theirs = table("accrual_site_month")
    theirs = theirs[theirs.n > 0]
    assert len(ours) == len(theirs) >= 10
    assert sorted(zip(ours.month.dt.strftime("%Y-%m"), ours.n)) == sorted(zip(theirs.month, theirs.n))
