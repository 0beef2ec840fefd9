"""A trial in a line: `a_trial(a_subject("01-001", included="2025-01-10", progressed="2025-03-31"))`.

Dates go in as ISO text and become days from the patient's day 0, as an import would make them: the inclusion, or the first
consent of a patient never included, or the first record of a patient with neither. Nothing is added that was not asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from heroes.model.contents import CutContents, SourceFile
from heroes.model.records import RECORDS
from heroes.model.terms import Instrument, MilestoneKind, OriginKind, ScreenStatus
from heroes.protocol import read_protocol
from heroes.store.cuts import Published, publish_cut

CUT_OFF = "2026-01-31"
IMPORTED_AT = datetime(2026, 2, 2, 8, 30, tzinfo=UTC)
STUDY = "UC-BCG-2312"

_STEPS = {
    "consented": MilestoneKind.CONSENT1,
    "tissue_sent": MilestoneKind.TISSUE_SENT,
    "assay_ready": MilestoneKind.ASSAY_READY,
    "baseline_draw": MilestoneKind.BASELINE_DRAW,
    "baseline_result": MilestoneKind.BASELINE_RESULT,
    "consented_again": MilestoneKind.CONSENT2,
    "included": MilestoneKind.INCLUDED,
    "stopped": MilestoneKind.TX_STOP,
    "resumed": MilestoneKind.TX_RESUME,
    "new_treatment": MilestoneKind.TX_NEW,
    "died": MilestoneKind.DEATH,
    "lost": MilestoneKind.LTFU,
    "withdrawn": MilestoneKind.WITHDRAWN,
    "completed": MilestoneKind.COMPLETED,
    "discontinued": MilestoneKind.DISCONTINUED,
    "last_alive": MilestoneKind.LAST_ALIVE,
}


@dataclass(frozen=True)
class ASubject:
    """A patient as told by a test, still with dates. rows: table → records whose `…day` cells are dates or None."""

    subject_id: str
    site: str
    origin: date
    origin_kind: OriginKind
    is_relative: bool
    columns: Mapping[str, object]
    rows: Mapping[str, list[dict]] = field(default_factory=dict)


def a_subject(
    subject_id: str = "01-001",
    *,
    site: str | None = None,
    progressed: str | None = None,
    scans: Sequence[tuple] = (),
    calls: Sequence[tuple] = (),
    draws: Sequence[tuple] = (),
    visits: Sequence[tuple] = (),
    treatments: Sequence[tuple] = (),
    questionnaires: Sequence[tuple] = (),
    forms: Sequence[tuple] = (),
    adverse_events: Sequence[tuple] = (),
    deviations: Sequence[tuple] = (),
    criteria: Sequence = (),
    queries: Sequence[tuple] = (),
    pages: Sequence[tuple] = (),
    moves: Sequence[tuple] = (),
    screened_before_as: str | None = None,
    tte: Sequence[Mapping] = (),
    lesions: Sequence[Mapping] = (),
    lesion_measures: Sequence[Mapping] = (),
    screening: str | tuple | None = None,
    relative: bool = False,
    visit_of: Mapping[str, str] | None = None,
    **steps_and_columns,
) -> ASubject:
    """One patient.

    site: by default what stands before the first "-" of the subject_id.
    steps: consented, tissue_sent, assay_ready, baseline_draw, baseline_result, consented_again, included, stopped, resumed,
        new_treatment, died, lost, withdrawn, completed, discontinued, last_alive: a date, or a list of dates.
        `resumed` and `new_treatment` are milestones only; name the treatment in `treatments` where a test needs it.
    progressed: a scan that shows PD, read by the investigator.
    scans: (date, overall) or (date, overall, {column: value}) in `response`.
    calls: (date, call), (date, call, quantity) or (date, call, quantity, {column: value}) in `ctdna_result`, MTM/mL.
    draws: (date,) or (date, visit_code), blood drawn without a result yet, in `specimen`.
    visits: (visit_code, date or None, status) in `visit`.
    treatments: (agent_class, start, end or None, reason) in `treatment`.
    questionnaires: (date, {item_no: value or None}) or (date, {…}, instrument) in `qs_item`, by default of the QLQ-C30.
    forms: (visit_code, status), (visit_code, date, status) or (visit_code, date or None, status, {column: value}) in `qs_form`,
        by default of the QLQ-C30.
    adverse_events: (start, term), (start, term, grade) or (start, term, grade, {column: value}) in `ae`.
    deviations: (date or None, category) or (date or None, category, important) in `deviation`.
    criteria: codes of criteria not met, or (code, {column: value}), in `eligibility`.
    queries: (opened, state), (opened, state, answered) or (opened, state, answered or None, closed or None) in `query_item`,
        to the patient's site.
    pages: (page, visit_code, visit date, entered date or None) or (…, {column: value}) in `page_entry`.
    moves: (from date, site) in `subject_site`, the first being the site that included; `site` is then by default the last.
    screened_before_as: the patient's earlier code, in `subject_link`.
    tte, lesions, lesion_measures: records as dictionaries, with dates in their day columns.
    screening: a status, or (status, reason); by default INCLUDED for the included, else no row.
    relative: the delivery has relative times only: origin_to_cut_off_days stays empty.
    visit_of: date → visit_code for calls and scans.
    Any other name is a column of `subject` (age_y, sex …).
    """
    steps = {name: steps_and_columns.pop(name) for name in list(steps_and_columns) if name in _STEPS}
    site = site or (moves[-1][1] if moves else subject_id.split("-")[0])
    visit_of = visit_of or {}
    milestones = []
    for name, days in steps.items():
        for seq, day in enumerate([days] if isinstance(days, str) else days or [], start=1):
            milestones.append({"kind": _STEPS[name], "seq": seq, "day": _date(day)})
    rows: dict[str, list[dict]] = {
        "milestone": milestones,
        "response": _scans([*scans, *([(progressed, "PD")] if progressed else [])], visit_of),
        "ctdna_result": [_call(subject_id, number, visit_of, *call) for number, call in enumerate(calls, start=1)],
        "specimen": [_draw(subject_id, number, *draw) for number, draw in enumerate(draws, start=1)],
        "visit": _visits(visits),
        "treatment": [
            {"seq": seq, "agent_class": agent, "start_day": _date(start), "end_day": _date(end), "reason": reason}
            for seq, (agent, start, end, reason) in enumerate(treatments, start=1)
        ],
        "tte": [_dated(record) for record in tte],
        "qs_item": [row for answers in questionnaires for row in _answers(*answers)],
        "qs_form": [_form(*form) for form in forms],
        "ae": [_adverse_event(seq, *event) for seq, event in enumerate(adverse_events, start=1)],
        "deviation": [
            {"seq": seq, "category": category, "day": _date(day), "important": more[0] if more else None}
            for seq, (day, category, *more) in enumerate(deviations, start=1)
        ],
        "eligibility": [_criterion(*([criterion] if isinstance(criterion, str) else criterion)) for criterion in criteria],
        "query_item": [
            _query(f"Q-{subject_id}-{number}", site, *query) for number, query in enumerate(queries, start=1)
        ],
        "page_entry": _pages(pages),
        "subject_site": [{"from_day": _date(day), "site_id": place} for day, place in moves],
        "subject_link": [{"earlier_subject_id": screened_before_as}] if screened_before_as else [],
        "lesion": [dict(record) for record in lesions],
        "lesion_measure": [{"seq": 1, **_dated(record)} for record in lesion_measures],
    }
    kind, origin = _origin(steps, rows)
    if screening is None and kind is OriginKind.INCLUSION:
        screening = ScreenStatus.INCLUDED
    if screening is not None:
        status, reason = (screening, None) if isinstance(screening, str) else screening
        rows["screen_outcome"] = [{"status": status, "reason": reason}]
    return ASubject(subject_id, site, origin, kind, relative, steps_and_columns, rows)


def a_trial(
    *subjects: ASubject,
    cut_off: str = CUT_OFF,
    study_id: str = STUDY,
    sites: Mapping[str, Mapping] | None = None,
    site_plan: Sequence[tuple] = (),
    visit_plan: Sequence[tuple] = (),
    locations: Mapping[str, tuple[float, float]] | None = None,
    site_queries: Sequence[tuple] = (),
    issues: Sequence[Mapping] = (),
    marker: str | None = "Signatera",
    marker_unit: str | None = "MTM/mL",
    simulated: bool = False,
    protocol_digest: str | None = None,
) -> CutContents:
    """The contents of a data cut with these patients.

    sites: site_id → columns of `site` (activated_on, target_n …); sites of patients are there in any case.
    site_plan: (site_id, first day of the month, planned inclusions).
    visit_plan: (visit_code, planned_day) or (visit_code, planned_day, {column: value}); by default without window, with ctDNA.
    locations: site_id → (latitude, longitude) in `site_location`.
    site_queries: (site_id, state), queries about no patient, in `query_item`.
    issues: records of `import_issue`; severity, rule, message and remedy have defaults.
    """
    end = _date(cut_off)
    tables: dict[str, list[dict]] = {table: [] for table in RECORDS}
    told = {subject.site for subject in subjects} | {row["site_id"] for subject in subjects for row in subject.rows["subject_site"]}
    described = {**{site: {} for site in told | set(locations or {})}, **(sites or {})}
    tables["site"] = [
        {"site_id": site, **{name: _date(v) if name.endswith("_on") else v for name, v in columns.items()}}
        for site, columns in sorted(described.items())
    ]
    tables["site_plan"] = [
        {"site_id": site, "month": _date(month), "planned_inclusions": float(planned)} for site, month, planned in site_plan
    ]
    tables["visit_plan"] = [_planned(*visit) for visit in visit_plan]
    for subject in subjects:
        to_cut_off = None if subject.is_relative else (end - subject.origin).days
        tables["subject"].append(
            {
                "subject_id": subject.subject_id,
                "site_id": subject.site,
                "origin_kind": subject.origin_kind,
                "origin_to_cut_off_days": to_cut_off,
                **subject.columns,
            }
        )
        for table, rows in subject.rows.items():
            tables[table] += [{"subject_id": subject.subject_id, **_in_days(row, subject.origin)} for row in rows]
    tables["site_location"] = [
        {"site_id": site, "latitude": float(north), "longitude": float(east)} for site, (north, east) in (locations or {}).items()
    ]
    tables["query_item"] += [
        {"query_id": f"Q-{site}-{number}", "site_id": site, "state": state} for number, (site, state) in enumerate(site_queries, start=1)
    ]
    tables["import_issue"] = [_issue(seq, issue) for seq, issue in enumerate(issues, start=1)]
    frames = {table: a_frame(table, rows) for table, rows in tables.items() if rows}
    return CutContents(
        study_id=study_id,
        cut_off=end,
        tables=frames,
        protocol_digest=protocol_digest or read_protocol().digest,
        sources=(SourceFile("delivery.csv", "0" * 64, 1),),
        findings=frames["import_issue"]["severity"].value_counts().to_dict() if issues else {},
        simulated=simulated,
        marker=marker if tables["ctdna_result"] else None,
        marker_unit=marker_unit if tables["ctdna_result"] else None,
    )


def publish(contents: CutContents, directory: Path, *, imported_at: datetime = IMPORTED_AT) -> Published:
    """Publishes contents as a data cut of a folder."""
    return publish_cut(contents, directory, imported_at=imported_at)


def a_frame(table: str, rows: Sequence[Mapping]) -> pd.DataFrame:
    """Records as a frame with exactly the columns of their table, object cells, None where nothing was said."""
    fields = RECORDS[table].model_fields
    unknown = {name for row in rows for name in row} - set(fields)
    if unknown:
        raise TypeError(f"{table} has no column {', '.join(sorted(unknown))}")
    default = {name: None if info.is_required() else info.default for name, info in fields.items()}
    return pd.DataFrame([{**default, **row} for row in rows], columns=list(fields), dtype=object)


def _date(value) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _dated(record: Mapping) -> dict:
    return {name: _date(v) if name.endswith("day") else v for name, v in record.items()}


def _in_days(row: Mapping, origin: date) -> dict:
    return {
        name: (v - origin).days if name.endswith("day") and isinstance(v, date) else v for name, v in row.items()
    }


def _origin(steps: Mapping, rows: Mapping[str, list[dict]]) -> tuple[OriginKind, date]:
    for name, kind in (("included", OriginKind.INCLUSION), ("consented", OriginKind.CONSENT1)):
        if steps.get(name):
            first = steps[name] if isinstance(steps[name], str) else steps[name][0]
            return kind, _date(first)
    days = [value for table in rows.values() for row in table for name, value in row.items() if isinstance(value, date)]
    if not days:
        raise TypeError("a subject needs at least one dated step")
    return OriginKind.FIRST_RECORD, min(days)


def _scans(scans: Sequence[tuple], visit_of: Mapping[str, str]) -> list[dict]:
    rows = []
    for day, overall, *more in scans:
        row = {
            "day": _date(day), "evaluator": "INVESTIGATOR", "criteria": "RECIST 1.1", "overall": overall,
            "visit_code": visit_of.get(day), "evaluable": overall != "NE", **(more[0] if more else {}),
        }
        same = [other for other in rows if all(other[key] == row[key] for key in ("day", "evaluator", "criteria"))]
        rows.append({"seq": len(same) + 1, **row})
    return rows


def _call(subject_id: str, number: int, visit_of: Mapping[str, str], day: str, call: str, quantity=None, more=None) -> dict:
    measured = {} if quantity is None else {"quantity": float(quantity), "unit": "MTM/mL", "qualifier": "="}
    return {
        "result_id": f"{subject_id}-R{number}", "day": _date(day), "call": call, "marker": "Signatera",
        "visit_code": visit_of.get(day), "amended": False, **measured, **_dated(more or {}),
    }


def _draw(subject_id: str, number: int, day: str, visit_code: str | None = None) -> dict:
    return {"specimen_id": f"{subject_id}-S{number}", "collected_day": _date(day), "visit_code": visit_code}


def _visits(visits: Sequence[tuple]) -> list[dict]:
    rows: list[dict] = []
    for code, day, status in visits:
        seq = 1 + sum(row["visit_code"] == code for row in rows)
        rows.append({"visit_code": code, "seq": seq, "day": _date(day), "status": status})
    return rows


def _answers(day: str, values: Mapping[int, int | None], instrument: str = Instrument.QLQ_C30) -> list[dict]:
    return [{"instrument": instrument, "day": _date(day), "item_no": number, "value": value} for number, value in values.items()]


def _form(visit_code: str, *more) -> dict:
    day, status, *rest = (None, *more) if len(more) == 1 else more
    return {
        "instrument": Instrument.QLQ_C30, "visit_code": visit_code, "day": _date(day), "status": status, **(rest[0] if rest else {}),
    }


def _adverse_event(seq: int, start: str, term: str, grade: int | None = None, more: Mapping | None = None) -> dict:
    return {"seq": seq, "term": term, "grade": grade, "start_day": _date(start), **_dated(more or {})}


def _criterion(criterion: str, more: Mapping | None = None) -> dict:
    return {"criterion": criterion, **_dated(more or {})}


def _query(query_id: str, site: str, opened: str, state: str, answered: str | None = None, closed: str | None = None) -> dict:
    days = {"opened_day": _date(opened), "answered_day": _date(answered), "closed_day": _date(closed)}
    return {"query_id": query_id, "site_id": site, "state": state, **days}


def _pages(pages: Sequence[tuple]) -> list[dict]:
    rows: list[dict] = []
    for page, visit_code, visited, entered, *more in pages:
        seq = 1 + sum((row["page"], row["visit_code"]) == (page, visit_code) for row in rows)
        row = {"page": page, "visit_code": visit_code, "seq": seq, "visit_day": _date(visited), "entered_day": _date(entered)}
        rows.append({**row, **(more[0] if more else {})})
    return rows


def _planned(visit_code: str, planned_day: int, more: Mapping | None = None) -> dict:
    needs = {"needs_ctdna": True, "needs_imaging": False, "needs_qol": False}
    return {"visit_code": visit_code, "planned_day": planned_day, **needs, **(more or {})}


def _issue(seq: int, issue: Mapping) -> dict:
    said = {"severity": "NOTE", "rule": "a_rule", "message": "Something was found.", "remedy": "Look at it."}
    return {"seq": seq, **said, **issue}


def days_after(day: str, n: int) -> str:
    """The ISO date n days after another."""
    return (_date(day) + timedelta(days=n)).isoformat()
