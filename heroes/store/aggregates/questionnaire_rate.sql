-- Which share of the questionnaires expected at each planned visit was filled in, over all sites?
-- Columns: instrument, visit_code, planned_day, percent (whole; null where fewer than $small_cell were expected).
-- The counts are left out: how many were expected tells how many are alive and still in the study. Reads the answer to
-- questionnaires_expected.
SELECT
    instrument,
    visit_code,
    planned_day,
    CASE
        WHEN count(*) >= $small_cell THEN CAST(round(100.0 * count(*) FILTER (status = 'DONE') / count(*)) AS INTEGER)
    END AS percent
FROM answer
WHERE status IN ('DONE', 'MISSED', 'NO_RECORD')
GROUP BY instrument, visit_code, planned_day
ORDER BY instrument, planned_day, visit_code
