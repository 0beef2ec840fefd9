-- Where do the delivered times to event and those derived from the records differ, and why?
--
-- Both are shown as they are; neither mends the other. Values within half a day of each other are the same.
-- reason, the first that applies:
--   derived only                                           included, but no such time was delivered
--   delivered only                                         delivered, but the patient is not among the derived ones
--   no responses delivered                                 they differ, and no reading of the evaluator was delivered
--   event delivered, none in the records
--   progression in the records, not in the delivered PFS
--   death in the records, not in the delivered PFS
--   event in the records, not in the delivered PFS         another event of the chosen estimand
--   delivered value is not in days                         its unit is not a time: only the status could be compared
--   delivered value is not the difference of its dates     neither with nor without +1 day
--   differs by the +1 day convention                       the same days, counted with and without +1
--   same end, counted from another origin
--   same event, other day
--   same status, other day                                 both censored
--   null                                                   no difference
-- Builds on: time_to_event, delivered_times
-- Parameters: $paramcd, and $evaluator and the others of time_to_event.
-- Columns, one row per patient in either: subject_id, site_id, delivered_days, delivered_event, derived_days, derived_event,
--   difference_days (delivered − derived), reason.
WITH
read_patients AS (
    SELECT DISTINCT subject_id FROM response WHERE evaluator = $evaluator
),
pairs AS (
    SELECT
        coalesce(delivered_times.subject_id, time_to_event.subject_id) AS subject_id,
        coalesce(delivered_times.site_id, time_to_event.site_id) AS site_id,
        delivered_times.subject_id IS NOT NULL AS is_delivered,
        time_to_event.subject_id IS NOT NULL AS is_derived,
        aval_days AS delivered_days,
        delivered_times.event AS delivered_event,
        time_days AS derived_days,
        time_to_event.event AS derived_event,
        time_to_event.reason AS derived_reason,
        aval_days - time_days AS difference_days,
        aval_days - (delivered_times.end_day - delivered_times.start_day) AS surplus_over_dates,
        delivered_times.end_day <> time_to_event.end_day AS has_other_end,
        delivered_times.start_day <> time_to_event.start_day AS has_other_start
    FROM delivered_times
    FULL JOIN time_to_event ON time_to_event.subject_id = delivered_times.subject_id
)
SELECT
    subject_id,
    site_id,
    delivered_days,
    delivered_event,
    derived_days,
    derived_event,
    difference_days,
    CASE
        WHEN NOT is_delivered THEN 'derived only'
        WHEN NOT is_derived THEN 'delivered only'
        WHEN delivered_event = derived_event AND abs(difference_days) <= 0.5 THEN NULL
        WHEN subject_id NOT IN (FROM read_patients) THEN 'no responses delivered'
        WHEN delivered_event AND NOT derived_event THEN 'event delivered, none in the records'
        WHEN derived_event AND NOT delivered_event THEN CASE derived_reason
            WHEN 'RADIOLOGICAL PROGRESSION' THEN 'progression in the records, not in the delivered PFS'
            WHEN 'DEATH' THEN 'death in the records, not in the delivered PFS'
            ELSE 'event in the records, not in the delivered PFS'
        END
        WHEN delivered_days IS NULL THEN 'delivered value is not in days'
        WHEN abs(surplus_over_dates) > 0.5 AND abs(surplus_over_dates - 1) > 0.5
            THEN 'delivered value is not the difference of its dates'
        WHEN abs(abs(difference_days) - 1) <= 0.5 AND NOT coalesce(has_other_end OR has_other_start, false)
            THEN 'differs by the +1 day convention'
        WHEN has_other_start AND NOT has_other_end THEN 'same end, counted from another origin'
        WHEN derived_event THEN 'same event, other day'
        ELSE 'same status, other day'
    END AS reason
FROM pairs
ORDER BY subject_id
