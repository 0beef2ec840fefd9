-- How long from the first positive ctDNA to progression or death, in patients in whom ctDNA was found first?
--
-- Source: protocol; ADTTE PARAMCD TTPMR. Only patients with a positive draw after the baseline and before any progression. Event:
-- progression or death from that day on; both on one day: progression. Censored at the last evaluable scan after the positive
-- draw; without one, on the day of the draw. Therapy is resumed at the positive, so this is the observed interval under
-- treatment, not a natural lead time.
-- Builds on: included_subjects, assessments, progressions, first_positives, origins, exits, reason_codes
-- Parameters: $origin, $population, $evaluator, $pd_confirmation, $holds_outcomes, $aval_add_one.
-- Columns: those of time_to_event; start_day is the day of the first positive draw; cause 0 censored, 1 event;
--   clear_days: for a progression the last evaluable scan before it.
WITH
converted AS (
    SELECT origins.* EXCLUDE (start_day), first_positive_day AS start_day, first_positive_result, progression_day, suspected_day,
        no_reading_day, is_hidden
    FROM origins
    JOIN first_positives USING (subject_id)
    JOIN progressions USING (subject_id)
    JOIN exits USING (subject_id)
    WHERE first_positive_day < coalesce(progression_day, first_positive_day + 1)
      AND first_positive_day <= coalesce(death_day, first_positive_day)
),
scans AS (
    SELECT
        subject_id,
        max({'day': assessments.day, 'overall': overall}) AS last_scan,
        max(assessments.day) FILTER (assessments.day < progression_day) AS clear_day
    FROM assessments
    JOIN converted USING (subject_id)
    WHERE evaluable AND assessments.day > start_day
    GROUP BY subject_id
),
decided AS (
    SELECT
        converted.*,
        CASE
            WHEN progression_day <= coalesce(death_day, progression_day) THEN 'RADIOLOGICAL PROGRESSION'
            WHEN death_day IS NOT NULL THEN 'DEATH'
            WHEN last_scan IS NULL THEN 'NO POST-BASELINE ASSESSMENT'
            ELSE exit_reason
        END AS reason,
        CASE reason
            WHEN 'RADIOLOGICAL PROGRESSION' THEN progression_day
            WHEN 'DEATH' THEN death_day
            ELSE coalesce(last_scan.day, start_day)
        END AS decided_day,
        CASE WHEN reason = 'RADIOLOGICAL PROGRESSION' THEN coalesce(clear_day, start_day) ELSE decided_day END AS known_clear_day,
        CASE
            WHEN reason = 'DEATH' THEN 'milestone'
            WHEN reason = 'NO POST-BASELINE ASSESSMENT' THEN 'ctdna_result'
            ELSE 'response'
        END AS source_table,
        CASE
            WHEN reason = 'RADIOLOGICAL PROGRESSION' THEN 'PD, ' || $evaluator
            WHEN reason = 'DEATH' THEN 'DEATH'
            WHEN reason = 'NO POST-BASELINE ASSESSMENT' THEN first_positive_result
            ELSE last_scan.overall || ', ' || $evaluator
        END AS source_detail
    FROM converted
    JOIN exits USING (subject_id)
    LEFT JOIN scans USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    'TTPMR' AS paramcd,
    start_day,
    CASE WHEN NOT is_hidden THEN decided_day END AS end_day,
    CASE WHEN NOT is_hidden THEN decided_day - start_day + CAST($aval_add_one AS INTEGER) END AS time_days,
    CASE WHEN NOT is_hidden THEN known_clear_day - start_day + CAST($aval_add_one AS INTEGER) END AS clear_days,
    CASE WHEN NOT is_hidden THEN reason IN ('RADIOLOGICAL PROGRESSION', 'DEATH') END AS event,
    CAST(event AS INTEGER) AS cause,
    CASE WHEN NOT is_hidden THEN reason END AS reason,
    CASE WHEN NOT is_hidden THEN cnsr END AS cnsr,
    CASE WHEN NOT is_hidden THEN source_table END AS source_table,
    CASE WHEN NOT is_hidden THEN decided_day END AS source_day,
    CASE WHEN NOT is_hidden THEN source_detail END AS source_detail,
    CASE
        WHEN is_hidden THEN 'what the scans showed is not in this scope'
        ELSE nullif(concat_ws(
            '; ',
            CASE WHEN NOT event AND suspected_day IS NOT NULL THEN 'progression suspected, not confirmed' END,
            CASE
                WHEN no_reading_day < coalesce(CASE WHEN event THEN decided_day END, no_reading_day + 1)
                    THEN 'reading of a scan not delivered'
            END
        ), '')
    END AS flag
FROM decided
LEFT JOIN reason_codes USING (reason)
ORDER BY subject_id
