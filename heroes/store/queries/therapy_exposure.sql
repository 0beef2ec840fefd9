-- For how many days was each included patient followed in each phase of therapy?
--
-- From the inclusion, or from an earlier stop of therapy, to the end of follow-up; phases as in status_spans.
-- Builds on: included_subjects, progressions, first_positives, therapy_changes, exits, follow_up, status_spans
-- Parameters: $evaluator, $pd_confirmation.
-- Columns, one row per patient and phase: subject_id, site_id, phase, days
SELECT subject_id, site_id, phase, CAST(sum(end_day - start_day) AS BIGINT) AS days
FROM status_spans
JOIN included_subjects USING (subject_id)
GROUP BY subject_id, site_id, phase
ORDER BY subject_id, phase
