"""Sixty weeks one after another, as the years bring them: every cut is good, and no patient who was there vanishes."""

from datetime import UTC, datetime

import pytest

from heroes.access import Person, Policy, Role
from heroes.protocol import read_protocol
from heroes.simulate import publish_simulation
from heroes.store.audit import verify_audit
from heroes.store.connection import open_cut
from heroes.store.cuts import list_cuts, verify_cut
from heroes.store.scope import scope_of


@pytest.mark.long
def test_sixty_weekly_cuts_are_whole_and_follow_one_another(tmp_path):
    n = publish_simulation(tmp_path, newest_first=False, imported_at=datetime(2026, 1, 1, tzinfo=UTC))
    listed = list_cuts(tmp_path)
    assert len(listed.cuts) == n == 60
    assert listed.damaged == ()
    assert verify_audit(tmp_path).ok
    scope, protocol, known = scope_of(Person(Role.STATISTICIAN), Policy()), read_protocol(), set()
    for cut in listed.cuts:
        verify_cut(cut)
        opened = open_cut(cut, scope, protocol)
        times = opened.trial().ask("time_to_event")
        opened.close()
        assert known <= set(times.subject_id)
        assert times.subject_id.is_unique and (times.time_days >= 0).all()
        known = set(times.subject_id)
    assert len(known) == 170
