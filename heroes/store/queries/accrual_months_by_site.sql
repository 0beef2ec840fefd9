-- How many patients has each site included in each calendar month?
--
-- Columns: site_id, month (its first day; months without anybody are absent), n, cumulative (inclusions, this month included);
--   by site and month
SELECT
    site_id,
    month,
    CAST(sum(n) AS BIGINT) AS n,
    CAST(sum(sum(n)) OVER (PARTITION BY site_id ORDER BY month) AS BIGINT) AS cumulative
FROM accrual_month
WHERE step = 'INCLUDED'
GROUP BY site_id, month
ORDER BY site_id, month
