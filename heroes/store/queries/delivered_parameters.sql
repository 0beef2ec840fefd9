-- Which times to event were delivered, of how many patients?
--
-- Source: ADTTE of the delivery. Only parameters whose unit is a time.
-- Columns: paramcd, n.
SELECT paramcd, count(*) AS n
FROM tte
WHERE aval_days IS NOT NULL
GROUP BY paramcd
ORDER BY paramcd
