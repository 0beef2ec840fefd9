"""One writer at a time, also between processes: a lock file held by the operating system."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heroes.errors import MisuseError


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Holds a lock file while the block runs; waits for whoever holds it. It is let go with the process that held it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def held_alone(path: Path, otherwise: str) -> Iterator[None]:
    """Holds a lock file while the block runs; where another process holds it, raises a MisuseError that says `otherwise`."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MisuseError(otherwise) from None
        yield
    finally:
        os.close(handle)
