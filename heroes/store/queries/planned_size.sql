-- How many inclusions does the trial plan?
--
-- Source: the protocol file. A simulated trial may be of any size: there it is the sum of its own site plan, if it has one.
-- Parameters: $planned_inclusions. Columns: planned, null where nothing is set. One row.
SELECT CASE
    WHEN bool_or(data_cut.simulated) THEN coalesce(round((SELECT sum(planned_inclusions) FROM site_plan))::INTEGER, $planned_inclusions)
    ELSE $planned_inclusions
END AS planned
FROM data_cut
