-- How long did each included patient live without anti-HER2 therapy after the stop?
--
-- Source: protocol (therapy stops, and is resumed for a positive ctDNA or at progression); ADTTE PARAMCD TFI. The interval runs
-- from the first stop of therapy, whatever the origin of other times. Event: first resumption or new treatment from that day on,
-- or death; both on one day: the treatment. Censored on the last day known alive. A patient without a stop has no such interval:
-- censored at the origin.
-- Builds on: therapy_changes, origins, exits, last_contacts, reason_codes
-- Parameters: $origin, $population, $evaluator, $pd_confirmation, $holds_outcomes, $aval_add_one.
-- Columns: those of time_to_event; start_day is the stop; cause 0 censored, 1 therapy restarted, 2 death before it.
WITH
stops AS (
    SELECT subject_id, min({'day': day, 'source_table': source_table}) AS stop
    FROM therapy_changes
    WHERE change = 'STOP'
    GROUP BY subject_id
),
restarts AS (
    SELECT
        subject_id,
        min({'day': therapy_changes.day, 'source_table': source_table, 'change': change, 'trigger': trigger}) AS first_restart
    FROM therapy_changes
    JOIN stops USING (subject_id)
    WHERE change <> 'STOP' AND therapy_changes.day >= stop.day
    GROUP BY subject_id
),
decided AS (
    SELECT
        origins.* EXCLUDE (start_day),
        coalesce(stop.day, start_day) AS start_day,
        stop IS NULL AS is_not_stopped,
        CASE
            WHEN is_not_stopped THEN 0
            WHEN first_restart.day <= coalesce(death_day, first_restart.day) THEN 1
            WHEN death_day IS NOT NULL THEN 2
            ELSE 0
        END AS cause,
        CASE
            WHEN is_not_stopped THEN origins.start_day
            WHEN cause = 1 THEN first_restart.day
            WHEN cause = 2 THEN death_day
            ELSE contact_day
        END AS decided_day,
        CASE
            WHEN is_not_stopped THEN 'THERAPY NOT STOPPED'
            WHEN cause = 1 THEN 'RESTART OF THERAPY'
            WHEN cause = 2 THEN 'DEATH'
            ELSE exit_reason
        END AS reason,
        CASE
            WHEN is_not_stopped OR cause = 2 THEN 'milestone'
            WHEN cause = 1 THEN first_restart.source_table
            ELSE contact_source
        END AS source_table,
        CASE
            WHEN is_not_stopped THEN origin_source
            WHEN cause = 1 THEN concat_ws(', ', first_restart.change, first_restart.trigger)
            WHEN cause = 2 THEN 'DEATH'
            ELSE contact_detail
        END AS source_detail
    FROM origins
    JOIN exits USING (subject_id)
    JOIN last_contacts USING (subject_id)
    LEFT JOIN stops USING (subject_id)
    LEFT JOIN restarts USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    'TFI' AS paramcd,
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
    CASE WHEN decided_day < start_day THEN 'end before origin set to origin' END AS flag
FROM decided
LEFT JOIN reason_codes USING (reason)
ORDER BY subject_id
