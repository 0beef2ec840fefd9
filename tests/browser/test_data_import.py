"""A delivery dropped into the browser: findings seen, confirmed, and the new cut there; a refused one leaves no trace."""

import pandas as pd
import pytest

from heroes.simulate import simulate_trial
from heroes.simulate.trial import WEEK
from heroes.store.cuts import list_cuts, newest_cut

pytestmark = pytest.mark.browser

PATIENCE = 60_000


@pytest.fixture(scope="module")
def next_week(tmp_path_factory):
    """The simulated trial a week after its newest cut, as the files a data manager would drop."""
    trial = simulate_trial()
    folder = tmp_path_factory.mktemp("delivery")
    cut_off = trial.newest + WEEK
    for table, frame in trial.tables_at(cut_off).items():
        frame.to_csv(folder / f"{table}.csv", index=False)
    about = {"study_id": trial.study_id, "cut_off": cut_off, "simulated": "true", "marker": "Signatera", "marker_unit": "MTM/mL"}
    pd.DataFrame([about]).to_csv(folder / "data_cut.csv", index=False)
    return folder


def drop(page, files):
    page.locator("[data-testid=stFileUploader] input").first.set_input_files([str(file) for file in files])
    page.get_by_text(files[0].name).first.wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Check the delivery").click()


def test_a_delivery_is_dropped_looked_at_confirmed_and_there(server, open_page, next_week):
    before = newest_cut(server.directory)
    page = open_page(f"{server.url}/data?section=import", height=1600).page
    page.locator("[data-testid=stFileUploader]").first.wait_for(timeout=PATIENCE)
    drop(page, sorted(next_week.glob("*.csv")))
    page.get_by_role("heading", name="What it would change").wait_for(timeout=PATIENCE)
    assert page.get_by_role("heading", name="What was found").is_visible()
    assert newest_cut(server.directory).digest == before.digest, "nothing is published before it is confirmed"
    page.get_by_role("button", name="Import as a new data cut").click()
    page.get_by_text("Published: data cut").wait_for(timeout=PATIENCE)
    published = newest_cut(server.directory)
    assert published.cut_off == before.cut_off + WEEK
    assert page.get_by_text(published.stem).first.is_visible()
    page.get_by_role("button", name="Show this data cut").click()
    page.wait_for_url(f"**cut={published.stem}**", timeout=PATIENCE)
    page.get_by_role("heading", name="What this data cut holds").wait_for(timeout=PATIENCE)
    assert page.get_by_text(published.digest[:12]).first.is_visible()


def test_a_refused_delivery_says_so_and_leaves_no_cut(server, open_page, tmp_path):
    n = len(list_cuts(server.directory).cuts)
    bad = tmp_path / "subject.csv"
    bad.write_text("")
    page = open_page(f"{server.url}/data?section=import", height=1600).page
    page.locator("[data-testid=stFileUploader]").first.wait_for(timeout=PATIENCE)
    drop(page, [bad])
    page.get_by_text("This delivery is refused").wait_for(timeout=PATIENCE)
    assert page.get_by_role("button", name="Import as a new data cut").count() == 0
    assert len(list_cuts(server.directory).cuts) == n
