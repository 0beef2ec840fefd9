-- Which times to event were delivered, as delivered?
--
-- Source: ADTTE of the delivery. Every patient with this parameter is listed, included or not.
-- Parameters: $paramcd (the protocol's endpoint where none is named).
-- Columns, one row per patient:
--   paramcd, subject_id, site_id
--   aval_days   analysis value in days as delivered, perhaps not whole; null where its unit is not a time
--   event       True where CNSR is 0
--   evntdesc, cnsdtdsc, start_day, end_day   as delivered
SELECT
    tte.paramcd,
    tte.subject_id,
    subject.site_id,
    tte.aval_days,
    tte.cnsr = 0 AS event,
    tte.evntdesc,
    tte.cnsdtdsc,
    tte.start_day,
    tte.end_day
FROM tte
JOIN subject USING (subject_id)
WHERE tte.paramcd = $paramcd
ORDER BY tte.subject_id
