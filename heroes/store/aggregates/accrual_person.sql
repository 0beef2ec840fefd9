-- Which person is behind each patient's code, and at which site does accrual count the person?
-- Columns: subject_id, person_id (the earliest code of a person who was screened again, subject_link; else the code itself),
--   site_id (the site on the day of the inclusion, subject_site; of a person never included the first site of the latest code).
WITH RECURSIVE
    chain (subject_id, ancestor, depth) AS (
        SELECT subject_id, earlier_subject_id, 1 FROM subject_link
        UNION ALL
        SELECT chain.subject_id, link.earlier_subject_id, depth + 1
        FROM chain
        JOIN subject_link AS link ON link.subject_id = chain.ancestor
        WHERE depth < 100
    ),
    person AS (SELECT subject_id, arg_max(ancestor, depth) AS person_id, max(depth) AS depth FROM chain GROUP BY subject_id),
    inclusion AS (SELECT subject_id, min(day) AS day FROM milestone WHERE kind = 'INCLUDED' GROUP BY subject_id),
    moved AS (
        SELECT
            subject_id,
            coalesce(
                arg_max(subject_site.site_id, from_day) FILTER (WHERE from_day <= inclusion.day),
                arg_min(subject_site.site_id, from_day)
            ) AS site_id
        FROM subject_site
        LEFT JOIN inclusion USING (subject_id)
        GROUP BY subject_id
    ),
    code AS (
        SELECT
            subject.subject_id,
            coalesce(person.person_id, subject.subject_id) AS person_id,
            coalesce(moved.site_id, subject.site_id) AS site_id,
            (inclusion.day IS NOT NULL, coalesce(person.depth, 0), subject.subject_id) AS precedence
        FROM subject
        LEFT JOIN person USING (subject_id)
        LEFT JOIN inclusion USING (subject_id)
        LEFT JOIN moved USING (subject_id)
    )
SELECT
    subject_id,
    person_id,
    arg_max(site_id, precedence) OVER (PARTITION BY person_id) AS site_id
FROM code
