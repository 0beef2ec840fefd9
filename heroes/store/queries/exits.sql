-- Did each included patient die or leave, when, and how?
--
-- Source: protocol. Exits are loss to follow-up, withdrawal of consent, completion and discontinuation; the first one counts;
-- of several on one day the first in this order: withdrawal, loss, discontinuation, completion.
-- Nothing after the cut-off is known.
-- Builds on: included_subjects
-- Columns, one row per included patient:
--   subject_id
--   death_day             null while alive as far as known
--   exit_kind, exit_day   first exit; null where there is none
--   withdrawn_day, lost_day   first withdrawal of consent, first loss to follow-up
--   exit_reason           why nothing later is known: the earlier of these two, on one day the withdrawal; else ongoing
--   is_ongoing            neither death nor exit is recorded
WITH
leaving AS (
    SELECT subject_id, kind, milestone.day
    FROM milestone
    JOIN included_subjects USING (subject_id)
    WHERE kind IN ('DEATH', 'LTFU', 'WITHDRAWN', 'COMPLETED', 'DISCONTINUED')
      AND milestone.day <= coalesce(cut_off_day, milestone.day)
),
left_on AS (
    SELECT
        subject_id,
        min(day) FILTER (kind = 'DEATH') AS death_day,
        min(day) FILTER (kind = 'WITHDRAWN') AS withdrawn_day,
        min(day) FILTER (kind = 'LTFU') AS lost_day,
        min({
            'day': day,
            'place': CASE kind WHEN 'WITHDRAWN' THEN 1 WHEN 'LTFU' THEN 2 WHEN 'DISCONTINUED' THEN 3 ELSE 4 END,
            'kind': kind
        }) FILTER (kind <> 'DEATH') AS first_exit
    FROM leaving
    GROUP BY subject_id
)
SELECT
    subject_id,
    death_day,
    first_exit.kind AS exit_kind,
    first_exit.day AS exit_day,
    withdrawn_day,
    lost_day,
    CASE
        WHEN withdrawn_day <= least(lost_day, withdrawn_day) THEN 'WITHDRAWAL OF CONSENT'
        WHEN lost_day IS NOT NULL THEN 'LOST TO FOLLOW-UP'
        ELSE 'ONGOING WITHOUT EVENT'
    END AS exit_reason,
    death_day IS NULL AND first_exit IS NULL AS is_ongoing
FROM included_subjects
LEFT JOIN left_on USING (subject_id)
ORDER BY subject_id
