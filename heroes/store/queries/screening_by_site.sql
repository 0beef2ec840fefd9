-- How far does screening get at each site?
--
-- Columns, one row per site, by site:
--   site_id, n_consented (null where consents were not delivered), n_failed, n_pending, n_final (included or failed)
--   n_evaluable, n_negative, n_positive   patients with an evaluable baseline test, and its answer: the ratio's denominator is the
--     evaluable tests, not the consented; null where no baseline was delivered
WITH
standing AS (
    SELECT
        site_id,
        coalesce(sum(n) FILTER (status = 'FAILED'), 0) AS n_failed,
        coalesce(sum(n) FILTER (status = 'PENDING'), 0) AS n_pending,
        coalesce(sum(n) FILTER (status IN ('INCLUDED', 'FAILED')), 0) AS n_final
    FROM screening_standing
    GROUP BY site_id
),
steps AS (
    SELECT
        site_id,
        sum(n) FILTER (step = 'BASELINE_RESULT') AS n_evaluable,
        sum(n) FILTER (step = 'BASELINE_NEGATIVE') AS n_negative
    FROM funnel_step
    GROUP BY site_id
)
SELECT
    site_status.site_id,
    n_consented,
    CAST(coalesce(n_failed, 0) AS BIGINT) AS n_failed,
    CAST(coalesce(n_pending, 0) AS BIGINT) AS n_pending,
    CAST(coalesce(n_final, 0) AS BIGINT) AS n_final,
    CAST(n_evaluable AS BIGINT) AS n_evaluable,
    CAST(CASE WHEN n_evaluable IS NOT NULL THEN coalesce(n_negative, 0) END AS BIGINT) AS n_negative,
    CAST(n_evaluable - coalesce(n_negative, 0) AS BIGINT) AS n_positive
FROM site_status
LEFT JOIN standing USING (site_id)
LEFT JOIN steps USING (site_id)
ORDER BY site_status.site_id
