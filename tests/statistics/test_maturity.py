"""The maturity panel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heroes.errors import MisuseError
from heroes.statistics.maturity import estimate_maturity
from heroes.statistics.quantiles import estimate_follow_up
from tests.statistics.test_golden import DAYS, EVENTS

YEAR = 365.25
PATIENTS = [  # day, event, potential follow-up, milestone scan due, done
    (400, 0, 420, 1, 0),  # scanned after the window alone: missing
    (360, 0, 400, 1, 1),  # scanned within it
    (300, 0, 390, 1, 0),  # milestone scan due and missing
    (100, 1, 500, 0, 0),  # progressed: no milestone scan due
    (375, 1, 600, 1, 1),  # progressed at the milestone scan
    (390, 1, 600, 1, 0),  # progressed later, the milestone scan skipped: missing
    (200, 0, 210, 0, 0),  # not yet there
    (350, 0, 370, 0, 0),  # the year is over, the window still open
]


def split(patients):
    return tuple(np.array(column) for column in zip(*patients))


def of(patients, **asked):
    time, event, potential, due, done = split(patients)
    return estimate_maturity(
        time, event, potential, scan_due=due, has_scan=done, milestone=YEAR, window_before=14, window_after=14, **asked)


def counts(share):
    return share.count, share.total


def test_what_is_counted():
    found = of(PATIENTS, n_planned=170, required=0.5, amber=0.05)
    assert (found.n, counts(found.events), found.n_at_risk) == (8, (3, 8), 3)
    assert counts(found.potential) == (7, 8)
    assert counts(found.closed) == (6, 170) and found.is_ready is False
    assert counts(found.missing) == (3, 5)
    assert (found.missing.share, found.is_amber) == (0.6, True)


def test_a_skipped_scan_stays_missing_as_the_trial_matures():
    # 100 patients whose scan of month 12 was skipped; a year later all have been scanned at month 15, and ten have progressed.
    early = of([(270, 0, 380, 1, 0)] * 100, amber=0.05)
    late = of([(456, 0, 745, 1, 0)] * 90 + [(456, 1, 745, 1, 0)] * 10, amber=0.05)
    assert counts(early.missing) == counts(late.missing) == (100, 100)
    assert early.is_amber and late.is_amber


def test_the_window_closes_on_its_last_day():
    assert counts(of([(370, 0, 378, 1, 1)]).closed) == (0, 1) and counts(of([(370, 0, 379, 1, 1)]).closed) == (1, 1)
    assert counts(of([(300, 0, 379, 1, 0)]).missing) == (1, 1)


def test_no_scan_is_due_after_an_event_of_the_endpoint_that_the_scans_do_not_know():
    assert counts(of([(350, 1, 500, 1, 0), (351, 1, 500, 1, 0)]).missing) == (1, 1)  # as a positive ctDNA of the composite


def test_scans_that_are_not_known_are_not_counted_as_done():
    time, event, potential, due, done = split(PATIENTS)
    nobody = estimate_maturity(time, event, potential, milestone=YEAR, window_before=14, window_after=14, amber=0.05)
    assert (nobody.missing.count, nobody.missing.share, nobody.is_amber) == (None, None, None)
    assert nobody.missing.reason == "Whether the milestone scan was due and done is not known for 8 of 8 patients."
    assert counts(nobody.closed) == (6, 8)
    one = estimate_maturity(time, event, potential, scan_due=[None, *due[1:]], has_scan=done, milestone=YEAR)
    assert "not known for 1 of 8 patients" in one.missing.reason


def test_scans_of_other_patients_are_refused():
    with pytest.raises(MisuseError, match="equally long"):
        estimate_maturity([10], [0], [20], scan_due=[True, False], has_scan=[True, False], milestone=YEAR)


def test_without_a_planned_number_the_patients_are_the_whole():
    found = of(PATIENTS, required=0.75)
    assert counts(found.closed) == (6, 8) and found.is_ready is True
    assert (found.amber, found.is_amber) == (None, None)
    assert of(PATIENTS).is_ready is None
    assert counts(of(PATIENTS, n_planned=5).closed) == (6, 8)  # more included than planned


def test_exactly_the_amber_share_is_not_amber():
    assert of(PATIENTS, amber=0.6).is_amber is False


def test_effective_number_and_follow_up():
    found = estimate_maturity(DAYS, EVENTS, np.full(24, 700), milestone=YEAR)
    assert found.effective.count == pytest.approx(18.0280205282, abs=1e-9)  # R survival 3.5-3
    assert found.effective.share == pytest.approx(.7512, abs=5e-5)
    assert (counts(found.events), found.n_at_risk) == ((11, 24), 7)
    assert (found.follow_up.median, found.follow_up.lower, found.follow_up.upper) == (366, 275, 540)
    assert found.follow_up == estimate_follow_up(DAYS, EVENTS)


def test_unknown_potential_follow_up_is_not_counted_as_short():
    patients = [(400, 0, 420.0, 1, 0), (100, 1, np.nan, 0, 0), (50, 0, np.nan, 0, 0)]
    found = of(patients, required=0.1, amber=0.05)
    for share in (found.potential, found.closed, found.missing):
        assert (share.count, share.share) == (None, None)
        assert share.reason == "The time from the origin to the data cut is not known for 2 of 3 patients."
    assert (found.is_ready, found.is_amber) == (None, None)
    assert counts(found.events) == (1, 3)


def test_nobody_due_yet():
    found = of([(100, 0, 110, 0, 0), (50, 1, 500, 0, 0)], amber=0.05)
    assert (counts(found.missing), found.missing.share, found.is_amber) == ((0, 0), None, None)
    assert found.missing.reason == "No patient without an event is due at the milestone yet."
    assert found.effective.share is None and "longest follow-up is 100" in found.effective.reason


def test_no_patients():
    found = estimate_maturity([], [], [], milestone=YEAR, n_planned=170, required=0.5)
    assert (found.n, found.n_at_risk, counts(found.closed), found.is_ready) == (0, 0, (0, 170), False)
    assert found.events.reason == found.effective.reason == found.missing.reason == "There are no patients yet."


@given(
    st.lists(st.tuples(st.integers(0, 600), st.booleans(), st.integers(0, 800), st.booleans(), st.booleans()), max_size=40),
    st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_shares_are_shares_and_order_does_not_matter(patients, chance):
    found = of(patients) if patients else estimate_maturity([], [], [], milestone=YEAR)
    for share in (found.events, found.effective, found.potential, found.closed, found.missing):
        assert (share.share is None) == (share.reason is not None)
        assert share.share is None or 0 <= share.share <= 1 + 1e-9
    if patients:
        assert found.missing.total <= found.closed.count <= found.potential.count <= found.n
        shuffled = list(patients)
        chance.shuffle(shuffled)
        assert of(shuffled) == found
