-- In which phase of therapy was each included patient, from when to when?
--
-- Source: protocol (therapy stops at inclusion; prior therapy is resumed for a positive ctDNA or at progression, or a new one
-- begins). Where stops, resumptions and new treatments are read is said in therapy_changes. Phases:
--   OFF_THERAPY from a stop, RESUMED from a resumption, NEW_TREATMENT from a new treatment
--   ON_TREATMENT   from the inclusion to a later recorded stop; without one, while maintenance or study treatment is recorded
--   NOT_DELIVERED  as long as neither milestones nor treatments say anything
-- Spans of one patient follow each other without gap or overlap, from the inclusion (an earlier stop, if there was one) to the
-- end of follow-up. Of two changes on one day the later kind holds: stop, resumption, new treatment. A span without length
-- stands only where follow-up ends on the very day it begins.
-- Builds on: included_subjects, therapy_changes, follow_up
-- Parameters: $evaluator, $pd_confirmation, $holds_outcomes.
-- Columns: subject_id, phase, start_day, end_day; by patient and day.
WITH
treated AS (
    SELECT subject_id, greatest(inclusion_day, min(coalesce(start_day, inclusion_day))) AS treated_day
    FROM treatment
    JOIN included_subjects USING (subject_id)
    WHERE reason IN ('MAINTENANCE', 'STUDY')
      AND coalesce(start_day, inclusion_day) <= coalesce(cut_off_day, start_day, inclusion_day)
    GROUP BY subject_id, inclusion_day
),
change_points AS (
    SELECT
        subject_id,
        CASE WHEN source_table = 'treatment' THEN greatest(day, inclusion_day) ELSE day END AS day,
        change,
        source_table
    FROM therapy_changes
    JOIN included_subjects USING (subject_id)
),
first_changes AS (
    SELECT
        subject_id,
        min(day) FILTER (change = 'STOP') AS stop_day,
        coalesce(bool_or(change = 'STOP' AND source_table = 'milestone'), false) AS stop_is_recorded
    FROM change_points
    GROUP BY subject_id
),
before_stop AS (
    SELECT
        subject_id,
        CASE WHEN coalesce(stop_is_recorded, false) THEN inclusion_day ELSE treated_day END AS day
    FROM included_subjects
    LEFT JOIN treated USING (subject_id)
    LEFT JOIN first_changes USING (subject_id)
    WHERE stop_day IS NULL OR stop_day > day
),
starts AS (
    SELECT subject_id, day, 1 AS kind_order, 'ON_TREATMENT' AS phase
    FROM before_stop
    WHERE day IS NOT NULL
    UNION ALL
    SELECT
        subject_id,
        day,
        CASE change WHEN 'STOP' THEN 2 WHEN 'RESUME' THEN 3 ELSE 4 END,
        CASE change WHEN 'STOP' THEN 'OFF_THERAPY' WHEN 'RESUME' THEN 'RESUMED' ELSE 'NEW_TREATMENT' END
    FROM change_points
    UNION ALL
    SELECT subject_id, least(inclusion_day, stop_day, end_day), 0, 'NOT_DELIVERED'
    FROM included_subjects
    JOIN follow_up USING (subject_id)
    LEFT JOIN first_changes USING (subject_id)
),
one_a_day AS (
    SELECT subject_id, starts.day, arg_max(phase, kind_order) AS phase
    FROM starts
    JOIN follow_up USING (subject_id)
    WHERE starts.day <= end_day
    GROUP BY subject_id, starts.day
),
phase_starts AS (
    SELECT subject_id, day, phase
    FROM one_a_day
    QUALIFY phase IS DISTINCT FROM lag(phase) OVER (PARTITION BY subject_id ORDER BY day)
)
SELECT
    subject_id,
    phase,
    day AS start_day,
    coalesce(lead(day) OVER (PARTITION BY subject_id ORDER BY day), end_day) AS end_day
FROM phase_starts
JOIN follow_up USING (subject_id)
ORDER BY subject_id, start_day
