"""The interim read-out: what is on, what is off and why, who may see it, and the numbers counted by hand."""

import re
import tomllib

import pytest

from heroes.protocol import PACKAGED, Protocol
from heroes.statistics.hypotheses import NEEDS
from tests.builders import a_subject, a_trial, days_after, publish
from tests.pages.conftest import a_tiny_trial, charts_on, words_on

HYPOTHESES = {"p0": "0.80", "p1": "0.88", "alpha": "0.05", "power": "0.8"}
FAILURE_RULE = {"failure_limit": "0.2", "failure_prior": "[0.3, 1.7]", "failure_certainty": "0.9", "failure_looks": "[2, 4]"}
PANELS = (
    "Design", "Tests against p0, so far", "Posterior", "Predictive probability of success", "Conditional power and information",
    "Stopping rule for failures")


def set_protocol(folder, **values):
    """A copy of the packaged protocol in the data folder, with other values in place of "not set" or a default."""
    lines = PACKAGED.read_text(encoding="utf-8").splitlines()
    for name, value in values.items():
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{name} = "))
        lines[at] = f'{name} = {{ value = {value}, source = "test" }}'
    (folder / "protocol.toml").write_text("\n".join(lines), encoding="utf-8")


def metric(page, label):
    return next(tile.value for tile in page.metric if tile.label == label)


def tables(page):
    return [table.value for table in page.table]


def row(page, first):
    """The row of any table that begins with these words."""
    return next(found.tolist() for table in tables(page) for _, found in table.iterrows() if found.iloc[0] == first)


def a_cohort(folder, **changes):
    """Eight patients included a day apart: one progressed, five scanned at 12 months, one without a scan, one too recent."""
    def someone(number, included, **told):
        return a_subject(f"01-00{number}", included=included, stopped=included, calls=[(included, "NEGATIVE")], **told)

    start = "2024-06-01"
    patients = [someone(1, start, progressed=days_after(start, 100), scans=[(start, "PR")])]
    for number in range(2, 7):
        day = days_after(start, number)
        patients.append(someone(number, day, scans=[(day, "PR"), (days_after(day, 360), "PR")]))
    patients.append(someone(7, days_after(start, 7), scans=[(start, "PR"), (days_after(start, 97), "PR")]))
    patients.append(someone(8, "2025-12-01", progressed="2026-01-10"))
    return publish(a_trial(*patients, simulated=True, study_id="HEROES-SIM", sites={"01": {}}, **changes), folder).cut


def test_maturity_is_shown_without_any_hypothesis_and_counted_by_hand(run_page, folder):
    a_cohort(folder)
    page = run_page("interim")
    assert metric(page, "Events / patients") == "2 / 8"
    assert metric(page, "Potential follow-up ≥ 12 months") == "7 / 8"
    assert metric(page, "12-month window closed / planned") == "7 / 170"
    assert metric(page, "12-month scan missing / due") == "1 / 6"
    assert "above 5%: amber" in words_on(page) and "Scans at 12 months are not missing at random" in words_on(page)
    bar = charts_on(page)[0]
    for part in ("7 of 170 planned patients", "event-free at 12 months 5", "event by 12 months 1",
                 "no event, last scan before the 12-month window (1 still on study) 1", "event, too recent to be counted 1",
                 "not included yet 162"):
        assert part in bar.alt


def test_a_skipped_milestone_scan_stays_missing_when_a_later_one_is_done(run_page, folder):
    start = "2024-06-01"

    def someone(number, *days):
        return a_subject(f"01-00{number}", included=start, stopped=start, calls=[(start, "NEGATIVE")], scans=[
            (start, "PR"), *((days_after(start, day), "PR") for day in days)])

    publish(a_trial(
        someone(1, 90, 270, 456), someone(2, 90, 351), someone(3, 379), a_subject(
            "01-004", included=start, stopped=start, calls=[(start, "NEGATIVE")], scans=[(start, "PR"), (days_after(start, 270), "PR")],
            progressed=days_after(start, 500)), simulated=True, study_id="HEROES-SIM", sites={"01": {}}), folder)
    page = run_page("interim")
    assert metric(page, "12-month scan missing / due") == "2 / 4"
    said = words_on(page)
    assert "above 5%: amber" in said and "from day 351 to day 379" in said
    assert "long enough: 379 days" in charts_on(page)[0].alt + said + str(charts_on(page)[0])


def test_more_included_than_planned_is_said_in_title_tile_and_beside_r(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, **HYPOTHESES, planned_inclusions="6")
    page = run_page("interim")
    assert metric(page, "12-month window closed / included (6 planned)") == "7 / 8"
    assert "7 of 8 included patients (6 planned)" in charts_on(page)[0].alt
    assert words_on(page).count("taken over 8 patients, the larger of planned (6) and included (8)") == 3


def test_every_panel_is_off_and_names_its_entries(run_page, folder):
    a_cohort(folder)
    page = run_page("interim")
    said = words_on(page)
    assert [heading.value for heading in page.subheader] == ["Maturity", *PANELS]
    assert said.count("Off:") == len(PANELS)
    assert "No value is invented" in said
    for entry in ("`[hypotheses] p0`", "`[hypotheses] power`", "`[interim] failure_limit`", "`[interim] failure_looks`", "not public"):
        assert entry in said
    assert not tables(page) and len(charts_on(page)) == 1


def test_a_panel_is_on_as_soon_as_its_own_entries_are_set(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, p0="0.80")
    page = run_page("interim")
    assert words_on(page).count("Off:") == len(PANELS) - 1
    assert "P(rate > 80.0%)" in tables(page)[0].columns
    assert "1 entry of the protocol is not set: `[hypotheses] alpha`" in words_on(page)


def test_with_hypotheses_every_panel_shows_its_numbers(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, **HYPOTHESES)
    page = run_page("interim")
    assert words_on(page).count("Off:") == 1  # the stopping rule
    assert row(page, "Smallest exact design (A’Hern)")[1:3] == ["135", "116 or more successes (85.9%)"]
    assert row(page, "Planned size")[1:3] == ["170", "145 or more successes (85.3%)"]
    # 5 of 7 with the lost as a failure, 5 of 6 without: P(X >= 5 | .8) = .8520, P(X >= 5 | 6, .8) = .6554
    assert row(page, "Exact binomial, complete cases, lost as failures")[1:5] == ["7", "71.4%", "–", "0.8520"]
    assert row(page, "Exact binomial, complete cases, lost left out")[1:5] == ["6", "83.3%", "–", "0.6554"]
    # Beta(1 + 5, 1 + 2): mean 6/9
    assert row(page, "Complete cases, lost as failures")[1:4] == ["Beta(1; 1), the protocol file’s", "5 / 7", "66.7%"]
    assert row(page, "Closed form, lost as failures")[1:3] == ["145 or more of 170", "140 of 163"]
    assert row(page, "Closed form, lost left out")[1:3] == ["145 or more of 169", "140 of 163"]
    said = words_on(page)
    for part in ("one-sided alpha 5.0%", "two-sided 90% interval", "Several pairs of p0 and p1", "fewer events than expected",
                 "Seed of the simulation from the data cut", "No line for go or no-go is drawn", "only failures can be known yet",
                 "Lost: 1 patient with no event and the last scan before the 12-month window (1 still on study, 0 left)",
                 "“lost left out”: Patients lost before the milestone are left out",
                 "slightly too low even if they would have fared as the others", "even long after and following missed scans",
                 "compares the whole curve with a constant event rate", "taken over 170 patients, the larger of planned (170)",
                 "Of the 163 patients among whom successes are still needed, the event has already happened in 1, and 0 left the study;",
                 "who have already had an event", "50,000 draws"):
        assert part in " ".join([said, row(page, "Simulation, lost left out")[3]])
    assert "drift at p1 is 2.514" in said  # R 4.2.2: (log(-log(.8)) - log(-log(.88))) * sqrt(170 * .88 * log(.88)^2 / .12)


def test_every_panel_names_its_data_cut_population_and_method(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, **HYPOTHESES, **FAILURE_RULE)
    said = words_on(run_page("interim"))
    assert said.count("n = 8 · Signatera-negative cohort (all included) · data cut of 31 January 2026") == 5
    assert "closed" in said.lower() and "SIMULATED DATA" in said


def test_the_simulated_probability_is_the_same_for_the_same_cut(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, **HYPOTHESES)
    first, second = (row(run_page("interim", lang=language), "Simulation, lost left out")[3] for language in ("en", "en"))
    assert first == second and "Monte Carlo error" in first


def test_lines_for_go_and_no_go_are_drawn_when_they_are_set(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, **HYPOTHESES, ppos_futility="0.9", ppos_success="0.95")
    assert "below the futility line of 90%" in row(run_page("interim"), "Closed form, lost as failures")[3]


def test_the_stopping_rule_stands_with_its_operating_characteristics(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, **FAILURE_RULE)
    page = run_page("interim")
    said = words_on(page)
    assert "2 of 7 counted patients failed" in said and "1 of 6 counted patients failed" in said
    assert [table.columns[0] for table in tables(page)] == ["Look at", "True failure rate"]
    assert tables(page)[1]["True failure rate"].tolist() == ["10.0%", "15.0%", "20.0%", "25.0%", "30.0%"]
    assert any("How often the rule stops" in chart.alt for chart in charts_on(page))


def test_the_primary_figure_is_told_from_an_interim_one(run_page, folder):
    a_cohort(folder)
    assert "`[endpoint] primary_when_closed` is not set" in words_on(run_page("interim"))
    set_protocol(folder, primary_when_closed="0.9")
    said = words_on(run_page("interim"))
    assert "Interim, not the primary figure" in said and "90% wanted for the primary figure" in said


@pytest.mark.parametrize("role", ["investigator", "coordinating_investigator", "monitor", "sponsor", "administrator"])
def test_without_the_right_there_is_the_question_and_never_a_number(run_page, folder, role):
    a_cohort(folder)
    set_protocol(folder, **HYPOTHESES, **FAILURE_RULE)
    page = run_page("interim", role=role)
    assert "Pooled outcomes are closed" in words_on(page)
    assert not charts_on(page) and not page.metric and not tables(page) and not page.subheader


def test_counts_opened_to_the_coordinating_investigator_give_what_they_can(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, **HYPOTHESES, **FAILURE_RULE)
    (folder / "access.toml").write_text('pooled_outcomes = "open"\n')
    page, whole = run_page("interim", role="coordinating_investigator", own_site="01"), run_page("interim")
    assert metric(page, "Events / patients") == "2 / 8"
    assert metric(page, "12-month scan missing / due") == "–"
    assert row(page, "Kaplan–Meier, log(−log) z") == row(whole, "Kaplan–Meier, log(−log) z")
    said = words_on(page)
    assert "Outcomes are open to this role as counts only" in said
    assert "Exact binomial, complete cases, lost as failures" not in [cell for table in tables(page) for cell in table.iloc[:, 0]]
    assert "Where the data stand: not open to this role" in said and "counted patients" not in said


def test_relative_times_say_what_they_cannot_tell(run_page, folder):
    publish(a_trial(
        *(a_subject(f"01-00{n}", included="2025-01-10", relative=True, scans=[("2025-01-05", "PR"), ("2026-01-12", "PR")]) for n in (1, 2)),
        a_subject("01-003", included="2025-01-10", relative=True, progressed="2025-06-01"), simulated=True, study_id="HEROES-SIM",
    ), folder)
    set_protocol(folder, **HYPOTHESES, **FAILURE_RULE)
    page = run_page("interim")
    said = words_on(page)
    assert metric(page, "Potential follow-up ≥ 12 months") == "not estimable"
    assert "relative times only" in said and "not known for 3 of 3 patients" in said
    assert row(page, "Closed form, lost as failures")[2] == "–"
    assert "order of inclusion is not known" in said


def test_another_study_borrows_no_hypotheses(run_page, folder):
    publish(a_tiny_trial(study_id="ANOTHER-SIM"), folder)
    set_protocol(folder, **HYPOTHESES)
    said = words_on(run_page("interim"))
    assert "its hypotheses are not borrowed" in said and said.count("Off:") == len(PANELS)


def test_without_responses_there_is_nothing_to_read_out(run_page, folder):
    publish(a_trial(a_subject("01-001", included="2025-10-01"), simulated=True, study_id="HEROES-SIM"), folder)
    assert "neither tumour responses" in words_on(run_page("interim"))


def test_an_estimand_with_competing_events_is_said_not_to_be_the_one_tested(run_page, folder):
    a_cohort(folder)
    set_protocol(folder, estimand='"while-on-strategy"')
    assert "it shows treatment policy instead" in words_on(run_page("interim"))
    set_protocol(folder, estimand='"composite"')
    assert "De-escalation" in words_on(run_page("interim")) or "12-month DEFS" in words_on(run_page("interim"))


def test_the_description_names_every_entry_and_its_example_is_one_that_works(run_page, folder, project):
    text = (project / "docs" / "interim.md").read_text(encoding="utf-8")
    for name in {entry.split(".")[1] for entries in NEEDS.values() for entry in entries}:
        assert re.search(rf"\b{name}\b", text), name
    example = tomllib.loads(text.split("```toml")[1].split("```")[0])
    assert all(name in Protocol.model_fields[section].annotation.model_fields for section, entries in example.items() for name in entries)
    a_cohort(folder)
    set_protocol(folder, **{name: entry["value"] for entries in example.values() for name, entry in entries.items()})
    assert "Off:" not in words_on(run_page("interim"))
