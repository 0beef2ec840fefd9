-- How many patients had an event, and how many were censored, at each time, over all sites?
--
-- The answers to time_to_event, counted: no patient and no site is named.
-- Parameters: $estimand.
-- Columns: paramcd, time_days, n_events, n_censored; by time.
SELECT paramcd, time_days, n_events, n_censored
FROM pooled_time_to_event
WHERE estimand = $estimand
ORDER BY time_days
