"""Closed lists: every code that a record may carry, under CDISC's name where CDISC has one."""

from enum import StrEnum


class CtdnaCall(StrEnum):
    """The laboratory's answer for one evaluated draw. Not done and not yet due are not calls."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    NOT_EVALUABLE = "NOT_EVALUABLE"


class Qualifier(StrEnum):
    """How a quantity stands to its measuring range."""

    EQUAL = "="
    BELOW = "<"
    ABOVE = ">"
    ABOUT = "~"


class FailureReason(StrEnum):
    """Why an assay gave no evaluable result."""

    TISSUE_INSUFFICIENT = "TISSUE_INSUFFICIENT"
    TUMOUR_CONTENT_LOW = "TUMOUR_CONTENT_LOW"
    EXOME_QC_FAIL = "EXOME_QC_FAIL"
    TOO_FEW_VARIANTS = "TOO_FEW_VARIANTS"
    NORMAL_DNA_FAIL = "NORMAL_DNA_FAIL"
    PLASMA_VOLUME_LOW = "PLASMA_VOLUME_LOW"
    HAEMOLYSIS = "HAEMOLYSIS"
    TUBE_EXPIRED = "TUBE_EXPIRED"
    CFDNA_YIELD_LOW = "CFDNA_YIELD_LOW"
    LIBRARY_QC_FAIL = "LIBRARY_QC_FAIL"
    CONTAMINATION = "CONTAMINATION"
    SAMPLE_SWAP_SNP_MISMATCH = "SAMPLE_SWAP_SNP_MISMATCH"
    LOST_IN_TRANSIT = "LOST_IN_TRANSIT"
    CANCELLED_BY_SITE = "CANCELLED_BY_SITE"
    OTHER = "OTHER"


class MilestoneKind(StrEnum):
    """A dated step of one patient's way through the trial."""

    CONSENT1 = "CONSENT1"
    TISSUE_SENT = "TISSUE_SENT"
    ASSAY_READY = "ASSAY_READY"
    BASELINE_DRAW = "BASELINE_DRAW"
    BASELINE_RESULT = "BASELINE_RESULT"
    CONSENT2 = "CONSENT2"
    INCLUDED = "INCLUDED"
    TX_STOP = "TX_STOP"
    TX_RESUME = "TX_RESUME"
    TX_NEW = "TX_NEW"
    DEATH = "DEATH"
    LTFU = "LTFU"
    WITHDRAWN = "WITHDRAWN"
    COMPLETED = "COMPLETED"
    DISCONTINUED = "DISCONTINUED"
    LAST_ALIVE = "LAST_ALIVE"


class OriginKind(StrEnum):
    """Which dated step is a patient's day 0."""

    INCLUSION = "INCLUSION"
    CONSENT1 = "CONSENT1"
    FIRST_RECORD = "FIRST_RECORD"


class ScreenStatus(StrEnum):
    """Where a patient stands in screening at the data cut."""

    PENDING = "PENDING"
    INCLUDED = "INCLUDED"
    FAILED = "FAILED"


class ScreenFailReason(StrEnum):
    """Why a consented patient was not included."""

    CTDNA_POSITIVE_BASELINE = "CTDNA_POSITIVE_BASELINE"
    TISSUE_INADEQUATE = "TISSUE_INADEQUATE"
    ASSAY_FAILED = "ASSAY_FAILED"
    BASELINE_NOT_EVALUABLE = "BASELINE_NOT_EVALUABLE"
    ELIGIBILITY = "ELIGIBILITY"
    PROGRESSION_BEFORE_INCLUSION = "PROGRESSION_BEFORE_INCLUSION"
    CONSENT_DECLINED = "CONSENT_DECLINED"
    DEATH = "DEATH"
    OTHER = "OTHER"


class VisitStatus(StrEnum):
    """What became of a visit."""

    DONE = "DONE"
    MISSED = "MISSED"
    UNPLANNED = "UNPLANNED"


class Response(StrEnum):
    """Overall response (CDISC ONCRSR)."""

    CR = "CR"
    PR = "PR"
    SD = "SD"
    PD = "PD"
    NE = "NE"
    NON_CR_NON_PD = "NON-CR/NON-PD"
    NED = "NED"


class Evaluator(StrEnum):
    """Who read the scan."""

    INVESTIGATOR = "INVESTIGATOR"
    INDEPENDENT = "INDEPENDENT ASSESSOR"


class Criteria(StrEnum):
    """Rules by which a response was read."""

    RECIST_1_1 = "RECIST 1.1"
    PERCIST = "PERCIST"
    OTHER = "OTHER"


class LesionRole(StrEnum):
    """Place of a lesion in the RECIST assessment."""

    TARGET = "TARGET"
    NON_TARGET = "NON-TARGET"
    NEW = "NEW"


class LesionState(StrEnum):
    """A lesion without a diameter."""

    PRESENT = "PRESENT"
    ABSENT = "ABSENT"
    NE = "NE"


class TreatmentReason(StrEnum):
    """Why a treatment was given."""

    MAINTENANCE = "MAINTENANCE"
    RESUME_CTDNA = "RESUME_CTDNA"
    RESUME_PD = "RESUME_PD"
    RESUME_OTHER = "RESUME_OTHER"
    NEW_PD = "NEW_PD"
    STUDY = "STUDY"
    OTHER = "OTHER"


class Sex(StrEnum):
    """CDISC SEX, the part that trials deliver."""

    F = "F"
    M = "M"
    U = "U"


class Receptor(StrEnum):
    """Hormone receptor status."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"


class Her2Method(StrEnum):
    """How HER2 positivity was shown (ASCO-CAP)."""

    IHC_3_PLUS = "IHC3+"
    AMPLIFIED = "AMPLIFIED"


class Instrument(StrEnum):
    """A quality-of-life questionnaire."""

    QLQ_C30 = "QLQ-C30"
    QLQ_BR23 = "QLQ-BR23"
    EQ_5D_5L = "EQ-5D-5L"


ANSWERS: dict[Instrument, tuple[tuple[int, int, int, int], ...]] = {
    Instrument.QLQ_C30: ((1, 28, 1, 4), (29, 30, 1, 7)),
    Instrument.QLQ_BR23: ((31, 53, 1, 4),),
    Instrument.EQ_5D_5L: ((1, 5, 1, 5), (6, 6, 0, 100)),
}
"""Instrument → (first item, last item, least answer, greatest answer). Item 6 of the EQ-5D-5L is its visual analogue scale."""


class FormStatus(StrEnum):
    """What became of a questionnaire that was, or was not, expected at a visit."""

    DONE = "DONE"
    MISSED = "MISSED"
    NOT_EXPECTED = "NOT_EXPECTED"


class QueryState(StrEnum):
    """Where a query to a site stands (CDISC ODM 2.0)."""

    CANDIDATE = "Candidate"
    OPEN = "Open"
    ANSWERED = "Answered"
    CLOSED = "Closed"
    CANCELLED = "Cancelled"
    RESOLVED = "Resolved"


class CriterionCategory(StrEnum):
    """Kind of an eligibility criterion (CDISC IECAT)."""

    INCLUSION = "INCLUSION"
    EXCLUSION = "EXCLUSION"


class Severity(StrEnum):
    """Weight of a finding: an error publishes nothing, a query and a note are kept with the cut."""

    ERROR = "ERROR"
    QUERY = "QUERY"
    NOTE = "NOTE"


class ChangeKind(StrEnum):
    """What became of a record between two data cuts."""

    NEW_PATIENT = "NEW_PATIENT"
    VANISHED_PATIENT = "VANISHED_PATIENT"
    NEW_EVENT = "NEW_EVENT"
    EVENT_WITHDRAWN = "EVENT_WITHDRAWN"
    REVERSED_RESULT = "REVERSED_RESULT"
    AMENDED_RESULT = "AMENDED_RESULT"
    SUPERSEDED_RESULT = "SUPERSEDED_RESULT"
    REMOVED_RESULT = "REMOVED_RESULT"
    NEW_RESULT = "NEW_RESULT"
    SITE_MOVED = "SITE_MOVED"
    ORIGIN_CHANGED = "ORIGIN_CHANGED"
    ORIGIN_MOVED = "ORIGIN_MOVED"
    MOVED_DATE = "MOVED_DATE"
    NEW_QUERY = "NEW_QUERY"
    ANSWERED_QUERY = "ANSWERED_QUERY"
    CLOSED_QUERY = "CLOSED_QUERY"
    REOPENED_QUERY = "REOPENED_QUERY"
    REMOVED_RECORD = "REMOVED_RECORD"
    AMENDED_RECORD = "AMENDED_RECORD"
    NEW_RECORD = "NEW_RECORD"
    LATER_CONTACT = "LATER_CONTACT"


class Event(StrEnum):
    """A step of a patient that changes the trial's picture: a dated milestone, a progression that counts, a positive ctDNA."""

    INCLUDED = "INCLUDED"
    TX_STOP = "TX_STOP"
    CTDNA_POSITIVE = "CTDNA_POSITIVE"
    PROGRESSION_SUSPECTED = "PROGRESSION_SUSPECTED"
    PROGRESSION = "PROGRESSION"
    TX_RESUME = "TX_RESUME"
    TX_NEW = "TX_NEW"
    DEATH = "DEATH"
    LTFU = "LTFU"
    WITHDRAWN = "WITHDRAWN"
    COMPLETED = "COMPLETED"
    DISCONTINUED = "DISCONTINUED"


class Estimand(StrEnum):
    """How a restart of therapy for ctDNA positivity is treated (ICH E9(R1))."""

    TREATMENT_POLICY = "treatment-policy"
    COMPOSITE = "composite"
    HYPOTHETICAL = "hypothetical"
    WHILE_ON_STRATEGY = "while-on-strategy"


class Censoring(StrEnum):
    """Which table of censoring rules a derived progression-free survival follows."""

    STUDY = "study"
    FDA = "fda"
    EMA = "ema"


class Parameter(StrEnum):
    """A derived time to event (ADTTE PARAMCD)."""

    PFS = "PFS"
    DEFS = "DEFS"
    PFSHYP = "PFSHYP"
    CIF_PD_OFF = "CIF_PD_OFF"
    TTMR = "TTMR"
    TFI = "TFI"
    TTPMR = "TTPMR"
    TTNT = "TTNT"
    OS = "OS"
    TTDQL = "TTDQL"


COMPETING = frozenset({Parameter.CIF_PD_OFF, Parameter.TTMR, Parameter.TTDQL})
"""Parameters in which one event prevents another: read as cumulative incidences, by cause."""

OWN_ORIGIN = {Parameter.TFI: "TX_STOP", Parameter.TTPMR: "FIRST_POSITIVE"}
"""Parameters that run from a day of their own, whatever the origin of other times."""

PARAMETER_OF = {
    Estimand.TREATMENT_POLICY: Parameter.PFS,
    Estimand.COMPOSITE: Parameter.DEFS,
    Estimand.HYPOTHETICAL: Parameter.PFSHYP,
    Estimand.WHILE_ON_STRATEGY: Parameter.CIF_PD_OFF,
}
"""What progression-free survival is called under each estimand."""


class CensorReason(StrEnum):
    """EVNTDESC of a derived time to event; the integer beside it is CNSR."""

    PROGRESSION = "RADIOLOGICAL PROGRESSION"
    DEATH = "DEATH"
    CTDNA_POSITIVE = "CTDNA POSITIVE"
    RESTART = "RESTART OF THERAPY"
    CLINICAL_PROGRESSION = "CLINICAL PROGRESSION"
    NEW_REGIMEN = "NEW REGIMEN"
    DETERIORATION = "DETERIORATION OF QUALITY OF LIFE"
    NO_BASELINE = "NO BASELINE ASSESSMENT"
    NO_POST_BASELINE = "NO POST-BASELINE ASSESSMENT"
    LATE_DEATH = "LATE DEATH WITHOUT ASSESSMENT"
    ONGOING = "ONGOING WITHOUT EVENT"
    AFTER_MISSED = "EVENT AFTER >=2 MISSED ASSESSMENTS"
    RESTART_CTDNA = "RESTART FOR CTDNA POSITIVITY"
    NEW_THERAPY = "NEW ANTICANCER THERAPY"
    LOST = "LOST TO FOLLOW-UP"
    WITHDRAWAL = "WITHDRAWAL OF CONSENT"
    UNDOCUMENTED = "UNDOCUMENTED PROGRESSION"
    NOT_STOPPED = "THERAPY NOT STOPPED"
    NO_TEST = "NO TEST AFTER ORIGIN"
    NO_QUESTIONNAIRE = "NO QUESTIONNAIRE AFTER BASELINE"


CNSR = {
    CensorReason.PROGRESSION: 0,
    CensorReason.DEATH: 0,
    CensorReason.CTDNA_POSITIVE: 0,
    CensorReason.RESTART: 0,
    CensorReason.CLINICAL_PROGRESSION: 0,
    CensorReason.NEW_REGIMEN: 0,
    CensorReason.DETERIORATION: 0,
    CensorReason.NO_BASELINE: 1,
    CensorReason.NO_POST_BASELINE: 2,
    CensorReason.LATE_DEATH: 3,
    CensorReason.ONGOING: 4,
    CensorReason.AFTER_MISSED: 5,
    CensorReason.RESTART_CTDNA: 6,
    CensorReason.NEW_THERAPY: 7,
    CensorReason.LOST: 8,
    CensorReason.WITHDRAWAL: 9,
    CensorReason.UNDOCUMENTED: 10,
    CensorReason.NOT_STOPPED: 11,
    CensorReason.NO_TEST: 12,
    CensorReason.NO_QUESTIONNAIRE: 13,
}


class Phase(StrEnum):
    """Therapy phase of a patient's lane."""

    ON_TREATMENT = "ON_TREATMENT"
    OFF_THERAPY = "OFF_THERAPY"
    RESUMED = "RESUMED"
    NEW_TREATMENT = "NEW_TREATMENT"
    NOT_DELIVERED = "NOT_DELIVERED"


class DrawStatus(StrEnum):
    """What became of a planned ctDNA draw, as of the data cut."""

    DONE = "DONE"
    PENDING = "PENDING"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    MISSED = "MISSED"
    NOT_YET_DUE = "NOT_YET_DUE"


class ClockKind(StrEnum):
    """What a clock of the protocol waits for: the schedule's own, then what follows on something that happened."""

    DRAW = "DRAW"
    SCAN = "SCAN"
    QUESTIONNAIRE = "QUESTIONNAIRE"
    POST_RESTART = "POST_RESTART"
    STOP = "STOP"
    RESULT = "RESULT"
    RESTART = "RESTART"
    DECISION = "DECISION"
    CONFIRM_SCAN = "CONFIRM_SCAN"


class ClockStatus(StrEnum):
    """Where a clock stands at the cut-off."""

    NOT_YET_DUE = "NOT_YET_DUE"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    DONE = "DONE"
    EARLY = "EARLY"
    LATE = "LATE"
    MISSED = "MISSED"
    ENDED = "ENDED"


class AlertRule(StrEnum):
    """Rules of the protocol that ring, the most dangerous first: alerts are listed in this order."""

    PROGRESSION_WITHOUT_DECISION = "PROGRESSION_WITHOUT_DECISION"
    POSITIVE_NOT_RESTARTED = "POSITIVE_NOT_RESTARTED"
    BASELINE_POSITIVE_INCLUDED = "BASELINE_POSITIVE_INCLUDED"
    PROGRESSION_UNCONFIRMED = "PROGRESSION_UNCONFIRMED"
    NO_NEWS = "NO_NEWS"
    POST_RESTART_TEST_MISSING = "POST_RESTART_TEST_MISSING"
    SCAN_OVERDUE = "SCAN_OVERDUE"
    DRAW_OVERDUE = "DRAW_OVERDUE"
    NOT_EVALUABLE_AGAIN = "NOT_EVALUABLE_AGAIN"
    RESULT_OUTSTANDING = "RESULT_OUTSTANDING"
    CONSENT_ORDER = "CONSENT_ORDER"
    NOT_STOPPED = "NOT_STOPPED"
    RESTART_WITHOUT_TRIGGER = "RESTART_WITHOUT_TRIGGER"
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"


class Danger(StrEnum):
    """How dangerous it is to leave an alert: act now, act soon, or check a record."""

    URGENT = "URGENT"
    SOON = "SOON"
    CHECK = "CHECK"


class Acknowledged(StrEnum):
    """Why somebody lays an alert aside. A closed list: the record of who did what holds no free words about a patient."""

    ACTED = "ACTED"
    DECIDED = "DECIDED"
    DATA_ERROR = "DATA_ERROR"
    EXPLAINED = "EXPLAINED"
    ELSEWHERE = "ELSEWHERE"
