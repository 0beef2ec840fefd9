-- Which step of screening did each patient reach, when, and at which site?
-- Columns: subject_id, person_id, site_id (both as in accrual_person: the site on the day of the inclusion), step, step_order,
--   day (from the patient's day 0).
-- Patients: it serves the aggregates below and is let go before anybody can ask.
-- BASELINE_RESULT is an evaluable baseline call, BASELINE_NEGATIVE a negative one, as in the screening funnel; their day is
-- that on which the result was returned, where it was delivered.
WITH
    inclusion AS (SELECT subject_id, day FROM milestone WHERE kind = 'INCLUDED' AND seq = 1),
    returned AS (SELECT subject_id, max(day) AS day FROM milestone WHERE kind = 'BASELINE_RESULT' GROUP BY subject_id),
    baseline_call AS (
        SELECT
            result.subject_id,
            arg_max(result.call, (result.day, coalesce(result.resulted_day, result.day), result.result_id)) AS call,
            arg_max_null(  -- a result whose day was not delivered does not borrow that of an earlier one
                coalesce(result.resulted_day, returned.day), (result.day, coalesce(result.resulted_day, result.day), result.result_id)
            ) AS day
        FROM ctdna_result AS result
        LEFT JOIN inclusion USING (subject_id)
        LEFT JOIN returned ON returned.subject_id = result.subject_id
        WHERE result.superseded_by IS NULL
            AND result.call IN ('POSITIVE', 'NEGATIVE')
            AND (inclusion.day IS NULL OR result.day <= inclusion.day)
            AND result.subject_id IN (SELECT subject_id FROM milestone WHERE kind IN ('BASELINE_DRAW', 'BASELINE_RESULT'))
        GROUP BY result.subject_id
    ),
    reached AS (
        SELECT subject_id, kind AS step, day FROM milestone WHERE kind <> 'BASELINE_RESULT' AND seq = 1
        UNION ALL
        SELECT subject_id, 'BASELINE_RESULT', day FROM baseline_call
        UNION ALL
        SELECT subject_id, 'BASELINE_NEGATIVE', day FROM baseline_call WHERE call = 'NEGATIVE'
    ),
    steps (step, step_order) AS (
        VALUES
            ('CONSENT1', 1), ('TISSUE_SENT', 2), ('ASSAY_READY', 3), ('BASELINE_DRAW', 4), ('BASELINE_RESULT', 5),
            ('BASELINE_NEGATIVE', 6), ('CONSENT2', 7), ('INCLUDED', 8), ('TX_STOP', 9)
    )
SELECT
    accrual_person.subject_id,
    accrual_person.person_id,
    accrual_person.site_id,
    steps.step,
    steps.step_order,
    reached.day
FROM reached
JOIN steps USING (step)
JOIN accrual_person USING (subject_id)
