"""Each page in Chromium: the chart comes, clicks answer, nothing errs, nothing leaves the machine, and the curve is live."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

PROJECT = Path(__file__).resolve().parents[2]
CHART = ".js-plotly-plot .main-svg"
FIRST_LOAD = 60_000
LIVE_SECONDS = 5


def wait_for_chart(page, n=1):
    page.locator(".js-plotly-plot").nth(n - 1).locator(".main-svg").first.wait_for(timeout=FIRST_LOAD)


def metric(page, label):
    """The value of a tile, once the page has stopped redrawing (until then the old tile stands beside the new one)."""
    tile = page.locator("[data-testid=stMetric]", has_text=label)
    page.wait_for_function(
        "label => [...document.querySelectorAll('[data-testid=stMetric]')].filter(t => t.innerText.includes(label)).length === 1",
        arg=label, timeout=15_000,
    )
    return tile.locator("[data-testid=stMetricValue]").inner_text().strip()


@pytest.mark.parametrize(("name", "charts"), [("enrolment", 3), ("swimmer", 1), ("pfs", 1), ("interim", 1)])
def test_each_page_opened_by_its_link_shows_its_pictures(server, open_page, name, charts):
    watched = open_page(f"{server.url}/{name}")
    wait_for_chart(watched.page, charts)
    assert watched.page.get_by_text("SIMULATED DATA").first.is_visible()
    assert watched.page.get_by_text("Data cut-off").first.is_visible()


def test_the_menu_leads_to_every_page(server, open_page):
    watched = open_page(server.url)
    wait_for_chart(watched.page)
    for title in ("Swimmer plot", "Progression-free survival", "Interim read-out", "Data cuts", "Enrolment"):
        watched.page.locator("[data-testid=stSidebarNav]").get_by_role("link", name=title).click()
        watched.page.get_by_role("heading", name=title, exact=True).wait_for(timeout=FIRST_LOAD)


def test_a_site_clicked_in_the_chart_filters_the_table(server, open_page):
    watched = open_page(f"{server.url}/enrolment")
    wait_for_chart(watched.page, 3)
    bars = watched.page.locator(".js-plotly-plot").nth(1)
    bars.locator(".bars .point path").first.click(force=True)
    watched.page.get_by_text("Filtered to").wait_for(timeout=15_000)


def test_a_lane_clicked_opens_the_patients_table(server, open_page):
    watched = open_page(f"{server.url}/swimmer", height=1400)
    wait_for_chart(watched.page)
    mark = watched.page.locator(".js-plotly-plot .scatterlayer .points path").first
    mark.scroll_into_view_if_needed()
    mark.click(force=True)
    watched.page.get_by_role("heading", name="Patient ").wait_for(timeout=15_000)


def test_a_click_on_a_step_of_the_curve_shows_whose_it_is(server, open_page):
    watched = open_page(f"{server.url}/pfs", height=1400)
    wait_for_chart(watched.page)
    step = watched.page.evaluate("""() => {
        const chart = document.querySelector('.js-plotly-plot'), trace = chart.data.find(trace => trace.meta === 'steps');
        const last = trace.x.length - 1, axes = chart._fullLayout, box = chart.getBoundingClientRect();
        return {x: box.left + axes.xaxis._offset + axes.xaxis.d2p(trace.x[last]),
                y: box.top + axes.yaxis._offset + axes.yaxis.d2p(trace.y[last]), day: trace.customdata[last][0]};
    }""")
    watched.page.mouse.move(step["x"] - 2, step["y"])
    watched.page.mouse.click(step["x"], step["y"])
    watched.page.wait_for_function(
        "said => [...document.querySelectorAll('[data-testid=stSelectbox]')].some("
        "box => (box.innerText + (box.querySelector('input')?.value ?? '')).includes(said))",
        arg=f"(day {step['day']:.0f})", timeout=15_000,
    )
    watched.page.get_by_text("Every record of", exact=True).wait_for(timeout=15_000)


def test_no_button_sends_a_picture_off_this_machine(server, open_page):
    watched = open_page(f"{server.url}/pfs")
    wait_for_chart(watched.page)
    buttons = watched.page.evaluate(
        "() => [...document.querySelectorAll('.modebar-btn')].map(b => (b.dataset.title || b.getAttribute('aria-label') || '').toLowerCase())"
    )
    assert buttons
    assert not [title for title in buttons if "share" in title or "cloud" in title or "chart studio" in title]


def test_french_is_spoken_where_it_is_asked_for(server, open_page):
    watched = open_page(f"{server.url}/enrolment?lang=fr")
    wait_for_chart(watched.page)
    assert watched.page.get_by_text("DONNÉES SIMULÉES").first.is_visible()


def test_two_browsers_do_not_share_a_role(server, open_page):
    closed, opened = open_page(f"{server.url}/pfs?role=sponsor"), open_page(f"{server.url}/pfs")
    wait_for_chart(opened.page)
    closed.page.get_by_text("Pooled outcomes are closed").wait_for(timeout=FIRST_LOAD)
    assert closed.page.locator(".js-plotly-plot").count() == 0


def test_an_open_page_follows_a_newer_cut_unless_pinned(server, open_page, tmp_path):
    """Another process imports a delivery with one more progression: within five seconds the curve has moved."""
    from heroes.store.cuts import newest_cut

    before = newest_cut(server.directory)
    following = open_page(f"{server.url}/pfs")
    pinned = open_page(f"{server.url}/pfs?cut={before.stem}")
    for watched in (following, pinned):
        wait_for_chart(watched.page)
    events = metric(following.page, "Events / patients")
    curve = "() => document.querySelector('.js-plotly-plot .scatterlayer').innerHTML"
    drawn = following.page.evaluate(curve)

    write_delivery_with_one_more_progression(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "heroes.cli", "import", str(tmp_path), "--data", str(server.directory)],
        cwd=PROJECT, capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    following.page.wait_for_function(f"drawn => ({curve})() !== drawn", arg=drawn, timeout=LIVE_SECONDS * 1000)
    following.page.get_by_text("Redrawn when this data cut was published").wait_for(timeout=FIRST_LOAD)
    n_before, n_after = (int(text.split("/")[0]) for text in (events, metric(following.page, "Events / patients")))
    assert n_after == n_before + 1
    pinned.page.get_by_text("A newer data cut has been published").wait_for(timeout=LIVE_SECONDS * 1000)
    assert metric(pinned.page, "Events / patients") == events


def write_delivery_with_one_more_progression(folder):
    """The newest simulated week as files, a week later, with one more progression in the responses."""
    from datetime import timedelta

    import pandas as pd

    from heroes.simulate import simulate_trial

    trial = simulate_trial()
    newest = max(trial.cut_offs)
    tables = trial.tables_at(newest)
    responses = tables["response"]
    progressed = set(responses.loc[responses.overall == "PD", "subject_id"])
    gone = set(tables["milestone"].loc[tables["milestone"].kind.isin(["DEATH", "LTFU", "WITHDRAWN"]), "subject_id"])
    ongoing = responses[~responses.subject_id.isin(progressed | gone)].sort_values("date")
    last = ongoing.iloc[-1].to_dict()
    more = {**last, "overall": "PD", "evaluable": True, "equivocal": False, "date": newest + timedelta(days=3), "visit_code": None}
    tables["response"] = pd.concat([responses, pd.DataFrame([more])], ignore_index=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    pd.DataFrame([{"study_id": "HEROES-SIM", "cut_off": newest + timedelta(days=7), "simulated": True}]).to_csv(
        folder / "data_cut.csv", index=False
    )
