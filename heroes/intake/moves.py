"""Patients who move and patients who come back: sites of a patient, each from its day on, and codes of one person.

A move is delivered as `subject_site`, or seen when the patient is at another site than in the previous data cut: then it is
dated on the first day after that cut's cut-off, the earliest on which it can have been, and the site is asked for the day.
The current site is `subject.site_id`, which is what decides who may see the patient.
"""

from datetime import date

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding
from heroes.intake.listing import NOTHING_IMPORTED, counted, per_file, per_patient
from heroes.intake.overlay import PreviousCut, days_of_day_0, on_new_days
from heroes.model.records import SubjectSite
from heroes.model.terms import Severity

Tables = dict[str, pd.DataFrame]
SITES, LINKS = SubjectSite.table, "subject_link"
_COLUMNS = list(SubjectSite.model_fields)


def follow_moves(tables: Tables, previous: PreviousCut, cut_off: date) -> list[Finding]:
    """Adds to `subject_site`, in place, what the previous cut knew of patients' sites and who moved since.

    Patients whose sites are delivered are left as delivered.
    """
    if cut_off < previous.cut_off:
        return []
    subjects, earlier = tables["subject"], previous.tables["subject"]
    told = tables.get(SITES, pd.DataFrame(columns=_COLUMNS))
    silent = subjects[subjects["subject_id"].notna() & subjects["site_id"].notna() & ~subjects["subject_id"].isin(set(told["subject_id"]))]
    silent = silent.drop_duplicates("subject_id")
    known = previous.tables.get(SITES)
    carried = pd.DataFrame(columns=_COLUMNS)
    if known is not None and len(known):
        kept = known[known["subject_id"].isin(set(silent["subject_id"]))].reset_index(drop=True)
        carried = on_new_days(kept, previous, subjects, cut_off, SITES)[_COLUMNS]
    site_before = dict(zip(earlier["subject_id"], earlier["site_id"], strict=True))
    before = silent["subject_id"].map(site_before)
    moved = silent[before.notna() & (before != silent["site_id"])]
    if moved.empty:
        return _put(tables, told, [carried])
    day_0 = dict(zip(subjects["subject_id"], days_of_day_0(subjects, cut_off), strict=True))
    since = previous.cut_off.toordinal() + 1 - moved["subject_id"].map(day_0).to_numpy(dtype=float)
    findings = per_patient(
        moved[np.isnan(since)], "move_without_day", "The patient is at another site than in the previous data cut; without dates it cannot be told since when.",
        "Deliver subject_site with the day of the move.", table="subject", column="site_id",
    ) + per_patient(
        moved[~np.isnan(since)], "patient_moved",
        "The patient is at another site than in the previous data cut; the move is dated on the first day after that cut's cut-off.",
        "Deliver subject_site with the day of the move; if the site was corrected, with one row.", table="subject", column="site_id",
    )  # fmt: skip
    moved, since = moved[~np.isnan(since)], since[~np.isnan(since)]
    first = moved[~moved["subject_id"].isin(set(carried["subject_id"]))]
    beginning = np.minimum(_first_days(tables, first["subject_id"]), since[~moved["subject_id"].isin(set(carried["subject_id"])).to_numpy()] - 1)
    old_sites = pd.DataFrame({"subject_id": first["subject_id"], "from_day": beginning, "site_id": first["subject_id"].map(site_before)})
    new_sites = pd.DataFrame({"subject_id": moved["subject_id"], "from_day": since, "site_id": moved["site_id"]})
    return _put(tables, told, [carried, old_sites, new_sites], findings)


def _put(tables: Tables, told: pd.DataFrame, parts: list[pd.DataFrame], findings: list[Finding] | None = None) -> list[Finding]:
    parts = [part for part in (told, *parts) if len(part)]
    if parts:
        sites = pd.concat(parts, ignore_index=True)
        sites["from_day"] = pd.array([None if pd.isna(day) else int(day) for day in sites["from_day"]], dtype="Int64")
        tables[SITES] = sites
    return findings or []


def _first_days(tables: Tables, patients: pd.Series) -> np.ndarray:
    """Day of each patient's first step, not later than day 0."""
    steps = tables.get("milestone", pd.DataFrame({"subject_id": [], "day": []}))
    first = pd.to_numeric(steps["day"], errors="coerce").groupby(steps["subject_id"]).min()
    days = patients.map(first).to_numpy(dtype=float, na_value=np.nan)
    return np.minimum(np.nan_to_num(days), 0)


def current_sites(tables: Tables) -> Tables:
    """Patients at the last of their delivered sites: after a partial delivery, which brings moves and no patients."""
    if SITES not in tables or tables[SITES].empty:
        return tables
    last = _last_sites(tables[SITES])
    subjects = tables["subject"].copy()
    current = subjects["subject_id"].map(last)
    subjects["site_id"] = current.where(current.notna(), subjects["site_id"])
    return tables | {"subject": subjects}


def _last_sites(sites: pd.DataFrame) -> dict[str, str]:
    days = pd.to_numeric(sites["from_day"], errors="coerce")
    last = sites.assign(from_day=days).sort_values("from_day", kind="stable").drop_duplicates("subject_id", keep="last")
    return dict(zip(last["subject_id"], last["site_id"], strict=True))


def check_sites(tables: Tables) -> list[Finding]:
    """The site of a patient is the last of the sites delivered, or nobody could say who may see the patient."""
    if SITES not in tables or "subject" not in tables:
        return []
    sites, subjects = tables[SITES], tables["subject"]
    site_of = dict(zip(subjects["subject_id"], subjects["site_id"], strict=True))
    last = _last_sites(sites)
    differ = {patient for patient, site in last.items() if patient in site_of and site_of[patient] != site and site is not None}
    return per_file(
        sites[sites["subject_id"].isin(differ)], Severity.ERROR, "current_site_differs",
        counted("1 row: the last site of the patient is not the one that the patient's own record names.",
                "{n} rows: the last site of the patient is not the one that the patient's own record names."),
        f"{NOTHING_IMPORTED}; correct one of the two: the last site decides who may see the patient.", table=SITES, column="site_id",
    )  # fmt: skip


def check_links(tables: Tables) -> list[Finding]:
    """Links of codes: the earlier code is there, and no code leads back to itself."""
    if LINKS not in tables or "subject" not in tables:
        return []
    links, patients = tables[LINKS], set(tables["subject"]["subject_id"].dropna())
    unknown = links["earlier_subject_id"].notna() & ~links["earlier_subject_id"].isin(patients)
    findings = per_file(
        links[unknown], Severity.ERROR, "unknown_earlier_code",
        counted("1 link names an earlier code that is no patient's.", "{n} links name earlier codes that are no patient's."),
        f"{NOTHING_IMPORTED}; deliver the patient under the earlier code too, or correct the link.", table=LINKS, column="earlier_subject_id",
    )  # fmt: skip
    earlier = dict(zip(links["subject_id"], links["earlier_subject_id"], strict=True))
    circular = {code for code in earlier if _leads_back(code, earlier)}
    return findings + per_file(
        links[links["subject_id"].isin(circular)], Severity.ERROR, "link_cycle",
        counted("1 link leads back to its own code.", "{n} links lead back to their own code."),
        f"{NOTHING_IMPORTED}; a later code names the earlier one, never the other way round.", table=LINKS, column="earlier_subject_id",
    )  # fmt: skip


def _leads_back(code: str, earlier: dict[str, str]) -> bool:
    seen, at = {code}, earlier.get(code)
    while at in earlier and at not in seen:
        seen.add(at)
        at = earlier[at]
    return at == code


def check_persons(tables: Tables) -> list[Finding]:
    """Of the codes of one person only one may be included, and an earlier code has one later code. Queries."""
    if LINKS not in tables:
        return []
    links = tables[LINKS]
    earlier = dict(zip(links["subject_id"], links["earlier_subject_id"], strict=True))
    steps = tables.get("milestone", pd.DataFrame(columns=["subject_id", "kind"]))
    included = set(steps.loc[steps["kind"].eq("INCLUDED"), "subject_id"])
    codes = pd.Series(sorted({*earlier, *earlier.values()}), dtype=object)
    persons = codes.map(lambda code: _first_code(code, earlier))
    counts = codes.isin(included).groupby(persons).sum()
    twice = {code for code, person in zip(codes, persons, strict=True) if code in included and counts[person] > 1}
    rows = links[links["subject_id"].isin(twice)] if twice else links[:0]
    return per_patient(
        rows, "both_codes_included", "The person is included under an earlier code too.",
        "Ask the site under which code the person is in the trial.", table=LINKS, column="subject_id",
    ) + per_patient(
        links[links.duplicated("earlier_subject_id", keep=False)], "earlier_code_twice", "The earlier code is that of another later code too.",
        "Ask the site whose earlier code it is.", table=LINKS, column="earlier_subject_id",
    )  # fmt: skip


def _first_code(code: str, earlier: dict[str, str]) -> str:
    seen = set()
    while code in earlier and code not in seen:
        seen.add(code)
        code = earlier[code]
    return code
