-- How many patients of all sites have which characteristic?
--
-- Counts of few patients are null for those who may not see all patients, and others where these could be worked out.
-- Columns, one row per population, characteristic and category: population (INCLUDED, or FAILED in screening), characteristic,
--   category (null: not recorded), place (order of the categories), n, n_total (patients of the
--   population)
FROM baseline_count
ORDER BY population DESC, characteristic, place, category
