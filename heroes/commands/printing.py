"""What a command says: results on standard output, progress on a terminal's standard error only."""

import sys

import orjson


def print_json(document: object) -> None:
    """A result for scripts, indented; what JSON has no form for as text."""
    sys.stdout.write(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")


def print_lines(lines: list[str]) -> None:
    """A result for people."""
    for line in lines:
        print(on_one_line(line))


def on_one_line(text: str) -> str:
    """Without the signs that a terminal obeys: names of files and columns are the sender's."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def progress(text: str) -> None:
    """How far long work is; silent in a pipe."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def end_progress() -> None:
    """Leaves the line of the progress."""
    if sys.stderr.isatty():
        print(file=sys.stderr)
