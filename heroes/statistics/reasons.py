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
