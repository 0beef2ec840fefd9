-- How many patients had which event, or were censored, at each time, over all sites?
--
-- The answers to time_to_event and its sisters, counted: no patient and no site is named.
-- Parameters: $paramcd.
-- Columns: paramcd, time_days, cause (0 censored; else as in the question of the parameter), n; by time and cause.
SELECT paramcd, time_days, cause, n
FROM pooled_time_to_event
WHERE paramcd = $paramcd
ORDER BY time_days, cause
