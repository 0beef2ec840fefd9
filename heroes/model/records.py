"""Each table of a data cut as a record: columns, types, units, allowed values, what may be empty.

Days are whole days from the patient's day 0 (`subject.origin_kind` says which step that is): the inclusion, or the first
consent of a patient never included. Day 0 exists; CDISC's study day, which has none, lives in intake and exports only.
The tables are those of the trial's data standards; `heroes/store/schema.sql` is written from here.
"""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from heroes.model import terms

Code = Annotated[str, Field(min_length=1, max_length=200)]
Sentence = Annotated[str, Field(min_length=1, max_length=1_000)]
Day = Annotated[int, Field(ge=-40_000, le=40_000, json_schema_extra={"kind": "day"})]
Share = Annotated[float, Field(ge=0, le=100)]


def column(description: str, **limits):
    """A column that may be empty."""
    return Field(default=None, description=description, **limits)


def required(description: str, **limits):
    """A column that may not be empty."""
    return Field(description=description, **limits)


class Record(BaseModel):
    """One row. `table` is its table's name, `key` the columns that tell rows apart, `about` what it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    about: ClassVar[str]
    since: ClassVar[int] = 1
    """Schema version that brought the table: a data cut of an earlier one has no rows of it."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs):
        cls.about = cls.__doc__


class Site(Record):
    """Hospitals of the trial. A site's dates are dates: they are no patient's."""

    table = "site"
    key = ("site_id",)
    site_id: Code = required("Site code: an internal number, not a town and not a FINESS code")
    label: str | None = column("How screens name the site where that is not its code")
    region: str | None = column("Region, for lists")
    activated_on: date | None = column("Day the site was opened for screening")
    closed_on: date | None = column("Day the site was closed; empty while open")
    target_n: int | None = column("Planned inclusions of the site", ge=0)


class SitePlan(Record):
    """Planned inclusions per site and calendar month."""

    table = "site_plan"
    key = ("site_id", "month")
    site_id: Code = required("Site code")
    month: date = required("First day of the calendar month")
    planned_inclusions: float = required("Inclusions planned in this month", ge=0)


class Subject(Record):
    """One row per patient who gave a first consent. No calendar date of a patient is stored anywhere."""

    table = "subject"
    key = ("subject_id",)
    subject_id: Code = required("Study code of the patient")
    site_id: Code = required("Site that follows the patient")
    origin_kind: terms.OriginKind = required("Which step is this patient's day 0")
    origin_to_cut_off_days: int | None = column(
        "Days from day 0 to the cut-off date; empty where the delivery has relative times only", ge=-40_000, le=40_000
    )
    age_y: int | None = column("Age at inclusion, whole years; above 89 is stored as 90", ge=18, le=110)
    sex: terms.Sex | None = column("Sex")
    er_status: terms.Receptor | None = column("Oestrogen receptor status")
    her2_method: terms.Her2Method | None = column("How HER2 positivity was shown")
    line_of_therapy: int | None = column("Line of metastatic therapy at inclusion; 3 means third or later", ge=1, le=3)
    line_ge2: bool | None = column("Second line or later (capped at half of the population)")
    ecog: int | None = column("ECOG performance status at inclusion", ge=0, le=4)
    prior_tx: str | None = column("Anti-HER2 therapy that is stopped, by class")
    months_on_anti_her2: float | None = column("Months on anti-HER2 therapy before inclusion", ge=0)
    response_at_entry: terms.Response | None = column("Last radiological response before inclusion")
    bone_only: bool | None = column("Bone-only disease")


class Milestone(Record):
    """Dated steps of each patient: consents, assay, inclusion, stop, restart, end."""

    table = "milestone"
    key = ("subject_id", "kind", "seq")
    subject_id: Code = required("Patient")
    kind: terms.MilestoneKind = required("Which step")
    seq: int = required("1 for the first step of this kind, 2 for the next", ge=1)
    day: Day = required("Day of the step")


class ScreenOutcome(Record):
    """Where each screened patient stands, and why a screening failed."""

    table = "screen_outcome"
    key = ("subject_id",)
    subject_id: Code = required("Patient")
    status: terms.ScreenStatus = required("Included, failed, or still in screening")
    reason: terms.ScreenFailReason | None = column("Why the screening failed")


class VisitPlan(Record):
    """The schedule: planned visits in days from inclusion, with windows."""

    table = "visit_plan"
    key = ("visit_code",)
    visit_code: Code = required("Planned visit")
    planned_day: int = required("Days from inclusion", ge=-1_000, le=10_000)
    window_minus: int | None = column("Days the visit may be early; empty where no window is set", ge=0)
    window_plus: int | None = column("Days the visit may be late; empty where no window is set", ge=0)
    needs_ctdna: bool = required("A ctDNA draw belongs to the visit")
    needs_imaging: bool = required("A tumour assessment belongs to the visit")
    needs_qol: bool = required("A questionnaire belongs to the visit")


class Visit(Record):
    """Visits done, missed, or outside the plan."""

    table = "visit"
    key = ("subject_id", "visit_code", "seq")
    subject_id: Code = required("Patient")
    visit_code: Code = required("Planned visit, or a name of its own")
    seq: int = required("1 for the first visit of this code, 2 for the next", ge=1)
    day: Day | None = column("Day of the visit; empty where it was missed")
    status: terms.VisitStatus = required("What became of the visit")


class Specimen(Record):
    """Blood drawn for ctDNA, with or without a result yet."""

    table = "specimen"
    key = ("specimen_id",)
    specimen_id: Code = required("Specimen")
    subject_id: Code = required("Patient")
    visit_code: str | None = column("Planned visit the draw belongs to")
    collected_day: Day = required("Day of the draw")
    received_day: Day | None = column("Day the laboratory received it")


class CtdnaResult(Record):
    """Results of serial ctDNA (or of the marker that the mapping names), superseded ones included."""

    table = "ctdna_result"
    key = ("result_id",)
    result_id: Code = required("Result; an amended result is a row of its own")
    specimen_id: str | None = column("Specimen it was measured on")
    subject_id: Code = required("Patient")
    visit_code: str | None = column("Planned visit the draw belongs to")
    day: Day = required("Day the blood was drawn (not the day of the report)")
    call: terms.CtdnaCall = required("The laboratory's call; never recomputed")
    marker: str = required("What was measured")
    quantity: float | None = column("Quantity as delivered; compared within one patient only", ge=0)
    unit: str | None = column("Unit of the quantity; MTM/mL for Signatera")
    qualifier: terms.Qualifier | None = column("How the quantity stands to its measuring range")
    variants_detected: int | None = column("Variants seen in plasma", ge=0, le=16)
    variants_tracked: int | None = column("Variants the personal assay follows", ge=0, le=16)
    mean_vaf_pct: Share | None = column("Mean variant allele frequency, percent")
    design_version: str | None = column("Version of the personal assay design")
    resulted_day: Day | None = column("Day of the result")
    failure_reason: terms.FailureReason | None = column("Why the result is not evaluable")
    amended: bool = Field(default=False, description="This row amends an earlier result")
    superseded_by: str | None = column("Result that replaces this one; empty for the current result")


class TumourLesion(Record):
    """Tumour lesions as identified (TU)."""

    table = "lesion"
    key = ("lesion_id",)
    lesion_id: Code = required("Lesion, unique in the trial")
    subject_id: Code = required("Patient")
    role: terms.LesionRole = required("Target, non-target or new")
    organ: str | None = column("Location")
    method: str | None = column("Imaging method")


class LesionMeasure(Record):
    """Lesion diameters and states over time (TR)."""

    table = "lesion_measure"
    key = ("lesion_id", "day", "seq")
    lesion_id: Code = required("Lesion")
    day: Day = required("Day of the scan")
    seq: int = required("1 for the first reading of that day, 2 for the next", ge=1)
    subject_id: Code = required("Patient")
    evaluator: str | None = column("Who measured")
    diameter_mm: float | None = column("Diameter, mm", ge=0)
    state: terms.LesionState | None = column("State where no diameter is given")


class TumourResponse(Record):
    """Overall responses, one row per reading of a scan (RS)."""

    table = "response"
    key = ("subject_id", "day", "evaluator", "criteria", "seq")
    subject_id: Code = required("Patient")
    day: Day = required("Day of the scan that shows it, not of its report")
    evaluator: Code = required("Who read the scan: INVESTIGATOR, INDEPENDENT ASSESSOR, or a named reader of these")
    criteria: terms.Criteria = required("Rules by which it was read")
    seq: int = required("1 for the first reading, 2 for a conflicting second", ge=1)
    visit_code: str | None = column("Planned visit the scan belongs to")
    target: str | None = column("Response of target lesions")
    nontarget: str | None = column("Response of non-target lesions")
    new_lesion: bool | None = column("A new lesion was seen")
    overall: terms.Response | None = column("Overall response; empty where its reading was not delivered, and where the scope shows only that a scan was done")
    evaluable: bool = required("The scan could be evaluated (NE cannot)")
    equivocal: bool | None = column("Progression is suspected, not yet certain")
    pd_confirmed: bool | None = column("A later scan confirmed the progression")


class Treatment(Record):
    """Anticancer treatments with start and end (EX, EC, CM)."""

    table = "treatment"
    key = ("subject_id", "seq")
    subject_id: Code = required("Patient")
    seq: int = required("Order of start", ge=1)
    agent_class: Code = required("Class of the treatment")
    start_day: Day | None = column("First day; empty where it began before the records")
    end_day: Day | None = column("Last day; empty while ongoing")
    reason: terms.TreatmentReason = required("Why it was given")


class TimeToEvent(Record):
    """Times to event as delivered (ADTTE). Derived ones are asked of the records, not stored."""

    table = "tte"
    key = ("subject_id", "paramcd")
    subject_id: Code = required("Patient")
    paramcd: Code = required("Parameter: PFS, OS …")
    start_day: Day | None = column("Origin of the time")
    end_day: Day | None = column("Day of the event or censoring (ADT)")
    aval: float = required("Analysis value as delivered")
    avalu: str | None = column("Unit of the analysis value as delivered")
    aval_days: float | None = column("Analysis value in days; empty where its unit is not a time", ge=0)
    cnsr: int = required("0 event, positive integers censored", ge=0)
    evntdesc: str | None = column("What the event or the censoring is")
    cnsdtdsc: str | None = column("What the censoring date is")
    source: str | None = column("Where the delivery says the time comes from")


class QuestionnaireItem(Record):
    """Answers to quality-of-life questionnaires, item by item. Item numbers only: the wording is under copyright."""

    table = "qs_item"
    key = ("subject_id", "instrument", "day", "item_no")
    since = 2
    subject_id: Code = required("Patient")
    instrument: terms.Instrument = required("Questionnaire")
    day: Day = required("Day the questionnaire was filled in")
    item_no: int = required("Number of the item within the questionnaire", ge=1, le=99)
    value: int | None = column("Answer as its number; empty where the item was not answered", ge=0, le=100)


class QuestionnaireForm(Record):
    """Questionnaires expected, by visit: filled in, missed with the reason, or not expected (QS.QSSTAT, QSREASND)."""

    table = "qs_form"
    key = ("subject_id", "instrument", "visit_code")
    since = 3
    subject_id: Code = required("Patient")
    instrument: terms.Instrument = required("Questionnaire")
    visit_code: Code = required("Planned visit")
    day: Day | None = column("Day it was filled in; empty where it was not")
    status: terms.FormStatus = required("What became of the questionnaire")
    reason: str | None = column("Coded reason why it was not filled in")


class AdverseEvent(Record):
    """Adverse events as coded terms (AE). The words of the report are not kept."""

    table = "ae"
    key = ("subject_id", "seq")
    since = 3
    subject_id: Code = required("Patient")
    seq: int = required("Order of start", ge=1)
    term: Code = required("Preferred term of the dictionary (AEDECOD)")
    soc: str | None = column("System organ class (AEBODSYS)")
    grade: int | None = column("Severity grade, CTCAE", ge=1, le=5)
    serious: bool | None = column("Serious adverse event")
    related: bool | None = column("Related to the study treatment, as the investigator judged")
    start_day: Day | None = column("First day")
    end_day: Day | None = column("Last day; empty while ongoing")


class Deviation(Record):
    """Protocol deviations (DV)."""

    table = "deviation"
    key = ("subject_id", "seq")
    since = 3
    subject_id: Code = required("Patient")
    seq: int = required("Order", ge=1)
    category: Code = required("Coded deviation (DVDECOD)")
    important: bool | None = column("Important deviation; empty where the delivery does not say")
    day: Day | None = column("Day of the deviation")


class EligibilityCriterion(Record):
    """Eligibility criteria that a patient did not meet (IE)."""

    table = "eligibility"
    key = ("subject_id", "criterion")
    since = 3
    subject_id: Code = required("Patient")
    criterion: Code = required("Code of the criterion (IETESTCD)")
    category: terms.CriterionCategory | None = column("Inclusion or exclusion criterion (IECAT)")
    day: Day | None = column("Day it was assessed")


class SiteQuery(Record):
    """Queries to the sites, as the data capture system keeps them."""

    table = "query_item"
    key = ("query_id",)
    since = 3
    query_id: Code = required("Query")
    site_id: Code = required("Site that was asked")
    subject_id: str | None = column("Patient it is about; days are empty where it is about none")
    opened_day: Day | None = column("Day it was opened")
    answered_day: Day | None = column("Day it was answered; empty while it was not")
    closed_day: Day | None = column("Day it was closed; empty while open")
    state: terms.QueryState = required("Where it stands")


class PageEntry(Record):
    """Pages of the case report form: when the visit was, when its data were entered, what was changed later."""

    table = "page_entry"
    key = ("subject_id", "page", "visit_code", "seq")
    since = 3
    subject_id: Code = required("Patient")
    page: Code = required("Page of the form")
    visit_code: Code = required("Planned visit, or a name of its own")
    seq: int = required("1 for the first page of this kind at the visit, 2 for the next", ge=1)
    visit_day: Day | None = column("Day of the visit")
    entered_day: Day | None = column("Day the page was first saved; empty while it is not")
    n_points: int | None = column("Data points on the page", ge=0)
    n_changed: int | None = column("Data points changed at least once after the first entry", ge=0)


class SubjectSite(Record):
    """Sites of a patient who moved, each from its day on. The last one is `subject.site_id`; the first included them."""

    table = "subject_site"
    key = ("subject_id", "from_day")
    since = 3
    subject_id: Code = required("Patient")
    from_day: Day = required("First day at this site")
    site_id: Code = required("Site")


class SubjectLink(Record):
    """Patients screened again under another code: both codes stay."""

    table = "subject_link"
    key = ("subject_id",)
    since = 3
    subject_id: Code = required("Patient, by the later code")
    earlier_subject_id: Code = required("The same patient's earlier code")


class SiteLocation(Record):
    """Where a site lies, for the map."""

    table = "site_location"
    key = ("site_id",)
    since = 3
    site_id: Code = required("Site code")
    latitude: float = required("Degrees north (WGS 84)", ge=-90, le=90)
    longitude: float = required("Degrees east (WGS 84)", ge=-180, le=180)


class ImportIssue(Record):
    """Queries and notes of the import, kept with the cut. Never a value."""

    table = "import_issue"
    key = ("seq",)
    seq: int = required("Order", ge=1)
    severity: terms.Severity = required("Query or note")
    rule: Code = required("Rule that was not met")
    file: str | None = column("File of the delivery")
    table_name: str | None = column("Table of the cut")
    row_ref: str | None = column("Row of the file, or rows")
    column_name: str | None = column("Column of the file")
    subject_id: str | None = column("Patient, where it is about one")
    message: Sentence = required("What was found, without any value")
    remedy: Sentence = required("What to do")


RECORDS: dict[str, type[Record]] = {
    record.table: record
    for record in (
        Site, SitePlan, Subject, Milestone, ScreenOutcome, VisitPlan, Visit, Specimen, CtdnaResult,
        TumourLesion, LesionMeasure, TumourResponse, Treatment, TimeToEvent, QuestionnaireItem,
        QuestionnaireForm, AdverseEvent, Deviation, EligibilityCriterion, SiteQuery, PageEntry, SubjectSite, SubjectLink,
        SiteLocation, ImportIssue,
    )
}

CLINICAL_TABLES = tuple(name for name in RECORDS if name != "import_issue")
"""Tables that the digest of a data cut covers, in the order in which they are written."""
