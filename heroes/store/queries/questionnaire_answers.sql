-- What did each included patient answer to which item of which questionnaire?
--
-- Item numbers only; scoring is arithmetic on these rows. Questionnaires after the cut-off are not known.
-- phase: the phase of therapy on that day (status_spans): off therapy, resumed … A questionnaire of the very day on which therapy
-- changes belongs to the phase before it: the answers look back on the week. Before the first phase, and after the last record of
-- follow-up, it is that phase.
-- Builds on: included_subjects, progressions, first_positives, therapy_changes, follow_up, status_spans
-- Parameters: $evaluator, $pd_confirmation.
-- Columns, one row per patient, instrument, day and item:
--   subject_id, site_id, instrument, day (from day 0), days (from the inclusion), item_no
--   value      null where the item was not answered
--   phase      of therapy
--   is_after_progression   filled in after the day of a counted progression; null where this scope does not hold scans
WITH
sheets AS (
    SELECT DISTINCT
        qs_item.subject_id, site_id, instrument, day, day - inclusion_day AS days,
        CASE WHEN progressions.is_hidden THEN NULL ELSE coalesce(day > progression_day, false) END AS is_after_progression
    FROM qs_item
    JOIN included_subjects USING (subject_id)
    JOIN progressions USING (subject_id)
    WHERE day <= coalesce(cut_off_day, day)
),
in_phase AS (
    SELECT
        sheets.subject_id,
        sheets.instrument,
        sheets.day,
        coalesce(
            arg_max(phase, start_day) FILTER (start_day < sheets.day),
            arg_min(phase, start_day)
        ) AS phase
    FROM sheets
    JOIN status_spans USING (subject_id)
    GROUP BY ALL
)
SELECT
    sheets.subject_id,
    sheets.site_id,
    sheets.instrument,
    sheets.day,
    sheets.days,
    qs_item.item_no,
    qs_item.value,
    in_phase.phase,
    sheets.is_after_progression
FROM sheets
JOIN qs_item USING (subject_id, instrument, day)
LEFT JOIN in_phase USING (subject_id, instrument, day)
ORDER BY sheets.subject_id, sheets.instrument, sheets.day, qs_item.item_no
