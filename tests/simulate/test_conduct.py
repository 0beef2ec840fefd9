"""Questionnaires, adverse events, pages and queries of the simulated trial hang together, and look like a trial's."""

from collections import defaultdict

import pytest

from heroes.model.terms import ANSWERS, Instrument
from heroes.simulate.deviations import CRITERION_OF
from heroes.simulate.sites import AROUND
from tests.simulate.recount import plain, steps_of


@pytest.fixture(scope="module")
def records(trial):
    return plain(trial.tables_at(trial.newest))


def test_a_form_that_is_done_has_its_items_and_no_other_has_any(records):
    items = defaultdict(set)
    for row in records["qs_item"]:
        items[row["subject_id"], row["instrument"], row["date"]].add(row["item_no"])
    done = {(row["subject_id"], row["instrument"], row["date"]) for row in records["qs_form"] if row["status"] == "DONE"}
    assert done == set(items)
    for (_, instrument, _), numbers in items.items():
        assert numbers == {item for first, last, *_ in ANSWERS[Instrument(instrument)] for item in range(first, last + 1)}
    for row in records["qs_form"]:
        assert (row["date"] is None) == (row["status"] != "DONE")
        assert (row["reason"] is not None) == (row["status"] == "MISSED")


def test_answers_are_answers_of_their_item_and_some_are_left_out(records):
    for row in records["qs_item"]:
        least, greatest = next(
            limits for first, last, *limits in ANSWERS[Instrument(row["instrument"])] if first <= row["item_no"] <= last
        )
        assert row["value"] is None or least <= row["value"] <= greatest
    empty = sum(row["value"] is None for row in records["qs_item"]) / len(records["qs_item"])
    assert 0.005 < empty < 0.02
    missed = [row["reason"] for row in records["qs_form"] if row["status"] == "MISSED"]
    assert 0.04 < len(missed) / len(records["qs_form"]) < 0.16
    assert {"ADMINISTRATIVE", "REFUSED", "TOO ILL", "OTHER"} <= set(missed)


def test_there_is_a_form_for_each_visit_that_needs_one(records):
    needs = {row["visit_code"] for row in records["visit_plan"] if row["needs_qol"]}
    assert needs == {"M3", "M6", "M9", "M12", "M15", "M18", "M21", "M24"}
    forms = {(row["subject_id"], row["visit_code"]) for row in records["qs_form"] if row["instrument"] == "QLQ-C30"}
    seen = {(row["subject_id"], row["visit_code"]) for row in records["visit"] if row["visit_code"] in needs}
    assert {pair for pair in forms if pair[1] != "BASELINE"} <= seen
    assert len(forms) > 0.95 * len(seen)


def test_fatigue_and_diarrhoea_ease_off_therapy_and_all_worsens_with_a_progression(records):
    """Item means: 18 tired, 17 diarrhoea, 9 pain, 30 overall quality of life (high is good)."""
    steps, progressed = steps_of(records), {}
    for row in records["response"]:
        if row["overall"] == "PD" and row["evaluable"]:
            progressed.setdefault(row["subject_id"], row["date"])
    resumed = {row["subject_id"] for row in records["treatment"] if row["seq"] > 1}
    before, off, after = (defaultdict(list) for _ in range(3))
    for row in records["qs_item"]:
        subject = row["subject_id"]
        if row["instrument"] != "QLQ-C30" or row["value"] is None:
            continue
        since = (row["date"] - steps[subject]["INCLUDED"][0]).days
        if since <= 0:
            before[row["item_no"]].append(row["value"])
        elif subject in progressed and row["date"] >= progressed[subject]:
            after[row["item_no"]].append(row["value"])
        elif since > 150 and subject not in resumed and subject not in progressed:
            off[row["item_no"]].append(row["value"])

    def mean(of, item):
        return sum(of[item]) / len(of[item])

    assert all(mean(off, item) < mean(before, item) - 0.15 for item in (17, 18))
    assert mean(off, 30) > mean(before, 30) + 0.2
    assert len(after[9]) >= 10
    assert mean(after, 9) > mean(off, 9) + 0.4 and mean(after, 30) < mean(off, 30) - 0.5


def test_adverse_events_lie_between_inclusion_and_death_and_are_worse_when_serious(records):
    steps = steps_of(records)
    assert 250 < len(records["ae"]) < 900
    for row in records["ae"]:
        own = steps[row["subject_id"]]
        assert row["start_date"] >= own["INCLUDED"][0]
        if own["DEATH"]:
            assert row["start_date"] <= own["DEATH"][0]
        assert row["end_date"] is None or row["end_date"] >= row["start_date"]
        assert row["grade"] < 5 or (row["serious"] and row["end_date"] in own["DEATH"])
    serious = [row["grade"] for row in records["ae"] if row["serious"]]
    assert 0.03 < len(serious) / len(records["ae"]) < 0.2 and sum(serious) / len(serious) > 2.4


def test_more_events_after_a_restart_than_off_therapy(records, trial):
    restart = {row["subject_id"]: row["start_date"] for row in records["treatment"] if row["seq"] == 2}
    ends = {subject: own["DEATH"][0] for subject, own in steps_of(records).items() if own["DEATH"]}
    years = {"off": 0.0, "on": 0.0}
    for subject, own in steps_of(records).items():
        if own["TX_STOP"]:
            last = ends.get(subject, trial.newest)
            change = min(restart.get(subject, last), last)
            years["off"] += (change - own["TX_STOP"][0]).days / 365.25
            years["on"] += (last - change).days / 365.25
    on = sum(row["subject_id"] in restart and row["start_date"] >= restart[row["subject_id"]] for row in records["ae"])
    assert on / years["on"] > 1.3 * (len(records["ae"]) - on) / years["off"]


def test_every_failed_screening_with_a_criterion_names_it(records):
    failed = {row["subject_id"]: row["reason"] for row in records["screen_outcome"] if row["status"] == "FAILED"}
    named = {row["subject_id"]: row["criterion"] for row in records["eligibility"] if row["subject_id"] in failed}
    assert named == {subject: CRITERION_OF[reason] for subject, reason in failed.items() if reason in CRITERION_OF}
    assert len(set(named.values())) >= 3


def test_the_states_of_a_query_follow_its_days(records):
    assert {row["state"] for row in records["query_item"]} == {"Open", "Answered", "Closed", "Cancelled"}
    for row in records["query_item"]:
        days = [row[name] for name in ("opened_date", "answered_date", "closed_date") if row[name]]
        assert days == sorted(days)
        expected = {
            "Open": (False, False), "Answered": (True, False), "Closed": (True, True), "Cancelled": (False, True),
        }[row["state"]]  # fmt: skip
        assert (row["answered_date"] is not None, row["closed_date"] is not None) == expected
        assert (row["subject_id"] is None) == (row["opened_date"] is None)


def test_a_visit_and_its_page_tell_the_same(records):
    entered = {
        (row["subject_id"], row["visit_code"]): row["visit_date"] for row in records["page_entry"] if row["page"] == "VISIT" and row["entered_date"]
    }
    for row in records["visit"]:
        if row["status"] == "DONE" and (row["subject_id"], row["visit_code"]) in entered:
            assert abs((row["date"] - entered[row["subject_id"], row["visit_code"]]).days) <= 3  # three: a date entered wrongly
    assert len(entered) > 0.95 * sum(row["status"] == "DONE" for row in records["visit"])
    for row in records["page_entry"]:
        assert row["entered_date"] is None or row["entered_date"] > row["visit_date"]
        assert (row["n_points"] is None) == (row["n_changed"] is None) == (row["entered_date"] is None)
        assert row["n_points"] is None or row["n_changed"] <= row["n_points"]
    assert 5 < sum(row["entered_date"] is None for row in records["page_entry"]) < 200


def test_two_patients_moved_and_one_came_back_under_another_code(records):
    subjects = {row["subject_id"]: row for row in records["subject"]}
    moves = defaultdict(list)
    for row in records["subject_site"]:
        moves[row["subject_id"]].append((row["from_date"], row["site_id"]))
    assert len(moves) == 2
    steps = steps_of(records)
    for subject, places in moves.items():
        (first, origin), (second, now) = sorted(places)
        assert origin == subject[:2] != now == subjects[subject]["site_id"]
        assert first == steps[subject]["CONSENT1"][0] and second > steps[subject]["INCLUDED"][0]
    (link,) = records["subject_link"]
    later, earlier = subjects[link["subject_id"]], subjects[link["earlier_subject_id"]]
    same = ("site_id", "sex", "er_status", "her2_method", "age_y", "prior_tx")
    assert [later[name] for name in same] == [earlier[name] for name in same]
    outcomes = {row["subject_id"]: row["status"] for row in records["screen_outcome"]}
    assert (outcomes[link["earlier_subject_id"]], outcomes[link["subject_id"]]) == ("FAILED", "INCLUDED")
    assert steps[link["earlier_subject_id"]]["CONSENT1"] < steps[link["subject_id"]]["CONSENT1"]


def test_every_site_lies_in_its_region_and_says_that_it_is_simulated(records):
    places = {row["site_id"]: row for row in records["site_location"]}
    assert set(places) == {row["site_id"] for row in records["site"]}
    assert len({(row["latitude"], row["longitude"]) for row in places.values()}) == len(places)
    for row in records["site"]:
        latitude, longitude, north, east = AROUND[row["region"]]
        place = places[row["site_id"]]
        assert abs(place["latitude"] - latitude) <= north and abs(place["longitude"] - longitude) <= east
        assert 42.3 < place["latitude"] < 51.1 and -4.8 < place["longitude"] < 8.3  # metropolitan France
        assert row["label"] == f"Sim {row['site_id']}"
