"""Tumour assessments and what they show: responses by RECIST's table, progression, suspicion, scans that tell nothing."""

from dataclasses import dataclass, replace

import numpy as np

from heroes.model.terms import Criteria, Response
from heroes.simulate import world
from heroes.simulate.chance import between, happens, pick, stream
from heroes.simulate.sites import workday


@dataclass(frozen=True)
class Scan:
    """One reading. confirmed: for a suspicion, whether the next scan confirmed it (None: no next scan)."""

    code: str | None
    day: int
    overall: Response
    target: str | None
    nontarget: str | None
    new_lesion: bool | None
    criteria: Criteria
    equivocal: bool | None = None
    confirmed: bool | None = None

    @property
    def evaluable(self) -> bool:
        return self.overall != Response.NE


READINGS = {
    Response.CR: ("CR", "CR", False),
    Response.PR: ("PR", "NON-CR/NON-PD", False),
    Response.SD: ("SD", "NON-CR/NON-PD", False),
    Response.NE: ("NE", "NE", False),
}
PROGRESSIONS = (("PD", "NON-CR/NON-PD", False), ("CR", "PD", False), ("CR", "CR", True), ("PD", "NON-CR/NON-PD", True))


def read_scan(code: str | None, day: int, overall: Response, criteria: Criteria, **more) -> Scan:
    """A scan without progression, its parts as RECIST's table has them for this overall response."""
    return Scan(code, day, overall, *READINGS[overall], criteria, **more)


def baseline_scan(seed: int, subject_id: str, included: int, best: str, criteria: str) -> Scan:
    """The last scan before inclusion, in complete or partial response."""
    rng = stream(seed, "baseline scan", subject_id)
    return read_scan(world.BASELINE_VISIT, included - between(rng, 2, 26), Response(best), Criteria(criteria))


def read_scans(seed: int, subject_id: str, included: int, best: str, criteria: str) -> list[Scan]:
    """The scans of two years if the disease stayed as it is: every 91 days, mostly within 14, some missed or not evaluable.

    Suspicions that come to nothing are in here, with the early scan that cleared them.
    """
    rng = stream(seed, "scans", subject_id)
    suspected_at = between(rng, 2, world.SCANS - 1) if happens(rng, world.FALSE_SUSPICION * 2) else None
    level, scans = Response(best), []
    for number in range(1, world.SCANS + 1):
        planned = included + world.SCAN_EVERY * number
        jitter = int(np.clip(round(float(rng.normal(0, 5))), -13, 11))
        late, is_late = between(rng, 15, 24), happens(rng, world.SCAN_LATE)
        missed, failed, drift = happens(rng, world.SCAN_MISSED), happens(rng, world.SCAN_NOT_EVALUABLE), rng.random()
        day = workday(planned + (late if is_late else jitter))
        code = world.visit_code(3 * number)
        if missed:
            continue
        if level == Response.PR and drift < 0.06:
            level = Response.CR
        elif level == Response.PR and drift > 0.96:
            level = Response.SD
        if number == suspected_at:
            scans.append(Scan(code, day, Response.PD, "SD", "PD", False, Criteria(criteria), equivocal=True, confirmed=False))
            scans.append(read_scan(None, workday(day + 38), level, Criteria(criteria)))
        else:
            scans.append(read_scan(code, day, Response.NE if failed else level, Criteria(criteria)))
    return scans


def find_progression(
    rng: np.random.Generator, scans: list[Scan], disease: int, limit: int
) -> tuple[list[Scan], int | None, int | None]:
    """The scans as they take place before `limit`, given that the disease progresses on day `disease`.

    Returns scans, day of the scan that shows the progression, day on which it became certain (a confirming scan for an
    equivocal one). Scanning ends with certainty. A suspicion with no scan after it stays one.
    """
    between_scans, felt, equivocal = happens(rng, world.FOUND_BETWEEN_SCANS), between(rng, 4, 18), happens(rng, world.EQUIVOCAL)
    kind, wait = pick(rng, PROGRESSIONS, (0.3, 0.2, 0.35, 0.15)), between(rng, 28, 52)
    scans = [scan for scan in scans if scan.day < limit]
    before = [scan for scan in scans if scan.day < disease]
    found = next((scan for scan in scans if scan.day >= disease and scan.evaluable and not scan.equivocal), None)
    unscheduled = workday(disease + felt)
    if between_scans and unscheduled < limit and (found is None or unscheduled < found.day):
        found = Scan(None, unscheduled, Response.PD, None, None, None, _criteria(scans))
    if found is None:
        return _settle(scans), None, None
    before += [scan for scan in scans if disease <= scan.day < found.day and not scan.equivocal]
    shown = Scan(found.code, found.day, Response.PD, *kind, found.criteria)
    confirming = workday(found.day + wait)
    if not equivocal:
        return _dated(_settle([*before, shown]))
    suspected = replace(shown, target="SD", nontarget="PD", new_lesion=False, equivocal=True)
    if confirming >= limit:
        return _settle([*before, suspected]), None, None
    certain = Scan(None, confirming, Response.PD, *kind, found.criteria)
    return _dated(_settle([*before, replace(suspected, confirmed=True), certain]))


def _dated(scans: list[Scan]) -> tuple[list[Scan], int, int]:
    """Scans that end in certainty, with the day of the first sign of it: a suspicion that was confirmed counts."""
    first = next(scan.day for scan in scans if scan.overall == Response.PD and (not scan.equivocal or scan.confirmed))
    return scans, first, scans[-1].day


def _criteria(scans: list[Scan]) -> Criteria:
    return scans[0].criteria if scans else Criteria.RECIST_1_1


def _settle(scans: list[Scan]) -> list[Scan]:
    """In order of days, one a day; a suspicion is cleared only if an evaluable scan without progression came after it."""
    ordered = sorted({scan.day: scan for scan in scans}.values(), key=lambda scan: scan.day)
    settled = []
    for index, scan in enumerate(ordered):
        if scan.equivocal and scan.confirmed is False:
            following = [later for later in ordered[index + 1:] if later.evaluable]
            if not following:
                scan = replace(scan, confirmed=None)
            elif following[0].overall == Response.PD:
                scan = replace(scan, confirmed=True)
        settled.append(scan)
    return settled
