"""Scores of questionnaires: published scores, the manual's arithmetic by hand, and what must hold whatever was answered."""

import csv
import itertools

import numpy as np
import pandas as pd
import pytest

from heroes.errors import MisuseError
from heroes.model.terms import Instrument
from heroes.statistics.quality_of_life import (
    BETTER_HIGH, CODES, SCALES, SUMMARY, find_illegal, items_of, score_answers, score_items)

C30, BR23, EQ5D = Instrument.QLQ_C30, Instrument.QLQ_BR23, Instrument.EQ_5D_5L


def sheet(instrument, *sheets):
    """Answers as a frame, one row per {item: answer}."""
    return pd.DataFrame([{item: given.get(item) for item in items_of(instrument)} for given in sheets], dtype=float)


def score(instrument, given):
    """Scores of one questionnaire, those that exist."""
    return score_answers(sheet(instrument, given), instrument).iloc[0].dropna().to_dict()


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("items", "results", "person", "occasion", "n"),
    [
        ("qlqc30_rcd_items.csv", "qlqc30_scores_rcd.csv", "USUBJID", "AVISIT", 600),
        ("qlqc30_qolr_longitudinal.csv", "qlqc30_scores_qolr_longitudinal.csv", "Id", "time", 126),
    ],
)
def test_scores_are_those_of_two_published_scorers_summary_included(reference, items, results, person, occasion, n):
    """PROscorer 0.0.4 and QoLR 1.0.3, which agree."""
    wanted = {(row[person], row[occasion]): row for row in read(reference / "results" / results)}
    given = {(row[person], row[occasion]): row for row in read(reference / "datasets" / items)}
    answers = pd.DataFrame([{item: float(given[key][f"q{item}"] or "nan") for item in range(1, 31)} for key in wanted])
    scores = score_answers(answers, C30)
    published = pd.DataFrame([{code: float(row[code] or "nan") for code in CODES[C30]} for row in wanted.values()])
    assert len(wanted) == n and published[SUMMARY].notna().any() and published[SUMMARY].isna().any()
    pd.testing.assert_frame_equal(scores, published, atol=1e-9, rtol=0)


@pytest.mark.parametrize(
    ("given", "scores"),
    [
        ({1: 1, 2: 2, 3: 2, 4: 3}, {"PF": 200 / 3}),  # raw 8/4 = 2; (1 − 1/3) × 100
        ({10: 2, 12: 3}, {"FA": 50.0}),  # raw 2.5; 1.5/3 × 100
        ({29: 5, 30: 6}, {"QL": 75.0}),  # raw 5.5; 4.5/6 × 100
        ({21: 1}, {}), ({1: 1, 2: 1}, {}), ({12: 1}, {}),  # fewer than half
        ({20: 4}, {"CF": 0.0}), ({11: 4}, {"SL": 100.0}), ({26: 1}, {"SF": 100.0}),
    ],
)
def test_the_c30_is_scored_from_half_of_a_scales_items_on(given, scores):
    assert score(C30, given) == pytest.approx(scores)


def test_the_summary_needs_all_thirteen_scales_but_neither_global_health_nor_money():
    best = {item: 1 for item in range(1, 28)}
    assert score(C30, best)[SUMMARY] == 100.0  # no symptom, every function whole; items 28 to 30 unanswered
    assert SUMMARY not in score(C30, {item: answer for item, answer in best.items() if item != 8})
    # Fatigue 33.3 of 100 turned round is 66.7: (12 × 100 + 66.7) / 13.
    assert score(C30, best | {10: 2, 12: 2, 18: 2})[SUMMARY] == pytest.approx((1200 + 200 / 3) / 13)


@pytest.mark.parametrize(
    ("given", "scores"),
    [
        ({39: 1, 40: 2}, {"BRBI": 250 / 3}),  # two of four: raw 1.5; (1 − 0.5/3) × 100
        ({39: 1}, {}),
        ({44: 2, 45: 4}, {"BRSEF": 200 / 3}),  # "very much" is good: raw 3; 2/3 × 100
        ({46: 4}, {"BRSEE": 100.0}), ({46: 4, 45: 2}, {"BRSEE": 100.0, "BRSEF": 100 / 3}),
        ({46: 4, 45: 1}, {"BRSEF": 0.0}),  # not active: enjoyment concerns nobody
        ({43: 4}, {"BRFU": 0.0}), ({43: 1}, {"BRFU": 100.0}),
        ({31: 1, 32: 2, 33: 3, 34: 4}, {"BRST": 50.0}),  # four of seven: raw 2.5
        ({31: 1, 32: 2, 33: 3}, {}), ({35: 4, 31: 1, 32: 1, 33: 1}, {"BRHL": 100.0}),
        ({35: 4, 34: 3}, {"BRHL": 100.0}), ({35: 4, 34: 1}, {}),  # no hair was lost
        ({50: 2, 51: 2}, {"BRBS": 100 / 3}), ({50: 2}, {}), ({47: 1, 48: 4}, {"BRAS": 50.0}), ({47: 4}, {}),
    ],
)
def test_the_br23_by_hand(given, scores):
    assert score(BR23, given) == pytest.approx(scores)


def test_every_br23_item_belongs_to_one_scale():
    assert sorted(item for scale in SCALES[BR23] for item in scale.items) == list(range(31, 54))
    assert sorted(item for scale in SCALES[C30] for item in scale.items) == list(range(1, 31))


@pytest.mark.parametrize(
    ("profile", "index"),
    [
        ((1, 1, 1, 1, 1), 1.0), ((5, 5, 5, 5, 5), -0.525491), ((2, 1, 1, 1, 1), 0.96241), ((1, 2, 3, 4, 5), 0.40188),  # 1 − (.03656 + .03979 + .26374 + .25803)
        # 1 − .04774 − .050781 − .03979 − .04704 − .04683
        ((3, 3, 3, 3, 3), 0.767819), ((1, 1, 1, 4, 1), 0.73626), ((1, 1, 1, 1, 4), 0.79995),
    ],
)
def test_the_eq_5d_index_is_one_less_what_each_level_takes(profile, index):
    assert score(EQ5D, dict(enumerate(profile, start=1)))["INDEX"] == pytest.approx(index, abs=1e-9)


def test_a_worse_level_never_raises_the_index_and_a_missing_one_leaves_none():
    sheets = sheet(EQ5D, *({**dict(enumerate(profile, start=1)), 6: 70} for profile in itertools.product(range(1, 6), repeat=5)))
    index = score_answers(sheets, EQ5D).INDEX.to_numpy().reshape((5,) * 5)
    assert all((np.diff(index, axis=axis) < 0).all() for axis in range(5))
    assert index.min() == index[4, 4, 4, 4, 4] and round(index.min(), 3) == -0.525
    assert score(EQ5D, {1: 1, 2: 1, 3: 1, 4: 1, 6: 0}) == {"VAS": 0.0}


@pytest.mark.parametrize("instrument", [C30, BR23])
def test_scores_lie_between_0_and_100_and_better_answers_score_better(instrument):
    rng = np.random.default_rng(7)
    answers = sheet(instrument, *({item: int(rng.integers(1, 5)) for item in items_of(instrument)} for _ in range(200)))
    answers = answers.mask(rng.random(answers.shape) < 0.3)
    scores = score_answers(answers, instrument)
    assert scores.min().min() >= 0 and scores.max().max() <= 100
    for scale in SCALES[instrument]:
        item = scale.items[0]
        here = answers[item].between(1, 3) & scores[scale.code].notna()
        more = answers.copy()
        more[item] = (more[item] + 1).clip(upper=4)
        raised = score_answers(more, instrument)
        change = (raised[scale.code] - scores[scale.code])[here].dropna()
        wanted = -1 if scale.is_function else 1  # "very much" is bad for a function, and counts up in every other formula
        assert len(change) and (np.sign(change) == wanted).all()


def test_order_of_sheets_and_unanswered_items_change_nothing():
    answers = sheet(C30, {1: 1, 2: 2, 3: 3, 29: 4, 30: 5}, {item: 2 for item in range(1, 31)})
    forth, back = score_answers(answers, C30), score_answers(answers[::-1], C30)[::-1]
    pd.testing.assert_frame_equal(forth, back)
    pd.testing.assert_frame_equal(score_answers(answers[[1, 2, 3]].iloc[[0]], C30)[["PF"]], forth[["PF"]].iloc[[0]])


@pytest.mark.parametrize(("instrument", "item", "answer"), [
    (C30, 1, 0), (C30, 1, 5), (C30, 1, 9), (C30, 30, 8), (C30, 28, 5), (C30, 1, 1.5), (C30, 29, -1), (BR23, 31, 5), (EQ5D, 5, 6),
    (EQ5D, 6, 101), (C30, 2, np.inf),
])
def test_an_answer_that_its_item_does_not_offer_is_refused(instrument, item, answer):
    answers = sheet(instrument, {}, {item: answer})
    assert find_illegal(answers, instrument) == [(1, item)]
    with pytest.raises(MisuseError, match="1 answers lie outside"):
        score_answers(answers, instrument)


def test_delivered_answers_are_scored_by_patient_day_and_instrument():
    rows = [("A", "QLQ-C30", 91, 29, 6), ("A", "QLQ-C30", 91, 30, 7), ("A", "QLQ-BR23", 91, 43, 1), ("A", "QLQ-C30", 0, 8, 4),
            ("B", "QLQ-C30", 0, 8, None)]
    items = pd.DataFrame(rows, columns=["subject_id", "instrument", "day", "item_no", "value"])
    found = score_items(items, C30)
    assert [tuple(row) for row in found.itertuples(index=False)] == [("A", 0, "DY", 100.0), ("A", 91, "QL", pytest.approx(550 / 6))]
    assert [tuple(row) for row in score_items(items, BR23).itertuples(index=False)] == [("A", 91, "BRFU", 100.0)]
    assert score_items(items, EQ5D).empty


def test_which_scores_are_good_when_high():
    assert BETTER_HIGH == {"QL", "PF", "RF", "EF", "CF", "SF", SUMMARY, "BRBI", "BRSEF", "BRSEE", "BRFU", "INDEX", "VAS"}
