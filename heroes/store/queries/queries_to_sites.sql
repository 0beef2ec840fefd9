-- Which queries of the import are there to send, to which site?
--
-- Source: findings of the import kept with the cut; the site that follows the patient now. A query about no patient has none.
-- Columns: site_id, subject_id, rule, file, row_ref, column_name, message, remedy; in the order of sites and patients.
SELECT
    subject.site_id,
    import_issue.subject_id,
    rule,
    file,
    row_ref,
    column_name,
    message,
    remedy
FROM import_issue
LEFT JOIN subject USING (subject_id)
WHERE severity = 'QUERY'
ORDER BY site_id, import_issue.subject_id, seq
