"""Adverse events counted: patients and events by term and worst grade, and events per 100 patient-months in each phase of therapy."""

import pandas as pd
from scipy.stats import chi2

from heroes.protocol import DAYS_PER_MONTH

GRADES = (1, 2, 3, 4, 5)
SEVERE = 3
KINDS = ("any", "severe", "serious", "fatal")


def since_inclusion(events: pd.DataFrame) -> pd.DataFrame:
    """The events that count: all but those that began before the inclusion. One without a first day counts."""
    return events[events["phase"].ne("BEFORE").fillna(True)]


def count_by(events: pd.DataFrame, by: str) -> pd.DataFrame:
    """Patients and events for each term ("term") or system organ class ("soc").

    A patient counts once in each, with the worst grade. Columns: by (None: not given), n_events, n_patients, grade_1 … grade_5 and
    grade_unknown (patients), n_serious (patients with a serious one), n_related (patients with one judged related); most patients
    first, then most events, then by name.
    """
    names = [by, "n_events", "n_patients", *(f"grade_{grade}" for grade in GRADES), "grade_unknown", "n_serious", "n_related"]
    if events.empty:
        return pd.DataFrame(columns=names)
    told = pd.DataFrame({
        by: events[by].astype(object), "subject_id": events["subject_id"], "grade": events["grade"].astype(float),
        "serious": events["serious"].fillna(False).astype(bool), "related": events["related"].fillna(False).astype(bool)})
    patients = told.groupby([by, "subject_id"], dropna=False).agg(
        n_events=("grade", "size"), worst=("grade", "max"), serious=("serious", "any"), related=("related", "any")).reset_index()
    graded = {f"grade_{grade}": patients["worst"].eq(grade) for grade in GRADES} | {"grade_unknown": patients["worst"].isna()}
    counted = patients.assign(**graded, n_patients=1, n_serious=patients["serious"], n_related=patients["related"])
    counted = counted.groupby(by, dropna=False)[names[1:]].sum().reset_index()
    ordered = counted.sort_values(["n_patients", "n_events", by], ascending=[False, False, True], ignore_index=True)
    return ordered.astype({name: "int64" for name in names[1:]})[names]


def worst_grades(events: pd.DataFrame, n_patients: int) -> dict[str, int]:
    """Patients by their worst grade of all: grade_1 … grade_5, grade_unknown, and none (no event)."""
    whole = count_by(events.assign(all="all"), "all")
    graded = {name: int(whole[name].sum()) for name in (*(f"grade_{grade}" for grade in GRADES), "grade_unknown")}
    return {**graded, "none": n_patients - sum(graded.values())}


def estimate_rates(events: pd.DataFrame, exposure: pd.DataFrame, conf_level: float = 0.95) -> pd.DataFrame:
    """Events per 100 patient-months of follow-up, in each phase of therapy and in all, with exact Poisson limits.

    events: adverse_events, counted in the phase in which they began. exposure: therapy_exposure.
    One row per phase (in the order of the exposure's, "ALL" last) and kind: any, severe (grade 3 or more), serious, fatal (grade 5).
    Columns: phase, kind, n_exposed (patients), months (patient-months of 30.4375 days), n_events, n_patients, rate, lower, upper;
    rate and limits None without exposure. Events without a first day are in "ALL" only.
    """
    kinds = {
        "any": pd.Series(True, index=events.index), "severe": events["grade"].ge(SEVERE).fillna(False),
        "serious": events["serious"].fillna(False).astype(bool), "fatal": events["grade"].eq(5).fillna(False),
    }
    rows = []
    for phase in [*exposure["phase"].drop_duplicates(), "ALL"]:
        here = exposure if phase == "ALL" else exposure[exposure["phase"] == phase]
        months = float(here["days"].sum()) / DAYS_PER_MONTH
        in_phase = pd.Series(True, index=events.index) if phase == "ALL" else events["phase"].eq(phase).fillna(False)
        for kind in KINDS:
            chosen = events[in_phase.astype(bool) & kinds[kind].astype(bool)]
            rows.append({
                "phase": phase, "kind": kind, "n_exposed": int(here.loc[here["days"] > 0, "subject_id"].nunique()), "months": months,
                "n_events": len(chosen), "n_patients": int(chosen["subject_id"].nunique()), **_rate(len(chosen), months, conf_level)})
    return pd.DataFrame(rows)


def _rate(n: int, months: float, conf_level: float) -> dict[str, float | None]:
    """n per 100 months with the exact limits of Garwood 1936."""
    if months <= 0:
        return {"rate": None, "lower": None, "upper": None}
    tail = (1 - conf_level) / 2
    lower = chi2.ppf(tail, 2 * n) / 2 if n else 0.0
    return {"rate": 100 * n / months, "lower": 100 * float(lower) / months, "upper": 100 * float(chi2.ppf(1 - tail, 2 * n + 2)) / 2 / months}
