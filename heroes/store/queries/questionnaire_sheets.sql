-- Which questionnaires did each included patient fill in, at which planned visit, and in which phase of therapy?
--
-- Source: protocol (origin). The visit is the one that the delivery names for that day; else the nearest planned visit with a
-- questionnaire in whose window the day lies (where no window is set, the nearest one). Of several questionnaires at one visit the
-- named one, else the nearest to the planned day, is the visit's; the others have no visit. A questionnaire up to the origin
-- belongs to a visit planned up to the inclusion only, a later one to a later visit only.
-- phase: therapy on the day before (status_spans): the answers look back on the week. On the first day of all, that day's phase.
-- Questionnaires after the cut-off are not known.
-- Builds on: included_subjects, progressions, first_positives, therapy_changes, exits, follow_up, status_spans, origins
-- Parameters: $evaluator, $pd_confirmation, $origin, $population.
-- Columns, one row per patient, instrument and day:
--   subject_id, site_id, instrument, day
--   days          from the origin
--   is_baseline   filled in on or before the origin
--   visit_code, planned_day   null where it belongs to no planned visit
--   phase
--   is_after_progression      filled in after the day of a counted progression; null where this scope does not hold the scans
WITH
sheets AS (
    SELECT DISTINCT
        qs_item.subject_id,
        origins.site_id,
        qs_item.instrument,
        qs_item.day,
        qs_item.day - start_day AS days,
        qs_item.day <= start_day AS is_baseline,
        qs_item.day - inclusion_day AS days_from_inclusion,
        CASE WHEN progressions.is_hidden THEN NULL ELSE coalesce(qs_item.day > progression_day, false) END AS is_after_progression
    FROM qs_item
    JOIN origins USING (subject_id)
    JOIN progressions USING (subject_id)
    WHERE qs_item.day <= coalesce(cut_off_day, qs_item.day)
),
named AS (
    SELECT subject_id, instrument, qs_form.day, qs_form.visit_code, visit_plan.planned_day, 0 AS source_order, 0 AS distance
    FROM qs_form
    JOIN sheets USING (subject_id, instrument, day)
    LEFT JOIN visit_plan USING (visit_code)
    WHERE qs_form.status = 'DONE'
),
nearest AS (
    SELECT
        subject_id,
        instrument,
        sheets.day,
        visit_plan.visit_code,
        visit_plan.planned_day,
        1 AS source_order,
        abs(days_from_inclusion - planned_day) AS distance
    FROM sheets
    ANTI JOIN named USING (subject_id, instrument, day)
    JOIN visit_plan ON needs_qol AND (planned_day <= 0) = is_baseline
    WHERE is_baseline OR days_from_inclusion BETWEEN
        planned_day - coalesce(window_minus, 1000) AND planned_day + coalesce(window_plus, 1000)
    QUALIFY row_number() OVER (PARTITION BY subject_id, instrument, sheets.day ORDER BY distance, planned_day) = 1
),
one_a_visit AS (
    SELECT subject_id, instrument, day, visit_code, planned_day
    FROM (FROM named UNION ALL FROM nearest)
    QUALIFY row_number() OVER (
        PARTITION BY subject_id, instrument, visit_code ORDER BY source_order, distance, day DESC
    ) = 1
),
in_phase AS (
    SELECT
        sheets.subject_id,
        sheets.instrument,
        sheets.day,
        coalesce(arg_max(phase, start_day) FILTER (start_day < sheets.day), arg_min(phase, start_day)) AS phase
    FROM sheets
    JOIN status_spans USING (subject_id)
    GROUP BY ALL
)
SELECT
    sheets.subject_id,
    sheets.site_id,
    sheets.instrument,
    sheets.day,
    sheets.days,
    sheets.is_baseline,
    one_a_visit.visit_code,
    one_a_visit.planned_day,
    in_phase.phase,
    sheets.is_after_progression
FROM sheets
LEFT JOIN one_a_visit USING (subject_id, instrument, day)
LEFT JOIN in_phase USING (subject_id, instrument, day)
ORDER BY sheets.subject_id, sheets.instrument, sheets.day
