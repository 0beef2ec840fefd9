-- How many patients of each site reached each step of screening?
-- Columns: site_id, step, step_order, n, n_without_step_before (of these n, those who have no record of the last delivered step
--   before it; 0 at the first). A step that nobody in the whole delivery has is absent: it was not delivered.
-- Counted at the site on the day of the inclusion; a person who was screened again counts once, with what either code reached.
-- BASELINE_RESULT counts patients with an evaluable baseline call, BASELINE_NEGATIVE those whose last one is negative.
-- A baseline call is a current ctDNA result of a patient with a baseline draw or result, drawn no later than the
-- inclusion where there is one.
-- Source: the screening funnel, consent to treatment stopped.
WITH
    inclusion AS (SELECT subject_id, day FROM milestone WHERE kind = 'INCLUDED' AND seq = 1),
    baseline_call AS (
        SELECT
            result.subject_id,
            arg_max(result.call, (result.day, coalesce(result.resulted_day, result.day), result.result_id)) AS call
        FROM ctdna_result AS result
        LEFT JOIN inclusion USING (subject_id)
        WHERE result.superseded_by IS NULL
            AND result.call IN ('POSITIVE', 'NEGATIVE')
            AND (inclusion.day IS NULL OR result.day <= inclusion.day)
            AND result.subject_id IN (SELECT subject_id FROM milestone WHERE kind IN ('BASELINE_DRAW', 'BASELINE_RESULT'))
        GROUP BY result.subject_id
    ),
    reached_by_code AS (
        SELECT subject_id, kind AS step FROM milestone WHERE kind <> 'BASELINE_RESULT' AND seq = 1
        UNION ALL
        SELECT subject_id, 'BASELINE_RESULT' FROM baseline_call
        UNION ALL
        SELECT subject_id, 'BASELINE_NEGATIVE' FROM baseline_call WHERE call = 'NEGATIVE'
    ),
    reached AS (SELECT DISTINCT person_id, step FROM reached_by_code JOIN accrual_person USING (subject_id)),
    person AS (SELECT DISTINCT person_id, site_id FROM accrual_person),
    funnel (step, step_order) AS (
        VALUES
            ('CONSENT1', 1), ('TISSUE_SENT', 2), ('ASSAY_READY', 3), ('BASELINE_DRAW', 4), ('BASELINE_RESULT', 5),
            ('BASELINE_NEGATIVE', 6), ('CONSENT2', 7), ('INCLUDED', 8), ('TX_STOP', 9)
    ),
    delivered AS (
        SELECT step, step_order, lag(step) OVER (ORDER BY step_order) AS step_before
        FROM funnel
        WHERE step IN (SELECT step FROM reached)
    )
SELECT
    site.site_id,
    delivered.step,
    delivered.step_order,
    count(reached.step) AS n,
    count(reached.step) FILTER (step_before IS NOT NULL AND reached_before.step IS NULL) AS n_without_step_before
FROM site
CROSS JOIN delivered
LEFT JOIN person ON person.site_id = site.site_id
LEFT JOIN reached ON reached.person_id = person.person_id AND reached.step = delivered.step
LEFT JOIN reached AS reached_before
    ON reached_before.person_id = person.person_id AND reached_before.step = delivered.step_before
GROUP BY ALL
ORDER BY delivered.step_order, site.site_id
