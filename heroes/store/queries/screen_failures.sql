-- Why did screenings fail?
--
-- Parameters: $site (a site of the scope; none: all of them).
-- Columns, most first: reason (null where none was delivered), n (patients), n_final (patients whose screening has ended, included
--   or failed: the denominator, the same in every row)
WITH
ended AS (
    SELECT status, reason, n FROM screening_standing
    WHERE ($site IS NULL OR site_id = $site) AND status IN ('INCLUDED', 'FAILED')
)
SELECT
    reason,
    CAST(sum(n) AS BIGINT) AS n,
    CAST((SELECT sum(n) FROM ended) AS BIGINT) AS n_final
FROM ended
WHERE status = 'FAILED'
GROUP BY reason
ORDER BY n DESC, reason
