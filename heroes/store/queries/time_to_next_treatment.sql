-- How long until each included patient needed a new regimen, or died?
--
-- Source: protocol (origin); ADTTE PARAMCD TTNT. Event: start of a new treatment, not a resumption of the prior one, or death;
-- both on one day: the treatment. Censored on the last day known alive.
-- Builds on: therapy_changes, origins, exits, last_contacts, reason_codes
-- Parameters: $origin, $population, $evaluator, $pd_confirmation, $holds_outcomes, $aval_add_one.
-- Columns: those of time_to_event; cause 0 censored, 1 new regimen, 2 death before one.
WITH
new_regimens AS (
    SELECT subject_id, min({'day': day, 'source_table': source_table}) AS first_new
    FROM therapy_changes
    WHERE change = 'NEW'
    GROUP BY subject_id
),
decided AS (
    SELECT
        origins.*,
        CASE WHEN first_new.day <= coalesce(death_day, first_new.day) THEN 1 WHEN death_day IS NOT NULL THEN 2 ELSE 0 END AS cause,
        CASE cause WHEN 1 THEN first_new.day WHEN 2 THEN death_day ELSE contact_day END AS decided_day,
        CASE
            WHEN cause = 1 THEN 'NEW REGIMEN'
            WHEN cause = 2 THEN 'DEATH'
            ELSE exit_reason
        END AS reason,
        CASE cause WHEN 1 THEN first_new.source_table WHEN 2 THEN 'milestone' ELSE contact_source END AS source_table,
        CASE cause WHEN 1 THEN 'NEW' WHEN 2 THEN 'DEATH' ELSE contact_detail END AS source_detail
    FROM origins
    JOIN exits USING (subject_id)
    JOIN last_contacts USING (subject_id)
    LEFT JOIN new_regimens USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    'TTNT' AS paramcd,
    start_day,
    greatest(decided_day, start_day) AS end_day,
    greatest(decided_day, start_day) - start_day + CAST($aval_add_one AS INTEGER) AS time_days,
    time_days AS clear_days,
    cause > 0 AS event,
    cause,
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
