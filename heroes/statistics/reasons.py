"""Why a number does not exist, in words that a page can say in another language."""

from heroes.labels import mark

NO_PATIENTS = mark("There are no patients yet.")
BEYOND_FOLLOW_UP = mark("Not estimable at {time}: the longest follow-up is {last}.")
NOT_REACHED = mark("Not reached: the curve does not fall to {level} by the end of follow-up ({last}).")
INTERVAL_OPEN = mark("The interval is open: its limits do not both fall to {level} by the end of follow-up ({last}).")
NO_STANDARD_ERROR_AT_ZERO = mark("The curve is at 0, where Greenwood's standard error does not exist; the limits are exact.")
MEAN_BEYOND_FOLLOW_UP = mark("Not estimable up to {time}: the longest follow-up is {last} and the curve has not reached 0.")
ONE_GROUP = mark("There is nothing to compare: fewer than two groups have patients at risk when an event happens.")
NO_VARIANCE = mark("The groups cannot be compared: no event happened while more than one group was at risk.")
NO_EVENT_OF_THIS_CAUSE = mark("No event of this cause so far: its standard error is 0 and an interval does not exist.")
ALL_OF_THIS_CAUSE = mark("Every patient had this cause: its standard error is 0 and an interval does not exist.")
BAND_WITHOUT_RANGE = mark("There is no band: it runs between events that leave somebody at risk, and fewer than two such times are there.")
EXPECTS_NO_EVENT = mark("The test does not exist: the reference expects no event within this follow-up.")
GRAY_NO_EVENT = mark("There is nothing to compare: no event of this cause happened.")
GRAY_NOT_COMPARABLE = mark(
    "The groups cannot be compared: for some of them the events of this cause say nothing about a difference.")
HAZARD_WITHOUT_EVENT = mark("No event so far: the cumulative hazard is 0 and an interval does not exist.")
INTERVAL_CENSORED_LIMITS = mark(
    "No confidence interval is claimed: standard theory does not hold for events known only to lie between two times.")
NOT_CONVERGED = mark("Not estimable: the likelihood did not settle within {steps} steps.")
PAST_INTERVALS = mark("Not estimable at {time}: after {last} nobody is known to have had the event or to be free of it.")
CARRIED_FORWARD = mark("Carried forward: nobody in this state is followed that far.")
NO_INTERVAL_AT_0_OR_1 = mark("All patients or none are in this state: its standard error is 0 and an interval does not exist.")
TIME_IN_STATES_BEYOND_FOLLOW_UP = mark("Not estimable up to {time}: the longest follow-up is {last} and not all are in a final state.")
ALL_DRAWS_AGREE = mark("All {n} simulated trials ended alike: the probability is within about {bound} of this.")
AT_RISK_STANDS_IN = mark(
    "The curve is at {survival}, where an effective number of patients does not exist; the number at risk, {n}, was used instead.")
BOUNDARY_NEVER_STOPS = mark("At no look would any number of failures stop the trial.")
INFORMATION_COMPLETE = mark("All planned information is in: the final test itself gives the answer.")
NO_DESIGN_SO_SMALL = mark("No design with at most {n} patients keeps to these error rates.")
NO_EFFECTIVE_NUMBER = mark("The curve is at {survival}, where an effective number of patients does not exist.")
NO_INFORMATION = mark("There is no information yet.")
NO_REJECTION = mark("Not even {n} successes of {n} would reject {p0} at a one-sided alpha of {alpha}.")
NO_TEST_AT_ONE = mark("The curve is at 1: without an event, this test against a rate does not exist.")
NO_TEST_AT_ZERO = mark("The curve is at 0, where this test against a rate does not exist.")
NOBODY_DUE = mark("No patient without an event is due at the milestone yet.")
NOT_PROVEN_OPTIMAL = mark("The best design with at most {n} patients; a larger one might expect fewer.")
POTENTIAL_FOLLOW_UP_UNKNOWN = mark("The time from the origin to the data cut is not known for {n} of {total} patients.")
POTENTIAL_TOO_SHORT = mark("No patient's time from the origin to the data cut reaches {needed} yet.")
MILESTONE_SCANS_UNKNOWN = mark("Whether the milestone scan was due and done is not known for {n} of {total} patients.")
TOO_FEW_FOR_A_CURVE = mark("Fewer than {least} patients: no curve, no estimate and no number of events.")


class Reason(str):
    """An English sentence with its numbers filled in; `sentence` and `values` let `Words.say` say it otherwise;
    `numbers` are the values before they were written."""

    def __new__(cls, sentence: str, **values):
        numbers, values = values, {name: plain_number(value) for name, value in values.items()}
        self = super().__new__(cls, sentence.format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values
        self.numbers = numbers
        return self


def plain_number(value: float) -> str:
    """365.25 as 365.25, 212.0 as 212: at most ten significant digits."""
    return f"{value:.10g}"
