-- How much has each region included?
--
-- Builds on: enrolment_by_site
-- Columns, most first: region (null where none was delivered), n_sites, n_open (activated and not closed by the cut-off),
--   n_included, expected_by_now (null where nothing is expected of any of its sites)
SELECT
    region,
    count(*) AS n_sites,
    count(*) FILTER (
        days_since_activation IS NOT NULL AND (closed_on IS NULL OR closed_on > (SELECT cut_off FROM data_cut))
    ) AS n_open,
    CAST(coalesce(sum(n_included), 0) AS BIGINT) AS n_included,
    sum(expected_by_now) AS expected_by_now
FROM enrolment_by_site
GROUP BY region
ORDER BY n_included DESC, region NULLS LAST
