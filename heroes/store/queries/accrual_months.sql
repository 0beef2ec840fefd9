-- How many patients took each step of accrual in each calendar month?
--
-- Parameters: $site (a site of the scope; none: all of them).
-- Columns: month (its first day; months without anybody and without a plan are absent), step (CONSENT1, INCLUDED, TX_STOP), n,
--   planned (inclusions planned in that month by the sites' own plans, up to the month of the cut-off; null where there are none,
--   and for other steps); by step and month
WITH
counted AS (
    SELECT month, step, CAST(sum(n) AS BIGINT) AS n
    FROM accrual_month
    WHERE $site IS NULL OR site_id = $site
    GROUP BY month, step
),
planned AS (
    SELECT month, 'INCLUDED' AS step, sum(planned_inclusions) AS planned
    FROM site_plan
    WHERE ($site IS NULL OR site_id = $site) AND month <= (SELECT cut_off FROM data_cut)
    GROUP BY month
)
SELECT month, step, coalesce(n, 0) AS n, planned
FROM counted
FULL JOIN planned USING (month, step)
ORDER BY step, month
