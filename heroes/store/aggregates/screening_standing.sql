-- How many patients of each site stand at each step of screening, and are they included, out, or still on their way?
-- Columns: site_id, step (the last one reached up to the inclusion), step_order, status (INCLUDED, FAILED, PENDING, or UNKNOWN
--   where the delivery does not say), reason (why the screening failed), n.
-- A person who was screened again stands here under each code: these are screenings.
-- Source: screen_outcome; an inclusion on record is INCLUDED whatever it says; where nobody's outcome was delivered, a positive
-- baseline is FAILED, for that patient does not go on in the trial.
WITH
    last_step AS (
        SELECT
            subject_id,
            any_value(site_id) AS site_id,
            arg_max(step, step_order) AS step,
            max(step_order) AS step_order,
            bool_or(step = 'INCLUDED') AS is_included,
            bool_or(step = 'BASELINE_RESULT') AND NOT bool_or(step = 'BASELINE_NEGATIVE') AS is_positive
        FROM reached_step
        WHERE step_order <= 8
        GROUP BY subject_id
    ),
    stated AS (
        SELECT
            last_step.*,
            CASE
                WHEN is_included THEN 'INCLUDED'
                WHEN screen_outcome.status IS NOT NULL THEN screen_outcome.status
                WHEN is_positive AND NOT EXISTS (FROM screen_outcome) THEN 'FAILED'
                ELSE 'UNKNOWN'
            END AS status,
            CASE
                WHEN screen_outcome.status = 'FAILED' THEN screen_outcome.reason
                WHEN is_positive AND NOT EXISTS (FROM screen_outcome) THEN 'CTDNA_POSITIVE_BASELINE'
            END AS reason
        FROM last_step
        LEFT JOIN screen_outcome USING (subject_id)
    )
SELECT
    site_id,
    step,
    step_order,
    status,
    CASE WHEN status = 'FAILED' THEN reason END AS reason,
    count(*) AS n
FROM stated
GROUP BY ALL
ORDER BY ALL
