"""The named questions of `queries/`, each made whole by the questions it builds on.

A question may build on others: the line `-- Builds on: progressions, follow_up` in its first comment makes the answer of each
a table of that name, which its own SQL reads. So every rule is written once, in the question that asks for it.
"""

import re
from functools import cache
from pathlib import Path

from heroes.errors import UnknownQuestionError

QUERIES = Path(__file__).with_name("queries")

_BUILDS_ON = re.compile(r"^-- Builds on: (.+)$", re.MULTILINE)
_OWN_STEPS = re.compile(r"^WITH\b\s*", re.MULTILINE)
_NOT_CODE = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"")
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


@cache
def question_names() -> tuple[str, ...]:
    """All questions that can be asked, by name."""
    return tuple(sorted(path.stem for path in QUERIES.glob("*.sql")))


@cache
def text_of_question(question: str) -> str:
    """The SQL of a question with that of all it builds on in front, foundations first, each once: ready to run.

    The SQL of a question that has steps of its own begins with WITH at the start of a line.
    Raises UnknownQuestionError naming the questions there are.
    """
    *foundations, _ = _in_order(question)
    own = _own_text(question)
    if not foundations:
        return own
    steps = ",\n\n".join(f"{name} AS MATERIALIZED (\n{_own_text(name)}\n)" for name in foundations)
    has_steps = _OWN_STEPS.search(own)
    if not has_steps:
        return f"WITH\n{steps}\n\n{own}"
    return f"WITH\n{steps},\n\n{own[: has_steps.start()]}{own[has_steps.end() :]}"


@cache
def parameters_of(question: str) -> frozenset[str]:
    """Names of the $parameters of a question's whole SQL; those in comments and quoted text do not count."""
    return named_parameters(text_of_question(question))


def named_parameters(text: str) -> frozenset[str]:
    """Names of the $parameters of an SQL text; those in comments and quoted text do not count."""
    return frozenset(_PARAMETER.findall(_NOT_CODE.sub(" ", text)))


def builds_on(question: str) -> list[str]:
    """The questions that a question names as those it builds on."""
    found = _BUILDS_ON.search(_own_text(question))
    return re.split(r",\s*", found.group(1).strip()) if found else []


def _in_order(question: str) -> list[str]:
    ordered: list[str] = []
    for name in builds_on(question):
        ordered += [step for step in _in_order(name) if step not in ordered]
    return [*ordered, question]


def _own_text(question: str) -> str:
    if question not in question_names():
        raise UnknownQuestionError(f'There is no question "{question}". There are: {", ".join(question_names())}.')
    return (QUERIES / f"{question}.sql").read_text(encoding="utf-8").strip().rstrip(";")
