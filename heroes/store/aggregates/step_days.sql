-- How many days lie between two steps of screening, and for how many patients of each site?
-- Columns: site_id, from_step, to_step, pair_order, days, n.
-- Steps next to each other on the way of the assay, and two whole ways. Patients with both steps on record only; a
-- negative number is an order that the delivery has wrong: it is counted, not mended.
WITH
    pairs (from_step, to_step, pair_order) AS (
        VALUES
            ('CONSENT1', 'TISSUE_SENT', 1), ('TISSUE_SENT', 'ASSAY_READY', 2), ('ASSAY_READY', 'BASELINE_DRAW', 3),
            ('BASELINE_DRAW', 'BASELINE_RESULT', 4), ('BASELINE_RESULT', 'CONSENT2', 5), ('CONSENT2', 'INCLUDED', 6),
            ('INCLUDED', 'TX_STOP', 7), ('CONSENT1', 'BASELINE_RESULT', 8), ('CONSENT1', 'INCLUDED', 9)
    )
SELECT
    earlier.site_id,
    from_step,
    to_step,
    pair_order,
    later.day - earlier.day AS days,
    count(*) AS n
FROM pairs
JOIN reached_step AS earlier ON earlier.step = from_step
JOIN reached_step AS later ON later.step = to_step AND later.subject_id = earlier.subject_id
WHERE earlier.day IS NOT NULL AND later.day IS NOT NULL
GROUP BY ALL
ORDER BY ALL
