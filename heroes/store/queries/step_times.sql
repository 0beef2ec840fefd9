-- How many days lie between the steps of screening, and how many patients are waiting at each?
--
-- Quartiles by linear interpolation (R's type 7). Waiting: patients still in screening whose last step on record is the
-- first of the two (a negative result waits for the second consent like any evaluable one).
-- Parameters: $site (a site of the scope; none: all of them).
-- Columns, by pair: from_step, to_step, pair_order, n (patients with both steps), median_days, q1_days, q3_days, longest_days,
--   n_waiting (null for a way of several steps)
WITH
each AS (
    SELECT from_step, to_step, pair_order, days
    FROM (SELECT *, unnest(range(CAST(n AS BIGINT))) FROM step_days WHERE $site IS NULL OR site_id = $site)
),
waiting AS (
    SELECT CASE step WHEN 'BASELINE_NEGATIVE' THEN 'BASELINE_RESULT' ELSE step END AS from_step, sum(n) AS n_waiting
    FROM screening_standing
    WHERE status = 'PENDING' AND ($site IS NULL OR site_id = $site)
    GROUP BY 1
)
SELECT
    each.from_step,
    to_step,
    pair_order,
    count(*) AS n,
    median(days) AS median_days,
    quantile_cont(days, 0.25) AS q1_days,
    quantile_cont(days, 0.75) AS q3_days,
    CAST(max(days) AS INTEGER) AS longest_days,
    CAST(CASE WHEN pair_order <= 6 THEN coalesce(n_waiting, 0) END AS BIGINT) AS n_waiting
FROM each
LEFT JOIN waiting USING (from_step)
GROUP BY each.from_step, to_step, pair_order, n_waiting
ORDER BY pair_order
