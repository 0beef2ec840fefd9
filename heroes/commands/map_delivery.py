"""`heroes map`: drafts a mapping file for a delivery, or checks one against it."""

import argparse
import sys
from pathlib import Path

from heroes.commands.import_delivery import SHOWN, finding_lines, outcome_line
from heroes.commands.options import add_verb, now
from heroes.commands.printing import on_one_line
from heroes.errors import MisuseError


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "map", run, "draft a mapping file for a delivery, or check one against it")
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the draft here; an existing file is not touched")
    parser.add_argument("--check", type=Path, metavar="MAPPING", help="check this mapping file against the delivery instead; publish nothing")


def run(arguments: argparse.Namespace) -> int:
    """Drafts a mapping file for a delivery, or checks one against it."""
    from heroes.intake.drafting import draft_mapping
    from heroes.protocol import protocol_of

    if arguments.check is not None:
        if arguments.out is not None:
            raise MisuseError("--out goes with a draft, not with --check.")
        return _check(arguments)
    draft = draft_mapping(arguments.paths, protocol_of(arguments.data))
    if arguments.out is None:
        print(draft.text, end="")
    else:
        try:
            with open(arguments.out, "x", encoding="utf-8") as file:
                file.write(draft.text)
        except FileExistsError:
            raise MisuseError(f"{arguments.out} exists and was not touched. Name another file.") from None
        print(f"Draft written to {arguments.out}.")
    for each in draft.left:
        print(on_one_line(f"Left to finish: {each}"), file=sys.stderr)
    if not draft.left:
        print("Nothing is left to finish.", file=sys.stderr)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from heroes.intake.findings import is_refused
    from heroes.intake.route import import_delivery

    result = import_delivery(
        arguments.paths, arguments.data, imported_at=now(), actor="operator", role="statistician", mapping=arguments.check, check=True
    )
    for one in result.delivery.recognised:
        print(on_one_line(f"{one.file}  {one.dataset or ''}  {one.n_rows} rows  → {', '.join(one.tables) or 'not read'}"))
    refused = is_refused(result.delivery.findings)
    for line in finding_lines(result.delivery.findings, shown=SHOWN):
        print(line, file=sys.stderr)
    print(outcome_line(result), file=sys.stderr if refused else sys.stdout)
    return 1 if refused else 0
