"""The `heroes` command: thin, like a page. Results on standard output, errors on standard error.

Exit status: 0 done; 1 the data were refused; 2 the command was misused; 3 something broke.
"""

import argparse
import sys

from heroes.commands import alerts, audit, changes, cif, cuts, import_delivery, km, map_delivery, pfs, score, serve, simulate, verify
from heroes.commands.quiet_logs import values_kept_out
from heroes.errors import HeroesError, what_broke

VERBS = (serve, simulate, import_delivery, map_delivery, cuts, verify, changes, alerts, pfs, km, cif, score, audit)
"""In the order of the help. Each imports what it works with only when it runs: the command starts quickly."""


def build_parser() -> argparse.ArgumentParser:
    """Every verb and its options."""
    parser = argparse.ArgumentParser(prog="heroes", description="The weekly view of a ctDNA-guided de-escalation trial.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        verb.add(verbs)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the command."""
    with values_kept_out():
        return _run(arguments)


def _run(arguments: list[str] | None) -> int:
    try:
        parsed = build_parser().parse_args(arguments)
        return parsed.run(parsed)
    except HeroesError as error:
        print(f"heroes: {error}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        return 0
    except OSError as error:
        print(f"heroes: {error.strerror or 'the system refused'}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        return 3
    except Exception as error:
        print(f"heroes: {what_broke(error)}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
