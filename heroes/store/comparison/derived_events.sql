-- Which events do the records of a cut add up to, beside the dated milestones: current positive ctDNA, and the progression
-- that counts by the protocol, or is suspected and may come to count (table `progressions`: the answer to the question of that name, empty where scans are closed).
--
-- Columns: subject_id, event, key (what makes it the same event in another cut), record, day.
SELECT
    subject_id,
    'CTDNA_POSITIVE' AS event,
    coalesce(specimen_id, result_id) AS key,
    min(visit_code) AS record,
    min(day) AS day
FROM ctdna_result
WHERE call = 'POSITIVE' AND superseded_by IS NULL
GROUP BY subject_id, key
UNION ALL
SELECT subject_id, 'PROGRESSION', '', NULL, progression_day
FROM progressions
WHERE progression_day IS NOT NULL
UNION ALL
SELECT subject_id, 'PROGRESSION_SUSPECTED', '', NULL, suspected_day
FROM progressions
WHERE suspected_day IS NOT NULL
