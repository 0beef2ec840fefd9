"""Scores of the QLQ-C30 and the time until they fell for good: against published scores, and by hand with sums in the comments.

Two answers of one kind to items 29 and 30 give global health: 7, 7 → 100; 6, 6 → 83.3; 5, 5 → 66.7; 4, 4 → 50; 3, 3 → 33.3.
"""

import csv

import pytest

from heroes.access import Role
from heroes.errors import ClosedDataError
from heroes.model.terms import Instrument
from heroes.statistics.quality_of_life import BETTER_HIGH, SCALES as DEFINED, score_items
from tests.store.queries.trials import asked, patient, rows, with_rule

DETERIORATION, DEATH, ONGOING = "DETERIORATION OF QUALITY OF LIFE", "DEATH", "ONGOING WITHOUT EVENT"
SCALES = ["QL", "PF", "RF", "EF", "CF", "SF", "FA", "NV", "PA", "DY", "SL", "AP", "CO", "DI", "FI"]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("items", "results", "person", "occasion"),
    [
        ("qlqc30_rcd_items.csv", "qlqc30_scores_rcd.csv", "USUBJID", "AVISIT"),
        ("qlqc30_qolr_longitudinal.csv", "qlqc30_scores_qolr_longitudinal.csv", "Id", "time"),
    ],
)
def test_scores_are_those_of_two_published_scorers(reference, items, results, person, occasion):
    """PROscorer 0.0.4 and QoLR 1.0.3, which agree; a scale that they do not score is not scored here either."""
    wanted_rows = {(row[person], row[occasion]): row for row in read(reference / "results" / results)}
    answered = {(row[person], row[occasion]): row for row in read(reference / "datasets" / items)}
    code = {name: f"01-{number:03}" for number, name in enumerate(sorted({name for name, _ in wanted_rows}))}
    day = {name: number for number, name in enumerate(sorted({name for _, name in wanted_rows}))}
    sheets: dict[str, list] = {subject: [] for subject in code.values()}
    for name, when in wanted_rows:
        row = answered[name, when]
        sheets[code[name]].append((day[when], {item: int(row[f"q{item}"]) if row[f"q{item}"] else None for item in range(1, 31)}))
    trial = asked(*(patient(subject, questionnaires=given) for subject, given in sheets.items()))
    answer = trial.ask("quality_of_life_scores")
    found = {(subject, on, scale): score for subject, on, scale, score in rows(answer, "subject_id", "day", "scale", "score")}
    wanted = {
        (code[name], day[when], scale): pytest.approx(float(row[scale]), abs=1e-9)
        for (name, when), row in wanted_rows.items() for scale in SCALES if row[scale]
    }  # fmt: skip
    assert found == wanted
    assert len(wanted) > 1500


def test_the_store_scores_as_the_statistics_do_scale_by_scale(reference):
    """The times to deterioration are derived in the store, the pages' scores in the statistics: one manual, equal scores."""
    answered = read(reference / "datasets" / "qlqc30_rcd_items.csv")
    code = {name: f"01-{number:03}" for number, name in enumerate(sorted({row["USUBJID"] for row in answered}))}
    day = {name: number for number, name in enumerate(sorted({row["AVISIT"] for row in answered}))}
    sheets: dict[str, list] = {subject: [] for subject in code.values()}
    for row in answered:
        given = {item: int(row[f"q{item}"]) if row[f"q{item}"] else None for item in range(1, 31)}
        sheets[code[row["USUBJID"]]].append((day[row["AVISIT"]], given))
    trial = asked(*(patient(subject, questionnaires=given) for subject, given in sheets.items()))
    stored = trial.ask("quality_of_life_scores")
    scored = score_items(trial.ask("questionnaire_answers"), Instrument.QLQ_C30)
    scored = scored[scored.scale != "SUMMARY"]
    key = ["subject_id", "day", "scale"]
    both = stored.merge(scored, on=key, how="outer", suffixes=("", "_scored"), indicator=True)
    assert len(both) > 20_000 and (both._merge == "both").all()
    assert (both.score - both.score_scored).abs().max() < 1e-9
    assert set(stored[stored.is_better_high].scale) == {scale.code for scale in DEFINED[Instrument.QLQ_C30]} & BETTER_HIGH


@pytest.mark.parametrize(
    ("scale", "answers", "score", "n_items"),
    [
        ("PF", {1: 1, 2: 2, 3: 2, 4: 3, 5: None}, 200 / 3, 4),  # raw 8/4 = 2; (1 − 1/3) × 100
        ("FA", {10: 2, 12: 3, 18: None}, 50.0, 2),  # raw 2.5; 1.5/3 × 100
        ("QL", {29: 5, 30: 6}, 75.0, 2),  # raw 5.5; 4.5/6 × 100
        ("QL", {29: 5}, 400 / 6, 1),  # half of two items: raw 5; 4/6 × 100
        ("PF", {1: 4, 2: 4, 3: 4}, 0.0, 3),  # three of five
        ("PF", {1: 1, 2: 1}, None, None),  # two of five
        ("EF", {21: 1, 22: 2}, 250 / 3, 2),  # two of four: raw 1.5; (1 − 0.5/3) × 100
        ("EF", {21: 1}, None, None),
        ("FA", {12: 1}, None, None),  # one of three
        ("SL", {11: 4}, 100.0, 1),
        ("SL", {11: None}, None, None),
        ("CF", {20: 4}, 0.0, 1),
        ("PA", {9: 1, 19: 1}, 0.0, 2),
    ],
)
def test_a_scale_is_scored_from_half_of_its_items_on(scale, answers, score, n_items):
    trial = asked(patient(questionnaires=[(10, answers)]))
    found = {name: (number, n) for name, number, n in rows(trial.ask("quality_of_life_scores"), "scale", "score", "n_items")}
    assert found.get(scale) == (None if score is None else (pytest.approx(score, abs=1e-12), n_items))


def test_a_high_score_is_good_for_functions_and_global_health_and_bad_for_symptoms():
    trial = asked(patient(questionnaires=[(10, dict.fromkeys(range(1, 31), 1))]))
    answer = trial.ask("quality_of_life_scores").set_index("scale")
    assert {scale for scale in SCALES if answer.is_better_high[scale]} == {"QL", "PF", "RF", "EF", "CF", "SF"}
    # "Not at all" to everything: functions are whole, there are no symptoms; 1 of 7 is the worst global health.
    assert answer.score.to_dict() == {scale: 100.0 if scale in {"PF", "RF", "EF", "CF", "SF"} else 0.0 for scale in SCALES}


def test_other_questionnaires_and_those_after_the_cut_off_are_not_scored():
    trial = asked(patient(questionnaires=[(10, {29: 5}), (10, {29: 1, 35: 2}, "QLQ-BR23"), (20, {1: 1}, "EQ-5D-5L"), (401, {29: 7})]))
    assert rows(trial.ask("quality_of_life_scores"), "day", "scale") == [(10, "QL")]
    relative = asked(patient(relative=True, questionnaires=[(401, {29: 7})]))
    assert rows(relative.ask("quality_of_life_scores"), "day", "score") == [(401, 100.0)]


def test_answers_are_closed_to_those_who_see_lists_only():
    trial = asked(patient(questionnaires=[(10, {29: 5})]), role=Role.MONITOR)
    for question in ("quality_of_life_scores", "time_to_deterioration", "questionnaire_answers"):
        with pytest.raises(ClosedDataError):
            trial.ask(question)


def global_health(*days_and_answers):
    return [(day, {29: answer, 30: answer}) for day, answer in days_and_answers]


WELL = (0, 6)  # 83.3
TOLD = ("time_days", "clear_days", "cause", "reason", "cnsr", "source_table", "source_detail")

DIED = (150, 150, 2, DEATH, 0, "milestone", "DEATH")


def fell(day, *, since, to):
    return (day, since, 1, DETERIORATION, 0, "qs_item", f"QL {to}, baseline 83.3")


def followed(day, last=83.3, *, baseline=83.3, reason=ONGOING, cnsr=4):
    return (day, day, 0, reason, cnsr, "qs_item", f"QL {last}, baseline {baseline}")


CASES = {
    # 83.3 − 66.7 = 16.7 ≥ 10, and it stayed so.
    "fell": (dict(questionnaires=global_health(WELL, (91, 6), (182, 5), (273, 4))), fell(182, since=91, to=66.7)),
    "fell-at-once": (dict(questionnaires=global_health(WELL, (91, 3))), fell(91, since=0, to=33.3)),
    "fell-at-the-last": (dict(questionnaires=global_health(WELL, (91, 7), (182, 5))), fell(182, since=91, to=66.7)),
    # Recovered: no event, and after the recovery the clock of the fall begins anew.
    "recovered": (dict(questionnaires=global_health(WELL, (91, 3), (182, 6))), followed(182)),
    "fell-again": (dict(questionnaires=global_health(WELL, (91, 3), (182, 6), (273, 4), (364, 4))), fell(273, since=182, to=50.0)),
    # Half a step: 6 and 5 are 75.0; 83.3 − 75 = 8.3 < 10.
    "a-little": (dict(questionnaires=[*global_health(WELL), (91, {29: 6, 30: 5})]), followed(91, 75.0, baseline=83.3)),
    # A sheet without global health is none of it; one item of two is.
    "not-answered": (dict(questionnaires=[*global_health(WELL, (91, 6)), (182, {1: 4, 29: None, 30: None})]), followed(91)),
    "half-answered": (dict(questionnaires=[*global_health(WELL), (91, {29: 2})]), fell(91, since=0, to=16.7)),
    # The baseline is the last score up to the origin: 50 of day 0, not 100 of day −20, and not that of day 1.
    "baseline": (dict(questionnaires=global_health((-20, 7), (0, 4), (1, 7), (91, 4))), followed(91, 50.0, baseline=50.0)),
    "no-baseline": (
        dict(questionnaires=global_health((1, 7), (91, 1))),
        (0, 0, 0, "NO BASELINE ASSESSMENT", 1, "milestone", "INCLUDED"),
    ),
    "nothing": (dict(), (0, 0, 0, "NO BASELINE ASSESSMENT", 1, "milestone", "INCLUDED")),
    "baseline-only": (
        dict(questionnaires=global_health(WELL)),
        (0, 0, 0, "NO QUESTIONNAIRE AFTER BASELINE", 13, "milestone", "INCLUDED"),
    ),
    # Death competes; a fall up to the day of death came first; what is dated after it did not.
    "died": (dict(questionnaires=global_health(WELL, (91, 6)), died=150), DIED),
    "fell-then-died": (dict(questionnaires=global_health(WELL, (91, 3)), died=150), fell(91, since=0, to=33.3)),
    "fell-recovered-died": (dict(questionnaires=global_health(WELL, (91, 3), (140, 6)), died=150), DIED),
    "fell-that-day": (dict(questionnaires=global_health(WELL, (150, 3)), died=150), fell(150, since=0, to=33.3)),
    "died-without-any": (dict(died=150), DIED),
    # Censored at the last questionnaire, whoever left and whatever was seen later.
    "lost": (
        dict(questionnaires=global_health(WELL, (91, 6)), lost=200, scans=[(182, "SD")]),
        followed(91, reason="LOST TO FOLLOW-UP", cnsr=8),
    ),
    "withdrawn": (
        dict(questionnaires=global_health(WELL, (91, 6)), withdrawn=200),
        followed(91, reason="WITHDRAWAL OF CONSENT", cnsr=9),
    ),
    "lost-then-withdrawn": (
        dict(questionnaires=global_health(WELL, (91, 6)), lost=100, withdrawn=200),
        followed(91, reason="LOST TO FOLLOW-UP", cnsr=8),
    ),
    "progressed": (dict(questionnaires=global_health(WELL, (91, 6), (273, 6)), scans=[(182, "PD")]), followed(273)),
    # After the cut-off nothing is known, neither the fall nor the recovery.
    "fell-after-cut-off": (dict(questionnaires=global_health(WELL, (364, 6), (401, 1))), followed(364)),
    "recovered-after-cut-off": (dict(questionnaires=global_health(WELL, (364, 1), (401, 6))), fell(364, since=0, to=0.0)),
    "no-cut-off": (dict(relative=True, questionnaires=global_health(WELL, (364, 1), (401, 6))), followed(401)),
}  # fmt: skip


@pytest.fixture(scope="module")
def patients():
    return [patient(name, site="01", **told) for name, (told, _) in CASES.items()]


def test_each_situation_ends_as_it_should(patients):
    answer = asked(*patients).ask("time_to_deterioration")
    found = {name: tuple(row) for name, *row in rows(answer, "subject_id", *TOLD)}
    assert {name: (found.get(name), row) for name, (_, row) in CASES.items() if found.get(name) != row} == {}
    assert set(found) == set(CASES)
    assert (answer.source_day == answer.end_day).all()


def test_death_is_an_event_where_the_protocol_says_so(patients):
    competing = asked(*patients).ask("time_to_deterioration")
    counted = asked(*patients, protocol=with_rule("quality_of_life", death_is="event")).ask("time_to_deterioration")
    assert set(counted.cause) == {0, 1} and set(competing.cause) == {0, 1, 2}
    assert list(counted.cause) == [1 if cause == 2 else cause for cause in competing.cause]
    assert rows(counted.drop(columns="cause")) == rows(competing.drop(columns="cause"))


def test_a_symptom_gets_worse_when_its_score_rises():
    # Fatigue 1, 1, 1 → 0; 2, 2, 2 → 33.3. Role 1, 1 → 100; 2, 2 → 66.7.
    sheets = [(day, dict.fromkeys([10, 12, 18, 6, 7], answer)) for day, answer in ((0, 2), (91, 1), (182, 3))]
    told = {"time_days", "reason", "source_detail"}
    for scale, detail in (("FA", "FA 66.7, baseline 33.3"), ("RF", "RF 33.3, baseline 66.7")):
        trial = asked(patient(questionnaires=sheets), protocol=with_rule("quality_of_life", deterioration_scale=scale))
        assert rows(trial.ask("time_to_deterioration"), *sorted(told)) == [(DETERIORATION, detail, 182)]


def test_a_fall_by_exactly_the_difference_is_one():
    # Sleep 1 → 0 and 2 → 33.333…; emotional 21–24: 1, 1, 1, 1 → 100 and 1, 1, 1, 2 → 91.666…, a twelfth of 100 lower.
    sheets = [(0, {11: 1, 21: 1, 22: 1, 23: 1, 24: 1}), (91, {11: 2, 21: 1, 22: 1, 23: 1, 24: 2})]
    for scale, difference in (("SL", 100 / 3), ("EF", 100 / 12)):
        for asked_for, event in ((difference, True), (difference + 0.001, False)):
            rule = with_rule("quality_of_life", deterioration_scale=scale, minimal_important_difference=asked_for)
            assert list(asked(patient(questionnaires=sheets), protocol=rule).ask("time_to_deterioration").event) == [event]


def test_the_baseline_is_that_of_the_origin():
    # Stopped on day 100: the baseline is 33.3 of day 91; 16.7 of day 182 is 16.7 lower.
    told = patient(stopped=100, questionnaires=global_health(WELL, (91, 3), (182, 2)))
    assert rows(asked(told).ask("time_to_deterioration"), "start_day", "end_day") == [(0, 91)]
    trial = asked(told, protocol=with_rule("endpoint", origin="TX_STOP"))
    assert rows(trial.ask("time_to_deterioration"), "start_day", "time_days", "clear_days", "source_detail") == [
        (100, 82, 0, "QL 16.7, baseline 33.3")
    ]


def test_a_rise_of_the_difference_that_is_asked_for_only_makes_events_later_or_none(patients):
    trial = asked(*patients)
    before = trial.ask("time_to_deterioration", minimal_important_difference=5)
    for difference in (10, 20, 40, 60):
        after = trial.ask("time_to_deterioration", minimal_important_difference=difference)
        fell = after.reason == DETERIORATION
        assert (before.reason[fell] == DETERIORATION).all() and (before.time_days[fell] <= after.time_days[fell]).all()
        before = after
