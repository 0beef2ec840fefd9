-- What became of every planned ctDNA draw of each included patient, as of the data cut?
--
-- Source: protocol (schedule from the inclusion; one test after a resumption for ctDNA). Planned are the visits of the plan
-- to which a ctDNA draw belongs, and POST_RESTART, after the first resumption for a positive ctDNA.
-- The schedule ends with death, any exit or progression, and for the regular draws with the first resumption or new treatment
-- unless the protocol lets them go on. A draw planned after that day does not exist, unless it was made all the same. (Where
-- this scope does not hold what the scans showed, a progression is not known here and ends nothing.)
-- Which draw belongs to a planned one: the draw that carries its visit code (the first with a result, else the first); without
-- one, the nearest draw that carries no code of the plan, if this planned day is the nearest to it, it lies inside the window,
-- and it is on the same side of the baseline. Where no window is set, only draws without any code are taken so.
-- Draws after a resumption may serve as POST_RESTART, whatever their code, if they lie inside its window. A regular draw planned
-- after the schedule has ended is made only by a draw that carries its code: the nearest one without a code does not make it.
-- Statuses:
--   DONE          drawn, with a result, whatever it says
--   PENDING       drawn, no result yet
--   MISSED        recorded as missed; or its window has passed (its day, where none is set) and a later planned draw was made
--                 or the schedule has ended
--   NOT_YET_DUE   its window is not open yet (its day not reached, where none is set)
--   DUE           its window is open; or its day has come and no window is set
--   OVERDUE       its window has passed at the cut-off, nothing drawn
-- Where the delivery has relative times only, nothing is said to be due: only draws made or recorded as missed are listed.
-- Builds on: included_subjects, progressions, first_positives, therapy_changes, exits, draws
-- Parameters: $evaluator, $pd_confirmation, $holds_outcomes, $draws_continue_after_restart, $post_restart_days,
--   $post_restart_window_days.
-- Columns, one row per planned draw:
--   subject_id, site_id, visit_code, planned_day, window_start, window_end (null where not set), status
--   drawn_day      day of the draw that belongs to it, or null
--   days_overdue   days from the end of the window to the cut-off, of OVERDUE draws only
WITH
restarts AS (
    SELECT
        subject_id,
        min(day) AS restart_day,
        min(day) FILTER (change = 'RESUME' AND trigger = 'CTDNA') AS ctdna_restart_day
    FROM therapy_changes
    WHERE change <> 'STOP'
    GROUP BY subject_id
),
schedule_ends AS (
    SELECT
        subject_id,
        least(death_day, exit_day, progression_day) AS end_of_tests,
        least(end_of_tests, CASE WHEN NOT $draws_continue_after_restart THEN restart_day END) AS end_of_regular_draws,
        ctdna_restart_day
    FROM included_subjects
    JOIN exits USING (subject_id)
    JOIN progressions USING (subject_id)
    LEFT JOIN restarts USING (subject_id)
),
planned AS (
    SELECT
        subject_id,
        visit_code,
        inclusion_day + planned_day AS planned_day,
        inclusion_day + planned_day - window_minus AS window_start,
        inclusion_day + planned_day + window_plus AS window_end,
        end_of_regular_draws AS schedule_end,
        planned_day <= 0 AS is_baseline,
        FALSE AS after_restart
    FROM included_subjects
    JOIN schedule_ends USING (subject_id)
    CROSS JOIN visit_plan
    WHERE needs_ctdna
    UNION ALL
    SELECT
        subject_id,
        'POST_RESTART',
        ctdna_restart_day + $post_restart_days,
        ctdna_restart_day + $post_restart_days - $post_restart_window_days,
        ctdna_restart_day + $post_restart_days + $post_restart_window_days,
        end_of_tests,
        FALSE,
        TRUE
    FROM schedule_ends
    WHERE ctdna_restart_day + $post_restart_days IS NOT NULL
),
by_code AS (
    SELECT planned.subject_id, planned.visit_code, drawn_day, has_result, 0 AS distance
    FROM planned
    JOIN draws USING (subject_id, visit_code)
),
uncoded AS (
    SELECT draws.*, drawn_day <= baseline_day AS is_baseline
    FROM draws
    JOIN first_positives USING (subject_id)
    ANTI JOIN visit_plan ON visit_plan.visit_code = draws.visit_code AND visit_plan.needs_ctdna
    WHERE draws.visit_code IS DISTINCT FROM 'POST_RESTART'
),
by_nearness AS (
    SELECT
        uncoded.subject_id,
        planned.visit_code,
        drawn_day,
        has_result,
        abs(drawn_day - planned_day) AS distance,
        window_start,
        window_end,
        planned_day > schedule_end AS is_after_the_end,
        uncoded.visit_code AS drawn_code
    FROM uncoded
    JOIN planned ON planned.subject_id = uncoded.subject_id AND planned.is_baseline = uncoded.is_baseline
    WHERE NOT after_restart
    QUALIFY row_number() OVER (PARTITION BY uncoded.subject_id, drawn_day, uncoded.visit_code ORDER BY distance, planned_day) = 1
),
by_restart AS (
    SELECT planned.subject_id, planned.visit_code, drawn_day, has_result, abs(drawn_day - planned_day) AS distance
    FROM planned
    JOIN draws USING (subject_id)
    WHERE after_restart AND drawn_day BETWEEN window_start AND window_end
),
candidates AS (
    SELECT *, 1 AS kind_order FROM by_code
    UNION ALL
    SELECT * EXCLUDE (window_start, window_end, is_after_the_end, drawn_code), 2
    FROM by_nearness
    WHERE NOT coalesce(is_after_the_end, false) AND CASE
        WHEN window_end IS NULL THEN drawn_code IS NULL
        ELSE drawn_day BETWEEN coalesce(window_start, drawn_day) AND window_end
    END
    UNION ALL
    SELECT *, 2 FROM by_restart
),
matched AS (
    SELECT subject_id, visit_code, drawn_day, has_result
    FROM candidates
    QUALIFY row_number() OVER (
        PARTITION BY subject_id, visit_code ORDER BY kind_order, distance, has_result DESC, drawn_day
    ) = 1
),
last_drawn AS (
    SELECT subject_id, max(planned_day) AS last_planned_day_drawn
    FROM matched
    JOIN planned USING (subject_id, visit_code)
    GROUP BY subject_id
),
missed_visits AS (
    SELECT DISTINCT subject_id, visit_code FROM visit WHERE status = 'MISSED'
),
judged AS (
    SELECT
        planned.*,
        included_subjects.site_id,
        cut_off_day,
        drawn_day,
        CASE
            WHEN has_result THEN 'DONE'
            WHEN drawn_day IS NOT NULL THEN 'PENDING'
            WHEN planned_day > schedule_end THEN NULL
            WHEN missed_visits.visit_code IS NOT NULL THEN 'MISSED'
            WHEN cut_off_day IS NULL THEN NULL
            WHEN schedule_end IS NOT NULL THEN 'MISSED'
            WHEN cut_off_day < coalesce(window_start, planned_day) THEN 'NOT_YET_DUE'
            WHEN cut_off_day <= window_end THEN 'DUE'
            WHEN last_planned_day_drawn > planned_day THEN 'MISSED'
            WHEN window_end IS NULL THEN 'DUE'
            ELSE 'OVERDUE'
        END AS status
    FROM planned
    JOIN included_subjects USING (subject_id)
    LEFT JOIN matched USING (subject_id, visit_code)
    LEFT JOIN last_drawn USING (subject_id)
    LEFT JOIN missed_visits USING (subject_id, visit_code)
)
SELECT
    subject_id,
    site_id,
    visit_code,
    planned_day,
    window_start,
    window_end,
    status,
    drawn_day,
    CASE WHEN status = 'OVERDUE' THEN cut_off_day - window_end END AS days_overdue
FROM judged
WHERE status IS NOT NULL
ORDER BY subject_id, planned_day, visit_code
