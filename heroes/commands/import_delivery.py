"""`heroes import`: files or a folder of one delivery → findings → one new cut; with --watch every delivery that is dropped."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from heroes.commands.options import add_verb, day, now
from heroes.commands.printing import on_one_line, print_json
from heroes.errors import MisuseError
from heroes.model.terms import Severity

NAMES = {"ERROR": ("error", "errors"), "QUERY": ("query", "queries"), "NOTE": ("note", "notes")}
SHOWN = 3
"""Findings of a rule that are printed before the rest is only counted."""


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "import", run, "files or a folder of one delivery become one new data cut", scoped=True)
    parser.add_argument("paths", type=Path, nargs="*", metavar="PATH")
    parser.add_argument("--mapping", type=Path, metavar="FILE")
    parser.add_argument("--cut-off", type=day, metavar="DATE")
    parser.add_argument("--check", action="store_true", help="publish nothing")
    parser.add_argument("--watch", type=Path, metavar="DIR", help="import what is dropped into this folder, until stopped")
    parser.add_argument("--settle", type=float, default=5.0, metavar="SECONDS", help="with --watch: rest of a delivery before it counts as complete")
    parser.add_argument("--queries", type=Path, metavar="FILE", help="write the queries to send to the sites as CSV")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Files or a folder of one delivery → findings → one new cut."""
    from heroes.intake.findings import is_refused
    from heroes.intake.route import import_delivery
    from heroes.intake.site_queries import as_csv, query_table

    if arguments.watch is not None:
        return _watch(arguments)
    if not arguments.paths:
        raise MisuseError("Name the files or the folder of a delivery, or a folder to --watch.")
    result = import_delivery(
        arguments.paths, arguments.data, imported_at=now(), actor="operator", role=arguments.role.value,
        mapping=arguments.mapping, cut_off=arguments.cut_off, check=arguments.check,
    )
    refused = is_refused(result.delivery.findings)
    if arguments.queries is not None:
        contents = result.delivery.contents
        table = query_table(result.delivery.findings, contents.tables["subject"] if contents else None)
        arguments.queries.write_text(as_csv(table), encoding="utf-8")
    if arguments.json:
        print_json(result_document(result))
        return 1 if refused else 0
    for line in finding_lines(result.delivery.findings, shown=SHOWN):
        print(line, file=sys.stderr)
    print(outcome_line(result), file=sys.stderr if refused else sys.stdout)
    return 1 if refused else 0


def _watch(arguments: argparse.Namespace) -> int:
    """Imports what is dropped until SIGTERM or SIGINT; a delivery at work is ended first."""
    from heroes.commands.watching import Watch

    if arguments.paths or arguments.cut_off or arguments.check or arguments.json or arguments.queries:
        raise MisuseError("--watch goes with --data, --mapping, --settle and --as alone; what is found is written beside each delivery.")
    if not 0 <= arguments.settle <= 86_400:
        raise MisuseError("--settle is a number of seconds, 0 to 86400.")
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    Watch(
        folder=arguments.watch, data=arguments.data, settle=arguments.settle, role=arguments.role.value, mapping=arguments.mapping,
        now=now, say=lambda line: print(on_one_line(line), flush=True),
    ).run(stop.wait)
    return 0


def result_document(result) -> dict:
    """An import as --json prints it."""
    from heroes.intake.findings import is_refused

    published = result.published
    return {
        "refused": is_refused(result.delivery.findings),
        "published": None if published is None else {
            "cut": published.cut.stem, "is_new": published.is_new, "digest": published.cut.digest,
        },
        "findings": [{**finding.__dict__, "severity": finding.severity.value} for finding in result.delivery.findings],
    }


def outcome_line(result) -> str:
    """What became of a delivery, in one line."""
    from heroes.intake.findings import is_refused, summary

    counts = summary(result.delivery.findings)
    told = ", ".join(f"{n} {NAMES[severity][n != 1]}" for severity, n in counts.items()) or "no findings"
    if is_refused(result.delivery.findings):
        return f"Refused ({told}). Nothing was published."
    if result.published is None:
        return f"Checked ({told}). Nothing was published, as asked."
    if result.published.is_new:
        return f"Published {result.published.cut.stem} ({told})."
    return f"Nothing new: the same records are already in {result.published.cut.stem}."


def finding_lines(findings, *, shown: int | None = None) -> list[str]:
    """Findings grouped by rule, errors first. shown: how many of each rule are told before the rest is counted; None: all."""
    lines = []
    groups: dict[tuple, list] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule), []).append(finding)
    for severity in Severity:
        for (weight, rule), members in groups.items():
            if weight is not severity:
                continue
            lines += [on_one_line(f"{severity.value} {rule}: {finding}") for finding in members[:shown]]
            if shown is not None and len(members) > shown:
                lines.append(f"{severity.value} {rule}: … and {len(members) - shown} more")
    return lines
