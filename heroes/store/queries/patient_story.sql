-- What is recorded of one patient, in order?
--
-- Every record with its table, superseded results and readings of every evaluator included. Lesions and delivered times have
-- questions of their own. Nothing is counted or judged here. What the scope does not hold of a scan is left out of its detail.
-- Parameters: $subject.
-- Columns, by day (records without a day come where the plan puts them, else last):
--   subject_id
--   day      day of the record; null for a visit that was missed
--   what     milestone kind; VISIT_DONE, VISIT_MISSED, VISIT_UNPLANNED; DRAW, DRAW_RECEIVED; CTDNA_POSITIVE, CTDNA_NEGATIVE,
--            CTDNA_NOT_EVALUABLE; SCAN; TREATMENT_START, TREATMENT_END
--   detail   codes and quantities of the record, separated by commas; null where there are none
--   source   table of the record
WITH
records AS (
    SELECT
        day,
        kind AS what,
        CASE WHEN seq > 1 THEN '#' || seq END AS detail,
        'milestone' AS source,
        1 AS source_order,
        day AS sort_day
    FROM milestone
    WHERE subject_id = $subject
    UNION ALL
    SELECT day, 'VISIT_' || status, visit_code, 'visit', 2, coalesce(day, planned_day)
    FROM visit
    LEFT JOIN visit_plan USING (visit_code)
    WHERE subject_id = $subject
    UNION ALL
    SELECT collected_day, 'DRAW', visit_code, 'specimen', 3, collected_day
    FROM specimen
    WHERE subject_id = $subject
    UNION ALL
    SELECT received_day, 'DRAW_RECEIVED', visit_code, 'specimen', 3, received_day
    FROM specimen
    WHERE subject_id = $subject AND received_day IS NOT NULL
    UNION ALL
    SELECT
        day,
        'CTDNA_' || call,
        nullif(concat_ws(
            ', ',
            visit_code,
            CASE WHEN quantity IS NOT NULL THEN concat_ws(' ', nullif(qualifier, '='), quantity, unit) END,
            variants_detected || '/' || variants_tracked,
            failure_reason,
            CASE WHEN amended THEN 'amended' END,
            CASE WHEN superseded_by IS NOT NULL THEN 'superseded' END
        ), ''),
        'ctdna_result',
        4,
        day
    FROM ctdna_result
    WHERE subject_id = $subject
    UNION ALL
    SELECT
        day,
        'SCAN',
        concat_ws(
            ', ',
            overall,
            CASE WHEN equivocal THEN 'equivocal' END,
            CASE WHEN NOT evaluable AND overall IS DISTINCT FROM 'NE' THEN 'not evaluable' END,
            CASE WHEN new_lesion THEN 'new lesion' END,
            criteria,
            evaluator
        ),
        'response',
        5,
        day
    FROM response
    WHERE subject_id = $subject
    UNION ALL
    SELECT start_day, 'TREATMENT_START', concat_ws(', ', agent_class, reason), 'treatment', 6, start_day
    FROM treatment
    WHERE subject_id = $subject
    UNION ALL
    SELECT end_day, 'TREATMENT_END', concat_ws(', ', agent_class, reason), 'treatment', 6, end_day
    FROM treatment
    WHERE subject_id = $subject AND end_day IS NOT NULL
)
SELECT $subject AS subject_id, day, what, detail, source
FROM records
ORDER BY sort_day NULLS LAST, source_order, what, detail
