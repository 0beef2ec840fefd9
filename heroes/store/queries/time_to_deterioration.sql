-- How long until each included patient's quality of life fell for good?
--
-- Source: protocol (scale, minimal important difference); ADTTE PARAMCD TTDQL. Baseline: the last score on or before the origin.
-- Event: the first score that is worse than the baseline by the minimal important difference or more, when every later score is
-- so too. Death without it is an event or competes, as the protocol says. Censored at the last score; without one after the
-- origin, or without a baseline, at the origin.
-- Builds on: included_subjects, first_positives, origins, exits, quality_of_life_scores, reason_codes
-- Parameters: $origin, $population, $deterioration_scale, $minimal_important_difference, $death_is_event, $aval_add_one.
-- Columns: those of time_to_event; cause 0 censored, 1 event, 2 death first (where it competes);
--   clear_days: for a deterioration the last score before it that was not so low.
WITH
baselines AS (
    SELECT subject_id, max({'day': day, 'score': score}) AS baseline
    FROM quality_of_life_scores
    JOIN origins USING (subject_id)
    WHERE scale = $deterioration_scale AND day <= start_day
    GROUP BY subject_id
),
changes AS (
    SELECT
        subject_id,
        day,
        score,
        CASE WHEN is_better_high THEN baseline.score - score ELSE score - baseline.score END
            >= $minimal_important_difference - 1e-9 AS is_worse
    FROM quality_of_life_scores
    JOIN origins USING (subject_id)
    JOIN baselines USING (subject_id)
    WHERE scale = $deterioration_scale AND day > start_day
),
followed AS (
    SELECT
        subject_id,
        max({'day': day, 'score': score}) AS last_score,
        max(day) FILTER (NOT is_worse) AS last_good_day
    FROM changes
    GROUP BY subject_id
),
deteriorations AS (
    SELECT subject_id, min({'day': changes.day, 'score': changes.score}) AS fall
    FROM changes
    JOIN followed USING (subject_id)
    WHERE is_worse AND changes.day > coalesce(last_good_day, changes.day - 1)
    GROUP BY subject_id
),
decided AS (
    SELECT
        origins.*,
        CASE
            WHEN fall.day <= coalesce(death_day, fall.day) THEN 1
            WHEN death_day IS NULL THEN 0
            WHEN $death_is_event THEN 1
            ELSE 2
        END AS cause,
        CASE
            WHEN fall.day <= coalesce(death_day, fall.day) THEN 'DETERIORATION OF QUALITY OF LIFE'
            WHEN death_day IS NOT NULL THEN 'DEATH'
            WHEN baseline IS NULL THEN 'NO BASELINE ASSESSMENT'
            WHEN last_score IS NULL THEN 'NO QUESTIONNAIRE AFTER BASELINE'
            ELSE exit_reason
        END AS reason,
        CASE
            WHEN reason = 'DETERIORATION OF QUALITY OF LIFE' THEN fall.day
            WHEN reason = 'DEATH' THEN death_day
            ELSE coalesce(last_score.day, start_day)
        END AS decided_day,
        CASE WHEN reason = 'DETERIORATION OF QUALITY OF LIFE' THEN coalesce(last_good_day, start_day) ELSE decided_day END
            AS clear_day,
        CASE
            WHEN reason = 'DEATH' OR last_score IS NULL THEN 'milestone'
            ELSE 'qs_item'
        END AS source_table,
        CASE
            WHEN reason = 'DETERIORATION OF QUALITY OF LIFE'
                THEN printf('%s %.1f, baseline %.1f', $deterioration_scale, fall.score, baseline.score)
            WHEN reason = 'DEATH' THEN 'DEATH'
            WHEN last_score IS NULL THEN origin_source
            ELSE printf('%s %.1f, baseline %.1f', $deterioration_scale, last_score.score, baseline.score)
        END AS source_detail
    FROM origins
    JOIN exits USING (subject_id)
    LEFT JOIN baselines USING (subject_id)
    LEFT JOIN followed USING (subject_id)
    LEFT JOIN deteriorations USING (subject_id)
)
SELECT
    subject_id,
    site_id,
    'TTDQL' AS paramcd,
    start_day,
    greatest(decided_day, start_day) AS end_day,
    greatest(decided_day, start_day) - start_day + CAST($aval_add_one AS INTEGER) AS time_days,
    greatest(clear_day, start_day) - start_day + CAST($aval_add_one AS INTEGER) AS clear_days,
    cause > 0 AS event,
    cause,
    reason,
    cnsr,
    source_table,
    decided_day AS source_day,
    source_detail,
    nullif(concat_ws(
        '; ',
        CASE WHEN NOT is_recorded THEN 'origin not recorded, inclusion used' END,
        CASE WHEN decided_day < start_day THEN 'end before origin set to origin' END
    ), '') AS flag
FROM decided
LEFT JOIN reason_codes USING (reason)
ORDER BY subject_id
