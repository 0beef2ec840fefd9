-- How many evaluable ctDNA tests did each included patient have that could have been falsely positive?
--
-- Source: expected false converters. Current results after the baseline draw and up to the cut-off, up to and including the first
-- positive one: after it the patient is a converter. Results that could not be evaluated do not count.
-- Builds on: included_subjects, first_positives
-- Columns, one row per included patient: subject_id, n_tests, is_converter (a positive test was among them).
SELECT
    first_positives.subject_id,
    count(result_id) AS n_tests,
    first_positive_day IS NOT NULL AS is_converter
FROM first_positives
JOIN included_subjects USING (subject_id)
LEFT JOIN ctdna_result
    ON ctdna_result.subject_id = first_positives.subject_id
    AND superseded_by IS NULL
    AND call IN ('POSITIVE', 'NEGATIVE')
    AND ctdna_result.day > baseline_day
    AND ctdna_result.day <= coalesce(first_positive_day, cut_off_day, ctdna_result.day)
GROUP BY first_positives.subject_id, first_positive_day
ORDER BY first_positives.subject_id
