-- What happened on which day of each included patient's lane?
--
-- Source: protocol. ctDNA: the laboratory's call of each current result, on the day of the draw (a superseded result is not
-- drawn). Draws: as draw_schedule says; a draw without result yet stands on its own day, the others on their planned day.
-- PROGRESSION is the first one that counts (progressions), on the day of its scan. Nothing after the cut-off.
-- Builds on: included_subjects, progressions, exits, follow_up, draws, draw_schedule
-- Parameters: those of draw_schedule.
-- Columns, one row per mark, by patient and day:
--   subject_id
--   kind     CTDNA_POSITIVE, CTDNA_NEGATIVE, CTDNA_NOT_EVALUABLE; DRAW_PENDING, DRAW_DUE, DRAW_OVERDUE, DRAW_MISSED,
--            DRAW_NOT_YET_DUE; PROGRESSION, DEATH, LTFU, WITHDRAWN, COMPLETED, DISCONTINUED (first of each);
--            ONGOING at the end of follow-up of everybody who neither died nor left
--   day
--   quantity, unit, qualifier   of a ctDNA result; else null
--   visit_code                  planned visit of a result or draw, or null
--   detail                      why a ctDNA result is not evaluable; how many days a draw is overdue; else null
WITH
marks AS (
    SELECT
        subject_id, 'CTDNA_' || call AS kind, ctdna_result.day, quantity, unit, qualifier, visit_code, failure_reason AS detail
    FROM ctdna_result
    JOIN included_subjects USING (subject_id)
    WHERE superseded_by IS NULL AND ctdna_result.day <= coalesce(cut_off_day, ctdna_result.day)
    UNION ALL
    SELECT subject_id, 'DRAW_PENDING', drawn_day, NULL, NULL, NULL, visit_code, NULL
    FROM draws
    WHERE NOT has_result
    UNION ALL
    SELECT
        subject_id, 'DRAW_' || status, planned_day, NULL, NULL, NULL, visit_code, CAST(days_overdue AS VARCHAR)
    FROM draw_schedule
    WHERE status NOT IN ('DONE', 'PENDING')
    UNION ALL
    SELECT subject_id, 'PROGRESSION', progression_day, NULL, NULL, NULL, NULL, NULL
    FROM progressions
    WHERE progression_day IS NOT NULL
    UNION ALL
    SELECT subject_id, kind, min(milestone.day), NULL, NULL, NULL, NULL, NULL
    FROM milestone
    JOIN included_subjects USING (subject_id)
    WHERE kind IN ('DEATH', 'LTFU', 'WITHDRAWN', 'COMPLETED', 'DISCONTINUED')
      AND milestone.day <= coalesce(cut_off_day, milestone.day)
    GROUP BY subject_id, kind
    UNION ALL
    SELECT subject_id, 'ONGOING', end_day, NULL, NULL, NULL, NULL, NULL
    FROM follow_up
    JOIN exits USING (subject_id)
    WHERE is_ongoing
)
SELECT *
FROM marks
ORDER BY subject_id, day, kind, visit_code
