-- How fast was accrual over the last three whole calendar months before the cut-off?
--
-- Whole months, for a patient's calendar time is counted by month: the month of the cut-off counts where it has ended.
-- Months before the first site opened do not count.
-- Parameters: $site (a site of the scope; none: all of them).
-- Columns, one row: n_months, n (inclusions in them), per_month, site_months (of sites open in them), per_site_month; the rates are
--   null where there is no time
WITH
span AS (
    SELECT
        greatest(
            date_trunc('month', cut_off + INTERVAL 1 DAY) - INTERVAL 3 MONTH,
            (SELECT date_trunc('month', min(activated_on)) FROM site WHERE $site IS NULL OR site_id = $site)
        ) AS from_day,
        date_trunc('month', cut_off + INTERVAL 1 DAY) AS to_day
    FROM data_cut
),
counted AS (
    SELECT sum(n) AS n
    FROM accrual_month, span
    WHERE step = 'INCLUDED' AND month >= from_day AND month < to_day AND ($site IS NULL OR site_id = $site)
),
open_time AS (
    SELECT
        sum(greatest(0, least(coalesce(closed_on, span.to_day), span.to_day) - greatest(activated_on, span.from_day))) / 30.4375
            AS site_months
    FROM site, (SELECT CAST(from_day AS DATE) AS from_day, CAST(to_day AS DATE) AS to_day FROM span) AS span
    WHERE activated_on IS NOT NULL AND ($site IS NULL OR site_id = $site)
)
SELECT
    CAST(greatest(0, date_diff('month', from_day, to_day)) AS INTEGER) AS n_months,
    CAST(coalesce(n, 0) AS BIGINT) AS n,
    CASE WHEN to_day > from_day THEN coalesce(n, 0) / CAST(date_diff('month', from_day, to_day) AS DOUBLE) END AS per_month,
    coalesce(site_months, 0) AS site_months,
    CASE WHEN site_months > 0 THEN coalesce(n, 0) / site_months END AS per_site_month
FROM span, counted, open_time
