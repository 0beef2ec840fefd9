-- How many patients took each step of accrual, by site and calendar month?
-- Columns: site_id, step (CONSENT1, INCLUDED, TX_STOP), month (its first day), n.
-- Patients whose delivery has relative times only are not in it: their step has no calendar month.
SELECT
    reached_step.site_id,
    reached_step.step,
    CAST(date_trunc('month', data_cut.cut_off - (subject.origin_to_cut_off_days - reached_step.day)) AS DATE) AS month,
    count(*) AS n
FROM reached_step
JOIN subject USING (subject_id)
CROSS JOIN data_cut
WHERE reached_step.step IN ('CONSENT1', 'INCLUDED', 'TX_STOP') AND subject.origin_to_cut_off_days IS NOT NULL
GROUP BY ALL
ORDER BY ALL
