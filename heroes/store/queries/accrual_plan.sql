-- How many inclusions were planned by when?
--
-- Source: the sites' monthly plans, added up at each month's end. Where none was delivered, for the whole trial, the protocol's
-- planned size on a straight line from its start to its end of inclusion; where that is not set either, no row.
-- Parameters: $site (a site of the scope; none: all of them), $accrual_start, $accrual_end, $planned_inclusions.
-- Columns: day (a date), planned (cumulative), basis ("site_plan" or "protocol linear"); by day. The first row is 0.
WITH
monthly AS (
    SELECT month, sum(planned_inclusions) AS planned
    FROM site_plan
    WHERE $site IS NULL OR site_id = $site
    GROUP BY month
),
by_site_plan AS (
    SELECT min(month) AS day, 0.0 AS planned FROM monthly HAVING count(*) > 0
    UNION ALL
    SELECT last_day(month), sum(planned) OVER (ORDER BY month) FROM monthly
),
by_protocol AS (
    SELECT CAST($accrual_start AS DATE) AS day, 0.0 AS planned
    UNION ALL
    SELECT CAST($accrual_end AS DATE), CAST($planned_inclusions AS DOUBLE)
)
SELECT day, CAST(planned AS DOUBLE) AS planned, 'site_plan' AS basis
FROM by_site_plan
UNION ALL
SELECT day, CAST(planned AS DOUBLE), 'protocol linear'
FROM by_protocol
WHERE NOT EXISTS (FROM site_plan)
  AND $site IS NULL
  AND CAST($accrual_start AS DATE) < CAST($accrual_end AS DATE)
  AND $planned_inclusions IS NOT NULL
ORDER BY day, planned
