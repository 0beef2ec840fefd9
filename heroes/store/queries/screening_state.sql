-- How many patients stand at each step of screening, included, out or still on their way?
--
-- Parameters: $site (a site of the scope; none: all of them).
-- Columns: step (the last one reached), step_order, status (INCLUDED, FAILED, PENDING, UNKNOWN), n; by step and status
SELECT step, step_order, status, CAST(sum(n) AS BIGINT) AS n
FROM screening_standing
WHERE $site IS NULL OR site_id = $site
GROUP BY step, step_order, status
ORDER BY step_order, status
