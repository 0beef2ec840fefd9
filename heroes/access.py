"""Roles: what each may see. Which tables and rows that means in the store is `heroes.store.scope`.

Defaults are those of the trial's access policy; `access.toml` in the data folder sets `pooled_outcomes`.
"""

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from heroes.errors import AccessFileError


class Role(StrEnum):
    """Who a person is in the trial."""

    INVESTIGATOR = "investigator"
    COORDINATING_INVESTIGATOR = "coordinating_investigator"
    MONITOR = "monitor"
    SPONSOR = "sponsor"
    DSMB = "dsmb"
    STATISTICIAN = "statistician"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What a role may be given to see or do. Imports belong to whoever sees every patient: the findings name them."""

    TRIAL_ENROLMENT = "enrolment of all sites"
    SITE_ENROLMENT = "enrolment of the person's own sites"
    OWN_PATIENTS = "patients of the person's own sites, whole"
    OWN_LISTS = "operational lists of the person's own sites' patients"
    ALL_PATIENTS = "all patients"
    POOLED_OUTCOMES = "outcomes pooled over patients"
    EXPORT = "export of records"
    ACKNOWLEDGE = "acknowledge alerts about patients of the person's own sites"
    IMPORT = "import of deliveries, and the record of imports"
    PEOPLE = "people, roles and the audit record"


_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.INVESTIGATOR: frozenset({Right.TRIAL_ENROLMENT, Right.OWN_PATIENTS, Right.ACKNOWLEDGE}),
    Role.COORDINATING_INVESTIGATOR: frozenset({Right.TRIAL_ENROLMENT, Right.OWN_PATIENTS, Right.ACKNOWLEDGE}),
    Role.MONITOR: frozenset({Right.SITE_ENROLMENT, Right.OWN_LISTS}),
    Role.SPONSOR: frozenset({Right.TRIAL_ENROLMENT}),
    Role.DSMB: frozenset({Right.TRIAL_ENROLMENT, Right.ALL_PATIENTS, Right.POOLED_OUTCOMES}),
    Role.STATISTICIAN: frozenset({Right.TRIAL_ENROLMENT, Right.ALL_PATIENTS, Right.POOLED_OUTCOMES, Right.EXPORT, Right.IMPORT}),
    Role.ADMINISTRATOR: frozenset({Right.PEOPLE}),
}

SITE_BOUND = frozenset({Role.INVESTIGATOR, Role.COORDINATING_INVESTIGATOR, Role.MONITOR})
"""Roles that see patients of named sites only."""


@dataclass(frozen=True)
class Policy:
    """The trial's access policy. pooled_outcomes: "closed" (default) or "open" to the coordinating investigator."""

    pooled_outcomes: str = "closed"


@dataclass(frozen=True)
class Person:
    """Who is at the screen. sites: the sites of a site-bound role; ignored for the others."""

    role: Role
    sites: frozenset[str] = field(default_factory=frozenset)
    name: str = "local"

    @property
    def bound_sites(self) -> frozenset[str] | None:
        """Sites whose patients this person may see, or None where the role is not bound to sites."""
        return self.sites if self.role in SITE_BOUND else None


def rights_of(person: Person, policy: Policy) -> frozenset[Right]:
    """What this person may see under this policy."""
    rights = _RIGHTS[person.role]
    if person.role is Role.COORDINATING_INVESTIGATOR and policy.pooled_outcomes == "open":
        rights = rights | {Right.POOLED_OUTCOMES}
    return rights


def may(person: Person, right: Right, policy: Policy) -> bool:
    """Whether this person has this right."""
    return right in rights_of(person, policy)


def read_policy(directory: Path) -> Policy:
    """The policy of a data folder: its access.toml, else the defaults.

    Raises AccessFileError naming the file, the entry and the allowed values.
    """
    path = directory / "access.toml"
    if not path.exists():
        return Policy()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AccessFileError(f"{path} is not a TOML file in UTF-8: {error}.") from None
    unknown = set(document) - {"pooled_outcomes"}
    if unknown:
        raise AccessFileError(f"{path} has unknown entries: {', '.join(sorted(unknown))}. Allowed: pooled_outcomes.")
    pooled = document.get("pooled_outcomes", "closed")
    if pooled not in ("open", "closed"):
        raise AccessFileError(f'{path}: pooled_outcomes must be "open" or "closed".')
    return Policy(pooled_outcomes=pooled)
