"""`heroes audit`: the record of who did what, and its proof."""

import argparse
import sys

from heroes.commands.options import add_verb


def add(verbs) -> None:
    """The verb and its options."""
    add_verb(verbs, "audit", run, "the record of who did what").add_argument("what", choices=("verify", "list"))


def run(arguments: argparse.Namespace) -> int:
    """The record of who did what, and its proof."""
    from heroes.store import audit

    if arguments.what == "list":
        print(audit.list_audit(arguments.data).to_csv(index=False), end="")
        return 0
    state = audit.verify_audit(arguments.data)
    if not state.ok:
        print(f"The chain is broken at entry {state.broken_at}: {state.reason}", file=sys.stderr)
        return 3
    print(f"The chain of {state.n} entries is whole.")
    return 0
