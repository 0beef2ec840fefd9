"""Every rule by which a delivery is checked, in one place: how much it weighs, what it means, what to do, where it is from.

The checks say in their findings where a rule was not met; here stands what each rule is. docs/checks.md lists them, and a
test holds both to the code. Rules of the readers of single file formats are said with those formats, in docs/formats.md.
"""

from dataclasses import dataclass

from heroes.model.terms import Severity

ERROR, QUERY, NOTE = Severity.ERROR, Severity.QUERY, Severity.NOTE


@dataclass(frozen=True)
class Rule:
    """One rule. group: what it is about. sentence: what was found where it is not met. remedy: who does what.

    source: where the rule is from; "ours" is this program's own.
    """

    name: str
    group: str
    severity: Severity
    sentence: str
    remedy: str
    source: str


STORE, LAB, DOOR, LAST, FILES = "the rules of the records", "laboratory transfers", "de-identification", "the last data cut", "the delivery"
TRIAL, DATES, SITES, QOL = "the trial's own order", "dates and days", "sites and persons", "questionnaires and events"
_INVARIANTS, _TRANSFER, _VALIDATION = "trial: state machine", "laboratory transfer: consistency", "store: validation"
_PRECEDENCE, _PRIVACY, _INDICATORS = "endpoint: precedence", "privacy: identifiers at import", "site indicators"

_AT_SOURCE = "Correct it at the source."
_ASK_SITE, _ASK_LAB, _NO_ACTION = "Ask the site.", "Ask the laboratory; the call stands as delivered.", "No action needed, if it is meant."
_REMOVE = "Remove it at the source, or list the column under drop."

RULES: tuple[Rule, ...] = (
    Rule("missing_value", STORE, ERROR, "A cell that may not be empty is empty; a patient without a site is one.", _AT_SOURCE, _VALIDATION),
    Rule("not_in_list", STORE, ERROR, "A code is none of the closed list.", "Translate it in the mapping file.", _VALIDATION),
    Rule("unknown_code", STORE, ERROR, "A delivered code is none that the reading lists.", "Translate it in the mapping file.", _VALIDATION),
    Rule("outside_limits", STORE, ERROR, "A number lies outside the limits of its column.", _AT_SOURCE, _VALIDATION),
    Rule("wrong_type", STORE, ERROR, "A cell is not of the kind of its column; CNSR is a whole number from 0.", _AT_SOURCE, _VALIDATION),
    Rule("too_long", STORE, ERROR, "A text is too long for its column.", _AT_SOURCE, _VALIDATION),
    Rule("duplicate_key", STORE, ERROR, "Two rows have one key.", "Filter, or tell the rows apart.", _VALIDATION),
    Rule("unknown_patient", STORE, ERROR, "A row is of a patient who is not delivered.", "Deliver the patient, or correct the code.", _VALIDATION),
    Rule("unknown_site", STORE, ERROR, "A row names a site that is not delivered.", "Deliver the site, or correct the code.", _VALIDATION),
    Rule("unknown_lesion", STORE, ERROR, "A measurement is of a lesion that is not identified.", "Deliver the lesion.", _VALIDATION),
    Rule("not_a_number", STORE, ERROR, "A cell of a column of numbers holds none.", _AT_SOURCE, _VALIDATION),
    Rule("decimal_commas", STORE, NOTE, "Numbers are written with decimal commas and were read so.", _NO_ACTION, "ours"),
    Rule("not_a_date", STORE, ERROR, "A cell of a column of dates holds none.", "Name its format in the mapping file.", _VALIDATION),
    Rule("refused_by_store", STORE, ERROR, "The store refused a table.", "Look at the table named.", _VALIDATION),
    Rule("answer_not_a_number", QOL, ERROR, "An answer to a questionnaire is no number.", "Deliver numbers, or translate the words.", _VALIDATION),
    Rule("unknown_item", QOL, ERROR, "An answer is to an item that its questionnaire does not have.", "Correct the number of the item.", _VALIDATION),
    Rule("answer_outside_item", QOL, ERROR, "An answer lies outside the answers of its item.", _AT_SOURCE, _VALIDATION),
    Rule("questionnaire_not_known", QOL, NOTE, "Rows of another questionnaire were not used.", _NO_ACTION, "ours"),
    Rule("scores_not_stored", QOL, NOTE, "Computed scores were counted, not stored.", _NO_ACTION, "ours"),
    Rule("questionnaire_without_answers", QOL, QUERY, "A questionnaire is called filled in, and no item of that day is answered.", _ASK_SITE, _INDICATORS),
    Rule("event_not_coded", QOL, NOTE, "Adverse events without a coded term are kept as NOT CODED.", "Deliver them coded.", _PRIVACY),
    Rule("fatal_event_without_death", QOL, QUERY, "An adverse event of grade 5 is told, and no death.", _ASK_SITE, "ours"),
    Rule("inclusion_is_not_day_0", DATES, ERROR, "Days are counted from the inclusion, and it is not on day 0.", _AT_SOURCE, _VALIDATION),
    Rule("partial_date", DATES, QUERY, "A date lacks the day or the month; what depends on it is left out.", _ASK_SITE, "ours"),
    Rule("missing_date", DATES, QUERY, "A row has no date and was left out.", _ASK_SITE, "ours"),
    Rule("day_numbers", DATES, NOTE, "Dates written as SAS day numbers were converted.", _NO_ACTION, "ours"),
    Rule("after_cut_off", DATES, QUERY, "A record lies after the cut-off and was left out.", "Correct the date, or import with the later cut-off.", "ours"),
    Rule("patient_after_cut_off", DATES, QUERY, "Every record of a patient lies after the cut-off.", "Import with the later cut-off.", "ours"),
    Rule("conflicting_dates", DATES, QUERY, "A step that happens once is dated differently by its sources.", _AT_SOURCE, "ours"),
    Rule("sources_disagree", DATES, QUERY, "Two sources of a table disagree; the higher rank was believed.", _AT_SOURCE, "ours"),
    Rule("several_ends_of_study", DATES, QUERY, "The end of the study is told in more than one way.", _ASK_SITE, "ours"),
    Rule("end_before_start", DATES, QUERY, "An end is dated before its start.", "Ask for both dates.", _PRECEDENCE),
    Rule("day_0_is_first_record", DATES, NOTE, "Day 0 of patients without inclusion and consent is their first record.", "Deliver the consent.", "ours"),
    Rule("no_dated_record", DATES, NOTE, "Patients without any date are counted, and have no time.", "Deliver the consent.", "ours"),
    Rule("study_days_used", DATES, NOTE, "CDISC study days were counted from the reference date.", _NO_ACTION, "ours"),
    Rule("relative_times", DATES, NOTE, "Times are relative; calendar panels and clocks need dates.", _NO_ACTION, "ours"),
    Rule("cut_off_inferred", DATES, NOTE, "The latest date was taken for the cut-off.", "Name the cut-off.", "ours"),
    Rule("no_cut_off", DATES, ERROR, "The cut-off cannot be told.", "Name the cut-off.", "ours"),
    Rule("baseline_positive_included", TRIAL, QUERY, "A patient is included on a positive baseline ctDNA.", "Ask the site which of the two is right.", _INVARIANTS),
    Rule("order_of_steps", TRIAL, QUERY, "A step is dated before one that must come first: consents, tissue, assay, baseline, second consent, inclusion.", _ASK_SITE, _INVARIANTS),
    Rule("consent_after_stop", TRIAL, QUERY, "The second consent is dated after the treatment was stopped.", _ASK_SITE, f"{_INVARIANTS}; {_INDICATORS} (H10)"),
    Rule("long_before_inclusion", TRIAL, QUERY, "Progression, treatment stop or death more than 30 days before the inclusion.", _ASK_SITE, _VALIDATION),
    Rule("progression_before_inclusion", TRIAL, QUERY, "A progression within the 30 days before the inclusion.", _ASK_SITE, _PRECEDENCE),
    Rule("restart_without_trigger", TRIAL, QUERY, "Therapy was restarted before the result or progression named as its reason.", _ASK_SITE, _INVARIANTS),
    Rule("after_death", TRIAL, QUERY, "A record is dated after the patient's death.", _ASK_SITE, _INVARIANTS),
    Rule("progression_without_evaluable_scan", TRIAL, QUERY, "A progression is read from a scan that is not evaluable.", "Ask for the scan.", _VALIDATION),
    Rule("conflicting_responses", TRIAL, QUERY, "One reader gives two overall responses on one day; the worst counts.", "Ask the reader.", _PRECEDENCE),
    Rule("part_without_whole", TRIAL, QUERY, "A part of a reading belongs to no overall response.", "Ask for the whole reading.", "ours"),
    Rule("criteria_not_named", TRIAL, NOTE, "Readings do not name their rules and are kept as OTHER.", "Name them.", "ours"),
    Rule("time_differs_from_dates", TRIAL, QUERY, "A delivered time of the endpoint is not the days between its own dates; both are kept.", "Ask the statistician.", _VALIDATION),
    Rule("time_differs_from_dates_elsewhere", TRIAL, NOTE, "The same, of another parameter.", "Ask the statistician.", _VALIDATION),
    Rule("time_counts_first_day", TRIAL, NOTE, "The delivered endpoint counts the first day (+1), the protocol file does not.", _NO_ACTION, "ours"),
    Rule("unit_of_time_not_named", TRIAL, NOTE, "Delivered times without unit are read as days.", "Deliver AVALU.", "ours"),
    Rule("start_is_day_0", TRIAL, NOTE, "Delivered times without start start on day 0.", "Deliver STARTDT.", "ours"),
    Rule("age_above_89", TRIAL, NOTE, "Ages above 89 are kept as 90.", _NO_ACTION, _PRIVACY),
    Rule("another_trial", TRIAL, NOTE, "The protocol file describes another trial: its rules were not applied.", "Put the study's own protocol.toml into the data folder.", "ours"),
    Rule("schedule_of_protocol", TRIAL, NOTE, "The schedule of the protocol file is used.", _NO_ACTION, "ours"),
    Rule("tests_of_protocol", TRIAL, NOTE, "Draws and scans of the protocol file were put to the planned visits.", _NO_ACTION, "ours"),
    Rule("plan_without_tests", TRIAL, NOTE, "The plan does not say which visits have a draw or a scan.", "Deliver visit_plan.csv.", "ours"),
    Rule("fallback_used", TRIAL, NOTE, "Another date was read as a step that is not delivered.", _NO_ACTION, "ours"),
    Rule("call_and_result_disagree", LAB, QUERY, "Call, quantity, variants or reason of failure of one result do not fit together.", _ASK_LAB, _TRANSFER),
    Rule("result_before_draw", LAB, QUERY, "A result is dated before the draw.", _ASK_LAB, _TRANSFER),
    Rule("result_before_receipt", LAB, QUERY, "A result is dated before the specimen was received.", _ASK_LAB, _TRANSFER),
    Rule("received_before_draw", LAB, QUERY, "A specimen was received before it was drawn.", _ASK_LAB, _TRANSFER),
    Rule("several_current_results", LAB, QUERY, "One specimen has several current results.", _ASK_LAB, _TRANSFER),
    Rule("unknown_specimen", LAB, QUERY, "A result is of a specimen that is not delivered.", _ASK_LAB, "ours"),
    Rule("replacing_result_absent", LAB, ERROR, "A result names one that replaces it and is not there.", "Deliver both.", _VALIDATION),
    Rule("quantity_without_unit", LAB, ERROR, "A quantity has no unit.", "Deliver it, or name it in the mapping file.", _VALIDATION),
    Rule("quantity_without_call", LAB, ERROR, "A result has a quantity, no call, and the mapping no cut-point.", "Name a cut-point.", "ours"),
    Rule("several_units", LAB, ERROR, "Quantities come in several units.", "One cut holds one unit.", "ours"),
    Rule("several_markers", LAB, ERROR, "Results are of several markers.", "One cut follows one marker.", "ours"),
    Rule("unit_differs", LAB, ERROR, "The delivered unit is not that of the mapping.", "Correct the mapping file.", "ours"),
    Rule("unknown_call", LAB, ERROR, "A result is told by a word that is not known.", "Say what it means in the mapping file.", _TRANSFER),
    Rule("unknown_result_status", LAB, ERROR, "A report has a status that is not known.", "Correct it at the laboratory.", _TRANSFER),
    Rule("cut_point_undecided", LAB, QUERY, "A limit on the wrong side of the cut-point leaves the call open; it was left out.", "Ask the laboratory for its call.", "ours"),
    Rule("result_without_content", LAB, QUERY, "A result has neither call nor quantity and was left out.", _ASK_LAB, _TRANSFER),
    Rule("result_cancelled", LAB, QUERY, "A test was cancelled; there is no result of it.", "Ask whether blood is drawn again.", _TRANSFER),
    Rule("pending_with_call", LAB, QUERY, "A pending test has a call; it is no result.", _ASK_LAB, _TRANSFER),
    Rule("result_pending", LAB, NOTE, "Tests are pending.", _NO_ACTION, _TRANSFER),
    Rule("failure_reason_not_listed", LAB, NOTE, "A reason of failure is none of the list and is kept as OTHER.", _NO_ACTION, _TRANSFER),
    Rule("marker_not_named", LAB, NOTE, "No laboratory row is the marker's.", "Name the marker in the mapping file.", "ours"),
    Rule("not_done", LAB, NOTE, "Rows say NOT DONE; they are no results.", _NO_ACTION, "ours"),
    Rule("site_closed_before_opened", SITES, QUERY, "A site is closed before it is opened.", "Correct the dates.", _VALIDATION),
    Rule("included_at_closed_site", SITES, QUERY, "A patient was included while the site was not open.", "Check both dates.", "ours"),
    Rule("entered_before_visit", SITES, QUERY, "A page was entered before its visit.", _ASK_SITE, _INDICATORS),
    Rule("more_changes_than_points", SITES, QUERY, "More data points of a page were changed than it has.", "Ask the data manager.", _INDICATORS),
    Rule("query_closed_before_opened", SITES, QUERY, "A query was answered or closed before it was opened.", "Ask the data manager.", _INDICATORS),
    Rule("current_site_differs", SITES, ERROR, "The last site of a patient is not that of the patient's record.", "Correct one of the two.", "ours"),
    Rule("patient_moved", SITES, QUERY, "A patient is at another site than in the last data cut.", "Deliver the day of the move.", "ours"),
    Rule("move_without_day", SITES, QUERY, "The same, and without dates it cannot be told since when.", "Deliver the day of the move.", "ours"),
    Rule("unknown_earlier_code", SITES, ERROR, "A link names an earlier code that is no patient's.", "Deliver the patient under both codes.", "ours"),
    Rule("link_cycle", SITES, ERROR, "A link of codes leads back to its own code.", "Correct the links.", "ours"),
    Rule("both_codes_included", SITES, QUERY, "A person is included under two codes.", _ASK_SITE, _INVARIANTS),
    Rule("earlier_code_twice", SITES, QUERY, "An earlier code has two later codes.", _ASK_SITE, "ours"),
    Rule("patient_vanished", LAST, QUERY, "A patient of the last data cut is not delivered.", "Ask for the records; a patient is never deleted.", "ours"),
    Rule("inclusion_vanished", LAST, QUERY, "An inclusion is no longer told.", _ASK_SITE, "ours"),
    Rule("death_undone", LAST, QUERY, "A death is no longer told.", _ASK_SITE, "ours"),
    Rule("step_vanished", LAST, QUERY, "A step is no longer told.", _ASK_SITE, "ours"),
    Rule("date_moved", LAST, QUERY, "A step lies on another day.", "Ask the site which date holds.", "ours"),
    Rule("result_vanished", LAST, QUERY, "A result is no longer delivered.", _ASK_LAB, "ours"),
    Rule("result_flipped", LAST, QUERY, "A result turned from positive to negative or back; the new call counts.", "Ask the laboratory to confirm.", "ours"),
    Rule("evaluability_changed", LAST, QUERY, "A result became evaluable, or is no longer so.", "Ask the laboratory to confirm.", "ours"),
    Rule("draw_moved", LAST, QUERY, "A draw lies on another day.", "Ask the site for the date.", "ours"),
    Rule("progression_withdrawn", LAST, QUERY, "A progression is no longer told.", "Ask the reader; the curve changes by it.", "ours"),
    Rule("progression_moved", LAST, QUERY, "The first progression lies on another day.", "Ask the reader.", "ours"),
    Rule("serious_event_withdrawn", LAST, QUERY, "A serious adverse event is no longer told.", _ASK_SITE, "ours"),
    Rule("result_superseded", LAST, QUERY, "A result was amended; the earlier one is kept, superseded.", "Look at the patient's results.", "ours"),
    Rule("changed_since_previous", LAST, NOTE, "Rows came late, were corrected, or are no longer there: counts of each table.", "Look at the changes.", "ours"),
    Rule("partial_delivery", LAST, NOTE, "A delivery without patients was laid over the last data cut.", _NO_ACTION, "ours"),
    Rule("laid_over_previous_cut", LAST, NOTE, "Rows added, amended, unchanged and kept, of each table.", "Look at the amended rows.", "ours"),
    Rule("cut_off_before_previous", LAST, ERROR, "A partial delivery is older than the cut it would be laid over.", "Deliver all tables.", "ours"),
    Rule("no_patients", LAST, ERROR, "A delivery without patients, and no data cut to lay it over.", "Deliver the patients.", "ours"),
    Rule("no_patient_listed", LAST, NOTE, "The delivery lists no patient.", "Check the filters.", "ours"),
    Rule("nir", DOOR, ERROR, "A social security number with its key.", _REMOVE, _PRIVACY),
    Rule("nir_without_key", DOOR, ERROR, "Numbers shaped like one, under a header that announces it.", _REMOVE, _PRIVACY),
    Rule("like_nir", DOOR, NOTE, "Numbers shaped like one; their keys do not bear it out.", "Look whether they are laboratory numbers.", _PRIVACY),
    Rule("phone", DOOR, ERROR, "A telephone number.", _REMOVE, _PRIVACY),
    Rule("email", DOOR, ERROR, "An e-mail address.", _REMOVE, _PRIVACY),
    Rule("iban", DOOR, ERROR, "A bank account number.", _REMOVE, _PRIVACY),
    Rule("variant", DOOR, ERROR, "The place of a genetic variant: the variants of a personal assay name a person.", _REMOVE, _PRIVACY),
    Rule("variant_column", DOOR, ERROR, "A filled column of chromosomes, positions or names of variants.", _REMOVE, _PRIVACY),
    Rule("name_column", DOOR, ERROR, "A filled column of names, initials, addresses, contacts or hospital numbers.", _REMOVE, _PRIVACY),
    Rule("flagged_identifier", DOOR, ERROR, "A field that the data dictionary marks as an identifier.", _REMOVE, _PRIVACY),
    Rule("birth_date", DOOR, ERROR, "Birth dates to the day.", "Deliver the age at inclusion.", _PRIVACY),
    Rule("birth_column", DOOR, NOTE, "A column of birth years or months was left out.", _NO_ACTION, _PRIVACY),
    Rule("investigator_name", DOOR, NOTE, "A column of investigators' names was left out.", _NO_ACTION, _PRIVACY),
    Rule("person_title", DOOR, NOTE, "A title before a name; the column was left out.", "Have names removed at the source.", _PRIVACY),
    Rule("identifier_in_header", DOOR, ERROR, "A header holds an identifier.", "Rename it.", _PRIVACY),
    Rule("identifier_in_file_name", DOOR, ERROR, "A file's name holds an identifier.", "Rename it.", _PRIVACY),
    Rule("subject_code_date", DOOR, ERROR, "Codes of patients contain a full date.", "Give codes that mean nothing outside the trial.", _PRIVACY),
    Rule("subject_code_number", DOOR, ERROR, "Codes of patients contain eight digits in a row.", "Give codes that mean nothing outside the trial.", _PRIVACY),
    Rule("subject_code_initials", DOOR, ERROR, "Codes of patients begin with what look like initials.", "Give codes that mean nothing outside the trial.", _PRIVACY),
    Rule("subject_code_pattern", DOOR, ERROR, "Codes do not match the pattern of the protocol file.", _AT_SOURCE, _PRIVACY),
    Rule("study_not_named", FILES, ERROR, "Nobody names the study.", "Name study_id.", "ours"),
    Rule("study_assumed", FILES, NOTE, "The study is taken for that of the protocol file.", _NO_ACTION, "ours"),
    Rule("study_differs", FILES, ERROR, "The mapping names another study than the files.", "Correct study_id.", "ours"),
    Rule("several_studies", FILES, ERROR, "The delivery holds records of several studies.", "Deliver one at a time.", "ours"),
    Rule("another_study", FILES, ERROR, "The delivery is of another study than the folder.", "Import it into a folder of its own.", "ours"),
    Rule("no_file_chosen", FILES, ERROR, "The mapping chooses none of the files.", "Correct files and skip_files.", "ours"),
    Rule("dataset_not_delivered", FILES, ERROR, "The mapping reads a dataset that is not delivered.", "Correct its name, or mark it optional.", "ours"),
    Rule("column_not_delivered", FILES, ERROR, "The mapping reads a column that is not delivered.", "Correct its name.", "ours"),
    Rule("no_columns_of_table", FILES, ERROR, "A file is named as a table of ours and has none of its columns.", "Name or map its columns.", "ours"),
    Rule("manifest_rows", FILES, ERROR, "data_cut describes one delivery in one row.", "Leave one row.", "ours"),
    Rule("manifest_value", FILES, ERROR, "An entry of data_cut cannot be read.", "Correct it.", "ours"),
    Rule("dataset_not_used", FILES, NOTE, "A dataset was not used.", _NO_ACTION, "ours"),
    Rule("columns_not_used", FILES, NOTE, "Columns were not used.", _NO_ACTION, "ours"),
)  # fmt: skip


def rule_named(name: str) -> Rule | None:
    """The rule of a finding; None where it is one of a file format."""
    return next((rule for rule in RULES if rule.name == name), None)


def listed() -> str:
    """The rules as docs/checks.md lists them: one table for each group."""
    parts = []
    for group in dict.fromkeys(rule.group for rule in RULES):
        lines = [f"## {group[0].upper()}{group[1:]}", "", "| rule | weight | what was found | what to do | from |", "|---|---|---|---|---|"]
        lines += [f"| `{rule.name}` | {rule.severity.value.lower()} | {rule.sentence} | {rule.remedy} | {rule.source} |" for rule in RULES if rule.group == group]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
