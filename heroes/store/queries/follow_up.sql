-- Until which day was each included patient followed?
--
-- Source: protocol. Follow-up ends with death; else with the first exit, or with a later record of the patient if there is one;
-- else it goes on at the cut-off; where the delivery has relative times only, it ends at the patient's last record.
-- Nothing after the cut-off is known.
-- Builds on: included_subjects, exits
-- Columns, one row per included patient:
--   subject_id
--   last_record_day   last visit, draw, scan, treatment day or step of the patient
--   end_day           end of follow-up
WITH
dated AS (
    SELECT subject_id, day FROM milestone
    UNION ALL
    SELECT subject_id, day FROM visit
    UNION ALL
    SELECT subject_id, collected_day FROM specimen
    UNION ALL
    SELECT subject_id, day FROM ctdna_result
    UNION ALL
    SELECT subject_id, day FROM response
    UNION ALL
    SELECT subject_id, start_day FROM treatment
    UNION ALL
    SELECT subject_id, end_day FROM treatment
),
last_record AS (
    SELECT subject_id, max(dated.day) AS last_record_day
    FROM dated
    JOIN included_subjects USING (subject_id)
    WHERE dated.day <= coalesce(cut_off_day, dated.day)
    GROUP BY subject_id
)
SELECT
    subject_id,
    last_record_day,
    CASE
        WHEN death_day IS NOT NULL THEN death_day
        WHEN exit_day IS NOT NULL THEN greatest(exit_day, last_record_day)
        ELSE coalesce(cut_off_day, last_record_day)
    END AS end_day
FROM included_subjects
JOIN exits USING (subject_id)
LEFT JOIN last_record USING (subject_id)
ORDER BY subject_id
