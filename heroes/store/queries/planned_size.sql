-- How many inclusions does the trial plan?
--
-- Source: the protocol file. A simulated trial may be of any size: there it is the sum of its own site plan, if it has one.
-- Parameters: $planned_inclusions.
-- Columns, one row: planned (null where nothing is set)
WITH own_plan AS (
    SELECT CAST(round(sum(planned_inclusions)) AS INTEGER) AS planned FROM site_plan
)
SELECT CASE WHEN data_cut.simulated THEN coalesce(own_plan.planned, $planned_inclusions) ELSE $planned_inclusions END AS planned
FROM data_cut
CROSS JOIN own_plan
