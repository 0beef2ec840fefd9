-- Which included patients did not meet what they had to meet, as far as the records say?
--
-- Source: protocol (two consents, the second after a negative baseline result; criteria of [eligibility]; each is looked at only
-- where the protocol sets it and the delivery holds it); the criteria that the delivery itself records as not met (IE).
-- A baseline call is a current, evaluable ctDNA result drawn no later than the inclusion; the last one counts.
-- Rules:
--   CRITERION_NOT_MET           recorded in the delivery; detail is the criterion's code
--   BASELINE_POSITIVE           the last baseline call is positive
--   BASELINE_NOT_KNOWN          no evaluable baseline call, where ctDNA results were delivered
--   CONSENT_2_MISSING           no second consent, where second consents were delivered
--   CONSENT_2_AFTER_INCLUSION, CONSENT_2_BEFORE_RESULT   the order of the steps
--   ECOG_TOO_HIGH, THERAPY_TOO_SHORT, RESPONSE_NOT_ALLOWED   against the protocol's limits; detail is the value
-- Builds on: included_subjects
-- Parameters: $ecog_max, $months_on_anti_her2_min, $responses_allowed (separated by commas).
-- Columns, one row per patient and rule: subject_id, site_id, rule, detail, day (of the record that says so; null where it has
--   none)
WITH
steps AS (
    SELECT
        subject_id,
        min(day) FILTER (kind = 'CONSENT2') AS consent_2_day,
        max(day) FILTER (kind = 'BASELINE_RESULT') AS result_day
    FROM milestone
    WHERE kind IN ('CONSENT2', 'BASELINE_RESULT')
    GROUP BY subject_id
),
calls AS (
    SELECT
        subject_id,
        arg_max({'call': call, 'day': day}, (day, coalesce(resulted_day, day), result_id)) AS baseline
    FROM ctdna_result
    JOIN included_subjects USING (subject_id)
    WHERE superseded_by IS NULL AND call IN ('POSITIVE', 'NEGATIVE') AND day <= inclusion_day
    GROUP BY subject_id
),
known AS (
    SELECT
        included_subjects.*,
        subject.ecog,
        subject.months_on_anti_her2,
        subject.response_at_entry,
        steps.consent_2_day,
        steps.result_day,
        calls.baseline,
        EXISTS (FROM milestone WHERE kind = 'CONSENT2') AS has_consents,
        EXISTS (FROM ctdna_result) AS has_calls
    FROM included_subjects
    JOIN subject USING (subject_id)
    LEFT JOIN steps USING (subject_id)
    LEFT JOIN calls USING (subject_id)
)
SELECT subject_id, site_id, 'CRITERION_NOT_MET' AS rule, concat_ws(', ', criterion, category) AS detail, day
FROM eligibility
JOIN included_subjects USING (subject_id)
UNION ALL
SELECT subject_id, site_id, 'BASELINE_POSITIVE', NULL, baseline.day FROM known WHERE baseline.call = 'POSITIVE'
UNION ALL
SELECT subject_id, site_id, 'BASELINE_NOT_KNOWN', NULL, NULL FROM known WHERE has_calls AND baseline IS NULL
UNION ALL
SELECT subject_id, site_id, 'CONSENT_2_MISSING', NULL, NULL FROM known WHERE has_consents AND consent_2_day IS NULL
UNION ALL
SELECT subject_id, site_id, 'CONSENT_2_AFTER_INCLUSION', NULL, consent_2_day FROM known WHERE consent_2_day > inclusion_day
UNION ALL
SELECT subject_id, site_id, 'CONSENT_2_BEFORE_RESULT', NULL, consent_2_day FROM known WHERE consent_2_day < result_day
UNION ALL
SELECT subject_id, site_id, 'ECOG_TOO_HIGH', CAST(ecog AS VARCHAR), NULL FROM known WHERE ecog > $ecog_max
UNION ALL
SELECT subject_id, site_id, 'THERAPY_TOO_SHORT', printf('%.1f', months_on_anti_her2), NULL
FROM known
WHERE months_on_anti_her2 < $months_on_anti_her2_min
UNION ALL
SELECT subject_id, site_id, 'RESPONSE_NOT_ALLOWED', response_at_entry, NULL
FROM known
WHERE NOT list_contains(string_split($responses_allowed, ','), response_at_entry)
ORDER BY 1, 3, 4
