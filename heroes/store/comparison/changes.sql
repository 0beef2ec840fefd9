-- What became of each record between two data cuts, in words of the trial: one row per record that came or went, one per changed
-- cell, and one per event (positive ctDNA, progression that counts or is suspected) that came, went or moved.
--
-- Reads `difference` (rows and cells that differ), the tables of both cuts (`before`, `after`; days on the newer day 0),
-- `old_event` and `new_event`. Of a patient who is new or gone, only events, results and queries are listed beside it.
-- Parameter: $cut_off of the newer cut.
-- Columns: subject_id, site_id, kind, event, table_name, record, what, old_code, new_code, old_day, new_day, moved_days,
--   old_month, new_month (first day of the calendar month; null where the delivery has relative times only).
WITH
replaced AS (
    SELECT superseded_by AS key, last(call ORDER BY result_id) AS call
    FROM after.ctdna_result
    WHERE superseded_by IS NOT NULL
    GROUP BY superseded_by
),
result AS (
    SELECT
        difference.* REPLACE (
            CASE
                WHEN state = 'ADDED' AND earlier_successor.result_id IS NOT NULL THEN mine.call
                WHEN state = 'ADDED' THEN replaced.call
                WHEN column_name = 'superseded_by' THEN mine.call
                ELSE old_code
            END AS old_code,
            CASE
                WHEN state = 'ADDED' AND earlier_successor.result_id IS NOT NULL THEN NULL
                WHEN column_name = 'superseded_by' THEN NULL
                ELSE new_code
            END AS new_code
        ),
        CASE
            WHEN state = 'REMOVED' THEN 'REMOVED_RESULT'
            WHEN state = 'ADDED' AND earlier_successor.result_id IS NOT NULL THEN 'SUPERSEDED_RESULT'
            WHEN state = 'ADDED' AND replaced.call IS NULL THEN 'NEW_RESULT'
            WHEN state = 'ADDED'
                THEN CASE
                    WHEN replaced.call <> new_code AND 'NOT_EVALUABLE' NOT IN (replaced.call, new_code) THEN 'REVERSED_RESULT'
                    ELSE 'AMENDED_RESULT'
                END
            WHEN column_name = 'superseded_by' AND difference.old_code IS NULL THEN 'SUPERSEDED_RESULT'
            WHEN column_name = 'call' AND 'NOT_EVALUABLE' NOT IN (difference.old_code, difference.new_code) THEN 'REVERSED_RESULT'
            WHEN is_day AND old_day IS NOT NULL AND new_day IS NOT NULL THEN 'MOVED_DATE'
            ELSE 'AMENDED_RESULT'
        END AS kind
    FROM difference
    LEFT JOIN after.ctdna_result AS mine ON mine.result_id = difference.key
    LEFT JOIN before.ctdna_result AS earlier_successor ON earlier_successor.result_id = mine.superseded_by
    LEFT JOIN replaced ON replaced.key = difference.key
    WHERE table_name = 'ctdna_result'
),
recounted AS (
    SELECT subject_id FROM difference WHERE table_name = 'subject' AND column_name = 'origin_kind'
),
patient AS (
    SELECT
        difference.* REPLACE (
            CASE WHEN column_name = 'origin_to_cut_off_days' THEN NULL ELSE old_code END AS old_code,
            CASE WHEN column_name = 'origin_to_cut_off_days' THEN NULL ELSE new_code END AS new_code,
            CASE WHEN column_name = 'origin_to_cut_off_days' THEN TRY_CAST(new_code AS INTEGER) - TRY_CAST(old_code AS INTEGER) END AS old_day,
            CASE WHEN column_name = 'origin_to_cut_off_days' AND old_code IS NOT NULL AND new_code IS NOT NULL THEN 0 END AS new_day
        ),
        CASE
            WHEN state = 'ADDED' THEN 'NEW_PATIENT'
            WHEN state = 'REMOVED' THEN 'VANISHED_PATIENT'
            WHEN column_name = 'site_id' THEN 'SITE_MOVED'
            WHEN column_name = 'origin_kind' THEN 'ORIGIN_CHANGED'
            WHEN column_name = 'origin_to_cut_off_days' AND old_code IS NOT NULL AND new_code IS NOT NULL THEN 'ORIGIN_MOVED'
            ELSE 'AMENDED_RECORD'
        END AS kind
    FROM difference
    WHERE table_name = 'subject'
        AND NOT (column_name IS NOT DISTINCT FROM 'origin_to_cut_off_days' AND subject_id IN (FROM recounted))
),
query_state AS (
    SELECT DISTINCT record FROM difference WHERE table_name = 'query_item' AND column_name = 'state'
),
query AS (
    SELECT
        difference.*,
        CASE
            WHEN state = 'ADDED' THEN 'NEW_QUERY'
            WHEN state = 'CHANGED' AND column_name = 'state'
                THEN CASE
                    WHEN new_code IN ('Closed', 'Cancelled', 'Resolved') THEN 'CLOSED_QUERY'
                    WHEN old_code IN ('Closed', 'Cancelled', 'Resolved', 'Answered') AND new_code IN ('Open', 'Candidate') THEN 'REOPENED_QUERY'
                    WHEN new_code = 'Answered' THEN 'ANSWERED_QUERY'
                    ELSE 'AMENDED_RECORD'
                END
            WHEN state = 'REMOVED' THEN 'REMOVED_RECORD'
            WHEN is_day AND old_day IS NOT NULL AND new_day IS NOT NULL THEN 'MOVED_DATE'
            ELSE 'AMENDED_RECORD'
        END AS kind
    FROM difference
    WHERE table_name = 'query_item'
        -- The day of an answer or a closure comes with the new state.
        AND NOT (coalesce(column_name IN ('answered_day', 'closed_day'), false) AND record IN (FROM query_state))
),
other AS (
    SELECT
        difference.*,
        CASE
            WHEN table_name = 'milestone' AND record = 'LAST_ALIVE' AND state <> 'REMOVED' AND new_day >= coalesce(old_day, new_day)
                THEN 'LATER_CONTACT'
            WHEN table_name = 'milestone' AND record IN (FROM event_step) AND state = 'ADDED' THEN 'NEW_EVENT'
            WHEN table_name = 'milestone' AND record IN (FROM event_step) AND state = 'REMOVED' THEN 'EVENT_WITHDRAWN'
            WHEN state = 'ADDED' THEN 'NEW_RECORD'
            WHEN state = 'REMOVED' THEN 'REMOVED_RECORD'
            -- A delivered time that grew is follow-up, not a corrected date.
            WHEN is_day AND old_day IS NOT NULL AND new_day IS NOT NULL AND table_name <> 'tte' THEN 'MOVED_DATE'
            ELSE 'AMENDED_RECORD'
        END AS kind
    FROM difference
    WHERE table_name NOT IN ('subject', 'ctdna_result', 'query_item')
),
listed AS (
    SELECT
        subject_id,
        site_id,
        kind,
        CASE WHEN table_name = 'milestone' AND record IN (FROM event_step) THEN record END AS event,
        table_name,
        record,
        column_name AS what,
        old_code,
        new_code,
        old_day,
        new_day
    FROM (FROM patient UNION ALL FROM result UNION ALL FROM query UNION ALL FROM other)
    WHERE NOT (
        kind IN ('NEW_RECORD', 'REMOVED_RECORD', 'LATER_CONTACT')
        AND coalesce(subject_id IN (SELECT subject_id FROM patient WHERE kind IN ('NEW_PATIENT', 'VANISHED_PATIENT')), false)
    )
    UNION ALL
    SELECT
        subject_id,
        NULL,
        CASE WHEN old.day IS NULL THEN 'NEW_EVENT' WHEN new.day IS NULL THEN 'EVENT_WITHDRAWN' ELSE 'MOVED_DATE' END,
        event,
        CASE WHEN event LIKE 'PROGRESSION%' THEN 'response' ELSE 'ctdna_result' END,
        coalesce(new.record, old.record),
        NULL,
        NULL,
        NULL,
        old.day,
        new.day
    FROM old_event AS old
    FULL JOIN new_event AS new USING (subject_id, event, key)
    WHERE old.day IS DISTINCT FROM new.day
    UNION ALL
    -- Patients whom this scope followed and another site follows now: only that they left.
    SELECT subject_id, site_id, 'SITE_MOVED', NULL, 'subject', NULL, 'site_id', site_id, NULL, NULL, NULL
    FROM left_scope
)
SELECT
    listed.subject_id,
    coalesce(new_patient.site_id, old_patient.site_id, listed.site_id) AS site_id,
    kind,
    event,
    table_name,
    record,
    what,
    old_code,
    new_code,
    old_day,
    new_day,
    new_day - old_day AS moved_days,
    CAST(date_trunc('month', CASE
        WHEN old_patient.origin_to_cut_off_days IS NOT NULL
            THEN CAST($cut_off AS DATE) - coalesce(new_patient.origin_to_cut_off_days, old_patient.origin_to_cut_off_days) + old_day
    END) AS DATE) AS old_month,
    CAST(date_trunc('month', CAST($cut_off AS DATE) - new_patient.origin_to_cut_off_days + new_day) AS DATE) AS new_month
FROM listed
LEFT JOIN before.subject AS old_patient ON old_patient.subject_id = listed.subject_id
LEFT JOIN after.subject AS new_patient ON new_patient.subject_id = listed.subject_id
ORDER BY site_id, subject_id, table_name, coalesce(new_day, old_day), record, what, kind, old_code, new_code, old_day, new_day
