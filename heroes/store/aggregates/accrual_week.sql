-- How many patients took each step of accrual, by site and week?
-- Columns: site_id, step (CONSENT1, INCLUDED, TX_STOP), week (its Monday), n.
-- Patients whose delivery has relative times only are not in it: their step has no calendar week.
SELECT
    subject.site_id,
    milestone.kind AS step,
    CAST(date_trunc('week', data_cut.cut_off - (subject.origin_to_cut_off_days - milestone.day)) AS DATE) AS week,
    count(*) AS n
FROM milestone
JOIN subject USING (subject_id)
CROSS JOIN data_cut
WHERE milestone.kind IN ('CONSENT1', 'INCLUDED', 'TX_STOP')
    AND milestone.seq = 1
    AND subject.origin_to_cut_off_days IS NOT NULL
GROUP BY ALL
ORDER BY ALL
