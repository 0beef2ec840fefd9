-- When did each included patient stop, resume or change anti-HER2 therapy, and what set it off?
--
-- Source: protocol (therapy stops at inclusion; the prior therapy is resumed for a positive ctDNA or at progression; a new one
-- may follow a progression). Each kind of change is read from the patient's milestones; where the patient has none of that
-- kind, from the treatments: the last end of maintenance or study treatment, if none of it still runs, is the stop; a treatment
-- given to resume (RESUME_…) is a resumption, one given for progression (NEW_PD) a new treatment.
-- A resumption or new treatment before the stop (before the inclusion, where no stop was delivered) belongs to the history.
-- Builds on: included_subjects, progressions, first_positives
-- Parameters: $evaluator, $pd_confirmation, $holds_outcomes.
-- Columns, one row per change:
--   subject_id, day
--   change         STOP, RESUME or NEW
--   trigger        CTDNA, PROGRESSION or OTHER, for RESUME and NEW: as the nearest treatment of that kind says; where no
--                  treatment was delivered, PROGRESSION if one was counted by then, else CTDNA if a positive was drawn by
--                  then, else OTHER; null where this scope does not hold what the scans showed
--   source_table   milestone or treatment
WITH
recorded AS (
    SELECT
        subject_id,
        milestone.day,
        CASE kind WHEN 'TX_STOP' THEN 'STOP' WHEN 'TX_RESUME' THEN 'RESUME' ELSE 'NEW' END AS change
    FROM milestone
    JOIN included_subjects USING (subject_id)
    WHERE kind IN ('TX_STOP', 'TX_RESUME', 'TX_NEW') AND milestone.day <= coalesce(cut_off_day, milestone.day)
),
restarted AS (
    SELECT
        subject_id,
        start_day AS day,
        CASE reason WHEN 'NEW_PD' THEN 'NEW' ELSE 'RESUME' END AS change,
        CASE reason
            WHEN 'RESUME_CTDNA' THEN 'CTDNA'
            WHEN 'RESUME_OTHER' THEN 'OTHER'
            ELSE 'PROGRESSION'
        END AS trigger
    FROM treatment
    JOIN included_subjects USING (subject_id)
    WHERE reason IN ('RESUME_CTDNA', 'RESUME_PD', 'RESUME_OTHER', 'NEW_PD')
      AND start_day <= coalesce(cut_off_day, start_day)
),
maintenance_ended AS (
    SELECT subject_id, max(end_day) AS day, 'STOP' AS change
    FROM treatment
    JOIN included_subjects USING (subject_id)
    WHERE reason IN ('MAINTENANCE', 'STUDY')
    GROUP BY subject_id, cut_off_day
    HAVING bool_and(end_day IS NOT NULL AND end_day <= coalesce(cut_off_day, end_day))
),
by_treatment AS (
    SELECT subject_id, day, change FROM restarted
    UNION ALL
    SELECT subject_id, day, change FROM maintenance_ended
),
one_source_each AS (
    SELECT subject_id, day, change, 'milestone' AS source_table FROM recorded
    UNION ALL
    SELECT subject_id, day, change, 'treatment' AS source_table
    FROM by_treatment
    ANTI JOIN recorded USING (subject_id, change)
),
first_stop AS (
    SELECT subject_id, min(day) AS stop_day FROM recorded WHERE change = 'STOP' GROUP BY subject_id
),
in_the_trial AS (
    SELECT DISTINCT one_source_each.*
    FROM one_source_each
    JOIN included_subjects USING (subject_id)
    LEFT JOIN first_stop USING (subject_id)
    WHERE change = 'STOP' OR one_source_each.day >= coalesce(stop_day, inclusion_day)
),
trigger_of_nearest AS (
    SELECT
        in_the_trial.subject_id,
        in_the_trial.day,
        in_the_trial.change,
        arg_min(restarted.trigger, {
            'distance': abs(restarted.day - in_the_trial.day),
            'day': restarted.day,
            'trigger': restarted.trigger
        }) AS trigger
    FROM in_the_trial
    JOIN restarted USING (subject_id, change)
    GROUP BY ALL
)
SELECT
    in_the_trial.subject_id,
    in_the_trial.day,
    in_the_trial.change,
    CASE
        WHEN in_the_trial.change = 'STOP' THEN NULL
        WHEN trigger_of_nearest.trigger IS NOT NULL THEN trigger_of_nearest.trigger
        WHEN progressions.is_hidden THEN NULL
        WHEN progression_day <= in_the_trial.day THEN 'PROGRESSION'
        WHEN in_the_trial.change = 'RESUME' AND first_positive_day <= in_the_trial.day THEN 'CTDNA'
        ELSE 'OTHER'
    END AS trigger,
    in_the_trial.source_table
FROM in_the_trial
JOIN progressions USING (subject_id)
JOIN first_positives USING (subject_id)
LEFT JOIN trigger_of_nearest
    ON trigger_of_nearest.subject_id = in_the_trial.subject_id
    AND trigger_of_nearest.day = in_the_trial.day
    AND trigger_of_nearest.change = in_the_trial.change
ORDER BY in_the_trial.subject_id, in_the_trial.day, in_the_trial.change DESC
