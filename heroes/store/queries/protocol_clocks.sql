-- Where does every clock of the schedule stand for each included patient, at the cut-off?
--
-- Source: protocol. Draws and the test after a resumption are those of draw_schedule, scans and questionnaires those of
-- assessment_schedule; windows are those of the plan, else of the protocol. A visit whose window is not set is due from its day
-- and is never called early, late or overdue.
-- A test after a resumption that was made after its window, by the first draw after it, was made late.
-- Where the delivery has relative times only, there are clocks of what was done or recorded as missed, and none that runs.
-- Builds on: included_subjects, draws, draw_schedule, assessment_schedule, exits, progressions
-- Parameters: those of draw_schedule and assessment_schedule: $evaluator, $pd_confirmation and the schedule's.
-- Columns, one row per planned draw, scan, questionnaire and test after a resumption, by patient and day:
--   subject_id, site_id
--   kind           DRAW, SCAN, QUESTIONNAIRE or POST_RESTART
--   visit_code, instrument (of a questionnaire)
--   planned_day, window_start, window_end (null where not set), cut_off_day (null where times are relative)
--   status         NOT_YET_DUE, DUE, OVERDUE, MISSED; DONE, or EARLY or LATE where it was done outside its window
--   done_day
--   is_evaluable   of what was done: could it be evaluated? null while there is no result, and for questionnaires
--   days           days after the window: to the cut-off if OVERDUE, to the day it was done if LATE; days before it if EARLY
--   is_over        the patient died, left or progressed: nothing more will be asked of this clock
WITH
results AS (
    SELECT subject_id, day, bool_or(call <> 'NOT_EVALUABLE') AS is_evaluable
    FROM ctdna_result
    WHERE superseded_by IS NULL
    GROUP BY subject_id, day
),
drawn AS (
    SELECT
        subject_id,
        CASE visit_code WHEN 'POST_RESTART' THEN 'POST_RESTART' ELSE 'DRAW' END AS kind,
        visit_code,
        planned_day,
        window_start,
        window_end,
        status,
        drawn_day
    FROM draw_schedule
),
after_window AS (
    SELECT drawn.subject_id, min(draws.drawn_day) AS late_day
    FROM drawn
    JOIN draws ON draws.subject_id = drawn.subject_id AND draws.drawn_day > window_end
    WHERE kind = 'POST_RESTART' AND drawn.drawn_day IS NULL
    GROUP BY drawn.subject_id
),
every_clock AS (
    SELECT
        drawn.subject_id,
        kind,
        visit_code,
        NULL AS instrument,
        planned_day,
        window_start,
        window_end,
        CASE WHEN status = 'PENDING' OR (kind = 'POST_RESTART' AND late_day IS NOT NULL) THEN 'DONE' ELSE status END AS status,
        coalesce(drawn.drawn_day, CASE kind WHEN 'POST_RESTART' THEN late_day END) AS done_day,
        results.is_evaluable
    FROM drawn
    LEFT JOIN after_window ON after_window.subject_id = drawn.subject_id AND kind = 'POST_RESTART'
    LEFT JOIN results ON results.subject_id = drawn.subject_id AND results.day = coalesce(drawn.drawn_day, late_day)
    UNION ALL
    SELECT
        subject_id, kind, visit_code, instrument, planned_day, window_start, window_end, status, done_day, is_evaluable
    FROM assessment_schedule
)
SELECT
    subject_id,
    site_id,
    kind,
    visit_code,
    instrument,
    planned_day,
    window_start,
    window_end,
    cut_off_day,
    CASE
        WHEN status = 'DONE' AND done_day > window_end THEN 'LATE'
        WHEN status = 'DONE' AND done_day < window_start THEN 'EARLY'
        ELSE status
    END AS status,
    done_day,
    is_evaluable,
    CASE
        WHEN status = 'OVERDUE' THEN cut_off_day - window_end
        WHEN status = 'DONE' AND done_day > window_end THEN done_day - window_end
        WHEN status = 'DONE' AND done_day < window_start THEN window_start - done_day
    END AS days,
    death_day IS NOT NULL OR exit_day IS NOT NULL OR (progression_day IS NOT NULL AND kind <> 'QUESTIONNAIRE') AS is_over
FROM every_clock
JOIN included_subjects USING (subject_id)
JOIN exits USING (subject_id)
JOIN progressions USING (subject_id)
ORDER BY subject_id, planned_day, kind, visit_code, instrument
