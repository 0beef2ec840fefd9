"""Quality of life since the baseline: mean change by visit with its interval, and how many improved, stayed, deteriorated."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from heroes.labels import mark
from heroes.statistics.quality_of_life import BETTER_HIGH

ONE_PATIENT = mark("One patient: an interval needs two.")
NO_SPREAD = mark("All changes are equal: their standard deviation is 0 and an interval does not exist.")
TIES = 1e-9
"""A change by exactly the minimal important difference counts, whatever its floating-point sum."""


def derive_changes(scores: pd.DataFrame, sheets: pd.DataFrame) -> pd.DataFrame:
    """Each score after the baseline, with the patient's baseline and the change from it.

    scores: subject_id, day, scale, score. sheets: questionnaire_sheets of the same instrument.
    Baseline: the last score of that scale on or before the origin. Patients without one are left out, as are scores of the baseline
    period itself. A visit that the delivery names and the plan does not hold is placed at the median day on which it was done.
    The result has subject_id, day, days (from the origin), visit_code, planned_day, phase, is_after_progression, scale, score,
    baseline, change (score − baseline) and gain (the change, above 0 where it is for the better).
    """
    about = ["subject_id", "day", "days", "is_baseline", "visit_code", "planned_day", "phase", "is_after_progression"]
    rows = scores.merge(sheets[about], on=["subject_id", "day"], how="inner", validate="many_to_one")
    before = rows[rows["is_baseline"].astype(bool)].sort_values("day").groupby(["subject_id", "scale"], sort=False)["score"].last()
    after = rows[~rows["is_baseline"].astype(bool)].drop(columns="is_baseline")
    after = after.merge(before.rename("baseline").reset_index(), on=["subject_id", "scale"], how="inner")
    after["planned_day"] = after["planned_day"].astype("Float64").fillna(after.groupby("visit_code")["days"].transform("median"))
    change = after["score"] - after["baseline"]
    return after.assign(change=change, gain=change.where(after["scale"].isin(BETTER_HIGH), -change))


def estimate_mean_changes(changes: pd.DataFrame, conf_level: float = 0.95) -> pd.DataFrame:
    """Mean change from baseline of every scale at every planned visit, with its t interval.

    changes: derive_changes; rows without a visit are left out. One row per scale and visit, by scale and planned day: scale,
    visit_code, planned_day, n (patients), mean, std (None for one patient), lower, upper, reason (why there is no interval),
    n_not_off (of these, filled in under therapy that was not off, or after a progression).
    Available cases: each visit has its own patients, and those who stopped answering may be the sicker ones.
    """
    rows = []
    placed = changes[changes["visit_code"].notna()]
    for (scale, planned_day, visit), part in placed.groupby(["scale", "planned_day", "visit_code"], sort=True):
        rows.append({"scale": scale, "visit_code": visit, "planned_day": round(planned_day), **mean_with_interval(part["change"], conf_level),
                     "n_not_off": int(is_not_off_therapy(part).sum())})
    return pd.DataFrame(rows, columns=["scale", "visit_code", "planned_day", "n", "mean", "std", "lower", "upper", "reason", "n_not_off"])


def is_not_off_therapy(changes: pd.DataFrame) -> pd.Series:
    """Filled in after a progression, or under therapy: these answers no longer speak of the time off therapy alone."""
    return changes["phase"].ne("OFF_THERAPY") | changes["is_after_progression"].fillna(False).astype(bool)


def mean_with_interval(values: pd.Series, conf_level: float = 0.95) -> dict:
    """n, mean, standard deviation and t interval of some numbers; with a reason where there is no interval."""
    numbers = values.to_numpy(dtype=float)
    n = len(numbers)
    told = {"n": n, "mean": float(numbers.mean()) if n else None, "std": None, "lower": None, "upper": None, "reason": None}
    if n < 2:
        return told | {"reason": ONE_PATIENT}
    std = float(numbers.std(ddof=1))
    if std < TIES:
        return told | {"std": 0.0, "reason": NO_SPREAD}
    half = float(student.ppf(0.5 + conf_level / 2, n - 1)) * std / np.sqrt(n)
    return told | {"std": std, "lower": told["mean"] - half, "upper": told["mean"] + half}


def count_responders(changes: pd.DataFrame, difference: float) -> pd.DataFrame:
    """Patients improved, stable and deteriorated at every planned visit: by at least the minimal important difference, or less.

    One row per scale and visit: scale, visit_code, planned_day, n, improved, stable, deteriorated. Better is up for functions and
    global health, down for symptoms.
    """
    placed = changes[changes["visit_code"].notna()]
    told = placed.assign(
        improved=placed["gain"] >= difference - TIES, deteriorated=placed["gain"] <= -difference + TIES,
    )
    counted = told.groupby(["scale", "planned_day", "visit_code"], sort=True).agg(
        n=("gain", "size"), improved=("improved", "sum"), deteriorated=("deteriorated", "sum")).reset_index()
    counted["planned_day"] = counted["planned_day"].round()
    counted["stable"] = counted["n"] - counted["improved"] - counted["deteriorated"]
    return counted.astype({"planned_day": "int64"})[["scale", "visit_code", "planned_day", "n", "improved", "stable", "deteriorated"]]


def compare_phases(changes: pd.DataFrame, conf_level: float = 0.95) -> pd.DataFrame:
    """Change from baseline while off therapy, and under therapy or after a progression.

    A patient counts once in each: with the mean of that patient's changes there. One row per scale and period (OFF_THERAPY,
    NOT_OFF): scale, period, n (patients), n_sheets, mean, std, lower, upper, reason.
    """
    told = changes.assign(period=np.where(is_not_off_therapy(changes), "NOT_OFF", "OFF_THERAPY"))
    rows = []
    for (scale, period), part in told.groupby(["scale", "period"], sort=True):
        per_patient = part.groupby("subject_id")["change"].mean()
        rows.append({"scale": scale, "period": period, "n_sheets": len(part), **mean_with_interval(per_patient, conf_level)})
    return pd.DataFrame(rows, columns=["scale", "period", "n", "n_sheets", "mean", "std", "lower", "upper", "reason"])


def count_completion(expected: pd.DataFrame) -> pd.DataFrame:
    """Questionnaires received of those expected, by instrument and planned visit.

    expected: questionnaires_expected. One row per instrument and visit: instrument, visit_code, planned_day, n_expected, n_received,
    n_missed, n_no_record, n_due (window open, not counted as expected).
    """
    counted = expected.assign(**{name: expected["status"].eq(status) for name, status in (
        ("n_received", "DONE"), ("n_missed", "MISSED"), ("n_no_record", "NO_RECORD"), ("n_due", "DUE"))})
    names = ["n_received", "n_missed", "n_no_record", "n_due"]
    by_visit = counted.groupby(["instrument", "planned_day", "visit_code"], sort=True)[names].sum().reset_index()
    by_visit["n_expected"] = by_visit[["n_received", "n_missed", "n_no_record"]].sum(axis=1)
    kept = by_visit[by_visit[["n_expected", "n_due"]].sum(axis=1) > 0]
    return kept[["instrument", "visit_code", "planned_day", "n_expected", *names]].reset_index(drop=True)


def count_reasons(expected: pd.DataFrame) -> pd.DataFrame:
    """Why expected questionnaires are missing: instrument, reason (None: not given; "NO_RECORD": nothing recorded), n; most first."""
    missing = expected[expected["status"].isin(("MISSED", "NO_RECORD"))]
    reason = missing["reason"].where(missing["status"].eq("MISSED"), "NO_RECORD").astype(object)
    counted = missing.assign(reason=reason).groupby(["instrument", "reason"], dropna=False).size().rename("n").reset_index()
    return counted.sort_values(["instrument", "n", "reason"], ascending=[True, False, True], ignore_index=True)
