-- How many patients took each step of accrual, by site and week?
-- Columns: site_id, step (CONSENT1, INCLUDED, TX_STOP), week (its Monday), n.
-- Counted at the site on the day of the inclusion; a person who was screened again counts once, by the first such step.
-- Patients whose delivery has relative times only are not in it: their step has no calendar week.
WITH
    step AS (
        SELECT
            accrual_person.person_id,
            accrual_person.site_id,
            milestone.kind AS step,
            min(data_cut.cut_off - (subject.origin_to_cut_off_days - milestone.day)) AS day
        FROM milestone
        JOIN subject USING (subject_id)
        JOIN accrual_person USING (subject_id)
        CROSS JOIN data_cut
        WHERE milestone.kind IN ('CONSENT1', 'INCLUDED', 'TX_STOP')
            AND milestone.seq = 1
            AND subject.origin_to_cut_off_days IS NOT NULL
        GROUP BY ALL
    )
SELECT site_id, step, CAST(date_trunc('week', day) AS DATE) AS week, count(*) AS n
FROM step
GROUP BY ALL
ORDER BY ALL
