"""A mutation run over the SQL of time to event: which small faults would the tests of the questions let through?

    python -m tests.mutation.sql [--file NAME] [--most N] [--only-survivors-of REPORT]

Run by hand from the root of the project, in an environment with requirements-mutation.txt. Each change of a file of
heroes/store/queries (`sql_changes`) is put into a copy of that folder, outside of the project, and the tests that get to see
another answer for it are run until one fails. The tests are loaded once; nothing in the project is written.

Printed, one line each: killed | survived | refused, file, line, what was changed, and the test that noticed. "Refused" is SQL that
DuckDB does not take: it says nothing about the tests and is not counted.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from heroes.store import questions
from heroes.store.connection import Trial
from tests.mutation.sql_answers import Answers, Asked, remember_what_no_change_can_alter
from tests.mutation.sql_changes import Change, changes_of
from tests.store.queries import trials

FILES = (
    "included_subjects", "reason_codes", "origins", "assessments", "progressions", "first_positives", "therapy_changes", "exits",
    "last_contacts", "time_to_event", "overall_survival", "time_to_next_treatment", "treatment_free_interval",
    "time_to_molecular_recurrence", "time_from_first_positive", "time_to_deterioration", "quality_of_life_scores",
)  # fmt: skip
TESTS = sorted(
    str(path)
    for pattern in ("test_*time*.py", "test_censoring*.py", "test_provenance.py", "test_quality_of_life.py", "test_therapy_changes.py")
    for path in Path(trials.__file__).parent.glob(pattern)
)
SECONDS = 120
"""A test that takes longer has noticed the change."""

class Run:
    """A pytest plugin: instead of running the tests once, runs them for every change until one fails."""

    def __init__(self, files: list[str], most: int | None, again: set[str]):
        self.files, self.most, self.again = files, most, again
        self.counts: dict[str, Counter] = defaultdict(Counter)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        remember_what_no_change_can_alter(session.items)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        asked, seconds = _all_that_is_asked(session)
        for file in self.files:
            answers = Answers(file, asked, seconds)
            order = _Order(seconds, answers.direct)
            changes = [change for change in changes_of(_text(file)) if not self.again or _said(file, change) in self.again]
            for change in changes[: self.most]:
                with _changed(file, change.text):
                    outcome, why = _outcome(session, answers, order)
                self.counts[file][outcome] += 1
                print(f"{outcome:9}{_said(file, change)}{why and f'   ({why})'}", flush=True)
        self._sum_up()
        return True

    def _sum_up(self) -> None:
        print(f"\n{'':34}{'changes':>9}{'killed':>9}{'survived':>9}{'refused':>9}")
        for file, n in [*self.counts.items(), ("all", sum(self.counts.values(), Counter()))]:
            print(f"{file:34}{n['killed'] + n['survived']:>9}{n['killed']:>9}{n['survived']:>9}{n['refused']:>9}")


class _Order:
    """Those tests first that have killed most in the least time."""

    def __init__(self, seconds: dict[pytest.Item, float], likely: set[pytest.Item]):
        self.killed, self.seconds = Counter(likely), Counter(seconds)

    def of(self, items: list[pytest.Item]) -> list[pytest.Item]:
        return sorted(items, key=lambda item: (self.killed[item] + 0.1) / self.seconds[item], reverse=True)

    def note(self, item: pytest.Item, seconds: float, has_killed: bool) -> None:
        self.seconds[item] += seconds
        self.killed[item] += has_killed


def _outcome(session: pytest.Session, answers: Answers, order: _Order) -> tuple[str, str]:
    """killed, survived or refused; and the test that noticed, or that none did though it could have."""
    if answers.are_refused():
        return "refused", ""
    passed = set()
    for items in answers.that_differ():
        failing = _failing(session, order.of([item for item in items if item not in passed]), order)
        if failing:
            return "killed", failing.name.split("[")[0]
        passed |= set(items)
    return "survived", "though answers differ" if passed else ""


def _failing(session: pytest.Session, items: list[pytest.Item], order: _Order) -> pytest.Item | None:
    """The first test that fails, None where all pass."""
    try:
        for item, following in zip(items, [*items[1:], None]):
            began = time.perf_counter()
            has_failed = any(report.failed for report in _reports(item, following))
            order.note(item, time.perf_counter() - began, has_failed)
            if has_failed:
                return item
        return None
    finally:
        session._setupstate.teardown_exact(None)


def _reports(item: pytest.Item, following: pytest.Item | None) -> list:
    def too_long(*_):
        raise TimeoutError(f"more than {SECONDS} seconds")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        return runtestprotocol(item, log=False, nextitem=following)
    finally:
        signal.alarm(0)


def _all_that_is_asked(session: pytest.Session) -> tuple[list[Asked], dict[pytest.Item, float]]:
    """Runs all tests as they are, which must pass, and notes what they ask of which trial; and how long each test takes."""
    ask, asked, now, seconds = Trial.ask, [], [], {}

    def noting(trial: Trial, question: str, **parameters):
        answer = ask(trial, question, **parameters)
        asked.append(Asked(now[-1], trial, question, parameters))
        return answer

    class Phases:
        def pytest_runtest_setup(self, item):
            now.append(item.module)

        def pytest_runtest_call(self, item):
            now.append(item)

    session.config.pluginmanager.register(phases := Phases())
    Trial.ask = noting
    for item, following in zip(session.items, [*session.items[1:], None]):
        reports = _reports(item, following)
        seconds[item] = sum(report.duration for report in reports if report.when == "call") + 0.05
        failed = [report for report in reports if report.failed]
        if failed:
            raise SystemExit(f"{item.nodeid} fails without any change:\n{failed[0].longreprtext}")
    Trial.ask = ask
    session.config.pluginmanager.unregister(phases)
    return asked, seconds


@contextmanager
def _changed(file: str, text: str):
    """The questions as they are, but for one file."""
    folder, original = Path(tempfile.mkdtemp()), questions.QUERIES
    try:
        shutil.copytree(original, folder / "queries")
        (folder / "queries" / f"{file}.sql").write_text(text, encoding="utf-8")
        questions.QUERIES = folder / "queries"
        _forget()
        yield
    finally:
        questions.QUERIES = original
        _forget()
        shutil.rmtree(folder)


def _forget() -> None:
    questions.text_of_question.cache_clear()
    questions.parameters_of.cache_clear()


def _text(file: str) -> str:
    return (questions.QUERIES / f"{file}.sql").read_text(encoding="utf-8")


def _said(file: str, change: Change) -> str:
    return f"{file}:{change.line}:{change.column}  {change.said}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.sql", description=__doc__.split("\n")[0])
    parser.add_argument("--file", action="append", choices=FILES, help="only this file; may be given several times")
    parser.add_argument("--most", type=int, help="no more than so many changes of each file")
    parser.add_argument("--only-survivors-of", type=Path, metavar="REPORT", help="only what survived in a report of an earlier run")
    given = parser.parse_args()
    again = set()
    if given.only_survivors_of:
        lines = given.only_survivors_of.read_text(encoding="utf-8").splitlines()
        again = {line[9:].split("   (")[0] for line in lines if line.startswith("survived ")}
    sys.dont_write_bytecode = True
    run = Run(given.file or list(FILES), given.most, again)
    return pytest.main(["-s", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:terminal", *TESTS], plugins=[run])


if __name__ == "__main__":
    raise SystemExit(main())
