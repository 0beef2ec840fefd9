-- Which adverse events did each included patient have, and in which phase of therapy did each begin?
--
-- As coded in the delivery (dictionary, CTCAE grade); nothing after the cut-off is known.
-- phase: the phase of therapy (status_spans) of the day on which the event began, a change of that day counting; BEFORE where it
-- began before the inclusion and before any stop of therapy; null where its first day was not delivered.
-- Builds on: included_subjects, progressions, first_positives, therapy_changes, exits, follow_up, status_spans
-- Parameters: $evaluator, $pd_confirmation.
-- Columns, one row per event:
--   subject_id, site_id, seq, term, soc, grade, serious, related
--   start_day, end_day   end_day null while ongoing
--   phase
--   days_since           from its first day to the cut-off; null where either is not known
--   is_ongoing           no last day by the cut-off
WITH
events AS (
    SELECT
        ae.*,
        site_id,
        inclusion_day,
        cut_off_day - ae.start_day AS days_since,
        ae.end_day IS NULL OR ae.end_day > coalesce(cut_off_day, ae.end_day) AS is_ongoing
    FROM ae
    JOIN included_subjects USING (subject_id)
    WHERE coalesce(ae.start_day <= cut_off_day, true)
),
in_phase AS (
    SELECT events.subject_id, events.seq, arg_max(phase, status_spans.start_day) AS phase
    FROM events
    JOIN status_spans ON status_spans.subject_id = events.subject_id AND status_spans.start_day <= events.start_day
    GROUP BY ALL
)
SELECT
    events.subject_id,
    site_id,
    events.seq,
    term,
    soc,
    grade,
    serious,
    related,
    start_day,
    CASE WHEN NOT is_ongoing THEN end_day END AS end_day,
    CASE WHEN start_day IS NOT NULL THEN coalesce(phase, 'BEFORE') END AS phase,
    days_since,
    is_ongoing
FROM events
LEFT JOIN in_phase ON in_phase.subject_id = events.subject_id AND in_phase.seq = events.seq
ORDER BY events.subject_id, events.seq
