-- How long could each patient have been followed by the cut-off, whatever was seen of them?
--
-- Source: protocol (origin, population). The calendar alone decides, never what happened: so it can say who counts at the
-- milestone without letting in early failures of patients who entered late.
-- Builds on: exits, origins
-- Parameters: $origin, $population, $aval_add_one.
-- Columns, one row per patient of the population, in the order of inclusion (one day: by subject code; unknown: last):
--   subject_id, site_id
--   potential_days   from the origin to the cut-off, counted as time_days of time_to_event is; null where the delivery has
--                    relative times only
--   has_left         died, or lost, withdrawn, completed or discontinued by the cut-off: nothing more is expected
SELECT
    subject_id,
    origins.site_id,
    CASE
        WHEN cut_off_day IS NOT NULL THEN greatest(cut_off_day - start_day, 0) + CAST($aval_add_one AS INTEGER)
    END AS potential_days,
    NOT is_ongoing AS has_left
FROM origins
JOIN exits USING (subject_id)
ORDER BY cut_off_day - inclusion_day DESC NULLS LAST, subject_id
