-- Which adverse events has one patient had?
--
-- Parameters: $subject.
-- Columns, by first day:
--   subject_id, term, grade, serious
--   start_day, end_day   end_day: null while it goes on
SELECT subject_id, term, grade, serious, start_day, end_day
FROM ae
JOIN subject USING (subject_id)
WHERE subject_id = $subject AND coalesce(start_day, 0) <= coalesce(origin_to_cut_off_days, start_day, 0)
ORDER BY start_day NULLS LAST, term, seq
