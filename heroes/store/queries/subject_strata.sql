-- Which groups does each included patient belong to?
--
-- As known at inclusion. A value that was not delivered is null, never a guess.
-- line: from the number of the line; where that was not delivered, from whether it is the second or a later one.
-- hormone_receptor is the oestrogen receptor's status: no other receptor is delivered.
-- Builds on: included_subjects
-- Columns, one row per included patient:
--   subject_id, site_id
--   line               of metastatic therapy: FIRST or SECOND_OR_LATER
--   hormone_receptor   POSITIVE or NEGATIVE
--   response_at_entry  last radiological response before inclusion: CR, PR …
--   site_group         region of the patient's site
SELECT
    included_subjects.subject_id,
    included_subjects.site_id,
    CASE coalesce(line_of_therapy >= 2, line_ge2) WHEN FALSE THEN 'FIRST' WHEN TRUE THEN 'SECOND_OR_LATER' END AS line,
    er_status AS hormone_receptor,
    response_at_entry,
    site.region AS site_group
FROM included_subjects
JOIN subject USING (subject_id)
LEFT JOIN site ON site.site_id = included_subjects.site_id
ORDER BY included_subjects.subject_id
