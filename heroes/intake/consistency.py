"""What does not fit together, patient by patient: queries that are published with the cut, for the sites to answer.

The rules of the trial itself (no inclusion on a positive baseline, the order of the consents, nothing long before the
inclusion) are asked of the protocol's own trial only; a delivery of another study says so in a note. No rule changes
a record: a call is never recomputed, a date never moved.
"""

import numpy as np
import pandas as pd

from heroes.intake.findings import Finding
from heroes.intake.listing import counted, is_code, per_patient
from heroes.model.terms import CtdnaCall, MilestoneKind, Response, Severity, TreatmentReason
from heroes.protocol import Protocol

LONG_BEFORE = -30
"""Progression, treatment stop or death earlier than this day before the inclusion is asked about."""

ORDER_OF_STEPS = (
    MilestoneKind.CONSENT1, MilestoneKind.TISSUE_SENT, MilestoneKind.ASSAY_READY, MilestoneKind.BASELINE_DRAW,
    MilestoneKind.BASELINE_RESULT, MilestoneKind.CONSENT2, MilestoneKind.INCLUDED,
)  # fmt: skip

LEAST_VARIANTS = 2
"""Variants that a positive Signatera call needs."""

FATAL = 5
"""Grade of an adverse event that killed."""

SIGNATERA_UNIT = "MTM/mL"
HALF_A_DAY = 0.51
Tables = dict[str, pd.DataFrame]


def check_consistency(tables: Tables, protocol: Protocol, study_id: str, *, laboratory_call: bool) -> list[Finding]:
    """Every query about checked tables. laboratory_call: the calls are the laboratory's own, not made by a cut-point."""
    findings: list[Finding] = []
    if protocol.describes(study_id):
        findings += _baseline_positive(tables) + _order_of_steps(tables) + _long_before(tables) + _restarts(tables)
        findings += _site_not_open(tables) + _consent_after_stop(tables) + _progression_before_inclusion(tables)
    else:
        findings.append(
            Finding(Severity.NOTE, "another_trial",
                    f"The protocol file describes {protocol.trial.name}, the delivery another study: its schedule and screening rules were not applied.",
                    "Put the study's own protocol.toml into the data folder.")
        )  # fmt: skip
    findings += _after_death(tables) + _results(tables, laboratory_call=laboratory_call) + _responses(tables)
    return findings + _delivered_times(tables, protocol) + _ends_before_starts(tables) + _sites(tables) + _forms(tables)


def _table(tables: Tables, name: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    return tables[name] if name in tables else pd.DataFrame(columns=["subject_id", *columns])


def _days(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)


def _first_day(tables: Tables, kind: MilestoneKind) -> pd.Series:
    steps = _table(tables, "milestone", ("kind", "day"))
    rows = steps[steps["kind"].eq(kind)]
    return pd.Series(_days(rows["day"]), index=rows["subject_id"]).groupby(level=0).min()


def _day_of(rows: pd.DataFrame, days: pd.Series) -> np.ndarray:
    return rows["subject_id"].map(days).to_numpy(dtype=float) if len(days) else np.full(len(rows), np.nan)


def _current(tables: Tables) -> pd.DataFrame:
    results = _table(tables, "ctdna_result", ("call", "day", "superseded_by"))
    return results[results["superseded_by"].isna()]


def _baseline_positive(tables: Tables) -> list[Finding]:
    included = _first_day(tables, MilestoneKind.INCLUDED)
    results = _current(tables)
    results = results[results["call"].isin((CtdnaCall.POSITIVE, CtdnaCall.NEGATIVE))]
    before = results[_days(results["day"]) <= _day_of(results, included)].sort_values("day", kind="stable")
    baseline = before.drop_duplicates("subject_id", keep="last")
    return per_patient(
        baseline[baseline["call"].eq(CtdnaCall.POSITIVE)], "baseline_positive_included",
        "The patient is included though the last ctDNA result up to the inclusion is positive.",
        "Ask the site which of the two is right.", table="ctdna_result", column="call",
    )  # fmt: skip


def _order_of_steps(tables: Tables) -> list[Finding]:
    """Each step not before the one it presupposes: among steps that a patient has, in their order, the last of each kind."""
    steps = _table(tables, "milestone", ("kind", "day"))
    place = {kind.value: index for index, kind in enumerate(ORDER_OF_STEPS)}
    rows = steps[steps["kind"].isin(place)].assign(_place=lambda frame: frame["kind"].map(place), _day=lambda frame: _days(frame["day"]))
    rows = rows.sort_values(["subject_id", "_place", "_day"], kind="stable").drop_duplicates(["subject_id", "kind"], keep="last")
    latest = rows.groupby("subject_id", sort=False)["_day"].cummax().groupby(rows["subject_id"], sort=False).shift()
    wrong = rows[rows["_day"] < latest]
    findings = []
    for kind, part in wrong.groupby("kind", sort=True):
        findings += per_patient(
            part, "order_of_steps", f"{kind} is dated before a step that must come first.",
            "Ask the site for the dates of consents, assay and inclusion.", table="milestone", column="day",
        )  # fmt: skip
    return findings


def _long_before(tables: Tables) -> list[Finding]:
    included = _first_day(tables, MilestoneKind.INCLUDED)
    findings = []
    steps = _table(tables, "milestone", ("kind", "day"))
    steps = steps[steps["kind"].isin((MilestoneKind.TX_STOP, MilestoneKind.DEATH))]
    progressions = _table(tables, "response", ("overall", "day"))
    progressions = progressions[progressions["overall"].eq(Response.PD)]
    for table, rows in (("milestone", steps), ("response", progressions)):
        early = rows[_days(rows["day"]) - _day_of(rows, included) < LONG_BEFORE]
        findings += per_patient(
            early, "long_before_inclusion", "Progression, treatment stop or death lies more than 30 days before the inclusion.",
            "Ask the site for the date.", table=table, column="day",
        )  # fmt: skip
    return findings


def _consent_after_stop(tables: Tables) -> list[Finding]:
    """A second consent after the treatment stop. One after the inclusion, and a stop long before it, are asked about already."""
    steps = _table(tables, "milestone", ("kind", "day"))
    consents = steps[steps["kind"].eq(MilestoneKind.CONSENT2)]
    stop, included = (_day_of(consents, _first_day(tables, kind)) for kind in (MilestoneKind.TX_STOP, MilestoneKind.INCLUDED))
    day = _days(consents["day"])
    return per_patient(
        consents[(day > stop) & ~(day > included) & ~(stop - included < LONG_BEFORE)], "consent_after_stop", "The second consent is dated after the treatment was stopped.",
        "Ask the site for both dates.", table="milestone", column="day",
    )  # fmt: skip


def _progression_before_inclusion(tables: Tables) -> list[Finding]:
    """Progression shortly before the inclusion. What lies long before it is asked about as such, a death as what comes after it."""
    included = _first_day(tables, MilestoneKind.INCLUDED)
    scans = _table(tables, "response", ("overall", "day"))
    rows = scans[scans["overall"].eq(Response.PD)]
    since = _days(rows["day"]) - _day_of(rows, included)
    return per_patient(
        rows[(since < 0) & (since >= LONG_BEFORE)], "progression_before_inclusion", "A progression is dated shortly before the inclusion.",
        "Ask the site for the date.", table="response", column="day",
    )  # fmt: skip


def _restarts(tables: Tables) -> list[Finding]:
    """A restart of therapy has its trigger before it: a positive result, or a progression."""
    results, treatments = _current(tables), _table(tables, "treatment", ("reason", "start_day"))
    progressions = _table(tables, "response", ("overall", "day"))
    positive = results[results["call"].eq(CtdnaCall.POSITIVE)]
    progressed = progressions[progressions["overall"].eq(Response.PD)]
    findings = []
    for rows, reasons in (
        (positive, (TreatmentReason.RESUME_CTDNA,)), (progressed, (TreatmentReason.RESUME_PD, TreatmentReason.NEW_PD)),
    ):  # fmt: skip
        after = rows.assign(_day=_days(rows["day"]))
        after = after[after["_day"] > np.nan_to_num(_day_of(after, _first_day(tables, MilestoneKind.INCLUDED)))]
        trigger = after.groupby("subject_id")["_day"].min()
        restarts = treatments[treatments["reason"].isin(reasons) & treatments["start_day"].notna()]
        first = _day_of(restarts, trigger)
        early = restarts[~(_days(restarts["start_day"]) >= first)]
        findings += per_patient(
            early, "restart_without_trigger", "Therapy was restarted before the result or the progression that is named as its reason.",
            "Ask the site for the date and the reason of the restart.", table="treatment", column="start_day",
        )  # fmt: skip
    return findings


def _site_not_open(tables: Tables) -> list[Finding]:
    """An inclusion at a site that was not open on that day, where site dates and calendar time are known."""
    subjects, sites = tables["subject"], _table(tables, "site", ("site_id", "activated_on", "closed_on"))
    if "_cut_off" not in subjects.attrs or "activated_on" not in sites:
        return []
    included = subjects[subjects["origin_kind"].eq("INCLUSION") & subjects["origin_to_cut_off_days"].notna()]
    cut_off = np.datetime64(subjects.attrs["_cut_off"], "D")
    origin = cut_off - _days(included["origin_to_cut_off_days"]).astype("timedelta64[D]")
    opened = included["site_id"].map(dict(zip(sites["site_id"], sites["activated_on"], strict=True)))
    closed = included["site_id"].map(dict(zip(sites["site_id"], sites["closed_on"], strict=True)))
    opened, closed = (pd.to_datetime(part, errors="coerce").to_numpy(dtype="datetime64[D]") for part in (opened, closed))
    outside = (~np.isnat(opened) & (origin < opened)) | (~np.isnat(closed) & (origin > closed))
    return per_patient(
        included[outside], "included_at_closed_site", "The patient was included while the site was not open.",
        "Check the dates of the site and of the inclusion.", table="subject", column="site_id",
    )  # fmt: skip


def _after_death(tables: Tables) -> list[Finding]:
    death = _first_day(tables, MilestoneKind.DEATH)
    findings = []
    for table, name in (
        ("visit", "day"), ("specimen", "collected_day"), ("ctdna_result", "day"), ("response", "day"),
        ("lesion_measure", "day"), ("treatment", "start_day"), ("milestone", "day"), ("qs_item", "day"), ("ae", "start_day"),
        ("page_entry", "visit_day"),
    ):  # fmt: skip
        if table in tables:
            rows = tables[table]
            findings += per_patient(
                rows[_days(rows[name]) > _day_of(rows, death)], "after_death",
                lambda n: "1 record is dated after the patient's death." if n == 1 else f"{n} records are dated after the patient's death.",
                "Ask the site for the date of death and of these records.", table=table, column=name,
            )  # fmt: skip
    return findings


def _results(tables: Tables, *, laboratory_call: bool) -> list[Finding]:
    """Call, quantity and variants of one result; days of draw, receipt and result. Queries, never a changed call."""
    findings: list[Finding] = []
    if "ctdna_result" in tables:
        rows = tables["ctdna_result"]
        quantity, detected, tracked = (_days(rows[name]) for name in ("quantity", "variants_detected", "variants_tracked"))
        positive, negative = rows["call"].eq(CtdnaCall.POSITIVE), rows["call"].eq(CtdnaCall.NEGATIVE)
        cases = [
            (positive & (detected < LEAST_VARIANTS), "A positive call needs two detected variants; fewer are given.", "variants_detected"),
            (detected > tracked, "More variants are detected than tracked.", "variants_detected"),
            (_days(rows["resulted_day"]) < _days(rows["day"]), "The result is dated before the draw.", "resulted_day"),
        ]
        if laboratory_call:
            # What is printed on Signatera's reports; other assays draw their line elsewhere.
            signatera = rows["unit"].isna() | rows["unit"].eq(SIGNATERA_UNIT)
            cases += [
                (signatera & positive & (quantity == 0), "A positive call comes with a quantity of zero.", "quantity"),
                (signatera & negative & (quantity > 0), "A negative call comes with a quantity above zero.", "quantity"),
                (signatera & positive & np.isnan(quantity), "A positive call comes without a quantity.", "quantity"),
                (rows["call"].eq(CtdnaCall.NOT_EVALUABLE) & rows["failure_reason"].isna(), "A result that is not evaluable names no reason.", "failure_reason"),
            ]  # fmt: skip
        for mask, message, column in cases:
            mask = np.asarray(mask, dtype=bool)
            findings += per_patient(
                rows[mask], "call_and_result_disagree" if column != "resulted_day" else "result_before_draw", message,
                "Ask the laboratory; the call stands as delivered.", table="ctdna_result", column=column,
            )  # fmt: skip
        current = rows[rows["superseded_by"].isna() & rows["specimen_id"].notna()]
        findings += per_patient(
            current[current.duplicated("specimen_id", keep=False)], "several_current_results", "One specimen has several current results.",
            "Ask the laboratory which one replaces the other.", table="ctdna_result", column="specimen_id",
        )  # fmt: skip
        if "specimen" in tables:
            received = dict(zip(tables["specimen"]["specimen_id"], _days(tables["specimen"]["received_day"]), strict=True))
            resulted = _days(rows["resulted_day"])
            # A result before the draw is asked about already.
            early = (resulted < rows["specimen_id"].map(received).to_numpy(dtype=float)) & ~(resulted < _days(rows["day"]))
            findings += per_patient(
                rows[early], "result_before_receipt",
                "The result is dated before the specimen was received.", "Ask the laboratory for the dates.", table="ctdna_result",
                column="resulted_day",
            )  # fmt: skip
            known = set(tables["specimen"]["specimen_id"])
            lost = rows["specimen_id"].notna() & ~rows["specimen_id"].isin(known)
            findings += per_patient(
                rows[lost], "unknown_specimen", "A result is of a specimen that is not in the delivery.",
                "Ask the laboratory for the draw.", table="ctdna_result", column="specimen_id",
            )  # fmt: skip
    if "specimen" in tables:
        rows = tables["specimen"]
        findings += per_patient(
            rows[_days(rows["received_day"]) < _days(rows["collected_day"])], "received_before_draw",
            "A specimen was received before it was drawn.", "Ask the laboratory for the dates.", table="specimen", column="received_day",
        )  # fmt: skip
    return findings


def _responses(tables: Tables) -> list[Finding]:
    if "response" not in tables:
        return []
    rows = tables["response"]
    unseen = rows["overall"].eq(Response.PD) & ~rows["evaluable"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    findings = per_patient(
        rows[unseen], "progression_without_evaluable_scan", "A progression is read from a scan that is not evaluable.",
        "Ask the site for the scan.", table="response", column="evaluable",
    )  # fmt: skip
    same_scan = ["subject_id", "day", "evaluator", "criteria"]
    read = rows[rows["overall"].notna()]
    differ = read.groupby(same_scan, sort=False)["overall"].transform("nunique") > 1 if len(read) else pd.Series(dtype=bool)
    return findings + per_patient(
        read[differ.to_numpy(dtype=bool)], "conflicting_responses",
        "One reader gives different overall responses on one day; the worst of them counts.",
        "Ask the reader which one holds.", table="response", column="overall",
    )  # fmt: skip


def _delivered_times(tables: Tables, protocol: Protocol) -> list[Finding]:
    """Delivered time against its own dates: AVAL is ADT − STARTDT, with or without the day of the start. Both are kept."""
    if "tte" not in tables:
        return []
    rows = tables["tte"]
    difference = _days(rows["aval_days"]) - (_days(rows["end_day"]) - _days(rows["start_day"]))
    known = ~np.isnan(difference)
    plain, plus_one = np.abs(difference) < HALF_A_DAY, np.abs(difference - 1) < HALF_A_DAY
    endpoint = rows["paramcd"].eq(protocol.endpoint.parameter).to_numpy(dtype=bool)
    wrong = known & ~plain & ~plus_one
    findings = per_patient(
        rows[wrong & endpoint], "time_differs_from_dates",
        "The delivered time is not the days between its own dates; both are kept and the delivered time is shown as delivered.",
        "Ask the statistician who derived it.", table="tte", column="aval",
    )  # fmt: skip
    for parameter, part in rows[wrong & ~endpoint].groupby("paramcd", sort=True):
        findings.append(
            Finding(Severity.NOTE, "time_differs_from_dates_elsewhere",
                    f"Of {parameter if is_code(parameter) else 'another parameter'}, the delivered time and the days between its own dates differ in {len(part):,} rows; both are kept.",
                    "Ask the statistician who derived them.", table="tte", column="aval")
        )  # fmt: skip
    only_plus_one = known & plus_one & ~plain & endpoint
    if only_plus_one.any() and not protocol.endpoint.aval_add_one:
        findings.append(
            Finding(Severity.NOTE, "time_counts_first_day",
                    f"{protocol.endpoint.parameter} is delivered with the day of the start counted (+1) in {int(only_plus_one.sum()):,} rows; the protocol file does not count it.",
                    "No action needed; derived and delivered times differ by this day.", table="tte", column="aval")
        )  # fmt: skip
    return findings


def _ends_before_starts(tables: Tables) -> list[Finding]:
    findings = []
    for table, rule in (("treatment", "end_before_start"), ("tte", "end_before_start")):
        if table in tables:
            rows = tables[table]
            findings += per_patient(
                rows[_days(rows["end_day"]) < _days(rows["start_day"])], rule, "The end is dated before the start.",
                "Ask for both dates.", table=table, column="end_day",
            )  # fmt: skip
    return findings


def _sites(tables: Tables) -> list[Finding]:
    if "site" not in tables or "closed_on" not in tables["site"]:
        return []
    rows = tables["site"]
    opened, closed = (pd.to_datetime(rows[name], errors="coerce") for name in ("activated_on", "closed_on"))
    n = int((closed < opened).sum())
    if not n:
        return []
    message = "1 site is closed before it is opened." if n == 1 else f"{n} sites are closed before they are opened."
    return [Finding(Severity.QUERY, "site_closed_before_opened", message, "Correct the dates of the site.", table="site", column="closed_on")]


def _forms(tables: Tables) -> list[Finding]:
    """Questionnaires without answers, fatal events without a death, pages and queries whose days cannot be."""
    findings: list[Finding] = []
    if "qs_form" in tables and "qs_item" in tables:
        forms, items = tables["qs_form"], tables["qs_item"]
        answered = items[items["value"].notna()]
        told = set(zip(answered["subject_id"], answered["instrument"], _days(answered["day"]), strict=True))
        there = [row in told for row in zip(forms["subject_id"], forms["instrument"], _days(forms["day"]), strict=True)]
        empty = forms["status"].eq("DONE") & forms["day"].notna() & ~np.array(there, dtype=bool)
        findings += per_patient(
            forms[empty], "questionnaire_without_answers", counted("1 questionnaire is called filled in, and no item of that day is answered.",
                                                                   "{n} questionnaires are called filled in, and no item of these days is answered."),
            "Ask the site for the answers.", table="qs_form", column="status",
        )  # fmt: skip
    if "ae" in tables:
        events = tables["ae"]
        alive = ~events["subject_id"].isin(set(_first_day(tables, MilestoneKind.DEATH).index))
        findings += per_patient(
            events[alive & (_days(events["grade"]) == FATAL)], "fatal_event_without_death", "An adverse event of grade 5 is told, and no death.",
            "Ask the site for the grade and for the date of death.", table="ae", column="grade",
        )  # fmt: skip
    if "page_entry" in tables:
        pages = tables["page_entry"]
        findings += per_patient(
            pages[_days(pages["entered_day"]) < _days(pages["visit_day"])], "entered_before_visit",
            counted("1 page was entered before its visit.", "{n} pages were entered before their visits."), "Ask the site for the date of the visit.",
            table="page_entry", column="entered_day",
        ) + per_patient(
            pages[_days(pages["n_changed"]) > _days(pages["n_points"])], "more_changes_than_points",
            "More data points of a page were changed than it has.", "Ask the data manager.", table="page_entry", column="n_changed",
        )  # fmt: skip
    if "query_item" in tables:
        asked = tables["query_item"]
        opened = _days(asked["opened_day"])
        findings += per_patient(
            asked[(_days(asked["answered_day"]) < opened) | (_days(asked["closed_day"]) < opened)], "query_closed_before_opened",
            "A query was answered or closed before it was opened.", "Ask the data manager.", table="query_item", column="opened_day",
        )  # fmt: skip
    return findings
