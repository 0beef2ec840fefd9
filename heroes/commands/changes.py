"""`heroes changes`: what changed between two cuts, by patient."""

import argparse

from heroes.access import Person, read_policy
from heroes.commands.options import add_verb, now
from heroes.commands.printing import print_json, print_lines


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "changes", run, "what changed between two data cuts, by patient", scoped=True)
    parser.add_argument("older", metavar="CUT", help="file stem, unique prefix, or newest")
    parser.add_argument("newer", metavar="CUT")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """What changed between two cuts, by patient."""
    from heroes.protocol import protocol_of
    from heroes.store import audit
    from heroes.store.changes import compare_cuts
    from heroes.store.cuts import find_cut
    from heroes.store.scope import scope_of

    scope = scope_of(Person(arguments.role, frozenset(arguments.site)), read_policy(arguments.data))
    older, newer = find_cut(arguments.data, arguments.older), find_cut(arguments.data, arguments.newer)
    protocol = protocol_of(arguments.data).applied_to(newer.study_id)
    changes = compare_cuts(older, newer, scope, protocol)
    if scope.holds_outcomes:
        audit.record(
            arguments.data, at=now(), actor="operator", role=arguments.role.value, session_id="command", action="VIEW_CLOSED",
            object="changes", params={"older": older.stem}, snapshot_hash=newer.digest, config_hash=protocol.digest,
        )
    patients = by_patient(changes.frame)
    if arguments.json:
        print_json({
            "older": _cut(older), "newer": _cut(newer), "study_id": newer.study_id, "simulated": newer.simulated,
            "day_0": "of the newer cut", "left_out": list(changes.left_out), "counts": records(changes.counts()), "patients": patients,
        })
        return 0
    mark = "  SIMULATED" if newer.simulated else ""
    lines = [f"From {older.stem} to {newer.stem}, {newer.study_id}{mark}"]
    if changes.left_out:
        lines.append(f"Not held by the role {arguments.role.value}, so not compared: {', '.join(changes.left_out)}")
    for count in records(changes.counts()):
        lines.append(f"{_kind(count):<36}{count['n_changes']:>6}  in {count['n_patients']} patients")
    if not patients:
        lines.append("Nothing differs.")
    for patient in patients:
        lines.append(f"{patient['subject_id'] or 'no patient'}  site {patient['site_id'] or 'none'}")
        lines += [f"    {line_of(change)}" for change in patient["changes"]]
    print_lines(lines)
    return 0


def by_patient(frame) -> list[dict]:
    """Changes grouped: one entry per patient and site, in order; changes about no patient under subject_id null."""
    patients: list[dict] = []
    for row in records(frame):
        who = {"subject_id": row.pop("subject_id"), "site_id": row.pop("site_id")}
        if not patients or {name: patients[-1][name] for name in who} != who:
            patients.append({**who, "changes": []})
        patients[-1]["changes"].append(row)
    return patients


def records(frame) -> list[dict]:
    """Rows of a frame as plain values, None where nothing is; months as YYYY-MM."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{name: f"{cell:%Y-%m}" if cell is not None and name.endswith("_month") else cell for name, cell in row.items()} for row in rows]


def line_of(change: dict) -> str:
    """One change as a line: its kind, its record, what it was and what it is."""
    days = None if change["new_day"] is None and change["old_day"] is None else f"day {_from_to(change['old_day'], change['new_day'])}"
    codes = None if change["old_code"] is None and change["new_code"] is None else _from_to(change["old_code"], change["new_code"])
    named = change["record"] if change["record"] != change["event"] else None
    parts = (_kind(change), change["table_name"], named, change["what"], codes, days, change["new_month"] or change["old_month"])
    return "  ".join(str(part) for part in parts if part is not None)


def _kind(row: dict) -> str:
    return row["kind"] if row["event"] is None else f"{row['kind']} {row['event']}"


def _from_to(old: object, new: object) -> str:
    if old == new or old is None:
        return str(new)
    return f"{old} → {'none' if new is None else new}"


def _cut(cut) -> dict:
    return {"cut": cut.stem, "cut_off": cut.cut_off.isoformat(), "digest": cut.digest}
