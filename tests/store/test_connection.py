"""Named questions asked of a data cut: each reader gets its own rows, of the right kind."""

import threading
from datetime import date

import numpy as np
import pandas as pd
import pytest

from heroes.access import Person, Policy, Role
from heroes.errors import DamagedDataCutError, HeroesError, UnknownDataCutError, UnknownQuestionError
from heroes.model.terms import Estimand
from heroes.protocol import read_protocol
from heroes.store import questions
from heroes.store.connection import open_cut
from heroes.store.scope import scope_of
from tests.builders import a_subject, a_trial, publish
from tests.store.trials import TRIAL

PROTOCOL = read_protocol()
ALL = scope_of(Person(Role.STATISTICIAN), Policy())


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    cut = publish(TRIAL, tmp_path_factory.mktemp("data")).cut
    opened = open_cut(cut, ALL, PROTOCOL)
    yield opened
    opened.close()


@pytest.fixture
def asks(opened, tmp_path, monkeypatch):
    """Asks an SQL text as if it were a named question."""

    def ask(sql, **parameters):
        (tmp_path / "a_question.sql").write_text(sql, encoding="utf-8")
        monkeypatch.setattr(questions, "QUERIES", tmp_path)
        forget()
        return opened.trial().ask("a_question", **parameters)

    def forget():
        for remembered in (questions.question_names, questions.text_of_question, questions.parameters_of):
            remembered.cache_clear()

    yield ask
    monkeypatch.undo()
    forget()


def test_columns_keep_their_kind_where_nothing_is_missing(asks):
    answer = asks("SELECT 1 AS n, true AS yes, 1.5::DOUBLE AS x, 'a' AS t, DATE '2025-01-10' AS d, sum(2) AS s, 0.5 AS dec")
    assert {name: str(kind) for name, kind in answer.dtypes.items()} == {
        "n": "int64", "yes": "bool", "x": "float64", "t": "str", "d": "datetime64[us]", "s": "int64", "dec": "float64",
    }
    assert answer.iloc[0].tolist() == [1, True, 1.5, "a", pd.Timestamp("2025-01-10"), 2, 0.5]


def test_whole_numbers_stay_whole_where_some_are_missing(asks):
    answer = asks(
        "SELECT * FROM (VALUES (1, true, 1.5::DOUBLE, 'a', DATE '2025-01-10', 3::HUGEINT), (NULL, NULL, NULL, NULL, NULL, NULL))"
        " AS v (n, yes, x, t, d, s)"
    )
    assert {name: str(kind) for name, kind in answer.dtypes.items()} == {
        "n": "Int64", "yes": "boolean", "x": "float64", "t": "str", "d": "datetime64[us]", "s": "Int64",
    }
    assert answer.iloc[1].isna().all()
    assert answer["n"].iloc[0] == 1


def test_an_answer_without_rows_has_its_columns_and_their_kinds(asks):
    answer = asks("SELECT subject_id, age_y, bone_only FROM subject WHERE false")
    assert len(answer) == 0
    assert [str(kind) for kind in answer.dtypes] == ["str", "int64", "bool"]


def test_a_column_that_is_all_missing_is_no_number(asks):
    answer = asks("SELECT age_y, sex, months_on_anti_her2 FROM subject")
    assert [str(kind) for kind in answer.dtypes] == ["Int64", "str", "float64"]
    assert answer.isna().all().all()


def test_an_answer_may_be_changed_by_whoever_asked(asks):
    answer = asks("SELECT subject_id, origin_to_cut_off_days AS n FROM subject ORDER BY subject_id")
    answer["n"] = answer["n"] + 1
    answer.loc[0, "subject_id"] = "x"
    assert asks("SELECT subject_id FROM subject ORDER BY subject_id")["subject_id"].iloc[0] == "01-001"


def test_parameters_of_cut_and_protocol_are_filled_in(asks):
    answer = asks("SELECT CAST($cut_off AS DATE) AS d, $milestone_days AS m, $estimand AS e, $site IS NULL AS every_site")
    assert answer["d"].iloc[0] == pd.Timestamp(date(2026, 1, 31))
    assert answer["m"].iloc[0] == pytest.approx(365.25)
    assert answer["e"].iloc[0] == "treatment-policy"
    assert answer["every_site"].iloc[0]


def test_what_is_asked_for_goes_before_the_protocol(asks):
    assert asks("SELECT $estimand AS e", estimand=Estimand.COMPOSITE)["e"].iloc[0] == "composite"


def test_words_in_comments_are_no_parameters(asks):
    assert asks("-- $nothing of this is asked for\nSELECT 1 AS n")["n"].iloc[0] == 1


def test_a_parameter_that_the_question_does_not_know_is_named(asks):
    with pytest.raises(UnknownQuestionError, match="does not know colour. It knows: site"):
        asks("SELECT $site AS s", colour="red")


def test_a_parameter_that_nobody_gave_is_named(asks):
    with pytest.raises(UnknownQuestionError, match="needs a value for subject"):
        asks("SELECT $subject AS s")


def test_a_question_that_does_not_exist_names_those_that_do(opened):
    for question in ("weather", "../schema", ""):
        with pytest.raises(UnknownQuestionError, match="There are: .*time_to_event"):
            opened.trial().ask(question)


def test_the_text_of_a_question_is_there_to_be_read(opened):
    assert "SELECT" in opened.trial().text_of("time_to_event")


def test_has_tells_whether_there_are_rows(opened):
    trial = opened.trial()
    assert trial.has("subject") and trial.has("tte")
    assert not trial.has("weather")


def test_an_empty_table_is_not_had(tmp_path):
    trial = open_cut(publish(a_trial(a_subject(included="2025-01-10")), tmp_path).cut, ALL, PROTOCOL).trial()
    assert trial.has("subject")
    assert not trial.has("ctdna_result")


def test_readers_at_the_same_time_each_get_their_own_answer(asks, opened):
    asks("SELECT $subject AS subject, n FROM range($n) AS r (n)", subject="x", n=1)
    wrong = []

    def read(reader):
        trial = opened.trial()
        for turn in range(300):
            wanted = f"{reader}-{turn}"
            answer = trial.ask("a_question", subject=wanted, n=turn % 7 + 1)
            if set(answer["subject"]) != {wanted} or len(answer) != turn % 7 + 1:
                wrong.append(wanted)

    together(read)
    assert wrong == []


def test_even_one_trial_in_many_hands_gives_each_their_own_answer(asks, opened):
    asks("SELECT $subject AS subject", subject="x")
    trial, wrong = opened.trial(), []

    def read(reader):
        for turn in range(50):
            if trial.ask("a_question", subject=f"{reader}-{turn}")["subject"].tolist() != [f"{reader}-{turn}"]:
                wrong.append((reader, turn))

    together(read)
    assert wrong == []


def together(work, readers=8):
    failed = []

    def guarded(reader):
        try:
            work(reader)
        except Exception as error:  # noqa: BLE001  a thread must hand its error over
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(reader,)) for reader in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_cut_that_was_damaged_or_removed_is_not_opened(tmp_path):
    cut = publish(a_trial(a_subject(included="2025-01-10")), tmp_path).cut
    cut.path.chmod(0o644)
    cut.path.write_bytes(cut.path.read_bytes()[:5000])
    with pytest.raises(DamagedDataCutError):
        open_cut(cut, ALL, PROTOCOL)
    cut.path.unlink()
    with pytest.raises(UnknownDataCutError):
        open_cut(cut, ALL, PROTOCOL)


def test_an_open_cut_survives_the_removal_of_its_file_and_a_newer_cut_beside_it(tmp_path):
    cut = publish(a_trial(a_subject(included="2025-01-10")), tmp_path).cut
    opened = open_cut(cut, ALL, PROTOCOL)
    newer = publish(a_trial(a_subject(included="2025-01-10"), a_subject("01-002", included="2025-02-10")), tmp_path).cut
    both = open_cut(newer, ALL, PROTOCOL)
    cut.path.unlink()
    assert len(opened.trial().ask("swimmer_lanes")) == 1
    assert len(both.trial().ask("swimmer_lanes")) == 2


def test_a_closed_cut_says_so(tmp_path):
    opened = open_cut(publish(a_trial(a_subject(included="2025-01-10")), tmp_path).cut, ALL, PROTOCOL)
    trial = opened.trial()
    opened.close()
    trial._cursor.close()
    with pytest.raises(HeroesError, match="has been closed"):
        trial.ask("swimmer_lanes")


def test_a_path_with_a_quote_and_a_space_opens(tmp_path):
    cut = publish(a_trial(a_subject(included="2025-01-10")), tmp_path / "l'étude d'été").cut
    assert len(open_cut(cut, ALL, PROTOCOL).trial().ask("swimmer_lanes")) == 1


def test_a_cut_without_patients_opens_for_everyone(tmp_path):
    cut = publish(a_trial(), tmp_path).cut
    for role in Role:
        open_cut(cut, scope_of(Person(role, frozenset({"01"})), Policy("open")), PROTOCOL).close()


def test_numbers_go_into_statistics_as_plain_arrays(opened):
    times = opened.trial().ask("time_to_event")["time_days"].to_numpy()
    assert times.dtype.kind in "if" and isinstance(times, np.ndarray)
