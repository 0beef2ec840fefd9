-- How many patients has each site consented, included and stopped, against how many expected by now?
--
-- Source: protocol (planned accrual); the site's own plan where one was delivered.
-- expected_by_now, at the cut-off:
--   from the site's monthly plan, the month of the cut-off by the share of its days that have passed;
--   else the site's target × the elapsed share of its accrual period, which runs from its activation (not before the trial's
--   start; the trial's start where activation was not delivered) to the trial's end of inclusion;
--   else null. A closed site is expected to have what it should have had on the day it closed.
-- Parameters: $accrual_start, $accrual_end.
-- Columns, one row per site, most inclusions first:
--   site_id, label (the code where the site has no label), region, activated_on, closed_on, target_n
--   n_consented, n_included, n_stopped   patients; null where the whole delivery does not say
--   expected_by_now                      inclusions, a fraction
--   days_since_last_inclusion, days_since_activation   at the cut-off; null where there was none yet or no date is known
WITH
clock AS (
    SELECT
        site_id,
        data_cut.cut_off,
        least(data_cut.cut_off, closed_on) AS counted_to,
        greatest(coalesce(activated_on, CAST($accrual_start AS DATE)), CAST($accrual_start AS DATE)) AS accrual_from,
        CAST($accrual_end AS DATE) AS accrual_to
    FROM site
    CROSS JOIN data_cut
),
by_plan AS (
    SELECT
        site_id,
        sum(
            planned_inclusions
            * greatest(0, least(1, (counted_to - month + 1) / CAST(day(last_day(month)) AS DOUBLE)))
        ) AS expected
    FROM site_plan
    JOIN clock USING (site_id)
    GROUP BY site_id
),
by_target AS (
    SELECT
        site_id,
        target_n * greatest(0, least(1, (counted_to - accrual_from) / CAST(accrual_to - accrual_from AS DOUBLE))) AS expected
    FROM site
    JOIN clock USING (site_id)
    WHERE accrual_to > accrual_from
)
SELECT
    site.site_id,
    coalesce(site.label, site.site_id) AS label,
    site.region,
    site.activated_on,
    site.closed_on,
    site.target_n,
    n_consented,
    n_included,
    n_stopped,
    coalesce(by_plan.expected, by_target.expected) AS expected_by_now,
    days_since_last_inclusion,
    CASE WHEN site.activated_on <= clock.cut_off THEN clock.cut_off - site.activated_on END AS days_since_activation
FROM site
JOIN clock USING (site_id)
LEFT JOIN site_status USING (site_id)
LEFT JOIN by_plan USING (site_id)
LEFT JOIN by_target USING (site_id)
ORDER BY n_included DESC NULLS LAST, site.site_id
