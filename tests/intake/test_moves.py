"""Patients who move between sites, and patients who come back under another code."""

from datetime import date

import pytest

from heroes.access import Person, Policy, Role
from heroes.intake.route import EarlierCut
from heroes.store.connection import open_cut
from heroes.store.scope import scope_of
from tests.builders import publish
from tests.intake.deliveries import PROTOCOL, STEPS, SUBJECTS, house, mapped, read, rows, rules, the, write

LATER = "study_id,cut_off,simulated\nHEROES,2026-02-28,false\n"
MOVED = SUBJECTS.replace("A-001,01", "A-001,02")
SITES = "site_id,activated_on\n01,2025-01-01\n02,2025-01-01\n03,2025-01-01\n"


def as_previous(delivery) -> EarlierCut:
    contents = delivery.contents
    return EarlierCut(contents.study_id, contents.cut_off, contents.tables)


def first(tmp_path):
    return as_previous(read(house(tmp_path / "first", site=SITES)))


def sites_of(delivery):
    return rows(delivery, "subject_site", "subject_id", "from_day", "site_id")


def test_a_patient_at_another_site_than_before_has_moved_after_the_last_cut_off(tmp_path):
    """Included on 1 February 2025, consented on 2 January (day -30); the last cut-off was 31 January 2026, day 364."""
    delivery = read(house(tmp_path / "b", data_cut=LATER, site=SITES, subject=MOVED), previous=first(tmp_path))
    assert sites_of(delivery) == [("A-001", -30, "01"), ("A-001", 365, "02")]
    assert (the(delivery, "patient_moved").subject_id, the(delivery, "patient_moved").severity) == ("A-001", "QUERY")
    assert rows(delivery, "subject", "subject_id", "site_id") == [("A-001", "02"), ("A-002", "02")]


def test_the_move_is_carried_on_from_cut_to_cut_and_a_second_one_joins_it(tmp_path):
    second = read(house(tmp_path / "b", data_cut=LATER, site=SITES, subject=MOVED), previous=first(tmp_path))
    again = read(house(tmp_path / "c", data_cut=LATER, site=SITES, subject=MOVED), previous=as_previous(second))
    assert sites_of(again) == sites_of(second) and "patient_moved" not in rules(again)
    third = read(house(tmp_path / "d", data_cut=LATER.replace("02-28", "03-31"), site=SITES, subject=MOVED.replace("A-001,02", "A-001,03")), previous=as_previous(again))
    assert sites_of(third) == [("A-001", -30, "01"), ("A-001", 365, "02"), ("A-001", 393, "03")]  # 28 February 2026 is day 392


def test_a_corrected_inclusion_moves_the_days_of_the_sites_too(tmp_path):
    second = read(house(tmp_path / "b", data_cut=LATER, site=SITES, subject=MOVED), previous=first(tmp_path))
    steps = STEPS.replace("A-001,INCLUDED,2025-02-01", "A-001,INCLUDED,2025-02-03")
    assert sites_of(read(house(tmp_path / "c", data_cut=LATER, site=SITES, subject=MOVED, milestone=steps), previous=as_previous(second))) == [
        ("A-001", -32, "01"), ("A-001", 363, "02")]


def test_delivered_sites_are_believed(tmp_path):
    told = "subject_id,from_date,site_id\nA-001,2025-01-02,01\nA-001,2025-06-01,02\n"
    delivery = read(house(tmp_path / "b", data_cut=LATER, site=SITES, subject=MOVED, subject_site=told), previous=first(tmp_path))
    assert sites_of(delivery) == [("A-001", -30, "01"), ("A-001", 120, "02")] and "patient_moved" not in rules(delivery)
    corrected = "subject_id,from_date,site_id\nA-001,2025-01-02,02\n"
    assert sites_of(read(house(tmp_path / "c", data_cut=LATER, site=SITES, subject=MOVED, subject_site=corrected), previous=first(tmp_path))) == [("A-001", -30, "02")]


def test_a_move_after_the_cut_off_was_not_known(tmp_path):
    told = "subject_id,from_date,site_id\nA-001,2025-01-02,01\nA-001,2026-06-01,02\n"
    delivery = read(house(tmp_path / "b", site=SITES, subject_site=told))
    assert sites_of(delivery) == [("A-001", -30, "01")] and rules(delivery, "QUERY") == ["after_cut_off"]


def test_two_words_about_the_current_site_are_refused(tmp_path):
    told = "subject_id,from_date,site_id\nA-001,2025-01-02,01\nA-001,2025-06-01,02\n"
    assert rules(read(house(tmp_path / "b", site=SITES, subject_site=told)), "ERROR") == ["current_site_differs"]
    told = told.replace("02\n", "09\n")
    assert "unknown_site" in rules(read(house(tmp_path / "c", site=SITES, subject=MOVED, subject_site=told)), "ERROR")


def test_a_partial_delivery_of_a_move_changes_the_current_site(tmp_path):
    told = "subject_id,from_date,site_id\nA-001,2025-01-02,01\nA-001,2025-06-01,02\n"
    delivery = read(write(tmp_path / "b", subject_site=told), previous=first(tmp_path), cut_off=date(2026, 2, 28))
    assert rows(delivery, "subject", "subject_id", "site_id") == [("A-001", "02"), ("A-002", "02")] and len(sites_of(delivery)) == 2


def opened(delivery, tmp_path, role=Role.STATISTICIAN, sites=()):
    return open_cut(publish(delivery.contents, tmp_path / "data").cut, scope_of(Person(role, frozenset(sites)), Policy()), PROTOCOL).trial()


def test_the_scope_follows_the_patient_and_accrual_counts_the_including_site(tmp_path):
    told = "subject_id,from_date,site_id\nA-001,2025-01-02,01\nA-001,2025-06-01,02\n"
    delivery = read(house(tmp_path / "b", site=SITES, subject=MOVED, subject_site=told))
    own = [opened(delivery, tmp_path, Role.INVESTIGATOR, [site]).ask("included_subjects")["subject_id"].tolist() for site in ("01", "02")]
    assert own == [[], ["A-001"]]
    everything = opened(delivery, tmp_path)
    counted = everything.ask("enrolment_by_site").set_index("site_id")
    assert counted["n_included"].to_dict() == {"01": 1, "02": 0, "03": 0} and counted["n_consented"].to_dict() == {"01": 1, "02": 1, "03": 0}
    assert everything.ask("accrual", site="01").query("step == 'INCLUDED'")["n"].tolist() == [1]
    assert everything.ask("accrual", site="02").query("step == 'INCLUDED'").empty
    assert everything.ask("screening_funnel", site="01").set_index("step").loc["INCLUDED", "n"] == 1


def test_a_patient_who_moved_before_the_inclusion_is_counted_where_it_was(tmp_path):
    told = "subject_id,from_date,site_id\nA-001,2025-01-02,01\nA-001,2025-02-01,02\n"
    delivery = read(house(tmp_path / "b", site=SITES, subject=MOVED, subject_site=told))
    assert opened(delivery, tmp_path).ask("enrolment_by_site").set_index("site_id")["n_included"].to_dict() == {"01": 0, "02": 1, "03": 0}


AGAIN = SUBJECTS + "A-003,03,55,F\n"
AGAIN_STEPS = STEPS + "A-003,CONSENT1,2025-06-02\nA-003,INCLUDED,2025-08-01\n"
LINK = "subject_id,earlier_subject_id\nA-003,A-002\n"


def test_a_person_screened_again_keeps_both_codes_and_counts_once(tmp_path):
    delivery = read(house(tmp_path / "b", site=SITES, subject=AGAIN, milestone=AGAIN_STEPS, subject_link=LINK))
    assert rows(delivery, "subject_link", "subject_id", "earlier_subject_id") == [("A-003", "A-002")]
    assert [patient for (patient,) in rows(delivery, "subject", "subject_id")] == ["A-001", "A-002", "A-003"]
    trial = opened(delivery, tmp_path)
    # A-002 consented at site 02, came back as A-003 at site 03 and was included there: one person, counted at 03.
    assert trial.ask("enrolment_by_site").set_index("site_id")["n_consented"].to_dict() == {"01": 1, "02": 0, "03": 1}
    assert trial.ask("screening_funnel").set_index("step")["n"].to_dict() == {"CONSENT1": 2, "INCLUDED": 2}
    assert trial.ask("accrual").groupby("step")["n"].sum().to_dict() == {"CONSENT1": 2, "INCLUDED": 2}
    consents = trial.ask("accrual", site="03").query("step == 'CONSENT1'")
    assert consents["week"].dt.date.tolist() == [date(2025, 3, 3)]  # her first consent, on a Monday
    without = read(house(tmp_path / "c", site=SITES, subject=AGAIN, milestone=AGAIN_STEPS))
    assert opened(without, tmp_path).ask("screening_funnel").set_index("step")["n"].to_dict() == {"CONSENT1": 3, "INCLUDED": 2}


def test_a_mapping_links_two_codes(tmp_path):
    folder = house(tmp_path / "b", site=SITES, subject=AGAIN, milestone=AGAIN_STEPS)
    assert rows(mapped(folder, '[links]\n"A-003" = "A-002"\n'), "subject_link", "subject_id", "earlier_subject_id") == [("A-003", "A-002")]


@pytest.mark.parametrize(
    ("links", "rule"),
    [
        ("A-003,A-009\n", "unknown_earlier_code"), ("A-003,A-003\n", "link_cycle"), ("A-003,A-002\nA-002,A-003\n", "link_cycle"),
        ("A-009,A-002\n", "unknown_patient"), ("A-003,\n", "missing_value"),
    ],
)  # fmt: skip
def test_a_link_that_cannot_be_is_refused(tmp_path, links, rule):
    text = "subject_id,earlier_subject_id\n" + links
    assert rules(read(house(tmp_path / "b", site=SITES, subject=AGAIN, milestone=AGAIN_STEPS, subject_link=text)), "ERROR") == [rule]


def test_a_person_included_under_both_codes_is_asked_about(tmp_path):
    steps = AGAIN_STEPS + "A-002,INCLUDED,2025-04-01\n"
    delivery = read(house(tmp_path / "b", site=SITES, subject=AGAIN, milestone=steps, subject_link=LINK))
    assert (the(delivery, "both_codes_included").subject_id, rules(delivery, "QUERY")) == ("A-003", ["both_codes_included"])
    text = LINK + "A-001,A-002\n"
    twice = read(house(tmp_path / "c", site=SITES, subject=AGAIN, milestone=AGAIN_STEPS, subject_link=text))
    # both included, would be one person.
    assert sorted(rules(twice, "QUERY")) == ["both_codes_included", "both_codes_included", "earlier_code_twice", "earlier_code_twice"]
