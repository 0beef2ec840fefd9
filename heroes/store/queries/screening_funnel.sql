-- How many patients reached each step from first consent to treatment stopped?
--
-- Source: protocol (screening steps). A step that the delivery does not have is absent, not 0.
-- Parameters: $site (a site of the scope; none: all of them).
-- Columns, in the order of the steps: step, step_order, n (patients),
--   n_without_step_before (of these, those without a record of the last delivered step before it)
SELECT
    step,
    step_order,
    CAST(sum(n) AS BIGINT) AS n,
    CAST(sum(n_without_step_before) AS BIGINT) AS n_without_step_before
FROM funnel_step
WHERE $site IS NULL OR site_id = $site
GROUP BY step, step_order
ORDER BY step_order
