-- On which day was each included patient last seen, and which record says so?
--
-- Source: protocol. A visit, a draw, a scan, a questionnaire filled in, a treatment day or a dated step of the patient shows the
-- patient alive; death, the day on which somebody declared the patient lost, and a step of the laboratory do not. Nothing after
-- the cut-off or after a recorded death counts. Answers to questionnaires are not read here, so that lists can be made of it:
-- last_contacts adds them.
-- Builds on: included_subjects, exits
-- Columns, one row per included patient who was seen since the inclusion:
--   subject_id, seen_day
--   seen_source, seen_detail   table of the record and what it is; of several on one day, the first in the order below
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
    SELECT subject_id, start_day, 'treatment', agent_class FROM treatment
    UNION ALL
    SELECT subject_id, end_day, 'treatment', agent_class FROM treatment
    UNION ALL
    SELECT subject_id, day, 'qs_form', instrument FROM qs_form WHERE status = 'DONE'
),
last_one AS (
    SELECT subject_id, max({'day': day, 'rank': -rank, 'source': source, 'detail': detail}) AS contact
    FROM seen
    JOIN (
        VALUES
            ('milestone', 1), ('visit', 2), ('response', 3), ('ctdna_result', 4), ('specimen', 5), ('treatment', 7), ('qs_form', 8)
    ) AS ranking (source, rank) USING (source)
    JOIN included_subjects USING (subject_id)
    JOIN exits USING (subject_id)
    WHERE day BETWEEN inclusion_day AND least(cut_off_day, death_day, day)
    GROUP BY subject_id
)
SELECT subject_id, contact.day AS seen_day, contact.source AS seen_source, contact.detail AS seen_detail
FROM last_one
ORDER BY subject_id
