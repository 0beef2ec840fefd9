"""Small faults put into SQL, one at a time: what a slip of the pen could have made of a rule.

Works on the tokens of sqlglot's DuckDB dialect, not on its tree: everything but the one change stays as it was written, a line
number is that of the file, and nothing has to be parsed that DuckDB alone understands.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot

COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "="}
WORDS = {"AND": "OR", "OR": "AND", "TRUE": "FALSE", "FALSE": "TRUE", "DESC": "ASC", "ASC": "DESC", "ANTI": "SEMI", "SEMI": "ANTI"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*"}
FUNCTIONS = {
    "MIN": "max", "MAX": "min", "ARG_MIN": "arg_max", "ARG_MAX": "arg_min", "BOOL_OR": "bool_and", "BOOL_AND": "bool_or",
    "GREATEST": "least", "LEAST": "greatest", "FIRST_VALUE": "last_value", "LAST_VALUE": "first_value",
}  # fmt: skip
LISTS = {"COALESCE", "GREATEST", "LEAST"}
"""Functions of which an argument is left out."""

OPENS, CLOSES = {"(", "[", "{", "CASE"}, {")", "]", "}", "END"}
CONDITIONS = {"WHERE", "HAVING", "QUALIFY", "ON", "WHEN"}
ENDS = {
    ",", ";", "THEN", "WHEN", "ELSE", "AS", "SELECT", "FROM", "WHERE", "JOIN", "LEFT", "ANTI", "SEMI", "ON", "USING", "HAVING", "QUALIFY",
    "UNION", "GROUP BY", "ORDER BY", "ROWS",
}  # fmt: skip
"""What ends a condition, on either side, besides the bracket it stands in."""


@dataclass(frozen=True)
class Change:
    """line, column: where in the file, from 1. said: what was changed into what. text: the whole SQL with the change."""

    line: int
    column: int
    said: str
    text: str


@dataclass(frozen=True)
class _Token:
    word: str  # as written, in capitals unless quoted
    start: int
    end: int
    line: int
    is_text: bool


def changes_of(sql: str) -> list[Change]:
    """Every change of a text of SQL, in the order of its lines; two ways to the same text are one."""
    changes: dict[str, Change] = {" ".join(sql.split()): None}
    for change in _Reading(sql).changes():
        changes.setdefault(" ".join(change.text.split()), change)
    return sorted((change for change in changes.values() if change), key=lambda change: change.line)


class _Reading:
    def __init__(self, sql: str):
        self.sql = sql
        self.tokens = [_token(sql, token) for token in sqlglot.tokenize(sql, read="duckdb")]
        self.words = [token.word for token in self.tokens]
        self.texts = list(dict.fromkeys(token.word for n, token in enumerate(self.tokens) if token.is_text and not self._is_key(n)))

    def changes(self) -> Iterator[Change]:
        for n, token in enumerate(self.tokens):
            yield from self._of_text(n) if token.is_text else self._of_word(n, token.word)

    def word(self, n: int) -> str:
        return self.words[n] if 0 <= n < len(self.words) else ""

    def _of_text(self, n: int) -> Iterator[Change]:
        if not self._is_key(n) and len(self.texts) > 1:
            yield self._put(n, n, self.texts[(self.texts.index(self.words[n]) + 1) % len(self.texts)])

    def _of_word(self, n: int, word: str) -> Iterator[Change]:
        before, after = self.word(n - 1), self.word(n + 1)
        if word in COMPARISONS:
            yield self._put(n, n, COMPARISONS[word])
        elif word in ("AND", "OR") and not self._is_between(n):
            yield self._put(n, n, WORDS[word])
            yield self._put(self._back(n), n, "")
            yield self._put(n, self._forth(n), "")
        elif word in WORDS and word not in ("AND", "OR"):
            yield self._put(n, n, WORDS[word])
        elif word in ("+", "-") or (word in ARITHMETIC and before not in ("(", ".", ",", "SELECT")):
            yield self._put(n, n, ARITHMETIC[word])
        elif word.isdecimal():
            yield self._put(n, n, str(int(word) + 1))
            yield self._put(n, n, str(int(word) - 1))
        elif word == "IS":
            yield self._put(n, n + 1, "IS") if after == "NOT" else self._put(n, n, "IS NOT")
        elif word == "NOT" and before != "IS":
            yield self._put(n, n, "")
        elif word == "LEFT":
            yield self._put(n, n, "")
        elif word == "DISTINCT":
            yield self._put(n, n, "")
        elif word == "UNION":
            yield self._put(n, n + 1, "UNION") if after == "ALL" else self._put(n, n, "UNION ALL")
        elif word == "ELSE":
            yield self._put(n + 1, self._end(n), "NULL")
        elif word == "ORDER BY":
            yield from self._order(n)
        if after == "(":
            yield from self._of_function(n, word)
        if word in CONDITIONS:
            yield from self._condition(n, word)

    def _of_function(self, n: int, word: str) -> Iterator[Change]:
        if word in FUNCTIONS:
            yield self._put(n, n, FUNCTIONS[word])
        if word == "FILTER":
            yield self._put(n + 2, self._end(n + 1), "TRUE")
        parts = self._parts(n + 1)
        if len(parts) > 1 and (word in LISTS or word == "USING"):
            for first, last in parts:
                yield self._put(first, last + 1, "") if self.word(last + 1) == "," else self._put(first - 1, last, "")
        if len(parts) > 1 and word == "COALESCE":
            (a, b), (c, d) = parts[:2]
            yield self._put(a, d, f"{self._cut(c, d)}, {self._cut(a, b)}")

    def _condition(self, n: int, word: str) -> Iterator[Change]:
        last = self._end(n)
        if word == "WHEN":
            yield self._put(n + 1, last, "NULL")  # never taken
            if not self._is_of_a_value(n):
                yield self._put(n + 1, last, "TRUE")
        else:
            yield self._put(n + 1, last, "TRUE")

    def _order(self, n: int) -> Iterator[Change]:
        for _, last in self._parts(n):
            if self.words[last] not in ("ASC", "DESC"):
                yield self._put(last, last, self._cut(last, last) + " DESC")

    def _parts(self, n: int) -> list[tuple[int, int]]:
        """What stands between the commas after a token that opens a list: first and last token of each."""
        parts, first = [], n + 1
        last = self._end(n)
        while first - 1 < last or (first - 1 == last and not parts):
            until = self._end(first - 1)
            if until < first:
                return []
            parts.append((first, until))
            if self.word(until + 1) != ",":
                break
            first = last = until + 2
        return parts

    def _end(self, n: int) -> int:
        """The last token of the expression that begins after a token; AND and OR belong to it."""
        return self._walk(n, 1, ENDS)

    def _forth(self, n: int) -> int:
        return self._walk(n, 1, ENDS | {"OR"} | ({"AND"} if self.words[n] == "AND" else set()))

    def _back(self, n: int) -> int:
        return self._walk(n, -1, ENDS | {"OR"} | ({"AND"} if self.words[n] == "AND" else set()))

    def _walk(self, n: int, step: int, ends: set[str]) -> int:
        into, out_of = (OPENS, CLOSES) if step == 1 else (CLOSES, OPENS)
        depth, at = 0, n + step
        while 0 <= at < len(self.words):
            word = self.words[at]
            if depth == 0 and (word in out_of or (word in ends and not (word == "AND" and self._is_between(at)))):
                break
            depth += (word in into) - (word in out_of)
            at += step
        return at - step

    def _is_between(self, n: int) -> bool:
        """An AND that belongs to BETWEEN."""
        at = n - 1
        while at >= 0 and self.words[at] not in ENDS | {"AND", "OR", "("}:
            if self.words[at] == "BETWEEN":
                return True
            at -= 1
        return False

    def _is_key(self, n: int) -> bool:
        return self.word(n + 1) == ":"

    def _is_of_a_value(self, n: int) -> bool:
        """A WHEN of CASE x WHEN 1 …, which holds values instead of conditions."""
        depth, at = 0, n - 1
        while not (depth == 0 and self.words[at] == "CASE"):
            depth += (self.words[at] in CLOSES) - (self.words[at] in OPENS)
            at -= 1
        return self.words[at + 1] != "WHEN"

    def _cut(self, first: int, last: int) -> str:
        return self.sql[self.tokens[first].start : self.tokens[last].end]

    def _put(self, first: int, last: int, instead: str) -> Change:
        start, end = self.tokens[first].start, self.tokens[last].end
        said = f"{' '.join(self._cut(first, last).split())} → {' '.join(instead.split()) or '(left out)'}"
        return Change(self.tokens[first].line, start - self.sql.rfind("\n", 0, start), said, self.sql[:start] + instead + self.sql[end:])


def _token(sql: str, token) -> _Token:
    written = sql[token.start : token.end + 1]
    is_text = written.startswith("'")
    word = written if is_text else " ".join(written.upper().split())
    return _Token(word, token.start, token.end + 1, sql.count("\n", 0, token.start) + 1, is_text)
