"""`heroes score`: quality-of-life scores of any table, so that anyone can check them against their own software."""

import argparse
import sys
from pathlib import Path

from heroes.commands.options import add_verb
from heroes.commands.printing import on_one_line, print_json
from heroes.model.terms import Instrument, Severity

INSTRUMENTS = {instrument.value.lower(): instrument for instrument in Instrument}
SHOWN = 10  # findings printed for people; --json has them all


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "score", run, "scores of a questionnaire, one filled-in questionnaire per row of a table", data=False)
    parser.add_argument("instrument", choices=tuple(INSTRUMENTS))
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="columns q1, q2 … or 1, 2 …; other columns are handed through")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Scores on standard output, as CSV or JSON; answers that an item does not offer are findings, and nothing is scored."""
    from heroes.intake.files.plain_table import read_plain_table
    from heroes.intake.findings import Finding
    from heroes.statistics.describe_scores import describe_scores, find_wrong_answers, scores_table

    instrument = INSTRUMENTS[arguments.instrument]
    table = read_plain_table(arguments.file)
    findings = [
        Finding(
            Severity.ERROR, "answer_outside_item", f"The cell is no answer of item {item}.", f"Wanted is {wanted}, or an empty cell.",
            file=arguments.file.name, row=str(row + 2), column=column,  # the header is row 1
        )
        for row, item, column, wanted in find_wrong_answers(table, instrument)
    ]
    if findings:
        if arguments.json:
            print_json({
                "instrument": instrument.value, "refused": True, "n": len(table), "rows": [],
                "findings": [{**finding.__dict__, "severity": finding.severity.value} for finding in findings],
            })
            return 1
        for finding in findings[:SHOWN]:
            print(on_one_line(f"{finding.severity.value} {finding.rule}: {finding}"), file=sys.stderr)
        if len(findings) > SHOWN:
            print(f"… and {len(findings) - SHOWN} more", file=sys.stderr)
        print(f"Refused ({len(findings)} answers outside their items). Nothing was scored.", file=sys.stderr)
        return 1
    document = describe_scores(table, instrument)
    if arguments.json:
        print_json({"refused": False, **document})
    else:
        scores_table(document).to_csv(sys.stdout, index=False, float_format="%.10g", lineterminator="\n")
    return 0
