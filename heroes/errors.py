"""The tree of errors: everything this program raises on purpose.

    HeroesError                     anything below; its text is written for the person at the screen
    ├── MisuseError                 the command or a page was asked something that makes no sense (exit 2)
    │   ├── ProtocolError           protocol.toml does not describe a possible trial
    │   ├── AccessFileError         access.toml does not describe possible people
    │   ├── MappingError            a mapping file that cannot be followed
    │   └── UnknownQuestionError    no query of that name, or a parameter it does not know
    ├── ClosedDataError             this person's scope does not hold what was asked for
    ├── RefusedDeliveryError        the data were refused; carries the findings (exit 1)
    ├── DataCutError                a data cut that cannot be used (exit 3 from a command)
    │   ├── UnknownDataCutError     no cut of that name
    │   └── DamagedDataCutError     truncated, altered, or of an unknown schema version
    ├── AuditError                  the record of who did what is broken or cannot be written
    └── OutsideStudyError           a statistic was asked about a time that cannot be (negative, left-truncated …)

Data that are wrong are findings, not exceptions; an answer that does not exist yet is a result with a reason.
"""

import traceback
from pathlib import Path

_PACKAGE = Path(__file__).parent


class HeroesError(Exception):
    """Root of all errors raised on purpose; `str()` is a sentence without patient data."""

    exit_status = 3


class MisuseError(HeroesError):
    """The program was asked something that makes no sense."""

    exit_status = 2


class ProtocolError(MisuseError):
    """The protocol file does not describe a possible trial."""


class AccessFileError(MisuseError):
    """The access file does not describe possible people or policies."""


class MappingError(MisuseError):
    """The mapping file cannot be followed."""


class UnknownQuestionError(MisuseError):
    """No named query of that name, or a parameter it does not know."""


class ClosedDataError(HeroesError):
    """The person's scope does not hold what was asked for."""


class RefusedDeliveryError(HeroesError):
    """A delivery was refused; `findings` says why, and nothing was published."""

    exit_status = 1

    def __init__(self, message: str, findings: tuple = ()):
        super().__init__(message)
        self.findings = tuple(findings)


class DataCutError(HeroesError):
    """A data cut that cannot be used."""


class UnknownDataCutError(DataCutError):
    """No data cut of that name."""


class DamagedDataCutError(DataCutError):
    """A data cut that is truncated, altered, or of an unknown schema version."""


class AuditError(HeroesError):
    """The record of who did what is broken or cannot be written."""


class OutsideStudyError(MisuseError):
    """A statistic was asked about a time or a design that it does not cover."""


def what_broke(error: BaseException) -> str:
    """One line about an error that nobody raised on purpose: its kind and the place in the code.

    Never its text: libraries quote the value that they stumbled over, and that may be a patient's.
    """
    steps = [step for step in traceback.extract_tb(error.__traceback__) if Path(step.filename).is_relative_to(_PACKAGE)]
    place = f" at {Path(steps[-1].filename).relative_to(_PACKAGE.parent)}, line {steps[-1].lineno}" if steps else ""
    return f"Something broke that should not ({type(error).__name__}{place}). Please report this line; it holds no patient data."
