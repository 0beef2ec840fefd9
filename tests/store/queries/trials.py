"""Small trials told in days from the inclusion, published as a real data cut and asked through a real scope."""

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from heroes.access import Person, Policy, Role
from heroes.protocol import Protocol, read_protocol
from heroes.store.connection import Trial, open_cut
from heroes.store.scope import scope_of
from tests.builders import CUT_OFF, a_subject, a_trial, publish

_STEPS = {
    "consented", "baseline_draw", "baseline_result", "consented_again", "stopped", "resumed", "new_treatment", "died", "lost",
    "withdrawn", "completed", "discontinued", "last_alive",
}


def patient(subject_id: str = "01-001", *, followed: int = 400, relative: bool = False, included: int = 0, **told):
    """A patient included so many days before the cut-off; every day below counts from the inclusion.

    scans: (day, overall) or (day, overall, {column: value}). calls: (day, call) or (day, call, quantity, {column: value}).
    draws: (day,) or (day, visit_code). visits: (code, day or None, status). treatments: (reason, start or None, end or None).
    questionnaires: (day, {item_no: value}) of the QLQ-C30, or (day, {item_no: value}, instrument).
    forms: (visit_code, day or None, status) and a reason. moves: (day, site).
    Steps: day or list of days. visit_of: day → visit_code, of calls. tte: records with days.
    """
    origin = date.fromisoformat(CUT_OFF) - timedelta(days=followed)

    def at(day: int | None) -> str | None:
        return None if day is None else (origin + timedelta(days=day)).isoformat()

    def first_at(rows, position: int = 0) -> list[tuple]:
        return [(*row[:position], at(row[position]), *row[position + 1 :]) for row in rows]

    steps = {
        name: [at(day) for day in days] if isinstance(days := told.pop(name), list) else at(days)
        for name in list(told)
        if name in _STEPS
    }
    return a_subject(
        subject_id,
        included=at(included),
        scans=first_at(told.pop("scans", ())),
        calls=first_at(told.pop("calls", ())),
        draws=first_at(told.pop("draws", ())),
        visits=first_at(told.pop("visits", ()), 1),
        questionnaires=first_at(told.pop("questionnaires", ())),
        forms=first_at(told.pop("forms", ()), 1),
        moves=first_at(told.pop("moves", ())),
        treatments=[("anti-HER2", at(start), at(end), reason) for reason, start, end in told.pop("treatments", ())],
        visit_of={at(day): code for day, code in told.pop("visit_of", {}).items()},
        relative=relative,
        **steps,
        **told,
    )


def with_rule(section: str, **values) -> Protocol:
    """The packaged protocol with other values in one section."""
    protocol = read_protocol()
    changed = getattr(protocol, section).model_copy(update=values)
    return protocol.model_copy(update={section: changed})


def asked(
    *patients,
    role: Role = Role.INVESTIGATOR,
    own_sites: tuple[str, ...] = (),
    policy: Policy = Policy(),
    protocol: Protocol | None = None,
    **trial,
) -> Trial:
    """A data cut with these patients, open to be asked as this role, by default by an investigator of all their sites.

    trial: what else `builders.a_trial` is told.
    """
    own_sites = own_sites or tuple(someone.site for someone in patients)
    with tempfile.TemporaryDirectory() as folder:
        published = publish(a_trial(*patients, **trial), Path(folder))
        scope = scope_of(Person(role, frozenset(own_sites)), policy)
        return open_cut(published.cut, scope, protocol or read_protocol()).trial()


def rows(answer: pd.DataFrame, *columns: str) -> list[tuple]:
    """The named columns as plain tuples, None for everything missing."""
    shown = answer[list(columns)] if columns else answer
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in shown.itertuples(index=False, name=None)]
