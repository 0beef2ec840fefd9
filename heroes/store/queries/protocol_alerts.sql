-- Which rules of the protocol ring for which patients, and which record says so?
--
-- Source: protocol; limits and windows as in reaction_clocks and protocol_clocks. Rules:
--   PROGRESSION_WITHOUT_DECISION, POSITIVE_NOT_RESTARTED, NOT_STOPPED, RESULT_OUTSTANDING, PROGRESSION_UNCONFIRMED
--                               the clocks DECISION, RESTART, STOP, RESULT and CONFIRM_SCAN that are overdue
--   POST_RESTART_TEST_MISSING   the test after a resumption is overdue, or was recorded as missed and not made since
--   DRAW_OVERDUE, SCAN_OVERDUE  planned ones are overdue, or recorded as missed with none made since: one alert for all of a
--                               patient, which counts from the end of the first one's window
--   OUTSIDE_WINDOW              the last draw or scan that was made lay outside its window
--   NOT_EVALUABLE_AGAIN         the last results ($not_evaluable_in_a_row of them) could not be evaluated
--   NO_NEWS                     nobody saw the patient for more than $no_news_weeks weeks
--   BASELINE_POSITIVE_INCLUDED  the last evaluable ctDNA up to the inclusion was positive (of the baseline draw, where none was
--                               drawn up to then)
--   RESTART_WITHOUT_TRIGGER     therapy was resumed or changed without a positive ctDNA since the stop, and without a
--                               progression, even a suspected one, up to that day
--   CONSENT_ORDER               AFTER_STOP: second consent after the stop of therapy; BEFORE_RESULT: before the baseline result;
--                               AFTER_INCLUSION: after the inclusion; MISSING: none, though others have one; BEFORE_FIRST: before
--                               the first consent
-- All up to NO_NEWS ask for something to be done and end with death and with any exit (POSITIVE_NOT_RESTARTED not with a loss to
-- follow-up). The others say what happened, and stay.
-- A rule whose limit is not set does not ring. Where times are relative only, no rule that needs the cut-off rings. Where this
-- scope does not hold what the scans showed, rules about progression and RESTART_WITHOUT_TRIGGER do not ring.
-- Builds on: assessments, progressions, first_positives, therapy_changes, exits, last_seen, reaction_clocks, protocol_clocks
-- Parameters: those of both kinds of clock, $draws_continue_after_restart, $not_evaluable_in_a_row, $no_news_weeks.
-- Columns, one row per alert, by patient and rule:
--   subject_id, site_id, rule
--   detail         what of it: a visit, a kind of scan or draw, an order of consents; may be null
--   n              how many records it is about (visits overdue, tests not evaluable, weeks without news); null where that is one
--   days           since the clock of the rule started, else past its window; null where no time runs
--   limit_days     what the protocol allows; null where no time runs
--   is_over        the patient died or left; the lost may be found again
--   source_table, source_day, source_record   the record that says so
--   facts          what the alert rests on, without the days that pass: the same as long as nothing happens
WITH
reactions AS (
    SELECT
        subject_id,
        CASE kind
            WHEN 'DECISION' THEN 'PROGRESSION_WITHOUT_DECISION'
            WHEN 'RESTART' THEN 'POSITIVE_NOT_RESTARTED'
            WHEN 'STOP' THEN 'NOT_STOPPED'
            WHEN 'RESULT' THEN 'RESULT_OUTSTANDING'
            ELSE 'PROGRESSION_UNCONFIRMED'
        END AS rule,
        NULL AS detail,
        NULL AS n,
        days,
        limit_days,
        source_table,
        trigger_day AS source_day,
        source_record,
        concat_ws('|', source_table, trigger_day, source_record) AS facts
    FROM reaction_clocks
    WHERE status = 'OVERDUE'
),
last_made AS (
    SELECT
        subject_id,
        kind,
        max(planned_day) AS last_planned_day,
        arg_max({'visit': visit_code, 'status': status, 'day': done_day, 'days': days}, done_day) AS made
    FROM protocol_clocks
    WHERE status IN ('DONE', 'EARLY', 'LATE') AND kind <> 'QUESTIONNAIRE'
    GROUP BY subject_id, kind
),
not_made AS (
    SELECT protocol_clocks.*
    FROM protocol_clocks
    LEFT JOIN last_made USING (subject_id, kind)
    WHERE NOT is_over
      AND kind <> 'QUESTIONNAIRE'
      AND status IN ('OVERDUE', 'MISSED')
      AND cut_off_day > window_end
      AND planned_day > coalesce(last_planned_day, planned_day - 1)
),
regular_draws_over AS (
    SELECT subject_id FROM therapy_changes WHERE change <> 'STOP' AND NOT $draws_continue_after_restart
),
visits_not_made AS (
    SELECT
        subject_id,
        CASE kind WHEN 'POST_RESTART' THEN 'POST_RESTART_TEST_MISSING' ELSE kind || '_OVERDUE' END AS rule,
        arg_min(visit_code, planned_day) AS detail,
        count(*) AS n,
        max(cut_off_day - window_end) AS days,
        0 AS limit_days,
        'visit_plan' AS source_table,
        min(planned_day) AS source_day,
        arg_max(visit_code, planned_day) AS source_record,
        string_agg(visit_code || ' ' || status, '|' ORDER BY planned_day) AS facts
    FROM not_made
    ANTI JOIN regular_draws_over ON regular_draws_over.subject_id = not_made.subject_id AND not_made.kind = 'DRAW'
    GROUP BY subject_id, kind
),
outside_window AS (
    SELECT
        subject_id,
        'OUTSIDE_WINDOW' AS rule,
        kind || '_' || made.status AS detail,
        NULL AS n,
        made.days,
        0 AS limit_days,
        CASE kind WHEN 'SCAN' THEN 'response' ELSE 'specimen' END AS source_table,
        made.day AS source_day,
        made.visit AS source_record,
        concat_ws('|', kind, made.visit, made.day, made.status) AS facts
    FROM last_made
    JOIN exits USING (subject_id)
    WHERE made.status IN ('EARLY', 'LATE') AND is_ongoing
),
current_results AS (
    SELECT
        ctdna_result.subject_id,
        day,
        result_id,
        call,
        inclusion_day,
        coalesce(baseline_draw_day, inclusion_day) AS baseline_day,
        row_number() OVER (PARTITION BY ctdna_result.subject_id ORDER BY day DESC, result_id DESC) AS from_last
    FROM ctdna_result
    JOIN included_subjects USING (subject_id)
    JOIN first_positives USING (subject_id)
    WHERE superseded_by IS NULL AND day <= coalesce(cut_off_day, day)
),
not_evaluable AS (
    SELECT
        subject_id,
        'NOT_EVALUABLE_AGAIN' AS rule,
        NULL AS detail,
        count(*) AS n,
        any_value(cut_off_day) - max(day) AS days,
        NULL AS limit_days,
        'ctdna_result' AS source_table,
        max(day) AS source_day,
        arg_max(result_id, day) AS source_record,
        string_agg(result_id, '|' ORDER BY day, result_id) AS facts
    FROM current_results
    JOIN included_subjects USING (subject_id)
    JOIN exits USING (subject_id)
    JOIN progressions USING (subject_id)
    WHERE from_last <= $not_evaluable_in_a_row AND is_ongoing AND progression_day IS NULL
    GROUP BY subject_id
    HAVING count(*) = $not_evaluable_in_a_row AND bool_and(call = 'NOT_EVALUABLE')
),
no_news AS (
    SELECT
        subject_id,
        'NO_NEWS' AS rule,
        seen_detail AS detail,
        (cut_off_day - coalesce(seen_day, inclusion_day)) // 7 AS n,
        cut_off_day - coalesce(seen_day, inclusion_day) AS days,
        7 * $no_news_weeks AS limit_days,
        coalesce(seen_source, 'milestone') AS source_table,
        coalesce(seen_day, inclusion_day) AS source_day,
        coalesce(seen_detail, 'INCLUDED') AS source_record,
        concat_ws('|', source_table, source_day) AS facts
    FROM included_subjects
    JOIN exits USING (subject_id)
    LEFT JOIN last_seen USING (subject_id)
    WHERE is_ongoing AND cut_off_day - coalesce(seen_day, inclusion_day) > 7 * $no_news_weeks
),
baseline_call AS (
    SELECT
        subject_id,
        max({'day': day, 'result_id': result_id, 'call': call}) FILTER (day <= inclusion_day) AS before_inclusion,
        max({'day': day, 'result_id': result_id, 'call': call}) FILTER (day <= baseline_day) AS of_baseline
    FROM current_results
    WHERE call <> 'NOT_EVALUABLE'
    GROUP BY subject_id
),
baseline_positive AS (
    SELECT
        subject_id,
        'BASELINE_POSITIVE_INCLUDED' AS rule,
        NULL AS detail,
        NULL AS n,
        NULL AS days,
        NULL AS limit_days,
        'ctdna_result' AS source_table,
        coalesce(before_inclusion, of_baseline).day AS source_day,
        coalesce(before_inclusion, of_baseline).result_id AS source_record,
        source_record AS facts
    FROM baseline_call
    WHERE coalesce(before_inclusion, of_baseline).call = 'POSITIVE'
),
positives AS (
    SELECT subject_id, day FROM current_results WHERE call = 'POSITIVE' AND day > baseline_day
),
stops AS (
    SELECT subject_id, day FROM therapy_changes WHERE change = 'STOP'
),
seen_progressions AS (
    SELECT subject_id, min(day) AS first_day FROM assessments WHERE overall = 'PD' OR unread_pd GROUP BY subject_id
),
restarts AS (
    SELECT
        therapy_changes.subject_id,
        therapy_changes.day,
        change,
        trigger,
        max(stops.day) AS last_stop_day
    FROM therapy_changes
    JOIN progressions USING (subject_id)
    LEFT JOIN stops ON stops.subject_id = therapy_changes.subject_id AND stops.day <= therapy_changes.day
    WHERE change <> 'STOP' AND NOT is_hidden
    GROUP BY ALL
),
answered AS (
    SELECT restarts.subject_id, restarts.day
    FROM restarts
    JOIN positives ON positives.subject_id = restarts.subject_id AND positives.day <= restarts.day
    WHERE NOT EXISTS (
        FROM restarts AS earlier
        WHERE earlier.subject_id = restarts.subject_id
          AND earlier.day >= positives.day
          AND earlier.day < restarts.last_stop_day
    )
    UNION
    SELECT restarts.subject_id, restarts.day
    FROM restarts
    JOIN seen_progressions ON seen_progressions.subject_id = restarts.subject_id AND first_day <= restarts.day
),
without_trigger AS (
    SELECT
        restarts.subject_id,
        'RESTART_WITHOUT_TRIGGER' AS rule,
        trigger AS detail,
        NULL AS n,
        NULL AS days,
        NULL AS limit_days,
        'treatment' AS source_table,
        restarts.day AS source_day,
        change AS source_record,
        concat_ws('|', change, restarts.day, trigger) AS facts
    FROM restarts
    ANTI JOIN answered USING (subject_id, day)
),
consents AS (
    SELECT
        subject_id,
        inclusion_day,
        min(milestone.day) FILTER (kind = 'CONSENT1') AS first_day,
        min(milestone.day) FILTER (kind = 'CONSENT2') AS second_day,
        max(milestone.day) FILTER (kind = 'BASELINE_RESULT' AND milestone.day <= inclusion_day) AS result_day
    FROM included_subjects
    LEFT JOIN milestone USING (subject_id)
    GROUP BY subject_id, inclusion_day
),
consent_orders AS (
    SELECT
        subject_id,
        first_day,
        second_day,
        CASE
            WHEN second_day > (SELECT min(day) FROM stops WHERE stops.subject_id = consents.subject_id) THEN 'AFTER_STOP'
            WHEN second_day > inclusion_day THEN 'AFTER_INCLUSION'
            WHEN second_day < result_day THEN 'BEFORE_RESULT'
            WHEN second_day < first_day THEN 'BEFORE_FIRST'
            WHEN second_day IS NULL AND EXISTS (FROM milestone WHERE kind = 'CONSENT2') THEN 'MISSING'
        END AS wrong_order,
        coalesce(second_day, inclusion_day) AS day
    FROM consents
),
consent_order AS (
    SELECT
        subject_id,
        'CONSENT_ORDER' AS rule,
        wrong_order AS detail,
        NULL AS n,
        NULL AS days,
        NULL AS limit_days,
        'milestone' AS source_table,
        day AS source_day,
        CASE wrong_order WHEN 'MISSING' THEN 'INCLUDED' ELSE 'CONSENT2' END AS source_record,
        concat_ws('|', wrong_order, day) AS facts
    FROM consent_orders
    WHERE wrong_order IS NOT NULL
),
every_alert AS (
    SELECT * FROM reactions
    UNION ALL
    SELECT * FROM visits_not_made
    UNION ALL
    SELECT * FROM outside_window
    UNION ALL
    SELECT * FROM not_evaluable
    UNION ALL
    SELECT * FROM no_news
    UNION ALL
    SELECT * FROM baseline_positive
    UNION ALL
    SELECT * FROM without_trigger
    UNION ALL
    SELECT * FROM consent_order
)
SELECT
    subject_id,
    site_id,
    rule,
    detail,
    n,
    days,
    limit_days,
    death_day IS NOT NULL OR coalesce(exit_kind <> 'LTFU', false) AS is_over,
    source_table,
    source_day,
    source_record,
    facts
FROM every_alert
JOIN subject USING (subject_id)
LEFT JOIN exits USING (subject_id)
ORDER BY subject_id, rule, source_day, detail
