-- Who are the patients of this scope, included or not?
--
-- Columns, one row per patient:
--   subject_id, site_id
--   is_included
--   cut_off_day   days from day 0 to the cut-off; null where the delivery has relative times only
--   screening     PENDING, INCLUDED or FAILED; null where it was not delivered
--   reason        why the screening failed
SELECT
    subject.subject_id,
    subject.site_id,
    EXISTS (FROM milestone WHERE milestone.subject_id = subject.subject_id AND kind = 'INCLUDED') AS is_included,
    subject.origin_to_cut_off_days AS cut_off_day,
    screen_outcome.status AS screening,
    screen_outcome.reason
FROM subject
LEFT JOIN screen_outcome ON screen_outcome.subject_id = subject.subject_id
ORDER BY subject.subject_id
