-- How many patients reached each step from first consent to treatment stopped?
--
-- Source: protocol (screening steps). A step that the delivery does not have is absent, not 0.
-- Parameters: $site (a site of the scope; none: all of them).
-- Columns: step, step_order, n (patients); in the order of the steps.
SELECT step, step_order, CAST(sum(n) AS BIGINT) AS n
FROM funnel_step
WHERE $site IS NULL OR site_id = $site
GROUP BY step, step_order
ORDER BY step_order
