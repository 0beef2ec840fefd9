"""Why there is no number, in the months of the axis."""

from heroes.figures.reasons import reason_in_months
from heroes.labels import words_in
from heroes.statistics.reasons import BEYOND_FOLLOW_UP, NO_PATIENTS, NO_REJECTION, Reason

WORDS = words_in("en")


def test_times_are_said_in_months():
    reason = Reason(BEYOND_FOLLOW_UP, time=365.25, last=91)  # 91 / 30.4375 = 2.99
    assert reason_in_months(reason, WORDS) == "Not estimable at 12 months: the longest follow-up is 3.0 months."


def test_other_numbers_stay_what_they_are():
    assert "7 successes of 7" in reason_in_months(Reason(NO_REJECTION, n=7, p0=0.9, alpha=0.05), WORDS)


def test_a_reason_without_numbers_and_a_plain_sentence_are_said_as_they_are():
    assert reason_in_months(Reason(NO_PATIENTS), WORDS) == NO_PATIENTS
    assert reason_in_months("No confirmation was delivered.", WORDS) == "No confirmation was delivered."
