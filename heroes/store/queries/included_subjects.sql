-- Who is included, and up to which day is anything known of them?
--
-- Source: protocol (the population is every patient with an inclusion; two consents, negative baseline ctDNA).
-- Columns, one row per included patient:
--   subject_id, site_id
--   inclusion_day  day of the inclusion (day 0, unless the delivery counts from another step)
--   cut_off_day    day of the cut-off date; null where the delivery has relative times only: then nothing lies after it
SELECT
    subject.subject_id,
    subject.site_id,
    min(milestone.day) AS inclusion_day,
    subject.origin_to_cut_off_days AS cut_off_day
FROM subject
JOIN milestone ON milestone.subject_id = subject.subject_id AND milestone.kind = 'INCLUDED'
GROUP BY ALL
ORDER BY subject.subject_id
