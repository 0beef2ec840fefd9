"""The `heroes` command: thin, like a page. Results on standard output, errors on standard error.

Exit status: 0 done; 1 the data were refused; 2 the command was misused; 3 something broke.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import orjson

from heroes.access import Person, Right, Role, read_policy
from heroes.errors import ClosedDataError, HeroesError, MisuseError, what_broke
from heroes.model.terms import PARAMETER_OF, Censoring, Estimand, Parameter, Severity
from heroes.settings import read_settings

NAMES = {"ERROR": ("error", "errors"), "QUERY": ("query", "queries"), "NOTE": ("note", "notes")}
CONF_TYPES = ("plain", "log", "log-log", "logit", "arcsin", "rothman", "thomas-grunkemeier", "beta-product")
BANDS = ("hall-wellner", "log-hall-wellner", "equal-precision", "log-equal-precision")


def _now() -> datetime:
    return datetime.now(UTC)


def _print_json(document: object) -> None:
    sys.stdout.write(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        print(_on_one_line(line))


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _end_progress() -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)


def run_serve(arguments: argparse.Namespace) -> int:
    """The dashboard; with --simulate-if-empty a simulated trial where the folder holds no cut."""
    from heroes.app import server
    from heroes.store.cuts import newest_name

    settings = read_settings()
    settings = replace(settings, directory=arguments.data, open_acknowledged=arguments.open or settings.open_acknowledged)
    if arguments.simulate_if_empty and newest_name(settings.directory) is None:
        from heroes.simulate import DEFAULT_CUTS, publish_simulation

        print("No data cut yet: making a simulated trial. Its newest cut comes first, the earlier ones behind it.", file=sys.stderr)
        publish_simulation(settings.directory, cuts=DEFAULT_CUTS, newest_only=True, imported_at=_now(), progress=_progress)
        _end_progress()
        subprocess.Popen(
            [sys.executable, "-m", "heroes.cli", "simulate", "--data", str(settings.directory)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=lambda: os.nice(15),
        )
    print(f"HEROES Dashboard on http://localhost:{arguments.port} (stop with Ctrl+C)", file=sys.stderr)
    server.serve(settings, arguments.port)
    return 0


def run_simulate(arguments: argparse.Namespace) -> int:
    """A simulated trial as weekly cuts."""
    from heroes import simulate

    size = {"subjects": arguments.subjects, "sites": arguments.sites, "seed": simulate.DEFAULT_SEED if arguments.seed is None else arguments.seed}
    if arguments.live is not None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        try:
            simulate.publish_live(arguments.data, seconds=arguments.live, wait=stop.wait, now=_now, progress=_progress, **size)
        except KeyboardInterrupt:
            pass
        return 0
    n = simulate.publish_simulation(arguments.data, cuts=arguments.cuts or simulate.DEFAULT_CUTS, imported_at=_now(), progress=_progress, **size)
    _end_progress()
    print(f"{n} simulated data cuts published in {arguments.data}")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Files or a folder of one delivery → findings → one new cut."""
    from heroes.intake.findings import is_refused, summary
    from heroes.intake.route import import_delivery

    result = import_delivery(
        arguments.paths, arguments.data, imported_at=_now(), actor="operator", role=arguments.role.value,
        mapping=arguments.mapping, cut_off=arguments.cut_off, check=arguments.check,
    )
    findings = result.delivery.findings
    refused = is_refused(findings)
    if arguments.json:
        _print_json({
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


def _on_one_line(text: str) -> str:
    """Without the signs that a terminal obeys: names of files and columns are the sender's."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


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
                print(_on_one_line(f"{severity.value} {rule}: {finding}"), file=sys.stderr)
            if len(members) > shown:
                print(f"{severity.value} {rule}: … and {len(members) - shown} more", file=sys.stderr)


def run_cuts(arguments: argparse.Namespace) -> int:
    """Lists the cuts, with row count and digest of each table."""
    from heroes.store.cuts import list_cuts

    listed = list_cuts(arguments.data)
    if arguments.json:
        _print_json({
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


def run_verify(arguments: argparse.Namespace) -> int:
    """Checks the digest of every cut, reading each in full."""
    from heroes.store.cuts import list_cuts

    listed = list_cuts(arguments.data)  # a new process reads every cut in full
    for cut in listed.cuts:
        print(f"{cut.stem}: good")
    for name, reason in listed.damaged:
        print(f"{name}: {reason}", file=sys.stderr)
    print(f"{len(listed.cuts)} of {len(listed.cuts) + len(listed.damaged)} data cuts are good.")
    return 3 if listed.damaged else 0


def run_pfs(arguments: argparse.Namespace) -> int:
    """The endpoint of a cut."""
    from heroes.protocol import protocol_of
    from heroes.statistics.endpoint import describe_endpoint
    from heroes.statistics.plain_text import endpoint_lines
    from heroes.store import audit
    from heroes.store.connection import open_cut
    from heroes.store.cuts import find_cut
    from heroes.store.scope import scope_of
    from heroes.store.times import CONVENTIONS, TIME_QUESTIONS, TIME_TABLES, conventions_of

    protocol, policy = protocol_of(arguments.data), read_policy(arguments.data)
    scope = scope_of(Person(arguments.role, frozenset(arguments.site)), policy)
    if Right.ALL_PATIENTS not in scope.rights or Right.POOLED_OUTCOMES not in scope.rights:
        raise ClosedDataError(f"Pooled outcomes are closed to the role {arguments.role.value}. They are for the DSMB and the study statistician.")
    cut = find_cut(arguments.data, arguments.cut)
    protocol = protocol.applied_to(cut.study_id)
    if arguments.parameter and arguments.estimand:
        raise MisuseError("An estimand belongs to progression-free survival: give --estimand or --parameter, not both.")
    parameter = arguments.parameter or PARAMETER_OF[arguments.estimand or protocol.endpoint.estimand]
    question, fixed = TIME_QUESTIONS[parameter]
    conventions = {name: getattr(arguments, name) for name in CONVENTIONS if getattr(arguments, name) is not None}
    unknown = sorted(set(conventions) - set(conventions_of(parameter)))
    if unknown:
        raise MisuseError(f"{parameter.value} does not depend on {', '.join(unknown)}.")
    lacking = [table for table in TIME_TABLES[parameter] if not cut.row_counts.get(table)]
    if lacking:
        raise MisuseError(f"{parameter.value} cannot be derived from {cut.stem}: it holds no rows of {', '.join(lacking)}.")
    opened = open_cut(cut, scope, protocol)
    try:
        trial = opened.trial()
        readers = trial.ask("evaluators").evaluator.tolist()
        if arguments.evaluator is not None and arguments.evaluator not in readers:
            raise MisuseError(f"Nobody called that read a scan. Scans were read by: {', '.join(readers) or 'nobody'}.")
        times = trial.ask(question, **fixed, **conventions)
    finally:
        opened.close()
    audit.record(
        arguments.data, at=_now(), actor="operator", role=arguments.role.value, session_id="command", action="VIEW_CLOSED",
        object="pfs", params={"parameter": parameter.value, **conventions}, snapshot_hash=cut.digest, config_hash=protocol.digest,
    )
    document = {
        "cut": cut.stem, "cut_off": cut.cut_off.isoformat(), "digest": cut.digest, "study_id": cut.study_id, "simulated": cut.simulated,
        **describe_endpoint(times, protocol, parameter=parameter, conventions=conventions, at=tuple(arguments.at)),
    }
    if arguments.json:
        _print_json(document)
    else:
        _print_lines(endpoint_lines(document))
    return 0


def run_km(arguments: argparse.Namespace) -> int:
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
        _print_json(document)
        return 0
    _print_lines(km_lines(document))
    return 0


def run_cif(arguments: argparse.Namespace) -> int:
    """Cumulative incidence on any table; cause 0 is censored."""
    from heroes.intake.files.plain_table import read_plain_table
    from heroes.statistics.describe import describe_cif
    from heroes.statistics.plain_text import cif_lines

    document = describe_cif(
        read_plain_table(arguments.file), time=arguments.time, cause=arguments.cause, group=arguments.group, at=tuple(arguments.at),
        conf_level=arguments.conf_level, with_curve=arguments.json,
    )
    if arguments.json:
        _print_json(document)
        return 0
    _print_lines(cif_lines(document))
    return 0


def run_audit(arguments: argparse.Namespace) -> int:
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


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"unknown role; roles are {', '.join(Role)}") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("wanted a date as YYYY-MM-DD") from None


def build_parser() -> argparse.ArgumentParser:
    """Every verb and its options."""
    parser = argparse.ArgumentParser(prog="heroes", description="The weekly view of a ctDNA-guided de-escalation trial.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name, run, about, *, data=True, scoped=False):
        child = verbs.add_parser(name, help=about, description=about)
        child.set_defaults(run=run)
        if data:
            child.add_argument("--data", type=Path, default=read_settings().directory, metavar="DIR", help="data folder (HEROES_DATA, else data/)")
        if scoped:
            child.add_argument("--as", dest="role", type=_role, default=Role.STATISTICIAN, metavar="ROLE", help="narrow to a role")
            child.add_argument("--site", action="append", default=[], metavar="S", help="site of a site-bound role; may be repeated")
        return child

    serve = verb("serve", run_serve, "the dashboard, on this machine's loopback address")
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument("--open", action="store_true", help="acknowledge real data without sign-in")
    serve.add_argument("--simulate-if-empty", action="store_true", help="make a simulated trial where the folder holds no data cut")

    simulate = verb("simulate", run_simulate, "a simulated trial as weekly data cuts")
    simulate.add_argument("--subjects", type=int, default=170, help="inclusions")
    simulate.add_argument("--sites", type=int, default=35)
    simulate.add_argument("--cuts", type=int, help="weekly data cuts (default 60)")
    simulate.add_argument("--seed", type=int, help="another trial of the same size")
    simulate.add_argument("--live", type=float, metavar="SECONDS", help="start 30 weeks earlier and keep publishing the next week")

    deliver = verb("import", run_import, "files or a folder of one delivery become one new data cut", scoped=True)
    deliver.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    deliver.add_argument("--mapping", type=Path, metavar="FILE")
    deliver.add_argument("--cut-off", type=_day, metavar="DATE")
    deliver.add_argument("--check", action="store_true", help="publish nothing")
    deliver.add_argument("--json", action="store_true")

    verb("cuts", run_cuts, "list data cuts").add_argument("--json", action="store_true")
    verb("verify", run_verify, "check the digest of every data cut")

    pfs = verb("pfs", run_pfs, "the endpoint of a data cut", scoped=True)
    pfs.add_argument("--cut", default="newest", metavar="CUT", help="file stem, unique prefix, or newest")
    pfs.add_argument("--estimand", type=Estimand, choices=list(Estimand), metavar="E", help=", ".join(Estimand))
    pfs.add_argument("--parameter", type=Parameter, choices=list(Parameter), metavar="P", help=", ".join(Parameter))
    pfs.add_argument("--censoring", choices=[rule.value for rule in Censoring], help="another table of censoring rules than the protocol's")
    pfs.add_argument("--origin", choices=("INCLUDED", "TX_STOP", "BASELINE_DRAW"), help="another day 0 than the protocol's")
    pfs.add_argument("--confirmation", dest="pd_confirmation", choices=("none", "equivocal_only", "second_scan"))
    pfs.add_argument("--evaluator", metavar="WHO", help="whose reading of the scans counts")
    pfs.add_argument("--population", choices=("included", "stopped"))
    pfs.add_argument("--add-one", dest="aval_add_one", action=argparse.BooleanOptionalAction, default=None, help="count end − origin + 1 days")
    pfs.add_argument("--at", type=float, action="append", default=[], metavar="DAYS")
    pfs.add_argument("--json", action="store_true")

    km = verb("km", run_km, "Kaplan–Meier on any table", data=False)
    km.add_argument("file", type=Path, metavar="FILE.csv")
    km.add_argument("--time", required=True, metavar="COL")
    km.add_argument("--event", required=True, metavar="COL")
    km.add_argument("--group", metavar="COL")
    km.add_argument("--conf-type", choices=CONF_TYPES, default="log-log")
    km.add_argument("--conf-level", type=float, default=0.95)
    km.add_argument("--at", type=float, action="append", default=[], metavar="T")
    km.add_argument("--rmst", type=float, action="append", default=[], metavar="TAU")
    km.add_argument("--band", choices=BANDS, help="limits for the whole curve at once")
    km.add_argument("--strata", metavar="COL", help="compare the groups within these strata (log-rank test)")
    km.add_argument("--rho", type=int, choices=(0, 1), default=0, help="log-rank test (0), or Peto and Peto's (1)")
    km.add_argument("--reference-survival", type=float, metavar="P", help="compare with this survival at --reference-time")
    km.add_argument("--reference-time", type=float, metavar="T")
    km.add_argument("--json", action="store_true")

    cif = verb("cif", run_cif, "cumulative incidence on any table", data=False)
    cif.add_argument("file", type=Path, metavar="FILE.csv")
    cif.add_argument("--time", required=True, metavar="COL")
    cif.add_argument("--cause", required=True, metavar="COL")
    cif.add_argument("--group", metavar="COL")
    cif.add_argument("--conf-level", type=float, default=0.95)
    cif.add_argument("--at", type=float, action="append", default=[], metavar="T")
    cif.add_argument("--json", action="store_true")

    verb("audit", run_audit, "the record of who did what").add_argument("what", choices=("verify", "list"))
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the command."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
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
