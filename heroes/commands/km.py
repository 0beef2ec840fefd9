"""`heroes km`: Kaplan–Meier on any table, so that anyone can check it against their own software."""

import argparse
from pathlib import Path

from heroes.commands.options import add_verb
from heroes.commands.printing import print_json, print_lines
from heroes.errors import MisuseError

CONF_TYPES = ("plain", "log", "log-log", "logit", "arcsin", "rothman", "thomas-grunkemeier", "beta-product")
BANDS = ("hall-wellner", "log-hall-wellner", "equal-precision", "log-equal-precision")


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "km", run, "Kaplan–Meier on any table", data=False)
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument("--time", required=True, metavar="COL")
    parser.add_argument("--event", required=True, metavar="COL")
    parser.add_argument("--group", metavar="COL")
    parser.add_argument("--conf-type", choices=CONF_TYPES, default="log-log")
    parser.add_argument("--conf-level", type=float, default=0.95)
    parser.add_argument("--at", type=float, action="append", default=[], metavar="T")
    parser.add_argument("--rmst", type=float, action="append", default=[], metavar="TAU")
    parser.add_argument("--band", choices=BANDS, help="limits for the whole curve at once")
    parser.add_argument("--strata", metavar="COL", help="compare the groups within these strata (log-rank test)")
    parser.add_argument("--rho", type=int, choices=(0, 1), default=0, help="log-rank test (0), or Peto and Peto's (1)")
    parser.add_argument("--reference-survival", type=float, metavar="P", help="compare with this survival at --reference-time")
    parser.add_argument("--reference-time", type=float, metavar="T")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Kaplan–Meier on any table, so that anyone can check it against their own software."""
    from heroes.intake.files.plain_table import read_plain_table
    from heroes.statistics.describe import describe_km
    from heroes.statistics.plain_text import km_lines

    reference = (arguments.reference_survival, arguments.reference_time)
    if (reference[0] is None) != (reference[1] is None):
        raise MisuseError("A reference is a survival and the time it belongs to: give both --reference-survival and --reference-time.")
    document = describe_km(
        read_plain_table(arguments.file), time=arguments.time, event=arguments.event, group=arguments.group,
        conf_type=arguments.conf_type, conf_level=arguments.conf_level, at=tuple(arguments.at), rmst=tuple(arguments.rmst),
        band=arguments.band, strata=arguments.strata, rho=arguments.rho, reference=None if reference[0] is None else reference,
        with_curve=arguments.json,
    )
    if arguments.json:
        print_json(document)
        return 0
    print_lines(km_lines(document))
    return 0
