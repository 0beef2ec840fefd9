-- How far is each site: consented, included, treatment stopped, and how long since its last inclusion?
-- Columns: site_id, n_consented, n_included, n_stopped, days_since_last_inclusion (before the cut-off).
-- Counted at the site on the day of the inclusion; a person who was screened again counts once.
-- n_consented and n_stopped are empty, not 0, where no patient of the whole delivery has that step: it was not delivered.
-- days_since_last_inclusion is empty for a site without inclusions and where times are relative only.
WITH
    delivered AS (
        SELECT
            coalesce(bool_or(kind = 'CONSENT1'), false) OR NOT EXISTS (FROM subject) AS has_consents,
            coalesce(bool_or(kind = 'TX_STOP'), false) OR NOT EXISTS (FROM subject) AS has_stops
        FROM milestone
    ),
    step AS (
        SELECT
            accrual_person.person_id,
            accrual_person.site_id,
            milestone.kind,
            max(subject.origin_to_cut_off_days - milestone.day) AS days_before_cut_off
        FROM milestone
        JOIN subject USING (subject_id)
        JOIN accrual_person USING (subject_id)
        WHERE milestone.seq = 1
        GROUP BY ALL
    )
SELECT
    site.site_id,
    CASE WHEN any_value(delivered.has_consents) THEN count(*) FILTER (step.kind = 'CONSENT1') END AS n_consented,
    count(*) FILTER (step.kind = 'INCLUDED') AS n_included,
    CASE WHEN any_value(delivered.has_stops) THEN count(*) FILTER (step.kind = 'TX_STOP') END AS n_stopped,
    min(step.days_before_cut_off) FILTER (step.kind = 'INCLUDED') AS days_since_last_inclusion
FROM site
CROSS JOIN delivered
LEFT JOIN step USING (site_id)
GROUP BY site.site_id
ORDER BY site.site_id
