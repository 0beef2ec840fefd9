-- What became of every questionnaire that was expected of an included patient, as of the data cut?
--
-- Source: protocol (schedule from the inclusion). Which are planned, done, due or overdue is said in assessment_schedule; nothing
-- is planned after death or an exit. Counted as expected are DONE, MISSED and NO_RECORD: the patient was alive and in the study on
-- the planned day, and the visit's window has passed by the cut-off, or it was filled in, whenever.
-- Statuses:
--   DONE           filled in
--   MISSED         recorded as missed, or the whole visit was
--   NO_RECORD      its window has passed, or the patient left after the planned day, and nothing is recorded of it
--   DUE            its window is open (its day has come, where none is set)
--   NOT_YET_DUE    its window is not open yet
-- Builds on: included_subjects, progressions, exits, assessment_schedule
-- Parameters: $evaluator, $pd_confirmation, $imaging_window.
-- Columns, one row per included patient, instrument and planned visit with a questionnaire:
--   subject_id, site_id, instrument, visit_code
--   planned_day   days from the inclusion
--   status
--   reason        why it was not filled in, as coded in the delivery
--   done_day      null where it was not filled in, or on a day that was not delivered
WITH
missed_visits AS (SELECT DISTINCT subject_id, visit_code FROM visit WHERE status = 'MISSED'),
judged AS (
    SELECT
        subject_id,
        included_subjects.site_id,
        assessment_schedule.instrument,
        visit_code,
        assessment_schedule.planned_day - inclusion_day AS planned_day,
        CASE
            WHEN assessment_schedule.status = 'DONE' AND done_day > cut_off_day THEN 'DUE'
            WHEN assessment_schedule.status = 'MISSED' AND (qs_form.status = 'MISSED' OR missed_visits.visit_code IS NOT NULL)
                THEN 'MISSED'
            WHEN assessment_schedule.status IN ('MISSED', 'OVERDUE') THEN 'NO_RECORD'
            ELSE assessment_schedule.status
        END AS status,
        qs_form.reason,
        done_day
    FROM assessment_schedule
    JOIN included_subjects USING (subject_id)
    LEFT JOIN qs_form USING (subject_id, visit_code, instrument)
    LEFT JOIN missed_visits USING (subject_id, visit_code)
    WHERE kind = 'QUESTIONNAIRE'
)
SELECT
    subject_id,
    site_id,
    instrument,
    visit_code,
    planned_day,
    status,
    CASE WHEN status = 'MISSED' THEN reason END AS reason,
    CASE WHEN status = 'DONE' THEN done_day END AS done_day
FROM judged
ORDER BY subject_id, instrument, planned_day, visit_code
