-- Who read the scans of the included patients?
--
-- Builds on: included_subjects
-- Columns, by number of patients: evaluator, n_subjects.
SELECT evaluator, count(DISTINCT subject_id) AS n_subjects
FROM response
JOIN included_subjects USING (subject_id)
GROUP BY evaluator
ORDER BY n_subjects DESC, evaluator
