"""`heroes cuts`: lists the cuts, with row count and digest of each table."""

import argparse
import sys

from heroes.commands.options import add_verb
from heroes.commands.printing import print_json


def add(verbs) -> None:
    """The verb and its options."""
    add_verb(verbs, "cuts", run, "list data cuts").add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Lists the cuts, with row count and digest of each table."""
    from heroes.store.cuts import list_cuts

    listed = list_cuts(arguments.data)
    if arguments.json:
        print_json({
            "cuts": [{
                "cut": cut.stem, "cut_off": cut.cut_off.isoformat(), "sequence": cut.sequence, "digest": cut.digest,
                "study_id": cut.study_id, "simulated": cut.simulated, "imported_at": cut.imported_at.isoformat(),
                "findings": cut.findings,
                "tables": {
                    table: {"rows": cut.row_counts[table], "digest": cut.table_digests.get(table)} for table in cut.row_counts
                },
            } for cut in listed.cuts],
            "damaged": [{"name": name, "reason": reason} for name, reason in listed.damaged],
        })
    else:
        for cut in listed.cuts:
            mark = "  SIMULATED" if cut.simulated else ""
            print(f"{cut.stem}  {cut.study_id}  subjects {cut.row_counts.get('subject', 0)}  imported {cut.imported_at:%Y-%m-%d %H:%M}Z{mark}")
        if not listed.cuts:
            print(f"No data cut in {arguments.data}.")
        for name, reason in listed.damaged:
            print(f"{name} cannot be used and is left out: {reason}", file=sys.stderr)
    return 0
