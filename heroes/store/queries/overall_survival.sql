-- How long did each included patient live, and if alive, until when is that known?
--
-- Source: protocol (origin); ADTTE PARAMCD OS. Event: death from any cause. Censored on the last day known alive.
-- Builds on: included_subjects, first_positives, origins, exits, last_contacts, reason_codes
-- Parameters: $origin, $population, $aval_add_one.
-- Columns: those of time_to_event; cause 0 censored, 1 death.
WITH
decided AS (
    SELECT
        origins.*,
        death_day IS NOT NULL AS has_event,
        coalesce(death_day, contact_day) AS decided_day,
        CASE
            WHEN has_event THEN 'DEATH'
            ELSE exit_reason
        END AS reason,
        CASE WHEN has_event THEN 'milestone' ELSE contact_source END AS source_table,
        CASE WHEN has_event THEN 'DEATH' ELSE contact_detail END AS source_detail
    FROM origins
    JOIN exits USING (subject_id)
    JOIN last_contacts USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    'OS' AS paramcd,
    start_day,
    greatest(decided_day, start_day) AS end_day,
    greatest(decided_day, start_day) - start_day + CAST($aval_add_one AS INTEGER) AS time_days,
    time_days AS clear_days,
    has_event AS event,
    CAST(has_event AS INTEGER) AS cause,
    reason,
    cnsr,
    source_table,
    decided_day AS source_day,
    source_detail,
    nullif(concat_ws(
        '; ',
        CASE WHEN NOT is_recorded THEN 'origin not recorded, inclusion used' END,
        CASE WHEN decided_day < start_day THEN 'end before origin set to origin' END
    ), '') AS flag
FROM decided
LEFT JOIN reason_codes USING (reason)
ORDER BY subject_id
