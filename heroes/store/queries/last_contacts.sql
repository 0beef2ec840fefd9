-- On which day was each included patient last known to be alive, and which record says so?
--
-- Source: protocol (overall survival is censored at the last day known alive). A visit, a draw, a scan, a questionnaire, a
-- treatment day or a dated step of the patient shows the patient alive; death, the day on which somebody declared the patient
-- lost, and a step of the laboratory do not. Nothing after the cut-off or after a recorded death counts.
-- Builds on: included_subjects, exits
-- Columns, one row per included patient:
--   subject_id
--   contact_day       never before the inclusion, which is the last one where nothing later is known
--   contact_source, contact_detail   table of the record and what it is; of several on one day, the first in the order below
WITH
seen AS (
    SELECT subject_id, day, 'milestone' AS source, kind AS detail
    FROM milestone
    WHERE kind NOT IN ('DEATH', 'LTFU', 'TISSUE_SENT', 'ASSAY_READY', 'BASELINE_RESULT')
    UNION ALL
    SELECT subject_id, day, 'visit', visit_code FROM visit WHERE status <> 'MISSED'
    UNION ALL
    SELECT subject_id, day, 'response', evaluator FROM response
    UNION ALL
    SELECT subject_id, day, 'ctdna_result', result_id FROM ctdna_result
    UNION ALL
    SELECT subject_id, collected_day, 'specimen', specimen_id FROM specimen
    UNION ALL
    SELECT subject_id, day, 'qs_item', instrument FROM qs_item WHERE value IS NOT NULL
    UNION ALL
    SELECT subject_id, start_day, 'treatment', agent_class FROM treatment
    UNION ALL
    SELECT subject_id, end_day, 'treatment', agent_class FROM treatment
),
last_seen AS (
    SELECT subject_id, max({'day': day, 'rank': -rank, 'source': source, 'detail': detail}) AS contact
    FROM seen
    JOIN (
        VALUES
            ('milestone', 1), ('visit', 2), ('response', 3), ('ctdna_result', 4), ('specimen', 5), ('qs_item', 6), ('treatment', 7)
    ) AS ranking (source, rank) USING (source)
    JOIN included_subjects USING (subject_id)
    JOIN exits USING (subject_id)
    WHERE day BETWEEN inclusion_day AND least(cut_off_day, death_day, day)
    GROUP BY subject_id
)
SELECT
    subject_id,
    coalesce(contact.day, inclusion_day) AS contact_day,
    coalesce(contact.source, 'milestone') AS contact_source,
    coalesce(contact.detail, 'INCLUDED') AS contact_detail
FROM included_subjects
LEFT JOIN last_seen USING (subject_id)
ORDER BY subject_id
