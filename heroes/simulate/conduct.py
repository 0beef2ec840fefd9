"""How sites work: how much they report, how fast they enter and answer, how often a questionnaire is forgotten.

Most differ a little; a few of the larger ones differ so much that central monitoring should see it. Those are planted,
each with a line in the truth file.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from heroes.simulate import world
from heroes.simulate.chance import stream
from heroes.simulate.patients import Patient
from heroes.simulate.planted import SMALLEST_TRIAL, Planted

SMALLEST_SITE = 5
"""Inclusions below which a site is too small to stand out."""


@dataclass(frozen=True)
class Conduct:
    """One site's habits, 1 being usual: adverse events and deviations reported, queries raised, days until a query is
    answered, days until a page is entered, questionnaires forgotten, entries changed later."""

    reporting: float = 1.0
    querying: float = 1.0
    answering: float = 1.0
    entering: float = 1.0
    forgetting: float = 1.0
    changing: float = 1.0


PLANTED_SITES: tuple[tuple[str, dict[str, float], str, str], ...] = (
    ("site_under_reporting", {"reporting": 0.1}, "ae", "far fewer adverse events are reported than elsewhere"),
    ("site_late_entry", {"entering": 4.0}, "page_entry", "pages are entered far later than elsewhere"),
    ("site_high_query_age", {"answering": 6.0}, "query_item", "queries wait far longer for an answer than elsewhere"),
    ("site_over_reporting", {"reporting": 3.0}, "ae", "far more adverse events are reported than elsewhere"),
    ("site_few_questionnaires", {"forgetting": 8.0}, "qs_form", "far more questionnaires are missed than elsewhere"),
)
"""Rule, habits, table that shows it, what it is. The largest sites get them in turn; entry is late at the slowest."""


def conduct_of_sites(seed: int, patients: Sequence[Patient]) -> tuple[dict[str, Conduct], list[Planted]]:
    """Habits of every site with patients, and those that were planted."""
    included = Counter(patient.site.site_id for patient in patients if patient.course)
    habits = {site_id: _usual(seed, site_id) for site_id in sorted({patient.site.site_id for patient in patients})}
    planted = []
    if sum(included.values()) >= SMALLEST_TRIAL:
        slowness = {patient.site.site_id: patient.site.entry for patient in patients}
        large = sorted((site for site, n in included.items() if n >= SMALLEST_SITE), key=lambda site: (-included[site], site))
        for rule, habit, table, what in PLANTED_SITES[: len(large)]:
            site_id = max(large, key=slowness.__getitem__) if rule == "site_late_entry" else large[0]
            large.remove(site_id)
            habits[site_id] = replace(Conduct(), **habit)
            planted.append(Planted(rule, None, table, world.START.toordinal(), None, what, site_id))
    return habits, planted


def _usual(seed: int, site_id: str) -> Conduct:
    spread = stream(seed, "conduct", site_id).lognormal(0, (0.2, 0.3, 0.35, 0.25, 0.4, 0.3)).tolist()
    return Conduct(*spread)
