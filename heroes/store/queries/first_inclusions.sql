-- How long after its activation did each site include its first patient, and who still has not?
--
-- Whole weeks, for a date would be a patient's. A site waits where it is open, has nobody, and the protocol's days have passed.
-- Builds on: enrolment_by_site, accrual_since_activation
-- Parameters: $never_included_after_days.
-- Columns, one row per site whose activation by the cut-off is known, longest first:
--   site_id, region, activated_on, closed_on, days_since_activation, n_consented, n_included
--   weeks_to_first   weeks from the week of activation to that of the first inclusion; null where there is none
--   is_waiting       open, nobody included, more days since activation than the protocol allows; null where it sets none
WITH
firsts AS (SELECT site_id, min(weeks_since_activation) AS weeks_to_first FROM accrual_since_activation GROUP BY site_id)
SELECT
    site_id,
    region,
    activated_on,
    closed_on,
    days_since_activation,
    n_consented,
    n_included,
    weeks_to_first,
    n_included = 0 AND (closed_on IS NULL OR closed_on > (SELECT cut_off FROM data_cut))
        AND days_since_activation > $never_included_after_days AS is_waiting
FROM enrolment_by_site
LEFT JOIN firsts USING (site_id)
WHERE days_since_activation IS NOT NULL
ORDER BY is_waiting DESC NULLS LAST, coalesce(weeks_to_first * 7, days_since_activation) DESC, site_id
