-- When was ctDNA first found again after the baseline, and when was it last not found?
--
-- Source: protocol (one positive test is enough; the day is that of the draw). Only evaluable, current results: a result that
-- was superseded by an amended one does not count, nor does one after the cut-off.
-- The baseline draw is the last one on or before the inclusion (a first draw may have failed), else the first one after it;
-- where none was delivered, the inclusion itself. A positive on or before that day is the baseline's own.
-- Builds on: included_subjects
-- Columns, one row per included patient:
--   subject_id
--   baseline_draw_day   day of the baseline draw; null where it was not delivered
--   baseline_day        the same, else the inclusion
--   first_positive_day, first_positive_result   first positive draw after the baseline, and its result_id
--   last_negative_day   last negative draw after the baseline
--   n_calls             current results up to the cut-off, baseline and not evaluable ones included
WITH
baseline AS (
    SELECT
        included_subjects.*,
        coalesce(
            max(milestone.day) FILTER (milestone.day <= inclusion_day),
            min(milestone.day)
        ) AS baseline_draw_day
    FROM included_subjects
    LEFT JOIN milestone ON milestone.subject_id = included_subjects.subject_id AND milestone.kind = 'BASELINE_DRAW'
        AND milestone.day <= coalesce(cut_off_day, milestone.day)
    GROUP BY ALL
),
current_result AS (
    SELECT subject_id, result_id, ctdna_result.day, call, coalesce(baseline_draw_day, inclusion_day) AS baseline_day
    FROM ctdna_result
    JOIN baseline USING (subject_id)
    WHERE superseded_by IS NULL AND ctdna_result.day <= coalesce(cut_off_day, ctdna_result.day)
),
calls AS (
    SELECT
        subject_id,
        min(day) FILTER (call = 'POSITIVE' AND day > baseline_day) AS first_positive_day,
        min({'day': day, 'result_id': result_id}) FILTER (call = 'POSITIVE' AND day > baseline_day) AS first_positive,
        max(day) FILTER (call = 'NEGATIVE' AND day > baseline_day) AS last_negative_day,
        count(*) AS n_calls
    FROM current_result
    GROUP BY subject_id
)
SELECT
    baseline.subject_id,
    baseline_draw_day,
    coalesce(baseline_draw_day, inclusion_day) AS baseline_day,
    first_positive_day,
    first_positive.result_id AS first_positive_result,
    last_negative_day,
    coalesce(n_calls, 0) AS n_calls
FROM baseline
LEFT JOIN calls USING (subject_id)
ORDER BY baseline.subject_id
