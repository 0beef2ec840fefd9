"""`heroes pfs`: the endpoint of a cut."""

import argparse

from heroes.access import Person, Right, read_policy
from heroes.commands.options import add_verb, now
from heroes.commands.printing import print_json, print_lines
from heroes.errors import ClosedDataError, MisuseError
from heroes.model.terms import PARAMETER_OF, Censoring, Estimand, Parameter


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "pfs", run, "the endpoint of a data cut", scoped=True)
    parser.add_argument("--cut", default="newest", metavar="CUT", help="file stem, unique prefix, or newest")
    parser.add_argument("--estimand", type=Estimand, choices=list(Estimand), metavar="E", help=", ".join(Estimand))
    parser.add_argument("--parameter", type=Parameter, choices=list(Parameter), metavar="P", help=", ".join(Parameter))
    parser.add_argument("--censoring", choices=[rule.value for rule in Censoring], help="another table of censoring rules than the protocol's")
    parser.add_argument("--origin", choices=("INCLUDED", "TX_STOP", "BASELINE_DRAW"), help="another day 0 than the protocol's")
    parser.add_argument("--confirmation", dest="pd_confirmation", choices=("none", "equivocal_only", "second_scan"))
    parser.add_argument("--evaluator", metavar="WHO", help="whose reading of the scans counts")
    parser.add_argument("--population", choices=("included", "stopped"))
    parser.add_argument("--add-one", dest="aval_add_one", action=argparse.BooleanOptionalAction, default=None, help="count end − origin + 1 days")
    parser.add_argument("--at", type=float, action="append", default=[], metavar="DAYS")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
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
        arguments.data, at=now(), actor="operator", role=arguments.role.value, session_id="command", action="VIEW_CLOSED",
        object="pfs", params={"parameter": parameter.value, **conventions}, snapshot_hash=cut.digest, config_hash=protocol.digest,
    )
    document = {
        "cut": cut.stem, "cut_off": cut.cut_off.isoformat(), "digest": cut.digest, "study_id": cut.study_id, "simulated": cut.simulated,
        **describe_endpoint(times, protocol, parameter=parameter, conventions=conventions, at=tuple(arguments.at)),
    }
    if arguments.json:
        print_json(document)
    else:
        print_lines(endpoint_lines(document))
    return 0
