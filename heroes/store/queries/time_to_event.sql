-- How long was each included patient free of progression and death, and if nothing was seen, until when is that known?
--
-- One row per included patient, always: nobody is lost, whatever was delivered.
--
-- Source: protocol (origin, evaluator, confirmation); ICH E9(R1) for what a restart of therapy means; FDA 2018 table A and
-- EMA 2012 for censoring:
--   event     first of radiological progression and death from any cause; the day is that of the scan, not of its report;
--             both on one day: progression. An event beats a censoring on the same day.
--   censored  at the last evaluable scan of the evaluator after the origin; without one, at the origin; at the origin also
--             where the records say that the baseline scan was missed: a visit with imaging planned up to the origin was
--             missed, none such was done, no scan was evaluated by then, and no response at entry is recorded.
--   A scan that could not be evaluated, or whose reading was not delivered (flagged), never dates anything; nothing
--   after the cut-off is known. A second cancer ends nothing.
--   "Missed": the event comes more than $missed_assessments_flag × (interval + window) days after the last evaluable scan
--   before it (or the origin). A scan without progression on the day of death is such a scan.
-- $censoring, and where the three tables differ:
--                                              study                     ema                       fda
--   event after missed assessments             counts, flagged           counts, flagged           censored at the scan before
--   late death without any scan                counts, flagged           counts, flagged           censored at the origin
--   therapy resumed for ctDNA                  ignored                   ignored                   censored, last scan up to it
--   therapy restarted for another reason       ignored                   ignored                   censored, last scan up to it
--   treated for a progression no scan shows    no event, followed on     event that day            censored, last scan up to it
-- $estimand, and what a restart of therapy does:
--   treatment-policy   PFS         what $censoring says
--   composite          DEFS        a positive ctDNA, a resumption and a new treatment are events too;
--                                  censored at the earlier of last negative draw and last evaluable scan, also where fda
--                                  censors an event after missed assessments
--   hypothetical       PFSHYP      a resumption for ctDNA censors, at the last evaluable scan on or before it
--   while-on-strategy  CIF_PD_OFF  a resumption or new treatment competes: see cause
--
-- Builds on: included_subjects, assessments, progressions, first_positives, therapy_changes, exits, origins, reason_codes
-- Parameters: $estimand, $censoring, $origin, $population, $evaluator, $pd_confirmation, $holds_outcomes, $imaging_interval,
--   $imaging_window, $missed_assessments_flag, $aval_add_one.
-- Columns:
--   subject_id, site_id, paramcd
--   start_day, end_day, time_days   time_days = end_day − start_day (+1 where the protocol says so)
--   clear_days     up to here nothing is known to have happened: for a progression the last evaluable scan before it, for a
--                  positive ctDNA the last negative draw before it (so both lie in an interval); else time_days
--   event          True: seen; False: censored; null: not known in this scope, which does not hold what the scans showed
--   cause          0 censored, 1 event, 2 therapy restarted while free of progression (while-on-strategy only: its event is
--                  True as well, so a cumulative incidence takes cause, never event)
--   reason, cnsr   what ended the time, and its number: 0 event, positive censored
--   source_table, source_day, source_detail   the record that decided
--   flag           what a reader should know, sentences joined by "; "; else null
WITH
restarts AS (
    SELECT
        subject_id,
        min(day) AS restart_day,
        min({'day': day, 'source_table': source_table, 'change': change}) AS first_restart,
        min(day) FILTER (change = 'RESUME' AND trigger = 'CTDNA') AS ctdna_restart_day,
        min(day) FILTER (trigger = 'OTHER') AS other_restart_day,
        min(day) FILTER (trigger = 'PROGRESSION') AS progression_treated_day,
        min({'day': day, 'source_table': source_table, 'change': change})
            FILTER (trigger = 'PROGRESSION') AS progression_treated
    FROM therapy_changes
    WHERE change <> 'STOP'
    GROUP BY subject_id
),
known AS (
    SELECT
        origins.*,
        CASE WHEN $censoring = 'fda' OR $estimand = 'hypothetical' THEN ctdna_restart_day END AS ctdna_censors_from,
        CASE WHEN $censoring = 'fda' THEN progression_treated_day END AS clinical_censors_from,
        CASE WHEN $censoring = 'fda' THEN other_restart_day END AS other_censors_from,
        least(ctdna_censors_from, clinical_censors_from, other_censors_from) AS censored_from,
        progression_day, suspected_day, unread_pd_day, no_reading_day, is_hidden, n_assessments, n_others,
        first_positive_day, first_positive_result, last_negative_day,
        death_day, withdrawn_day, lost_day, exit_kind, exit_reason,
        restart_day, first_restart, progression_treated_day, progression_treated
    FROM origins
    JOIN progressions USING (subject_id)
    JOIN first_positives USING (subject_id)
    JOIN exits USING (subject_id)
    LEFT JOIN restarts USING (subject_id)
),
candidate_events AS (
    SELECT
        subject_id, progression_day AS day, 1 AS precedence, 'RADIOLOGICAL PROGRESSION' AS reason, 1 AS cause,
        'response' AS source_table, 'PD, ' || $evaluator AS source_detail
    FROM known
    UNION ALL
    SELECT subject_id, death_day, 2, 'DEATH', 1, 'milestone', 'DEATH'
    FROM known
    UNION ALL
    SELECT
        subject_id, progression_treated_day, 3, 'CLINICAL PROGRESSION', 1,
        progression_treated.source_table, progression_treated.change
    FROM known
    WHERE $censoring = 'ema'
    UNION ALL
    SELECT subject_id, first_positive_day, 4, 'CTDNA POSITIVE', 1, 'ctdna_result', first_positive_result
    FROM known
    WHERE $estimand = 'composite'
    UNION ALL
    SELECT
        subject_id, restart_day, 5, 'RESTART OF THERAPY', CASE WHEN $estimand = 'composite' THEN 1 ELSE 2 END,
        first_restart.source_table, first_restart.change
    FROM known
    WHERE $estimand IN ('composite', 'while-on-strategy')
),
first_event AS (
    SELECT candidate_events.*
    FROM candidate_events
    JOIN known USING (subject_id)
    WHERE candidate_events.day <= coalesce(censored_from, candidate_events.day)
    QUALIFY row_number() OVER (PARTITION BY subject_id ORDER BY candidate_events.day, precedence) = 1
),
scans AS (
    SELECT
        subject_id,
        max({'day': assessments.day, 'overall': overall})
            FILTER (assessments.day <= coalesce(censored_from, assessments.day)) AS for_censoring,
        max({'day': assessments.day, 'overall': overall})
            FILTER (assessments.day < first_event.day + CAST(first_event.reason = 'DEATH' AS INTEGER)) AS before_event
    FROM assessments
    JOIN known USING (subject_id)
    LEFT JOIN first_event USING (subject_id)
    WHERE evaluable AND assessments.day > start_day
    GROUP BY subject_id
),
negatives AS (
    SELECT subject_id, max(ctdna_result.day) AS before_event
    FROM ctdna_result
    JOIN known USING (subject_id)
    JOIN first_event USING (subject_id)
    WHERE superseded_by IS NULL AND call = 'NEGATIVE' AND ctdna_result.day > start_day AND ctdna_result.day < first_event.day
    GROUP BY subject_id
),
scanned_at_baseline AS (
    SELECT subject_id FROM assessments JOIN known USING (subject_id) WHERE evaluable AND assessments.day <= start_day
    UNION
    SELECT subject_id FROM subject WHERE response_at_entry IS NOT NULL
),
missed_baselines AS (
    SELECT subject_id, max({'day': planned_day, 'visit_code': visit_code}) AS missed_baseline
    FROM visit
    JOIN visit_plan USING (visit_code)
    JOIN known USING (subject_id)
    WHERE needs_imaging AND planned_day <= start_day AND subject_id NOT IN (FROM scanned_at_baseline)
    GROUP BY subject_id
    HAVING bool_and(status = 'MISSED')
),
judged AS (
    SELECT
        known.*,
        first_event.day AS event_day,
        first_event.cause AS event_cause,
        first_event.reason AS event_reason,
        first_event.source_table AS event_table,
        first_event.source_detail AS event_detail,
        coalesce(
            first_event.reason IN ('RADIOLOGICAL PROGRESSION', 'DEATH')
            AND first_event.day - coalesce(before_event.day, start_day)
                > $missed_assessments_flag * ($imaging_interval + $imaging_window),
            false
        ) AS is_after_missed,
        before_event IS NULL AND first_event.reason = 'DEATH' AS is_without_scan,
        is_after_missed AND $censoring = 'fda' AS is_demoted,
        first_event.day IS NOT NULL AND NOT is_demoted AS has_event,
        before_event,
        CASE WHEN is_demoted THEN before_event ELSE for_censoring END AS last_scan,
        missed_baseline
    FROM known
    LEFT JOIN first_event USING (subject_id)
    LEFT JOIN scans USING (subject_id)
    LEFT JOIN missed_baselines USING (subject_id)
),
censorings AS (
    SELECT
        subject_id,
        missed_baseline IS NOT NULL AS is_without_baseline,
        CASE WHEN last_negative_day > start_day THEN last_negative_day END AS test_day,
        $estimand = 'composite' AND coalesce(test_day < last_scan.day, false) AS test_decides,
        last_scan IS NULL OR ($estimand = 'composite' AND test_day IS NULL) AS nothing_since_origin,
        CASE
            WHEN is_without_baseline OR nothing_since_origin THEN start_day
            WHEN test_decides THEN test_day
            ELSE last_scan.day
        END AS day,
        CASE
            WHEN is_without_baseline THEN 'NO BASELINE ASSESSMENT'
            WHEN is_demoted AND is_without_scan THEN 'LATE DEATH WITHOUT ASSESSMENT'
            WHEN is_demoted THEN 'EVENT AFTER >=2 MISSED ASSESSMENTS'
            WHEN ctdna_censors_from <= censored_from THEN 'RESTART FOR CTDNA POSITIVITY'
            WHEN clinical_censors_from <= censored_from THEN 'UNDOCUMENTED PROGRESSION'
            WHEN other_censors_from <= censored_from THEN 'NEW ANTICANCER THERAPY'
            WHEN nothing_since_origin THEN 'NO POST-BASELINE ASSESSMENT'
            WHEN progression_treated_day <= least(withdrawn_day, lost_day, progression_treated_day)
                THEN 'UNDOCUMENTED PROGRESSION'
            ELSE exit_reason
        END AS reason
    FROM judged
),
decided AS (
    SELECT
        judged.*,
        CASE WHEN has_event THEN event_cause ELSE 0 END AS cause,
        CASE WHEN has_event THEN event_reason ELSE censorings.reason END AS reason,
        CASE WHEN has_event THEN event_day ELSE censorings.day END AS decided_day,
        CASE
            WHEN NOT has_event THEN decided_day
            WHEN event_reason = 'RADIOLOGICAL PROGRESSION' THEN coalesce(judged.before_event.day, start_day)
            WHEN event_reason = 'CTDNA POSITIVE' THEN coalesce(negatives.before_event, start_day)
            ELSE event_day
        END AS clear_day,
        CASE
            WHEN has_event THEN event_table
            WHEN is_without_baseline THEN 'visit'
            WHEN nothing_since_origin THEN 'milestone'
            WHEN test_decides THEN 'ctdna_result'
            ELSE 'response'
        END AS source_table,
        CASE WHEN NOT has_event AND is_without_baseline THEN missed_baseline.day ELSE decided_day END AS source_day,
        CASE
            WHEN has_event THEN event_detail
            WHEN is_without_baseline THEN missed_baseline.visit_code
            WHEN nothing_since_origin THEN origin_source
            WHEN test_decides THEN 'NEGATIVE'
            ELSE last_scan.overall || ', ' || $evaluator
        END AS source_detail
    FROM judged
    JOIN censorings USING (subject_id)
    LEFT JOIN negatives USING (subject_id)
),
flagged AS (
    SELECT
        *,
        nullif(concat_ws(
            '; ',
            CASE WHEN NOT is_recorded THEN 'origin not recorded, inclusion used' END,
            CASE WHEN decided_day < start_day THEN 'end before origin set to origin' END,
            CASE
                WHEN NOT is_after_missed OR is_demoted THEN NULL
                WHEN is_without_scan THEN 'late death without assessment'
                ELSE 'event after ' || $missed_assessments_flag || ' or more missed assessments'
            END,
            CASE WHEN has_event AND missed_baseline IS NOT NULL THEN 'baseline assessment missed' END,
            CASE WHEN NOT has_event AND suspected_day IS NOT NULL THEN 'progression suspected, not confirmed' END,
            CASE
                WHEN NOT has_event AND unread_pd_day IS NOT NULL
                    THEN 'progression entered for a scan that could not be evaluated'
            END,
            CASE
                WHEN no_reading_day > start_day
                    AND no_reading_day < coalesce(CASE WHEN has_event THEN event_day END, no_reading_day + 1)
                    THEN 'reading of a scan not delivered'
            END,
            CASE WHEN n_assessments = 0 AND n_others > 0 THEN 'scans were read by other evaluators only' END,
            CASE WHEN NOT has_event AND exit_kind = 'COMPLETED' THEN 'follow-up completed' END,
            CASE WHEN NOT has_event AND exit_kind = 'DISCONTINUED' THEN 'study discontinued' END
        ), '') AS flags
    FROM decided
)
SELECT
    subject_id,
    site_id,
    CASE $estimand
        WHEN 'composite' THEN 'DEFS'
        WHEN 'hypothetical' THEN 'PFSHYP'
        WHEN 'while-on-strategy' THEN 'CIF_PD_OFF'
        ELSE 'PFS'
    END AS paramcd,
    start_day,
    CASE WHEN NOT is_hidden THEN greatest(decided_day, start_day) END AS end_day,
    CASE WHEN NOT is_hidden THEN greatest(decided_day, start_day) - start_day + CAST($aval_add_one AS INTEGER) END AS time_days,
    CASE WHEN NOT is_hidden THEN greatest(clear_day, start_day) - start_day + CAST($aval_add_one AS INTEGER) END AS clear_days,
    CASE WHEN NOT is_hidden THEN has_event END AS event,
    CASE WHEN NOT is_hidden THEN cause END AS cause,
    CASE WHEN NOT is_hidden THEN reason END AS reason,
    CASE WHEN NOT is_hidden THEN cnsr END AS cnsr,
    CASE WHEN NOT is_hidden THEN source_table END AS source_table,
    CASE WHEN NOT is_hidden THEN source_day END AS source_day,
    CASE WHEN NOT is_hidden THEN source_detail END AS source_detail,
    CASE WHEN is_hidden THEN 'what the scans showed is not in this scope' ELSE flags END AS flag
FROM flagged
LEFT JOIN reason_codes USING (reason)
ORDER BY subject_id
