"""Why there is no number, beside an axis of months: a reason's times are days, said here in the months of the axis."""

from heroes.labels import Words
from heroes.protocol import DAYS_PER_MONTH

_TIMES = {"time", "last", "needed"}


def months_said(month: float, words: Words) -> str:
    """A length in months: whole where it is whole."""
    return words.number(month, 0 if abs(month - round(month)) < 0.005 else 1)


def reason_in_months(reason: str, words: Words) -> str:
    """The reason in the reader's language, its times (`time`, `last`, `needed`) in months; other numbers as they are."""
    numbers = getattr(reason, "numbers", {})
    times = {
        name: words.say("{n} months", n=months_said(value / DAYS_PER_MONTH, words)) for name, value in numbers.items() if name in _TIMES
    }
    return words.say(reason.sentence, **reason.values | times) if times else words.say(reason)
