"""Characteristics counted with small cells hidden in the store, and eligibility deviations, each told in one line."""

import numpy as np
import pytest

from heroes.access import Role
from heroes.errors import ClosedDataError
from tests.builders import a_subject
from tests.store.queries.trials import asked, patient, rows, with_rule


def people():
    """12 included: 8 positive, 3 negative, 1 not recorded; 9 not bone only, 3 bone only; ages 41 … 52. Two screening failures."""
    told = [
        patient(f"01-{n:03}", er_status="POSITIVE" if n < 8 else "NEGATIVE" if n < 11 else None, age_y=41 + n,
                bone_only=n >= 9, sex="F", months_on_anti_her2=None if n < 2 else 30.0 + n)
        for n in range(12)
    ]
    failed = [
        a_subject(f"02-00{n}", consented="2025-01-10", screening=("FAILED", "CTDNA_POSITIVE_BASELINE"), age_y=70) for n in range(2)
    ]
    return [*told, *failed, a_subject("02-009", consented="2026-01-10", age_y=30)]


def counts(characteristic, population="INCLUDED", role=Role.STATISTICIAN, **trial):
    told = asked(*people(), role=role, **trial).ask("baseline_counts")
    here = told[(told.characteristic == characteristic) & (told.population == population)]
    return {category: n for category, n in rows(here, "category", "n")}


def test_everybody_is_counted_once_per_characteristic():
    told = asked(*people(), role=Role.STATISTICIAN).ask("baseline_counts")
    sums = told.groupby(["population", "characteristic"]).n.sum().unstack()
    assert (sums.loc["INCLUDED"] == 12).all() and (sums.loc["FAILED"] == 2).all()
    assert set(told[told.population == "INCLUDED"].n_total) == {12} and set(told[told.population == "FAILED"].n_total) == {2}
    assert counts("er_status") == {"POSITIVE": 8, "NEGATIVE": 3, None: 1}
    assert counts("bone_only") == {"NO": 9, "YES": 3, None: 0}
    assert counts("age_group") == {"UNDER_50": 9, "50_64": 3, "65_74": 0, "75_OR_MORE": 0, None: 0}
    assert counts("age_group", "FAILED")["65_74"] == 2


def test_who_may_not_see_all_patients_gets_no_small_cell_and_none_that_tells_one():
    for role in (Role.INVESTIGATOR, Role.SPONSOR, Role.COORDINATING_INVESTIGATOR):
        # 8, 3, 1: the small ones add up to 4, so 8 goes with them. 9 and 3: hiding 3 alone would tell it.
        assert counts("er_status", role=role) == {"POSITIVE": None, "NEGATIVE": None, None: None}
        assert counts("bone_only", role=role) == {"NO": None, "YES": None, None: 0}
        assert counts("sex", role=role) == {"F": 12, "M": 0, "U": 0, None: 0}
        assert set(counts("sex", "FAILED", role=role).values()) == {None}  # two patients: nothing is said of them
    assert counts("er_status", role=Role.DSMB) == {"POSITIVE": 8, "NEGATIVE": 3, None: 1}


def test_a_smaller_limit_of_the_protocol_shows_more():
    told = counts("er_status", role=Role.SPONSOR, protocol=with_rule("privacy", small_cell=3))
    assert told == {"POSITIVE": 8, "NEGATIVE": None, None: None}


def measures(role):
    told = asked(*people(), role=role).ask("baseline_measures")
    names = ("n_known", "n_missing", "median", "lower_quartile", "upper_quartile", "least", "greatest")
    return {(row[0], row[1]): row[2:] for row in rows(told, "population", "characteristic", *names)}


def test_quartiles_by_interpolation_and_no_extremes_for_who_may_not_see_all():
    whole, narrow = measures(Role.STATISTICIAN), measures(Role.SPONSOR)
    ages = np.arange(41, 53)
    quartiles = tuple(np.quantile(ages, [0.5, 0.25, 0.75]))  # 46.5, 43.75, 49.25
    assert whole["INCLUDED", "age_y"] == (12, 0, *quartiles, 41.0, 52.0) and quartiles == (46.5, 43.75, 49.25)
    assert narrow["INCLUDED", "age_y"] == (12, 0, *quartiles, None, None)
    assert whole["INCLUDED", "months_on_anti_her2"][:2] == (10, 2)
    assert narrow["INCLUDED", "months_on_anti_her2"][:3] == (None, None, 36.5)  # 2 missing, and 10 of 12 would tell it
    assert narrow["FAILED", "age_y"] == (None, None, None, None, None, None, None)


def test_monitors_get_their_patients_and_no_total_over_sites():
    trial = asked(*people(), role=Role.MONITOR, own_sites=("02",))
    assert rows(trial.ask("patient_characteristics"), "subject_id", "population", "age_group") == [
        ("02-000", "FAILED", "65_74"), ("02-001", "FAILED", "65_74")]
    for question in ("baseline_counts", "baseline_measures"):
        with pytest.raises(ClosedDataError):
            trial.ask(question)


GOOD = dict(
    ecog=1, months_on_anti_her2=24.0, response_at_entry="PR", consented_again=-1, baseline_result=-2, calls=[(-20, "NEGATIVE")])
CASES = {
    "good": (GOOD, []),
    "not-recorded": ({**GOOD, "ecog": None, "months_on_anti_her2": None, "response_at_entry": None}, []),
    "positive": ({**GOOD, "calls": [(-30, "NEGATIVE"), (-20, "POSITIVE", 1.0)]}, [("BASELINE_POSITIVE", None, -20)]),
    "redrawn-negative": ({**GOOD, "calls": [(-30, "POSITIVE", 1.0), (-20, "NEGATIVE")]}, []),
    "positive-later": ({**GOOD, "calls": [(-20, "NEGATIVE"), (1, "POSITIVE", 1.0)]}, []),
    "not-evaluable": ({**GOOD, "calls": [(-20, "NOT_EVALUABLE")]}, [("BASELINE_NOT_KNOWN", None, None)]),
    "no-consent": ({**GOOD, "consented_again": []}, [("CONSENT_2_MISSING", None, None)]),
    "late-consent": ({**GOOD, "consented_again": 1}, [("CONSENT_2_AFTER_INCLUSION", None, 1)]),
    "early-consent": ({**GOOD, "consented_again": -3}, [("CONSENT_2_BEFORE_RESULT", None, -3)]),
    "ecog": ({**GOOD, "ecog": 2}, [("ECOG_TOO_HIGH", "2", None)]),
    "short": ({**GOOD, "months_on_anti_her2": 23.9}, [("THERAPY_TOO_SHORT", "23.9", None)]),
    "stable": ({**GOOD, "response_at_entry": "SD"}, [("RESPONSE_NOT_ALLOWED", "SD", None)]),
    "criterion": ({**GOOD, "criteria": [("IN04", {"category": "INCLUSION"})]}, [("CRITERION_NOT_MET", "IN04, INCLUSION", None)]),
}


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.MONITOR])
def test_each_deviation_is_found_and_nothing_else(role):
    told = asked(*(patient(name, site="01", **told) for name, (told, _) in CASES.items()), role=role).ask("eligibility_deviations")
    found = {name: [row[1:] for row in rows(told, "subject_id", "rule", "detail", "day") if row[0] == name] for name in CASES}
    assert found == {name: wanted for name, (_, wanted) in CASES.items()}


def test_a_criterion_that_the_protocol_does_not_set_is_not_looked_at():
    rule = with_rule("eligibility", ecog_max=None, months_on_anti_her2_min=None, responses=None)
    told = asked(patient(ecog=4, months_on_anti_her2=1.0, response_at_entry="PD"), protocol=rule).ask("eligibility_deviations")
    assert told.empty
