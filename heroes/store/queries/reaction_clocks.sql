-- What does the protocol ask for after something happened to a patient, by when, and has it come?
--
-- Source: protocol (limits in days; where one is not set, its clock runs but is never overdue). Kinds:
--   STOP          therapy stops after the inclusion. No clock where no stop of anybody was delivered.
--   RESULT        a result follows a draw; also of patients who are not included. The first result of a patient may take longer.
--                 Only what is still awaited is listed; a draw after it that has a result ends it.
--   RESTART       therapy is resumed after a positive ctDNA found off therapy. It runs from the day of the result, where that was
--                 not delivered of the draw, but not from before the stop. One clock for each time off therapy, from its
--                 first positive; if the last evaluable result before the stop was positive and drawn after the baseline, from
--                 that. A positive on or after the day of a progression belongs to the progression.
--   DECISION      therapy is resumed or changed after a progression: on or after its day, or before it for that reason.
--   CONFIRM_SCAN  a scan settles a suspected progression: the last evaluable scan is an equivocal one, or needs a second, or after
--                 it progression was entered for a scan that could not be evaluated. Only what is open is listed.
-- Clocks end with death and with any exit; RESTART not with a loss to follow-up. STOP ends with a progression and a resumption too.
-- (Where this scope does not hold what the scans showed, there is no DECISION and no CONFIRM_SCAN.)
-- Where the delivery has relative times only, nothing runs: what was done is listed.
-- Builds on: included_subjects, assessments, progressions, first_positives, therapy_changes, exits, follow_up, status_spans
-- Parameters: $evaluator, $pd_confirmation, $stop_within_days, $first_result_overdue_days, $repeat_result_overdue_days,
--   $restart_within_days, $decision_within_days, $confirm_scan_within_days.
-- Columns, one row per clock:
--   subject_id, site_id, kind
--   trigger_day    day of the record that started it; of a positive, the day of its draw
--   start_day      day from which it runs
--   limit_days     null where not set
--   status         DUE (it runs), OVERDUE, DONE, LATE (done after the limit), ENDED
--   done_day
--   days           since start_day: to done_day, else to the cut-off; null where it ended
--   source_table, source_record   the record that started it: its result, specimen or kind of milestone
WITH
stops_delivered AS (
    SELECT
        EXISTS (FROM milestone WHERE kind = 'TX_STOP')
        OR EXISTS (FROM treatment WHERE reason IN ('MAINTENANCE', 'STUDY') AND end_day IS NOT NULL) AS are_delivered
),
changes AS (
    SELECT
        subject_id,
        min(day) FILTER (change = 'STOP') AS stop_day,
        min(day) FILTER (change <> 'STOP') AS restart_day
    FROM therapy_changes
    GROUP BY subject_id
),
stop_clock AS (
    SELECT
        subject_id,
        'STOP' AS kind,
        inclusion_day AS trigger_day,
        inclusion_day AS start_day,
        $stop_within_days AS limit_days,
        stop_day AS done_day,
        least(death_day, exit_day, progression_day, restart_day) AS ended_day,
        'milestone' AS source_table,
        'INCLUDED' AS source_record
    FROM included_subjects
    JOIN exits USING (subject_id)
    JOIN progressions USING (subject_id)
    LEFT JOIN changes USING (subject_id)
    CROSS JOIN stops_delivered
    WHERE are_delivered
),
resulted AS (
    SELECT subject_id, day FROM ctdna_result
),
awaited AS (
    SELECT specimen.subject_id, specimen_id, collected_day
    FROM specimen
    ANTI JOIN ctdna_result ON ctdna_result.specimen_id = specimen.specimen_id
    ANTI JOIN (SELECT subject_id, day FROM ctdna_result WHERE specimen_id IS NULL) AS unlabelled
        ON unlabelled.subject_id = specimen.subject_id AND unlabelled.day = specimen.collected_day
    JOIN subject ON subject.subject_id = specimen.subject_id
    WHERE collected_day <= coalesce(origin_to_cut_off_days, collected_day)
),
gone AS (
    SELECT subject_id FROM milestone WHERE kind IN ('DEATH', 'LTFU', 'WITHDRAWN', 'COMPLETED', 'DISCONTINUED')
    UNION
    SELECT subject_id FROM screen_outcome WHERE status = 'FAILED'
),
result_clock AS (
    SELECT
        awaited.subject_id,
        'RESULT' AS kind,
        collected_day AS trigger_day,
        collected_day AS start_day,
        CASE
            WHEN coalesce(bool_or(resulted.day < collected_day), false) THEN $repeat_result_overdue_days
            ELSE $first_result_overdue_days
        END AS limit_days,
        NULL AS done_day,
        CASE
            WHEN coalesce(bool_or(resulted.day > collected_day), false) OR gone.subject_id IS NOT NULL THEN collected_day
        END AS ended_day,
        'specimen' AS source_table,
        specimen_id AS source_record
    FROM awaited
    LEFT JOIN resulted USING (subject_id)
    LEFT JOIN gone USING (subject_id)
    GROUP BY awaited.subject_id, collected_day, specimen_id, gone.subject_id
),
calls AS (
    SELECT ctdna_result.subject_id, day, result_id, call, coalesce(resulted_day, day) AS known_day
    FROM ctdna_result
    JOIN included_subjects USING (subject_id)
    JOIN first_positives USING (subject_id)
    WHERE superseded_by IS NULL
      AND call <> 'NOT_EVALUABLE'
      AND day > baseline_day
      AND day <= coalesce(cut_off_day, day)
),
times_off AS (
    SELECT
        subject_id,
        phase,
        start_day AS off_day,
        end_day AS back_day,
        lead(phase) OVER (PARTITION BY subject_id ORDER BY start_day, end_day) AS next_phase
    FROM status_spans
),
called_before AS (
    SELECT subject_id, off_day, arg_max(calls, calls.day) AS last_call
    FROM times_off
    JOIN calls USING (subject_id)
    WHERE phase IN ('OFF_THERAPY', 'NOT_DELIVERED') AND calls.day < off_day
    GROUP BY subject_id, off_day
),
found_off AS (
    SELECT
        times_off.subject_id,
        times_off.off_day,
        next_phase,
        back_day,
        min({'day': calls.day, 'result_id': calls.result_id, 'known_day': calls.known_day}) AS positive
    FROM times_off
    JOIN progressions USING (subject_id)
    LEFT JOIN called_before USING (subject_id, off_day)
    JOIN calls
        ON calls.subject_id = times_off.subject_id
        AND calls.call = 'POSITIVE'
        AND (calls.day BETWEEN off_day AND back_day OR (last_call.call = 'POSITIVE' AND calls.day = last_call.day))
        AND calls.day < coalesce(progression_day, calls.day + 1)
    WHERE phase IN ('OFF_THERAPY', 'NOT_DELIVERED')
    GROUP BY times_off.subject_id, times_off.off_day, next_phase, back_day
),
restart_clock AS (
    SELECT
        subject_id,
        'RESTART' AS kind,
        positive.day AS trigger_day,
        greatest(positive.known_day, off_day) AS start_day,
        $restart_within_days AS limit_days,
        CASE WHEN next_phase IN ('RESUMED', 'NEW_TREATMENT') THEN back_day END AS done_day,
        least(death_day, CASE WHEN exit_kind <> 'LTFU' THEN exit_day END) AS ended_day,
        'ctdna_result' AS source_table,
        positive.result_id AS source_record
    FROM found_off
    JOIN exits USING (subject_id)
    WHERE next_phase IS NULL OR next_phase IN ('RESUMED', 'NEW_TREATMENT')
),
decision_clock AS (
    SELECT
        subject_id,
        'DECISION' AS kind,
        progression_day AS trigger_day,
        progression_day AS start_day,
        $decision_within_days AS limit_days,
        min(therapy_changes.day) FILTER (
            change <> 'STOP' AND (therapy_changes.day >= progression_day OR trigger = 'PROGRESSION')
        ) AS done_day,
        least(death_day, exit_day) AS ended_day,
        'response' AS source_table,
        'PD' AS source_record
    FROM progressions
    JOIN exits USING (subject_id)
    LEFT JOIN therapy_changes USING (subject_id)
    WHERE progression_day IS NOT NULL
    GROUP BY subject_id, progression_day, death_day, exit_day
),
last_scans AS (
    SELECT
        subject_id,
        arg_max(overall = 'PD', day) FILTER (evaluable) AS is_suspected,
        max(day) FILTER (evaluable) AS last_evaluable_day,
        max(day) FILTER (unread_pd) AS last_unread_day
    FROM assessments
    GROUP BY subject_id
),
confirm_clock AS (
    SELECT
        subject_id,
        'CONFIRM_SCAN' AS kind,
        greatest(last_unread_day, CASE WHEN is_suspected THEN last_evaluable_day END) AS trigger_day,
        trigger_day AS start_day,
        $confirm_scan_within_days AS limit_days,
        NULL AS done_day,
        least(death_day, exit_day) AS ended_day,
        'response' AS source_table,
        CASE WHEN last_unread_day > coalesce(last_evaluable_day, last_unread_day - 1) THEN 'NE' ELSE 'PD' END AS source_record
    FROM last_scans
    JOIN progressions USING (subject_id)
    JOIN exits USING (subject_id)
    WHERE progression_day IS NULL
      AND (is_suspected OR last_unread_day > coalesce(last_evaluable_day, last_unread_day - 1))
),
every_clock AS (
    SELECT * FROM stop_clock
    UNION ALL
    SELECT * FROM result_clock
    UNION ALL
    SELECT * FROM restart_clock
    UNION ALL
    SELECT * FROM decision_clock
    UNION ALL
    SELECT * FROM confirm_clock
),
judged AS (
    SELECT
        every_clock.*,
        site_id,
        origin_to_cut_off_days AS cut_off_day,
        CASE
            WHEN done_day IS NOT NULL AND done_day - start_day > limit_days THEN 'LATE'
            WHEN done_day IS NOT NULL THEN 'DONE'
            WHEN ended_day IS NOT NULL THEN 'ENDED'
            WHEN cut_off_day IS NULL THEN NULL
            WHEN cut_off_day - start_day > limit_days THEN 'OVERDUE'
            ELSE 'DUE'
        END AS status
    FROM every_clock
    JOIN subject USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    kind,
    trigger_day,
    start_day,
    limit_days,
    status,
    done_day,
    CASE WHEN status <> 'ENDED' THEN coalesce(done_day, cut_off_day) - start_day END AS days,
    source_table,
    source_record
FROM judged
WHERE status IS NOT NULL
ORDER BY subject_id, trigger_day, kind, source_record
