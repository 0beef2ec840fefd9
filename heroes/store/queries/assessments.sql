-- What did each day's scan of an included patient show, as the endpoint's evaluator read it?
--
-- Source: protocol (who assesses); censoring conventions: of conflicting readings of one day the worst is used, in the order
-- PD, NON-CR/NON-PD, SD, PR, CR, NED; a scan that could not be evaluated (NE) says nothing about progression.
-- A scan whose reading was not delivered says no more than one that could not be evaluated.
-- Scans after the cut-off are not known. Another reader's scans ("INDEPENDENT ASSESSOR: …") are not the evaluator's.
-- Builds on: included_subjects
-- Parameters: $evaluator, $holds_outcomes.
-- Columns, one row per patient and day:
--   subject_id, day
--   overall      worst overall response of the day among evaluable readings; null where none was
--   evaluable    some reading of the day could be evaluated and says what it found
--   equivocal    every reading of progression that day was marked as suspected only
--   confirmed    the delivery itself says that a later scan confirmed the progression
--   is_hidden    a scan was read, but this scope does not hold what it showed
--   no_reading   a scan was done, and no reading of the day was delivered; in a scope without outcomes nobody can tell
--   unread_pd    progression was entered for a scan that could not be evaluated
WITH
readings AS (
    SELECT
        response.subject_id,
        response.day,
        response.overall,
        response.evaluable AND response.overall <> 'NE' AS evaluable,
        response.evaluable AND response.overall IS NULL AS is_unread,
        NOT response.evaluable AND coalesce(response.overall = 'PD', false) AS unread_pd,
        coalesce(response.equivocal, false) AS equivocal,
        coalesce(response.pd_confirmed, false) AS confirmed,
        CASE response.overall
            WHEN 'PD' THEN 1
            WHEN 'NON-CR/NON-PD' THEN 2
            WHEN 'SD' THEN 3
            WHEN 'PR' THEN 4
            WHEN 'CR' THEN 5
            WHEN 'NED' THEN 6
        END AS severity
    FROM response
    JOIN included_subjects USING (subject_id)
    WHERE response.evaluator = $evaluator
      AND response.day <= coalesce(included_subjects.cut_off_day, response.day)
)
SELECT
    subject_id,
    day,
    arg_min(overall, severity) FILTER (evaluable) AS overall,
    coalesce(bool_or(evaluable), false) AS evaluable,
    coalesce(bool_and(equivocal) FILTER (evaluable AND overall = 'PD'), false) AS equivocal,
    coalesce(bool_or(confirmed) FILTER (evaluable AND overall = 'PD'), false) AS confirmed,
    NOT $holds_outcomes AND bool_or(is_unread) AS is_hidden,
    $holds_outcomes AND bool_or(is_unread) AND NOT coalesce(bool_or(evaluable), false) AS no_reading,
    bool_or(unread_pd) AS unread_pd
FROM readings
GROUP BY subject_id, day
ORDER BY subject_id, day
