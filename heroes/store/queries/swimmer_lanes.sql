-- One line for each included patient: where do they stand, how long were they followed, what happened first?
--
-- Source: protocol; the first progression is that of progressions, the end of follow-up that of follow_up.
-- Builds on: included_subjects, progressions, first_positives, therapy_changes, exits, follow_up, status_spans
-- Parameters: $evaluator, $pd_confirmation, $holds_outcomes.
-- Columns, one row per included patient:
--   subject_id, site_id
--   status        DEAD; else PROGRESSED; else the first exit WITHDRAWN, LTFU, COMPLETED, DISCONTINUED; else ONGOING.
--                 null where the patient may have progressed but this scope does not hold what the scans showed
--   phase         phase of therapy at the end of follow-up
--   n_calls       current ctDNA results up to the cut-off, baseline and not evaluable ones included
--   first_positive_day, progression_day, death_day, stop_day
--   end_day       end of follow-up
--   origin_to_cut_off_days   null where the delivery has relative times only
--   origin_month  first day of the calendar month of day 0; null where times are relative
--   ongoing       neither death nor exit is recorded: follow-up goes on, after a progression too
WITH
last_phase AS (
    SELECT subject_id, arg_max(phase, start_day) AS phase FROM status_spans GROUP BY subject_id
),
first_stop AS (
    SELECT subject_id, min(day) AS stop_day FROM therapy_changes WHERE change = 'STOP' GROUP BY subject_id
)
SELECT
    included_subjects.subject_id,
    included_subjects.site_id,
    CASE
        WHEN death_day IS NOT NULL THEN 'DEAD'
        WHEN progression_day IS NOT NULL THEN 'PROGRESSED'
        WHEN is_hidden THEN NULL
        ELSE coalesce(exit_kind, 'ONGOING')
    END AS status,
    phase,
    n_calls,
    first_positive_day,
    progression_day,
    death_day,
    stop_day,
    end_day,
    cut_off_day AS origin_to_cut_off_days,
    CAST(date_trunc('month', data_cut.cut_off - cut_off_day) AS DATE) AS origin_month,
    is_ongoing AS ongoing
FROM included_subjects
JOIN progressions USING (subject_id)
JOIN first_positives USING (subject_id)
JOIN exits USING (subject_id)
JOIN follow_up USING (subject_id)
JOIN last_phase USING (subject_id)
LEFT JOIN first_stop USING (subject_id)
CROSS JOIN data_cut
ORDER BY included_subjects.subject_id
