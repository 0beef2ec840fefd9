-- How many patients had each site included, week by week after its activation?
--
-- Week 0 is the calendar week of the activation. An inclusion in an earlier week has a negative one: it is shown, not mended.
-- Sites whose activation was not delivered, and patients with relative times only, are not in it.
-- Columns: site_id, weeks_since_activation, n, cumulative (inclusions, this week included); by site and week.
WITH
weekly AS (
    SELECT
        site_id,
        date_diff('day', CAST(date_trunc('week', activated_on) AS DATE), week) // 7 AS weeks_since_activation,
        sum(n) AS n
    FROM accrual_week
    JOIN site USING (site_id)
    WHERE step = 'INCLUDED' AND activated_on IS NOT NULL
    GROUP BY ALL
)
SELECT
    site_id,
    CAST(weeks_since_activation AS INTEGER) AS weeks_since_activation,
    CAST(n AS BIGINT) AS n,
    CAST(sum(n) OVER (PARTITION BY site_id ORDER BY weeks_since_activation) AS BIGINT) AS cumulative
FROM weekly
ORDER BY site_id, weeks_since_activation
