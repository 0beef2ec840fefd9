"""`heroes cif`: cumulative incidence on any table; cause 0 is censored."""

import argparse
from pathlib import Path

from heroes.commands.options import add_verb
from heroes.commands.printing import print_json, print_lines


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "cif", run, "cumulative incidence on any table", data=False)
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument("--time", required=True, metavar="COL")
    parser.add_argument("--cause", required=True, metavar="COL")
    parser.add_argument("--group", metavar="COL")
    parser.add_argument("--conf-level", type=float, default=0.95)
    parser.add_argument("--at", type=float, action="append", default=[], metavar="T")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Cumulative incidence on any table; cause 0 is censored."""
    from heroes.intake.files.plain_table import read_plain_table
    from heroes.statistics.describe import describe_cif
    from heroes.statistics.plain_text import cif_lines

    document = describe_cif(
        read_plain_table(arguments.file), time=arguments.time, cause=arguments.cause, group=arguments.group, at=tuple(arguments.at),
        conf_level=arguments.conf_level, with_curve=arguments.json,
    )
    if arguments.json:
        print_json(document)
        return 0
    print_lines(cif_lines(document))
    return 0
