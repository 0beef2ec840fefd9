-- How many included patients had which adverse event, by its worst grade, over all sites?
-- Columns: term (null: any event), n (patients), n_low (worst grade 1 or 2, or none given), n_high (worst grade 3 or 4).
-- Fatal events are not in it: deaths are closed. Neither are events that began before the inclusion. Reads the answer to
-- adverse_events.
WITH
counted AS (FROM answer WHERE coalesce(grade, 0) < 5 AND phase IS DISTINCT FROM 'BEFORE'),
worst AS (
    SELECT term, subject_id, max(coalesce(grade, 0)) AS grade FROM counted GROUP BY term, subject_id
    UNION ALL
    SELECT NULL, subject_id, max(coalesce(grade, 0)) FROM counted GROUP BY subject_id
)
SELECT term, count(*) AS n, count(*) FILTER (grade < 3) AS n_low, count(*) FILTER (grade >= 3) AS n_high
FROM worst
GROUP BY term
ORDER BY term NULLS FIRST
