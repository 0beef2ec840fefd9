-- How many inclusions had each site planned by the end of each month?
--
-- Source: the site's own monthly plan, up to the month of the cut-off.
-- Columns: site_id, month (its first day), planned (cumulative, this month included); by site and month
SELECT
    site_id,
    month,
    CAST(sum(planned_inclusions) OVER (PARTITION BY site_id ORDER BY month) AS DOUBLE) AS planned
FROM site_plan
WHERE month <= (SELECT cut_off FROM data_cut)
ORDER BY site_id, month
