"""Whether a change of a question alters any answer at all that the tests get to see; where it does not, none of them can fail.

Also keeps what no change can alter (data cuts, made-up patients), so that a change costs a second and not a minute.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pandas as pd
import pytest

from heroes.errors import HeroesError
from heroes.store import questions
from heroes.store.connection import Trial
from heroes.store.parameters import fill_parameters
from tests.builders import ASubject
from tests.store.queries import recount, recount_times, trials

REFUSED = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.SyntaxException)
STOPPED = (duckdb.Error, HeroesError)


@dataclass(frozen=True)
class Asked:
    """Something a test asked, or a fixture of its module."""

    by: object  # a pytest item, or a module
    trial: Trial
    question: str
    parameters: dict


class Answers:
    """The answers to one question, in every trial and under every convention in which the tests ask it or what builds on it."""

    def __init__(self, file: str, asked: list[Asked], seconds: dict[pytest.Item, float]):
        """seconds: how long each test takes. Answers that a test asks of the very file come first, then those that quick tests see."""
        self._file = file
        self._asked: dict[tuple, tuple[Trial, dict, set]] = {}
        for one in asked:
            if file in questions._in_order(one.question):
                named = questions.parameters_of(one.question)
                values = fill_parameters(one.question, named, one.parameters, one.trial.cut, one.trial.protocol)
                values = {name: values[name] for name in questions.parameters_of(file)}
                key = id(one.trial), repr(sorted(values.items()))
                self._asked.setdefault(key, (one.trial, values, set()))[2].add(one.by)
        self._tests = {key: [item for item in seconds if item in by or item.module in by] for key, (_, _, by) in self._asked.items()}
        askers = {one.by for one in asked if one.question == file}
        self.direct = {item for item in seconds if item in askers}
        self._keys = sorted(self._asked, key=lambda key: min((item not in self.direct, seconds[item]) for item in self._tests[key]))
        self._noticed = dict.fromkeys(self._keys, 0)
        self._kept = {key: self._answer(key) for key in self._keys}

    def are_refused(self) -> bool:
        """Whether DuckDB does not take the SQL as it now is."""
        try:
            for key in self._keys[:1]:
                self._answer(key)
        except REFUSED:
            return True
        except STOPPED:  # whatever else stops a query is a difference, not a refusal
            return False
        return False

    def that_differ(self) -> Iterator[list[pytest.Item]]:
        """The tests that get to see an answer that is another now, one answer after the other; of these alone can any fail.

        The answer at which the caller stops is compared earlier the next time.
        """
        for key in sorted(self._keys, key=self._noticed.get, reverse=True):
            try:
                is_same = self._answer(key).equals(self._kept[key])
            except STOPPED:
                is_same = False
            if not is_same:
                self._noticed[key] += 1
                yield self._tests[key]
                self._noticed[key] -= 1

    def _answer(self, key: tuple) -> pd.DataFrame:
        trial, values, _ = self._asked[key]
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
