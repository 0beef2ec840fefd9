-- From which day does each included patient's time run?
--
-- Source: protocol ($origin): INCLUDED, TX_STOP (first stop of anti-HER2 therapy) or BASELINE_DRAW (the last draw on or before
-- the inclusion, else the first after it). Where that step was not recorded, the inclusion.
-- $population: "included", or "stopped" for those whose treatment stop is recorded.
-- Builds on: included_subjects, first_positives
-- Parameters: $origin, $population.
-- Columns, one row per patient of the population:
--   subject_id, site_id, inclusion_day, cut_off_day
--   stop_day        first stop of therapy; null where none is recorded up to the cut-off
--   start_day       the origin
--   origin_source   the step that gave it: INCLUDED, TX_STOP or BASELINE_DRAW
--   is_recorded     the step asked for was recorded
WITH
stops AS (
    SELECT subject_id, min(milestone.day) AS stop_day
    FROM milestone
    JOIN included_subjects USING (subject_id)
    WHERE kind = 'TX_STOP' AND milestone.day <= coalesce(cut_off_day, milestone.day)
    GROUP BY subject_id
),
asked AS (
    SELECT
        included_subjects.*,
        stop_day,
        CASE $origin
            WHEN 'TX_STOP' THEN stop_day
            WHEN 'BASELINE_DRAW' THEN baseline_draw_day
            ELSE inclusion_day
        END AS recorded_day
    FROM included_subjects
    JOIN first_positives USING (subject_id)
    LEFT JOIN stops USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    inclusion_day,
    cut_off_day,
    stop_day,
    coalesce(recorded_day, inclusion_day) AS start_day,
    CASE WHEN recorded_day IS NULL THEN 'INCLUDED' ELSE $origin END AS origin_source,
    recorded_day IS NOT NULL AS is_recorded
FROM asked
WHERE $population <> 'stopped' OR stop_day IS NOT NULL
ORDER BY subject_id
