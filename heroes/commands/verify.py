"""`heroes verify`: checks the digest of every cut, reading each in full."""

import argparse
import sys

from heroes.commands.options import add_verb


def add(verbs) -> None:
    """The verb and its options."""
    add_verb(verbs, "verify", run, "check the digest of every data cut")


def run(arguments: argparse.Namespace) -> int:
    """Checks the digest of every cut, reading each in full."""
    from heroes.store.cuts import list_cuts

    listed = list_cuts(arguments.data)  # a new process reads every cut in full
    for cut in listed.cuts:
        print(f"{cut.stem}: good")
    for name, reason in listed.damaged:
        print(f"{name}: {reason}", file=sys.stderr)
    print(f"{len(listed.cuts)} of {len(listed.cuts) + len(listed.damaged)} data cuts are good.")
    return 3 if listed.damaged else 0
