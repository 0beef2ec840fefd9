-- When did each included patient first progress by imaging, counted as the protocol counts it?
--
-- Source: RECIST 1.1 (an equivocal finding stays suspected until a later scan settles it; when confirmed, the date is that of
-- the first suspicion); protocol ($pd_confirmation):
--   none            every evaluable progression counts
--   equivocal_only  an equivocal one counts only if the next evaluable scan that settles it shows progression
--   second_scan     every progression needs that next scan
-- "Settles": an equivocal progression after an equivocal one keeps the suspicion open, and the scan after it decides.
-- Where the delivery itself says that a progression was confirmed (pd_confirmed), it counts.
-- Builds on: included_subjects, assessments
-- Parameters: $evaluator, $pd_confirmation, $holds_outcomes.
-- Columns, one row per included patient:
--   subject_id
--   progression_day   day of the scan of the first progression that counts; null where there is none
--   suspected_day     day of the first progression that does not count, where none counts
--   unread_pd_day     first day on which progression was entered for a scan that could not be evaluated
--   no_reading_day    first day after the inclusion with a scan whose reading was not delivered
--   is_hidden         scans were read whose result this scope does not hold: absence of a progression is then not known
--   n_assessments     days with an evaluable scan of the evaluator, from whenever
--   n_others          readings by other evaluators
WITH
settled_by AS (
    SELECT
        *,
        first_value(CASE WHEN overall = 'PD' AND equivocal THEN NULL ELSE overall END IGNORE NULLS) OVER (
            PARTITION BY subject_id ORDER BY day ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS next_settled
    FROM assessments
    WHERE evaluable
),
progression AS (
    SELECT
        subject_id,
        day,
        confirmed
        OR $pd_confirmation = 'none'
        OR ($pd_confirmation = 'equivocal_only' AND NOT equivocal)
        OR coalesce(next_settled = 'PD', false) AS counts
    FROM settled_by
    WHERE overall = 'PD'
),
first_progression AS (
    SELECT subject_id, min(day) FILTER (counts) AS progression_day, min(day) FILTER (NOT counts) AS uncounted_day
    FROM progression
    GROUP BY subject_id
),
scan_summary AS (
    SELECT
        subject_id,
        bool_or(is_hidden) AS is_hidden,
        min(day) FILTER (unread_pd) AS unread_pd_day,
        min(day) FILTER (no_reading AND day > inclusion_day) AS no_reading_day,
        count(*) FILTER (evaluable) AS n_assessments
    FROM assessments
    JOIN included_subjects USING (subject_id)
    GROUP BY subject_id
),
other_readers AS (
    SELECT subject_id, count(*) AS n_others FROM response WHERE evaluator <> $evaluator GROUP BY subject_id
)
SELECT
    included_subjects.subject_id,
    progression_day,
    CASE WHEN progression_day IS NULL THEN uncounted_day END AS suspected_day,
    unread_pd_day,
    no_reading_day,
    coalesce(is_hidden, false) AS is_hidden,
    coalesce(n_assessments, 0) AS n_assessments,
    coalesce(n_others, 0) AS n_others
FROM included_subjects
LEFT JOIN first_progression USING (subject_id)
LEFT JOIN scan_summary USING (subject_id)
LEFT JOIN other_readers USING (subject_id)
ORDER BY included_subjects.subject_id
