-- On which days was blood drawn for ctDNA from each included patient, and is there a result?
--
-- A draw is known from its result (superseded ones count: the blood was drawn) or from a specimen that has none yet.
-- A result without a specimen belongs to a specimen drawn on the same day. Draws after the cut-off are not known.
-- Builds on: included_subjects
-- Columns, one row per draw:
--   subject_id, visit_code (as delivered with the result, else with the specimen; may be null), drawn_day, has_result
WITH
resulted AS (
    SELECT
        ctdna_result.subject_id,
        coalesce(ctdna_result.visit_code, specimen.visit_code) AS visit_code,
        ctdna_result.day AS drawn_day,
        TRUE AS has_result
    FROM ctdna_result
    LEFT JOIN specimen USING (specimen_id)
),
waiting AS (
    SELECT specimen.subject_id, specimen.visit_code, collected_day AS drawn_day, FALSE AS has_result
    FROM specimen
    ANTI JOIN ctdna_result ON ctdna_result.specimen_id = specimen.specimen_id
    ANTI JOIN (SELECT subject_id, day FROM ctdna_result WHERE specimen_id IS NULL) AS unlabelled
        ON unlabelled.subject_id = specimen.subject_id AND unlabelled.day = specimen.collected_day
),
every_draw AS (
    SELECT * FROM resulted
    UNION
    SELECT * FROM waiting
)
SELECT every_draw.*
FROM every_draw
JOIN included_subjects USING (subject_id)
WHERE drawn_day <= coalesce(cut_off_day, drawn_day)
ORDER BY every_draw.subject_id, drawn_day, visit_code
