-- Where do sites lie, how much have they included, and are they open?
--
-- Builds on: enrolment_by_site
-- Parameters: $never_included_after_days, $silent_days.
-- Columns, one row per site whose place was delivered, by site:
--   site_id, label, region, latitude, longitude, n_included, days_since_last_inclusion
--   status   CLOSED, NOT_OPEN (not activated by the cut-off), NEVER (open longer than the protocol's days without an inclusion),
--            SILENT (none for $silent_days), ACTIVE
SELECT
    site_id,
    label,
    region,
    latitude,
    longitude,
    n_included,
    days_since_last_inclusion,
    CASE
        WHEN closed_on <= (SELECT cut_off FROM data_cut) THEN 'CLOSED'
        WHEN days_since_activation IS NULL AND n_included = 0 THEN 'NOT_OPEN'
        WHEN n_included = 0 AND days_since_activation > $never_included_after_days THEN 'NEVER'
        WHEN days_since_last_inclusion > $silent_days THEN 'SILENT'
        ELSE 'ACTIVE'
    END AS status
FROM site_location
JOIN enrolment_by_site USING (site_id)
ORDER BY site_id
