"""Options that several verbs share, and the clock of the commands."""

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from heroes.access import Role
from heroes.settings import read_settings


def now() -> datetime:
    """The time at which a command was given."""
    return datetime.now(UTC)


def add_verb(
    verbs, name: str, run: Callable[[argparse.Namespace], int], about: str, *, data: bool = True, scoped: bool = False
) -> argparse.ArgumentParser:  # fmt: skip
    """A verb of the command. data: takes --data. scoped: takes --as ROLE and --site S. run gives the exit status."""
    child = verbs.add_parser(name, help=about, description=about)
    child.set_defaults(run=run)
    if data:
        child.add_argument("--data", type=Path, default=read_settings().directory, metavar="DIR", help="data folder (HEROES_DATA, else data/)")
    if scoped:
        child.add_argument("--as", dest="role", type=role, default=Role.STATISTICIAN, metavar="ROLE", help="narrow to a role")
        child.add_argument("--site", action="append", default=[], metavar="S", help="site of a site-bound role; may be repeated")
    return child


def role(text: str) -> Role:
    """A role by its name."""
    try:
        return Role(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"unknown role; roles are {', '.join(Role)}") from None


def day(text: str) -> date:
    """A date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("wanted a date as YYYY-MM-DD") from None
