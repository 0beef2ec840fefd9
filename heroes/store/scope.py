"""What one person's connection holds: only their sites' rows, only their tables.

Whoever may see all patients gets the data cut's file itself, read-only. Everybody else gets copies in memory of the
rows and tables below, and the file is let go: what is closed is not there to be asked for.

| right | tables |
|---|---|
| any but PEOPLE alone | data_cut (counts of what the scope holds, not of the trial), visit_plan |
| TRIAL_ENROLMENT | site, site_plan, site_location and the aggregates of enrolment of all sites; line_cap, a small group of it emptied; aggregates over all patients that name no site and leave small cells out |
| SITE_ENROLMENT | the same of the person's own sites |
| OWN_PATIENTS | every patient table, rows of own sites; findings of the import about these patients |
| OWN_LISTS | the same without delivered times, lesions, answers to questionnaires and adverse events; of a response only that the scan was done |
| POOLED_OUTCOMES without all patients | pooled_time_to_event: counts per time, without site or patient |
| enrolment without patients | findings of the import about no table of patients (they may count its rows), patient or row |
"""

from collections.abc import Callable
from dataclasses import dataclass

from heroes.access import Person, Policy, Right, Role, rights_of
from heroes.errors import ClosedDataError
from heroes.model.records import RECORDS
from heroes.model.terms import ScreenFailReason
from heroes.store.schema import columns_of
from heroes.store.times import TIME_QUESTIONS

PATIENT_TABLES = tuple(
    name for name, record in RECORDS.items() if "subject_id" in record.model_fields and name != "import_issue"
)
"""Tables with one patient per row."""

FOUNDATION = "reached_step"
"""Steps of patients that aggregates are counted from; gone before anybody can ask."""

AGGREGATES = ("accrual_week", "site_status", "funnel_step", "accrual_month", "screening_standing", "step_days")
"""Counts per site, the same for every role that may see enrolment."""

LINE_CAP = "line_cap"
"""A count of the whole trial that crosses patients with what they are like: for those who may see enrolment of all sites."""

OUTCOME_REASONS = (ScreenFailReason.DEATH, ScreenFailReason.PROGRESSION_BEFORE_INCLUSION)
"""Reasons of a failed screening that are outcomes of the patient."""

SMALLEST_CELL = 5
"""A group of fewer patients, with what they have in common, is not shown to whoever may not see all patients."""

OPEN_SAFETY = "adverse_event_count"
"""Counts of adverse events over all patients: without rows unless the protocol opens them."""

TRIAL_WIDE = {
    "questionnaire_rate": "questionnaires_expected",
    "baseline_count": "patient_characteristics",
    "baseline_measure": "patient_characteristics",
    OPEN_SAFETY: "adverse_events",
}
"""Aggregates over all patients that are open to whoever sees the trial's enrolment → the question whose answer each sums up. Cells
of few patients are left out in them, but for those who see all patients."""

POOLED = "pooled_time_to_event"

_OUTCOME_COLUMNS = {"target", "nontarget", "new_lesion", "overall", "equivocal", "pd_confirmed"}
_CLOSED_TO_LISTS = {"tte", "lesion", "lesion_measure", "qs_item", "ae"}

OUTCOME_QUESTIONS = frozenset({
    "delivered_parameters", "delivered_times", "delivered_and_derived", "therapy_states", "quality_of_life_scores",
    "questionnaire_answers", "questionnaire_sheets", "adverse_events", "deaths",
    *(question for question, _ in TIME_QUESTIONS.values()),
})
"""Questions about outcomes of patients: refused where the scope holds only operational lists, for the answer without
responses would be wrong, not merely short."""

ALL_ROWS: Callable[[str], str] = "SELECT * FROM {0}".format
OWN_SITES: Callable[[str], str] = "SELECT * FROM {0} WHERE site_id IN (FROM own_site)".format
OWN_PATIENTS: Callable[[str], str] = "SELECT * FROM {0} WHERE subject_id IN (FROM own_patient)".format


@dataclass(frozen=True)
class Scope:
    """What one person may see. sites: those whose patients they may see, or None where the role is not bound to sites."""

    role: Role
    sites: frozenset[str] | None
    rights: frozenset[Right]

    @property
    def is_whole(self) -> bool:
        """Every patient and every table."""
        return Right.ALL_PATIENTS in self.rights

    @property
    def holds_outcomes(self) -> bool:
        """Outcomes of single patients: of all, or of the person's own sites."""
        return self.is_whole or Right.OWN_PATIENTS in self.rights

    @property
    def holds_lists(self) -> bool:
        """Records of single patients, be they whole or as operational lists."""
        return self.holds_outcomes or Right.OWN_LISTS in self.rights

    @property
    def holds_enrolment(self) -> bool:
        """The aggregates of enrolment, of all sites or of the person's own."""
        return bool(self.rights & {Right.TRIAL_ENROLMENT, Right.SITE_ENROLMENT})


def scope_of(person: Person, policy: Policy) -> Scope:
    """The scope of a person under the trial's access policy."""
    return Scope(role=person.role, sites=person.bound_sites, rights=rights_of(person, policy))


def copies_of(scope: Scope) -> dict[str, str]:
    """What a restricted scope holds: table → SELECT over the data cut, which has `own_site` and `own_patient` beside it."""
    if scope.is_whole:
        raise ValueError("a whole scope is the file itself and holds no copies")
    copies = {"data_cut": ALL_ROWS("data_cut")}
    if scope.holds_enrolment:
        sites = ALL_ROWS if Right.TRIAL_ENROLMENT in scope.rights else OWN_SITES
        copies |= {table: sites(table) for table in ("site", "site_plan", "site_location")} | {"visit_plan": ALL_ROWS("visit_plan")}
    if Right.OWN_PATIENTS in scope.rights:
        copies |= {table: _own_rows(table) for table in (*PATIENT_TABLES, "import_issue")}
    elif Right.OWN_LISTS in scope.rights:
        copies |= {table: _own_rows(table) for table in (*PATIENT_TABLES, "import_issue") if table not in _CLOSED_TO_LISTS}
        copies["response"] = OWN_PATIENTS(f"({_scans_done()})")
    elif scope.holds_enrolment:
        copies["import_issue"] = _findings_about_no_patient()
    return copies


def _own_rows(table: str) -> str:
    """Rows of own patients; of queries to a site also those about no patient."""
    if table != "query_item":
        return OWN_PATIENTS(table)
    return OWN_SITES("(FROM query_item WHERE subject_id IS NULL)") + " UNION ALL " + OWN_PATIENTS(table)


def aggregate_rows(scope: Scope, aggregate: str) -> Callable[[str], str]:
    """Which rows of an aggregate the scope holds: all sites, or the person's own.

    Why a screening failed may be an outcome (death, progression): for patients whom the person may not see it is "other".
    """
    rows = ALL_ROWS if Right.TRIAL_ENROLMENT in scope.rights else OWN_SITES
    if aggregate != "screening_standing" or scope.is_whole:
        return rows
    outcomes = ", ".join(f"'{reason.value}'" for reason in OUTCOME_REASONS)
    reason = f"CASE WHEN reason IN ({outcomes}) AND site_id NOT IN (FROM own_site) THEN '{ScreenFailReason.OTHER.value}' ELSE reason END"
    return lambda text: f"SELECT * REPLACE ({reason} AS reason) FROM ({rows(text)})"


def line_cap_rows(scope: Scope) -> Callable[[str], str]:
    """The count by line of therapy: whole for whoever may see all patients; else a small group, or a small rest, is emptied."""
    if scope.is_whole:
        return ALL_ROWS
    return (
        "SELECT n_included, n_known, CASE WHEN least(n_line_ge2, n_known - n_line_ge2) BETWEEN 1 AND "
        f"{SMALLEST_CELL - 1} THEN NULL ELSE n_line_ge2 END AS n_line_ge2 FROM {{0}}"
    ).format


def _scans_done() -> str:
    """Responses of which only the scan is left: the reading is emptied, one row per scan and reader stays."""
    columns = (
        f"CAST(NULL AS {column.kind}) AS {column.name}" if column.name in _OUTCOME_COLUMNS else column.name
        for column in columns_of("response")
    )
    return f"SELECT {', '.join(columns)} FROM response"


def _findings_about_no_patient() -> str:
    """Findings about the delivery as a whole, or about sites and plans: those of other tables count patients' records."""
    tables = ", ".join(f"'{name}'" for name in RECORDS if name not in PATIENT_TABLES)
    return f"SELECT * FROM import_issue WHERE subject_id IS NULL AND row_ref IS NULL AND (table_name IS NULL OR table_name IN ({tables}))"


def refuse(scope: Scope, what: str) -> ClosedDataError:
    """The error for a question that this scope does not hold the answer to."""
    return ClosedDataError(
        f'{what}: not open to the role "{scope.role.value.replace("_", " ")}". Nothing was shown; '
        "ask whoever keeps the trial's access list if this should be otherwise."
    )
