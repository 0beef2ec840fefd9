-- Which included patients died, when, and what was known of them before?
--
-- Builds on: included_subjects, progressions, first_positives, therapy_changes, exits, follow_up, status_spans
-- Parameters: $evaluator, $pd_confirmation.
-- Columns, one row per death by the cut-off:
--   subject_id, site_id
--   day                  of the death
--   days_since           from the death to the cut-off; null where times are relative only
--   phase                therapy on the day before
--   first_positive_day   first positive ctDNA after the baseline; null where there was none
--   progression_day      null where none was counted before
--   restart_day          first resumption or new treatment before; null where there was none
WITH
in_phase AS (
    SELECT
        exits.subject_id,
        coalesce(arg_max(phase, start_day) FILTER (start_day < death_day), arg_min(phase, start_day)) AS phase
    FROM exits
    JOIN status_spans USING (subject_id)
    WHERE death_day IS NOT NULL
    GROUP BY exits.subject_id
),
restarts AS (
    SELECT subject_id, min(day) AS restart_day FROM therapy_changes WHERE change <> 'STOP' GROUP BY subject_id
)
SELECT
    subject_id,
    site_id,
    death_day AS day,
    cut_off_day - death_day AS days_since,
    phase,
    CASE WHEN first_positive_day <= death_day THEN first_positive_day END AS first_positive_day,
    CASE WHEN progression_day <= death_day THEN progression_day END AS progression_day,
    CASE WHEN restart_day <= death_day THEN restart_day END AS restart_day
FROM exits
JOIN included_subjects USING (subject_id)
JOIN progressions USING (subject_id)
JOIN first_positives USING (subject_id)
LEFT JOIN in_phase USING (subject_id)
LEFT JOIN restarts USING (subject_id)
WHERE death_day IS NOT NULL
ORDER BY subject_id
