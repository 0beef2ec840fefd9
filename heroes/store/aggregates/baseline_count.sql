-- How many patients have which characteristic, over all sites?
-- Columns: population (INCLUDED, FAILED), characteristic, category (null: not recorded), place (order of the categories), n,
--   n_total (patients of the population).
-- Every category of a closed list is there, with 0 where nobody is in it: a count that is hidden must have others beside it.
-- The line of therapy is not among them: it is counted against its cap, in line_cap.
-- Reads the answer to patient_characteristics.
WITH
known (characteristic, category, place) AS (
    VALUES
        ('age_group', 'UNDER_50', 1), ('age_group', '50_64', 2), ('age_group', '65_74', 3), ('age_group', '75_OR_MORE', 4),
        ('sex', 'F', 1), ('sex', 'M', 2), ('sex', 'U', 3),
        ('er_status', 'POSITIVE', 1), ('er_status', 'NEGATIVE', 2),
        ('her2_method', 'IHC3+', 1), ('her2_method', 'AMPLIFIED', 2),
        ('ecog', '0', 1), ('ecog', '1', 2), ('ecog', '2', 3), ('ecog', '3', 4), ('ecog', '4', 5),
        ('response_at_entry', 'CR', 1), ('response_at_entry', 'PR', 2), ('response_at_entry', 'SD', 3),
        ('response_at_entry', 'PD', 4), ('response_at_entry', 'NE', 5), ('response_at_entry', 'NON-CR/NON-PD', 6), ('response_at_entry', 'NED', 7),
        ('bone_only', 'NO', 1), ('bone_only', 'YES', 2)
),
long AS (
    SELECT population, characteristic, category
    FROM answer
    UNPIVOT INCLUDE NULLS (
        category FOR characteristic IN (age_group, sex, er_status, her2_method, ecog, response_at_entry, bone_only, prior_tx)
    )
),
populations AS (SELECT population, count(*) AS n_total FROM answer GROUP BY population),
cells AS (
    SELECT population, n_total, characteristic, category, place FROM populations CROSS JOIN known
    UNION ALL
    SELECT DISTINCT population, n_total, 'prior_tx', prior_tx, 1
    FROM populations
    CROSS JOIN (SELECT prior_tx FROM answer WHERE prior_tx IS NOT NULL)
    UNION ALL
    SELECT population, n_total, characteristic, NULL, 99
    FROM populations CROSS JOIN (SELECT DISTINCT characteristic FROM known UNION SELECT 'prior_tx')
)
SELECT cells.population, cells.characteristic, cells.category, cells.place, count(long.population) AS n, cells.n_total
FROM cells
LEFT JOIN long
    ON long.population = cells.population
    AND long.characteristic = cells.characteristic
    AND long.category IS NOT DISTINCT FROM cells.category
GROUP BY ALL
ORDER BY cells.population, cells.characteristic, cells.place, cells.category
