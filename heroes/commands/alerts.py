"""`heroes alerts`: the protocol's clocks that ring, for cron or mail. Rings or not, the exit status is 0."""

import argparse

import pandas as pd

from heroes.access import Person, Right, read_policy
from heroes.commands.options import add_verb, now
from heroes.commands.printing import print_json, print_lines


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "alerts", run, "the protocol's clocks that ring", scoped=True)
    parser.add_argument("--cut", default="newest", metavar="CUT", help="file stem, unique prefix, or newest")
    parser.add_argument("--new-since", metavar="CUT", help="only those that did not ring at this data cut")
    parser.add_argument("--all", action="store_true", help="acknowledged ones too")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """The alerts of a cut, in order of danger."""
    from heroes.labels import words_in
    from heroes.protocol import protocol_of
    from heroes.statistics.surveillance import new_since, rank_alerts, rules_not_judged, with_acknowledgements
    from heroes.store import audit
    from heroes.store.acknowledgements import list_acknowledgements
    from heroes.store.connection import open_cut
    from heroes.store.cuts import find_cut
    from heroes.store.scope import refuse, scope_of

    protocol, policy = protocol_of(arguments.data), read_policy(arguments.data)
    scope = scope_of(Person(arguments.role, frozenset(arguments.site)), policy)
    if not scope.holds_lists:
        raise refuse(scope, "Alerts name patients")
    cut = find_cut(arguments.data, arguments.cut)
    earlier = find_cut(arguments.data, arguments.new_since) if arguments.new_since else None
    protocol = protocol.applied_to(cut.study_id)

    def ringing(asked, *questions):
        opened = open_cut(asked, scope, protocol)
        try:
            trial = opened.trial()
            alerts = rank_alerts(trial.ask("protocol_alerts"))
            return alerts[alerts["site_id"].isin(arguments.site)] if arguments.site else alerts, *map(trial.ask, questions)
        finally:
            opened.close()

    alerts, clocks, coverage = ringing(cut, "protocol_clocks", "alert_coverage")
    alerts = with_acknowledgements(alerts, list_acknowledgements(arguments.data), cut.cut_off, protocol)
    if Right.ALL_PATIENTS in scope.rights:
        audit.record(
            arguments.data, at=now(), actor="operator", role=arguments.role.value, session_id="command", action="VIEW_CLOSED",
            object="alerts", params={"sites": sorted(arguments.site)}, snapshot_hash=cut.digest, config_hash=protocol.digest,
        )
    if earlier is not None:
        alerts = alerts[new_since(alerts, ringing(earlier)[0])]
    n_laid_aside = int(alerts["acknowledged_at"].notna().sum())
    if not arguments.all:
        alerts = alerts[alerts["acknowledged_at"].isna()]
    words = words_in("en")
    listed = [_told(alert, words) for alert in alerts.to_dict("records")]
    silent = [
        {"rule": rule.value, "reason": words.say(sentence, **named)}
        for rule, (sentence, named) in rules_not_judged(protocol, cut.row_counts, clocks, coverage.iloc[0]).items()
    ]
    document = {
        "cut": cut.stem, "cut_off": cut.cut_off.isoformat(), "digest": cut.digest, "study_id": cut.study_id, "simulated": cut.simulated,
        "new_since": None if earlier is None else earlier.stem, "alerts": listed, "acknowledged": n_laid_aside, "not_judged": silent,
    }
    if arguments.json:
        print_json(document)
    else:
        print_lines(_lines(document, whole=scope.sites is None))
    return 0


def _told(alert: dict, words) -> dict:
    from heroes.statistics.alert_sentences import say_alert

    def plain(value):
        return None if pd.isna(value) else value

    return {
        "alert": alert["alert"], "rule": alert["rule"], "danger": alert["danger"], "subject_id": alert["subject_id"],
        "site_id": alert["site_id"], "days": plain(alert["days"]), "limit_days": plain(alert["limit_days"]),
        "reason": say_alert(alert, words, "ctDNA"),
        "evidence": {"table": alert["source_table"], "day": plain(alert["source_day"]), "record": plain(alert["source_record"])},
        "acknowledged": None if pd.isna(alert["acknowledged_at"]) else {
            "reason": alert["acknowledged_reason"], "role": alert["acknowledged_role"], "at": alert["acknowledged_at"].isoformat(),
        },
    }


def _lines(document: dict, *, whole: bool) -> list[str]:
    """What a mail would say. whole: a total over sites may be told."""
    mark = "SIMULATED DATA. " if document["simulated"] else ""
    new = f", new since {document['new_since']}" if document["new_since"] else ""
    total = f": {len(document['alerts'])}" if whole else ""
    lines = [f"{mark}Alerts of {document['cut']}, cut-off {document['cut_off']}{new}{total}"]
    lines += [
        f"{alert['danger']:<6}  {alert['subject_id']}  site {alert['site_id']}  {alert['reason']}"
        + (f"  [acknowledged: {alert['acknowledged']['reason']}]" if alert["acknowledged"] else "")
        for alert in document["alerts"]
    ]
    if not document["alerts"]:
        lines.append("Nothing rings.")
    lines += [f"not judged: {silent['rule']}, {silent['reason']}" for silent in document["not_judged"]]
    return lines
