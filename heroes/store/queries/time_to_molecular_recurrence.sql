-- How long until ctDNA was found again in each included patient, and what came first where it was not?
--
-- Source: protocol (one positive test is enough; the day is that of the draw); ADTTE PARAMCD TTMR. Event: first positive draw
-- after the baseline. Progression and death without a positive before them compete. Progression and a positive draw on one day:
-- radiological progression with concurrent ctDNA. Censored at the last negative draw after the origin, not at the last contact.
-- Builds on: included_subjects, assessments, progressions, first_positives, origins, exits, reason_codes
-- Parameters: $origin, $population, $evaluator, $pd_confirmation, $holds_outcomes, $aval_add_one.
-- Columns: those of time_to_event; cause 0 censored, 1 molecular recurrence, 2 progression first, 3 death first;
--   clear_days: for a molecular recurrence the last negative draw before it, for a progression the last evaluable scan before it.
WITH
candidates AS (
    SELECT subject_id, progression_day AS day, 1 AS precedence, 2 AS cause, 'RADIOLOGICAL PROGRESSION' AS reason,
        'response' AS source_table, 'PD, ' || $evaluator AS source_detail
    FROM progressions
    UNION ALL
    SELECT subject_id, first_positive_day, 2, 1, 'CTDNA POSITIVE', 'ctdna_result', first_positive_result
    FROM first_positives
    UNION ALL
    SELECT subject_id, death_day, 3, 3, 'DEATH', 'milestone', 'DEATH'
    FROM exits
),
first_event AS (
    FROM candidates
    WHERE day IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY subject_id ORDER BY day, precedence) = 1
),
clear AS (
    SELECT subject_id, max(known.day) AS day
    FROM (
        SELECT subject_id, day, 1 AS cause FROM ctdna_result WHERE superseded_by IS NULL AND call = 'NEGATIVE'
        UNION ALL
        SELECT subject_id, day, 2 FROM assessments WHERE evaluable
    ) AS known
    JOIN first_event USING (subject_id, cause)
    WHERE known.day < first_event.day
    GROUP BY subject_id
),
decided AS (
    SELECT
        origins.*,
        is_hidden,
        no_reading_day,
        coalesce(first_event.cause, 0) AS cause,
        CASE WHEN last_negative_day > start_day THEN last_negative_day END AS test_day,
        coalesce(first_event.day, test_day, start_day) AS decided_day,
        CASE WHEN first_event.cause IN (1, 2) THEN coalesce(clear.day, start_day) ELSE decided_day END AS clear_day,
        CASE
            WHEN first_event.cause > 0 THEN first_event.reason
            WHEN test_day IS NULL THEN 'NO TEST AFTER ORIGIN'
            ELSE exit_reason
        END AS reason,
        CASE WHEN first_event.cause > 0 THEN first_event.source_table WHEN test_day IS NULL THEN 'milestone' ELSE 'ctdna_result' END
            AS source_table,
        CASE WHEN first_event.cause > 0 THEN first_event.source_detail WHEN test_day IS NULL THEN origin_source ELSE 'NEGATIVE' END
            AS source_detail,
        coalesce(first_event.cause = 2 AND first_event.day = first_positive_day, false) AS is_concurrent
    FROM origins
    JOIN progressions USING (subject_id)
    JOIN first_positives USING (subject_id)
    JOIN exits USING (subject_id)
    LEFT JOIN first_event USING (subject_id)
    LEFT JOIN clear USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    'TTMR' AS paramcd,
    start_day,
    CASE WHEN NOT is_hidden THEN greatest(decided_day, start_day) END AS end_day,
    CASE WHEN NOT is_hidden THEN greatest(decided_day, start_day) - start_day + CAST($aval_add_one AS INTEGER) END AS time_days,
    CASE WHEN NOT is_hidden THEN greatest(clear_day, start_day) - start_day + CAST($aval_add_one AS INTEGER) END AS clear_days,
    CASE WHEN NOT is_hidden THEN cause > 0 END AS event,
    CASE WHEN NOT is_hidden THEN cause END AS cause,
    CASE WHEN NOT is_hidden THEN reason END AS reason,
    CASE WHEN NOT is_hidden THEN cnsr END AS cnsr,
    CASE WHEN NOT is_hidden THEN source_table END AS source_table,
    CASE WHEN NOT is_hidden THEN decided_day END AS source_day,
    CASE WHEN NOT is_hidden THEN source_detail END AS source_detail,
    CASE WHEN is_hidden THEN 'what the scans showed is not in this scope' ELSE nullif(concat_ws(
        '; ',
        CASE WHEN NOT is_recorded THEN 'origin not recorded, inclusion used' END,
        CASE WHEN decided_day < start_day THEN 'end before origin set to origin' END,
        CASE WHEN is_concurrent THEN 'ctDNA positive on the day of progression' END,
        CASE
            WHEN no_reading_day > start_day
                AND no_reading_day < coalesce(CASE WHEN cause > 0 THEN decided_day END, no_reading_day + 1)
                THEN 'reading of a scan not delivered'
        END
    ), '') END AS flag
FROM decided
LEFT JOIN reason_codes USING (reason)
ORDER BY subject_id
