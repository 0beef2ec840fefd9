-- What did each included patient answer to which item of which questionnaire?
--
-- Item numbers only; scoring is arithmetic on these rows. Questionnaires after the cut-off are not known.
-- Builds on: included_subjects
-- Columns, one row per patient, instrument, day and item:
--   subject_id, instrument, day, item_no
--   value      null where the item was not answered
SELECT subject_id, instrument, day, item_no, value
FROM qs_item
JOIN included_subjects USING (subject_id)
WHERE day <= coalesce(cut_off_day, day)
ORDER BY subject_id, instrument, day, item_no
