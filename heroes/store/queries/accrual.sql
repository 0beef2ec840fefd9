-- How many patients took each step of accrual, week by week, and how many had by then?
--
-- Patients whose delivery has relative times only have no calendar week and are not counted here.
-- Parameters: $site (a site of the scope; none: all of them).
-- Columns: week (its Monday; weeks in which nobody took the step are absent), step (CONSENT1, INCLUDED, TX_STOP),
--   n, cumulative (patients, this week included); by step and week.
WITH
weekly AS (
    SELECT week, step, sum(n) AS n
    FROM accrual_week
    WHERE $site IS NULL OR site_id = $site
    GROUP BY week, step
)
SELECT
    week,
    step,
    CAST(n AS BIGINT) AS n,
    CAST(sum(n) OVER (PARTITION BY step ORDER BY week) AS BIGINT) AS cumulative
FROM weekly
ORDER BY step, week
