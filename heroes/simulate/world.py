"""What the simulated trial assumes: shares, delays and rates. Nothing here is known about the real trial.

Shares of the screening funnel, PFS at 12 months, share of progressions with a prior positive, lead and level of ctDNA
are the demonstration defaults of the domain notes; the rest is chosen so that a cut looks like one of a real trial.
All times are days. `simulate` invents no protocol: what the protocol leaves open (draw windows) is this trial's own plan.
"""

from datetime import date

from heroes.model.terms import FailureReason
from heroes.protocol import DAYS_PER_MONTH

STUDY_ID = "HEROES-SIM"
MARKER = "Signatera"
UNIT = "MTM/mL"
START = date(2025, 1, 15)
PLANNED_END = date(2027, 1, 15)

# Calendar
SITES_OPEN_OVER = 250
CONSENTS_OVER = 705
"""Days in which about as many patients consent as are needed for the planned inclusions."""
NEVER_INCLUDING_SHARE = 0.09
RESERVE_SHARE = 0.12
"""Share of patients who still consent after enough are on their way, in case some are lost."""

# Screening
TISSUE_INADEQUATE = 0.04
ASSAY_FAILED = 0.05
BASELINE_POSITIVE = 0.15
NOT_EVALUABLE = 0.03
CONSENT2_DECLINED = 0.02
INCLUDED_SHARE = (1 - TISSUE_INADEQUATE) * (1 - ASSAY_FAILED) * (1 - BASELINE_POSITIVE) * (1 - CONSENT2_DECLINED)

# Schedule: months since inclusion
MONTHS_WITH_VISIT = (1.5, 3, 6, 9, 12, 15, 18, 21, 24)
WINDOW_MINUS, WINDOW_PLUS = 7, 14
SCAN_EVERY = 91
SCANS = 8
RESTART_TEST_AFTER = 91
RESTART_VISIT = "RESTART_M3"
BASELINE_VISIT = "BASELINE"
UNSCHEDULED = "UNSCHEDULED"
FOREVER = 10**6
"""An ordinal that no record reaches."""


def visit_code(months: float) -> str:
    """M1.5, M3 … as the schedule names its visits."""
    return f"M{months:g}"


def planned_day(months: float) -> int:
    """Days from inclusion, months being 30.4375 days: 12 months are day 365."""
    return round(months * DAYS_PER_MONTH)


VISITS_WITH_QUESTIONNAIRE = tuple(visit_code(months) for months in MONTHS_WITH_VISIT if months % 3 == 0)
"""Every three months, beside the one before the stop."""
QUESTIONNAIRE_MISSED, ITEM_SKIPPED = 0.05, 0.012

# Draws and laboratory
VISIT_MISSED = 0.03
DRAW_OMITTED = 0.015
DRAW_LATE = 0.06
SENSITIVITY = 0.96
SPECIFICITY = 0.995
FIRST_REPORTED_NEGATIVE = 0.08
CONFIRMED_BY_EXTRA_DRAW = 0.35
PLASMA_FAILURES = (
    FailureReason.PLASMA_VOLUME_LOW, FailureReason.HAEMOLYSIS, FailureReason.TUBE_EXPIRED, FailureReason.CFDNA_YIELD_LOW,
    FailureReason.LIBRARY_QC_FAIL, FailureReason.LOST_IN_TRANSIT,
)

# Disease: means of exponential waiting times, medians of log-normal ones
MEAN_TO_MOLECULAR = 1_550
MEAN_TO_SILENT_PROGRESSION = 7_200
MEDIAN_LEAD, SPREAD_LEAD = 105, 0.55
RESTART_HOLDS = 0.52
MEAN_AFTER_RESTART = 1_500
MEAN_TO_DEATH_WITHOUT_PROGRESSION = 30_000
MEAN_TO_DEATH_AFTER_PROGRESSION = 1_900
MEAN_TO_EXIT = 9_500
FIRST_LEVEL_MEAN, FIRST_LEVEL_SPREAD = 0.3, 0.7
"""log10 MTM/mL at the first positive."""
GROWS = 0.8
MEDIAN_DOUBLING, SPREAD_DOUBLING = 38, 0.5

# Restart after a positive, from the day of its result
RESTART_USUAL, RESTART_LATE, RESTART_NEVER = 0.80, 0.13, 0.07
RESTART_BY_CHOICE_MEAN = 26_000

# Scans
SCAN_MISSED = 0.03
SCAN_NOT_EVALUABLE = 0.025
SCAN_LATE = 0.05
FOUND_BETWEEN_SCANS = 0.12
EQUIVOCAL = 0.14
FALSE_SUSPICION = 0.02

# Data entry
LONGEST_ENTRY = 75
LONGEST_SCREENING_ENTRY = 28
TYPICAL_ENTRY = {"screening": 6, "visit": 9, "scan": 12, "treatment": 10, "death": 8, "exit": 14}
