-- How many patients does this scope count, and at how many sites?
--
-- Columns, one row: n_sites, n_consented, n_included, n_stopped (patients; null where the whole delivery does not say).
SELECT
    count(*) AS n_sites,
    CAST(sum(n_consented) AS BIGINT) AS n_consented,
    CAST(coalesce(sum(n_included), 0) AS BIGINT) AS n_included,
    CAST(sum(n_stopped) AS BIGINT) AS n_stopped
FROM site_status
