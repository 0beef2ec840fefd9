-- How long was each included patient free of progression and death, and if nothing was seen, until when is that known?
--
-- One row per included patient, always: nobody is lost, whatever was delivered.
--
-- Source: protocol (origin, evaluator, confirmation); ICH E9(R1) for what a restart of therapy means; FDA 2018 table A and
-- EMA 2012 for censoring, as the study's default censoring table combines them:
--   event     first of radiological progression and death from any cause; the day is that of the scan, not of its report;
--             both on one day: progression. An event beats a censoring on the same day.
--   censored  at the last evaluable scan of the evaluator after the origin; without one, at the origin.
--   A scan that could not be evaluated never dates anything; nothing after the cut-off is known.
--   An event after 2 or more missed assessments counts, and is flagged where it comes more than
--   2 × (interval + window) days after the last evaluable scan (or the origin).
--   Clinical progression without a scan is no event. A treatment given for it names the reason for censoring.
-- $estimand, and what a restart of therapy does:
--   treatment-policy   PFS         nothing
--   composite          DEFS        a positive ctDNA, a resumption and a new treatment are events too;
--                                  censored at the earlier of last negative draw and last evaluable scan
--   hypothetical       PFSHYP      a resumption for ctDNA censors, at the last evaluable scan on or before it
--   while-on-strategy  CIF_PD_OFF  a resumption or new treatment competes: see cause
-- $origin: INCLUDED, TX_STOP (first stop) or BASELINE_DRAW. Where it was not recorded, the inclusion, flagged.
-- $population: "included", or "stopped" for those whose treatment stop is recorded.
--
-- Builds on: included_subjects, assessments, progressions, first_positives, therapy_changes, exits
-- Parameters: $estimand, $origin, $population, $evaluator, $pd_confirmation, $imaging_interval, $imaging_window,
--   $missed_assessments_flag, $aval_add_one.
-- Columns:
--   subject_id, site_id, paramcd
--   start_day, end_day, time_days   time_days = end_day − start_day (+1 where the protocol says so)
--   event          True: seen; False: censored; null: not known in this scope, which does not hold what the scans showed
--   cause          0 censored, 1 event, 2 therapy restarted while free of progression (while-on-strategy only: its event is
--                  True as well, so a cumulative incidence takes cause, never event)
--   reason, cnsr   what ended the time, and its number: 0 event, positive censored
--   source_table, source_day, source_detail   the record that decided
--   flag           what a reader should know, sentences joined by "; "; else null
WITH
origins AS (
    SELECT
        included_subjects.*,
        stop_day,
        CASE $origin
            WHEN 'TX_STOP' THEN stop_day
            WHEN 'BASELINE_DRAW' THEN baseline_draw_day
            ELSE inclusion_day
        END AS recorded_origin,
        coalesce(recorded_origin, inclusion_day) AS start_day
    FROM included_subjects
    JOIN first_positives USING (subject_id)
    LEFT JOIN (
        SELECT subject_id, min(milestone.day) AS stop_day
        FROM milestone
        JOIN included_subjects USING (subject_id)
        WHERE kind = 'TX_STOP' AND milestone.day <= coalesce(cut_off_day, milestone.day)
        GROUP BY subject_id
    ) USING (subject_id)
),
restarts AS (
    SELECT
        subject_id,
        min(day) AS restart_day,
        min({'day': day, 'source_table': source_table, 'change': change}) AS first_restart,
        min(day) FILTER (change = 'RESUME' AND trigger = 'CTDNA') AS ctdna_restart_day,
        min(day) FILTER (trigger = 'PROGRESSION') AS progression_treated_day
    FROM therapy_changes
    WHERE change <> 'STOP'
    GROUP BY subject_id
),
known AS (
    SELECT
        origins.*,
        CASE WHEN $estimand = 'hypothetical' THEN ctdna_restart_day END AS censored_from,
        progression_day, suspected_day, unread_pd_day, is_hidden, n_assessments, n_others,
        first_positive_day, first_positive_result, last_negative_day,
        death_day, withdrawn_day, lost_day, exit_kind,
        restart_day, first_restart, progression_treated_day
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
    SELECT subject_id, first_positive_day, 3, 'CTDNA POSITIVE', 1, 'ctdna_result', first_positive_result
    FROM known
    WHERE $estimand = 'composite'
    UNION ALL
    SELECT
        subject_id, restart_day, 4, 'RESTART OF THERAPY', CASE WHEN $estimand = 'composite' THEN 1 ELSE 2 END,
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
last_scan AS (
    SELECT
        subject_id,
        max({'day': assessments.day, 'overall': overall})
            FILTER (assessments.day <= coalesce(censored_from, assessments.day)) AS for_censoring,
        max(assessments.day) FILTER (assessments.day < first_event.day) AS day_before_event
    FROM assessments
    JOIN known USING (subject_id)
    LEFT JOIN first_event USING (subject_id)
    WHERE evaluable AND assessments.day > start_day
    GROUP BY subject_id
),
censorings AS (
    SELECT
        subject_id,
        for_censoring.day AS scan_day,
        for_censoring.overall AS scan_overall,
        CASE WHEN last_negative_day > start_day THEN last_negative_day END AS test_day,
        $estimand = 'composite' AND coalesce(test_day < scan_day, false) AS test_decides,
        scan_day IS NULL OR ($estimand = 'composite' AND test_day IS NULL) AS nothing_since_origin,
        CASE
            WHEN nothing_since_origin THEN start_day
            WHEN test_decides THEN test_day
            ELSE scan_day
        END AS day,
        CASE
            WHEN censored_from IS NOT NULL THEN 'RESTART FOR CTDNA POSITIVITY'
            WHEN nothing_since_origin THEN 'NO POST-BASELINE ASSESSMENT'
            WHEN progression_treated_day <= least(withdrawn_day, lost_day, progression_treated_day)
                THEN 'UNDOCUMENTED PROGRESSION'
            WHEN withdrawn_day <= least(lost_day, withdrawn_day) THEN 'WITHDRAWAL OF CONSENT'
            WHEN lost_day IS NOT NULL THEN 'LOST TO FOLLOW-UP'
            ELSE 'ONGOING WITHOUT EVENT'
        END AS reason
    FROM known
    LEFT JOIN last_scan USING (subject_id)
),
decided AS (
    SELECT
        known.*,
        first_event.day IS NOT NULL AS has_event,
        coalesce(first_event.cause, 0) AS cause,
        coalesce(first_event.reason, censorings.reason) AS reason,
        coalesce(first_event.day, censorings.day) AS decided_day,
        CASE
            WHEN has_event THEN first_event.source_table
            WHEN nothing_since_origin THEN 'milestone'
            WHEN test_decides THEN 'ctdna_result'
            ELSE 'response'
        END AS source_table,
        CASE
            WHEN has_event THEN first_event.source_detail
            WHEN nothing_since_origin THEN CASE WHEN recorded_origin IS NULL THEN 'INCLUDED' ELSE $origin END
            WHEN test_decides THEN 'NEGATIVE'
            ELSE scan_overall || ', ' || $evaluator
        END AS source_detail,
        first_event.day - coalesce(day_before_event, start_day) AS days_since_scan,
        day_before_event IS NULL AS no_scan_before_event
    FROM known
    JOIN censorings USING (subject_id)
    LEFT JOIN first_event USING (subject_id)
    LEFT JOIN last_scan USING (subject_id)
),
flagged AS (
    SELECT
        *,
        nullif(concat_ws(
            '; ',
            CASE WHEN recorded_origin IS NULL THEN 'origin not recorded, inclusion used' END,
            CASE WHEN decided_day < start_day THEN 'end before origin set to origin' END,
            CASE
                WHEN reason NOT IN ('RADIOLOGICAL PROGRESSION', 'DEATH') THEN NULL
                WHEN days_since_scan <= $missed_assessments_flag * ($imaging_interval + $imaging_window) THEN NULL
                WHEN $missed_assessments_flag * ($imaging_interval + $imaging_window) IS NULL THEN NULL
                WHEN reason = 'DEATH' AND no_scan_before_event THEN 'late death without assessment'
                ELSE 'event after ' || $missed_assessments_flag || ' or more missed assessments'
            END,
            CASE WHEN NOT has_event AND suspected_day IS NOT NULL THEN 'progression suspected, not confirmed' END,
            CASE
                WHEN NOT has_event AND unread_pd_day IS NOT NULL
                    THEN 'progression entered for a scan that could not be evaluated'
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
    CASE WHEN NOT is_hidden THEN has_event END AS event,
    CASE WHEN NOT is_hidden THEN cause END AS cause,
    CASE WHEN NOT is_hidden THEN reason END AS reason,
    CASE
        WHEN is_hidden THEN NULL
        WHEN has_event THEN 0
        ELSE CASE reason
            WHEN 'NO POST-BASELINE ASSESSMENT' THEN 2
            WHEN 'ONGOING WITHOUT EVENT' THEN 4
            WHEN 'RESTART FOR CTDNA POSITIVITY' THEN 6
            WHEN 'LOST TO FOLLOW-UP' THEN 8
            WHEN 'WITHDRAWAL OF CONSENT' THEN 9
            WHEN 'UNDOCUMENTED PROGRESSION' THEN 10
        END
    END AS cnsr,
    CASE WHEN NOT is_hidden THEN source_table END AS source_table,
    CASE WHEN NOT is_hidden THEN decided_day END AS source_day,
    CASE WHEN NOT is_hidden THEN source_detail END AS source_detail,
    CASE WHEN is_hidden THEN 'what the scans showed is not in this scope' ELSE flags END AS flag
FROM flagged
WHERE $population <> 'stopped' OR stop_day IS NOT NULL
ORDER BY subject_id
