-- How long has each site been open, and from when to when will it be?
--
-- What a forecast needs to know of each site.
-- opens_on: activation; where that was not delivered, for a site with patients the week of its first step on record, for a
-- site without any the first month of its own plan, if that lies after the cut-off. Else it is not known.
-- Source: protocol (a month is 30.4375 days). Builds on the expected inclusions of enrolment_by_site.
-- Builds on: enrolment_by_site
-- Columns, one row per site, by site:
--   site_id, region, n_consented, n_included, expected_by_now, days_since_last_inclusion   as in enrolment_by_site
--   opens_on, basis (ACTIVATED, FIRST_STEP, PLANNED, UNKNOWN), closed_on
--   months     site-months from the opening to the cut-off or closure; 0 before the opening and where it is not known
--   opens_in   months from the cut-off to the opening, 0 where the site is or was open; null where it is not known
--   closes_in  months from the cut-off to the closure, below 0 where it has passed; null where none is known
WITH
first_steps AS (SELECT site_id, min(week) AS week FROM accrual_week GROUP BY site_id),
first_planned AS (SELECT site_id, min(month) AS month FROM site_plan WHERE planned_inclusions > 0 GROUP BY site_id),
opening AS (
    SELECT
        enrolment_by_site.*,
        cut_off,
        coalesce(activated_on, first_steps.week, CASE WHEN first_planned.month > cut_off THEN first_planned.month END) AS opens_on,
        CASE
            WHEN activated_on IS NOT NULL THEN 'ACTIVATED'
            WHEN first_steps.week IS NOT NULL THEN 'FIRST_STEP'
            WHEN first_planned.month > cut_off THEN 'PLANNED'
            ELSE 'UNKNOWN'
        END AS basis
    FROM enrolment_by_site
    CROSS JOIN data_cut
    LEFT JOIN first_steps USING (site_id)
    LEFT JOIN first_planned USING (site_id)
)
SELECT
    site_id,
    region,
    n_consented,
    n_included,
    expected_by_now,
    days_since_last_inclusion,
    opens_on,
    basis,
    closed_on,
    coalesce(greatest(0, least(cut_off, closed_on) - opens_on), 0) / 30.4375 AS months,
    CASE WHEN opens_on IS NOT NULL THEN greatest(0, opens_on - cut_off) / 30.4375 END AS opens_in,
    (closed_on - cut_off) / 30.4375 AS closes_in
FROM opening
ORDER BY site_id
