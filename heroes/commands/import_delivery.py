"""`heroes import`: files or a folder of one delivery → findings → one new cut."""

import argparse
import sys
from pathlib import Path

from heroes.commands.options import add_verb, day, now
from heroes.commands.printing import on_one_line, print_json
from heroes.model.terms import Severity

NAMES = {"ERROR": ("error", "errors"), "QUERY": ("query", "queries"), "NOTE": ("note", "notes")}


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "import", run, "files or a folder of one delivery become one new data cut", scoped=True)
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--mapping", type=Path, metavar="FILE")
    parser.add_argument("--cut-off", type=day, metavar="DATE")
    parser.add_argument("--check", action="store_true", help="publish nothing")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Files or a folder of one delivery → findings → one new cut."""
    from heroes.intake.findings import is_refused, summary
    from heroes.intake.route import import_delivery

    result = import_delivery(
        arguments.paths, arguments.data, imported_at=now(), actor="operator", role=arguments.role.value,
        mapping=arguments.mapping, cut_off=arguments.cut_off, check=arguments.check,
    )
    findings = result.delivery.findings
    refused = is_refused(findings)
    if arguments.json:
        print_json({
            "refused": refused,
            "published": None if result.published is None else {
                "cut": result.published.cut.stem, "is_new": result.published.is_new, "digest": result.published.cut.digest,
            },
            "findings": [{**finding.__dict__, "severity": finding.severity.value} for finding in findings],
        })
        return 1 if refused else 0
    _print_findings(findings)
    counts = summary(findings)
    told = ", ".join(f"{n} {NAMES[severity][n != 1]}" for severity, n in counts.items()) or "no findings"
    if refused:
        print(f"Refused ({told}). Nothing was published.", file=sys.stderr)
        return 1
    if result.published is None:
        print(f"Checked ({told}). Nothing was published, as asked.")
    elif result.published.is_new:
        print(f"Published {result.published.cut.stem} ({told}).")
    else:
        print(f"Nothing new: the same records are already in {result.published.cut.stem}.")
    return 0


def _print_findings(findings) -> None:
    """Findings grouped by rule: a few examples of each, and how many there are."""
    shown = 3
    groups: dict[tuple, list] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule), []).append(finding)
    for severity in Severity:
        for (weight, rule), members in groups.items():
            if weight is not severity:
                continue
            for finding in members[:shown]:
                print(on_one_line(f"{severity.value} {rule}: {finding}"), file=sys.stderr)
            if len(members) > shown:
                print(f"{severity.value} {rule}: … and {len(members) - shown} more", file=sys.stderr)
