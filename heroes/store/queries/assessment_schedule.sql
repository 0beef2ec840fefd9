-- What became of every planned scan and questionnaire of each included patient, as of the data cut?
--
-- Source: protocol (schedule from the inclusion). Planned are the visits of the plan to which a tumour assessment or a
-- questionnaire belongs; questionnaires only where it was delivered which were filled in, each instrument by itself.
-- Scans end with death, any exit and progression; they go on after a resumption of therapy. Questionnaires end with death and any
-- exit. What is planned after that day does not exist, unless it was done all the same. (Where this scope does not hold what the
-- scans showed, a progression is not known here and ends nothing.)
-- Which scan belongs to a planned one: the scan that carries its visit code (an evaluable one first, then the first one); without
-- one, the nearest scan that carries no code of the plan, if this planned day is the nearest to it, it lies inside the window and
-- after the inclusion. Where no window is set, only scans without any code are taken so. Whoever read it and whatever it showed,
-- a scan was done. A questionnaire is told by its visit.
-- Statuses:
--   DONE          done, whenever
--   MISSED        recorded as missed; or its window has passed (its day, where none is set) and a later planned one was done or
--                 the schedule has ended
--   NOT_YET_DUE   its window is not open yet (its day not reached, where none is set)
--   DUE           its window is open; or its day has come and no window is set
--   OVERDUE       its window has passed at the cut-off, nothing done
-- Where the delivery has relative times only, nothing is said to be due: only what was done or recorded as missed is listed.
-- Builds on: included_subjects, progressions, exits
-- Parameters: $evaluator, $pd_confirmation, $imaging_window (days, where the plan gives a scan no window).
-- Columns, one row per planned scan or questionnaire:
--   subject_id
--   kind            SCAN or QUESTIONNAIRE
--   visit_code
--   instrument      of a questionnaire; else null
--   planned_day, window_start, window_end (null where not set), status
--   done_day        null where it was not done, or done on a day that was not delivered
--   is_evaluable    whether a scan that was done could be evaluated; else null
--   schedule_end    day on which the schedule ended; null while it goes on
WITH
instruments AS (SELECT DISTINCT instrument FROM qs_form WHERE status <> 'NOT_EXPECTED'),
scheduled AS (
    SELECT
        'SCAN' AS kind,
        visit_code,
        NULL AS instrument,
        planned_day,
        coalesce(window_minus, $imaging_window) AS window_minus,
        coalesce(window_plus, $imaging_window) AS window_plus
    FROM visit_plan
    WHERE needs_imaging
    UNION ALL
    SELECT 'QUESTIONNAIRE', visit_code, instrument, planned_day, window_minus, window_plus
    FROM visit_plan
    CROSS JOIN instruments
    WHERE needs_qol
),
planned AS (
    SELECT
        subject_id,
        cut_off_day,
        inclusion_day,
        kind,
        visit_code,
        instrument,
        inclusion_day + planned_day AS planned_day,
        inclusion_day + planned_day - window_minus AS window_start,
        inclusion_day + planned_day + window_plus AS window_end,
        CASE kind
            WHEN 'SCAN' THEN least(death_day, exit_day, progression_day)
            ELSE least(death_day, exit_day)
        END AS schedule_end
    FROM included_subjects
    JOIN exits USING (subject_id)
    JOIN progressions USING (subject_id)
    CROSS JOIN scheduled
),
scans AS (
    SELECT response.subject_id, visit_code, day, bool_or(evaluable) AS is_evaluable
    FROM response
    JOIN included_subjects USING (subject_id)
    WHERE day <= coalesce(cut_off_day, day)
    GROUP BY response.subject_id, visit_code, day
),
uncoded AS (
    SELECT subject_id, planned.visit_code, scans.day AS done_day, is_evaluable, abs(scans.day - planned_day) AS distance
    FROM scans
    ANTI JOIN visit_plan ON visit_plan.visit_code = scans.visit_code AND needs_imaging
    JOIN planned USING (subject_id)
    WHERE kind = 'SCAN' AND scans.day > inclusion_day AND scans.day <= coalesce(schedule_end, scans.day) AND CASE
        WHEN window_end IS NULL THEN scans.visit_code IS NULL
        ELSE scans.day BETWEEN coalesce(window_start, scans.day) AND window_end
    END
    QUALIFY row_number() OVER (PARTITION BY subject_id, scans.day, scans.visit_code ORDER BY distance, planned_day) = 1
),
candidates AS (
    SELECT
        'SCAN' AS kind,
        subject_id,
        visit_code,
        NULL AS instrument,
        day AS done_day,
        is_evaluable,
        'DONE' AS said,
        1 AS source_order,
        0 AS distance
    FROM scans
    SEMI JOIN visit_plan ON visit_plan.visit_code = scans.visit_code AND needs_imaging
    UNION ALL
    SELECT 'SCAN', subject_id, visit_code, NULL, done_day, is_evaluable, 'DONE', 2, distance
    FROM uncoded
    UNION ALL
    SELECT 'QUESTIONNAIRE', subject_id, visit_code, instrument, day, NULL, status, 1, 0
    FROM qs_form
),
done AS (
    SELECT
        kind,
        subject_id,
        visit_code,
        instrument,
        arg_min({'day': done_day, 'is_evaluable': is_evaluable, 'said': said}, {
            'source': source_order, 'blind': NOT coalesce(is_evaluable, true), 'distance': distance, 'day': done_day
        }) AS made
    FROM candidates
    GROUP BY kind, subject_id, visit_code, instrument
),
missed_visits AS (
    SELECT DISTINCT subject_id, visit_code FROM visit WHERE status = 'MISSED'
),
joined AS (
    SELECT
        planned.*,
        made,
        made.said = 'DONE' AS is_done,
        missed_visits.visit_code IS NOT NULL OR coalesce(made.said = 'MISSED', false) AS is_recorded_missed,
        max(CASE WHEN made.said = 'DONE' THEN planned_day END) OVER (
            PARTITION BY planned.subject_id, planned.kind, planned.instrument
        ) AS last_planned_day_done
    FROM planned
    LEFT JOIN done
        ON done.subject_id = planned.subject_id
        AND done.kind = planned.kind
        AND done.visit_code = planned.visit_code
        AND done.instrument IS NOT DISTINCT FROM planned.instrument
    LEFT JOIN missed_visits
        ON missed_visits.subject_id = planned.subject_id AND missed_visits.visit_code = planned.visit_code
),
judged AS (
    SELECT
        *,
        CASE
            WHEN is_done THEN 'DONE'
            WHEN made.said = 'NOT_EXPECTED' THEN NULL
            WHEN planned_day > schedule_end THEN NULL
            WHEN is_recorded_missed THEN 'MISSED'
            WHEN cut_off_day IS NULL THEN NULL
            WHEN schedule_end IS NOT NULL THEN 'MISSED'
            WHEN cut_off_day < coalesce(window_start, planned_day) THEN 'NOT_YET_DUE'
            WHEN cut_off_day <= window_end THEN 'DUE'
            WHEN last_planned_day_done > planned_day THEN 'MISSED'
            WHEN window_end IS NULL THEN 'DUE'
            ELSE 'OVERDUE'
        END AS status
    FROM joined
)
SELECT
    subject_id,
    kind,
    visit_code,
    instrument,
    planned_day,
    window_start,
    window_end,
    status,
    CASE WHEN is_done THEN made.day END AS done_day,
    CASE WHEN is_done THEN made.is_evaluable END AS is_evaluable,
    schedule_end
FROM judged
WHERE status IS NOT NULL
ORDER BY subject_id, kind, planned_day, visit_code, instrument
