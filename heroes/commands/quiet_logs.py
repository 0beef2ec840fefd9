"""Logs of a command without what a cell holds: of an error its kind and place, of a library's message only that there was one.

Libraries quote the value that they stumbled over, in messages, warnings and tracebacks; it may be a patient's.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from heroes.errors import what_broke

OWN = "heroes"
"""Our own messages are written without values, as tests see to; all others are withheld."""


class QuietFormatter(logging.Formatter):
    """One line a record, never a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        told = f"{record.levelname} {record.name}"
        if record.exc_info and record.exc_info[1] is not None:
            return f"{told}: {what_broke(record.exc_info[1])}"
        if record.name.split(".")[0] != OWN:
            return f"{told}: a message of this library was withheld, for it may quote a cell."
        return f"{told}: {record.getMessage()}"


@contextmanager
def values_kept_out() -> Iterator[None]:
    """While it lasts: warnings go to the log, the log is written by QuietFormatter, and errors that nobody catches, in a
    thread or while Python cleans up, are told by kind and place. The log goes to standard error, from warnings upwards."""
    handler = logging.StreamHandler()
    handler.setFormatter(QuietFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook = lambda _, error, __: _say(error)
    threading.excepthook = lambda told: _say(told.exc_value) if told.exc_value is not None else None
    sys.unraisablehook = lambda told: _say(told.exc_value) if told.exc_value is not None else None
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        sys.excepthook, threading.excepthook, sys.unraisablehook = before


def _say(error: BaseException) -> None:
    print(f"heroes: {what_broke(error)}", file=sys.stderr)
