-- How many patients took each step of accrual, by site and calendar month?
-- Columns: site_id, step (CONSENT1, INCLUDED, TX_STOP), month (its first day), n.
-- A person who was screened again counts once, by the first such step.
-- Patients whose delivery has relative times only are not in it: their step has no calendar month.
WITH
    taken AS (
        SELECT
            reached_step.person_id,
            reached_step.site_id,
            reached_step.step,
            min(data_cut.cut_off - (subject.origin_to_cut_off_days - reached_step.day)) AS day
        FROM reached_step
        JOIN subject USING (subject_id)
        CROSS JOIN data_cut
        WHERE reached_step.step IN ('CONSENT1', 'INCLUDED', 'TX_STOP') AND subject.origin_to_cut_off_days IS NOT NULL
        GROUP BY ALL
    )
SELECT site_id, step, CAST(date_trunc('month', day) AS DATE) AS month, count(*) AS n
FROM taken
GROUP BY ALL
ORDER BY ALL
