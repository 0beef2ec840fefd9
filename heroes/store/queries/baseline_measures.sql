-- How are age and months on anti-HER2 therapy spread over the patients of all sites?
--
-- Quartiles by linear interpolation. What would tell of few patients is null for those who may not see all patients.
-- Columns, one row per population and measure: population, characteristic (age_y, months_on_anti_her2), n_known, n_missing,
--   median, lower_quartile, upper_quartile, least, greatest
FROM baseline_measure
ORDER BY population DESC, characteristic
