"""Whether a change of a question alters any answer at all that the tests get to see; where it does not, none of them can fail.

Also keeps what no change can alter (data cuts, made-up patients), so that a change costs a second and not a minute.
"""

import duckdb
import pandas as pd
import pytest

from heroes.store import questions
from heroes.store.connection import Trial
from heroes.store.parameters import fill_parameters
from tests.builders import ASubject
from tests.store.queries import recount, recount_times, trials

REFUSED = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.SyntaxException)


class Answers:
    """The answers to one question, in every trial and under every convention in which the tests ask it or what builds on it."""

    def __init__(self, file: str, asked: list[tuple[Trial, str, dict]]):
        self._file = file
        self._asked: dict[tuple, tuple[Trial, dict]] = {}
        for trial, question, given in asked:
            if file in questions._in_order(question):
                values = fill_parameters(question, questions.parameters_of(question), given, trial.cut, trial.protocol)
                values = {name: values[name] for name in questions.parameters_of(file)}
                self._asked.setdefault((id(trial), repr(sorted(values.items()))), (trial, values))
        self._kept = {key: self._answer(key) for key in self._asked}

    def differ(self) -> bool | None:
        """True with the first answer that differs, None where DuckDB does not take the SQL as it now is."""
        for key in list(self._asked):
            try:
                answer = self._answer(key)
            except REFUSED:
                return None
            except Exception:  # noqa: BLE001 - whatever else stops a query is a difference
                answer = None
            if answer is None or not answer.equals(self._kept[key]):
                self._asked = {key: self._asked[key], **self._asked}  # this one first, next time
                return True
        return False

    def _answer(self, key: tuple) -> pd.DataFrame:
        trial, values = self._asked[key]
        return trial.ask(self._file, **values)


def remember_what_no_change_can_alter(items: list[pytest.Item]) -> None:
    """Data cuts and what the recount knows of a patient are made once, not for every change."""
    recount.known_facts = recount_times.known_facts = _remembered(recount.known_facts)
    kept = {
        "asked": _remembered(trials.asked, unless="policy"),  # pooled times are made of the questions as the cut is opened
        "patient": _remembered(trials.patient),
        "made_up_patients": _remembered(recount.made_up_patients),
        "told_more": _remembered(recount_times.told_more),
    }
    for module in {item.module for item in items}:
        for name in kept.keys() & vars(module).keys():
            setattr(module, name, kept[name])


def _remembered(function, unless: str | None = None):
    """The function with its answers kept, by what it was given: the same object, or one that is told in the same words."""
    answers = {}

    def key(value):
        return id(value) if isinstance(value, ASubject) or (isinstance(value, dict) and len(value) > 3) else repr(value)

    def remembered(*args, **named):
        if unless in named:
            return function(*args, **named)
        given = (*map(key, args), *((name, repr(value)) for name, value in named.items()))
        if given not in answers:
            answers[given] = (function(*args, **named), args)  # args too: an id holds while its object does
        return answers[given][0]

    return remembered
