-- How many of the included patients are in second line or later?
-- Columns, one row for the whole trial: n_included, n_known (of these, patients whose line was delivered), n_line_ge2.
-- Source: protocol (second line or later is capped at a share of the population).
SELECT
    count(*) AS n_included,
    count(coalesce(line_ge2, line_of_therapy >= 2)) AS n_known,
    count(*) FILTER (coalesce(line_ge2, line_of_therapy >= 2)) AS n_line_ge2
FROM subject
WHERE subject_id IN (SELECT subject_id FROM milestone WHERE kind = 'INCLUDED')
