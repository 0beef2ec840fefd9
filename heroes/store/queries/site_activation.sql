-- How many sites were open by when, against how many were planned?
--
-- Planned: the first month of each site's own plan. A site counts from its activation to its closure.
-- Columns: day (a date), kind (OPEN: opened less closed; PLANNED), n (change on that day), cumulative; by kind and day
WITH
changes AS (
    SELECT activated_on AS day, 'OPEN' AS kind, 1 AS n FROM site CROSS JOIN data_cut WHERE activated_on <= cut_off
    UNION ALL
    SELECT closed_on, 'OPEN', -1 FROM site CROSS JOIN data_cut WHERE closed_on <= cut_off AND activated_on <= cut_off
    UNION ALL
    SELECT min(month), 'PLANNED', 1 FROM site_plan WHERE planned_inclusions > 0 GROUP BY site_id
)
SELECT
    day,
    kind,
    CAST(sum(n) AS BIGINT) AS n,
    CAST(sum(sum(n)) OVER (PARTITION BY kind ORDER BY day) AS BIGINT) AS cumulative
FROM changes
GROUP BY day, kind
ORDER BY kind, day
