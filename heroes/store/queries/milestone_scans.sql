-- Was the milestone scan of each patient due by the cut-off, and was one done in its window?
--
-- Source: protocol (origin, evaluator, milestone, scan window). The milestone is a whole day, as a planned scan is: the window
-- runs from floor($milestone_days) - window to floor($milestone_days) + window days after the origin, both days in it, counted
-- as time_days of time_to_event is. A scan counts when the evaluator could evaluate it, whatever it showed: a progression
-- found in the window is a scan. A scan outside the window, later ones too, and a progression found after the window do not
-- make up for the one that was not done.
-- Due: the window had closed by the cut-off, and the patient
--   - had not progressed before it opened (what the endpoint asks of the scan is then known), and
--   - was there to be scanned until it closed, or was scanned in it: whoever died, was lost, withdrew or discontinued up to its
--     last day without a scan is not due, for no scan can be asked of them (who was lost is told apart elsewhere). Completing the
--     study as planned within the window excuses nobody; before it opened it does.
-- Builds on: assessments, progressions, exits, origins
-- Parameters: $evaluator, $pd_confirmation, $holds_outcomes, $origin, $population, $milestone_days, $imaging_window, $aval_add_one.
-- Columns, one row per patient of the population:
--   subject_id
--   is_due     null where the delivery has relative times only, or this scope does not hold what the scans showed
--   has_scan   an evaluable scan lies in the window; null where this scope does not hold what the scans showed
WITH
windows AS (
    SELECT
        origins.subject_id,
        cut_off_day,
        start_day + CAST(floor($milestone_days) AS INTEGER) - CAST($aval_add_one AS INTEGER) AS planned_day,
        planned_day - coalesce($imaging_window, 0) AS opens,
        planned_day + coalesce($imaging_window, 0) AS closes,
        progression_day,
        is_hidden,
        least(death_day, CASE WHEN exit_kind <> 'COMPLETED' OR exit_day < opens THEN exit_day END) AS gone_day
    FROM origins
    JOIN progressions USING (subject_id)
    JOIN exits USING (subject_id)
),
scanned AS (
    SELECT DISTINCT subject_id
    FROM assessments
    JOIN windows USING (subject_id)
    WHERE evaluable AND day BETWEEN opens AND closes
),
judged AS (
    SELECT windows.*, scanned.subject_id IS NOT NULL AS is_scanned
    FROM windows
    LEFT JOIN scanned USING (subject_id)
)
SELECT
    subject_id,
    CASE
        WHEN cut_off_day IS NOT NULL AND NOT is_hidden
            THEN cut_off_day >= closes
                AND coalesce(progression_day >= opens, true)
                AND (is_scanned OR coalesce(gone_day > closes, true))
    END AS is_due,
    CASE WHEN NOT is_hidden THEN is_scanned END AS has_scan
FROM judged
ORDER BY subject_id
