-- How large were the target lesions of one patient, together, at each scan?
--
-- Source: RECIST 1.1 (sum of diameters of target lesions). Only days on which every target lesion measured so far by this reader
-- has a diameter, or was said to be absent (0 mm), have a sum; the others are listed without one.
-- Parameters: $subject.
-- Columns, one row per day and reader:
--   subject_id, day, evaluator
--   sum_mm      null where a target lesion has no diameter on that day
--   n_lesions   target lesions with a diameter that day
WITH
measured AS (
    SELECT
        lesion_measure.day,
        coalesce(evaluator, 'INVESTIGATOR') AS evaluator,
        lesion_id,
        last(coalesce(diameter_mm, CASE state WHEN 'ABSENT' THEN 0 END) ORDER BY seq) AS diameter_mm
    FROM lesion_measure
    JOIN lesion USING (lesion_id)
    JOIN subject ON subject.subject_id = lesion_measure.subject_id
    WHERE lesion_measure.subject_id = $subject
      AND role = 'TARGET'
      AND lesion_measure.day <= coalesce(origin_to_cut_off_days, lesion_measure.day)
    GROUP BY ALL
),
scans AS (SELECT DISTINCT day, evaluator FROM measured),
known AS (SELECT evaluator, lesion_id, min(day) AS first_day FROM measured GROUP BY evaluator, lesion_id)
SELECT
    $subject AS subject_id,
    scans.day,
    scans.evaluator,
    CASE WHEN bool_and(diameter_mm IS NOT NULL) THEN sum(diameter_mm) END AS sum_mm,
    count(diameter_mm) AS n_lesions
FROM scans
JOIN known ON known.evaluator = scans.evaluator AND first_day <= scans.day
LEFT JOIN measured
    ON measured.day = scans.day AND measured.evaluator = scans.evaluator AND measured.lesion_id = known.lesion_id
GROUP BY scans.day, scans.evaluator
ORDER BY scans.evaluator, scans.day
