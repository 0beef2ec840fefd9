-- How many days lie between two steps of screening at each site?
--
-- Parameters: $from_step, $to_step (none: CONSENT1 and INCLUDED, the whole way).
-- Columns, one row per site with anybody who took both, longest median first: site_id, n, median_days, q1_days, q3_days
SELECT
    site_id,
    count(*) AS n,
    median(days) AS median_days,
    quantile_cont(days, 0.25) AS q1_days,
    quantile_cont(days, 0.75) AS q3_days
FROM (SELECT *, unnest(range(CAST(n AS BIGINT))) FROM step_days WHERE from_step = $from_step AND to_step = $to_step)
GROUP BY site_id
ORDER BY median_days DESC, site_id
