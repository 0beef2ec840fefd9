-- How are age and months on anti-HER2 therapy spread, over all sites?
-- Columns: population, characteristic, n_known, n_missing (patients), median, lower_quartile, upper_quartile, least, greatest.
-- Where small cells are hidden, quartiles need twice as many patients, and the least and greatest value, which are single
-- patients', are left out. Reads the answer to patient_characteristics.
WITH
long AS (
    SELECT population, 'age_y' AS characteristic, CAST(age_y AS DOUBLE) AS measure FROM answer
    UNION ALL
    SELECT population, 'months_on_anti_her2', months_on_anti_her2 FROM answer
)
SELECT
    population,
    characteristic,
    count(measure) AS n_known,
    count(*) - count(measure) AS n_missing,
    CASE WHEN $small_cell = 1 OR n_known >= 2 * $small_cell THEN quantile_cont(measure, 0.5) END AS median,
    CASE WHEN $small_cell = 1 OR n_known >= 2 * $small_cell THEN quantile_cont(measure, 0.25) END AS lower_quartile,
    CASE WHEN $small_cell = 1 OR n_known >= 2 * $small_cell THEN quantile_cont(measure, 0.75) END AS upper_quartile,
    CASE WHEN $small_cell = 1 THEN min(measure) END AS least,
    CASE WHEN $small_cell = 1 THEN max(measure) END AS greatest
FROM long
GROUP BY population, characteristic
ORDER BY population, characteristic
