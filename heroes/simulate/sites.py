"""Hospitals of the simulated trial: when they open, how fast they are, what they promised, who consents when."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from heroes.simulate import world
from heroes.simulate.chance import between, happens, pick, stream

AROUND = {
    "Bretagne": (48.15, -2.75, 0.25, 0.85),
    "Île-de-France": (48.75, 2.40, 0.25, 0.45),
    "Auvergne-Rhône-Alpes": (45.50, 4.40, 0.60, 1.20),
    "Nouvelle-Aquitaine": (45.20, 0.30, 1.00, 0.60),
    "Occitanie": (43.75, 2.00, 0.45, 1.10),
    "Grand Est": (48.60, 5.50, 0.60, 1.20),
    "Hauts-de-France": (49.90, 2.80, 0.40, 0.60),
    "Normandie": (48.95, 0.10, 0.20, 0.80),
    "Pays de la Loire": (47.50, -0.80, 0.35, 0.70),
    "Provence-Alpes-Côte d'Azur": (43.85, 5.80, 0.35, 0.60),
    "Bourgogne-Franche-Comté": (47.20, 4.80, 0.50, 0.90),
    "Centre-Val de Loire": (47.50, 1.70, 0.50, 0.70),
}
"""Region → latitude and longitude of a point inside it, and how far from it an invented site may lie without leaving it."""
REGIONS = tuple(AROUND)
YEARS_OF_ARRIVALS = 20
PIONEERS = 3
"""The first sites to open were waiting for the trial, with patients waiting too."""


@dataclass(frozen=True)
class Hospital:
    """One site. Days are proleptic Gregorian ordinals. pace: consents relative to the other sites; entry: how slowly
    its forms are filled in, 1 being usual. Where it lies is invented, as the site is."""

    site_id: str
    region: str
    planned_on: int
    activated_on: int
    closed_on: int | None
    pace: float
    entry: float
    target_n: int
    latitude: float
    longitude: float

    @property
    def label(self) -> str:
        """How screens name it: its code, said to be simulated."""
        return f"Sim {self.site_id}"


def open_sites(seed: int, n_sites: int, subjects: int) -> list[Hospital]:
    """Sites in the order of their codes: 01, 02 … A few never include anybody; one of these is closed."""
    rng = stream(seed, "sites")
    start = world.START.toordinal()
    width = max(2, len(str(n_sites)))
    n_never = int(world.NEVER_INCLUDING_SHARE * n_sites)
    never = set(rng.permutation(np.arange(min(PIONEERS, n_sites), n_sites))[:n_never].tolist())
    closed = min(never) if never else None
    planned, pace, promised = [], [], []
    for index in range(n_sites):
        share = index / max(n_sites - 1, 1)
        planned.append(start + 5 + round(world.SITES_OPEN_OVER * share**1.6))
        drawn = 0.2 + float(rng.gamma(1.4, 0.6))
        pace.append(0.0 if index in never else max(drawn, 1.6) if index < PIONEERS else drawn)
        promised.append((0.4 + float(np.sqrt(pace[-1] + 0.2))) * (0.8 + 0.4 * rng.random()) * (1 - 0.45 * share))
    targets = _round_to(subjects, promised)
    hospitals = []
    for index in range(n_sites):
        own = stream(seed, "site", str(index + 1))
        delay = 0 if index == 0 else int(own.gamma(1.5, 14))
        activated = workday(planned[index] + delay)
        region = pick(own, REGIONS)
        latitude, longitude = _invent_place(stream(seed, "place", str(index + 1)), region)
        hospitals.append(Hospital(
            site_id=str(index + 1).zfill(width),
            region=region,
            planned_on=planned[index],
            activated_on=activated,
            closed_on=workday(activated + between(own, 380, 460)) if index == closed else None,
            pace=pace[index],
            entry=float(np.exp(own.normal(0, 0.45))),
            target_n=targets[index],
            latitude=latitude,
            longitude=longitude,
        ))
    return hospitals


def _invent_place(rng: np.random.Generator, region: str) -> tuple[float, float]:
    """A point inside the region where no hospital was looked for."""
    latitude, longitude, north, east = AROUND[region]
    return round(latitude + north * (2 * rng.random() - 1), 3), round(longitude + east * (2 * rng.random() - 1), 3)


def plan_months(hospital: Hospital) -> list[tuple[date, float]]:
    """The site's promise by month: its target in equal parts, from two months after the planned opening (screening
    takes as long) to the planned end of inclusion."""
    opening = date.fromordinal(hospital.planned_on + 61)
    first, last = opening.year * 12 + opening.month - 1, world.PLANNED_END.year * 12 + world.PLANNED_END.month - 1
    months = range(min(first, last), last + 1)
    return [(date(month // 12, month % 12 + 1, 1), round(hospital.target_n / len(months), 6)) for month in months]


def list_arrivals(seed: int, hospitals: list[Hospital], subjects: int) -> list[tuple[int, Hospital]]:
    """(day of first consent, site) of everybody who would ever consent, in order of time.

    Consents of a site come as a Poisson process whose rate is the site's pace, lower in its first two months (higher
    at the pioneers), in summer and at Christmas. The whole is scaled so that in world.CONSENTS_OVER days as many consent
    as are needed.
    """
    start = world.START.toordinal()
    days = np.arange(start, start + YEARS_OF_ARRIVALS * 365)
    season = _season(days)
    rates = {}
    for index, hospital in enumerate(hospitals):
        first_weeks = 3.0 if index < PIONEERS else 0.6
        open_days = days - hospital.activated_on
        is_open = (open_days >= 0) & (days < (hospital.closed_on or days[-1] + 1))
        rates[hospital.site_id] = hospital.pace * season * is_open * np.where(open_days < 60, first_weeks, 1.0)
    expected = sum(float(rate[: world.CONSENTS_OVER].sum()) for rate in rates.values())
    scale = subjects / world.INCLUDED_SHARE / expected
    arrivals = []
    for hospital in hospitals:
        reached = np.cumsum(rates[hospital.site_id]) * scale
        rng = stream(seed, "arrivals", hospital.site_id)
        gaps = -np.log1p(-rng.random(int(reached[-1] + 8 * np.sqrt(reached[-1]) + 10)))
        times = np.cumsum(gaps)
        for day in np.searchsorted(reached, times[times <= reached[-1]]):
            arrivals.append((workday(int(days[day])), hospital))
    return sorted(arrivals, key=lambda arrival: (arrival[0], arrival[1].site_id))


def workday(day: int) -> int:
    """The day itself, or the Monday after it. Keeps order."""
    weekday = (day - 1) % 7  # ordinal 1 was a Monday
    return day + max(0, 7 - weekday) if weekday >= 5 else day


def is_reserve(seed: int, site_id: str, day: int) -> bool:
    """Does somebody still consent at this site on this day, when enough patients are on their way?"""
    return happens(stream(seed, "reserve", site_id, str(day)), world.RESERVE_SHARE)


def _season(days: np.ndarray) -> np.ndarray:
    dates = days.astype("int64") - date(1970, 1, 1).toordinal()
    calendar = dates.astype("datetime64[D]")
    month = calendar.astype("datetime64[M]").astype(int) % 12 + 1
    day = (calendar - calendar.astype("datetime64[M]")).astype(int) + 1
    season = np.ones(len(days))
    season[month == 7] = 0.75
    season[month == 8] = 0.4
    season[(month == 12) & (day >= 20) | (month == 1) & (day <= 5)] = 0.25
    return season


def _round_to(total: int, weights: list[float]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to total (largest remainders)."""
    exact = np.array(weights) / sum(weights) * total
    whole = np.floor(exact).astype(int)
    rest = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[rest] += 1
    return whole.tolist()
