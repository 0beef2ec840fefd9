-- On which day was each included patient last known to be alive, and which record says so?
--
-- Source: protocol (overall survival is censored at the last day known alive). What shows a patient alive is said in last_seen;
-- here an answer to a questionnaire counts as well. Nothing after the cut-off or after a recorded death counts.
-- Builds on: included_subjects, exits, last_seen
-- Columns, one row per included patient:
--   subject_id
--   contact_day       never before the inclusion, which is the last one where nothing later is known
--   contact_source, contact_detail   table of the record and what it is; of several on one day, the first in the order of
--                     last_seen, an answer after a specimen and before a treatment
WITH
answered AS (
    SELECT subject_id, max({'day': day, 'detail': instrument}) AS answer
    FROM qs_item
    JOIN included_subjects USING (subject_id)
    JOIN exits USING (subject_id)
    WHERE value IS NOT NULL AND day BETWEEN inclusion_day AND least(cut_off_day, death_day, day)
    GROUP BY subject_id
),
compared AS (
    SELECT
        subject_id,
        seen_day,
        seen_source,
        seen_detail,
        answer,
        answer.day IS NOT NULL AND (
            seen_day IS NULL OR answer.day > seen_day OR (answer.day = seen_day AND seen_source IN ('treatment', 'qs_form'))
        ) AS is_answer
    FROM included_subjects
    LEFT JOIN last_seen USING (subject_id)
    LEFT JOIN answered USING (subject_id)
)
SELECT
    subject_id,
    CASE WHEN is_answer THEN answer.day ELSE coalesce(seen_day, inclusion_day) END AS contact_day,
    CASE WHEN is_answer THEN 'qs_item' ELSE coalesce(seen_source, 'milestone') END AS contact_source,
    CASE WHEN is_answer THEN answer.detail ELSE coalesce(seen_detail, 'INCLUDED') END AS contact_detail
FROM compared
JOIN included_subjects USING (subject_id)
ORDER BY subject_id
