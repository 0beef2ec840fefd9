-- Who are the patients: each one's characteristics as known at inclusion or at the end of screening?
--
-- Values as delivered; one that was not delivered is null. Age above 89 is stored as 90.
-- population: INCLUDED; FAILED for a patient whose screening failed; patients still in screening are not in it.
-- Columns, one row per patient:
--   subject_id, site_id, population
--   age_group   UNDER_50, 50_64, 65_74 or 75_OR_MORE
--   sex, er_status, her2_method
--   line        FIRST or SECOND_OR_LATER: from the number of the line, else from whether it is the second or a later one
--   ecog, prior_tx, response_at_entry, bone_only
--   age_y, months_on_anti_her2
WITH
sorted AS (
    SELECT
        subject.*,
        CASE
            WHEN EXISTS (FROM milestone WHERE milestone.subject_id = subject.subject_id AND kind = 'INCLUDED') THEN 'INCLUDED'
            WHEN screen_outcome.status = 'FAILED' THEN 'FAILED'
        END AS population
    FROM subject
    LEFT JOIN screen_outcome USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    population,
    CASE
        WHEN age_y < 50 THEN 'UNDER_50'
        WHEN age_y < 65 THEN '50_64'
        WHEN age_y < 75 THEN '65_74'
        WHEN age_y >= 75 THEN '75_OR_MORE'
    END AS age_group,
    sex,
    er_status,
    her2_method,
    CASE coalesce(line_of_therapy >= 2, line_ge2) WHEN FALSE THEN 'FIRST' WHEN TRUE THEN 'SECOND_OR_LATER' END AS line,
    CAST(ecog AS VARCHAR) AS ecog,
    prior_tx,
    response_at_entry,
    CASE WHEN bone_only THEN 'YES' WHEN NOT bone_only THEN 'NO' END AS bone_only,
    age_y,
    months_on_anti_her2
FROM sorted
WHERE population IS NOT NULL
ORDER BY subject_id
