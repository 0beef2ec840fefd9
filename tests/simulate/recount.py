"""A naive recount of the rules that records must obey, written without a look at how they were made.

Each rule is a generator of subject_ids; records are plain dictionaries, days are dates.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

Records = dict[str, list[dict]]


def plain(tables: dict[str, pd.DataFrame]) -> Records:
    return {name: frame.to_dict("records") for name, frame in tables.items()}


def steps_of(records: Records) -> dict[str, dict[str, list[date]]]:
    steps = defaultdict(lambda: defaultdict(list))
    for row in records["milestone"]:
        steps[row["subject_id"]][row["kind"]].append(row["date"])
    return steps


def current_results(records: Records) -> list[dict]:
    return [row for row in records.get("ctdna_result", []) if not row["superseded_by"]]


def baseline_positive_included(records: Records) -> Iterator[str]:
    last = {}
    for row in sorted(current_results(records), key=lambda row: row["date"]):
        if row["visit_code"] == "BASELINE" and row["call"] != "NOT_EVALUABLE":
            last[row["subject_id"]] = row["call"]
    for subject, steps in steps_of(records).items():
        if steps["INCLUDED"] and last[subject] == "POSITIVE":
            yield subject


def consent2_before_baseline_result(records: Records) -> Iterator[str]:
    for subject, steps in steps_of(records).items():
        if steps["CONSENT2"] and min(steps["CONSENT2"]) < max(steps["BASELINE_RESULT"]):
            yield subject


def inclusion_before_consent2(records: Records) -> Iterator[str]:
    for subject, steps in steps_of(records).items():
        if steps["INCLUDED"] and steps["INCLUDED"][0] < steps["CONSENT2"][0]:
            yield subject


def stop_long_before_inclusion(records: Records) -> Iterator[str]:
    for subject, steps in steps_of(records).items():
        if steps["TX_STOP"] and steps["TX_STOP"][0] < steps["INCLUDED"][0] - timedelta(days=30):
            yield subject


def restart_before_trigger(records: Records) -> Iterator[str]:
    """A resumption for ctDNA needs an earlier positive; treatment for progression an earlier progression."""
    positive, progressed = triggers_of(records)
    for row in records.get("treatment", []):
        triggers = {"RESUME_CTDNA": positive, "RESUME_PD": progressed, "NEW_PD": progressed}.get(row["reason"])
        days = triggers[row["subject_id"]] if triggers is not None else []
        if days and min(days) > row["start_date"]:
            yield row["subject_id"]


def restart_without_trigger(records: Records) -> Iterator[str]:
    """A resumption for ctDNA and no positive at all; treatment for progression and no progression."""
    positive, progressed = triggers_of(records)
    for row in records.get("treatment", []):
        triggers = {"RESUME_CTDNA": positive, "RESUME_PD": progressed, "NEW_PD": progressed}.get(row["reason"])
        if triggers is not None and not triggers[row["subject_id"]]:
            yield row["subject_id"]


def triggers_of(records: Records) -> tuple[dict[str, list[date]], dict[str, list[date]]]:
    """Days of positives since the baseline, days of progressions, of each patient."""
    positive, progressed = defaultdict(list), defaultdict(list)
    for row in current_results(records):
        if row["call"] == "POSITIVE" and row["visit_code"] != "BASELINE":
            positive[row["subject_id"]].append(row["date"])
    for row in records.get("response", []):
        if row["overall"] == "PD" and row["evaluable"]:
            progressed[row["subject_id"]].append(row["date"])
    return positive, progressed


def second_consent_after_stop(records: Records) -> Iterator[str]:
    for subject, steps in steps_of(records).items():
        if steps["CONSENT2"] and steps["TX_STOP"] and steps["CONSENT2"][0] > steps["TX_STOP"][0]:
            yield subject


def more_than_one_inclusion(records: Records) -> Iterator[str]:
    for subject, steps in steps_of(records).items():
        if len(steps["INCLUDED"]) > 1:
            yield subject


def steps_out_of_order(records: Records) -> Iterator[str]:
    """Consent, tissue, assay, draw and result follow each other; an inclusion has all of them behind it."""
    order = ["CONSENT1", "TISSUE_SENT", "ASSAY_READY", "BASELINE_DRAW", "BASELINE_RESULT"]
    for subject, steps in steps_of(records).items():
        days = [steps[kind][0] for kind in order if steps[kind]]
        gaps = [bool(steps[kind]) for kind in order]
        if days != sorted(days) or gaps != sorted(gaps, reverse=True) or (steps["INCLUDED"] and not all(gaps)):
            yield subject
        elif steps["INCLUDED"] and not steps["CONSENT2"]:
            yield subject


def anything_after_death(records: Records) -> Iterator[str]:
    deaths = {subject: steps["DEATH"][0] for subject, steps in steps_of(records).items() if steps["DEATH"]}
    happened = [
        (row["subject_id"], row.get("date") or row.get("collected_date") or row.get("start_date"))
        for table in ("visit", "specimen", "ctdna_result", "response", "treatment", "milestone")
        for row in records.get(table, [])
        if row.get("kind") != "DEATH"
    ]
    for subject, day in happened:
        if day and subject in deaths and day > deaths[subject]:
            yield subject


def negative_with_quantity(records: Records) -> Iterator[str]:
    for row in records.get("ctdna_result", []):
        if row["call"] == "NEGATIVE" and row["quantity"]:
            yield row["subject_id"]


def positive_with_one_variant(records: Records) -> Iterator[str]:
    for row in records.get("ctdna_result", []):
        if row["call"] == "POSITIVE" and (row["variants_detected"] < 2 or not row["quantity"] > 0):
            yield row["subject_id"]


def more_variants_than_tracked(records: Records) -> Iterator[str]:
    for row in records.get("ctdna_result", []):
        if (row["variants_detected"] or 0) > row["variants_tracked"]:
            yield row["subject_id"]


def not_evaluable_without_reason(records: Records) -> Iterator[str]:
    for row in records.get("ctdna_result", []):
        if (row["call"] == "NOT_EVALUABLE") != bool(row["failure_reason"]):
            yield row["subject_id"]


def result_before_draw(records: Records) -> Iterator[str]:
    received = {row["specimen_id"]: row for row in records.get("specimen", [])}
    for row in records.get("ctdna_result", []):
        specimen = received[row["specimen_id"]]
        if not specimen["collected_date"] == row["date"] <= specimen["received_date"] <= row["resulted_date"]:
            yield row["subject_id"]


def progression_without_evaluable_scan(records: Records) -> Iterator[str]:
    for row in records.get("response", []):
        if row["overall"] == "PD" and not row["evaluable"]:
            yield row["subject_id"]


def conflicting_responses(records: Records) -> Iterator[str]:
    seen = {}
    for row in records.get("response", []):
        if seen.setdefault((row["subject_id"], row["date"], row["evaluator"]), row["overall"]) != row["overall"]:
            yield row["subject_id"]


def superseded_by_nothing(records: Records) -> Iterator[str]:
    results = {row["result_id"]: row for row in records.get("ctdna_result", [])}
    for row in results.values():
        if row["superseded_by"] and not results[row["superseded_by"]]["amended"]:
            yield row["subject_id"]


NAMES = {"visit_after_death": anything_after_death}
RULES = (
    baseline_positive_included, consent2_before_baseline_result, inclusion_before_consent2, stop_long_before_inclusion,
    restart_before_trigger, restart_without_trigger, second_consent_after_stop, more_than_one_inclusion, steps_out_of_order, negative_with_quantity, positive_with_one_variant,
    more_variants_than_tracked, not_evaluable_without_reason, result_before_draw, progression_without_evaluable_scan,
    conflicting_responses, superseded_by_nothing,
)


def violations(tables: dict[str, pd.DataFrame]) -> set[tuple[str, str]]:
    """(rule, subject_id) of everything that breaks a rule."""
    records = plain(tables)
    rules = {rule.__name__: rule for rule in RULES} | NAMES
    return {(name, subject) for name, rule in rules.items() for subject in rule(records)}


def progression_free(tables: dict[str, pd.DataFrame]) -> dict[str, tuple[date, date, bool]]:
    """(origin, end, event) of every included patient, read from the records one by one."""
    records, found = plain(tables), {}
    for subject, steps in steps_of(records).items():
        if not steps["INCLUDED"]:
            continue
        origin = steps["INCLUDED"][0]
        own = [row for row in records.get("response", []) if row["subject_id"] == subject]
        scans = [row for row in own if row["evaluable"] and row["date"] >= origin]
        certain = [row for row in scans if row["overall"] == "PD" and (row["equivocal"] is not True or row["pd_confirmed"] is True)]
        events = [row["date"] for row in certain] + steps["DEATH"]
        last = max([row["date"] for row in scans], default=origin)
        found[subject] = (origin, min(events), True) if events else (origin, last, False)
    return found


def kaplan_meier(times: list[tuple[float, bool]], at: float) -> float:
    survival = 1.0
    for moment in sorted({time for time, event in times if event and time <= at}):
        at_risk = sum(time >= moment for time, _ in times)
        survival *= 1 - sum(time == moment and event for time, event in times) / at_risk
    return survival
