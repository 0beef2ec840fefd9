-- What did each patient's QLQ-C30 questionnaires score, scale by scale?
--
-- Source: EORTC QLQ-C30 scoring manual, 3rd edition. Raw score: mean of the answered items, if at least half of the scale's items
-- are answered. Function scales: (1 − (raw − 1) / range) × 100; symptom scales and global health: (raw − 1) / range × 100.
-- Questionnaires after the cut-off are not known. For the time to deterioration, which is derived in the store; the scores that
-- pages show are those of heroes/statistics/quality_of_life.py, and a test holds the two equal.
-- Columns, one row per patient, day and scale that has a score:
--   subject_id, day, scale
--   score      0–100
--   n_items    items answered
--   is_better_high   function scales and global health: a high score is good
WITH
scales AS (
    FROM (
        VALUES
            ('QL', [29, 30], 6, TRUE, FALSE),
            ('PF', [1, 2, 3, 4, 5], 3, TRUE, TRUE), ('RF', [6, 7], 3, TRUE, TRUE), ('EF', [21, 22, 23, 24], 3, TRUE, TRUE),
            ('CF', [20, 25], 3, TRUE, TRUE), ('SF', [26, 27], 3, TRUE, TRUE),
            ('FA', [10, 12, 18], 3, FALSE, FALSE), ('NV', [14, 15], 3, FALSE, FALSE), ('PA', [9, 19], 3, FALSE, FALSE),
            ('DY', [8], 3, FALSE, FALSE), ('SL', [11], 3, FALSE, FALSE), ('AP', [13], 3, FALSE, FALSE),
            ('CO', [16], 3, FALSE, FALSE), ('DI', [17], 3, FALSE, FALSE), ('FI', [28], 3, FALSE, FALSE)
    ) AS scale (scale, items, item_range, is_better_high, is_reversed)
),
answers AS (
    SELECT qs_item.subject_id, qs_item.day, item_no, value
    FROM qs_item
    JOIN subject USING (subject_id)
    WHERE instrument = 'QLQ-C30' AND value IS NOT NULL AND qs_item.day <= coalesce(origin_to_cut_off_days, qs_item.day)
)
SELECT
    subject_id,
    day,
    scale,
    CASE WHEN is_reversed THEN 1 - (avg(value) - 1) / item_range ELSE (avg(value) - 1) / item_range END * 100 AS score,
    count(*) AS n_items,
    is_better_high
FROM answers
JOIN scales ON list_contains(items, item_no)
GROUP BY subject_id, day, scale, item_range, is_reversed, is_better_high, len(items)
HAVING 2 * count(*) >= len(items)
ORDER BY subject_id, day, scale
