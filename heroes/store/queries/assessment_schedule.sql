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
patients AS (
    SELECT
        subject_id,
        cut_off_day,
        inclusion_day,
        least(death_day, exit_day, progression_day) AS end_of_scans,
        least(death_day, exit_day) AS end_of_questionnaires
    FROM included_subjects
    JOIN exits USING (subject_id)
    JOIN progressions USING (subject_id)
),
missed_visits AS (
    SELECT DISTINCT subject_id, visit_code FROM visit WHERE status = 'MISSED'
),
planned_scans AS (
    SELECT
        subject_id,
        cut_off_day,
        inclusion_day,
        visit_code,
        inclusion_day + planned_day AS planned_day,
        inclusion_day + planned_day - coalesce(window_minus, $imaging_window) AS window_start,
        inclusion_day + planned_day + coalesce(window_plus, $imaging_window) AS window_end,
        end_of_scans AS schedule_end
    FROM patients
    CROSS JOIN visit_plan
    WHERE needs_imaging
),
scans AS (
    SELECT response.subject_id, visit_code, day, bool_or(evaluable) AS is_evaluable
    FROM response
    JOIN included_subjects USING (subject_id)
    WHERE day <= coalesce(cut_off_day, day)
    GROUP BY response.subject_id, visit_code, day
),
uncoded_scans AS (
    SELECT subject_id, planned_scans.visit_code, scans.day AS done_day, is_evaluable, abs(scans.day - planned_day) AS distance
    FROM scans
    ANTI JOIN visit_plan ON visit_plan.visit_code = scans.visit_code AND needs_imaging
    JOIN planned_scans USING (subject_id)
    WHERE scans.day > inclusion_day AND scans.day <= coalesce(schedule_end, scans.day) AND CASE
        WHEN window_end IS NULL THEN scans.visit_code IS NULL
        ELSE scans.day BETWEEN coalesce(window_start, scans.day) AND window_end
    END
    QUALIFY row_number() OVER (PARTITION BY subject_id, scans.day, scans.visit_code ORDER BY distance, planned_day) = 1
),
done_scans AS (
    SELECT
        subject_id,
        visit_code,
        min({
            'source': source, 'blind': NOT coalesce(is_evaluable, true), 'distance': distance, 'day': done_day,
            'is_evaluable': is_evaluable
        }) AS made
    FROM (
        SELECT subject_id, visit_code, day AS done_day, is_evaluable, 1 AS source, 0 AS distance
        FROM scans
        SEMI JOIN visit_plan ON visit_plan.visit_code = scans.visit_code AND needs_imaging
        UNION ALL
        SELECT subject_id, visit_code, done_day, is_evaluable, 2, distance FROM uncoded_scans
    )
    GROUP BY subject_id, visit_code
),
last_scans AS (
    SELECT subject_id, max(planned_day) AS last_planned_day_done
    FROM done_scans
    JOIN planned_scans USING (subject_id, visit_code)
    GROUP BY subject_id
),
planned_forms AS (
    SELECT
        subject_id,
        cut_off_day,
        visit_code,
        instrument,
        inclusion_day + planned_day AS planned_day,
        inclusion_day + planned_day - window_minus AS window_start,
        inclusion_day + planned_day + window_plus AS window_end,
        end_of_questionnaires AS schedule_end
    FROM patients
    CROSS JOIN visit_plan
    CROSS JOIN (SELECT DISTINCT instrument FROM qs_form WHERE status <> 'NOT_EXPECTED') AS instruments
    WHERE needs_qol
),
last_forms AS (
    SELECT subject_id, instrument, max(inclusion_day + planned_day) AS last_planned_day_done
    FROM qs_form
    JOIN visit_plan USING (visit_code)
    JOIN included_subjects USING (subject_id)
    WHERE status = 'DONE' AND needs_qol
    GROUP BY subject_id, instrument
),
joined AS (
    SELECT
        subject_id,
        'SCAN' AS kind,
        visit_code,
        NULL AS instrument,
        planned_day,
        window_start,
        window_end,
        schedule_end,
        cut_off_day,
        made IS NOT NULL AS is_done,
        made.day AS done_day,
        made.is_evaluable AS is_evaluable,
        TRUE AS is_expected,
        missed_visits.visit_code IS NOT NULL AS is_recorded_missed,
        last_planned_day_done
    FROM planned_scans
    LEFT JOIN done_scans USING (subject_id, visit_code)
    LEFT JOIN last_scans USING (subject_id)
    LEFT JOIN missed_visits USING (subject_id, visit_code)
    UNION ALL
    SELECT
        subject_id,
        'QUESTIONNAIRE',
        visit_code,
        instrument,
        planned_day,
        window_start,
        window_end,
        schedule_end,
        cut_off_day,
        coalesce(qs_form.status = 'DONE', false),
        qs_form.day,
        NULL,
        qs_form.status IS DISTINCT FROM 'NOT_EXPECTED',
        missed_visits.visit_code IS NOT NULL OR coalesce(qs_form.status = 'MISSED', false),
        last_planned_day_done
    FROM planned_forms
    LEFT JOIN qs_form USING (subject_id, visit_code, instrument)
    LEFT JOIN last_forms USING (subject_id, instrument)
    LEFT JOIN missed_visits USING (subject_id, visit_code)
),
judged AS (
    SELECT
        *,
        CASE
            WHEN is_done THEN 'DONE'
            WHEN NOT is_expected THEN NULL
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
    CASE WHEN is_done THEN done_day END AS done_day,
    CASE WHEN is_done THEN is_evaluable END AS is_evaluable,
    schedule_end
FROM judged
WHERE status IS NOT NULL
ORDER BY subject_id, kind, planned_day, visit_code, instrument
