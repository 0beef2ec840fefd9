"""Every word, date and number as people read it, in English and French.

`Words("fr").say("Included")` looks the sentence up in `locale/fr/LC_MESSAGES/heroes.po`; English sentences are their
own keys. Sentences are written where they are needed, inside `say(…)` or `count(…)`, and collected from there; a
module-level constant is marked with `mark("…")` and said later. Months, dates and decimals follow the language (CLDR).
"""

import gettext
from datetime import date
from enum import Enum
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal

from heroes import access
from heroes.model import terms

LANGUAGES = {"en": "English", "fr": "Français"}
_FOLDER = Path(__file__).with_name("locale")
_CLDR = {"en": "en_GB", "fr": "fr_FR"}


def mark(sentence: str) -> str:
    """Marks a sentence for the catalogues where it cannot be said yet."""
    return sentence


_TERMS: dict[Enum, str] = {
    terms.CtdnaCall.POSITIVE: mark("positive"),
    terms.CtdnaCall.NEGATIVE: mark("negative"),
    terms.CtdnaCall.NOT_EVALUABLE: mark("not evaluable"),
    terms.MilestoneKind.CONSENT1: mark("First consent"),
    terms.MilestoneKind.TISSUE_SENT: mark("Tissue sent"),
    terms.MilestoneKind.ASSAY_READY: mark("Assay designed"),
    terms.MilestoneKind.BASELINE_DRAW: mark("Baseline draw"),
    terms.MilestoneKind.BASELINE_RESULT: mark("Baseline result"),
    terms.MilestoneKind.CONSENT2: mark("Second consent"),
    terms.MilestoneKind.INCLUDED: mark("Inclusion"),
    terms.MilestoneKind.TX_STOP: mark("Treatment stopped"),
    terms.MilestoneKind.TX_RESUME: mark("Treatment resumed"),
    terms.MilestoneKind.TX_NEW: mark("New treatment"),
    terms.MilestoneKind.DEATH: mark("Death"),
    terms.MilestoneKind.LTFU: mark("Lost to follow-up"),
    terms.MilestoneKind.WITHDRAWN: mark("Consent withdrawn"),
    terms.MilestoneKind.COMPLETED: mark("Follow-up completed"),
    terms.MilestoneKind.DISCONTINUED: mark("Left the study"),
    terms.MilestoneKind.LAST_ALIVE: mark("Last known alive"),
    terms.Phase.ON_TREATMENT: mark("On treatment"),
    terms.Phase.OFF_THERAPY: mark("Off therapy"),
    terms.Phase.RESUMED: mark("Therapy resumed"),
    terms.Phase.NEW_TREATMENT: mark("New treatment"),
    terms.Phase.NOT_DELIVERED: mark("Followed, therapy not delivered"),
    terms.DrawStatus.DONE: mark("drawn"),
    terms.DrawStatus.PENDING: mark("drawn, result pending"),
    terms.DrawStatus.DUE: mark("due"),
    terms.DrawStatus.OVERDUE: mark("overdue"),
    terms.DrawStatus.MISSED: mark("missed"),
    terms.DrawStatus.NOT_YET_DUE: mark("not yet due"),
    terms.ClockKind.DRAW: mark("ctDNA draw"),
    terms.ClockKind.SCAN: mark("Scan"),
    terms.ClockKind.QUESTIONNAIRE: mark("Questionnaire"),
    terms.ClockKind.POST_RESTART: mark("Test after the restart"),
    terms.ClockKind.STOP: mark("Stop of therapy"),
    terms.ClockKind.RESULT: mark("Result of a draw"),
    terms.ClockKind.RESTART: mark("Restart after a positive"),
    terms.ClockKind.DECISION: mark("Treatment after progression"),
    terms.ClockKind.CONFIRM_SCAN: mark("Scan that settles a suspicion"),
    terms.ClockStatus.NOT_YET_DUE: mark("not yet due"),
    terms.ClockStatus.DUE: mark("due"),
    terms.ClockStatus.OVERDUE: mark("overdue"),
    terms.ClockStatus.DONE: mark("done"),
    terms.ClockStatus.EARLY: mark("done before its window"),
    terms.ClockStatus.LATE: mark("done late"),
    terms.ClockStatus.MISSED: mark("missed"),
    terms.ClockStatus.ENDED: mark("no longer asked for"),
    terms.AlertRule.PROGRESSION_WITHOUT_DECISION: mark("Progression without decision"),
    terms.AlertRule.POSITIVE_NOT_RESTARTED: mark("Positive, therapy not resumed"),
    terms.AlertRule.BASELINE_POSITIVE_INCLUDED: mark("Included with a positive baseline"),
    terms.AlertRule.PROGRESSION_UNCONFIRMED: mark("Suspected progression not settled"),
    terms.AlertRule.NO_NEWS: mark("No news"),
    terms.AlertRule.POST_RESTART_TEST_MISSING: mark("Test after the restart missing"),
    terms.AlertRule.SCAN_OVERDUE: mark("Scan overdue"),
    terms.AlertRule.DRAW_OVERDUE: mark("ctDNA draw overdue"),
    terms.AlertRule.NOT_EVALUABLE_AGAIN: mark("Not evaluable again"),
    terms.AlertRule.RESULT_OUTSTANDING: mark("Result outstanding"),
    terms.AlertRule.CONSENT_ORDER: mark("Order of consents"),
    terms.AlertRule.NOT_STOPPED: mark("Therapy not stopped"),
    terms.AlertRule.RESTART_WITHOUT_TRIGGER: mark("Restart without trigger"),
    terms.AlertRule.OUTSIDE_WINDOW: mark("Outside its window"),
    terms.Danger.URGENT: mark("act now"),
    terms.Danger.SOON: mark("act soon"),
    terms.Danger.CHECK: mark("check"),
    terms.Acknowledged.ACTED: mark("Acted on, the entry is on its way"),
    terms.Acknowledged.DECIDED: mark("Decided otherwise with the patient"),
    terms.Acknowledged.DATA_ERROR: mark("Error in the data, to be corrected by the site"),
    terms.Acknowledged.EXPLAINED: mark("Known, explained in the patient's file"),
    terms.Acknowledged.ELSEWHERE: mark("Followed elsewhere"),
    terms.Estimand.TREATMENT_POLICY: mark("treatment policy"),
    terms.Estimand.COMPOSITE: mark("composite"),
    terms.Estimand.HYPOTHETICAL: mark("hypothetical"),
    terms.Estimand.WHILE_ON_STRATEGY: mark("while on strategy"),
    terms.Censoring.STUDY: mark("study rules"),
    terms.Censoring.FDA: mark("FDA table A"),
    terms.Censoring.EMA: mark("EMA"),
    terms.Severity.ERROR: mark("error"),
    terms.Severity.QUERY: mark("query"),
    terms.Severity.NOTE: mark("note"),
    terms.ChangeKind.NEW_PATIENT: mark("New patient"),
    terms.ChangeKind.VANISHED_PATIENT: mark("Patient vanished"),
    terms.ChangeKind.NEW_EVENT: mark("New event"),
    terms.ChangeKind.EVENT_WITHDRAWN: mark("Event withdrawn"),
    terms.ChangeKind.REVERSED_RESULT: mark("Result reversed"),
    terms.ChangeKind.AMENDED_RESULT: mark("Result amended"),
    terms.ChangeKind.SUPERSEDED_RESULT: mark("Result superseded"),
    terms.ChangeKind.REMOVED_RESULT: mark("Result removed"),
    terms.ChangeKind.NEW_RESULT: mark("New result"),
    terms.ChangeKind.SITE_MOVED: mark("Moved to another site"),
    terms.ChangeKind.ORIGIN_CHANGED: mark("Day 0 is another step"),
    terms.ChangeKind.ORIGIN_MOVED: mark("Day 0 moved"),
    terms.ChangeKind.MOVED_DATE: mark("Date moved"),
    terms.ChangeKind.NEW_QUERY: mark("New query"),
    terms.ChangeKind.ANSWERED_QUERY: mark("Query answered"),
    terms.ChangeKind.CLOSED_QUERY: mark("Query closed"),
    terms.ChangeKind.REOPENED_QUERY: mark("Query reopened"),
    terms.ChangeKind.REMOVED_RECORD: mark("Record removed"),
    terms.ChangeKind.AMENDED_RECORD: mark("Record amended"),
    terms.ChangeKind.NEW_RECORD: mark("New record"),
    terms.ChangeKind.LATER_CONTACT: mark("Seen alive later"),
    terms.Event.CTDNA_POSITIVE: mark("ctDNA positive"),
    terms.Event.PROGRESSION_SUSPECTED: mark("Progression suspected"),
    terms.Event.PROGRESSION: mark("Radiological progression"),
    terms.ScreenFailReason.CTDNA_POSITIVE_BASELINE: mark("baseline ctDNA positive"),
    terms.ScreenFailReason.TISSUE_INADEQUATE: mark("tissue inadequate"),
    terms.ScreenFailReason.ASSAY_FAILED: mark("assay could not be designed"),
    terms.ScreenFailReason.BASELINE_NOT_EVALUABLE: mark("baseline ctDNA not evaluable"),
    terms.ScreenFailReason.ELIGIBILITY: mark("eligibility criteria not met"),
    terms.ScreenFailReason.PROGRESSION_BEFORE_INCLUSION: mark("progression before inclusion"),
    terms.ScreenFailReason.CONSENT_DECLINED: mark("consent declined"),
    terms.ScreenFailReason.DEATH: mark("death before inclusion"),
    terms.ScreenFailReason.OTHER: mark("other reason"),
    access.Role.INVESTIGATOR: mark("Investigator"),
    access.Role.COORDINATING_INVESTIGATOR: mark("Coordinating investigator"),
    access.Role.MONITOR: mark("Monitor"),
    access.Role.SPONSOR: mark("Sponsor"),
    access.Role.DSMB: mark("DSMB member"),
    access.Role.STATISTICIAN: mark("Statistician"),
    access.Role.ADMINISTRATOR: mark("Administrator"),
}


_ANSWERS: dict[str, str] = {
    "PFS": mark("PFS"), "DEFS": mark("DEFS"), "PFSHYP": mark("PFSHYP"), "OS": mark("OS"),
    "CIF_PD_OFF": mark("CIF_PD_OFF"), "TTMR": mark("TTMR"), "TFI": mark("TFI"), "TTPMR": mark("TTPMR"), "TTNT": mark("TTNT"),
    "TTDQL": mark("TTDQL"),
    "INVESTIGATOR": mark("the local investigator"), "INDEPENDENT ASSESSOR": mark("the independent assessor"),
    "none": mark("none needed"), "equivocal_only": mark("equivocal findings only"), "second_scan": mark("always, by a second scan"),
    **{severity.value: _TERMS[severity] for severity in terms.Severity},
    **{kind.value: _TERMS[kind] for kind in terms.ChangeKind},
    "PROGRESSION": mark("Radiological progression"), "PROGRESSION_SUSPECTED": mark("Progression suspected"),
    "ONGOING": mark("ongoing"), "PROGRESSED": mark("progressed"), "DEAD": mark("died"),
    "LTFU": mark("lost to follow-up"), "WITHDRAWN": mark("consent withdrawn"), "COMPLETED": mark("follow-up completed"),
    "DISCONTINUED": mark("left the study"),
    "DRAW": mark("Blood drawn"), "DRAW_RECEIVED": mark("Blood received by the laboratory"),
    "CTDNA_POSITIVE": mark("ctDNA positive"), "CTDNA_NEGATIVE": mark("ctDNA negative"),
    "CTDNA_NOT_EVALUABLE": mark("ctDNA not evaluable"), "SCAN": mark("Tumour assessment"),
    "VISIT_DONE": mark("Visit"), "VISIT_MISSED": mark("Visit missed"), "VISIT_UNPLANNED": mark("Unplanned visit"),
    "TREATMENT_START": mark("Treatment starts"), "TREATMENT_END": mark("Treatment ends"),
    "RADIOLOGICAL PROGRESSION": mark("Radiological progression"), "DEATH": mark("Death"),
    "CTDNA POSITIVE": mark("ctDNA positive"), "RESTART OF THERAPY": mark("Therapy restarted"),
    "NO BASELINE ASSESSMENT": mark("Censored: no baseline assessment"),
    "NO POST-BASELINE ASSESSMENT": mark("Censored: no assessment after baseline"),
    "LATE DEATH WITHOUT ASSESSMENT": mark("Late death without assessment"),
    "ONGOING WITHOUT EVENT": mark("Censored: ongoing without event"),
    "EVENT AFTER >=2 MISSED ASSESSMENTS": mark("Censored: event after two or more missed assessments"),
    "RESTART FOR CTDNA POSITIVITY": mark("Censored: therapy restarted for ctDNA"),
    "NEW ANTICANCER THERAPY": mark("Censored: new anticancer therapy"),
    "LOST TO FOLLOW-UP": mark("Censored: lost to follow-up"),
    "WITHDRAWAL OF CONSENT": mark("Censored: consent withdrawn"),
    "UNDOCUMENTED PROGRESSION": mark("Censored: progression without a scan"),
    "CLINICAL PROGRESSION": mark("Clinical progression, no scan"), "NEW REGIMEN": mark("New treatment"),
    "DETERIORATION OF QUALITY OF LIFE": mark("Quality of life fell"),
    "THERAPY NOT STOPPED": mark("Censored: therapy was not stopped"), "NO TEST AFTER ORIGIN": mark("Censored: no test after the origin"),
    "NO QUESTIONNAIRE AFTER BASELINE": mark("Censored: no questionnaire after the baseline"),
    "NO_RECORD": mark("no record"), "NOT_HANDED_OUT": mark("not handed out"), "PATIENT_REFUSED": mark("refused by the patient"),
    "NO_TIME": mark("no time"), "TOO_ILL": mark("too ill"), "UNKNOWN": mark("unknown"), "ADMINISTRATIVE": mark("administrative"),
    "EVENT_GAINED": mark("now an event"), "EVENT_LOST": mark("no longer an event"), "TIME": mark("other day"),
    "REASON": mark("other reason"), "ADDED": mark("now counted"), "LEFT_OUT": mark("no longer counted"),
    "ON_TREATMENT": mark("On treatment"), "OFF_THERAPY": mark("Off therapy"), "RESUMED": mark("Therapy resumed"),
    "response": mark("Tumour assessment"), "milestone": mark("Milestone"), "ctdna_result": mark("ctDNA result"),
    "treatment": mark("Treatment"), "visit": mark("Visit"), "specimen": mark("Blood drawn"), "qs_item": mark("Questionnaire"),
    "qs_form": mark("Questionnaire"), "visit_plan": mark("Schedule"),
    **{member.value: _TERMS[member] for kind in (terms.ClockKind, terms.AlertRule, terms.Danger, terms.Acknowledged) for member in kind if member.value != "SCAN"},
    **{status.value: _TERMS[status] for status in terms.ClockStatus},
    **{status.value: _TERMS[status] for status in terms.DrawStatus},
    **{kind.value: _TERMS[kind] for kind in terms.MilestoneKind if kind.value not in ("LTFU", "WITHDRAWN", "COMPLETED", "DISCONTINUED")},
    **{sentence: sentence for sentence in (
        mark("same status, other day"), mark("same event, other day"), mark("same end, counted from another origin"),
        mark("progression in the records, not in the delivered PFS"), mark("no responses delivered"),
        mark("event in the records, not in the delivered PFS"), mark("event delivered, none in the records"),
        mark("differs by the +1 day convention"), mark("derived only"), mark("delivered only"),
        mark("delivered value is not the difference of its dates"), mark("delivered value is not in days"),
        mark("death in the records, not in the delivered PFS"),
        mark("what the scans showed is not in this scope"), mark("study discontinued"),
        mark("reading of a scan not delivered"),
        mark("scans were read by other evaluators only"), mark("progression suspected, not confirmed"),
        mark("progression entered for a scan that could not be evaluated"), mark("origin not recorded, inclusion used"),
        mark("baseline assessment missed"), mark("ctDNA positive on the day of progression"),
        mark("treatment stop not delivered, off therapy from the origin assumed"), mark("stopped again after the restart"),
        mark("restart after the last evaluable scan, not counted yet"),
        mark("late death without assessment"), mark("follow-up completed"), mark("end before origin set to origin"),
    )},
}
"""What codes and fixed sentences in the answers of the store mean."""

FLAG_SEPARATOR = "; "


class Words:
    """How one language says things. Words(language): "en" or "fr"."""

    def __init__(self, language: str):
        self.language = language if language in LANGUAGES else "en"
        self._catalogue = (
            gettext.NullTranslations()
            if self.language == "en"
            else gettext.translation("heroes", localedir=_FOLDER, languages=[self.language])
        )
        self._cldr = _CLDR[self.language]

    def say(self, sentence: str, **values) -> str:
        """A sentence, with its {named} values filled in. A sentence that brings its own values (a reason) needs none."""
        values = values or {name: self._written(value) for name, value in getattr(sentence, "values", {}).items()}
        text = self._catalogue.gettext(getattr(sentence, "sentence", sentence))
        return text.format(**values) if values else text

    def _written(self, number: str) -> str:
        """A number that a reason brings along, with this language's decimal sign."""
        return number if self.language == "en" else number.replace(".", ",")

    def count(self, singular: str, plural: str, n: int, **values) -> str:
        """A sentence about n things; {n} is filled in."""
        return self._catalogue.ngettext(singular, plural, int(n)).format(n=self.number(n), **values)

    def term(self, member: Enum) -> str:
        """A member of a closed list, as people say it; an unlisted member is its own code."""
        sentence = _TERMS.get(member)
        return self._catalogue.gettext(sentence) if sentence else str(member.value)

    def answer(self, text: object) -> object:
        """A code or fixed sentence in an answer of the store, as people say it; anything else stays as it is."""
        if not isinstance(text, str):
            return text
        return FLAG_SEPARATOR.join(
            self._catalogue.gettext(_ANSWERS[part]) if part in _ANSWERS else part for part in text.split(FLAG_SEPARATOR)
        )

    def date(self, day: date) -> str:
        """16 March 2026, 16 mars 2026."""
        return format_date(day, "d MMMM y", locale=self._cldr)

    def month(self, day: date) -> str:
        """Mar 2026, mars 2026: a patient's calendar time is shown no finer than this."""
        return format_date(day, "MMM y", locale=self._cldr)

    def number(self, value: float, digits: int = 0) -> str:
        """1,234.5 in English, 1 234,5 in French."""
        return format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=self._cldr)

    def percent(self, probability: float, digits: int = 1) -> str:
        """A probability 0–1 as a percentage: 91.0%, 91,0 %."""
        digits_said = self.number(100 * probability, digits)
        return f"{digits_said}%" if self.language == "en" else f"{digits_said}\u202f%"


@lru_cache(maxsize=len(LANGUAGES))
def words_in(language: str) -> Words:
    """The words of a language, read once."""
    return Words(language)
